"""Who syncs: a person with a tablet, the region whose feed it reads, and its districts that are open to them now.

The grants are looked at anew at every request, so a district that ended at midnight is closed at the next one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.orm import Session

from inspection.access import Bearer, Caller, HeldGrant, OfTablet, token_hash
from inspection.database import Instant
from inspection.errors import Fault, Forbidden, InvalidInput, Unauthenticated
from inspection.tables.areas import Area, Level
from inspection.tables.people import Device, Grant, Person, Role
from inspection.tables.regions import RegionHead
from inspection.tablet_access import STILL_SENDS

NO_TABLET = Fault("Device-Id", "this is not a tablet of the person who signed in", "the id of one of your tablets")
NO_REGION = Fault(
    "Device-Id",
    "your grants do not lie in one region, so the tablet must be named",
    "the id of your tablet",
)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a region's feed."""

    epoch: str
    number: int


@dataclass(frozen=True, slots=True)
class Tablet:
    """A person with a tablet (None: none named).

    districts: of the region, open now; None: all of them. lost: districts of the region that were open once and
    are not now, with the end of the last grant; under ALL the end of the last grant of the whole region.
    """

    caller: Caller
    device_id: UUID | None
    country: str
    region: str
    head: Head
    districts: tuple[str, ...] | None
    lost: Mapping[str, datetime]
    ends: tuple[str, ...] = ()  # of grants: area and moment
    stopped: bool = False  # it was lost or copied: what it sends is put aside for a person

    @property
    def fingerprint(self) -> str:
        """Changes when other districts are open than before, and when a grant has ended (12 hex digits).

        What was lost and given back between two pulls is open as before, but the tablet may have forgotten of it.
        """
        opened = ["*"] if self.districts is None else list(self.districts)
        return hashlib.sha256("\n".join([self.region, *opened, *self.ends]).encode()).hexdigest()[:12]


ALL = "*"
MOMENT = timedelta(minutes=1)


def sign_in(
    session: Session, credential: Bearer, device_id: UUID | None, *, now: datetime, sending: bool = False
) -> Tablet:
    """The person behind a bearer token with the tablet they name, or the tablet whose token it is.

    sending: it only sends what it holds, which a stopped tablet still may for STILL_SENDS. Raises Unauthenticated
    for a token that is not ours, Forbidden for a tablet that was stopped, InvalidInput for one of somebody else,
    or for none where the grants do not lie in one region.
    """
    if isinstance(credential, OfTablet):
        if device_id not in (None, credential.device_id):
            raise InvalidInput([NO_TABLET])
        device_id = credential.device_id
        rows = _people(session.connection(), SIGN_IN_TABLET, {"now": now, "device": device_id})
    else:
        parameters = {"hash": token_hash(credential), "now": now, "device": device_id}
        rows = _people(session.connection(), SIGN_IN, parameters)
    if not rows:
        raise Unauthenticated("the token is not known")
    stopped_at = rows[0].stopped_at
    if stopped_at is not None and not (sending and stopped_at + STILL_SENDS > now):
        raise Forbidden("this tablet has been stopped", act="sync")
    return _tablet(session, rows, device_id, now, own_token=isinstance(credential, OfTablet))


def of_person(session: Session, person_id: UUID, device_id: UUID | None, *, now: datetime) -> Tablet:
    """Somebody who is not asking now, with a tablet of theirs: to finish what they began. Raises as `sign_in`."""
    parameters = {"person": person_id, "now": now, "device": device_id}
    rows = session.connection().execute(OF_PERSON, parameters).all()
    if not rows:
        raise Unauthenticated("there is no such person")
    return _tablet(session, rows, device_id, now)


def _tablet(
    session: Session, rows: Sequence[Any], device_id: UUID | None, now: datetime, *, own_token: bool = False
) -> Tablet:
    first = rows[0]
    if device_id is not None and first.device_region is None:
        raise InvalidInput([NO_TABLET])
    granted = [row for row in rows if row.role is not None]
    region, country = first.device_region, first.device_country
    head = Head(first.epoch or "1", first.feed_number or 0)
    if region is None:
        region, country = _region_of(granted)
        head = head_of(session, region)
    held = [row for row in granted if row.valid_to is None or row.valid_to > now]
    districts = _open(held, country, region)
    caller = Caller(
        first.id,
        first.name,
        first.language,
        tuple(HeldGrant(Role(row.role), row.code, Level(row.level)) for row in held),
        device_id if own_token else None,
    )
    ended = [row for row in granted if row.valid_to is not None and row.valid_to <= now]
    lost = _lost(ended, country, region, districts)
    ends = tuple(sorted(f"{row.code} {row.valid_to.isoformat()}" for row in ended))
    stopped = first.stopped_at is not None
    return Tablet(caller, device_id, country, region, head, districts, lost, ends, stopped)


