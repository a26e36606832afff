"""What tablets push: every row kept, none in another's way, nothing doubled, and a clear answer for each."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from inspection.photos.blobs import record_stored
from inspection.sync.pushing import MOST_ROWS
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.followups import FollowUp
from inspection.tables.intake import IntakeRow
from inspection.tables.people import Grant, Role
from inspection.tables.photos import Blob
from inspection.tables.regions import Home
from tests.api.tablet import Tablet, edited, inserted
from tests.inspection.photos import BYTES, SHA256, photo_of
from tests.inspection.world import DISTRICT, DOOR, NEIGHBOUR, REGION, STEP, World

STEP_FAILS = {STEP: 0.05, DOOR: 0.95}


def a_facility(world: World, district: str | None = DISTRICT) -> UUID:
    made = world.facility(district_code=district)
    world.add(Home(id=made, region=REGION, kind="facility"))
    return made


@pytest.fixture
def tablet(client: FlaskClient, world: World) -> Tablet:
    """The inspector's, of the whole region."""
    return Tablet(client, world.inspector, world.device(world.inspector))


@pytest.fixture
def other(client: FlaskClient, world: World) -> Tablet:
    """The colleague's, of the same region."""
    return Tablet(client, world.colleague, world.device(world.colleague))


def in_district(client: FlaskClient, world: World, district: str) -> Tablet:
    person = world.person(Role.INSPECTOR, district)
    return Tablet(client, person, world.device(person))


def test_an_audit_is_taken_once_however_often_it_is_pushed(tablet: Tablet, world: World) -> None:
    document = world.document(a_facility(world), STEP_FAILS)
    assert tablet.push("audits", inserted(document)) == []
    first = tablet.pull("audits")
    assert tablet.push("audits", inserted(document)) == []
    assert tablet.push("audits", {"newDocumentState": dict(reversed(document.items()))}) == []
    assert tablet.push("audits", {"assumedMasterState": first[0], "newDocumentState": first[0]}) == []
    assert len(world.rows(Audit)) == 1
    assert tablet.pull("audits") == []  # and is not shown again
    assert [row.state for row in world.rows(IntakeRow)] == ["taken"]


def test_the_answer_with_outcomes_says_of_each_row_what_became_of_it(tablet: Tablet, world: World) -> None:
    facility = a_facility(world)
    good, bad = world.document(facility, STEP_FAILS), world.document(facility, {"no-such-criterion": 1})
    tablet.push("audits", inserted(good))
    said = tablet.outcomes("audits", inserted(good), inserted(bad), inserted(world.document(uuid4(), STEP_FAILS)))
    assert [(each["state"], each["known"]) for each in said] == [
        ("taken", True),
        ("quarantined", False),
        ("waiting", False),
    ]
    assert "criterion" in said[1]["reason"]


def test_another_body_under_the_same_id_is_kept_apart_and_the_held_one_is_the_answer(
    tablet: Tablet, other: Tablet, world: World
) -> None:
    document = world.document(a_facility(world), STEP_FAILS)
    tablet.push("audits", inserted(document))
    (answer,) = other.push("audits", inserted(document | {"ground": "unscheduled"}))
    assert (answer["id"], answer["ground"]) == (document["id"], "preventive")
    assert sorted(row.state for row in world.rows(IntakeRow)) == ["conflict", "taken"]
    (outcome,) = [o for o in other.pull("outcomes") if o["state"] == "conflict"]
    assert outcome["document"] == document["id"]


