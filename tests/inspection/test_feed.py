"""The feed: every change of a replicated document is in it, in order, where it lies, and nowhere else."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, text, update

from api.commands.feed import rebuild_all
from api.work import Units
from inspection import facilities, operators
from inspection.history import DecisionKind
from inspection.sync import rebuilding
from inspection.sync.touched import REPLICATED, noticing
from inspection.tables.facilities import Facility
from inspection.tables.feed import FeedRow
from inspection.tables.operators import Operator
from inspection.tables.people import Role
from inspection.tables.regions import Home, RegionHead
from inspection.tables.violations import Violation
from tests.clock import Clock
from tests.inspection.maps import ELSEWHERE, IN_DISTRICT, IN_NEIGHBOUR, draw
from tests.inspection.world import (
    DISTRICT,
    DOOR,
    NEIGHBOUR,
    OTHER_DISTRICT,
    OTHER_REGION,
    REGION,
    STEP,
    World,
    sessions_on,
)
from tests.replication_guard import Unnoticed

STEP_FAILS = {STEP: 0.05, DOOR: 0.95}


@pytest.fixture
def world(fresh_database: Engine, clock: Clock, new_id: Any) -> World:
    """The small world, with real commits."""
    return World(sessions_on(fresh_database), clock, new_id)


@pytest.fixture
def units(fresh_database: Engine, clock: Clock) -> Units:
    """Units of work on the same database."""
    return Units(fresh_database, clock=clock)


def feed(world: World, **where: Any) -> list[FeedRow]:
    rows = world.rows(FeedRow, *(getattr(FeedRow, name) == value for name, value in where.items()))
    return sorted(rows, key=lambda row: (row.region, row.number))


def alive(world: World, collection: str) -> dict[tuple[str, str], set[UUID]]:
    found: dict[tuple[str, str], set[UUID]] = {}
    for row in feed(world, collection=collection, deleted=False):
        found.setdefault((row.region, row.scope), set()).add(row.id)
    return found


def a_busy_facility(world: World, **about: Any) -> UUID:
    """One with a document in every collection of its kind."""
    made = world.facility(lat=IN_DISTRICT.lat, lon=IN_DISTRICT.lon, **about)
    world.add(Home(id=made, region=REGION, kind="facility"))
    world.prescribe(world.audited(made, STEP_FAILS))
    world.decide(made, STEP, DecisionKind.RECHECK)
    return made


def test_a_change_moves_a_document_to_the_head_and_takes_no_other_with_it(world: World) -> None:
    first, second = world.facility(), world.facility()
    before = {row.id: row.number for row in feed(world, collection="facilities")}
    with world.unit() as unit:
        unit.session.get_one(Facility, (REGION, first)).rev += 1
    after = {row.id: row.number for row in feed(world, collection="facilities")}
    assert after[second] == before[second]
    assert after[first] == max(row.number for row in feed(world, region=REGION)) > before[first]


def test_what_was_touched_and_not_changed_stays_where_it_is(world: World) -> None:
    made = world.facility()
    before = [(row.id, row.number) for row in feed(world)]
    with world.unit() as unit:
        facility = unit.session.get_one(Facility, (REGION, made))
        facility.updated_at = facility.updated_at.replace(microsecond=5)
    assert [(row.id, row.number) for row in feed(world)] == before


def test_every_collection_of_a_facility_follows_it_to_another_district(world: World) -> None:
    draw(world)
    made = a_busy_facility(world)
    official = world.caller(world.person(Role.AKIMAT, "KZ"))
    collections = ("facilities", "audits", "violations", "prescriptions", "followups")
    assert all(set(alive(world, each)) == {(REGION, DISTRICT)} for each in collections)
    last = max(row.number for row in feed(world, region=REGION))
    with world.unit() as unit:
        rev = unit.session.get_one(Facility, (REGION, made)).rev
        spot = {"lat": IN_NEIGHBOUR.lat, "lon": IN_NEIGHBOUR.lon}
        facilities.change(unit, official, made, rev, spot)  # type: ignore[arg-type]
    assert all(set(alive(world, each)) == {(REGION, NEIGHBOUR)} for each in collections)
    stones = feed(world, deleted=True)
    assert {row.collection for row in stones} == set(collections)
    assert {(row.region, row.scope) for row in stones} == {(REGION, DISTRICT)}
    assert all(json.loads(row.body) == {"id": str(row.id), "_deleted": True} for row in stones)
    for stone in stones:
        (living,) = feed(world, collection=stone.collection, id=stone.id, deleted=False)
        assert last < stone.number < living.number


def test_a_move_to_another_region_writes_both_feeds_and_a_return_too(world: World) -> None:
    draw(world)
    made = a_busy_facility(world)
    official = world.caller(world.person(Role.AKIMAT, "KZ"))
    for spot, there in ((ELSEWHERE, (OTHER_REGION, OTHER_DISTRICT)), (IN_NEIGHBOUR, (REGION, NEIGHBOUR))):
        with world.unit() as unit:
            rev = unit.session.get_one(Facility, (REGION, made)).rev
            moved = {"lat": spot.lat, "lon": spot.lon}
            facilities.change(unit, official, made, rev, moved)  # type: ignore[arg-type]
        for each in ("facilities", "audits", "violations", "prescriptions", "followups"):
            assert set(alive(world, each)) == {there}, each
    world.audited(made, {STEP: 0.04, DOOR: 0.95}, by=world.person(Role.INSPECTOR, "KZ"))
    assert set(alive(world, "violations")) == {(REGION, NEIGHBOUR)}


def test_another_name_of_an_operator_reaches_the_documents_of_its_facilities(world: World) -> None:
    head = world.caller(world.head)
    with world.unit() as unit:
        fields: Any = {"name_kk": "Ұйым", "name_ru": "Организация"}
        operators.create(unit, head, UUID(int=7), REGION, fields)
    made = world.facility(operator_id=UUID(int=7))
    with world.unit() as unit:
        operators.change(unit, head, UUID(int=7), 1, {"name_ru": "Другая"})
    (row,) = feed(world, id=made)
    assert json.loads(row.body)["operator"]["name_ru"] == "Другая"
    assert row.rev == 2
    assert len(world.rows(Operator)) == 1


@pytest.mark.parametrize("table", sorted(REPLICATED))
def test_the_guard_refuses_what_the_feed_would_not_notice(world: World, table: str) -> None:
    with pytest.raises(Unnoticed), world.unit() as unit:
        unit.session.execute(text(f'DELETE FROM "{table}"'))
    with pytest.raises(Unnoticed), world.unit() as unit:
        unit.session.connection().exec_driver_sql(f"UPDATE {table} SET rev = rev")


def test_a_rebuild_of_a_right_feed_changes_nothing(world: World, units: Units) -> None:
    a_busy_facility(world)
    before = [(row.region, row.collection, row.id, row.scope, row.number, row.body) for row in feed(world)]
    heads = {head.region: (head.feed_number, head.epoch) for head in world.rows(RegionHead)}
    assert rebuild_all(units) == set()
    assert [(r.region, r.collection, r.id, r.scope, r.number, r.body) for r in feed(world)] == before
    assert {head.region: (head.feed_number, head.epoch) for head in world.rows(RegionHead)} == heads


def test_a_rebuild_from_nothing_gives_the_same_bytes_and_a_new_epoch(world: World, units: Units) -> None:
    a_busy_facility(world)
    before = {(row.collection, row.id): (row.region, row.scope, row.body) for row in feed(world, deleted=False)}
    epochs = {head.region: head.epoch for head in world.rows(RegionHead)}
    with world.unit() as unit:
        unit.session.execute(delete(FeedRow))
    assert rebuild_all(units) == {REGION, "KZ"}
    after = {(row.collection, row.id): (row.region, row.scope, row.body) for row in feed(world, deleted=False)}
    assert after == before
    assert all(head.epoch != epochs[head.region] for head in world.rows(RegionHead))
    numbers = [row.number for row in feed(world, region=REGION)]
    assert len(set(numbers)) == len(numbers)


def test_a_rebuild_mends_what_is_wrong_and_leaves_the_rest(world: World, units: Units) -> None:
    made, other = a_busy_facility(world), world.facility()
    numbers = {row.id: row.number for row in feed(world)}
    stray, row = UUID(int=99), feed(world, id=made)[0]
    with world.unit() as unit:
        unit.session.execute(update(FeedRow).where(FeedRow.id == other).values(body='{"id":"wrong"}'))
        copied = {column.name: getattr(row, column.name) for column in FeedRow.__table__.columns}
        unit.session.add(FeedRow(**copied | {"id": stray, "number": 10**6}))
        unit.session.get_one(RegionHead, REGION).feed_number = 10**6
    assert rebuild_all(units) == {REGION}
    assert json.loads(feed(world, id=other)[0].body)["id"] == str(other)
    assert feed(world, id=stray)[0].deleted
    assert {row.id: row.number for row in feed(world) if row.id not in (other, stray)} == {
        made: number for made, number in numbers.items() if made != other
    }


def test_a_row_left_alive_in_a_district_it_does_not_lie_in_is_buried(world: World, units: Units) -> None:
    made = world.facility()
    with noticing(), world.unit() as unit:
        unit.session.connection().execute(
            update(Facility).where(Facility.id == made).values(district_code=NEIGHBOUR)
        )
    assert rebuild_all(units) == {REGION}
    assert alive(world, "facilities") == {(REGION, NEIGHBOUR): {made}}


def test_a_new_epoch_is_another_one_for_every_region(world: World, units: Units) -> None:
    world.facility()
    before = {head.region: head.epoch for head in world.rows(RegionHead)}
    assert units.write(rebuilding.new_epoch) == len(before)
    assert all(head.epoch != before[head.region] for head in world.rows(RegionHead))


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)  # SQLite lets nobody in beside a writer
def test_numbers_become_visible_in_the_order_in_which_they_were_given(world: World, units: Units) -> None:
    """Two units at once: whoever reads the feed never sees a number before a lower one."""
    started, released = Event(), Event()

    def slow() -> None:
        with world.unit() as unit:
            unit.session.add(a_row(world, UUID(int=1)))
            unit.close()
            started.set()
            released.wait(20)

    def quick() -> None:
        started.wait(20)
        with world.unit() as unit:
            unit.session.add(a_row(world, UUID(int=2)))

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(slow), pool.submit(quick)]
        started.wait(20)
        seen = [[row.number for row in feed(world, region=REGION)] for _ in range(20)]
        released.set()
        for each in both:
            each.result()
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seen)
    assert [row.number for row in feed(world, region=REGION)] == [1, 2]


def a_row(world: World, made: UUID) -> Facility:
    plain = {"kind": "polyclinic", "name_kk": "Емхана", "name_ru": "Поликлиника"}
    place = {"home_region": REGION, "country": "KZ", "region_code": REGION, "district_code": DISTRICT}
    return Facility(id=made, **plain, **place, created_at=world.clock(), updated_at=world.clock())


def test_a_violation_that_is_found_again_is_sent_again_with_its_last_audit(world: World) -> None:
    made = world.facility()
    world.audited(made, STEP_FAILS)
    (before,) = feed(world, collection="violations")
    world.clock.advance(days=1)
    again = world.audited(made, STEP_FAILS)
    (after,) = feed(world, collection="violations")
    assert after.number > before.number
    assert json.loads(after.body)["last_audit"]["id"] == str(again)
    assert len(world.rows(Violation)) == 1
