"""The register of offices: who keeps it, who sees it, and what it refuses."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from inspection import offices
from inspection.errors import AlreadyDifferent, Forbidden, InvalidInput, NotFound, StaleVersion
from inspection.keyset import write_cursor
from inspection.tables.journal import JournalEntry
from inspection.tables.offices import Office
from inspection.tables.people import Role
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, OTHER_DISTRICT, OTHER_REGION, REGION, World

TODAY = date(2026, 3, 16)
NAMED = {"name_kk": "Денсаулық сақтау басқармасы", "name_ru": "Управление здравоохранения"}


def create(world: World, by: UUID | None = None, region: str = REGION, **about: Any) -> tuple[UUID, bool]:
    person, made = by or world.head, about.pop("id", world.new_id())
    fields: Any = {**NAMED, **about}
    with world.unit(person) as unit:
        _, new = offices.create(unit, world.caller(person), made, region, fields)
    return made, new


def change(world: World, made: UUID, rev: int = 1, *, by: UUID | None = None, **about: Any) -> Office:
    person = by or world.head
    fields: Any = about
    with world.unit(person) as unit:
        return offices.change(unit, world.caller(person), made, rev, fields)


def listed(world: World, person: UUID, **wanted: Any) -> list[UUID]:
    with world.open_session() as session:
        return [row["id"] for row in offices.page(session, world.caller(person), **wanted).rows]


def test_an_office_is_entered_once_renamed_and_closed_and_the_journal_says_so(world: World) -> None:
    made, new = create(world, email="densaulyk@example.kz")
    assert (new, create(world, id=made, email="densaulyk@example.kz")) == (True, (made, False))
    change(world, made, name_ru="Управление здоровья")
    closed = change(world, made, 2, closed_on=TODAY)
    assert (closed.rev, closed.closed_on, closed.name_kk) == (3, TODAY, NAMED["name_kk"])
    assert change(world, made, 3, closed_on=TODAY).rev == 3
    assert change(world, made, 3, closed_on=None).closed_on is None
    entries = world.rows(JournalEntry, JournalEntry.object_id == str(made))
    actions = [entry.action for entry in sorted(entries, key=lambda entry: entry.number)]
    assert actions == ["office.created", "office.changed", "office.changed", "office.changed"]
    assert entries[0].actor_id == world.head


def test_the_same_id_with_other_content_and_a_version_of_the_past_are_refused(world: World) -> None:
    made, _ = create(world)
    with pytest.raises(AlreadyDifferent):
        create(world, id=made, name_ru="Другое")
    with pytest.raises(AlreadyDifferent):
        create(world, id=made, email="a@example.kz")
    change(world, made, name_ru="Новое")
    with pytest.raises(StaleVersion) as refused:
        change(world, made, name_ru="Третье")
    assert refused.value.members == {"rev": 2}


def test_what_is_wrong_with_an_office_is_named(world: World) -> None:
    for about, pointers in (
        ({"name_kk": " "}, ["/name_kk"]),
        ({"name_ru": "", "closed_on": TODAY + timedelta(days=1)}, ["/name_ru", "/closed_on"]),
        ({"region": DISTRICT}, ["/area_code"]),
        ({"region": COUNTRY}, ["/area_code"]),
        ({"region": "999"}, ["/area_code"]),
    ):
        with pytest.raises(InvalidInput) as refused:
            create(world, **about)
        assert [fault.pointer for fault in refused.value.faults] == pointers
    assert world.rows(Office) == []


def test_officials_of_the_region_keep_it_and_nobody_else(world: World) -> None:
    made, _ = create(world, world.person(Role.AKIMAT, REGION))
    change(world, made, by=world.person(Role.HEAD, COUNTRY), email="a@example.kz")
    for role, area in (
        (Role.INSPECTOR, REGION),
        (Role.MINISTRY, COUNTRY),
        (Role.ADMIN, REGION),
        (Role.AKIMAT, DISTRICT),
    ):
        person = world.person(role, area)
        with pytest.raises(Forbidden):
            create(world, person)
        with pytest.raises(Forbidden):
            change(world, made, 2, by=person, name_ru="Моё")
    with pytest.raises(NotFound):
        change(world, made, 2, by=world.person(Role.HEAD, OTHER_REGION), name_ru="Моё")


def test_whoever_reads_anything_in_a_region_sees_its_offices_and_no_others(world: World) -> None:
    made, _ = create(world)
    for role, area in ((Role.INSPECTOR, NEIGHBOUR), (Role.AKIMAT, DISTRICT), (Role.MINISTRY, COUNTRY)):
        assert listed(world, world.person(role, area)) == [made]
    for stranger in (world.person(Role.HEAD, OTHER_DISTRICT), world.person()):
        assert listed(world, stranger) == []
        with pytest.raises(NotFound), world.open_session() as session:
            offices.one(session, world.caller(stranger), made)


def test_offices_come_by_name_page_by_page_and_those_of_a_district_are_of_its_region(world: World) -> None:
    names = ["Управление труда", "Управление здравоохранения", "Управление образования"]
    made = {name: create(world, name_ru=name)[0] for name in names}
    in_order = [made[name] for name in sorted(names)]
    reader = world.person(Role.INSPECTOR, DISTRICT)
    assert listed(world, reader, area=DISTRICT) == listed(world, reader, area=REGION) == in_order
    assert listed(world, reader, area=OTHER_REGION) == []
    found: list[UUID] = []
    with world.open_session() as session:
        page = offices.page(session, world.caller(reader), limit=2)
        found += [row["id"] for row in page.rows]
        page = offices.page(session, world.caller(reader), limit=2, cursor=page.next_cursor)
        found += [row["id"] for row in page.rows]
    assert (found, page.next_cursor) == (in_order, None)
    change(world, made[names[0]], closed_on=TODAY)
    assert listed(world, reader, closed=True) == [made[names[0]]]
    assert made[names[0]] not in listed(world, reader, closed=False)


def test_a_cursor_of_another_list_and_an_unknown_area_are_refused(world: World) -> None:
    for wanted in ({"cursor": write_cursor("name", ["a", world.head])}, {"area": "999"}):
        with pytest.raises(InvalidInput):
            listed(world, world.head, **wanted)
