import json
import zipfile
from pathlib import Path

import pytest

from inspection import facility_geojson, xlsx_tables
from inspection.errors import InvalidInput
from inspection.facility_files import open_facility_file
from inspection.raw_rows import RawRow
from tests.inspection.registers import HEADER, ROWS, feature, repack, write_csv, write_geojson, write_xlsx


def rows(path: Path, encoding: str | None = None) -> list[RawRow]:
    file = open_facility_file(path, encoding=encoding)
    found = list(file)
    assert file.position == file.length
    return found


def refusal(path: Path) -> str:
    with pytest.raises(InvalidInput) as refused:
        open_facility_file(path)
    return "; ".join(fault.reason for fault in refused.value.faults)


@pytest.mark.parametrize("delimiter", list(",;\t|"))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_reads_the_same_in_every_form_of_csv(tmp_path: Path, delimiter: str, encoding: str) -> None:
    found = rows(write_csv(tmp_path / "t.csv", encoding=encoding, delimiter=delimiter))
    assert [tuple(row.values.values()) for row in found] == list(ROWS)
    assert [tuple(row.values) for row in found] == [HEADER] * 3
    assert [row.number for row in found] == [2, 3, 4]


def test_an_encoding_that_a_person_names_is_used(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [ROWS[1]], encoding="cp1251")
    assert rows(path, "windows-1251")[0].values["name_ru"] == "Аптека «Ромашка»"


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('sep=;\nid;name\n\n1;"two\nlines"\n;\n2;b\n', encoding="utf-8")
    found = rows(path)
    assert [(row.number, row.values["name"]) for row in found] == [(4, "two\nlines"), (6, "b")]


def test_a_row_with_too_many_cells_is_broken_and_one_with_too_few_is_not(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,name\n1,a,b\n2\n3,c,,\n", encoding="utf-8")
    first, second, third = rows(path)
    assert first.broken is not None
    assert "3 cells under 2 columns" in first.broken
    assert (second.values, second.broken) == ({"id": "2"}, None)
    assert (third.values, third.broken) == ({"id": "3", "name": "c"}, None)


def test_a_quotation_mark_that_is_never_closed_costs_only_the_rows_it_swallows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    long = "x" * 100
    lines = ["id,name", "1,a", '2,"b', *(f"{n},{long}" for n in range(3, 3000))]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = rows(path)
    assert found[0].values == {"id": "1", "name": "a"}
    assert found[1].broken == "a quotation mark of line 3 is never closed, and the lines after it are lost"
    assert [row.broken for row in found[2:]] == [None] * len(found[2:])
    assert found[-1].values == {"id": "2999", "name": long}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n\n\n", "there is no header in the first lines"),
        (b"\xd0\xcf\x11\xe0rest", "this is an old Excel file (.xls) or is locked by a password"),
        (b"PK\x03\x04 no archive", "the archive is damaged: File is not a zip file"),
        (b"x" * 200_000, "the first line is too long for a header"),
        (b"[1, 2]", "this is JSON, but no object"),
        (b"{}", "there is no list of features"),
        (b'{"type": "FeatureCollection"}', "there is no list of features"),
        (b'{"features": 5}', "there is no list of features"),
        (b'{"a" 5}', "this is no complete JSON: '5' stands where ':' is due"),
        (b'{"a": [1, 2', "this is no complete JSON: it ends too early"),
        (b'{"a": ' + b"1" * 5000, "this is no complete JSON: a number is too long"),
        (b'{"a": ' + b"[" * 100_000, "this is no complete JSON: it is nested too deep"),
    ],
)
def test_what_is_no_file_of_facilities_is_refused_before_the_first_row(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "t"
    path.write_bytes(content)
    assert refusal(path).startswith(reason)


def test_a_folder_and_a_name_of_nothing_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("is no file")
    assert refusal(tmp_path / "t.csv") == "there is no file t.csv"


def test_features_are_read_with_their_coordinates_and_ids(tmp_path: Path) -> None:
    features = [feature(), feature(lon=1, lat=2) | {"id": 7}, feature() | {"geometry": None}]
    del features[1]["properties"]["id"]
    about = {"name": "features", "metadata": {"features": [1]}, "n": 12}
    found = rows(write_geojson(tmp_path / "t.geojson", features, **about))
    assert [row.number for row in found] == [1, 2, 3]
    assert (found[0].values["lon"], found[0].values["lat"]) == (76.25, 43.25)
    assert (found[1].values["lon"], found[1].values["lat"], found[1].values["id"]) == (1, 2, 7)
    assert "lat" not in found[2].values


def test_features_may_be_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facility_geojson, "BLOCK", 7)
    features = [feature(lon=100 + n, note="я" * n) for n in range(30)]
    found = rows(write_geojson(tmp_path / "t.json", features, n=123456789))
    assert [row.values["lon"] for row in found] == [100 + n for n in range(30)]


