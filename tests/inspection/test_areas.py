from datetime import date
from typing import Any

import pytest

from inspection.areas import Edition, list_areas, one_area
from inspection.boundary_file import AreaRecord, read_boundaries
from inspection.errors import InvalidInput, NotFound
from inspection.siting import area_index
from inspection.tables.areas import Area, AreaBoundary, AreaEdition
from inspection.tables.journal import JournalEntry
from tests.inspection.maps import EDITION, IN_DISTRICT, draw, record
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, OTHER_DISTRICT, OTHER_REGION, REGION, World
from tests.shared_files import shared

LATER = Edition("kz-2030", date(2030, 1, 1), "")
EARLIER = Edition("kz-2018", date(2018, 1, 1), "")


def test_the_same_records_again_change_nothing(world: World) -> None:
    first = draw(world)
    entries = len(world.rows(JournalEntry))
    world.clock.advance(days=1)
    second = draw(world)
    assert (first.redrawn, first.unchanged) == (5, 0)
    assert (second.created, second.renamed, second.redrawn, second.unchanged) == (0, 0, 0, 5)
    assert len(world.rows(JournalEntry)) == entries
    assert world.rows(AreaEdition)[0].imported_at < world.clock()


def test_a_country_is_made_with_its_first_area_and_has_its_names(world: World) -> None:
    kyrgyz = record(REGION, country="KG", code="41702000000000", parent="KG", classifier="SOATE")
    draw(world, [kyrgyz], Edition("kg-2024", date(2024, 1, 1), ""))
    (country,) = world.rows(Area, Area.code == "KG")
    assert (country.level, country.parent_code, country.name_ru, country.name_en) == (
        0,
        None,
        "Кыргызстан",
        "Kyrgyzstan",
    )


def test_a_district_without_its_region_is_refused_and_nothing_is_written(world: World) -> None:
    orphan = record(DISTRICT, code="633400000", parent="630000000")
    with pytest.raises(InvalidInput, match="tree") as refused:
        draw(world, [record(REGION), orphan])
    assert [fault.pointer for fault in refused.value.faults] == ["/1/parent"]
    assert world.rows(AreaBoundary) == []


def test_a_code_that_is_held_under_another_parent_is_refused(world: World) -> None:
    draw(world)
    with pytest.raises(InvalidInput) as refused:
        draw(world, [record(OTHER_REGION), record(DISTRICT, parent=OTHER_REGION)], LATER)
    assert [fault.pointer for fault in refused.value.faults] == ["/1/parent"]
    assert world.rows(Area, Area.code == DISTRICT)[0].parent_code == REGION


def test_areas_of_two_countries_are_no_edition(world: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        draw(world, [record(REGION), record(REGION, country="KG", code="41702000000000")])
    assert refused.value.faults[0].pointer == "/country"


def test_a_name_that_a_file_lacks_is_taken_from_the_local_one(world: World) -> None:
    draw(world, [record(REGION, name_ru=None, name_en=None)])
    (area,) = world.rows(Area, Area.code == REGION)
    assert area.name_ru == area.name_en == area.name_kk


def test_a_new_edition_ends_the_one_before_and_an_older_one_ends_where_the_next_begins(world: World) -> None:
    draw(world)
    draw(world, edition=LATER)
    draw(world, edition=EARLIER)
    held = {row.id: (row.valid_from, row.valid_to) for row in world.rows(AreaEdition)}
    assert held == {
        "kz-2018": (date(2018, 1, 1), date(2024, 1, 1)),
        "kz-2024": (date(2024, 1, 1), date(2030, 1, 1)),
        "kz-2030": (date(2030, 1, 1), None),
    }


def test_names_follow_the_newest_edition_only(world: World) -> None:
    draw(world)
    draw(world, [record(REGION, name_ru="старое имя")], EARLIER)
    assert world.rows(Area, Area.code == REGION)[0].name_ru == f"район {REGION}"
    report = draw(world, [record(REGION, name_ru="новое имя")], LATER)
    assert report.renamed == 1
    assert world.rows(Area, Area.code == REGION)[0].name_ru == "новое имя"
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "area.renamed", JournalEntry.object_id == REGION)[
        1:
    ]
    assert entry.changes["name_ru"] == [f"район {REGION}", "новое имя"]


