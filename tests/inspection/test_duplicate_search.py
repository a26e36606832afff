"""Looking for facilities that may be one place: pairs, the facts behind them, and a queue that asks once."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from inspection import duplicates
from inspection.duplicate_search import Likely, Queued, compared, likely, page, queue, regions
from inspection.errors import DoesNotApply, InvalidInput, NotFound, StaleVersion
from inspection.sync.touched import noticing
from inspection.tables.duplicates import DuplicatePair
from inspection.tables.facilities import Facility
from inspection.tables.journal import JournalEntry
from inspection.tables.operators import Operator
from inspection.tables.people import Role
from tests.clock import NOW
from tests.inspection.merges import facility, known, separate
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, OTHER_REGION, REGION, World

LAT, LON = 43.25, 76.25
NAMES = {"name_ru": "Поликлиника «Шапағат»", "name_kk": "«Шапағат» емханасы"}
TWIN = {"name_ru": "Шапагат", "name_kk": "Шапағат"}
ABAY = {"address_ru": "ул. Абая, 12", "address_kk": "Абай көшесі, 12"}


def at(world: World, **about: Any) -> UUID:
    """A facility on one spot."""
    return known(world, **{"lat": LAT, "lon": LON, "accuracy_m": 10.0, **NAMES, **ABAY, **about})


def found(world: World, area: str = REGION, least: float = 0.7) -> list[Likely]:
    with world.open_session() as session:
        return likely([row for region in regions(session, area) for row in page(session, region, area)], least)


def look(world: World, area: str = REGION) -> Counter[Queued]:
    pairs = found(world, area)
    with world.unit() as unit:
        return queue(unit, pairs)


def change(world: World, made: UUID, **about: Any) -> None:
    with world.unit() as unit, noticing():
        unit.session.execute(update(Facility).where(Facility.id == made).values(**about))


def the_pair(world: World) -> DuplicatePair:
    (pair,) = world.rows(DuplicatePair)
    return pair


@pytest.fixture
def twins(world: World) -> tuple[UUID, UUID]:
    return at(world), at(world, **TWIN)


# What is found


def test_two_names_of_one_place_are_a_pair_with_its_reasons(world: World, twins: tuple[UUID, UUID]) -> None:
    (pair,) = found(world)
    assert {pair.first[1], pair.second[1]} == set(twins)
    assert pair.first < pair.second
    reasons = {"distance_metres": 0.0, "name": 1.0, "address": 1.0, "same_kind": 1.0}
    assert dict(pair.reasons) == reasons
    assert pair.score == 1.0


def test_a_name_in_kazakh_is_compared_with_one_in_russian(world: World) -> None:
    at(world, name_ru="Центр реабилитации «Үміт»", name_kk="«Үміт» оңалту орталығы")
    at(world, name_ru="Оңалту орталығы Үміт", name_kk="Оңалту орталығы Үміт")
    assert len(found(world, least=0.95)) == 1


def test_an_operator_that_answers_for_both_is_a_reason(world: World) -> None:
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    said = {"name_kk": "Ұйым", "name_ru": "Организация", "created_at": NOW, "updated_at": NOW}
    operators = [
        world.add(Operator(id=world.new_id(), tax_id=n, **place, **said)).id for n in ("940140000385", None)
    ]
    for made in operators:
        for _ in range(2):
            at(world, operator_id=made, lat=LAT + operators.index(made) / 10)
    reasons = [{name for name, _ in pair.reasons} & {"same_bin", "same_operator"} for pair in found(world)]
    assert sorted(map(sorted, reasons)) == [["same_bin", "same_operator"], ["same_operator"]]


def test_what_is_closed_or_merged_is_not_compared(world: World, twins: tuple[UUID, UUID]) -> None:
    at(world, active=False)
    assert len(found(world)) == 1


@pytest.mark.parametrize(
    "nowhere",
    [
        {"lat": None, "lon": None, "accuracy_m": None},
        {"lat": 43.3, "lon": 76.1, "accuracy_m": 2000.0, "location_method": "centroid"},
    ],
)
def test_what_has_no_exact_position_is_compared_by_its_address(
    world: World, twins: tuple[UUID, UUID], nowhere: dict[str, Any]
) -> None:
    made = at(world, **nowhere)
    with_it = [pair for pair in found(world) if made in (pair.first[1], pair.second[1])]
    assert [("no_position", 1.0) in pair.reasons for pair in with_it] == [True, True]
    at(world, **nowhere, address_ru="ул. Абая, 14", address_kk="Абай көшесі, 14")
    assert len(found(world)) == 3


def test_an_area_is_looked_through_region_by_region(world: World, twins: tuple[UUID, UUID]) -> None:
    at(world, district_code=NEIGHBOUR)
    there = {"home_region": OTHER_REGION, "region_code": OTHER_REGION, "district_code": None}
    at(world, **there)
    with world.open_session() as session:
        assert regions(session, COUNTRY) == [OTHER_REGION, REGION]
        assert regions(session, DISTRICT) == [REGION]
        with pytest.raises(InvalidInput):
            regions(session, "000000000")
        assert len(page(session, OTHER_REGION, COUNTRY)) == 1
    assert (len(found(world, DISTRICT)), len(found(world, NEIGHBOUR)), len(found(world, REGION))) == (1, 0, 3)


def test_nothing_to_compare_is_nothing_found(world: World) -> None:
    assert found(world) == []
    assert look(world) == {Queued.NEW: 0}


# The queue


def test_a_pair_is_queued_once(world: World, twins: tuple[UUID, UUID]) -> None:
    assert look(world)[Queued.NEW] == 1
    pair = the_pair(world)
    assert (pair.state, pair.score, pair.found_at, pair.rev) == ("open", 1.0, world.clock(), 1)
    assert pair.compared == compared([facility(world, pair.first_id), facility(world, pair.second_id)])
    entries = len(world.rows(JournalEntry, JournalEntry.action == "duplicate.found"))
    assert entries == 1
    assert look(world) == {Queued.NEW: 0, Queued.OPEN: 1}
    assert (the_pair(world).rev, len(world.rows(JournalEntry, JournalEntry.action == "duplicate.found"))) == (1, 1)


def test_an_open_pair_is_brought_up_to_date(world: World, twins: tuple[UUID, UUID]) -> None:
    look(world)
    change(world, twins[1], lat=LAT + 0.0005)
    assert look(world)[Queued.OPEN] == 1
    pair = the_pair(world)
    assert pair.score < 1
    assert (pair.rev, dict(pair.reasons)["distance_metres"] > 50) == (2, True)


def test_two_places_are_asked_about_again_only_when_one_has_changed(
    world: World, twins: tuple[UUID, UUID]
) -> None:
    look(world)
    keep_apart(world)
    assert look(world)[Queued.DECIDED] == 1
    change(world, twins[0], catchment=100, kind="hospital")
    assert look(world)[Queued.DECIDED] == 1
    changes: list[dict[str, Any]] = [
        {"address_ru": "ул. Абая, 12а"},
        {"name_kk": "Шапағат ЖШС"},
        {"lon": LON + 0.0001},
    ]
    for n, about in enumerate(changes):
        change(world, twins[0], **about)
        assert look(world)[Queued.AGAIN] == 1, about
        pair = the_pair(world)
        assert (pair.state, pair.decided_at, pair.decided_by, pair.reason) == ("open", None, None, None)
        keep_apart(world, reason=f"Разные входы, {n}.")
        assert look(world)[Queued.DECIDED] == 1


def test_a_pair_of_which_one_was_closed_meanwhile_is_not_queued(world: World, twins: tuple[UUID, UUID]) -> None:
    pairs = found(world)
    change(world, twins[0], active=False)
    with world.unit() as unit:
        assert queue(unit, pairs) == {Queued.GONE: 1, Queued.NEW: 0}
    assert world.rows(DuplicatePair) == []


# What is decided


def keep_apart(
    world: World, *, by: UUID | None = None, reason: str = "Два входа.", rev: int | None = None
) -> None:
    caller, pair = world.caller(by or world.head), the_pair(world)
    with world.unit(caller.person_id) as unit:
        duplicates.keep_apart(unit, caller, pair.id, reason, seen_rev=rev)


def merge(
    world: World, survivor: UUID, *, by: UUID | None = None, reason: str = "Одно место.", rev: int | None = None
) -> None:
    caller, pair = world.caller(by or world.head), the_pair(world)
    with world.unit(caller.person_id) as unit:
        duplicates.merge(unit, caller, pair.id, survivor, reason, seen_rev=rev)


def test_a_pair_that_is_one_place_is_merged_once(world: World, twins: tuple[UUID, UUID]) -> None:
    look(world)
    for _ in range(2):
        merge(world, twins[0])
    pair = the_pair(world)
    assert (pair.state, pair.decided_by, pair.decided_at) == ("merged", world.head, world.clock())
    assert facility(world, twins[1]).merged_into == twins[0]
    assert len(world.rows(JournalEntry, JournalEntry.action == "duplicate.decided")) == 1
    with pytest.raises(DoesNotApply):
        merge(world, twins[1])
    with pytest.raises(DoesNotApply):
        keep_apart(world)
    assert look(world) == {Queued.NEW: 0}


def test_who_thought_them_two_places_may_still_merge_them(world: World, twins: tuple[UUID, UUID]) -> None:
    look(world)
    for _ in range(2):
        keep_apart(world)
    merge(world, twins[1])
    assert facility(world, twins[0]).merged_into == twins[1]


def test_after_parting_the_pair_is_two_places(world: World, twins: tuple[UUID, UUID]) -> None:
    look(world)
    merge(world, twins[0])
    caller = world.caller(world.head)
    with world.unit(world.head) as unit:
        duplicates.separate(unit, caller, twins[1], "Два входа.")
    pair = the_pair(world)
    assert (pair.state, pair.reason) == ("different", "Два входа.")
    assert look(world)[Queued.DECIDED] == 1


def test_a_third_twin_is_merged_into_the_survivor_whichever_pair_is_decided(
    world: World, twins: tuple[UUID, UUID]
) -> None:
    look(world)
    merge(world, twins[0])
    third = at(world)
    change(world, twins[1], active=True)  # as the queue was before the merge
    look(world)
    change(world, twins[1], active=False)
    (pair,) = [p for p in world.rows(DuplicatePair) if {p.first_id, p.second_id} == {third, twins[1]}]
    caller = world.caller(world.head)
    with world.unit(world.head) as unit:
        duplicates.merge(unit, caller, pair.id, twins[1], "Одно место.")
    assert facility(world, third).merged_into == twins[0]
    (other,) = [p for p in world.rows(DuplicatePair) if {p.first_id, p.second_id} == {third, twins[0]}]
    with world.unit(world.head) as unit:
        duplicates.merge(unit, caller, other.id, twins[0], "Одно место.")
    assert {p.state for p in world.rows(DuplicatePair)} == {"merged"}
    separate(world, third)
    assert facility(world, twins[1]).merged_into == twins[0]


def test_a_decision_names_one_of_the_two_a_reason_and_the_version_that_was_seen(
    world: World, twins: tuple[UUID, UUID]
) -> None:
    look(world)
    acts: list[tuple[type[Exception], Callable[[], None]]] = [
        (InvalidInput, lambda: merge(world, UUID(int=5))),
        (InvalidInput, lambda: merge(world, twins[0], reason=" ")),
        (InvalidInput, lambda: keep_apart(world, reason=" ")),
        (StaleVersion, lambda: merge(world, twins[0], rev=7)),
        (StaleVersion, lambda: keep_apart(world, rev=7)),
    ]
    for refused, act in acts:
        with pytest.raises(refused):
            act()
    merge(world, twins[0], rev=1)


def test_a_pair_that_lies_in_two_districts_is_for_who_may_confirm_in_both(world: World) -> None:
    at(world)
    at(world, district_code=NEIGHBOUR)
    look(world)
    for half in (DISTRICT, NEIGHBOUR):
        of_half = world.person(Role.HEAD, half)
        with world.open_session() as session:
            assert duplicates.page(session, world.caller(of_half)).rows == []
        with pytest.raises(NotFound):
            keep_apart(world, by=of_half)
    with world.open_session() as session:
        (row,) = duplicates.page(session, world.caller(world.head), area=NEIGHBOUR).rows
    assert {row["first"]["district_code"], row["second"]["district_code"]} == {DISTRICT, NEIGHBOUR}


def test_pages_of_pairs_leave_nothing_out(world: World) -> None:
    made = [at(world, lat=LAT + n / 10_000) for n in range(5)]
    look(world)
    caller, seen, cursor = world.caller(world.head), [], None
    with world.open_session() as session:
        while True:
            found_now = duplicates.page(session, caller, cursor=cursor, limit=3)
            seen += found_now.rows
            cursor = found_now.next_cursor
            if cursor is None:
                break
        assert len(duplicates.page(session, caller, facility_id=made[0]).rows) == 4
        assert duplicates.page(session, caller, open=False).rows == []
        with pytest.raises(InvalidInput):
            duplicates.page(session, caller, cursor="x")
    assert len({row["id"] for row in seen}) == len(seen) == 10
    assert [row["score"] for row in seen] == sorted((row["score"] for row in seen), reverse=True)
