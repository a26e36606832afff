"""Fines entered by hand: once, by who may, corrected only by taking back, and what reports say of them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from inspection import facilities, fines
from inspection.errors import AlreadyDifferent, DoesNotApply, Forbidden, InvalidInput, NotFound
from inspection.fines import Claim, FineNumberTaken, Wanted, number_key
from inspection.keyset import write_cursor
from inspection.periods import Period
from inspection.reports import rows
from inspection.reports.asked import By
from inspection.reports.figures import report
from inspection.tables.facilities import Facility
from inspection.tables.fines import Fine
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.prescriptions import Department
from tests.clock import NOW
from tests.inspection.maps import ELSEWHERE, draw
from tests.inspection.merges import known, merge, separate
from tests.inspection.test_notices import an_operator
from tests.inspection.world import (
    COUNTRY,
    DISTRICT,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_DISTRICT,
    OTHER_REGION,
    REGION,
    World,
)

TODAY = date(2026, 3, 16)  # of NOW in Kazakhstan
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
NOTHING = {"state": "not_recorded", "number": None, "sum": None, "currency": None, "since": None}


def enter(
    world: World,
    facility: UUID,
    by: UUID | None = None,
    id: UUID | None = None,  # noqa: A002
    **about: Any,
) -> UUID:
    """Enter a fine of the facility's operator; its id."""
    person, made = by or world.head, id or world.new_id()
    (held,) = world.rows(Facility, Facility.id == facility)
    plain: dict[str, Any] = {
        "number": f"Ш-{made.int % 10**9}",
        "imposed_on": TODAY,
        "sum": 1000,
        "operator_id": held.operator_id,
    }
    with world.unit(person) as unit:
        fines.enter(unit, world.caller(person), facility, made, Claim(**plain | about))
    return made


def withdraw(world: World, made: UUID, *, by: UUID | None = None, reason: str = "ошибка") -> dict[str, Any]:
    person = by or world.head
    with world.unit(person) as unit:
        return fines.withdraw(unit, world.caller(person), made, reason)


def a_place(world: World, **about: Any) -> UUID:
    return known(world, **{"operator_id": an_operator(world)} | about)


def listed(world: World, person: UUID | None = None, **wanted: Any) -> list[UUID]:
    with world.open_session() as session:
        page = fines.page(session, world.caller(person or world.head), Wanted(**wanted))
    return [row["id"] for row in page.rows]


def figures(
    world: World, period: Period = YEAR, *, key: Any = None, person: UUID | None = None, **about: Any
) -> Any:
    """What a report says of fines: in its total, or in the row of a key."""
    with world.open_session() as session:
        caller = world.caller(person or world.person(Role.MINISTRY, COUNTRY))
        found = report(session, caller, period=period, now=world.clock(), **about)
    (row,) = [found["total"]] if key is None else [row for row in found["rows"] if row["key"] == key]
    return row["fines"]


# Entering


def test_a_fine_is_entered_once_and_the_journal_says_by_whom(world: World) -> None:
    facility = a_place(world)
    made = enter(world, facility, number="ӘҚ-114/2026", sum=243_000)
    (row,) = world.rows(Fine)
    assert (row.number, row.sum, row.year, row.department_id) == ("ӘҚ-114/2026", 243_000, 2026, world.department)
    world.clock.advance(hours=1)
    enter(world, facility, id=made, number="ӘҚ-114/2026", sum=243_000)
    (entry,) = world.rows(JournalEntry, JournalEntry.object_id == str(made))
    assert (entry.action, entry.actor_id) == ("fine.recorded", world.head)
    assert entry.changes["sum"] == [None, 243_000]


@pytest.mark.parametrize("other", [{"sum": 2}, {"number": "Ш-2"}, {"imposed_on": TODAY - timedelta(days=1)}])
def test_the_same_id_with_other_content_is_refused(world: World, other: dict[str, Any]) -> None:
    facility = a_place(world)
    made = enter(world, facility, number="Ш-1")
    about: dict[str, Any] = {"id": made, "number": "Ш-1", **other}
    with pytest.raises(AlreadyDifferent):
        enter(world, facility, **about)
    with pytest.raises(AlreadyDifferent):
        enter(world, facility, id=facility if other == {"sum": 2} else made, number="Ш-9")


