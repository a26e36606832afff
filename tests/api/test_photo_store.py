"""One store of photos, two kinds of place: a folder, and storage that speaks S3. Both pass the same tests."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

from api.photo_store import NotStored, PhotoStore, Place, StoreAway, open_store
from api.settings import Settings, SettingsRefused, read_settings

BUCKET = "pandus-photos"
CONTENT = os.urandom(7_000_000)  # more than one part of a multipart upload
SHA256 = hashlib.sha256(CONTENT).digest()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3, with one empty bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    with urlopen(Request(f"{address}/{BUCKET}", method="PUT"), timeout=20) as made:
        assert made.status == 200
    yield address
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "folder":
        return Settings(photos=f"file://{tmp_path}/deep/photos")
    return Settings(
        photos=f"s3://{BUCKET}/some/prefix",
        storage_endpoint=request.getfixturevalue("endpoint"),
        storage_key_id="id",
        storage_secret_key="secret",
    )


@pytest.fixture
def store(settings: Settings) -> PhotoStore:
    return open_store(settings)


def test_an_original_comes_back_as_it_was_put(store: PhotoStore, tmp_path: Path) -> None:
    file = tmp_path / "sent"
    file.write_bytes(CONTENT)
    store.put_original(SHA256, file)
    store.put_original(SHA256, file)  # sent twice, or stored by two processes at once
    fetched = store.original(SHA256, tmp_path)
    assert fetched.read_bytes() == CONTENT


def test_a_copy_comes_back_as_it_was_put_and_apart_from_the_original(store: PhotoStore, tmp_path: Path) -> None:
    file = tmp_path / "sent"
    file.write_bytes(CONTENT[:10])
    store.put_original(SHA256, file)
    store.put_public(SHA256, b"a picture")
    assert store.public(SHA256) == b"a picture"
    assert store.original(SHA256, tmp_path).read_bytes() == CONTENT[:10]


def test_what_is_not_there_or_out_of_reach_is_said_to_be_away(store: PhotoStore, settings: Settings) -> None:
    with pytest.raises(StoreAway):
        store.public(bytes(32))
    if settings.storage_endpoint:
        nowhere = open_store(replace(settings, photos="s3://no-such-bucket"))
        with pytest.raises(StoreAway):
            nowhere.put_public(SHA256, b"a picture")


def test_what_lies_there_comes_in_pieces_and_what_does_not_is_no_store_out_of_reach(
    store: PhotoStore, tmp_path: Path
) -> None:
    file = tmp_path / "sent"
    file.write_bytes(CONTENT)
    store.put_original(SHA256, file)
    pieces = list(store.pieces(Place.ORIGINAL, SHA256))
    assert (b"".join(pieces), len(pieces) > 1) == (CONTENT, True)
    for missing in (store.pieces(Place.PUBLIC, bytes(32)), store.waiting_pieces("nobody")):
        with pytest.raises(NotStored):
            list(missing)


def test_in_a_folder_the_place_is_named_by_the_hash(tmp_path: Path) -> None:
    open_store(Settings(photos=str(tmp_path))).put_public(SHA256, b"a picture")
    name = SHA256.hex()
    assert (tmp_path / "public" / name[:2] / name[2:4] / f"{name}.jpg").read_bytes() == b"a picture"


@pytest.mark.parametrize(
    "place", ["ftp://x/y", "s3://", "s3://a", "s3://UPPER/x", "http://x", "file://relative", "", "a\0b"]
)
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(SettingsRefused, match="PANDUS_PHOTOS must be a folder"):
        read_settings({"PANDUS_PHOTOS": place})


@pytest.mark.parametrize(
    "place", ["var/photos", "/srv/photos", "file:///srv/photos", "s3://abc", "s3://a-b.c/d/e/"]
)
def test_a_folder_or_a_bucket_is_taken(place: str) -> None:
    assert read_settings({"PANDUS_PHOTOS": place}).photos == place


def test_what_waits_is_listed_and_adopted_or_dropped_each_as_often_as_one_likes(
    store: PhotoStore, tmp_path: Path
) -> None:
    file = tmp_path / "sent"
    file.write_bytes(b"small")
    digest = hashlib.sha256(b"small").digest()
    assert store.waiting() == []
    store.put_waiting("b", file)
    store.put_waiting("a", file)
    assert store.waiting() == ["a", "b"]
    for _ in range(2):
        store.adopt("a", digest)
        store.drop_waiting("b")
    assert store.waiting() == []
    assert store.original_bytes(digest) == b"small"


def test_what_nobody_has_is_not_adopted(store: PhotoStore) -> None:
    with pytest.raises(StoreAway):
        store.adopt("c", b"\7" * 32)
