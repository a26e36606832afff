"""A backup put back: what comes again, what is refused, and what a restore that died leaves."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import make_url, text

from api import migrate
from api.backup import restoring
from api.backup.restoring import Restorer
from api.backup.unfinished import refuse_half_restored
from api.database_roles import grant
from api.photo_store import Place
from inspection.tables.answers import ReplyFile
from inspection.tables.notices import Letter
from inspection.tables.people import Device
from inspection.tables.photos import Blob
from inspection.tables.prescriptions import Prescription
from inspection.tables.regions import RegionHead
from tests.api.installations import NONE_SINCE, Installation, Places, installed, stamp
from tests.api.people import token
from tests.api.tablet import Tablet, inserted
from tests.api.test_answer_page import PDF, filled, jpeg, make_link, send
from tests.api.test_tablet_tokens import paired, pairing, renewed
from tests.clients.documents import a_draft
from tests.clock import Clock
from tests.inspection.world import DOOR, FAILS, STEP, World, sessions_on
from tests.servers.databases import Databases

BUCKET = "pandus-photos"
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


@pytest.fixture
def places(databases: Databases, tmp_path: Path) -> Places:
    return Places(databases, tmp_path)


@pytest.fixture
def here(fresh_url: str, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    """An installation that will be lost."""
    stamp(fresh_url)
    with installed(fresh_url, tmp_path / "here", clock) as installation:
        yield installation


@pytest.fixture
def world(here: Installation, new_id: Callable[[], UUID]) -> World:
    return here.world(new_id)


@pytest.fixture
def audit(world: World) -> UUID:
    return world.audited(world.facility(), {DOOR: FAILS[DOOR]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def there(places: Places, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    """Where it is restored."""
    (tmp_path / "there").mkdir()
    with installed(places.empty(), tmp_path / "there", clock) as installation:
        yield installation


def refused(installation: Installation, *words: str) -> str:
    result = installation.run(*words)
    assert result.exit_code != 0, result.output
    assert not isinstance(result.exception, (AssertionError, TypeError)), result.output
    return str(result.output)


def seen_from(there: Installation, world: World) -> World:
    """The same small world in the restored database."""
    moved = World.__new__(World)
    vars(moved).update(vars(world), open_session=sessions_on(there.app.extensions["pandus"].engine))
    return moved


def test_everything_comes_back(
    here: Installation, there: Installation, world: World, audit: UUID, folder: Path
) -> None:
    world.prescribe(audit)
    digest = here.photo(world, audit, b"a ramp")
    tablet = Tablet(here.app.test_client(), world.inspector, world.device(world.inspector))
    tablet.push("drafts", inserted(a_draft(world, world.facility())))  # of which nobody hears: it was simply taken
    before = here.rows()
    here.must("backup", str(folder))
    said = there.must("restore", str(folder), NONE_SINCE)
    assert "2 files of photos put back, 0 were there." in said
    assert "0 letters and 0 digests are held, 2 feeds have a new epoch." in said
    assert "were mended" not in said
    assert there.rows() == before
    assert b"".join(there.store.pieces(Place.ORIGINAL, digest)) == b"a ramp"
    assert there.store.public(digest) == b"public a ramp"
    assert "0 flaws" in there.must("journal", "verify")
    assert "nothing was changed" in there.must("feed", "rebuild")
    assert there.app.test_client().get("/readyz").status_code == 200
    assert there.app.test_client().get("/api/v1/me", headers=token(world.head)).status_code == 200


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3, with one empty bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with urlopen(Request(f"http://{host}:{port}/{BUCKET}", method="PUT"), timeout=20) as made:
        assert made.status == 200
    yield f"http://{host}:{port}"
    server.stop()


@only_sqlite
def test_photos_move_between_a_folder_and_a_bucket(
    *, here: Installation, places: Places, world: World, audit: UUID, folder: Path, endpoint: str
) -> None:
    digest = here.photo(world, audit, b"a ramp" * 1_000_000)
    here.must("backup", str(folder))
    s3 = {"photos": f"s3://{BUCKET}/some", "storage_endpoint": endpoint}
    keys = {"storage_key_id": "id", "storage_secret_key": "secret"}
    with installed(places.empty(), folder.parent / "bucket", here.clock, **s3, **keys) as bucket:
        bucket.must("restore", str(folder), NONE_SINCE)
        again = folder.parent / "again"
        bucket.must("backup", str(again))
    with installed(places.empty(), folder.parent / "back", here.clock) as back:
        back.must("restore", str(again), NONE_SINCE)
        assert b"".join(back.store.pieces(Place.ORIGINAL, digest)) == b"a ramp" * 1_000_000
        assert back.store.public(digest).startswith(b"public ")


def test_the_newest_is_taken_or_the_one_that_is_named(
    *, here: Installation, there: Installation, places: Places, world: World, audit: UUID, folder: Path
) -> None:
    here.must("backup", str(folder))
    here.clock.advance(days=1)
    world.audited(world.facility(), {DOOR: FAILS[DOOR]})
    here.must("backup", str(folder))
    there.must("restore", str(folder), NONE_SINCE)
    assert len(there.rows()["audits"]) == 2
    first = min(path for path in folder.iterdir() if path.name[0] == "2")
    with installed(places.empty(), folder.parent / "third", here.clock) as third:
        third.must("restore", str(first), NONE_SINCE)
        assert len(third.rows()["audits"]) == 1


def test_what_was_not_stored_by_hash_yet_is_put_in_its_place(
    here: Installation, there: Installation, world: World, folder: Path
) -> None:
    facility = world.facility()
    audit = world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})
    prescription = world.prescribe(audit)
    client = here.app.test_client()
    address = make_link(client, world.head, prescription.id).json["address"]
    reply = send(client, address, filled(world, facility), **{"ramp.jpg": jpeg(), "paper.pdf": PDF})
    assert reply.status_code == 303
    files = {bytes(file.sha256): file for file in world.rows(ReplyFile)}
    for digest in files:  # as if the process had died before it adopted them
        name = digest.hex()
        original = Path(here.settings.photos) / "originals" / name[:2] / name[2:4] / name
        here.store.put_waiting(f"2026-03-16.{uuid4()}.{name}", original)
        original.unlink()
    with world.unit() as unit:
        unit.session.execute(text("DELETE FROM blobs"))
    here.must("backup", str(folder))
    there.must("restore", str(folder), NONE_SINCE)
    for digest in files:
        assert b"".join(there.store.pieces(Place.ORIGINAL, digest))
    (blob,) = seen_from(there, world).rows(Blob)  # the picture; papers are examined by nobody
    assert (blob.state, files[bytes(blob.sha256)].media_type) == ("stored", "image/jpeg")


def test_a_tablet_is_asked_again_for_bytes_that_the_backup_does_not_have(
    here: Installation, there: Installation, world: World, audit: UUID, folder: Path
) -> None:
    lost, kept = here.photo(world, audit, b"a ramp"), here.photo(world, audit, b"a door")
    here.must("backup", str(folder))
    for place, digest in ((Place.ORIGINAL, lost), (Place.PUBLIC, kept)):
        name = digest.hex()
        (folder / "photos" / place.value / name[:2] / name[2:4] / name).unlink()
    assert "2 files of photos cannot be restored; --allow-missing goes on" in refused(
        there, "restore", str(folder), NONE_SINCE
    )
    said = there.must("restore", str(folder), NONE_SINCE, "--allow-missing")
    assert "tablets that hold them are asked for them again" in said
    blobs = {bytes(blob.sha256): blob.state for blob in seen_from(there, world).rows(Blob)}
    assert blobs == {lost: "expected", kept: "stored"}  # the second one is examined anew
    assert "nothing was changed" in there.must("feed", "rebuild")


def test_a_photo_that_was_missing_when_the_backup_was_made_stops_no_restore(
    here: Installation, there: Installation, world: World, audit: UUID, folder: Path
) -> None:
    here.photo(world, audit, b"a ramp")
    shutil.rmtree(here.settings.photos)
    here.must("backup", str(folder), "--allow-missing")
    assert "was missing when the backup was made" in there.must("restore", str(folder), NONE_SINCE)
    assert [blob.state for blob in seen_from(there, world).rows(Blob)] == ["expected"]


def test_wrong_bytes_in_a_store_that_was_not_lost_are_replaced(
    here: Installation, there: Installation, world: World, audit: UUID, folder: Path
) -> None:
    wrong = here.photo(world, audit, b"a ramp")
    here.photo(world, audit, b"a door")
    here.must("backup", str(folder))
    shutil.copytree(here.settings.photos, there.settings.photos)
    name = wrong.hex()
    (Path(there.settings.photos) / "originals" / name[:2] / name[2:4] / name).write_bytes(b"A ramp")
    assert "1 files of photos put back, 3 were there." in there.must("restore", str(folder), NONE_SINCE)
    assert b"".join(there.store.pieces(Place.ORIGINAL, wrong)) == b"a ramp"


# What is refused.


def test_a_database_that_has_tables_is_left_alone(
    *, here: Installation, places: Places, world: World, audit: UUID, folder: Path, fresh_url: str
) -> None:
    here.must("backup", str(folder))
    before = here.rows()
    said = refused(here, "restore", str(folder), NONE_SINCE)
    assert "the database has tables already: a backup is restored into an empty one" in said
    assert here.rows() == before
    migrated = places.empty()
    migrate.upgrade(migrated)
    with installed(migrated, folder.parent / "new", here.clock) as new:
        assert "has tables already" in refused(new, "restore", str(folder), NONE_SINCE)


def test_a_backup_of_the_other_kind_of_database_is_refused(
    here: Installation, there: Installation, world: World, folder: Path
) -> None:
    here.must("backup", str(folder))
    is_sqlite = there.settings.database_url.startswith("sqlite")
    other = "postgresql://nobody@127.0.0.1:9/x" if is_sqlite else f"sqlite:///{folder.parent}/x.sqlite3"
    restorer = Restorer(replace(there.settings, database_url=other), folder)
    with pytest.raises(Exception, match="a backup of"):
        restorer.refuse()
    assert not (folder.parent / "x.sqlite3").exists()


def test_a_backup_of_a_newer_program_is_refused(
    here: Installation, there: Installation, world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.unit() as unit:
        unit.session.execute(text("UPDATE alembic_version SET version_num = '9001'"))
    here.must("backup", str(folder))
    assert "the backup has the schema 9001, which this program does not know" in refused(
        there, "restore", str(folder), NONE_SINCE
    )


def test_a_backup_of_an_older_program_is_migrated(
    places: Places, there: Installation, folder: Path, clock: Clock
) -> None:
    url = places.empty()
    migrate.upgrade(url, "0025")
    with installed(url, folder.parent / "old", clock) as old:
        old.must("backup", str(folder))
    there.must("restore", str(folder))  # no departments, no numbers
    assert there.app.test_client().get("/readyz").json == {"status": "ok", "schema": migrate.head()}


def test_a_journal_that_was_rewritten_is_refused_or_accepted_knowingly(
    here: Installation, there: Installation, world: World, audit: UUID, folder: Path
) -> None:
    with world.unit() as unit:
        unit.session.execute(text("UPDATE journal SET reason = 'рука' WHERE number = 2"))
    here.must("backup", str(folder))
    said = refused(there, "restore", str(folder), NONE_SINCE)
    assert "the journal in the backup is not what was written" in said
    assert "750000000 entry 2: tampered" in said
    assert "entry 2: tampered" in there.must("restore", str(folder), NONE_SINCE, "--accept-flaws")


def test_rows_that_are_not_those_of_the_manifest_are_refused(
    *,
    here: Installation,
    there: Installation,
    world: World,
    audit: UUID,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here.must("backup", str(folder))
    restorer = Restorer(there.settings, folder)
    lied = {**restorer.manifest.counts, "audits": 7}
    restorer.manifest = replace(restorer.manifest, counts=lied)
    with pytest.raises(Exception, match="it has 1 rows of audits, not 7"):
        restorer.restore(restoring.Wish({}))


# The numbers of prescriptions.


def test_nothing_is_restored_before_somebody_says_which_numbers_were_given(
    here: Installation, there: Installation, world: World, audit: UUID, folder: Path
) -> None:
    world.prescribe(audit)
    here.must("backup", str(folder))
    said = refused(there, "restore", str(folder))
    assert "--floor АЛ:2026=…  (the backup knows 1)" in said
    assert "АЛ:2027" in refused_a_year_later(there, folder)
    for floor, why in (
        ("АЛ:2026=0", "from 1, which the backup knows, to 999999"),
        ("ЖЕ:2026=5", "nobody asks for the numbers of this department"),
        ("АЛ-2026-5", "is not DEPARTMENT:YEAR=NUMBER"),
    ):
        assert why in refused(there, "restore", str(folder), "--floor", floor)
    if there.settings.database_url.startswith("sqlite"):
        assert list((folder.parent / "there").iterdir()) == []


def refused_a_year_later(there: Installation, folder: Path) -> str:
    now = there.clock.now
    there.clock.advance(days=365)
    said = refused(there, "restore", str(folder), "--floor", "АЛ:2026=5")
    there.clock.now = now
    return said


@pytest.mark.parametrize("how", ["option", "file", "asked"])
def test_a_new_prescription_has_a_number_above_the_floor(
    *,
    here: Installation,
    there: Installation,
    world: World,
    audit: UUID,
    folder: Path,
    how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.prescribe(audit)
    second = world.audited(world.facility(), {DOOR: FAILS[DOOR]})
    here.must("backup", str(folder))
    file = folder.parent / "floors.txt"
    file.write_text("АЛ:2026=41\n")
    given = {"option": ["--floor", "АЛ:2026=41"], "file": ["--floors", str(file)], "asked": []}[how]
    if how == "asked":
        monkeypatch.setattr("api.commands.restore.is_asked", lambda: True)
    result = there.run("restore", str(folder), *given, input="0\n41\n")
    assert result.exit_code == 0, result.output
    moved = seen_from(there, world)
    moved.prescribe(second)
    assert sorted(row.number for row in moved.rows(Prescription)) == [1, 42]


# A restore that died.


class Died(Exception):
    """As a kill does, at a place of the test's choosing."""