@pytest.mark.parametrize("spelled", ["ӘҚ-114/2026", "әқ-114/2026", " № ӘҚ-114 / 2026"])
def test_a_number_is_given_once_a_year_however_it_is_spelled(world: World, spelled: str) -> None:
    facility, other = a_place(world), a_place(world)
    made = enter(world, facility, number="ӘҚ-114/2026")
    with pytest.raises(FineNumberTaken) as refused:
        enter(world, other, number=spelled)
    assert refused.value.members == {"fine_id": str(made)}
    enter(world, other, number=spelled, imposed_on=date(2025, 12, 31))
    withdraw(world, made)
    enter(world, other, number=spelled)


def test_numbers_that_differ_by_a_dash_are_two() -> None:
    assert number_key("12/7") != number_key("127")
    assert number_key("№ 12") == number_key("12") == number_key(" 12 ")
    assert not number_key(" № ")


def test_who_may_not_read_the_other_fine_is_not_told_which_it_is(world: World) -> None:
    enter(world, a_place(world), number="Ш-1")
    elsewhere = a_place(world, district_code=NEIGHBOUR)
    with pytest.raises(FineNumberTaken) as refused:
        enter(world, elsewhere, world.person(Role.AKIMAT, NEIGHBOUR), number="Ш-1")
    assert refused.value.members == {}


def test_what_is_wrong_is_named_field_by_field(world: World) -> None:
    facility, stranger = a_place(world), a_place(world)
    issued = world.prescribe(world.audited(stranger, {DOOR: FAILS[DOOR]})).id
    for about, pointers in (
        ({"number": " № "}, ["/number"]),
        ({"number": "1" * 61}, ["/number"]),
        ({"imposed_on": TODAY + timedelta(days=1)}, ["/imposed_on"]),
        ({"imposed_on": date(2016, 1, 1)}, ["/imposed_on"]),
        ({"sum": 0}, ["/sum"]),
        ({"sum": 10**12 + 1}, ["/sum"]),
        ({"operator_id": world.new_id(), "sum": -5}, ["/sum", "/operator_id"]),
        ({"prescription_id": world.new_id()}, ["/prescription_id"]),
        ({"prescription_id": issued}, ["/prescription_id"]),
    ):
        with pytest.raises(InvalidInput) as refused:
            enter(world, facility, **about)
        assert [fault.pointer for fault in refused.value.faults] == pointers
        assert all(fault.reason and fault.accepted for fault in refused.value.faults)
    assert world.rows(Fine) == []


def test_a_fine_may_name_the_prescription_of_its_operator(world: World) -> None:
    facility = a_place(world)
    issued = world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]})).id
    made = enter(world, facility, prescription_id=issued)
    assert listed(world, prescription_id=issued) == [made]
    with pytest.raises(InvalidInput) as refused:
        enter(world, facility, prescription_id=issued, operator_id=an_operator(world))
    assert [fault.reason for fault in refused.value.faults] == ["this prescription was issued to another operator"]


def test_where_no_department_answers_nothing_is_entered(world: World) -> None:
    facility = a_place(world, region_code=OTHER_REGION, district_code=OTHER_DISTRICT)  # it has moved there
    with pytest.raises(DoesNotApply, match="no department"):
        enter(world, facility, world.person(Role.HEAD, COUNTRY))


@pytest.mark.parametrize(
    ("role", "area"), [(Role.INSPECTOR, REGION), (Role.MINISTRY, COUNTRY), (Role.ADMIN, REGION)]
)
def test_who_only_reads_enters_and_takes_back_nothing(world: World, role: Role, area: str) -> None:
    facility, reader = a_place(world), world.person(role, area)
    made = enter(world, facility)
    with pytest.raises(Forbidden):
        enter(world, facility, reader)
    with pytest.raises(Forbidden):
        withdraw(world, made, by=reader)
    assert listed(world, reader) == [made]


def test_a_fine_of_another_district_answers_like_one_that_does_not_exist(world: World) -> None:
    made, stranger = enter(world, a_place(world)), world.person(Role.AKIMAT, NEIGHBOUR)
    assert listed(world, stranger) == []
    for each in (made, world.new_id()):
        with pytest.raises(NotFound) as refused:
            withdraw(world, each, by=stranger)
        assert (refused.value.message, refused.value.members) == ("there is no such fine", {"kind": "fine"})
        with pytest.raises(NotFound), world.open_session() as session:
            fines.one(session, world.caller(stranger), each)


