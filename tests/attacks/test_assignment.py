"""Mass assignment: a field that a door does not declare is refused by name, whatever the tables call it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from api.problems import MOST_ERRORS
from api.wiring import wire
from inspection.audit_documents import SERVER_OWNED
from inspection.database import Base
from inspection.forms import MOST_FAULTS
from inspection.tables.facilities import Facility
from tests.access.doors import DOORS
from tests.access.stage import BEFORE_ANY_DATABASE, Stage
from tests.api.people import token
from tests.attacks.places import body_schema, followed, operations, put, schemas, somebody
from tests.tally import Tried

PRIVILEGED = (
    "actor_id", "created_at", "created_by", "district_code", "generation", "grants", "home_region", "is_admin",
    "permissions", "person_id", "region_code", "rev", "role", "roles", "state", "stopped_at", "token_hash",
    "updated_at", "valid_from", "_deleted", "__proto__", "constructor", "admin",
)  # fmt: skip


def every_name(stage: Stage) -> set[str]:
    """All names of fields in all schemas, and of columns in all tables."""
    names = {column.name for table in Base.metadata.tables.values() for column in table.columns} | set(PRIVILEGED)
    for schema in schemas(stage.app).values():
        names |= schema.get("properties", {}).keys()
    return names


def objects(known: Any, schema: Any, body: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, set[str]]]:
    """Where a body holds an object, and what may stand in it."""
    schema = followed(known, schema)
    if isinstance(body, dict) and "properties" in schema:
        yield way, set(schema["properties"])
        for name, value in body.items():
            if name in schema["properties"]:
                yield from objects(known, schema["properties"][name], value, (*way, name))
    elif isinstance(body, list) and body and "items" in schema:
        yield from objects(known, schema["items"], body[0], (*way, 0))


def within(body: Any, way: tuple[Any, ...]) -> Any:
    for step in way:
        body = body[step]
    return body


@BEFORE_ANY_DATABASE
def test_no_door_takes_a_field_that_it_does_not_declare(stage: Stage, tried: Tried) -> None:
    wire(stage.app, stage.undone)
    person, names, known = somebody(stage), every_name(stage), schemas(stage.app)
    doors = 0
    for method, rule, described in operations(stage.app):
        door = DOORS[method, rule]
        if door.body is None or "requestBody" not in described:
            continue
        doors += 1
        wire(stage.app, stage.real if door.commits else stage.undone)
        headers = dict(door.headers) | token(person)
        path, body = stage.path(method, rule), door.body(stage.scene)
        for way, declared in objects(known, body_schema(stage.app, described), body):
            foreign = sorted(names - declared)
            sent = put({"": body}, ("", *way), within(body, way) | dict.fromkeys(foreign, "x"))[""]
            reply = stage.app.test_client().open(path, method=method, json=sent, headers=headers, buffered=True)
            tried("mass assignment", len(foreign))
            assert reply.status_code == 422, (method, rule, way, reply.text[:200])
            told = len(reply.json["errors"]) + (reply.json or {}).get("errors_left_out", 0)
            assert told >= min(len(foreign), MOST_FAULTS), (method, rule, way)
            assert len(reply.json["errors"]) <= MOST_ERRORS
            for name in PRIVILEGED:
                if name in declared or (rule.endswith("/audits") and name in SERVER_OWNED):
                    continue  # what a tablet was sent along with an audit it may send back; nobody reads it
                alone = put({"": body}, ("", *way, name), "x")[""]
                one = stage.app.test_client().open(path, method=method, json=alone, headers=headers, buffered=True)
                tried("mass assignment")
                pointer = "/" + "/".join(map(str, (*way, name)))
                assert one.status_code == 422, (method, rule, pointer)
                assert pointer in [error["pointer"] for error in one.json["errors"]]
    assert doors > 40


def test_what_the_server_adds_to_an_audit_is_never_read_from_one(stage: Stage, tried: Tried) -> None:
    wire(stage.app, stage.real)
    document = stage.scene.document()
    sent = document | {name: "x" for name in SERVER_OWNED - {"id"} if name not in document}
    headers = token(somebody(stage))
    reply = stage.app.test_client().post("/api/v1/audits", json=sent, headers=headers, buffered=True)
    assert reply.status_code == 201, reply.text
    taken = stage.app.test_client().get(f"/api/v1/audits/{document['id']}", headers=headers, buffered=True)
    tried("mass assignment", len(SERVER_OWNED))
    assert [name for name, value in (taken.json or {}).items() if value == "x"] == []


@BEFORE_ANY_DATABASE
def test_no_writing_door_takes_a_parameter_that_it_does_not_declare(stage: Stage, tried: Tried) -> None:
    wire(stage.app, stage.undone)
    person = somebody(stage)
    for (method, rule), door in DOORS.items():
        if method == "GET" or not rule.startswith("/api/v1/") or rule.startswith("/api/v1/tablet-tokens"):
            continue
        given: dict[str, Any] = {} if door.body is None else {"json": door.body(stage.scene)}
        for name in ("role", "area", "actor_id", "rev"):
            headers = dict(door.headers) | token(person)
            reply = stage.app.test_client().open(
                stage.path(method, rule), method=method, query_string={name: "admin"}, headers=headers, **given
            )
            tried("mass assignment")
            assert reply.status_code in (403, 404, 422), (method, rule, name, reply.status_code)


@pytest.mark.parametrize("based", [True, False], ids=["with a base", "without one"])
def test_a_tablet_changes_nothing_of_a_facility_that_is_the_servers(
    stage: Stage, based: bool, tried: Tried
) -> None:
    world = stage.scene.world
    person = somebody(stage)
    headers = token(person) | {"Device-Id": str(world.device(person))}
    client = stage.app.test_client()
    wire(stage.app, stage.real)
    pulled = client.get("/sync/facilities/1/pull?limit=500", headers=headers, buffered=True).json["documents"]
    document = next(each for each in pulled if each["id"] == str(stage.scene.unvisited))

    def row() -> dict[str, Any]:
        with world.open_session() as session:
            held = session.scalars(select(Facility).where(Facility.id == UUID(document["id"]))).one()
            return {column.key: getattr(held, column.key) for column in Facility.__table__.columns}

    before = row()
    columns = [column.key for column in Facility.__table__.columns if column.key not in document]
    rows = []
    for name in (*columns, *PRIVILEGED, "lat", "lon", "rev"):
        if name in ("_deleted", "building_year"):
            continue
        sent = {**document, "_deleted": False, name: "x" if name not in ("lat", "lon", "rev") else 99}
        rows.append({"newDocumentState": sent} | ({"assumedMasterState": document} if based else {}))
    reply = client.post("/sync/facilities/1/push?outcomes", json=rows, headers=headers, buffered=True)
    tried("mass assignment", len(rows))
    assert reply.status_code == 200
    changed = {name for name, value in row().items() if value != before[name]}
    assert changed <= {"updated_at"}, changed
