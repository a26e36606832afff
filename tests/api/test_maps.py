"""Maps through the API: what is in a tile for whom, when it is sent again, and small areas as GeoJSON."""

from typing import Any
from uuid import UUID

import mapbox_vector_tile
import pytest
from flask.testing import FlaskClient

from geo.tiles import world as on_map
from inspection import maps
from inspection.tables.facilities import Facility
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.api.people import token
from tests.inspection.maps import ELSEWHERE, IN_DISTRICT, IN_NEIGHBOUR, draw
from tests.inspection.world import DISTRICT, FAILS, NEIGHBOUR, OTHER_DISTRICT, OTHER_REGION, PASSES, REGION, World

Layers = dict[str, list[dict[str, Any]]]


@pytest.fixture
def world(world: World) -> World:
    """The small world, with outlines."""
    draw(world)
    return world


def placed(world: World, lat: float, lon: float, **about: Any) -> UUID:
    """A facility at a place, as one that came through a door."""
    facility = world.facility(lat=lat, lon=lon, **about)
    world.add(Home(id=facility, region=about.get("home_region", REGION), kind="facility"))
    return facility


def near(world: World, n: int = 1, **about: Any) -> list[UUID]:
    """Facilities beside each other in DISTRICT."""
    return [placed(world, IN_DISTRICT.lat + i * 1e-4, IN_DISTRICT.lon, **about) for i in range(n)]


def address(z: int, lat: float = IN_DISTRICT.lat, lon: float = IN_DISTRICT.lon) -> str:
    x, y = on_map([lon], [lat])
    return f"/api/v1/tiles/{z}/{int(x[0] * 2**z)}/{int(y[0] * 2**z)}.mvt"


def asked(client: FlaskClient, path: str, person: UUID) -> Layers:
    """The layers of a tile: properties and coordinates of each feature."""
    reply = client.get(path, headers=token(person))
    assert (reply.status_code, reply.mimetype) == (200, "application/vnd.mapbox-vector-tile"), reply.json
    read = mapbox_vector_tile.decode(reply.data, default_options={"y_coord_down": True}) if reply.data else {}
    return {name: [f["properties"] for f in held["features"]] for name, held in read.items()}


def test_far_away_facilities_are_counted_together_and_near_each_is_shown(
    client: FlaskClient, world: World
) -> None:
    made = near(world, 3)
    (cluster,) = asked(client, address(8), world.inspector)["clusters"]
    assert (cluster["count"], cluster["worst"], cluster["unaudited"]) == (3, "unaudited", 3)
    layers = asked(client, address(14), world.inspector)
    assert {f["id"] for f in layers["facilities"]} == set(map(str, made))
    assert "clusters" not in layers


def test_names_are_only_shown_where_there_is_room(client: FlaskClient, world: World) -> None:
    near(world)
    (far,) = asked(client, address(8), world.inspector)["facilities"]
    (close,) = asked(client, address(14), world.inspector)["facilities"]
    assert "name_kk" not in far
    assert (close["name_kk"], close["name_ru"]) == ("Ойдан шығарылған емхана", "Выдуманная поликлиника")
    assert {a["code"] for a in asked(client, address(3), world.inspector)["areas"] if "name_kk" in a} == set()
    named = {a["code"]: a.get("name_ru") for a in asked(client, address(8), world.inspector)["areas"]}
    assert named[DISTRICT] == f"район {DISTRICT}"


def test_the_state_is_the_worst_that_is_known(client: FlaskClient, world: World) -> None:
    unaudited, clear, opened = near(world, 3)
    world.audited(clear, PASSES)
    world.audited(opened, FAILS)
    shown = {UUID(f["id"]): f for f in asked(client, address(14), world.inspector)["facilities"]}
    assert [shown[f]["state"] for f in (unaudited, clear, opened)] == ["unaudited", "clear", "open"]
    assert (shown[opened]["open"], shown[opened]["wheelchair"]) == (4, "blocked")
    assert shown[unaudited]["wheelchair"] == "unknown"


def test_what_is_due_becomes_overdue_with_the_day_and_the_tag_changes_with_it(
    client: FlaskClient, world: World
) -> None:
    (facility,) = near(world)
    world.prescribe(world.audited(facility, FAILS))
    first = client.get(address(14), headers=token(world.inspector)).headers["ETag"]
    assert asked(client, address(14), world.inspector)["facilities"][0]["state"] == "open"
    world.clock.advance(days=400)
    later = client.get(address(14), headers=token(world.inspector)).headers["ETag"]
    assert asked(client, address(14), world.inspector)["facilities"][0]["state"] == "overdue"
    assert first != later
    (one,) = asked(client, address(8), world.inspector)["facilities"]
    assert one["state"] == "overdue"


