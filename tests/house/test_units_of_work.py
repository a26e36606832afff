"""Units of work are opened and committed in one place; here is the proof, and the proof that it can fail."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house import ROOT
from tests.house.syntax import Source, source, sources

THE_PLACE = "api/work.py"
THE_ENGINE = "inspect/inspection/database.py"  # builds engines and says BEGIN for SQLite, on SQLAlchemy's order

# Attributes that open or end a transaction, whoever has them: nothing else here has attributes of these names.
ENDINGS = {"commit", "rollback", "begin", "begin_nested", "begin_twophase", "raw_connection"}
MAKERS = {"sessionmaker", "scoped_session", "async_sessionmaker", "async_scoped_session"}
SESSIONS = {"Session", "AsyncSession"}
ENGINES = {"create_engine", "create_async_engine", "engine_from_config"}
RUN_SQL = {"execute", "exec_driver_sql", "executescript", "scalar", "scalars", "text"}
TRANSACTION_SQL = re.compile(
    r"\s*(BEGIN|COMMIT|ROLLBACK|END TRANSACTION|START TRANSACTION|SAVEPOINT|RELEASE)\b[^=]{0,60}", re.IGNORECASE
)


def opened(module: Source) -> list[str]:
    """Every place in a module that opens or ends a unit of work by itself."""
    if module.name == THE_PLACE:
        return []
    return [module.at(node, what) for node in module.nodes for what in _offences(module, node)]


def _offences(module: Source, node: ast.AST) -> Iterator[str]:
    origin = module.origin(node) or ""
    package, _, last = origin.rpartition(".")
    ours = package.split(".")[0] == "sqlalchemy"
    if ours and last in MAKERS:
        yield f"makes sessions with {last}"
    if ours and last in SESSIONS and module.is_called(node):
        yield f"opens a {last}"
    if ours and last in ENGINES and module.name != THE_ENGINE:
        yield f"builds an engine with {last}"
    if origin == "psycopg" or package.startswith("psycopg"):
        yield "speaks to PostgreSQL past SQLAlchemy"
    if isinstance(node, ast.Attribute) and node.attr in ENDINGS:
        yield f"uses .{node.attr}"
    if isinstance(node, ast.Attribute) and node.attr == "connect" and _opens_a_connection(module, node):
        yield "opens a connection"
    if isinstance(node, ast.Call):
        yield from _offences_of_a_call(module, node)


def _opens_a_connection(module: Source, node: ast.Attribute) -> bool:
    # engine.connect() takes nothing; signal.connect(listener) and database.connect(url) do.
    call = module.is_called(node)
    return call is None or not (call.args or call.keywords)


def _offences_of_a_call(module: Source, call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "getattr" and any(isinstance(a, ast.Constant) and a.value in ENDINGS for a in call.args[1:2]):
        yield "reaches for the end of a transaction by name"
    if any(keyword.arg == "isolation_level" for keyword in call.keywords):
        yield "chooses an isolation level: AUTOCOMMIT is one"
    if name in RUN_SQL and module.name != THE_ENGINE:
        spoken = (n.value for a in call.args for n in ast.walk(a) if isinstance(n, ast.Constant))
        if any(isinstance(sql, str) and TRANSACTION_SQL.fullmatch(sql) for sql in spoken):
            yield "says BEGIN or COMMIT in SQL"


def test_nothing_but_the_unit_of_work_opens_or_commits_one() -> None:
    found = [complaint for module in sources("api", "inspect", "geo") for complaint in opened(module)]
    assert not found, "units of work are opened in api/work.py only:\n" + "\n".join(found)


def test_the_one_place_does_what_is_forbidden_elsewhere() -> None:
    work = source(ROOT / THE_PLACE)
    complaints = "\n".join(opened(Source("api/elsewhere.py", work.text)))
    assert "sessionmaker" in complaints
    assert "uses .begin" in complaints


@pytest.mark.parametrize(
    "planted",
    [
        "def f(session):\n    session.commit()",
        "def f(work):\n    work.session.rollback()",
        "def f(session):\n    with session.begin_nested(): ...",
        "def f(engine):\n    with engine.begin() as connection: ...",
        "def f(engine):\n    with engine.connect() as connection: ...",
        "def f(engine, run):\n    run(engine.connect)",
        "def f(session):\n    done = session.commit\n    done()",
        "def f(session):\n    getattr(session, 'commit')()",
        "from sqlalchemy.orm import Session\ndef f(engine):\n    return Session(engine)",
        "from sqlalchemy.orm import Session as S\ndef f(engine):\n    return S(engine)",
        "from sqlalchemy import orm\ndef f(engine):\n    return orm.Session(engine)",
        "import sqlalchemy.orm\ndef f(engine):\n    return sqlalchemy.orm.Session(engine)",
        "from sqlalchemy.orm import sessionmaker\nmake = sessionmaker",
        "from sqlalchemy.orm import scoped_session\ndef f(make):\n    return scoped_session(make)",
        "from sqlalchemy import create_engine\nengine = create_engine('sqlite://')",
        "import psycopg\nconnection = psycopg.connect('')",
        "from psycopg_pool import ConnectionPool\npool = ConnectionPool('')",
        "def f(connection):\n    connection.exec_driver_sql('commit')",
        "from sqlalchemy import text\ndef f(session):\n    session.execute(text('SAVEPOINT here'))",
        "def f(engine):\n    return engine.execution_options(isolation_level='AUTOCOMMIT')",
    ],
)
def test_a_planted_unit_of_work_is_found(planted: str) -> None:
    assert opened(Source("api/planted.py", planted))


@pytest.mark.parametrize(
    "innocent",
    [
        "from sqlalchemy.orm import Session\ndef f(session: Session) -> None:\n    session.flush()",
        "def f(units):\n    return units.write(lambda work: work.session.get(int, 1))",
        "import requests\ndef f():\n    return requests.Session()",
        "from flask import request_started\ndef f(app, heard):\n    request_started.connect(heard, app)",
        "from inspection import database\ndef f(url):\n    return database.connect(url)",
        "from sqlalchemy import event\ndef f(engine, heard):\n    event.listen(engine, 'begin', heard)",
        "from sqlalchemy import text\nfound = text('SELECT begins_on FROM grants WHERE begins_on = :day')",
        "reason = 'commit'",
    ],
)
def test_what_only_looks_like_a_unit_of_work_is_left_alone(innocent: str) -> None:
    assert not opened(Source("api/planted.py", innocent))


def test_the_engine_may_be_built_in_one_place_and_committed_in_none() -> None:
    text = "from sqlalchemy import create_engine\ndef f(c):\n    c.exec_driver_sql('BEGIN IMMEDIATE')\n"
    assert not opened(Source(THE_ENGINE, text + "engine = create_engine('sqlite://')"))
    assert opened(Source(THE_ENGINE, "def f(connection):\n    connection.commit()"))
