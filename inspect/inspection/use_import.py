"""Importing a table of use records: rows in, a report per row out; a bad row never stops the others.

The id of a record follows from its facility and its content, so the same table again changes nothing, and a record
that was withdrawn stays withdrawn. Three steps, of which only the last writes: read (`use_rows.py`), place
(`place_rows`), take in (`take_rows`, in units of at most 500 rows of one region).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.bulk import insert_new_rows
from inspection.file_cells import Refused
from inspection.file_outcomes import Doubles, Outcome, Result
from inspection.heads import lock_facilities
from inspection.listed import one_of
from inspection.ranks_due import rank_later
from inspection.tables.use_records import UseRecord
from inspection.unit import Unit
from inspection.use_facilities import FacilityIndex, Known, Lost
from inspection.use_records import journal_entered, new_row
from inspection.use_rows import Said, record_id

RESULTS = (Result.CREATED, Result.UNCHANGED, Result.REFUSED)


@dataclass(frozen=True, slots=True)
class Placed:
    """A row whose facility is known, and the id of its record."""

    row: Said
    facility: Known
    id: UUID


def place_rows(
    rows: Sequence[Said | Refused], index: FacilityIndex, today: Mapping[str, date], doubles: Doubles
) -> list[Placed | Refused]:
    """The facility and the id of each row, as many as rows; a second row that says the same is refused.

    today: the local date by country. Every fault of a row is named, that of its facility first.
    """
    return [row if isinstance(row, Refused) else _placed(row, index, today, doubles) for row in rows]


def _placed(row: Said, index: FacilityIndex, today: Mapping[str, date], doubles: Doubles) -> Placed | Refused:
    found = index.find(row.meant)
    if isinstance(found, Lost):
        lost = row.fault(found.field, found.reason, found.accepted)
        return row.refused([lost, *row.faults(max(today.values()))])
    wrong = row.faults(today[found.country])
    if wrong:
        return row.refused(wrong)
    made = record_id(found.id, row.claim)
    earlier = doubles.earlier(made, row.number)
    if earlier is not None:
        accepted = "each record once; complaints of one day with the numbers of their cases"
        return row.refused([row.fault("reference", f"row {earlier} says the same", accepted)])
    return Placed(row, found, made)


def region_of(placed: Placed) -> str:
    """The region that a row's record is at home in."""
    return placed.facility.home_region


def take_rows(unit: Unit, region: str, rows: Sequence[Placed], author: UUID | None) -> list[Outcome]:
    """Enter the records of one batch. A constant number of statements. author: None, or who entered them."""
    held = lock_facilities(unit.session, sorted({(region, each.facility.id) for each in rows}))
    offered = {
        each.id: new_row(unit, held[each.facility.id], each.id, each.row.claim, author=author) for each in rows
    }
    new = {key[1] for key in insert_new_rows(unit.session, UseRecord, [offered[made] for made in sorted(offered)])}
    for each in rows:
        if each.id in new:
            journal_entered(unit, offered[each.id])
    rank_later(unit.session, {(region, each.facility.id) for each in rows if each.id in new})
    return [_outcome(each, created=each.id in new) for each in rows]


def foresee_rows(session: Session, region: str, rows: Sequence[Placed]) -> list[Outcome]:
    """What `take_rows` would do, without doing it."""
    ids = one_of(UseRecord.id, [each.id for each in rows])
    held = set(session.scalars(select(UseRecord.id).where(UseRecord.home_region == region, ids)))
    return [_outcome(each, created=each.id not in held) for each in rows]


def _outcome(each: Placed, *, created: bool) -> Outcome:
    result = Result.CREATED if created else Result.UNCHANGED
    return Outcome(each.row.number, result, str(each.id), each.facility.id)
