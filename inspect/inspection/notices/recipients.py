"""Who is written to: operators by the address they gave, officials by their grants."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, case, select

from inspection.notices.stages import Recipient
from inspection.tables.areas import Area
from inspection.tables.operators import Operator
from inspection.tables.people import Grant, Person, Role
from inspection.unit import Unit

OFFICIALS: Mapping[Recipient, Role] = {Recipient.DEPARTMENT: Role.HEAD, Recipient.AKIMAT: Role.AKIMAT}

# An address of an operator that mail can go to, as far as is known.
REACHABLE = case((Operator.notice_email_failed_at.is_(None), Operator.notice_email)).label("address")


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who is written to. key: as notices name them. address: of mail; None: to be told on paper."""

    key: str
    address: str | None


def operator(operator_id: UUID | None, address: str | None) -> Addressee:
    """The operator of a facility, or nobody where a facility has none."""
    if operator_id is None:
        return nobody(Recipient.OPERATOR)
    return Addressee(f"operator:{operator_id}", address or None)


def nobody(kind: Recipient) -> Addressee:
    """Where there is nobody of that kind: the notice is kept, and shown to people."""
    return Addressee(f"nobody:{kind}", None)


def _in_force(unit: Unit) -> ColumnElement[bool]:
    return (Grant.valid_from <= unit.now) & (Grant.valid_to.is_(None) | (Grant.valid_to > unit.now))


def holds_office(unit: Unit, person: UUID, region: str, district: str | None) -> bool:
    """Whether somebody is still one of those who answer for a place. One query."""
    roles = [role.value for role in OFFICIALS.values()]
    here = Grant.area_code.in_([region, district] if district else [region])
    held = select(Grant.id).where(Grant.person_id == person, Grant.role.in_(roles), here, _in_force(unit))
    return unit.session.execute(held.limit(1)).first() is not None


class Officials:
    """The officials of one region with an address, by the grants in force now."""

    def __init__(self, held: Collection[tuple[Recipient, str, Addressee]]) -> None:
        self._held = held

    @classmethod
    def of(cls, unit: Unit, region: str) -> "Officials":
        """Those who hold the region or a district of it. One query."""
        here = (Area.code == region) | (Area.parent_code == region)
        kinds = {role.value: kind for kind, role in OFFICIALS.items()}
        found = unit.session.execute(
            select(Grant.role, Area.code, Person.id, Person.email)
            .join(Area, Area.code == Grant.area_code)
            .join(Person, Person.id == Grant.person_id)
            .where(_in_force(unit), here, Grant.role.in_(kinds), Person.email.is_not(None))
            .order_by(Person.id)
        )
        return cls([(kinds[r.role], r.code, Addressee(f"person:{r.id}", r.email)) for r in found])

    def for_(self, kind: Recipient, region: str, district: str | None) -> Sequence[Addressee]:
        """Who answers for a place: those of its district, else those of the whole region, else nobody."""
        for code in (district, region):
            found = {who.key: who for what, where, who in self._held if what is kind and where == code}
            if found:
                return list(found.values())
        return [nobody(kind)]
