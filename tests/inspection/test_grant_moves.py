"""Grants of areas that are no more."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from inspection.areas import Edition
from inspection.errors import InvalidInput
from inspection.grant_moves import follow, stranded_grants, successors
from inspection.reassigning import foresee
from inspection.tables.people import Grant, Role
from tests.inspection.maps import SQUARES, draw, record
from tests.inspection.world import DISTRICT, NEIGHBOUR, OTHER_REGION, REGION, World

NEW = Edition("kz-2026", date(2026, 1, 1), "")


@pytest.fixture
def mapped(own_world: World) -> World:
    """The small world, in which one of two districts came to its end and the other took its land."""
    draw(own_world)
    whole = {DISTRICT: SQUARES[REGION]}
    draw(own_world, [record(code, whole.get(code, SQUARES[code])) for code in SQUARES if code != NEIGHBOUR], NEW)
    return own_world


def test_grants_in_areas_that_vanished_are_listed(mapped: World) -> None:
    head = mapped.person(Role.HEAD, NEIGHBOUR)
    with mapped.open_session() as session:
        assert not stranded_grants(session, date(2025, 1, 1), mapped.clock())
        (grant,) = stranded_grants(session, NEW.valid_from, mapped.clock())
    assert (grant.area_code, grant.person_id, grant.role) == (NEIGHBOUR, head, Role.HEAD)


def test_where_the_facilities_of_a_vanished_area_go_is_said(mapped: World) -> None:
    west, south, _, _ = SQUARES[NEIGHBOUR]
    mapped.facility(
        lat=south + 0.1, lon=west + 0.1, location_method="person", area_certainty="inside", district_code=NEIGHBOUR
    )
    with mapped.open_session() as session:
        found = list(foresee(session, NEW.valid_from))
    assert successors(found, [NEIGHBOUR]) == {NEIGHBOUR: {DISTRICT: 1}}


def test_grants_follow_to_the_area_in_place_of_theirs_until_the_day_they_end(mapped: World) -> None:
    head, inspector = mapped.person(Role.HEAD, NEIGHBOUR), mapped.person(Role.INSPECTOR, NEIGHBOUR)
    mapped.grant(head, Role.HEAD, DISTRICT)
    ends = mapped.clock() + timedelta(days=30)
    with mapped.unit() as unit:
        held = unit.session.scalars(select(Grant).where(Grant.person_id == inspector)).one()
        held.valid_to = ends
    with mapped.unit() as unit:
        assert follow(unit, NEIGHBOUR, DISTRICT) == 2
    with mapped.unit() as unit:
        assert follow(unit, NEIGHBOUR, DISTRICT) == 0
    now = mapped.clock()
    in_force = {
        (grant.person_id, grant.role, grant.area_code, grant.valid_to)
        for grant in mapped.rows(Grant, Grant.person_id.in_([head, inspector]))
        if grant.valid_to is None or grant.valid_to > now
    }
    assert in_force == {(head, "head_of_department", DISTRICT, None), (inspector, "inspector", DISTRICT, ends)}


@pytest.mark.parametrize(
    ("left", "entered", "pointer"),
    [
        (DISTRICT, NEIGHBOUR, "/left"),
        (NEIGHBOUR, OTHER_REGION, "/entered"),
        (NEIGHBOUR, NEIGHBOUR, "/entered"),
        ("000000000", DISTRICT, "/left"),
        (NEIGHBOUR, "000000000", "/entered"),
    ],
)
def test_grants_do_not_go_where_they_cannot(mapped: World, left: str, entered: str, pointer: str) -> None:
    with mapped.unit() as unit, pytest.raises(InvalidInput) as refused:
        follow(unit, left, entered)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
