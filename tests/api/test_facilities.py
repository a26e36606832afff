"""Facilities through the API: made, changed under a version, listed, refused."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.views.facilities import CLIENT_EXAMPLE, ID, FacilityOut
from inspection.tables.facilities import Facility
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from tests.api.people import token
from tests.inspection.maps import ELSEWHERE, IN_DISTRICT, IN_NEIGHBOUR, draw
from tests.inspection.world import DISTRICT, NEIGHBOUR, OTHER_REGION, REGION, World

PATH = f"/api/v1/facilities/{ID}"


@pytest.fixture
def world(world: World) -> World:
    """The small world, with outlines."""
    draw(world)
    return world


@pytest.fixture
def inspector(world: World) -> dict[str, str]:
    """What the inspector's client sends along."""
    return token(world.inspector)


def a_clinic(**about: Any) -> dict[str, Any]:
    """A facility as a client sends it."""
    here = {"lat": IN_DISTRICT.lat, "lon": IN_DISTRICT.lon}
    return {"id": ID, **CLIENT_EXAMPLE, **here, **about}


def made(client: FlaskClient, headers: dict[str, str], **about: Any) -> dict[str, Any]:
    """A facility that was made, as the answer shows it."""
    reply = client.post("/api/v1/facilities", json=a_clinic(**about), headers=headers)
    assert reply.status_code == 201, reply.json
    return dict(reply.json or {})


def pointers(reply: Any) -> list[str]:
    """Where a refused request was wrong; every fault says why and what would be accepted."""
    assert reply.status_code == 422, reply.json
    assert all(error["reason"] and error["accepted"] for error in reply.json["errors"])
    return [error["pointer"] for error in reply.json["errors"]]


