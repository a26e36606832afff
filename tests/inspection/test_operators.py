from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from inspection import operators
from inspection.access import Caller
from inspection.errors import AlreadyDifferent, Forbidden, InspectionError, InvalidInput, NotFound, StaleVersion
from inspection.keyset import Page
from inspection.operators import NumberTaken, OperatorFields
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.operators import Operator
from inspection.tables.people import Role
from inspection.tables.regions import Home
from inspection.taxpayers import make_bin
from tests.inspection.world import (
    DISTRICT,
    FAILS,
    NEIGHBOUR,
    OTHER_REGION,
    REGION,
    World,
)

A_CLINIC: OperatorFields = {"name_kk": "Үлгі емхана", "name_ru": "Поликлиника-пример", "tax_id": make_bin(1)}
AN_IIN = "000101600008"  # of nobody: born on the first day of 2000


def create(world: World, by: UUID, area: str = REGION, id: UUID | None = None, **about: Any) -> tuple[UUID, bool]:  # noqa: A002
    wanted = id or world.new_id()
    with world.unit(by) as unit:
        held, new = operators.create(unit, world.caller(by), wanted, area, {**A_CLINIC, **about})  # type: ignore[typeddict-item]
        return held.id, new


def change(world: World, by: UUID, operator: UUID, rev: int, **about: Any) -> Operator:
    with world.unit(by) as unit:
        return operators.change(unit, world.caller(by), operator, rev, about)  # type: ignore[arg-type]


def row(world: World, operator: UUID) -> Operator:
    (held,) = world.rows(Operator, Operator.id == operator)
    return held


def page(world: World, caller: Caller, **wanted: Any) -> Page:
    with world.open_session() as session:
        return operators.page(session, caller, **wanted)


def faults(world: World, **about: Any) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        create(world, world.head, **about)
    return [fault.pointer for fault in refused.value.faults]


def test_an_operator_is_made_where_its_seat_is(world: World) -> None:
    made, new = create(world, world.head, DISTRICT)
    held = row(world, made)
    assert new
    assert (held.home_region, held.region_code, held.district_code, held.rev) == (REGION, REGION, DISTRICT, 1)


def test_creating_the_same_operator_again_changes_nothing(world: World) -> None:
    made, _ = create(world, world.head)
    entries = len(world.rows(JournalEntry))
    assert create(world, world.head, id=made) == (made, False)
    assert len(world.rows(JournalEntry)) == entries


@pytest.mark.parametrize("about", [{"name_ru": "Другая"}, {"area": DISTRICT}])
def test_an_id_that_stands_for_something_else_is_refused(world: World, about: dict[str, Any]) -> None:
    made, _ = create(world, world.head)
    with pytest.raises(AlreadyDifferent):
        create(world, world.head, id=made, **about)
    taken = world.new_id()
    world.add(Home(id=taken, region=REGION, kind="audit"))
    with pytest.raises(AlreadyDifferent):
        create(world, world.head, id=taken, tax_id=make_bin(2))


def test_a_tax_number_is_checked_to_its_last_digit(world: World) -> None:
    wrong = make_bin(1)[:-1] + str((int(make_bin(1)[-1]) + 1) % 10)
    assert faults(world, tax_id=wrong) == ["/tax_id"]
    assert faults(world, tax_id="12", name_ru=" ") == ["/name_ru", "/tax_id"]


def test_a_tax_number_is_given_once_in_a_region_and_may_be_given_in_another(world: World) -> None:
    first, _ = create(world, world.head)
    with pytest.raises(NumberTaken) as refused:
        create(world, world.head)
    assert refused.value.members == {"operator_id": first}
    elsewhere = world.person(Role.HEAD, OTHER_REGION)
    assert create(world, elsewhere, OTHER_REGION)[1]
    # Numbers that are not known do not stand in each other's way.
    create(world, world.head, tax_id=None)
    create(world, world.head, tax_id=None)


def test_a_change_cannot_take_the_number_of_another_operator(world: World) -> None:
    first, _ = create(world, world.head)
    other, _ = create(world, world.head, tax_id=make_bin(2))
    with pytest.raises(NumberTaken) as refused:
        change(world, world.head, other, 1, tax_id=make_bin(1))
    assert refused.value.members == {"operator_id": first}
    assert row(world, other).rev == 1


