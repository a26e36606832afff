"""People, their grants and tokens, and the departments they work for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import token_hash
from inspection.areas import make_country
from inspection.calendar_links import revoke_of
from inspection.countries import COUNTRIES
from inspection.errors import DoesNotApply, Fault, InvalidInput, NotFound
from inspection.journal import Change
from inspection.tables.areas import Area, Level
from inspection.tables.people import Device, Grant, Person, Role
from inspection.tables.prescriptions import Department
from inspection.unit import Unit

LONGEST_NAME = 200
# Only the form: whether letters arrive at an address, nobody can tell from looking at it.
EMAIL = re.compile(r"(?=.{3,254}\Z)[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
LONGEST_CODE = 12


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to sign in.

    token: long and random, shown once, kept only as its hash; None: they have none. id: made by a client, or here.
    """

    name: str
    token: str | None
    language: str = "kk"
    email: str | None = None
    demo: bool = False
    id: UUID | None = None


def add_person(
    unit: Unit,
    new: NewPerson,
    role: Role,
    area_code: str,
    *,
    since: datetime,
    until: datetime | None = None,
    grant_id: UUID | None = None,
) -> UUID:
    """Make a person with one grant, in force from `since` on.

    The area of a country is made where it is missing: somebody must be there before the boundaries are. Raises
    InvalidInput for a name or an address without the form of one, and for an unknown area.
    """
    if area_code in COUNTRIES:
        make_country(unit, area_code, new.demo)
    area = unit.session.get(Area, area_code)
    faults = [*_faults_of_name("/name", new.name), *_faults_of_email(new.email), *_faults_of_area(area)]
    faults += _faults_of_end(since, until)
    if faults or area is None:
        raise InvalidInput(faults)
    person = Person(
        id=new.id or unit.new_id(),
        name=new.name,
        email=new.email,
        language=new.language,
        token_hash=None if new.token is None else token_hash(new.token),
        demo=new.demo,
        created_at=unit.now,
    )
    unit.session.add(person)
    unit.session.flush()
    facts = {"name": (None, new.name), "email": (None, new.email)}
    personal = frozenset(facts)
    unit.journal.add(
        Change(journal_region(area), "person.added", "person", str(person.id), facts, personal=personal)
    )
    _grant(unit, person.id, role, area, since=since, until=until, grant_id=grant_id)
    return person.id


def _grant(
    unit: Unit,
    person_id: UUID,
    role: Role,
    area: Area,
    *,
    since: datetime,
    until: datetime | None,
    grant_id: UUID | None,
) -> UUID:
    made = grant_id or unit.new_id()
    row = Grant(
        id=made, person_id=person_id, role=role.value, area_code=area.code, valid_from=since, valid_to=until
    )
    unit.session.add(row)
    facts = {"person_id": (None, person_id), "role": (None, role.value), "area_code": (None, area.code)}
    ends = {"valid_to": (None, until)} if until is not None else {}
    unit.journal.add(Change(journal_region(area), "grant.given", "grant", str(made), {**facts, **ends}))
    return made


def give_grant(
    unit: Unit,
    person_id: UUID,
    role: Role,
    area_code: str,
    *,
    since: datetime,
    until: datetime | None = None,
    grant_id: UUID | None = None,
) -> UUID:
    """Give somebody one grant more; its id.

    Raises NotFound for nobody, InvalidInput for an unknown area and for an end before the beginning.
    """
    if unit.session.get(Person, person_id) is None:
        raise NotFound("there is no such person", kind="person")
    area = unit.session.get(Area, area_code)
    faults = [*_faults_of_area(area), *_faults_of_end(since, until)]
    if faults or area is None:
        raise InvalidInput(faults)
    return _grant(unit, person_id, role, area, since=since, until=until, grant_id=grant_id)


def enrol_tablet(unit: Unit, person_id: UUID, region_code: str) -> UUID:
    """Enrol a tablet of a person, which reads the feed of this region; its id.

    Raises NotFound for nobody and InvalidInput for an area that is no region.
    """
    if unit.session.get(Person, person_id) is None:
        raise NotFound("there is no such person", kind="person")
    area = unit.session.get(Area, region_code)
    if area is None or area.level != Level.REGION:
        raise InvalidInput([Fault("/region", "a tablet belongs to a region", "the code of a region")])
    made = unit.new_id()
    unit.session.add(Device(id=made, person_id=person_id, region_code=region_code, enrolled_at=unit.now))
    facts = {"person_id": (None, person_id)}
    unit.journal.add(Change(region_code, "tablet.enrolled", "tablet", str(made), facts))
    return made


def stop_tablet(unit: Unit, tablet_id: UUID, reason: str) -> None:
    """Stop a tablet for ever: one that was lost is given nothing any more, and told to stop.

    What it has not sent yet stays on it. Links of calendars of its person end: it may have made one. Raises
    NotFound, and DoesNotApply for one that was stopped before.
    """
    held = unit.session.get(Device, tablet_id, with_for_update=True)
    if held is None:
        raise NotFound("there is no such tablet", kind="tablet")
    if held.stopped_at is not None:
        raise DoesNotApply("this tablet was stopped before")
    held.stopped_at = unit.now
    facts = {"stopped_at": (None, unit.now)}
    unit.journal.add(Change(held.region_code, "tablet.stopped", "tablet", str(tablet_id), facts, reason=reason))
    revoke_of(unit, held.person_id, held.region_code)


