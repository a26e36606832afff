"""The map: the list beside it is complete, and both show the same places to the same people."""

import re
from dataclasses import replace
from uuid import UUID, uuid4

import mapbox_vector_tile
import pytest

from api.wiring import wire
from geo.tiles import world as on_map
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.api.people import token
from tests.console.conftest import Console
from tests.inspection.maps import IN_DISTRICT, IN_NEIGHBOUR, draw
from tests.inspection.world import DISTRICT, NEIGHBOUR, OTHER_DISTRICT, PASSES, REGION

PLACE = re.compile(r'href="/console/facilities/([0-9a-f-]{36})"')
SERVER = "https://tiles.example/{z}/{x}/{y}.png"


def placed(console: Console, **about: object) -> UUID:
    """A facility at a place, as one that came through a door."""
    spot = {"lat": IN_DISTRICT.lat, "lon": IN_DISTRICT.lon}
    made = console.world.facility(**{**spot, **about})
    console.world.add(Home(id=made, region=REGION, kind="facility"))
    return made


def listed(console: Console, who: UUID | None = None, **query: str) -> list[UUID]:
    """The places of the list, in its order."""
    return [UUID(made) for made in PLACE.findall(console.get("/map", who, **query).text)]


def test_the_worst_place_comes_first_and_every_state_has_its_words(console: Console) -> None:
    unvisited, fine = placed(console), placed(console)
    console.world.audited(fine, PASSES)
    console.world.clock.advance(days=400)
    assert listed(console) == [console.facility, unvisited, fine]
    page = console.get("/map").text
    for word, said in (("overdue", "something is overdue"), ("clear", "nothing is open")):
        assert f'<span class="spot {word}">{said}</span> <strong>1</strong>' in page


def test_a_place_that_nobody_has_located_is_in_the_list_and_said_to_be_on_no_map(console: Console) -> None:
    page = console.get("/map").text
    assert "1 place is on no map, because nobody knows where it is" in page
    assert "data-lon" not in page
    placed(console)
    assert f'data-lon="{IN_DISTRICT.lon}"' in console.get("/map").text


@pytest.mark.parametrize("query", [{"state": "unaudited"}, {"kind": "school"}, {"area": NEIGHBOUR}])
def test_the_list_and_the_tiles_answer_one_question_with_the_same_places(
    console: Console, query: dict[str, str]
) -> None:
    audited = placed(console)
    console.world.audited(audited, PASSES)
    school = placed(console, kind="school")
    near = placed(console, lat=IN_NEIGHBOUR.lat, lon=IN_NEIGHBOUR.lon, district_code=NEIGHBOUR)
    console.world.audited(near, PASSES)
    shown = {"state": {school}, "kind": {school}, "area": {near}}[next(iter(query))]
    assert set(listed(console, None, **query)) == shown
    assert {made for spot in (IN_DISTRICT, IN_NEIGHBOUR) for made in _drawn(console, spot, query)} == shown
    told = console.app.test_client().get("/api/v1/tiles.json", query_string=query, headers=_head(console))
    name, value = next(iter(query.items()))
    assert told.json["tiles"][0].endswith(f".mvt?{name}={value}")


def _drawn(console: Console, spot: object, query: dict[str, str]) -> set[UUID]:
    x, y = on_map([spot.lon], [spot.lat])  # type: ignore[attr-defined]
    path = f"/api/v1/tiles/14/{int(x[0] * 2**14)}/{int(y[0] * 2**14)}.mvt"
    reply = console.app.test_client().get(path, query_string=query, headers=_head(console))
    held = mapbox_vector_tile.decode(reply.data) if reply.data else {}
    return {UUID(f["properties"]["id"]) for f in held.get("facilities", {}).get("features", [])}


def _head(console: Console) -> dict[str, str]:
    return token(console.world.head)


def test_clusters_count_what_was_chosen_and_nothing_else(console: Console) -> None:
    first, _, _ = (placed(console) for _ in range(3))
    console.world.audited(first, PASSES)
    x, y = on_map([IN_DISTRICT.lon], [IN_DISTRICT.lat])
    path = f"/api/v1/tiles/8/{int(x[0] * 2**8)}/{int(y[0] * 2**8)}.mvt"
    reply = console.app.test_client().get(f"{path}?state=unaudited", headers=_head(console))
    (cluster,) = mapbox_vector_tile.decode(reply.data)["clusters"]["features"]
    assert (cluster["properties"]["count"], cluster["properties"]["clear"]) == (2, 0)