def test_a_facility_is_made_once_however_often_it_is_sent(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    first, again = (client.post("/api/v1/facilities", json=a_clinic(), headers=inspector) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == client.get(PATH, headers=inspector).json
    assert first.headers["Location"] == PATH
    assert first.headers["ETag"] == again.headers["ETag"] == '"1"'
    assert (first.json["district_code"], first.json["area_certainty"]) == (DISTRICT, "inside")
    assert len(world.rows(JournalEntry, JournalEntry.action == "facility.created")) == 1


def test_what_is_shown_is_what_the_document_describes(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    assert list(made(client, inspector)) == list(FacilityOut().fields)


def test_another_body_under_the_same_id_is_refused(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    made(client, inspector)
    reply = client.post("/api/v1/facilities", json=a_clinic(catchment=1), headers=inspector)
    assert (reply.status_code, reply.json["type"], reply.json["rev"]) == (409, "/problems/id-taken", 1)


REFUSED = (
    ({"id": "x"}, ["/id"]),
    ({"kind": "castle"}, ["/kind"]),
    ({"name_ru": ""}, ["/name_ru"]),
    ({"name_ru": " "}, ["/name_ru"]),
    ({"name_kk": "я" * 501}, ["/name_kk"]),
    ({"name_kk": "a\0"}, ["/name_kk"]),
    ({"lat": 91}, ["/lat"]),
    ({"lat": "43.25"}, ["/lat"]),
    ({"lat": None}, ["/lat"]),
    ({"lat": 0, "lon": 0}, ["/lat"]),
    ({"lat": 76.25, "lon": 43.25}, ["/lat"]),
    ({"lat": 10.0, "lon": 20.0}, ["/lat"]),
    ({"lat": 71.4, "lon": 51.1, "area_code": REGION}, ["/lat"]),
    ({"lat": -80, "lon": -170, "area_code": REGION}, ["/lat"]),
    ({"lat": None, "lon": None, "accuracy_m": None}, ["/area_code"]),
    ({"area_code": NEIGHBOUR}, ["/area_code"]),
    ({"area_code": "nowhere"}, ["/area_code"]),
    ({"accuracy_m": -1}, ["/accuracy_m"]),
    ({"location_method": "guess"}, ["/location_method"]),
    ({"building_year": 1987.5}, ["/building_year"]),
    ({"building_year": 9999}, ["/building_year"]),
    ({"building_year": 2028}, ["/building_year"]),
    ({"adaptation_declared_on": "2026-03-18"}, ["/adaptation_declared_on"]),
    ({"catchment": 2**40}, ["/catchment"]),
    ({"adaptation_plan_sum": -1}, ["/adaptation_plan_sum"]),
    ({"adaptation_declared_on": "yesterday"}, ["/adaptation_declared_on"]),
    ({"active": "yes"}, ["/active"]),
    ({"operator_id": "01890a5d-ac96-774b-bcce-b302099a8058"}, ["/operator_id"]),
    ({"district_code": NEIGHBOUR}, ["/district_code"]),
    ({"active": 1, "catchment": "x"}, ["/catchment", "/active"]),
)


def test_every_refusal_names_the_field_and_nothing_is_written(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    for about, where in REFUSED:
        reply = client.post("/api/v1/facilities", json=a_clinic(**about), headers=inspector)
        assert sorted(pointers(reply)) == sorted(where), about
    assert world.rows(Facility) == []


def test_nan_is_no_json_and_refused(client: FlaskClient, world: World, inspector: dict[str, str]) -> None:
    headers = {**inspector, "Content-Type": "application/json"}
    reply = client.post("/api/v1/facilities", data='{"lat": NaN}', headers=headers)
    assert reply.status_code == 400


def test_a_large_plan_sum_is_kept_to_the_last_digit(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    assert made(client, inspector, adaptation_plan_sum=10**15)["adaptation_plan_sum"] == 10**15


def test_a_change_names_the_version_it_began_from(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    made(client, inspector)
    reply = client.patch(PATH, json={"catchment": 5}, headers={**inspector, "If-Match": '"1"'})
    assert (reply.status_code, reply.json["catchment"], reply.headers["ETag"]) == (200, 5, '"2"')
    late = client.patch(PATH, json={"catchment": 6}, headers={**inspector, "If-Match": '"1"'})
    assert (late.status_code, late.json["type"], late.json["rev"]) == (412, "/problems/stale-version", 2)
    assert client.get(PATH, headers=inspector).json["catchment"] == 5


def test_a_version_that_nobody_can_have_read_is_stale(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    made(client, inspector)
    for version in ('""', 'W/"1"', '"x"', '"01x"', '"1", "2"', '"-1"', '"99999999999"', ""):
        reply = client.patch(PATH, json={"catchment": 5}, headers={**inspector, "If-Match": version})
        assert (reply.status_code, reply.json["rev"]) == (412, 1), version
    # An ETag without its quotation marks is what many clients send, and says clearly what it means.
    assert client.patch(PATH, json={"catchment": 5}, headers={**inspector, "If-Match": "1"}).status_code == 200


def test_a_change_without_a_version_is_refused(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    made(client, inspector)
    for headers in ({}, {"If-Match": "*"}):
        reply = client.patch(PATH, json={"catchment": 5}, headers=inspector | headers)
        assert (reply.status_code, reply.json["type"]) == (428, "/problems/precondition-required")


def test_a_change_is_checked_like_a_new_facility(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    made(client, inspector)
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"id": ID}, "/id"),
        ({"name_ru": None}, "/name_ru"),
        ({"lon": None}, "/lon"),
    )
    for patch, where in refused:
        reply = client.patch(PATH, json=patch, headers={**inspector, "If-Match": '"1"'})
        assert pointers(reply) == [where]


def test_a_change_of_nothing_keeps_the_version(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    held = made(client, inspector)
    reply = client.patch(PATH, json={}, headers={**inspector, "If-Match": '"1"'})
    assert (reply.status_code, reply.json) == (200, held)


def test_a_facility_moves_to_another_district_and_to_another_region(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    official = token(world.person(Role.AKIMAT, "KZ"))
    made(client, inspector)
    near = {"lat": IN_NEIGHBOUR.lat, "lon": IN_NEIGHBOUR.lon}
    reply = client.patch(PATH, json=near, headers={**official, "If-Match": '"1"'})
    assert (reply.status_code, reply.json["district_code"]) == (200, NEIGHBOUR)
    far = {"lat": ELSEWHERE.lat, "lon": ELSEWHERE.lon}
    reply = client.patch(PATH, json=far, headers={**official, "If-Match": '"2"'})
    assert (reply.status_code, reply.json["region_code"]) == (200, OTHER_REGION)
    of_one_region = token(world.person(Role.AKIMAT, OTHER_REGION))
    back = client.patch(PATH, json=near, headers={**of_one_region, "If-Match": '"3"'})
    assert back.status_code == 403


def test_a_facility_of_another_district_answers_like_none(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    made(client, inspector)
    stranger = token(world.person(Role.AKIMAT, NEIGHBOUR))
    missing = PATH[:-1] + "8"
    for path in (PATH, missing):
        assert client.get(path, headers=stranger).status_code == 404
        reply = client.patch(path, json={"active": False}, headers={**stranger, "If-Match": '"1"'})
        assert reply.status_code == 404
    there = client.post("/api/v1/facilities", json=a_clinic(id=missing[-36:]), headers=stranger)
    assert there.status_code == 403
    assert client.get("/api/v1/facilities", headers=stranger).json["items"] == []


def test_a_viewer_may_look_and_not_change(client: FlaskClient, world: World, inspector: dict[str, str]) -> None:
    made(client, inspector)
    viewer = token(world.person(Role.MINISTRY))
    assert client.get(PATH, headers=viewer).status_code == 200
    assert client.patch(PATH, json={"active": False}, headers={**viewer, "If-Match": '"1"'}).status_code == 403
    assert client.get(PATH).status_code == 401


def test_pages_of_facilities_follow_one_another(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    for n in range(5):
        made(client, inspector, id=ID[:-1] + str(n), name_ru=f"Поликлиника {n % 2}")
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    for _ in range(3):
        reply = client.get("/api/v1/facilities", query_string=query, headers=inspector).json
        seen += [row["id"] for row in reply["items"]]
        query["cursor"] = reply["next_cursor"]
    assert query["cursor"] is None
    assert [row[-1] for row in seen] == ["0", "2", "4", "1", "3"]


def test_a_filter_that_cannot_be_read_is_refused_by_name(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    refused = {
        "cursor=nonsense": "/cursor",
        "area=nowhere": "/area",
        "limit=0": "/limit",
        "limit=201": "/limit",
        "sort=kind": "/sort",
        "active=maybe": "/active",
        "operator_id=x": "/operator_id",
        "kinds=pharmacy": "/kinds",
        "text=%00": "/text",
    }
    for query, where in refused.items():
        assert pointers(client.get(f"/api/v1/facilities?{query}", headers=inspector)) == [where], query


def test_facilities_are_found_in_any_spelling_and_by_area(
    client: FlaskClient, world: World, inspector: dict[str, str]
) -> None:
    made(client, inspector, name_kk="Қаскелең емханасы")
    for query in ("text=kaskelen", "text=КАСКЕЛЕН", f"area={REGION}&kind=polyclinic&active=true"):
        found = client.get(f"/api/v1/facilities?{query}", headers=inspector).json["items"]
        assert [row["id"] for row in found] == [ID], query
    assert client.get("/api/v1/facilities?text=almaty", headers=inspector).json["items"] == []
