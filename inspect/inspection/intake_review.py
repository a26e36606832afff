"""What tablets sent and nothing was made of, or that lost against what was held: for a head of department to read.

A row lies in the region of the tablet that sent it, and is shown to who may set times or administer in all of that
region. What it is compared with may lie elsewhere, and is shown only to who may read it there. Drafts are their
author's alone and are never shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, LargeBinary, String, Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, Place, may
from inspection.database import Instant
from inspection.errors import Fault, InvalidInput, NotFound
from inspection.intake import KEY
from inspection.intake_edits import EDITED, changed, compare, lost, read_edit, shown
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.sync.collections import COLLECTIONS, Whose
from inspection.sync.documents import render
from inspection.sync.merging import Document
from inspection.tables.areas import Area, Level
from inspection.tables.intake import IntakeRow, IntakeState
from inspection.tables.people import Person
from inspection.tables.regions import Home

UNFINISHED = (IntakeState.QUARANTINED, IntakeState.CONFLICT, IntakeState.WAITING, IntakeState.KEPT)
PRIVATE = tuple(each.name for each in COLLECTIONS.values() if each.whose is Whose.PERSON)
SHA256 = re.compile("[0-9a-f]{64}")
NO_SUCH_ROW = "nothing like this was received"
SORT = "intake"
ORDER = (IntakeRow.received_at, *KEY)
LISTED = (
    *(IntakeRow.home_region.label("region"), IntakeRow.collection, IntakeRow.document_id.label("document")),
    *(IntakeRow.content_hash, IntakeRow.outcome_rev.label("rev"), IntakeRow.state, IntakeRow.reason),
    *(IntakeRow.waiting_for, IntakeRow.attempts, IntakeRow.person_id, Person.name.label("person_name")),
    *(IntakeRow.device_id, IntakeRow.device_time, IntakeRow.received_at, IntakeRow.understood_at),
    *(IntakeRow.decision, IntakeRow.decision_fields, IntakeRow.decision_reason),
    *(IntakeRow.decided_at, IntakeRow.decided_by),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are wanted. Moments of receipt: from, up to and not including."""

    states: Sequence[IntakeState] = UNFINISHED
    decided: bool = False
    collection: str | None = None
    sender: UUID | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row: a body under an id. sha256: hex. region: where several regions received the same."""

    collection: str
    document_id: UUID
    sha256: str
    region: str | None = None


def page(
    session: Session, caller: Caller, filters: Filters, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """Rows that the caller may review, first received first.

    Raises InvalidInput for an area that is not known or no region, and a cursor that is not of this list.
    """
    statement = select(*LISTED).outerjoin(Person, Person.id == IntakeRow.person_id).where(reviewed_by(caller))
    statement = statement.where(*_conditions(session, filters))
    if cursor is not None:
        statement = statement.where(_after(cursor))
    found = session.execute(statement.order_by(*ORDER).limit(limit + 1)).mappings().all()
    rows = [_listed(row) for row in found[:limit]]
    return Page(rows, _next(rows[-1]) if len(found) > limit else None)


def reviewed_by(caller: Caller) -> ColumnElement[bool]:
    """The condition that a row was sent from a region in all of which the caller may review."""
    regions, countries = (
        sorted({code for act in (Act.SET_TIME, Act.ADMINISTER) for code in caller.reach(act, level)})
        for level in (Level.REGION, Level.COUNTRY)
    )
    whole = select(Area.code).where(Area.level == Level.REGION, Area.country.in_(countries))
    there = IntakeRow.home_region.in_(regions) | IntakeRow.home_region.in_(whole)
    return there & IntakeRow.collection.not_in(PRIVATE)


def find(session: Session, caller: Caller, wanted: Wanted) -> IntakeRow:
    """One row that the caller may review. Raises NotFound, and InvalidInput where the region has to be named."""
    sha256 = wanted.sha256.lower()
    if not SHA256.fullmatch(sha256):
        raise NotFound(NO_SUCH_ROW, kind="intake")
    statement = select(IntakeRow).where(
        reviewed_by(caller),
        IntakeRow.collection == wanted.collection,
        IntakeRow.document_id == wanted.document_id,
        IntakeRow.content_hash == bytes.fromhex(sha256),
    )
    if wanted.region is not None:
        statement = statement.where(IntakeRow.home_region == wanted.region)
    rows = session.scalars(statement.order_by(IntakeRow.home_region)).all()
    if not rows:
        raise NotFound(NO_SUCH_ROW, kind="intake")
    if len(rows) > 1:
        accepted = f"one of: {', '.join(row.home_region for row in rows)}"
        raise InvalidInput([Fault("/region", "several regions received the same", accepted)])
    return rows[0]


def received(session: Session, document_id: UUID) -> Sequence[IntakeRow]:
    """All that was received under an id, the first received first: for who runs the service. No drafts."""
    regions = select(Area.code).where(Area.level == Level.REGION)  # few, and the key begins with them
    public = IntakeRow.collection.in_(sorted({*COLLECTIONS} - {*PRIVATE}))
    statement = select(IntakeRow).where(
        IntakeRow.home_region.in_(regions), public, IntakeRow.document_id == document_id
    )
    return session.scalars(statement.order_by(*ORDER)).all()


def one(session: Session, caller: Caller, wanted: Wanted) -> dict[str, Any]:
    """One row with what was sent, what was held then and what is held now. Raises as `find` does."""
    return document(session, caller, find(session, caller, wanted))


def document(session: Session, caller: Caller, row: IntakeRow) -> dict[str, Any]:
    """A row that the caller may review, with what was sent, what was held then and what is held now."""
    session.flush()
    listed = session.execute(
        select(*LISTED)
        .outerjoin(Person, Person.id == IntakeRow.person_id)
        .where(*(column == getattr(row, column.key) for column in KEY))
    )
    said = shown(row.body)
    held = visible_to(caller, held_then(row))
    now = visible_to(caller, held_now(session, row))
    edit = read_edit(row.body) if row.collection in EDITED and said["sent"] is not None else None
    compared = None
    if edit is not None:
        then = held_then(row)
        names = changed(row.collection, edit) if then is None else lost(row.collection, edit, then)
        compared = compare(row.collection, edit, names, held, now)
    return {**_listed(listed.mappings().one()), **said, "held": held, "now": now, "fields": compared}


def held_then(row: IntakeRow) -> Document | None:
    """Of a conflict: the document that was held when it came."""
    return None if row.held is None else orjson.loads(row.held)


def held_now(session: Session, row: IntakeRow) -> Document | None:
    """The document under the id of a row as it is held now, wherever it lies; None where there is none."""
    collection = COLLECTIONS.get(row.collection)
    if collection is None or collection.whose is not Whose.DISTRICTS:
        return None
    home = _home(session, row)
    session.flush()
    for each in render(session, row.collection, [(home, row.document_id)]):
        found: Document = orjson.loads(each.body)
        return found
    return None


def _home(session: Session, row: IntakeRow) -> str:
    """The home region of the document under the id of a row."""
    home = session.get(Home, row.document_id)
    if home is None and row.collection == "followups":
        # One that moved here has the home of its facility, which the tablet had from us.
        edit = read_edit(row.body)
        facility = edit and edit.new.get("facility_id")
        home = session.get(Home, UUID(facility)) if isinstance(facility, str) and _is_uuid(facility) else None
    return row.home_region if home is None else home.region


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def visible_to(caller: Caller, document: Document | None) -> Document | None:
    """The document if the caller may read where it lies."""
    if document is None or "region_code" not in document:
        return None
    place = Place(document["country"], document["region_code"], document["district_code"])
    return document if may(caller, Act.READ, place) else None


def _conditions(session: Session, filters: Filters) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [IntakeRow.state.in_([state.value for state in filters.states])]
    where.append(IntakeRow.decided_at.is_not(None) if filters.decided else IntakeRow.decided_at.is_(None))
    if filters.collection is not None:
        where.append(IntakeRow.collection == filters.collection)
    if filters.sender is not None:
        where.append(IntakeRow.person_id == filters.sender)
    if filters.received_from is not None:
        where.append(IntakeRow.received_at >= filters.received_from)
    if filters.received_to is not None:
        where.append(IntakeRow.received_at < filters.received_to)
    if filters.area is not None:
        where.append(_sent_from(session, filters.area))
    return where


def _sent_from(session: Session, code: str) -> ColumnElement[bool]:
    area = session.get(Area, code)
    if area is None or area.level == Level.DISTRICT:
        accepted = "the code of a country or region"
        raise InvalidInput([Fault("/area", "there is no country or region with this code", accepted)])
    if area.level == Level.REGION:
        return IntakeRow.home_region == code
    return IntakeRow.home_region.in_(select(Area.code).where(Area.country == code))


def _listed(row: Any) -> dict[str, Any]:
    said = dict(row)
    person, name = said.pop("person_id"), said.pop("person_name")
    said["sha256"] = bytes(said.pop("content_hash")).hex()
    said["sender"] = None if person is None else {"id": person, "name": name}
    return said


def _next(last: dict[str, Any]) -> str:
    key = (last["region"], last["collection"], last["document"], last["sha256"])
    return write_cursor(SORT, (last["received_at"].isoformat(), *key))


def _after(cursor: str) -> ColumnElement[bool]:
    received_at, region, collection, made, sha256 = read_cursor(cursor, SORT, (str, str, str, UUID, str))
    try:
        moment = datetime.fromisoformat(received_at).astimezone(UTC)
        digest = bytes.fromhex(sha256)
    except (ValueError, OverflowError):
        reason = "this is no cursor of this list in this order"
        raise InvalidInput([Fault("/cursor", reason, "next_cursor of the page before, unchanged")]) from None
    reached = (
        *(literal(moment, Instant()), literal(region, String()), literal(collection, String())),
        *(literal(made, Uuid()), literal(digest, LargeBinary())),
    )
    after: ColumnElement[bool] = tuple_(*ORDER) > tuple_(*reached)
    return after