def test_a_fine_is_taken_back_once_with_a_reason_and_stays_in_the_list(world: World) -> None:
    facility = a_place(world)
    made, other = enter(world, facility), enter(world, facility)
    with pytest.raises(InvalidInput):
        withdraw(world, made, reason=" ")
    assert withdraw(world, made) == withdraw(world, made)
    with pytest.raises(DoesNotApply):
        withdraw(world, made, reason="иначе")
    with pytest.raises(DoesNotApply):
        withdraw(world, made, by=world.person(Role.HEAD))
    assert (listed(world, withdrawn=True), listed(world, withdrawn=False)) == ([made], [other])
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "fine.withdrawn")
    assert (entry.object_id, entry.reason, entry.actor_id) == (str(made), "ошибка", world.head)


def test_fines_are_listed_the_newest_first_page_by_page_and_by_what_they_are_about(world: World) -> None:
    facility, other = a_place(world), a_place(world, district_code=NEIGHBOUR)
    days = [TODAY - timedelta(days=n) for n in range(4)]
    made = [enter(world, facility if n % 2 else other, imposed_on=day) for n, day in enumerate(days)]
    assert listed(world) == made
    assert listed(world, facility_id=facility) == listed(world, area=DISTRICT) == [made[1], made[3]]
    (held,) = world.rows(Facility, Facility.id == other)
    assert listed(world, operator_id=held.operator_id) == [made[0], made[2]]
    assert listed(world, first=days[2], last=days[1]) == [made[1], made[2]]
    found: list[UUID] = []
    with world.open_session() as session:
        cursor: str | None = None
        for _ in range(4):
            page = fines.page(session, world.caller(world.head), Wanted(), cursor=cursor, limit=1)
            found += [row["id"] for row in page.rows]
            cursor = page.next_cursor
        assert cursor is None
        cursor = write_cursor("issued", (TODAY, made[0]))
        with pytest.raises(InvalidInput):
            fines.page(session, world.caller(world.head), Wanted(), cursor=cursor)
    assert found == made


def test_a_fine_is_entered_for_the_survivor_and_names_prescriptions_of_both(world: World) -> None:
    operator = an_operator(world)
    survivor, merged = known(world, operator_id=operator), known(world, operator_id=operator)
    issued = world.prescribe(world.audited(merged, {DOOR: FAILS[DOOR]})).id
    before = enter(world, merged)
    merge(world, merged, survivor)
    with pytest.raises(DoesNotApply, match="merged"):
        enter(world, merged)
    assert enter(world, merged, id=before, number=world.rows(Fine)[0].number) == before
    made = enter(world, survivor, prescription_id=issued)
    separate(world, merged)
    assert {row.id: row.facility_id for row in world.rows(Fine)} == {before: merged, made: survivor}


def test_fines_move_with_their_facility_and_their_number_stays_that_of_its_department(world: World) -> None:
    draw(world)
    facility = a_place(world)
    made = enter(world, facility)
    official = world.person(Role.AKIMAT, COUNTRY)
    with world.unit(official) as unit:
        there: Any = {"lat": ELSEWHERE.lat, "lon": ELSEWHERE.lon}
        facilities.change(unit, world.caller(official), facility, 1, there)
    (row,) = world.rows(Fine, Fine.id == made)
    assert (row.home_region, row.region_code, row.district_code) == (REGION, OTHER_REGION, OTHER_DISTRICT)
    assert row.department_id == world.department
    assert listed(world) == []


# In reports


def test_a_region_that_has_never_entered_a_fine_says_so_and_not_zero(world: World) -> None:
    a_place(world)
    assert figures(world) == figures(world, key=REGION) == NOTHING


