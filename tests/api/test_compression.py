"""Bodies come packed and answers leave packed; a bomb goes off in nobody's memory."""

import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from api.bodies import CHUNK, MOST_PIECES
from api.settings import Settings
from api.views.facilities import CLIENT_EXAMPLE, ID
from tests.api.people import token
from tests.house import ROOT
from tests.inspection.maps import IN_DISTRICT, draw
from tests.inspection.world import World

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 4 * CHUNK
ECHO, LIST, STREAM, PICTURE, PACKED, PART = "/echo", "/list", "/stream", "/picture", "/packed", "/part"
REFUSAL = "/refusal"
LONG = b"[" + b"1," * 2000 + b"1]"
NOISE = bytes(zlib.crc32(i.to_bytes(4, "big")) % 256 for i in range(3 * CHUNK))  # hardly compresses
PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress}
UNPACKERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


def with_echo(app: Flask) -> Flask:
    """The application with addresses that show what arrives, and that answer in every way there is."""

    def echo() -> Response:
        answer = Response(request.get_data())
        answer.headers["Seen-Length"] = str(request.content_length)
        return answer

    def listed() -> Response:
        answer = Response(LONG[: request.args.get("size", len(LONG), int)], mimetype="application/json")
        answer.set_etag("7")
        return answer

    def raw() -> bytes:
        return request.stream.read()

    def part() -> Response:
        return Response(LONG, 206, {"Content-Range": "bytes 0-4001/9999"}, mimetype="application/json")

    packed = {"Content-Encoding": "gzip"}
    app.add_url_rule(ECHO, view_func=echo, endpoint="echo", methods=["POST"])
    app.add_url_rule(ECHO + "/form", view_func=lambda: dict(request.form), endpoint="form", methods=["POST"])
    app.add_url_rule(ECHO + "/raw", view_func=raw, endpoint="raw", methods=["POST"])
    app.add_url_rule(LIST, view_func=listed, endpoint="list")
    app.add_url_rule(STREAM, view_func=lambda: Response([LONG], mimetype="text/event-stream"), endpoint="stream")
    app.add_url_rule(PICTURE, view_func=lambda: Response(LONG, mimetype="image/jpeg"), endpoint="picture")
    answer = Response(gzip.compress(LONG) * 40, headers=packed, mimetype="application/json")
    app.add_url_rule(PACKED, view_func=lambda: answer, endpoint="packed")
    app.add_url_rule(PART, view_func=part, endpoint="part")
    app.add_url_rule(
        REFUSAL,
        view_func=lambda: Response(LONG, 422, mimetype="application/problem+json"),
        endpoint="refusal",
        methods=["GET", "POST"],
    )
    return app


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Sends requests to an application with a small limit."""
    url = f"sqlite:///{tmp_path_factory.mktemp('echo') / 'nowhere' / 'no.sqlite3'}"
    return with_echo(create_app(Settings(database_url=url, max_body_bytes=LIMIT))).test_client()


def post(client: FlaskClient, body: bytes, encoding: str, path: str = ECHO, **more: Any) -> TestResponse:
    headers = {"Content-Encoding": encoding, "Accept-Language": "en"}
    return client.post(path, data=body, headers=headers, **more)


# Bodies


@pytest.mark.parametrize("encoding", PACKERS)
@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, LIMIT - CHUNK // 2])
@pytest.mark.parametrize("content", [bytes(LIMIT), NOISE * 2])
def test_a_packed_body_arrives_as_it_was_before(
    echo: FlaskClient, encoding: str, size: int, content: bytes
) -> None:
    body = content[:size]
    packed = PACKERS[encoding](body)
    reply = post(echo, packed, encoding)
    assert reply.status_code == 200
    assert reply.data == body
    assert reply.headers["Seen-Length"] == str(len(packed))  # HTTP's: the bytes on the way


@pytest.mark.parametrize("encoding", ["GZIP", "x-gzip", " gzip ", "identity, gzip"])
def test_an_encoding_is_known_by_each_of_its_names(echo: FlaskClient, encoding: str) -> None:
    assert post(echo, gzip.compress(b"name"), encoding).data == b"name"


@pytest.mark.parametrize("encoding", ["", "identity", "Identity"])
def test_a_body_that_is_not_packed_is_read_as_it_is(echo: FlaskClient, encoding: str) -> None:
    assert post(echo, b"plain", encoding).data == b"plain"


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_body_of_no_bytes_is_empty_whatever_is_said_of_it(echo: FlaskClient, encoding: str) -> None:
    assert (post(echo, b"", encoding).status_code, post(echo, b"", encoding).data) == (200, b"")


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_form_is_unpacked_too(echo: FlaskClient, encoding: str) -> None:
    packed = PACKERS[encoding](b"kind=ramp")
    reply = post(echo, packed, encoding, ECHO + "/form", content_type="application/x-www-form-urlencoded")
    assert reply.json == {"kind": "ramp"}


def test_a_view_that_reads_the_stream_gets_the_bytes_as_they_were_sent(echo: FlaskClient) -> None:
    packed = gzip.compress(b"photo")
    assert post(echo, packed, "gzip", ECHO + "/raw").data == packed


@pytest.mark.parametrize("encoding", PACKERS)
def test_pieces_one_after_another_are_one_body(echo: FlaskClient, encoding: str) -> None:
    packed = b"".join(PACKERS[encoding](part) for part in (b"one ", b"", b"two ", b"three" * CHUNK))
    reply = post(echo, packed, encoding)
    assert reply.status_code == 413
    packed = b"".join(PACKERS[encoding](part) for part in (b"one ", b"", b"two ", b"x" * CHUNK))
    assert post(echo, packed, encoding).data == b"one two " + b"x" * CHUNK


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_body_of_very_many_empty_pieces_is_refused(echo: FlaskClient, encoding: str) -> None:
    piece = PACKERS[encoding](b"")
    assert post(echo, piece * MOST_PIECES, encoding).status_code == 200
    assert post(echo, piece * (MOST_PIECES + 1), encoding).status_code == 400


@pytest.mark.parametrize("encoding", PACKERS)
@pytest.mark.parametrize("harm", ["cut", "cut in its first bytes", "followed", "padded", "bent", "plain", "other"])
def test_a_body_that_is_broken_is_refused_and_told_what_is_read(
    echo: FlaskClient, encoding: str, harm: str
) -> None:
    packed = PACKERS[encoding](NOISE)
    middle = len(packed) // 2
    others = {name: pack for name, pack in PACKERS.items() if name != encoding}
    broken = {
        "cut": packed[:-1],
        "cut in its first bytes": packed[:3],
        "followed": packed + b"and more",
        "padded": packed + b"\0" * 512,
        "bent": packed[:middle] + bytes(255 - b for b in packed[middle : middle + 40]) + packed[middle + 40 :],
        "plain": b'{"kind": "ramp"}',
        "other": next(iter(others.values()))(NOISE),
    }[harm]
    reply = post(echo, broken, encoding)
    assert reply.status_code == 400
    assert reply.mimetype == "application/problem+json"
    (fault,) = reply.json["errors"]
    assert "Content-Encoding" in fault["reason"]
    assert "gzip" in fault["accepted"]
    assert "zstd" in fault["accepted"]


def test_a_flipped_checksum_of_gzip_is_noticed(echo: FlaskClient) -> None:
    packed = bytearray(gzip.compress(b"audit"))
    packed[-8] ^= 1
    assert post(echo, bytes(packed), "gzip").status_code == 400


def test_a_window_wider_than_http_allows_is_refused(echo: FlaskClient) -> None:
    packed = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 24})
    assert post(echo, packed.compress(b"wide") + packed.flush(), "zstd").status_code == 400
    packed = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 23})
    assert post(echo, packed.compress(b"wide") + packed.flush(), "zstd").data == b"wide"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "gzip, zstd", "zstd, br", "pigeon", "*"])
def test_an_encoding_that_is_not_ours_is_refused_and_told_which_are(echo: FlaskClient, encoding: str) -> None:
    reply = post(echo, gzip.compress(b"x"), encoding)
    assert reply.status_code == 415
    assert reply.json["type"] == "/problems/unsupported-media-type"
    assert reply.json["accepted"] == "one of: gzip, zstd"
    assert reply.headers["Accept-Encoding"] == "gzip, zstd"


@pytest.mark.parametrize("encoding", PACKERS)
def test_what_becomes_longer_than_the_limit_is_refused(echo: FlaskClient, encoding: str) -> None:
    assert post(echo, PACKERS[encoding](b"x" * LIMIT), encoding).status_code == 200
    reply = post(echo, PACKERS[encoding](b"x" * (LIMIT + 1)), encoding)
    assert reply.status_code == 413
    assert str(LIMIT) in reply.json["accepted"]


def test_a_packed_body_that_is_too_long_as_it_was_sent_is_refused(echo: FlaskClient) -> None:
    assert post(echo, b"x" * (LIMIT + 1), "gzip").status_code == 413


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_packed_body_of_unsaid_length_is_read_to_its_end(echo: FlaskClient, encoding: str) -> None:
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    packed = PACKERS[encoding](NOISE[:100])
    assert post(echo, packed, encoding, environ_overrides=chunked).data == NOISE[:100]


BOMB = """
import resource, sys
from api.app import create_app
from api.settings import Settings
from tests.api.test_compression import PACKERS, with_echo
size, limit, encoding = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
settings = Settings(database_url="sqlite:////nowhere/no.sqlite3", max_body_bytes=limit)
client = with_echo(create_app(settings)).test_client()
bomb = open(sys.argv[4], "rb").read()
client.post("/echo", data=PACKERS[encoding](b"warm"), headers={"Content-Encoding": encoding})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
status = client.post("/echo", data=bomb, headers={"Content-Encoding": encoding}).status_code
print(status, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def make_bomb(encoding: str, size: int) -> bytes:
    zeros = bytes(1 << 20)
    packer: Any = zstd.ZstdCompressor() if encoding == "zstd" else zlib.compressobj(1, wbits=31)
    return b"".join([*(packer.compress(zeros) for _ in range(size >> 20)), packer.flush()])


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_bomb_takes_no_more_memory_than_the_limit(encoding: str, tmp_path: Path) -> None:
    size, limit = 256 << 20, 16 << 20
    file = tmp_path / "bomb"
    file.write_bytes(make_bomb(encoding, size))
    assert file.stat().st_size < limit // 4
    command = [sys.executable, "-c", BOMB, str(size), str(limit), encoding, str(file)]
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'inspect'}"}
    done = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, check=True)
    status, taken = map(int, done.stdout.split())
    assert status == 413
    assert taken < 1.5 * limit + (12 << 20)  # the window of zstd is 8 MB at most


