"""Random requests made from the served OpenAPI document: no crash, and nothing that the document does not say.

The few rows behind it see to it that lists and objects are really shown: most ids in addresses are theirs. Every
request finds them as they were: what it changes is taken back, but for those that take several units of work.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

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

from api.limits import RATES
from api.settings import Settings
from api.wiring import Wiring, wire
from api.work import Units
from inspection.history import DecisionKind
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.access.stage import Patient, UndoneUnits, patience
from tests.api.copies import quick_app
from tests.clock import Clock
from tests.inspection.world import DISTRICT, FAILS, REGION, STEP, World, sessions_on
from tests.servers.databases import Databases
from tests.tally import Tried

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES, FEW = 25, 5


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


@cache
def operations() -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """Those of an application, parsed once; whom they ask is said before each use."""
    return operations_of(quick_app(Settings(database_url="sqlite:////nowhere/no.sqlite3")))


NAMES = sorted(operations())


@dataclass(frozen=True)
class Asked:
    """An application with a few rows. held: ids that its lists show to the one who signs in by these headers."""

    app: Flask
    headers: dict[str, str]
    held: list[str]
    real: Wiring
    undone: Wiring


@pytest.fixture(scope="module")
def asked(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The small world, with something of everything in it, once for each kind of database."""
    folder, source, clock = tmp_path_factory.mktemp("document"), random.Random("document"), Clock()
    url = databases.make()
    app = quick_app(Settings(database_url=url, link_key_file=str(folder / "link.key"), mail=str(folder / "mail")))
    app.extensions[RATES] = Patient()
    parts: Wiring = app.extensions["pandus"]
    real = replace(parts, units=Units(parts.engine, clock=clock))
    wire(app, real)
    new_id = lambda: UUID(int=source.getrandbits(128), version=4)  # noqa: E731
    world = World(sessions_on(parts.engine), clock, new_id)
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind="facility"))
    audit = world.audited(facility, FAILS)
    world.prescribe(audit)
    world.decide(facility, STEP, DecisionKind.DECLARE)
    world.grant(world.head, Role.ADMIN, REGION)
    # Plain answers: schemathesis asks for packed ones and cannot unpack them.
    headers = {"Authorization": f"Bearer {world.head}", "Accept-Encoding": "identity"}
    held = ids_of(app, headers)
    assert len(held) >= 5
    yield Asked(app, headers, held, real, replace(parts, units=UndoneUnits(parts.engine, clock=clock)))
    parts.engine.dispose()
    databases.give_back(url)


def ids_of(app: Flask, headers: dict[str, str]) -> list[str]:
    """The ids that the lists show."""
    client = app.test_client()
    lists = ("facilities", "operators", "audits", "violations", "prescriptions", "followups", "checklists")
    replies = [client.get(f"/api/v1/{name}", headers=headers) for name in lists]
    return [row["id"] for reply in replies if reply.status_code == 200 for row in reply.json["items"]]


# In several units of work: what the first one leaves, the next one must find.
LASTING = {"POST /api/v1/audits", "POST /api/v1/tours"}
SIGNED_OUT = "signed out"
MODES = [*(mode.value for mode in GenerationMode), SIGNED_OUT]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_no_request_crashes_the_server_or_surprises_a_client(
    asked: Asked, name: str, mode: str, tried: Tried
) -> None:
    operation, signed_out = operations()[name], mode == SIGNED_OUT
    operation.app = operation.schema.app = asked.app
    wire(asked.app, asked.real if name in LASTING else asked.undone)
    headers = {"Accept-Encoding": "identity"} if signed_out else asked.headers
    known = st.sampled_from([*asked.held, REGION, DISTRICT, None])

    @settings(
        max_examples=FEW if signed_out else EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=GenerationMode(mode if not signed_out else "positive")),
        known=known,
    )
    def request(case: Any, known: str | None) -> None:
        if known is not None:
            case.path_parameters = dict.fromkeys(case.path_parameters or {}, known)
        tried(f"schemathesis, {mode}")
        with patience():
            reply = case.call_and_validate(headers=headers, checks=CHECKS)
        assert not signed_out or reply.status_code in REFUSED or name in FOR_ALL

    request()


# What somebody is told who did not sign in; 410 whose invitation is none, or is none any more.
REFUSED = (400, 401, 404, 410, 413, 415, 422)
# Whose secret is in the address or in the body.
FOR_ALL = {
    "GET /api/v1/calendars/{token}.ics",
    "POST /api/v1/tablet-tokens",
    "POST /api/v1/tablet-tokens/pairing",
}
