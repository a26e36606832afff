"""Where people live, and how far that is from places that they can use."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from api.views.coverage import EXAMPLE, SETTLEMENT, CoverageOut, ReachedPage
from geo.distance import metres
from inspection.passport import Access
from inspection.tables.facilities import Standing
from inspection.tables.people import Role
from inspection.tables.settlements import Settlement
from tests.api.people import token
from tests.inspection.maps import draw
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, PASSES, REGION, World

TABLE, LIST = "/api/v1/coverage", "/api/v1/coverage/settlements"
WANTED = {"kind": "polyclinic", "group": "wheelchair"}
HEADER = "id,country,place,name,name_ru,population,lat,lon"
VILLAGES = ["1,KZ,village,Алғабас,Алгабас,1200,43.2,76.1", "2,KZ,hamlet,Теректі,,,43.3,76.7"]


@pytest.fixture
def mapped(world: World) -> World:
    """The small world with outlines."""
    draw(world)
    return world


def imported(app: Flask, folder: Path, *rows: str, header: str = HEADER, options: tuple[str, ...] = ()) -> Any:
    file = folder / "places.csv"
    file.write_text("\n".join([header, *rows]), encoding="utf-8")
    args = ["settlements", "import", str(file), "--source", "test", *options]
    return app.test_cli_runner().invoke(args=args)


@pytest.fixture
def villages(app: Flask, mapped: World, tmp_path: Path) -> None:
    """One settlement in either district, of the second of which nobody knows how many live there."""
    assert imported(app, tmp_path, *VILLAGES).exit_code == 0


def clinic(world: World, lat: float, lon: float, state: Access | None, **about: Any) -> UUID:
    """A polyclinic, audited with this outcome for people in wheelchairs, or not audited at all."""
    made = world.facility(lat=lat, lon=lon, **{"location_method": "person", **about})
    if state is not None:
        world.audited(made, PASSES)
        with world.unit() as unit:
            passport = {"site": {"wheelchair": state.value}, "zones": {}}
            unit.session.execute(update(Standing).where(Standing.id == made).values(passport=passport))
    return made


def get(client: FlaskClient, person: UUID, path: str = TABLE, **query: Any) -> Any:
    return client.get(path, headers=token(person), query_string={**WANTED, **query})


def test_the_examples_fit_their_schemas() -> None:
    assert CoverageOut().validate(EXAMPLE) == {}
    assert ReachedPage().validate({"items": [SETTLEMENT], "next_cursor": None}) == {}


def test_settlements_lie_in_the_districts_that_the_boundaries_give_them(mapped: World, villages: None) -> None:
    found = {row.id: (row.district_code, row.population, row.search) for row in mapped.rows(Settlement)}
    assert found == {"1": (DISTRICT, 1200, "algabas"), "2": (NEIGHBOUR, None, "terekti")}


def test_the_same_gazetteer_changes_nothing_and_a_newer_one_says_who_is_gone(
    app: Flask, mapped: World, villages: None, tmp_path: Path
) -> None:
    assert "0 created, 0 updated, 2 unchanged" in imported(app, tmp_path, *VILLAGES).output
    newer = [VILLAGES[0].replace("1200", "1300"), "3,KZ,town,Қала,,9000,43.1,76.3"]
    tried = imported(app, tmp_path, *newer, options=("--dry-run",)).output
    assert "1 created, 1 updated, 0 unchanged, 0 refused (dry run)\n1 are no longer" in tried
    assert {row.id: row.gone_at for row in mapped.rows(Settlement)} == {"1": None, "2": None}
    imported(app, tmp_path, *newer)
    assert {row.id: row.gone_at is None for row in mapped.rows(Settlement)} == {"1": True, "2": False, "3": True}
    assert "0 created, 1 updated" in imported(app, tmp_path, VILLAGES[1], options=("--partial",)).output
    assert all(row.gone_at is None for row in mapped.rows(Settlement))


def test_a_part_of_a_gazetteer_takes_nothing_off_the_map_by_mistake(
    app: Flask, mapped: World, tmp_path: Path
) -> None:
    many = [f"{n},KZ,village,Ауыл {n},,10,43.2,76.1" for n in range(10)]
    imported(app, tmp_path, *many)
    refused = imported(app, tmp_path, *many[:4])
    assert (refused.exit_code, "6 of 10 settlements that test had are not in the file" in refused.output) == (
        1,
        True,
    )
    assert all(row.gone_at is None for row in mapped.rows(Settlement))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",KZ,village,Ауыл,,10,43.2,76.1", "id: there is no id"),
        ("9,KZ,village,,,10,43.2,76.1", "name: there is no name"),
        ("9,KZ,village,Ауыл,,-3,43.2,76.1", "population: -3 cannot stand here"),
        ("9,KZ,village,Ауыл,,1.5,43.2,76.1", "population: 1.5 cannot stand here"),
        ("9,KZ,village,Ауыл,,99999999,43.2,76.1", "population: 1e+08 cannot stand here"),
        ("9,KZ,castle,Ауыл,,10,43.2,76.1", "place: 'castle' is no kind of settlement"),
        ("9,RU,village,Ауыл,,10,43.2,76.1", "country: 'RU' is not a country we serve"),
        ("9,KG,village,Ауыл,,10,43.2,76.1", "country: the coordinates lie in KZ"),
        ("9,KZ,village,Ауыл,,10,0,0", "lat: 0/0 is what programs write"),
        ("9,KZ,village,Ауыл,,10,43.2,", "lon: the coordinates are missing"),
        ("9,KZ,village,Ауыл,,10,76.1,43.2", "lat: lat and lon are swapped"),
        ("9,KZ,village,Ауыл,,10,48.2,56.1", "lat: the point lies outside"),
        ("1,KZ,village,Ауыл,,10,43.2,76.1", "id: row 2 has this id too"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_stops_no_other(
    app: Flask, mapped: World, tmp_path: Path, row: str, said: str
) -> None:
    ran = imported(app, tmp_path, VILLAGES[0], row)
    assert f"row 3, {said}" in ran.output
    assert "1 created, 0 updated, 0 unchanged, 1 refused" in ran.output


def test_a_file_without_its_columns_and_a_world_without_boundaries_are_refused(
    app: Flask, world: World, tmp_path: Path
) -> None:
    missing = imported(app, tmp_path, "1", header="id")
    assert (missing.exit_code, "there is no column for lat" in missing.output) == (1, True)
    nowhere = imported(app, tmp_path, *VILLAGES)
    assert (nowhere.exit_code, "no boundaries have been imported" in nowhere.output) == (1, True)


def test_people_are_counted_between_two_bounds_where_facilities_are_unknown(
    client: FlaskClient, mapped: World, villages: None
) -> None:
    clinic(mapped, 43.2, 76.6, Access.FULL, district_code=NEIGHBOUR)
    clinic(mapped, 43.2, 76.11, None)
    clinic(mapped, 43.2, 76.1001, Access.BLOCKED)
    mapped.facility()
    reply = get(client, mapped.head, km="1,5,100")
    assert reply.status_code == 200, reply.json
    assert CoverageOut().validate(reply.json) == {}
    assert (reply.json["unlocated"], reply.json["only_within"]) == (1, [REGION])
    rows = {row["key"]: row for row in reply.json["rows"]}
    here = rows[DISTRICT]
    bounds = [(each["people_at_least"], each["people_at_most"]) for each in here["farther"]]
    assert bounds == [(0, 1200), (0, 1200), (0, 0)]
    assert here["farthest"]["metres_to_any"] == round(float(metres(76.1, 43.2, 76.1001, 43.2)))
    there = rows[NEIGHBOUR]
    assert (there["people"], there["unknown_population"]) == (0, 1)
    assert there["farther"][0]["unknown_population_at_most"] == 1
    assert reply.json["total"]["settlements"] == 2


def test_settlements_come_farthest_first_and_those_without_any_before_all(
    app: Flask, client: FlaskClient, mapped: World, villages: None
) -> None:
    nobody = get(client, mapped.head, LIST).json["items"]
    assert [(row["metres"], row["facility_id"], row["metres_to_any"]) for row in nobody] == [
        (None, None, None)
    ] * 2
    near = clinic(mapped, 43.2, 76.1, Access.PARTIAL)
    first = get(client, mapped.head, LIST, limit=1, counts="full,partial").json
    second = get(client, mapped.head, LIST, limit=1, counts="full,partial", cursor=first["next_cursor"]).json
    assert [row["id"] for row in (*first["items"], *second["items"])] == ["2", "1"]
    assert (second["next_cursor"], second["items"][0]["facility_id"]) == (None, str(near))
    assert [row["metres"] for row in get(client, mapped.head, LIST).json["items"]] == [None, None]


def test_a_facility_in_the_middle_of_its_settlement_is_a_rough_answer(
    client: FlaskClient, mapped: World, villages: None
) -> None:
    clinic(mapped, 43.2, 76.1, Access.FULL, location_method="centroid")
    clinic(mapped, 43.3, 76.7, Access.FULL)
    rows = get(client, mapped.head, LIST).json["items"]
    assert {row["id"]: row["rough"] for row in rows} == {"1": True, "2": False}


def test_what_is_closed_or_merged_is_near_to_nobody(client: FlaskClient, mapped: World, villages: None) -> None:
    clinic(mapped, 43.2, 76.1, Access.FULL, active=False)
    clinic(mapped, 43.2, 76.1, Access.FULL, merged_into=mapped.new_id(), active=False)
    assert {row["metres_to_any"] for row in get(client, mapped.head, LIST).json["items"]} == {None}


def test_another_district_is_neither_counted_nor_shown(client: FlaskClient, mapped: World, villages: None) -> None:
    clinic(mapped, 43.2, 76.6, Access.FULL, district_code=NEIGHBOUR)
    seen = get(client, mapped.person(Role.INSPECTOR, DISTRICT)).json
    assert ([row["key"] for row in seen["rows"]], seen["only_within"]) == ([DISTRICT], [DISTRICT])
    assert seen["total"]["farthest"]["metres_to_any"] is None
    whole = get(client, mapped.person(Role.MINISTRY, COUNTRY), by="region").json
    assert ([row["key"] for row in whole["rows"]], whole["only_within"]) == ([REGION], [])
    assert whole["total"]["farthest"]["metres"] is not None


def test_the_export_has_a_line_for_each_settlement(client: FlaskClient, mapped: World, villages: None) -> None:
    with mapped.unit() as unit:
        unit.session.execute(update(Settlement).where(Settlement.id == "1").values(name_ru="=1+1"))
    reply = get(client, mapped.head, f"{LIST}.csv")
    rows = list(csv.DictReader(StringIO(reply.data.decode("utf-8-sig"))))
    assert {row["id"]: row["name_ru"] for row in rows} == {"1": "'=1+1", "2": ""}
    assert list(rows[0]) == list(SETTLEMENT)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"kind": "castle"}, "/kind"),
        ({"group": "giants"}, "/group"),
        ({"counts": "blocked"}, "/counts/0"),
        ({"km": "-1"}, "/km/0"),
        ({"km": "near"}, "/km/0"),
        ({"by": "street"}, "/by"),
        ({"area": "nowhere"}, "/area"),
    ],
)
def test_a_question_that_cannot_be_is_refused_by_its_field(
    client: FlaskClient, mapped: World, villages: None, query: dict[str, Any], pointer: str
) -> None:
    refused = get(client, mapped.head, **query)
    assert (refused.status_code, [each["pointer"] for each in refused.json["errors"]]) == (422, [pointer])
