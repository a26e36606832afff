"""Violations of every description, put straight into the tables, and the list as plain Python would make it."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import insert

from inspection.access import Caller
from inspection.bulk import insert_rows
from inspection.criteria import GROUPS, Severity
from inspection.database import Base
from inspection.searching import fold
from inspection.sync.touched import noticing
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.offices import Office
from inspection.tables.operators import Operator
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.violations import STANDING, Violation, ViolationState
from inspection.violation_filters import Filters
from inspection.violation_orders import Sort
from tests.clock import NOW
from tests.inspection.world import (
    COUNTRY,
    DESK,
    DISTRICT,
    DOOR,
    NEIGHBOUR,
    OTHER_DISTRICT,
    OTHER_REGION,
    REGION,
    STEP,
    World,
    small_checklist,
)

TODAY = date(2026, 3, 16)  # of NOW in Kazakhstan
PLACES = (
    (REGION, DISTRICT),
    (REGION, NEIGHBOUR),
    (REGION, None),
    (OTHER_REGION, OTHER_DISTRICT),
)
KINDS = ("polyclinic", "pharmacy", "school")
NAMES = (("Айгөлек емханасы", "Поликлиника Айголек"), ("Шұғыла дәріханасы", "Аптека Шугыла"))

OFFICES = (UUID(int=7001), UUID(int=7002))
CHECKLIST = small_checklist()

Row = dict[str, Any]


@dataclass
class Samples:
    """Rows as they were inserted, so that a test can say what should be found."""

    violations: list[Row]
    facilities: dict[UUID, Row]


def fill(world: World, count: int, seed: int = 1) -> Samples:
    """Facilities with and without operator, audits, and `count` violations on them."""
    source = random.Random(seed)
    operators = [_operator(world, n) for n in range(2)]
    facilities = [_facility(world, source, operators) for _ in range(8)]
    audits = [_audit(world, source, facility) for facility in facilities]
    violations = [violation(world.new_id, source, source.choice(audits)) for _ in range(count)]
    department = {"home_region": OTHER_REGION, "id": world.department, "code": "СО", "area_code": OTHER_REGION}
    made: tuple[tuple[type[Base], Sequence[Row]], ...] = (
        (Department, [department | {"name_kk": "бөлім", "name_ru": "отдел"}]),
        (Operator, operators),
        (Office, [_office(made) for made in OFFICES]),
        (Facility, facilities),
        (Audit, audits),
        (Prescription, [_prescription(world, n, audit) for n, audit in enumerate(audits, 1)]),
    )
    with world.unit() as unit:
        for model, rows in made:
            with noticing():  # nobody reads these in the feed, and nothing was kept to render the audits from
                unit.session.execute(insert(model), rows)
        insert_rows(unit.session, Violation, violations)
    return Samples(violations, {facility["id"]: facility for facility in facilities})


def expected(samples: Samples, caller: Caller, filters: Filters, sort: Sort) -> list[UUID]:
    """Ids in the order of the list, by nothing but loops and comparisons."""
    granted = {grant.area_code for grant in caller.grants}
    wanted = [v for v in samples.violations if granted & _places(v) and _wanted(samples, v, filters)]
    return [v["id"] for v in sorted(wanted, key=_KEYS[sort])]


def violation(new_id: Callable[[], UUID], source: random.Random, audit: Row, **about: Any) -> Row:
    """A violation found by an audit. Few different values, so that orders have ties."""
    opened = NOW - timedelta(days=source.randrange(12))
    told = source.random() < 0.6
    state = source.choice(list(ViolationState)).value
    ranked = state in STANDING and source.random() < 0.5
    plain = {
        **{k: audit[k] for k in ("home_region", "country", "region_code", "district_code", "facility_id", "kind")},
        "id": new_id(),
        "rev": 1,
        "ownership": source.choice(["state", "private"]),
        "operator_id": None,
        "criterion": source.choice([STEP, DOOR, DESK]),
        "place": "main",
        "zone": source.choice(["entrance", "route"]),
        "severity": source.choice(list(Severity)).value,
        "groups": source.randrange(1 << len(GROUPS)),
        "checklist_key": audit["checklist_key"],
        "checklist_version": audit["checklist_version"],
        "value": source.choice([0.05, True, "high", None]),
        "state": state,
        "episodes": [],
        "opened_at": opened,
        "opened_by": audit["id"],
        "last_audit_id": audit["id"],
        "provisional_due_on": opened.date() + timedelta(days=source.randrange(4)),
        "due_on": TODAY + timedelta(days=source.randrange(-3, 4)) if told else None,
        "prescription_id": _prescription_of(audit) if told else None,
        "needs_decision": False,
        "obstructed": source.choice([0.0, 0.0, 1.5, 40.25]) if ranked else None,
        "found_again": 0,
        "last_action": "found",
        "last_action_at": opened,
    }
    return plain | _handled(plain["id"], opened) | about


def _handled(made: UUID, opened: datetime) -> Row:
    """What officials did about it, if anything, drawn apart from the rest."""
    source = random.Random(made.int)
    office = source.choice([None, None, *OFFICES])
    answer_by = source.choice([None, None, *(TODAY + timedelta(days=days) for days in (-2, -1, 0, 1))])
    last = ("ask" if answer_by else "assign") if office or answer_by else None
    return {
        "office_id": office,
        "answer_by": answer_by,
        "last_act": last,
        "last_act_at": opened if last else None,
    }


def _prescription_of(audit: Row) -> UUID:
    return uuid5(audit["id"], "prescription")


def _prescription(world: World, number: int, audit: Row) -> Row:
    copied = ("home_region", "country", "region_code", "district_code", "facility_id")
    issued = {"issued_at": NOW, "issued_on": TODAY, "issued_by": world.head}
    return {
        **{k: audit[k] for k in copied},
        "id": _prescription_of(audit),
        "department_id": world.department,
        "year": TODAY.year,
        "number": number,
        "audit_id": audit["id"],
        **issued,
    }


def _places(row: Row) -> set[str]:
    return {row["country"], row["region_code"], row["district_code"]}


def _wanted(samples: Samples, v: Row, asked: Filters) -> bool:
    facility = samples.facilities[v["facility_id"]]
    overdue = v["state"] in STANDING and v["due_on"] is not None and v["due_on"] < TODAY
    unexplained = v["state"] in STANDING and v["answer_by"] is not None and v["answer_by"] < TODAY
    late = asked.overdue in (None, overdue) and asked.explanation_overdue in (None, unexplained)
    return late and all(_answers(v, facility, asked))


def _answers(v: Row, facility: Row, asked: Filters) -> Iterator[bool]:
    yield asked.area is None or asked.area in _places(v)
    yield v["state"] in asked.states
    for name in ("severity", "kind", "ownership", "zone", "criterion"):
        yield getattr(asked, name) in (None, v[name])
    yield asked.group is None or bool(v["groups"] >> GROUPS.index(asked.group) & 1)
    yield asked.operator_id in (None, facility["operator_id"])
    yield asked.facility in (None, facility["id"])
    yield asked.text is None or _named(v, facility, asked.text)
    yield asked.due_before is None or (v["due_on"] is not None and v["due_on"] < asked.due_before)
    yield asked.due_after is None or (v["due_on"] is not None and v["due_on"] > asked.due_after)
    yield asked.office in (None, v["office_id"])
    yield asked.prescribed in (None, v["prescription_id"] is not None)


def _named(v: Row, facility: Row, text: str) -> bool:
    words = fold(text).split()
    # The small checklist calls its criteria by their ids.
    places = (facility["search"], fold(v["criterion"]))
    return any(all(f" {word}" in f" {said}" for word in words) for said in places)


def _due(v: Row) -> tuple[Any, ...]:
    told = v["due_on"] is not None
    return (not told, v["due_on"] or date.min, v["provisional_due_on"], v["id"])


def _newest(v: Row) -> tuple[Any, ...]:
    moment: datetime = v["opened_at"]
    return (-moment.timestamp(), -v["id"].int)


def _obstructed(v: Row) -> tuple[Any, ...]:
    if v["obstructed"] is None:
        return (1, 0, *_due(v))
    return (0, -v["obstructed"], v["provisional_due_on"], v["id"])


def _severity(v: Row) -> tuple[Any, ...]:
    return (list(Severity).index(Severity(v["severity"])), *_due(v))


_KEYS: dict[Sort, Callable[[Row], tuple[Any, ...]]] = {
    Sort.DUE: _due,
    Sort.OVERDUE: _due,
    Sort.OPENED: _newest,
    Sort.OBSTRUCTED: _obstructed,
    Sort.SEVERITY: _severity,
}


def _operator(world: World, number: int) -> Row:
    names = {"name_kk": f"«Үлгі {number}» ЖШС", "name_ru": f"ТОО «Пример {number}»"}
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    return {"id": world.new_id(), **place, **names, "ownership": "state", "created_at": NOW, "updated_at": NOW}


def _office(made: UUID) -> Row:
    names = {"name_kk": f"{made.int} басқарма", "name_ru": f"Управление {made.int}"}
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION}
    return {"id": made, **place, **names, "created_at": NOW, "updated_at": NOW}


def _facility(world: World, source: random.Random, operators: Sequence[Row]) -> Row:
    region, district = source.choice(PLACES)
    name_kk, name_ru = source.choice(NAMES)
    operator = source.choice([None, *operators]) if region == REGION else None
    return {
        "id": world.new_id(),
        "home_region": region,
        "country": COUNTRY,
        "region_code": region,
        "district_code": district,
        "kind": source.choice(KINDS),
        "name_kk": name_kk,
        "name_ru": name_ru,
        "operator_id": operator and operator["id"],
        "search": fold(f"{name_kk} {name_ru}"),
        "created_at": NOW,
        "updated_at": NOW,
    }


def _audit(world: World, source: random.Random, facility: Row) -> Row:
    placed = ("home_region", "country", "region_code", "district_code", "kind")
    clocks = dict.fromkeys(("started_at", "finished_at", "signed_at", "observed_at", "received_at"), NOW)
    return {
        **{k: facility[k] for k in placed},
        "id": world.new_id(),
        "facility_id": facility["id"],
        "checklist_id": world.checklist,
        "checklist_key": CHECKLIST.key,
        "checklist_version": CHECKLIST.version,
        "author_id": world.inspector,
        "ground": source.choice(["preventive", "unscheduled"]),
        "appointment_number": "АН-1",
        **clocks,
        "observed_on": NOW.date(),
        "time_source": "anchor",
        "findings": [],
        "failed": 0,
        "alternatives": {},
        "fixes": [],
        "content_hash": "",
    }
