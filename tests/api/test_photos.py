"""Photos through the API, examined in a process of their own: seen by who may see them, and by nobody else."""

import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from api import examination
from api.examination import ExaminationFailed, Examiner, examine_file
from api.settings import Settings
from api.uploads.door import KEY
from inspection.photos.examined import Examined, Refused
from inspection.photos.pictures import TOO_MANY_PIXELS, TOO_MUCH_MEMORY
from inspection.tables.people import Role
from inspection.tables.photos import Blob
from inspection.tables.regions import Home
from tests.api.copies import quick_app
from tests.inspection.photos import photo_of, push_photos
from tests.inspection.pictures import a_jpeg, a_picture, encoded
from tests.inspection.world import NEIGHBOUR, PASSES, REGION, World
from tests.shared_files import shared

TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
PICTURE = a_jpeg(640, 480, noise=True)
MOST_KILOBYTES = 300_000
LIMIT = 60_000_000


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    photos, folder = str(tmp_path / "photos"), str(tmp_path / "uploads")
    app = quick_app(Settings(database_url=fresh_url, photos=photos, upload_folder=folder, examine_photos=False))
    yield app
    app.extensions["pandus"].engine.dispose()


@pytest.fixture
def audit(world: World) -> UUID:
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind="facility"))
    return world.audited(facility, PASSES)


@pytest.fixture
def headers(world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.inspector}"}


@pytest.fixture
def upload(app: Flask, client: FlaskClient, headers: dict[str, str]) -> Callable[[bytes], None]:
    app.extensions[KEY]._units = app.extensions["pandus"].units

    def send(content: bytes) -> None:
        more = {"Upload-Length": str(len(content))}
        assert client.post("/uploads/", headers=headers | TUS | more, data=content).status_code == 201

    return send


def examine(app: Flask) -> dict[str, int]:
    parts = app.extensions["pandus"]
    return dict(Examiner(parts.units, parts.settings).run())


