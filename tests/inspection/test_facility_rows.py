from typing import Any

import pytest

from inspection.errors import InvalidInput
from inspection.facility_columns import recognise
from inspection.facility_rows import Described, Reading, RowReader, facility_id
from inspection.file_cells import Refused
from inspection.raw_rows import RawRow
from inspection.siting import Spot

PLAIN = {"id": "a-1", "kind": "polyclinic", "name": "Поликлиника", "lat": "43.25", "lon": "76.25"}


def read(reading: Reading | None = None, **cells: Any) -> Described | Refused:
    values = PLAIN | cells
    return RowReader(reading or Reading("register"), tuple(values)).read(RawRow(7, values))


def described(reading: Reading | None = None, **cells: Any) -> Described:
    found = read(reading, **cells)
    assert isinstance(found, Described), found
    return found


def refused(reading: Reading | None = None, **cells: Any) -> list[str]:
    found = read(reading, **cells)
    assert isinstance(found, Refused), found
    assert found.number == 7
    return [f"{fault.column}: {fault.reason}" for fault in found.faults]


def test_a_row_says_what_stands_in_its_cells_and_nothing_of_empty_ones() -> None:
    found = described(address="", catchment=" ", building_year="1987", active="нет")
    assert found.fields == {
        "kind": "polyclinic",
        "name_ru": "Поликлиника",
        "name_kk": "Поликлиника",
        "building_year": 1987,
        "active": False,
    }
    assert (found.external_id, found.spot, found.facility_id) == (
        "a-1",
        Spot(43.25, 76.25),
        facility_id("register", "a-1"),
    )


def test_columns_are_recognised_in_three_languages_whatever_their_case_and_blanks() -> None:
    columns = (" Наименование объекта ", "Атауы", "Широта", "Долгота", "ИИН/БИН", "Вид")
    assert recognise(columns, {}, []) == {
        "name_ru": columns[0],
        "name_kk": "Атауы",
        "lat": "Широта",
        "lon": "Долгота",
        "operator_tax_id": "ИИН/БИН",
        "kind": "Вид",
    }


def test_a_column_that_a_person_names_wins_and_is_used_for_nothing_else() -> None:
    found = recognise(("name", "title", "id"), {"name_ru": "title", "name_kk": "name"}, [])
    assert found == {"name_ru": "title", "name_kk": "name", "external_id": "id"}


def test_missing_columns_are_told_once_with_what_the_file_has_and_what_would_do() -> None:
    with pytest.raises(InvalidInput) as error:
        RowReader(Reading("register"), ("title", "x", "y"))
    faults = error.value.faults
    assert [fault.pointer for fault in faults] == ["/name_ru", "/kind", "/lat", "/lon"]
    assert faults[0].reason == "there is no column for name_ru or name_kk; the file has title, x, y"
    assert faults[2].accepted == "a column named lat, latitude, широта, ендік"


def test_neither_kind_nor_coordinates_are_missed_where_a_person_gave_them() -> None:
    reading = Reading("register", kind="pharmacy", needs_location=False)
    found = RowReader(reading, ("name",)).read(RawRow(2, {"name": "Аптека"}))
    assert isinstance(found, Described)
    assert (found.fields["kind"], found.spot) == ("pharmacy", None)


@pytest.mark.parametrize(
    ("columns", "said", "pointers"),
    [
        (("name", "name"), {}, ["/name"]),
        (("name",), {"nome": "name"}, ["/nome"]),
        (("name",), {"lat": "y"}, ["/lat"]),
    ],
)
def test_columns_that_cannot_be_told_apart_or_are_not_there_are_refused(
    columns: tuple[str, ...], said: dict[str, str], pointers: list[str]
) -> None:
    with pytest.raises(InvalidInput) as error:
        recognise(columns, said, [])
    assert [fault.pointer for fault in error.value.faults] == pointers


def test_words_of_the_file_become_kinds_as_a_person_says() -> None:
    assert described(Reading("r", kinds={"ЦОН": "service_centre"}), kind="ЦОН").fields["kind"] == "service_centre"
    assert described(Reading("r", kind="pharmacy"), kind="ЦОН").fields["kind"] == "pharmacy"
    assert described(kind="ЦОН").fields["kind"] == "ЦОН"  # judged later, by the checklist
    assert refused(kind="") == ["kind: the kind is empty"]


@pytest.mark.parametrize(("text", "lat"), [("43,25", 43.25), (" 43.25 ", 43.25), (43.25, 43.25), ("+43", 43.0)])
def test_numbers_are_read_with_point_or_comma(text: Any, lat: float) -> None:
    assert described(lat=text).spot == Spot(lat, 76.25)


