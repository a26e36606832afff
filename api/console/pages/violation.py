"""One violation: what was measured, whom it keeps out, everything that happened, and what can be done now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from flask_babel import lazy_gettext

from api.console import facts
from api.console.blueprint import page
from api.console.doings import DOINGS, Doing, doings_of
from api.console.page import Page, draw
from inspection import offices, people_names, violation_details
from inspection.access import Act, Place, may
from inspection.countries import local_date
from inspection.photos import listing
from inspection.reports.titles import titles_of
from inspection.tables.violations import STANDING

_ = lazy_gettext
OPEN_TO = ("extend", "ask", "assign", "plan_works", "recheck", "declare", "accept", "waive")
EVENTS: Mapping[str, Any] = {
    **{name: doing.title for name, doing in DOINGS.items()},
    "found": _("Found"),
    "found_again": _("Found again"),
    "revoke": _("A decision was taken back"),
    "take_back": _("Something was taken back"),
    "told_prescribed": _("Prescribed to the operator"),
    "told_extended": _("The operator was told of the later date"),
    "told_corrected": _("The operator was told of a correction"),
    "told_released": _("The operator was told that it is over"),
    "measured_pass": _("Measured as remedied"),
    "waiver": _("Ended by a release without a measurement"),
    "refuted": _("A re-check found that it is not remedied"),
    "reply": _("The operator explained"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. who: a person, None for the system or the operator."""

    at: datetime
    what: str
    who: UUID | None = None
    words: str = ""
    about: str = ""


@page("/violations/<uuid:violation_id>", "violation")
class OneViolation(Page):
    """One violation."""

    def get(self, violation_id: UUID) -> Response:
        """Everything that is known of it."""
        session = g.work.session
        row = violation_details.one(session, g.caller, violation_id, now=g.work.now)
        row["urgency"] = facts.date_class(row)
        events = sorted(_events(row), key=lambda event: event.at, reverse=True)
        place = Place(row["country"], row["region_code"], row["district_code"])
        decides = may(g.caller, Act.DECIDE, place) and row["state"] in [state.value for state in STANDING]
        return draw(
            "violation",
            row=row,
            events=events,
            called=EVENTS,
            people=people_names.names(session, {event.who for event in events if event.who is not None}),
            titles=titles_of(session, row["country"]),
            photos=_photos(row),
            doings=doings_of(OPEN_TO) if decides else (),
            done=_done(request.args.get("done", "")),
            days=lambda at: local_date(at, row["country"]),
            here_path=url_for("console.violation", violation_id=violation_id),
        )


def _done(name: str) -> Doing | None:
    return DOINGS.get(name)


def _photos(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Photos of the audit that last judged it: those of its requirement first, and only those that can be seen."""
    held = listing.of_audit(g.work.session, g.caller, UUID(row["last_audit"]["id"]))["items"]
    seen = [photo for photo in held if photo["state"] == "examined"]
    return [photo for photo in seen if photo["criterion"] == row["criterion"] and photo["place"] == row["place"]]


def _events(row: Mapping[str, Any]) -> Iterator[Event]:
    for episode in row["episodes"]:
        yield from _of_episode(episode)
    for decision in row["decisions"]:
        until = facts.day(decision["until"]) if decision["until"] else ""
        yield Event(decision["decided_at"], decision["kind"], decision["author_id"], decision["reason"], until)
    called = offices.names(g.work.session, {act["office_id"] for act in row["acts"] if act["office_id"]})
    for act in row["acts"]:
        yield Event(act["acted_at"], act["kind"], act["author_id"], act["words"], _about_act(act, called))
        if act["explanation"]:
            yield Event(act["explanation"]["received_at"], "reply")
    for told in row["told"]:
        yield Event(told["told_at"], f"told_{told['say']}", about=facts.day(told["due_on"]))


def _of_episode(episode: Mapping[str, Any]) -> Iterator[Event]:
    yield Event(_moment(episode["opened_at"]), "found")
    for name, what in (("refuted_at", "refuted"),):
        if at := episode.get(name):
            yield Event(_moment(at), what)
    if at := episode.get("ended_at"):
        yield Event(_moment(at), str(episode["ended_by"]))


def _about_act(act: Mapping[str, Any], called: Mapping[UUID, Mapping[str, Any]]) -> str:
    if act["office_id"]:
        return facts.named(called.get(act["office_id"], {}))
    if act["year"]:
        return f"{act['year']}" + (f", {facts.number(act['sum'])}" if act["sum"] is not None else "")
    return facts.day(act["answer_by"])


def _moment(said: datetime | str) -> datetime:
    return datetime.fromisoformat(said) if isinstance(said, str) else said
