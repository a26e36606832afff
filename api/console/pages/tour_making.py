"""Planning a tour: of the re-checks that were chosen, or of the caller's queue. It is found between two units."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import gettext

from api.console import facts
from api.console.asking import day_of, id_of, today_of_caller
from api.console.blueprint import page
from api.console.page import Page, draw, form_id, go, write, wrong_fields
from api.console.pages.followups import rows_of
from api.tour_forms import CLOCK, read_hours
from api.tour_proposing import best_of, candidates_of
from api.wiring import wiring
from inspection import followups, read_areas, tours
from inspection.errors import InspectionError
from inspection.tour_candidates import MOST, Candidates, refuse_who_may_not_audit

OTHER = "other"
SPOT = re.compile(r"\s*(-?[0-9]{1,3}(?:[.,][0-9]{1,12})?)\s*[,; ]\s*(-?[0-9]{1,3}(?:[.,][0-9]{1,12})?)\s*")
PLAIN = {"begins": "09:00", "ends": "18:00", "minutes": "60", "returns": "1"}
LUNCH = {"earliest": "12:00", "latest": "14:00", "minutes": 60}
FIELDS = {"start/lat": "spot", "start/lon": "spot", "start": "spot"}


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it. rows: re-checks that were chosen; starts: value and place."""

    id: UUID
    given: Mapping[str, str]
    rows: list[dict[str, Any]]
    starts: list[tuple[str, str]]
    areas: Any
    wrong: dict[str, str] = field(default_factory=dict)


@page("/tours/new", "tour_new")
class NewTour(Page):
    """A tour that is to be found."""

    found: tuple[Form, dict[str, Any], Candidates] | None = None

    def dispatch_request(self, **path: Any) -> Response:
        """Read within a unit; find the best way in none, because it takes seconds; keep it in another."""
        self.found = None
        answer = super().dispatch_request(**path)
        return answer if self.found is None else _keep(*self.found)

    def get(self) -> Response:
        """Ask for the day."""
        return _ask(_form(request.args))

    def post(self) -> Response:
        """From the queue of re-checks: ask. From the form: see whether a tour can be found."""
        form = _form(request.form)
        if "sent" not in request.form:
            return _ask(form)
        asked, form.wrong = _asked(form)
        if form.wrong:
            return _ask(form, 422)
        try:
            if (there := tours.held(g.work.session, g.caller, form.id)) is not None:
                return go("tours", day=there.day.isoformat())
            read_hours(asked)
            self.found = form, asked, candidates_of(g.work, g.caller, asked)
        except InspectionError as error:
            form.wrong = _wrong_of(error)
            return _ask(form, 422)
        return go("tours")  # not sent: `dispatch_request` goes on


def _form(given: Any) -> Form:
    refuse_who_may_not_audit(g.caller)
    session = g.work.session
    chosen = [made for said in given.getlist("followup")[:MOST] if (made := id_of(said)) is not None]
    rows = list(rows_of(followups.several(session, g.caller, chosen, now=g.work.now)))
    return Form(form_id(), given, rows, list(_starts(rows)), read_areas.areas_of(session, g.caller))


def _starts(rows: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Where a day can begin: where the caller's last one did, at one of the places, or elsewhere."""
    today = today_of_caller()
    last = tours.mine(
        g.work.session, g.caller, since=today - timedelta(days=90), until=today + timedelta(days=366)
    )
    spots = dict.fromkeys(_spelled(tour.asked) for tour in reversed(last))
    for spot in list(spots)[:3]:
        yield spot, gettext("as before: %(spot)s", spot=spot)
    for row in rows:
        if row["place"].get("lat") is not None:
            yield _spelled(row["place"]), facts.named(row["place"])
    yield OTHER, gettext("elsewhere: write the coordinates below")


def _ask(form: Form, status: int = 200) -> Response:
    tomorrow = today_of_caller() + timedelta(days=1)
    given = {"day": tomorrow.isoformat(), **PLAIN} if "sent" not in form.given else form.given
    return draw("tour_new", status, form=form, given=given)


def _asked(form: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """The question as `TourIn` reads it, and what is wrong in the fields."""
    given, wrong = form.given, dict(_wrong(form.given))
    if wrong:
        return {}, wrong
    lat, lon = _spot(given)
    return {
        "id": form.id,
        "day": day_of(given["day"]),
        "start": {"lat": lat, "lon": lon},
        **{name: given[name] for name in ("begins", "ends")},
        "returns": bool(given.get("returns")),
        "lunch": dict(LUNCH) if given.get("lunch") else None,
        "minutes": int(given["minutes"]),
        "area": None if form.rows else given.get("area") or None,
        "facilities": [_place(row) for row in form.rows] or None,
        "seed": 0,
    }, {}


def _wrong(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if day_of(given.get("day", "")) is None:
        yield "day", gettext("This is no date. Write it as 2026-12-31.")
    for name in ("begins", "ends"):
        if not re.fullmatch(CLOCK, given.get(name, "")):
            yield name, gettext("This is no time. Write it as 09:00.")
    minutes = given.get("minutes", "")
    if not (re.fullmatch("[0-9]{1,3}", minutes) and 5 <= int(minutes) <= 600):
        yield "minutes", gettext("Write a whole number from 5 to 600.")
    if not _spot(given):
        yield "spot", gettext("Write latitude and longitude, for example 43.2567, 76.9286.")


def _spot(given: Mapping[str, str]) -> tuple[float, ...]:
    """Latitude and longitude of the beginning; nothing if they are not said."""
    start = given.get("start", "")
    found = SPOT.fullmatch(given.get("spot", "") if start in ("", OTHER) else start)
    return () if found is None else tuple(float(part.replace(",", ".")) for part in found.groups())


def _spelled(spot: Mapping[str, Any]) -> str:
    return f"{spot['lat']:.5f}, {spot['lon']:.5f}"  # a metre


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {"prize": None, "minutes": None, "opens": []}
    return {"facility_id": row["facility_id"], "required": True, **plain}


def _wrong_of(error: InspectionError) -> dict[str, str]:
    """By field of the form; what is wrong with a place stands above all."""
    wrong = wrong_fields(error)
    named = {FIELDS.get(name, name): said for name, said in wrong.items() if not name.startswith("facilities/")}
    others = [said for name, said in wrong.items() if name.startswith("facilities/")]
    return named | ({"": " ".join(dict.fromkeys(others))} if others else {})


def _keep(form: Form, asked: dict[str, Any], candidates: Candidates) -> Response:
    proposal = best_of(wiring().settings, asked, candidates)
    try:
        day = write(lambda work: tours.store(work, g.caller, asked["id"], proposal).day)
    except InspectionError as error:
        form.wrong = _wrong_of(error)
        return draw("tour_new", 409, form=form, given=form.given)
    return go("tours", day=day.isoformat(), done="found")
