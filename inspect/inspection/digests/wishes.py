"""Whether somebody wants the digest: their own word, and nobody else's."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.countries import COUNTRIES
from inspection.journal import Change
from inspection.people import journal_region
from inspection.tables.areas import Area
from inspection.tables.people import DigestWish, Person
from inspection.unit import Unit


def wish_of(session: Session, caller: Caller) -> DigestWish:
    """What the caller wants."""
    return DigestWish(session.scalars(select(Person.digest).where(Person.id == caller.person_id)).one())


def set_wish(unit: Unit, caller: Caller, wish: DigestWish) -> None:
    """Write down what the caller wants from now on. Saying it again changes nothing."""
    person = unit.session.get_one(Person, caller.person_id, with_for_update=True)
    if person.digest == wish:
        return
    facts = {"digest": (person.digest, wish.value)}
    person.digest = wish.value
    unit.journal.add(Change(_region(unit, caller), "person.digest", "person", str(person.id), facts))


def _region(unit: Unit, caller: Caller) -> str:
    """In whose journal it stands: that of the first area of their grants."""
    held = unit.session.get(Area, caller.grants[0].area_code) if caller.grants else None
    return journal_region(held) if held else next(iter(COUNTRIES))
