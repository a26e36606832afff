"""Random requests made from the served OpenAPI document: no crash, and nothing that the document does not say.

The few rows behind it see to it that lists and objects are really shown: most ids in addresses are theirs.
"""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.settings import Settings
from inspection.history import DecisionKind
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.inspection.world import DISTRICT, FAILS, REGION, STEP, World

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 25


def document_of(app: Flask) -> dict[str, Any]:
    """What is served, without the catch-all responses: with them no status would be undocumented."""
    document: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").json or {}
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation.get("responses", {}).pop("default", None)
    return document


def operations_of(app: Flask) -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """Every operation of the document, by method and path."""
    schema = schemathesis.openapi.from_dict(document_of(app))
    schema.app = app
    found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    return {f"{operation.method.upper()} {operation.path}": operation for operation in found}


NAMES = sorted(operations_of(create_app(Settings(database_url="sqlite://"))))


@pytest.fixture
def world(world: World) -> World:
    """The small world, with something of everything in it."""
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind="facility"))
    audit = world.audited(facility, FAILS)
    world.prescribe(audit)
    world.decide(facility, STEP, DecisionKind.DECLARE)
    world.grant(world.head, Role.ADMIN, REGION)
    return world


def ids_of(app: Flask, headers: dict[str, str]) -> list[str]:
    """The ids that the lists show."""
    client = app.test_client()
    lists = ("facilities", "operators", "audits", "violations", "prescriptions", "followups", "checklists")
    replies = [client.get(f"/api/v1/{name}", headers=headers) for name in lists]
    return [row["id"] for reply in replies if reply.status_code == 200 for row in reply.json["items"]]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", NAMES)
def test_no_request_crashes_the_server_or_surprises_a_client(
    app: Flask, world: World, name: str, mode: GenerationMode
) -> None:
    operation = operations_of(app)[name]
    # Plain answers: schemathesis asks for packed ones and cannot unpack them.
    headers = {"Authorization": f"Bearer {world.head}", "Accept-Encoding": "identity"}
    held = ids_of(app, headers)
    assert len(held) >= 5

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode), known=st.sampled_from([*held, REGION, DISTRICT, None])
    )
    def request(case: Any, known: str | None) -> None:
        if known is not None:
            case.path_parameters = dict.fromkeys(case.path_parameters or {}, known)
        case.call_and_validate(headers=headers, checks=CHECKS)

    request()
