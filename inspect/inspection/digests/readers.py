"""Who reads digests, and of which areas, by the grants in force at a moment.

Heads of department and officials of akimats, who have to act; and viewers of the ministry, who only look: the head
of a journal is safest with somebody who works where nobody could rewrite the journal.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select

from inspection.access import Caller, HeldGrant
from inspection.tables.areas import Area, Level
from inspection.tables.people import DigestWish, Grant, Person, Role
from inspection.unit import Unit

READERS = (Role.HEAD, Role.AKIMAT, Role.MINISTRY)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, order=True)
class ReadArea:
    """An area that somebody reads about. region_code, district_code: as far as it lies in, or is, one."""

    level: Level
    code: str
    country: str
    region_code: str | None
    district_code: str | None

    @property
    def journal(self) -> str:
        """The region (or country) in whose journal it stands what is done there."""
        return self.region_code or self.country

    def reader(self) -> Caller:
        """Whoever may read all of this area and nothing else: what is counted for one is true for all."""
        return Caller(NOBODY, "", "kk", (HeldGrant(Role.MINISTRY, self.code, self.level),))


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with grants to read by. areas: none within another, the largest first. address: empty: none."""

    person_id: UUID
    address: str
    wish: DigestWish
    areas: tuple[ReadArea, ...]

    @property
    def recipient(self) -> str:
        """As outboxes name them."""
        return f"person:{self.person_id}"


def readers(unit: Unit, after: UUID | None, limit: int) -> Sequence[tuple[UUID, Sequence[Row[Any]]]]:
    """The next people who can and want to be written to, by id, with the rows of their grants. One query."""
    wants = Person.email.is_not(None) & (Person.email != "") & (Person.digest == DigestWish.WEEKLY.value)
    granted = select(Grant.person_id).where(*_counts(unit.now))
    people = select(Person.id).where(wants, Person.id.in_(granted))
    if after is not None:
        people = people.where(Person.id > after)
    page = people.order_by(Person.id).limit(limit)
    found = unit.session.execute(_grants(unit.now).where(Person.id.in_(page))).all()
    return [(person_id, list(rows)) for person_id, rows in groupby(found, key=lambda row: row.id)]


def reader(rows: Sequence[Row[Any]], since: datetime | None = None) -> Reader | None:
    """The person of these rows as a reader; None where no grant is left. since: only by grants that held then."""
    areas = _outermost({_area(row) for row in rows if since is None or row.valid_from <= since})
    if not areas:
        return None
    return Reader(rows[0].id, rows[0].email or "", DigestWish(rows[0].digest), areas)


def reader_now(unit: Unit, person_id: UUID) -> Reader | None:
    """One person by the grants in force now. One query."""
    return reader(unit.session.execute(_grants(unit.now).where(Person.id == person_id)).all())


def _grants(now: datetime) -> Select[Any]:
    return (
        select(Person.id, Person.email, Person.digest, Grant.valid_from)
        .add_columns(Area.code, Area.level, Area.country, Area.parent_code)
        .join(Grant, Grant.person_id == Person.id)
        .join(Area, Area.code == Grant.area_code)
        .where(*_counts(now))
        .order_by(Person.id, Area.level, Area.code)
    )


def _counts(now: datetime) -> Sequence[ColumnElement[bool]]:
    in_force = (Grant.valid_from <= now) & (Grant.valid_to.is_(None) | (Grant.valid_to > now))
    return in_force, Grant.role.in_([role.value for role in READERS])


def _area(row: Row[Any]) -> ReadArea:
    level = Level(row.level)
    region = {Level.REGION: row.code, Level.DISTRICT: row.parent_code}.get(level)
    return ReadArea(level, row.code, row.country, region, row.code if level == Level.DISTRICT else None)


def _outermost(areas: Iterable[ReadArea]) -> tuple[ReadArea, ...]:
    held = sorted(areas)
    codes = {area.code for area in held}
    return tuple(area for area in held if not codes.intersection(_around(area)))


def _around(area: ReadArea) -> Iterator[str]:
    yield from {area.country, area.region_code or area.country} - {area.code}
