"""Hostile names in everything that leaves as a file: text in every table, map, calendar and paper."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import gpxpy
import openpyxl
import pikepdf
import pytest
from icalendar import Calendar

from api.report_tables import table
from api.report_workbook import workbook
from api.row_reports import FORMULAS
from api.wiring import wire
from inspection.tables.facilities import Facility
from inspection.tables.people import Person, Role
from inspection.tables.settlements import Settlement
from tests.access.stage import Stage
from tests.api.people import token
from tests.api.report_samples import TITLES, a_report
from tests.api.test_report_workbook import ABOUT, PHRASEBOOK
from tests.attacks.payloads import PAYLOADS, PRODUCT
from tests.inspection.world import COUNTRY, DISTRICT, REGION
from tests.tally import Tried

HOSTILE = tuple(
    text
    for kind in ("formula", "template", "markup", "log", "header")
    for text in PAYLOADS[kind]
    if "\0" not in text and "\ud800" not in text
)
SPOT: dict[str, Any] = {"lat": 43.25, "lon": 76.25, "accuracy_m": 10.0, "location_method": "person"}


@pytest.fixture(scope="module")
def named(stage: Stage) -> dict[str, UUID]:
    """A facility of every hostile name, and a settlement; the ids of the facilities."""
    world, found = stage.scene.world, {}
    for index, text in enumerate(HOSTILE):
        spot = SPOT | {"lat": 43.2 + index / 10_000, "area_certainty": "inside", "address_ru": text}
        found[text] = world.facility(name_ru=text, name_kk=text, **spot)
        place = {"country": COUNTRY, "region_code": REGION, "district_code": DISTRICT, "area_certainty": "inside"}
        row = {"kind": "village", "name_kk": text, "name_ru": text, "imported_at": world.clock()}
        world.add(Settlement(source="hostile", id=f"{text[:20]}{index}", **place, **row, lat=43.2, lon=76.2))
    return found


def asked(stage: Stage, path: str, person: UUID, **query: Any) -> Any:
    wire(stage.app, stage.undone)
    reply = stage.app.test_client().get(path, headers=token(person), query_string=query, buffered=True)
    assert reply.status_code == 200, reply.text
    return reply


def test_a_table_of_settlements_holds_no_formula(stage: Stage, named: dict[str, UUID], tried: Tried) -> None:
    reply = asked(
        stage, "/api/v1/coverage/settlements.csv", stage.scene.world.head, kind="polyclinic", group="wheelchair"
    )
    rows = list(csv.reader(StringIO(reply.data.decode("utf-8-sig"), newline="")))
    cells = [cell for row in rows for cell in row]
    tried("formulas", len(cells))
    numbers = [cell for cell in cells if cell.lstrip("-").replace(".", "").isdigit()]
    assert [cell for cell in cells if cell.startswith(FORMULAS) and cell not in numbers] == []
    assert {text for text in HOSTILE if text in cells or f"'{text}" in cells} == set(HOSTILE)


def test_a_workbook_holds_no_formula_and_no_link(tried: Tried) -> None:
    made = workbook(table(a_report(HOSTILE, "region"), "ru", PHRASEBOOK, TITLES), ABOUT, PHRASEBOOK)
    book = openpyxl.load_workbook(BytesIO(made))
    cells = [
        cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None
    ]
    tried("formulas", len(cells))
    assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    assert len(HOSTILE) <= len({cell.value for cell in cells if cell.column == 1 and isinstance(cell.value, str)})


@pytest.mark.parametrize("by", ["area", "box"])
def test_a_map_is_json_with_the_names_as_they_are(
    stage: Stage, named: dict[str, UUID], by: str, tried: Tried
) -> None:
    query = {"area": DISTRICT} if by == "area" else {"bbox": "76.2,43.1,76.3,43.4"}
    reply = asked(stage, "/api/v1/facilities.geojson", stage.scene.world.head, **query)
    names = {
        str(feature["id"]): json.dumps(feature["properties"]) for feature in json.loads(reply.data)["features"]
    }
    for text, facility in named.items():
        tried("formulas")
        assert json.dumps(text) in names[str(facility)] or text in json.loads(names[str(facility)]).values()


def test_a_tour_leaves_as_gpx_geojson_and_calendar_with_nothing_added(
    stage: Stage, named: dict[str, UUID], tried: Tried
) -> None:
    world, client = stage.scene.world, stage.app.test_client()
    for start in range(0, len(HOSTILE), 10):
        some = dict(list(named.items())[start : start + 10])
        person = world.person(Role.INSPECTOR, DISTRICT)
        wire(stage.app, stage.real)
        tour = str(world.new_id())
        wish = {
            "id": tour,
            "day": "2026-03-19",
            "start": {"lat": 43.25, "lon": 76.25},
            "facilities": [{"facility_id": str(facility), "prize": 9} for facility in some.values()],
        }
        made = client.post("/api/v1/tours", json=wish, headers=token(person), buffered=True)
        assert made.status_code == 201, made.text
        client.post(f"/api/v1/tours/{tour}/accept", headers=token(person), buffered=True)
        link = client.post("/api/v1/me/calendar", headers=token(person), buffered=True).json["url"]
        stops = len(made.json["stops"])
        tried("formulas", 3 * stops)

        gpx = asked(stage, f"/api/v1/tours/{tour}.gpx", person).data
        ET.fromstring(gpx)
        points = gpxpy.parse(gpx.decode())
        assert len(points.waypoints) + sum(len(route.points) for route in points.routes) >= stops
        json.loads(asked(stage, f"/api/v1/tours/{tour}.geojson", person).data)
        feed = client.get(link.removeprefix("http://localhost"), buffered=True).data
        calendar = Calendar.from_ical(feed)
        fields = {name for event in calendar.walk("VEVENT") for name in event}
        assert not {"ATTACH", "VALARM", "SET-COOKIE", "X-EVIL"} & fields
        assert len(calendar.walk("VEVENT")) == stops


@pytest.mark.parametrize("text", PAYLOADS["template"][5:9])
def test_a_letter_prints_a_hostile_name_and_reads_no_file(stage: Stage, text: str, tried: Tried) -> None:
    world = stage.scene.world
    with world.unit() as unit:
        held = unit.session.get_one(Facility, (REGION, stage.scene.facility))
        before, held.name_ru = held.name_ru, text
    try:
        for path in (f"/api/v1/letters/{stage.scene.letter}.pdf", "/api/v1/reports.pdf"):
            query = {"from": "2026-01-01", "to": "2026-06-30"} if "reports" in path else {}
            reply = asked(stage, path, world.head, **query)
            with pikepdf.open(BytesIO(reply.data)) as paper:
                held_names = {str(name) for name in paper.Root}
            tried("formulas")
            assert not {"/OpenAction", "/AA", "/JavaScript"} & held_names
            assert PRODUCT.encode() not in reply.data
    finally:
        with world.unit() as unit:
            unit.session.get_one(Facility, (REGION, stage.scene.facility)).name_ru = before


@pytest.mark.parametrize(
    "name", [*PAYLOADS["log"], "Үлгі\n11111111-1111-1111-1111-111111111111 Admin", "\u202eevil"]
)
def test_a_name_stays_on_its_line_of_the_terminal(stage: Stage, name: str, tried: Tried) -> None:
    world = stage.scene.world
    person = world.person(Role.INSPECTOR, DISTRICT)
    with world.unit() as unit:
        unit.session.get_one(Person, person).name = f"Метка {name} конец"
    wire(stage.app, stage.real)
    said = stage.app.test_cli_runner().invoke(args=["people", "list"]).output
    tried("formulas")
    (line,) = [line for line in said.split("\n") if str(person) in line]
    assert line.endswith("конец")
    assert line.isprintable()