@pytest.mark.parametrize(
    ("cells", "reasons"),
    [
        ({"lat": "NaN"}, ["lat: this is not a number (NaN or infinite)"]),
        ({"lat": float("nan")}, ["lat: this is not a number (NaN or infinite)"]),
        ({"lon": "-inf"}, ["lon: this is not a number (NaN or infinite)"]),
        ({"lon": 10**400}, ["lon: this is not a number (NaN or infinite)"]),
        ({"lat": "43°15'"}, ['lat: "43°15\'" is not a number']),
        ({"lat": "1,234.5"}, ["lat: '1,234.5' is not a number"]),
        ({"lat": True}, ["lat: 'True' is not a number"]),
        ({"lat": "0", "lon": "0.0"}, ["lat: 0/0 is what programs write for an unknown place"]),
        (
            {"lat": "176.25", "lon": "43.25"},
            ["lat: a latitude of 176.25 is beyond the poles; lat and lon may be swapped"],
        ),
        ({"lat": "", "lon": ""}, ["lat: there are no coordinates"]),
        ({"lat": ""}, ["lat: lat is missing beside lon"]),
        ({"name": "  "}, ["name: the name is empty"]),
        ({"name": "a\0b"}, ["name: there are control characters, U+0000 or halves of emoji in the text"]),
        ({"name": "a\ud83d"}, ["name: there are control characters, U+0000 or halves of emoji in the text"]),
        ({"name": "я" * 501}, ["name: the text has 501 characters"]),
        ({"name": ["a"]}, ["name: this is no text"]),
        ({"building_year": "1066"}, ["building_year: 1066 cannot stand here"]),
        ({"building_year": "1987,5"}, ["building_year: 1987.5 cannot stand here"]),
        ({"active": "maybe"}, ["active: 'maybe' is neither yes nor no"]),
        ({"accuracy_m": "-1"}, ["accuracy_m: this is no radius in metres"]),
    ],
)
def test_what_a_cell_cannot_say_is_refused_with_column_and_reason(
    cells: dict[str, Any], reasons: list[str]
) -> None:
    assert refused(**cells) == reasons


def test_every_fault_of_a_row_is_told() -> None:
    assert [fault.split(":")[0] for fault in refused(name="", lat="x", active="?")] == ["name", "active", "lat"]


def test_a_row_that_could_not_be_read_is_refused_with_its_reason() -> None:
    found = RowReader(Reading("r"), None).read(RawRow(3, {}, "the file breaks off here"))
    assert isinstance(found, Refused)
    assert found.faults[0].reason == "the file breaks off here"


def test_text_stays_the_text_it_is_apart_from_blanks() -> None:
    assert described(name="=cmd|' /C calc'!A0").fields["name_ru"] == "=cmd|' /C calc'!A0"
    assert described(name=" Поликлиника\n  №\t1 ").fields["name_ru"] == "Поликлиника № 1"


def test_a_number_that_a_spreadsheet_made_of_digits_is_read_as_the_digits() -> None:
    found = described(bin=9.40140000385e11, id=12.0, name=103)
    assert (found.operator_tax_id, found.external_id, found.fields["name_ru"]) == ("940140000385", "12", "103")


@pytest.mark.parametrize(
    ("cells", "active"),
    [({"active": "да"}, True), ({"marked_deleted": True}, False), ({"marked_deleted": False}, True), ({}, None)],
)
def test_a_facility_is_active_unless_a_column_says_otherwise(cells: dict[str, Any], active: bool | None) -> None:
    assert described(**cells).fields.get("active") is active


def test_the_id_of_a_facility_follows_from_its_register_and_its_id_there() -> None:
    first = described().facility_id
    assert described(name="Другое имя", lat="43.3").facility_id == first
    assert described(Reading("another register")).facility_id != first
    assert described(id="a-2").facility_id != first


def test_a_row_without_an_id_is_known_by_its_name_and_address_or_else_its_spot() -> None:
    first = described(id="", address="ул. Примерная, 1")
    assert described(id="", address="УЛ ПРИМЕРНАЯ 1", lat="43.9").facility_id == first.facility_id
    assert described(id="", address="ул. Примерная, 2").facility_id != first.facility_id
    no_address = described(id="")
    assert described(id="", lat="43.25001").facility_id == no_address.facility_id
    assert described(id="", lat="43.26").facility_id != no_address.facility_id
    assert first.external_id.startswith("derived-")


def test_rows_may_each_have_columns_of_their_own() -> None:
    reader = RowReader(Reading("r"), None)
    for n in range(250):
        values = PLAIN | {f"note_{n}": "x"}
        assert isinstance(reader.read(RawRow(n, values)), Described)
    found = reader.read(RawRow(1, {"name": "Аптека"}))
    assert isinstance(found, Refused)
    assert [fault.column for fault in found.faults] == ["kind", "lat", "lon"]
