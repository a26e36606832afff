"""Addresses are looked up at a real server of the Nominatim form: in turn, once, and believed with care."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.geocoding import Asking, geocoder, queue_all
from api.settings import Settings
from api.views.geocodes import EXAMPLE, GeocodeOut, GeocodePage
from api.wiring import wire
from api.work import Units
from inspection.tables.facilities import Facility
from inspection.tables.geocoding import Geocode, GeocodeAnswer, GeocoderTurn
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.settlements import Settlement
from tests.api.people import token
from tests.inspection.maps import draw
from tests.inspection.merges import known
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, REGION, World
from tests.servers.nominatim import HALF_A_BODY, GeocodingServer, a_place, geocoding_server

LIST = "/api/v1/geocodes"
REASON = {"decision": "accept", "reason": "Проверено по карте."}


@pytest.fixture
def server() -> Iterator[GeocodingServer]:
    """A geocoder that finds nothing until it is told what to say."""
    with geocoding_server() as running:
        yield running


@pytest.fixture
def mapped(app: Flask, world: World, server: GeocodingServer) -> World:
    """The small world with outlines, and with this server as its geocoder."""
    draw(world)
    parts = app.extensions["pandus"]
    settings = replace(parts.settings, geocoder=f"nominatim:{server.address}")
    wire(app, replace(parts, settings=settings))
    return world


@pytest.fixture
def units(app: Flask, mapped: World) -> Units:
    """Units of work on the application's database."""
    made: Units = app.extensions["pandus"].units
    return made


def addressed(world: World, address: str = "ул. Примерная, 12", **about: Any) -> UUID:
    return known(world, address_ru=address, area_certainty="given", **about)


def ask(app: Flask, units: Units, most: int | None = None) -> tuple[dict[str, int], list[float]]:
    """Queue and ask; what became of the addresses, and for how long it was waited between them."""
    waited: list[float] = []
    queue_all(units, ask=True)
    asked = geocoder(app.extensions["pandus"].settings)
    assert asked is not None
    return dict(Asking(units, asked, 60, sleep=waited.append).run(most)), waited


def facility(world: World, made: UUID) -> Facility:
    (row,) = world.rows(Facility, Facility.id == made)
    return row


def geocode(world: World, made: UUID) -> Geocode:
    (row,) = world.rows(Geocode, Geocode.id == made)
    return row


def test_the_example_fits_its_schema() -> None:
    assert GeocodePage().validate({"items": [EXAMPLE], "next_cursor": None}) == {}
    assert GeocodeOut().validate(EXAMPLE) == {}


def test_by_default_no_address_leaves_the_installation(app: Flask, world: World, server: GeocodingServer) -> None:
    draw(world)
    addressed(world)
    runner = app.test_cli_runner()
    assert "no geocoder is configured" in runner.invoke(args=["geocode", "queue"]).output
    refused = runner.invoke(args=["geocode", "run"])
    assert (refused.exit_code, "PANDUS_GEOCODER is empty" in refused.output) == (1, True)
    assert (server.asked, world.rows(Geocode)) == ([], [])


def test_a_house_that_is_found_in_the_district_gives_the_position(
    app: Flask, mapped: World, units: Units, server: GeocodingServer
) -> None:
    made = addressed(mapped)
    server.says = [a_place(43.2, 76.1)]
    assert ask(app, units) == ({"placed": 1}, [])
    row = facility(mapped, made)
    assert (row.lat, row.lon, row.accuracy_m, row.location_method) == (43.2, 76.1, 50.0, "geocoded")
    assert (row.district_code, row.area_certainty) == (DISTRICT, "inside")
    assert server.asked[0]["q"] == f"ул. Примерная, 12, район {DISTRICT}, район {REGION}"
    assert (server.asked[0]["countrycodes"], server.asked[0]["accept-language"]) == ("kz", "ru")
    assert server.agents[0].startswith("Pandus/1 (pandus@localhost)")
    (entry,) = mapped.rows(JournalEntry, JournalEntry.action == "facility.changed")
    assert entry.object_id == str(made)


def test_the_same_address_is_asked_once_and_the_answer_serves_its_neighbours(
    app: Flask, mapped: World, units: Units, server: GeocodingServer
) -> None:
    places = [addressed(mapped) for _ in range(3)]
    server.says = [a_place(43.2, 76.1)]
    assert ask(app, units)[0] == {"placed": 3}
    assert len(server.asked) == 1
    assert {facility(mapped, made).lat for made in places} == {43.2}
    assert ask(app, units)[0] == {}
    mapped.clock.advance(days=181)
    addressed(mapped)
    ask(app, units)
    assert len(server.asked) == 2, "after half a year the answer may be another"


