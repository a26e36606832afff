"""The journal as it is read by those who answer for a region."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from api.views.journal import JournalEntryOut
from inspection import journal_reading
from inspection.history import DecisionKind
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from tests.api.people import token
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, OTHER_REGION, REGION, World


@pytest.fixture
def facility(world: World) -> UUID:
    """One where an hour ago something was prescribed, and now is declared."""
    made = world.facility()
    world.prescribe(world.audited(made, {DOOR: FAILS[DOOR]}))
    world.clock.advance(hours=1)
    world.decide(made, DOOR, DecisionKind.DECLARE)
    return made


def read(client: FlaskClient, by: UUID, area: str = REGION, **query: Any) -> list[dict[str, Any]]:
    """Every page."""
    found: list[dict[str, Any]] = []
    while True:
        reply = client.get("/api/v1/journal", query_string={"area": area, **query}, headers=token(by))
        assert reply.status_code == 200, reply.json
        found += reply.json["items"]
        if (cursor := reply.json["next_cursor"]) is None:
            return found
        query["cursor"] = cursor


def test_every_entry_is_shown_once_the_newest_first(client: FlaskClient, world: World, facility: UUID) -> None:
    held = sorted(
        (row for row in world.rows(JournalEntry, JournalEntry.home_region == REGION)), key=lambda row: -row.number
    )
    for limit in (1, 3, 50):
        shown = read(client, world.head, limit=limit)
        assert [(each["number"], each["hash"]) for each in shown] == [(row.number, row.hash.hex()) for row in held]
    assert list(shown[0]) == list(JournalEntryOut().fields)


def test_it_says_who_did_what_to_what_and_why(client: FlaskClient, world: World, facility: UUID) -> None:
    (declared,) = read(client, world.head, action="decision.")
    assert (declared["action"], declared["actor_id"], declared["reason"]) == (
        "decision.declare",
        str(world.head),
        "для проверки",
    )
    assert declared["actor"]
    assert [each["number"] for each in read(client, world.head, object=declared["object_id"])] == [
        declared["number"]
    ]
    by_head = {each["action"] for each in read(client, world.head, actor=str(world.head))}
    assert {"prescription.issued", "decision.declare"} <= by_head
    an_hour_ago = (world.clock() - timedelta(minutes=30)).isoformat()
    since = {each["action"] for each in read(client, world.head, since=an_hour_ago)}
    until = {each["action"] for each in read(client, world.head, until=an_hour_ago)}
    assert ("decision.declare" in since, "prescription.issued" in since) == (True, False)
    assert ("decision.declare" in until, "prescription.issued" in until) == (False, True)
    assert read(client, world.head, action="%") == []


def test_what_is_sought_far_behind_is_found_on_a_later_page(
    client: FlaskClient, world: World, facility: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_reading, "SOUGHT", 2)
    assert len(read(client, world.head, action="prescription.issued")) == 1
    assert len(read(client, world.head)) == len(world.rows(JournalEntry, JournalEntry.home_region == REGION))


@pytest.mark.parametrize(
    ("by", "asked"),
    [
        ((Role.HEAD, REGION), (REGION, 200)),
        ((Role.ADMIN, COUNTRY), (REGION, 200)),
        ((Role.ADMIN, COUNTRY), (COUNTRY, 200)),
        ((Role.HEAD, REGION), (COUNTRY, 404)),
        ((Role.HEAD, OTHER_REGION), (REGION, 404)),
        ((Role.HEAD, DISTRICT), (REGION, 404)),
        ((Role.HEAD, DISTRICT), (DISTRICT, 404)),
        ((Role.INSPECTOR, REGION), (REGION, 404)),
        ((Role.AKIMAT, REGION), (REGION, 404)),
        ((Role.MINISTRY, COUNTRY), (REGION, 404)),
        ((Role.HEAD, REGION), ("nowhere", 404)),
    ],
)
def test_only_who_answers_for_the_whole_region_reads_it(
    client: FlaskClient, world: World, facility: UUID, by: tuple[Role, str], asked: tuple[str, int]
) -> None:
    area, status = asked
    reply = client.get("/api/v1/journal", query_string={"area": area}, headers=token(world.person(*by)))
    assert reply.status_code == status


def test_a_cursor_of_another_list_is_refused(client: FlaskClient, world: World, facility: UUID) -> None:
    query = {"area": REGION, "cursor": "bm9uc2Vuc2U"}
    reply = client.get("/api/v1/journal", query_string=query, headers=token(world.head))
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/cursor")