@pytest.mark.parametrize("query", ["state=terrible", "area=nowhere", "colour=red"])
def test_a_tile_of_what_nobody_knows_is_refused_by_name(console: Console, query: str) -> None:
    reply = console.app.test_client().get(f"/api/v1/tiles/8/180/90.mvt?{query}", headers=_head(console))
    assert reply.status_code == 422
    assert query.partition("=")[0] in reply.text


def test_pages_of_the_list_show_every_place_once(console: Console) -> None:
    made = {placed(console) for _ in range(70)} | {console.facility}
    first = console.get("/map").text
    following = re.search(r'href="/console/map\?cursor=([^"]+)" rel="next"', first)
    assert following is not None
    second = listed(console, cursor=following[1])
    seen = [UUID(each) for each in PLACE.findall(first)] + second
    assert len(seen) == len(set(seen)) == 71
    assert set(seen) == made
    assert 'rel="next"' not in console.get("/map", cursor=following[1]).text


def test_nobody_is_shown_a_place_elsewhere_on_the_list_or_when_it_is_pressed(console: Console) -> None:
    stranger = console.world.person(Role.AKIMAT, OTHER_DISTRICT)
    assert listed(console, stranger) == []
    hidden, unknown = (console.get(f"/map/{made}", stranger) for made in (console.facility, uuid4()))
    assert hidden.status_code == unknown.status_code == 404


def test_a_place_that_is_pressed_answers_with_links_and_without_the_page_around_them(console: Console) -> None:
    headers = {**_head(console), "HX-Request": "true"}
    part = console.app.test_client().get(f"/console/map/{console.facility}?lang=en", headers=headers)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert f'href="/console/violations?facility={console.facility}">2 open violations' in part.text
    whole = console.get(f"/map/{console.facility}").text
    assert "<html" in whole
    assert "<h1>" in whole


def test_what_is_not_understood_in_the_address_is_said_and_passed_over(console: Console) -> None:
    for query in ({"state": "terrible"}, {"area": "nowhere"}, {"cursor": "stale"}, {"kind": "x" * 65}):
        page = console.get("/map", None, **query)
        assert page.status_code == 200
        assert f"is passed over: {next(iter(query))}" in page.text
        assert str(console.facility) in page.text


def test_only_this_page_may_run_a_worker_and_only_the_worker_may_ask(console: Console) -> None:
    policy = console.get("/map").headers["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert policy.endswith("connect-src 'self'")
    assert "unsafe" not in policy
    assert "worker-src" not in console.get("/violations").headers["Content-Security-Policy"]
    for part, asks in (("-worker", True), ("", False)):
        with console.app.test_client().get(f"/static/console/maplibre/maplibre-gl-csp{part}.js") as file:
            assert ("connect-src 'self'" in file.headers["Content-Security-Policy"]) == asks


def test_a_server_of_streets_is_asked_only_where_one_is_named(console: Console) -> None:
    assert "tiles.example" not in console.get("/map").text
    parts = console.app.extensions["pandus"]
    settings = replace(parts.settings, map_tiles=SERVER, map_credit="Ойдан шығарылған карта")
    wire(console.app, replace(parts, settings=settings))
    page = console.get("/map")
    assert SERVER in page.text
    assert page.headers["Content-Security-Policy"].endswith("connect-src 'self' https://tiles.example")


def test_the_code_of_the_map_does_not_come_with_the_page(console: Console) -> None:
    page = console.get("/map").text
    assert not re.search(r'<(script|link)[^>]+(src|href)="[^"]*maplibre', page)


def test_outlines_are_drawn_whatever_is_chosen(console: Console) -> None:
    draw(console.world)
    x, y = on_map([IN_DISTRICT.lon], [IN_DISTRICT.lat])
    path = f"/api/v1/tiles/8/{int(x[0] * 2**8)}/{int(y[0] * 2**8)}.mvt?kind=school"
    reply = console.app.test_client().get(path, headers=_head(console))
    codes = {f["properties"]["code"] for f in mapbox_vector_tile.decode(reply.data)["areas"]["features"]}
    assert DISTRICT in codes
