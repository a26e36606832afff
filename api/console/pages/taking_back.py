"""Taking back what was decided or done about a violation: what was before it holds again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, g

from api.console import facts
from api.console.attempts import Attempt, blank, sent
from api.console.blueprint import page
from api.console.happenings import can_be_taken_back, said
from api.console.page import Page, draw, form_id, go
from inspection import deciding, offices, people_names, violation_acts, violation_details, violation_history
from inspection.access import Act, Place, may
from inspection.countries import local_date
from inspection.errors import NotFound
from inspection.violation_history import Event


@page("/violations/<uuid:violation_id>/take-back/<uuid:made>", "violation_take_back")
class TakingBack(Page):
    """One decision or act that holds."""

    def get(self, violation_id: UUID, made: UUID) -> Response:
        """Ask why."""
        return _draw(violation_id, made, blank())

    def post(self, violation_id: UUID, made: UUID) -> Response:
        """Take it back."""
        form, taking = sent(), form_id()
        form.want_reason()
        row, _event = _found(violation_id, made)
        reason, decided = form.words("reason"), made in {each["id"] for each in row["decisions"]}
        take = deciding.revoke if decided else violation_acts.take_back
        if form.tried(lambda work: take(work, g.caller, made, taking, reason)):
            return go("violation", violation_id=violation_id, done="take_back")
        return _draw(violation_id, made, form)


def _found(violation_id: UUID, made: UUID) -> tuple[Mapping[str, Any], Event]:
    """The violation, and what is to be taken back. Raises NotFound for what is no decision or act about it."""
    row = violation_details.one(g.work.session, g.caller, violation_id, now=g.work.now)
    for event in violation_history.events(g.work.session, g.caller, row):
        if event.about.get("made") == made:
            return row, event
    raise NotFound("there is no such object")


def _draw(violation_id: UUID, made: UUID, form: Attempt) -> Response:
    row, event = _found(violation_id, made)
    session, country = g.work.session, row["country"]
    place = Place(country, row["region_code"], row["district_code"])
    office = event.about.get("office_id")
    return draw(
        "take_back",
        form.status,
        row=row,
        event=said(event, offices.names(session, {office} if office else ()), lambda at: local_date(at, country)),
        form=form,
        id=form_id(),
        people=people_names.names(session, {event.who} if event.who else ()),
        open=can_be_taken_back(event) and may(g.caller, Act.DECIDE, place),
        moment=lambda at: facts.local_moment(at, country),
    )