def test_an_audit_changes_the_tile_that_was_held(client: FlaskClient, world: World) -> None:
    one, _ = near(world, 2)
    (before,) = asked(client, address(8), world.inspector)["clusters"]
    world.audited(one, FAILS)
    (after,) = asked(client, address(8), world.inspector)["clusters"]
    assert (before["worst"], after["worst"], after["open"], after["unaudited"]) == ("unaudited", "open", 1, 1)
    placed(world, IN_DISTRICT.lat, IN_DISTRICT.lon)
    (more,) = asked(client, address(8), world.inspector)["clusters"]
    assert more["count"] == 3


def test_what_is_closed_leaves_the_map(client: FlaskClient, world: World) -> None:
    made, other = near(world, 2)
    assert asked(client, address(8), world.inspector)["clusters"][0]["count"] == 2
    with world.unit() as unit:
        row = unit.session.get_one(Facility, (REGION, made))
        row.active, row.rev = False, row.rev + 1
    (left,) = asked(client, address(8), world.inspector)["facilities"]
    assert left["id"] == str(other)


def test_nobody_sees_or_counts_another_district(client: FlaskClient, world: World) -> None:
    near(world, 2)
    placed(world, IN_NEIGHBOUR.lat, IN_NEIGHBOUR.lon, district_code=NEIGHBOUR)
    placed(world, ELSEWHERE.lat, ELSEWHERE.lon, region_code=OTHER_REGION, district_code=OTHER_DISTRICT)
    ours, theirs = world.person(Role.INSPECTOR, DISTRICT), world.person(Role.INSPECTOR, NEIGHBOUR)
    for z, everything in ((0, 4), (4, 4)):
        layers = asked(client, address(z), world.person(Role.MINISTRY, "KZ"))
        assert counted(layers) == everything
        assert counted(asked(client, address(z), ours)) == 2
        assert counted(asked(client, address(z), theirs)) == 1
        assert counted(asked(client, address(z), world.person())) == 0, "nobody without a grant sees anything"
    assert counted(asked(client, address(14), theirs)) == 0


def counted(layers: Layers) -> int:
    return sum([int(c["count"]) for c in layers.get("clusters", [])], start=len(layers.get("facilities", [])))


def test_a_tile_of_one_person_is_never_served_to_another(client: FlaskClient, world: World) -> None:
    near(world, 2)
    ours, theirs = world.person(Role.INSPECTOR, DISTRICT), world.person(Role.INSPECTOR, NEIGHBOUR)
    tag = client.get(address(8), headers=token(ours)).headers["ETag"]
    reply = client.get(address(8), headers={**token(theirs), "If-None-Match": tag})
    assert reply.status_code == 200
    assert reply.headers["ETag"] != tag
    assert "Authorization" in reply.headers["Vary"]
    assert "private" in reply.headers["Cache-Control"]


