import pytest
from sqlalchemy import select

from inspection.errors import InvalidInput
from inspection.searching import finds, fold, fold_all, refuse_wordless
from inspection.tables.facilities import Facility
from tests.inspection.world import World


@pytest.mark.parametrize(
    "spellings",
    [
        ("Қаскелең", "Каскелен", "Kaskelen", "KASKELEN"),
        ("Шымкент", "Shymkent"),
        ("Жезқазған", "Жезказган", "Zhezkazgan", "Jezkazgan"),
        ("Өскемен", "Оскемен", "Oskemen"),
        ("Хромтау", "Khromtau"),
        ("Орлёнок", "Орленок", "Orlenok"),
        ("Абай", "Абаи", "Abay", "Abai"),
        ("Көк-Жайық", "Кок Жайык", "kok zhayyq"),
    ],
)
def test_kazakh_russian_and_latin_spellings_of_a_name_meet(spellings: tuple[str, ...]) -> None:
    assert len({fold(spelling) for spelling in spellings}) == 1


def test_folding_keeps_digits_and_drops_every_other_sign() -> None:
    assert fold("Емхана №3, «Ақ-бота» (100%_)") == "emhana 3 ak bota 100"


def test_folding_what_is_folded_changes_nothing() -> None:
    once = fold("ХАЛЫҚҚА ҚЫЗМЕТ КӨРСЕТУ ОРТАЛЫҒЫ, ул. Щорса 5Ъ")
    assert fold(once) == once


def test_each_word_of_several_texts_is_kept_once() -> None:
    assert fold_all(["Аптека 1", None, "аптека", "№1 дәріхана"]) == "apteka 1 darihana"


def test_a_search_finds_beginnings_of_words_in_any_order_and_nothing_within_a_word(world: World) -> None:
    facility = world.facility(search=fold("Городская поликлиника Қаскелең"))

    def found(sought: str) -> bool:
        with world.open_session() as session:
            statement = select(Facility.id).where(Facility.id == facility, finds(Facility.search, sought))
            return session.execute(statement).first() is not None

    assert found("kaskel поликл")
    assert found("ГОРОД")
    assert not found("клиника")
    assert not found("каскелен аптека")


@pytest.mark.parametrize("sought", ["%", "_", "()", "  %_ ", "\u0301", "«»", "ъ"])
def test_a_search_for_nothing_is_refused_instead_of_finding_everything(sought: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        refuse_wordless(sought)
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.accepted) == ("/text", "at least one letter or digit")


@pytest.mark.parametrize("sought", ["а", "7", "100%", "ә"])
def test_one_letter_or_digit_is_enough_to_search_for(sought: str) -> None:
    refuse_wordless(sought)