def test_addresses_are_asked_for_in_turn_over_all_processes(
    app: Flask, mapped: World, units: Units, server: GeocodingServer
) -> None:
    for n in range(3):
        addressed(mapped, f"ул. Примерная, {n}")
    _, waited = ask(app, units)
    assert len(server.asked) == 3
    assert waited == [1.0, 2.0], "the clock of the test stands still, so each waits for all before"


def test_an_answer_in_another_district_is_for_a_person(
    app: Flask, client: FlaskClient, mapped: World, units: Units, server: GeocodingServer
) -> None:
    made = addressed(mapped)
    server.says = [a_place(43.2, 76.7)]
    assert ask(app, units)[0] == {"doubtful": 1}
    assert facility(mapped, made).lat is None
    (shown,) = client.get(LIST, query_string={"state": "doubtful"}, headers=token(mapped.head)).json["items"]
    assert (shown["id"], shown["lon"]) == (str(made), 76.7)
    here = mapped.person(Role.HEAD, DISTRICT)
    one = f"{LIST}/{made}/decision"
    assert client.post(one, json=REASON, headers=token(here)).status_code == 403, "it would leave their district"
    for _ in range(2):
        decided = client.post(one, json=REASON, headers=token(mapped.head))
        assert (decided.status_code, decided.json["state"]) == (200, "placed")
        assert GeocodeOut().validate(dict(decided.json or {})) == {}
    assert (facility(mapped, made).district_code, facility(mapped, made).location_method) == (
        NEIGHBOUR,
        "geocoded",
    )
    other = client.post(one, json={**REASON, "decision": "refuse"}, headers=token(mapped.head))
    assert (other.status_code, other.json["detail"]) == (409, "This address is not in doubt.")


def test_who_may_not_see_a_facility_learns_nothing_of_its_address(
    app: Flask, client: FlaskClient, mapped: World, units: Units, server: GeocodingServer
) -> None:
    made = addressed(mapped)
    server.says = [a_place(43.2, 76.7)]
    ask(app, units)
    stranger = token(mapped.person(Role.HEAD, NEIGHBOUR))
    assert client.get(LIST, headers=stranger).json["items"] == []
    assert client.post(f"{LIST}/{made}/decision", json=REASON, headers=stranger).status_code == 404
    unknown = client.post(f"{LIST}/{known(mapped)}/decision", json=REASON, headers=token(mapped.head))
    assert (unknown.status_code, unknown.json["detail"]) == (
        404,
        "The address of this facility was never looked up.",
    )


def test_two_far_answers_are_refused_for_good_by_a_person(
    app: Flask, client: FlaskClient, mapped: World, units: Units, server: GeocodingServer
) -> None:
    made = addressed(mapped)
    server.says = [a_place(43.2, 76.1), a_place(43.2, 76.3)]
    assert ask(app, units)[0] == {"doubtful": 1}
    refused = {**REASON, "decision": "refuse"}
    answer = client.post(f"{LIST}/{made}/decision", json=refused, headers=token(mapped.head))
    assert (answer.status_code, answer.json["state"]) == (200, "refused")
    assert ask(app, units)[0] == {}
    assert facility(mapped, made).lat is None


def test_another_address_is_asked_for_anew(
    app: Flask, mapped: World, units: Units, server: GeocodingServer
) -> None:
    made = addressed(mapped)
    assert ask(app, units)[0] == {"not_found": 1}
    with mapped.unit() as unit:
        unit.session.get_one(Facility, (REGION, made)).address_ru = "ул. Другая, 1"
    server.says = [a_place(43.2, 76.1)]
    assert ask(app, units)[0] == {"placed": 1}


@pytest.mark.parametrize("away", [(429, 120), (500, 60), (503, 60)])
def test_a_server_that_is_away_is_left_alone_and_no_address_pays_for_it(
    app: Flask, mapped: World, units: Units, server: GeocodingServer, away: tuple[int, int]
) -> None:
    status, rest = away
    for n in range(3):
        addressed(mapped, f"ул. Примерная, {n}")
    server.status, server.retry_after = status, 120 if status == 429 else None
    assert ask(app, units)[0] == {"away": 1}
    assert len(server.asked) == 1, "two others waited, and nobody asked for them"
    (turn,) = mapped.rows(GeocoderTurn)
    assert turn.next_at == mapped.clock() + timedelta(seconds=rest)
    assert {row.attempts for row in mapped.rows(Geocode)} == {0}
    server.status, server.says = 200, [a_place(43.2, 76.1)]
    mapped.clock.advance(minutes=5)
    assert ask(app, units)[0] == {"placed": 3}
    assert [row.failures for row in mapped.rows(GeocoderTurn)] == [0]


