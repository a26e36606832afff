"""tus-js-client 4 against a real server: photos from places with a bad link."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID

import pytest

from inspection.database import connect
from tests.clients.conftest import ServersClock
from tests.clients.node import Script
from tests.clients.server import Link, Server
from tests.inspection.world import World, sessions_on

SIZE = 3_000_000
MakePhoto = Callable[..., tuple[Path, dict[str, str]]]


@pytest.fixture(scope="module")
def server(node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all: an upload is nobody else's business."""
    folder = tmp_path_factory.mktemp("uploads")
    server = Server(f"sqlite:///{folder / 'pandus.sqlite3'}", folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def inspector(server: Server) -> Iterator[UUID]:
    """Somebody who may begin uploads; their token is their id."""
    engine, chance = connect(server.database_url), Random("somebody")
    world = World(sessions_on(engine), ServersClock(), lambda: UUID(int=chance.getrandbits(128), version=4))
    yield world.inspector
    engine.dispose()


@pytest.fixture
def photo(tmp_path: Path) -> MakePhoto:
    """Makes a file that looks like none other, and what is told of it."""

    def make(number: int = 1, size: int = SIZE) -> tuple[Path, dict[str, str]]:
        file = tmp_path / f"фото {number}.jpg"
        file.write_bytes(content := Random(number).randbytes(size))
        told = {"filename": file.name, "filetype": "image/jpeg", "sha256": hashlib.sha256(content).hexdigest()}
        return file, told

    return make


@pytest.fixture
def uploads(run: Callable[[str], Script], inspector: UUID, link: Link) -> Callable[..., Script]:
    """Begins uploads in one client."""
    script = run("tus.js")

    def begin(name: str, file: Path, told: dict[str, str], **about: Any) -> Script:
        plain = {"url": link.url, "token": str(inspector)}
        script.do("begin", name=name, file=str(file), metadata=told, **{**plain, **about})
        return script

    return begin


def head(link: Link, url: str) -> tuple[int, dict[str, str]]:
    """Where an upload stands, asked without a token."""
    address = url if url.startswith("http") else link.url + url
    try:
        with urlopen(Request(address, method="HEAD", headers={"Tus-Resumable": "1.0.0"}), timeout=20) as reply:
            return reply.status, {name.lower(): value for name, value in reply.headers.items()}
    except HTTPError as refused:
        with refused:
            return refused.code, {}


def kept(server: Server) -> set[str]:
    """SHA-256 of every photo that the server has."""
    files = [file for file in server.photos.rglob("*") if file.is_file()]
    return {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def arrived(server: Server) -> int:
    """Bytes of uploads that are not complete yet."""
    return sum(file.stat().st_size for file in server.uploads.rglob("*") if file.is_file())


def offsets(link: Link) -> list[int]:
    """From where each PATCH went on."""
    return [int(headers["Upload-Offset"]) for method, _, headers in link.seen if method == "PATCH"]


def test_an_upload_arrives_whole(
    link: Link, server: Server, photo: MakePhoto, uploads: Callable[..., Script]
) -> None:
    file, told = photo()
    ended = uploads("one", file, told).do("end", name="one")
    assert "refused" not in ended
    assert told["sha256"] in kept(server)
    status, headers = head(link, ended["url"])
    assert (status, headers["upload-offset"], headers["upload-length"]) == (200, str(SIZE), str(SIZE))


def test_an_upload_that_was_cut_goes_on_where_it_was_cut(
    link: Link, server: Server, photo: MakePhoto, uploads: Callable[..., Script]
) -> None:
    link.stop_after("PATCH", "/uploads/", SIZE // 2, until=lambda: arrived(server) > 0)
    file, told = photo(2)
    ended = uploads("one", file, told).do("end", name="one")
    assert "refused" not in ended
    assert told["sha256"] in kept(server)
    assert len(link.lost) == 1
    first, *others = offsets(link)
    assert first == 0
    assert 0 < min(others) <= SIZE // 2
    assert [method for method, _, _ in link.seen].count("POST") == 1
    assert head(link, ended["url"])[1]["upload-offset"] == str(SIZE)


def test_an_upload_whose_answer_was_lost_is_not_sent_again(
    link: Link, photo: MakePhoto, uploads: Callable[..., Script]
) -> None:
    link.lose("PATCH", "/uploads/")
    ended = uploads("one", *photo(3)).do("end", name="one")
    assert "refused" not in ended
    assert offsets(link) == [0]  # the HEAD that followed said that everything is there


def test_an_upload_that_is_given_up_is_gone(link: Link, photo: MakePhoto, uploads: Callable[..., Script]) -> None:
    client = uploads("one", *photo(4), chunkSize=SIZE // 10)
    ended = client.do("giveUp", name="one")
    assert head(link, ended["url"])[0] in (404, 410)
    assert "DELETE" in [method for method, _, _ in link.seen]


def test_several_uploads_at_once_all_arrive(
    link: Link, server: Server, photo: MakePhoto, uploads: Callable[..., Script]
) -> None:
    sizes = {f"photo {n}": SIZE // n for n in range(1, 6)}
    hashes = set()
    for n, (name, size) in enumerate(sizes.items()):
        file, told = photo(10 + n, size)
        hashes.add(told["sha256"])
        client = uploads(name, file, told, chunkSize=SIZE // 4)
    for name, size in sizes.items():
        ended = client.do("end", name=name)
        assert "refused" not in ended
        assert head(link, ended["url"])[1]["upload-offset"] == str(size)
    assert kept(server) >= hashes


def test_a_token_that_is_not_known_begins_no_upload(
    link: Link, photo: MakePhoto, uploads: Callable[..., Script]
) -> None:
    ended = uploads("one", *photo(), token="expired").do("end", name="one")
    assert ended["refused"] == 401
    assert [method for method, _, _ in link.seen] == ["POST"]


def test_bytes_that_are_not_those_that_were_told_are_refused(
    link: Link, server: Server, photo: MakePhoto, uploads: Callable[..., Script]
) -> None:
    before, (file, told) = kept(server), photo(99)
    ended = uploads("one", file, told | {"sha256": "0" * 64}).do("end", name="one")
    assert "refused" in ended
    assert kept(server) == before
