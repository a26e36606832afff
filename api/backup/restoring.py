"""Putting a backup back: rows, proofs, photos, last what the database has to be told (`inspection/restoring.py`).

Every step can die and be begun again. Until the last one nobody can take the database for one to be served.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api import migrate
from api.backup import copying, manifest
from api.backup.durable import digest_of, room_runs_out, write_pieces
from api.backup.folders import find
from api.backup.manifest import KEY, Manifest
from api.backup.refused import BackupRefused
from api.backup.returning import Returned, return_photos, say_lost
from api.backup.targets import Target, target_for
from api.commands.feed import rebuild_all
from api.photo_store import open_store
from api.settings import Settings
from api.work import Units, Work
from inspection import restoring
from inspection.database import connect
from inspection.journal_proof import Noted, journal_regions, verify
from inspection.restoring import Finished, Floors

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Wish:
    """How to restore. floors: the last number that each department gave. What is accepted is said all the same."""

    floors: Floors
    allow_missing: bool = False
    accept_flaws: bool = False
    with_key: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it. flaws: of the journal; mended: regions whose feed did not say what the tables say."""

    manifest: Manifest
    photos: Returned
    flaws: tuple[str, ...]
    mended: tuple[str, ...]
    finished: Finished
    key: str | None


class Restorer:
    """Restores one backup. say: told how far it is, a line at a time."""

    def __init__(self, settings: Settings, path: Path, say: Say = str) -> None:
        self._settings, self._say = settings, say
        self._folder, self._backup = find(path)
        self.manifest = manifest.read(self._backup)
        self._target: Target = target_for(settings.database_url)

    def refuse(self) -> None:
        """Refuse what cannot be restored here, before anything is changed. Raises BackupRefused."""
        said, kind = self.manifest, copying.kind_of(self._settings.database_url)
        if said.kind != kind:
            raise BackupRefused(
                f"this is a backup of {said.kind}; PANDUS_DATABASE_URL names {kind}, which is another"
            )
        if said.schema not in migrate.numbers():
            raise BackupRefused(
                f"the backup has the schema {said.schema}, which this program does not know: its own is "
                f"{migrate.head()}; install the version that made the backup, or a newer one"
            )
        self._target.refuse(said)

    def restore(self, wish: Wish) -> Restored:
        """Do all of it. Raises BackupRefused; then it can be begun again."""
        with self._folder.reading(), room_runs_out():
            self._say("reading the backup")
            manifest.refuse_changed(self._backup, self.manifest)
            self._say("loading the database")
            self._target.load(self.manifest, self._backup / self.manifest.database)
            migrate.upgrade(self._target.url)
            with _units(self._target.url) as units:
                restored = self._tell(units, wish)
            self._target.open()
        return restored

    def _tell(self, units: Units, wish: Wish) -> Restored:
        self._say("proving the journal")
        flaws = units.read(lambda work: tuple(self._flaws(work)))
        if flaws and not wish.accept_flaws:
            raise BackupRefused("the journal in the backup is not what was written:\n  " + "\n  ".join(flaws[:20]))
        self._say("returning photos")
        store = open_store(self._settings)
        photos = return_photos(store, self._folder.pool, self._backup, self._say)
        if photos.bad.count > photos.known and not wish.allow_missing:
            raise BackupRefused(_listed(photos))
        self._say("comparing the feed with the tables")
        say_lost(units, photos)
        while units.write(restoring.adopt_files):
            pass
        mended = tuple(sorted(rebuild_all(units)))
        key = self._key(with_key=wish.with_key)
        finished = units.write(lambda work: self._finish(work, wish.floors))
        return Restored(self.manifest, photos, flaws, mended, finished, key)

    def _flaws(self, work: Work) -> Iterator[str]:
        ends = (head for head in self.manifest.heads if head.journal_number)
        noted = [Noted(end.region, end.journal_number, bytes.fromhex(end.journal_hash)) for end in ends]
        for region in sorted({*journal_regions(work.session), *(each.region for each in noted)}):
            yield from map(str, verify(work.session, region, noted))

    def _finish(self, work: Work, floors: Floors) -> Finished:
        said = self.manifest
        finished = restoring.finish(work, taken_at=said.taken_at, manifest=said.sha256, floors=floors)
        self._target.end(work)
        return finished

    def _key(self, *, with_key: bool) -> str | None:
        """Put the key file back if it is wanted and none is there; a sentence where it will be missed."""
        file, held = Path(self._settings.link_key_file), self._backup / KEY
        if with_key and held.is_file() and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_pieces(file, [held.read_bytes()])
            file.chmod(0o600)
        if self.manifest.key is None or (file.is_file() and digest_of(file)[0] == self.manifest.key):
            return None
        return "it is not the one of this backup" if file.is_file() else "it is not there"


def _listed(photos: Returned) -> str:
    shown = "\n  ".join(photos.bad.shown)
    return (
        f"{photos.bad.count} files of photos cannot be restored; --allow-missing goes on without them:\n  {shown}"
    )


@contextmanager
def _units(url: str) -> Iterator[Units]:
    engine = connect(url)
    try:
        yield Units(engine)
    finally:
        engine.dispose()
