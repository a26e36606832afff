"""Invented facilities: their kinds, names, addresses, and what a register would know of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from inspection.criteria import FacilityKind
from inspection.demo.chance import chance, made_id, weighted
from inspection.demo.geography import DISTRICTS, Ground, names
from inspection.demo.owners import DemoOperator, Owners
from inspection.facilities import FacilityFields

# Checks of 2025 by kind of object, 1,371 in all, as published: state 273, health 170, education 228, social 315,
# and 385 of culture, sport, transport, trade and others. How each splits into kinds of the catalogue is ours.
KINDS: Mapping[str, float] = {
    "polyclinic": 75,
    "hospital": 45,
    "pharmacy": 110,
    "service_centre": 120,
    "social_office": 95,
    "rehabilitation_centre": 60,
    "day_centre": 65,
    "small_home": 45,
    "assistive_device_centre": 28,
    "prosthetic_workshop": 22,
    "school": 228,
    "other": 300,
}
OTHERS = (  # Kazakh, Russian
    ("кітапхана", "библиотека"),
    ("мәдениет үйі", "дом культуры"),
    ("спорт кешені", "спортивный комплекс"),
    ("автовокзал", "автовокзал"),
    ("сауда үйі", "торговый дом"),
    ("асхана", "столовая"),
    ("банк бөлімшесі", "отделение банка"),
    ("пошта бөлімшесі", "отделение почты"),
)
STREETS = (  # Kazakh, Russian
    ("Үлгі көшесі", "ул. Примерная"),
    ("Мысал көшесі", "ул. Образцовая"),
    ("Сынақ көшесі", "ул. Пробная"),
    ("Бірінші Демо көшесі", "ул. Первая Демонстрационная"),
    ("Екінші Демо көшесі", "ул. Вторая Демонстрационная"),
    ("Ойдан шығарылған көше", "ул. Выдуманная"),
    ("Қиял даңғылы", "пр. Воображения"),
)
# People attached or living around: from, to. Kinds that are not named serve nobody in particular.
CATCHMENTS: Mapping[str, tuple[int, int]] = {
    "polyclinic": (6_000, 58_000),
    "hospital": (20_000, 180_000),
    "pharmacy": (800, 9_000),
    "service_centre": (9_000, 90_000),
    "social_office": (9_000, 60_000),
    "school": (300, 4_000),
}
# Chance that the register knows a place so, and the accuracy in metres that goes with it: from, to.
METHODS = {"imported": 0.45, "fix": 0.3, "person": 0.15, "geocoded": 0.1}
ACCURACIES = {"imported": (15, 120), "fix": (3, 20), "person": (5, 40), "geocoded": (30, 250)}

# The demo is there to show where the worst is: what waits on desks is about other places than these.
LEFT_ALONE = "polyclinic"
WORST = 3.2  # disrepair of a place where hardly anything is right


@dataclass(frozen=True, slots=True)
class DemoFacility:
    """A facility as it is entered. disrepair: how much more often than the average it fails, about 0 to 5."""

    id: UUID
    district: str
    fields: FacilityFields
    disrepair: float


@dataclass(frozen=True, slots=True)
class Registers:
    """What is entered before the first inspection."""

    operators: Sequence[DemoOperator]
    facilities: Sequence[DemoFacility]


def draw_registers(seed: int, count: int, kinds: Mapping[str, FacilityKind], founded: date) -> Registers:
    """So many facilities, of every kind of the catalogue as far as they go round, and their operators."""
    source = chance(seed, "sites")
    ground, owners = Ground(chance(seed, "ground")), Owners(chance(seed, "owners"))
    numbers: Counter[str] = Counter()
    drawn = []
    for kind in _kinds(source, count, kinds):
        district = weighted(source, DISTRICTS)
        numbers[kind] += 1
        kk, ru = _names(kinds[kind], numbers[kind])
        street_kk, street_ru = source.choice(STREETS)
        house, (town_kk, town_ru) = source.randint(1, 180), names()[district]
        fields: FacilityFields = {
            "kind": kind,
            "name_kk": kk,
            "name_ru": ru,
            "address_kk": f"{town_kk}, {street_kk}, {house}",
            "address_ru": f"{town_ru}, {street_ru}, {house}",
        }
        owner = owners.of(kind, district, fields["address_kk"] or "")
        fields["operator_id"] = owner.id
        fields |= _place(source, ground, district) | _building(source, kind, founded)
        drawn.append(DemoFacility(made_id(source), district, fields, _disrepair(source, fields)))
    return Registers(owners.made, _even_out(drawn))


def _kinds(source: Random, count: int, known: Mapping[str, FacilityKind]) -> Iterable[str]:
    """Every kind once, then as they are checked in life."""
    once = list(known)[:count]
    weights = {kind: KINDS.get(kind, 20) for kind in known}
    return [*once, *source.choices(list(weights), list(weights.values()), k=count - len(once))]


def _names(kind: FacilityKind, number: int) -> tuple[str, str]:
    kk, ru = OTHERS[number % len(OTHERS)] if kind.id == "other" else (kind.title["kk"], kind.title["ru"])
    # Only the first letter of a name is large, unless it is an abbreviation.
    inside = kk if kk[:2].isupper() else kk[0].lower() + kk[1:]
    return f"№ {number} {inside} (демо)", f"{ru[0].upper()}{ru[1:]} № {number} (демо)"


def _place(source: Random, ground: Ground, district: str) -> FacilityFields:
    lon, lat = ground.point(source, district)
    method = weighted(source, METHODS)
    accuracy = float(source.randint(*ACCURACIES[method]))
    return {"lat": lat, "lon": lon, "location_method": method, "accuracy_m": accuracy}


def _building(source: Random, kind: str, founded: date) -> FacilityFields:
    declared = founded - timedelta(days=source.randint(30, 900)) if source.random() < 0.3 else None
    planned = declared is None and source.random() < 0.55
    return {
        "building_year": min(int(source.triangular(1936, 2023, 1978)), founded.year),
        "catchment": source.randint(*CATCHMENTS[kind]) if kind in CATCHMENTS and source.random() < 0.8 else None,
        "adaptation_declared_on": declared,
        "adaptation_plan_year": source.randint(founded.year, founded.year + 4) if planned else None,
        "adaptation_plan_sum": source.randint(3, 240) * 100_000 if planned and source.random() < 0.8 else None,
    }


def _disrepair(source: Random, fields: FacilityFields) -> float:
    # Few buildings carry most of the faults, as in life; most of those are old, and a declaration proves little.
    old = 1.2 if (fields["building_year"] or 0) < 2000 else 0.7
    declared = 0.75 if fields["adaptation_declared_on"] else 1.0
    return min(source.gammavariate(1.1, 1 / 1.1) * old * declared, WORST)


def _even_out(drawn: Sequence[DemoFacility]) -> Sequence[DemoFacility]:
    """The same facilities with an average disrepair of 1: a small region is no luckier than a large one."""
    average = sum(each.disrepair for each in drawn) / max(len(drawn), 1)
    return [DemoFacility(d.id, d.district, d.fields, d.disrepair / average) for d in drawn]
