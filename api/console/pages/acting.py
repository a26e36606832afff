"""What officials do about violations, several at once: first what and why, then each in a unit of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from flask import Response, g, request
from flask_babel import gettext

from api.console import tongues
from api.console.asking import day_of, id_of
from api.console.blueprint import page
from api.console.doings import DOINGS
from api.console.meanwhile import Done, last_done
from api.console.page import Page, draw, form_id, go, go_back, own_address, write, wrong_fields
from api.console.violation_rows import rows_of
from api.work import Work
from inspection import deciding, offices, violation_acts, violation_details
from inspection.deciding import Wish
from inspection.errors import InspectionError, NotFound
from inspection.history import DecisionKind
from inspection.violation_acts import Intent

MOST = 200  # at once
VERSION = "rev-"  # what a field begins with that says which version of a violation was in front of somebody
MOST_TOLD = 20  # of which it is said what others did about them


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it.

    chosen: what is ticked; offered: what can be. refused: why it was not done, by violation.
    """

    doing: str
    id: UUID
    chosen: list[UUID]
    offered: list[UUID]
    given: Mapping[str, str]
    wrong: dict[str, str] = field(default_factory=dict)
    refused: dict[UUID, str] = field(default_factory=dict)

    def seen_rev(self, violation: UUID) -> int | None:
        """The version of a violation that was in front of who filled it in."""
        said = self.given.get(f"{VERSION}{violation}", "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


@page("/violations/act", "several")
class Acting(Page):
    """Something to be done about the violations that were chosen."""

    def get(self) -> Response:
        """Ask what and why."""
        return _ask(_form(request.args))

    def post(self) -> Response:
        """From a list: ask. From the form: do it to each; what is refused stays on the page with the reason."""
        form = _form(request.form)
        if "sent" not in request.form:
            return _ask(form)
        form.wrong = dict(_wrong(form))
        done = [] if form.wrong else [made for made in form.chosen if _do(form, made)]
        if form.wrong:
            return _ask(form, 422)
        if form.refused:
            form.chosen = form.offered = [made for made in form.chosen if made in form.refused]
            return _ask(form, 409, done=len(done))
        if len(done) == 1:
            return go("violation", violation_id=done[0], done=form.doing)
        asked = own_address(form.given.get("back", ""))
        return go_back("violations", asked, done=form.doing, times=len(done))


def _form(given: Any) -> Form:
    doing = given.get("act", "")
    if doing not in DOINGS:
        raise NotFound("there is no such act", kind="violation_act")
    chosen = list(_ids(given.getlist("violation")[:MOST]))
    shown = _ids([name.removeprefix(VERSION) for name in given if name.startswith(VERSION)][:MOST])
    return Form(doing, form_id(), list(dict.fromkeys(chosen)), list(dict.fromkeys([*shown, *chosen])), given)


def _ids(said: Sequence[str]) -> Iterator[UUID]:
    return (made for each in said if (made := id_of(each)) is not None)


def _ask(form: Form, status: int = 200, done: int = 0) -> Response:
    rows = rows_of(violation_details.several(g.work.session, g.caller, form.offered, now=g.work.now))
    return draw(
        "act",
        status,
        form=form,
        doing=DOINGS[form.doing],
        rows=rows,
        revs={row["id"]: _rev(form, row) for row in rows},
        done=done,
        meanwhile=_meanwhile(form, rows),
        offices=offices.page(g.work.session, g.caller, closed=False, limit=200).rows,
    )


def _rev(form: Form, row: Mapping[str, Any]) -> int:
    """The version of a violation that somebody has seen: a newer one only after they were told what happened."""
    made = UUID(row["id"])
    told = made in form.refused and not tongues.only_asked()
    seen = None if told else form.seen_rev(made)
    return int(row["rev"]) if seen is None else seen


def _meanwhile(form: Form, rows: Sequence[Mapping[str, Any]]) -> dict[UUID, Done | None]:
    """What others did about what was refused: the reason alone does not say who was quicker."""
    session, caller, now = g.work.session, g.caller, g.work.now
    seen = [UUID(row["id"]) for row in rows]
    told = [made for made in seen if made in form.refused][:MOST_TOLD]
    return {made: last_done(session, caller, made, now=now) for made in told}


def _wrong(form: Form) -> Iterator[tuple[str, str]]:
    """What can be said before anything is tried."""
    given, doing = form.given, DOINGS[form.doing]
    if not form.chosen:
        yield "", gettext("Choose at least one violation.")
    if not given.get("words", "").strip():
        yield "words", gettext("Say why: it stands in the history for good.")
    if "until" in doing.ask and not given.get("until"):
        yield "until", gettext("Say until when.")
    for name in ("until", "answer_by"):
        if given.get(name) and day_of(given[name]) is None:
            yield name, gettext("This is no date. Write it as 2026-12-31.")
    for name in ("year", "sum"):
        if given.get(name) and not _number(given[name]):
            yield name, gettext("Write a whole number in digits.")


def _number(said: str) -> int | None:
    plain = said.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 18 else None


def _do(form: Form, violation: UUID) -> bool:
    """Do it to one violation; whether it was done. What is wrong in a field is wrong for all of them."""
    try:
        write(lambda work: _act(work, form, violation))
    except InspectionError as error:
        wrong = wrong_fields(error)
        whole = wrong.pop("", None)
        form.wrong |= {_field(name): said for name, said in wrong.items()}
        if whole is not None:
            form.refused[violation] = whole
        return False
    return True


def _field(name: str) -> str:
    return {"reason": "words"}.get(name, name)


def _act(work: Work, form: Form, violation: UUID) -> None:
    doing, given = DOINGS[form.doing], form.given
    made, words, seen = uuid5(form.id, str(violation)), given["words"].strip(), form.seen_rev(violation)
    if isinstance(doing.kind, DecisionKind):
        until = day_of(given.get("until", "")) if doing.ask else None
        deciding.decide(work, g.caller, violation, Wish(made, doing.kind, words, until, seen_rev=seen))
        return
    intent = Intent(
        made,
        doing.kind,
        words,
        office_id=id_of(given.get("office_id", "")),
        year=_number(given.get("year", "")),
        sum=_number(given.get("sum", "")),
        answer_by=day_of(given.get("answer_by", "")),
        seen_rev=seen,
    )
    violation_acts.act(work, g.caller, violation, intent)
