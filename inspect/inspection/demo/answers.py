"""How an inspector writes down what is there: units as the tape shows them, marks, notes, relaxed limits."""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from inspection.criteria import Criterion, Scalar, Severity
from inspection.demo.chance import weighted
from inspection.demo.conditions import Condition
from inspection.history import MAIN, Spot
from inspection.measures import convert
from inspection.rules import passes

Answer = dict[str, Any]
UNITS: Mapping[str, Mapping[str, float]] = {  # of a criterion, to those it is read in
    "m": {"m": 0.5, "cm": 0.36, "mm": 0.14},
    "cm": {"cm": 0.75, "mm": 0.25},
    "percent": {"percent": 0.6, "ratio": 0.4},
}
OMITTED, NOT_CHECKED, UNMARKED, NOTED = 0.03, 0.035, 0.2, 0.2  # shares of answers
LOOKED_OVER = 0.1  # how much rarer a gross criterion is left out: a visit is made for these
FAIL_NOTES: Mapping[str, tuple[str, ...]] = {
    "kk": (
        "Нысан өкіліне көрсетілді, қарсылық жоқ.",
        "Өлшем екі рет жасалды.",
        "Фотосурет түсірілді.",
        "Тоқсан соңына дейін түзетуге уәде берілді.",
    ),
    "ru": (
        "Показано представителю объекта, возражений нет.",
        "Замер сделан дважды.",
        "Сделано фото.",
        "Обещают устранить до конца квартала.",
    ),
}
CLOSED = {"kk": "Жөндеу жүріп жатыр, кіре алмадық.", "ru": "Идёт ремонт, попасть не удалось."}
NONE_HERE = {"kk": "Бұл нысанда жоқ.", "ru": "На объекте этого нет."}
CRAMPED = {
    "kk": "Учаске тар, көтерілу биіктігі 0,8 м-ден аспайды.",
    "ru": "Участок стеснён, подъём марша не выше 0,8 м.",
}


def full_answers(
    source: Random, condition: Condition, language: str
) -> tuple[list[Answer], dict[Spot, bool | None]]:
    """The answers of a whole visit, and what was found: passed or not, None where it does not apply."""
    answers: list[Answer] = []
    found: dict[Spot, bool | None] = {}
    for spot in condition.asked():
        drawn = source.random() / _care(condition, spot)
        if drawn < OMITTED:
            continue
        if drawn < OMITTED + NOT_CHECKED and condition.passes(spot):
            answers.append(_marked(spot, "not_checked", CLOSED[language]))
            continue
        answer, found[spot] = measured(source, condition, spot, language)
        answers.append(answer)
    for criterion in sorted(condition.absent):
        applies = condition.kind in condition.checklist.criteria[criterion].applies_to
        if applies and source.random() / _care(condition, Spot(criterion)) >= UNMARKED:
            answers.append(_marked(Spot(criterion), "not_applicable", NONE_HERE[language]))
    return answers, found


def further_answers(
    source: Random, condition: Condition, spots: Iterable[Spot], language: str
) -> tuple[list[Answer], dict[Spot, bool | None]]:
    """The answers of a visit that looks at these spots again, and what was found."""
    answers: list[Answer] = []
    found: dict[Spot, bool | None] = {}
    for spot in spots:
        if not condition.applies(spot) or source.random() < 0.01:
            answers.append(_marked(spot, "not_applicable", NONE_HERE[language]))
            found[spot] = None
            continue
        answer, found[spot] = measured(source, condition, spot, language)
        answers.append(answer)
    return answers, found


def measured(source: Random, condition: Condition, spot: Spot, language: str) -> tuple[Answer, bool]:
    """One answer with a value, and whether it passes."""
    criterion, held = condition.checklist.criteria[spot.criterion], condition.readings[spot]
    passed = condition.passes(spot)
    answer: Answer = _named(spot) | _value(source, criterion, held)
    if spot in condition.counted:
        answer["of"] = condition.counted[spot]
    # By the reading and not by chance: who was granted the relaxed limit once is granted it again.
    if (
        not passed
        and criterion.rule.relaxed
        and passes(criterion.rule, held, relaxed=True)
        and str(held)[-1] < "6"
    ):
        answer |= {"relaxed": True, "reason": CRAMPED[language]}
        passed = True
    elif not passed and source.random() < NOTED:
        answer["note"] = source.choice(FAIL_NOTES[language])
    return answer, passed


def _care(condition: Condition, spot: Spot) -> float:
    """How likely the criterion is left out, against one that is not gross."""
    return LOOKED_OVER if condition.checklist.criteria[spot.criterion].severity is Severity.GROSS else 1.0


def _named(spot: Spot) -> Answer:
    return {"criterion": spot.criterion} | ({} if spot.place == MAIN else {"place": spot.place})


def _marked(spot: Spot, state: str, note: str) -> Answer:
    return _named(spot) | {"state": state, "note": note}


def _value(source: Random, criterion: Criterion, held: Scalar) -> Answer:
    """The reading in some unit; in another than the criterion's own the unit is named."""
    own = criterion.unit or ""
    if own not in UNITS or isinstance(held, bool | str):
        return {"value": held}
    unit = weighted(source, UNITS[own])
    if unit == "ratio":
        words = f"1:{round(100 / held)}" if held else "0:1"
        # Nobody writes 1:17.3; where rounding would change the verdict, the level was read in percent.
        same = passes(criterion.rule, convert(words, "ratio", own)) == passes(criterion.rule, held)
        return {"value": words, "unit": unit} if same else {"value": held}
    return {"value": held} if unit == own else {"value": convert(held, own, unit), "unit": unit}
