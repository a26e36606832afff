"""One violation: what was measured, whom it keeps out, everything that happened, and what can be done now."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from flask_babel import gettext

from api.console import facts
from api.console.blueprint import page
from api.console.doings import DOINGS, doings_of
from api.console.happenings import Said, said
from api.console.page import Page, draw
from inspection import checklists, offices, people_names, violation_details, violation_history
from inspection.access import Act, Place, may
from inspection.countries import local_date
from inspection.criteria import Criterion
from inspection.errors import NotFound
from inspection.photos import listing
from inspection.reports.titles import titles_of
from inspection.tables.violations import STANDING
from inspection.violation_history import Event

OPEN_TO = ("extend", "ask", "assign", "plan_works", "recheck", "declare", "accept", "waive")
VISITS = 5  # of which photos are shown, the newest
Row = Mapping[str, Any]


@page("/violations/<uuid:violation_id>", "violation")
class OneViolation(Page):
    """One violation."""

    def get(self, violation_id: UUID) -> Response:
        """Everything that is known of it."""
        session = g.work.session
        row = violation_details.one(session, g.caller, violation_id, now=g.work.now)
        row["urgency"] = facts.date_class(row)
        events = violation_history.events(session, g.caller, row)
        photos = _photos(row, events)
        place = Place(row["country"], row["region_code"], row["district_code"])
        decides = may(g.caller, Act.DECIDE, place) and row["state"] in [state.value for state in STANDING]
        return draw(
            "violation",
            row=row,
            happened=_said(row, events),
            people=_people(events, photos),
            source=_criterion(row),
            titles=titles_of(session, row["country"]),
            photos=photos,
            doings=doings_of(OPEN_TO) if decides else (),
            takes_back=may(g.caller, Act.DECIDE, place),
            done=_done(request.args.get("done", "")),
            moment=lambda at: facts.local_moment(at, row["country"]),
            here_path=url_for("console.violation", violation_id=violation_id),
        )


@page("/violations/<uuid:violation_id>/photos/<uuid:photo_id>", "violation_photo")
class OnePhoto(Page):
    """One photo of a violation, as large as it is, with what it shows in words."""

    def get(self, violation_id: UUID, photo_id: UUID) -> Response:
        """The photo, and the ways to those beside it."""
        row = violation_details.one(g.work.session, g.caller, violation_id, now=g.work.now)
        photos = _photos(row, violation_history.events(g.work.session, g.caller, row))
        at = next((n for n, photo in enumerate(photos) if photo["id"] == photo_id), None)
        if at is None:
            raise NotFound("there is no such photo", kind="photo")
        return draw(
            "violation_photo",
            row=row,
            photo=photos[at],
            number=at + 1,
            count=len(photos),
            before=photos[at - 1] if at else None,
            after=photos[at + 1] if at + 1 < len(photos) else None,
            people=_people([], photos[at : at + 1]),
            source=_criterion(row),
            moment=lambda taken: facts.local_moment(taken, row["country"]),
        )


def _done(name: str) -> str:
    if name == "take_back":
        return str(gettext("It was taken back."))
    return str(DOINGS[name].done) if name in DOINGS else ""


def _photos(row: Row, events: Collection[Event]) -> Sequence[Mapping[str, Any]]:
    """Photos of this requirement at this place that can be seen, of its newest visits, the newest first.

    Each with what was measured on its visit.
    """
    visits = [event for event in events if "audit" in event.about][:VISITS]
    shown = []
    for visit in visits:
        held = listing.of_audit(g.work.session, g.caller, visit.about["audit"])["items"]
        shown += [
            {**photo, "visit": visit, "measured": _measured(visit.about)}
            for photo in held
            if photo["state"] == "examined"
            and (photo["criterion"], photo["place"]) == (row["criterion"], row["place"])
        ]
    return shown


def _measured(about: Mapping[str, Any]) -> Mapping[str, str]:
    return {"value": facts.found(about), "limit": facts.norm(about)}


def _criterion(row: Row) -> Criterion | None:
    """The requirement in the version it was judged by: where its limit comes from."""
    made = checklists.checklist_id(row["country"], row["checklist_key"], row["checklist_version"])
    checklist = checklists.read_checklists(g.work.session, [made]).get(made)
    return None if checklist is None else checklist.criteria.get(row["criterion"])


def _people(events: Collection[Event], photos: Collection[Mapping[str, Any]]) -> Mapping[UUID, str]:
    """Names of everybody who did something."""
    named = ("person", "assignee", "delivered_by")
    wanted = {event.about.get(name) for event in events for name in named}
    wanted |= {event.who for event in events} | {photo["author_id"] for photo in photos}
    return people_names.names(g.work.session, {made for made in wanted if made is not None})


def _said(row: Row, events: Collection[Event]) -> Sequence[Said]:
    """What happened in words, the newest first."""
    called = offices.names(g.work.session, {made for event in events if (made := event.about.get("office_id"))})
    return [said(event, called, lambda at: local_date(at, row["country"])) for event in events]
