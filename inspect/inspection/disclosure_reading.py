"""Who was shown what, as those read it who answer for a region; newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.journal_reading import SOUGHT, refuse_who_may_not_read
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.disclosures import Disclosure, Kind
from inspection.tables.people import Person

SORT = "disclosures"
D = Disclosure
SHOWN = (
    *(D.number, D.at, D.actor_id, Person.name.label("actor"), D.device_id, D.grants_used, D.kind, D.object_id),
    *(D.asked, D.shown, D.reason, D.request_id, D.hash),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for. since: included, until: not."""

    kind: Kind | None = None
    object_id: str | None = None
    actor_id: UUID | None = None
    device_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def page(
    session: Session, caller: Caller, region: str, wanted: Wanted, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """Entries of a region, or of a country for what concerned all of it; sought and paged as the journal's are.

    Raises NotFound where the caller may not read the journal either, InvalidInput for a cursor of another list.
    """
    refuse_who_may_not_read(session, caller, region)
    newest = session.scalar(select(func.max(D.number)).where(D.home_region == region)) or 0
    last = newest + 1 if cursor is None else read_cursor(cursor, SORT, (int,))[0]
    reach = (D.home_region == region, D.number < last, D.number >= last - SOUGHT)
    statement = select(*SHOWN).outerjoin(Person, Person.id == D.actor_id).where(*reach, *_conditions(wanted))
    found = [dict(row) for row in session.execute(statement.order_by(D.number.desc()).limit(limit)).mappings()]
    rows = [row | {"hash": bytes(row["hash"]).hex()} for row in found]
    seen = found[-1]["number"] if len(found) == limit else last - SOUGHT
    return Page(rows, write_cursor(SORT, (seen,)) if seen > 1 else None)


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    asked = (
        (D.kind, wanted.kind and wanted.kind.value),
        (D.object_id, wanted.object_id),
        (D.actor_id, wanted.actor_id),
        (D.device_id, wanted.device_id),
    )
    yield from (column == value for column, value in asked if value is not None)
    if wanted.since is not None:
        yield D.at >= wanted.since
    if wanted.until is not None:
        yield D.at < wanted.until