def test_a_feature_without_a_point_is_broken_and_the_others_are_not(tmp_path: Path) -> None:
    polygon = {"type": "Polygon", "coordinates": []}
    features = [
        feature() | {"geometry": polygon},
        feature() | {"properties": [1]},
        feature() | {"geometry": {"type": "Point", "coordinates": [1]}},
        {"type": "Thing"},
        feature(),
    ]
    broken = [row.broken for row in rows(write_geojson(tmp_path / "t.json", features))]
    assert broken == [
        "the geometry is 'Polygon'; accepted is a Point, or no geometry",
        "the properties are no object",
        "the coordinates of the point are no pair of numbers",
        "this is no GeoJSON Feature",
        None,
    ]


def test_of_a_cut_file_every_whole_feature_is_read_and_the_break_is_told(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "t.json", [feature() for _ in range(5)])
    whole = path.read_text(encoding="utf-8")
    cut = whole[: whole.rindex("coordinates")]
    path.write_text(cut, encoding="utf-8")
    found = rows(path)
    assert [row.broken is None for row in found] == [True] * 4 + [False]
    assert found[-1].number == 5
    assert str(found[-1].broken).startswith("the file breaks off here")


def test_a_nan_does_not_end_the_file(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "t.json", [feature(lon=float("nan")), feature()])
    assert "NaN" in path.read_text(encoding="utf-8")
    assert [row.broken for row in rows(path)] == [None, None]


def test_a_workbook_reads_like_the_table_it_shows(tmp_path: Path) -> None:
    table = [
        ("a-1", 940140000385.0, 43.25, None, "=1+1"),
        (None, None, None, None, None),
        (7, 0.5, True, "x", "y"),
    ]
    found = rows(write_xlsx(tmp_path / "t.xlsx", table, ("id", "bin", "lat", "empty", "name")))
    assert [row.number for row in found] == [2, 4]
    assert found[0].values == {"id": "a-1", "bin": 940140000385, "lat": 43.25, "name": "=1+1"}
    assert found[1].values["id"] == 7


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    assert refusal(write_xlsx(tmp_path / "t.xlsx", [], [])) == "the first sheet is empty"


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    assert refusal(path) == "this is an archive, but no workbook"
    write_xlsx(path)
    assert refusal(repack(path, sheet1=b"<worksheet><not closed")).startswith("the workbook cannot be read")


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_tables, "MOST_BYTES", 1 << 20)
    path = write_xlsx(tmp_path / "t.xlsx")
    assert len(rows(path)) == 3
    repack(path, sheet1=b" " * (2 << 20))
    assert path.stat().st_size < 20_000
    assert refusal(path) == "the workbook unpacks to more than 1 MB"


def test_what_an_archive_says_of_its_size_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_tables, "MOST_BYTES", 1 << 20)
    content = b" " * (2 << 20)
    path = repack(write_xlsx(tmp_path / "t.xlsx"), sheet1=content)
    honest = len(content).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, (100).to_bytes(4, "little")))
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("xl/worksheets/sheet1.xml").file_size == 100
    assert refusal(path) == "the workbook unpacks to more than 1 MB"


def test_one_far_away_cell_does_not_make_a_table_of_billions(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx")
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    repack(path, sheet1=sheet.replace(b"</sheetData>", far))
    assert "spans 1,048,576 rows and 16,384 columns" in refusal(path)


def test_damage_within_an_archive_is_said(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx")
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 60
    content[at : at + 40] = b"\xff" * 40
    path.write_bytes(bytes(content))
    assert refusal(path).startswith(("the archive is damaged", "the workbook cannot be read"))


def test_json_in_another_encoding_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    text = json.dumps({"type": "FeatureCollection", "features": [feature()]}, ensure_ascii=False, indent=1)
    path.write_bytes(text.encode("cp1251"))
    assert refusal(path).endswith("is not UTF-8")
    assert len(rows(path, "windows-1251")) == 1
