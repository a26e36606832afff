import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely

from geo.boundaries import AreaIndex
from inspection.area_properties import regions
from inspection.boundary_file import AreaRecord, read_boundaries
from inspection.countries import COUNTRIES
from inspection.errors import Fault, InvalidInput
from tests.shared_files import shared

DEMO = Path(__file__).parents[2] / "inspect/inspection/data/demo-areas.geojson"
Write = Callable[..., Path]


def square(west: float = 70.0, south: float = 50.0, side: float = 1.0) -> dict[str, Any]:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    plain = {"country": "KZ", "code": "990000000", "level": 1, "parent": "KZ", "name_kk": "Демо облысы"}
    return {"type": "Feature", "properties": plain | properties, "geometry": geometry or square()}


def district(code: str = "993200000", **properties: Any) -> dict[str, Any]:
    return feature(**({"code": code, "level": 2, "parent": "990000000"} | properties))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(*features: Any, **members: Any) -> Path:
        path = tmp_path / "areas.geojson"
        document = {"type": "FeatureCollection", "features": list(features)} | members
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return written


def faults(path: Path, **options: Any) -> tuple[Fault, ...]:
    with pytest.raises(InvalidInput) as caught:
        read_boundaries(path, **options)
    assert all(fault.accepted for fault in caught.value.faults)
    return caught.value.faults


def the_fault(path: Path, **options: Any) -> Fault:
    [fault] = faults(path, **options)
    return fault


def test_the_plain_form_is_read_with_its_tree(write: Write) -> None:
    path = write(feature(name_ru="Демонстрационная область"), district(name_kk="Демо-Арқа  ауданы", name_en=""))
    region, below = read_boundaries(path).records
    assert (region.code, region.parent, region.level, region.classifier) == ("990000000", "KZ", 1, "KATO")
    assert (region.name_ru, region.name_en) == ("Демонстрационная область", None)
    assert (below.parent, below.name_kk, below.name_en) == ("990000000", "Демо-Арқа ауданы", None)
    assert below.bbox == (70.0, 50.0, 71.0, 51.0)
    assert shapely.from_wkb(below.boundary).equals(shapely.box(*below.bbox))


def test_a_country_is_an_area_without_a_parent(write: Write) -> None:
    [country] = read_boundaries(write(feature(code="KZ", level=0, parent=None))).records
    assert (country.code, country.level, country.parent) == ("KZ", 0, None)


def test_a_region_of_the_kazakh_set_gets_its_names_from_our_table(write: Write) -> None:
    adjective = {"level": 1, "code": "KZ10", "kato": "100000000", "name_kk": "Абай", "name_ru": "Абайская"}
    [region] = read_boundaries(write({"type": "Feature", "properties": adjective, "geometry": square()})).records
    assert (region.code, region.parent) == ("100000000", "KZ")
    assert (region.name_kk, region.name_ru, region.name_en) == ("Абай облысы", "область Абай", "Abai Region")


def test_a_district_of_the_kazakh_set_finds_its_region_by_the_old_code(write: Write) -> None:
    properties = {"level": 2, "code": "KZ101000", "kato": "101000000", "adm1_code": "KZ10", "name_kk": "Семей"}
    path = write({"type": "Feature", "properties": properties, "geometry": square()})
    assert read_boundaries(path, known={"100000000"}).records[0].parent == "100000000"
    assert "there is no area 100000000" in the_fault(path).reason


def test_a_kyrgyz_code_becomes_a_soate_code_of_fourteen_digits(write: Write) -> None:
    properties = {"level": 2, "code": "KG07232000000", "adm1_code": "KG07000000000", "name_ky": "Талас"}
    path = write({"type": "Feature", "properties": properties, "geometry": square(71.0, 42.0, 0.5)})
    [area] = read_boundaries(path, known={"41707000000000"}).records
    assert (area.code, area.parent, area.country) == ("41707232000000", "41707000000000", "KG")
    assert (area.name_kk, area.name_ru, area.classifier) == ("Талас", None, "SOATE")


def test_a_city_that_repeats_its_region_gets_a_code_of_its_own(write: Write) -> None:
    city = {"level": 2, "code": "KG11000000000", "adm1_code": "KG11000000000", "name_ky": "Бишкек ш."}
    region = {"level": 1, "code": "KG11000000000", "name_ky": "Бишкек ш."}
    plot = square(74.4, 42.7, 0.2)
    both = [{"type": "Feature", "properties": one, "geometry": plot} for one in (region, city)]
    above, below = read_boundaries(write(*both)).records
    assert (above.code, below.code, below.parent) == ("41711000000000", "41711000000000-2", "41711000000000")