def test_what_has_not_changed_is_not_sent_again_compressed_or_not(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    near(world, 60)
    for encoding in ("identity", "zstd"):
        headers = {**token(world.inspector), "Accept-Encoding": encoding}
        first = client.get(address(14), headers=headers)
        assert first.headers.get("Content-Encoding", "identity") == encoding
        with monkeypatch.context() as patched:
            patched.setattr(maps, "tile", None)  # a tile that is made now is an error
            held = client.get(address(14), headers={**headers, "If-None-Match": first.headers["ETag"]})
        assert (held.status_code, held.data) == (304, b"")


def test_a_change_in_another_region_leaves_our_tag_and_one_in_ours_does_not(
    client: FlaskClient, world: World
) -> None:
    near(world)
    tag = client.get(address(8), headers=token(world.inspector)).headers["ETag"]
    placed(world, ELSEWHERE.lat, ELSEWHERE.lon, region_code=OTHER_REGION, home_region=OTHER_REGION)
    assert client.get(address(8), headers={**token(world.inspector), "If-None-Match": tag}).status_code == 304
    near(world)
    assert client.get(address(8), headers={**token(world.inspector), "If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("path", "where"),
    [("21/0/0", ["/z"]), ("0/1/0", ["/x"]), ("3/8/9", ["/x", "/y"]), ("99999999999999999999/0/0", ["/z"])],
)
def test_numbers_that_no_tile_has_are_refused_by_name(
    client: FlaskClient, world: World, path: str, where: list[str]
) -> None:
    reply = client.get(f"/api/v1/tiles/{path}.mvt", headers=token(world.inspector))
    assert (reply.status_code, [e["pointer"] for e in reply.json["errors"]]) == (422, where)
    assert all(e["accepted"] for e in reply.json["errors"])


def test_the_edges_of_the_world_have_tiles(client: FlaskClient, world: World) -> None:
    for path in ("0/0/0", "20/0/0", "20/1048575/1048575"):
        reply = client.get(f"/api/v1/tiles/{path}.mvt", headers=token(world.inspector))
        assert reply.status_code == 200
    assert client.get("/api/v1/tiles/20/0/0.mvt", headers=token(world.inspector)).data == b""
    assert client.get("/api/v1/tiles/-1/0/0.mvt", headers=token(world.inspector)).status_code == 404
    assert client.get("/api/v1/tiles/0/0/0.mvt").status_code == 401


def test_tilejson_says_where_the_tiles_are_and_whom_to_credit(client: FlaskClient, world: World) -> None:
    said = client.get("/api/v1/tiles.json", headers=token(world.inspector)).json
    assert said["tiles"] == ["http://localhost/api/v1/tiles/{z}/{x}/{y}.mvt"]
    assert said["attribution"] == "Ойдан шығарылған шекаралар"
    assert {layer["id"] for layer in said["vector_layers"]} == {"areas", "clusters", "facilities"}


def listed(client: FlaskClient, query: str, person: UUID) -> list[dict[str, Any]]:
    reply = client.get(f"/api/v1/facilities.geojson?{query}", headers=token(person))
    assert (reply.status_code, reply.mimetype) == (200, "application/geo+json"), reply.json
    return list(reply.json["features"])


def test_a_small_area_is_a_geojson_collection(client: FlaskClient, world: World) -> None:
    (made,) = near(world)
    unlocated = world.facility()
    world.audited(made, FAILS)
    found = {f["id"]: f for f in listed(client, f"area={DISTRICT}", world.inspector)}
    assert set(found) == {str(made), str(unlocated)}
    assert found[str(unlocated)]["geometry"] is None, "not located is not at 0/0"
    assert found[str(made)]["geometry"] == {"type": "Point", "coordinates": [IN_DISTRICT.lon, IN_DISTRICT.lat]}
    about = found[str(made)]["properties"]
    assert (about["state"], about["kind"], about["name_kk"]) == ("open", "polyclinic", "Ойдан шығарылған емхана")
    boxed = (
        f"bbox={IN_DISTRICT.lon - 0.01},{IN_DISTRICT.lat - 0.01},{IN_DISTRICT.lon + 0.01},{IN_DISTRICT.lat + 0.01}"
    )
    assert [f["id"] for f in listed(client, boxed, world.inspector)] == [str(made)]
    assert listed(client, boxed, world.person(Role.INSPECTOR, NEIGHBOUR)) == []
    assert listed(client, "bbox=170,-10,-170,10", world.inspector) == []


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("", "/bbox"),
        ("bbox=1,2,3", "/bbox"),
        ("bbox=a,b,c,d", "/bbox/0"),
        ("bbox=76,44,77,43", "/bbox"),
        ("bbox=-190,0,10,10", "/bbox"),
        ("area=nowhere", "/area"),
    ],
)
def test_a_question_without_an_area_is_refused_by_name(
    client: FlaskClient, world: World, query: str, where: str
) -> None:
    reply = client.get(f"/api/v1/facilities.geojson?{query}", headers=token(world.inspector))
    assert reply.status_code == 422
    first = reply.json["errors"][0]
    assert (first["pointer"], bool(first["reason"]), bool(first["accepted"])) == (where, True, True)


def test_too_many_are_refused_with_their_number(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    near(world, 3)
    monkeypatch.setattr(maps, "MOST_FEATURES", 2)
    reply = client.get(f"/api/v1/facilities.geojson?area={DISTRICT}", headers=token(world.inspector))
    (error,) = reply.json["errors"]
    assert (reply.status_code, error["pointer"], error["reason"]) == (422, "/area", "3 facilities lie there")
    assert "at most 2 facilities, or tiles" in error["accepted"]
