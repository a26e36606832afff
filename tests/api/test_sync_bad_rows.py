"""Rows that cannot be read or taken, and rows that come again: nothing else suffers by them."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from inspection.intake import MOST_BYTES
from inspection.people import stop_tablet
from inspection.tables.audits import Audit
from inspection.tables.drafts import Draft
from inspection.tables.facilities import Facility
from inspection.tables.intake import IntakeRow
from tests.api.tablet import Tablet, edited, inserted
from tests.api.test_sync_push import STEP_FAILS, a_facility, new_facility
from tests.inspection.world import World


@pytest.fixture
def tablet(client: FlaskClient, world: World) -> Tablet:
    return Tablet(client, world.inspector, world.device(world.inspector))


@pytest.fixture
def other(client: FlaskClient, world: World) -> Tablet:
    return Tablet(client, world.colleague, world.device(world.colleague))


def run(app: Flask, *words: str) -> str:
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 0, done.output
    return done.output


# One bad row of a batch.


def spelled(row: Any) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode()


def nested(levels: int) -> bytes:
    return b'{"newDocumentState":{"id":"%s","answers":%s}}' % (
        str(uuid4()).encode(),
        b"[" * levels + b"]" * levels,
    )


def noted(text: bytes) -> bytes:
    """A row with these bytes in a text."""
    return b'{"newDocumentState":{"id":"%s","note":%s}}' % (str(uuid4()).encode(), text)


BAD = {
    "a cut emoji": noted(b'"cut \xf0\x9f\x98"'),
    "a raw NUL": noted(b'"nul \x00"'),
    "a raw line end": noted(b'"one\ntwo"'),
    "5,000 digits": noted(b"7" * 5000),
    "990 levels": nested(990),
    "1,010 levels": nested(1010),
    "3,000 levels": nested(3000),
    "no JSON at all": b'{"newDocumentState": oops}',
    "a text that is cut": b'{"newDocumentState": "\\u12"}',
    "nothing": b"",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_row_that_is_hardly_json_is_put_aside_alone(tablet: Tablet, world: World, bad: bytes) -> None:
    facility = a_facility(world)
    good = [spelled(inserted(world.document(facility, STEP_FAILS))) for _ in range(2)]
    reply = tablet.post("audits/1/push?outcomes", b"[" + b",".join((good[0], bad, good[1])) + b"]")
    assert reply.status_code == 200, reply.json
    assert [said["state"] for said in reply.json] == ["taken", "quarantined", "taken"]
    assert len(world.rows(Audit)) == 2
    (aside,) = world.rows(IntakeRow, IntakeRow.state == "quarantined")
    assert aside.reason
    assert aside.body == bad or json.loads(aside.body)


def test_brackets_and_commas_within_texts_part_nothing(tablet: Tablet, world: World) -> None:
    text = '"]},{[ \\" \\\\" , "'
    drafts = [{"id": str(uuid4()), "note": text}, {"id": str(uuid4()), "note": "[" * 40}]
    body = b" [ " + b" , ".join([*(spelled(inserted(each)) for each in drafts), noted(b'"\xff"')]) + b" ] "
    reply = tablet.post("drafts/1/push?outcomes", b"\xef\xbb\xbf" + body)
    assert [said["state"] for said in reply.json] == ["taken", "taken", "quarantined"]
    assert {row.content["note"] for row in world.rows(Draft)} == {text, "[" * 40}


@pytest.mark.parametrize("body", [b"[", b"[{]", b'["a" 5', b"[]]", b"[1,2]x"])
def test_what_is_no_array_whatever_its_rows_are_is_refused(tablet: Tablet, world: World, body: bytes) -> None:
    reply = tablet.post("drafts/1/push", body)
    assert (reply.status_code, reply.json["error"]) == (400, True)
    assert world.rows(IntakeRow) == []


def test_an_id_in_capitals_is_refused_by_name_and_the_document_stays_where_it_is(
    tablet: Tablet, world: World
) -> None:
    document = new_facility()
    document["id"] = document["id"].upper()
    assert tablet.push("facilities", inserted(document)) == []
    (said,) = tablet.outcomes("facilities", inserted(document))
    assert (said["state"], world.rows(Facility)) == ("quarantined", [])
    assert "small ones" in said["reason"]


@pytest.mark.parametrize("collection", ["drafts", "audits", "facilities"])
def test_a_new_document_that_is_too_large_stays_on_its_tablet(
    app: Flask, tablet: Tablet, world: World, collection: str
) -> None:
    document = {"id": str(uuid4()), "note": "x" * MOST_BYTES}
    assert tablet.push(collection, inserted(document)) == []
    run(app, "intake", "replay")
    (row,) = world.rows(IntakeRow)
    assert (row.state, row.document_id.hex) == ("quarantined", document["id"].replace("-", ""))
    assert f"longer than {MOST_BYTES} bytes" in (row.reason or "")


def test_a_draft_of_too_many_levels_is_refused_and_not_blamed_on_the_program(tablet: Tablet) -> None:
    reply = tablet.post("drafts/1/push?outcomes", b"[" + nested(300) + b"]")
    (said,) = reply.json
    assert (said["state"], said["reason"].split(",")[0]) == ("quarantined", "this is nested too deep")


# What was put aside has another turn.


@pytest.mark.parametrize(
    "row", [1, {}, None, "x", {"newDocumentState": None}, {"newDocumentState": {"id": "no uuid"}}]
)
@pytest.mark.parametrize("collection", ["drafts", "facilities", "followups"])
def test_rows_that_nobody_can_read_are_put_aside_again_and_stop_no_command(
    app: Flask, tablet: Tablet, world: World, collection: str, row: Any
) -> None:
    tablet.push(collection, row)
    good = {"id": str(uuid4()), "note": "nul \x00"}
    tablet.push("drafts", inserted(good))
    (first, _) = sorted(world.rows(IntakeRow), key=lambda kept: kept.document_id == good["id"])
    run(app, "intake", "replay")
    run(app, "intake", "understand")
    assert {kept.state for kept in world.rows(IntakeRow)} == {"quarantined"}
    assert all(kept.reason for kept in world.rows(IntakeRow))
    assert first.reason in {kept.reason for kept in world.rows(IntakeRow)}


# Rows that come again.


def test_an_edit_that_comes_again_does_not_undo_what_a_colleague_did_since(
    tablet: Tablet, other: Tablet, world: World
) -> None:
    made = str(a_facility(world))
    for each in (tablet, other):
        each.pull("facilities")
    base = tablet.documents["facilities"][made]
    mine = edited(base, catchment=77)
    tablet.push("facilities", mine)
    (seen,) = other.pull("facilities")
    other.push("facilities", edited(seen, catchment=base["catchment"]))
    (answer,) = tablet.push("facilities", mine)
    assert answer["catchment"] == base["catchment"]
    (held,) = world.rows(Facility)
    assert (held.catchment, held.rev) == (base["catchment"], 3)


def test_a_draft_that_was_deleted_is_not_brought_back_by_a_row_that_comes_again(
    tablet: Tablet, world: World
) -> None:
    draft = {"id": str(uuid4()), "note": "first"}
    insert = inserted(draft)
    tablet.push("drafts", insert)
    (base,) = tablet.pull("drafts")
    update, delete = edited(base, note="second"), edited(base, _deleted=True)
    tablet.push("drafts", update)
    tablet.push("drafts", delete)
    for again in (insert, update):
        assert tablet.push("drafts", again) == [{"id": draft["id"], "_deleted": True}]
    assert tablet.push("drafts", delete) == []
    assert world.rows(Draft) == []


def test_a_draft_that_says_what_is_held_is_taken_without_a_word(tablet: Tablet) -> None:
    draft = {"id": str(uuid4()), "note": "first"}
    tablet.push("drafts", inserted(draft))
    (base,) = tablet.pull("drafts")
    update = edited(base, note="second")
    assert tablet.push("drafts", update) == []
    (said,) = tablet.outcomes("drafts", update)
    assert (said["state"], said["known"]) == ("taken", True)
    assert tablet.push("drafts", update) == []


def test_of_two_rows_about_one_document_in_a_batch_the_later_one_stands(tablet: Tablet, world: World) -> None:
    made = str(uuid4())
    rows = [inserted({"id": made, "note": note}) for note in ("first", "second")]
    assert tablet.push("drafts", *rows) == []
    (row,) = world.rows(Draft)
    assert row.content["note"] == "second"


def test_a_schema_that_gives_new_documents_a_rev_of_zero_makes_facilities(tablet: Tablet, world: World) -> None:
    assert tablet.push("facilities", inserted(new_facility(rev=0))) == []
    assert len(world.rows(Facility)) == 1


# A tablet that was lost.


def test_a_tablet_that_was_stopped_is_told_so_and_given_nothing(tablet: Tablet, world: World) -> None:
    a_facility(world)
    device = tablet.headers["Device-Id"]
    with world.unit() as unit:
        stop_tablet(unit, UUID(device), "lost on a bus")
    reply = tablet.get("facilities/1/pull")
    assert (reply.status_code, reply.json["error"], reply.json["type"]) == (403, True, "/problems/forbidden")
    assert tablet.push("drafts", inserted({"id": str(uuid4())})) == []
    assert [row.state for row in world.rows(IntakeRow)] == ["quarantined"]
    world.clock.advance(days=61)
    assert tablet.post("drafts/1/push", [inserted({"id": str(uuid4())})]).status_code == 403
    again = Tablet(tablet.client, world.inspector, world.device(world.inspector))
    assert again.pull("facilities")