def test_letters_of_another_alphabet_are_replaced_and_said(write: Write) -> None:
    path = write(feature(name_kk="Чоӊ-Алай", name_ru="Aршалинский", name_en="Chong-Alai"))
    found = read_boundaries(path)
    assert (found.records[0].name_kk, found.records[0].name_ru) == ("Чоң-Алай", "Аршалинский")
    assert found.records[0].name_en == "Chong-Alai"
    assert [remark.pointer for remark in found.remarks] == [
        "/features/0/properties/name_kk",
        "/features/0/properties/name_ru",
    ]


def test_a_repaired_outline_is_said(write: Write) -> None:
    hair = square()
    hair["coordinates"][0].insert(4, [70.00001, 51.00001])
    found = read_boundaries(write(feature(hair)))
    assert [remark.pointer for remark in found.remarks] == ["/features/0/geometry"]
    assert shapely.is_valid(shapely.from_wkb(found.records[0].boundary))


@pytest.mark.parametrize(
    ("wrong", "pointer", "why"),
    [
        ({"level": 3}, "properties/level", "the level is 3"),
        ({"level": True}, "properties/level", "the level is True"),
        ({"level": [1]}, "properties/level", "the level is [1]"),
        ({"country": "UZ"}, "properties/country", "'UZ'"),
        ({"country": ["KZ"]}, "properties/country", "['KZ']"),
        ({"code": 990000000}, "properties/code", "the code is 990000000"),
        ({"code": "9900"}, "properties/code", "'9900'"),
        ({"code": "990000000", "kato": "99"}, "properties/kato", "'99'"),
        ({"parent": None}, "properties/parent", "is None"),
        ({"name_kk": None}, "properties/name_kk", "no name in the state language"),
        ({"name_kk": " "}, "properties/name_kk", "no name in the state language"),
        ({"name_ru": 7}, "properties/name_ru", "the name is 7"),
        ({"name_ru": "а\u0000б"}, "properties/name_ru", "unprintable"),
        ({"name_ru": "а\ud800б"}, "properties/name_ru", "unprintable"),
        ({"name_en": "x" * 201}, "properties/name_en", "too long"),
    ],
)
def test_a_wrong_property_is_refused_by_its_place(
    write: Write, wrong: dict[str, Any], pointer: str, why: str
) -> None:
    fault = the_fault(write(feature(), feature(**({"code": "980000000"} | wrong)), district()))
    assert fault.pointer == f"/features/1/{pointer}"
    assert fault.reason.startswith("feature 2: ")
    assert why in fault.reason


def test_a_district_whose_code_is_of_another_region_is_refused(write: Write) -> None:
    fault = the_fault(write(feature(), district(parent="100000000")))
    assert "the parent of 993200000 is '100000000'" in fault.reason
    assert fault.accepted.startswith("990000000")


def test_two_features_with_one_code_are_refused(write: Write) -> None:
    fault = the_fault(write(feature(), district(), district()))
    assert (fault.pointer, fault.reason) == (
        "/features/2/properties/code",
        "feature 3: feature 2 has the code 993200000 too",
    )


def test_a_district_without_its_region_is_refused(write: Write) -> None:
    assert "there is no area 990000000" in the_fault(write(district())).reason


def test_a_parent_of_the_wrong_level_is_refused(write: Write) -> None:
    path = write(feature(code="990000000", level=2, parent="990000000"), district())
    assert any("is of level 2" in fault.reason for fault in faults(path))


def test_swapped_axes_are_called_so(write: Write) -> None:
    fault = the_fault(write(feature(square(50.0, 70.0))))
    assert "the axes are swapped" in fault.reason
    assert fault.accepted == "longitude 46.29 to 87.52, then latitude 40.37 to 55.64"


def test_an_outline_in_another_country_is_refused(write: Write) -> None:
    assert "from 10, 50 to 11, 51, outside Kazakhstan" in the_fault(write(feature(square(10.0)))).reason


def test_a_number_that_is_none_is_refused_with_its_position(write: Write) -> None:
    plot = square()
    plot["coordinates"][0][2][1] = float("nan")
    fault = the_fault(write(feature(plot)))
    assert fault.pointer == "/features/0/geometry/coordinates/0/2"


