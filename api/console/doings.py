"""What an official can do about a violation: how it is called, and what is asked for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from inspection.history import DecisionKind
from inspection.tables.violation_acts import ActKind

_ = lazy_gettext
WHY, DONE = _("Why"), _("Done.")


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that can be done. ask: the fields beside the words. words: what the words are."""

    title: Any
    kind: DecisionKind | ActKind
    ask: tuple[str, ...] = ()
    words: Any = WHY
    done: Any = DONE


DOINGS: Mapping[str, Doing] = {
    "accept": Doing(_("Accept the violation"), DecisionKind.ACCEPT, done=_("The violation was accepted.")),
    "extend": Doing(_("Extend the date"), DecisionKind.EXTEND, ("until",), done=_("The date was extended.")),
    "waive": Doing(
        _("Release without a measurement"),
        DecisionKind.WAIVE,
        ("until_or_never",),
        done=_("The violation was released without a measurement."),
    ),
    "declare": Doing(
        _("The operator says it is remedied"),
        DecisionKind.DECLARE,
        done=_("It was noted that the operator says so; a re-check was queued."),
    ),
    "recheck": Doing(_("Ask for a re-check"), DecisionKind.RECHECK, done=_("A re-check was queued.")),
    "assign": Doing(_("Assign to an office"), ActKind.ASSIGN, ("office_id",), done=_("It was assigned.")),
    "ask": Doing(
        _("Ask for an explanation"),
        ActKind.ASK,
        ("answer_by",),
        words=_("What you ask; the operator reads this"),
        done=_("The question goes out with the next letters."),
    ),
    "plan_works": Doing(_("Works are planned"), ActKind.PLAN_WORKS, ("year", "sum"), done=_("It was noted.")),
}


def doings_of(kinds: Sequence[str]) -> Sequence[tuple[str, Doing]]:
    """Some of them, for a page that offers them."""
    return [(name, DOINGS[name]) for name in kinds]
