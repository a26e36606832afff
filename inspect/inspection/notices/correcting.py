"""Correction letters: a person looked at what was told and is no longer true, and says what holds instead."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from inspection.access import Act, Caller
from inspection.bulk import insert_rows
from inspection.countries import local_date
from inspection.dossiers import Dossier, open_for, refuse_merged
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput
from inspection.journal import Change
from inspection.notices.announcing import announce_told
from inspection.prescribing import told_row
from inspection.settling import settle_dossier, to_be_told, write_settled
from inspection.tables.areas import Area, Level
from inspection.tables.telling import ReviewCase, ToldRow
from inspection.telling import Say, Told, ToTell, Why
from inspection.unit import Unit
from inspection.violation_rows import violation_id


def correct(
    unit: Unit, caller: Caller, case_id: UUID, *, letter: UUID, reason: str, due_on: date | None = None
) -> Told:
    """Tell the operator what holds instead of what they were told. Asking again with the same id changes nothing.

    letter: an id made by the client; names the correction in the ledger. due_on: of an item that stands again, the
    new date; of other cases the date follows from what is true. Raises NotFound, Forbidden, InvalidInput (a date
    that is missing, past or not asked for), AlreadyDifferent (the id is taken), DoesNotApply (what was told is
    true again, or the item needs a prescription of its own).
    """
    # A case has no home of its own; the few regions it can be born in let the primary key find it.
    regions = select(Area.code).where(Area.level <= Level.REGION)
    found = select(ReviewCase).where(ReviewCase.home_region.in_(regions), ReviewCase.id == case_id)
    row = unit.session.scalars(found).one_or_none()
    dossier = open_for(unit, caller, Act.CONFIRM, row, what="object")
    assert row is not None  # noqa: S101 - or there would be no dossier
    if repeated := next((entry for entry in dossier.told if entry.by == letter), None):
        if violation_id(row.facility_id, repeated.spot) != row.violation_id:
            raise AlreadyDifferent("this id is taken by another document", letter=str(letter))
        return repeated
    refuse_merged(dossier, row)
    case = _still_open(unit, dossier, row)
    due = _due(case, due_on, local_date(unit.now, dossier.facility.country))
    entry = Told(case.spot, case.stood_at, Say.CORRECTED, due, dossier.next_moment(unit.now), letter)
    dossier.told.append(entry)
    insert_rows(unit.session, ToldRow, [told_row(unit, dossier, entry)])
    announce_told(unit, [(dossier, entry)])
    facts = {"why": (None, case.why.value), "due_on": (case.due_on, due), "by": (None, letter)}
    unit.journal.add(Change(row.home_region, "told.corrected", "review_case", str(case_id), facts, reason))
    write_settled(unit, [dossier])
    return entry


def _still_open(unit: Unit, dossier: Dossier, row: ReviewCase) -> ToTell:
    for case in to_be_told(unit, dossier, settle_dossier(dossier)):
        about = (violation_id(dossier.facility.id, case.spot), case.why.value)
        if case.review and about == (row.violation_id, row.why):
            if case.say is Say.PRESCRIBED:
                raise DoesNotApply("this item needs a prescription of its own", why=row.why)
            return case
    raise DoesNotApply("what was told is true again", why=row.why)


def _due(case: ToTell, wanted: date | None, today: date) -> date | None:
    """The date that the letter tells; None: the item is withdrawn."""
    if case.why is Why.REOPENED:
        if wanted is None or wanted <= today:
            reason = "an item that stands again needs a date that people can still meet"
            raise InvalidInput([Fault("/due_on", reason, f"a date after {today.isoformat()}")])
        return wanted
    if wanted is not None:
        raise InvalidInput(
            [Fault("/due_on", "the date of this case follows from what is true", "due_on left out")]
        )
    return case.due_on if case.why is Why.DUE_CHANGED else None
