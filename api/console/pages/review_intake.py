"""What tablets sent and nothing was made of, or that lost: both values, who and when, and what is decided."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from flask import Response, g, request
from flask_babel import get_locale, gettext

from api import backlog
from api.console import facts, review_words
from api.console.asking import id_of
from api.console.attempts import Attempt, blank, sent
from api.console.blueprint import page
from api.console.lists import draw_list, listed, said_in_address
from api.console.page import Page, draw, go
from api.console.queues import queue
from api.disclosing import discloses
from api.views.intake import NEXT_FAULT
from api.wiring import wiring
from api.work import Work
from inspection import facility_lists, intake_decisions, intake_review, journal_reading, operators, people_names
from inspection.errors import NotFound
from inspection.intake_review import Filters, Wanted
from inspection.journal_reading import Wanted as Entries
from inspection.keyset import Page as Rows
from inspection.reports.titles import titles_of
from inspection.tables.areas import Area, Level
from inspection.tables.disclosures import Kind
from inspection.tables.intake import IntakeState

ENDPOINT = "review_intake"
DECIDED_STATES = tuple(IntakeState)
LAST_CHANGES = 5
People = Mapping[str, str]  # and operators, by id


@page("/review/intake", ENDPOINT)
class Intake(Page):
    """What was received in the caller's regions and is not finished."""

    @discloses(Kind.INTAKE)
    def get(self) -> Response:
        """The first received first."""
        decided = said_in_address("state") == "decided"

        def received(**asked: Any) -> Rows:
            states = DECIDED_STATES if decided else intake_review.UNFINISHED
            filters = Filters(states=states, decided=decided, area=asked.pop("area", None))
            return intake_review.page(g.work.session, g.caller, filters, **asked)

        found = listed(ENDPOINT, received)
        more: dict[str, Any] = {"deepest": Level.REGION, "reasons": _reasons, "country": _country}
        return draw_list(ENDPOINT, found, decided=decided, **more)


@page("/review/intake/<collection>/<uuid:document_id>/<sha256>", "review_received")
class OneReceived(Page):
    """One thing that was received."""

    @discloses(Kind.INTAKE)
    def get(self, collection: str, document_id: UUID, sha256: str) -> Response:
        """What was sent, beside what was held then and what is held now."""
        return _draw(_wanted(collection, document_id, sha256), blank())

    def post(self, collection: str, document_id: UUID, sha256: str) -> Response:
        """Take values after all, keep what is held, try again, or dismiss it."""
        wanted, form = _wanted(collection, document_id, sha256), sent()
        intake_review.find(g.work.session, g.caller, wanted)  # or there is nothing to decide
        decision = form.given.get("decision", "")
        if decision == "dismiss" or (decision == "choose" and request.form.getlist("take")):
            form.want_reason()
        if decision not in ("choose", "replay", "dismiss"):
            form.refuse("", gettext("Choose what you decide."))
        if form.tried(lambda work: _decide(work, wanted, decision, form)):
            return go(ENDPOINT, done=decision)
        return _draw(wanted, form)


def _wanted(collection: str, document_id: UUID, sha256: str) -> Wanted:
    return Wanted(collection, document_id, sha256, said_in_address("region") or None)


def _decide(work: Work, wanted: Wanted, decision: str, form: Attempt) -> None:
    reason = form.words("reason")
    if decision == "replay":
        row = intake_decisions.replay(work, g.caller, wanted)
        if row.state in intake_decisions.MADE:
            backlog.arrived(work, [wanted.document_id])  # other documents may have waited for it
    elif decision == "dismiss":
        intake_decisions.dismiss(work, g.caller, wanted, reason)
    else:
        take, rev = request.form.getlist("take"), form.number("rev")
        intake_decisions.choose(work, g.caller, wanted, take, reason=reason or None, seen_rev=rev)


def _draw(wanted: Wanted, form: Attempt) -> Response:
    row = intake_review.one(g.work.session, g.caller, wanted)
    called = _called(row)
    titles = titles_of(g.work.session, None)
    conflict = row["state"] == IntakeState.CONFLICT
    made = row["state"] in intake_decisions.MADE
    return draw(
        "review_received",
        form.status,
        row=row,
        form=form,
        wanted=wanted,
        queue=queue(ENDPOINT),
        reasons=_reasons(row["reason"]),
        value=lambda name, said: review_words.field_value(name, said, titles, called),
        changes=_last_changes(row) if row["now"] else (),
        taken=request.form.getlist("take"),
        whole=_whole(row),
        place=_place(row),
        people=people_names.names(g.work.session, {row["decided_by"]} - {None}),
        country=_country(row["region"]),
        words=review_words,
        chooses=conflict and row["decided_at"] is None and row["now"] is not None,
        replays=not (conflict or made) and row["decided_at"] is None,
        dismisses=row["decided_at"] is None and not made and row["state"] != IntakeState.KEPT,
    )


def _country(region: str) -> str:
    """In which country a region lies: its clock is shown."""
    return str(g.work.session.get_one(Area, region).country)


def _reasons(said: str | None) -> Sequence[str]:
    """Why it was put aside, fault by fault, in the reader's language."""
    if said is None:
        return ()
    phrasebook, tongue = wiring().phrasebook, get_locale().language
    return [review_words.sentence(phrasebook, each, tongue) for each in NEXT_FAULT.split(said)]


def _called(row: Mapping[str, Any]) -> People:
    """What people and operators are called that the compared values name."""
    values = [each[side] for each in row["fields"] or () for side in ("base", "sent", "held", "now")]
    ids = {made for said in values if isinstance(said, str) and (made := id_of(said)) is not None}
    known = {str(made): name for made, name in people_names.names(g.work.session, ids).items()}
    for made in ids - {UUID(each) for each in known}:
        try:
            known[str(made)] = facts.named(operators.one(g.work.session, g.caller, made))
        except NotFound:
            continue
    return known


def _last_changes(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Who changed the held document last, and which fields; nothing for who may not read the journal there."""
    about = Entries(object_id=str(row["document"]))
    try:
        found = journal_reading.page(
            g.work.session, g.caller, row["now"]["region_code"], about, limit=LAST_CHANGES
        )
    except NotFound:
        return ()
    return found.rows


def _whole(row: Mapping[str, Any]) -> str:
    """All that was sent, as text."""
    if row["sent"] is None:
        return str(row["text"] or "")
    return orjson.dumps(row["sent"], option=orjson.OPT_INDENT_2).decode()


def _place(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The place it is about, if the reader may see it."""
    sent_document = row["sent"] if isinstance(row["sent"], Mapping) else {}
    named = {
        "facilities": row["document"],
        "audits": sent_document.get("facility"),
        "followups": (row["now"] or sent_document).get("facility_id"),
    }
    made = id_of(str(named.get(row["collection"]) or ""))
    if made is None:
        return None
    return facility_lists.several(g.work.session, g.caller, [made]).get(made)
