"""What stays of a form that was never sent: its files wait, outside of everything else, and are removed."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import chores
from api.answers import door
from api.chores import CHORES
from api.photo_store import PhotoStore, StoreAway, open_store
from api.settings import Settings
from inspection.photos import blobs
from inspection.tables.answers import OperatorReply, ReplyFile
from inspection.tables.photos import Blob
from tests.api.copies import quick_app
from tests.api.test_answer_page import PDF, filled, jpeg, make_link, send
from tests.inspection.world import DOOR, FAILS, STEP, World


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    key, photos = str(tmp_path / "link.key"), str(tmp_path / "photos")
    app = quick_app(Settings(database_url=fresh_url, link_key_file=key, examine_photos=False, photos=photos))
    yield app
    app.extensions["pandus"].engine.dispose()


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an operator sits with a form before them."""

    app: Flask
    client: FlaskClient
    world: World
    facility: UUID
    address: str
    folder: Path

    @property
    def store(self) -> PhotoStore:
        """The store behind the page."""
        return open_store(self.app.extensions["pandus"].settings)

    def stored(self) -> list[str]:
        """Every file of the store, by the folder it lies in."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.folder).parts[0] for path in files)

    def send(self, given: Mapping[str, Any] = MappingProxyType({}), **sent: bytes) -> Any:
        """Send the form as it was filled in."""
        return send(self.client, self.address, filled(self.world, self.facility, **given), **sent)

    def abandon(self, **sent: bytes) -> str:
        """Send a form in which something is missing; the page that is left as it is."""
        page = self.send({"said_by": ""}, **sent)
        assert page.status_code == 422
        return str(page.text)

    def tidied(self) -> str:
        """What the chore of the night came to."""
        with self.app.app_context():
            return CHORES["files"].do(self.app.extensions["pandus"])


@pytest.fixture
def desk(app: Flask, client: FlaskClient, world: World, tmp_path: Path) -> Desk:
    facility = world.facility()
    prescription = world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})).id
    address = str(make_link(client, world.head, prescription).json["address"]).removeprefix(
        "http://127.0.0.1:8000"
    )
    return Desk(app, client, world, facility, address, tmp_path / "photos")


def marks(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('name="kept" value="')[1:]]


def test_a_form_that_was_never_sent_leaves_files_that_wait_and_no_rows(desk: Desk) -> None:
    desk.abandon(photo=jpeg(), act=PDF)
    assert desk.stored() == ["waiting", "waiting"]
    assert (desk.world.rows(Blob), desk.world.rows(ReplyFile), desk.world.rows(OperatorReply)) == ([], [], [])


def test_they_are_removed_after_a_week_and_it_can_be_done_twice(desk: Desk) -> None:
    desk.abandon(photo=jpeg(), act=PDF)
    desk.world.clock.advance(days=7)
    assert desk.tidied() == "nothing"
    desk.world.clock.advance(days=1)
    assert desk.tidied() == "2 removed"
    assert desk.stored() == []
    assert desk.tidied() == "nothing"


def test_a_photo_that_somebody_else_shares_with_them_stays(desk: Desk) -> None:
    digest, file = hashlib.sha256(jpeg()).digest(), desk.folder.with_name("sent")
    file.write_bytes(jpeg())
    desk.store.put_original(digest, file)
    desk.app.extensions["pandus"].units.write(partial(blobs.record_stored, sha256=digest, size=len(jpeg())))
    desk.abandon(photo=jpeg())
    desk.world.clock.advance(days=8)
    assert desk.tidied() == "1 removed"
    assert desk.stored() == ["originals"]
    assert len(desk.world.rows(Blob)) == 1
    assert desk.store.original_bytes(digest) == jpeg()


def test_of_two_forms_with_the_same_file_the_one_that_was_sent_keeps_it(desk: Desk) -> None:
    desk.abandon(photo=jpeg())
    assert desk.send(photo=jpeg()).status_code == 303
    desk.world.clock.advance(days=8)
    desk.tidied()
    assert desk.stored() == ["originals"]
    assert desk.store.original_bytes(hashlib.sha256(jpeg()).digest()) == jpeg()


def test_a_form_that_is_mended_within_six_days_sends_its_files_only_once(desk: Desk) -> None:
    page = desk.abandon(photo=jpeg())
    desk.world.clock.advance(days=6)
    desk.tidied()
    sent = desk.send({"kept": marks(page)})
    assert sent.status_code == 303
    assert desk.stored() == ["originals"]
    assert [row.state for row in desk.world.rows(Blob)] == ["stored"]
    assert len(desk.world.rows(ReplyFile)) == 1


def test_a_form_that_lay_open_for_longer_asks_for_its_files_again_and_promises_nothing(desk: Desk) -> None:
    page = desk.abandon(photo=jpeg())
    desk.world.clock.advance(days=7)
    late = desk.send({"kept": marks(page)})
    assert late.status_code == 422
    assert "пришлите этот файл ещё раз, он ждал слишком долго: photo.bin" in late.text
    assert marks(late.text) == []
    assert desk.world.rows(ReplyFile) == []


def test_who_dies_after_the_answer_was_taken_loses_none_of_its_files(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(door, "adopt", lambda *_: None)
        assert desk.send(photo=jpeg(), act=PDF).status_code == 303
    assert desk.stored() == ["waiting", "waiting"]
    assert desk.tidied() == "2 adopted"
    assert desk.stored() == ["originals", "originals"]
    assert [row.state for row in desk.world.rows(Blob)] == ["stored"]
    assert {desk.store.original_bytes(row.sha256) for row in desk.world.rows(ReplyFile)} == {jpeg(), PDF}


def test_a_store_that_is_away_after_the_answer_was_taken_is_no_reason_to_send_it_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise StoreAway("the storage of photos cannot be reached; send the request again")

    with monkeypatch.context() as patched:
        patched.setattr(PhotoStore, "adopt", away)
        assert desk.send(photo=jpeg()).status_code == 303
    assert len(desk.world.rows(OperatorReply)) == 1
    assert desk.tidied() == "1 adopted"


def test_it_is_cut_off_and_goes_on_where_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.abandon(photo=jpeg(), act=PDF)
    desk.world.clock.advance(days=8)
    drop, dropped = PhotoStore.drop_waiting, list[str]()

    def once(store: PhotoStore, name: str) -> None:
        if dropped:
            raise KeyboardInterrupt
        dropped.append(name)
        drop(store, name)

    with monkeypatch.context() as patched:
        patched.setattr(PhotoStore, "drop_waiting", once)
        with pytest.raises(KeyboardInterrupt):
            desk.tidied()
    assert desk.tidied() == "1 removed"


def test_it_is_a_chore_of_the_night() -> None:
    assert CHORES["files"].rhythm == CHORES["night"].rhythm
    assert chores.CHORES is CHORES
