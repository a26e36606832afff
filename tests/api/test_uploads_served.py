"""Uploads to the real server in its own processes: connections that die, servers that are killed, real clients."""

import hashlib
import os
import signal
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from tusclient.client import TusClient

from api.app import create_app
from api.migrate import upgrade
from api.settings import Settings, read_settings
from tests.api.test_serve import COMMAND, PATIENCE, ask, environment
from tests.house import ROOT
from tests.inspection.pictures import a_jpeg

PHOTO = a_jpeg(1600, 1200, noise=True)
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings_of(tmp_path: Path, port: int) -> dict[str, str]:
    """The environment of a server whose every file lies in the test's folder."""
    more = {"PANDUS_PHOTOS": str(tmp_path / "photos"), "PANDUS_UPLOAD_FOLDER": str(tmp_path / "uploads")}
    return environment(tmp_path, port, **more, PANDUS_WORKERS="2")


@pytest.fixture
def settings(settings_of: dict[str, str]) -> Settings:
    return read_settings({k: v for k, v in settings_of.items() if k.startswith("PANDUS_")})


@pytest.fixture
def token(settings: Settings) -> str:
    upgrade(settings.database_url)
    app = create_app(settings)
    arguments = ["people", "add", "Үлгі Инспектор", "--role", "inspector", "--area", "KZ"]
    said = app.test_cli_runner().invoke(args=arguments).output
    app.extensions["pandus"].engine.dispose()
    return said.strip()


