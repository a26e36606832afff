from datetime import date

import pytest

from inspection.errors import Fault, InvalidInput
from inspection.siting import Certainty, Districts, Site, Spot, area_index, check_spot, site
from tests.inspection.maps import (
    A_KILOMETRE_OUT,
    ELSEWHERE,
    FAR_AWAY,
    IN_DISTRICT,
    IN_NEIGHBOUR,
    ON_THE_BORDER,
    draw,
)
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, OTHER_DISTRICT, OTHER_REGION, REGION, World


@pytest.fixture
def districts(world: World) -> Districts:
    draw(world)
    with world.open_session() as session:
        return area_index(session, date(2026, 3, 16))


def told(found: Site) -> tuple[str, str | None, str]:
    return found.place.region_code, found.place.district_code, found.certainty.value


def refusal(districts: Districts, spot: Spot | None, area_code: str | None = None) -> Fault:
    with pytest.raises(InvalidInput) as refused:
        site(districts, spot, area_code)
    (fault,) = refused.value.faults
    return fault


def test_coordinates_tell_region_and_district_and_how_sure_that_is(districts: Districts) -> None:
    assert told(site(districts, IN_DISTRICT, None)) == (REGION, DISTRICT, "inside")
    assert told(site(districts, A_KILOMETRE_OUT, None)) == (REGION, DISTRICT, "nearest")
    assert told(site(districts, ON_THE_BORDER, None)) == (REGION, DISTRICT, "uncertain")
    assert told(site(districts, ELSEWHERE, None)) == (OTHER_REGION, OTHER_DISTRICT, "inside")


def test_a_person_decides_between_the_districts_that_a_place_could_lie_in(districts: Districts) -> None:
    assert told(site(districts, ON_THE_BORDER, NEIGHBOUR)) == (REGION, NEIGHBOUR, "given")
    assert told(site(districts, ON_THE_BORDER, DISTRICT)) == (REGION, DISTRICT, "given")
    assert told(site(districts, ON_THE_BORDER, REGION)) == (REGION, DISTRICT, "uncertain")


def test_a_named_area_that_the_coordinates_do_not_lie_in_is_refused(districts: Districts) -> None:
    assert told(site(districts, IN_DISTRICT, REGION)) == (REGION, DISTRICT, "inside")
    assert told(site(districts, IN_DISTRICT, DISTRICT)) == (REGION, DISTRICT, "inside")
    fault = refusal(districts, IN_DISTRICT, NEIGHBOUR)
    assert (fault.pointer, fault.reason) == (
        "/area_code",
        f"the coordinates lie in {DISTRICT}, not in {NEIGHBOUR}",
    )
    assert refusal(districts, IN_DISTRICT, OTHER_REGION).pointer == "/area_code"


def test_a_place_outside_every_district_needs_a_named_area(districts: Districts) -> None:
    assert refusal(districts, FAR_AWAY).pointer == "/lat"
    assert told(site(districts, FAR_AWAY, REGION)) == (REGION, None, "given")
    assert told(site(districts, FAR_AWAY, DISTRICT)) == (REGION, DISTRICT, "given")


def test_without_coordinates_only_a_named_area_is_known(districts: Districts) -> None:
    assert refusal(districts, None).pointer == "/area_code"
    assert told(site(districts, None, REGION)) == (REGION, None, "unknown")
    assert told(site(districts, None, DISTRICT)) == (REGION, DISTRICT, "given")


@pytest.mark.parametrize("code", ["nowhere", COUNTRY])
def test_a_named_area_has_to_be_a_region_or_district(districts: Districts, code: str) -> None:
    assert refusal(districts, None, code).pointer == "/area_code"


def test_swapped_coordinates_are_refused_with_the_right_ones_and_never_turned_round(districts: Districts) -> None:
    swapped = Spot(IN_DISTRICT.lon, IN_DISTRICT.lat)
    for named in (None, REGION):
        fault = refusal(districts, swapped, named)
        assert fault.pointer == "/lat"
        assert fault.reason == f"lat and lon are swapped: the other way round the point lies in {DISTRICT}"
        assert fault.accepted == "lat 43.25 and lon 76.25, if that is the place"


@pytest.mark.parametrize("named", [None, REGION, OTHER_DISTRICT])
def test_coordinates_that_fit_the_country_only_the_other_way_round_are_refused_as_swapped(
    districts: Districts, named: str | None
) -> None:
    fault = refusal(districts, Spot(FAR_AWAY.lon, FAR_AWAY.lat), named)
    assert (fault.pointer, fault.accepted) == ("/lat", "lat 48 and lon 60, if that is the place")
    assert fault.reason == "lat and lon are swapped: the other way round the point lies in KZ"


@pytest.mark.parametrize("spot", [Spot(-80.0, -170.0), Spot(55.9, 60.0), Spot(39.0, 88.0)])
def test_a_named_area_does_not_hold_what_lies_outside_its_country(districts: Districts, spot: Spot) -> None:
    fault = refusal(districts, spot, REGION)
    assert (fault.pointer, fault.reason) == ("/lat", "the point lies outside KZ")
    assert fault.accepted == "a latitude from 40.37 to 55.64 and a longitude from 46.29 to 87.52"


def test_an_import_may_put_points_from_abroad_into_a_named_region_but_never_swapped_ones(
    districts: Districts,
) -> None:
    abroad, swapped = Spot(-34.6, -58.4), Spot(FAR_AWAY.lon, FAR_AWAY.lat)
    found, refused = districts.sites([abroad, swapped], [REGION, REGION], abroad=True)
    assert isinstance(found, Site)
    assert told(found) == (REGION, None, "given")
    assert isinstance(refused, Fault)


def test_many_spots_are_placed_at_once_each_with_its_own_answer(districts: Districts) -> None:
    found = districts.sites([IN_NEIGHBOUR, None, FAR_AWAY, IN_DISTRICT], [None, REGION, None, None])
    kinds = [each.certainty if isinstance(each, Site) else each.pointer for each in found]
    assert kinds == [Certainty.INSIDE, Certainty.UNKNOWN, "lat", Certainty.INSIDE]


def test_without_boundaries_a_named_area_is_all_that_is_known(world: World) -> None:
    with world.open_session() as session:
        districts = area_index(session, date(2026, 3, 16))
    assert told(site(districts, IN_DISTRICT, REGION)) == (REGION, None, "given")
    assert refusal(districts, IN_DISTRICT).pointer == "/lat"


@pytest.mark.parametrize(
    ("lat", "lon", "pointers"),
    [
        (None, None, []),
        (43.2, 76.9, []),
        (43.2, None, ["lon"]),
        (None, 76.9, ["lat"]),
        (0.0, 0.0, ["lat"]),
        (float("nan"), 76.9, ["lat"]),
        (43.2, float("inf"), ["lat"]),
        (176.9, 43.2, ["lat"]),
        (-90.5, 180.5, ["lat", "lon"]),
    ],
)
def test_coordinates_are_both_there_finite_on_the_globe_and_not_0_0(
    lat: float | None, lon: float | None, pointers: list[str]
) -> None:
    assert [fault.pointer for fault in check_spot(lat, lon)] == pointers