STEPS = ("migrate.upgrade", "verify", "return_photos", "say_lost", "rebuild_all", "restoring.finish")


@pytest.mark.parametrize("step", STEPS)
def test_one_that_died_serves_nobody_and_is_begun_again(
    *,
    here: Installation,
    there: Installation,
    world: World,
    audit: UUID,
    folder: Path,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.prescribe(audit)
    here.photo(world, audit, b"a ramp")
    before = here.rows()
    here.must("backup", str(folder))
    with monkeypatch.context() as dying:
        dying.setattr(f"api.backup.restoring.{step}", dies)
        assert isinstance(there.run("restore", str(folder), NONE_SINCE).exception, Died)
    for command in (["serve"], ["tend", "--once"], ["db", "upgrade"]):
        assert "run `flask restore` again" in refused(there, *command)
    half = there.app.test_client().get("/readyz")
    assert (half.status_code, half.json["missing"]) == (503, ["restore"])
    there.app.extensions["pandus"].engine.dispose()
    there.must("restore", str(folder), NONE_SINCE)
    assert there.rows() == before
    refuse_half_restored(there.settings.database_url)


def test_one_that_died_after_it_had_changed_something_is_begun_again(
    *,
    here: Installation,
    there: Installation,
    world: World,
    audit: UUID,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here.photo(world, audit, b"a ramp")
    here.must("backup", str(folder))
    for file in folder.rglob("photos/originals/*/*/*"):
        file.unlink()
    words = ("restore", str(folder), NONE_SINCE, "--allow-missing")
    with monkeypatch.context() as dying:
        dying.setattr("api.backup.restoring.restoring.finish", dies)
        assert isinstance(there.run(*words).exception, Died)  # tablets were to be asked for it already
    there.must(*words)
    assert [blob.state for blob in seen_from(there, world).rows(Blob)] == ["expected"]
    assert "0 flaws" in there.must("journal", "verify")


def test_heads_that_are_not_those_of_the_manifest_are_refused(
    here: Installation, there: Installation, world: World, folder: Path
) -> None:
    world.facility()
    here.must("backup", str(folder))
    restorer = Restorer(there.settings, folder)
    lied = [replace(head, epoch="9") for head in restorer.manifest.heads]
    restorer.manifest = replace(restorer.manifest, heads=lied)
    with pytest.raises(Exception, match="its regions end elsewhere"):
        restorer.restore(restoring.Wish({}))


def dies(*_given: Any, **_named: Any) -> None:
    raise Died


@only_postgres
def test_nobody_finds_letters_in_a_database_that_is_half_restored(
    *,
    here: Installation,
    there: Installation,
    world: World,
    audit: UUID,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.prescribe(audit)  # its notice waits for a letter
    here.must("backup", str(folder))
    with monkeypatch.context() as dying:
        dying.setattr("api.backup.restoring.return_photos", dies)
        there.run("restore", str(folder), NONE_SINCE)
    for _ in range(2):
        assert "does not exist" in refused(there, "notices", "send")
    there.must("restore", str(folder), NONE_SINCE)
    there.app.extensions["pandus"].engine.dispose()  # of sessions that began while it was hidden
    there.must("notices", "send")
    assert [letter.state for letter in seen_from(there, world).rows(Letter)] == ["held"]


@only_postgres
def test_another_backup_is_not_put_over_half_of_one(
    here: Installation, there: Installation, world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.must("backup", str(folder))
    with monkeypatch.context() as dying:
        dying.setattr("api.backup.restoring.return_photos", dies)
        there.run("restore", str(folder), NONE_SINCE)
    here.clock.advance(days=1)
    here.must("backup", str(folder))
    assert "another backup was being restored here" in refused(there, "restore", str(folder), NONE_SINCE)


@only_sqlite
def test_what_is_left_of_another_database_is_not_taken_for_its_log(
    here: Installation, there: Installation, world: World, folder: Path
) -> None:
    here.must("backup", str(folder))
    log = Path(there.settings.database_url.removeprefix("sqlite:///") + "-wal")
    log.write_bytes(b"of another one")
    assert "is left of another database: move it away" in refused(there, "restore", str(folder), NONE_SINCE)
    log.unlink()
    there.must("restore", str(folder), NONE_SINCE)
    with closing(sqlite3.connect(there.settings.database_url.removeprefix("sqlite:///"))) as held:
        assert held.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@only_postgres
def test_the_role_of_the_application_can_back_up(
    here: Installation, there: Installation, world: World, audit: UUID, folder: Path
) -> None:
    role = "pandus_backs_up"
    here.units.write(lambda work: work.session.execute(text(f"CREATE ROLE {role} LOGIN")))
    grant(here.settings.database_url, role)
    url = make_url(here.settings.database_url).set(username=role).render_as_string()
    with installed(url, folder.parent / "here", here.clock) as restricted:
        restricted.must("backup", str(folder))
    here.units.write(lambda work: work.session.execute(text(f"DROP OWNED BY {role}")))
    here.units.write(lambda work: work.session.execute(text(f"DROP ROLE {role}")))
    before = here.rows()
    there.must("restore", str(folder), NONE_SINCE)
    assert there.rows() == before


# Tablets and keys.


def test_a_tablet_that_renewed_its_tokens_since_goes_on_and_a_new_one_is_paired_anew(
    here: Installation, there: Installation, world: World, folder: Path
) -> None:
    client, device = here.app.test_client(), uuid4()
    tokens = paired(client, pairing(client, world.head, world.inspector).json["code"], device)
    here.must("backup", str(folder), "--with-key")
    for _ in range(4):
        tokens = renewed(client, tokens.json["refresh_token"])
    later = paired(client, pairing(client, world.head, world.inspector).json["code"], uuid4())
    assert later.status_code == 200
    there.must("restore", str(folder), NONE_SINCE, "--with-key")
    elsewhere = there.app.test_client()
    again = renewed(elsewhere, tokens.json["refresh_token"])
    assert (again.status_code, again.json["stopped"]) == (200, False)
    (held,) = seen_from(there, world).rows(Device, Device.id == device)
    assert held.generation == 5
    assert renewed(elsewhere, later.json["refresh_token"]).status_code == 401


def test_what_is_lost_without_the_key_is_said(
    here: Installation, there: Installation, places: Places, world: World, folder: Path
) -> None:
    client = here.app.test_client()
    paired(client, pairing(client, world.head, world.inspector).json["code"], uuid4())  # makes the key
    here.must("backup", str(folder))
    key = Path(there.settings.link_key_file)
    said = there.must("restore", str(folder), NONE_SINCE, "--with-key")
    assert "The key file: it is not there; without the old one all tablets are to be paired anew" in said
    assert not key.exists()
    with installed(places.empty(), folder.parent / "third", here.clock) as third:
        other = Path(third.settings.link_key_file)
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_bytes(b"o" * 32)
        assert "it is not the one of this backup" in third.must("restore", str(folder), NONE_SINCE)
        assert other.read_bytes() == b"o" * 32


def test_what_was_on_its_way_is_held_and_settled_by_command(
    here: Installation, there: Installation, world: World, audit: UUID, folder: Path
) -> None:
    world.prescribe(audit)
    with world.unit() as unit:
        unit.session.execute(text("UPDATE region_heads SET epoch = 'before'"))
    here.must("backup", str(folder))
    here.clock.advance(days=2)
    there.must("restore", str(folder), NONE_SINCE)
    moved = seen_from(there, world)
    assert {head.epoch for head in moved.rows(RegionHead)} & {"before"} == set()
    there.must("notices", "run")
    assert there.must("held", "list").startswith("750000000  1 letters\n")
    assert "2 letters" not in there.must("held", "release", "--area", "710000000", "--reason", "не ушло")
    assert there.must("held", "discard", "--reason", "ушло") == "1 letters and 0 digests: discard.\n"
    assert there.must("held", "list") == "Nothing is held.\n"
    assert [letter.state for letter in moved.rows(Letter)] == ["cancelled"]
    there.clock.advance(hours=1)
    there.must("notices", "run")
    assert moved.rows(Letter, Letter.queued_at > here.clock() - timedelta(hours=1)) == []
