"""Evidence of use over HTTP: entering, countersigning, withdrawing, reading."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.views.use_records import ID, IN_EXAMPLE, OUT_EXAMPLE, UseRecordOut, UseRecordPage
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.regions import Home
from inspection.tables.use_records import UseRecord
from tests.api.people import token
from tests.inspection.world import FAILS, NEIGHBOUR, PASSES, REGION, STEP, World

TODAY = "2026-03-16"
COMPLAINT: dict[str, Any] = {"source": "complaint", "period_from": TODAY, "reference": "ЗТ-2026-118"}
STATEMENT: dict[str, Any] = {"source": "statement", "period_from": TODAY, "period_to": "2027-03-01"}


@pytest.fixture
def facility(world: World) -> UUID:
    """An audited pharmacy without barriers."""
    made = world.facility(kind="pharmacy")
    world.add(Home(id=made, region=REGION, kind="facility"))
    world.audited(made, {STEP: PASSES[STEP]})
    return made


def post(client: FlaskClient, person: UUID, facility: UUID, **about: Any) -> Any:
    record = {"id": str(uuid4()), **about}
    return client.post(f"/api/v1/facilities/{facility}/use-records", json=record, headers=token(person))


def act(client: FlaskClient, person: UUID, record: Any, verb: str, **given: Any) -> Any:
    body = {"json": given} if given else {}
    return client.post(f"/api/v1/use-records/{record}/{verb}", headers=token(person), **body)


def listed(client: FlaskClient, person: UUID, facility: UUID, **query: Any) -> Any:
    path = f"/api/v1/facilities/{facility}/use-records"
    return client.get(path, headers=token(person), query_string=query)


def why(app: Flask, client: FlaskClient, world: World, facility: UUID) -> Any:
    assert app.test_cli_runner().invoke(args=["ranks", "update"]).exit_code == 0
    return client.get(f"/api/v1/facilities/{facility}/priority", headers=token(world.head)).json


def test_the_example_of_the_document_is_taken_and_shown_as_described(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    assert UseRecordOut().validate(OUT_EXAMPLE) == {}
    first, again = (post(client, world.inspector, facility, **IN_EXAMPLE) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json.keys() == OUT_EXAMPLE.keys()
    assert first.headers["Location"] == f"/api/v1/use-records/{ID}"
    assert client.get(first.headers["Location"], headers=token(world.head)).json == first.json
    shown = listed(client, world.head, facility).json
    assert UseRecordPage().validate(shown) == {}
    assert shown["items"] == [first.json]
    assert first.json["author_id"] == str(world.inspector)


def test_the_same_id_with_other_content_is_refused(client: FlaskClient, world: World, facility: UUID) -> None:
    post(client, world.inspector, facility, **IN_EXAMPLE)
    assert post(client, world.inspector, facility, **IN_EXAMPLE | {"visits": 1501}).status_code == 409
    assert post(client, world.inspector, facility, **IN_EXAMPLE | {"id": str(facility)}).status_code == 409
    assert len(world.rows(UseRecord)) == 1


@pytest.mark.parametrize(
    ("about", "pointers"),
    [
        ({"visits": -1}, ["/visits"]),
        ({"visits": None}, ["/visits"]),
        ({"visits": 1.5}, ["/visits"]),
        ({"completeness": 0}, ["/completeness"]),
        ({"completeness": 1.2}, ["/completeness"]),
        ({"period_from": "2026-03-17", "period_to": "2026-03-18"}, ["/period_from", "/period_to"]),
        ({"period_to": "2025-12-31"}, ["/period_to"]),
        ({"groups": {"wheelchair": 1000, "vision": 501}}, ["/groups"]),
        ({"groups": {"deaf": 1}}, ["/groups/deaf"]),
        ({"groups": {"vision": -1}}, ["/groups/vision"]),
        ({"source": "hearsay"}, ["/source"]),
        ({"name": "somebody"}, ["/name"]),
        ({"source": "complaint", "source_text": "a@example.kz"}, ["/visits", "/completeness"]),
        ({"source": "register"}, ["/visits", "/clients", "/completeness"]),
    ],
)
def test_what_cannot_be_is_refused_by_its_fields(
    client: FlaskClient, world: World, facility: UUID, about: dict[str, Any], pointers: list[str]
) -> None:
    refused = post(client, world.inspector, facility, **IN_EXAMPLE | about)
    assert refused.status_code == 422
    found = [error["pointer"] for error in refused.json["errors"]]
    assert found[: len(pointers)] == pointers
    assert world.rows(UseRecord) == []


def test_who_may_not_enter_is_told_so_and_a_stranger_sees_no_facility(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    viewer, official = world.person(Role.MINISTRY), world.person(Role.AKIMAT)
    assert post(client, official, facility, **COMPLAINT).status_code == 201
    assert post(client, viewer, facility, **COMPLAINT).status_code == 403
    assert listed(client, viewer, facility).status_code == 200
    stranger = world.person(Role.HEAD, NEIGHBOUR)
    (record,) = world.rows(UseRecord)
    assert post(client, stranger, facility, **COMPLAINT).status_code == 404
    assert listed(client, stranger, facility).status_code == 404
    assert act(client, stranger, record.id, "countersign").status_code == 404
    assert act(client, stranger, record.id, "withdraw", reason="так").status_code == 404
    assert client.get(f"/api/v1/use-records/{record.id}", headers=token(stranger)).status_code == 404
    assert listed(client, world.head, uuid4()).status_code == 404


def test_records_are_listed_the_newest_first_page_by_page(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    made = []
    for _ in range(3):
        world.clock.advance(minutes=1)
        made.append(post(client, world.inspector, facility, **COMPLAINT).json["id"])
    first = listed(client, world.head, facility, limit=2).json
    second = listed(client, world.head, facility, limit=2, cursor=first["next_cursor"]).json
    assert [row["id"] for row in (*first["items"], *second["items"])] == made[::-1]
    assert second["next_cursor"] is None
    assert listed(client, world.head, facility, cursor="WzFd").status_code == 422


def test_a_zero_counts_with_the_second_signature_of_a_head_and_until_a_complaint_comes(
    app: Flask, client: FlaskClient, world: World, facility: UUID
) -> None:
    said = post(client, world.inspector, facility, **STATEMENT).json
    assert why(app, client, world, facility)["use_state"] == "unknown"
    assert act(client, world.colleague, said["id"], "countersign").status_code == 403
    signed, again = (act(client, world.head, said["id"], "countersign") for _ in range(2))
    assert (signed.status_code, again.status_code, signed.json) == (200, 200, again.json)
    assert (signed.json["countersigned_by"], signed.json["rev"]) == (str(world.head), 2)
    assert why(app, client, world, facility)["use_state"] == "attested_zero"
    zeros = client.get("/api/v1/ranks/attested-zeros", headers=token(world.head)).json
    assert [(row["id"], row["holds_until"]) for row in zeros["items"]] == [(str(facility), "2027-03-01")]
    world.clock.advance(days=2)
    complaint = post(client, world.inspector, facility, **COMPLAINT | {"period_from": "2026-03-18"}).json
    assert client.get("/api/v1/ranks/attested-zeros", headers=token(world.head)).json["items"] == []
    cancelled = why(app, client, world, facility)
    assert (cancelled["use_state"], cancelled["counted"], cancelled["visits"]) == ("unknown", None, 60.0)
    assert act(client, world.head, complaint["id"], "withdraw", reason="другая аптека").status_code == 200
    assert why(app, client, world, facility)["use_state"] == "attested_zero"
    world.clock.advance(days=400)
    assert why(app, client, world, facility)["use_state"] == "unknown"


def test_what_cannot_be_countersigned_is_refused_with_the_reason(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    other_head = world.person(Role.HEAD)
    own = post(client, world.head, facility, **STATEMENT).json["id"]
    count = post(client, world.inspector, facility, **IN_EXAMPLE).json["id"]
    over = {"source": "statement", "period_from": "2025-03-01", "period_to": "2025-12-01"}
    old = post(client, world.inspector, facility, **over).json["id"]
    for record, reason in (
        (own, "Nobody countersigns a statement of their own."),
        (count, "Only a statement that nobody comes is countersigned."),
        (old, "This statement is over."),
    ):
        refused = act(client, world.head, record, "countersign")
        assert (refused.status_code, refused.json["detail"]) == (409, reason)
    assert act(client, other_head, own, "countersign").status_code == 200
    third = world.person(Role.HEAD)
    assert act(client, third, own, "countersign").json["detail"] == "This statement is countersigned already."
    act(client, world.head, own, "withdraw", reason="ошибка")
    assert act(client, other_head, own, "countersign").json["detail"] == "This record is withdrawn."
    assert act(client, world.head, uuid4(), "countersign").status_code == 404


def test_a_statement_that_an_audit_brought_has_its_second_signature(client: FlaskClient, world: World) -> None:
    made = world.facility(kind="pharmacy")
    world.add(Home(id=made, region=REGION, kind="facility"))
    use = {"source": "statement", "visits": 0, "period_from": "2026-01-01", "period_to": "2026-12-31"}
    world.audited(made, PASSES, use=use | {"attested_zero": True})
    (brought,) = listed(client, world.head, made).json["items"]
    assert act(client, world.head, brought["id"], "countersign").status_code == 409
    assert act(client, world.head, brought["id"], "withdraw", reason="опрошен не тот").status_code == 200


def test_what_was_withdrawn_stays_listed_and_counts_for_nothing(
    app: Flask, client: FlaskClient, world: World, facility: UUID
) -> None:
    made = post(client, world.inspector, facility, **IN_EXAMPLE).json["id"]
    assert why(app, client, world, facility)["use_state"] == "counted"
    assert act(client, world.colleague, made, "withdraw", reason="не моё").status_code == 403
    assert act(client, world.inspector, made, "withdraw", reason=" ").status_code == 422
    first, again = (act(client, world.inspector, made, "withdraw", reason="опечатка") for _ in range(2))
    assert (first.status_code, again.status_code, first.json) == (200, 200, again.json)
    assert act(client, world.head, made, "withdraw", reason="и я").json["detail"] == "This record is withdrawn."
    assert (why(app, client, world, facility)["use_state"]) == "unknown"
    (shown,) = listed(client, world.head, facility).json["items"]
    assert (shown["withdrawn_by"], shown["withdrawn_why"], shown["visits"]) == (
        str(world.inspector),
        "опечатка",
        1500,
    )
    assert post(client, world.inspector, facility, **IN_EXAMPLE).status_code == 200  # a resend revives nothing
    assert why(app, client, world, facility)["use_state"] == "unknown"


def test_a_split_by_group_and_a_register_are_among_the_reasons(
    app: Flask, client: FlaskClient, world: World, facility: UUID
) -> None:
    post(client, world.inspector, facility, source="register", clients=700, period_from=TODAY)
    post(client, world.inspector, facility, **IN_EXAMPLE)
    reasons = why(app, client, world, facility)
    assert (reasons["clients"], reasons["group_shares"]["visits"]) == (700, 1500)
    shares = reasons["group_shares"]["shares"]
    assert shares["wheelchair"] == pytest.approx(0.08, abs=0.005)  # 120 of 1500
    assert sum(shares.values()) == pytest.approx(1, abs=0.001)


def test_the_journal_says_who_did_what_and_hides_the_case(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    made = post(client, world.inspector, facility, **COMPLAINT).json["id"]
    act(client, world.head, made, "withdraw", reason="дубль")
    said = post(client, world.inspector, facility, **STATEMENT).json["id"]
    act(client, world.head, said, "countersign")
    entries = [e for e in world.rows(JournalEntry) if e.action.startswith("use.")]
    assert [(e.action, e.actor_id, e.object_id) for e in sorted(entries, key=lambda e: e.number)] == [
        ("use.recorded", world.inspector, made),
        ("use.withdrawn", world.head, made),
        ("use.recorded", world.inspector, said),
        ("use.countersigned", world.head, said),
    ]
    first = min(entries, key=lambda e: e.number)
    assert first.changes["source"] == [None, "complaint"]
    assert first.changes["reference"].keys() == {"commitment"}


def test_a_facility_that_fails_is_not_believed_to_be_visited_by_nobody_without_an_argument(
    app: Flask, client: FlaskClient, world: World
) -> None:
    made = world.facility(kind="pharmacy")
    world.add(Home(id=made, region=REGION, kind="facility"))
    world.audited(made, {STEP: FAILS[STEP]})
    plain = post(client, world.inspector, made, **STATEMENT).json["id"]
    act(client, world.head, plain, "countersign")
    assert why(app, client, world, made)["use_state"] == "unknown"
    argued = post(client, world.inspector, made, **STATEMENT, argument="Вокруг никто не живёт.").json["id"]
    act(client, world.head, argued, "countersign")
    assert why(app, client, world, made)["use_state"] == "attested_zero"
