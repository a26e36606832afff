"""Host headers, redirects, other spellings of addresses and methods in headers: all lead nowhere else."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from api.wiring import wire
from tests.access.doors import DOORS, Needs
from tests.access.stage import BEFORE_ANY_DATABASE, Stage
from tests.api.people import token
from tests.attacks.injecting import with_header
from tests.attacks.places import somebody
from tests.tally import Tried

PUBLIC = "https://pandus.example"
HOSTS = {
    "HTTP_HOST": "made-up.example",
    "HTTP_X_FORWARDED_HOST": "made-up.example",
    "HTTP_X_FORWARDED_SERVER": "made-up.example",
    "HTTP_X_FORWARDED_PREFIX": "/made-up.example",
    "HTTP_X_ORIGINAL_URL": "/made-up.example",
    "HTTP_X_REWRITE_URL": "/made-up.example",
    "HTTP_FORWARDED": "host=made-up.example;proto=http",
}


@pytest.fixture
def reached(stage: Stage) -> Any:
    """The stage as it is where somebody has said how it is reached."""
    settings = replace(stage.real.settings, public_url=PUBLIC)
    yield replace(
        stage, real=replace(stage.real, settings=settings), undone=replace(stage.undone, settings=settings)
    )
    wire(stage.app, stage.real)


@BEFORE_ANY_DATABASE
def test_no_answer_of_any_door_repeats_a_host_that_the_asker_made_up(reached: Stage, tried: Tried) -> None:
    person, absolute = somebody(reached), []
    for (method, rule), door in DOORS.items():
        wire(reached.app, reached.real if door.commits else reached.undone)
        given: dict[str, Any] = {} if door.body is None else {"json": door.body(reached.scene)}
        reply = reached.app.test_client().open(
            reached.path(method, rule),
            method=method,
            headers=dict(door.headers) | token(person),
            query_string=dict(door.query(reached.scene)),
            environ_overrides=HOSTS,
            buffered=True,
            **given,
        )
        tried("hosts")
        assert b"made-up.example" not in reply.data, (method, rule)
        assert "made-up.example" not in str(reply.headers), (method, rule)
        if PUBLIC.encode() in reply.data:
            absolute.append(rule)
    assert {
        "/api/v1/tiles.json",
        "/api/v1/me/calendar",
        "/api/v1/prescriptions/<uuid:prescription_id>/links",
    } <= set(absolute)


SPELLINGS = (
    "/{}", "//{}", "/./{}", "/x/../{}", "/%2e/{}", "/x/%2e%2e/{}", "/{};x=1", "/{}/", "/{}/.", "/{}.", "/{}%20",
    "/{}%00", "/{}%0a", "/{}\\", "/{}%2f", "/{}?", "/%2f{}", "/{}.json", "/{}~", "/{}#x", "/{}%3f",
    "//made-up.example/{}", "/\\made-up.example/{}", "/{}//",
)  # fmt: skip


@BEFORE_ANY_DATABASE
def test_no_other_spelling_of_an_address_opens_it_or_leads_away(stage: Stage, tried: Tried) -> None:
    wire(stage.app, stage.undone)
    wrong = []
    for (method, rule), door in DOORS.items():
        if door.needs is Needs.NOTHING:
            continue
        path = stage.path(method, rule).lstrip("/")
        spellings = {
            *(each.format(path) for each in SPELLINGS),
            f"/{path.upper()}",
            f"/{path}".replace("v1", "v１"),
        }
        for spelled in sorted(spellings):
            reply = with_header(stage, "Accept", "*/*", path=spelled, method=method)
            tried("spellings")
            if 300 <= reply.status_code < 400:
                to = urlsplit(reply.headers["Location"])
                if to.netloc not in ("", "localhost", "made-up.example" if "evil" in spelled else ""):
                    wrong.append(f"{method} {spelled} leads to {reply.headers['Location']}")
            elif reply.status_code < 400 or reply.status_code >= 500:
                wrong.append(f"{method} {spelled}: {reply.status_code}")
    assert not wrong, "\n".join(wrong)


@BEFORE_ANY_DATABASE
@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_in_a_header_means_nothing_but_for_uploads(stage: Stage, name: str, tried: Tried) -> None:
    wire(stage.app, stage.undone)
    person = somebody(stage)
    for method, rule in DOORS:
        if rule.startswith("/uploads/") or method == "GET":
            continue
        path = stage.path(method, rule)
        for asked in ("GET", "POST"):
            plain, renamed = (
                stage.app.test_client().open(
                    path,
                    method=asked,
                    headers=token(person) | more,
                    query_string={"_method": method},
                    buffered=True,
                )
                for more in ({}, {name: method})
            )
            tried("methods")
            assert plain.status_code == renamed.status_code, (method, rule, asked)


@BEFORE_ANY_DATABASE
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "DEBUG", "G\u00cbT", "X" * 5000])
def test_no_method_that_is_not_ours_is_answered(stage: Stage, method: str, tried: Tried) -> None:
    for path in ("/api/v1/me", "/sync/facilities/1/pull", "/uploads/", "/healthz"):
        reply = stage.app.test_client().open(
            path, method="GET", environ_overrides={"REQUEST_METHOD": method}, buffered=True
        )
        tried("methods")
        assert reply.status_code in (400, 401, 404, 405, 412), (path, reply.status_code)


@BEFORE_ANY_DATABASE
@pytest.mark.parametrize("origin", ["https://made-up.example", "null", "https://pandus.example.made-up.example"])
def test_a_page_of_another_origin_reads_nothing_but_with_a_token(stage: Stage, origin: str, tried: Tried) -> None:
    wire(stage.app, stage.undone)
    for method, rule in DOORS:
        reply = stage.app.test_client().open(
            stage.path(method, rule), method=method, headers={"Origin": origin}, buffered=True
        )
        tried("origins")
        allowed = reply.headers.get("Access-Control-Allow-Origin")
        if not rule.startswith(("/sync/", "/uploads/")):
            assert allowed is None, rule
        elif allowed is not None:  # there are no cookies: without a token there is nothing to read
            assert reply.status_code >= 400, rule
