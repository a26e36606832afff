"""What settling, ranking and the days have left of the made-up country: what an overview and a report count."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import uuid5

from sqlalchemy import Connection, Engine, Row, insert, select, text

from api.ranking import update_all
from api.work import Units
from bench.violations.country import OWN_CHECKLIST, SEED
from inspection.catalogue_file import read_checklist
from inspection.criteria import GROUPS, Checklist, Severity
from inspection.database import Base
from inspection.history import DecisionKind, Finding, LatestFinding, Outcome, Spot
from inspection.obstruction import obstruction
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Facility, Standing
from inspection.tables.followups import FollowUp
from inspection.tables.telling import ToldRow
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import Violation, ViolationState
from inspection.telling import Say

V = Violation.__table__.c
PLACED = ("home_region", "country", "region_code", "district_code")
STATES = {ViolationState.RELEASED: Outcome.PASS}
BATCH = 2_000


def settle_and_rank(engine: Engine, now: datetime) -> None:
    """Write standings, use records, re-checks and extensions, and rank; nothing where it was done already."""
    with engine.begin() as connection:
        if connection.scalar(select(Standing.id).limit(1)) is not None:
            return
        facilities = connection.execute(_audited()).all()
        held: dict[Any, list[Row[Any]]] = defaultdict(list)
        for row in connection.execute(_violations()):
            held[row.home_region, row.facility_id].append(row)
        checklist = read_checklist(OWN_CHECKLIST.read_text(encoding="utf-8"))
        _write(connection, Standing, (_standing(f, held[f.home_region, f.id], checklist, now) for f in facilities))
        source = Random(SEED)
        _write(connection, UseRecord, (_count(f, source, now.date()) for f in facilities[::5]))
        _write(connection, FollowUp, (_recheck(f, source, now) for f in facilities[::4]))
        told = [row for rows in held.values() for row in rows if row.due_on is not None]
        _write(connection, DecisionRow, (_extension(row, source, now) for row in told[::12]))
        _write(connection, ToldRow, (_told(row) for row in told))
    update_all(Units(engine))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))


def _audited() -> Any:
    seen = select(Audit.facility_id).where(Audit.home_region == Facility.home_region)
    about = (getattr(Facility, name) for name in (*PLACED, "id", "kind"))
    return select(*about).where(Facility.id.in_(seen)).order_by(Facility.id)


def _violations() -> Any:
    shown = (V.home_region, V.facility_id, V.id, V.criterion, V.place, V.zone, V.severity, V.groups, V.due_on)
    more = *(V[name] for name in PLACED[1:]), V.state, V.opened_at, V.last_audit_id
    return select(*shown, *more).where(V.state != ViolationState.WITHDRAWN.value).order_by(V.id)


def _standing(
    facility: Row[Any], violations: Collection[Row[Any]], checklist: Checklist, now: datetime
) -> Mapping[str, Any]:
    latest = dict(_latest(violations, checklist))
    found = obstruction(checklist, facility.kind, latest)
    barriers = [[*spot, found.alone[spot], gain] for spot, gain in sorted(found.gains.items())]
    blocked = {group: share for group, share in found.by_group.items() if share}
    return {
        **_placed(facility),
        "id": facility.id,
        "rev": 1,
        "barriers": [],
        "without_effect": {},
        "awaiting": {},
        "has_news": False,
        "passport": {"site": {group: "partial" if group in blocked else "full" for group in GROUPS}, "zones": {}},
        "obstruction": {"groups": blocked, "measured": sorted(GROUPS), "barriers": barriers},
        "audited_at": max((word.observed_at for word in latest.values()), default=now),
        "settled_at": now,
    }


def _latest(violations: Collection[Row[Any]], checklist: Checklist) -> Iterator[tuple[Spot, LatestFinding]]:
    for row in violations:
        groups = tuple(group for bit, group in enumerate(GROUPS) if row.groups >> bit & 1)
        spot, severity = Spot(row.criterion, row.place), Severity(row.severity)
        outcome = STATES.get(ViolationState(row.state), Outcome.FAIL)
        word = Finding(spot, outcome, row.zone, severity, groups, remediation_days=0)
        yield spot, LatestFinding(word, row.last_audit_id, row.opened_at, (checklist.key, checklist.version))


def _count(facility: Row[Any], source: Random, today: date) -> Mapping[str, Any]:
    recorded_at = datetime.combine(today, time(), UTC)
    period = {
        "recorded_at": recorded_at,
        "period_from": today - timedelta(days=300),
        "period_to": today - timedelta(days=120),
    }
    said = {
        "source": "counted",
        "visits": source.randrange(2_000),
        "completeness": 0.9,
    }
    who = {"facility_id": facility.id, "author_id": facility.id, "rev": 1}
    return {**_placed(facility), "id": uuid5(facility.id, "count"), **who, **period, **said}


def _recheck(facility: Row[Any], source: Random, now: datetime) -> Mapping[str, Any]:
    wanted = now.date() - timedelta(days=source.randrange(60))
    about = {"facility_id": facility.id, "rev": 1, "state": "queued", "items": [], "opened_at": now}
    return {**_placed(facility), "id": uuid5(facility.id, "recheck"), **about, "wanted_from": wanted}


def _extension(violation: Row[Any], source: Random, now: datetime) -> Mapping[str, Any]:
    decided_at = now - timedelta(hours=source.randrange(24 * 360))
    until = {"until": violation.due_on + timedelta(days=90), "reason": "made up", "author_id": violation.id}
    about = {"violation_id": violation.id, "criterion": violation.criterion, "place": violation.place}
    decided = {"kind": DecisionKind.EXTEND.value, "facility_id": violation.facility_id, "rev": 1}
    return {
        **_placed(violation),
        "id": uuid5(violation.id, "later"),
        **until,
        **about,
        **decided,
        "decided_at": decided_at,
    }


def _told(violation: Row[Any]) -> Mapping[str, Any]:
    told_at = violation.opened_at + timedelta(days=3)
    said = {"say": Say.PRESCRIBED.value, "due_on": violation.due_on, "told_at": told_at, "rev": 1}
    about = {name: getattr(violation, name) for name in ("facility_id", "criterion", "place")}
    found = {"violation_id": violation.id, "stood_at": violation.opened_at, "document_id": violation.last_audit_id}
    return {**_placed(violation), "id": uuid5(violation.id, "told"), **about, **found, **said}


def _placed(row: Row[Any]) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in PLACED}


def _write(connection: Connection, model: type[Base], rows: Iterator[Mapping[str, Any]]) -> None:
    while batch := list(islice(rows, BATCH)):
        connection.execute(insert(model), batch)
