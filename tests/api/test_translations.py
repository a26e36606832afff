"""Everything a person can read in a refusal is in the catalogs, and a sentence with values finds its pattern."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from api.languages import FOLDER, PLACE, Phrasebook, read_phrasebook
from inspection.access import NEEDS, Act
from inspection.audits import NOT_COUNTED
from inspection.corrections import Awaiting
from inspection.deciding import WITHOUT_EFFECT
from inspection.episodes import NoEffect
from tests.api.sentences import all_sentences, prose_in, said_in, skeleton
from tests.house.syntax import Source
from tests.inspection.test_catalogue_file import HOSTILE, SPOILED, refused, spoiled, written

TRANSLATED = ("kk", "ru")
WORDS_OF_THE_FILE = re.compile(r"[A-Za-z0-9_/-]+(, [A-Za-z0-9_-]+)*")


def catalog(language: str) -> dict[str, str]:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    held = {skeleton(msgid) for msgid, text in catalog(language).items() if text}
    missing = sorted(s for s in all_sentences() if skeleton(s) not in held)
    assert not missing, f"not in translations/{language}:\n" + "\n".join(missing)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_says_the_same_values(language: str) -> None:
    torn = {m: t for m, t in catalog(language).items() if set(PLACE.findall(m)) != set(PLACE.findall(t))}
    assert not torn


def test_both_catalogs_hold_the_same_sentences() -> None:
    assert catalog("kk").keys() == catalog("ru").keys()


def test_no_sentence_is_the_same_in_kazakh_and_russian() -> None:
    kk, ru = catalog("kk"), catalog("ru")
    assert not [msgid for msgid in kk if kk[msgid] == ru[msgid]]


def test_a_planted_sentence_is_found_in_every_form() -> None:
    planted = """
Fault("/a", "plain", "this")
Fault("/b", f"with {value!r} in it", accepted=f"at least {low:.1f}")
errors.Fault(pointer="/c", reason="one" if x else "other", accepted="that")
raise DoesNotApply("not now", state="closed")
raise InvalidInput(faults, "so much is wrong")
self.fault("e", "noted", "somewhere")
reasons.append(f"{n} of them")
accepted = "either " + ", ".join(words)
node.at("rule").wrong(f"{op} is askew", "upright")
return _refuse(node, faults, "a plank")
"""
    assert {skeleton(s) for s in said_in(Source("inspect/planted.py", planted))} == {
        "plain",
        "this",
        "with {} in it",
        "at least {}",
        "one",
        "other",
        "that",
        "not now",
        "so much is wrong",
        "noted",
        "somewhere",
        "{} of them",
        "either {}",
        "{} is askew",
        "upright",
        "a plank",
    }


@pytest.mark.parametrize("language", TRANSLATED)
def test_whatever_is_wrong_with_a_catalogue_file_is_said_in_the_readers_language(language: str) -> None:
    texts = [written(spoiled(*path, value=value)) for path, value, *_ in SPOILED.values()]
    faults = [fault for text in (*texts, *(text for text, _ in HOSTILE.values())) for fault in refused(text)]
    book = read_phrasebook()
    assert all(re.search("[а-яәі]", book.say(fault["reason"], language)) for fault in faults)
    # What would be accepted may also be a list of the words that the file itself is written in.
    accepted = {book.say(fault["accepted"], language) for fault in faults}
    english = [said for said in accepted if not (re.search("[а-яәі]", said) or WORDS_OF_THE_FILE.fullmatch(said))]
    assert not english


def test_whatever_reads_like_a_sentence_is_found_and_what_nobody_reads_is_not() -> None:
    planted = """
'''what the module is for'''
TABLE = {"a": "somebody has to see to this"}
def wrong(): return [f"digit {n} may not be here"]
field = String(metadata={"description": "what stands in the field"})
log.warning("nobody has seen this")
raise ValueError("this is our own fault")
"""
    found = {skeleton(s) for s in prose_in(Source("inspect/planted.py", planted))}
    assert found == {"somebody has to see to this", "digit {} may not be here"}


def test_every_act_and_every_state_that_stands_in_the_way_has_a_sentence_of_its_own() -> None:
    tables: tuple[tuple[Mapping[Any, str], type[StrEnum]], ...] = (
        (NEEDS, Act),
        (WITHOUT_EFFECT, NoEffect),
        (NOT_COUNTED, Awaiting),
    )
    for sentences, kinds in tables:
        assert set(sentences) == set(kinds)
        assert len(set(sentences.values())) == len(kinds)


def phrasebook() -> Phrasebook:
    return Phrasebook(
        {
            "ru": {
                "one of: {choices}": "одно из: {choices}",
                "{inner}, or null": "{inner} или null",
                "a list, each being {inner}": "список, каждое: {inner}",
                "yes": "да",
                "from {low} to {high}": "между {low} и {high} включительно",
                "Length must be between {min} and {max}.": "Длина от {min} до {max}.",
            }
        }
    )


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("yes", "да"),
        ("one of: a, b", "одно из: a, b"),
        ("one of: a, b, or null", "одно из: a, b или null"),
        ("from 1 to 9, or null", "между 1 и 9 включительно или null"),
        ("a list, each being one of: a, b", "список, каждое: одно из: a, b"),
        ("Length must be between 1 and 20.", "Длина от 1 до 20."),
        ("one of: {x}", "одно из: {x}"),  # a value is never taken for a place
        ("nobody wrote this", "nobody wrote this"),
    ],
)
def test_a_sentence_with_values_finds_its_pattern(sentence: str, said: str) -> None:
    assert phrasebook().say(sentence, "ru") == said
    assert phrasebook().say(sentence, "en") == sentence


def test_the_phrasebook_knows_what_was_written_for_people() -> None:
    assert phrasebook().knows("one of: a")
    assert not phrasebook().knows("nobody wrote this")


def test_a_language_that_is_not_spoken_is_refused() -> None:
    with pytest.raises(ValueError, match="does not speak de"):
        phrasebook().say("yes", "de")
    with pytest.raises(ValueError, match="does not speak xx"):
        Phrasebook({"xx": {}})


def test_a_long_text_from_outside_is_matched_in_no_time_to_speak_of() -> None:
    book = read_phrasebook()
    hostile = "Must be greater than or equal to " * 3000
    assert book.say(hostile, "kk") == hostile


def test_a_catalog_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_phrasebook(tmp_path)
