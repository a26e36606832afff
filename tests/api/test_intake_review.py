"""What was put aside or lost is shown to the head of its region, who decides; what was sent is never changed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.views.intake import IntakeOut, OneIntakeOut
from inspection.history import DecisionKind
from inspection.keyset import write_cursor
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.followups import FollowUp
from inspection.tables.intake import IntakeRow
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Device, Role
from inspection.tables.regions import Home
from tests.api.tablet import Document, Tablet, edited, inserted
from tests.inspection.world import (
    COUNTRY,
    DISTRICT,
    DOOR,
    LONG_AGO,
    OTHER_DISTRICT,
    OTHER_REGION,
    REGION,
    STEP,
    World,
)

STEP_FAILS = {STEP: 0.05, DOOR: 0.95}


class Desk:
    """An official before the rows of the intake."""

    def __init__(self, client: FlaskClient, person: UUID, language: str = "en") -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {person}", "Accept-Language": language}

    def list(self, **query: Any) -> list[Document]:
        reply = self.client.get("/api/v1/intake", query_string=query, headers=self.headers)
        assert reply.status_code == 200, reply.text
        found: list[Document] = (reply.json or {})["items"]
        return found

    def one(self, row: Document, **query: Any) -> Document:
        reply = self.client.get(address(row), query_string=query, headers=self.headers)
        assert reply.status_code == 200, reply.text
        return dict(reply.json or {})

    def act(self, row: Document, act: str, body: Document | None = None, **query: Any) -> Any:
        where = f"{address(row)}/{act}"
        given = {} if act == "replay" else {"json": body or {}}
        return self.client.post(where, query_string=query, headers=self.headers, **given)

    def done(self, row: Document, act: str, body: Document | None = None) -> Document:
        reply = self.act(row, act, body)
        assert reply.status_code == 200, reply.text
        return dict(reply.json)


def but_for_id(reply: Any) -> Document:
    return {name: value for name, value in reply.json.items() if name != "request_id"}


def address(row: Document) -> str:
    return f"/api/v1/intake/{row['collection']}/{row['document']}/{row['sha256']}"


def a_facility(world: World, **about: Any) -> UUID:
    made = world.facility(**about)
    world.add(Home(id=made, region=about.get("home_region", REGION), kind="facility"))
    return made


@pytest.fixture
def head(client: FlaskClient, world: World) -> Desk:
    """The head of department of the region."""
    return Desk(client, world.head)


@pytest.fixture
def tablet(client: FlaskClient, world: World) -> Tablet:
    return Tablet(client, world.inspector, world.device(world.inspector))


@pytest.fixture
def other(client: FlaskClient, world: World) -> Tablet:
    return Tablet(client, world.colleague, world.device(world.colleague))


Lost = Callable[..., Document]


@pytest.fixture
def lost(tablet: Tablet, other: Tablet, world: World, head: Desk) -> Lost:
    """Makes a conflict: the inspector named a facility first, the colleague then; the row as it is listed."""

    def make(**second: Any) -> Document:
        made = str(a_facility(world))
        for each in (tablet, other):
            each.pull("facilities")
        base = other.documents["facilities"][made]
        tablet.push("facilities", edited(base, name_ru="Первая", catchment=10))
        other.push("facilities", edited(base, **(second or {"name_ru": "Вторая", "building_year": 1975})))
        (row,) = head.list()
        return row

    return make


@pytest.fixture
def too_late(client: FlaskClient, world: World, head: Desk) -> tuple[Document, Tablet, Document]:
    """An edit that was made before a grant was lost and sent after: the row, the tablet, and what it pushed."""
    made = str(a_facility(world))
    person = world.person()
    world.grant(person, Role.INSPECTOR, DISTRICT, until=world.clock() + timedelta(hours=1))
    tablet = Tablet(client, person, world.device(person))
    tablet.pull("facilities")
    pushed = edited(tablet.documents["facilities"][made], catchment=5)
    world.clock.advance(hours=2)
    tablet.push("facilities", pushed)
    (row,) = head.list()
    return row, tablet, pushed


def facility(world: World) -> Facility:
    (row,) = world.rows(Facility)
    return row


def actions(world: World) -> list[tuple[str, UUID | None]]:
    rows = world.rows(JournalEntry, JournalEntry.action.not_in(["checklist.published"]))
    return [(row.action, row.actor_id) for row in sorted(rows, key=lambda row: row.number)]


def outcome(tablet: Tablet) -> Document:
    """The newest outcome that the sender hears of."""
    tablet.pull("outcomes")
    return tablet.seen["outcomes"][-1]


def test_a_conflict_is_shown_with_what_was_had_sent_held_then_and_held_now(
    lost: Lost, head: Desk, tablet: Tablet, world: World
) -> None:
    row = lost()
    assert (row["state"], row["collection"], row["sender"]["id"]) == (
        "conflict",
        "facilities",
        str(world.colleague),
    )
    assert (row["region"], row["attempts"], row["decision"]) == (REGION, 1, None)
    assert row["sender"]["name"].startswith("Выдуманный")
    assert row["device_id"]
    tablet.pull("facilities")
    tablet.push("facilities", edited(tablet.documents["facilities"][row["document"]], name_ru="Третья"))
    shown = head.one(row)
    assert shown["fields"] == [
        {
            "field": "name_ru",
            "base": "Выдуманная поликлиника",
            "sent": "Вторая",
            "held": "Первая",
            "now": "Третья",
        }
    ]
    assert (shown["sent"]["name_ru"], shown["base"]["rev"], shown["text"]) == ("Вторая", 1, None)
    assert (shown["held"]["name_ru"], shown["now"]["name_ru"]) == ("Первая", "Третья")
    assert {name: shown[name] for name in row} == row
    assert OneIntakeOut().validate(shown) == {}
    assert IntakeOut().validate(row) == {}


def test_the_lost_value_is_taken_when_the_head_says_so_and_both_stay_on_record(
    lost: Lost, head: Desk, other: Tablet, world: World
) -> None:
    row = lost()
    before = world.rows(IntakeRow, IntakeRow.state == "conflict")[0]
    world.clock.advance(hours=1)
    shown = head.done(row, "choose", {"take": ["name_ru"], "reason": "вывеска другая"})
    assert (facility(world).name_ru, facility(world).catchment, facility(world).building_year) == (
        "Вторая",
        10,
        1975,
    )
    assert (shown["state"], shown["decision"], shown["decision_fields"]) == ("conflict", "take", ["name_ru"])
    assert (shown["decided_by"], shown["decision_reason"]) == (str(world.head), "вывеска другая")
    assert shown["fields"][0] | {"base": None} == {
        "field": "name_ru",
        "base": None,
        "sent": "Вторая",
        "held": "Первая",
        "now": "Вторая",
    }
    after = world.rows(IntakeRow, IntakeRow.state == "conflict")[0]
    assert (after.body, after.held) == (before.body, before.held)
    assert actions(world)[-2:] == [("facility.changed", world.head), ("intake.chosen", world.head)]
    heard = outcome(other)
    assert (heard["state"], heard["decision"], heard["rev"]) == ("conflict", "take", after.outcome_rev)
    assert head.list() == []
    assert [each["document"] for each in head.list(decided="true")] == [row["document"]]


def test_choosing_the_same_again_changes_nothing_and_choosing_otherwise_is_refused(
    lost: Lost, head: Desk, tablet: Tablet, world: World
) -> None:
    row = lost()
    first = head.done(row, "choose", {"take": ["name_ru"]})
    rev, done = facility(world).rev, len(actions(world))
    tablet.pull("facilities")
    tablet.push("facilities", edited(tablet.documents["facilities"][row["document"]], name_ru="Третья"))
    again = head.done(row, "choose", {"take": ["name_ru", "name_ru"]})
    assert {name: again[name] for name in row} == {name: first[name] for name in row}
    assert (facility(world).name_ru, facility(world).rev, len(actions(world))) == ("Третья", rev + 1, done + 1)
    refused = head.act(row, "choose", {"take": []})
    assert (refused.status_code, refused.json["decision"]) == (409, "take")
    assert head.act(row, "dismissal", {"reason": "нет"}).status_code == 409


def test_what_is_held_is_kept_when_the_head_takes_nothing(lost: Lost, head: Desk, world: World) -> None:
    row = lost()
    rev = facility(world).rev
    shown = head.done(row, "choose", {"take": [], "rev": rev})
    assert (shown["decision"], shown["decision_fields"], facility(world).rev) == ("keep", None, rev)


def test_a_choice_made_before_another_version_is_refused_and_the_held_one_told(
    lost: Lost, head: Desk, world: World
) -> None:
    row = lost()
    refused = head.act(row, "choose", {"take": ["name_ru"], "rev": 1})
    assert (refused.status_code, refused.json["rev"]) == (412, facility(world).rev)
    assert facility(world).name_ru == "Первая"


@pytest.mark.parametrize("field", ["building_year", "lat", "nothing"])
def test_only_a_field_that_lost_can_be_taken(lost: Lost, head: Desk, world: World, field: str) -> None:
    row = lost()
    refused = head.act(row, "choose", {"take": ["name_ru", field]})
    (fault,) = refused.json["errors"]
    assert (refused.status_code, fault["pointer"]) == (422, "/take/1")
    assert "name_ru" in fault["accepted"]
    assert (facility(world).name_ru, world.rows(IntakeRow, IntakeRow.decided_at.is_not(None))) == ("Первая", [])


def test_a_conflict_is_chosen_about_and_not_tried_again(lost: Lost, head: Desk) -> None:
    row = lost()
    refused = head.act(row, "replay")
    assert (refused.status_code, "choose" in refused.json["detail"]) == (409, True)


def test_an_edit_made_before_the_grant_was_lost_is_made_by_the_head_who_replays_it(
    too_late: tuple[Document, Tablet, Document], head: Desk, world: World
) -> None:
    row, tablet, _ = too_late
    assert (row["state"], row["reason"]) == ("quarantined", "there is no such facility")
    (field,) = head.one(row)["fields"]
    assert field == {"field": "catchment", "base": None, "sent": 5, "held": None, "now": None}
    shown = head.done(row, "replay")
    assert (shown["state"], shown["reason"], shown["decision"], shown["attempts"]) == ("taken", None, "replay", 2)
    assert facility(world).catchment == 5
    assert actions(world)[-2:] == [("facility.changed", world.head), ("intake.replayed", world.head)]
    assert (outcome(tablet)["state"], outcome(tablet)["rev"]) == ("taken", shown["rev"])
    again = head.done(row, "replay")
    assert again == shown
    assert (facility(world).rev, len(actions(world))) == (2, 2)


def test_what_was_decided_stands_when_the_same_is_pushed_again(
    too_late: tuple[Document, Tablet, Document], head: Desk, world: World
) -> None:
    row, tablet, pushed = too_late
    shown = head.done(row, "replay")
    assert tablet.push("facilities", pushed) == [{"id": row["document"], "_deleted": True}]
    (said,) = tablet.outcomes("facilities", pushed)
    assert (said["state"], said["known"]) == ("taken", True)
    assert head.one(row)["rev"] == shown["rev"]
    assert facility(world).rev == 2


def test_a_dismissed_edit_is_not_made_when_its_author_may_edit_again_and_sends_it_again(
    too_late: tuple[Document, Tablet, Document], head: Desk, world: World
) -> None:
    row, tablet, pushed = too_late
    head.done(row, "dismissal", {"reason": "не нужно"})
    world.grant(UUID(row["sender"]["id"]), Role.INSPECTOR, DISTRICT)
    (answer,) = tablet.push("facilities", pushed)
    assert (answer["catchment"], facility(world).rev) == (None, 1)


def test_a_replayed_edit_of_what_others_changed_meanwhile_becomes_a_conflict_to_choose_about(
    too_late: tuple[Document, Tablet, Document], head: Desk, other: Tablet, world: World
) -> None:
    row, _, _ = too_late
    (base,) = other.pull("facilities")
    other.push("facilities", edited(base, catchment=77))
    shown = head.done(row, "replay")
    assert (shown["state"], shown["decision"], facility(world).catchment) == ("conflict", None, 77)
    assert shown["fields"] == [{"field": "catchment", "base": None, "sent": 5, "held": 77, "now": 77}]
    assert head.list(state="conflict")
    head.done(row, "choose", {"take": ["catchment"]})
    assert facility(world).catchment == 5


def test_an_edit_with_a_fault_is_refused_to_the_head_as_well_and_stays_as_it_was(
    tablet: Tablet, head: Desk, world: World
) -> None:
    a_facility(world)
    (base,) = tablet.pull("facilities")
    tablet.push("facilities", edited(base, catchment=-1))
    (row,) = head.list()
    refused = head.act(row, "replay")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/catchment")
    assert head.list() == [row]


def test_an_audit_is_replayed_as_its_authors_under_the_grants_of_now(
    client: FlaskClient, head: Desk, world: World
) -> None:
    place = a_facility(world)
    person = world.person()
    tablet = Tablet(client, person, world.device(person))
    tablet.push("audits", inserted(world.document(place, STEP_FAILS)))
    (row,) = head.list()
    still = head.done(row, "replay")
    assert (still["state"], still["decision"], still["attempts"]) == ("quarantined", None, row["attempts"] + 1)
    world.grant(person, Role.INSPECTOR, DISTRICT, LONG_AGO)
    shown = head.done(row, "replay")
    assert (shown["state"], shown["decision"]) == ("taken", "replay")
    (audit,) = world.rows(Audit)
    assert audit.author_id == person
    assert ("audit.taken", person) in actions(world)
    assert actions(world)[-1] == ("intake.replayed", world.head)
    assert outcome(tablet)["state"] == "taken"
    assert head.done(row, "replay")["rev"] == shown["rev"]
    assert len(world.rows(Audit)) == 1


def test_an_audit_that_waited_for_a_facility_is_taken_once_the_head_makes_that_facility(
    client: FlaskClient, head: Desk, tablet: Tablet, world: World
) -> None:
    person = world.person()
    stranger = Tablet(client, person, world.device(person))
    new = {
        "id": str(uuid4()),
        "kind": "pharmacy",
        "name_kk": "Жаңа",
        "name_ru": "Новая",
        "district_code": DISTRICT,
    }
    world.grant(person, Role.AKIMAT, OTHER_DISTRICT)
    stranger.push("facilities", inserted(new))
    tablet.push("audits", inserted(world.document(UUID(new["id"]), STEP_FAILS)))
    assert {row["state"] for row in head.list()} == {"quarantined", "waiting"}
    (row,) = head.list(state="quarantined")
    assert head.done(row, "replay")["state"] == "taken"
    assert head.list() == []
    assert len(world.rows(Audit)) == 1


def test_a_dismissed_row_stays_as_it_came_and_its_sender_hears_why(
    too_late: tuple[Document, Tablet, Document], head: Desk, world: World
) -> None:
    row, tablet, _ = too_late
    shown = head.done(row, "dismissal", {"reason": "  уже исправлено "})
    assert (shown["state"], shown["decision"], shown["decision_reason"]) == (
        "quarantined",
        "dismiss",
        "уже исправлено",
    )
    assert shown["sent"] == head.one(row)["sent"]
    heard = outcome(tablet)
    assert (heard["decision"], heard["decision_reason"]) == ("dismiss", "уже исправлено")
    assert actions(world) == [("intake.dismissed", world.head)]
    assert head.done(row, "dismissal", {"reason": "уже исправлено"}) == shown
    assert len(actions(world)) == 1
    for act, body in (("dismissal", {"reason": "иначе"}), ("replay", None), ("choose", {"take": []})):
        assert head.act(row, act, body).status_code == 409
    assert facility(world).rev == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, None, 5])
def test_nothing_is_dismissed_without_a_reason(
    too_late: tuple[Document, Tablet, Document], head: Desk, reason: Any
) -> None:
    refused = head.act(too_late[0], "dismissal", {"reason": reason})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/reason")


def test_the_losing_body_of_an_audit_can_be_let_lie_and_nothing_of_it_taken(
    tablet: Tablet, other: Tablet, head: Desk, world: World
) -> None:
    document = world.document(a_facility(world), STEP_FAILS)
    tablet.push("audits", inserted(document))
    other.push("audits", inserted(document | {"ground": "unscheduled"}))
    (row,) = head.list()
    shown = head.one(row)
    assert (shown["sent"]["ground"], shown["held"]["ground"], shown["now"]["ground"], shown["fields"]) == (
        "unscheduled",
        "preventive",
        "preventive",
        None,
    )
    assert head.act(row, "replay").status_code == 409
    assert head.act(row, "choose", {"take": ["ground"]}).status_code == 422
    assert head.done(row, "choose", {"take": []})["decision"] == "keep"


def test_a_follow_up_that_two_planned_is_shown_and_the_later_plan_taken(
    tablet: Tablet, other: Tablet, head: Desk, world: World
) -> None:
    place = a_facility(world)
    world.prescribe(world.audited(place, STEP_FAILS))
    world.decide(place, STEP, DecisionKind.RECHECK)
    for each in (tablet, other):
        each.pull("followups")
    (base,) = tablet.documents["followups"].values()
    tablet.push("followups", edited(base, planned_on="2026-04-01"))
    other.push("followups", edited(base, planned_on="2026-05-01", note="ключ у вахтёра"))
    (row,) = head.list()
    (field,) = head.one(row)["fields"]
    assert (field["field"], field["sent"], field["held"]) == ("planned_on", "2026-05-01", "2026-04-01")
    head.done(row, "choose", {"take": ["planned_on"]})
    (held,) = world.rows(FollowUp)
    assert (held.planned_on and held.planned_on.isoformat(), held.note) == ("2026-05-01", "ключ у вахтёра")


@pytest.mark.parametrize(
    ("role", "area"),
    [
        (Role.INSPECTOR, REGION),
        (Role.AKIMAT, REGION),
        (Role.MINISTRY, COUNTRY),
        (Role.HEAD, DISTRICT),
        (Role.HEAD, OTHER_REGION),
        (Role.ADMIN, OTHER_REGION),
    ],
)
def test_who_is_no_head_of_the_whole_region_finds_nothing_and_changes_nothing(
    lost: Lost, client: FlaskClient, world: World, role: Role, area: str
) -> None:
    row = lost()
    desk = Desk(client, world.person(role, area))
    assert desk.list() == []
    missing = client.get(address(row | {"sha256": "0" * 64}), headers=desk.headers)
    refused = client.get(address(row), headers=desk.headers)
    assert (refused.status_code, but_for_id(refused)) == (404, but_for_id(missing))
    for act, body in (("replay", None), ("choose", {"take": ["name_ru"]}), ("dismissal", {"reason": "нет"})):
        assert desk.act(row, act, body).status_code == 404
    assert facility(world).name_ru == "Первая"
    assert world.rows(IntakeRow, IntakeRow.decided_at.is_not(None)) == []


@pytest.mark.parametrize(("role", "area"), [(Role.HEAD, COUNTRY), (Role.ADMIN, REGION), (Role.ADMIN, COUNTRY)])
def test_who_administers_the_region_or_heads_the_country_decides_as_well(
    lost: Lost, client: FlaskClient, world: World, role: Role, area: str
) -> None:
    row = lost()
    desk = Desk(client, world.person(role, area))
    assert desk.list() == [row]
    desk.done(row, "choose", {"take": ["name_ru"]})
    assert facility(world).name_ru == "Вторая"


def test_drafts_are_never_shown(tablet: Tablet, head: Desk, world: World) -> None:
    made = str(uuid4())
    tablet.push("drafts", inserted({"id": made, "note": "nul \x00"}))
    (row,) = world.rows(IntakeRow)
    assert row.state == "quarantined"
    assert head.list() == []
    key = {"collection": "drafts", "document": made, "sha256": row.content_hash.hex()}
    assert head.act(key, "replay").status_code == 404
    assert head.client.get(address(key), headers=head.headers).status_code == 404


def far_tablet(client: FlaskClient, world: World) -> Tablet:
    person = world.person(Role.INSPECTOR, OTHER_REGION)
    device = Device(id=uuid4(), person_id=person, region_code=OTHER_REGION, enrolled_at=LONG_AGO)
    return Tablet(client, person, world.add(device).id)


def test_a_held_document_of_another_region_is_not_shown_beside_what_lost_against_it(
    tablet: Tablet, client: FlaskClient, head: Desk, world: World
) -> None:
    place = {"home_region": OTHER_REGION, "region_code": OTHER_REGION, "district_code": OTHER_DISTRICT}
    document = world.document(a_facility(world, **place), STEP_FAILS)
    far_tablet(client, world).push("audits", inserted(document))
    assert [row.state for row in world.rows(IntakeRow)] == ["taken"]
    tablet.push("audits", inserted(document | {"ground": "unscheduled"}))
    (row,) = head.list()
    shown = head.one(row)
    assert (shown["state"], shown["held"], shown["now"]) == ("conflict", None, None)
    whole = Desk(client, world.person(Role.HEAD, COUNTRY))
    assert (whole.one(row)["held"]["id"], whole.one(row)["now"]["id"]) == (document["id"], document["id"])


def test_what_several_regions_received_alike_is_named_with_its_region(
    tablet: Tablet, client: FlaskClient, head: Desk, world: World
) -> None:
    document = inserted(world.document(uuid4(), STEP_FAILS))
    tablet.push("audits", document)
    far_tablet(client, world).push("audits", document)
    whole = Desk(client, world.person(Role.HEAD, COUNTRY))
    rows = whole.list()
    assert sorted(row["region"] for row in rows) == [OTHER_REGION, REGION]
    refused = client.get(address(rows[0]), headers=whole.headers)
    assert (refused.status_code, (refused.json or {})["errors"][0]["pointer"]) == (422, "/region")
    assert whole.one(rows[0], region=REGION)["region"] == REGION
    assert whole.act(rows[0], "dismissal", {"reason": "дважды"}, region=OTHER_REGION).status_code == 200
    assert [row["region"] for row in whole.list(area=COUNTRY)] == [REGION]
    assert head.one(rows[0])["decision"] is None


def test_what_is_not_quite_json_is_shown_as_it_came_and_can_only_be_dismissed(tablet: Tablet, head: Desk) -> None:
    tablet.post("facilities/1/push", b'[{"newDocumentState": {"id": "no uuid", "name_ru": "cut \\ud83d"}}, null]')
    rows = head.list()
    assert len(rows) == 2
    texts = {head.one(row)["text"] for row in rows}
    assert "null" in texts
    assert any("cut" in text for text in texts)
    for row in rows:
        assert head.one(row)["fields"] is None
        assert head.act(row, "replay").status_code == 409
        assert head.done(row, "dismissal", {"reason": "обрыв"})["decision"] == "dismiss"


def test_a_push_into_what_is_only_read_is_shown_beside_what_is_held(
    tablet: Tablet, head: Desk, world: World
) -> None:
    world.audited(a_facility(world), STEP_FAILS)
    (held,) = tablet.pull("violations")
    tablet.push("violations", edited(held, state="released"))
    (row,) = head.list()
    shown = head.one(row)
    assert (shown["sent"]["state"], shown["now"]["state"]) == ("released", "open")
    assert head.act(row, "replay").status_code == 409


def test_rows_are_listed_by_receipt_page_by_page_and_narrowed_by_every_filter(
    tablet: Tablet, other: Tablet, head: Desk, world: World
) -> None:
    place = a_facility(world)
    for n in range(3):
        sender = other if n == 1 else tablet
        sender.push("audits", inserted(world.document(place, {"no-such-criterion": n})))
        world.clock.advance(hours=1)
    begun = world.clock()
    tablet.push("audits", inserted(world.document(uuid4(), STEP_FAILS)), inserted({"id": str(uuid4())}))
    (base,) = tablet.pull("facilities")
    tablet.push("facilities", edited(base, catchment=-1))
    tablet.push("facilities", edited(base, catchment=9))
    whole = head.list()
    assert [row["state"] for row in whole[:3]] == ["quarantined"] * 3
    assert (len(whole), [row["received_at"] for row in whole]) == (6, sorted(row["received_at"] for row in whole))
    paged: list[Document] = []
    cursor: dict[str, str] = {}
    while True:
        query = {"limit": "2", **cursor}
        reply: Any = head.client.get("/api/v1/intake", query_string=query, headers=head.headers)
        paged += reply.json["items"]
        if reply.json["next_cursor"] is None:
            break
        cursor = {"cursor": reply.json["next_cursor"]}
    assert paged == whole
    assert [row["state"] for row in head.list(state="waiting")] == ["waiting"]
    assert head.list(state="conflict,kept") == []
    assert len(head.list(collection="facilities")) == 1
    assert head.list(sender=str(world.colleague)) == [whole[1]]
    assert head.list(sender=str(uuid4())) == []
    assert head.list(received_from=begun.isoformat()) == whole[3:]
    assert head.list(received_to=begun.isoformat()) == whole[:3]
    assert head.list(area=REGION) == whole
    assert head.list(area=OTHER_REGION) == []


@pytest.mark.parametrize(
    "query",
    [
        {"state": "taken"},
        {"collection": "drafts"},
        {"area": DISTRICT},
        {"area": "nowhere"},
        {"cursor": "x"},
        {"cursor": write_cursor("intake", ("no moment", REGION, "audits", UUID(int=1), "00"))},
        {"cursor": write_cursor("intake", ("2026-03-16T09:00:00Z", REGION, "audits", UUID(int=1), "no digest"))},
    ],
)
def test_a_filter_that_means_nothing_is_refused(head: Desk, query: dict[str, str]) -> None:
    refused = head.client.get("/api/v1/intake", query_string=query, headers=head.headers)
    assert (refused.status_code, len((refused.json or {})["errors"])) == (422, 1)


def test_a_reason_is_said_in_the_readers_language(tablet: Tablet, client: FlaskClient, world: World) -> None:
    a_facility(world)
    (base,) = tablet.pull("facilities")
    tablet.push("facilities", edited(base, catchment=-1, building_year=1))
    (row,) = Desk(client, world.head, "ru").list()
    assert "whole number" not in row["reason"]
    assert "/building_year: " in row["reason"]
    assert "/catchment: " in row["reason"]
    assert row["reason"].count("допустимо") == 2


def flask(app: Flask, *command: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["intake", *command])
    return result.exit_code, result.output


def test_the_command_replays_what_is_signed_by_its_reason_and_leaves_what_was_decided(
    app: Flask, client: FlaskClient, head: Desk, world: World
) -> None:
    place = a_facility(world)
    person = world.person()
    tablet = Tablet(client, person, world.device(person))
    good, dismissed = (world.document(place, STEP_FAILS) for _ in range(2))
    bad = world.document(place, {"no-such-criterion": 1})
    tablet.push("audits", inserted(good), inserted(dismissed), inserted(bad))
    (row,) = [each for each in head.list() if each["document"] == dismissed["id"]]
    head.done(row, "dismissal", {"reason": "не наш"})
    world.grant(person, Role.INSPECTOR, DISTRICT, LONG_AGO)
    assert flask(app, "replay", "--reason-like", "held no GRANT") == (0, "1 documents were put back: 1 taken.\n")
    assert flask(app, "replay", "--state", "waiting") == (0, "0 documents were put back.\n")
    assert flask(app, "replay", "--reason-like", "%") == (0, "0 documents were put back.\n")
    assert [str(audit.id) for audit in world.rows(Audit)] == [good["id"]]


def test_the_command_makes_no_edit_that_its_author_may_not_make(
    app: Flask, too_late: tuple[Document, Tablet, Document], head: Desk, world: World
) -> None:
    assert flask(app, "replay") == (0, "1 documents were put back: 1 finished.\n")
    assert flask(app, "replay", "--collection", "violations")[0] == 2
    (row,) = head.list()
    assert (row["document"], row["state"]) == (too_late[0]["document"], "quarantined")
    assert facility(world).rev == 1


def test_the_command_shows_what_was_received_under_an_id_but_no_draft(
    app: Flask, too_late: tuple[Document, Tablet, Document], world: World
) -> None:
    row, tablet, _ = too_late
    code, said = flask(app, "show", row["document"])
    assert (code, "state: quarantined" in said, row["sha256"] in said) == (0, True, True)
    assert '"catchment":5' in said
    made = str(uuid4())
    world.grant(UUID(row["sender"]["id"]), Role.INSPECTOR, DISTRICT)
    tablet.push("drafts", inserted({"id": made, "note": "mine"}))
    assert flask(app, "show", made)[0] == 1
