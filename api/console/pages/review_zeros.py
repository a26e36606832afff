"""Statements that nobody comes to a place: the second signature, or the end of the statement."""

from typing import Any
from uuid import UUID

from flask import Response, g

from api.console import review_words
from api.console.attempts import Attempt, blank, sent
from api.console.blueprint import page
from api.console.lists import draw_list, listed
from api.console.page import Page, draw, go
from api.console.queues import queue
from inspection import facility_lists, people_names, use_records
from inspection.access import Act, Place, may
from inspection.countries import local_date

ENDPOINT = "review_zeros"


@page("/review/statements", ENDPOINT)
class Zeros(Page):
    """Statements that the caller could sign."""

    def get(self) -> Response:
        """The oldest first."""
        found = listed(ENDPOINT, queue(ENDPOINT).waiting)
        people = people_names.names(g.work.session, {row["author_id"] for row in found.rows} - {None})
        return draw_list(ENDPOINT, found, people=people)


@page("/review/statements/<uuid:record_id>", "review_zero")
class OneZero(Page):
    """One statement."""

    def get(self, record_id: UUID) -> Response:
        """What is stated, by whom and why."""
        return _draw(record_id, blank())

    def post(self, record_id: UUID) -> Response:
        """Sign it, or withdraw it with a reason."""
        form = sent()
        signs = form.given.get("decision") == "sign"
        if signs:
            done = form.tried(lambda work: use_records.countersign(work, g.caller, record_id))
        else:
            form.want_reason()
            reason = form.words("reason")
            done = form.tried(lambda work: use_records.withdraw(work, g.caller, record_id, reason))
        if done:
            return go(ENDPOINT, done="signed" if signs else "withdrawn")
        return _draw(record_id, form)


def _draw(record_id: UUID, form: Attempt) -> Response:
    session = g.work.session
    row: dict[str, Any] = use_records.one(session, g.caller, record_id)
    place = Place(row["country"], row["region_code"], row["district_code"])
    waits = row["attested_zero"] and not (row["withdrawn_at"] or row["countersigned_at"] or row["audit_id"])
    waits = waits and row["period_to"] >= local_date(g.work.now, row["country"])
    people = {row["author_id"], row["countersigned_by"], row["withdrawn_by"]} - {None}
    return draw(
        "review_zero",
        form.status,
        row=row,
        form=form,
        queue=queue(ENDPOINT),
        place=facility_lists.one(session, g.caller, row["facility_id"]),
        people=people_names.names(session, people),
        words=review_words,
        local=local_date,
        signs=waits and may(g.caller, Act.COUNTERSIGN, place) and row["author_id"] != g.caller.person_id,
        withdraws=row["withdrawn_at"] is None and may(g.caller, Act.COUNTERSIGN, place),
    )
