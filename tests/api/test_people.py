"""People and grants, kept by administrators in their own areas."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from api.views.people import PersonOut
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Grant, Person, Role
from tests.api.people import token
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, OTHER_REGION, REGION, World

PEOPLE = "/api/v1/people"


@pytest.fixture
def admin(world: World) -> UUID:
    return world.person(Role.ADMIN, REGION)


def a_grant(role: Role = Role.INSPECTOR, area: str = DISTRICT, **about: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "role": role.value, "area": area, **about}


def a_person(grant: dict[str, Any] | None = None, **about: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "name": "Үлгі Жаңа",
        "email": "new@example.test",
        "grant": grant or a_grant(),
        **about,
    }


def post(client: FlaskClient, by: UUID, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, json=body, headers=token(by))


def test_a_person_is_made_once_with_a_first_grant_and_no_token(
    client: FlaskClient, world: World, admin: UUID
) -> None:
    given = a_person()
    first, again = (post(client, admin, PEOPLE, given) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json == client.get(f"{PEOPLE}/{given['id']}", headers=token(admin)).json
    assert list(first.json) == list(PersonOut().fields)
    assert (first.json["has_token"], [each["role"] for each in first.json["grants"]]) == (False, ["inspector"])
    assert post(client, admin, PEOPLE, {**given, "name": "Басқа"}).status_code == 409
    assert len(world.rows(Person, Person.id == UUID(given["id"]))) == 1


@pytest.mark.parametrize(
    ("about", "pointer"),
    [
        ({"name": "Екі\nжол"}, "/name"),
        ({"email": "a@b\r\nBcc: all@example.test"}, "/email"),
        ({"language": "xx"}, "/language"),
        ({"grant": a_grant(area="nowhere")}, "/grant/area"),
        ({"grant": {**a_grant(), "role": "king"}}, "/grant/role"),
        ({"grant": a_grant(since="2020-01-01T00:00:00Z")}, "/grant/since"),
        ({"grant": a_grant(until="2020-01-01T00:00:00Z")}, "/until"),
        ({"token": "mine"}, "/token"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nobody_is_made(
    client: FlaskClient, world: World, admin: UUID, about: dict[str, Any], pointer: str
) -> None:
    before = len(world.rows(Person))
    reply = post(client, admin, PEOPLE, a_person(**about))
    assert reply.status_code == 422, reply.json
    assert [error["pointer"] for error in reply.json["errors"]] == [pointer]
    assert len(world.rows(Person)) == before


@pytest.mark.parametrize(
    ("by", "area", "status"),
    [
        ((Role.ADMIN, REGION), DISTRICT, 201),
        ((Role.ADMIN, REGION), REGION, 201),
        ((Role.ADMIN, COUNTRY), REGION, 201),
        ((Role.ADMIN, DISTRICT), NEIGHBOUR, 404),
        ((Role.ADMIN, DISTRICT), REGION, 404),
        ((Role.ADMIN, REGION), COUNTRY, 404),
        ((Role.HEAD, REGION), DISTRICT, 403),
        ((Role.INSPECTOR, REGION), DISTRICT, 403),
    ],
)
def test_grants_are_given_where_one_administers_and_never_above(
    client: FlaskClient, world: World, by: tuple[Role, str], area: str, status: int
) -> None:
    caller = world.person(*by)
    reply = post(client, caller, f"{PEOPLE}/{world.inspector}/grants", a_grant(Role.ADMIN, area))
    assert reply.status_code == status, reply.json


def test_a_grant_is_given_once_and_its_end_is_seen_at_once(client: FlaskClient, world: World, admin: UUID) -> None:
    person = post(client, admin, PEOPLE, a_person()).json["id"]
    grant = a_grant(Role.AKIMAT)
    for _ in range(2):
        given = post(client, admin, f"{PEOPLE}/{person}/grants", grant)
        assert (given.status_code, len(given.json["grants"])) == (201, 2)
    assert post(client, admin, f"{PEOPLE}/{person}/grants", {**grant, "role": "inspector"}).status_code == 409
    secret = client.post(f"{PEOPLE}/{person}/token", headers=token(admin))
    assert (secret.status_code, secret.headers["Cache-Control"]) == (201, "no-store")
    signed_in = {"Authorization": f"Bearer {secret.json['token']}"}
    assert client.get("/api/v1/me", headers=signed_in).json["roles"] == ["inspector", "akimat_official"]
    for _ in range(2):
        ended = client.put(f"/api/v1/grants/{grant['id']}/end", json={"reason": "Ушёл."}, headers=token(admin))
        assert ended.status_code == 200
    assert client.get("/api/v1/me", headers=signed_in).json["roles"] == ["inspector"]
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "grant.ended")
    assert (entry.reason, entry.actor_id) == ("Ушёл.", admin)
    assert client.delete(f"{PEOPLE}/{person}/token", headers=token(admin)).status_code == 204
    assert client.get("/api/v1/me", headers=signed_in).status_code == 401


def test_nobody_takes_the_token_of_somebody_who_holds_or_will_hold_more(
    client: FlaskClient, world: World, admin: UUID
) -> None:
    both = world.person(Role.INSPECTOR, DISTRICT)
    world.grant(both, Role.INSPECTOR, OTHER_REGION)
    soon = world.person(Role.INSPECTOR, DISTRICT)
    world.grant(soon, Role.ADMIN, COUNTRY, since=world.clock() + timedelta(days=9))
    nobody = uuid4()
    answers = [client.post(f"{PEOPLE}/{who}/token", headers=token(admin)) for who in (both, soon, nobody)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json["detail"] for answer in answers}) == 1
    head = world.person(Role.HEAD, REGION)
    assert client.post(f"{PEOPLE}/{world.inspector}/token", headers=token(head)).status_code == 404


@pytest.mark.parametrize("given", [(REGION, "other", 200), (COUNTRY, "other", 401), (COUNTRY, "own", 200)])
def test_a_token_ends_once_its_person_holds_more_than_who_made_it(
    client: FlaskClient, world: World, admin: UUID, given: tuple[str, str, int]
) -> None:
    area, maker, status = given
    above = world.person(Role.ADMIN, COUNTRY)
    person = admin if maker == "own" else world.person(Role.AKIMAT, REGION)
    secret = client.post(f"{PEOPLE}/{person}/token", headers=token(admin)).json["token"]
    assert post(client, above, f"{PEOPLE}/{person}/grants", a_grant(Role.MINISTRY, area)).status_code == 201
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == status
    revoked = world.rows(JournalEntry, JournalEntry.action == "token.revoked")
    assert [entry.object_id for entry in revoked] == ([str(person)] if status == 401 else [])


def test_a_list_shows_people_of_ones_areas_with_their_grants_there_alone(
    client: FlaskClient, world: World, admin: UUID
) -> None:
    both = world.person(Role.INSPECTOR, DISTRICT)
    world.grant(both, Role.HEAD, OTHER_REGION)
    stranger = world.person(Role.INSPECTOR, OTHER_REGION)
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        reply = client.get(PEOPLE, query_string=query, headers=token(admin)).json
        found += reply["items"]
        if reply["next_cursor"] is None:
            break
        query["cursor"] = reply["next_cursor"]
    by_id = {person["id"]: person for person in found}
    assert len(by_id) == len(found)
    assert [grant["area_code"] for grant in by_id[str(both)]["grants"]] == [DISTRICT]
    assert str(stranger) not in by_id
    assert client.get(f"{PEOPLE}/{stranger}", headers=token(admin)).status_code == 404
    assert client.get(PEOPLE, headers=token(world.inspector)).json["items"] == []


def test_a_grant_to_somebody_of_elsewhere_is_no_way_to_learn_who_they_are(
    client: FlaskClient, world: World, admin: UUID
) -> None:
    stranger, nobody = world.person(Role.INSPECTOR, OTHER_REGION), uuid4()
    before = len(world.rows(Grant))
    answers = [post(client, admin, f"{PEOPLE}/{who}/grants", a_grant()) for who in (stranger, nobody)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json["detail"] == answers[1].json["detail"]
    assert len(world.rows(Grant)) == before
    above = world.person(Role.ADMIN, COUNTRY)  # who answers for both lends people
    assert post(client, above, f"{PEOPLE}/{stranger}/grants", a_grant()).status_code == 201
    assert post(client, admin, f"{PEOPLE}/{stranger}/grants", a_grant(Role.AKIMAT)).status_code == 201


def test_no_name_or_address_stands_in_the_journal(client: FlaskClient, world: World, admin: UUID) -> None:
    post(client, admin, PEOPLE, a_person())
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "person.added")
    assert "Үлгі" not in str(entry.changes)
    assert "example" not in str(entry.changes)
    assert world.rows(Grant, Grant.area_code == DISTRICT)