def test_a_change_begun_from_an_old_version_is_refused_and_told_the_held_one(world: World) -> None:
    made, _ = create(world, world.head)
    assert change(world, world.head, made, 1, size_class="large").rev == 2
    with pytest.raises(StaleVersion) as refused:
        change(world, world.head, made, 1, size_class="small")
    assert refused.value.members["rev"] == 2
    assert row(world, made).size_class == "large"


def test_a_change_that_changes_nothing_leaves_no_trace(world: World) -> None:
    made, _ = create(world, world.head)
    entries = len(world.rows(JournalEntry))
    assert change(world, world.head, made, 1, name_ru=A_CLINIC["name_ru"]).rev == 1
    assert len(world.rows(JournalEntry)) == entries


def test_another_ownership_reaches_the_violations_of_all_its_facilities(world: World) -> None:
    made, _ = create(world, world.head)
    facility = world.facility(operator_id=made)
    world.audited(facility, FAILS)
    before = {v.id: v.rev for v in world.violations(facility).values()}
    change(world, world.head, made, 1, ownership="private")
    after = world.violations(facility).values()
    assert {v.ownership for v in after} == {"private"}
    assert all(v.rev == before[v.id] + 1 for v in after)


def test_who_has_no_grant_there_finds_no_operator_and_makes_none(world: World) -> None:
    made, _ = create(world, world.head)
    stranger = world.person(Role.HEAD, OTHER_REGION)
    with world.open_session() as session, pytest.raises(NotFound):
        operators.one(session, world.caller(stranger), made)
    with pytest.raises(NotFound):
        change(world, stranger, made, 1, name_ru="Чужая")
    with pytest.raises(Forbidden):
        create(world, stranger, tax_id=make_bin(3))
    with pytest.raises(AlreadyDifferent) as refused:
        create(world, stranger, OTHER_REGION, id=made)
    assert refused.value.members == {}


def test_a_viewer_sees_an_operator_and_cannot_change_it(world: World) -> None:
    made, _ = create(world, world.head)
    viewer = world.person(Role.MINISTRY)
    with world.open_session() as session:
        assert operators.one(session, world.caller(viewer), made)["tax_id"] == A_CLINIC["tax_id"]
    with pytest.raises(Forbidden):
        change(world, viewer, made, 1, name_ru="Другая")


def test_who_edits_facilities_in_a_district_sees_every_operator_of_the_region(world: World) -> None:
    theirs, _ = create(world, world.head, NEIGHBOUR, name_ru="А")
    regional, _ = create(world, world.head, tax_id=make_bin(2), name_ru="Б")
    elsewhere = world.person(Role.HEAD, OTHER_REGION)
    create(world, elsewhere, OTHER_REGION)
    for role in (Role.INSPECTOR, Role.AKIMAT):
        official = world.caller(world.person(role, DISTRICT))
        assert [r["id"] for r in page(world, official).rows] == [theirs, regional]
        with world.open_session() as session:
            assert operators.one(session, official, theirs)["name_ru"] == "А"
            operators.require_operator(session, official, REGION, theirs)


def test_who_only_reads_in_a_district_sees_the_operators_of_its_facilities_and_no_others(world: World) -> None:
    seen, _ = create(world, world.head, name_ru="Б")
    create(world, world.head, tax_id=make_bin(2), name_ru="А")
    own, _ = create(world, world.head, DISTRICT, tax_id=make_bin(3), name_ru="В")
    world.facility(operator_id=seen)
    viewer = world.caller(world.person(Role.MINISTRY, DISTRICT))
    assert [r["id"] for r in page(world, viewer).rows] == [seen, own]
    neighbour = world.caller(world.person(Role.MINISTRY, NEIGHBOUR))
    assert page(world, neighbour).rows == []


def test_contacts_are_shown_only_where_the_operator_or_a_facility_of_it_lies(world: World) -> None:
    contacts: dict[str, Any] = {"notice_email": "kense@example.kz", "notice_address": "ул. Примерная, 1"}
    made, _ = create(world, world.head, NEIGHBOUR, **contacts)
    official = world.caller(world.person(Role.AKIMAT, DISTRICT))

    def shown(caller: Caller) -> list[dict[str, Any]]:
        with world.open_session() as session:
            one = operators.one(session, caller, made)
        assert page(world, caller).rows == [one]
        return [{name: one[name]} for name in contacts if name in one]

    both = [{name: value} for name, value in contacts.items()]
    assert shown(official) == []
    assert shown(world.caller(world.head)) == shown(world.caller(world.person(Role.AKIMAT, NEIGHBOUR))) == both
    world.facility(operator_id=made)
    assert shown(official) == both


