"""What every answer carries, whatever was asked and however it ended."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from api.wiring import wire
from tests.access.doors import DOORS
from tests.access.stage import BEFORE_ANY_DATABASE, Stage
from tests.api.people import token
from tests.attacks.places import somebody
from tests.tally import Tried

UNSAFE = ("unsafe-inline", "unsafe-eval", "unsafe-hashes", "*", "http:", "https:", "data: blob:", "strict-dynamic")
# Looks as in a mail, where nothing but attributes can style it; they load nothing and run nothing.
LETTER = {f"{method} /api/v1/letters/<uuid:letter_id>/paper" for method in ("GET", "HEAD")}


def policy(said: str) -> dict[str, list[str]]:
    """The directives of a content policy."""
    return {words[0]: words[1:] for words in (part.split() for part in said.split(";")) if words}


def answers(stage: Stage) -> Iterator[tuple[str, Any]]:
    """Of every door to one who may, to nobody, to what cannot be read, and to other methods; and of no door."""
    person = somebody(stage)
    for (method, rule), door in DOORS.items():
        wire(stage.app, stage.real if door.commits else stage.undone)
        path = stage.path(method, rule)
        client = stage.app.test_client()
        given: dict[str, Any] = {} if door.body is None else {"json": door.body(stage.scene)}
        query, headers = dict(door.query(stage.scene)), dict(door.headers) | token(person)
        yield f"{method} {rule}", client.open(path, method=method, headers=headers, query_string=query, **given)
        yield f"{method} {rule} by nobody", client.open(path, method=method, headers=door.headers)
        yield (
            f"{method} {rule} unread",
            client.open(path, method=method, headers=headers, data=b"{", query_string="?"),
        )
        yield f"OPTIONS {rule}", client.options(path)
        if method == "GET":
            yield f"HEAD {rule}", client.head(path, headers=headers, query_string=query)
        yield f"PUT {rule}", client.put(path) if method != "PUT" else client.delete(path)
    for path in ("/", "/nowhere", "/static/nowhere", "/api/v1/nowhere", "/sync/nowhere/1/pull", "/uploads/x"):
        yield path, stage.app.test_client().get(path)


@pytest.fixture
def encrypted(stage: Stage) -> Iterator[Stage]:
    """The stage as it is behind TLS."""
    settings = replace(stage.real.settings, public_url="https://pandus.example")
    yield replace(
        stage, real=replace(stage.real, settings=settings), undone=replace(stage.undone, settings=settings)
    )
    wire(stage.app, stage.real)


def faults(reply: Any, lean: bool, styled: bool) -> Iterator[str]:
    headers = reply.headers
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "may be sniffed"
    if headers.get("Strict-Transport-Security") != "max-age=31536000":
        yield "may be asked without TLS"
    for cookie in headers.getlist("Set-Cookie"):
        said = {part.strip() for part in cookie.split(";")[1:]}
        if not {"Secure", "HttpOnly", "SameSite=Lax"} <= said:
            yield f"sets a cookie that others may read: {cookie.partition('=')[0]}"
    if any(name in headers for name in ("X-Powered-By", "Via")) or "Werkzeug" in headers.get("Server", ""):
        yield "says what it is made of"
    kept = headers.get("Cache-Control", "")
    if "public" in kept or not ({"no-store", "private", "no-cache"} & set(kept.replace(" ", "").split(","))):
        yield f"is kept: {kept!r}"
    if not lean:
        yield from _faults_for_pages(reply, styled)


def _faults_for_pages(reply: Any, styled: bool) -> Iterator[str]:
    headers = reply.headers
    said = policy(headers.get("Content-Security-Policy", ""))
    if styled and said.pop("style-src-attr", None) != ["'unsafe-inline'"]:
        yield "is not shown as it looks in a mail"
    if "default-src" not in said or said.get("frame-ancestors") != ["'none'"]:
        yield f"has no policy: {said}"
    if any(word in " ".join(words) for words in said.values() for word in UNSAFE):
        yield f"has a weak policy: {said}"
    if headers.get("Referrer-Policy") != "no-referrer":
        yield "tells others where it is"
    if headers.get("Cross-Origin-Resource-Policy") != "same-origin":
        yield "is shown by pages of others"
    if reply.mimetype == "text/html":
        if headers.get("Cross-Origin-Opener-Policy") != "same-origin" or "camera=()" not in headers.get(
            "Permissions-Policy", ""
        ):
            yield "is a page with too much"
        if "base-uri" not in said or "form-action" not in said or said.get("object-src") != ["'none'"]:
            yield f"is a page with a weak policy: {said}"


@BEFORE_ANY_DATABASE
def test_every_answer_of_every_route_carries_what_protects_who_reads_it(encrypted: Stage, tried: Tried) -> None:
    wrong, statuses = [], set()
    for called, reply in answers(encrypted):
        # Tablets pay for headers by the byte, and read no pages (`api/sync/lean.py`).
        lean = "/sync/" in called and reply.status_code < 300
        styled = called in LETTER and reply.status_code == 200
        wrong += [f"{called} ({reply.status_code}) {fault}" for fault in faults(reply, lean, styled)]
        statuses.add(reply.status_code)
        tried("headers")
        reply.close()
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:40])
    assert {200, 201, 204, 400, 401, 404, 405, 409, 415, 422} <= statuses


@BEFORE_ANY_DATABASE
def test_without_tls_nothing_is_said_of_it(stage: Stage) -> None:
    wire(stage.app, stage.undone)
    assert "Strict-Transport-Security" not in stage.app.test_client().get("/healthz").headers
