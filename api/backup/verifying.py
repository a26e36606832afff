"""Reading a backup back: is every byte in it what was written?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.backup import copying, manifest
from api.backup.durable import digest_of
from api.backup.folders import find
from api.backup.manifest import PHOTOS, SQLITE, Manifest
from api.backup.photo_list import Listed, read_list
from api.backup.photos import Bad


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. bad: photos that are missing or not what was written."""

    folder: Path
    manifest: Manifest
    bad: Bad


def verify(path: Path) -> Verified:
    """Read all of a backup, or of the newest in a folder. Raises BackupRefused if it cannot be restored."""
    folder, backup = find(path)
    with folder.reading():
        said = manifest.read(backup)
        manifest.refuse_changed(backup, said)
        if said.kind == SQLITE:
            copying.refuse_broken(backup / said.database)
        bad = Bad()
        for _, sentence in flaws(folder.pool, backup):
            bad.add(sentence)
    return Verified(backup, said, bad)


def flaws(pool: Path, backup: Path) -> Iterator[tuple[Listed, str]]:
    """The photos of a backup that cannot be restored from it, each with a sentence. Reads all of them."""
    for listed in read_list(backup / PHOTOS):
        if why := flaw(pool, listed):
            yield listed, why


def flaw(pool: Path, listed: Listed) -> str | None:
    """Why one cannot be restored; None if it can."""
    about = f"{listed.place.value} {listed.name}"
    if listed.sha256 is None:
        return f"{about} was missing when the backup was made"
    file = pool / listed.path
    if not file.is_file():
        return f"{about} is missing in the backup"
    if digest_of(file) != (listed.sha256, listed.bytes):
        return f"{about} was changed in the backup"
    return None