@contextmanager
def serving(settings_of: dict[str, str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=settings_of,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(PATIENCE):
            try:
                if ask(port, "/healthz")[0] == 200:
                    break
            except (URLError, ConnectionError):
                assert process.poll() is None
                Event().wait(0.1)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def server(settings_of: dict[str, str], port: int, token: str) -> Iterator["subprocess.Popen[bytes]"]:
    with serving(settings_of, port) as process:
        yield process


def send(port: int, method: str, path: str, sent: bytes = b"", **headers: str) -> tuple[int, Any]:
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(f"http://127.0.0.1:{port}{path}", method=method, headers=TUS | spelled, data=sent or None)
    try:
        with urlopen(request, timeout=30) as reply:
            return reply.status, reply.headers
    except HTTPError as refused:
        with refused:
            return refused.code, refused.headers


def begin(port: int, token: str, sent: bytes) -> str:
    length = str(len(sent))
    status, headers = send(port, "POST", "/uploads/", Authorization=f"Bearer {token}", Upload_Length=length)
    assert status == 201
    return str(headers["Location"])


def offset(port: int, address: str) -> int:
    status, headers = send(port, "HEAD", address)
    assert status == 200
    return int(headers["Upload-Offset"])


def patch(port: int, address: str, start: int, sent: bytes) -> tuple[int, Any]:
    return send(port, "PATCH", address, sent, Upload_Offset=str(start), Content_Type=BYTES["Content-Type"])


def half_sent(port: int, address: str, start: int, sent: bytes, *, length: int) -> socket.socket:
    """A connection that promised `length` bytes and has sent fewer."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = f"PATCH {address} HTTP/1.1\r\nHost: x\r\nUpload-Offset: {start}\r\nContent-Length: {length}\r\n"
    more = "".join(f"{name}: {value}\r\n" for name, value in (TUS | BYTES).items())
    connection.sendall((head + more + "\r\n").encode() + sent)
    return connection


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(PATIENCE):
        if true():
            return
        Event().wait(0.05)
    raise AssertionError("it did not come true")


def wait_for_more_than(size: int, folder: Path) -> None:
    wait_until(lambda: partial_size(folder) >= size)


def partial_size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.part"))


def stored(settings: Settings, sent: bytes) -> bytes:
    name = hashlib.sha256(sent).hexdigest()
    return (Path(settings.photos) / "originals" / name[:2] / name[2:4] / name).read_bytes()


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_what_came_before_a_cut_is_kept_and_the_upload_goes_on_from_there(
    server: object, port: int, token: str, settings: Settings, how: str
) -> None:
    address = begin(port, token, PHOTO)
    cut = len(PHOTO) // 3
    connection = half_sent(port, address, 0, PHOTO[:cut], length=len(PHOTO))
    if how == "reset":
        wait_until(lambda: partial_size(Path(settings.upload_folder)) > cut - 20_000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    wait_until(lambda: partial_size(Path(settings.upload_folder)) == cut)
    assert offset(port, address) == cut
    assert patch(port, address, cut, PHOTO[cut:])[0] == 204
    assert stored(settings, PHOTO) == PHOTO


def test_a_connection_that_only_fell_silent_is_relieved_by_the_next_one_in_any_process(
    server: object, port: int, token: str, settings: Settings
) -> None:
    address = begin(port, token, PHOTO)
    silent = []
    reached = 0
    for _ in range(4):  # connections spread over both processes
        piece = PHOTO[reached : reached + 100_000]
        silent.append(half_sent(port, address, reached, piece, length=len(PHOTO) - reached))
        wait_for_more_than(reached + 80_000, Path(settings.upload_folder))
        reached = offset(port, address)
    assert patch(port, address, reached, PHOTO[reached:])[0] == 204
    assert stored(settings, PHOTO) == PHOTO
    silent[0].sendall(b"x" * 20_000)  # it was only a hole in the road
    assert silent[0].recv(100).startswith(b"HTTP/1.1 423")
    for connection in silent:
        connection.close()


def test_silent_connections_do_not_keep_others_from_being_answered(server: object, port: int, token: str) -> None:
    addresses = [begin(port, token, PHOTO) for _ in range(12)]
    silent = [half_sent(port, address, 0, PHOTO[:10], length=len(PHOTO)) for address in addresses]
    for _ in range(6):
        assert ask(port, "/readyz")[0] == 200
    for connection in silent:
        connection.close()


def test_a_server_that_is_killed_goes_on_where_the_bytes_end(
    settings_of: dict[str, str], settings: Settings, port: int, token: str
) -> None:
    with serving(settings_of, port) as first:
        address = begin(port, token, PHOTO)
        connection = half_sent(port, address, 0, PHOTO[:200_000], length=len(PHOTO))
        wait_until(lambda: partial_size(Path(settings.upload_folder)) > 180_000)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        connection.close()
    with serving(settings_of, port):
        reached = offset(port, address)
        assert 180_000 < reached <= 200_000
        assert patch(port, address, reached, PHOTO[reached:])[0] == 204
    assert stored(settings, PHOTO) == PHOTO


def test_tuspy_uploads_in_pieces_with_checksums_and_goes_on_after_a_cut(
    server: object, port: int, token: str, settings: Settings
) -> None:
    client = TusClient(f"http://127.0.0.1:{port}/uploads/", headers={"Authorization": f"Bearer {token}"})
    first = client.uploader(file_stream=BytesIO(PHOTO), chunk_size=100_000, upload_checksum=True)
    first.upload(stop_at=300_000)
    address = str(first.url).removeprefix(f"http://127.0.0.1:{port}")
    reached = offset(port, address)
    assert reached >= 300_000
    half_sent(port, address, reached, PHOTO[reached : reached + 50_000], length=len(PHOTO) - reached).close()
    wait_until(lambda: partial_size(Path(settings.upload_folder)) == reached + 50_000)
    second = client.uploader(file_stream=BytesIO(PHOTO), chunk_size=100_000, url=first.url, upload_checksum=True)
    assert second.offset == reached + 50_000
    second.upload()
    assert stored(settings, PHOTO) == PHOTO


def test_the_server_looks_at_what_has_come_without_being_told(
    server: object, port: int, token: str, settings: Settings
) -> None:
    assert patch(port, begin(port, token, PHOTO), 0, PHOTO)[0] == 204
    wait_until(lambda: any((Path(settings.photos) / "public").rglob("*.jpg")))


def test_the_memory_of_the_server_does_not_grow_with_the_body(
    server: "subprocess.Popen[bytes]", port: int, token: str, settings: Settings
) -> None:
    for _ in range(8):  # both processes have then loaded what they need
        assert patch(port, begin(port, token, PHOTO[:2000]), 0, PHOTO[:2000])[0] == 204
    whole = PHOTO * (30_000_000 // len(PHOTO))
    before = memory_of(server.pid)
    assert patch(port, begin(port, token, whole), 0, whole)[0] == 204
    assert stored(settings, whole) == whole
    after = memory_of(server.pid)
    grown = {process: after[process] - peak for process, peak in before.items()}
    assert len(grown) == 3
    assert max(grown.values()) < 15_000, grown


def memory_of(group: int) -> dict[str, int]:
    """Process to the most memory that it has held so far, in kilobytes, of a group of processes."""
    peaks = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == group:
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
                peaks[status.parent.name] = int(lines["VmHWM"].split()[0])
        except (ProcessLookupError, FileNotFoundError, KeyError):
            continue
    return peaks
