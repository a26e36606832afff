"""What operators were told and is not true any more: what holds instead, and the letter that says so."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, g
from flask_babel import gettext

from api.console import review_words
from api.console.attempts import Attempt, blank, sent
from api.console.blueprint import page
from api.console.lists import draw_list, listed, said_in_address
from api.console.page import Page, draw, form_id, go
from api.console.queues import queue
from api.console.violation_rows import rows_of
from inspection import reviews, violation_details
from inspection.access import Act, Place, may
from inspection.countries import local_date
from inspection.errors import NotFound
from inspection.keyset import Page as Rows
from inspection.notices.correcting import correct
from inspection.telling import Why

ENDPOINT = "review_cases"


@page("/review/cases", ENDPOINT)
class Cases(Page):
    """Cases that wait, or are closed."""

    def get(self) -> Response:
        """The oldest first."""
        decided = said_in_address("state") == "decided"

        def cases(**asked: Any) -> Rows:
            return reviews.page(g.work.session, g.caller, open=not decided, **asked)

        found = listed(ENDPOINT, cases)
        about = {row["violation_id"] for row in found.rows}
        rows = rows_of(violation_details.several(g.work.session, g.caller, about, now=g.work.now))
        return draw_list(ENDPOINT, found, decided=decided, violations={UUID(row["id"]): row for row in rows})


@page("/review/cases/<uuid:case_id>", "review_case")
class OneCase(Page):
    """One case."""

    def get(self, case_id: UUID) -> Response:
        """What was told and what is true."""
        return _draw(case_id, blank())

    def post(self, case_id: UUID) -> Response:
        """Write to the operator what holds instead."""
        form, letter = sent(), form_id()
        form.want_reason()
        due_on = _day(form)
        reason = form.words("reason")
        if form.tried(lambda work: correct(work, g.caller, case_id, letter=letter, reason=reason, due_on=due_on)):
            return go(ENDPOINT, done="corrected")
        return _draw(case_id, form)


def _day(form: Attempt) -> date | None:
    said = form.words("due_on")
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        form.refuse("due_on", gettext("This is no date. Write it as 2026-12-31."))
        return None


def _draw(case_id: UUID, form: Attempt) -> Response:
    case = reviews.one(g.work.session, g.caller, case_id)
    place = Place(case["country"], case["region_code"], case["district_code"])
    return draw(
        "review_case",
        form.status,
        case=case,
        form=form,
        id=form_id(),
        queue=queue(ENDPOINT),
        row=_violation(case["violation_id"]),
        words=review_words,
        wants_date=case["why"] == Why.REOPENED,
        decides=case["closed_at"] is None and may(g.caller, Act.CONFIRM, place),
        local=local_date,
    )


def _violation(violation_id: UUID) -> Mapping[str, Any] | None:
    try:
        return violation_details.one(g.work.session, g.caller, violation_id, now=g.work.now)
    except NotFound:  # it lies elsewhere by now
        return None
