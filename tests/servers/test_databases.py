"""The databases of the tests keep their promises."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, make_url, select, text
from sqlalchemy.orm import Session

from inspection.database import Base, connect, reading
from tests.clock import NOW, Clock
from tests.servers import postgres
from tests.servers.databases import Databases
from tests.servers.postgres import PostgresServer, PostgresUnavailable, newest

LEFT = "CREATE TABLE left_behind (number INTEGER)"
AREA = (
    "INSERT INTO areas (code, country, level, classifier, name_kk, demo)"
    " VALUES ('KZ', 'KZ', 0, 'KATO', 'Үлгі', false)"
)
only_postgres = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


def tables(engine: Engine) -> set[str]:
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
        "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    }
    with engine.connect() as connection:
        return set(connection.scalars(text(catalogue[engine.dialect.name])))


def test_every_table_is_there_on_the_system_that_was_asked_for(engine: Engine, dialect: str) -> None:
    assert engine.dialect.name == dialect
    assert set(Base.metadata.tables) <= tables(engine)


@pytest.mark.parametrize("_again", [1, 2])
def test_what_a_session_commits_is_gone_in_the_next_test(session: Session, engine: Engine, _again: int) -> None:
    session.execute(text(LEFT))
    session.commit()
    assert session.scalar(text("SELECT count(*) FROM left_behind")) == 0


def test_a_session_goes_on_after_a_rollback_with_what_was_committed_before(session: Session) -> None:
    session.execute(text(LEFT))
    session.commit()
    session.execute(text("INSERT INTO left_behind VALUES (1)"))
    session.rollback()
    assert session.scalar(text("SELECT count(*) FROM left_behind")) == 0


@pytest.mark.parametrize("_again", [1, 2])
def test_a_fresh_database_has_the_tables_and_nothing_of_other_tests(fresh_database: Engine, _again: int) -> None:
    assert tables(fresh_database) == set(Base.metadata.tables)
    with fresh_database.begin() as connection:
        connection.execute(text(LEFT))
    readers = reading(fresh_database)
    with readers.connect() as one, readers.connect() as other:
        assert [c.scalar(text("SELECT count(*) FROM left_behind")) for c in (one, other)] == [0, 0]


def written_in(databases: Databases, statement: str) -> str:
    """A database in which somebody executed a statement, given back."""
    url = databases.make()
    with closing(connect(url)) as engine, engine.begin() as connection:
        connection.execute(text(statement))
    databases.give_back(url)
    return url


@contextmanager
def closing(engine: Engine) -> Iterator[Engine]:
    yield engine
    engine.dispose()


def rows(url: str) -> int:
    with closing(connect(url)) as engine, engine.connect() as connection:
        return sum(
            connection.scalar(select(func.count()).select_from(each)) or 0 for each in Base.metadata.sorted_tables
        )


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_file_that_was_given_back_is_gone(databases: Databases) -> None:
    assert not Path(make_url(written_in(databases, AREA)).database or "").exists()


@only_postgres
def test_a_database_that_was_given_back_is_empty_when_it_is_given_out_again(databases: Databases) -> None:
    before = written_in(databases, AREA)
    url = databases.make()
    assert url == before
    assert rows(url) == 0
    databases.give_back(url)


@only_postgres
@pytest.mark.parametrize(
    "change",
    [
        LEFT,
        "CREATE INDEX more ON areas (code)",
        "DROP INDEX {index}",
        "ALTER TABLE areas ADD COLUMN more int",
        "ALTER TABLE areas ALTER COLUMN name_kk DROP NOT NULL",
        "ALTER TABLE areas SET (autovacuum_enabled = off)",
        "ALTER TABLE areas DISABLE TRIGGER ALL",
        "GRANT SELECT ON areas TO PUBLIC",
        "CREATE SCHEMA more",
        "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_a_database_that_a_test_altered_is_not_given_out_again(databases: Databases, change: str) -> None:
    index = next(index.name for index in Base.metadata.tables["violations"].indexes)
    url = written_in(databases, change.format(index=index))
    with closing(connect(url)) as engine, pytest.raises(Exception, match="does not exist"):
        engine.connect()


@only_postgres
def test_a_database_that_somebody_is_still_connected_to_is_not_given_out_again(databases: Databases) -> None:
    url = databases.make()
    with closing(connect(url)) as engine, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        databases.give_back(url)
        with pytest.raises(Exception, match="terminating connection"):
            connection.execute(text("SELECT 1"))


@only_postgres
def test_the_server_listens_on_no_port_and_speaks_utf_8(session: Session) -> None:
    assert session.scalar(text("SHOW listen_addresses")) == ""
    assert session.scalar(text("SHOW server_encoding")) == "UTF8"
    assert session.scalar(text("SELECT lower('ӘҒҚҢӨҰҮҺІ')")) == "әғқңөұүһі"


def test_the_newest_whole_server_is_chosen_by_number_and_not_by_name(tmp_path: Path) -> None:
    for version, programs in (("9", 2), ("15", 2), ("18", 1)):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for program in ("postgres", "initdb")[:programs]:
            (folder / program).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}.4'\n")
            (folder / program).chmod(0o755)
    assert newest(tmp_path.glob("*/bin")) == tmp_path / "15" / "bin"
    assert newest(tmp_path.glob("nothing/*")) is None


def test_the_clock_stands_until_it_is_moved(clock: Clock) -> None:
    assert (clock(), clock()) == (NOW, NOW)
    assert clock.advance(hours=1).isoformat() == "2026-03-16T10:00:00+00:00"


def test_ids_differ_within_a_test_and_not_between_runs(new_id: Callable[[], UUID]) -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {i.version for i in ids} == {4}
    assert ids[0] == UUID("9c92f4de-03c3-4b3c-be69-05ec788a1823")


def test_a_server_that_does_not_start_says_why_in_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("postgres", "initdb"):
        (tmp_path / "1" / "bin").mkdir(parents=True, exist_ok=True)
        (tmp_path / "1" / "bin" / program).write_text("#!/bin/sh\necho 'the disk is full' >&2\nexit 1\n")
        (tmp_path / "1" / "bin" / program).chmod(0o755)
    folder = tempfile.mkdtemp(dir="/tmp")
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_how: folder)
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path)
    with pytest.raises(PostgresUnavailable, match=r"did not start: .*(the disk is full|[Pp]ermission denied)"):
        PostgresServer.start()
    assert not Path(folder).exists()


def test_a_machine_with_no_server_at_all_is_told_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("DEBIAN", "WHEEL", "ROOT"):  # there is no lock in the empty root, so pip has nothing to install
        monkeypatch.setattr(postgres, place, tmp_path / place)
    with pytest.raises(PostgresUnavailable, match="'apt-get install postgresql' brings it") as refused:
        PostgresServer.start()
    assert "\n" not in str(refused.value)
