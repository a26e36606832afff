"""The logs say what happened, and nothing about anybody."""

import io
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from api import logs
from api.settings import Settings
from tests.api import trial
from tests.api.conftest import TOKEN, SignIn

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
PERSONAL = ("Айгүл", "Мысалова", "aigul@example.kz", TOKEN, "hush-hush", "870101300007")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return trial.with_trials(app).test_client()


@pytest.fixture
def stream(client: FlaskClient) -> io.StringIO:
    """What is logged from now on."""
    stream = io.StringIO()
    logs.configure(Settings(), stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_id_user_route_and_duration(
    client: FlaskClient, stream: io.StringIO, sign_in: SignIn
) -> None:
    me = client.get("/api/v1/me", headers={**sign_in(), "X-Request-ID": "tablet-7.1"})
    (line,) = lines(stream)
    assert me.json is not None
    assert line.pop("duration_ms") >= 0
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "pandus.request",
        "method": "GET",
        "endpoint": "me.Me",
        "route": "/api/v1/me",
        "status": 200,
        "request_id": "tablet-7.1",
        "user_id": me.json["id"],
    }


def test_nothing_personal_is_logged_whatever_becomes_of_the_request(
    client: FlaskClient, stream: io.StringIO, sign_in: SignIn
) -> None:
    headers = {**sign_in(name="Айгүл Мысалова"), "User-Agent": "aigul@example.kz"}
    body = {"name": "Айгүл", "kind": "Мысалова", "notes": {"870101300007": "aigul@example.kz"}}
    query = {"text": "Айгүл", "owner": "870101300007", "token": TOKEN}
    client.get("/api/v1/stairs", query_string=query, headers=headers)
    client.post("/api/v1/stairs", json=body, headers=headers)
    client.get("/api/v1/stairs/Мысалова", headers=headers)
    client.get("/api/v1/Айгүл/Мысалова", headers=headers)
    client.get("/api/v1/refusals/crash", headers=headers)
    client.get("/api/v1/me", headers={"Authorization": "Bearer hush-hush"})
    assert [line["status"] for line in lines(stream) if line["event"] == "request"] == [
        422,
        422,
        200,
        404,
        500,
        401,
    ]
    for word in PERSONAL:
        assert word not in stream.getvalue()


def test_an_error_of_the_database_is_logged_with_its_rule_and_without_its_values(
    client: FlaskClient, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn
) -> None:
    cause = type("Unique", (Exception,), {"sqlstate": "23505", "diag": None})("Key (name)=(Мысалова) exists")
    error = IntegrityError("INSERT", {"name": "Мысалова"}, cause)
    monkeypatch.setitem(trial.REFUSALS, "crash", error)
    assert client.get("/api/v1/refusals/crash", headers=sign_in()).status_code == 500
    crash = next(line for line in lines(stream) if line["event"] == "crashed")
    assert crash["error"][0]["sqlstate"] == "23505"
    assert "Мысалова" not in stream.getvalue()


def test_the_text_of_errors_is_logged_only_when_asked_for(client: FlaskClient, sign_in: SignIn) -> None:
    stream = io.StringIO()
    logs.configure(Settings(log_error_text=True), stream)
    client.get("/api/v1/refusals/crash", headers=sign_in())
    assert "Мысалова" in stream.getvalue()


@pytest.mark.parametrize("given", ["a b", "x" * 65, "é", "a/b", "", '"}{"'])
def test_a_request_id_that_does_not_fit_is_replaced(client: FlaskClient, stream: io.StringIO, given: str) -> None:
    reply = client.get("/healthz", headers={"X-Request-ID": given})
    assert reply.headers["X-Request-ID"] not in ("", given)
    assert lines(stream)[0]["request_id"] == reply.headers["X-Request-ID"]


def test_a_request_id_that_fits_is_echoed(client: FlaskClient) -> None:
    assert client.get("/nothing", headers={"X-Request-ID": "a.B_c-9"}).headers["X-Request-ID"] == "a.B_c-9"


def test_logs_can_be_text_for_a_terminal(client: FlaskClient) -> None:
    stream = io.StringIO()
    logs.configure(Settings(log_format="text"), stream)
    client.get("/healthz")
    assert "route=/healthz" in stream.getvalue()


def test_a_weight_that_is_not_wanted_is_left_out(client: FlaskClient) -> None:
    stream = io.StringIO()
    logs.configure(Settings(log_level="warning"), stream)
    client.get("/healthz")
    assert stream.getvalue() == ""
