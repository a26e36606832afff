"""To know who asks takes one statement, and it finds everything by an index."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, Select, event, text
from sqlalchemy.orm import Session

from api.keys import keys
from api.tablet_tokens import access_token
from api.wiring import wire
from inspection import access
from inspection.sync import tablets
from inspection.tables.people import Role
from tests.access.stage import Stage
from tests.api.people import token
from tests.clock import NOW
from tests.inspection.world import DISTRICT

SIGN_INS: Mapping[str, tuple[Select[Any], dict[str, Any]]] = {
    "a person": (access.SIGN_IN, {"hash": bytes(32)}),
    "a tablet": (access.SIGN_IN_TABLET, {"device": UUID(int=1)}),
    "a person who syncs": (tablets.SIGN_IN, {"hash": bytes(32), "device": UUID(int=1)}),
    "a tablet that syncs": (tablets.SIGN_IN_TABLET, {"device": UUID(int=1)}),
}
PATHS = ("/api/v1/me", "/sync/facilities/1/pull", "/sync/facilities/1/digest", "/api/v1/facilities?limit=1")


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked meanwhile, by any connection."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["tablet", "person"])
def test_one_statement_tells_who_asks(stage: Stage, path: str, kind: str) -> None:
    world = stage.scene.world
    person = world.person(Role.INSPECTOR, DISTRICT)
    device = world.device(person)
    word = access_token(keys(stage.real.settings), device, world.clock() + timedelta(days=1))
    headers = {"Authorization": f"Bearer {word}"} if kind == "tablet" else token(person)
    if "/sync/" in path and kind == "person":
        headers["Device-Id"] = str(device)
    wire(stage.app, stage.real)
    with statements() as asked:
        reply = stage.app.test_client().get(path, headers=headers, buffered=True)
    assert reply.status_code == 200
    assert len([each for each in asked if "grants" in each]) == 1


def plan(session: Session, statement: Select[Any], parameters: dict[str, Any]) -> list[str]:
    """How the database goes about a statement, a line for each step."""
    given = statement.compile(session.get_bind(), compile_kwargs={"render_postcompile": True})
    bound = given.construct_params({"now": NOW} | parameters)
    process = {name: bind.type.dialect_impl(session.get_bind().dialect) for name, bind in given.binds.items()}
    ready = {
        name: (handle(value) if (handle := process[name].bind_processor(session.get_bind().dialect)) else value)
        for name, value in bound.items()
    }
    sqlite = session.get_bind().dialect.name == "sqlite"
    if not sqlite:
        session.execute(text("SET LOCAL enable_seqscan = off"))  # small tables are read whole otherwise
    words = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
    values: Any = tuple(ready[name] for name in given.positiontup) if given.positiontup else ready
    rows = session.connection().exec_driver_sql(words + str(given), values).all()
    return [str(row[-1]) for row in rows]


@pytest.mark.parametrize("called", SIGN_INS)
def test_who_asks_is_found_by_indexes_alone(session: Session, called: str) -> None:
    statement, parameters = SIGN_INS[called]
    steps = plan(session, statement, parameters)
    assert steps
    assert [step for step in steps if step.startswith("SCAN") or "Seq Scan" in step] == [], steps
    assert len([step for step in steps if "INDEX" in step or "Index" in step]) >= 3, steps