def test_from_the_day_of_the_first_entry_on_no_fines_are_zero_fines(world: World) -> None:
    facility = a_place(world)
    withdraw(world, enter(world, facility))  # what was entered by mistake began the register all the same
    after = Period(TODAY, TODAY + timedelta(days=30))
    known_zero = {"state": "known", "number": 0, "sum": 0, "currency": "KZT", "since": TODAY}
    assert figures(world, after, key=REGION) == known_zero
    assert figures(world, after, key=DISTRICT, by=By.DISTRICT) == known_zero
    assert figures(world, Period(date(2025, 1, 1), TODAY - timedelta(days=1)), key=REGION) == NOTHING


def test_a_period_that_began_before_the_register_is_partial(world: World) -> None:
    facility = a_place(world)
    enter(world, facility, sum=5, imposed_on=date(2026, 2, 1))
    enter(world, facility, sum=7)
    partial = {"state": "partial", "number": 2, "sum": 12, "currency": "KZT", "since": TODAY}
    assert figures(world, key=REGION) == partial
    february = Period(date(2026, 2, 1), date(2026, 2, 28))  # one was entered afterwards; nobody knows whether all
    assert figures(world, february, key=REGION) == {**partial, "number": 1, "sum": 5}


def test_a_total_is_known_only_where_every_region_records(world: World) -> None:
    facility = a_place(world)
    enter(world, facility, sum=5)
    days = Period(TODAY, TODAY)
    assert figures(world, days)["state"] == "partial"  # the other region has entered nothing
    assert figures(world, days, area=REGION)["state"] == "known"
    assert figures(world, days, area=DISTRICT)["state"] == "known"
    assert figures(world, days, person=world.head)["state"] == "known"
    assert figures(world, days, person=world.head, by=By.KIND, key="polyclinic") == {
        "state": "known",
        "number": 1,
        "sum": 5,
        "currency": "KZT",
        "since": TODAY,
    }
    assert figures(world, days, area=OTHER_REGION) == NOTHING


def test_every_reader_of_a_district_is_told_the_same_of_it(world: World) -> None:
    a_place(world)
    enter(world, a_place(world, district_code=NEIGHBOUR))
    days = Period(TODAY, TODAY)
    readers = [world.person(Role.AKIMAT, DISTRICT), world.head, world.person(Role.MINISTRY, COUNTRY)]
    told = [figures(world, days, person=each, by=By.DISTRICT, key=DISTRICT) for each in readers]
    assert told == [{"state": "known", "number": 0, "sum": 0, "currency": "KZT", "since": TODAY}] * 3


def test_two_currencies_are_not_added_up(world: World) -> None:
    facility = a_place(world)
    enter(world, facility, sum=5)
    made = enter(world, facility, sum=7)
    with world.unit() as unit:
        unit.session.get_one(Fine, (REGION, made)).country = "KG"
    both = world.person(Role.MINISTRY, COUNTRY)
    world.grant(both, Role.MINISTRY, REGION)
    found = figures(world, Period(TODAY, TODAY), person=both)
    assert (found["number"], found["sum"], found["currency"]) == (2, None, None)


@pytest.mark.parametrize("figure", ["fines.number", "fines.sum"])
def test_the_rows_are_the_fines_that_are_counted(world: World, figure: str) -> None:
    facility = a_place(world)
    made = [enter(world, facility, sum=n) for n in (5, 7)]
    withdraw(world, enter(world, facility, sum=9))
    enter(world, facility, imposed_on=date(2025, 12, 31))
    with world.open_session() as session:
        page = rows.page(session, world.caller(world.head), figure=figure, period=YEAR, now=NOW, key=REGION)
    assert {row["id"] for row in page.rows} == set(made)
    assert {(row["object"], row["date"], row["about"]["currency"]) for row in page.rows} == {
        ("fine", TODAY, "KZT")
    }
    assert sum(row["about"]["sum"] for row in page.rows) == figures(world, key=REGION)["sum"] == 12


def test_the_department_of_another_region_says_nothing_of_ours(world: World) -> None:
    named = {"code": "СО", "name_kk": "бөлім", "name_ru": "отдел", "area_code": OTHER_REGION}
    world.add(Department(home_region=OTHER_REGION, id=world.new_id(), **named))
    a_place(world, region_code=OTHER_REGION, district_code=OTHER_DISTRICT)
    assert figures(world, key=OTHER_REGION) == NOTHING
    enter(world, a_place(world))
    assert figures(world, key=OTHER_REGION) == NOTHING
