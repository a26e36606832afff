"""People and their grants, as administrators keep them: each in the areas that they administer themselves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, known, lasting_grant, may, require
from inspection.area_places import place_of
from inspection.errors import AlreadyDifferent, Fault, InvalidInput, NotFound
from inspection.held_about import about_person
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.people import NewPerson, add_person, end_grant, give_grant, renew_token
from inspection.signing.standing import standing_of
from inspection.tables.areas import Area, Level
from inspection.tables.people import Grant, Person, Role
from inspection.unit import Unit

SORT = "people"
SHOWN = Person.id, Person.name, Person.email, Person.language, Person.token_hash, Person.created_at
OF_GRANT = Grant.id, Grant.person_id, Grant.role, Grant.area_code, Grant.valid_from, Grant.valid_to


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A role in an area that somebody is to hold. id is made by the client. since: None: from now on."""

    id: UUID
    role: Role
    area_code: str
    since: datetime | None = None
    until: datetime | None = None


def page(
    session: Session, caller: Caller, *, area: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page:
    """People with a grant, in force or not, where the caller administers or enrols tablets, by name.

    area: with a grant in just this area. Each comes with those of their grants that lie there. Raises InvalidInput
    for a cursor of another list.
    """
    there = select(Grant.person_id).where(_there(caller))
    if area is not None:
        there = there.where(Grant.area_code == area)
    statement = select(*SHOWN).where(Person.id.in_(there))
    if cursor is not None:
        name, last = read_cursor(cursor, SORT, (str, UUID))
        statement = statement.where(tuple_(Person.name, Person.id) > tuple_(literal(name), literal(last, Uuid())))
    found = session.execute(statement.order_by(Person.name, Person.id).limit(limit + 1)).mappings().all()
    rows = _documents(session, caller, found[:limit])
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["name"], rows[-1]["id"])) if more else None)


def one(session: Session, caller: Caller, person_id: UUID) -> dict[str, Any]:
    """A person with their grants where the caller administers or enrols tablets. Raises NotFound."""
    there = select(Grant.person_id).where(_there(caller), Grant.person_id == person_id)
    found = session.execute(select(*SHOWN).where(Person.id.in_(there))).mappings().all()
    if not found:
        raise NotFound("there is no such person", kind="person")
    (document,) = _documents(session, caller, found)
    caller.used.places.update(grant["area_code"] for grant in document["grants"])
    return document


def add(unit: Unit, caller: Caller, new: NewPerson, grant: NewGrant) -> dict[str, Any]:
    """Make a person with a first grant. Making the same again changes nothing.

    Raises Forbidden, InvalidInput, and AlreadyDifferent for an id that stands for something else.
    """
    area = _administered(unit, caller, grant.area_code, "/grant")
    held = None if new.id is None else unit.session.get(Person, new.id)
    if held is not None:
        same = (held.name, held.email, held.language) == (new.name, new.email, new.language)
        if not same or unit.session.get(Grant, grant.id) is None:
            raise AlreadyDifferent("another person has this id", person=str(new.id))
        return one(unit.session, caller, held.id)
    since = _since(unit, grant, "/grant")
    made = add_person(unit, new, grant.role, area.code, since=since, until=grant.until, grant_id=grant.id)
    unit.session.flush()
    return one(unit.session, caller, made)


def give(unit: Unit, caller: Caller, person_id: UUID, grant: NewGrant) -> dict[str, Any]:
    """Give somebody one grant more in an area that the caller administers. Giving the same again changes nothing.

    A token ends that was made by who may not hold as much.
    Raises NotFound for nobody and for who never held a grant in the caller's areas: the answer says who somebody
    is. Raises Forbidden, InvalidInput, and AlreadyDifferent for an id that stands for another.
    """
    area = _administered(unit, caller, grant.area_code)
    one(unit.session, caller, person_id)
    held = unit.session.get(Grant, grant.id)
    if held is not None:
        same = (held.person_id, held.role, held.area_code, held.valid_to)
        if same != (person_id, grant.role.value, grant.area_code, grant.until):
            raise AlreadyDifferent("another grant has this id", grant=str(grant.id))
    else:
        since = _since(unit, grant)
        give_grant(unit, person_id, grant.role, area.code, since=since, until=grant.until, grant_id=grant.id)
        end_token_of_less(unit, person_id)
        unit.session.flush()
    return one(unit.session, caller, person_id)


def end(unit: Unit, caller: Caller, grant_id: UUID, reason: str) -> dict[str, Any]:
    """End a grant now; a tablet learns of it by its next sync. Ending it again changes nothing.

    Raises NotFound, also for a grant where the caller may not administer.
    """
    held = unit.session.get(Grant, grant_id, with_for_update=True)
    area = None if held is None else unit.session.get(Area, held.area_code)
    if held is None or area is None or not may(caller, Act.ADMINISTER, place_of(area)):
        raise NotFound("there is no such grant", kind="grant")
    if held.valid_to is None or held.valid_to > unit.now:
        end_grant(unit, grant_id, reason)
        unit.session.flush()
    return one(unit.session, caller, held.person_id)


