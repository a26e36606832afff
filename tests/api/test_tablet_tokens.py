"""Tablets come by their tokens with a code, and keep them in the field."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.keys import BETWEEN, Keys, keys
from api.tablet_tokens import access_token, read_access, read_refresh, refresh_token
from inspection.errors import Unauthenticated
from inspection.tables.intake import IntakeRow
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Device, Pairing, Role
from inspection.tablet_access import Generations, follow
from tests.api.people import token
from tests.api.tablet import Tablet
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, NEIGHBOUR, OTHER_REGION, REGION, World

TOKENS = "/api/v1/tablet-tokens"
DAY = timedelta(days=1)


def pairing(client: FlaskClient, by: UUID, person: UUID, region: str = REGION, id: UUID | None = None) -> Any:  # noqa: A002
    wish = {"id": str(id or uuid4()), "region": region}
    return client.post(f"/api/v1/people/{person}/pairings", json=wish, headers=token(by))


def paired(client: FlaskClient, code: str, device: UUID, **said: Any) -> Any:
    return client.post(f"{TOKENS}/pairing", json={"code": code, "device": str(device), **said})


def renewed(client: FlaskClient, refresh: str, **said: Any) -> Any:
    return client.post(TOKENS, json={"refresh_token": refresh, **said})


def bearer(tokens: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.json['access_token']}", "Accept-Language": "en"}


@pytest.fixture
def tokens(client: FlaskClient, world: World) -> Any:
    """The first tokens of a tablet of the inspector."""
    made = pairing(client, world.head, world.inspector)
    assert made.status_code == 201, made.json
    return paired(client, made.json["code"], uuid4(), app_version="2.4.0", unsent=3)


def test_a_tablet_that_was_shown_a_code_works_as_its_person(
    client: FlaskClient, world: World, tokens: Any
) -> None:
    assert (tokens.status_code, tokens.json["region_code"], tokens.json["stopped"]) == (200, REGION, False)
    me = client.get("/api/v1/me", headers=bearer(tokens)).json
    assert me["id"] == str(world.inspector)
    tablet = Tablet(client, world.inspector)
    tablet.headers = bearer(tokens)
    assert tablet.push("audits", {"newDocumentState": world.document(world.facility(), {DOOR: FAILS[DOOR]})}) == []
    (row,) = world.rows(IntakeRow)
    assert (row.device_id, row.person_id) == (UUID(tokens.json["device"]), world.inspector)
    listed = client.get("/api/v1/tablets", headers=token(world.head)).json["items"]
    assert [(each["app_version"], each["unsent"], each["person_id"]) for each in listed] == [
        ("2.4.0", 3, str(world.inspector))
    ]


def test_the_code_is_also_a_picture_that_names_the_server(client: FlaskClient, world: World) -> None:
    made = pairing(client, world.head, world.inspector).json
    asked = parse_qs(urlsplit(made["link"]).query)
    assert asked == {"server": ["http://127.0.0.1:8000"], "code": [made["code"]]}
    assert made["qr"].startswith("<svg")


def test_asking_for_a_code_again_does_not_show_it_again(client: FlaskClient, world: World) -> None:
    made = uuid4()
    assert pairing(client, world.head, world.inspector, id=made).status_code == 201
    assert pairing(client, world.head, world.inspector, id=made).status_code == 409


def test_a_tablet_whose_answer_was_lost_asks_again_and_another_gets_nothing_by_the_same_code(
    client: FlaskClient, world: World
) -> None:
    code = pairing(client, world.head, world.inspector).json["code"]
    device = uuid4()
    first, again = (paired(client, spelled, device) for spelled in (code, code.replace("-", " ").lower()))
    assert first.json["refresh_token"] == again.json["refresh_token"]
    assert len(world.rows(Device)) == 1
    assert paired(client, code, uuid4()).status_code == 401
    renewed(client, first.json["refresh_token"])
    assert paired(client, code, device).status_code == 401  # it has gone on


def test_a_code_is_over_after_a_quarter_of_an_hour(client: FlaskClient, world: World) -> None:
    code = pairing(client, world.head, world.inspector).json["code"]
    world.clock.advance(minutes=15)
    late, unknown = paired(client, code, uuid4()), paired(client, "ABCD-EFGH", uuid4())
    assert late.status_code == unknown.status_code == 401
    assert late.json["type"] == unknown.json["type"] == "/problems/wrong-code"


def test_a_code_is_over_once_its_person_holds_more_than_who_made_it(client: FlaskClient, world: World) -> None:
    code = pairing(client, world.head, world.inspector).json["code"]
    world.grant(world.inspector, Role.INSPECTOR, OTHER_REGION)
    late = paired(client, code, uuid4())
    assert (late.status_code, late.json["type"]) == (401, "/problems/wrong-code")
    assert world.rows(Device) == []


def test_no_code_or_token_stands_in_the_database_or_the_journal(
    client: FlaskClient, world: World, tokens: Any
) -> None:
    (held,) = world.rows(Pairing)
    assert len(held.code_hash) == 32
    said = str([(entry.changes, entry.reason) for entry in world.rows(JournalEntry)])
    assert not any(
        secret in said for secret in (tokens.json["refresh_token"], tokens.json["access_token"], "pdr_")
    )


@pytest.mark.parametrize(
    ("by", "whom", "status"),
    [
        ((Role.HEAD, REGION), (Role.INSPECTOR, DISTRICT), 201),
        ((Role.ADMIN, COUNTRY), (Role.INSPECTOR, DISTRICT), 201),
        ((Role.HEAD, OTHER_REGION), (Role.INSPECTOR, DISTRICT), 404),
        ((Role.HEAD, REGION), (Role.INSPECTOR, OTHER_REGION), 404),
        ((Role.HEAD, REGION), (Role.ADMIN, COUNTRY), 404),  # who holds more than the region is not theirs
        ((Role.INSPECTOR, REGION), (Role.INSPECTOR, DISTRICT), 403),
        ((Role.AKIMAT, REGION), (Role.INSPECTOR, DISTRICT), 403),
    ],
)
def test_only_who_may_enrol_where_all_of_a_persons_grants_lie_makes_a_code(
    client: FlaskClient, world: World, by: tuple[Role, str], whom: tuple[Role, str], status: int
) -> None:
    reply = pairing(client, world.person(*by), world.person(*whom))
    assert reply.status_code == status, reply.json


def test_a_region_without_a_grant_of_the_person_is_refused(client: FlaskClient, world: World) -> None:
    admin = world.person(Role.ADMIN, COUNTRY)
    reply = pairing(client, admin, world.inspector, OTHER_REGION)
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/region")
    assert pairing(client, admin, world.inspector, DISTRICT).status_code == 422
    assert pairing(client, admin, uuid4()).status_code == 404


def test_a_head_with_a_tablet_does_what_an_inspector_does(client: FlaskClient, world: World) -> None:
    facility = world.facility()
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    address = f"/api/v1/violations/{world.violation(facility, DOOR).id}/decisions"
    asked = {"id": str(uuid4()), "kind": "accept", "reason": "верно"}
    admin = world.person(Role.ADMIN, COUNTRY)
    mine = paired(client, pairing(client, admin, world.head).json["code"], uuid4())
    assert client.post(address, json=asked, headers=bearer(mine)).status_code == 403
    assert client.post(address, json=asked, headers=token(world.head)).status_code == 201


# Going on.


@pytest.mark.parametrize(
    ("held", "presented", "following"),
    [
        (0, 0, Generations(1)),
        (1, 0, Generations(1)),  # the answer was lost, or two asked at once
        (2, 0, Generations(2, copied=True)),
        (7, 7, Generations(8)),
        (7, 6, Generations(7)),
        (7, 5, Generations(7, copied=True)),
        (3, 9, Generations(10)),  # a restored backup has forgotten some
    ],
)
def test_the_token_before_the_newest_is_good_once_more_and_an_older_one_was_copied(
    held: int, presented: int, following: Generations
) -> None:
    assert follow(held, presented) == following


def test_a_lost_answer_and_two_calls_at_once_give_the_same_token(client: FlaskClient, tokens: Any) -> None:
    first = tokens.json["refresh_token"]
    answers = {renewed(client, first).json["refresh_token"] for _ in range(3)}
    assert len(answers) == 1
    assert first not in answers
    (second,) = answers
    third = renewed(client, second)
    assert third.status_code == 200
    assert third.headers["Cache-Control"] == "no-store"
    assert renewed(client, second).json["refresh_token"] == third.json["refresh_token"]


def test_an_access_token_lasts_an_hour(client: FlaskClient, world: World, tokens: Any) -> None:
    world.clock.advance(minutes=59)
    assert client.get("/api/v1/me", headers=bearer(tokens)).status_code == 200
    world.clock.advance(minutes=1)
    over = client.get("/api/v1/me", headers=bearer(tokens))
    assert (over.status_code, over.json["type"]) == (401, "/problems/token-over")


def test_sixty_days_offline_do_no_harm_and_half_a_year_of_silence_ends_it(
    client: FlaskClient, world: World, tokens: Any
) -> None:
    world.clock.advance(days=60)
    back = renewed(client, tokens.json["refresh_token"])
    assert client.get("/api/v1/me", headers=bearer(back)).status_code == 200
    world.clock.advance(days=181)
    late = renewed(client, back.json["refresh_token"])
    assert (late.status_code, late.json["type"]) == (401, "/problems/not-paired")


def copied(client: FlaskClient, tokens: Any) -> Any:
    """Somebody uses a token after two newer ones; their answer."""
    newer = renewed(client, tokens.json["refresh_token"])
    renewed(client, newer.json["refresh_token"])
    return renewed(client, tokens.json["refresh_token"])


def test_a_copied_token_stops_the_tablet_and_the_journal_says_so(
    client: FlaskClient, world: World, tokens: Any
) -> None:
    answer = copied(client, tokens)
    assert (answer.status_code, answer.json["stopped"]) == (200, True)
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "tablet.copied")
    assert entry.object_id == tokens.json["device"]
    (held,) = world.rows(Device)
    assert (held.stolen, held.stopped_at) == (True, world.clock())
    for address in ("/api/v1/me", "/sync/facilities/1/pull?limit=1"):
        refused = client.get(address, headers=bearer(answer))
        assert (refused.status_code, refused.json["type"]) == (403, "/problems/forbidden")


def stop(client: FlaskClient, by: UUID, tokens: Any) -> Any:
    address = f"/api/v1/tablets/{tokens.json['device']}/stop"
    return client.put(address, json={"reason": "Забыт в автобусе."}, headers=token(by))


@pytest.mark.parametrize("end", ["stopped", "copied"])
def test_the_link_of_a_calendar_that_a_tablet_made_ends_with_it(
    client: FlaskClient, world: World, tokens: Any, end: str
) -> None:
    made = client.post("/api/v1/me/calendar", headers=bearer(tokens)).json["url"]
    link = urlsplit(made).path
    assert client.get(link).status_code == 200
    if end == "stopped":
        stop(client, world.head, tokens)
    else:
        copied(client, tokens)
    assert client.get(link).status_code == 404
    assert client.get("/api/v1/me/calendar", headers=token(world.inspector)).json == {"made_at": None}


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("DELETE", "/me/sign-ins"),
        ("DELETE", f"/me/sign-ins/{UUID(int=7)}"),
        ("DELETE", f"/me/identities/{UUID(int=7)}"),
        ("POST", "/me/totp/confirmation"),
        ("PUT", "/me/password"),
    ],
)
def test_how_a_person_signs_in_is_no_business_of_a_tablet(
    client: FlaskClient, tokens: Any, method: str, address: str
) -> None:
    bodies = {"POST": {"code": "000000"}, "PUT": {"password": "x", "new_password": "y"}}
    answer = client.open(f"/api/v1{address}", method=method, headers=bearer(tokens), json=bodies.get(method))
    assert answer.status_code == 403, answer.json
    assert "not done with a tablet" in answer.text


def test_what_a_stopped_tablet_sends_waits_for_a_person_for_sixty_days(
    client: FlaskClient, world: World, tokens: Any
) -> None:
    audit = world.document(world.facility(), {DOOR: FAILS[DOOR]})
    for _ in range(2):
        assert stop(client, world.head, tokens).json["stopped_at"] is not None
    world.clock.advance(days=59)
    tokens = renewed(client, tokens.json["refresh_token"])
    assert tokens.json["stopped"] is True
    tablet = Tablet(client, world.inspector)
    tablet.headers = bearer(tokens)
    for collection, document in (("audits", audit), ("drafts", {"id": str(uuid4()), "note": "x"})):
        assert tablet.push(collection, {"newDocumentState": document}) == []
    assert {row.state for row in world.rows(IntakeRow)} == {"quarantined"}
    assert {row.reason for row in world.rows(IntakeRow)} == {
        "this tablet was stopped; what it sends waits for a person"
    }
    world.clock.advance(days=2)
    assert renewed(client, tokens.json["refresh_token"]).status_code == 401


def test_a_person_stops_their_own_tablet_and_a_neighbour_sees_nothing(
    client: FlaskClient, world: World, tokens: Any
) -> None:
    address = f"/api/v1/tablets/{tokens.json['device']}"
    neighbour = world.person(Role.HEAD, NEIGHBOUR)
    assert stop(client, neighbour, tokens).status_code == 404
    assert client.get(address, headers=token(neighbour)).status_code == 404
    assert client.get("/api/v1/tablets", headers=token(neighbour)).json["items"] == []
    assert client.get(address, headers=token(world.inspector)).json["stopped_at"] is None
    assert stop(client, world.inspector, tokens).status_code == 200
    assert [
        each["id"] for each in client.get("/api/v1/tablets?stopped=true", headers=token(world.head)).json["items"]
    ]


def test_a_tablet_names_no_other(client: FlaskClient, world: World, tokens: Any) -> None:
    other = world.device(world.inspector)
    headers = {**bearer(tokens), "Device-Id": str(other)}
    assert client.get("/sync/facilities/1/pull?limit=1", headers=headers).status_code == 422


# The tokens themselves.


@pytest.fixture
def held(app: Flask) -> Keys:
    return keys(app.extensions["pandus"].settings)


def test_a_token_that_was_changed_anywhere_is_not_ours(held: Keys, world: World) -> None:
    now, device = world.clock(), uuid4()
    made: dict[str, Callable[[str], object]] = {
        access_token(held, device, now + DAY): lambda text: read_access(held, text, now),
        refresh_token(held, device, 4): lambda text: read_refresh(held, text),
    }
    for text, read in made.items():
        read(text)
        for n in range(len(text)):
            swapped = "A" if text[n] != "A" else "B"
            if text[n] == text[-1] and n == len(text) - 1:
                continue  # the last letter holds bits that mean nothing
            with pytest.raises(Unauthenticated):
                read(text[:n] + swapped + text[n + 1 :])
        for other in ("", "pda_", "pdr_", text + "A", text[:-2], "é" + text, text.swapcase()):
            with pytest.raises(Unauthenticated):
                read(other)


def test_one_kind_of_token_is_worth_nothing_as_the_other(held: Keys, world: World) -> None:
    now, device = world.clock(), uuid4()
    access, refresh = access_token(held, device, now + DAY), refresh_token(held, device, 0)
    for wrong in ("pda_" + refresh[4:], refresh):
        with pytest.raises(Unauthenticated):
            read_access(held, wrong, now)
    with pytest.raises(Unauthenticated):
        read_refresh(held, "pdr_" + access[4:])


def test_a_new_key_before_the_old_one_signs_nobody_out(world: World) -> None:
    old, new, device = b"o" * 32, b"n" * 32, uuid4()
    token_before = refresh_token(Keys([old]), device, 3)
    assert read_refresh(Keys([new, old]), token_before).generation == 3
    with pytest.raises(Unauthenticated):
        read_refresh(Keys([new]), token_before)
    assert BETWEEN not in old