# Answers


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("*", "zstd"),
    ],
)
def test_a_long_answer_is_compressed_as_the_client_likes(echo: FlaskClient, accepts: str, encoding: str) -> None:
    reply = echo.get(LIST, headers={"Accept-Encoding": accepts})
    assert reply.headers["Content-Encoding"] == encoding
    assert reply.headers["Content-Length"] == str(len(reply.data))
    assert "Accept-Encoding" in reply.vary
    assert len(reply.data) < len(LONG) / 10
    assert UNPACKERS[encoding](reply.data) == LONG


@pytest.mark.parametrize("accepts", ["", "identity", "deflate", "gzip;q=0", "br;q=0, *", "identity, gzip;q=0.5"])
def test_a_client_that_does_not_want_it_gets_the_answer_plain(echo: FlaskClient, accepts: str) -> None:
    reply = echo.get(LIST, headers={"Accept-Encoding": accepts})
    assert "Content-Encoding" not in reply.headers
    assert "Accept-Encoding" in reply.vary  # a cache must not give this answer to another client's question
    assert reply.data == LONG


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_long_refusal_is_compressed_and_stays_a_refusal(echo: FlaskClient, method: str) -> None:
    reply = echo.open(REFUSAL, method=method, headers={"Accept-Encoding": "gzip"})
    assert (reply.status_code, reply.status) == (422, "422 UNPROCESSABLE ENTITY")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.data) == LONG


