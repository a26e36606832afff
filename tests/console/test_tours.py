"""Tours from the console: found from chosen re-checks, accepted, taken along, and nobody else's."""

import html
import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import gpxpy
import pytest
from icalendar import Calendar

from api.console.tour_pictures import HIGH, WIDE, picture
from inspection.history import DecisionKind
from inspection.tables.followups import FollowUp
from inspection.tables.people import Role
from inspection.tables.regions import Home
from inspection.tables.tours import Tour, TourState
from tests.console.conftest import HOSTILE, Console
from tests.inspection.world import DISTRICT, FAILS, REGION, STEP

HOME = "43.25, 76.25"


def rechecked(console: Console, east: float, **about: Any) -> UUID:
    """An open re-check so many hundredths of a degree (some 810 m) east of HOME."""
    facility = console.world.facility(lat=43.25, lon=76.25 + east / 100, **about)
    console.world.add(Home(id=facility, region=REGION, kind="facility"))
    console.world.prescribe(console.world.audited(facility, {STEP: FAILS[STEP]}))
    console.world.decide(facility, STEP, DecisionKind.DECLARE)
    held = console.world.followup(facility)
    assert held is not None
    return held.id


def form(console: Console, chosen: list[UUID], **more: Any) -> dict[str, Any]:
    """A form as the browser sends it."""
    day = console.world.clock().date() + timedelta(days=1)
    plain = {"begins": "09:00", "ends": "18:00", "minutes": "60", "returns": "1", "start": "other", "spot": HOME}
    return {"id": uuid4(), "sent": "1", "followup": chosen, "day": day, **plain, **more}


def found(console: Console, chosen: list[UUID], who: UUID | None = None, **more: Any) -> Tour:
    answer = console.post("/tours/new", who or console.world.inspector, **form(console, chosen, **more))
    assert answer.status_code == 303, answer.text
    (tour,) = console.world.rows(Tour, Tour.state == TourState.PROPOSED.value)
    assert answer.headers["Location"] == f"/console/tours?day={tour.day}&done=found"
    return tour


def test_a_tour_is_found_from_chosen_re_checks_and_shown_in_order_with_times_and_a_picture(
    console: Console,
) -> None:
    far, near = rechecked(console, 20), rechecked(console, 2)
    tour = found(console, [far, near])
    page = console.get("/tours", console.world.inspector, day=tour.day.isoformat()).text
    order = re.findall(r'<th scope="row"[^>]*><a href="/console/facilities/([0-9a-f-]{36})"', page)
    assert order == [stop["facility_id"] for stop in tour.stops]
    assert len(order) == 2
    assert re.search(r'data-title="Arrival">\d\d:\d\d<', page)
    assert page.count("<circle") == 2
    assert "straight lines" in page
    assert not console.world.rows(FollowUp, FollowUp.assignee_id.is_not(None))  # nothing is decided yet


def test_the_map_is_told_the_same_as_the_list_and_has_its_policy(console: Console) -> None:
    tour = found(console, [rechecked(console, 20), rechecked(console, 2)])
    answer = console.get("/tours", console.world.inspector, day=tour.day.isoformat())
    (told,) = re.findall(r"data-needs='([^']+)'", answer.text)
    needs = json.loads(html.unescape(told))
    start, *stops = needs["spots"]
    assert (start["lat"], start["lon"]) == (43.25, 76.25)
    assert start["said"].startswith("Start and end of the day, 09:00–")
    listed = re.findall(r'<tr data-spot="(\d+)">.*?</tr>', answer.text, re.DOTALL)
    assert listed == ["0", "1", "2", "0"]
    for n, stop in enumerate(stops, 1):
        times = re.search(
            rf'<tr data-spot="{n}">.*?Arrival">(\d\d:\d\d)<.*?Departure">(\d\d:\d\d)<', answer.text, re.DOTALL
        )
        assert times is not None
        assert stop["said"] == f"{n}. Выдуманная поликлиника, {times[1]}–{times[2]}"
    assert needs["returns"] is True
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r'<(script|link)[^>]+(src|href)="[^"]*maplibre', answer.text)