def test_nobody_at_the_address_is_away_and_half_an_answer_is_tried_again_a_few_times(
    app: Flask, mapped: World, units: Units, server: GeocodingServer
) -> None:
    made = addressed(mapped)
    server.says = HALF_A_BODY
    for _ in range(5):
        assert ask(app, units)[0] == {"senseless": 1}
        mapped.clock.advance(hours=1)
    assert (geocode(mapped, made).state, geocode(mapped, made).attempts) == ("failed", 5)
    assert ask(app, units)[0] == {}
    parts = app.extensions["pandus"]
    nobody = replace(parts.settings, geocoder="nominatim:http://127.0.0.1:9")
    wire(app, replace(parts, settings=nobody))
    addressed(mapped, "ул. Другая, 1")
    assert ask(app, units)[0] == {"away": 1}


def test_an_answer_that_was_kept_before_the_process_died_is_not_asked_for_again(
    app: Flask, mapped: World, units: Units, server: GeocodingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    addressed(mapped)
    server.says = [a_place(43.2, 76.1)]
    with monkeypatch.context() as patched:
        patched.setattr("api.geocoding.conclude", _killed)
        with pytest.raises(KeyboardInterrupt):
            ask(app, units)
    assert len(mapped.rows(GeocodeAnswer)) == 1
    assert ask(app, units)[0] == {}, "its lease holds"
    mapped.clock.advance(minutes=6)
    assert ask(app, units)[0] == {"placed": 1}
    assert len(server.asked) == 1


def _killed(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


def test_what_got_a_position_meanwhile_keeps_it(
    app: Flask, mapped: World, units: Units, server: GeocodingServer
) -> None:
    made = addressed(mapped)
    queue_all(units, ask=True)
    with mapped.unit() as unit:
        held = unit.session.get_one(Facility, (REGION, made))
        held.lat, held.lon, held.location_method = 43.3, 76.2, "fix"
    server.says = [a_place(43.2, 76.1)]
    assert ask(app, units)[0] == {"needless": 1}
    assert (facility(mapped, made).lat, facility(mapped, made).location_method) == (43.3, "fix")


def test_an_address_that_names_a_village_is_put_in_its_middle_without_any_geocoder(
    app: Flask, world: World, server: GeocodingServer
) -> None:
    draw(world)
    village(world, "Теректі")
    made, elsewhere = addressed(world, "с. Теректи, ул. Абая, 1"), addressed(world, "ул. Теректи, 1")
    said = app.test_cli_runner().invoke(args=["geocode", "queue"]).output
    assert said == "1 facilities were put in the middle of their settlement; no geocoder is configured.\n"
    row = facility(world, made)
    assert (row.lat, row.location_method, row.accuracy_m) == (43.2, "centroid", 2000.0)
    assert facility(world, elsewhere).lat is None
    assert "0 facilities were put" in app.test_cli_runner().invoke(args=["geocode", "queue"]).output


def test_the_middle_of_a_village_is_replaced_by_what_a_geocoder_finds_and_never_the_other_way_round(
    app: Flask, mapped: World, units: Units, server: GeocodingServer
) -> None:
    village(mapped, "Теректі")
    made = addressed(mapped, "с. Теректи, ул. Абая, 1")
    server.says = [a_place(43.21, 76.12, rank=16)]
    assert ask(app, units)[0] == {"placed": 1}
    assert (facility(mapped, made).lat, facility(mapped, made).location_method) == (43.2, "centroid")
    with mapped.unit() as unit:
        unit.session.get_one(Facility, (REGION, made)).address_ru = "с. Теректи, ул. Абая, 2"
    server.says = [a_place(43.21, 76.12)]
    ask(app, units)
    assert (facility(mapped, made).lat, facility(mapped, made).location_method) == (43.21, "geocoded")


def village(world: World, name: str) -> None:
    place = {"country": COUNTRY, "region_code": REGION, "district_code": DISTRICT, "area_certainty": "inside"}
    named = {"kind": "village", "name_kk": name, "lat": 43.2, "lon": 76.1, "imported_at": world.clock()}
    world.add(Settlement(source="test", id=name, **place, **named))


def test_a_server_of_the_photon_form_is_understood(
    app: Flask, mapped: World, units: Units, server: GeocodingServer
) -> None:
    parts = app.extensions["pandus"]
    wire(app, replace(parts, settings=replace(parts.settings, geocoder=f"photon:{server.address}")))
    made = addressed(mapped)
    house = {"type": "house", "street": "Примерная", "housenumber": "12", "countrycode": "KZ"}
    abroad = {"type": "house", "countrycode": "RU"}
    server.says = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, 43.2]}, "properties": about}
            for lon, about in ((40.0, abroad), (76.1, house))
        ],
    }
    assert ask(app, units)[0] == {"placed": 1}
    assert (facility(mapped, made).lon, geocode(mapped, made).answer) == (76.1, "Примерная, 12")


def test_the_settings_name_the_geocoder_or_are_refused() -> None:
    assert geocoder(Settings()) is None
    made = geocoder(Settings(geocoder="photon:https://photon.example/api/"))
    assert made is not None
    assert made.name == "photon:photon.example/api"
