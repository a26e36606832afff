"""What must be in a database before the bench's audits can be understood: a region, its people, what they ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bench.sync.documents import COUNTRY, EAST, REGION, district_code, facility_document
from bench.sync.questions import checklist_of
from inspection.access import Place
from inspection.areas import make_country
from inspection.bulk import insert_rows
from inspection.checklists import publish
from inspection.facilities import DEFAULTS, KIND, journal_created, new_row
from inspection.people import NewPerson, add_department, add_person
from inspection.siting import Certainty, Site
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.people import Device, Role
from inspection.tables.regions import Home
from inspection.unit import Unit

DISTRICTS = 10
SINCE = datetime(2025, 6, 1, tzinfo=UTC)  # before the first visit of the bench


@dataclass(frozen=True)
class Tokens:
    """How the callers of the bench sign in; for nothing but the bench's databases."""

    inspector: str = "bench-inspector-of-the-region-token"
    head: str = "bench-head-of-the-region-token"


TABLET = UUID("b2000000-0000-4000-8000-000000000001")


def make_region(unit: Unit) -> None:
    """One region with its districts, an inspector of the whole of it with a tablet, and a head of department."""
    make_country(unit, COUNTRY, demo=True)
    rows = [(REGION, Level.REGION, COUNTRY)]
    rows += [(district_code(f"D{n:03}"), Level.DISTRICT, REGION) for n in range(DISTRICTS)]
    unit.session.add_all(Area(**_area(code, level, parent)) for code, level, parent in rows)
    unit.session.flush()
    inspector = NewPerson("Bench inspector", Tokens.inspector, demo=True)
    person = add_person(unit, inspector, Role.INSPECTOR, REGION, since=SINCE)
    add_person(unit, NewPerson("Bench head", Tokens.head, demo=True), Role.HEAD, REGION, since=SINCE)
    add_department(unit, REGION, "БЕНЧ", ("бөлім", "отдел"))
    unit.session.add(Device(id=TABLET, person_id=person, region_code=REGION, enrolled_at=SINCE))


def _area(code: str, level: Level, parent: str) -> dict[str, Any]:
    names = dict.fromkeys(("name_kk", "name_ru", "name_en"), f"Bench {code}")
    known = {"country": COUNTRY, "classifier": "KATO", "parent_code": parent, "demo": True}
    return {"code": code, "level": level, **known, **names}


def publish_questions(unit: Unit, checklists: Iterable[Mapping[str, Any]], kinds: Sequence[str]) -> None:
    """Publish the bench's checklists."""
    for each in checklists:
        publish(unit, COUNTRY, checklist_of(each, kinds), by=None)


def make_facilities(unit: Unit, facilities: Iterable[Mapping[str, Any]]) -> None:
    """The bench's facilities, as their pushes would have made them."""
    rows = [_facility(unit, each) for each in facilities]
    insert_rows(unit.session, Home, [{"id": row["id"], "region": REGION, "kind": KIND} for row in rows])
    insert_rows(unit.session, Facility, rows)
    for row in rows:
        journal_created(unit, REGION, row["id"], row)


def _facility(unit: Unit, facility: Mapping[str, Any]) -> dict[str, Any]:
    said = facility_document(facility)
    made = UUID(said.pop("id"))
    at = {
        "lat": facility["location"]["lat"],
        "lon": round(facility["location"]["lon"] + EAST, 6),
        "accuracy_m": 8.0,
    }
    site = Site(Place(COUNTRY, REGION, district_code(facility["district"])), Certainty.GIVEN)
    return new_row(unit, made, {**DEFAULTS, **said, **at, "location_method": "fix"}, site)