def test_a_name_is_never_markup_in_the_list_or_in_what_the_map_is_told(console: Console) -> None:
    name = f"'{HOSTILE}"
    tour = found(console, [rechecked(console, 2, name_ru=name)])
    page = console.get("/tours", console.world.inspector, day=tour.day.isoformat()).text
    assert "<script>alert" not in page
    (told,) = re.findall(r"data-needs='([^']+)'", page)
    assert name in json.loads(html.unescape(told))["spots"][1]["said"]


def test_a_day_without_a_tour_needs_no_map_and_no_worker(console: Console) -> None:
    answer = console.get("/tours", console.world.inspector)
    assert "map_ground" not in answer.text
    assert "worker-src" not in answer.headers["Content-Security-Policy"]


def test_who_does_not_come_back_is_told_where_the_day_ends(console: Console) -> None:
    tour = found(console, [rechecked(console, 2)], returns="")
    page = console.get("/tours", console.world.inspector, day=tour.day.isoformat()).text
    assert "the day ends here" in page
    assert "Back at the start" not in page
    assert "Start of the day" in page


def test_sending_the_form_twice_finds_one_tour(console: Console) -> None:
    sent = form(console, [rechecked(console, 2)])
    assert [console.post("/tours/new", console.world.inspector, **sent).status_code for _ in range(2)] == [
        303,
        303,
    ]
    assert len(console.world.rows(Tour)) == 1


def test_a_tour_of_the_queue_is_found_without_choosing(console: Console) -> None:
    rechecked(console, 2)
    tour = found(console, [], area=DISTRICT)
    assert len(tour.stops) == 1


def test_accepting_makes_its_re_checks_mine_and_gives_files_to_take_along(console: Console) -> None:
    followup, inspector = rechecked(console, 2), console.world.inspector
    tour = found(console, [followup])
    assert console.get(f"/tours/{tour.id}.ics", inspector).status_code == 404  # nothing is decided yet
    answer = console.post(f"/tours/{tour.id}/accept", inspector)
    assert answer.headers["Location"] == f"/console/tours?day={tour.day}&done=accept"
    (row,) = console.world.rows(FollowUp, FollowUp.id == followup)
    assert (row.assignee_id, row.planned_on) == (inspector, tour.day)
    gpx, ics = (console.get(f"/tours/{tour.id}.{kind}", inspector) for kind in ("gpx", "ics"))
    assert len(gpxpy.parse(gpx.text).waypoints) == 1
    assert len(Calendar.from_ical(ics.data).events) == 1
    assert 'filename="tour-' in gpx.headers["Content-Disposition"]
    page = console.get("/tours", inspector, day=tour.day.isoformat()).text
    assert f'href="/console/tours/{tour.id}.ics"' in page
    assert "I go this way" not in page


def test_re_checks_that_somebody_else_has_stay_theirs_and_are_named(console: Console) -> None:
    followup, inspector = rechecked(console, 2), console.world.inspector
    tour = found(console, [followup])
    rev = console.world.rows(FollowUp)[0].rev
    console.post(
        "/followups/act",
        None,
        **{
            "act": "assign",
            "sent": "1",
            "followup": followup,
            f"rev-{followup}": rev,
            "assignee": console.world.head,
        },
    )
    answer = console.post(f"/tours/{tour.id}/accept", inspector)
    query = dict(part.split("=") for part in answer.headers["Location"].partition("?")[2].split("&"))
    page = console.get("/tours", inspector, **query).text
    assert "These re-checks stay as they are" in page
    assert page.count("<li>Выдуманная поликлиника</li>") == 1
    assert console.world.rows(FollowUp)[0].assignee_id == console.world.head


