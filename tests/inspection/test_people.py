from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from inspection.access import sign_in
from inspection.errors import DoesNotApply, InvalidInput, NotFound, Unauthenticated
from inspection.journal_proof import verify
from inspection.people import (
    NewPerson,
    add_department,
    add_person,
    end_grant,
    enrol_tablet,
    give_grant,
    people_listed,
    renew_token,
)
from inspection.tables.areas import Area
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Device, Grant, Person, Role
from inspection.tables.prescriptions import Department
from tests.inspection.world import COUNTRY, DISTRICT, OTHER_REGION, REGION, World

NAMES = ("бөлім", "отдел")


def made(world: World, area: str = REGION, *, name: str = "Выдуманная Особа", email: str | None = None) -> UUID:
    new = NewPerson(name, "secret", email=email)
    with world.unit() as unit:
        return add_person(unit, new, Role.HEAD, area, since=unit.now)


def pointers(world: World, **about: str) -> list[str]:
    with pytest.raises(InvalidInput) as refusal:
        made(world, **about)
    return [fault.pointer for fault in refusal.value.faults]


@pytest.mark.parametrize("name", ["", "  ", "\u3000", "x" * 201, "a\nb", "a\x00", "\udcff"])
def test_a_name_that_nobody_can_read_is_refused(name: str, world: World) -> None:
    assert pointers(world, name=name) == ["/name"]


@pytest.mark.parametrize(
    "email", ["", "x", "@x.kz", "a@", "a@b", "a b@x.kz", "a@x.kz\n", "a@@x.kz", "a" * 250 + "@x.kz"]
)
def test_an_address_that_is_no_address_is_refused(email: str, world: World) -> None:
    assert pointers(world, email=email) == ["/email"]


def test_all_that_is_wrong_with_a_person_is_said_at_once(world: World) -> None:
    assert pointers(world, name=" ", email="x", area="000000000") == ["/name", "/email", "/area"]


def test_a_long_name_and_an_address_are_kept_as_they_are(world: World) -> None:
    made(world, name="Ж" * 200, email="a.b+c@пошта.example")
    assert len(world.rows(Person, Person.email == "a.b+c@пошта.example", Person.name == "Ж" * 200)) == 1


def test_the_first_person_of_a_country_needs_no_boundaries(world: World) -> None:
    with world.unit() as unit:
        unit.session.execute(delete(Area).where(Area.code == "KG"))
    person = made(world, "KG")
    (country,) = world.rows(Area, Area.code == "KG")
    assert (country.level, country.name_ru, country.demo) == (0, "Кыргызстан", False)
    assert [grant.area_code for grant in world.rows(Grant, Grant.person_id == person)] == ["KG"]


@pytest.mark.parametrize("code", ["", "АЛ/1", "АЛ 1", "a" * 13, "-", "АЛ_1", "АЛ\n", "²"])
def test_a_code_that_cannot_stand_in_a_number_is_refused(code: str, world: World) -> None:
    with world.unit() as unit, pytest.raises(InvalidInput) as refusal:
        add_department(unit, OTHER_REGION, code, NAMES)
    assert [fault.pointer for fault in refusal.value.faults] == ["/code"]


@pytest.mark.parametrize("code", ["А", "АҚМ-2", "Q" * 12])
def test_a_short_word_is_a_code(code: str, world: World) -> None:
    with world.unit() as unit:
        add_department(unit, OTHER_REGION, code, NAMES)
    assert [row.code for row in world.rows(Department, Department.home_region == OTHER_REGION)] == [code]


def test_two_departments_never_print_the_same_numbers(world: World) -> None:
    with world.unit() as unit, pytest.raises(InvalidInput) as refusal:
        add_department(unit, OTHER_REGION, "АЛ", NAMES)
    assert [fault.pointer for fault in refusal.value.faults] == ["/code"]
    twin = {"home_region": OTHER_REGION, "id": world.new_id(), "name_kk": "x", "name_ru": "x"}
    with pytest.raises(IntegrityError):
        world.add(Department(**twin, code="АЛ", area_code=OTHER_REGION))


def test_a_department_needs_both_its_names(world: World) -> None:
    with world.unit() as unit, pytest.raises(InvalidInput) as refusal:
        add_department(unit, OTHER_REGION, "АС", ("", "x" * 201))
    assert [fault.pointer for fault in refusal.value.faults] == ["/name_kk", "/name_ru"]


