"""`flask facilities import`."""

import csv
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from inspection.tables.facilities import Facility
from tests.clock import Clock
from tests.inspection.maps import draw
from tests.inspection.registers import ROWS, feature, write_csv, write_geojson, write_xlsx
from tests.inspection.world import REGION, World, sessions_on
from tests.shared_files import shared


@pytest.fixture
def world(world: World) -> World:
    """The small world, with outlines."""
    draw(world)
    return world


def run(app: Flask, *arguments: str | Path) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["facilities", "import", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_register_is_imported_and_the_second_time_changes_nothing(
    app: Flask, world: World, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "register.csv")
    assert run(app, path, "--dry-run") == (0, "3 created, 0 updated, 0 unchanged, 0 refused (dry run)\n")
    assert world.rows(Facility) == []
    assert run(app, path) == (0, "3 created, 0 updated, 0 unchanged, 0 refused\n")
    assert run(app, path) == (0, "0 created, 0 updated, 3 unchanged, 0 refused\n")
    assert {row.source for row in world.rows(Facility)} == {"register"}


def test_the_same_register_under_another_file_name_needs_its_own_name(
    app: Flask, world: World, tmp_path: Path
) -> None:
    run(app, write_csv(tmp_path / "march.csv"), "--source", "clinics")
    again = write_xlsx(tmp_path / "april.xlsx", [(*r[:5], float(r[5]), float(r[6]), *r[7:]) for r in ROWS])
    assert run(app, again, "--source", "clinics")[1] == "0 created, 0 updated, 3 unchanged, 0 refused\n"
    assert run(app, again)[1] == "3 created, 0 updated, 0 unchanged, 0 refused\n"


def test_the_report_has_a_line_for_every_row_and_runs_nothing(app: Flask, world: World, tmp_path: Path) -> None:
    rows = [(*ROWS[0][:2], "=1+1", *ROWS[0][3:]), ("=2+2", "castle", "Замок", "", "", "", "", "", "")]
    report = tmp_path / "report.csv"
    code, said = run(app, write_csv(tmp_path / "t.csv", rows), "--report", report)
    assert (code, said) == (0, "1 created, 0 updated, 0 unchanged, 1 refused\n")
    with report.open(encoding="utf-8-sig", newline="") as lines:
        found = list(csv.DictReader(lines))
    assert [(line["row"], line["result"], line["id"], line["column"]) for line in found] == [
        ("2", "created", "a-1", ""),
        ("3", "refused", "'=2+2", "lat"),
    ]
    assert found[1]["reason"] == "there are no coordinates"


def test_without_a_report_the_first_refused_rows_are_shown(app: Flask, world: World, tmp_path: Path) -> None:
    rows = [(str(n), "castle", "Замок", "", "", "43.25", "76.25", "", "") for n in range(30)]
    code, said = run(app, write_csv(tmp_path / "t.csv", rows))
    assert code == 0
    assert said.splitlines()[0].startswith("row 2, kind: 'castle': the newest checklist knows no such kind")
    assert len(said.splitlines()) == 11
    assert said.splitlines()[-1] == "0 created, 0 updated, 0 unchanged, 30 refused"


def test_columns_kinds_and_encoding_can_be_named(app: Flask, world: World, tmp_path: Path) -> None:
    rows = [("1", "ЦОН", "Отдел", "43.25", "76.25")]
    header = ("nr", "what", "title", "y-axis", "x-axis")
    path = write_csv(tmp_path / "t.csv", rows, header, encoding="cp1251")
    code, said = run(app, path)
    assert code == 1
    assert "line 2 is not UTF-8" in said
    named = "external_id=nr,kind=what,name_ru=title,lat=y-axis,lon=x-axis"
    code, said = run(app, path, "--encoding", "windows-1251", "--columns", named, "--kinds", "ЦОН=pharmacy")
    assert said == "1 created, 0 updated, 0 unchanged, 0 refused\n"
    (facility,) = world.rows(Facility)
    assert (facility.kind, facility.name_ru, facility.external_id) == ("pharmacy", "Отдел", "1")


def test_missing_columns_are_one_error_for_the_file(app: Flask, world: World, tmp_path: Path) -> None:
    code, said = run(app, write_csv(tmp_path / "t.csv", [("1", "x")], ("id", "title")))
    assert code == 1
    assert said.count("there is no column for") == 4
    assert "name_ru: there is no column for name_ru or name_kk; the file has id, title" in said


def test_of_a_cut_file_the_rows_before_the_break_are_kept(app: Flask, world: World, tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "t.geojson", [feature(id=str(n)) for n in range(20)])
    path.write_bytes(path.read_bytes()[:-50])
    code, said = run(app, path)
    assert code == 0
    assert "row 20: the file breaks off here" in said
    assert said.endswith("19 created, 0 updated, 0 unchanged, 1 refused\n")
    assert len(world.rows(Facility)) == 19


def test_an_option_that_cannot_be_used_is_refused_before_the_first_row(
    app: Flask, world: World, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "t.csv")
    refused = (
        (["--kind", "castle"], 2, "no such kind; one of pharmacy, polyclinic"),
        (["--region", "nowhere"], 2, "there is no such region or district"),
        (["--region", "KZ"], 2, "there is no such region or district"),
        (["--columns", "name_ru"], 2, "is not like name_ru=name,lat=latitude"),
        (["--source", "x" * 61], 2, "a name of 1 to 60 characters"),
        (["--encoding", "klingon"], 1, "is no encoding we know"),
        (["--report", "no/such/folder/r.csv"], 1, "cannot be written"),
    )
    for options, code, sentence in refused:
        found, said = run(app, path, *options)
        assert found == code
        assert sentence in said
    assert world.rows(Facility) == []


def test_nothing_is_imported_before_boundaries_and_a_checklist_are_there(
    app: Flask, clock: Clock, new_id: Callable[[], UUID], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "t.csv")
    code, said = run(app, path)
    assert (code, "There are no boundaries" in said) == (1, True)
    World(sessions_on(app.extensions["pandus"].engine), clock, new_id)
    assert run(app, path, "--region", REGION) == (0, "3 created, 0 updated, 0 unchanged, 0 refused\n")


def test_what_is_no_file_is_said_in_one_sentence(app: Flask, world: World, tmp_path: Path) -> None:
    for name in ("", "missing.csv"):
        code, said = run(app, tmp_path / name)
        assert code == 1
        assert said.startswith("Error: ")


def test_3126_real_clinics_are_taken_or_refused_one_by_one(app: Flask, world: World, tmp_path: Path) -> None:
    path = shared("data/geo/ar_clinics_osm_2020.csv")
    # They lie in Argentina, and 75 of them have no name.
    options = ("--kind", "polyclinic", "--region", REGION, "--report", tmp_path / "report.csv")
    assert run(app, path, *options)[1] == "3051 created, 0 updated, 0 unchanged, 75 refused\n"
    assert run(app, path, *options)[1] == "0 created, 0 updated, 3051 unchanged, 75 refused\n"
