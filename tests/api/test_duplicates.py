"""Facilities that look like one place, over HTTP, by the command, and through a tablet."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.commands.feed import rebuild_all
from api.work import Units
from inspection.tables.facilities import Facility
from inspection.tables.people import Role
from tests.api.people import token
from tests.api.tablet import Tablet, edited, inserted
from tests.clock import Clock
from tests.inspection.merges import known
from tests.inspection.world import DESK, DISTRICT, NEIGHBOUR, OTHER_REGION, REGION, STEP, World

LIST = "/api/v1/duplicates"
SPOT: dict[str, Any] = {"lat": 43.25, "lon": 76.25, "accuracy_m": 10.0, "address_ru": "ул. Абая, 12"}


@pytest.fixture
def twins(world: World) -> tuple[UUID, UUID]:
    """One place under two names, each audited."""
    first = known(world, name_ru="Поликлиника «Шапағат»", name_kk="«Шапағат» емханасы", **SPOT)
    second = known(world, name_ru="Шапагат", name_kk="Шапағат", **SPOT)
    world.audited(first, {STEP: 0.05})
    world.audited(second, {DESK: "high"})
    return first, second


def look(app: Flask, *args: str) -> str:
    ran = app.test_cli_runner().invoke(args=["facilities", "duplicates", *args])
    assert ran.exit_code == 0, ran.output
    return ran.output


@pytest.fixture
def pair(app: Flask, client: FlaskClient, world: World, twins: tuple[UUID, UUID]) -> Any:
    look(app, "--area", REGION)
    (found,) = client.get(LIST, headers=token(world.head)).json["items"]
    return found


def post(client: FlaskClient, world: World, path: str, by: UUID | None = None, **body: Any) -> Any:
    return client.post(path, headers=token(by or world.head), json={"reason": "Один вход.", **body})


def test_the_command_says_what_it_found_and_finds_nothing_twice(
    app: Flask, world: World, twins: tuple[UUID, UUID]
) -> None:
    known(world)
    said = "3 facilities, 1 of them without a position, compared by address alone; "
    assert look(app, "--area", "KZ") == (
        f"{said}1 pairs new, 0 pairs asked again, 0 pairs open already, 0 pairs decided before, 0 pairs gone\n"
    )
    assert "0 pairs new, 0 pairs asked again, 1 pairs open already" in look(app, "--area", DISTRICT)
    assert "0 pairs open already" in look(app, "--area", NEIGHBOUR, "--least", "0.9")


def test_the_command_refuses_an_area_that_it_does_not_know(app: Flask, world: World) -> None:
    ran = app.test_cli_runner().invoke(args=["facilities", "duplicates", "--area", "000000000"])
    assert (ran.exit_code, "there is no area with this code" in ran.output) == (1, True)
    assert app.test_cli_runner().invoke(args=["facilities", "duplicates"]).exit_code == 2


def test_a_pair_is_listed_with_both_facilities_and_its_reasons_in_words(
    pair: Any, twins: tuple[UUID, UUID]
) -> None:
    assert {pair["first"]["id"], pair["second"]["id"]} == {str(each) for each in twins}
    assert (pair["state"], pair["score"], pair["rev"]) == ("open", 1.0, 1)
    assert {reason["code"] for reason in pair["reasons"]} >= {"distance_metres", "name", "address", "same_kind"}
    assert pair["first"]["audited_at"] is not None
    assert pair["explanation"]["en"][:3] == [
        "By all that is compared, 100 % speak for one place.",
        "They lie 0 m apart.",
        "Their names are alike by 100 %.",
    ]
    assert pair["explanation"]["ru"][1] == "Между ними 0 м."
    assert len({tuple(said) for said in pair["explanation"].values()}) == 3


def test_only_who_may_confirm_sees_pairs(client: FlaskClient, world: World, pair: Any) -> None:
    one = f"{LIST}/{pair['id']}"
    assert client.get(one, headers=token(world.head)).json == pair
    stranger = world.person(Role.HEAD, OTHER_REGION)
    for person, status in ((world.inspector, 403), (world.person(Role.AKIMAT, REGION), 403), (stranger, 404)):
        assert client.get(LIST, headers=token(person)).json["items"] == []
        assert client.get(one, headers=token(person)).status_code == 404
        survivor = pair["first"]["id"]
        assert post(client, world, f"{one}/merge", person, survivor=survivor).status_code == status
        assert post(client, world, f"{one}/different", person).status_code == status
        assert post(client, world, f"/api/v1/facilities/{survivor}/separate", person).status_code == status
    assert client.get(one).status_code == 401


def test_a_pair_is_merged_shown_and_separated(client: FlaskClient, world: World, pair: Any) -> None:
    survivor, merged = pair["first"]["id"], pair["second"]["id"]
    said = post(client, world, f"{LIST}/{pair['id']}/merge", survivor=survivor, rev=1)
    assert (said.status_code, said.json["state"], said.json["reason"]) == (200, "merged", "Один вход.")
    shown = client.get(f"/api/v1/facilities/{merged}", headers=token(world.head)).json
    assert (shown["active"], shown["merged_into"]) == (False, survivor)
    listed = client.get("/api/v1/facilities", headers=token(world.head), query_string={"active": "true"}).json
    assert [each["id"] for each in listed["items"]] == [survivor]
    query = {"facility": survivor}
    assert len(client.get("/api/v1/audits", headers=token(world.head), query_string=query).json["items"]) == 2
    assert client.get(LIST, headers=token(world.head), query_string={"open": "true"}).json["items"] == []
    parted = post(client, world, f"/api/v1/facilities/{merged}/separate")
    assert (parted.status_code, parted.json["active"], parted.json["merged_into"]) == (200, True, None)
    assert parted.headers["ETag"] == f'"{parted.json["rev"]}"'
    (again,) = client.get(LIST, headers=token(world.head)).json["items"]
    assert again["state"] == "different"


def test_what_cannot_be_is_refused_with_its_reason(client: FlaskClient, world: World, pair: Any) -> None:
    one, survivor = f"{LIST}/{pair['id']}", pair["first"]["id"]
    unknown = post(client, world, f"{LIST}/{UUID(int=7)}/different")
    assert (unknown.status_code, unknown.json["detail"]) == (404, "There is no such pair.")
    wrong = post(client, world, f"{one}/merge", survivor=str(UUID(int=7)))
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/survivor")
    assert post(client, world, f"{one}/merge", survivor=survivor, reason="").status_code == 422
    assert (
        post(client, world, f"{one}/merge", survivor=survivor, reason="  ").json["errors"][0]["pointer"]
        == "/reason"
    )
    assert post(client, world, f"{one}/merge").status_code == 422
    stale = post(client, world, f"{one}/different", rev=9)
    assert (stale.status_code, stale.json["held_rev"]) == (412, 1)
    apart = post(client, world, f"/api/v1/facilities/{survivor}/separate")
    assert (apart.status_code, apart.json["detail"]) == (409, "This facility is merged into no other.")
    assert post(client, world, f"{one}/different").json["state"] == "different"
    assert post(client, world, f"{one}/different", reason="Другое.").status_code == 409


def test_facilities_that_came_to_lie_in_two_regions_are_not_merged(
    client: FlaskClient, world: World, pair: Any
) -> None:
    with world.unit() as unit:
        moved = unit.session.get_one(Facility, (REGION, UUID(pair["second"]["id"])))
        moved.region_code, moved.district_code, moved.rev = OTHER_REGION, None, moved.rev + 1
    official = world.person(Role.HEAD, "KZ")
    said = post(client, world, f"{LIST}/{pair['id']}/merge", official, survivor=pair["first"]["id"])
    assert (said.status_code, said.json["detail"]) == (409, "Facilities of different regions are not merged.")


def test_a_merged_facility_is_edited_through_neither_door(client: FlaskClient, world: World, pair: Any) -> None:
    survivor, merged = pair["first"]["id"], pair["second"]["id"]
    tablet = Tablet(client, world.inspector)
    tablet.pull("facilities")
    before = tablet.documents["facilities"][merged]
    assert before["merged_into"] is None
    post(client, world, f"{LIST}/{pair['id']}/merge", survivor=survivor)
    headers = token(world.head) | {"If-Match": '"2"'}
    said = client.patch(f"/api/v1/facilities/{merged}", headers=headers, json={"active": True})
    assert (said.status_code, said.json["merged_into"]) == (409, survivor)
    (answer,) = tablet.push("facilities", edited(before, name_ru="Шапагат плюс"))
    assert (answer["name_ru"], answer["merged_into"], answer["active"]) == (before["name_ru"], survivor, False)
    tablet.pull("facilities")
    assert tablet.documents["facilities"][merged] == answer
    same = tablet.outcomes("facilities", edited(answer))
    assert [each["state"] for each in same] == ["taken"]


def test_what_a_tablet_still_pushes_for_the_merged_one_counts_for_the_survivor(
    client: FlaskClient, units: Units, world: World, clock: Clock, pair: Any
) -> None:
    survivor, merged = pair["first"]["id"], pair["second"]["id"]
    tablet = Tablet(client, world.inspector)
    tablet.pull("facilities")
    tablet.pull("violations")
    post(client, world, f"{LIST}/{pair['id']}/merge", survivor=survivor)
    audit = world.document(UUID(merged), {STEP: 0.0}, at=clock() - timedelta(hours=1))
    (outcome,) = tablet.outcomes("audits", inserted(audit))
    assert outcome["state"] == "taken"
    for collection in ("facilities", "audits", "violations"):
        tablet.pull(collection)
    assert tablet.documents["audits"][audit["id"]]["facility"] == merged
    assert tablet.documents["facilities"][merged]["merged_into"] == survivor
    states = {
        (each["facility_id"], each["criterion"]): each["state"] for each in tablet.documents["violations"].values()
    }
    assert states[survivor, STEP] == "released"
    assert states[survivor, DESK] == "open"
    assert {state for (of, _), state in states.items() if of == merged} == {"withdrawn"}
    assert rebuild_all(units) == set()
    assert tablet.digest("violations")["count"] == len(tablet.documents["violations"])
    assert post(client, world, f"/api/v1/facilities/{merged}/separate").status_code == 200
    for collection in ("facilities", "violations"):
        tablet.pull(collection)
    assert tablet.documents["facilities"][merged]["merged_into"] is None
    assert rebuild_all(units) == set()