def test_a_number_that_an_operator_of_another_district_has_is_told_with_its_id_and_can_be_linked(
    world: World,
) -> None:
    theirs, _ = create(world, world.person(Role.INSPECTOR, NEIGHBOUR), NEIGHBOUR)
    inspector = world.person(Role.INSPECTOR, DISTRICT)
    with pytest.raises(NumberTaken) as refused:
        create(world, inspector, DISTRICT)
    assert refused.value.members == {"operator_id": theirs}
    with world.open_session() as session:
        operators.require_operator(session, world.caller(inspector), REGION, theirs)
    with pytest.raises(Forbidden):
        change(world, inspector, theirs, 1, name_ru="Другая")


def test_two_operators_that_are_made_at_once_with_one_number_are_one(own_world: World) -> None:
    people = own_world.inspector, own_world.colleague

    def second() -> UUID:
        with pytest.raises(NumberTaken) as refused:
            create(own_world, people[1])
        found: UUID = refused.value.members["operator_id"]
        return found

    wanted = own_world.new_id()
    with ThreadPoolExecutor(1) as pool:
        with own_world.unit(people[0]) as unit:
            operators.create(unit, own_world.caller(people[0]), wanted, REGION, A_CLINIC)
            waiting = pool.submit(second)
        assert waiting.result() == wanted
    assert len(own_world.rows(Operator)) == 1


def test_operators_are_found_by_part_of_a_name_by_number_and_by_area(world: World) -> None:
    clinic, _ = create(world, world.head)
    school, _ = create(world, world.head, DISTRICT, name_ru="Школа 100%", tax_id=None)
    caller = world.caller(world.head)
    assert [r["id"] for r in page(world, caller, text="ПРИМЕР").rows] == [clinic]
    assert [r["id"] for r in page(world, caller, text="пример").rows] == [clinic]
    assert [r["id"] for r in page(world, caller, text="школа").rows] == [school]
    assert [r["id"] for r in page(world, caller, text="0%").rows] == [school]
    assert [r["id"] for r in page(world, caller, tax_id=A_CLINIC["tax_id"]).rows] == [clinic]
    assert [r["id"] for r in page(world, caller, area=DISTRICT).rows] == [school]
    with pytest.raises(InvalidInput):
        page(world, caller, area="nowhere")


def test_pages_of_operators_join_without_gap_or_double(world: World) -> None:
    made = {create(world, world.head, tax_id=None, name_ru=f"Имя {n % 2}")[0] for n in range(5)}
    caller = world.caller(world.head)
    first = page(world, caller, limit=2)
    second = page(world, caller, limit=2, cursor=first.next_cursor)
    third = page(world, caller, limit=2, cursor=second.next_cursor)
    rows = [*first.rows, *second.rows, *third.rows]
    assert third.next_cursor is None
    assert len(rows) == 5
    assert {r["id"] for r in rows} == made


def test_contacts_and_what_names_a_person_stand_in_the_journal_as_commitments_only(world: World) -> None:
    create(world, world.head, notice_email="kense@example.kz")
    create(world, world.head, tax_id=AN_IIN, name_ru="ИП Выдуманный")
    company, person = world.rows(JournalEntry, JournalEntry.action == "operator.created")
    assert company.changes["tax_id"] == [None, A_CLINIC["tax_id"]]
    assert "commitment" in company.changes["notice_email"]
    assert {name for name, value in person.changes.items() if "commitment" in value} == {
        "tax_id",
        "name_ru",
        "name_kk",
    }
    assert AN_IIN not in str([entry.changes for entry in (company, person)])
    assert len(world.rows(JournalValue)) == 4


@pytest.mark.parametrize("area", ["KZ", "nowhere"])
def test_an_operator_belongs_to_a_region_or_district(world: World, area: str) -> None:
    with pytest.raises(InspectionError) as refused:
        create(world, world.head, area)
    assert isinstance(refused.value, InvalidInput)
    assert refused.value.faults[0].pointer == "/area_code"
