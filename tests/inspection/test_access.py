from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from inspection.access import (
    MAY,
    Act,
    Caller,
    HeldGrant,
    Place,
    may,
    narrow,
    require,
    require_for_country,
    roles_of,
)
from inspection.errors import Forbidden, NotFound, Unauthenticated
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.people import Role
from tests.inspection.world import (
    COUNTRY,
    DISTRICT,
    NEIGHBOUR,
    OTHER_DISTRICT,
    OTHER_REGION,
    REGION,
    World,
)

PLACES = {
    "here": (COUNTRY, REGION, DISTRICT),
    "next door": (COUNTRY, REGION, NEIGHBOUR),
    "district unknown": (COUNTRY, REGION, None),
    "other region": (COUNTRY, OTHER_REGION, OTHER_DISTRICT),
    "abroad": ("KG", "41702000000000", "41702205000000"),
}
SEEN_FROM = {
    COUNTRY: {"here", "next door", "district unknown", "other region"},
    REGION: {"here", "next door", "district unknown"},
    DISTRICT: {"here"},
    OTHER_DISTRICT: {"other region"},
}
LEVELS = {COUNTRY: Level.COUNTRY, REGION: Level.REGION, DISTRICT: Level.DISTRICT, OTHER_DISTRICT: Level.DISTRICT}
READS = {Act.READ, Act.READ_JOURNAL}


@pytest.fixture
def facilities(world: World) -> Mapping[str, UUID]:
    """One facility in each of PLACES."""
    kyrgyz = [("KG", Level.COUNTRY, None), ("41702000000000", Level.REGION, "KG")]
    kyrgyz.append(("41702205000000", Level.DISTRICT, "41702000000000"))
    with world.unit() as unit:
        rows = [
            {"code": c, "country": "KG", "level": lv, "parent_code": p, "classifier": "SOATE", "name_kk": c}
            for c, lv, p in kyrgyz
        ]
        unit.session.execute(insert(Area), rows)
    return {
        name: world.facility(country=country, home_region=region, region_code=region, district_code=district)
        for name, (country, region, district) in PLACES.items()
    }


def caller_with(*grants: tuple[Role, str]) -> Caller:
    return Caller(UUID(int=1), "x", "kk", tuple(HeldGrant(role, area, LEVELS[area]) for role, area in grants))


def seen(world: World, caller: Caller, act: Act = Act.READ) -> set[UUID]:
    with world.open_session() as session:
        return set(session.scalars(narrow(select(Facility.id), Facility, caller, act)))


@pytest.mark.parametrize("area", SEEN_FROM)
def test_every_role_sees_what_lies_in_its_area_and_nothing_else(
    area: str, world: World, facilities: Mapping[str, UUID]
) -> None:
    wanted = {facilities[name] for name in SEEN_FROM[area]}
    for role in Role:
        assert seen(world, world.caller(world.person(role, area))) == wanted, role


def test_a_query_is_narrowed_to_exactly_the_rows_on_which_the_act_is_allowed_one_by_one(
    world: World, facilities: Mapping[str, UUID]
) -> None:
    rows = world.rows(Facility)
    pairs = list(product(Role, SEEN_FROM))
    several = [caller_with(a, b) for a, b in zip(pairs, pairs[7:], strict=False)]
    for caller, act in product([*(caller_with(pair) for pair in pairs), *several, caller_with()], Act):
        assert seen(world, caller, act) == {row.id for row in rows if may(caller, act, row)}, (caller, act)


def test_a_role_in_one_area_lends_nothing_to_another_role_elsewhere(
    world: World, facilities: Mapping[str, UUID]
) -> None:
    caller = caller_with((Role.HEAD, DISTRICT), (Role.MINISTRY, COUNTRY))
    assert seen(world, caller, Act.DECIDE) == {facilities["here"]}
    assert len(seen(world, caller)) == 4
    assert not may(caller, Act.DECIDE, Place(COUNTRY, REGION, NEIGHBOUR))


