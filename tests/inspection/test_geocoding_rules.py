"""When an answer is believed, and which settlement an address names."""

import pytest

from inspection.geocoding_rules import (
    ELSEWHERE,
    HOUSE_M,
    LEAST_SETTLEMENT_M,
    SEVERAL,
    Answer,
    Believed,
    Doubted,
    Precision,
    Village,
    believe,
    question,
    settlement_named,
)
from inspection.searching import fold


def answer(lon: float = 76.1, precision: Precision = Precision.HOUSE, radius_m: float = 30.0) -> Answer:
    return Answer(43.2, lon, precision, radius_m, "Үлгі")


def village(name: str, lon: float = 76.1, kind: str = "village") -> Village:
    return Village(43.2, lon, kind, (fold(name),))


def test_a_house_in_the_district_is_believed_and_outside_of_it_is_a_persons_matter() -> None:
    assert believe([answer()], {0}) == Believed(43.2, 76.1, HOUSE_M, centroid=False, name="Үлгі")
    assert believe([answer()], set()) == Doubted(ELSEWHERE, answer())


def test_what_is_finest_within_the_district_counts() -> None:
    found = believe([answer(77.5), answer(76.2, Precision.STREET, 400), answer(76.1)], {1, 2})
    assert isinstance(found, Believed)
    assert (found.lon, found.accuracy_m) == (76.1, HOUSE_M)


def test_two_houses_far_apart_are_doubted_and_two_next_door_are_not() -> None:
    assert believe([answer(76.1), answer(76.3)], {0, 1}) == Doubted(SEVERAL, answer(76.1))
    assert isinstance(believe([answer(76.1), answer(76.1001)], {0, 1}), Believed)


def test_a_settlement_is_only_its_middle_and_a_whole_district_is_nothing() -> None:
    found = believe([answer(precision=Precision.SETTLEMENT, radius_m=10)], {0})
    assert isinstance(found, Believed)
    assert (found.centroid, found.accuracy_m) == (True, LEAST_SETTLEMENT_M)
    assert believe([answer(precision=Precision.AREA)], {0}) is None
    assert believe([], set()) is None


def test_the_areas_around_are_asked_for_unless_the_address_names_them() -> None:
    assert question("ул.  Абая, 12", "Ауданы", "Облысы") == "ул. Абая, 12, Ауданы, Облысы"
    assert question("Ауданы, ул. Абая, 12", "Ауданы", None) == "Ауданы, ул. Абая, 12"


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("с. Теректі, ул. Абая, 12", "Теректі"),
        ("Теректi ауылы, Абай көшесі 12", "Теректі"),
        ("s. Terekti, Abay street 12", "Теректі"),
        ("ул. Теректи, 12", None),
        ("Теректі көшесі, 12", None),
        ("Жаңа Теректі, 5", "Жаңа Теректі"),
        ("Теректiнск, 5", None),
        ("", None),
    ],
)
def test_an_address_names_a_settlement_by_whole_words_that_are_no_street(address: str, named: str | None) -> None:
    found = settlement_named(address, [village("Теректі"), village("Жаңа Теректі", 76.4)])
    assert (found and found.name) == (named and fold(named))


def test_two_settlements_of_one_name_are_none_unless_two_gazetteers_mean_one_place() -> None:
    assert settlement_named("с. Теректі", [village("Теректі"), village("Теректі", 76.4)]) is None
    assert settlement_named("с. Теректі", [village("Теректі"), village("Теректі", 76.11)]) is not None


def test_a_city_reaches_farther_than_a_village() -> None:
    city = settlement_named("г. Үлгі, 1", [village("Үлгі", kind="city")])
    hamlet = settlement_named("а. Үлгі, 1", [village("Үлгі", kind="hamlet")])
    assert city is not None
    assert hamlet is not None
    assert city.accuracy_m > hamlet.accuracy_m
