from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspection.access import Place
from inspection.facilities import known_kinds
from inspection.facility_files import open_facility_file
from inspection.facility_import import (
    Placed,
    foresee_rows,
    place_rows,
    refuse_doubles,
    region_of,
    take_rows,
)
from inspection.facility_rows import Described, Reading, RowReader, facility_id
from inspection.file_cells import Refused
from inspection.file_outcomes import MOST_ROWS, Doubles, Outcome, batches, refusal
from inspection.raw_rows import RawRow
from inspection.siting import Certainty, Districts, Site, area_index
from inspection.tables.facilities import Facility
from inspection.tables.journal import JournalEntry
from inspection.tables.operators import Operator
from inspection.taxpayers import make_bin
from tests.inspection.maps import FAR_AWAY, IN_DISTRICT, IN_NEIGHBOUR, draw
from tests.inspection.merges import merge
from tests.inspection.registers import HEADER, ROWS, feature, write_csv, write_geojson, write_xlsx
from tests.inspection.world import DISTRICT, FAILS, NEIGHBOUR, OTHER_REGION, REGION, World

SOURCE = "register"


@pytest.fixture
def mapped(world: World) -> World:
    """The small world with outlines."""
    draw(world)
    return world


def bring(
    world: World, path: Path, *, region: str | None = None, dry_run: bool = False, **how: Any
) -> list[Outcome]:
    """Import a file in one window, each batch in a unit of its own."""
    file = open_facility_file(path)
    reading = Reading(SOURCE, needs_location=region is None, **how)
    reader = RowReader(reading, file.columns)
    with world.open_session() as session:
        districts: Districts = area_index(session, world.clock().date())
        kinds = {"KZ": known_kinds(session, "KZ")}
    doubles = Doubles()
    rows = list(refuse_doubles(doubles, place_rows([reader.read(raw) for raw in file], districts, kinds, region)))
    doubles.close()
    outcomes = [refusal(row) for row in rows if isinstance(row, Refused)]
    for code, batch in batches((row for row in rows if isinstance(row, Placed)), region_of):
        if dry_run:
            with world.open_session() as session:
                outcomes += foresee_rows(session, code, batch)
        else:
            with world.unit() as unit:
                outcomes += take_rows(unit, code, batch, SOURCE)
    return sorted(outcomes, key=lambda outcome: outcome.number)


def results(outcomes: list[Outcome]) -> list[str]:
    return [outcome.result.value for outcome in outcomes]


def reasons(outcomes: list[Outcome]) -> list[tuple[int, str, str]]:
    return [(o.number, fault.column, fault.reason) for o in outcomes for fault in o.faults]


def held(world: World, external_id: str = "a-1") -> Facility:
    (row,) = world.rows(Facility, Facility.id == facility_id(SOURCE, external_id))
    return row


def row(*changes: tuple[str, Any]) -> tuple[Any, ...]:
    return tuple((dict(zip(HEADER, ROWS[0], strict=True)) | dict(changes)).values())


