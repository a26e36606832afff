"""What happened to a violation, in the words of a page."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext, lazy_gettext

from api.console import facts, review_words
from api.console.doings import DOINGS
from inspection.violation_history import Event

_ = lazy_gettext
EVENTS: Mapping[str, Any] = {
    **{name: doing.title for name, doing in DOINGS.items()},
    "measured_fail": _("A visit found it"),
    "measured_pass": _("A visit measured it as remedied"),
    "measured_not_applicable": _("A visit found nothing to measure here"),
    "measured_not_checked": _("A visit did not look at it"),
    "stands_again": _("The release without a measurement ended"),
    "revoke": _("A decision was taken back"),
    "take_back": _("Something was taken back"),
    "confirm": _("A correction was confirmed"),
    "told_prescribed": _("Prescribed to the operator"),
    "told_extended": _("The operator was told of the later date"),
    "told_corrected": _("The operator was told of a correction"),
    "told_released": _("The operator was told that it is over"),
    "letter": _("Letter"),
    "reply": _("The operator answered"),
    "answered": _("The answer of the operator was decided about"),
    "followup_opened": _("A re-check was queued"),
    "followup_done": _("The re-check took place"),
    "followup_cancelled": _("The re-check was cancelled"),
}
ACTS: Mapping[str, Any] = {  # what a letter tells
    "prescribed": _("prescription"),
    "extended": _("the date was extended"),
    "released": _("it is over"),
    "corrected": _("correction"),
    "answered": _("answer to the operator"),
    "found_again": _("found again though declared remedied"),
    "found_late": _("found again after its date"),
    "asked": _("an explanation is asked for"),
}
LETTERS: Mapping[str, Any] = {
    "": _("waits for its letter"),
    "queued": _("is about to go out"),
    "held": _("held back: it may have gone out before"),
    "sent": _("sent"),
    "cancelled": _("not sent: nothing in it was true any more"),
    "failed": _("the mail server refused it: to be brought by hand"),
    "by_hand": _("no address: to be brought by hand"),
    "delivered": _("handed over"),
}
TO: Mapping[str, Any] = {
    "operator": _("to the operator"),
    "person": _("to an official"),
    "nobody": _("to nobody yet"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that happened.

    about: more lines. look: of its mark. link: where more stands, with its words. back: its id, if it is a
    decision or an act that holds and could be taken back.
    """

    at: datetime
    title: str
    look: str
    words: str
    who: UUID | None
    about: tuple[str, ...]
    link: tuple[str, str] | None = None
    back: UUID | None = None


def said(event: Event, offices: Mapping[UUID, Mapping[str, Any]], day: Callable[[datetime], date]) -> Said:
    """An event in words. day: the local day of a moment."""
    title = str(EVENTS.get(event.what, event.what))
    about = tuple(each for each in _about(event, offices, day) if each)
    back = event.about["made"] if can_be_taken_back(event) else None
    return Said(event.at, title, _look(event.what), event.words, event.who, about, _link(event), back)


def can_be_taken_back(event: Event) -> bool:
    """Whether it is a decision or an act, and holds."""
    return event.what in DOINGS and "made" in event.about and not event.about["taken_back"]


def _look(what: str) -> str:
    kind, _sign, rest = what.partition("_")
    if kind in ("measured", "told", "followup"):
        return rest if kind == "measured" else kind
    return what if what in ("letter", "reply") else "decision"


def _link(event: Event) -> tuple[str, str] | None:
    if event.what == "letter" and event.about["letter"] is not None:
        return f"/api/v1/letters/{event.about['letter']}/paper", gettext("What it said")
    if event.what == "reply":
        return url_for("console.review_reply", reply_id=event.about["reply"]), gettext("What was written")
    return None


def _about(
    event: Event, offices: Mapping[UUID, Mapping[str, Any]], day: Callable[[datetime], date]
) -> Iterator[str]:
    about = event.about
    if "audit" in about:
        yield from _measured(about, day(event.at), day(about["received_at"]))
    elif event.what == "letter":
        yield from _letter(about, day)
    elif event.what in ("reply", "answered"):
        yield str(review_words.REPLY_KINDS[about["kind"]])
        yield _until(about["until"])
        yield str(review_words.REPLY_STATES[about["state"]]) if event.what == "answered" else ""
    elif event.what.startswith("told_"):
        yield f"№ {about['number']}" if about["number"] else ""
        yield gettext("remedy until %(day)s", day=facts.day(about["due_on"])) if about["due_on"] else ""
    elif event.what == "followup_opened":
        yield gettext("planned for %(day)s", day=facts.day(about["planned_on"])) if about["planned_on"] else ""
    else:
        yield from _decided(about, offices)


def _measured(about: Mapping[str, Any], visited: date, received: date) -> Iterator[str]:
    value, limit = facts.found(about), facts.norm(about)
    if value:
        yield gettext("measured %(value)s", value=value) + (f" ({gettext('norm')} {limit})" if limit else "")
    yield gettext("the relaxed limit was used") if about["relaxed"] else ""
    yield str(facts.GROUNDS[about["ground"]]) if about["ground"] else ""
    yield gettext("arrived on %(day)s", day=facts.day(received)) if received > visited else ""


def _letter(about: Mapping[str, Any], day: Callable[[datetime], date]) -> Iterator[str]:
    if about["stage"] in ACTS:
        yield str(ACTS[about["stage"]])
    elif about["due_on"] is not None:  # the name of a stage does not say its day, which may have been another then
        yield facts.left((about["due_on"] - day(about["created_at"])).days)
    yield str(TO.get(about["to"], ""))
    state = about["state"] or ""
    handed = f" {facts.day(about['delivered_on'])}" if about["delivered_on"] else ""
    yield f"{LETTERS[state]}{handed}"
    yield about["delivery"] or ""


def _decided(about: Mapping[str, Any], offices: Mapping[UUID, Mapping[str, Any]]) -> Iterator[str]:
    yield _until(about.get("until"))
    if about.get("office_id"):
        yield facts.named(offices.get(about["office_id"], {}))
    yield str(about["year"]) if about.get("year") else ""
    yield facts.number(about["sum"]) if about.get("sum") is not None else ""
    yield gettext("answer by %(day)s", day=facts.day(about["answer_by"])) if about.get("answer_by") else ""
    yield gettext("taken back later") if about.get("taken_back") else ""


def _until(day: date | None) -> str:
    return "" if day is None else str(gettext("until %(day)s", day=facts.day(day)))
