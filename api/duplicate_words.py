"""Why two facilities look like one, in sentences of every language."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.languages import Phrasebook
from api.settings import LANGUAGES

SCORE = "By all that is compared, {percent} % speak for one place."
DISTANCE = "They lie {metres} m apart."
ALIKE: Mapping[str, str] = {
    "name": "Their names are alike by {percent} %.",
    "address": "Their addresses are alike by {percent} %.",
}
FACTS: Mapping[str, str] = {
    "no_position": "The position of one of them is not known.",
    "other_house": "Their addresses name different houses.",
    "same_bin": "One operator with the same BIN answers for both.",
    "same_operator": "The same operator answers for both.",
}
SAME_KIND, OTHER_KIND = "Both are of the same kind.", "They are of different kinds."
REASONS = ("distance_metres", *ALIKE, *FACTS, "same_kind")


def explained(pair: Mapping[str, Any], phrasebook: Phrasebook) -> dict[str, list[str]]:
    """The sentences by language. pair: as `inspection.duplicates` gives it."""
    sentences = [SCORE.format(percent=round(100 * pair["score"])), *_sentences(pair["reasons"])]
    return {language: [phrasebook.say(said, language) for said in sentences] for language in LANGUAGES}


def _sentences(reasons: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for reason in reasons:
        code, value = reason["code"], reason["value"]
        if code == "distance_metres":
            yield DISTANCE.format(metres=round(value))
        elif code in ALIKE:
            yield ALIKE[code].format(percent=round(100 * value))
        elif code in FACTS:
            yield FACTS[code]
        else:
            yield SAME_KIND if value else OTHER_KIND
