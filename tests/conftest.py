"""What every test can ask for: a database of either kind, a clock, ids that are the same on every run.

A test that asks for any database fixture runs twice, on SQLite and on PostgreSQL. One that makes sense on
PostgreSQL only says `@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)`.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from inspection.database import connect
from tests import compiled, replication_guard
from tests.clock import Clock
from tests.servers import postgres
from tests.servers.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.servers.postgres import PostgresServer, PostgresUnavailable
from tests.tally import Tried, summed

SERVER = pytest.StashKey[PostgresServer]()
MADE = pytest.StashKey[dict[str, Databases]]()

replication_guard.watch()
compiled.keep()


def _postgres_socket(config: pytest.Config) -> Path:
    """Socket of this run's one server, which the first who needs it starts."""
    if hasattr(config, "workerinput"):
        postgres.offer_programs()
        return Path(config.workerinput["postgres"])  # the process that started this worker also started the server
    if SERVER not in config.stash:
        try:
            config.stash[SERVER] = PostgresServer.start()
        except PostgresUnavailable as reason:
            pytest.exit(str(reason), returncode=1)  # half a run must not look like a whole one
    return config.stash[SERVER].socket


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Called by xdist, which is untyped, for each worker it is about to start."""
    node.workerinput["postgres"] = str(_postgres_socket(node.config))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Called at the end of every run, also of an interrupted one."""
    if server := config.stash.get(SERVER, None):
        server.stop()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Called by pytest before its last line."""
    if counts := summed(terminalreporter.stats):
        said = ", ".join(f"{kind} {times:,}" for kind, times in sorted(counts.items()))
        terminalreporter.write_line(f"tried {sum(counts.values()):,}: {said}")


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Iterator[Tried]:
    """Counts what a test tries."""
    counting = Tried(request.node)
    yield counting
    counting.note()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Name of the database system this test runs on."""
    return str(request.param)


@pytest.fixture(scope="session")
def databases(
    dialect: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Databases:
    """Where further databases come from, one of each kind for the whole run.

    pytest makes a fixture with parameters anew each time the parameter changes back, and a template only once.
    """
    made = request.config.stash.setdefault(MADE, {})
    if dialect not in made and dialect == "sqlite":
        made[dialect] = SqliteDatabases(tmp_path_factory.mktemp("sqlite"))
    elif dialect not in made:
        made[dialect] = PostgresDatabases(_postgres_socket(request.config), worker_id)
    return made[dialect]


@pytest.fixture(scope="session")
def database_url(databases: Databases) -> Iterator[str]:
    """Address of the database that all tests of this worker share; has tables, and never a committed row."""
    url = databases.make()
    yield url
    databases.give_back(url)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """Engine of the shared database."""
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on the shared database whose commits are savepoints: all of it is rolled back after the test."""
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        transaction.rollback()


@pytest.fixture
def fresh_url(databases: Databases) -> Iterator[str]:
    """Address of a database of the test's own, with tables and no rows, for real commits and whole processes."""
    url = databases.make()
    yield url
    databases.give_back(url)


@pytest.fixture
def fresh_database(fresh_url: str) -> Iterator[Engine]:
    """Engine of a database of the test's own, for real commits and several connections at once."""
    engine = connect(fresh_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at NOW until the test moves it."""
    return Clock()


@pytest.fixture
def new_id(request: pytest.FixtureRequest) -> Callable[[], UUID]:
    """Makes version 4 ids that look random and are the same on every run of this test."""
    source = random.Random(request.node.nodeid)
    return lambda: UUID(int=source.getrandbits(128), version=4)