@pytest.mark.parametrize(("size", "compressed"), [(1023, False), (1024, True)])
def test_a_short_answer_is_left_alone(echo: FlaskClient, size: int, *, compressed: bool) -> None:
    reply = echo.get(f"{LIST}?size={size}", headers={"Accept-Encoding": "gzip"})
    assert ("Content-Encoding" in reply.headers) == compressed


@pytest.mark.parametrize("path", [STREAM, PICTURE])
def test_streams_and_pictures_are_left_alone(echo: FlaskClient, path: str) -> None:
    reply = echo.get(path, headers={"Accept-Encoding": "gzip, br, zstd"})
    assert "Content-Encoding" not in reply.headers
    assert "Accept-Encoding" not in reply.vary
    assert reply.data == LONG


def test_an_answer_that_is_compressed_already_is_left_alone(echo: FlaskClient) -> None:
    reply = echo.get(PACKED, headers={"Accept-Encoding": "gzip, br, zstd"})
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.data) == LONG * 40


def test_a_part_of_an_answer_is_left_alone(echo: FlaskClient) -> None:
    reply = echo.get(PART, headers={"Accept-Encoding": "gzip"})
    assert (reply.status_code, reply.data) == (206, LONG)
    assert "Content-Encoding" not in reply.headers


def test_head_says_what_get_would(echo: FlaskClient) -> None:
    accepts = {"Accept-Encoding": "gzip"}
    head, got = (echo.open(LIST, method=method, headers=accepts) for method in ("HEAD", "GET"))
    assert head.data == b""
    told = ("Content-Encoding", "Content-Length", "Content-Type", "ETag", "Vary")
    assert [head.headers[name] for name in told] == [got.headers[name] for name in told]