def test_not_going_takes_the_day_from_its_re_checks(console: Console) -> None:
    followup, inspector = rechecked(console, 2), console.world.inspector
    tour = found(console, [followup])
    console.post(f"/tours/{tour.id}/accept", inspector)
    assert console.post(f"/tours/{tour.id}/cancel", inspector).status_code == 303
    (row,) = console.world.rows(FollowUp, FollowUp.id == followup)
    assert (row.assignee_id, row.planned_on) == (inspector, None)
    assert "You have no tour on this day." in console.get("/tours", inspector, day=tour.day.isoformat()).text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"day": "tomorrow"}, "day"),
        ({"day": "2001-01-01"}, "day"),
        ({"begins": "9"}, "begins"),
        ({"ends": "08:00"}, "ends"),
        ({"minutes": "4"}, "minutes"),
        ({"minutes": "an hour"}, "minutes"),
        ({"spot": ""}, "spot"),
        ({"spot": "here"}, "spot"),
        ({"spot": "0, 0"}, "spot"),
        ({"spot": "95, 76"}, "spot"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_that_was_typed_is_lost(
    console: Console, given: dict[str, str], field: str
) -> None:
    followup = rechecked(console, 2)
    page = console.post("/tours/new", console.world.inspector, **form(console, [followup], **given))
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert f'value="{followup}"' in page.text
    for value in given.values():
        assert value in page.text
    assert not console.world.rows(Tour)


def test_a_place_that_nobody_has_located_is_said_and_can_be_left_out(console: Console) -> None:
    console.world.decide(console.facility, STEP, DecisionKind.DECLARE)
    lost = console.world.followup(console.facility)
    assert lost is not None
    page = console.post("/tours/new", console.world.inspector, **form(console, [lost.id]))
    assert page.status_code == 422
    assert "nobody knows where this facility is" in page.text


def test_where_there_is_nowhere_to_go_that_is_said(console: Console) -> None:
    page = console.post("/tours/new", console.world.inspector, **form(console, [], area=DISTRICT))
    assert page.status_code == 422
    assert "there is nowhere to go" in page.text


def test_a_tour_is_its_authors_alone(console: Console) -> None:
    tour = found(console, [rechecked(console, 2)])
    head = console.world.head
    assert str(tour.id) not in console.get("/tours", head, day=tour.day.isoformat()).text
    for path in (f"/tours/{tour.id}.gpx", f"/tours/{tour.id}.ics"):
        assert console.get(path, head).status_code == 404
    for act in ("accept", "cancel"):
        assert console.post(f"/tours/{tour.id}/{act}", head).status_code == 404
    assert console.world.rows(Tour)[0].state == TourState.PROPOSED.value


def test_an_id_that_is_somebody_elses_tour_is_refused(console: Console) -> None:
    followup = rechecked(console, 2)
    tour = found(console, [followup])
    page = console.post("/tours/new", console.world.head, **form(console, [followup], id=tour.id))
    assert page.status_code == 422
    assert len(console.world.rows(Tour)) == 1


def test_who_may_not_audit_plans_nothing(console: Console) -> None:
    official = console.world.person(Role.AKIMAT, DISTRICT)
    for answer in (
        console.get("/tours", official),
        console.get("/tours/new", official),
        console.post("/tours/new", official, **form(console, [])),
    ):
        assert answer.status_code == 403


def test_a_day_begins_where_the_last_one_did(console: Console) -> None:
    found(console, [rechecked(console, 2)])
    assert 'value="43.25000, 76.25000"' in console.get("/tours/new", console.world.inspector).text


def test_a_picture_keeps_directions_and_stays_within_its_edges() -> None:
    start = {"lat": 43.0, "lon": 76.0}
    stops = [{"lat": 43.0, "lon": 76.5}, {"lat": 43.4, "lon": 76.5}]
    drawn = picture({"start": start, "stops": stops, "returns": True})
    home, east, north = drawn.marks
    assert (home.number, east.number, north.number) == (None, 1, 2)
    assert east.x > home.x
    assert east.y == home.y
    assert north.y < east.y
    assert all(0 < mark.x < WIDE and 0 < mark.y < HIGH for mark in drawn.marks)
    assert drawn.line.split()[0] == drawn.line.split()[-1]


def test_a_picture_of_one_place_is_in_the_middle() -> None:
    start = {"lat": 43.0, "lon": 76.0}
    drawn = picture({"start": start, "stops": [start], "returns": False})
    assert {(mark.x, mark.y) for mark in drawn.marks} == {(WIDE / 2, HIGH / 2)}
