"""Making a backup: a copy of the database first, then the photos that it names.

In this order, because photos never change and are never deleted: what the database names then is there later too.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from api.backup import copying, manifest
from api.backup.copying import Snapshot
from api.backup.durable import digest_of, require_room, room_runs_out, sync, write_pieces
from api.backup.folders import Folder
from api.backup.manifest import KEY, PHOTOS, SQLITE, Manifest, Part, PhotoCount
from api.backup.photo_list import Listed, pool_path, read_list, read_wanted, write_lines
from api.backup.photos import Copied, Copier, sweep
from api.backup.refused import BackupRefused
from api.photo_store import Place, open_store
from api.settings import Settings
from api.work import Units

WANTED = "wanted.txt"
SPARE = 32 * 1024 * 1024  # bytes, for lists and what is written meanwhile
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making one. removed: names of older ones that went; swept: files of photos that went too."""

    folder: Path
    manifest: Manifest
    photos: Copied
    removed: list[str]
    swept: int


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes backups of one installation. say: told how far it is, a line at a time."""

    units: Units
    settings: Settings
    say: Say = str

    def make(self, path: Path, *, keep: int | None = None, with_key: bool = False) -> Made:
        """Make one in a folder of several, and remove all but so many of the newest. Raises BackupRefused."""
        folder = Folder(path)
        folder.make()
        with folder.alone(), room_runs_out():
            require_room(path, copying.size_of(self.units, self.settings.database_url) + SPARE, "the database")
            half = folder.start(self.units.now())
            try:
                said, photos = self._fill(folder, half, with_key=with_key)
            except BaseException:
                shutil.rmtree(half, ignore_errors=True)
                raise
            done = folder.finish(half)
            removed = [] if keep is None else folder.prune(keep)
            swept = 0 if keep is None else sweep(folder.pool, _lists(folder))
        return Made(done, said, photos, removed, swept)

    def _fill(self, folder: Folder, half: Path, *, with_key: bool) -> tuple[Manifest, Copied]:
        self.say("copying the database")
        wanted = half / WANTED
        url = self.settings.database_url
        snapshot = copying.copy(self.units, url, half, wanted)
        kind = copying.kind_of(url)
        if kind == SQLITE:
            copying.refuse_broken(half / manifest.DATABASE[kind])
        require_room(folder.path, _photos_bytes(folder, wanted) + SPARE, "the photos that are new")
        self.say("copying photos")
        copier = Copier(open_store(self.settings), folder.pool, _before(folder), self.say)
        write_lines(half / PHOTOS, copier.copy(read_wanted(wanted)))
        wanted.unlink()
        key = self._key(half if with_key else None)
        said = _manifest(kind, snapshot, half, copier.copied, key)
        said.write(half)
        return said, copier.copied

    def _key(self, folder: Path | None) -> str | None:
        """SHA-256 of the key file, which is copied only if there is a folder for it."""
        file = Path(self.settings.link_key_file)
        if not file.is_file():
            return None
        if folder is not None:
            write_pieces(folder / KEY, [file.read_bytes()])
            (folder / KEY).chmod(0o600)
        return digest_of(file)[0]


def _photos_bytes(folder: Folder, wanted: Path) -> int:
    """Bytes of the originals that the pool does not have; copies to be shown are small beside them."""
    lacking = (
        each.bytes
        for each in read_wanted(wanted)
        if not (folder.pool / pool_path(Place.ORIGINAL, each.name)).exists()
    )
    return sum(lacking)


def _manifest(kind: str, snapshot: Snapshot, half: Path, photos: Copied, key: str | None) -> Manifest:
    parts = {}
    for file in sorted(half.iterdir()):
        digest, size = digest_of(file)
        parts[file.name] = Part(digest, size)
        file.chmod(0o600)
        sync(file)
    return Manifest(
        kind=kind,
        schema=snapshot.schema,
        taken_at=snapshot.taken_at,
        counts=snapshot.counts,
        heads=snapshot.heads,
        numbers=snapshot.numbers,
        parts=parts,
        photos=PhotoCount(photos.kept, photos.bytes, photos.bad.count),
        key=key,
    )


def _before(folder: Folder) -> Iterator[Listed]:
    """The list of the newest backup as far as it can be read: what it does not say is looked at again."""
    whole = folder.whole()
    with suppress(BackupRefused):
        yield from read_list(whole[-1] / PHOTOS) if whole else ()


def _lists(folder: Folder) -> Sequence[Iterable[Listed]]:
    """The lists of all backups. Raises BackupRefused for one that was changed: what it named is not known."""
    whole = folder.whole()
    for each in whole:
        if digest_of(each / PHOTOS)[0] != manifest.read(each).parts[PHOTOS].sha256:
            raise BackupRefused(f"{each / PHOTOS} was changed: nothing is removed from the pool of photos")
    return [read_list(each / PHOTOS) for each in whole]
