from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from inspection import facilities, facility_lists, operators, violation_acts
from inspection.access import Caller
from inspection.acknowledgements import Receipt, acknowledge
from inspection.errors import (
    AlreadyDifferent,
    Forbidden,
    InspectionError,
    InvalidInput,
    NotFound,
    StaleVersion,
)
from inspection.facilities import LYING_THERE, FacilityFields
from inspection.history import DecisionKind
from inspection.keyset import Page, write_cursor
from inspection.notices.letters import gather
from inspection.tables.facilities import Facility, LocationMethod, Standing
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.prescription_papers import Channel
from inspection.tables.regions import Home
from inspection.tables.telling import ReviewCase
from inspection.tables.use_records import UseRecord
from inspection.tables.violation_acts import ActKind
from inspection.taxpayers import make_bin
from inspection.unit import Unit
from tests.clock import NOW
from tests.inspection.maps import ELSEWHERE, FAR_AWAY, IN_DISTRICT, IN_NEIGHBOUR, draw
from tests.inspection.world import (
    DISTRICT,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_DISTRICT,
    OTHER_REGION,
    REGION,
    STEP,
    World,
)

A_CLINIC: FacilityFields = {
    "kind": "polyclinic",
    "name_kk": "Үлгі емханасы",
    "name_ru": "Поликлиника-пример",
    "address_ru": "ул. Примерная, 1",
    "lat": IN_DISTRICT.lat,
    "lon": IN_DISTRICT.lon,
}

UNUSED = ("fines", "review_cases", "followups", "photos", "position_questions")
OF_ANSWERS = ("answer_links", "operator_replies", "reply_files")


@pytest.fixture
def mapped(world: World) -> World:
    """The small world with outlines."""
    draw(world)
    return world


def create(
    world: World,
    by: UUID,
    id: UUID | None = None,  # noqa: A002
    area_code: str | None = None,
    **about: Any,
) -> tuple[UUID, bool]:
    wanted = id or world.new_id()
    with world.unit(by) as unit:
        fields: Any = {**A_CLINIC, **about}
        held, new = facilities.create(unit, world.caller(by), wanted, fields, area_code=area_code)
        return held.id, new


def change(
    world: World, by: UUID, facility: UUID, rev: int = 1, area_code: str | None = None, **about: Any
) -> Facility:
    with world.unit(by) as unit:
        fields: Any = about
        return facilities.change(unit, world.caller(by), facility, rev, fields, area_code=area_code)


def row(world: World, facility: UUID) -> Facility:
    (held,) = world.rows(Facility, Facility.id == facility)
    return held


def page(world: World, caller: Caller, **wanted: Any) -> Page:
    with world.open_session() as session:
        return facility_lists.page(session, caller, **wanted)


def an_operator(world: World, number: int = 1, **about: Any) -> UUID:
    made = world.new_id()
    fields: Any = {"name_kk": "Үлгі", "name_ru": "Пример", "tax_id": make_bin(number), **about}
    with world.unit(world.head) as unit:
        operators.create(unit, world.caller(world.head), made, REGION, fields)
    return made


def faults(world: World, **about: Any) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        create(world, world.head, **about)
    assert world.rows(Facility) == []
    return [fault.pointer for fault in refused.value.faults]


def test_a_facility_is_made_where_its_coordinates_lie_and_its_home_is_remembered(mapped: World) -> None:
    made, new = create(mapped, mapped.inspector)
    held = row(mapped, made)
    assert new
    assert (held.home_region, held.region_code, held.district_code) == (REGION, REGION, DISTRICT)
    assert (held.country, held.area_certainty, held.location_method, held.rev) == ("KZ", "inside", "person", 1)
    assert held.search == "poliklinika primer ulgi emhanasi ul primernaia 1"
    (home,) = mapped.rows(Home, Home.id == made)
    assert (home.region, home.kind) == (REGION, "facility")
    (entry,) = mapped.rows(JournalEntry, JournalEntry.object_id == str(made))
    assert (entry.action, entry.actor_id) == ("facility.created", mapped.inspector)
    assert entry.changes["name_ru"] == [None, "Поликлиника-пример"]


