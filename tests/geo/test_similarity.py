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


def test_a_chain_with_branches_at_other_house_numbers_is_a_known_false_alarm_only_below_its_twin() -> None:
    branch = place("b", "Садыхан", "Абая 40", lon=71.4314)
    twin = place("c", "Sadykhan", "Абая 12")
    scores = {
        (c.first, c.second): c.score for c in candidates([place("a", "Садыхан", "Абая 12"), branch, twin], 0)
    }
    assert scores["a", "c"] > scores["a", "b"]