def test_a_grant_that_was_ended_opens_nothing_from_that_moment_on(world: World) -> None:
    person = world.person(Role.HEAD)
    (grant,) = world.rows(Grant, Grant.person_id == person)
    with world.unit() as unit:
        end_grant(unit, grant.id)
    assert world.caller(person).grants == ()
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "grant.ended")
    assert (entry.home_region, entry.object_id) == (REGION, str(grant.id))
    with world.unit() as unit, pytest.raises(DoesNotApply):
        end_grant(unit, grant.id)
    with world.unit() as unit, pytest.raises(NotFound):
        end_grant(unit, world.new_id())


def test_a_grant_of_a_district_is_ended_in_the_journal_of_its_region(world: World) -> None:
    person = world.person(Role.AKIMAT, DISTRICT)
    (grant,) = world.rows(Grant, Grant.person_id == person)
    with world.unit() as unit:
        end_grant(unit, grant.id)
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "grant.ended")
    assert entry.home_region == REGION


def test_a_renewed_token_signs_in_and_the_one_before_no_longer(world: World) -> None:
    person = made(world)
    with world.unit() as unit:
        assert renew_token(unit, person, "another") == "Выдуманная Особа"
    with world.open_session() as session:
        assert sign_in(session, "another", now=world.clock()).person_id == person
        with pytest.raises(Unauthenticated):
            sign_in(session, "secret", now=world.clock())


def test_a_revoked_token_signs_nobody_in_and_can_be_renewed(world: World) -> None:
    person = made(world)
    with world.unit() as unit:
        renew_token(unit, person, None)
    with world.open_session() as session, pytest.raises(Unauthenticated):
        sign_in(session, "secret", now=world.clock())
    with world.unit() as unit:
        renew_token(unit, person, "another")
    said = [entry.action for entry in world.rows(JournalEntry, JournalEntry.object_id == str(person))]
    assert sorted(said) == ["person.added", "token.renewed", "token.revoked"]
    with world.open_session() as session:
        assert list(verify(session, REGION)) == []


def test_nobody_has_no_token(world: World) -> None:
    with world.unit() as unit, pytest.raises(NotFound):
        renew_token(unit, world.new_id(), "another")


def test_the_list_of_people_shows_each_grant_and_whoever_has_none(world: World) -> None:
    nobody = world.person()
    person = made(world, COUNTRY, email="a@x.example")
    with world.open_session() as session:
        listed = {row["person_id"]: row for row in people_listed(session)}
    assert (listed[nobody]["role"], listed[nobody]["signs_in"]) == (None, True)
    assert (listed[person]["role"], listed[person]["area_code"]) == (Role.HEAD.value, COUNTRY)
    assert (listed[person]["email"], listed[person]["valid_to"]) == ("a@x.example", None)


def test_a_further_grant_reaches_further_until_it_ends(world: World) -> None:
    person = made(world, DISTRICT)
    with world.unit() as unit:
        give_grant(unit, person, Role.HEAD, OTHER_REGION, since=unit.now, until=unit.now + timedelta(hours=1))
    assert [grant.area_code for grant in world.rows(Grant, Grant.valid_to.is_not(None))] == [OTHER_REGION]
    for area, until in (("nowhere", None), (OTHER_REGION, timedelta())):
        end = None if until is None else world.clock() + until
        with pytest.raises(InvalidInput), world.unit() as unit:
            give_grant(unit, person, Role.HEAD, area, since=unit.now, until=end)
    with pytest.raises(NotFound), world.unit() as unit:
        give_grant(unit, UUID(int=5), Role.HEAD, REGION, since=unit.now)


def test_a_tablet_is_enrolled_for_one_person_in_one_region(world: World) -> None:
    person = made(world)
    with world.unit() as unit:
        tablet = enrol_tablet(unit, person, REGION)
    (row,) = world.rows(Device, Device.id == tablet)
    assert (row.person_id, row.region_code) == (person, REGION)
    with pytest.raises(InvalidInput), world.unit() as unit:
        enrol_tablet(unit, person, DISTRICT)
    with pytest.raises(NotFound), world.unit() as unit:
        enrol_tablet(unit, UUID(int=5), REGION)
