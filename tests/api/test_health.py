"""`/healthz` speaks for the process, `/readyz` for what it needs."""

import pytest
from flask.testing import FlaskClient

from api import health, migrate
from api.app import create_app
from api.settings import Settings
from api.work import Units
from inspection.database import connect


def test_a_process_without_a_database_is_alive_and_not_ready(bare: FlaskClient) -> None:
    assert bare.get("/healthz").json == {"status": "ok"}
    reply = bare.get("/readyz", headers={"Accept-Language": "en"})
    assert (reply.status_code, reply.mimetype) == (503, "application/problem+json")
    assert reply.json is not None
    assert (reply.json["type"], reply.json["missing"]) == ("/problems/not-ready", ["database"])


def test_a_database_that_was_not_migrated_is_not_ready_and_named(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "expected_schema_revision", lambda: "0007")
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json is not None
    assert (reply.json["missing"], reply.json["schema"], reply.json["expected"]) == (["migrations"], None, "0007")


def test_a_migrated_database_is_ready(new_url: str) -> None:
    migrate.upgrade(new_url)
    app = create_app(Settings(database_url=new_url))
    reply = app.test_client().get("/readyz")
    assert (reply.status_code, reply.json) == (200, {"status": "ok", "schema": migrate.head()})
    app.extensions["pandus"].engine.dispose()


def test_the_revision_is_what_alembic_left_in_the_database(new_url: str) -> None:
    migrate.upgrade(new_url)
    engine = connect(new_url)
    held = Units(engine).read(lambda work: migrate.held(work.session.connection()))
    engine.dispose()
    assert held == migrate.head()
