"""Areas through the API, and `flask areas import`."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.views.areas import AreaOut
from api.work import Units
from inspection.tables.areas import AreaBoundary
from tests.api.conftest import SignIn

REGION, DISTRICT = "100000000", "101000000"


def an_area(code: str, level: int, parent: str, **about: Any) -> dict[str, Any]:
    """A feature in the plain form of boundary files."""
    ring = [[78, 49], [80, 49], [80, 50], [78, 50], [78, 49]]
    names = {"name_kk": f"{code} ауданы", "name_ru": f"район {code}", "name_en": f"District {code}"}
    properties = {"code": code, "country": "KZ", "level": level, "parent": parent, **names, **about}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A boundary file of one region and its district."""
    path = tmp_path / "areas.geojson"
    write(path, an_area(REGION, 1, "KZ"), an_area(DISTRICT, 2, REGION))
    return path


def write(path: Path, *features: dict[str, Any]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def run(app: Flask, *arguments: str | Path) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["areas", "import", *map(str, arguments)])
    return result.exit_code, result.output


def boundaries(units: Units) -> int:
    return units.read(lambda work: work.session.query(AreaBoundary).count())


def test_areas_are_imported_once_and_listed_for_who_is_signed_in(
    app: Flask, client: FlaskClient, units: Units, sign_in: SignIn, file: Path
) -> None:
    options = ("--edition", "kz-test", "--valid-from", "2024-01-01", "--attribution", "invented")
    assert run(app, file, *options, "--dry-run") == (
        0,
        (
            "0 facilities lie elsewhere by these boundaries.\n"
            "kz-test: 2 created, 0 renamed, 2 drawn, 0 unchanged (dry run)\n"
        ),
    )
    assert boundaries(units) == 0
    assert run(app, file, *options) == (0, "kz-test: 2 created, 0 renamed, 2 drawn, 0 unchanged\n")
    assert run(app, file) == (0, "kz-test: 0 created, 0 renamed, 0 drawn, 2 unchanged\n")
    headers = sign_in()
    listed = client.get("/api/v1/areas", headers=headers).json["items"]
    assert [row["code"] for row in listed] == ["KZ", REGION, DISTRICT]
    assert list(listed[0]) == list(AreaOut().fields)
    below = client.get(f"/api/v1/areas?parent={REGION}&level=2&country=KZ", headers=headers).json["items"]
    assert below == [client.get(f"/api/v1/areas/{DISTRICT}", headers=headers).json]


def test_a_file_with_a_fault_changes_nothing_and_says_where(
    app: Flask, units: Units, file: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.geojson"
    write(bad, an_area("111111111", 2, "110000000"))
    code, said = run(app, file, bad)
    assert code == 1
    assert "bad.geojson" in said
    assert "there is no area 110000000" in said
    assert boundaries(units) == 0


def test_one_edition_cannot_be_of_two_countries(app: Flask, units: Units, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "kg.geojson"
    ring = [[74, 42], [75, 42], [75, 43], [74, 43], [74, 42]]
    feature = an_area("41708000000000", 1, "KG", country="KG")
    write(other, feature | {"geometry": {"type": "Polygon", "coordinates": [ring]}})
    code, said = run(app, file, other, "--edition", "one")
    assert code == 2
    assert "the files are of KG and KZ" in said
    code, said = run(app, file, other, "--valid-from", "2024-01-01")
    assert [line.split(":")[0] for line in said.splitlines()] == ["kg-2024", "kz-2024"]
    assert boundaries(units) == 3


def test_a_filter_that_cannot_be_read_is_refused_by_name(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in()
    for query, pointer in {
        "level=3": "/level",
        "country=UZ": "/country",
        "parent=": "/parent",
        "x=1": "/x",
    }.items():
        reply = client.get(f"/api/v1/areas?{query}", headers=headers)
        assert reply.status_code == 422
        assert [error["pointer"] for error in reply.json["errors"]] == [pointer]


def test_an_unknown_area_is_not_found_and_strangers_see_none(client: FlaskClient, sign_in: SignIn) -> None:
    assert client.get("/api/v1/areas/nowhere", headers=sign_in()).status_code == 404
    assert client.get("/api/v1/areas").status_code == 401
