"""Why a place stands where it does, in sentences of every language."""

from collections.abc import Iterator, Mapping
from typing import Any

from babel.numbers import format_decimal

from api.languages import Phrasebook
from api.settings import LANGUAGES
from inspection.use_states import UseState

# What every language says of the visits, by the state of what is known of them.
VISITS: Mapping[str, str] = {
    UseState.COUNTED: "By what was counted, people with disabilities come about {visits} times a month "
    "({low} to {high}).",
    UseState.ESTIMATED: "Nobody has counted here. By the people who live around, about {visits} visits a month by "
    "people with disabilities are expected ({low} to {high}).",
    UseState.UNKNOWN: "Nobody has counted here. At a place of this kind about {visits} visits a month by people "
    "with disabilities are expected ({low} to {high}).",
    UseState.ATTESTED_ZERO: "It is attested that no person with a disability comes here.",
}
PLACEHOLDER = "That expectation is a placeholder until eight places of this kind have been counted."
OBSTRUCTED = "The measured barriers obstruct about {visits} visits a month ({low} to {high})."
NOT_MEASURED = "Nothing has been measured here, so it is not known what barriers obstruct."
FREE = "Nothing that was measured here obstructs visits."
NOT_RANKED = "This place has not been ranked yet: nobody has audited it."
EXPECTED = (
    "Nobody has audited this place. Audited places of its kind: {audited}, of them in this district: {nearby}; as "
    "they are, barriers may obstruct about {visits} visits a month here."
)
REPAIR = "The repair of “{title}” alone would free about {visits} visits a month, most of them by {group}."
TOGETHER = (
    "“{title}” alone would obstruct about {visits} visits a month; its repair frees none while others remain."
)
GROUPS: Mapping[str, str] = {
    "wheelchair": "people in wheelchairs",
    "mobility": "people with reduced mobility",
    "vision": "people with impaired vision",
    "hearing": "people with impaired hearing",
    "cognitive": "people with intellectual or mental disabilities",
}


def explained(rank: Mapping[str, Any], phrasebook: Phrasebook) -> dict[str, list[str]]:
    """The sentences by language. rank: as `rank_lists.one` gives it."""
    return {
        language: [phrasebook.say(sentence, language) for sentence in _sentences(rank, language)]
        for language in LANGUAGES
    }


def _sentences(rank: Mapping[str, Any], language: str) -> Iterator[str]:
    state = rank["use_state"]
    if state is None:
        yield NOT_RANKED
        return
    yield VISITS[state].format(
        visits=_about(rank["visits"], language),
        low=_about(rank["visits_low"], language),
        high=_about(rank["visits_high"], language),
    )
    if state == UseState.ATTESTED_ZERO:
        return
    if rank["prior"]["placeholder"]:
        yield PLACEHOLDER
    if (basis := rank["expected_from"]) is not None:
        about = {"audited": basis["audited"], "nearby": basis["audited_nearby"]}
        yield EXPECTED.format(visits=_about(rank["obstructed"], language), **about)
        return
    yield from _barriers(rank, language)


def _barriers(rank: Mapping[str, Any], language: str) -> Iterator[str]:
    if rank["obstructed"] is None:
        yield NOT_MEASURED
        return
    if not rank["obstructed"]:
        yield FREE
        return
    spread = {name: _about(rank[f"obstructed_{name}"], language) for name in ("low", "high")}
    yield OBSTRUCTED.format(visits=_about(rank["obstructed"], language), **spread)
    for repair in rank["repairs"]:
        title = (repair["title"] or {}).get(language) or repair["criterion"]
        if repair["gain"] > 0:
            group = GROUPS[repair["group"]]
            yield REPAIR.format(title=title, visits=_about(repair["gain"], language), group=group)
        else:
            yield TOGETHER.format(title=title, visits=_about(repair["alone"], language))


def _about(visits: float, language: str) -> str:
    """A number of visits as people write it: more digits would promise more than is known."""
    return str(format_decimal(visits, "0.0" if visits < 10 else "0", locale=language))
