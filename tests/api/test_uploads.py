"""tus 1.0 at /uploads/: every rule of the protocol and of its real clients, through the real application."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from api.settings import Settings
from api.uploads.door import KEY
from api.uploads.receiving import TICK
from api.uploads.service import Uploads
from api.work import Units
from inspection.tables.people import Role
from inspection.tables.photos import Blob, Upload
from tests.api.conftest import SignIn
from tests.api.copies import quick_app
from tests.api.people import token
from tests.clock import Clock
from tests.inspection.world import REGION, World

PHOTO = bytes(range(256)) * 40
SHA256 = hashlib.sha256(PHOTO)
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}
MOST = 100_000


@pytest.fixture
def settings(fresh_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=fresh_url,
        photos=str(tmp_path / "photos"),
        upload_folder=str(tmp_path / "uploads"),
        upload_max_bytes=MOST,
        examine_photos=False,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = quick_app(settings)
    yield app
    app.extensions["pandus"].engine.dispose()


@pytest.fixture
def uploads(app: Flask) -> Uploads:
    service: Uploads = app.extensions[KEY]
    return service


@pytest.fixture
def headers(sign_in: SignIn) -> dict[str, str]:
    return sign_in() | TUS


def metadata(**pairs: str) -> dict[str, str]:
    spelled = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())
    return {"Upload-Metadata": spelled}


def begin(
    client: FlaskClient, headers: dict[str, str], length: int = len(PHOTO), more: dict[str, str] | None = None
) -> str:
    reply = client.post("/uploads/", headers={**headers, "Upload-Length": str(length), **(more or {})})
    assert reply.status_code == 201, reply.text
    return str(reply.headers["Location"])


def patch(client: FlaskClient, address: str, offset: int, sent: bytes, **more: str) -> TestResponse:
    return client.patch(address, headers={**TUS, **BYTES, "Upload-Offset": str(offset), **more}, data=sent)


def offset(client: FlaskClient, address: str) -> int:
    reply = client.head(address, headers=TUS)
    assert reply.status_code == 200
    return int(reply.headers["Upload-Offset"])


def rows(units: Units, model: type[Any]) -> list[Any]:
    return list(units.read(lambda work: work.session.scalars(select(model)).all()))


def stored(settings: Settings, digest: str = SHA256.hexdigest()) -> bytes:
    return (Path(settings.photos) / "originals" / digest[:2] / digest[2:4] / digest).read_bytes()


def test_the_address_says_what_it_can_do(client: FlaskClient) -> None:
    reply = client.options("/uploads/")
    assert reply.status_code == 204
    assert reply.headers["Tus-Version"] == "1.0.0"
    assert reply.headers["Tus-Extension"] == "creation,creation-with-upload,expiration,checksum,termination"
    assert reply.headers["Tus-Checksum-Algorithm"] == "sha1,sha256,md5"
    assert reply.headers["Tus-Max-Size"] == str(MOST)


def test_a_photo_arrives_in_pieces_and_is_stored_by_its_hash(
    client: FlaskClient, headers: dict[str, str], units: Units, settings: Settings
) -> None:
    address = begin(client, headers, more=metadata(sha256=SHA256.hexdigest(), filename="ф.jpg"))
    for start in range(0, len(PHOTO), 4096):
        reply = patch(client, address, start, PHOTO[start : start + 4096])
        assert reply.status_code == 204
        assert reply.headers["Upload-Offset"] == str(min(start + 4096, len(PHOTO)))
        assert reply.headers["Upload-Expires"].endswith("GMT")
    assert stored(settings) == PHOTO
    (blob,) = rows(units, Blob)
    assert (bytes(blob.sha256), blob.state, blob.size) == (SHA256.digest(), "stored", len(PHOTO))
    assert list(Path(settings.upload_folder).iterdir()) == []
    assert offset(client, address) == len(PHOTO)  # whoever lost the last answer asks, and hears that all is there


def test_an_upload_can_begin_with_its_bytes(
    client: FlaskClient, headers: dict[str, str], settings: Settings
) -> None:
    sent = {**headers, **BYTES, "Upload-Length": str(len(PHOTO))}
    reply = client.post("/uploads/", headers=sent, data=PHOTO)
    assert (reply.status_code, reply.headers["Upload-Offset"]) == (201, str(len(PHOTO)))
    assert stored(settings) == PHOTO


def test_an_upload_of_no_bytes_is_complete_when_it_begins(
    client: FlaskClient, headers: dict[str, str], units: Units
) -> None:
    address = begin(client, headers, 0)
    assert offset(client, address) == 0
    assert [(blob.size, blob.state) for blob in rows(units, Blob)] == [(0, "stored")]


def test_the_length_may_be_told_later_and_once(
    client: FlaskClient, headers: dict[str, str], settings: Settings
) -> None:
    reply = client.post("/uploads/", headers={**headers, "Upload-Defer-Length": "1"})
    address = reply.headers["Location"]
    assert patch(client, address, 0, PHOTO[:100]).status_code == 204
    asked = client.head(address, headers=TUS)
    assert (asked.headers["Upload-Defer-Length"], "Upload-Length" in asked.headers) == ("1", False)
    more = {"Upload-Length": str(len(PHOTO))}
    assert patch(client, address, 100, PHOTO[100:200], **more).status_code == 204
    assert client.head(address, headers=TUS).headers["Upload-Length"] == str(len(PHOTO))
    assert patch(client, address, 200, b"", **{"Upload-Length": "5000"}).status_code == 400
    assert patch(client, address, 200, PHOTO[200:]).status_code == 204
    assert stored(settings) == PHOTO


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "1e3"}, 400),
        ({"Upload-Length": str(MOST + 1)}, 413),
        ({"Upload-Defer-Length": "2"}, 400),
        ({"Upload-Length": "5", "Upload-Defer-Length": "1"}, 400),
        ({"Upload-Length": "5", "Upload-Concat": "partial"}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "sha256 ###"}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "a YQ==,a YQ=="}, 400),
        ({"Upload-Length": "5", **metadata(sha256="abc")}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "x " + "A" * 5000}, 400),
        ({"Upload-Length": "5", "Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "5", "Authorization": "Bearer nobody"}, 401),
        ({"Upload-Length": "5", "Device-Id": "mine"}, 422),
    ],
)
def test_what_cannot_begin_is_refused_with_a_problem_that_every_client_reads(
    client: FlaskClient, headers: dict[str, str], told: dict[str, str], status: int
) -> None:
    reply = client.post("/uploads/", headers=headers | told)
    assert (reply.status_code, reply.mimetype) == (status, "application/problem+json")
    assert (reply.json["error"], reply.json["code"]) == (True, status)
    assert reply.headers["Tus-Resumable"] == "1.0.0"
    assert status != 412 or reply.headers["Tus-Version"] == "1.0.0"


@pytest.mark.parametrize("said", ["", "   ", "filename", "filename ,is_confidential", "filename 0YQuanBn, x YQ=="])
def test_metadata_may_be_empty_and_keys_may_have_no_value(
    client: FlaskClient, headers: dict[str, str], said: str
) -> None:
    address = begin(client, headers, more={"Upload-Metadata": said})
    assert client.head(address, headers=TUS).headers.get("Upload-Metadata", "") == said.strip()


def test_who_may_send_no_audits_may_send_no_photos(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in(Role.MINISTRY) | TUS | {"Upload-Length": "5"}
    assert client.post("/uploads/", headers=headers).status_code == 403


def test_who_might_once_send_audits_may_bring_home_their_photos(
    app: Flask, client: FlaskClient, world: World, clock: Clock
) -> None:
    app.extensions[KEY]._units = app.extensions["pandus"].units
    for since, until, status in ((-9, -1, 201), (1, None, 403)):
        person = world.person()
        ends = None if until is None else clock() + timedelta(days=until)
        world.grant(person, Role.INSPECTOR, REGION, clock() + timedelta(days=since), ends)
        headers = token(person) | TUS | {"Upload-Length": "5"}
        assert client.post("/uploads/", headers=headers).status_code == status


def test_another_offset_is_refused_and_nothing_is_written(client: FlaskClient, headers: dict[str, str]) -> None:
    address = begin(client, headers)
    assert patch(client, address, 0, PHOTO[:100]).status_code == 204
    for wrong in (0, 99, 101):
        reply = patch(client, address, wrong, PHOTO[wrong:])
        assert (reply.status_code, reply.json["offset"]) == (409, 100)
    assert offset(client, address) == 100


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_bytes_that_fell_over_on_the_way_are_thrown_away(
    client: FlaskClient, headers: dict[str, str], algorithm: str
) -> None:
    address = begin(client, headers)
    piece = PHOTO[:1000]
    right = base64.b64encode(hashlib.new(algorithm, piece).digest()).decode()
    sent = {"Upload-Checksum": f"{algorithm} {right}"}
    broken = patch(client, address, 0, b"x" + piece[1:], **sent)
    assert (broken.status_code, broken.json["error"]) == (460, True)
    assert offset(client, address) == 0
    assert patch(client, address, 0, piece, **sent).status_code == 204
    assert offset(client, address) == 1000


def test_a_checksum_that_nobody_knows_or_can_read_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    address = begin(client, headers)
    for said in ("crc32 AAAA", "sha1 %%%", "sha1"):
        assert patch(client, address, 0, PHOTO, **{"Upload-Checksum": said}).status_code in (400, 460)
    assert offset(client, address) == 0


def test_bytes_in_another_media_type_are_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    address = begin(client, headers)
    assert patch(client, address, 0, PHOTO, **{"Content-Type": "image/jpeg"}).status_code == 415
    sent = {**headers, "Upload-Length": "5", "Content-Type": "image/jpeg"}
    assert client.post("/uploads/", headers=sent, data=b"12345").status_code == 415


def test_bytes_that_were_packed_for_the_way_are_refused_and_not_stored(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    address = begin(client, headers)
    for packed in ("gzip", "zstd", "identity, gzip", "nonsense"):
        reply = patch(client, address, 0, PHOTO, **{"Content-Encoding": packed})
        assert (reply.status_code, reply.json["accepted"]) == (415, "Content-Encoding: identity")
    sent = {**headers, **BYTES, "Upload-Length": "5", "Content-Encoding": "gzip"}
    assert client.post("/uploads/", headers=sent, data=b"12345").status_code == 415
    assert offset(client, address) == 0
    assert patch(client, address, 0, PHOTO, **{"Content-Encoding": "Identity"}).status_code == 204


def test_more_bytes_than_were_told_are_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    address = begin(client, headers, 100)
    assert patch(client, address, 0, PHOTO).status_code == 413
    assert patch(client, address, 0, PHOTO[:100]).status_code == 204
    assert patch(client, address, 100, b"x").status_code == 413
    assert patch(client, address, 100, b"").status_code == 204


def test_bytes_that_are_not_those_of_the_told_hash_are_refused_and_forgotten(
    client: FlaskClient, headers: dict[str, str], units: Units, settings: Settings
) -> None:
    address = begin(client, headers, more=metadata(sha256="0" * 64))
    reply = patch(client, address, 0, PHOTO)
    assert (reply.status_code, reply.json["type"]) == (460, "/problems/checksum-differs")
    assert client.head(address, headers=TUS).status_code == 410
    assert rows(units, Blob) == []
    assert rows(units, Upload)[0].reason
    assert list(Path(settings.upload_folder).iterdir()) == []


def test_the_address_is_enough_and_another_secret_is_not(
    client: FlaskClient, headers: dict[str, str], units: Units
) -> None:
    address = begin(client, headers)
    secret = address.rpartition("/")[2]
    assert secret not in str([vars(row) for row in rows(units, Upload)])
    for wrong in (address[:-1] + ("a" if address[-1] != "a" else "b"), "/uploads/none/at-all"):
        assert client.head(wrong, headers=TUS).status_code == 404
        assert patch(client, wrong, 0, PHOTO).status_code == 404
        assert client.delete(wrong, headers=TUS).status_code == 404
    assert offset(client, address) == 0


def test_an_upload_that_was_ended_is_gone(
    client: FlaskClient, headers: dict[str, str], settings: Settings
) -> None:
    address = begin(client, headers)
    patch(client, address, 0, PHOTO[:100])
    assert client.delete(address, headers=TUS).status_code == 204
    assert client.head(address, headers=TUS).status_code == 410
    assert patch(client, address, 100, PHOTO[100:]).status_code == 410
    assert list(Path(settings.upload_folder).iterdir()) == []


def test_a_proxy_may_let_only_post_through(
    client: FlaskClient, headers: dict[str, str], settings: Settings
) -> None:
    address = begin(client, headers)
    sent = {**TUS, **BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert client.post(address, headers=sent, data=PHOTO).status_code == 204
    assert stored(settings) == PHOTO
    asked = client.post(address, headers={**TUS, "X-HTTP-Method-Override": "HEAD"})
    assert asked.headers["Upload-Offset"] == str(len(PHOTO))
    assert client.post(address, headers=TUS).status_code == 400


def test_browsers_of_any_origin_are_answered(client: FlaskClient, headers: dict[str, str]) -> None:
    origin = {"Origin": "https://app.example"}
    asked = client.options("/uploads/", headers=origin | {"Access-Control-Request-Method": "POST"})
    allowed = asked.headers["Access-Control-Allow-Headers"]
    assert {"Authorization", "Upload-Checksum", "X-HTTP-Method-Override"} <= set(allowed.split(", "))
    assert asked.headers["Access-Control-Allow-Methods"] == "POST, HEAD, PATCH, DELETE, OPTIONS"
    for reply in (
        asked,
        client.post("/uploads/", headers=headers | origin | {"Upload-Length": "5"}),
        client.post("/uploads/", headers=headers | origin),
        client.head("/uploads/nothing/here", headers=origin),
    ):
        assert reply.headers["Access-Control-Allow-Origin"] == origin["Origin"]
        assert "Upload-Offset" in reply.headers["Access-Control-Expose-Headers"]
        assert "Origin" in reply.headers["Vary"]


def test_where_an_upload_stands_is_never_kept_by_a_cache(client: FlaskClient, headers: dict[str, str]) -> None:
    address = begin(client, headers)
    assert client.head(address, headers=TUS).headers["Cache-Control"] == "no-store"
    assert client.head(address[:-1], headers=TUS).headers["Cache-Control"] == "no-store"


def test_while_the_database_is_away_nobody_is_told_that_the_upload_is_lost(
    client: FlaskClient, headers: dict[str, str], uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = begin(client, headers)

    def away(*_: Any) -> Any:
        raise OperationalError("SELECT", None, Exception("the server closed the connection"))

    monkeypatch.setattr(uploads, "_units", type("Away", (), {"read": away})())
    assert client.head(address, headers=TUS).status_code == 423


def test_while_somebody_writes_an_upload_others_are_told_to_wait_and_the_writer_hears_of_them(
    client: FlaskClient, headers: dict[str, str], uploads: Uploads
) -> None:
    address = begin(client, headers)
    waits: list[float] = []
    uploads.files._pause = waits.append
    with uploads.files.hold(UUID(address.split("/")[2])) as held:
        assert not held.is_wanted()
        assert client.head(address, headers=TUS).status_code == 423
        assert patch(client, address, 0, PHOTO).status_code == 423
        assert client.delete(address, headers=TUS).status_code == 423
        assert held.is_wanted()
    assert sum(waits) > 3  # seconds in which the other one could have let go
    assert patch(client, address, 0, PHOTO).status_code == 204


def test_the_writer_is_relieved_with_its_bytes_kept(
    client: FlaskClient, headers: dict[str, str], uploads: Uploads
) -> None:
    address = begin(client, headers)

    class Slow:
        """A body during which somebody else asks for the upload."""

        def __init__(self) -> None:
            self.pieces = [PHOTO[:500], PHOTO[500:1000], PHOTO[1000:1100], b""]

        def read(self, _size: int = -1) -> bytes:
            if len(self.pieces) == 2:
                file = uploads.files.folder / address.split("/")[2]
                while file.with_suffix(".part").stat().st_size < 1000:  # read ahead, and not written yet
                    Event().wait(TICK)
                file.with_suffix(".wanted").touch()
                Event().wait(10 * TICK)  # a link that has nothing for a while
            return self.pieces.pop(0)

    sent = {**TUS, **BYTES, "Upload-Offset": "0", "Transfer-Encoding": "chunked"}
    environ = {"wsgi.input": Slow(), "wsgi.input_terminated": True}
    reply = client.patch(address, headers=sent, environ_overrides=environ)
    assert reply.status_code == 423
    assert offset(client, address) == 1000  # what had come is kept
    assert patch(client, address, offset(client, address), PHOTO[offset(client, address) :]).status_code == 204


def test_more_uploads_at_once_than_a_process_takes_are_told_to_wait(
    client: FlaskClient, headers: dict[str, str], uploads: Uploads
) -> None:
    address = begin(client, headers)
    taken = [uploads._slots.acquire(blocking=False) for _ in range(8)]
    assert all(taken)
    assert patch(client, address, 0, PHOTO).status_code == 423
    assert offset(client, address) == 0
    uploads._slots.release()
    assert patch(client, address, 0, PHOTO).status_code == 204


def test_what_had_all_come_when_the_server_stopped_is_finished_by_whoever_asks(
    client: FlaskClient, headers: dict[str, str], uploads: Uploads, settings: Settings
) -> None:
    address = begin(client, headers)
    upload_id = UUID(address.split("/")[2])
    with uploads.files.hold(upload_id) as held:  # as it lies there after SIGKILL between file and store
        held.append_at(0).write(PHOTO)
    assert offset(client, address) == len(PHOTO)
    assert stored(settings) == PHOTO


def test_the_same_bytes_are_stored_once(client: FlaskClient, headers: dict[str, str], units: Units) -> None:
    for _ in range(2):
        assert patch(client, begin(client, headers), 0, PHOTO).status_code == 204
    assert len(rows(units, Blob)) == 1
    assert [row.state for row in rows(units, Upload)] == ["complete"] * 2


def test_a_store_that_is_out_of_reach_loses_nothing(
    client: FlaskClient, headers: dict[str, str], settings: Settings
) -> None:
    address = begin(client, headers)
    Path(settings.photos).write_text("a file where the folder should be")
    assert patch(client, address, 0, PHOTO).status_code == 503
    assert client.head(address, headers=TUS).status_code == 423
    Path(settings.photos).unlink()
    assert offset(client, address) == len(PHOTO)
    assert stored(settings) == PHOTO


def test_uploads_past_their_time_are_gone_and_swept_away(
    app: Flask, client: FlaskClient, world: World, clock: Clock, settings: Settings
) -> None:
    service: Uploads = app.extensions[KEY]
    service._units = app.extensions["pandus"].units
    headers = {"Authorization": f"Bearer {world.inspector}"} | TUS
    old, done, young = (begin(client, headers) for _ in range(3))
    patch(client, old, 0, PHOTO[:10])
    patch(client, done, 0, PHOTO)
    clock.advance(days=6)
    patch(client, young, 0, PHOTO[:20])  # each byte prolongs it
    clock.advance(days=2)
    (Path(settings.upload_folder) / f"{world.new_id()}.part").write_bytes(b"nobody's")
    assert client.head(old, headers=TUS).status_code == 410
    assert "3 uploads swept." in app.test_cli_runner().invoke(args=["photos", "sweep"]).output
    assert client.head(old, headers=TUS).status_code == 404
    assert client.head(done, headers=TUS).status_code == 404
    assert offset(client, young) == 20
    assert stored(settings) == PHOTO
    assert "0 uploads swept." in app.test_cli_runner().invoke(args=["photos", "sweep"]).output


def test_an_upload_knows_the_tablet_and_its_region(
    app: Flask, client: FlaskClient, world: World, make_upload: Callable[..., Upload]
) -> None:
    own = world.device(world.inspector)
    foreign = world.device(world.colleague)
    assert make_upload(own).home_region == REGION
    assert make_upload(foreign).home_region is None


@pytest.fixture
def make_upload(app: Flask, client: FlaskClient, world: World) -> Callable[[UUID], Upload]:
    app.extensions[KEY]._units = app.extensions["pandus"].units

    def make(device: UUID) -> Upload:
        headers = {"Authorization": f"Bearer {world.inspector}", "Device-Id": str(device)} | TUS
        made = UUID(begin(client, headers).split("/")[2])
        (row,) = world.rows(Upload, Upload.id == made)
        return row

    return make
