"""Whatever is refused is refused in one form, in the reader's language, and says the way out."""

import importlib
import io
import logging
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import inspection
from api import problems
from api.app import create_app
from api.settings import Settings
from api.work import Units
from inspection import errors
from inspection.tables.areas import Area
from tests.api import trial
from tests.api.conftest import SignIn

LANGUAGES = ("kk", "ru", "en")
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return trial.with_trials(app).test_client()


@pytest.fixture
def caller(sign_in: SignIn) -> dict[str, str]:
    return sign_in()


def in_three_languages(client: FlaskClient, method: str, address: str, **request: Any) -> Iterator[Any]:
    """The reply to one request in each language, after checks that hold for every problem."""
    titles = set()
    headers = request.pop("headers", {})
    for language in LANGUAGES:
        reply = client.open(address, method=method, headers={**headers, "Accept-Language": language}, **request)
        body = reply.json
        assert body is not None
        assert reply.mimetype == "application/problem+json"
        assert reply.headers["Content-Language"] == language
        assert "Accept-Language" in reply.headers["Vary"]
        assert body["status"] == reply.status_code
        assert body["type"].startswith("/problems/")
        assert body["request_id"] == reply.headers["X-Request-ID"]
        assert body["detail"]
        titles.add(body["title"])
        yield reply
    assert len(titles) == 3, "a title was not translated"


def test_an_address_that_does_not_exist_is_404(client: FlaskClient) -> None:
    for reply in in_three_languages(client, "GET", "/api/v1/nothing"):
        assert (reply.status_code, reply.json["type"]) == (404, "/problems/no-such-address")


def test_a_method_that_is_not_served_is_405_and_keeps_allow(client: FlaskClient) -> None:
    for reply in in_three_languages(client, "DELETE", "/api/v1/me"):
        assert reply.status_code == 405
        assert {m.strip() for m in reply.headers["Allow"].split(",")} == {"GET", "HEAD", "OPTIONS", "PATCH"}
        assert "GET, HEAD, OPTIONS, PATCH" in reply.json["accepted"]


def test_a_body_beyond_the_limit_is_413_and_told_the_limit(fresh_url: str, caller: dict[str, str]) -> None:
    app = trial.with_trials(create_app(Settings(database_url=fresh_url, max_body_bytes=1024)))
    body = b'{"name": "' + b"x" * 2000 + b'"}'
    for reply in in_three_languages(
        app.test_client(),
        "POST",
        "/api/v1/stairs",
        data=body,
        content_type="application/json",
        headers=caller,
    ):
        assert reply.status_code == 413
        assert "1024" in reply.json["accepted"]
    app.extensions["pandus"].engine.dispose()


