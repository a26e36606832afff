"""What a database has to be told when it comes back from a backup: that time went on without it.

Tablets read from the beginning and prove what they hold; what may have gone out since is held for a person; the
numbers of prescriptions go on above those that people say were given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update

from inspection.bulk import table_of
from inspection.countries import local_date
from inspection.errors import Fault, InvalidInput
from inspection.heads import lock_heads
from inspection.journal import Change
from inspection.photos.blobs import record_stored
from inspection.restorations import MAY_HAVE_GONE_OUT
from inspection.signing import sessions
from inspection.snapshots import Numbers
from inspection.sync.rebuilding import new_epoch
from inspection.tables.answers import ReplyFile
from inspection.tables.digests import Digest
from inspection.tables.notices import Letter
from inspection.tables.outgoing import MailState
from inspection.tables.photos import Blob, BlobState
from inspection.tables.prescriptions import Department, DepartmentCounter
from inspection.tables.regions import RegionHead
from inspection.tables.restorations import Restoration
from inspection.tables.signing import Invitation
from inspection.unit import Unit

HIGHEST = 999_999  # as many digits as a number has on paper
PAGE = 500
PDF = "application/pdf"  # is kept as it came, and examined by nobody
Floors = Mapping[tuple[str, int], int]  # code of a department and year, to the last number that was given


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of telling it. feeds: how many have a new epoch."""

    letters_held: int
    digests_held: int
    feeds: int


def floors_needed(departments: Sequence[Numbers], since: datetime, until: datetime) -> Floors:
    """For which departments and years somebody has to say which number was given last; with what the backup knows.

    since: when the backup was taken. until: when it is restored.
    """
    return {
        (each.department, year): each.last.get(year, 0)
        for each in departments
        for year in range(local_date(since, each.country).year, local_date(until, each.country).year + 1)
    }


def refuse_wrong_floors(needed: Floors, given: Floors) -> None:
    """Refuse floors that cannot be. Raises InvalidInput with all of them."""
    faults = []
    for (code, year), number in sorted(given.items()):
        at = f"/{code}:{year}"
        held = needed.get((code, year))
        if held is None:
            listed = ", ".join(f"{each}:{of}" for each, of in sorted(needed)) or "none"
            faults.append(Fault(at, "nobody asks for the numbers of this department in this year", listed))
        elif not held <= number <= HIGHEST:
            accepted = f"from {held}, which the backup knows, to {HIGHEST}"
            faults.append(Fault(at, "this cannot be the last number that was given", accepted))
    if faults:
        raise InvalidInput(faults, "these numbers of prescriptions cannot be")


def adopt_files(unit: Unit, limit: int = PAGE) -> int:
    """Say of pictures that came with answers that their bytes are there, where the backup was too early to.

    Returns how many; 0: it is said of all.
    """
    f, b = ReplyFile, Blob
    unsaid = or_(b.sha256.is_(None), b.state == BlobState.EXPECTED.value)
    found = unit.session.execute(
        select(f.sha256, f.size)
        .outerjoin(b, b.sha256 == f.sha256)
        .where(f.media_type != PDF, unsaid)
        .distinct()
        .order_by(f.sha256)
        .limit(limit)
    ).all()
    return sum(record_stored(unit, bytes(row.sha256), row.size) for row in found)


def finish(unit: Unit, *, taken_at: datetime, manifest: bytes, floors: Floors) -> Finished:
    """Tell a database that it was put back now. manifest: SHA-256 of what the backup says of itself."""
    raised = _raise_floors(unit, floors)
    letters, digests = _hold(unit, Letter), _hold(unit, Digest)
    restoration = Restoration(id=unit.new_id(), taken_at=taken_at, restored_at=unit.now, manifest=manifest)
    unit.session.add(restoration)
    sessions.end_everywhere(unit)
    invited = Invitation.accepted_at.is_(None) & Invitation.withdrawn_at.is_(None)
    unit.session.execute(update(Invitation).where(invited).values(withdrawn_at=unit.now))
    regions = unit.session.scalars(select(RegionHead.region)).all()
    facts = {"taken_at": (None, taken_at), "manifest": (None, manifest.hex())}
    for region in regions:
        unit.journal.add(Change(region, "backup.restored", "backup", str(restoration.id), facts))
    for change in raised:
        unit.journal.add(change)
    lock_heads(unit.session, unit.journal.regions())  # last, and all of them in order
    return Finished(letters, digests, new_epoch(unit))


def _hold(unit: Unit, model: type[Letter] | type[Digest]) -> int:
    """Hold what was on its way; but what a mail server is known to have taken is only to be written down."""
    mails = table_of(model)
    waits = (mails.c.state == MailState.QUEUED.value) & mails.c.sent_at.is_(None)
    held = {"state": MailState.HELD.value, "answer": MAY_HAVE_GONE_OUT, "rev": mails.c.rev + 1}
    statement = update(mails).where(waits).values(held).returning(mails.c.id)
    return len(unit.session.connection().execute(statement).all())


def _raise_floors(unit: Unit, floors: Floors) -> Sequence[Change]:
    """Let the numbers go on above these; what the journal says of it."""
    changes = []
    for (code, year), number in sorted(floors.items()):
        department = unit.session.scalars(select(Department).where(Department.code == code)).one()
        key = (department.home_region, department.id, year)
        counter = unit.session.get(DepartmentCounter, key, with_for_update=True)
        if counter is None:
            counter = DepartmentCounter(home_region=key[0], department_id=key[1], year=year, last_number=0)
            unit.session.add(counter)
        if number > counter.last_number:
            facts = {"year": (None, year), "last_number": (counter.last_number, number)}
            changes.append(Change(key[0], "numbers.raised", "department", str(key[1]), facts))
            counter.last_number = number
    unit.session.flush()
    return changes
