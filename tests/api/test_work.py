"""Units of work: committed whole or not at all, re-run when the database asks, nothing lost between rivals."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, TextClause, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from api import work
from api.work import DatabaseAway, TakesTooLong, Units, Work, clock, new_id
from inspection.database import connect
from inspection.errors import Busy, NotFound
from inspection.tables.areas import Area
from tests.clock import NOW, Clock

THREADS, UPDATES = 8, 50


def never(seconds: float) -> None:
    """A pause that takes no time."""


@pytest.fixture
def units(fresh_database: Engine, clock: Clock, new_id: Callable[[], UUID]) -> Units:
    return Units(fresh_database, clock=clock, new_id=new_id, pause=never)


def country(code: str = "KZ", name: str = "0") -> Area:
    return Area(code=code, country=code, level=0, classifier="KATO", name_kk=name, name_ru="п", name_en="e")


def held(units: Units) -> list[str]:
    return units.read(lambda work: list(work.session.scalars(select(Area.code).order_by(Area.code))))


def test_what_a_unit_returns_was_committed(units: Units) -> None:
    assert units.write(lambda work: work.session.add(country()) or "done") == "done"  # type: ignore[func-returns-value]
    assert held(units) == ["KZ"]


def test_a_unit_that_raises_leaves_nothing_behind_and_rings_nobody(units: Units) -> None:
    rung: list[str] = []

    def refused(work: Work) -> None:
        work.session.add(country())
        work.session.flush()
        work.after_commit(lambda: rung.append("rung"))
        raise NotFound("no")

    with pytest.raises(NotFound):
        units.write(refused)
    assert (held(units), rung) == ([], [])


def test_a_unit_knows_one_moment_and_makes_the_ids_it_was_given(units: Units, clock: Clock) -> None:
    moments = units.write(lambda work: (work.now, clock.advance(hours=1), work.now, work.new_id()))
    assert (moments[0], moments[2]) == (NOW, NOW)
    assert moments[3].version == 4  # the fixture's, not uuid7


def test_doorbells_ring_after_the_commit_in_order(units: Units) -> None:
    seen: list[object] = []

    def unit(work: Work) -> None:
        work.session.add(country())
        work.after_commit(lambda: seen.append(held(units)))
        work.after_commit(lambda: seen.append("second"))
        seen.append("in the unit")

    units.write(unit)
    assert seen == ["in the unit", ["KZ"], "second"]


def test_a_doorbell_that_fails_is_counted_and_neither_raised_nor_in_the_way_of_the_next(units: Units) -> None:
    rung: list[str] = []

    def unit(work: Work) -> str:
        work.session.add(country())
        work.after_commit(lambda: 1 / 0)  # type: ignore[arg-type]
        work.after_commit(lambda: rung.append("next"))
        return "done"

    assert units.write(unit) == "done"
    assert (units.failed_doorbells, rung, held(units)) == (1, ["next"], ["KZ"])


@pytest.mark.parametrize("how", [Units.read, Units.look])
def test_a_unit_that_reads_cannot_write(units: Units, how: Callable[..., object]) -> None:
    with pytest.raises(DBAPIError):
        how(units, lambda work: work.session.execute(text("DELETE FROM areas")))
    with pytest.raises(DBAPIError):
        how(units, lambda work: work.session.add(country("KG")))
    units.write(lambda work: work.session.add(country()))  # and the connection it used can write again
    assert held(units) == ["KZ"]


@pytest.mark.parametrize("how", [Units.read, Units.look])
def test_a_unit_that_reads_sees_what_was_committed_before(units: Units, how: Callable[..., list[str]]) -> None:
    def codes(work: Work) -> list[str]:
        return list(work.session.scalars(select(Area.code)))

    assert how(units, codes) == []
    units.write(lambda work: work.session.add(country()))
    assert how(units, codes) == ["KZ"]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_unit_that_only_looks_pays_for_no_transaction(units: Units) -> None:
    def transactions(work: Work) -> set[object]:
        # All statements of one transaction have the same now().
        return {work.session.scalar(text("SELECT now()")) for _ in range(2)}

    assert len(units.read(transactions)) == 1
    assert len(units.look(transactions)) == 2


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_the_connections_of_units_that_look_are_closed_with_the_others(
    fresh_database: Engine, units: Units
) -> None:
    sessions = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")

    def opened(work: Work) -> int:
        return int(work.session.scalar(sessions) or 0)

    assert (units.look(opened), units.write(opened)) == (1, 2)
    fresh_database.dispose()
    assert units.write(opened) == 1


def test_rivals_who_read_and_then_write_one_row_lose_nothing(fresh_database: Engine) -> None:
    units = Units(fresh_database)
    units.write(lambda work: work.session.add(country(name="0")))

    def one_more(work: Work) -> None:
        row = work.session.scalars(select(Area).where(Area.code == "KZ").with_for_update()).one()
        row.name_kk = str(int(row.name_kk) + 1)

    def worker(_number: int) -> None:
        for _ in range(UPDATES):
            units.write(one_more)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(worker, range(THREADS)))
    assert units.read(lambda work: work.session.get_one(Area, "KZ").name_kk) == str(THREADS * UPDATES)


def deadlock() -> DBAPIError:
    return OperationalError("UPDATE ...", {}, psycopg.errors.DeadlockDetected())


def serialisation_failure() -> DBAPIError:
    return OperationalError("UPDATE ...", {}, psycopg.errors.SerializationFailure())


def sqlite_error(code: int) -> DBAPIError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    return OperationalError("UPDATE ...", {}, error)


def sqlite_busy() -> DBAPIError:
    return sqlite_error(sqlite3.SQLITE_BUSY)


def sqlite_busy_snapshot() -> DBAPIError:
    return sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT)


LOST_RACES = [deadlock, serialisation_failure, sqlite_busy, sqlite_busy_snapshot]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lost_race", LOST_RACES)
def test_a_unit_that_lost_a_race_is_run_again_from_the_start(
    units: Units, lost_race: Callable[[], DBAPIError]
) -> None:
    runs: list[bool] = []

    def unit(work: Work) -> int:
        runs.append(work.session.get(Area, "KZ") is None)  # what the earlier run added is gone
        work.session.add(country())
        work.session.flush()
        work.after_commit(lambda: None)
        if len(runs) < 4:
            raise lost_race()
        return len(runs)

    assert units.write(unit) == 4
    assert (runs, held(units)) == ([True] * 4, ["KZ"])


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lost_race", LOST_RACES)
def test_a_unit_that_loses_every_race_is_busy(fresh_database: Engine, lost_race: Callable[[], DBAPIError]) -> None:
    runs: list[int] = []
    pauses: list[float] = []

    def unit(work: Work) -> None:
        runs.append(1)
        raise lost_race()

    with pytest.raises(Busy):
        Units(fresh_database, pause=pauses.append).write(unit)
    assert len(runs) == 4
    assert pauses == sorted(pauses)
    assert len(pauses) == 3


def test_a_row_that_another_unit_made_first_is_seen_by_a_second_run(units: Units) -> None:
    units.write(lambda work: work.session.add(country()))
    runs: list[int] = []

    def unit(work: Work) -> str:
        runs.append(1)
        if len(runs) > 1 and (held := work.session.get(Area, "KZ")):
            return held.code  # the first run looked just before the other unit committed
        work.session.add(country())
        return "made"

    assert (units.write(unit), len(runs)) == ("KZ", 2)


def test_a_row_that_is_made_twice_whatever_was_seen_is_an_error(units: Units) -> None:
    units.write(lambda work: work.session.add(country()))
    with pytest.raises(IntegrityError):
        units.write(lambda work: work.session.add(country()))


def test_a_broken_rule_of_the_database_is_no_lost_race(units: Units) -> None:
    runs: list[int] = []

    def unit(work: Work) -> None:
        runs.append(1)
        broken = country()
        broken.level = 9
        work.session.add(broken)

    with pytest.raises(IntegrityError):
        units.write(unit)
    assert len(runs) == 1


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_real_deadlock_is_survived_by_both_sides(fresh_database: Engine) -> None:
    units = Units(fresh_database)
    units.write(lambda work: work.session.add_all([country("KZ"), country("KG")]))
    ready: dict[str, bool] = {}

    def both(first: str, second: str) -> Callable[[Work], None]:
        def unit(work: Work) -> None:
            for code in (first, second):
                work.session.execute(update(Area).where(Area.code == code).values(name_kk=Area.name_kk + first))
                ready[first] = True
                while len(ready) < 2:  # each holds its first row before either asks for its second
                    pass

        return unit

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(units.write, both(*pair)) for pair in (("KZ", "KG"), ("KG", "KZ"))]
        for each in done:
            each.result(timeout=60)
    names = units.read(lambda work: set(work.session.scalars(select(Area.name_kk))))
    assert {len(name) for name in names} == {len("0KZKG")}


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.sqlite3", "postgresql+psycopg://nobody@/none?host=/nowhere/at/all"]
)
def test_a_database_out_of_reach_is_away_and_not_a_crash(url: str) -> None:
    engine = connect(url)
    with pytest.raises(DatabaseAway):
        Units(engine).read(lambda work: work.session.execute(text("SELECT 1")))
    engine.dispose()


def test_new_ids_are_plain_uuids_of_version_7_in_order() -> None:
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(ids)
    assert {type(i) for i in ids} == {UUID}
    assert {i.version for i in ids} == {7}


def test_the_servers_clock_is_in_utc() -> None:
    assert clock().utcoffset() == NOW.utcoffset()


def count_to(last: int) -> TextClause:
    """A statement that takes as long as counting does."""
    return text(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT max(i) FROM n"
    )


@pytest.mark.parametrize("how", ["look", "study"])
def test_what_takes_too_long_is_given_up_and_its_connection_works_on(
    fresh_database: Engine, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LONGEST_LOOK", 1)
    monkeypatch.setattr(work, "LONGEST_STUDY", 1)
    units = Units(fresh_database)
    with pytest.raises(TakesTooLong):
        getattr(units, how)(lambda unit: unit.session.scalar(count_to(10**9)))
    assert getattr(units, how)(lambda unit: unit.session.scalar(count_to(1000))) == 1000
    # Nobody waits for these: the same connections take the time they need.
    assert units.read(lambda unit: unit.session.scalar(count_to(4_000_000))) == 4_000_000
