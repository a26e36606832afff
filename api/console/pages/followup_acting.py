"""What is done about re-checks, several at once: first what and why, then each in a unit of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import gettext, lazy_gettext

from api.console import tongues
from api.console.blueprint import page
from api.console.page import Page, draw, go_back, own_address, write, wrong_fields
from api.console.pages.followups import REASONS, STATES, rows_of
from api.work import Work
from inspection import followup_acts, followups
from inspection.access import Act, Place, may
from inspection.errors import InspectionError, InvalidInput, NotFound
from inspection.followup_people import who_may_go
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
        form = _form(request.form)
        if "sent" not in request.form:
            return _ask(form)
        form.wrong = dict(_wrong(form))
        if form.wrong:
            return _ask(form, 422)
        left = [chosen for chosen in form.chosen if not _do(form, chosen)]
        if not left:
            asked = own_address(form.given.get("back", ""))
            return go_back("followups", asked, done=form.doing, times=form.done)
        form.chosen = left
        return _ask(form, 422 if form.wrong else 409)


def _form(given: Any) -> Form:
    doing = given.get("act", "")
    if doing not in DOINGS:
        raise NotFound("there is no such act", kind="followup")
    chosen = [made for said in given.getlist("followup")[:MOST] if (made := _id(said)) is not None]
    return Form(doing, list(dict.fromkeys(chosen)), given)


def _id(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None


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
        people=_people(found) if "assignee" in DOINGS[form.doing].ask else (),
        reasons=REASONS,
        states=STATES,
    )


def _people(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Who can be named: for a head of department all who may go there, for everybody else they themselves."""
    places = [Place(row["country"], row["region_code"], row["district_code"]) for row in found]
    led = [place for place in places if may(g.caller, Act.CONFIRM, place)]
    others = [(str(made), name) for made, name in who_may_go(g.work.session, led, now=g.work.now)]
    own = str(g.caller.person_id)
    return [(own, gettext("I go")), (POOL, gettext("nobody yet")), *(each for each in others if each[0] != own)]


def _wrong(form: Form) -> Iterator[tuple[str, str]]:
    """What can be said before anything is tried."""
    given, ask = form.given, DOINGS[form.doing].ask
    if not form.chosen:
        yield "", gettext("Choose at least one re-check.")
    if "assignee" in ask and given.get("assignee") != POOL and _id(given.get("assignee", "")) is None:
        yield "assignee", gettext("Say who goes.")
    if "reason" in ask and not given.get("reason", "").strip():
        yield "reason", gettext("Say why: it stands in the history for good.")
    if "until" in ask and not given.get("until"):
        yield "until", gettext("Say until when.")
    for name in ("until", "planned_on"):
        if name in ask and given.get(name) and _day(given[name]) is None:
            yield name, gettext("This is no date. Write it as 2026-12-31.")


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


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
        assignee, planned = _id(given["assignee"]), _day(given.get("planned_on", ""))
        planned = planned if assignee else None
        followup_acts.assign(work, g.caller, followup, rev, assignee=assignee, planned_on=planned)
    elif form.doing == "postpone":
        until = date.fromisoformat(given["until"])
        followup_acts.postpone(work, g.caller, followup, rev, until=until, reason=reason)
    else:
        followup_acts.cancel(work, g.caller, followup, rev, reason=reason)
