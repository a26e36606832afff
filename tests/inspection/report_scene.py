"""Random rows of every table that a report counts, with dates around periods and midnights."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from inspection.criteria import GROUPS
from inspection.history import DecisionKind
from inspection.periods import Period
from inspection.sync.touched import noticing
from inspection.tables.audits import Audit, Ground
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Facility, Standing
from inspection.tables.fines import Fine
from inspection.tables.prescriptions import Prescription
from inspection.tables.telling import ToldRow
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import Violation
from tests.clock import NOW
from tests.inspection.violation_samples import PLACES, Row, violation
from tests.inspection.world import COUNTRY, World, small_checklist

ALMATY = ZoneInfo("Asia/Almaty")
PERIODS = (
    Period(date(2026, 1, 1), date(2026, 3, 31)),
    Period(date(2025, 7, 10), date(2025, 12, 31)),
    Period(date(2026, 2, 11), date(2026, 2, 11)),
)
CHECKLIST = small_checklist()
Rows = dict[type, list[Row]]


def local(moment: datetime) -> date:
    """The day of a moment in Kazakhstan."""
    return moment.astimezone(ALMATY).date()


def put(session: Session, made: Rows) -> None:
    """Write the rows."""
    for model, some in made.items():
        with noticing():
            session.execute(insert(model), some)


def make(world: World, source: random.Random) -> Rows:
    facilities = [_facility(world, source) for _ in range(25)]
    audits = [_audit(world, source, source.choice(facilities)) for _ in range(60)]
    found = [_violation(world, source, source.choice(audits)) for _ in range(200)]
    return {
        Facility: facilities,
        Standing: [_standing(source, f) for f in facilities if source.random() < 0.7],
        Audit: audits,
        Violation: found,
        DecisionRow: list(_decisions(world, source, found)),
        Prescription: [_prescription(world, source, n, a) for n, a in enumerate(audits) if source.random() < 0.5],
        Fine: [_fine(world, random.Random(n), n, facilities[n % 25]) for n in range(40)],
        UseRecord: [_use_record(world, source, source.choice(facilities)) for _ in range(30)],
    }


def _moment(source: random.Random) -> datetime:
    """Often within an hour of a local midnight, which is 19:00 UTC."""
    day = datetime(2025, 7, 1, tzinfo=UTC) + timedelta(days=source.randrange(270))
    return day + timedelta(hours=19, minutes=source.choice((-1, 0, 30, 200)))


def _day(source: random.Random) -> date:
    return local(_moment(source))


def of(facility: Row) -> Row:
    placed = ("home_region", "country", "region_code", "district_code")
    return {name: facility[name] for name in placed} | {"facility_id": facility["id"]}


def _facility(world: World, source: random.Random) -> Row:
    region, district = source.choice(PLACES)
    return {
        "id": world.new_id(),
        "home_region": region,
        "country": COUNTRY,
        "region_code": region,
        "district_code": district,
        "kind": source.choice(["polyclinic", "pharmacy", "school"]),
        "name_kk": "Мысал",
        "name_ru": "Пример",
        "catchment": source.choice([None, 900]),
        "adaptation_declared_on": source.choice([None, _day(source)]),
        "adaptation_plan_year": source.choice([None, 2025, 2026, 2027]),
        "active": source.random() < 0.9,
        "created_at": NOW,
        "updated_at": NOW,
    }


def _standing(source: random.Random, facility: Row) -> Row:
    site = dict.fromkeys(GROUPS, "full") | {"vision": source.choice(["full", "full", "partial"])}
    empty: Row = {"barriers": [], "without_effect": {}, "awaiting": {}}
    placed = {name: value for name, value in of(facility).items() if name != "facility_id"}
    return {"id": facility["id"], **placed, **empty, "passport": {"site": site, "zones": {}}, "settled_at": NOW}


def _audit(world: World, source: random.Random, facility: Row) -> Row:
    moment = _moment(source)
    clocks = dict.fromkeys(("started_at", "finished_at", "signed_at", "observed_at", "received_at"), moment)
    return {
        **of(facility),
        "kind": facility["kind"],
        "id": world.new_id(),
        "checklist_id": world.checklist,
        "checklist_key": CHECKLIST.key,
        "checklist_version": CHECKLIST.version,
        "author_id": world.inspector,
        "corrects_id": world.new_id() if source.random() < 0.15 else None,
        "ground": source.choice(list(Ground)).value,
        **clocks,
        "observed_on": None if source.random() < 0.1 else local(moment),
        "time_source": "anchor",
        "findings": [],
        "failed": source.randrange(3),
        "alternatives": {},
        "fixes": [],
        "content_hash": "",
    }


def _violation(world: World, source: random.Random, audit: Row) -> Row:
    opened = _moment(source)
    ended = opened + timedelta(days=source.randrange(90))
    ending: Row = {"state": source.choice(["open", "declared", "withdrawn"]), "ended_at": None, "ended_by": None}
    if source.random() < 0.5:
        by = source.choice(["measured_pass", "waiver"])
        ending = {"state": "released" if by == "measured_pass" else "waived", "ended_at": ended, "ended_by": by}
    due = source.choice([None, local(ended), local(ended) - timedelta(days=1), _day(source)])
    opened_by = audit["id"] if source.random() < 0.9 else world.new_id()
    about = {"opened_at": opened, "opened_by": opened_by, "due_on": due, **ending}
    return violation(world.new_id, source, audit, **about, **_declared(source, opened, ended))


def _declared(source: random.Random, opened: datetime, ended: datetime) -> Row:
    """Sometimes declared remedied before it ended, and sometimes an audit refuted that."""
    if source.random() < 0.5:
        return {"declared_at": None, "episodes": []}
    at = opened + (ended - opened) * source.random()
    episode = {"opened_at": opened.isoformat(), "declared_at": at.isoformat()}
    refuted = {"refuted_at": at.isoformat()} if source.random() < 0.4 else {}
    return {"declared_at": at, "episodes": [episode | refuted]}


def _decisions(world: World, source: random.Random, found: list[Row]) -> Iterator[Row]:
    for v in found:
        kind = source.choice([None, DecisionKind.EXTEND, DecisionKind.EXTEND, DecisionKind.ACCEPT])
        if kind is None:
            continue
        said: Row = {"author_id": world.head, "reason": "для проверки", "decided_at": _moment(source)}
        placed = of({**v, "id": v["facility_id"]})
        one = {"id": world.new_id(), **placed, **said, "violation_id": v["id"], "revokes": None}
        yield one | {"kind": kind.value}
        if source.random() < 0.3:
            yield one | {"id": world.new_id(), "kind": "revoke", "revokes": one["id"]}


def _prescription(world: World, source: random.Random, number: int, audit: Row) -> Row:
    issued = _moment(source)
    return {
        **of({**audit, "id": audit["facility_id"]}),
        "id": world.new_id(),
        "department_id": world.department,
        "year": issued.year,
        "number": number,
        "audit_id": audit["id"],
        "issued_at": issued,
        "issued_on": local(issued),
        "issued_by": world.head,
    }


def _fine(world: World, source: random.Random, number: int, facility: Row) -> Row:
    """Entered later and sometimes taken back. source: its own, so that the other rows stay what they are."""
    day = _day(source)
    said = dict.fromkeys(("withdrawn_by", "withdrawn_at", "withdrawn_why"))
    if source.random() < 0.2:
        said |= {"withdrawn_by": world.head, "withdrawn_at": NOW, "withdrawn_why": "опечатка"}
    return {
        **of(facility),
        "id": world.new_id(),
        "department_id": world.department,
        "year": day.year,
        "number": f"Ш-{number}",
        "number_key": f"ш-{number}",
        "imposed_on": day,
        "sum": source.randrange(1, 500_000),
        "operator_id": world.new_id(),
        "author_id": world.head,
        "recorded_at": NOW,
        **said,
    }


def _use_record(world: World, source: random.Random, facility: Row) -> Row:
    kind = source.choice(("statement", "statement", "tickets", "counted", "register", "complaint"))
    first = _day(source) - timedelta(days=source.choice((0, 0, 330, 365, 400)))
    days = {"complaint": 0, "statement": source.choice((30, 365))}.get(kind, 30)
    numbers = {"statement": 0, "complaint": 1, "register": None}
    return {
        **of(facility),
        "id": world.new_id(),
        "source": kind,
        "visits": numbers.get(kind, source.choice([0, 12])),
        "clients": source.choice([0, 40]) if kind == "register" else None,
        "period_from": first,
        "period_to": first + timedelta(days=days),
        "completeness": 1.0,
        "attested_zero": kind == "statement",
        "signed_on": first if kind == "statement" else None,
        "author_id": world.inspector,
        "recorded_at": NOW,
        **_twice_signed_or_withdrawn(world, source, kind),
    }


def _twice_signed_or_withdrawn(world: World, source: random.Random, kind: str) -> Row:
    said = dict.fromkeys(("countersigned_by", "countersigned_at", "withdrawn_by", "withdrawn_at", "withdrawn_why"))
    if kind == "statement" and source.random() < 0.8:
        said |= {"countersigned_by": world.head, "countersigned_at": NOW}
    if source.random() < 0.2:
        said |= {"withdrawn_by": world.head, "withdrawn_at": NOW, "withdrawn_why": "опечатка"}
    return said


def with_past(world: World, source: random.Random, made: Rows) -> Rows:
    """The rows with violations that came back once or twice, what was told of them, and ranks."""
    back = [v for v in made[Violation] if v["state"] != "withdrawn" and source.random() < 0.4]
    made[ToldRow] = []
    for v in back:
        past = list(_past(world, source, v, source.choice(made[Audit])["id"]))
        newest = {"opened_at": v["opened_at"].isoformat(), "opened_by": str(v["opened_by"]), "fails": []}
        held = v["episodes"][0] if v["episodes"] else newest
        v["episodes"] = [episode for episode, _ in reversed(past)] + [held]
        made[ToldRow] += [_told(world, v, told) for _, told in past if told is not None]
    for standing in made[Standing]:
        ranked = source.random() < 0.6
        standing |= {
            "obstructed": round(source.uniform(0.1, 90), 3) if ranked else None,
            "placeholder": source.random() < 0.5 if ranked else None,
        }
    return made


def _past(world: World, source: random.Random, v: Row, audit: Any) -> Iterator[tuple[Row, Row | None]]:
    """Episodes before the newest, oldest first, each with what was told of it."""
    ended = v["opened_at"] - timedelta(days=1 + source.randrange(40))
    for _ in range(source.choice((1, 1, 2))):
        opened = ended - timedelta(days=1 + source.randrange(60))
        fails = [str(audit)] if source.random() < 0.8 else []
        by = source.choice(("measured_pass", "measured_pass", "waiver"))
        episode: Row = {"opened_at": opened.isoformat(), "opened_by": str(audit), "fails": fails}
        episode |= {"ended_at": ended.isoformat(), "ended_by": by}
        if source.random() < 0.4:
            episode["declared_at"] = (opened + (ended - opened) / 2).isoformat()
        if "declared_at" in episode and source.random() < 0.3:
            episode["refuted_at"] = episode["declared_at"]
        due = local(ended) + timedelta(days=source.choice((-30, -1, 0, 5)))
        yield episode, {"stood_at": opened, "due_on": due} if source.random() < 0.7 else None
        ended = opened - timedelta(days=1 + source.randrange(20))


def _told(world: World, v: Row, told: Row) -> Row:
    said = {"say": "prescribed", "told_at": told["stood_at"] + timedelta(hours=1), "document_id": world.new_id()}
    spot = {"violation_id": v["id"], "criterion": v["criterion"], "place": v["place"]}
    return {"id": world.new_id(), **of({**v, "id": v["facility_id"]}), **spot, **said, **told}
