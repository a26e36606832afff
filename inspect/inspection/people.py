"""Making people and departments, and giving grants."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from inspection.access import token_hash
from inspection.errors import Fault, InvalidInput
from inspection.journal import Change
from inspection.tables.areas import Area, Level
from inspection.tables.people import Grant, Person, Role
from inspection.tables.prescriptions import Department
from inspection.unit import Unit


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to sign in. token: long and random, shown once, kept only as its hash."""

    name: str
    token: str
    language: str = "kk"
    email: str | None = None
    demo: bool = False


def add_person(unit: Unit, new: NewPerson, role: Role, area_code: str, *, since: datetime) -> UUID:
    """Make a person with one grant, in force from `since` on. Raises InvalidInput for an unknown area."""
    area = _area(unit, area_code)
    person = Person(
        id=unit.new_id(),
        name=new.name,
        email=new.email,
        language=new.language,
        token_hash=token_hash(new.token),
        demo=new.demo,
        created_at=since,
    )
    unit.session.add(person)
    unit.session.flush()
    region = area.country if area.level == Level.COUNTRY else _region(area)
    facts = {"name": (None, new.name), "email": (None, new.email)}
    personal = frozenset(facts)
    unit.journal.add(Change(region, "person.added", "person", str(person.id), facts, personal=personal))
    _grant(unit, person.id, role, area, since)
    return person.id


def _grant(unit: Unit, person_id: UUID, role: Role, area: Area, since: datetime) -> None:
    made = unit.new_id()
    unit.session.add(Grant(id=made, person_id=person_id, role=role.value, area_code=area.code, valid_from=since))
    facts = {"person_id": (None, person_id), "role": (None, role.value), "area_code": (None, area.code)}
    region = area.country if area.level == Level.COUNTRY else _region(area)
    unit.journal.add(Change(region, "grant.given", "grant", str(made), facts))


def add_department(
    unit: Unit, area_code: str, code: str, names: tuple[str, str], *, issues_automatically: bool = False
) -> UUID:
    """Make the department that answers for a region. names: in Kazakh and in Russian.

    Raises InvalidInput for an area that is no region or has its department already.
    """
    area = _area(unit, area_code)
    if area.level != Level.REGION:
        raise InvalidInput([Fault("/area", "a department answers for a region", "the code of a region")])
    if unit.session.scalars(select(Department.id).where(Department.area_code == area_code)).first():
        raise InvalidInput([Fault("/area", "this region has its department", "a region without one")])
    made = unit.new_id()
    unit.session.add(
        Department(
            home_region=area_code,
            id=made,
            code=code,
            name_kk=names[0],
            name_ru=names[1],
            issues_automatically=issues_automatically,
            area_code=area_code,
        )
    )
    unit.journal.add(Change(area_code, "department.added", "department", str(made), {"code": (None, code)}))
    return made


def _area(unit: Unit, code: str) -> Area:
    area = unit.session.get(Area, code)
    if area is None:
        accepted = "the code of a country, region or district"
        raise InvalidInput([Fault("/area", "there is no area with this code", accepted)])
    return area


def _region(area: Area) -> str:
    return area.code if area.level == Level.REGION else area.parent_code or area.country
