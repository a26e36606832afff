"""The journal as those read it who answer for a region: what was done, by whom, why; newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, may
from inspection.area_places import place_of
from inspection.errors import NotFound
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.areas import Area, Level
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Person

SORT = "journal"
SOUGHT = 20_000  # among how many entries one page looks for those that were asked for
J = JournalEntry
SHOWN = (
    *(J.number, J.at, J.actor_id, Person.name.label("actor"), J.device_id, J.grants_used),
    *(J.action, J.object_kind, J.object_id, J.changes, J.reason, J.request_id, J.hash),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for. action: its beginning, for example `grant.`; since: included, until: not."""

    action: str | None = None
    object_id: str | None = None
    actor_id: UUID | None = None
    device_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def page(
    session: Session, caller: Caller, region: str, wanted: Wanted, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """Entries of one journal: of a region, or of a country for what concerns all of it.

    There is no index for each question, so the entries are sought among the next SOUGHT: a page may then be short,
    or empty, and have another behind it. Personal values stand in it as commitments. Raises NotFound for a journal
    that the caller may not read, InvalidInput for a cursor of another list.
    """
    refuse_who_may_not_read(session, caller, region)
    newest = session.scalar(select(func.max(J.number)).where(J.home_region == region)) or 0
    last = newest + 1 if cursor is None else read_cursor(cursor, SORT, (int,))[0]
    reach = (J.home_region == region, J.number < last, J.number >= last - SOUGHT)
    statement = select(*SHOWN).outerjoin(Person, Person.id == J.actor_id).where(*reach, *_conditions(wanted))
    found = [dict(row) for row in session.execute(statement.order_by(J.number.desc()).limit(limit)).mappings()]
    rows = [row | {"hash": bytes(row["hash"]).hex()} for row in found]
    seen = found[-1]["number"] if len(found) == limit else last - SOUGHT
    return Page(rows, write_cursor(SORT, (seen,)) if seen > 1 else None)


def refuse_who_may_not_read(session: Session, caller: Caller, region: str) -> None:
    """Refuse who does not answer for all of a region, or country. Raises NotFound."""
    area = session.get(Area, region)
    if area is None or area.level == Level.DISTRICT or not may(caller, Act.READ_JOURNAL, place_of(area)):
        raise NotFound("there is no such journal", kind="journal")


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.action is not None:
        yield J.action.startswith(wanted.action, autoescape=True)
    if wanted.object_id is not None:
        yield J.object_id == wanted.object_id
    if wanted.actor_id is not None:
        yield J.actor_id == wanted.actor_id
    if wanted.device_id is not None:
        yield J.device_id == wanted.device_id
    if wanted.since is not None:
        yield J.at >= wanted.since
    if wanted.until is not None:
        yield J.at < wanted.until
