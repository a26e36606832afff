"""Files of answers that have come of age: bytes first, then the rows that say that they are there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.journal import Change
from inspection.tables.answers import ReplyFile
from inspection.tables.photos import Blob, BlobState, Photo
from inspection.unit import Unit

AT_ONCE = 100  # files, whose bytes may be far away
NAME = "files of answers"


@dataclass(frozen=True, slots=True)
class OldFile:
    """A file. alone: nothing else has these bytes, so they can go."""

    home_region: str
    id: UUID
    sha256: bytes
    alone: bool


def count(session: Session, before: datetime) -> int:
    """How many files came before that moment."""
    return session.scalar(select(func.count()).where(ReplyFile.received_at < before)) or 0


def old(session: Session, before: datetime) -> Sequence[OldFile]:
    """Some of the files that came before that moment."""
    f = ReplyFile
    shown = (f.home_region, f.id, f.sha256)
    found = session.execute(select(*shown).where(f.received_at < before).order_by(*shown[:2]).limit(AT_ONCE)).all()
    digests = {bytes(row.sha256) for row in found}
    photos = select(Photo.sha256).where(Photo.sha256.in_(digests))
    younger = select(f.sha256).where(f.sha256.in_(digests), f.received_at >= before)
    shared = {bytes(each) for each in session.scalars(photos.union(younger))}
    return [OldFile(row.home_region, row.id, bytes(row.sha256), bytes(row.sha256) not in shared) for row in found]


def forget(unit: Unit, files: Collection[OldFile], before: datetime) -> None:
    """Delete the rows of files whose bytes are gone, where they were alone."""
    gone = {file.sha256 for file in files if file.alone}
    keys = {(file.home_region, file.id) for file in files}
    unit.session.execute(delete(ReplyFile).where(among((ReplyFile.home_region, ReplyFile.id), keys)))
    # Who sent the same picture in between is asked for it again.
    wanted = set(unit.session.scalars(select(Photo.sha256).where(Photo.sha256.in_(gone))))
    unit.session.execute(delete(Blob).where(Blob.sha256.in_(gone - wanted)))
    for digest in sorted(wanted):
        blob = unit.session.get_one(Blob, digest, with_for_update=True)
        blob.state, blob.size, blob.stored_at = BlobState.EXPECTED.value, None, None
    regions = sorted({file.home_region for file in files})
    for region in regions:
        rows = sum(file.home_region == region for file in files)
        facts = {"rows": (None, rows), "before": (None, before)}
        unit.journal.add(Change(region, "retention.erased", "rule", NAME, facts))
