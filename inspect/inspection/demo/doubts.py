"""What a rule cannot decide on the last evening: places written down twice, positions, addresses, zeros."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from inspection.access import Caller
from inspection.countries import local_date
from inspection.demo.acting import Stage
from inspection.demo.chance import chance, made_id
from inspection.demo.people import HEAD, INSPECTORS, REGION
from inspection.demo.sites import LEFT_ALONE
from inspection.facilities import FacilityFields, change
from inspection.geocode_queue import queue_page
from inspection.geocoding import conclude, keep_answers
from inspection.geocoding_rules import Answer, Precision
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility, LocationMethod, Standing
from inspection.tables.use_records import UseSource
from inspection.unit import Unit
from inspection.use_claims import Claim
from inspection.use_records import enter

PAIR, TRIPLE = 2, 3
NEARBY = 0.00015  # degrees, some 15 m
MISTYPED = 0.0045  # degrees, some 500 m; less than what geography.py keeps from every border
MISPLACED, LEAST_FIXES, BEST_FIX_M = 3, 3, 15
GEOCODER = "geocoder.example"
ARGUMENTS = (
    "Қойма: келушілер қабылданбайды, қызмет басқа мекенжайда көрсетіледі.",
    "Служебное помещение, приём ведётся в соседнем корпусе.",
)


def raise_doubts(unit: Unit, stage: Stage) -> None:
    """Enter all of them, at places where no inspector has been yet and at some that were entered wrongly."""
    source, head = chance(stage.seed, "doubts"), stage.sign_in(unit, HEAD)
    never = _unvisited(unit)
    used = _write_down_twice(unit, head, never)
    rest = [place for place in never if place.id not in used] or never
    _lose_addresses(unit, head, rest[:3])
    _mistype_positions(unit, head)
    inspector = stage.sign_in(unit, INSPECTORS[0])
    _attest_zeros(unit, inspector, source, rest[-2:])


def _unvisited(unit: Unit) -> list[Facility]:
    visited = select(Standing.id).where(Standing.home_region == REGION, Standing.audited_at.is_not(None))
    wanted = select(Facility).where(Facility.home_region == REGION, Facility.id.not_in(visited))
    return list(unit.session.scalars(wanted.where(Facility.kind != LEFT_ALONE).order_by(Facility.id)))


def _write_down_twice(unit: Unit, head: Caller, never: Sequence[Facility]) -> set[UUID]:
    """Make places of one district look like one: two of them, and another three. Returns all that look so."""
    by_district: dict[str, list[Facility]] = defaultdict(list)
    for place in never:
        by_district[place.district_code or ""].append(place)
    fullest = max(by_district.values(), key=len, default=[])
    used: set[UUID] = set()
    for alike in (fullest[:PAIR], fullest[PAIR : PAIR + TRIPLE]):
        if len(alike) < PAIR:
            break
        first, *others = alike
        for number, other in enumerate(others, start=1):
            change(unit, head, other.id, other.rev, _as_somebody_else_wrote(first, number))
        used |= {first.id, *(other.id for other in others)}
    return used


def _as_somebody_else_wrote(place: Facility, number: int) -> FacilityFields:
    """The same place as another register has it."""
    kk, ru = place.name_kk.replace("№ ", "№"), place.name_ru.replace(" № ", " №")
    return {
        "kind": place.kind,
        "name_kk": kk if number == 1 else kk.upper(),
        "name_ru": ru if number == 1 else ru.upper(),
        "address_kk": place.address_kk,
        "address_ru": (place.address_ru or "").replace("ул.", "улица"),
        "operator_id": place.operator_id,
        "lat": round((place.lat or 0.0) + number * NEARBY, 6),
        "lon": place.lon,
        "accuracy_m": 20.0,
        "location_method": LocationMethod.IMPORTED.value,
    }


def _lose_addresses(unit: Unit, head: Caller, places: Sequence[Facility]) -> None:
    """Places of which only the settlement is known, and what a geocoder made of their addresses."""
    for place in places:
        change(unit, head, place.id, place.rev, {"location_method": LocationMethod.CENTROID.value})
    queue_page(unit, REGION, ask=True)
    for number, place in enumerate(places):
        answers = _answers(place)[number]
        keep_answers(unit, GEOCODER, place.address_ru or "", answers)
        conclude(unit, (REGION, place.id), GEOCODER, answers)


def _answers(place: Facility) -> Sequence[Sequence[Answer]]:
    """In another district; twice in this one; nowhere."""
    lat, lon, said = place.lat or 0.0, place.lon or 0.0, place.address_ru or ""
    elsewhere = Answer(lat + 2, lon, Precision.HOUSE, 20.0, f"{said} (другой район)")
    here = [Answer(lat + way * MISTYPED, lon, Precision.HOUSE, 20.0, said) for way in (1, -1)]
    return [elsewhere], here, []


def _mistype_positions(unit: Unit, head: Caller) -> None:
    """Positions typed beside the place, where the fixes of a visit say better."""
    wanted = select(Audit.facility_id, Audit.fixes).where(Audit.home_region == REGION)
    newest = unit.session.execute(wanted.order_by(Audit.received_at.desc(), Audit.id).limit(300)).all()
    good = [
        row.facility_id
        for row in newest
        if len(row.fixes) >= LEAST_FIXES and all(fix["accuracy_m"] < BEST_FIX_M for fix in row.fixes)
    ]
    for made in list(dict.fromkeys(good))[:MISPLACED]:
        place = unit.session.get_one(Facility, (REGION, made))
        typed: FacilityFields = {
            "lat": round((place.lat or 0.0) + MISTYPED, 6),
            "lon": place.lon,
            "accuracy_m": 10.0,
            "location_method": LocationMethod.PERSON.value,
        }
        change(unit, head, made, place.rev, typed)


def _attest_zeros(unit: Unit, inspector: Caller, source: Random, places: Sequence[Facility]) -> None:
    """Statements that nobody comes, which wait for the second signature."""
    today = local_date(unit.now, "KZ")
    for place, argument in zip(places, ARGUMENTS, strict=False):
        claim = Claim(
            UseSource.STATEMENT,
            today,
            today + timedelta(days=300),
            source_text="Ауызша түсіндірме, нысан басшысы (демо)",
            argument=argument,
        )
        enter(unit, inspector, place.id, made_id(source), claim)
