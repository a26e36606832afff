"""Telling operators what nobody has to think about first: an extension that was decided, a release.

Settling only notes that there is news, because what is true must not depend on what was told when. Telling it is
an act of its own, with its own moment, that enters the ledger and makes the notices.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select

from inspection.bulk import insert_rows
from inspection.dossiers import Dossier, open_dossiers
from inspection.history import DecisionKind, Settled
from inspection.journal import Change
from inspection.notices.announcing import announce_told
from inspection.prescribing import told_row
from inspection.settling import settle_dossier, to_be_told, write_settled
from inspection.tables.facilities import Standing
from inspection.tables.telling import ToldRow
from inspection.telling import Say, Told, ToTell
from inspection.unit import Unit

PAGE = 100  # facilities in a unit: their locks are held until it ends


def tell_news(unit: Unit, region: str, after: UUID | None = None, limit: int = PAGE) -> UUID | None:
    """Tell the news of the next facilities of a region, by id. Returns the last one's id; None: all is told."""
    waiting = select(Standing.home_region, Standing.id).where(Standing.region_code == region, Standing.has_news)
    if after is not None:
        waiting = waiting.where(Standing.id > after)
    keys = [(r.home_region, r.id) for r in unit.session.execute(waiting.order_by(Standing.id).limit(limit))]
    dossiers = open_dossiers(unit, keys)
    told = [(dossier, entry) for dossier in dossiers.values() for entry in _told_now(unit, dossier)]
    insert_rows(unit.session, ToldRow, [told_row(unit, dossier, entry) for dossier, entry in told])
    announce_told(unit, told)
    write_settled(unit, dossiers.values())
    return keys[-1][1] if keys else None


def _told_now(unit: Unit, dossier: Dossier) -> Iterator[Told]:
    settled = settle_dossier(dossier)
    at = dossier.next_moment(unit.now)
    for case in to_be_told(unit, dossier, settled):
        if case.news:
            entry = Told(case.spot, case.stood_at, case.say, _date(case), at, _act(dossier, settled, case))
            dossier.told.append(entry)
            unit.journal.add(_change(dossier, entry))
            yield entry


def _date(case: ToTell) -> Any:
    return case.due_on if case.say is Say.EXTENDED else None


def _act(dossier: Dossier, settled: Settled, case: ToTell) -> UUID:
    """The decision or audit that is the news: its id stands in the ledger."""
    violation = settled.violations[case.spot]
    if case.say is Say.RELEASED:
        ends = [e for e in violation.episodes if e.ended_by_id is not None and e.opened_at <= case.stood_at]
        found = (ends or [e for e in violation.episodes if e.ended_by_id is not None])[-1].ended_by_id
        assert found is not None  # noqa: S101 - of episodes that ended
        return found
    extensions = [d for d in dossier.decisions if d.kind is DecisionKind.EXTEND and d.spot == case.spot]
    return max(extensions, key=lambda d: (d.decided_at, d.id)).id


def _change(dossier: Dossier, entry: Told) -> Change:
    said = {"criterion": entry.spot.criterion, "place": entry.spot.place, "due_on": entry.due_on, "by": entry.by}
    facts = {name: (None, value) for name, value in said.items()}
    facility = dossier.facility
    return Change(facility.home_region, f"told.{entry.say.value}", "facility", str(facility.id), facts)