def renew(unit: Unit, caller: Caller, person_id: UUID, token: str | None) -> None:
    """Give a person another token, or with None none: only where all of their grants lie in the caller's areas.

    Whoever holds more than the caller is not theirs to sign in as. Raises NotFound.
    """
    if not governs(unit, caller, Act.ADMINISTER, person_id):
        raise NotFound("there is no such person", kind="person")
    renew_token(unit, person_id, token, made_by=caller.person_id)


def end_token_of_less(unit: Unit, person_id: UUID) -> None:
    """End the token of somebody who now holds more than whoever made it, and so knows it, may hold."""
    unit.session.flush()
    person = unit.session.get_one(Person, person_id)
    maker = person.access_made_by
    if person.token_hash is None or maker in (None, person_id):
        return
    if not still_governs(unit.session, maker, Act.ADMINISTER, person_id, now=unit.now):
        renew_token(unit, person_id, None)


def governs(unit: Unit, caller: Caller, act: Act, person_id: UUID) -> bool:
    """Whether every grant that a person holds, or will, lies where the caller may do this.

    False for nobody, and for who holds none. Nobody but an administrator governs one.
    """
    return _governs(unit.session, caller, act, person_id, unit.now)


def still_governs(session: Session, maker: UUID, act: Act, person_id: UUID, *, now: datetime) -> bool:
    """Whether somebody who opened a door for a person governs them at this moment, too."""
    return _governs(session, known(session, maker, now=now), act, person_id, now)


def _governs(session: Session, caller: Caller, act: Act, person_id: UUID, now: datetime) -> bool:
    held = session.execute(
        select(Grant.role, Area)
        .join(Area, Area.code == Grant.area_code)
        .where(Grant.person_id == person_id, lasting_grant(now))
    ).all()
    needed = {role: Act.ADMINISTER if role == Role.ADMIN else act for role, _ in held}
    return bool(held) and all(may(caller, needed[role], place_of(area)) for role, area in held)


def oversees(unit: Unit, caller: Caller, person_id: UUID) -> bool:
    """Whether the caller administers wherever somebody holds a grant, or held one if they hold none."""
    if governs(unit, caller, Act.ADMINISTER, person_id):
        return True
    held = (
        select(Grant.valid_to, Area).join(Area, Area.code == Grant.area_code).where(Grant.person_id == person_id)
    )
    past = unit.session.execute(held).all()
    over = all(until is not None and until <= unit.now for until, _ in past)
    return bool(past) and over and all(may(caller, Act.ADMINISTER, place_of(area)) for _, area in past)


def held_about(unit: Unit, caller: Caller, person_id: UUID) -> dict[str, Any]:
    """Everything that is held about a person of whom the caller is the administrator. Raises NotFound."""
    if not oversees(unit, caller, person_id):
        raise NotFound("there is no such person", kind="person")
    return about_person(unit.session, person_id, now=unit.now)


def _administered(unit: Unit, caller: Caller, code: str, within: str = "") -> Area:
    area = unit.session.get(Area, code)
    if area is None:
        raise InvalidInput([Fault(f"{within}/area", "there is no area with this code", "the code of an area")])
    require(caller, Act.ADMINISTER, place_of(area), what="object")
    return area


def _since(unit: Unit, grant: NewGrant, within: str = "") -> datetime:
    """When a grant begins: nobody is given a past, in which they could have done something."""
    since = grant.since or unit.now
    if since < unit.now:
        raise InvalidInput(
            [Fault(f"{within}/since", "a grant begins now or later", "a moment to come, or left out")]
        )
    return since


def _there(caller: Caller, acts: Sequence[Act] = (Act.ADMINISTER, Act.ENROL)) -> ColumnElement[bool]:
    """The condition that a grant lies where the caller may do one of these."""
    wanted: list[ColumnElement[bool]] = []
    for act in acts:
        wanted += [
            Area.country.in_(caller.reach(act, Level.COUNTRY)),
            Area.code.in_(caller.reach(act, Level.REGION)),
            Area.parent_code.in_(caller.reach(act, Level.REGION)),
            Area.code.in_(caller.reach(act, Level.DISTRICT)),
        ]
    return Grant.area_code.in_(select(Area.code).where(or_(*wanted)))


def _documents(session: Session, caller: Caller, found: Sequence[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    grants: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    of_these = Grant.person_id.in_([row["id"] for row in found])
    ordered = select(*OF_GRANT).where(of_these, _there(caller)).order_by(Grant.valid_from, Grant.id)
    for row in session.execute(ordered).mappings():
        said = dict(row)
        grants[said.pop("person_id")].append(said)
    standing = standing_of(session, _administered_people(session, caller, found))
    return [
        {name: value for name, value in row.items() if name != "token_hash"}
        | {
            "has_token": row["token_hash"] is not None,
            "sign_in": standing.get(row["id"]),
            "grants": grants[row["id"]],
        }
        for row in found
    ]


def _administered_people(session: Session, caller: Caller, found: Sequence[Mapping[Any, Any]]) -> Sequence[UUID]:
    """Those with a grant where the caller administers: how they sign in is nobody else's matter."""
    there = _there(caller, (Act.ADMINISTER,))
    ids = select(Grant.person_id).where(Grant.person_id.in_([row["id"] for row in found]), there)
    return session.scalars(ids.distinct()).all()
