"""A made-up country the size of the national accessibility map: 20 regions, 224 districts, their facilities,
operators, audits, prescriptions and violations, written straight into the tables. Same seed, same rows.

What is skewed in life is skewed here: a few regions and districts hold much of everything, most violations are
significant, about half are released, every fifth standing one was never prescribed.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from bench.violations.histories import episodes, findings
from inspection import checklists
from inspection.access import token_hash
from inspection.catalogue_document import as_document
from inspection.catalogue_file import read_checklist
from inspection.criteria import GROUPS, Checklist
from inspection.database import Base, reading
from inspection.history import MAIN, Spot
from inspection.searching import fold
from inspection.sync.documents import render
from inspection.tables.areas import Area, Level
from inspection.tables.audits import Audit
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.facilities import Facility
from inspection.tables.feed import FeedRow
from inspection.tables.operators import Operator
from inspection.tables.people import Grant, Person, Role
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.violations import Violation
from inspection.violation_rows import violation_id

SEED = 20_260_316
COUNTRY = "KZ"
OWN_CHECKLIST = Path(__file__).parents[2] / "inspect/inspection/data/checklist.yaml"
DISTRICTS = 224
BATCH = 2_000
REGIONS = (
    10,
    11,
    15,
    19,
    23,
    27,
    31,
    33,
    35,
    39,
    43,
    47,
    55,
    59,
    61,
    62,
    63,
    71,
    75,
    79,
)  # leading digits of KATO

KINDS = {"polyclinic": 14, "hospital": 7, "pharmacy": 30, "service_centre": 8, "social_office": 5, "school": 26}
KINDS |= {"rehabilitation_centre": 3, "day_centre": 3, "small_home": 1, "prosthetic_workshop": 1, "other": 2}
STATES = {"released": 46, "open": 38, "declared": 7, "waived": 6, "withdrawn": 3}
OWNERSHIP = {"private": 60, "state": 35, "unknown": 5}
GROUNDS = {"preventive": 40, "unscheduled": 30, "prosecutor": 20, "follow_up": 10}
NAMES = ("Емхана", "Дәріхана", "Мектеп", "Аурухана", "Орталық")
NAMES_RU = ("Поликлиника", "Аптека", "Школа", "Больница", "Центр")
STREETS = ("Көкжиек", "Самал", "Жасыл", "Бірлік", "Арман", "Нұрлы")


@dataclass(frozen=True)
class Callers:
    """Tokens of those whose lists are measured."""

    ministry: str = "bench-ministry-viewer-token"
    head: str = "bench-head-of-department-token"
    district: str = "bench-district-official-token"
    three: str = "bench-three-districts-token"


@dataclass(frozen=True)
class Country:
    """Where things can lie: region codes, and district codes, each with the weight of what lies there."""

    regions: Sequence[str]
    districts: Sequence[str]
    weights: Sequence[float]

    def callers_areas(self) -> Mapping[str, tuple[str, ...]]:
        """For each caller the areas of their grant: the largest region, the fifth largest district, three more."""
        by_weight = sorted(range(len(self.districts)), key=lambda i: -self.weights[i])
        fifth, *three = (self.districts[by_weight[n]] for n in (4, 5, 20, 60))
        return {"ministry": (COUNTRY,), "head": (self.regions[0],), "district": (fifth,), "three": tuple(three)}


def make(engine: Engine, *, violations: int, facilities: int, now: datetime) -> Country:
    """Fill an empty database. now: what opened and due dates are counted from."""
    source = random.Random(SEED)
    country = _country()
    checklist, published = _checklist(now)
    _write(engine, Area, _areas(country))
    _write(engine, PublishedChecklist, [published])
    _write(engine, Person, _people(now))
    _write(engine, Grant, _grants(country, now))
    _write(engine, Department, _departments(country))
    operators = [_operator(n, source, country, now) for n in range(max(1, facilities // 3))]
    _write(engine, Operator, operators)
    sites = [_facility(n, source, operators, now) for n in range(facilities)]
    _write(engine, Facility, sites)
    found = findings(checklist)
    visits = [_audit(n, source, source.choice(sites), published, now) for n in range(1 + violations // 4)]
    _write(engine, Audit, ({**each, "findings": found[n % len(found)]} for n, each in enumerate(visits)))
    prescribed = {v["id"]: _prescription(n, v, now) for n, v in enumerate(visits) if source.random() < 0.8}
    _write(engine, Prescription, list(prescribed.values()))
    owners = {o["id"]: o["ownership"] for o in operators}
    duties = islice(_violations(source, visits, prescribed, owners, checklist), violations)
    _write(engine, Violation, ({**each, **episodes(n, each, now)} for n, each in enumerate(duties)))
    _write(engine, FeedRow, _feed(engine, now))
    _analyse(engine)
    return country


def _feed(engine: Engine, now: datetime) -> Iterator[Mapping[str, Any]]:
    """The documents of the violations, which the list shows. Nothing else is in this feed."""
    with Session(reading(engine)) as session:  # on SQLite the rows are written beside it
        keys = iter(session.execute(select(Violation.home_region, Violation.id)).all())
        numbers: Counter[str] = Counter()
        while batch := [tuple(key) for key in islice(keys, BATCH)]:
            for document in render(session, "violations", batch):
                numbers[document.region] += 1
                written = {"collection": "violations", "number": numbers[document.region], "born_at": now}
                yield {**document._asdict(), **written, "deleted": False}


def _write(
    engine: Engine, model: type[Base], rows: Sequence[Mapping[str, Any]] | Iterator[Mapping[str, Any]]
) -> None:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        with engine.begin() as connection:
            connection.execute(insert(model), batch)


def _analyse(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))


def _country() -> Country:
    regions = [f"{number}0000000" for number in random.Random(SEED).sample(REGIONS, len(REGIONS))]
    districts, weights = [], []
    for number in range(DISTRICTS):
        region, within = number % len(regions), number // len(regions)
        districts.append(f"{regions[region][:2]}{10 + within}00000")
        weights.append(1 / (1 + region) ** 0.6 / (1 + within) ** 0.7)
    return Country(regions, districts, weights)


def _areas(country: Country) -> Iterator[Mapping[str, Any]]:
    def area(code: str, level: Level, parent: str | None) -> Mapping[str, Any]:
        names = {"name_kk": f"Аумақ {code}", "name_ru": f"Район {code}", "name_en": f"Area {code}"}
        known = {"country": COUNTRY, "classifier": "KATO", "parent_code": parent, "demo": True}
        return {"code": code, "level": int(level), **known, **names}

    yield area(COUNTRY, Level.COUNTRY, None)
    for region in country.regions:
        yield area(region, Level.REGION, COUNTRY)
    for district in country.districts:
        yield area(district, Level.DISTRICT, _region_of(district))


def _checklist(now: datetime) -> tuple[Checklist, Mapping[str, Any]]:
    checklist = read_checklist(OWN_CHECKLIST.read_text(encoding="utf-8"))
    content = as_document(checklist)
    return checklist, {
        "home_region": COUNTRY,
        "id": checklists.checklist_id(COUNTRY, checklist.key, checklist.version),
        "rev": 1,
        "key": checklist.key,
        "version": checklist.version,
        "content": content,
        "content_hash": hashlib.sha256(orjson.dumps(content)).digest(),
        "criteria_count": len(checklist.criteria),
        "published_at": now,
        "published_by": None,
    }


def _people(now: datetime) -> Iterator[Mapping[str, Any]]:
    for name, token in vars(Callers()).items():
        shown = {"name": f"Bench {name}", "email": None, "language": "kk", "demo": True, "created_at": now}
        yield {"id": _id("person", name), "token_hash": token_hash(token), **shown}


def _grants(country: Country, now: datetime) -> Iterator[Mapping[str, Any]]:
    roles = {"ministry": Role.MINISTRY, "head": Role.HEAD, "district": Role.AKIMAT, "three": Role.AKIMAT}
    for name, codes in country.callers_areas().items():
        for code in codes:
            about = {"person_id": _id("person", name), "role": roles[name].value, "area_code": code}
            yield {
                "id": _id("grant", name, code),
                **about,
                "valid_from": now - timedelta(days=1),
                "valid_to": None,
            }


def _departments(country: Country) -> Iterator[Mapping[str, Any]]:
    for region in country.regions:
        names = {"name_kk": f"Департамент {region}", "name_ru": f"Департамент {region}"}
        about = {"code": region[:2], "area_code": region, "issues_automatically": False}
        yield {"home_region": region, "id": _id("department", region), **about, **names}


def _operator(number: int, source: random.Random, country: Country, now: datetime) -> Mapping[str, Any]:
    (district,) = source.choices(country.districts, country.weights)
    return {
        **_placed(district),
        "id": _id("operator", number),
        "rev": 1,
        "tax_id": f"{number:012d}",
        "name_kk": f"«Бенч {number}» ЖШС",
        "name_ru": f"ТОО «Бенч {number}»",
        "ownership": _one(source, OWNERSHIP),
        "size_class": "small",
        "notice_language": "kk",
        "demo": True,
        "created_at": now,
        "updated_at": now,
    }


def _facility(
    number: int, source: random.Random, operators: Sequence[Mapping[str, Any]], now: datetime
) -> Mapping[str, Any]:
    operator = source.choice(operators)
    index = source.randrange(len(NAMES))
    names = {"name_kk": f"№{number} {NAMES[index]}", "name_ru": f"{NAMES_RU[index]} №{number}"}
    street = f"{source.choice(STREETS)} {source.randrange(1, 200)}"
    addresses = {"address_kk": f"{street} көшесі", "address_ru": f"ул. {street}"}
    return {
        **{k: operator[k] for k in ("home_region", "country", "region_code", "district_code")},
        "id": _id("facility", number),
        "rev": 1,
        "kind": _one(source, KINDS),
        **names,
        **addresses,
        "operator_id": operator["id"],
        "location_method": "unknown",
        "area_certainty": "given",
        "search": fold(" ".join([*names.values(), *addresses.values()])),
        "active": True,
        "demo": True,
        "created_at": now,
        "updated_at": now,
    }


def _audit(
    number: int,
    source: random.Random,
    site: Mapping[str, Any],
    published: Mapping[str, Any],
    now: datetime,
) -> Mapping[str, Any]:
    seen = now - timedelta(seconds=source.randrange(720 * 86_400))
    clock = dict.fromkeys(("started_at", "finished_at", "signed_at", "observed_at", "signed_true_at"), seen)
    return {
        **{k: site[k] for k in ("home_region", "country", "region_code", "district_code", "kind")},
        "id": _id("audit", number),
        "rev": 1,
        "facility_id": site["id"],
        "operator_id": site["operator_id"],
        "checklist_id": published["id"],
        "checklist_key": published["key"],
        "checklist_version": published["version"],
        "author_id": _id("person", "head"),
        "ground": _one(source, GROUNDS),
        "appointment_number": f"АН-{number}",
        "appointment_date": seen.date(),
        **clock,
        "observed_on": seen.date(),
        "time_source": "anchor",
        "received_at": seen,
        "failed": 4,
        "alternatives": {},
        "fixes": [],
        "content_hash": "",
        "demo": True,
    }


def _prescription(number: int, visit: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    issued = min(visit["observed_at"] + timedelta(days=3), now)
    return {
        **{k: visit[k] for k in ("home_region", "country", "region_code", "district_code", "facility_id")},
        "id": _id("prescription", number),
        "rev": 1,
        "department_id": _id("department", visit["home_region"]),
        "year": issued.year,
        "number": number,
        "audit_id": visit["id"],
        "operator_id": visit["operator_id"],
        "issued_at": issued,
        "issued_on": issued.date(),
        "issued_by": _id("person", "head"),
    }


def _violations(
    source: random.Random,
    visits: Sequence[Mapping[str, Any]],
    prescribed: Mapping[UUID, Mapping[str, Any]],
    owners: Mapping[UUID, str],
    checklist: Checklist,
) -> Iterator[Mapping[str, Any]]:
    """Without end."""
    criteria = list(checklist.criteria.values())
    made: set[UUID] = set()
    while True:
        visit, criterion = source.choice(visits), source.choice(criteria)
        same = violation_id(visit["facility_id"], Spot(criterion.id, MAIN))
        if same in made:
            continue  # a facility has one violation of a criterion at a place
        made.add(same)
        state, told = _one(source, STATES), prescribed.get(visit["id"])
        opened: datetime = visit["observed_at"]
        provisional = opened.date() + timedelta(days=criterion.remediation_days)
        standing = state in ("open", "declared")
        yield {
            **{
                k: visit[k]
                for k in ("home_region", "country", "region_code", "district_code", "facility_id", "kind")
            },
            "id": same,
            "rev": 1,
            "ownership": owners[visit["operator_id"]],
            "operator_id": visit["operator_id"],
            "criterion": criterion.id,
            "place": MAIN,
            "zone": criterion.zone,
            "severity": criterion.severity.value,
            "groups": sum(1 << GROUPS.index(group) for group in criterion.groups),
            "checklist_key": checklist.key,
            "checklist_version": checklist.version,
            "value": round(source.random(), 2),
            "unit": criterion.unit,
            "limit_text": ">= 0.9",
            "state": state,
            "opened_at": opened,
            "opened_by": visit["id"],
            "found_again": 0,
            "last_audit_id": visit["id"],
            "provisional_due_on": provisional,
            "due_on": _told(source, provisional) if told else None,
            "prescription_id": told["id"] if told else None,
            "extended_until": None,
            "declared_at": opened + timedelta(days=20) if state == "declared" else None,
            "accepted_at": None,
            "needs_decision": False,
            "obstructed": round(source.expovariate(1 / 40), 3) if standing and source.random() < 0.6 else None,
            "last_action": "found" if standing else state,
            "last_action_at": opened,
        }


def _told(source: random.Random, provisional: date) -> date:
    return provisional + timedelta(days=source.choice((3, 3, 3, 4, 90)))


def _placed(district: str) -> Mapping[str, Any]:
    region = _region_of(district)
    return {"home_region": region, "country": COUNTRY, "region_code": region, "district_code": district}


def _region_of(district: str) -> str:
    return district[:2] + "0000000"


def _one(source: random.Random, weights: Mapping[str, int]) -> str:
    return source.choices(list(weights), list(weights.values()))[0]


def _id(*about: object) -> UUID:
    return uuid5(UUID(int=SEED), "/".join(map(str, about)))
