"""What a backup holds, and what it says when it cannot hold everything."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from fcntl import LOCK_EX, flock
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api import migrate
from api.backup import copying, postgres_tools
from api.backup.making import Maker
from inspection.tables.facilities import Facility
from tests.api.installations import Installation, Places, installed, stamp
from tests.clock import Clock
from tests.inspection.photos import photo_of, push_photos
from tests.inspection.world import DOOR, FAILS, World
from tests.servers.databases import Databases

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


@pytest.fixture
def places(databases: Databases, tmp_path: Path) -> Places:
    return Places(databases, tmp_path)


@pytest.fixture
def here(fresh_url: str, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    """An installation that has been in use."""
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


def backups(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name[0] == "2")


def manifest_of(backup: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((backup / "manifest.json").read_text())
    return said


def pool(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder / "photos")) for path in folder.rglob("photos/*/*/*/*"))


def test_a_backup_says_what_it_is_of(here: Installation, world: World, audit: UUID, folder: Path) -> None:
    world.prescribe(audit)
    here.photo(world, audit, b"a ramp")
    said = here.must("backup", str(folder))
    (backup,) = backups(folder)
    manifest = manifest_of(backup)
    assert f"{backup}: " in said
    assert manifest["schema"] == migrate.head()
    assert (manifest["counts"]["audits"], manifest["counts"]["photos"]) == (1, 1)
    assert manifest["photos"] == {"kept": 2, "bytes": len(b"a ramp") + len(b"public a ramp"), "missing": 0}
    assert manifest["numbers"] == [{"department": "АЛ", "country": "KZ", "last": {"2026": 1}}]
    region = next(head for head in manifest["heads"] if head["region"] == "750000000")
    assert f"750000000={region['journal_number']}:{region['journal_hash']}" in here.must("journal", "verify")
    assert manifest["parts"].keys() == {file.name for file in backup.iterdir()} - {"manifest.json"}
    assert here.must("backup", str(folder), "--verify").endswith("2 files of photos were read.\n")


def test_nobody_else_may_read_it(here: Installation, world: World, audit: UUID, folder: Path) -> None:
    here.photo(world, audit, b"a ramp")
    mask, first = os.umask(0o022), os.getpriority(os.PRIO_PROCESS, 0)
    try:
        here.must("backup", str(folder))
    finally:
        found = os.umask(mask)
    assert found == 0o022
    assert os.geteuid() != 0 or os.getpriority(os.PRIO_PROCESS, 0) == first
    assert not [path for path in folder.rglob("*") if path.stat().st_mode & 0o077]


def test_the_second_backup_copies_only_photos_that_are_new(
    here: Installation, world: World, audit: UUID, folder: Path
) -> None:
    here.photo(world, audit, b"a ramp")
    here.must("backup", str(folder))
    first = {path: path.stat().st_mtime_ns for path in folder.rglob("photos/*/*/*/*")}
    here.photo(world, audit, b"a door")
    said = here.must("backup", str(folder))
    assert "4 files of photos,\n  2 of them new" in said
    assert {path: path.stat().st_mtime_ns for path in first} == first
    assert [manifest_of(backup)["photos"]["kept"] for backup in backups(folder)] == [2, 4]


def test_photos_that_nobody_stored_yet_are_not_missed(
    here: Installation, world: World, audit: UUID, folder: Path
) -> None:
    push_photos(world, photo_of(world, audit))  # its bytes are still on the tablet
    here.put(world, b"not examined yet", examined=False)
    assert "1 files of photos" in here.must("backup", str(folder))


@pytest.mark.parametrize("fault", ["missing", "damaged"])
def test_a_photo_that_cannot_be_read_is_named_and_all_else_is_backed_up(
    here: Installation, world: World, audit: UUID, folder: Path, fault: str
) -> None:
    digest = here.photo(world, audit, b"a ramp").hex()
    here.photo(world, audit, b"a door")
    file = Path(here.settings.photos) / "originals" / digest[:2] / digest[2:4] / digest
    if fault == "missing":
        file.unlink()
    else:
        file.write_bytes(b"A ramp")
    result = here.run("backup", str(folder))
    assert result.exit_code == 1
    assert f"originals {digest}" in result.output
    assert "1 files of photos are missing or damaged; all the rest is whole" in result.output
    (backup,) = backups(folder)
    assert manifest_of(backup)["photos"]["missing"] == 1
    assert f"missing originals {digest} - 6" in (backup / "photos.txt").read_text()
    assert not (folder / "photos" / "originals" / digest[:2] / digest[2:4] / digest).exists()
    here.must("backup", str(folder), "--allow-missing")
    assert here.run("backup", str(folder), "--verify").exit_code == 1
    here.must("backup", str(folder), "--verify", "--allow-missing")


def test_a_photo_that_the_store_lost_later_is_still_in_the_next_backup(
    here: Installation, world: World, audit: UUID, folder: Path
) -> None:
    here.photo(world, audit, b"a ramp")
    here.must("backup", str(folder))
    shutil.rmtree(here.settings.photos)
    here.must("backup", str(folder), "--keep", "1")
    here.must("backup", str(folder), "--verify")


@only_sqlite
def test_a_store_out_of_reach_is_no_missing_photo(
    here: Installation, world: World, audit: UUID, folder: Path
) -> None:
    here.photo(world, audit, b"a ramp")
    nowhere = replace(here.settings, photos="s3://nowhere", storage_endpoint="http://127.0.0.1:9")
    nowhere = replace(nowhere, storage_key_id="x", storage_secret_key="x")
    maker = Maker(here.units, nowhere)
    with pytest.raises(Exception, match="the storage of photos cannot be reached"):
        maker.make(folder)
    assert backups(folder) == []
    assert not [path for path in folder.iterdir() if path.name.startswith(".half")]


def test_what_is_written_while_a_backup_is_made_is_in_it_whole_or_not_at_all(
    here: Installation, world: World, audit: UUID, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = copying._look

    def look_and_let_others_write(work: Any) -> Any:
        seen = look(work)
        world.audited(world.facility(), {DOOR: FAILS[DOOR]})
        return seen

    monkeypatch.setattr(copying, "_look", look_and_let_others_write)
    here.must("backup", str(folder))
    assert len(world.rows(Facility)) == 2
    assert manifest_of(backups(folder)[0])["counts"]["facilities"] == 1
    here.must("backup", str(folder), "--verify")


def test_only_the_newest_are_kept_with_their_photos(
    here: Installation, world: World, audit: UUID, folder: Path
) -> None:
    here.photo(world, audit, b"a ramp")
    made = []
    for number in range(4):
        here.clock.advance(days=1)
        here.photo(world, audit, b"number %d" % number)
        here.must("backup", str(folder))
        made.append(backups(folder)[-1])
    with world.unit() as unit:  # as if they had been erased
        unit.session.execute(text("DELETE FROM blobs"))
    here.clock.advance(days=1)
    assert "3 older backups and 0 files" in here.must("backup", str(folder), "--keep", "2")
    assert backups(folder)[0] == made[-1]
    assert len(pool(folder)) == 10
    here.clock.advance(days=1)
    assert "2 older backups and 10 files" in here.must("backup", str(folder), "--keep", "1")
    assert (len(backups(folder)), pool(folder)) == (1, [])


def test_a_list_that_was_changed_stops_no_backup_and_no_photo_is_removed_for_it(
    here: Installation, world: World, audit: UUID, folder: Path
) -> None:
    here.photo(world, audit, b"a ramp")
    here.must("backup", str(folder))
    (backup,) = backups(folder)
    (backup / "photos.txt").write_text("no list\n")
    refused = here.run("backup", str(folder), "--keep", "2")
    assert (refused.exit_code, "nothing is removed from the pool of photos" in refused.output) == (1, True)
    assert (len(backups(folder)), len(pool(folder))) == (2, 2)
    here.must("backup", str(folder), "--keep", "1")
    here.must("backup", str(folder), "--verify")


def test_the_newest_is_never_removed(here: Installation, world: World, folder: Path) -> None:
    here.must("backup", str(folder), "--keep", "1")
    assert here.run("backup", str(folder), "--keep", "0").exit_code == 2
    assert len(backups(folder)) == 1


def test_what_died_before_is_taken_for_no_backup_and_is_cleared_away(
    here: Installation, world: World, audit: UUID, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.photo(world, audit, b"a ramp")
    here.must("backup", str(folder))
    half = folder / f".half-{backups(folder)[0].name}"
    shutil.copytree(backups(folder)[0], half)  # killed before it was renamed
    shutil.rmtree(backups(folder)[0])
    nothing = here.run("backup", str(folder), "--verify")
    assert (nothing.exit_code, "there is no whole backup" in nothing.output) == (1, True)
    named = here.run("backup", str(half), "--verify")
    assert (named.exit_code, "is half a backup" in named.output) == (1, True)
    left = folder / "photos" / "originals" / "ab" / "cd"
    left.mkdir(parents=True)
    (left / ("ab" * 32 + ".half")).write_bytes(b"half")
    here.must("backup", str(folder), "--keep", "1")
    assert not half.exists()
    assert list(left.iterdir()) == []


def test_a_link_that_is_called_like_half_a_backup_is_no_way_out_of_the_folder(
    here: Installation, world: World, folder: Path
) -> None:
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    here.must("backup", str(folder))
    (folder / ".half-link").symlink_to(elsewhere)
    (folder / ".old-file").touch()
    here.must("backup", str(folder))
    assert (elsewhere / "file").exists()
    assert not [each.name for each in folder.iterdir() if each.name.startswith((".half-", ".old-"))]


def test_two_at_once_are_one(here: Installation, world: World, folder: Path) -> None:
    here.must("backup", str(folder))
    with (folder / ".lock").open("a") as lock:
        flock(lock, LOCK_EX)
        for words in (["backup", str(folder)], ["backup", str(folder), "--verify"]):
            refused = here.run(*words)
            assert (refused.exit_code, "try again when it has ended" in refused.output) == (1, True)
    assert len(backups(folder)) == 1


@pytest.mark.parametrize(
    ("place", "said"),
    [("file", "is not a folder"), ("deep/er/backups", "is not there; make it, or mount the disk")],
)
def test_a_place_that_is_none_is_refused(here: Installation, tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "file").write_text("")
    refused = here.run("backup", str(tmp_path / place))
    assert (refused.exit_code, said in refused.output) == (1, True)


def test_nothing_is_begun_that_would_not_fit(
    here: Installation, world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.backup.durable.shutil.disk_usage", lambda _path: SimpleNamespace(free=1))
    refused = here.run("backup", str(folder))
    assert (refused.exit_code, "there is no room for the database" in refused.output) == (1, True)


def test_a_disk_that_runs_full_leaves_no_half_backup(
    here: Installation, world: World, audit: UUID, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.photo(world, audit, b"a ramp")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.backup.photos.write_pieces", full)
    refused = here.run("backup", str(folder))
    assert (refused.exit_code, "there is no room left" in refused.output) == (1, True)
    assert [path.name for path in folder.iterdir() if path.name.startswith((".half", "2"))] == []


def test_a_database_that_was_never_migrated_is_no_installation(
    places: Places, tmp_path: Path, clock: Clock, folder: Path
) -> None:
    url = places.empty()
    with installed(url, tmp_path / "new", clock) as new:
        refused = new.run("backup", str(folder))
    wanted = "there is no database at" if places.kind == "sqlite" else "was never migrated"
    assert (refused.exit_code, wanted in refused.output) == (1, True)


@only_sqlite
def test_a_broken_database_is_not_backed_up(here: Installation, world: World, folder: Path) -> None:
    file = here.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as loose:
        loose.execute("UPDATE grants SET person_id = '00000000000000000000000000000001'")
        loose.commit()
    refused = here.run("backup", str(folder))
    assert (refused.exit_code, "a row of grants points at nothing in people" in refused.output) == (1, True)
    assert backups(folder) == []


@only_postgres
def test_a_program_that_is_missing_or_older_than_the_server_is_named(
    here: Installation, world: World, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_tools, "_candidates", lambda _name: [])
    refused = here.run("backup", str(folder))
    assert (refused.exit_code, "pg_dump is not on this machine" in refused.output) == (1, True)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    monkeypatch.setattr(postgres_tools, "_candidates", lambda _name: [old])
    refused = here.run("backup", str(folder))
    assert (refused.exit_code, "pg_dump 9 is older than the server" in refused.output) == (1, True)
    assert backups(folder) == []


def test_a_password_stands_in_no_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(postgres_tools, "_run", lambda command, environment: ran.append((command, environment)))
    monkeypatch.setattr(postgres_tools, "tool", lambda name, _server: Path("/bin") / name)
    url = "postgresql+psycopg://somebody:hush%40hush@db.example.test:5433/pandus?sslmode=require"
    postgres_tools.dump(url, 15, "0-1", Path("/tmp/x"))
    postgres_tools.restore(url, 15, Path("/tmp/x"))
    assert "hush" not in str([command for command, _ in ran])
    assert [environment.get("PGPASSWORD") for _, environment in ran] == ["hush@hush", None, "hush@hush"]
    assert "--dbname=postgresql://somebody@db.example.test:5433/pandus?sslmode=require" in ran[0][0]


def test_the_key_is_copied_only_where_that_is_asked_for(here: Installation, world: World, folder: Path) -> None:
    key = Path(here.settings.link_key_file)
    key.parent.mkdir(parents=True, exist_ok=True)
    key.write_bytes(b"k" * 32)
    assert "The key file is not in it" in here.must("backup", str(folder))
    assert "link.key" not in {path.name for path in folder.rglob("*")}
    here.clock.advance(days=1)
    assert "The key file is not in it" not in here.must("backup", str(folder), "--with-key")
    copied = backups(folder)[-1] / "link.key"
    assert (copied.read_bytes(), copied.stat().st_mode & 0o777) == (b"k" * 32, 0o600)


def flip_a_bit(file: Path) -> None:
    held = bytearray(file.read_bytes())
    held[len(held) // 2] ^= 1
    file.write_bytes(held)


def rewrite(backup: Path, change: Callable[[dict[str, Any]], object]) -> None:
    said = manifest_of(backup)
    change(said)
    (backup / "manifest.json").write_text(json.dumps(said))


def database(backup: Path) -> Path:
    return next(backup.glob("database.*"))


DAMAGES: Mapping[str, tuple[Callable[[Path], object], str]] = {
    "cut off": (lambda b: os.truncate(database(b), database(b).stat().st_size - 100), "it was cut off or changed"),
    "changed": (lambda b: flip_a_bit(database(b)), "is not what was written: it was changed"),
    "gone": (lambda b: database(b).unlink(), "is missing"),
    "list cut off": (lambda b: (b / "photos.txt").write_text(""), "it was cut off or changed"),
    "list changed": (lambda b: flip_a_bit(b / "photos.txt"), "it was changed"),
    "manifest cut off": (lambda b: os.truncate(b / "manifest.json", 900), "it is torn, or was changed"),
    "no manifest": (lambda b: (b / "manifest.json").write_text('["none"]'), "it is torn, or was changed"),
    "counts": (lambda b: rewrite(b, lambda said: said["counts"].update(audits=9)), "it was changed"),
    "a path": (
        lambda b: rewrite(b, lambda said: said["parts"].update({"../../x": said["parts"]["photos.txt"]})),
        "it is torn, or was changed",
    ),
    "format": (lambda b: rewrite(b, lambda said: said.update(format=2)), "has the format 2; this program knows 1"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_changed_is_known(
    here: Installation, places: Places, world: World, folder: Path, damage: str
) -> None:
    here.put(world, b"a ramp")
    here.must("backup", str(folder))
    do, said = DAMAGES[damage]
    do(backups(folder)[0])
    refused = here.run("backup", str(folder), "--verify")
    assert (refused.exit_code, said in refused.output) == (1, True), refused.output
    with installed(places.empty(), folder.parent / "there", here.clock) as there:
        restored = there.run("restore", str(folder), "--no-prescriptions-since")
        assert (restored.exit_code, said in restored.output) == (1, True), restored.output
        assert not (folder.parent / "there" / "photos").exists()


@pytest.mark.parametrize("how", ["missing", "changed"])
def test_a_photo_that_was_changed_in_the_backup_is_named(
    here: Installation, world: World, audit: UUID, folder: Path, how: str
) -> None:
    digest = here.photo(world, audit, b"a ramp").hex()
    here.must("backup", str(folder))
    file = folder / "photos" / "originals" / digest[:2] / digest[2:4] / digest
    file.unlink() if how == "missing" else file.write_bytes(b"A ramp")
    refused = here.run("backup", str(folder), "--verify")
    assert (refused.exit_code, f"originals {digest} " in refused.output) == (1, True)
    assert f"{'is' if how == 'missing' else 'was'} {how} in the backup" in refused.output
