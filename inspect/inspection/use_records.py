"""Entering evidence of use, countersigning a zero, withdrawing what was wrong, and reading it all.

A record is never changed and never deleted. What was wrong is withdrawn with a reason, and said anew in a record
of its own; so everybody can see what a rank rested on when.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection import facilities, use_claims
from inspection.access import Act, Caller, PlacedRow, may, narrow, require
from inspection.bulk import insert_new_rows
from inspection.countries import local_date
from inspection.database import Instant
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, Forbidden, InvalidInput, NotFound
from inspection.homes import at_home
from inspection.journal import Change
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.ranks_due import rank_later
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.regions import Home
from inspection.tables.use_records import UseRecord, UseSource
from inspection.unit import Unit
from inspection.use_claims import Claim

KIND = "use_record"
SORT = "use-records"
SAID = (
    *("source", "visits", "clients", "groups", "period_from", "period_to", "completeness", "attested_zero"),
    *("source_text", "reference", "argument"),
)
SHOWN = (
    *("id", "rev", "facility_id", "country", "region_code", "district_code", *SAID, "signed_on"),
    *("audit_id", "author_id", "recorded_at", "countersigned_by", "countersigned_at"),
    *("withdrawn_by", "withdrawn_at", "withdrawn_why", "demo"),
)


def enter(
    unit: Unit, caller: Caller, facility_id: UUID, record_id: UUID, claim: Claim
) -> tuple[dict[str, Any], bool]:
    """Enter one record under the id a client chose. Returns it and whether it is new.

    Entering the same again changes nothing. Raises NotFound, Forbidden, InvalidInput with every fault, and
    AlreadyDifferent where the id stands for something else.
    """
    held = facilities.locked(unit.session, facility_id)
    require(caller, Act.RECORD_USE, held, what=facilities.KIND)
    assert held is not None  # noqa: S101 - require refuses None
    wrong = use_claims.faults(claim, local_date(unit.now, held.country))
    if wrong:
        raise InvalidInput(wrong)
    row = new_row(unit, held, record_id, claim, author=caller.person_id)
    home = {"id": record_id, "region": held.home_region, "kind": KIND}
    new = insert_new_rows(unit.session, Home, [home]) and insert_new_rows(unit.session, UseRecord, [row])
    if not new:
        return _entered_before(unit.session, row), False
    journal_entered(unit, row)
    rank_later(unit.session, [(held.home_region, held.id)])
    return document(unit.session.get_one(UseRecord, (held.home_region, record_id))), True


def new_row(
    unit: Unit, facility: Facility, record_id: UUID, claim: Claim, *, author: UUID | None
) -> dict[str, Any]:
    """The row of a new record of a claim without faults. author: None where whoever runs the service enters it."""
    attested = claim.source is UseSource.STATEMENT
    return {
        "home_region": facility.home_region,
        "id": record_id,
        "rev": 1,
        "country": facility.country,
        "region_code": facility.region_code,
        "district_code": facility.district_code,
        "facility_id": facility.id,
        "source": claim.source.value,
        "visits": claim.known_visits,
        "clients": claim.clients,
        "groups": dict(claim.groups) if claim.groups else None,
        "period_from": claim.period_from,
        "period_to": claim.period_to or claim.period_from,
        "completeness": float(claim.completeness or 1),
        "attested_zero": attested,
        "signed_on": claim.period_from if attested else None,
        "source_text": claim.source_text or None,
        "reference": claim.reference or None,
        "argument": claim.argument or None,
        "author_id": author,
        "recorded_at": unit.now,
        "demo": facility.demo,
    }


def journal_entered(unit: Unit, row: Mapping[str, Any]) -> None:
    """Note that a record was entered, and with what; what could lead to a person who complained lies apart."""
    facts = {name: (None, row[name]) for name in ("facility_id", *SAID) if row[name] not in (None, False)}
    hidden = {"source_text", "reference"} & facts.keys() if row["source"] == UseSource.COMPLAINT else set()
    unit.journal.add(
        Change(
            row["home_region"],
            "use.recorded",
            KIND,
            str(row["id"]),
            facts,
            personal=frozenset(hidden),
            actor_id=row["author_id"],
        )
    )


def countersign(unit: Unit, caller: Caller, record_id: UUID) -> dict[str, Any]:
    """Put the second signature under a statement that nobody comes; only then it counts.

    Doing it again changes nothing. Raises NotFound, Forbidden, and DoesNotApply for what is no statement, is
    withdrawn or over, needs no second signature, has one of somebody else, or is the caller's own.
    """
    record = _locked(unit, caller, Act.COUNTERSIGN, record_id)
    if record.countersigned_by == caller.person_id and record.withdrawn_at is None:
        return document(record)
    today = local_date(unit.now, record.country)
    for stands, reason in (
        (record.attested_zero, "only a statement that nobody comes is countersigned"),
        (record.withdrawn_at is None, "this record is withdrawn"),
        (record.audit_id is None, "this came with a signed audit and needs no second signature"),
        (record.countersigned_at is None, "this statement is countersigned already"),
        (record.author_id != caller.person_id, "nobody countersigns a statement of their own"),
        (record.period_to >= today, "this statement is over"),
    ):
        if not stands:
            raise DoesNotApply(reason, record=str(record_id))
    record.countersigned_by, record.countersigned_at = caller.person_id, unit.now
    record.rev += 1
    facts = {"countersigned_by": (None, caller.person_id)}
    unit.journal.add(Change(record.home_region, "use.countersigned", KIND, str(record_id), facts))
    unit.session.flush()
    rank_later(unit.session, [(record.home_region, record.facility_id)])
    return document(record)


def withdraw(unit: Unit, caller: Caller, record_id: UUID, reason: str) -> dict[str, Any]:
    """Withdraw a record: from now on it counts for nothing, and is shown with who withdrew it and why.

    Its author may, and a head of department. The same again changes nothing. Raises NotFound, Forbidden,
    InvalidInput for an empty reason, and DoesNotApply for a record that somebody has withdrawn already.
    """
    record = _locked(unit, caller, Act.READ, record_id)
    own = record.author_id == caller.person_id and may(caller, Act.RECORD_USE, record)
    if not own and not may(caller, Act.COUNTERSIGN, record):
        act = Act.COUNTERSIGN.value
        raise Forbidden("a record is withdrawn by who entered it or by a head of department", act=act)
    if not reason.strip():
        raise InvalidInput([Fault("/reason", "the reason is empty", "a sentence")])
    if record.withdrawn_at is not None:
        if (record.withdrawn_by, record.withdrawn_why) == (caller.person_id, reason):
            return document(record)
        raise DoesNotApply("this record is withdrawn", record=str(record_id))
    record.withdrawn_by, record.withdrawn_at, record.withdrawn_why = caller.person_id, unit.now, reason
    record.rev += 1
    facts = {"withdrawn_by": (None, caller.person_id)}
    unit.journal.add(Change(record.home_region, "use.withdrawn", KIND, str(record_id), facts, reason=reason))
    unit.session.flush()
    rank_later(unit.session, [(record.home_region, record.facility_id)])
    return document(record)


def document(record: UseRecord) -> dict[str, Any]:
    """What is shown of a record."""
    return {name: getattr(record, name) for name in SHOWN}


def one(session: Session, caller: Caller, record_id: UUID) -> dict[str, Any]:
    """One record. Raises NotFound."""
    record = session.scalars(_one(record_id)).first()
    require(caller, Act.READ, record, what=KIND)
    assert record is not None  # noqa: S101 - require refuses None
    return document(record)


def page(
    session: Session, caller: Caller, facility_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """The records of a facility, the newest first, withdrawn ones too.

    Raises NotFound, also for a facility that the caller may not see, and InvalidInput for another list's cursor.
    """
    place = select(Facility.home_region).join(Home, at_home(Facility)).where(Home.id == facility_id)
    home = session.execute(narrow(place, Facility, caller)).scalar()
    if home is None:
        raise NotFound("there is no such facility", kind=facilities.KIND)
    columns = [UseRecord.__table__.c[name] for name in SHOWN]
    statement = select(*columns).where(UseRecord.home_region == home, UseRecord.facility_id == facility_id)
    if cursor is not None:
        statement = statement.where(_before(cursor))
    ordered = statement.order_by(UseRecord.recorded_at.desc(), UseRecord.id.desc())
    found = session.execute(ordered.limit(limit + 1)).mappings().all()
    rows = [dict(row) for row in found[:limit]]
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["recorded_at"].isoformat(), rows[-1]["id"])) if more else None)


def _before(cursor: str) -> ColumnElement[bool]:
    recorded_at, last = read_cursor(cursor, SORT, (str, UUID))
    try:
        moment = datetime.fromisoformat(recorded_at).astimezone(UTC)
    except (ValueError, OverflowError):
        reason = "this is no cursor of this list in this order"
        raise InvalidInput([Fault("/cursor", reason, "next_cursor of the page before, unchanged")]) from None
    key = tuple_(UseRecord.recorded_at, UseRecord.id)
    before: ColumnElement[bool] = key < tuple_(literal(moment, Instant()), literal(last, Uuid()))
    return before


def _one(record_id: UUID) -> Select[UseRecord]:
    # What audits and files bring has no home of its own; the few regions let the primary key find it.
    regions = select(Area.code).where(Area.level <= Level.REGION)
    return select(UseRecord).where(UseRecord.home_region.in_(regions), UseRecord.id == record_id)


def _locked(unit: Unit, caller: Caller, act: Act, record_id: UUID) -> UseRecord:
    """The record as it stands under the lock of its facility, in the order of all locks."""
    record = unit.session.scalars(_one(record_id)).first()
    _require(caller, act, record)
    assert record is not None  # noqa: S101 - require refuses None
    facilities.locked(unit.session, record.facility_id)
    unit.session.refresh(record)
    _require(caller, act, record)  # it may have moved since
    return record


def _require(caller: Caller, act: Act, record: PlacedRow | None) -> None:
    require(caller, act, record, what=KIND)


def _entered_before(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    held = session.get(UseRecord, (row["home_region"], row["id"]))
    if held is None or held.facility_id != row["facility_id"]:
        raise AlreadyDifferent("the id stands for something else")
    if any(getattr(held, name) != row[name] for name in (*SAID, "author_id")):
        raise AlreadyDifferent("another record is entered under this id", rev=held.rev)
    return document(held)
