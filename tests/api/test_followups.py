"""The queue of re-checks: in which order, who goes, when, and that nobody has to."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.commands.feed import rebuild_all
from api.views.followups import EXAMPLE, FollowUpPage
from api.work import Units
from inspection import followup_acts
from inspection.history import DecisionKind
from inspection.settling import resettle_due
from inspection.tables.followups import FollowUp
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Grant, Role
from tests.api.people import token
from tests.api.tablet import Tablet, edited
from tests.inspection.world import DESK, DISTRICT, DOOR, FAILS, NEIGHBOUR, PASSES, STEP, World

LIST = "/api/v1/followups"


def declared(world: World, *criteria: str, **about: Any) -> UUID:
    """A facility whose owner says that it is mended; its re-check."""
    facility = world.facility(**about)
    world.prescribe(world.audited(facility, FAILS))
    for criterion in criteria or (STEP,):
        world.decide(facility, criterion, DecisionKind.DECLARE)
    found = world.followup(facility)
    assert found is not None
    return found.id


@pytest.fixture
def followup(world: World) -> UUID:
    return declared(world)


def held(world: World, followup: UUID) -> FollowUp:
    (row,) = world.rows(FollowUp, FollowUp.id == followup)
    return row


def put(client: FlaskClient, person: UUID, path: str, rev: int, **said: Any) -> Any:
    return client.put(f"{LIST}/{path}", json=said, headers=token(person) | {"If-Match": f'"{rev}"'})


def listed(client: FlaskClient, person: UUID, **query: Any) -> Any:
    reply = client.get(LIST, query_string=query, headers=token(person))
    assert reply.status_code == 200, reply.json
    assert FollowUpPage().validate(dict(reply.json or {})) == {}
    return reply.json


def test_the_example_fits_its_schema() -> None:
    page = {"items": [EXAMPLE], "next_cursor": None, "placeholder_share": 0.9}
    assert FollowUpPage().validate(page) == {}


def test_an_inspector_takes_one_plans_it_and_gives_it_back(
    client: FlaskClient, world: World, followup: UUID
) -> None:
    planned = (world.clock() + timedelta(days=2)).date().isoformat()
    mine = {"assignee": str(world.inspector), "planned_on": planned}
    for _ in range(2):
        taken = put(client, world.inspector, f"{followup}/assignment", 1, **mine)
        assert (taken.status_code, taken.json["state"], taken.json["rev"]) == (200, "assigned", 2)
    assert listed(client, world.inspector, assignee="me")["items"][0]["planned_on"] == planned
    assert listed(client, world.inspector, assignee="pool")["items"] == []
    back = put(client, world.inspector, f"{followup}/assignment", 2, assignee=None)
    assert (back.json["state"], back.json["assignee_id"], back.json["planned_on"]) == ("queued", None, None)
    acts = [row.action for row in world.rows(JournalEntry, JournalEntry.object_id == str(followup))]
    assert sorted(acts) == ["followup.changed", "followup.changed", "followup.queued"]


def test_only_the_head_hands_over_and_only_to_who_may_go_there(
    client: FlaskClient, world: World, followup: UUID
) -> None:
    colleague = {"assignee": str(world.colleague)}
    refused = put(client, world.inspector, f"{followup}/assignment", 1, **colleague)
    assert refused.status_code == 403
    assert put(client, world.head, f"{followup}/assignment", 1, **colleague).json["assignee_id"] == str(
        world.colleague
    )
    stolen = put(client, world.inspector, f"{followup}/assignment", 2, assignee=str(world.inspector))
    assert stolen.status_code == 403, "a colleague has it"
    for somebody in (world.person(Role.INSPECTOR, NEIGHBOUR), world.person(Role.AKIMAT), world.new_id()):
        wrong = put(client, world.head, f"{followup}/assignment", 2, assignee=str(somebody))
        assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/assignee")
    late = put(client, world.head, f"{followup}/assignment", 2, **colleague, planned_on="2026-03-01")
    assert late.json["errors"][0]["pointer"] == "/planned_on"


def test_of_two_officials_the_second_is_told(client: FlaskClient, world: World, followup: UUID) -> None:
    put(client, world.head, f"{followup}/assignment", 1, assignee=str(world.colleague))
    second = put(client, world.head, f"{followup}/assignment", 1, assignee=str(world.inspector))
    assert (second.status_code, second.json["held_rev"]) == (412, 2)
    assert held(world, followup).assignee_id == world.colleague


def test_a_tablet_that_takes_what_an_official_gave_away_meanwhile_is_told(
    app: Flask, client: FlaskClient, world: World, followup: UUID
) -> None:
    tablet = Tablet(client, world.inspector, world.device(world.inspector))
    rebuild_all(app.extensions["pandus"].units)
    (document,) = tablet.pull("followups")
    put(client, world.head, f"{followup}/assignment", 1, assignee=str(world.colleague))
    (answer,) = tablet.push("followups", edited(document, assignee_id=str(world.inspector)))
    assert answer["assignee_id"] == str(world.colleague)
    assert held(world, followup).assignee_id == world.colleague


def test_a_tablet_hears_until_when_a_recheck_is_put_off_and_why(
    app: Flask, client: FlaskClient, world: World, followup: UUID
) -> None:
    until = (world.clock() + timedelta(days=30)).date()
    put(client, world.head, f"{followup}/postponement", 1, until=until.isoformat(), reason="Идёт ремонт.")
    rebuild_all(app.extensions["pandus"].units)
    (document,) = Tablet(client, world.inspector, world.device(world.inspector)).pull("followups")
    assert (document["postponed_until"], document["postponed_why"]) == (until.isoformat(), "Идёт ремонт.")


def test_one_that_is_put_off_is_not_due_and_stays_in_the_list(
    client: FlaskClient, world: World, followup: UUID
) -> None:
    until = (world.clock() + timedelta(days=30)).date()
    said = {"until": until.isoformat(), "reason": "Идёт ремонт."}
    for _ in range(2):
        put_off = put(client, world.head, f"{followup}/postponement", 1, **said)
        assert (put_off.status_code, put_off.json["postponed_until"]) == (200, until.isoformat())
    assert listed(client, world.head, due="true")["items"] == []
    assert [row["postponed_why"] for row in listed(client, world.head, due="false")["items"]] == ["Идёт ремонт."]
    world.clock.advance(days=31)
    assert [row["id"] for row in listed(client, world.head, due="true")["items"]] == [str(followup)]
    for day in (world.clock().date(), world.clock().date() + timedelta(days=91)):
        wrong = put(client, world.head, f"{followup}/postponement", 2, until=day.isoformat(), reason="x")
        assert wrong.json["errors"][0]["pointer"] == "/until"
    assert put(client, world.inspector, f"{followup}/postponement", 2, **said).status_code == 403


def test_a_cancelled_one_comes_back_for_another_reason_only(
    client: FlaskClient, world: World, followup: UUID
) -> None:
    facility = held(world, followup).facility_id
    for _ in range(2):
        gone = put(client, world.head, f"{followup}/cancellation", 1, reason="Снесено.")
        assert (gone.status_code, gone.json["state"], gone.json["closed_by"]) == (
            200,
            "cancelled",
            str(world.head),
        )
    world.audited(facility, {DESK: PASSES[DESK]})
    assert world.followup(facility) is None
    world.decide(facility, DOOR, DecisionKind.RECHECK)
    again = world.followup(facility)
    assert again is not None
    assert sorted(item["criterion"] for item in again.items) == sorted([DOOR, STEP])
    closed = put(client, world.head, f"{followup}/assignment", 2, assignee=str(world.inspector))
    assert closed.status_code == 409


def test_the_queue_comes_by_obstructed_visits_then_by_the_day_it_was_wanted(
    app: Flask, client: FlaskClient, world: World
) -> None:
    little, much = declared(world, kind="pharmacy"), declared(world)
    app.test_cli_runner().invoke(args=["ranks", "update"])
    unranked = declared(world)
    first = listed(client, world.head, sort="rank", limit=2)
    second = listed(client, world.head, sort="rank", limit=2, cursor=first["next_cursor"])
    order = [row["id"] for row in (*first["items"], *second["items"])]
    assert order == [str(much), str(little), str(unranked)]
    assert second["items"][0]["obstructed"] is None
    assert first["placeholder_share"] == 1.0
    assert (first["items"][0]["days_overdue"], second["next_cursor"]) == (0, None)


def test_what_somebody_had_who_may_not_go_there_any_more_falls_back_to_the_pool(
    app: Flask, client: FlaskClient, world: World, followup: UUID
) -> None:
    other = declared(world)
    leaving = world.person(Role.INSPECTOR, DISTRICT)
    for one, person in ((followup, leaving), (other, world.inspector)):
        put(client, world.head, f"{one}/assignment", 1, assignee=str(person))
    with world.unit() as unit:
        grant = next(row for row in unit.session.query(Grant) if row.person_id == leaving)
        grant.valid_to = world.clock() + timedelta(hours=1)
    world.clock.advance(hours=2)
    units: Units = app.extensions["pandus"].units
    assert units.write(followup_acts.return_stranded)[1] == 1
    assert (held(world, followup).state, held(world, followup).assignee_id) == ("queued", None)
    assert held(world, other).assignee_id == world.inspector


def test_settling_anew_leaves_alone_who_goes_and_until_when(
    client: FlaskClient, world: World, followup: UUID
) -> None:
    put(client, world.head, f"{followup}/assignment", 1, assignee=str(world.inspector))
    until = (world.clock() + timedelta(days=60)).date()
    put(client, world.head, f"{followup}/postponement", 2, until=until.isoformat(), reason="Ремонт.")
    world.decide(held(world, followup).facility_id, DOOR, DecisionKind.DECLARE)
    world.clock.advance(days=40)
    with world.unit() as unit:
        resettle_due(unit)
    row = held(world, followup)
    assert len(row.items) == 4, "of the others the date has passed"
    assert (row.assignee_id, row.postponed_until) == (world.inspector, until)
    assert isinstance(row.wanted_from, date)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [({"assignee": "everybody"}, "/assignee"), ({"sort": "size"}, "/sort"), ({"due": "soon"}, "/due")],
)
def test_a_question_that_cannot_be_is_refused_by_its_field(
    client: FlaskClient, world: World, query: dict[str, str], pointer: str
) -> None:
    refused = client.get(LIST, query_string=query, headers=token(world.head))
    assert (refused.status_code, [each["pointer"] for each in refused.json["errors"]]) == (422, [pointer])
