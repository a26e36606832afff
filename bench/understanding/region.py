"""The region that the bench audits: facilities in districts, checklists of 60 criteria, and the audits."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Engine, insert

from api.work import Units, Work
from inspection.access import token_hash
from inspection.checklists import checklist_id, publish
from inspection.criteria import (
    GROUPS,
    AnswerKind,
    Checklist,
    Criterion,
    FacilityKind,
    Rule,
    Severity,
    Source,
    Zone,
)
from inspection.database import Base
from inspection.intake import AUDITS, Received, content_hash, keep
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.intake import IntakeKey
from inspection.tables.people import Grant, Person, Role
from inspection.tables.regions import Home

SEED = 20240817
COUNTRY, REGION = "KZ", "750000000"
DISTRICTS = tuple(f"75{number}0000" for number in range(10, 22))
KINDS = ("polyclinic", "pharmacy", "service_centre", "social_office", "school")
CHECKLISTS, CRITERIA = 12, 60
INSPECTORS = 80
SHARE_OF_FAILS = 0.18  # of the answers: about 11 in an audit
NAMES = UUID("7a0a4f0e-3d0b-5a43-8c55-0c9a2f0f4d11")  # namespace of the ids here
ZONES = ("approach", "entrance", "route", "service", "toilet", "information")
WORDS = ("ramp", "door", "step", "rail", "sign", "lift", "floor", "desk", "narrow", "steep", "loose", "worn")


def make(engine: Engine, units: Units, facilities: int, now: datetime) -> None:
    """Fill an empty database with everything but audits."""
    with engine.begin() as connection:
        connection.execute(insert(Area), list(_areas()))
        connection.execute(insert(Person), [_person(n, now) for n in range(INSPECTORS)])
        connection.execute(insert(Grant), [_grant(n, now) for n in range(INSPECTORS)])
        connection.execute(insert(Facility), [_facility(n, now) for n in range(facilities)])
        homes = [{"id": _id("facility", n), "region": REGION, "kind": "facility"} for n in range(facilities)]
        connection.execute(insert(Home), homes)
    for number in range(CHECKLISTS):
        units.write(lambda work, number=number: publish(work, COUNTRY, _checklist(number), by=None))  # type: ignore[misc]


def keep_audits(units: Units, count: int, facilities: int, now: datetime) -> None:
    """Keep so many audits, as tablets push them: 50 at once."""
    for first in range(0, count, 50):
        batch = [_received(n, facilities, now) for n in range(first, min(first + 50, count))]

        def unit(work: Work, batch: list[Received] = batch) -> None:
            keep(work, batch)

        units.write(unit)


def _id(*about: object) -> UUID:
    return uuid5(NAMES, "/".join(map(str, about)))


def _areas() -> Iterator[dict[str, Any]]:
    codes = [(COUNTRY, Level.COUNTRY, None), (REGION, Level.REGION, COUNTRY)]
    for code, level, parent in [*codes, *((district, Level.DISTRICT, REGION) for district in DISTRICTS)]:
        names = {"name_kk": code, "name_ru": code, "name_en": code}
        yield {
            "code": code,
            "country": COUNTRY,
            "level": level,
            "parent_code": parent,
            "classifier": "KATO",
            **names,
        }


def _person(number: int, now: datetime) -> dict[str, Any]:
    made = _id("person", number)
    known = {"name": f"Bench inspector {number}", "language": "ru", "created_at": now - timedelta(days=1000)}
    return {"id": made, "token_hash": token_hash(str(made)), **known}


def _grant(number: int, now: datetime) -> dict[str, Any]:
    about = {"person_id": _id("person", number), "role": Role.INSPECTOR.value, "area_code": REGION}
    return {"id": _id("grant", number), **about, "valid_from": now - timedelta(days=1000), "valid_to": None}


def _facility(number: int, now: datetime) -> dict[str, Any]:
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION}
    names = {"name_kk": f"Нысан {number}", "name_ru": f"Объект {number}", "search": ""}
    return {
        **place,
        **names,
        "id": _id("facility", number),
        "rev": 1,
        "district_code": DISTRICTS[number % len(DISTRICTS)],
        "kind": KINDS[number % len(KINDS)],
        "location_method": "unknown",
        "area_certainty": "given",
        "active": True,
        "demo": False,
        "created_at": now - timedelta(days=1000),
        "updated_at": now - timedelta(days=1000),
    }


def _checklist(number: int) -> Checklist:
    criteria = [_criterion(number, n) for n in range(CRITERIA)]
    return Checklist(
        key=f"bench-{number}",
        version="1.0.0",
        criteria={criterion.id: criterion for criterion in criteria},
        zones={zone: Zone(zone, {"en": zone}, critical=zone != "information") for zone in ZONES},
        kinds={kind: FacilityKind(kind, {"en": kind}) for kind in KINDS},
        zone_use={"default": dict.fromkeys(ZONES, 1.0)},
        severity_block={Severity.GROSS: 0.8, Severity.SIGNIFICANT: 0.25, Severity.MINOR: 0.03},
        groups={group: {"en": group} for group in GROUPS},
        severity_titles={severity: {"en": severity.value} for severity in Severity},
    )


def _criterion(checklist: int, number: int) -> Criterion:
    chance = random.Random(f"{SEED}:criterion:{checklist}:{number}")
    title = " ".join(chance.choices(WORDS, k=10))
    measured = number % 5 == 0
    return Criterion(
        id=f"c{checklist}-q{number:03d}",
        zone=ZONES[number // 10],
        title={"kk": title, "ru": title, "en": title},
        guidance={},
        kind=AnswerKind.NUMBER if measured else AnswerKind.BOOLEAN,
        unit="m" if measured else None,
        rule=Rule(op="min", value=0.9) if measured else Rule(op="is", value=True),
        severity=chance.choice(list(Severity)),
        groups=tuple(group for group in GROUPS if chance.random() < 0.4) or GROUPS[:1],
        applies_to=KINDS,
        remediation_days=chance.choice((5, 30, 90)),
        source=Source("Invented norm", None, verified=False),
        basis="project",
        evidence="proposal",
    )


def _received(number: int, facilities: int, now: datetime) -> Received:
    chance = random.Random(f"{SEED}:audit:{number}")
    document = _audit(number, chance, facilities, now)
    key = IntakeKey(REGION, AUDITS, UUID(document["id"]), content_hash(document))
    author = _id("person", chance.randrange(INSPECTORS))
    return Received(key, orjson.dumps(document), author, device_time=now)


def _audit(number: int, chance: random.Random, facilities: int, now: datetime) -> dict[str, Any]:
    ended = now - timedelta(minutes=chance.randint(60, 180 * 1440))
    signed = ended + timedelta(minutes=5)
    checklist = chance.randrange(CHECKLISTS)
    return {
        "id": str(_id("audit", number)),
        "facility": str(_id("facility", chance.randrange(facilities))),
        "checklist": str(checklist_id(COUNTRY, f"bench-{checklist}", "1.0.0")),
        "ground": "preventive",
        "started_at": (ended - timedelta(hours=1)).isoformat(),
        "finished_at": ended.isoformat(),
        "signed_at": signed.isoformat(),
        "answers": [_answer(checklist, n, chance) for n in range(CRITERIA)],
        "appointment": {"number": f"A-{number}", "date": (ended - timedelta(days=3)).date().isoformat()},
        "anchor": {"server_time": ended.isoformat(), "elapsed_ms": 300_000, "boot_id": f"boot-{number}"},
        "fixes": [{"lat": 43.2, "lon": 76.9, "accuracy_m": 8.5}],
    }


def _answer(checklist: int, number: int, chance: random.Random) -> dict[str, Any]:
    answer: dict[str, Any] = {"criterion": f"c{checklist}-q{number:03d}", "place": "main"}
    fails = chance.random() < SHARE_OF_FAILS
    if not fails and chance.random() < 0.25:
        answer["state"] = "not_applicable"
    elif number % 5 == 0:
        answer |= {
            "value": round(chance.uniform(0.5, 0.89) if fails else chance.uniform(0.9, 1.2), 2),
            "unit": "m",
        }
    else:
        answer["value"] = not fails
    if fails or chance.random() < 0.1:
        answer["note"] = " ".join(chance.choices(WORDS, k=chance.randint(8, 24)))
    return answer


def drop(engine: Engine) -> None:
    """Empty the database and make its tables."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
