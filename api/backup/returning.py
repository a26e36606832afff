"""Photos out of the pool of a backup folder into the store, each compared with its hash; and what is lost."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from api.backup.manifest import PHOTOS
from api.backup.photo_list import Listed, read_list
from api.backup.photos import EVERY, Bad
from api.backup.refused import BackupRefused
from api.backup.verifying import flaw
from api.photo_store import NotStored, PhotoStore, Place, StoreAway
from api.work import Units
from inspection.photos.blobs import examine_again, record_lost


@dataclass(slots=True)
class Returned:
    """What came of it. there: files that the store had already. known: those that the backup never had."""

    put: int = 0
    there: int = 0
    known: int = 0
    bad: Bad = field(default_factory=Bad)
    lost: list[Listed] = field(default_factory=list)


def return_photos(store: PhotoStore, pool: Path, backup: Path, say: Callable[[str], object]) -> Returned:
    """Have every photo of a backup in the store. What is there and right stays. Raises BackupRefused."""
    returned = Returned()
    try:
        for number, listed in enumerate(read_list(backup / PHOTOS), 1):
            _return(store, pool, listed, returned)
            if number % EVERY == 0:
                say(f"  {number} files of photos")
    except StoreAway as error:
        raise BackupRefused("the storage of photos cannot be reached, or is full") from error
    return returned


def say_lost(units: Units, photos: Returned) -> None:
    """Let the database know which bytes are not there: tablets that have them are asked for them again."""
    for listed in photos.lost:
        sha256 = bytes.fromhex(listed.name)
        original = listed.place is Place.ORIGINAL
        units.write(lambda work: (record_lost if original else examine_again)(work, sha256))  # noqa: B023 - at once


def _return(store: PhotoStore, pool: Path, listed: Listed, returned: Returned) -> None:
    if _is_there(store, listed):
        returned.there += 1
    elif why := flaw(pool, listed):
        returned.known += listed.sha256 is None
        returned.bad.add(why)
        returned.lost.append(listed)
    else:
        file, sha256 = pool / listed.path, bytes.fromhex(listed.name)
        if listed.place is Place.ORIGINAL:
            store.put_original(sha256, file)
        else:
            store.put_public(sha256, file.read_bytes())
        returned.put += 1


def _is_there(store: PhotoStore, listed: Listed) -> bool:
    """Whether the store has the right bytes: after a restore that died, or because only the database was lost."""
    wanted = listed.name if listed.place is Place.ORIGINAL else listed.sha256
    digest = hashlib.sha256()
    try:
        for piece in store.pieces(listed.place, bytes.fromhex(listed.name)):
            digest.update(piece)
    except NotStored:
        return False
    return wanted is None or digest.hexdigest() == wanted