def test_an_edition_cannot_be_imported_with_another_first_day(world: World) -> None:
    draw(world)
    with pytest.raises(InvalidInput) as refused:
        draw(world, edition=Edition("kz-2024", date(2025, 1, 1), ""))
    assert refused.value.faults[0].pointer == "/edition"


def test_two_editions_of_a_country_cannot_begin_on_one_day(world: World) -> None:
    draw(world)
    with pytest.raises(InvalidInput) as refused:
        draw(world, edition=Edition("kz-2024-b", EDITION.valid_from, ""))
    assert refused.value.faults[0].pointer == "/valid_from"


def test_areas_are_listed_by_country_level_and_parent(world: World) -> None:
    draw(world)

    def codes(**wanted: Any) -> list[str]:
        with world.open_session() as session:
            return [area.code for area in list_areas(session, **wanted)]

    assert codes(level=0) == [COUNTRY]
    assert codes(parent=REGION) == [DISTRICT, NEIGHBOUR]
    assert codes(country=COUNTRY, level=2) == [OTHER_DISTRICT, DISTRICT, NEIGHBOUR]
    assert codes(country="KG") == []


def test_an_area_that_does_not_exist_is_not_found(world: World) -> None:
    with world.open_session() as session:
        assert one_area(session, REGION).code == REGION
        with pytest.raises(NotFound):
            one_area(session, "nowhere")


def test_districts_are_those_of_the_edition_valid_on_the_day(world: World) -> None:
    narrower = record(DISTRICT, (76.0, 43.0, 76.1, 43.5))
    wider = record(NEIGHBOUR, (76.1, 43.0, 77.0, 43.5))
    draw(world)
    draw(world, [record(REGION), narrower, wider], LATER)

    def district(on: date) -> str | None:
        with world.open_session() as session:
            (site,) = area_index(session, on).sites([IN_DISTRICT], [None])
            return site.place.district_code  # type: ignore[union-attr]

    assert district(date(2029, 12, 31)) == DISTRICT
    assert district(date(2030, 1, 1)) == NEIGHBOUR


def test_the_index_is_kept_until_a_boundary_changes(world: World) -> None:
    draw(world)
    with world.open_session() as session:
        first = area_index(session, date(2026, 1, 1))
        assert area_index(session, date(2026, 1, 1)) is first
    world.clock.advance(hours=1)
    draw(world, [record(DISTRICT, (76.0, 43.0, 76.4, 43.5))])
    with world.open_session() as session:
        assert area_index(session, date(2026, 1, 1)) is not first


def test_before_the_first_edition_no_district_is_known(world: World) -> None:
    draw(world)
    with world.open_session() as session:
        assert area_index(session, date(2023, 12, 31)).index is None


def test_the_real_files_make_20_and_224_areas_of_kazakhstan_9_and_53_of_kyrgyzstan(own_world: World) -> None:
    for country in ("kz", "kg"):
        records: list[AreaRecord] = []
        for name in {"kz": ("kz_adm1_2024", "kz_adm2_2024"), "kg": ("kg_adm1", "kg_adm2")}[country]:
            path = shared(f"data/geo/{name}.geojson")
            records += read_boundaries(path, known={r.code for r in records}).records
        draw(own_world, records, Edition(f"{country}-2024", date(2024, 1, 1), ""))
    drawn = {row.code for row in own_world.rows(AreaBoundary)}
    counts = [
        len(own_world.rows(Area, Area.country == country, Area.level == level, Area.code.in_(drawn)))
        for country in ("KZ", "KG")
        for level in (1, 2)
    ]
    assert counts == [20, 224, 9, 53]