def test_creating_the_same_facility_again_changes_nothing(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    entries = len(mapped.rows(JournalEntry))
    mapped.clock.advance(hours=1)
    assert create(mapped, mapped.inspector, made) == (made, False)
    assert (row(mapped, made).rev, len(mapped.rows(JournalEntry))) == (1, entries)


def test_an_id_that_stands_for_other_content_is_refused(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    with pytest.raises(AlreadyDifferent) as refused:
        create(mapped, mapped.inspector, made, catchment=5)
    assert refused.value.members == {"rev": 1}


def test_an_id_that_the_caller_may_not_see_is_refused_without_a_word_about_it(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    stranger = mapped.person(Role.HEAD, OTHER_REGION)
    with pytest.raises(AlreadyDifferent) as refused:
        create(mapped, stranger, made, lat=ELSEWHERE.lat, lon=ELSEWHERE.lon)
    assert refused.value.members == {}


def test_what_is_wrong_with_a_facility_is_named_and_nothing_is_written(mapped: World) -> None:
    assert faults(mapped, kind="castle") == ["/kind"]
    assert faults(mapped, name_ru="  ", lat=0.0, lon=0.0) == ["/name_ru", "/lat"]
    assert faults(mapped, lat=None) == ["/lat"]
    assert faults(mapped, lat=None, lon=None) == ["/area_code"]
    assert faults(mapped, lat=None, lon=None, accuracy_m=5.0, area_code=REGION) == ["/accuracy_m"]
    assert faults(mapped, lat=IN_DISTRICT.lon, lon=IN_DISTRICT.lat) == ["/lat"]
    assert faults(mapped, operator_id=mapped.new_id()) == ["/operator_id"]


def test_nobody_has_declared_or_built_what_lies_in_the_future(mapped: World) -> None:
    assert faults(mapped, adaptation_declared_on=NOW.date() + timedelta(days=2)) == ["/adaptation_declared_on"]
    assert faults(mapped, building_year=NOW.year + 2) == ["/building_year"]
    made, _ = create(
        mapped, mapped.head, adaptation_declared_on=NOW.date() + timedelta(days=1), building_year=NOW.year + 1
    )
    for wrong in ({"adaptation_declared_on": date(2199, 12, 31)}, {"building_year": 2100}):
        with pytest.raises(InvalidInput):
            change(mapped, mapped.head, made, **wrong)
    assert row(mapped, made).rev == 1


def test_without_a_published_checklist_no_kind_is_known(mapped: World) -> None:
    (fault,) = facilities.wrong_kind("polyclinic", frozenset(), "KG")
    assert fault.accepted == "publish a checklist first"
    with mapped.open_session() as session:
        assert facilities.known_kinds(session, "KG") == frozenset()
        assert "polyclinic" in facilities.known_kinds(session, "KZ")


def test_a_facility_without_coordinates_lies_in_the_area_a_person_names(mapped: World) -> None:
    nowhere = {"lat": None, "lon": None}
    in_region, _ = create(mapped, mapped.head, area_code=REGION, **nowhere)
    in_district, _ = create(mapped, mapped.head, area_code=NEIGHBOUR, **nowhere)
    outside, _ = create(mapped, mapped.head, area_code=REGION, lat=FAR_AWAY.lat, lon=FAR_AWAY.lon)
    found = [
        (held.district_code, held.area_certainty, held.location_method)
        for held in (row(mapped, made) for made in (in_region, in_district, outside))
    ]
    assert found == [(None, "unknown", "unknown"), (NEIGHBOUR, "given", "unknown"), (None, "given", "person")]


@pytest.mark.parametrize(
    ("role", "area", "error"),
    [
        (Role.INSPECTOR, NEIGHBOUR, Forbidden),
        (Role.MINISTRY, REGION, Forbidden),
        (Role.INSPECTOR, DISTRICT, None),
        (Role.AKIMAT, "KZ", None),
    ],
)
def test_only_who_may_edit_in_the_district_makes_a_facility_there(
    mapped: World, role: Role, area: str, error: type[InspectionError] | None
) -> None:
    person = mapped.person(role, area)
    if error is None:
        assert create(mapped, person)[1]
        return
    with pytest.raises(error):
        create(mapped, person)
    assert mapped.rows(Facility) == []


def test_a_change_needs_the_version_that_is_held(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    mapped.clock.advance(days=1)
    assert change(mapped, mapped.inspector, made, catchment=900).rev == 2
    with pytest.raises(StaleVersion) as refused:
        change(mapped, mapped.colleague, made, 1, catchment=1000)
    assert refused.value.members == {"rev": 2}
    held = row(mapped, made)
    assert (held.catchment, held.updated_at - held.created_at) == (900, timedelta(days=1))
    (entry,) = mapped.rows(JournalEntry, JournalEntry.action == "facility.changed")
    assert entry.changes == {"catchment": [None, 900]}


def test_a_change_to_what_is_held_anyway_leaves_no_trace(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    assert change(mapped, mapped.inspector, made, name_ru=A_CLINIC["name_ru"]).rev == 1
    assert mapped.rows(JournalEntry, JournalEntry.action == "facility.changed") == []


def test_a_new_name_is_found_and_the_old_one_no_longer(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    change(mapped, mapped.inspector, made, name_ru="Аптека «Ромашка»", name_kk="Түймедақ дәріханасы")
    caller = mapped.caller(mapped.inspector)
    assert [r["id"] for r in page(mapped, caller, text="romashka аптека").rows] == [made]
    assert page(mapped, caller, text="поликлиника").rows == []


def test_a_facility_out_of_sight_is_not_found_and_one_in_sight_only_is_forbidden(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    stranger, viewer = mapped.person(Role.HEAD, NEIGHBOUR), mapped.person(Role.MINISTRY)
    for wanted in (made, mapped.new_id()):
        with pytest.raises(NotFound):
            change(mapped, stranger, wanted, catchment=1)
        with mapped.open_session() as session, pytest.raises(NotFound):
            facility_lists.one(session, mapped.caller(stranger), wanted)
    with pytest.raises(Forbidden):
        change(mapped, viewer, made, catchment=1)
    with mapped.open_session() as session:
        assert facility_lists.one(session, mapped.caller(viewer), made)["rev"] == 1


def test_a_facility_that_moves_to_another_district_takes_everything_of_its_own_with_it(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    audit = mapped.audited(made, FAILS)
    issued = mapped.prescribe(audit)
    received = Receipt(mapped.new_id(), Channel.PAPER, "Выдуманная Получательница", issued.issued_on)
    caller = mapped.caller(mapped.head)
    mapped.decide(made, STEP, DecisionKind.WAIVE)
    with mapped.unit() as unit:
        acknowledge(unit, caller, issued.id, received)
        assert gather(unit, REGION)
    common: dict[str, Any] = {"home_region": REGION, "facility_id": made, "country": "KZ", "region_code": REGION}
    mapped.add(
        UseRecord(
            **common,
            district_code=DISTRICT,
            id=mapped.new_id(),
            source="counted",
            visits=3,
            period_from=date(2026, 1, 1),
            period_to=date(2026, 2, 1),
            completeness=1.0,
            author_id=mapped.inspector,
            recorded_at=NOW,
        )
    )
    with mapped.unit(mapped.head) as unit:
        works = violation_acts.Intent(mapped.new_id(), ActKind.PLAN_WORKS, "в плане", year=2027)
        violation_acts.act(unit, mapped.caller(mapped.head), mapped.violation(made, DOOR).id, works)
    change(mapped, mapped.inspector, made, row(mapped, made).rev, lat=IN_NEIGHBOUR.lat, lon=IN_NEIGHBOUR.lon)
    assert row(mapped, made).district_code == NEIGHBOUR
    tables: list[tuple[Any, str]] = [(model.__table__, "facility_id") for model in LYING_THERE]
    seen = 0
    with mapped.open_session() as session:
        for table, key in [*tables, (Standing.__table__, "id")]:
            assert isinstance(table, Table)
            found = session.scalars(select(table.c.district_code).where(table.c[key] == made)).all()
            assert set(found) <= {NEIGHBOUR}, table.name
            # No review case or question arises here, no re-check is due; nobody was fined or answered.
            assert found or table.name in {*UNUSED, *OF_ANSWERS}, table.name
            seen += len(found)
    assert seen >= 4 + 4 + 1 + 1 + 1 + 1 + 1  # violations, told, audit, prescription, decision, use, standing
    assert ReviewCase in LYING_THERE


def test_a_facility_moves_to_another_region_and_keeps_its_home(mapped: World) -> None:
    official = mapped.person(Role.AKIMAT, "KZ")
    made, _ = create(mapped, official)
    change(mapped, official, made, lat=ELSEWHERE.lat, lon=ELSEWHERE.lon)
    moved = row(mapped, made)
    assert (moved.home_region, moved.region_code, moved.district_code) == (REGION, OTHER_REGION, OTHER_DISTRICT)


def test_nobody_moves_a_facility_into_a_district_that_is_not_theirs(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    of_district = mapped.person(Role.AKIMAT, DISTRICT)
    with pytest.raises(Forbidden):
        change(mapped, of_district, made, lat=IN_NEIGHBOUR.lat, lon=IN_NEIGHBOUR.lon)


def test_new_coordinates_are_a_persons_unless_they_say_otherwise(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector, location_method="fix", accuracy_m=4.0)
    assert change(mapped, mapped.inspector, made, 1, lat=43.26).location_method == LocationMethod.PERSON
    moved = change(mapped, mapped.inspector, made, 2, lat=43.27, location_method="fix")
    assert moved.location_method == LocationMethod.FIX


def test_without_its_coordinates_a_facility_stays_in_its_district(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    held = change(mapped, mapped.inspector, made, lat=None, lon=None)
    assert (held.district_code, held.area_certainty, held.location_method) == (DISTRICT, "given", "unknown")


def test_another_operator_reaches_the_violations_with_its_ownership(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    mapped.audited(made, FAILS)
    operator = an_operator(mapped, ownership="state")
    change(mapped, mapped.inspector, made, row(mapped, made).rev, operator_id=operator)
    assert {(v.operator_id, v.ownership) for v in mapped.violations(made).values()} == {(operator, "state")}
    change(mapped, mapped.inspector, made, row(mapped, made).rev, operator_id=None)
    assert {(v.operator_id, v.ownership) for v in mapped.violations(made).values()} == {(None, "unknown")}


def test_another_kind_is_settled_anew(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    mapped.audited(made, FAILS)
    before = mapped.standing(made).rev
    change(mapped, mapped.inspector, made, row(mapped, made).rev, kind="pharmacy")
    assert {v.kind for v in mapped.violations(made).values()} == {"pharmacy"}
    assert mapped.standing(made).rev == before + 1


def test_an_operator_of_another_region_cannot_answer_for_a_facility(mapped: World) -> None:
    made, _ = create(mapped, mapped.inspector)
    theirs = mapped.new_id()
    official = mapped.person(Role.AKIMAT, "KZ")
    fields: Any = {"name_kk": "Үлгі", "name_ru": "Пример"}
    with mapped.unit(official) as unit:
        operators.create(unit, mapped.caller(official), theirs, OTHER_REGION, fields)
    with pytest.raises(InvalidInput) as refused:
        change(mapped, official, made, operator_id=theirs)
    assert refused.value.faults[0].pointer == "/operator_id"


def test_facilities_are_narrowed_by_area_kind_operator_text_and_activity(world: World) -> None:
    operator = an_operator(world)
    clinic = world.facility(operator_id=operator, search="emhana")
    pharmacy = world.facility(kind="pharmacy", district_code=NEIGHBOUR)
    closed = world.facility(active=False)
    caller = world.caller(world.head)

    def found(**wanted: Any) -> set[UUID]:
        return {r["id"] for r in page(world, caller, **wanted).rows}

    assert found() == {clinic, pharmacy, closed}
    assert found(area="KZ") == found(area=REGION) == found()
    assert found(area=NEIGHBOUR) == {pharmacy}
    assert found(area=OTHER_REGION) == set()
    assert found(kind="pharmacy") == {pharmacy}
    assert found(operator_id=operator) == {clinic}
    assert found(text="емхана") == {clinic}
    assert found(active=False) == {closed}
    assert found(active=True, area=DISTRICT) == {clinic}
    with pytest.raises(InvalidInput) as refused:
        found(area="nowhere")
    assert refused.value.faults[0].pointer == "/area"


def test_a_list_holds_only_what_lies_in_the_callers_areas(world: World) -> None:
    here = world.facility()
    world.facility(district_code=NEIGHBOUR)
    world.facility(district_code=None)
    official = world.caller(world.person(Role.AKIMAT, DISTRICT))
    assert [r["id"] for r in page(world, official).rows] == [here]
    assert page(world, official, area=NEIGHBOUR).rows == []
    assert page(world, world.caller(world.person())).rows == []


@pytest.mark.parametrize("sort", facility_lists.SORTS)
def test_pages_join_without_gap_or_double_while_rows_are_added(world: World, sort: str) -> None:
    made = {world.facility(name_ru=f"Имя {n % 3}") for n in range(7)}
    caller = world.caller(world.head)
    seen: list[UUID] = []
    cursor = None
    for _ in range(4):
        found = page(world, caller, sort=sort, cursor=cursor, limit=2)
        seen += [r["id"] for r in found.rows]
        cursor = found.next_cursor
        world.facility(name_ru="Аааа", id=UUID(int=len(seen)))  # before everything that is still to come
    assert cursor is None
    assert len(seen) == 7
    assert set(seen) == made


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "bm8",
        write_cursor("id", (str(UUID(int=1)),)),
        write_cursor("name", ("а",)),
        write_cursor("name", (1, str(UUID(int=1)))),
        write_cursor("name", ("\0", str(UUID(int=1)))),
        write_cursor("name", ("а", "not an id")),
        "A" * 5000,
    ],
)
def test_a_cursor_of_no_such_list_is_refused_by_name(world: World, cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        page(world, world.caller(world.head), cursor=cursor)
    assert [fault.pointer for fault in refused.value.faults] == ["/cursor"]


def test_two_people_who_make_the_same_facility_at_once_make_one(own_world: World) -> None:
    draw(own_world)
    wanted = own_world.new_id()
    people = own_world.caller(own_world.inspector), own_world.caller(own_world.colleague)

    def make(unit: Unit, caller: Caller) -> bool:
        return facilities.create(unit, caller, wanted, A_CLINIC)[1]

    def second() -> bool:
        with own_world.unit() as unit:
            return make(unit, people[1])

    with ThreadPoolExecutor(1) as pool:
        with own_world.unit() as unit:
            assert make(unit, people[0])
            waiting = pool.submit(second)
        assert waiting.result() is False
    assert len(own_world.rows(Facility)) == 1
