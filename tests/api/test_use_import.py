"""`flask use import`: tables of visits as offices send them."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from inspection.facility_rows import facility_id
from inspection.tables.areas import Area
from inspection.tables.journal import JournalEntry
from inspection.tables.operators import Operator
from inspection.tables.use_records import UseRecord
from inspection.taxpayers import make_bin
from tests.clock import NOW
from tests.inspection.registers import write_csv, write_xlsx
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, OTHER_DISTRICT, OTHER_REGION, REGION, World

BIN = make_bin(7)
COUNTS = ("facility_id", "visits", "period_from", "last_day", "completeness")
JANUARY = ("2026-01-01", "2026-01-31", "")


@pytest.fixture
def clinics(world: World) -> Mapping[str, UUID]:
    """Three facilities of one operator, two of them of one name; and one in another region."""
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "tax_id": BIN}
    about = {"name_kk": "Үлгі", "name_ru": "Пример", "created_at": NOW, "updated_at": NOW}
    operator = world.add(Operator(id=world.new_id(), **place, **about)).id
    named = {"name_ru": "Аптека «Ромашка»", "name_kk": "«Түймедақ» дәріханасы", "operator_id": operator}
    abroad = {"home_region": OTHER_REGION, "region_code": OTHER_REGION, "district_code": OTHER_DISTRICT}
    with world.unit() as unit:
        unit.session.get_one(Area, DISTRICT).name_ru = "Алмалинский район"
        unit.session.get_one(Area, NEIGHBOUR).name_ru = "Ауэзовский район"
    return {
        "one": world.facility(address_ru="ул. Примерная, 1", **named),
        "two": world.facility(address_ru="ул. Примерная, 2", district_code=NEIGHBOUR, **named),
        "clinic": world.facility(name_ru="Поликлиника № 9", address_ru="ул. Мысал, 9"),
        "abroad": world.facility(name_ru="Поликлиника № 3", **abroad),
    }


def run(app: Flask, *arguments: Any) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["use", "import", *map(str, arguments)])
    return result.exit_code, result.output


def report_of(app: Flask, path: Path, *options: Any) -> list[dict[str, str]]:
    report = path.with_suffix(".report.csv")
    code, said = run(app, path, *options, "--report", report)
    assert code == 0, said
    with report.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_table_is_taken_in_and_the_second_time_changes_nothing(
    app: Flask, world: World, clinics: Mapping[str, UUID], tmp_path: Path
) -> None:
    rows = [(clinics["one"], 40, *JANUARY), (clinics["clinic"], "1500", "01.01.2026", "28.02.2026", "0,9")]
    path = write_csv(tmp_path / "january.csv", rows, COUNTS)
    options = ("--area", REGION, "--source", "tickets", "--origin", "Электронная очередь")
    assert run(app, path, *options, "--dry-run") == (0, "2 created, 0 unchanged, 0 refused (dry run)\n")
    assert world.rows(UseRecord) == []
    assert run(app, path, *options) == (0, "2 created, 0 unchanged, 0 refused\n")
    assert run(app, path, *options, "--dry-run") == (0, "0 created, 2 unchanged, 0 refused (dry run)\n")
    again = write_csv(tmp_path / "again.csv", rows, COUNTS, delimiter=";", encoding="utf-8-sig")
    assert run(app, again, *options[:4], "--origin", "иначе") == (0, "0 created, 2 unchanged, 0 refused\n")
    found = {row.facility_id: row for row in world.rows(UseRecord)}
    clinic = found[clinics["clinic"]]
    assert (clinic.visits, clinic.completeness, clinic.source) == (1500, 0.9, "tickets")
    assert (clinic.period_from, clinic.period_to) == (date(2026, 1, 1), date(2026, 3, 1))
    assert (clinic.author_id, clinic.source_text, clinic.district_code) == (None, "Электронная очередь", DISTRICT)
    entries = [entry for entry in world.rows(JournalEntry) if entry.action == "use.recorded"]
    assert [entry.request_id for entry in entries] == ["command:use import"] * 2


@pytest.mark.parametrize("form", [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-8", "|")])
def test_a_table_reads_the_same_in_every_encoding_and_with_every_delimiter(
    app: Flask, world: World, clinics: Mapping[str, UUID], tmp_path: Path, form: tuple[str, str]
) -> None:
    rows = [("Поликлиника № 9", "Алмалинский", "12", "01.02.2026", "01.02.2026")]
    header = ("Наименование", "Район", "Посещения", "С", "По")
    path = write_csv(tmp_path / "t.csv", rows, header, encoding=form[0], delimiter=form[1])
    assert run(app, path, "--area", COUNTRY, "--source", "observed")[1].startswith("1 created")
    (record,) = world.rows(UseRecord)
    assert (record.facility_id, record.visits) == (clinics["clinic"], 12)
    assert (record.period_to - record.period_from).days == 1


def test_another_encoding_is_refused_with_the_one_that_fits_and_taken_when_it_is_named(
    app: Flask, world: World, clinics: Mapping[str, UUID], tmp_path: Path
) -> None:
    rows = [("Поликлиника № 9", "12", "01.02.2026", "28.02.2026")]
    path = write_csv(tmp_path / "t.csv", rows, ("name", "visits", "с", "по"), encoding="cp1251", delimiter=";")
    code, said = run(app, path, "--area", REGION, "--source", "counted")
    assert code == 1
    assert "is not UTF-8" in said
    options = ("--area", REGION, "--source", "counted", "--encoding", "windows-1251")
    assert run(app, path, *options) == (0, "1 created, 0 unchanged, 0 refused\n")


def test_a_workbook_is_taken_with_its_dates_and_numbers(
    app: Flask, world: World, clinics: Mapping[str, UUID], tmp_path: Path
) -> None:
    header = ("facility", "source", "visits", "clients", "from", "to", "groups", "group_vision", "номер")
    rows = [
        (
            str(clinics["one"]),
            "counted",
            100.0,
            None,
            date(2026, 1, 1),
            date(2026, 2, 1),
            "wheelchair=3; mobility: 20",
        ),
        (str(clinics["one"]), "Register", None, 700, "2026-01-01", None, None, 90),
        (str(clinics["two"]), "complaint", None, None, "15.03.2026", None, None, None, "ЗТ-118"),
        (str(clinics["two"]), "statement", None, None, "2026-03-01", "2027-03-01"),
    ]
    path = write_xlsx(tmp_path / "t.xlsx", rows, header)
    assert (
        run(app, path, "--area", REGION, "--author", world.inspector)[1] == "4 created, 0 unchanged, 0 refused\n"
    )
    assert run(app, path, "--area", REGION)[1] == "0 created, 4 unchanged, 0 refused\n"
    found = {row.source: row for row in world.rows(UseRecord)}
    assert found["counted"].groups == {"wheelchair": 3, "mobility": 20}
    assert (found["register"].clients, found["register"].visits) == (700, None)
    assert found["register"].groups == {"vision": 90}
    assert (found["complaint"].visits, found["complaint"].reference) == (1, "ЗТ-118")
    assert (found["statement"].attested_zero, found["statement"].signed_on) == (True, date(2026, 3, 1))
    assert {row.author_id for row in found.values()} == {world.inspector}


def test_a_bad_row_is_refused_with_its_column_and_never_stops_the_others(
    app: Flask, world: World, clinics: Mapping[str, UUID], tmp_path: Path
) -> None:
    header = ("facility_id", "visits", "period_from", "period_to", "completeness", "groups")
    known, month = clinics["one"], ("2026-02-01", "2026-03-01")
    rows = [
        (known, 40, *month, "", ""),
        (known, -1, *month, "", ""),
        (known, 40, "2026-04-01", "2026-05-01", "", ""),
        (known, 40, "2026-03-01", "2026-02-01", "", ""),
        (known, 40, *month, "0", ""),
        (known, 40, *month, "1.5", ""),
        (known, 40, *month, "", "vision=30; hearing=11"),
        (known, 40, *month, "", "deaf=3"),
        (world.new_id(), 40, *month, "", ""),
        ("№ 7", 40, *month, "", ""),
        (known, "", *month, "", ""),
        (known, 40, "вчера", "", "", ""),
        (known, "40", *month, "1", ""),
        (known, 41, *month, "", ""),
    ]
    found = report_of(app, write_csv(tmp_path / "t.csv", rows, header), "--area", REGION, "--source", "counted")
    assert [(line["row"], line["column"], line["reason"]) for line in found if line["result"] == "refused"] == [
        ("3", "visits", "'-1 cannot stand here"),
        ("4", "period_from", "this lies in the future"),
        ("4", "period_to", "the period ends in the future"),
        ("5", "period_to", "the period ends before it begins"),
        ("6", "completeness", "this is no share of visits that were counted"),
        ("7", "completeness", "this is no share of visits that were counted"),
        ("8", "groups", "the groups sum to 41, and all together are 40"),
        ("9", "groups", "there is no group 'deaf'"),
        ("10", "facility_id", f"there is no facility with this id in {REGION}"),
        ("11", "facility_id", "'№ 7' is no id of a facility here"),
        ("12", "visits", "the number of visits is missing"),
        ("13", "period_from", "'вчера' is no day"),
        ("14", "reference", "row 2 says the same"),
    ]
    assert [line["row"] for line in found if line["result"] == "created"] == ["2", "15"]
    assert {line["facility_id"] for line in found if line["result"] == "created"} == {str(known)}
    assert sorted(row.visits or 0 for row in world.rows(UseRecord)) == [40, 41]


def test_a_facility_is_found_by_bin_and_address_or_by_name_and_district_and_never_guessed(
    app: Flask, world: World, clinics: Mapping[str, UUID], tmp_path: Path
) -> None:
    header = ("БИН", "Адрес", "Наименование", "Район", "visits", "from", "to")
    month = ("1", "2026-01-01", "2026-02-01")
    rows = [
        (BIN, "УЛ. ПРИМЕРНАЯ 2", "", "", *month),
        (BIN, "", "", "", *month),
        (BIN, "ул. Другая, 3", "", "", *month),
        (make_bin(8), "ул. Примерная, 1", "", "", *month),
        ("", "", "аптека ромашка", "Алмалинский", *month),
        ("", "", "аптека ромашка", "", *month),
        ("", "ул. Примерная, 2", "аптека ромашка", "", "2", *month[1:]),
        ("", "", "аптека ромашка", "Медеуский", *month),
        ("", "", "Поликлиника № 9", NEIGHBOUR, *month),
        ("", "", "Поликлиника № 3", "", *month),
        ("", "", "", "Алмалинский", *month),
    ]
    path = write_csv(tmp_path / "t.csv", rows, header)
    found = report_of(app, path, "--area", REGION, "--source", "counted")
    made = {line["row"]: line["facility_id"] for line in found if line["result"] == "created"}
    assert made == {"2": str(clinics["two"]), "6": str(clinics["one"]), "8": str(clinics["two"])}
    refused = {line["row"]: (line["column"], line["reason"]) for line in found if line["result"] == "refused"}
    assert refused["3"][0] == "БИН"
    assert refused["3"][1].startswith("2 facilities fit: ")
    assert all(str(clinics[name]) in refused["3"][1] for name in ("one", "two"))
    assert (refused["4"][0], "it has" in refused["4"][1]) == ("Адрес", True)
    assert refused["5"][0] == "БИН"
    assert refused["7"][1].startswith("2 facilities fit: ")
    assert refused["9"] == ("Район", "there is no district 'Медеуский'")
    assert refused["10"][0] == "Район"
    assert refused["11"] == ("Наименование", f"no facility in {REGION} has this name")
    assert refused["12"][1] == "no facility is named"


def test_ids_of_the_register_that_facilities_came_from_are_understood(
    app: Flask, world: World, clinics: Mapping[str, UUID], tmp_path: Path
) -> None:
    made = world.facility(id=facility_id("clinics", "a-1"), source="clinics", external_id="a-1")
    rows = [("a-1", 5, *JANUARY), (str(clinics["one"]), 6, *JANUARY)]
    path = write_csv(tmp_path / "t.csv", rows, ("id", *COUNTS[1:]))
    options = ("--area", REGION, "--source", "counted")
    named, plain = run(app, path, *options, "--register", "clinics")[1], run(app, path, *options)[1]
    assert named.endswith("1 created, 0 unchanged, 1 refused\n")
    assert plain.endswith("1 created, 0 unchanged, 1 refused\n")
    assert "row 2, id: 'a-1' is an id of another register; accepted: --register" in plain
    assert {row.facility_id for row in world.rows(UseRecord)} == {made, clinics["one"]}


def test_more_rows_than_a_unit_holds_are_taken_in_several(
    app: Flask, world: World, clinics: Mapping[str, UUID], tmp_path: Path
) -> None:
    places = [clinics["one"], clinics["abroad"]]
    rows = [(places[n % 2], n, *JANUARY) for n in range(1202)]
    path = write_csv(tmp_path / "t.csv", rows, COUNTS)
    options = ("--area", COUNTRY, "--source", "counted")
    assert run(app, path, *options) == (0, "1202 created, 0 unchanged, 0 refused\n")
    assert run(app, path, *options) == (0, "0 created, 1202 unchanged, 0 refused\n")
    assert {row.home_region for row in world.rows(UseRecord)} == {REGION, OTHER_REGION}


def test_what_is_wrong_with_the_whole_file_or_an_option_is_said_before_the_first_row(
    app: Flask, world: World, clinics: Mapping[str, UUID], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "t.csv", [(clinics["one"], 4, *JANUARY)], COUNTS)
    strange = write_csv(tmp_path / "g.csv", [], (*COUNTS, "group_deaf"))
    as_json = tmp_path / "t.json"
    as_json.write_text("[]")
    counted = ("--area", REGION, "--source", "counted")
    refused: tuple[tuple[tuple[Any, ...], int, str], ...] = (
        ((path, "--area", REGION), 1, "there is no column for source"),
        ((path, "--area", "nowhere", "--source", "counted"), 1, "there is no area with this code"),
        ((path, "--source", "counted"), 2, "Missing option '--area'"),
        ((path, "--area", REGION, "--source", "hearsay"), 2, "is not one of"),
        ((path, *counted, "--author", UUID(int=5)), 1, "there is no such person"),
        ((path, *counted, "--columns", "visits=total"), 1, "the file has no column 'total'"),
        ((strange, *counted), 1, "group_deaf: there is no such group"),
        ((as_json, *counted), 1, "this is JSON and no table"),
        ((tmp_path / "no.csv", *counted), 1, "there is no file no.csv"),
    )
    for arguments, code, sentence in refused:
        found, said = run(app, *arguments)
        assert (found, sentence in said) == (code, True), said
    assert world.rows(UseRecord) == []