def test_one_row_that_cannot_be_read_does_not_stop_the_others(tablet: Tablet, world: World) -> None:
    facility = a_facility(world)
    good = [world.document(facility, STEP_FAILS) for _ in range(3)]
    rows: list[Any] = [
        inserted(good[0]),
        inserted(world.document(facility, STEP_FAILS) | {"ersop": {"number": "cut \ud83d"}}),
        inserted(world.document(facility, STEP_FAILS) | {"ersop": {"number": "nul \x00"}}),
        inserted(
            world.document(facility, STEP_FAILS) | {"fixes": [{"lat": float("nan"), "lon": 1, "accuracy_m": 1}]}
        ),
        {"newDocumentState": {"id": "no uuid"}},
        {"newDocumentState": "no object"},
        "no object",
        None,
        inserted(good[1]),
        {"newDocumentState": {"id": str(uuid4()), "answers": 5}},
        inserted(good[1]),
        inserted(good[2]),
    ]
    reply = tablet.post("audits/1/push?outcomes", json.dumps(rows).encode())
    assert reply.status_code == 200, reply.json
    taken = [n for n, said in enumerate(reply.json) if said["state"] == "taken"]
    assert taken == [0, 8, 10, 11]
    assert {said["state"] for n, said in enumerate(reply.json) if n not in taken} == {"quarantined"}
    assert all(said["reason"] for n, said in enumerate(reply.json) if n not in taken)
    assert len(world.rows(IntakeRow)) == len(rows) - 1  # the one sent twice is kept once
    assert len(world.rows(Audit)) == 3
    assert len([o for o in tablet.pull("outcomes") if o["state"] == "quarantined"]) == 8


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[", b"\xff", b'"text"', b"null", b'[{"newDocumentState":', b"[" * 3000]
)
def test_what_is_no_array_is_refused_as_a_whole_and_nothing_is_kept(
    tablet: Tablet, world: World, body: bytes
) -> None:
    reply = tablet.post("audits/1/push", body)
    assert (reply.status_code, reply.json["error"], reply.json["type"]) == (400, True, "/problems/malformed")
    assert world.rows(IntakeRow) == []


def test_more_rows_than_are_taken_at_once_are_refused_and_half_of_them_are_taken(
    tablet: Tablet, world: World
) -> None:
    rows = [{"newDocumentState": {"id": str(uuid4())}} for _ in range(MOST_ROWS + 1)]
    reply = tablet.post("audits/1/push", rows)
    assert (reply.status_code, reply.json["error"]) == (413, True)
    assert str(MOST_ROWS) in reply.json["accepted"]
    assert tablet.push("audits", *rows[: len(rows) // 2]) == []


def test_what_cannot_be_pushed_is_kept_and_answered_with_what_is_held(tablet: Tablet, world: World) -> None:
    world.audited(a_facility(world), STEP_FAILS)
    (held,) = tablet.pull("violations")
    assert tablet.push("violations", edited(held, state="released")) == [held]
    stranger = str(uuid4())
    assert tablet.push("violations", inserted({"id": stranger})) == [{"id": stranger, "_deleted": True}]
    assert [row.state for row in world.rows(IntakeRow, IntakeRow.collection == "violations")] == [
        "quarantined"
    ] * 2


def new_facility(**about: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "kind": "pharmacy",
        "name_kk": "Жаңа дәріхана",
        "name_ru": "Новая аптека",
        "district_code": DISTRICT,
        **about,
    }


def test_a_facility_is_made_on_a_tablet_and_reaches_the_others(
    tablet: Tablet, other: Tablet, world: World
) -> None:
    document = new_facility()
    assert tablet.push("facilities", inserted(document)) == []
    assert tablet.push("facilities", inserted(document)) == []
    (found,) = other.pull("facilities")
    assert (found["id"], found["name_ru"], found["district_code"]) == (document["id"], "Новая аптека", DISTRICT)
    assert found["rev"] == 1


def test_an_audit_that_came_before_its_facility_is_taken_when_the_facility_comes(
    tablet: Tablet, world: World
) -> None:
    document = new_facility()
    audit = world.document(UUID(document["id"]), STEP_FAILS)
    (said,) = tablet.outcomes("audits", inserted(audit))
    assert said["state"] == "waiting"
    tablet.push("facilities", inserted(document))
    (said,) = tablet.outcomes("audits", inserted(audit))
    assert (said["state"], said["known"]) == ("taken", True)


def test_an_edit_of_a_facility_that_a_restored_backup_has_forgotten_waits_for_who_made_it(
    tablet: Tablet, other: Tablet, world: World
) -> None:
    made = new_facility(catchment=300)
    seen = {**made, "rev": 3, "district_code": NEIGHBOUR, "lat": 1.0, "lon": 1.0}
    (said,) = other.outcomes("facilities", edited(seen, catchment=77))
    assert (said["state"], world.rows(Facility)) == ("waiting", [])
    assert "waits until it is sent again" in said["reason"]
    asked = [{"collection": "facilities", "id": made["id"]}]
    assert other.post("receipts", asked).json[0]["state"] == "unknown"  # its maker sends what is unknown
    assert tablet.push("facilities", inserted(made)) == []
    (held,) = world.rows(Facility)
    assert (held.district_code, held.catchment) == (DISTRICT, 77)
    (outcome,) = other.pull("outcomes")
    assert (outcome["document"], outcome["state"], outcome["waiting_for"]) == (made["id"], "taken", None)


def test_edits_of_different_fields_are_merged_and_the_merged_document_is_the_answer(
    tablet: Tablet, other: Tablet, world: World
) -> None:
    made = str(a_facility(world))
    for each in (tablet, other):
        each.pull("facilities")
    base = tablet.documents["facilities"][made]
    assert tablet.push("facilities", edited(base, catchment=1200)) == []
    (merged,) = other.push("facilities", edited(base, building_year=1975))
    assert (merged["catchment"], merged["building_year"]) == (1200, 1975)
    # The answer was lost; the same row comes again.
    assert other.push("facilities", edited(base, building_year=1975))[0]["building_year"] == 1975
    (row,) = world.rows(Facility)
    assert (row.catchment, row.building_year, row.rev) == (1200, 1975, 3)


def test_of_edits_of_one_field_the_first_stands_and_the_other_is_kept_with_both_values(
    tablet: Tablet, other: Tablet, world: World
) -> None:
    made = str(a_facility(world))
    for each in (tablet, other):
        each.pull("facilities")
    base = tablet.documents["facilities"][made]
    tablet.push("facilities", edited(base, name_ru="Первая"))
    (held,) = other.push("facilities", edited(base, name_ru="Вторая", catchment=50))
    assert (held["name_ru"], held["catchment"]) == ("Первая", 50)
    (row,) = world.rows(IntakeRow, IntakeRow.state == "conflict")
    assert json.loads(row.held or "")["name_ru"] == "Первая"
    assert "Вторая" in row.body.decode() or "\\u0412" in row.body.decode()
    (outcome,) = other.pull("outcomes")
    assert "name_ru" in outcome["reason"]


def test_an_edit_that_is_already_true_is_taken_silently(tablet: Tablet, other: Tablet, world: World) -> None:
    made = str(a_facility(world))
    for each in (tablet, other):
        each.pull("facilities")
    base = tablet.documents["facilities"][made]
    assert tablet.push("facilities", edited(base, catchment=9)) == []
    assert other.push("facilities", edited(base, catchment=9)) == []
    assert other.push("facilities", inserted(base | {"catchment": 9})) == []
    (row,) = world.rows(Facility)
    assert row.rev == 2


def test_what_the_server_owns_is_no_part_of_an_edit(tablet: Tablet, world: World) -> None:
    made = str(a_facility(world))
    tablet.pull("facilities")
    base = tablet.documents["facilities"][made]
    claimed = {"lat": 1.0, "region_code": "x", "rev": 99, "updated_at": "never", "operator": {"name_ru": "x"}}
    assert tablet.push("facilities", edited(base, **claimed)) == []
    assert world.rows(Facility)[0].rev == 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name_ru": ""}, "/name_ru"),
        ({"name_ru": None}, "/name_ru"),
        ({"name_kk": " "}, "/name_kk"),
        ({"kind": "castle"}, "/kind"),
        ({"catchment": -1}, "/catchment"),
        ({"catchment": "many"}, "/catchment"),
        ({"building_year": 2999}, "/building_year"),
        ({"adaptation_declared_on": "soon"}, "/adaptation_declared_on"),
        ({"unheard_of": 1}, "/unheard_of"),
        ({"name_kk": "nul \x00"}, "/name_kk"),
        ({"operator_id": str(uuid4())}, "/operator_id"),
    ],
)
def test_an_edit_with_a_fault_is_kept_and_says_which_field(
    tablet: Tablet, world: World, changes: dict[str, Any], pointer: str
) -> None:
    made = str(a_facility(world))
    tablet.pull("facilities")
    base = tablet.documents["facilities"][made]
    (said,) = tablet.outcomes("facilities", edited(base, **changes))
    assert (said["state"], pointer in said["reason"]) == ("quarantined", True), said
    assert tablet.push("facilities", edited(base, **changes)) == [base]
    assert world.rows(Facility)[0].rev == 1


def test_an_edit_made_before_the_grant_was_lost_is_kept_and_never_applied_by_itself(
    client: FlaskClient, world: World
) -> None:
    made = str(a_facility(world))
    person = world.person()
    world.grant(person, Role.INSPECTOR, DISTRICT, until=world.clock() + timedelta(hours=1))
    tablet = Tablet(client, person, world.device(person))
    tablet.pull("facilities")
    base = tablet.documents["facilities"][made]
    world.clock.advance(hours=2)
    assert tablet.push("facilities", edited(base, catchment=5)) == [{"id": made, "_deleted": True}]
    assert world.rows(Facility)[0].catchment is None
    (row,) = world.rows(IntakeRow)
    assert row.state == "quarantined"


def test_a_facility_of_another_district_is_neither_changed_nor_shown(client: FlaskClient, world: World) -> None:
    theirs = str(a_facility(world, NEIGHBOUR))
    tablet = in_district(client, world, DISTRICT)
    document = new_facility(id=theirs)
    assert tablet.push("facilities", inserted(document)) == [{"id": theirs, "_deleted": True}]
    stray = new_facility(district_code=NEIGHBOUR)
    assert tablet.push("facilities", inserted(stray)) == [{"id": stray["id"], "_deleted": True}]
    assert len(world.rows(Facility)) == 1


def test_a_facility_is_never_deleted_by_a_tablet(tablet: Tablet, world: World) -> None:
    a_facility(world)
    (base,) = tablet.pull("facilities")
    assert tablet.push("facilities", edited(base, _deleted=True)) == [base]
    assert len(world.rows(Facility)) == 1


def test_drafts_follow_their_author_to_another_tablet_and_are_nobody_elses(
    tablet: Tablet, other: Tablet, client: FlaskClient, world: World
) -> None:
    draft = {"id": str(uuid4()), "facility": str(uuid4()), "answers": [{"anything": None}]}
    assert tablet.push("drafts", inserted(draft)) == []
    second = Tablet(client, world.inspector, world.device(world.inspector))
    (found,) = second.pull("drafts")
    assert {name: found[name] for name in draft} == draft
    assert other.pull("drafts") == []
    assert other.push("drafts", inserted(draft | {"answers": []})) == [{"id": draft["id"], "_deleted": True}]
    assert second.push("drafts", edited(found, answers=[1])) == []
    assert tablet.push("drafts", {"assumedMasterState": draft, "newDocumentState": draft | {"answers": [2]}}) == []
    (latest,) = second.pull("drafts")
    assert (latest["answers"], latest["rev"]) == ([2], 3)
    assert second.push("drafts", edited(latest, _deleted=True)) == []
    tablet.pull("drafts")
    assert tablet.documents["drafts"] == {}
    assert tablet.seen["drafts"][-1] == {"id": draft["id"], "_deleted": True}


def test_a_draft_sent_again_after_a_lost_answer_does_not_undo_what_was_written_since(
    tablet: Tablet, client: FlaskClient, world: World
) -> None:
    draft = {"id": str(uuid4()), "note": "first"}
    tablet.push("drafts", inserted(draft))
    (base,) = tablet.pull("drafts")
    late = edited(base, note="second")
    assert tablet.push("drafts", late) == []
    second = Tablet(client, world.inspector, world.device(world.inspector))
    (held,) = second.pull("drafts")
    second.push("drafts", edited(held, note="third"))
    (answer,) = tablet.push("drafts", late)
    assert answer["note"] == "third"


def test_a_draft_that_no_database_can_hold_is_kept_as_it_came(tablet: Tablet, world: World) -> None:
    made = str(uuid4())
    (said,) = tablet.outcomes("drafts", inserted({"id": made, "note": "nul \x00"}))
    assert said["state"] == "quarantined"
    (row,) = world.rows(IntakeRow)
    assert b"u0000" in row.body


def a_followup(world: World) -> UUID:
    facility = a_facility(world)
    audit = world.audited(facility, STEP_FAILS)
    world.prescribe(audit)
    from inspection.history import DecisionKind

    world.decide(facility, STEP, DecisionKind.RECHECK)
    (row,) = world.rows(FollowUp)
    return row.id


def test_an_inspector_takes_a_follow_up_and_says_when(tablet: Tablet, other: Tablet, world: World) -> None:
    made = str(a_followup(world))
    for each in (tablet, other):
        each.pull("followups")
    base = tablet.documents["followups"][made]
    mine = edited(base, assignee_id=str(world.inspector), planned_on="2026-04-01")
    assert tablet.push("followups", mine) == []
    (answer,) = other.push("followups", edited(base, note="ключ у вахтёра"))
    assert (answer["note"], answer["assignee_id"], answer["state"]) == (
        "ключ у вахтёра",
        str(world.inspector),
        "assigned",
    )
    (said,) = other.outcomes("followups", edited(answer, assignee_id=str(world.head)))
    assert said["state"] == "quarantined"


def test_receipts_are_given_to_who_sent_and_tell_others_nothing(
    tablet: Tablet, other: Tablet, world: World
) -> None:
    document = world.document(a_facility(world), STEP_FAILS)
    tablet.push("audits", inserted(document))
    asked = [
        {"collection": "audits", "id": document["id"]},
        {"collection": "audits", "id": str(uuid4())},
        {"collection": "nothing", "id": document["id"]},
    ]
    mine = tablet.post("receipts", asked).json
    assert [each["state"] for each in mine] == ["taken", "unknown", "unknown"]
    assert mine[0]["received_at"]
    theirs = other.post("receipts", asked).json
    assert [set(each) for each in theirs] == [{"collection", "id", "state"}] * 3
    assert {each["state"] for each in theirs} == {"unknown"}
    refused = tablet.post("receipts", [{"collection": "audits"}])
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/0/id")


def test_an_audit_signed_within_the_grant_is_taken_when_the_grant_is_gone(
    client: FlaskClient, world: World
) -> None:
    facility = a_facility(world)
    person = world.person()
    world.grant(person, Role.INSPECTOR, DISTRICT, until=world.clock() + timedelta(hours=1))
    tablet = Tablet(client, person, world.device(person))
    world.clock.advance(hours=3)
    within = world.document(facility, STEP_FAILS, at=world.clock() - timedelta(hours=3))
    after = world.document(facility, STEP_FAILS, at=world.clock() - timedelta(minutes=30))
    said = tablet.outcomes("audits", inserted(within), inserted(after))
    assert [each["state"] for each in said] == ["taken", "quarantined"]


def test_the_receipt_of_a_photo_says_whether_its_bytes_have_come_also_where_its_sender_sees_it_no_more(
    tablet: Tablet, other: Tablet, world: World
) -> None:
    audit = world.document(a_facility(world), STEP_FAILS)
    tablet.push("audits", inserted(audit))
    photo = photo_of(world, UUID(audit["id"]))
    tablet.push("photos", inserted(photo))
    asked = [{"collection": "photos", "id": photo["id"]}, {"collection": "photos", "id": str(uuid4())}]
    first, unknown = tablet.post("receipts", asked).json
    assert (first["state"], first["bytes"]) == ("taken", "expected")
    assert "bytes" not in unknown
    with world.unit() as unit:
        record_stored(unit, SHA256, len(BYTES))
    assert tablet.post("receipts", asked).json[0]["bytes"] == "stored"
    with world.unit() as unit:  # a backup knows the photo, and not that its bytes came
        unit.session.execute(update(Blob).values(state="expected"))
        lost = update(Grant).where(Grant.person_id == world.inspector)
        unit.session.execute(lost.values(area_code=NEIGHBOUR))
    assert tablet.post("receipts", asked).json[0]["bytes"] == "expected"
    assert set(other.post("receipts", asked).json[0]) == {"collection", "id", "state"}
