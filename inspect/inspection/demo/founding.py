"""Entering the demo region: areas, checklist, people, department, operators and facilities, as on a first day."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from inspection.areas import Edition, import_areas
from inspection.bulk import insert_rows
from inspection.catalogue_file import read_checklist
from inspection.checklists import checklist_id, publish
from inspection.countries import local_date
from inspection.criteria import Checklist
from inspection.demo.geography import areas
from inspection.demo.owners import DemoOperator
from inspection.demo.people import CAST, INSPECTORS, REGION, new_person
from inspection.demo.sites import DemoFacility
from inspection.errors import DoesNotApply
from inspection.facilities import DEFAULTS, journal_created, new_row
from inspection.facilities import KIND as FACILITY
from inspection.journal import Change
from inspection.operators import KIND as OPERATOR
from inspection.operators import journal as journal_operator
from inspection.people import add_department, add_person
from inspection.siting import Districts, Site, Spot, area_index
from inspection.tables.areas import Area
from inspection.tables.facilities import Facility
from inspection.tables.journal import JournalEntry
from inspection.tables.operators import Operator
from inspection.tables.people import Device, Person
from inspection.tables.regions import Home
from inspection.unit import Unit

COUNTRY = "KZ"
CATALOGUE = Path(__file__).parents[1] / "data" / "checklist.yaml"
EDITION = "demo"
DEPARTMENT = "ДМ"
REAL: Sequence[tuple[Any, str]] = (
    (Person, "people"),
    (Facility, "facilities"),
    (Operator, "operators"),
    (Area, "areas"),
)
FOUNDED, FINISHED = "demo.founded", "demo.finished"  # in the journal of the region


def own_checklist() -> tuple[UUID, Checklist]:
    """The catalogue that comes with Pandus, and the id it has once it is published."""
    checklist = read_checklist(CATALOGUE.read_text(encoding="utf-8"))
    return checklist_id(COUNTRY, checklist.key, checklist.version), checklist


def is_founded(unit: Unit) -> bool:
    """Whether there is a demo region already. Raises DoesNotApply where there is anything that is not a demo's.

    Areas count too: the demo's boundaries are an edition of the country, and would end the real one.
    """
    for model, what in REAL:
        if unit.session.scalar(select(exists().where(model.demo.is_(False)))):
            raise DoesNotApply(
                f"this database holds {what} that are not of a demo; demo data would stand among real ones, so "
                "load it into a database of its own",
                holds=what,
            )
    return bool(unit.session.scalar(select(exists().where(Person.demo))))


def is_finished(unit: Unit) -> bool:
    """Whether the demo region was loaded to its end."""
    finished = exists().where(JournalEntry.home_region == REGION, JournalEntry.action == FINISHED)
    return bool(unit.session.scalar(select(finished)))


def found_region(unit: Unit, seed: int, checklist: Checklist) -> Mapping[str, UUID]:
    """Enter areas, checklist, department, people and tablets; the cast to their ids."""
    day = local_date(unit.now, COUNTRY)
    import_areas(unit, areas(), Edition(EDITION, day, "Pandus, invented outlines"), demo=True)
    publish(unit, COUNTRY, checklist, by=None)
    names = ("Демо облысы бойынша аумақтық департамент", "Территориальный департамент по Демонстрационной области")
    add_department(unit, REGION, DEPARTMENT, names)
    ids = {
        slug: add_person(unit, new_person(seed, slug), person.role, person.area_code, since=unit.now)
        for slug, person in CAST.items()
    }
    for slug in INSPECTORS:
        made = unit.new_id()
        unit.session.add(Device(id=made, person_id=ids[slug], region_code=REGION, enrolled_at=unit.now))
    unit.journal.add(Change(REGION, FOUNDED, "demo", REGION, {"seed": (None, seed)}))
    return ids


def finish(unit: Unit) -> None:
    """Note that everything was loaded."""
    unit.journal.add(Change(REGION, FINISHED, "demo", REGION))


def enter_operators(unit: Unit, operators: Sequence[DemoOperator]) -> None:
    """Enter operators, all at once."""
    rows: list[dict[str, Any]] = []
    for each in operators:
        place = {"country": COUNTRY, "region_code": REGION, "district_code": each.district}
        own = {"home_region": REGION, "id": each.id, "rev": 1, "demo": True}
        rows.append({**own, **place, **each.fields, "created_at": unit.now, "updated_at": unit.now})
        changes = {name: (None, value) for name, value in each.fields.items() if value is not None}
        journal_operator(unit, "operator.created", REGION, each.id, changes)
    insert_rows(unit.session, Home, [{"id": o.id, "region": REGION, "kind": OPERATOR} for o in operators])
    insert_rows(unit.session, Operator, rows)


def enter_facilities(unit: Unit, facilities: Sequence[DemoFacility]) -> None:
    """Enter facilities, all at once, each in the district that its coordinates lie in."""
    districts = area_index(unit.session, local_date(unit.now, COUNTRY))
    rows: list[dict[str, Any]] = []
    for each, site in zip(facilities, _sites(districts, facilities), strict=True):
        fields = {**DEFAULTS, **each.fields}
        rows.append(new_row(unit, each.id, fields, site, demo=True))
        journal_created(unit, REGION, each.id, fields)
    insert_rows(unit.session, Home, [{"id": f.id, "region": REGION, "kind": FACILITY} for f in facilities])
    insert_rows(unit.session, Facility, rows)


def _sites(districts: Districts, facilities: Sequence[DemoFacility]) -> Sequence[Site]:
    spots = [Spot(f.fields["lat"] or 0, f.fields["lon"] or 0, f.fields["accuracy_m"]) for f in facilities]
    found = districts.sites(spots, [None] * len(spots))
    sites = [site for site in found if isinstance(site, Site)]
    assert len(sites) == len(found)  # noqa: S101 - geography.py draws points inside districts only
    return sites