@pytest.mark.parametrize(("length", "status"), [(900, 201), (1023, 201), (1024, 413), (5000, 413)])
def test_a_body_of_unsaid_length_is_read_whole_or_refused(
    fresh_url: str, caller: dict[str, str], length: int, status: int
) -> None:
    app = trial.with_trials(create_app(Settings(database_url=fresh_url, max_body_bytes=1024)))
    body = b"{}" + b" " * (length - 2)  # its first part alone would be a document too
    reply = app.test_client().post(
        "/api/v1/stairs",
        input_stream=io.BytesIO(body),
        content_type="application/json",
        headers=caller,
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert reply.status_code == status
    app.extensions["pandus"].engine.dispose()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
def test_a_body_that_is_not_json_is_415_before_anything_is_read(
    client: FlaskClient, caller: dict[str, str], kind: str | None
) -> None:
    for reply in in_three_languages(
        client, "POST", "/api/v1/stairs", data=b'{"name": "x"}', content_type=kind, headers=caller
    ):
        assert reply.status_code == 415
        assert reply.json["accepted"] == "application/json"


@pytest.mark.parametrize(
    "body", [b'{"name": ', b"", b"{'name': 1}", b'{"slope": NaN}', b"\xff\xfe{}", b'"\\ud800"']
)
def test_broken_json_is_400_and_says_where_it_breaks(
    client: FlaskClient, caller: dict[str, str], body: bytes
) -> None:
    reasons = set()
    for reply in in_three_languages(
        client, "POST", "/api/v1/stairs", data=body, content_type="application/json", headers=caller
    ):
        assert (reply.status_code, reply.json["type"]) == (400, "/problems/malformed")
        (error,) = reply.json["errors"]
        assert error["pointer"] == ""
        reasons.add(error["reason"])
    assert len(reasons) == 3


def test_json_nested_deeper_than_any_document_is_refused_and_no_crash(
    client: FlaskClient, caller: dict[str, str]
) -> None:
    for depth, status in ((900, 422), (100_000, 400)):
        body = b'{"a":' * depth + b"1" + b"}" * depth
        reply = client.post("/api/v1/stairs", data=body, content_type="application/json", headers=caller)
        assert reply.status_code == status


def test_values_that_do_not_fit_are_422_in_every_language(client: FlaskClient, caller: dict[str, str]) -> None:
    seen = set()
    for reply in in_three_languages(
        client, "POST", "/api/v1/stairs", json={"steps": [{"height": 9000}], "nmae": "x"}, headers=caller
    ):
        assert reply.status_code == 422
        errors = {e["pointer"]: (e["reason"], e["accepted"]) for e in reply.json["errors"]}
        assert set(errors) == {"/steps/0/height", "/nmae"}
        seen |= {text for texts in errors.values() for text in texts}
    assert len(seen) == 12, "a reason, or what would be accepted, was not translated"


def test_the_same_in_kazakh_word_for_word(client: FlaskClient, caller: dict[str, str]) -> None:
    headers = {**caller, "Accept-Language": "kk-KZ, en;q=0.5"}
    reply = client.post("/api/v1/stairs", json={"steps": [{"height": 9000}]}, headers=headers)
    assert reply.json is not None
    assert reply.json["errors"] == [
        {
            "pointer": "/steps/0/height",
            "reason": "1 мәнінен кем емес және 400 мәнінен артық емес болуы керек.",
            "accepted": "1 мен 400 аралығындағы бүтін сан",
        }
    ]


def test_a_crash_is_500_and_tells_nothing_but_the_requests_id(client: FlaskClient, caller: dict[str, str]) -> None:
    for reply in in_three_languages(client, "GET", "/api/v1/refusals/crash", headers=caller):
        assert reply.status_code == 500
        assert set(reply.json) == {"type", "title", "status", "detail", "request_id"}
        assert "Айгүл" not in reply.text
        assert "ValueError" not in reply.text


@pytest.mark.parametrize(("name", "slug", "after"), [("busy", "busy", "1"), ("away", "database-away", "5")])
def test_a_refusal_that_will_pass_is_503_and_says_when_to_come_again(
    client: FlaskClient, caller: dict[str, str], name: str, slug: str, after: str
) -> None:
    for reply in in_three_languages(client, "GET", f"/api/v1/refusals/{name}", headers=caller):
        assert (reply.status_code, reply.json["type"]) == (503, f"/problems/{slug}")
        assert reply.headers["Retry-After"] == after


@pytest.mark.parametrize(
    ("name", "status", "facts"),
    [
        ("conflict", 409, {"type": "/problems/id-taken", "id": "7"}),
        ("state", 409, {"type": "/problems/does-not-apply", "state": "closed"}),
        ("stale", 412, {"type": "/problems/stale-version", "held_rev": 4}),
        ("forbidden", 403, {"type": "/problems/forbidden"}),
        ("missing", 404, {"type": "/problems/not-found"}),
        ("meaning", 422, {"type": "/problems/invalid-input"}),
    ],
)
def test_a_domain_error_has_its_status_and_carries_its_facts(
    client: FlaskClient, caller: dict[str, str], name: str, status: int, facts: dict[str, Any]
) -> None:
    for reply in in_three_languages(client, "GET", f"/api/v1/refusals/{name}", headers=caller):
        assert reply.status_code == status
        assert facts.items() <= reply.json.items()


def test_a_sentence_that_was_not_written_for_people_is_not_shown(
    client: FlaskClient, caller: dict[str, str]
) -> None:
    reply = client.get("/api/v1/refusals/state", headers={**caller, "Accept-Language": "en"})
    assert reply.json is not None
    assert reply.json["detail"] == "The object is not in a state that allows this."


def test_a_refused_request_leaves_nothing_half_written(
    client: FlaskClient, caller: dict[str, str], units: Units
) -> None:
    for name in ("state", "crash"):
        assert client.post(f"/api/v1/refusals/{name}", headers=caller).status_code in (409, 500)
    assert units.read(lambda work: work.session.scalars(select(Area.code)).all()) == ["KZ"]


def test_a_request_without_a_token_is_401_and_told_which_header(client: FlaskClient) -> None:
    for reply in in_three_languages(client, "GET", "/api/v1/me"):
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")
        assert "Authorization: Bearer" in reply.json["accepted"]


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer not-ours", "Basic dTpw", "Bearer \xe9\x00x", "x"])
def test_a_token_that_is_not_ours_is_401(client: FlaskClient, caller: dict[str, str], header: str) -> None:
    assert client.get("/api/v1/me", headers={"Authorization": header}).status_code == 401


def test_without_a_wish_the_callers_own_language_is_spoken_and_then_the_default(
    client: FlaskClient, caller: dict[str, str]
) -> None:
    assert client.get("/api/v1/refusals/state", headers=caller).headers["Content-Language"] == "kk"
    assert client.get("/api/v1/nothing").headers["Content-Language"] == "ru"
    assert client.get("/x", headers={"Accept-Language": "de, xx-@, *;q=0"}).headers["Content-Language"] == "ru"


def test_a_unit_that_lost_its_race_is_run_again_with_the_same_body(
    client: FlaskClient, caller: dict[str, str]
) -> None:
    trial.runs.clear()
    reply = client.put("/api/v1/races/3", json={"name": "x"}, headers=caller)
    assert (reply.status_code, reply.json) == (200, {"runs": 4, "stair": {"name": "x"}})
    assert len(set(trial.runs)) == 1


def test_a_request_that_loses_every_race_is_503_with_retry_after(
    client: FlaskClient, caller: dict[str, str]
) -> None:
    trial.runs.clear()
    reply = client.put("/api/v1/races/4", json={"name": "x"}, headers=caller)
    assert (reply.status_code, reply.headers["Retry-After"], len(trial.runs)) == (503, "1", 4)


def test_an_answer_that_outlives_its_unit_of_work_is_refused(client: FlaskClient, caller: dict[str, str]) -> None:
    assert client.get("/api/v1/streams", headers=caller).status_code == 500


def test_a_path_with_u0000_is_not_found_on_every_database(client: FlaskClient, caller: dict[str, str]) -> None:
    assert client.get("/api/v1/stairs/a%00b", headers=caller).status_code == 404


def every_error(kind: type[errors.InspectionError]) -> Iterator[type[errors.InspectionError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from every_error(narrower)


def test_every_domain_error_is_described_by_its_own_name(dialect: str) -> None:
    for module in pkgutil.iter_modules(inspection.__path__):
        importlib.import_module(f"inspection.{module.name}")
    ours = (e for e in every_error(errors.InspectionError) if e.__module__.startswith("inspection."))
    undescribed = {e.slug for e in ours} - set(problems.KINDS)  # those of an edge are described by their status
    assert not undescribed


def test_every_error_class_of_the_domain_has_a_status(dialect: str) -> None:
    unlisted = {e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.InspectionError)}
    assert not unlisted - set(problems.STATUS)


def test_more_faults_than_anybody_reads_are_counted(client: FlaskClient, caller: dict[str, str]) -> None:
    reply = client.post("/api/v1/stairs", json={f"x{i}": 1 for i in range(130)}, headers=caller)
    assert reply.json is not None
    assert (len(reply.json["errors"]), reply.json["errors_left_out"]) == (100, 30)


def test_answers_carry_the_headers_that_guard_them(client: FlaskClient) -> None:
    for address in ("/api/v1/me", "/api/v1/docs", "/healthz", "/nothing"):
        headers = client.get(address, buffered=True).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy if address.endswith("docs") else "default-src 'none'" in policy


def test_browsers_are_told_to_stay_with_https_where_that_is_how_it_is_reached(dialect: str) -> None:
    for url, said in (("https://pandus.example", "max-age=31536000"), ("http://pandus.example", None), ("", None)):
        app = create_app(Settings(database_url="sqlite:////nowhere/no.sqlite3", public_url=url))
        assert app.test_client().get("/healthz").headers.get("Strict-Transport-Security") == said


def test_the_log_of_a_crash_has_the_lines_of_code(
    client: FlaskClient, caller: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "pandus.problems"):
        reply = client.get("/api/v1/refusals/crash", headers=caller)
    assert reply.json is not None
    (record,) = caplog.records
    event: Any = record.msg
    assert event["request_id"] == reply.json["request_id"]
    assert event["error"][0]["class"] == "builtins.ValueError"
    assert any("trial.py" in line for line in event["error"][0]["at"])