@pytest.mark.parametrize("form", ["csv", "xlsx", "geojson"])
def test_the_same_rows_in_every_form_make_the_same_facilities_and_again_change_nothing(
    mapped: World, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"t.{form}"
    if form == "csv":
        write_csv(path)
    elif form == "xlsx":
        write_xlsx(path, [(*r[:5], float(r[5]), float(r[6]), *r[7:]) for r in ROWS])
    else:
        named = [dict(zip(HEADER, r, strict=True)) for r in ROWS]
        write_geojson(path, [feature(float(n.pop("lon")), float(n.pop("lat")), **n) for n in named])
    assert results(bring(mapped, path, dry_run=True)) == ["created"] * 3
    assert mapped.rows(Facility) == []
    assert results(bring(mapped, path)) == ["created"] * 3
    found = [
        (f.name_ru, f.region_code, f.district_code, f.location_method)
        for f in map(held, [mapped] * 3, ["a-1", "a-2", "a-3"])
    ]
    assert found == [
        ("Поликлиника № 1", REGION, DISTRICT, "imported"),
        ("Аптека «Ромашка»", REGION, NEIGHBOUR, "imported"),
        ("Поликлиника, детская", OTHER_REGION, "711110000", "imported"),
    ]
    entries = len(mapped.rows(JournalEntry))
    mapped.clock.advance(days=1)
    assert results(bring(mapped, path, dry_run=True)) == ["unchanged"] * 3
    assert results(bring(mapped, path)) == ["unchanged"] * 3
    assert (len(mapped.rows(JournalEntry)), held(mapped).rev) == (entries, 1)


def test_a_bad_row_never_stops_the_others_and_says_where_and_why(mapped: World, tmp_path: Path) -> None:
    rows = [
        row(("id", "good-1")),
        row(("id", "bad-1"), ("name_ru", "")),
        row(("id", "bad-2"), ("lat", "76.25"), ("lon", "43.25")),
        row(("id", "bad-3"), ("lat", str(FAR_AWAY.lat)), ("lon", str(FAR_AWAY.lon))),
        row(("id", "bad-4"), ("kind", "castle")),
        row(("id", "bad-5"), ("bin", "940140000386")),
        row(("id", "good-2")),
    ]
    rows[1] = (*rows[1][:3], "", *rows[1][4:])
    outcomes = bring(mapped, write_csv(tmp_path / "t.csv", rows))
    assert results(outcomes) == ["created", *["refused"] * 5, "created"]
    assert reasons(outcomes) == [
        (3, "name_ru", "the name is empty"),
        (4, "lat", f"lat and lon are swapped: the other way round the point lies in {DISTRICT}"),
        (5, "lat", "the point lies outside every district we know"),
        (6, "kind", "'castle': the newest checklist knows no such kind"),
        (7, "bin", "the check digit is 6, by the others it must be 5"),
    ]
    assert {f.external_id for f in mapped.rows(Facility)} == {"good-1", "good-2"}


def test_a_changed_row_updates_its_facility_and_is_traced(mapped: World, tmp_path: Path) -> None:
    bring(mapped, write_csv(tmp_path / "t.csv"))
    changed = [row(("name_ru", "Новое имя"), ("address_ru", "")), *ROWS[1:]]
    path = write_csv(tmp_path / "t.csv", changed)
    assert results(bring(mapped, path, dry_run=True)) == ["updated", "unchanged", "unchanged"]
    assert results(bring(mapped, path)) == ["updated", "unchanged", "unchanged"]
    facility = held(mapped)
    assert (facility.rev, facility.name_ru) == (2, "Новое имя")
    assert facility.address_ru == "ул. Примерная, 1"  # an empty cell says nothing
    assert facility.search.startswith("novoe imia")
    (entry,) = mapped.rows(JournalEntry, JournalEntry.action == "facility.changed")
    assert entry.changes == {"name_ru": ["Поликлиника № 1", "Новое имя"]}


def test_a_second_row_of_one_id_is_refused_and_a_bad_first_one_leaves_its_id(
    mapped: World, tmp_path: Path
) -> None:
    rows = [row(("kind", "castle")), row(), row(("name_ru", "Двойник"))]
    outcomes = bring(mapped, write_csv(tmp_path / "t.csv", rows))
    assert results(outcomes) == ["refused", "created", "refused"]
    assert reasons(outcomes)[1] == (4, "id", "row 3 has this id too")
    assert held(mapped).name_ru == "Поликлиника № 1"


def test_rows_without_ids_are_told_apart_by_name_and_address(mapped: World, tmp_path: Path) -> None:
    header, rows = HEADER[1:], [r[1:] for r in (*ROWS, ROWS[0])]
    path = write_csv(tmp_path / "t.csv", rows, header)
    outcomes = bring(mapped, path)
    assert results(outcomes) == ["created", "created", "created", "refused"]
    assert reasons(outcomes) == [(5, "external_id", "row 2 has the same name and address")]
    assert results(bring(mapped, path)) == ["unchanged", "unchanged", "unchanged", "refused"]


def test_what_lies_nowhere_is_taken_into_a_named_region_and_marked(mapped: World, tmp_path: Path) -> None:
    rows = [
        row(("id", "out"), ("lat", str(FAR_AWAY.lat)), ("lon", str(FAR_AWAY.lon))),
        row(("id", "none"), ("lat", ""), ("lon", "")),
        row(("id", "in")),
        row(("id", "swapped"), ("lat", "76.25"), ("lon", "43.25")),
        row(("id", "zero"), ("lat", "0"), ("lon", "0")),
    ]
    path = write_csv(tmp_path / "t.csv", rows)
    outcomes = bring(mapped, path, region=OTHER_REGION)
    assert results(outcomes) == ["created", "created", "created", "refused", "refused"]
    found = {f.external_id: (f.region_code, f.area_certainty, f.lat) for f in mapped.rows(Facility)}
    assert found == {
        "out": (OTHER_REGION, "given", FAR_AWAY.lat),
        "none": (OTHER_REGION, "unknown", None),
        "in": (REGION, "inside", IN_DISTRICT.lat),
    }


def test_a_number_of_an_operator_links_its_facilities_and_makes_the_operator_once(
    mapped: World, tmp_path: Path
) -> None:
    number = make_bin(1)
    rows = [
        row(("id", "1"), ("bin", number), ("operator", "КГП Пример")),
        row(("id", "2"), ("bin", number), ("operator", "Иначе")),
        row(("id", "3"), ("operator", "Без номера")),
        row(("id", "4"), ("bin", number), ("lat", "51.5"), ("lon", "71.5")),
    ]
    path = write_csv(tmp_path / "t.csv", rows)
    assert results(bring(mapped, path)) == ["created"] * 4
    operators = {o.home_region: o for o in mapped.rows(Operator)}
    assert set(operators) == {REGION, OTHER_REGION}
    assert operators[REGION].name_ru == "КГП Пример"
    linked = {f.external_id: f.operator_id for f in mapped.rows(Facility)}
    assert linked == {
        "1": operators[REGION].id,
        "2": operators[REGION].id,
        "3": None,
        "4": operators[OTHER_REGION].id,
    }
    assert results(bring(mapped, path, dry_run=True)) == ["unchanged"] * 4
    assert results(bring(mapped, path)) == ["unchanged"] * 4
    assert len(mapped.rows(Operator)) == 2


def test_a_better_location_is_not_replaced_by_the_registers(mapped: World, tmp_path: Path) -> None:
    bring(mapped, write_csv(tmp_path / "t.csv"))
    with mapped.unit() as unit:
        facility = unit.session.get_one(Facility, (REGION, facility_id(SOURCE, "a-1")))
        facility.lat, facility.location_method = 43.251, "fix"
    moved = write_csv(tmp_path / "t.csv", [row(("lat", "43.3"), ("name_ru", "Новое имя"))])
    assert results(bring(mapped, moved)) == ["updated"]
    assert (held(mapped).lat, held(mapped).name_ru) == (43.251, "Новое имя")


def test_a_register_does_not_open_a_facility_again_for_which_another_stands(mapped: World, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [(*r, "yes") for r in ROWS], (*HEADER, "active"))
    bring(mapped, path)
    one, other = (facility_id(SOURCE, external) for external in ("a-1", "a-2"))
    merge(mapped, one, other)
    renamed = [(*row(("name_ru", "Новое имя")), "yes"), *((*r, "yes") for r in ROWS[1:])]
    assert results(bring(mapped, write_csv(tmp_path / "t.csv", renamed, (*HEADER, "active"))))[0] == "updated"
    facility = held(mapped)
    assert (facility.name_ru, facility.active, facility.merged_into) == ("Новое имя", False, other)


def test_a_facility_that_moves_in_the_register_takes_its_violations_to_the_new_district(
    mapped: World, tmp_path: Path
) -> None:
    bring(mapped, write_csv(tmp_path / "t.csv"))
    facility = held(mapped).id
    mapped.audited(facility, FAILS)
    moved = write_csv(tmp_path / "t.csv", [row(("lon", str(IN_NEIGHBOUR.lon)))])
    assert results(bring(mapped, moved)) == ["updated"]
    assert {v.district_code for v in mapped.violations(facility).values()} == {NEIGHBOUR}


def test_a_facility_that_moves_to_another_region_is_refused(mapped: World, tmp_path: Path) -> None:
    bring(mapped, write_csv(tmp_path / "t.csv"))
    path = write_csv(tmp_path / "t.csv", [row(("lat", "51.5"), ("lon", "71.5"))])
    for dry_run in (True, False):
        outcomes = bring(mapped, path, dry_run=dry_run)
        assert results(outcomes) == ["refused"]
        assert f"held in region {REGION}" in reasons(outcomes)[0][2]


def test_batches_are_of_one_region_and_of_at_most_500_rows(mapped: World, tmp_path: Path) -> None:
    rows = [row(("id", str(n)), *([("lat", "51.5"), ("lon", "71.5")] if n % 3 else [])) for n in range(900)]
    file = open_facility_file(write_csv(tmp_path / "t.csv", rows))
    reader = RowReader(Reading(SOURCE), file.columns)
    with mapped.open_session() as session:
        districts = area_index(session, mapped.clock().date())
    placed = place_rows([reader.read(raw) for raw in file], districts, {"KZ": frozenset({"polyclinic"})}, None)
    made = list(batches((each for each in placed if isinstance(each, Placed)), region_of))
    assert [(region, len(batch)) for region, batch in made] == [
        (OTHER_REGION, 500),
        (OTHER_REGION, 100),
        (REGION, 300),
    ]
    numbers = [each.row.number for each in made[0][1]]
    assert numbers == sorted(numbers)
    assert MOST_ROWS == 500


def test_two_imports_of_one_file_at_once_make_each_facility_once(own_world: World, tmp_path: Path) -> None:
    draw(own_world)
    rows = [row(("id", str(n)), ("bin", make_bin(n % 7))) for n in range(60)]
    path = write_csv(tmp_path / "t.csv", rows)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: results(bring(own_world, path)), range(2)))
    assert Counter(both[0] + both[1]) == {"created": 60, "unchanged": 60}
    assert len(own_world.rows(Facility)) == 60
    assert len(own_world.rows(Operator)) == 7