def test_a_facility_without_a_district_is_the_regions_and_no_districts(
    world: World, facilities: Mapping[str, UUID]
) -> None:
    unknown = facilities["district unknown"]
    assert unknown in seen(world, caller_with((Role.HEAD, REGION)))
    assert unknown not in seen(world, caller_with((Role.HEAD, DISTRICT), (Role.HEAD, OTHER_DISTRICT)))
    assert not may(caller_with((Role.HEAD, DISTRICT)), Act.READ, Place(COUNTRY, REGION, None))


def test_a_grant_holds_from_its_first_moment_until_just_before_its_last(world: World) -> None:
    person = world.person()
    start, end = world.clock() + timedelta(days=1), world.clock() + timedelta(days=2)
    world.grant(person, Role.INSPECTOR, DISTRICT, start, end)
    facility = world.facility()
    instant = timedelta(microseconds=1)
    for moment, holds in ((start - instant, False), (start, True), (end - instant, True), (end, False)):
        world.clock.now = moment
        assert (facility in seen(world, world.caller(person))) is holds, moment


def test_somebody_without_a_grant_in_force_is_signed_in_and_sees_nothing(
    world: World, facilities: Mapping[str, UUID]
) -> None:
    person = world.person()
    world.grant(person, Role.ADMIN, COUNTRY, world.clock() + timedelta(days=1))
    world.grant(person, Role.ADMIN, COUNTRY, world.clock() - timedelta(days=9), world.clock())
    caller = world.caller(person)
    assert (caller.person_id, caller.grants) == (person, ())
    assert seen(world, caller) == set()
    with pytest.raises(Forbidden):
        require_for_country(caller, Act.READ, COUNTRY)


def test_a_token_that_is_not_ours_signs_nobody_in(world: World) -> None:
    for token in ("", "x", str(world.head)[:-1], "\ud800"):
        with pytest.raises(Unauthenticated):
            world.caller(token)  # type: ignore[arg-type]


def test_what_lies_elsewhere_is_refused_in_the_very_words_for_what_does_not_exist() -> None:
    caller = caller_with((Role.HEAD, DISTRICT))
    refusals = []
    for row in (None, Place(COUNTRY, REGION, NEIGHBOUR), Place(COUNTRY, REGION)):
        with pytest.raises(NotFound) as refusal:
            require(caller, Act.DECIDE, row, what="violation")
        refusals.append((refusal.value.message, refusal.value.members))
    assert refusals == [refusals[0]] * 3


def test_what_may_be_seen_but_not_done_is_forbidden_by_name() -> None:
    with pytest.raises(Forbidden) as refusal:
        require(caller_with((Role.MINISTRY, COUNTRY)), Act.DECIDE, Place(COUNTRY, REGION))
    assert refusal.value.members == {"act": "decide"}


def test_only_a_head_of_department_confirms_corrections_and_sets_times() -> None:
    for act in (Act.CONFIRM, Act.SET_TIME):
        assert {role for role in Role if act in MAY[role]} == {Role.HEAD}


def test_a_ministry_viewer_changes_nothing_and_everybody_can_read_their_area() -> None:
    assert MAY[Role.MINISTRY] <= READS
    assert all(Act.READ in MAY[role] for role in Role)


def test_inspectors_do_not_decide_and_officials_of_the_akimat_do_not_audit() -> None:
    assert not {Act.DECIDE, Act.CONFIRM} & MAY[Role.INSPECTOR]
    assert not {Act.SUBMIT_AUDIT, Act.PRESCRIBE, Act.CONFIRM} & MAY[Role.AKIMAT]
    assert not {Act.SUBMIT_AUDIT, Act.PRESCRIBE, Act.DECIDE} & MAY[Role.ADMIN]


def test_roles_are_told_once_each_in_the_order_of_the_table() -> None:
    caller = caller_with((Role.ADMIN, COUNTRY), (Role.HEAD, DISTRICT), (Role.HEAD, REGION))
    assert roles_of(caller.grants) == (Role.HEAD, Role.ADMIN)
