"""A crash loses nothing that was committed, and a backup brings back what was there, on either system."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.faults.region import units_on
from tests.faults.stores import PostgresStore, SqliteStore, Store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = SqliteStore(tmp_path) if request.param == "sqlite" else PostgresStore()
    with closing(made):
        yield made


def write(store: Store, word: str) -> None:
    with units_on(store.url) as units:
        units.write(lambda work: work.session.execute(text(f"CREATE TABLE {word} (number INTEGER)")))


def written(store: Store) -> set[str]:
    tables = {"sqlite": "SELECT name FROM sqlite_master", "postgresql": "SELECT tablename FROM pg_tables"}
    with units_on(store.url) as units:
        return set(units.read(lambda w: w.session.scalars(text(tables[w.session.get_bind().dialect.name])).all()))


def test_what_was_committed_outlives_crashes_and_a_backup_knows_nothing_of_what_came_after(store: Store) -> None:
    write(store, "before")
    store.back_up()
    store.crash()
    write(store, "later")
    store.crash()
    assert {"before", "later"} <= written(store)
    store.restore()
    assert {"before", "later"} & written(store) == {"before"}
