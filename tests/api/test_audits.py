"""Audits through the API: sent, refused, listed, prescribed and decided about."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from api.audit_forms import EXAMPLE, AlternativeIn, AuditIn
from inspection import prescriptions
from inspection.audit_documents import read_audit
from inspection.criteria import GROUPS
from inspection.tables.intake import IntakeRow
from inspection.tables.people import Role
from inspection.tables.regions import Home
from inspection.tables.violations import Violation
from tests.api.people import token
from tests.clock import NOW
from tests.inspection.world import DISTRICT, DOOR, NEIGHBOUR, OTHER_REGION, REGION, STEP, World

STEP_FAILS = {STEP: 0.05, DOOR: 0.95}
STEP_PASSES = {STEP: 0.01, DOOR: 0.95}


@pytest.fixture
def facility(world: World) -> UUID:
    """A polyclinic whose home is known."""
    made = world.facility()
    world.add(Home(id=made, region=REGION, kind="facility"))
    return made


def sent(client: FlaskClient, world: World, facility: UUID, answers: dict[str, Any] | None = None) -> str:
    """An audit that was taken; its id."""
    document = world.document(facility, answers or STEP_FAILS)
    reply = client.post("/api/v1/audits", json=document, headers=token(world.inspector))
    assert reply.status_code == 201, reply.json
    return str(document["id"])


def test_an_audit_is_taken_once_however_often_it_is_sent(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    document = world.document(facility, STEP_FAILS)
    replies = [client.post("/api/v1/audits", json=document, headers=token(world.inspector)) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [201, 200, 200]
    listed = client.get("/api/v1/audits", headers=token(world.inspector)).json["items"]
    assert [(row["id"], row["failed"]) for row in listed] == [(document["id"], 1)]


def test_another_body_under_the_same_id_is_refused_and_kept_apart(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    document = world.document(facility, STEP_FAILS)
    client.post("/api/v1/audits", json=document, headers=token(world.inspector))
    other = document | {"ground": "unscheduled"}
    reply = client.post("/api/v1/audits", json=other, headers=token(world.inspector))
    assert (reply.status_code, reply.json["type"]) == (409, "/problems/id-taken")
    assert sorted(row.state for row in world.rows(IntakeRow)) == ["conflict", "taken"]


def test_a_value_that_cannot_be_judged_is_named_and_the_audit_stays_in_quarantine(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    document = world.document(facility, {STEP: -0.05, "no-such-criterion": True})
    reply = client.post("/api/v1/audits", json=document, headers=token(world.inspector))
    assert reply.status_code == 422
    assert {error["pointer"] for error in reply.json["errors"]} == {"/answers/0/value", "/answers/1/criterion"}
    assert all(error["reason"] and error["accepted"] for error in reply.json["errors"])
    (kept,) = world.rows(IntakeRow)
    assert (kept.state, world.rows(Violation)) == ("quarantined", [])


def became(
    client: FlaskClient, world: World, document: dict[str, Any], by: UUID, **headers: str
) -> tuple[Any, ...]:
    """Status, state and whether it is judged, with the reason, of an audit that is sent."""
    reply = client.post("/api/v1/audits", json=document, headers=token(by) | headers)
    return reply.status_code, reply.json["state"], reply.json["judged"], reply.json["reason"]


def test_whoever_sends_an_audit_is_told_that_it_is_judged(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    document = world.document(facility, STEP_FAILS)
    assert became(client, world, document, world.inspector) == (201, "taken", True, None)
    assert became(client, world, document, world.inspector) == (200, "taken", True, None)


def test_whoever_sends_an_audit_that_nobody_can_date_is_told_that_a_person_has_to(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    document = world.document(facility, STEP_FAILS, anchor=None)
    clock = {"Device-Time": "1970-01-02T00:00:00+00:00"}
    why = "its time has to be set by a person"
    assert became(client, world, document, world.inspector, **clock) == (201, "taken", False, why)
    assert became(client, world, document, world.inspector, **clock) == (200, "taken", False, why)
    world.set_time(UUID(document["id"]), NOW - timedelta(days=9))
    assert became(client, world, document, world.inspector, **clock) == (200, "taken", True, None)


def test_whoever_sends_a_correction_is_told_that_the_head_of_department_has_to_confirm_it(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    original = world.audited(facility, STEP_FAILS)
    document = world.document(facility, STEP_PASSES, corrects=str(original))
    why = "the head of department has to confirm this correction"
    assert became(client, world, document, world.colleague) == (201, "taken", False, why)
    world.confirm(UUID(document["id"]))
    assert became(client, world, document, world.colleague) == (200, "taken", True, None)


def test_whoever_sends_a_correction_before_its_original_is_told_so(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    original = world.document(facility, STEP_FAILS)
    document = world.document(facility, STEP_PASSES, corrects=original["id"])
    why = "the audit that it corrects has not arrived"
    assert became(client, world, document, world.inspector) == (201, "taken", False, why)
    assert became(client, world, document, world.inspector, **{"Accept-Language": "ru"})[3] == (
        "проверка, которую она исправляет, ещё не поступила"
    )


def test_an_audit_by_a_checklist_that_is_not_published_waits(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    document = world.document(facility, STEP_FAILS, checklist=str(world.new_id()))
    reply = client.post("/api/v1/audits", json=document, headers=token(world.inspector))
    assert (reply.status_code, reply.json["state"], reply.json["judged"]) == (202, "waiting", False)
    assert reply.json["reason"] == "the checklist version is not published here yet"


def test_a_document_without_a_legible_id_is_refused_and_nothing_is_kept(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    document = world.document(facility, STEP_FAILS) | {"id": "not an id"}
    reply = client.post("/api/v1/audits", json=document, headers=token(world.inspector))
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/id")
    assert world.rows(IntakeRow) == []


@pytest.mark.parametrize(
    ("written", "pointer"),
    [
        ('"note": "\\ud83d", "value": 0.01', "/answers/0/note"),
        ('"of": NaN, "value": 0.01', "/answers/0/of"),
        ('"value": -Infinity', "/answers/0/value"),
        ('"value": 1e400', "/answers/0/value"),
        (f'"value": {"1" * 400}', "/answers/0/value"),
    ],
)
def test_one_illegible_value_is_named_and_the_audit_is_kept_as_it_came(
    client: FlaskClient, world: World, facility: UUID, written: str, pointer: str
) -> None:
    document = world.document(facility, {})
    answer = f'{{"criterion": "{STEP}", {written}}}'
    body = json.dumps(document).replace('"answers": []', f'"answers": [{answer}]').encode()
    headers = token(world.inspector)
    reply = client.post("/api/v1/audits", data=body, content_type="application/json", headers=headers)
    assert (reply.status_code, [error["pointer"] for error in reply.json["errors"]]) == (422, [pointer])
    (kept,) = world.rows(IntakeRow)
    assert (kept.state, kept.body) == ("quarantined", body)
    again = client.post("/api/v1/audits", data=body, content_type="application/json", headers=headers)
    assert (again.status_code, len(world.rows(IntakeRow))) == (422, 1)


def test_a_byte_order_mark_hides_no_audit(client: FlaskClient, world: World, facility: UUID) -> None:
    document = world.document(facility, STEP_FAILS)
    body = b"\xef\xbb\xbf" + json.dumps(document).encode()
    headers = token(world.inspector)
    reply = client.post("/api/v1/audits", data=body, content_type="application/json", headers=headers)
    assert reply.status_code == 201
    assert became(client, world, document, world.inspector)[0] == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"id": ', "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"[]", "application/json", 422),
    ],
)
def test_what_is_no_document_at_all_is_refused_and_not_kept(
    client: FlaskClient, world: World, body: bytes, content_type: str, status: int
) -> None:
    headers = token(world.inspector)
    reply = client.post("/api/v1/audits", data=body, content_type=content_type, headers=headers)
    assert (reply.status_code, world.rows(IntakeRow)) == (status, [])


def test_an_audit_is_sent_without_query_parameters(client: FlaskClient, world: World, facility: UUID) -> None:
    document = world.document(facility, STEP_FAILS)
    reply = client.post("/api/v1/audits?x=1", json=document, headers=token(world.inspector))
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/x")
    assert world.rows(IntakeRow) == []


@pytest.mark.parametrize("device_time", ["yesterday", "2026-03-16", ""])
def test_a_device_time_that_is_no_moment_is_refused_by_name(
    client: FlaskClient, world: World, facility: UUID, device_time: str
) -> None:
    headers = token(world.inspector) | {"Device-Time": device_time}
    reply = client.post("/api/v1/audits", json=world.document(facility, STEP_FAILS), headers=headers)
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/Device-Time")


def test_a_facility_of_another_region_answers_like_one_that_does_not_exist(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    stranger = world.person(Role.INSPECTOR, OTHER_REGION)
    foreign = client.post("/api/v1/audits", json=world.document(facility, STEP_FAILS), headers=token(stranger))
    unknown = client.post(
        "/api/v1/audits", json=world.document(world.new_id(), STEP_FAILS), headers=token(stranger)
    )
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert dict(foreign.json or {}, request_id="") == dict(unknown.json or {}, request_id="")
    assert world.rows(IntakeRow) == []


@pytest.mark.parametrize("role", [Role.AKIMAT, Role.MINISTRY, Role.ADMIN])
def test_who_may_not_inspect_may_not_send_audits(
    client: FlaskClient, world: World, facility: UUID, role: Role
) -> None:
    person = world.person(role, REGION)
    reply = client.post("/api/v1/audits", json=world.document(facility, STEP_FAILS), headers=token(person))
    assert reply.status_code == 403
    assert world.rows(IntakeRow) == []


def test_an_audit_shows_its_findings_with_value_unit_and_limit(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    made = sent(client, world, facility)
    shown = client.get(f"/api/v1/audits/{made}", headers=token(world.inspector)).json
    step = next(finding for finding in shown["findings"] if finding["criterion"] == STEP)
    assert (step["outcome"], step["value"], step["unit"]) == ("fail", 0.05, "m")
    assert step["limit"]


def test_the_list_of_audits_pages_without_gaps_or_repeats(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    days = [NOW - timedelta(days=day) for day in (9, 3, 3, 7, 1)]
    made = {str(world.audited(facility, STEP_FAILS, at=day)) for day in days}
    seen: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        reply = client.get("/api/v1/audits", query_string=query, headers=token(world.head)).json
        seen += reply["items"]
        cursor = reply["next_cursor"]
        if cursor is None:
            break
    assert {row["id"] for row in seen} == made
    assert len(seen) == 5
    assert [row["observed_on"] for row in seen] == sorted((row["observed_on"] for row in seen), reverse=True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"area": REGION}, 1),
        ({"area": DISTRICT}, 1),
        ({"area": NEIGHBOUR}, 0),
        ({"ground": "preventive"}, 1),
        ({"ground": "prosecutor"}, 0),
        ({"observed_from": "2026-03-16"}, 0),
        ({"observed_to": "2026-03-16"}, 1),
        ({"undated": "true"}, 0),
    ],
)
def test_the_list_of_audits_narrows(
    client: FlaskClient, world: World, facility: UUID, query: dict[str, str], found: int
) -> None:
    world.audited(facility, STEP_FAILS)
    reply = client.get("/api/v1/audits", query_string=query, headers=token(world.head))
    assert (reply.status_code, len(reply.json["items"])) == (200, found)


def test_a_prescription_is_issued_once_and_lists_every_item_with_its_date(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    audit = sent(client, world, facility)
    wanted = {"id": str(world.new_id())}
    address = f"/api/v1/audits/{audit}/prescription"
    replies = [client.post(address, json=wanted, headers=token(world.inspector)) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    assert replies[0].json["number_text"] == "АЛ-2026-000001"
    (item,) = replies[0].json["items"]
    assert (item["criterion"], item["told_due_on"], item["state"]) == (STEP, item["due_on"], "open")
    again = client.post(address, json={"id": str(world.new_id())}, headers=token(world.inspector))
    assert (again.status_code, again.json["prescription"]) == (409, wanted["id"])
    listed = client.get("/api/v1/prescriptions", headers=token(world.inspector)).json["items"]
    assert [row["id"] for row in listed] == [wanted["id"]]


def test_a_decision_is_recorded_once_and_one_without_effect_is_refused_with_the_reason(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    audit = world.audited(facility, STEP_FAILS)
    world.prescribe(audit)
    violation = world.violation(facility, STEP)
    address = f"/api/v1/violations/{violation.id}/decisions"
    declared = {"id": str(world.new_id()), "kind": "declare", "reason": "письмо владельца"}
    replies = [client.post(address, json=declared, headers=token(world.head)) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    assert world.violation(facility, STEP).state == "declared"
    waived = {"id": str(world.new_id()), "kind": "waive", "reason": "здание сносится"}
    assert client.post(address, json=waived, headers=token(world.head)).status_code == 201
    world.clock.advance(minutes=1)
    late = {"id": str(world.new_id()), "kind": "accept", "reason": "поздно"}
    refused = client.post(address, json=late, headers=token(world.head))
    assert (refused.status_code, refused.json["why"]) == (409, "already_waived")
    assert refused.json["detail"] == "This violation is waived already."


@pytest.mark.parametrize("reason", ["", "   ", "\u00a0\n\t", "\u200b"])
def test_a_reason_that_says_nothing_is_none(
    client: FlaskClient, world: World, facility: UUID, reason: str
) -> None:
    audit = world.audited(facility, STEP_FAILS)
    given = {"id": str(world.new_id()), "reason": reason}
    violation = world.violation(facility, STEP)
    sends = (
        (client.post, f"/api/v1/violations/{violation.id}/decisions", given | {"kind": "waive"}),
        (client.post, f"/api/v1/decisions/{audit}/revocation", given),
        (client.post, f"/api/v1/audits/{audit}/confirmation", given),
        (client.put, f"/api/v1/audits/{audit}/observed-at", {"observed_at": NOW.isoformat(), "reason": reason}),
    )
    for send, address, body in sends:
        reply = send(address, json=body, headers=token(world.head))
        assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/reason")


def test_a_reason_is_recorded_without_the_spaces_around_it(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    world.audited(facility, STEP_FAILS)
    wish = {"id": str(world.new_id()), "kind": "waive", "reason": "  здание сносится\n"}
    address = f"/api/v1/violations/{world.violation(facility, STEP).id}/decisions"
    reply = client.post(address, json=wish, headers=token(world.head))
    assert (reply.status_code, reply.json["reason"]) == (201, "здание сносится")


def test_who_decides_on_an_old_version_is_told_the_held_one(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    world.audited(facility, STEP_FAILS)
    violation = world.violation(facility, STEP)
    wish = {"id": str(world.new_id()), "kind": "accept", "reason": "верно", "rev": violation.rev + 1}
    address = f"/api/v1/violations/{violation.id}/decisions"
    reply = client.post(address, json=wish, headers=token(world.head))
    assert (reply.status_code, reply.json["held_rev"]) == (412, violation.rev)


def test_a_revoked_waiver_opens_the_violation_again(client: FlaskClient, world: World, facility: UUID) -> None:
    world.audited(facility, STEP_FAILS)
    violation = world.violation(facility, STEP)
    waiver = str(world.new_id())
    wish = {"id": waiver, "kind": "waive", "reason": "ошибка"}
    client.post(f"/api/v1/violations/{violation.id}/decisions", json=wish, headers=token(world.head))
    assert world.violation(facility, STEP).state == "waived"
    world.clock.advance(days=1)
    back = {"id": str(world.new_id()), "reason": "передумали"}
    reply = client.post(f"/api/v1/decisions/{waiver}/revocation", json=back, headers=token(world.head))
    assert reply.status_code == 201
    assert world.violation(facility, STEP).state == "open"


def test_a_correction_by_a_colleague_counts_only_once_the_head_confirms_it(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    original = world.audited(facility, STEP_FAILS)
    correction = world.audited(facility, STEP_PASSES, corrects=str(original), by=world.colleague)
    address = f"/api/v1/audits/{correction}/confirmation"
    shown = client.get(f"/api/v1/audits/{correction}", headers=token(world.head)).json
    assert (shown["awaiting"], world.violation(facility, STEP).state) == ("confirmation", "open")
    given = {"id": str(world.new_id()), "reason": "перемерено при мне"}
    assert client.post(address, json=given, headers=token(world.inspector)).status_code == 403
    assert client.post(address, json=given, headers=token(world.head)).status_code == 201
    assert world.violation(facility, STEP).state == "withdrawn"


def test_an_audit_that_nobody_could_date_is_judged_once_the_head_has_set_its_time(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    document = world.document(facility, STEP_FAILS, anchor=None)
    headers = token(world.inspector) | {"Device-Time": "1970-01-02T00:00:00+00:00"}
    assert client.post("/api/v1/audits", json=document, headers=headers).status_code == 201
    undated = client.get("/api/v1/audits", query_string={"undated": "true"}, headers=token(world.head))
    assert [row["id"] for row in undated.json["items"]] == [document["id"]]
    assert world.rows(Violation) == []
    given = {"observed_at": "2026-03-01T11:00:00+05:00", "reason": "по журналу учреждения"}
    address = f"/api/v1/audits/{document['id']}/observed-at"
    reply = client.put(address, json=given, headers=token(world.head))
    assert (reply.status_code, reply.json["observed_on"]) == (200, "2026-03-01")
    assert world.violation(facility, STEP).state == "open"


def test_a_declared_violation_waits_in_the_queue_of_follow_ups(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    world.audited(facility, STEP_FAILS)
    violation = world.violation(facility, STEP)
    wish = {"id": str(world.new_id()), "kind": "declare", "reason": "устранено"}
    client.post(f"/api/v1/violations/{violation.id}/decisions", json=wish, headers=token(world.head))
    (queued,) = client.get("/api/v1/followups", headers=token(world.inspector)).json["items"]
    assert [(item["violation"], item["reasons"]) for item in queued["items"]] == [
        (str(violation.id), ["declared"])
    ]


def test_the_documented_form_names_every_group_and_its_example_can_be_read() -> None:
    assert set(AlternativeIn().fields) == set(GROUPS)
    assert read_audit(EXAMPLE).answers[1].value == 9.5
    assert AuditIn().validate(EXAMPLE) == {}


def test_prescriptions_are_listed_by_where_their_case_stands(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = [world.prescribe(world.audited(world.facility(), STEP_FAILS)) for _ in range(3)]
    world.clock.advance(days=90)
    late = world.prescribe(world.audited(world.facility(), STEP_FAILS))

    def listed(**query: Any) -> list[str]:
        found: list[str] = []
        while True:
            reply = client.get("/api/v1/prescriptions", query_string=query, headers=token(world.head))
            assert reply.status_code == 200, reply.json
            found += [row["id"] for row in reply.json["items"]]
            if (cursor := reply.json["next_cursor"]) is None:
                return found
            query["cursor"] = cursor

    overdue = sorted((str(each.id) for each in issued), reverse=True)
    assert listed(case_state="overdue") == overdue
    assert listed(case_state="issued") == [str(late.id)]
    assert listed(case_state="overdue,issued", limit=1) == [str(late.id), *overdue]
    assert listed(case_state="executed") == []
    monkeypatch.setattr(prescriptions, "SOUGHT", 1)
    assert listed(case_state="overdue", limit=2) == overdue
    refused = client.get("/api/v1/prescriptions?case_state=late", headers=token(world.head))
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/case_state/0")
