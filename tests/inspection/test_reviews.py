from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from inspection import reviews
from inspection.access import Caller
from inspection.errors import InvalidInput
from inspection.keyset import Page, write_cursor
from inspection.tables.people import Role
from inspection.tables.telling import ReviewCase
from tests.clock import NOW
from tests.inspection.world import (
    COUNTRY,
    DISTRICT,
    NEIGHBOUR,
    OTHER_DISTRICT,
    OTHER_REGION,
    REGION,
    STEP,
    World,
)


def page(world: World, caller: Caller, **wanted: Any) -> Page:
    with world.open_session() as session:
        return reviews.page(session, caller, **wanted)


def ids(found: Page) -> list[UUID]:
    return [row["id"] for row in found.rows]


def a_case(world: World, opened_at: datetime, *, closed: bool = False, **about: Any) -> UUID:
    plain: dict[str, Any] = {
        "id": world.new_id(),
        "home_region": REGION,
        "country": COUNTRY,
        "region_code": REGION,
        "district_code": DISTRICT,
        "facility_id": world.new_id(),
        "violation_id": world.new_id(),
        "why": "vanished",
        "stood_at": NOW,
        "opened_at": opened_at,
        "closed_at": NOW if closed else None,
    }
    return world.add(ReviewCase(**plain | about)).id


@pytest.fixture
def head(world: World) -> Caller:
    return world.caller(world.head)


def test_a_case_names_the_violation_and_why_it_is_to_be_looked_at(world: World, head: Caller) -> None:
    facility = world.facility()
    audit = world.audited(facility, {STEP: 0.05})
    world.prescribe(audit)
    world.clock.advance(days=1)
    document = world.document(facility, {STEP: 0.01}, corrects=str(audit))
    world.push(document, by=world.colleague)
    world.confirm(UUID(document["id"]))
    (row,) = page(world, head).rows
    assert (row["facility_id"], row["violation_id"]) == (facility, world.violation(facility, STEP).id)
    assert (row["criterion"], row["place"], row["why"]) == (STEP, "main", "vanished")
    assert (row["opened_at"], row["closed_at"]) == (world.clock(), None)


def test_open_cases_come_first_and_of_each_part_the_oldest(world: World, head: Caller) -> None:
    closed_old, closed_new = (a_case(world, NOW - timedelta(days=n), closed=True) for n in (9, 8))
    newest, oldest = (a_case(world, NOW - timedelta(days=n)) for n in (1, 7))
    assert ids(page(world, head)) == [oldest, newest, closed_old, closed_new]
    assert ids(page(world, head, open=True)) == [oldest, newest]
    assert ids(page(world, head, open=False)) == [closed_old, closed_new]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_join_without_gap_or_double_while_cases_are_added(world: World, head: Caller, limit: int) -> None:
    made = [a_case(world, NOW - timedelta(days=n // 2), closed=n > 3) for n in range(7)]
    whole, seen, cursor = ids(page(world, head)), [], None
    while True:
        found = page(world, head, cursor=cursor, limit=limit)
        seen += ids(found)
        if (cursor := found.next_cursor) is None:
            break
        a_case(world, NOW - timedelta(days=99))  # before everything that is still to come
    assert seen == whole
    assert set(seen) == set(made)


def test_a_list_holds_only_what_lies_in_the_callers_areas_and_the_one_asked_for(world: World) -> None:
    here, there = a_case(world, NOW), a_case(world, NOW, district_code=NEIGHBOUR)
    nowhere = a_case(world, NOW, district_code=None)
    elsewhere: dict[str, Any] = {
        "home_region": OTHER_REGION,
        "region_code": OTHER_REGION,
        "district_code": OTHER_DISTRICT,
    }
    far = a_case(world, NOW, **elsewhere)
    head, official = world.caller(world.head), world.caller(world.person(Role.AKIMAT, DISTRICT))
    ministry = world.caller(world.person(Role.MINISTRY, COUNTRY))
    assert set(ids(page(world, ministry))) == {here, there, nowhere, far}
    assert set(ids(page(world, head))) == {here, there, nowhere}
    assert ids(page(world, official)) == ids(page(world, ministry, area=DISTRICT)) == [here]
    assert ids(page(world, official, area=NEIGHBOUR)) == ids(page(world, world.caller(world.person()))) == []
    with pytest.raises(InvalidInput) as refused:
        page(world, head, area="nowhere")
    assert refused.value.faults[0].pointer == "/area"


@pytest.mark.parametrize(
    "key",
    [
        (0, "2026-03-16T09:00:00+00:00"),
        (0, "yesterday", UUID(int=1)),
        (0, "0001-01-01T00:00:00+05:00", UUID(int=1)),
        (0, "2026-03-16T09:00:00+00:00", "x"),
        ("0", "2026-03-16T09:00:00+00:00", UUID(int=1)),
    ],
)
def test_a_cursor_of_no_such_list_is_refused_by_name(world: World, head: Caller, key: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        page(world, head, cursor=write_cursor(reviews.SORT, key))
    assert [fault.pointer for fault in refused.value.faults] == ["/cursor"]