def test_a_photo_is_seen_once_its_bytes_have_come_and_were_examined(
    app: Flask, world: World, audit: UUID, headers: dict[str, str], upload: Callable[[bytes], None]
) -> None:
    client = app.test_client()
    document = photo_of(world, audit, content=PICTURE)
    push_photos(world, document)
    address = f"/api/v1/photos/{document['id']}"
    seen = []
    for happens in (lambda: None, lambda: upload(PICTURE), lambda: examine(app)):
        happens()
        image = client.get(f"{address}/image", headers=headers)
        seen.append((client.get(address, headers=headers).json["state"], image.status_code))
    assert seen == [("expected", 409), ("stored", 409), ("examined", 200)]
    assert image.mimetype == "image/jpeg"
    assert Image.open(BytesIO(image.data)).size == (640, 480)
    small = client.get(f"{address}/thumbnail", headers=headers)
    assert max(Image.open(BytesIO(small.data)).size) == 160
    for reply in (image, small):
        assert "immutable" in reply.headers["Cache-Control"]
        again = client.get(reply.request.path, headers=headers | {"If-None-Match": reply.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    listed = client.get(f"/api/v1/audits/{audit}/photos", headers=headers).json
    assert (listed["complete"], listed["count"], listed["items"][0]["width"]) == (True, 1, 640)
    assert examine(app) == {}


def test_a_photo_that_cannot_be_seen_says_why(
    app: Flask, world: World, audit: UUID, headers: dict[str, str], upload: Callable[[bytes], None]
) -> None:
    client = app.test_client()
    broken = PICTURE[:5000]
    document = photo_of(world, audit, content=broken)
    push_photos(world, document)
    upload(broken)
    assert examine(app) == {"refused": 1}
    address = f"/api/v1/photos/{document['id']}"
    for where in (address, f"/api/v1/audits/{audit}/photos"):
        answer = client.get(where, headers=headers | {"Accept-Language": "ru"})
        told: dict[str, Any] = answer.json or {}
        shown = told.get("items", [told])[0]
        assert (shown["state"], answer.headers["Content-Language"]) == ("refused", "ru")
        assert shown["reason"].startswith("это изображение повреждено")
    reply = client.get(f"{address}/image", headers=headers | {"Accept-Language": "ru"})
    assert (reply.status_code, reply.json["state"]) == (409, "refused")
    assert reply.json["detail"] == "Эта фотография хранится, но показать её нельзя."


def test_a_stranger_sees_neither_photo_nor_picture(
    app: Flask, world: World, audit: UUID, upload: Callable[[bytes], None]
) -> None:
    client = app.test_client()
    document = photo_of(world, audit, content=PICTURE)
    push_photos(world, document)
    upload(PICTURE)
    examine(app)
    stranger = {"Authorization": f"Bearer {world.person(Role.INSPECTOR, NEIGHBOUR)}"}
    photo = f"/api/v1/photos/{document['id']}"
    for address in (photo, f"{photo}/image", f"{photo}/thumbnail", f"/api/v1/audits/{audit}/photos"):
        assert client.get(address, headers=stranger).status_code == 404
        assert client.get(address).status_code == 401


def test_the_command_examines_and_says_what_became_of_it(
    app: Flask, upload: Callable[[bytes], None], world: World
) -> None:
    upload(PICTURE)
    upload(b"no picture at all")
    run = app.test_cli_runner().invoke
    assert run(args=["photos", "examine"]).output == "2 photos: 1 examined, 1 refused.\n"
    assert run(args=["photos", "examine"]).output == "Nothing is waiting.\n"


def test_a_failure_that_is_not_the_photos_refuses_nothing(
    app: Flask, upload: Callable[[bytes], None], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(PICTURE)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    for _ in range(4):
        done = app.test_cli_runner().invoke(args=["photos", "examine"])
        assert done.exit_code == 1
        assert "will be tried again" in done.output
    assert [blob.state for blob in world.rows(Blob)] == ["stored"]
    monkeypatch.undo()
    assert "1 examined" in app.test_cli_runner().invoke(args=["photos", "examine"]).output


def test_rung_while_it_runs_it_looks_once_more(app: Flask) -> None:
    parts = app.extensions["pandus"]
    examiner = Examiner(parts.units, parts.settings)
    runs: list[int] = []

    def run() -> Any:
        runs.append(len(runs))
        if len(runs) == 1:
            examiner.ring()

    examiner.run = run  # type: ignore[method-assign]
    with examiner._asking:
        examiner._asked = examiner._runs = True
    examiner._answer()
    assert runs == [0, 1]


@pytest.mark.parametrize("folder", ["photos", "images_malformed"])
def test_every_shared_file_is_examined_in_little_memory_and_never_crashes(folder: str, tmp_path: Path) -> None:
    files = [file for file in sorted(shared(f"data/geo/{folder}").iterdir()) if file.suffix != ".csv"]
    assert len(files) >= 10
    for file in files:
        seen = examine_file(file, tmp_path, most_pixels=LIMIT)
        assert seen.outcome if isinstance(seen.outcome, Examined) else seen.outcome.reason
        assert 0 < seen.peak_kilobytes < MOST_KILOBYTES, file.name


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels of nothing, and keeps the promise in a few kilobytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06\0\0\0"
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(width * 4 + 1)) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


HEAVY: list[tuple[str, Callable[[], bytes], type[Examined] | str]] = [
    ("60 MP", lambda: a_jpeg(10_000, 6000), Examined),
    ("61 MP", lambda: a_jpeg(10_000, 6100), TOO_MANY_PIXELS),
    ("12 MP", lambda: a_jpeg(4000, 3000, noise=True), Examined),
    ("png 24 MP", lambda: encoded(a_picture(6000, 4000), "PNG"), Examined),
    ("webp 12 MP", lambda: encoded(a_picture(4000, 3000), "WEBP"), Examined),
    ("png bomb", lambda: png_header(9000, 6600), TOO_MUCH_MEMORY),
]


@pytest.mark.parametrize(("name", "make", "expected"), HEAVY, ids=[name for name, _, _ in HEAVY])
def test_a_heavy_picture_is_seen_or_refused_within_its_memory(
    tmp_path: Path, name: str, make: Callable[[], bytes], expected: Any
) -> None:
    file = tmp_path / "heavy"
    file.write_bytes(make())
    seen = examine_file(file, tmp_path, most_pixels=LIMIT)
    if isinstance(expected, str):
        assert seen.outcome == Refused(expected)
    else:
        assert isinstance(seen.outcome, Examined)
    assert seen.peak_kilobytes < MOST_KILOBYTES


def test_a_large_progressive_jpeg_never_breaks_more_than_its_own_process(tmp_path: Path) -> None:
    """Its decoder holds all coefficients at once, so it may not fit: then it is refused."""
    file = tmp_path / "progressive"
    file.write_bytes(a_jpeg(10_000, 6000, progressive=True))
    outcome = examine_file(file, tmp_path, most_pixels=LIMIT).outcome
    assert isinstance(outcome, Examined) or outcome.reason


@pytest.mark.parametrize(
    ("died_of", "expected"),
    [
        (signal.SIGSEGV, examination.BROKE_DECODER),
        (signal.SIGABRT, examination.BROKE_DECODER),
        (signal.SIGXCPU, examination.TOO_LONG),
        (signal.SIGKILL, examination.TOO_LONG),
    ],
)
def test_a_decoder_that_dies_takes_only_its_own_process_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, died_of: signal.Signals, expected: str
) -> None:
    real = subprocess.run

    def killed(command: list[str], **how: Any) -> Any:
        return real([sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(died_of)})"], **how)

    monkeypatch.setattr(subprocess, "run", killed)
    file = tmp_path / "picture"
    file.write_bytes(PICTURE)
    assert examine_file(file, tmp_path, most_pixels=LIMIT).outcome == Refused(expected)


def test_an_examination_that_does_not_end_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "SECONDS", 0.01)
    file = tmp_path / "picture"
    file.write_bytes(PICTURE)
    with pytest.raises(ExaminationFailed):
        examine_file(file, tmp_path, most_pixels=LIMIT)


def test_the_process_that_meets_hostile_bytes_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANDUS_DATABASE_URL", "postgresql://pandus:hush@db/pandus")
    assert set(examination._environment()) == {"PYTHONPATH", "MALLOC_ARENA_MAX"}
    told = subprocess.run(
        [sys.executable, "-c", "import api.examiner, sys; print(*sys.modules)"],
        env=examination._environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"sqlalchemy", "flask", "api.settings"} & set(told.stdout.split())
    assert os.environ["PANDUS_DATABASE_URL"]