def test_every_fault_of_every_feature_is_told_at_once(write: Write) -> None:
    path = write(feature(square(50.0, 70.0), name_kk=""), "no feature", district(parent="x", name_ru=1))
    assert [fault.pointer for fault in faults(path)] == [
        "/features/0/properties/name_kk",
        "/features/0/geometry",
        "/features/1",
        "/features/2/properties/parent",
        "/features/2/properties/name_ru",
    ]


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"])
def test_a_crs_member_that_says_wgs_84_is_taken(write: Write, name: str) -> None:
    assert read_boundaries(write(feature(), crs={"type": "name", "properties": {"name": name}})).records


@pytest.mark.parametrize("crs", [None, "EPSG:4326", {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}])
def test_another_crs_or_an_unknown_one_is_refused(write: Write, crs: Any) -> None:
    assert the_fault(write(feature(), crs=crs)).pointer == "/crs"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "broken JSON at line 1, column 1"),
        (b'{"type": "FeatureCollection",\n "features": [}', "broken JSON at line 2, column 15"),
        ('{"type": "Пункт"}'.encode("cp1251"), "byte 11 is not UTF-8"),
        (b"[" * 200_000, "the JSON cannot be read"),
        (b"[" + b"9" * 5_000 + b"]", "the JSON cannot be read"),
        (b'{"type": "Feature"}', "this is 'Feature'"),
        (b"[]", "this is 'list'"),
        (b'{"type": "FeatureCollection", "features": []}', "no features"),
    ],
)
def test_what_is_no_feature_collection_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "areas.geojson"
    path.write_bytes(content)
    assert why in the_fault(path).reason


def test_a_byte_order_mark_does_no_harm(write: Write) -> None:
    path = write(feature())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_boundaries(path).records


def test_a_file_over_the_limit_is_refused_unread(write: Write) -> None:
    path = write(feature())
    assert "bytes" in the_fault(path, limit_bytes=100).reason


def test_our_table_of_regions_is_complete_and_in_three_languages() -> None:
    assert len(regions()) == 20
    for code, row in regions().items():
        assert COUNTRIES["KZ"].classifier.region_of(code) == code
        assert row["name_kk"]
        assert row["name_ru"]
        assert row["name_en"]
        assert row["verified"] in ("true", "false")


def test_the_demo_region_is_exactly_covered_by_its_six_districts() -> None:
    found = read_boundaries(DEMO)
    region, *districts = found.records
    assert (region.code, len(districts), found.remarks) == ("990000000", 6, ())
    outlines = [shapely.from_wkb(area.boundary) for area in districts]
    assert shapely.union_all(outlines).equals(shapely.from_wkb(region.boundary))
    overlap = sum(map(shapely.area, outlines)) - shapely.area(shapely.from_wkb(region.boundary))
    assert overlap == pytest.approx(0, abs=1e-12)
    for area in found.records:
        assert "Демо" in area.name_kk
        assert area.name_ru
        assert area.name_en


@pytest.fixture(scope="module")
def real_areas() -> list[AreaRecord]:
    found: list[AreaRecord] = []
    for name in ("kz_adm1_2024", "kz_adm2_2024", "kg_adm1", "kg_adm2"):
        path = shared(f"data/geo/{name}.geojson")
        found += read_boundaries(path, known={area.code for area in found}).records
    return found


def test_the_real_files_hold_every_region_and_district_with_a_code_of_its_own(
    real_areas: list[AreaRecord],
) -> None:
    counts = {(c, n): sum((a.country, a.level) == (c, n) for a in real_areas) for c in COUNTRIES for n in (1, 2)}
    assert counts == {("KZ", 1): 20, ("KZ", 2): 224, ("KG", 1): 9, ("KG", 2): 53}
    assert len({area.code for area in real_areas}) == len(real_areas)


def test_each_real_district_lies_in_the_region_its_code_names(real_areas: list[AreaRecord]) -> None:
    of_level = {n: [area for area in real_areas if area.level == n] for n in (1, 2)}
    index = AreaIndex([a.code for a in of_level[1]], [shapely.from_wkb(a.boundary) for a in of_level[1]])
    spots = shapely.point_on_surface(shapely.from_wkb([area.boundary for area in of_level[2]]))
    found = index.assign(shapely.get_x(spots), shapely.get_y(spots))
    assert [found.code(n) for n in range(len(spots))] == [area.parent for area in of_level[2]]


def test_the_regions_of_2018_are_read_too() -> None:
    assert len(read_boundaries(shared("data/geo/kz_adm1_2018.geojson")).records) == 17