def _people(connection: Connection, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Any]:
    if connection.dialect.name == "postgresql":  # which needs no help to read and write these types
        return connection.exec_driver_sql(_spelled_for_postgres(statement), dict(parameters)).all()
    return connection.execute(statement, parameters).all()


@cache
def _spelled_for_postgres(statement: Select[Any]) -> str:
    """The statement as it is sent: looking it up in SQLAlchemy's cache costs as much as running it."""
    return str(statement.compile(dialect=psycopg.dialect()))  # type: ignore[no-untyped-call]


def head_of(session: Session, region: str) -> Head:
    """The end of the feed of a region (or, for checklists, of a country)."""
    row = session.connection().execute(HEAD, {"region": region}).one_or_none()
    return Head("1", 0) if row is None else Head(row.epoch, row.feed_number)


def _region_of(granted: Sequence[Any]) -> tuple[str, str]:
    """The one region in which all grants lie, also those that ended."""
    regions = {
        (row.code if row.level == Level.REGION else row.parent_code, row.country)
        for row in granted
        if row.level != Level.COUNTRY
    }
    if len(regions) != 1 or any(row.level == Level.COUNTRY for row in granted):
        raise InvalidInput([NO_REGION])
    return regions.pop()


def _open(granted: Sequence[Any], country: str, region: str) -> tuple[str, ...] | None:
    if any(row.code in (country, region) for row in granted):
        return None
    return tuple(sorted({row.code for row in granted if row.parent_code == region}))


def _lost(
    ended: Sequence[Any], country: str, region: str, districts: tuple[str, ...] | None
) -> Mapping[str, datetime]:
    if districts is None:
        return {}
    lost: dict[str, datetime] = {}
    for row in ended:
        name = ALL if row.code in (country, region) else row.code
        if name not in districts and (name == ALL or row.parent_code == region):
            lost[name] = max(lost.get(name, row.valid_to), row.valid_to)
    # A page that was read while the grant ended may hold what was born a moment later.
    return {name: end + MOMENT for name, end in lost.items()}


def _sign_in(whose: ColumnElement[bool]) -> Select[Any]:
    people, grants, areas, devices = Person.__table__, Grant.__table__, Area.__table__, Device.__table__
    home, heads = areas.alias("home"), RegionHead.__table__
    begun = (grants.c.person_id == people.c.id) & (grants.c.valid_from <= bindparam("now", type_=Instant()))
    named = (devices.c.id == bindparam("device", type_=Uuid())) & (devices.c.person_id == people.c.id)
    return (
        select(
            *(people.c.id, people.c.name, people.c.language, grants.c.role, grants.c.valid_to),
            *(areas.c.code, areas.c.level, areas.c.parent_code, areas.c.country),
            *(devices.c.region_code.label("device_region"), home.c.country.label("device_country")),
            *(devices.c.stopped_at, heads.c.epoch, heads.c.feed_number),
        )
        .select_from(
            people.outerjoin(devices, named)
            .outerjoin(home, home.c.code == devices.c.region_code)
            .outerjoin(heads, heads.c.region == devices.c.region_code)
            .outerjoin(grants, begun)
            .outerjoin(areas, areas.c.code == grants.c.area_code)
        )
        .where(whose)
        .order_by(areas.c.level, areas.c.code, grants.c.role)
    )


# Built once: every request of a tablet begins here.
SIGN_IN = _sign_in(Person.__table__.c.token_hash == bindparam("hash"))
SIGN_IN_TABLET = _sign_in(
    Person.__table__.c.id
    == select(Device.person_id).where(Device.id == bindparam("device", type_=Uuid())).scalar_subquery()
)
OF_PERSON = _sign_in(Person.__table__.c.id == bindparam("person", type_=Uuid()))
HEAD = select(RegionHead.epoch, RegionHead.feed_number).where(RegionHead.region == bindparam("region"))