def end_grant(unit: Unit, grant_id: UUID, reason: str | None = None) -> None:
    """End a grant now. Raises NotFound, and DoesNotApply for one that has ended."""
    grant = unit.session.get(Grant, grant_id)
    if grant is None:
        raise NotFound("there is no such grant", kind="grant")
    if grant.valid_to is not None and grant.valid_to <= unit.now:
        raise DoesNotApply("this grant has ended already")
    area = unit.session.get_one(Area, grant.area_code)
    facts = {"valid_to": (grant.valid_to, unit.now)}
    unit.journal.add(Change(journal_region(area), "grant.ended", "grant", str(grant.id), facts, reason=reason))
    grant.valid_to = unit.now


def renew_token(unit: Unit, person_id: UUID, token: str | None, *, made_by: UUID | None = None) -> str:
    """Give a person another token in place of theirs, or with null none; their name.

    made_by: who makes it, and so has seen it; None: the command line.
    It stands in the journal where the person was made: of their first grant. Raises NotFound for nobody and for
    somebody who never had a grant.
    """
    person, area = unit.session.get(Person, person_id), _first_area(unit.session, person_id)
    if person is None or area is None:
        raise NotFound("there is no such person", kind="person")
    person.token_hash, person.access_made_by = (None, None) if token is None else (token_hash(token), made_by)
    action = "token.revoked" if token is None else "token.renewed"
    unit.journal.add(Change(journal_region(area), action, "person", str(person.id)))
    return person.name


def journal_of(session: Session, person_id: UUID) -> str:
    """In whose journal it stands what is done about a person: of their first grant, without one of a country."""
    area = _first_area(session, person_id)
    return next(iter(COUNTRIES)) if area is None else journal_region(area)


def _first_area(session: Session, person_id: UUID) -> Area | None:
    granted = select(Area).join(Grant, Grant.area_code == Area.code).where(Grant.person_id == person_id)
    return session.scalars(granted.order_by(Grant.valid_from, Grant.id).limit(1)).first()


def people_listed(session: Session) -> Sequence[Mapping[str, Any]]:
    """Everybody with each of their grants, or with none: the columns below, by name of the person."""
    rows = session.execute(
        select(
            *(Person.id.label("person_id"), Person.name, Person.email),
            Person.token_hash.is_not(None).label("signs_in"),
            *(Grant.id.label("grant_id"), Grant.role, Grant.area_code, Grant.valid_from, Grant.valid_to),
        )
        .outerjoin(Grant, Grant.person_id == Person.id)
        .order_by(Person.name, Person.id, Grant.valid_from, Grant.id)
    )
    return [dict(row) for row in rows.mappings()]


def add_department(
    unit: Unit, area_code: str, code: str, names: tuple[str, str], *, issues_automatically: bool = False
) -> UUID:
    """Make the department that answers for a region. names: in Kazakh and in Russian.

    Raises InvalidInput for an area that is no region or has its department already, for names and a code without
    the form of one, and for the code of another department: their documents would have the same numbers.
    """
    area = unit.session.get(Area, area_code)
    faults = [
        *_faults_of_area(area),
        *(_faults_of_region(unit.session, area) if area else ()),
        *_faults_of_code(unit.session, code),
        *_faults_of_name("/name_kk", names[0]),
        *_faults_of_name("/name_ru", names[1]),
    ]
    if faults:
        raise InvalidInput(faults)
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


def _faults_of_name(pointer: str, name: str) -> Iterator[Fault]:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        yield Fault(pointer, "this is no name", f"1 to {LONGEST_NAME} characters that can be read, on one line")


def _faults_of_email(email: str | None) -> Iterator[Fault]:
    if email is not None and not (EMAIL.fullmatch(email) and email.isprintable()):
        yield Fault("/email", "this is no e-mail address", "an address like name@organisation.example")


def _faults_of_end(since: datetime, until: datetime | None) -> Iterator[Fault]:
    if until is not None and until <= since:
        yield Fault("/until", "this grant would end before it begins", "a later moment")


def _faults_of_area(area: Area | None) -> Iterator[Fault]:
    if area is None:
        accepted = "the code of a country, region or district"
        yield Fault("/area", "there is no area with this code", accepted)


def _faults_of_region(session: Session, area: Area) -> Iterator[Fault]:
    if area.level != Level.REGION:
        yield Fault("/area", "a department answers for a region", "the code of a region")
    elif session.scalars(select(Department.id).where(Department.area_code == area.code)).first():
        yield Fault("/area", "this region has its department", "a region without one")


def _faults_of_code(session: Session, code: str) -> Iterator[Fault]:
    fitting = 0 < len(code) <= LONGEST_CODE and all(c.isalpha() or c in "-0123456789" for c in code)
    if not fitting or code.startswith("-"):
        accepted = f"1 to {LONGEST_CODE} letters, digits and hyphens, no hyphen first"
        yield Fault("/code", "this is no code of a department", accepted)
    elif session.scalars(select(Department.id).where(Department.code == code)).first():
        yield Fault("/code", "another department has this code", "a code that no department has")


def journal_region(area: Area) -> str:
    """The region (or country) in whose journal it stands what is done about an area."""
    if area.level == Level.DISTRICT:
        return area.parent_code or area.country
    return area.code
