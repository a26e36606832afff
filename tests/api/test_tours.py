"""Tours through the API: proposed, accepted, exported, and read by calendars that cannot sign in."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import gpxpy
import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import update

from api.tour_forms import TourOut
from api.wiring import wire
from inspection.history import DecisionKind
from inspection.tables.facilities import Facility, Standing
from inspection.tables.followups import FollowUp
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Grant, Role
from inspection.tables.tours import CalendarLink, Tour
from inspection.tables.unvisited import Unvisited
from tests.api.people import token
from tests.inspection.world import COUNTRY, DISTRICT, FAILS, NEIGHBOUR, OTHER_REGION, REGION, STEP, World

TOURS = "/api/v1/tours"
CALENDAR = "/api/v1/me/calendar"
ALMATY = timezone(timedelta(hours=5))
HOME = {"lat": 43.25, "lon": 76.25}
DAY = "2026-03-18"


def placed(world: World, east: float, **about: Any) -> UUID:
    """A facility so many hundredths of a degree (some 810 m) east of HOME."""
    return world.facility(lat=HOME["lat"], lon=HOME["lon"] + east / 100, **about)


def ranked(world: World, facility: UUID, visits: float | None) -> UUID:
    """The facility, audited and with that rank."""
    world.audited(facility, FAILS)
    with world.unit() as unit:
        unit.session.execute(update(Standing).where(Standing.id == facility).values(obstructed=visits))
    return facility


def rechecked(world: World, facility: UUID) -> UUID:
    """The facility with an open re-check, because its owner says that it is mended."""
    world.prescribe(world.audited(facility, FAILS))
    world.decide(facility, STEP, DecisionKind.DECLARE)
    followup = world.followup(facility)
    assert followup is not None
    return followup.id


def wish(world: World, **about: Any) -> dict[str, Any]:
    return {"id": str(world.new_id()), "day": DAY, "start": HOME, **about}


def proposed(client: FlaskClient, world: World, *, by: UUID | None = None, **about: Any) -> dict[str, Any]:
    reply = client.post(TOURS, json=wish(world, **about), headers=token(by or world.inspector))
    assert reply.status_code == 201, reply.json
    assert set(reply.json or {}) == set(TourOut().fields)
    return dict(reply.json or {})


def accepted(client: FlaskClient, world: World, tour: dict[str, Any], *, by: UUID | None = None) -> dict[str, Any]:
    reply = client.post(f"{TOURS}/{tour['id']}/accept", headers=token(by or world.inspector))
    assert reply.status_code == 200, reply.json
    return dict(reply.json or {})


def order(tour: dict[str, Any]) -> list[str]:
    return [stop["facility_id"] for stop in tour["stops"]]


def test_named_places_are_visited_in_an_order_that_fits_the_day(client: FlaskClient, world: World) -> None:
    far, near = placed(world, 20), placed(world, 2)
    named = [{"facility_id": str(f), "prize": 10} for f in (far, near)]
    tour = proposed(client, world, facilities=named, begins="09:00", minutes=90)
    assert sorted(order(tour)) == sorted([str(far), str(near)])
    assert (tour["state"], tour["collected"], tour["time_zone"], tour["hidden"]) == (
        "proposed",
        20,
        "Asia/Almaty",
        0,
    )
    first = tour["stops"][0]
    assert tour["begins_at"] == "2026-03-18T09:00:00+05:00"
    assert first["leaves_at"] > first["begins_at"] >= first["arrives_at"] > tour["begins_at"]
    assert client.get(f"{TOURS}/{tour['id']}", headers=token(world.inspector)).json == tour


def test_the_day_is_too_short_for_everything_and_the_most_is_collected(client: FlaskClient, world: World) -> None:
    places = [placed(world, n + 1) for n in range(6)]
    named = [
        {"facility_id": str(f), "prize": prize} for f, prize in zip(places, (1, 50, 2, 40, 3, 4), strict=True)
    ]
    tour = proposed(client, world, facilities=named, ends="12:00", minutes=60)
    assert {str(places[1]), str(places[3])} <= set(order(tour))
    assert len(order(tour)) < 6
    assert datetime.fromisoformat(tour["ends_at"]) <= datetime.fromisoformat("2026-03-18T12:00:00+05:00")


def test_without_names_the_queue_and_the_ranks_say_where_to_go(client: FlaskClient, world: World) -> None:
    waiting, worst = placed(world, 1), ranked(world, placed(world, 2), 77.0)
    rechecked(world, waiting)
    ranked(world, world.facility(), 99.0)  # nobody knows where it is
    placed(world, 3)  # nothing to look at
    tour = proposed(client, world)
    assert set(order(tour)) == {str(waiting), str(worst)}
    assert (tour["collected"], tour["unranked"], tour["unlocated"], tour["considered"]) == (77.0, 1, 1, 2)
    prizes = {stop["facility_id"]: stop["prize"] for stop in tour["stops"]}
    assert prizes == {str(waiting): None, str(worst): 77.0}, "not ranked is not nothing"


def test_a_place_that_nobody_has_audited_is_proposed_by_what_its_neighbours_lead_to_expect(
    client: FlaskClient, world: World
) -> None:
    worst, small = ranked(world, placed(world, 1), 77.0), ranked(world, placed(world, 2), 0.5)
    unvisited, forgotten = placed(world, 3), placed(world, 4)
    for place, visits in ((unvisited, 30.0), (small, 900.0)):  # this one was audited since
        world.add(Unvisited(home_region=REGION, id=place, **expected(visits)))
    tour = proposed(client, world)
    prizes = {stop["facility_id"]: stop["prize"] for stop in tour["stops"]}
    assert prizes == {str(worst): 77.0, str(unvisited): 30.0, str(small): 0.5}
    assert str(forgotten) not in prizes


def expected(visits: float) -> dict[str, Any]:
    """A row of a place that nobody has audited."""
    numbers = dict.fromkeys(("visits", "visits_low", "visits_high", "obstructed"), visits)
    place = {"country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    return {**place, **numbers, "use_state": "unknown", "placeholder": True, "audited_nearby": 2, "audited": 2}


def test_sending_the_same_id_again_proposes_nothing_new(client: FlaskClient, world: World) -> None:
    asked = wish(world, facilities=[{"facility_id": str(placed(world, 1))}])
    replies = [client.post(TOURS, json=asked, headers=token(world.inspector)) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 200]
    assert replies[0].json == replies[1].json
    stolen = client.post(TOURS, json=asked, headers=token(world.colleague))
    assert (stolen.status_code, stolen.json["type"]) == (409, "/problems/id-taken")


def test_accepting_plans_the_re_checks_and_cancelling_takes_the_day_back(
    client: FlaskClient, world: World
) -> None:
    facility = placed(world, 1)
    followup = rechecked(world, facility)
    tour = proposed(client, world)
    assert accepted(client, world, tour)["left"] == []
    (held,) = world.rows(FollowUp, FollowUp.id == followup)
    assert (held.assignee_id, held.planned_on, held.state) == (world.inspector, date(2026, 3, 18), "assigned")
    again = accepted(client, world, tour)
    assert (again["state"], world.rows(FollowUp, FollowUp.id == followup)[0].rev) == ("planned", held.rev)
    cancelled = client.post(f"{TOURS}/{tour['id']}/cancel", headers=token(world.inspector))
    assert cancelled.json["state"] == "cancelled"
    (left,) = world.rows(FollowUp, FollowUp.id == followup)
    assert (left.assignee_id, left.planned_on) == (world.inspector, None)
    done = [entry.action for entry in world.rows(JournalEntry) if entry.object_kind in ("tour", "followup")]
    assert done.count("tour.accepted") == done.count("tour.cancelled") == 1
    late = client.post(f"{TOURS}/{tour['id']}/accept", headers=token(world.inspector))
    assert (late.status_code, late.json["type"]) == (409, "/problems/does-not-apply")


def test_a_re_check_of_somebody_else_stays_theirs_and_is_said(client: FlaskClient, world: World) -> None:
    facility = placed(world, 1)
    followup = rechecked(world, facility)
    tour = proposed(client, world, facilities=[{"facility_id": str(facility)}])
    with world.unit() as unit:
        row = unit.session.get_one(FollowUp, (REGION, followup))
        row.assignee_id, row.state, row.rev = world.colleague, "assigned", row.rev + 1
    (left,) = accepted(client, world, tour)["left"]
    assert (left["followup_id"], left["reason"]) == (str(followup), "somebody else has this re-check")
    (held,) = world.rows(FollowUp, FollowUp.id == followup)
    assert (held.assignee_id, held.planned_on) == (world.colleague, None)


def test_there_is_one_plan_a_day(client: FlaskClient, world: World) -> None:
    named = [{"facility_id": str(placed(world, 1))}]
    first = proposed(client, world, facilities=named)
    accepted(client, world, first)
    second = proposed(client, world, facilities=named)
    third = proposed(client, world, facilities=named)
    accepted(client, world, third)
    states = {str(tour.id): tour.state for tour in world.rows(Tour)}
    assert states == {first["id"]: "cancelled", third["id"]: "planned"}, (
        "a proposal that is not taken is forgotten"
    )
    assert second["id"] not in states
    listed = client.get(TOURS, headers=token(world.inspector)).json["items"]
    assert [tour["id"] for tour in listed] == [third["id"]]


def test_what_was_planned_for_the_day_must_be_visited(client: FlaskClient, world: World) -> None:
    mine = placed(world, 1)
    followup = rechecked(world, mine)
    ranked(world, placed(world, 2), 500.0)
    with world.unit() as unit:
        row = unit.session.get_one(FollowUp, (REGION, followup))
        row.assignee_id, row.state, row.planned_on = world.inspector, "assigned", date(2026, 3, 18)
        row.rev += 1
    tour = proposed(client, world, ends="10:30")
    assert order(tour) == [str(mine)]
    assert tour["stops"][0]["required"] is True


def test_a_tour_is_its_authors_alone(client: FlaskClient, world: World) -> None:
    tour = proposed(client, world, facilities=[{"facility_id": str(placed(world, 1))}])
    for path in ("", ".gpx", ".geojson"):
        reply = client.get(f"{TOURS}/{tour['id']}{path}", headers=token(world.colleague))
        assert (reply.status_code, reply.json["type"]) == (404, "/problems/not-found")
    for act in ("accept", "cancel"):
        assert client.post(f"{TOURS}/{tour['id']}/{act}", headers=token(world.head)).status_code == 404


def test_a_lost_district_leaves_a_number_and_no_place(client: FlaskClient, world: World) -> None:
    person = world.person(Role.INSPECTOR, DISTRICT)
    ours, theirs = placed(world, 1), placed(world, 2, district_code=NEIGHBOUR)
    grant = world.grant(person, Role.INSPECTOR, NEIGHBOUR)
    named = [{"facility_id": str(ours)}, {"facility_id": str(theirs)}]
    tour = proposed(client, world, by=person, facilities=named)
    accepted(client, world, tour, by=person)
    url = client.post(CALENDAR, headers=token(person)).json["url"]
    assert len(events(client.get(url).data)) == 2
    with world.unit() as unit:
        unit.session.get_one(Grant, grant).valid_to = world.clock()
    world.clock.advance(minutes=1)
    shown = client.get(f"{TOURS}/{tour['id']}", headers=token(person)).json or {}
    assert (order(shown), shown["hidden"]) == ([str(ours)], 1)
    assert str(theirs) not in client.get(f"{TOURS}/{tour['id']}.geojson", headers=token(person)).text
    assert len(events(client.get(url).data)) == 1


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"day": "2026-03-15"}, "/day"),
    ({"day": "2027-06-01"}, "/day"),
    ({"begins": "18:00", "ends": "09:00"}, "/ends"),
    ({"begins": "25:00"}, "/begins"),
    ({"start": {"lat": 0, "lon": 0}}, "/start/lat"),
    ({"start": {"lat": 91, "lon": 0}}, "/start/lat"),
    ({"lunch": {"earliest": "14:00", "latest": "12:00"}}, "/lunch/latest"),
    ({"minutes": 0}, "/minutes"),
    ({"seed": -1}, "/seed"),
    ({"facilities": []}, "/facilities"),
    ({"area": DISTRICT}, "/area"),
)


def test_every_refusal_names_the_field_and_nothing_is_kept(client: FlaskClient, world: World) -> None:
    here = str(placed(world, 1))
    named = [{"facility_id": here}]
    for about, where in REFUSED:
        reply = client.post(
            TOURS, json=wish(world, **{"facilities": named, **about}), headers=token(world.inspector)
        )
        assert reply.status_code == 422, (about, reply.json)
        error = reply.json["errors"][0]
        assert (error["pointer"], bool(error["reason"]), bool(error["accepted"])) == (where, True, True)
    elsewhere = world.facility(
        home_region=OTHER_REGION, region_code=OTHER_REGION, district_code=None, lat=51, lon=71
    )
    nowhere, closed = world.facility(), [{"opens": "10:00", "closes": "09:00"}]
    wrong: tuple[tuple[list[Any], str], ...] = (
        ([{"facility_id": str(elsewhere)}], "/facilities/0/facility_id"),
        ([{"facility_id": here}, {"facility_id": str(nowhere)}], "/facilities/1/facility_id"),
        ([{"facility_id": here}, {"facility_id": here}], "/facilities/1/facility_id"),
        ([{"facility_id": here, "opens": closed}], "/facilities/0/opens/0/closes"),
        ([{"facility_id": here, "prize": -1}], "/facilities/0/prize"),
    )
    for places, where in wrong:
        reply = client.post(TOURS, json=wish(world, facilities=places), headers=token(world.inspector))
        assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, where)
    assert world.rows(Tour) == []


def test_who_may_not_audit_plans_nothing(client: FlaskClient, world: World) -> None:
    viewer = world.person(Role.MINISTRY, COUNTRY)
    assert client.post(TOURS, json=wish(world), headers=token(viewer)).status_code == 403
    assert client.post(CALENDAR, headers=token(viewer)).status_code == 403
    assert client.post(TOURS, json=wish(world)).status_code == 401
    empty = client.post(TOURS, json=wish(world), headers=token(world.inspector))
    assert (empty.status_code, empty.json["type"]) == (409, "/problems/does-not-apply")


def test_the_gpx_is_read_by_a_parser(client: FlaskClient, world: World) -> None:
    one, two = placed(world, 1, address_ru="ул. Примерная, 5"), placed(world, 2, name_ru='"А & Б" <1>')
    tour = proposed(client, world, facilities=[{"facility_id": str(one)}, {"facility_id": str(two)}])
    headers = token(world.inspector) | {"Accept-Language": "ru"}
    reply = client.get(f"{TOURS}/{tour['id']}.gpx", headers=headers)
    assert (reply.status_code, reply.mimetype) == (200, "application/gpx+xml")
    read = gpxpy.parse(reply.text)
    (route,) = read.routes
    assert [(p.latitude, p.longitude) for p in route.points] == [
        (HOME["lat"], HOME["lon"]),
        *((stop["lat"], stop["lon"]) for stop in tour["stops"]),
        (HOME["lat"], HOME["lon"]),
    ]
    names = {str(place.name).split(". ", 1)[1]: place.comment for place in read.waypoints}
    assert names == {"Выдуманная поликлиника": "ул. Примерная, 5", '"А & Б" <1>': None}
    assert read.waypoints[0].time == datetime.fromisoformat(tour["stops"][0]["arrives_at"])


def test_the_geojson_has_the_stops_in_order_and_the_way(client: FlaskClient, world: World) -> None:
    named = [{"facility_id": str(placed(world, n))} for n in (1, 2, 3)]
    tour = proposed(client, world, facilities=named, returns=False)
    read = client.get(f"{TOURS}/{tour['id']}.geojson", headers=token(world.inspector)).json
    start, *stops, way = read["features"]
    assert [stop["properties"]["facility_id"] for stop in stops] == order(tour)
    assert [stop["properties"]["number"] for stop in stops] == [1, 2, 3]
    spots = [feature["geometry"]["coordinates"] for feature in (start, *stops)]
    assert way["geometry"] == {"type": "LineString", "coordinates": spots}


def events(ics: bytes) -> list[Any]:
    """Events of a calendar as a parser reads it."""
    return list(Calendar.from_ical(ics).walk("VEVENT"))


def test_a_calendar_reads_accepted_tours_under_a_secret_link(client: FlaskClient, world: World) -> None:
    facility = placed(world, 1, address_kk="Мысал көшесі, 5")
    tour = proposed(client, world, facilities=[{"facility_id": str(facility)}])
    made = client.post(CALENDAR, headers=token(world.inspector))
    assert made.status_code == 201
    url = made.json["url"]
    assert events(client.get(url).data) == [], "a proposal is no plan"
    accepted(client, world, tour)
    reply = client.get(url)
    assert (reply.status_code, reply.mimetype) == (200, "text/calendar")
    (event,) = events(reply.data)
    begins = event.decoded("dtstart")
    assert begins == datetime.fromisoformat(tour["stops"][0]["begins_at"])
    assert begins.utcoffset() == timedelta(hours=5)
    assert event["dtstart"].params["TZID"] == "Asia/Almaty"
    assert (str(event["summary"]), str(event["location"])) == ("Ойдан шығарылған емхана", "Мысал көшесі, 5")
    assert str(event["uid"]) == f"{DAY}-{facility}@pandus"
    assert [str(zone["tzid"]) for zone in Calendar.from_ical(reply.data).walk("VTIMEZONE")] == ["Asia/Almaty"]
    assert "Выдуманный" not in reply.text, "no name of a person"
    held = client.get(url, headers={"If-None-Match": reply.headers["ETag"]})
    assert (held.status_code, held.data) == (304, b"")


def test_a_new_plan_of_the_day_moves_the_event_and_makes_no_second_one(client: FlaskClient, world: World) -> None:
    named = [{"facility_id": str(placed(world, 1))}]
    url = client.post(CALENDAR, headers=token(world.inspector)).json["url"]
    accepted(client, world, proposed(client, world, facilities=named))
    (before,) = events(client.get(url).data)
    accepted(client, world, proposed(client, world, facilities=named, begins="14:00"))
    (after,) = events(client.get(url).data)
    assert before["uid"] == after["uid"]
    assert after.decoded("dtstart") - before.decoded("dtstart") == timedelta(hours=5)


def test_a_link_opens_nothing_else_is_kept_as_a_hash_and_can_be_ended(client: FlaskClient, world: World) -> None:
    first, second = (client.post(CALENDAR, headers=token(world.inspector)).json["url"] for _ in range(2))
    secret = second.rsplit("/", 1)[1].removesuffix(".ics")
    assert client.get(first).status_code == 404, "a new link ends the one before"
    assert client.get(second).status_code == 200
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert all(secret.encode() not in link.token_hash for link in world.rows(CalendarLink))
    assert not [e for e in world.rows(JournalEntry) if secret in json.dumps(e.changes)]
    assert client.get(CALENDAR, headers=token(world.inspector)).json["made_at"] is not None
    assert client.delete(CALENDAR, headers=token(world.inspector)).json == {"made_at": None}
    gone, wrong = client.get(second), client.get(f"/api/v1/calendars/{world.inspector}.ics")
    assert gone.status_code == wrong.status_code == 404
    assert gone.json["detail"] == wrong.json["detail"], "an ended link is like one that never was"


def test_a_link_ends_with_its_owners_last_grant(client: FlaskClient, world: World) -> None:
    url = client.post(CALENDAR, headers=token(world.inspector)).json["url"]
    with world.unit() as unit:
        unit.session.execute(
            update(Grant).where(Grant.person_id == world.inspector).values(valid_to=world.clock())
        )
    world.clock.advance(minutes=1)
    assert client.get(url).status_code == 404


class Router(BaseHTTPRequestHandler):
    """A routing service: every way takes an hour, but for one that it does not know; or whatever `answer` says."""

    answer: bytes | None = None
    asked: str = ""

    def do_GET(self) -> None:
        type(self).asked = self.path
        n = self.path.count(";") + 1
        rows: list[list[int | None]] = [[0 if a == b else 3600 for b in range(n)] for a in range(n)]
        rows[0][n - 1] = None
        body = self.answer or json.dumps({"code": "Ok", "durations": rows}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def router(app: Flask) -> Iterator[type[Router]]:
    """The application with a routing service of its own."""
    handler = type("OwnRouter", (Router,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    parts = app.extensions["pandus"]
    wire(
        app, replace(parts, settings=replace(parts.settings, routing_url=f"http://127.0.0.1:{server.server_port}"))
    )
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_routing_service_times_the_ways_and_is_told_coordinates_alone(
    router: type[Router], world: World, app: Flask, client: FlaskClient
) -> None:
    named = [{"facility_id": str(placed(world, n)), "prize": 1} for n in (1, 2)]
    tour = proposed(client, world, facilities=named)
    assert tour["travel"] == "routing_service"
    one, two = (datetime.fromisoformat(stop["arrives_at"]) for stop in tour["stops"])
    begins = datetime.fromisoformat(tour["begins_at"])
    assert one - begins < timedelta(minutes=10), "a way that the service does not know is reckoned"
    assert two - one == timedelta(hours=2), "a visit and an hour on the way"
    assert router.asked.startswith("/table/v1/driving/76.250000,43.250000;")


@pytest.mark.parametrize(
    "answer", [b"no json", b'{"code": "NoTable"}', b'{"code": "Ok", "durations": [[0]]}', b"[]"]
)
def test_without_a_usable_answer_straight_lines_are_taken_and_said(
    router: type[Router], world: World, client: FlaskClient, answer: bytes
) -> None:
    router.answer = answer
    tour = proposed(client, world, facilities=[{"facility_id": str(placed(world, 1))}])
    assert tour["travel"] == "straight_line"


def test_an_inactive_facility_is_no_candidate(client: FlaskClient, world: World) -> None:
    facility = ranked(world, placed(world, 1), 5.0)
    with world.unit() as unit:
        row = unit.session.get_one(Facility, (REGION, facility))
        row.active, row.rev = False, row.rev + 1
    assert client.post(TOURS, json=wish(world), headers=token(world.inspector)).status_code == 409
