"""Places written down twice are found; neighbours that look alike are left apart."""

import pytest

from geo.similarity import Place, candidates
from geo.spellings import spelling_of


def place(key: str, name: str, address: str = "", lon: float = 71.43) -> Place:
    return Place(key, lon, 51.13, 10.0, name, address, "pharmacy")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ТОО «Қуаныш»", "Куаныш"),
        ("Аптека Жазира", "Zhazira dárihana"),
        ("Дәріхана Шаттық", "Apteka Shattyq"),
        ("Мөлдір ЖШС", "Moldir"),
    ],
)
def test_one_name_in_three_ways_of_writing_is_one_name(one: str, other: str) -> None:
    assert spelling_of(one) == spelling_of(other)


def test_numbers_are_kept_apart_from_words() -> None:
    assert spelling_of("Поликлиника № 3").numbers == {"3"}
    assert spelling_of("ул. Абая, 12/1").numbers != spelling_of("ул. Абая, 12").numbers


def test_a_transliterated_name_eighty_metres_away_is_a_candidate() -> None:
    assert len(list(candidates([place("a", "Аптека Жазира"), place("b", "Zhazira", lon=71.43114)]))) == 1


def test_polyclinics_three_and_five_next_door_are_two_places() -> None:
    assert not list(candidates([place("a", "Поликлиника № 3"), place("b", "Поликлиника № 5")]))


def score(one: Place, other: Place) -> float:
    return next(found.score for found in candidates([one, other], 0))


def test_branches_of_a_chain_along_one_street_are_two_places() -> None:
    assert not list(candidates([place("a", "Садыхан", "Абая 12"), place("b", "Садыхан", "Абая 40", lon=71.4309)]))


def test_the_number_of_a_street_is_not_taken_for_the_house() -> None:
    one, other = place("a", "Садыхан", "улица 187, 12"), place("b", "Садыхан", "улица 187, 40", lon=71.4309)
    assert not list(candidates([one, other]))


def test_a_house_on_a_corner_is_one_place_under_the_addresses_of_both_streets() -> None:
    found = list(candidates([place("a", "Садыхан", "Абая 12"), place("b", "Садыхан", "Сатпаева 40")]))
    assert ("other_house", 1.0) in found[0].reasons


@pytest.mark.parametrize("written", ["ул. Абая, д. 12", "Абая 12/1", "Абай көшесі, 12 А", "Абая 12, кв. 3"])
def test_one_house_written_in_another_way_is_no_other_house(written: str) -> None:
    found = list(candidates([place("a", "Садыхан", "Абая 12"), place("b", "Садыхан", written, lon=71.4309)]))
    assert "other_house" not in dict(found[0].reasons)


def test_an_address_without_a_number_says_nothing_of_the_house() -> None:
    near = place("b", "Садыхан", "улица Абая", lon=71.4309)
    assert score(place("a", "Садыхан", "Абая 12"), near) > 0.8


def unlocated(key: str, name: str, address: str, area: str = "a") -> Place:
    return Place(key, None, None, 10.0, name, address, "pharmacy", area=area)


def located(key: str, name: str, address: str, area: str = "a") -> Place:
    return Place(key, 71.43, 51.13, 10.0, name, address, "pharmacy", area=area)


def test_a_place_without_a_position_is_found_at_its_address() -> None:
    (found,) = candidates([unlocated("a", "Аптека Жазира", "ул. Абая, 12"), located("b", "Zhazira", "Abaia 12")])
    assert dict(found.reasons)["no_position"] == 1.0
    assert "distance_metres" not in dict(found.reasons)


@pytest.mark.parametrize(
    "other",
    [
        located("b", "Жазира", "ул. Абая, 40"),
        located("b", "Жазира", "ул. Сатпаева, 12"),
        located("b", "Жазира", ""),
        located("b", "Жазира", "ул. Абая, 12", area="b"),
        located("b", "Шаттық", "ул. Абая, 12"),
    ],
    ids=["another house", "another street", "no address", "another district", "another name"],
)
def test_a_place_without_a_position_is_no_other_branch_of_its_chain(other: Place) -> None:
    assert not list(candidates([unlocated("a", "Жазира", "ул. Абая, 12"), other]))


def test_two_places_without_a_position_are_compared_once_however_many_numbers_they_share() -> None:
    both = [unlocated(key, "Жазира", "ул. 187, 12") for key in "ab"]
    assert len(list(candidates(both))) == 1
