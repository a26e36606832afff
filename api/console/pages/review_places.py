"""Where places lie: what inspectors measured elsewhere, and what addresses led to."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, g
from flask_babel import get_locale, gettext

from api.console import review_words
from api.console.attempts import Attempt, blank, sent
from api.console.blueprint import page
from api.console.lists import draw_list, listed, said_in_address
from api.console.page import Page, draw, go
from api.console.queues import queue
from api.wiring import wiring
from inspection import facility_lists, geocode_review, people_names, position_questions
from inspection.access import Act, Place, may
from inspection.countries import local_date
from inspection.keyset import Page as Rows
from inspection.position_questions import Decision
from inspection.read_areas import names_of
from inspection.tables.geocoding import GeocodeState
from inspection.tables.positions import QuestionState

POSITIONS, ADDRESSES = "review_positions", "review_addresses"


@page("/review/positions", POSITIONS)
class Positions(Page):
    """Questions about where places lie."""

    def get(self) -> Response:
        """The oldest first."""
        decided = said_in_address("state") == "decided"

        def questions(**asked: Any) -> Rows:
            return position_questions.page(g.work.session, g.caller, open=not decided, **asked)

        found = listed(POSITIONS, questions)
        return draw_list(POSITIONS, found, decided=decided, named=_named(found.rows), say=_say)


@page("/review/positions/<uuid:question_id>", "review_position")
class OnePosition(Page):
    """One question with its fixes."""

    def get(self, question_id: UUID) -> Response:
        """Where it is held to lie, and where it was measured."""
        return _draw_question(question_id, blank())

    def post(self, question_id: UUID) -> Response:
        """Keep it where it is, or move it."""
        form = sent()
        form.want_reason()
        said = form.given.get("decision", "")
        if said not in [each.value for each in Decision]:
            form.refuse("", gettext("Choose what you decide."))
        reason, rev = form.words("reason"), form.number("rev")
        if form.tried(
            lambda work: position_questions.decide(
                work, g.caller, question_id, Decision(said), reason, seen_rev=rev
            )
        ):
            return go(POSITIONS, done=said)
        return _draw_question(question_id, form)


@page("/review/addresses", ADDRESSES)
class Addresses(Page):
    """Addresses that were looked up."""

    def get(self) -> Response:
        """Those in doubt, or what was decided about them."""
        decided = said_in_address("state") == "decided"
        states = [GeocodeState.PLACED, GeocodeState.REFUSED] if decided else [GeocodeState.DOUBTFUL]

        def addresses(**asked: Any) -> Rows:
            return geocode_review.page(g.work.session, g.caller, states=states, **asked)

        return draw_list(ADDRESSES, listed(ADDRESSES, addresses), decided=decided, say=_say)


@page("/review/addresses/<uuid:facility_id>", "review_address")
class OneAddress(Page):
    """The address of one place, and what it led to."""

    def get(self, facility_id: UUID) -> Response:
        """What was asked and what was answered."""
        return _draw_address(facility_id, blank())

    def post(self, facility_id: UUID) -> Response:
        """Believe it, or refuse it for good."""
        form = sent()
        form.want_reason()
        accept = form.given.get("decision") == "accept"
        reason, rev = form.words("reason"), form.number("rev")
        if form.tried(
            lambda work: geocode_review.decide(work, g.caller, facility_id, reason, accept=accept, seen_rev=rev)
        ):
            return go(ADDRESSES, done="accepted" if accept else "refused")
        return _draw_address(facility_id, form)


def _draw_question(question_id: UUID, form: Attempt) -> Response:
    session = g.work.session
    asked = position_questions.one(session, g.caller, question_id)
    return draw(
        "review_position",
        form.status,
        asked=asked,
        form=form,
        queue=queue(POSITIONS),
        place=facility_lists.one(session, g.caller, asked.facility_id),
        areas=names_of(session, [code for code in (asked.held_area, asked.proposed_area) if code]),
        people=people_names.names(session, [asked.decided_by] if asked.decided_by else ()),
        words=review_words,
        say=_say,
        local=local_date,
        decides=asked.state == QuestionState.OPEN and may(g.caller, Act.EDIT_FACILITY, asked),
    )


def _draw_address(facility_id: UUID, form: Attempt) -> Response:
    session = g.work.session
    row = geocode_review.one(session, g.caller, facility_id)
    there = Place(row["country"], row["region_code"], row["district_code"])
    code = row["district_code"] or row["region_code"]
    return draw(
        "review_address",
        form.status,
        row=row,
        form=form,
        queue=queue(ADDRESSES),
        place=facility_lists.one(session, g.caller, facility_id),
        area=names_of(session, [code]).get(code),
        people=people_names.names(session, {row["decided_by"]} - {None}),
        words=review_words,
        say=_say,
        local=local_date,
        decides=row["state"] == GeocodeState.DOUBTFUL and may(g.caller, Act.EDIT_FACILITY, there),
    )


def _say(sentence: str | None) -> str:
    if sentence is None:
        return ""
    return review_words.sentence(wiring().phrasebook, sentence, get_locale().language)


def _named(rows: Any) -> Mapping[UUID, Any]:
    """The places that questions are about, by id."""
    return facility_lists.several(g.work.session, g.caller, {row["facility_id"] for row in rows})
