"""Notices that an installation which was lost may have sent already: what they tell came about before a restore.

A date brings a notice on its day; an act is as old as the audit or decision that it tells. A tablet that comes
home after weeks tells an audit again that was prescribed, released and written about before: that is doubtful too.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.countries import local_date
from inspection.notices.editions import timetable
from inspection.notices.planning import stage_day
from inspection.tables.answers import OperatorReply
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.notices import Notice
from inspection.tables.prescriptions import Prescription
from inspection.tables.telling import ToldRow

Key = tuple[str, UUID]  # home region, id


def doubtful(session: Session, notices: Collection[Notice], restored_at: datetime) -> set[UUID]:
    """Ids of the notices that may have gone out before the restore. At most six statements in a country."""
    young = [notice for notice in notices if notice.created_at > restored_at]
    found = {notice.id for notice in notices} - {notice.id for notice in young}  # they waited in the backup
    acts = [notice for notice in young if notice.document_id is not None]
    dates = [notice for notice in young if notice.document_id is None]
    moments = _moments(session, {(each.home_region, each.document_id) for each in acts if each.document_id})
    for notice in acts:
        assert notice.document_id is not None  # noqa: S101 - or it were of a date
        if moments.get((notice.home_region, notice.document_id), notice.created_at) <= restored_at:
            found.add(notice.id)
    return found | _dates_of_before(session, dates, restored_at)


def _moments(session: Session, documents: Collection[Key]) -> Mapping[Key, datetime]:
    """When that came about which an act tells: of a prescription, when its audit was made."""
    if not documents:
        return {}
    a, d, r, p = Audit, DecisionRow, OperatorReply, Prescription
    of_audit = (a.home_region == p.home_region) & (a.id == p.audit_id)
    asked = (
        select(a.home_region, a.id, a.observed_at).where(_these(a, documents)),
        select(p.home_region, p.id, a.observed_at).join(a, of_audit).where(_these(p, documents)),
        select(d.home_region, d.id, d.decided_at).where(_these(d, documents)),
        select(r.home_region, r.id, r.answered_at).where(_these(r, documents)),
    )
    found = (row for statement in asked for row in session.execute(statement))
    return {(home, made): moment for home, made, moment in found if moment is not None}


def _these(
    model: type[Audit | DecisionRow | OperatorReply | Prescription], keys: Collection[Key]
) -> ColumnElement[bool]:
    return among((model.home_region, model.id), keys)


def _dates_of_before(session: Session, notices: Sequence[Notice], restored_at: datetime) -> set[UUID]:
    """Notices of stages whose day had come, of dates that were known then."""
    days = {country: _days(session, country) for country in sorted({notice.country for notice in notices})}
    come = [notice for notice in notices if _had_come(notice, days[notice.country], restored_at)]
    if not come:
        return set()
    t = ToldRow
    facilities = among((t.home_region, t.facility_id), {(each.home_region, each.facility_id) for each in come})
    told = session.execute(select(t.violation_id, t.due_on, t.told_at).where(facilities)).all()
    before = {(row.violation_id, row.due_on) for row in told if row.told_at <= restored_at}
    # Of a date that was told since, nobody was reminded before. What is told of a merged facility stands apart.
    since = {(row.violation_id, row.due_on) for row in told} - before
    return {notice.id for notice in come if (notice.violation_id, notice.due_on) not in since}


def _days(session: Session, country: str) -> Mapping[str, int]:
    """The earliest day that each stage ever had: which edition was in force in what was lost, nobody knows."""
    days: dict[str, int] = {}
    for edition in timetable(session, country, date.max).editions:
        for stage in edition.stages.by_day:
            days[stage.name] = min(stage.days or 0, days.get(stage.name, stage.days or 0))
    return days


def _had_come(notice: Notice, days: Mapping[str, int], restored_at: datetime) -> bool:
    if notice.stage not in days or notice.due_on is None:
        return False
    return stage_day(days[notice.stage], notice.due_on) <= local_date(restored_at, notice.country)
