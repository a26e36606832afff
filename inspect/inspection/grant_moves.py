"""Grants in areas that new boundaries do not have any more: listed, and taken to the area in place of theirs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from inspection.countries import local_date
from inspection.errors import Fault, InvalidInput
from inspection.people import end_grant, give_grant
from inspection.reassigning import Reassignment
from inspection.tables.areas import Area, AreaBoundary, AreaEdition
from inspection.tables.people import Grant, Person, Role
from inspection.unit import Unit


@dataclass(frozen=True, slots=True)
class StrandedGrant:
    """A grant in an area that the boundaries of the day do not have any more."""

    area_code: str
    person_id: UUID
    name: str
    role: str


def stranded_grants(session: Session, on: date, now: Any) -> Sequence[StrandedGrant]:
    """Grants in force in areas that earlier editions drew and those of the day do not, by area and name."""
    rows = session.execute(
        select(Grant.area_code, Grant.person_id, Person.name, Grant.role)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.area_code.in_(select(AreaBoundary.code)),
            Grant.area_code.not_in(_drawn(on)),
            Grant.valid_to.is_(None) | (Grant.valid_to > now),
        )
        .order_by(Grant.area_code, Person.name, Grant.id)
    )
    return [StrandedGrant(*row) for row in rows]


def successors(found: Iterable[Reassignment], areas: Iterable[str]) -> Mapping[str, Counter[str]]:
    """Where the facilities of each of these areas go: the areas of the same level, and how many each gets."""
    went: dict[str, Counter[str]] = {area: Counter() for area in areas}
    for each in found:
        for left, entered in ((each.from_region, each.to_region), (each.from_district, each.to_district)):
            if left in went and entered is not None:
                went[left][entered] += 1
    return went


def follow(unit: Unit, left: str, entered: str) -> int:
    """Take the grants in force in an area that is no more to the one in its place, from now on; how many.

    Who holds the same role there already is given no second one. Tablets stay in their region: who works in
    another one now enrols anew. Raises InvalidInput for areas that are not known, not of one level and country, or
    when the first is still drawn by the boundaries of the day.
    """
    _require_successor(unit, left, entered)
    held = unit.session.scalars(
        select(Grant).where(Grant.area_code == left, _in_force(unit)).order_by(Grant.id).with_for_update()
    ).all()
    holding = select(Grant.person_id, Grant.role).where(Grant.area_code == entered, _in_force(unit))
    there = {(row.person_id, row.role) for row in unit.session.execute(holding)}
    for grant in held:
        until = grant.valid_to
        end_grant(unit, grant.id)
        if (grant.person_id, grant.role) not in there:
            there.add((grant.person_id, grant.role))
            give_grant(unit, grant.person_id, Role(grant.role), entered, since=unit.now, until=until)
    return len(held)


def _in_force(unit: Unit) -> Any:
    return (Grant.valid_from <= unit.now) & (Grant.valid_to.is_(None) | (Grant.valid_to > unit.now))


def _require_successor(unit: Unit, left: str, entered: str) -> None:
    old, new = unit.session.get(Area, left), unit.session.get(Area, entered)
    faults = [
        Fault(pointer, f"there is no area {code}", "a code of `areas`")
        for pointer, code, area in (("/left", left, old), ("/entered", entered, new))
        if area is None
    ]
    if old is not None and new is not None:
        if (old.country, old.level) != (new.country, new.level) or left == entered:
            reason = "grants follow from district to district and from region to region of a country"
            faults.append(Fault("/entered", reason, "another area of the same level"))
        if unit.session.scalar(_drawn(local_date(unit.now, old.country)).where(AreaBoundary.code == left)):
            faults.append(Fault("/left", "the boundaries of today have this area", "an area that is no more"))
    if faults:
        raise InvalidInput(faults)


def _drawn(on: date) -> Select[str]:
    """Codes of the areas that the boundaries of a day have."""
    valid = (AreaEdition.valid_from <= on) & (AreaEdition.valid_to.is_(None) | (AreaEdition.valid_to > on))
    return select(AreaBoundary.code).join(AreaEdition, AreaEdition.id == AreaBoundary.edition_id).where(valid)
