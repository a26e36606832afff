"""Remembering who was shown or given what: exports, and what is about people.

An entry is written in a unit of its own after the answer was made and before it leaves, so that nothing leaves
unrecorded. Entries of a region are chained by their hashes like its journal, under a head of their own.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.bulk import insert_new_rows, insert_rows
from inspection.countries import COUNTRIES
from inspection.journal import Change
from inspection.tables.areas import Area, Level
from inspection.tables.disclosures import Disclosure, DisclosureHead, Kind
from inspection.tables.regions import Home
from inspection.unit import Unit

NONE_YET = {"number": 0, "hash": bytes(32), "noted": 0}


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown or given.

    object_id: of one thing; null of a list. asked: the filters, each a text, a list of texts, or null where its
    value is not kept. rows: null where nobody counted.
    """

    kind: Kind
    object_id: str | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    rows: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom. about: areas that it concerns, as far as the answer told; granted: areas in which they may see."""

    person_id: UUID | None
    device_id: UUID | None
    grants_used: str | None
    about: Collection[str] = ()
    granted: Collection[str] = ()


def reader(caller: Caller, area: str | None = None) -> Reader:
    """Who signed in, once they were answered. area: that they asked for, if any."""
    about = {area} if area else frozenset(caller.used.places)
    granted = {grant.area_code for grant in caller.used.named() or caller.grants}
    return Reader(caller.person_id, caller.tablet, str(caller.used) or None, about, granted)


def record(unit: Unit, reader: Reader, shown: Shown) -> None:
    """Write it down, in the chain of each region, or country, that it concerns."""
    chains = _chains(unit.session, reader, shown)
    insert_new_rows(unit.session, DisclosureHead, [{"region": chain, **NONE_YET} for chain in chains])
    heads = unit.session.scalars(
        select(DisclosureHead)
        .where(DisclosureHead.region.in_(chains))
        .order_by(DisclosureHead.region)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = [_row(unit, head, reader, shown) for head in heads]
    insert_rows(unit.session, Disclosure, rows)


def record_command(unit: Unit, shown: Shown, home: str) -> None:
    """Write down what a command on the server itself gave out. home: the region or country that it concerns."""
    record(unit, Reader(None, None, None, about=[home]), shown)


def note_heads(unit: Unit) -> int:
    """Note in each journal where its region's disclosures end, if they went on; how many did.

    Journals' own ends leave the house every week in digests, and with them these: a chain that was cut off or
    written anew is found out.
    """
    unlike = select(DisclosureHead).where(DisclosureHead.noted != DisclosureHead.number)
    heads = unit.session.scalars(unlike.order_by(DisclosureHead.region).with_for_update()).all()
    for head in heads:
        facts = {"number": (None, head.number), "hash": (None, head.hash.hex())}
        unit.journal.add(Change(head.region, "disclosures.noted", "disclosures", head.region, facts))
        head.noted = head.number
    return len(heads)


def disclosure_hash(entry: Mapping[str, Any]) -> bytes:
    """SHA-256 over everything an entry says and the hash before it (32 bytes)."""
    said = [
        entry["home_region"],
        entry["number"],
        entry["at"].isoformat(timespec="microseconds"),
        *(None if entry[name] is None else str(entry[name]) for name in ("actor_id", "device_id")),
        *(entry[name] for name in ("grants_used", "kind", "object_id", "asked", "shown", "reason", "request_id")),
        bytes(entry["previous_hash"]).hex(),
    ]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


def _row(unit: Unit, head: DisclosureHead, reader: Reader, shown: Shown) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "home_region": head.region,
        "number": head.number + 1,
        "at": unit.now.astimezone(UTC),  # as it will be read back: the hash covers its spelling
        "actor_id": reader.person_id,
        "device_id": reader.device_id,
        "grants_used": reader.grants_used,
        "kind": shown.kind.value,
        "object_id": shown.object_id,
        "asked": dict(shown.asked),
        "shown": shown.rows,
        "reason": shown.reason,
        "request_id": unit.journal.request_id,
        "previous_hash": head.hash,
    }
    entry["hash"] = disclosure_hash(entry)
    head.number, head.hash = entry["number"], entry["hash"]
    return entry


def _chains(session: Session, reader: Reader, shown: Shown) -> Sequence[str]:
    """Whom it concerns, sorted: the area asked for or in which the object was found, else the home of the object,
    else whatever the reader may see.
    """
    areas = reader.about or _homes(session, shown) or reader.granted
    statement = select(Area.code, Area.level, Area.parent_code).where(Area.code.in_(sorted(areas)))
    found = {a.parent_code if a.level == Level.DISTRICT else a.code for a in session.execute(statement)}
    return sorted(found - {None}) or [next(iter(COUNTRIES))]


def _homes(session: Session, shown: Shown) -> set[str]:
    try:
        object_id = UUID(shown.object_id or "")
    except ValueError:
        return set()
    return set(session.scalars(select(Home.region).where(Home.id == object_id)))
