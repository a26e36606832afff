"""What is done about re-checks, several at once: first what and why, then each in a unit of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict

from api.console import tongues
from api.console.asking import day_of, id_of
from api.console.blueprint import page
from api.console.followup_panel import choices
from api.console.followup_undoing import IN_ADDRESS, Had, had, in_address
from api.console.page import Page, draw, go_back, own_address, write, wrong_fields
from api.console.pages.followups import REASONS, STATES, rows_of
from api.work import Work
from inspection import followup_acts, followups
from inspection.errors import InspectionError, InvalidInput, NotFound
from inspection.followups import POOL

_ = lazy_gettext
MOST = 200  # at once


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that can be done. ask: the fields it has. done: what is said after it."""

    title: Any
    ask: tuple[str, ...]
    done: Any


DOINGS: Mapping[str, Doing] = {
    "assign": Doing(_("Say who goes"), ("assignee", "planned_on"), _("It was written down who goes.")),
    "postpone": Doing(_("Put off"), ("until", "reason"), _("It was put off.")),
    "cancel": Doing(_("Nobody has to go"), ("reason",), _("It was cancelled.")),
}


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it. refused: why it was not done, by re-check; seen: versions."""

    doing: str
    chosen: list[UUID]
    given: Mapping[str, str]
    wrong: dict[str, str] = field(default_factory=dict)
    refused: dict[UUID, str] = field(default_factory=dict)
    done: int = 0

    def seen_rev(self, followup: UUID) -> int:
        """The version of a re-check that was in front of who chose it; 0, which none has, if that is not said."""
        said = self.given.get(f"rev-{followup}", "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


@page("/followups/act", "followup_several")
class Acting(Page):
    """Something to be done about the re-checks that were chosen."""

    def get(self) -> Response:
        """Ask what and why."""
        return _ask(_form(request.args))

    def post(self) -> Response:
        """From the queue: ask. From the form: do it to each; what is refused stays on the page with the reason."""
        form = _form(_said(request.form))
        if "sent" not in form.given:
            return _ask(form)
        form.wrong = dict(_wrong(form))
        if form.wrong:
            return _ask(form, 422)
        before = had(form.chosen) if form.doing == "assign" else {}
        left = [chosen for chosen in form.chosen if not _do(form, chosen)]
        if not left:
            return _back(form, before)
        form.chosen = left
        return _ask(form, 422 if form.wrong else 409)


def _said(given: "MultiDict[str, str]") -> "MultiDict[str, str]":
    """What was sent. A button of the panel names who goes, and there is nothing more to ask."""
    if "give" not in given:
        return given
    said = given.copy()
    said["act"], said["sent"], said["assignee"] = "assign", "1", given["give"]
    return said


def _back(form: Form, before: Mapping[UUID, Had]) -> Response:
    """To the queue as it was, which says what was done."""
    there = own_address(form.given.get("back", ""))
    back = {name: value for name, value in there.items() if name not in IN_ADDRESS}
    more = in_address(before, _wanted(form)) if before else {}
    return go_back("followups", back, done=form.doing, times=form.done, **more)


def _wanted(form: Form) -> Had:
    """Who goes, and on which day; what nobody has, has no day."""
    assignee = id_of(form.given["assignee"])
    return assignee, day_of(form.given.get("planned_on", "")) if assignee else None


def _form(given: Any) -> Form:
    doing = given.get("act", "")
    if doing not in DOINGS:
        raise NotFound("there is no such act", kind="followup")
    chosen = [made for said in given.getlist("followup")[:MOST] if (made := id_of(said)) is not None]
    return Form(doing, list(dict.fromkeys(chosen)), given)


def _ask(form: Form, status: int = 200) -> Response:
    found = followups.several(g.work.session, g.caller, form.chosen, now=g.work.now)
    # After a refusal the version is the one that is shown now: who sends it again has seen it.
    told = bool(form.refused) and not tongues.only_asked()
    revs = {row["id"]: row["rev"] if told else form.seen_rev(row["id"]) or row["rev"] for row in found}
    return draw(
        "followup_act",
        status,
        form=form,
        doing=DOINGS[form.doing],
        rows=list(rows_of(found)),
        revs=revs,
        people=choices(found) if "assignee" in DOINGS[form.doing].ask else (),
        reasons=REASONS,
        states=STATES,
    )


def _wrong(form: Form) -> Iterator[tuple[str, str]]:
    """What can be said before anything is tried."""
    given, ask = form.given, DOINGS[form.doing].ask
    if not form.chosen:
        yield "", gettext("Choose at least one re-check.")
    if "assignee" in ask and given.get("assignee") != POOL and id_of(given.get("assignee", "")) is None:
        yield "assignee", gettext("Say who goes.")
    if "reason" in ask and not given.get("reason", "").strip():
        yield "reason", gettext("Say why: it stands in the history for good.")
    if "until" in ask and not given.get("until"):
        yield "until", gettext("Say until when.")
    for name in ("until", "planned_on"):
        if name in ask and given.get(name) and day_of(given[name]) is None:
            yield name, gettext("This is no date. Write it as 2026-12-31.")


def _do(form: Form, followup: UUID) -> bool:
    """Do it to one re-check; whether it was done."""
    try:
        write(lambda work: _act(work, form, followup))
    except InspectionError as error:
        wrong = wrong_fields(error)
        if isinstance(error, InvalidInput):
            form.wrong |= wrong
        form.refused[followup] = " ".join(wrong.values())
        return False
    form.done += 1
    return True


def _act(work: Work, form: Form, followup: UUID) -> None:
    given, rev = form.given, form.seen_rev(followup)
    reason = given.get("reason", "").strip()[:1000]
    if form.doing == "assign":
        assignee, planned = _wanted(form)
        followup_acts.assign(work, g.caller, followup, rev, assignee=assignee, planned_on=planned)
    elif form.doing == "postpone":
        until = date.fromisoformat(given["until"])
        followup_acts.postpone(work, g.caller, followup, rev, until=until, reason=reason)
    else:
        followup_acts.cancel(work, g.caller, followup, rev, reason=reason)
