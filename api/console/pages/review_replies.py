"""What operators write: what they ask for, what they declare, and what officials answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, g
from flask_babel import gettext, lazy_gettext

from api.answers.waiting import PDF
from api.console import review_words
from api.console.attempts import Attempt, blank, sent
from api.console.blueprint import page
from api.console.lists import Listed, draw_list, listed, said_in_address
from api.console.page import Page, draw, go
from api.console.queues import ASKED, queue
from api.console.violation_rows import rows_of
from api.disclosing import discloses
from inspection import people_names, violation_details
from inspection.access import Act, Place, may
from inspection.answers import answering
from inspection.answers.answering import Answer
from inspection.countries import local_date
from inspection.history import DecisionKind
from inspection.keyset import Page as Rows
from inspection.photos import blobs
from inspection.tables.answers import ReplyKind, ReplyState
from inspection.tables.disclosures import Kind
from inspection.tables.photos import BlobState

_ = lazy_gettext
REPLIES, DECLARATIONS = "review_replies", "review_declarations"
# What the rules call otherwise than the form.
NAMES = {"reason": "words", "by": "outcome"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer that can be given. wants_date: a date belongs to it."""

    title: Any
    state: ReplyState
    by: DecisionKind | None = None
    wants_date: bool = False


OUTCOMES: Mapping[str, Outcome] = {
    "extend": Outcome(_("Extend the date"), ReplyState.GRANTED, DecisionKind.EXTEND, wants_date=True),
    "recheck": Outcome(_("Send an inspector to look again"), ReplyState.GRANTED, DecisionKind.RECHECK),
    "waive": Outcome(
        _("Agree: release without a measurement"), ReplyState.GRANTED, DecisionKind.WAIVE, wants_date=True
    ),
    "refuse": Outcome(_("Refuse"), ReplyState.REFUSED),
    "note": Outcome(_("Note: nothing follows"), ReplyState.NOTED),
}
OPEN_TO: Mapping[str, Sequence[str]] = {
    ReplyKind.EXTENSION: ("extend", "refuse"),
    ReplyKind.CONTEST: ("recheck", "waive", "refuse"),
    ReplyKind.MESSAGE: ("note",),
    ReplyKind.REMEDIED: ("note",),
}


@page("/review/replies", REPLIES)
class Replies(Page):
    """What operators ask for."""

    @discloses(Kind.REPLIES)
    def get(self) -> Response:
        """The longest waiting first, or what was answered."""
        decided = said_in_address("state") == "decided"
        states = [state.value for state in ReplyState if (state is ReplyState.WAITING) is not decided]

        def replies(**asked: Any) -> Rows:
            return answering.page(g.work.session, g.caller, state=states, kinds=ASKED, **asked)

        return _list(REPLIES, listed(REPLIES, replies), decided=decided)


@page("/review/declarations", DECLARATIONS)
class Declarations(Page):
    """What operators say is remedied."""

    @discloses(Kind.REPLIES)
    def get(self) -> Response:
        """Those that nobody has measured yet, the oldest first."""
        return _list(DECLARATIONS, listed(DECLARATIONS, queue(DECLARATIONS).waiting), decided=False)


@page("/review/replies/<uuid:reply_id>", "review_reply")
class OneReply(Page):
    """One of them, with its files."""

    @discloses(Kind.REPLIES)
    def get(self, reply_id: UUID) -> Response:
        """What was said, of what, and what can be answered."""
        return _draw(reply_id, blank())

    def post(self, reply_id: UUID) -> Response:
        """Answer it, once."""
        form = sent()
        form.want_reason("words")
        chosen = OUTCOMES.get(form.given.get("outcome", ""))
        if chosen is None:
            form.refuse("outcome", gettext("Choose what you answer."))
        until = _day(form) if chosen and chosen.wants_date else None
        if chosen and not form.wrong:
            said = Answer(chosen.state, form.words("words"), chosen.by, until)
            if form.tried(lambda work: answering.answer(work, g.caller, reply_id, said), NAMES):
                kind = answering.one(g.work.session, g.caller, reply_id)["kind"]
                return go(DECLARATIONS if kind == ReplyKind.REMEDIED else REPLIES, done="answered")
        return _draw(reply_id, form)


def _day(form: Attempt) -> date | None:
    said = form.words("until")
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        form.refuse("until", gettext("This is no date. Write it as 2026-12-31."))
        return None


def _list(endpoint: str, found: Listed, *, decided: bool) -> Response:
    about = {row["violation_id"] for row in found.rows}
    return draw_list(endpoint, found, decided=decided, violations=_violations(about))


def _violations(ids: set[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """What replies are about, by id; without those that the reader may not see."""
    rows = rows_of(violation_details.several(g.work.session, g.caller, ids, now=g.work.now))
    return {UUID(row["id"]): row for row in rows}


def _draw(reply_id: UUID, form: Attempt) -> Response:
    reply = answering.one(g.work.session, g.caller, reply_id)
    place = Place(reply["country"], reply["region_code"], reply["district_code"])
    open_to = OPEN_TO[reply["kind"]] if reply["answered_by"] is None and may(g.caller, Act.DECIDE, place) else ()
    return draw(
        "review_reply",
        form.status,
        reply=reply,
        form=form,
        queue=queue(DECLARATIONS if reply["kind"] == ReplyKind.REMEDIED else REPLIES),
        violation=_violations({reply["violation_id"]}).get(reply["violation_id"]),
        files=list(_files(reply)),
        outcomes=[(name, OUTCOMES[name]) for name in open_to],
        wants_date=any(OUTCOMES[name].wants_date for name in open_to),
        people=people_names.names(g.work.session, {reply["answered_by"]} - {None}),
        words=review_words,
        local=local_date,
    )


def _files(reply: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Files that came along, each with how it can be shown: as a picture, to be saved, or not yet."""
    for each in reply["files"]:
        held = answering.file(g.work.session, g.caller, each["id"])
        if held.media_type == PDF:
            yield each, "paper"
        else:
            seen = blobs.state_of(g.work.session, held.sha256) == BlobState.EXAMINED
            yield each, "picture" if seen else "unseen"