@pytest.mark.parametrize("accepts", ["gzip", "br", "identity"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_holds_already_is_not_sent_again(echo: FlaskClient, accepts: str, method: str) -> None:
    first = echo.get(LIST, headers={"Accept-Encoding": accepts})
    again = {"Accept-Encoding": accepts, "If-None-Match": first.headers["ETag"]}
    reply = echo.open(LIST, method=method, headers=again)
    assert (reply.status_code, reply.data) == (304, b"")
    assert reply.headers["ETag"] == first.headers["ETag"]
    assert "Accept-Encoding" in reply.vary
    assert "Content-Encoding" not in reply.headers


def test_what_the_client_holds_in_another_encoding_is_sent_again(echo: FlaskClient) -> None:
    held = echo.get(LIST, headers={"Accept-Encoding": "br"}).headers["ETag"]
    reply = echo.get(LIST, headers={"Accept-Encoding": "gzip", "If-None-Match": held})
    assert reply.status_code == 200
    assert reply.headers["ETag"] != held


def made(world: World, client: FlaskClient) -> str:
    """Address of a facility with a long document."""
    draw(world)
    here = {"lat": IN_DISTRICT.lat, "lon": IN_DISTRICT.lon, "address_ru": "Выдуманная улица " * 25}
    sent = {"id": ID, **CLIENT_EXAMPLE, **here}
    assert client.post("/api/v1/facilities", json=sent, headers=token(world.inspector)).status_code == 201
    return f"/api/v1/facilities/{ID}"


@pytest.mark.parametrize("accepts", ["zstd", "br", "gzip"])
def test_a_version_read_from_a_compressed_answer_is_good_for_a_change(
    world: World, client: FlaskClient, accepts: str
) -> None:
    path = made(world, client)
    headers = token(world.inspector) | {"Accept-Encoding": accepts}
    read = client.get(path, headers=headers)
    assert read.headers["Content-Encoding"] == accepts
    assert read.headers["ETag"].endswith(f':{accepts}"')
    change = headers | {"If-Match": read.headers["ETag"]}
    assert client.patch(path, json={"catchment": 5}, headers=change).status_code == 200
    assert client.patch(path, json={"catchment": 6}, headers=change).status_code == 412
    for strange in ('"2:rot13"', '"2:gzip:gzip"', '":gzip"', '"2:"'):
        assert client.patch(path, json={}, headers=headers | {"If-Match": strange}).status_code == 412


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_packed_change_is_taken_by_the_real_address(world: World, client: FlaskClient, encoding: str) -> None:
    path = made(world, client)
    headers = token(world.inspector) | {"If-Match": '"1"', "Content-Encoding": encoding}
    body = PACKERS[encoding](b'{"catchment": 5}')
    reply = client.patch(path, data=body, headers=headers, content_type="application/json")
    assert (reply.status_code, reply.json["catchment"]) == (200, 5)