def test_doubles_are_found_across_windows() -> None:
    rows = [_placed(n, UUID(int=n % 5)) for n in range(10)]
    doubles = Doubles()
    first = list(refuse_doubles(doubles, rows[:5]))
    second = list(refuse_doubles(doubles, rows[5:]))
    doubles.close()
    assert all(isinstance(each, Placed) for each in first)
    assert all(isinstance(each, Refused) for each in second)


def _placed(number: int, id: UUID) -> Placed:  # noqa: A002
    reader = RowReader(Reading(SOURCE, kind="polyclinic", needs_location=False), ("name",))
    described = reader.read(RawRow(number, {"name": "Аптека"}))
    assert isinstance(described, Described)
    return Placed(replace(described, facility_id=id), Site(Place("KZ", REGION), Certainty.GIVEN), None)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["nan", "0", "43,25", "76.25", "=1", "\0", "\ud800", "940140000385", "да"]),
    st.lists(st.integers(), max_size=2),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cells=st.dictionaries(st.sampled_from([*HEADER, "active", "marked_deleted", "accuracy_m", "x"]), CELLS))
def test_no_row_whatever_stands_in_it_raises(cells: dict[str, Any]) -> None:
    read = RowReader(Reading(SOURCE, needs_location=False), None).read(RawRow(1, cells))
    place_rows([read], Districts(None, {}), {"KZ": frozenset({"polyclinic"})}, None)
