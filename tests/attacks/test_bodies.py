"""Bodies that are no JSON, or too much of it, and packed ones: every door refuses each in words, and quickly."""

import gzip
import io
import json
import sys
import zlib
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import pytest

from api.wiring import wire
from tests.access.doors import DOORS
from tests.access.stage import BEFORE_ANY_DATABASE, Stage, patience
from tests.api.people import token
from tests.attacks.places import somebody
from tests.tally import Tried

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DEEP = 10_000
ZEROS = bytes(40 * 1024 * 1024)


def gzipped(raw: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        raw = gzip.compress(raw, 9)
    return raw


BROKEN: Mapping[str, bytes] = {
    "nothing": b"",
    "spaces": b" \n\t ",
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep and open": b"[" * 500_000,
    "huge number": b'{"id": 1' + b"0" * 100_000 + b"}",
    "huge exponent": b'{"id": 1e999999999}',
    "not a number": b'{"id": NaN, "name": Infinity}',
    "minus infinity": b'{"id": -Infinity}',
    "cut": b'{"id": "',
    "two documents": b"{}{}",
    "trailing comma": b'{"id": 1,}',
    "comment": b"{} // x",
    "single quotes": b"{'id': 1}",
    "invalid utf-8": b'{"id": "\xff\xfe"}',
    "overlong utf-8": b'{"id": "\xc0\xaf"}',
    "utf-8 surrogate": b'{"id": "\xed\xa0\x80"}',
    "byte order mark": b'\xef\xbb\xbf{"id": "x"}',
    "utf-16": '{"id": "x"}'.encode("utf-16"),
    "utf-32": '{"id": "x"}'.encode("utf-32"),
    "lone surrogate": b'{"id": "\\ud800"}',
    "escaped nul": b'{"id": "\\u0000", "\\u0000": 1}',
    "raw nul": b'{"id": "\x00"}',
    "twice the same name": b'{"id": 1, "id": "x", "id": null}',
    "a thousand names": json.dumps({f"n{i}": i for i in range(1000)}).encode(),
    "a number": b"7",
    "a text": b'"x"',
    "null": b"null",
    "true": b"true",
    "a list": b"[{}]",
    "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "yaml": b"!!python/object/apply:os.system ['touch /tmp/pandus-canary']",
    "pickle": b"cos\nsystem\n(S'touch /tmp/pandus-canary'\ntR.",
}
PACKED: Mapping[str, tuple[str, bytes]] = {
    "gzip bomb": ("gzip", gzipped(ZEROS)),
    "gzip in gzip": ("gzip", gzipped(ZEROS, 2)),
    "said twice": ("gzip, gzip", gzipped(b"{}", 2)),
    "ten thousand empty members": ("gzip", gzipped(b"") * 10_000),
    "cut gzip": ("gzip", gzipped(b"{}" * 999)[:-9]),
    "no gzip": ("gzip", b"{}"),
    "gzip and more": ("gzip", gzipped(b"{}") + b"more"),
    "zstd bomb": ("zstd", zstd.compress(ZEROS)),
    "cut zstd": ("zstd", zstd.compress(b"{}" * 999)[:-3]),
    "no zstd": ("zstd", b"{}"),
    "deflate": ("deflate", zlib.compress(b"{}")),
    "brotli": ("br", b"\x0b\x02\x80{}\x03"),
    "unheard of": ("x-evil", b"{}"),
    "many": (", ".join(["gzip"] * 500), b"{}"),
}
KINDS = (
    "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=",
    "application/xml", "application/json; charset=utf-7", "application/json\\", "application/x-yaml", "*/*",
    "application/json, text/html", "application/JSON;charset=\"",
)  # fmt: skip
REFUSED = (400, 401, 403, 404, 409, 413, 415, 422)
DOORS_WITH_BODY = [key for key, door in DOORS.items() if door.body is not None and not key[1].startswith("/sync")]
LONGEST = 10.0  # seconds, on a machine that has other things to do


def ask(stage: Stage, key: tuple[str, str], headers: Mapping[str, str], body: bytes, **more: Any) -> Any:
    method, rule = key
    given = {"headers": dict(DOORS[key].headers) | dict(headers), "data": body} | more
    with patience():
        return stage.app.test_client().open(stage.path(method, rule), method=method, buffered=True, **given)


@pytest.fixture
def headers(stage: Stage) -> dict[str, str]:
    wire(stage.app, stage.undone)
    return token(somebody(stage)) | {"Content-Type": "application/json"}


@BEFORE_ANY_DATABASE
def test_every_door_refuses_every_body_that_it_cannot_read(
    stage: Stage, headers: dict[str, str], tried: Tried
) -> None:
    wrong = []
    for key in DOORS_WITH_BODY:
        for called, body in BROKEN.items():
            begun = perf_counter()
            reply = ask(stage, key, headers, body)
            took = perf_counter() - begun
            tried("bodies")
            plain = reply.mimetype in ("application/problem+json", "text/html")
            if reply.status_code not in REFUSED or not plain or took > LONGEST:
                wrong.append(f"{key} {called}: {reply.status_code} {reply.mimetype} in {took:.1f} s")
    assert not wrong, "\n".join(wrong[:40])


@BEFORE_ANY_DATABASE
def test_every_door_refuses_every_packed_body_that_is_not_what_it_says(
    stage: Stage, headers: dict[str, str], tried: Tried
) -> None:
    wrong = []
    for key in DOORS_WITH_BODY[::4]:
        for called, (encoding, body) in PACKED.items():
            reply = ask(stage, key, headers | {"Content-Encoding": encoding}, body)
            tried("packed bodies")
            if reply.status_code not in (400, 413, 415):
                wrong.append(f"{key} {called}: {reply.status_code}")
    assert not wrong, "\n".join(wrong)


@BEFORE_ANY_DATABASE
def test_every_door_refuses_every_kind_of_body_that_is_not_json(
    stage: Stage, headers: dict[str, str], tried: Tried
) -> None:
    for key in DOORS_WITH_BODY:
        for kind in KINDS:
            reply = ask(stage, key, headers | {"Content-Type": kind}, b'{"id": "x"}')
            tried("bodies")
            assert reply.status_code in REFUSED, (key, kind, reply.status_code)


@pytest.mark.parametrize("name", ["facilities", "audits", "drafts", "photos"])
def test_a_push_is_refused_whole_or_answered_row_by_row(
    stage: Stage, headers: dict[str, str], name: str, tried: Tried
) -> None:
    wire(stage.app, stage.real)
    client = stage.app.test_client()
    bodies = [*BROKEN.values(), *(b"[" + body + b"]" for body in BROKEN.values())]
    bodies += [b'[{"newDocumentState": ' + body + b"}]" for body in BROKEN.values()]
    for body in bodies:
        reply = client.post(f"/sync/{name}/1/push", data=body, headers=headers, buffered=True)
        tried("bodies")
        assert reply.status_code in (200, 400, 413), body[:80]
        assert reply.status_code == 200 or reply.json["error"] is True
    for encoding, body in PACKED.values():
        packed = headers | {"Content-Encoding": encoding}
        reply = client.post(f"/sync/{name}/1/push", data=body, headers=packed, buffered=True)
        tried("packed bodies")
        assert (reply.status_code in (400, 413, 415), reply.json["error"]) == (True, True)


@BEFORE_ANY_DATABASE
@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "１２", "", " 2", "99999999999999999999", "2, 2", "+2"])
def test_a_length_that_is_none_is_no_fault_of_the_server(
    stage: Stage, headers: dict[str, str], length: str, tried: Tried
) -> None:
    environ = {"CONTENT_LENGTH": length.encode().decode("latin-1"), "wsgi.input": io.BytesIO(b"{}")}
    for method, path in (("PATCH", "/api/v1/me"), ("POST", "/sync/drafts/1/push"), ("POST", "/uploads/")):
        reply = stage.app.test_client().open(
            path, method=method, headers=headers, environ_overrides=environ, buffered=True
        )
        tried("bodies")
        assert reply.status_code < 500


@BEFORE_ANY_DATABASE
def test_a_body_without_a_length_is_held_to_the_same_limit(
    stage: Stage, headers: dict[str, str], tried: Tried
) -> None:
    for size, expected in ((10, {422, 400}), (2_000_000, {413})):
        stream = io.BytesIO(b'{"digest": "' + b"x" * size)
        environ = {"wsgi.input": stream, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        reply = stage.app.test_client().patch(
            "/api/v1/me", headers=headers, environ_overrides=environ, buffered=True
        )
        tried("bodies")
        assert reply.status_code in expected
