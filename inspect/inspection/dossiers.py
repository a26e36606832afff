"""Everything held about facilities, read under their locks in a fixed number of queries.

A dossier is what the operations on audits, decisions and prescriptions work with; `settling.py` writes back
what follows from it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, Place, require
from inspection.aliases import Key, lock_merged
from inspection.bulk import among
from inspection.checklists import newest_checklists, read_checklists
from inspection.countries import COUNTRIES, Country
from inspection.criteria import Checklist
from inspection.errors import DoesNotApply
from inspection.findings import from_rows
from inspection.history import Decision, DecisionKind, Finding, History, Prescribed, SignedAudit, Spot
from inspection.sync.violation_documents import OF_AUDIT, OF_OPERATOR
from inspection.tables.audits import Audit
from inspection.tables.columns import OfFacility
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Facility
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.operators import Operator, Ownership
from inspection.tables.prescriptions import Prescription
from inspection.tables.telling import ReviewCase, ToldRow
from inspection.tables.violations import Violation
from inspection.telling import Say, Told
from inspection.unit import Unit
from inspection.workday_overrides import workdays_of
from inspection.workdays import Workdays

R = TypeVar("R", bound=OfFacility)


@dataclass(slots=True)
class Dossier:
    """One facility with its history, what was told, and what is stored as following from both.

    audits, decisions, prescribed and told grow while a unit works; checklist is the newest published one.
    operator: its columns as documents show them. papers: of each audit, likewise.

    Of facilities that were merged the survivor's dossier holds the history and the ledger of all; in those that it
    stands for there is only what was once stored as following from their own. members: all of them by id, the
    survivor too. survivor: of a merged facility, the dossier that counts in its place.
    """

    facility: Facility
    country: Country
    workdays: Workdays
    ownership: str
    checklist_id: UUID
    checklist: Checklist
    operator: Mapping[str, Any] | None = None
    papers: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    audits: dict[UUID, SignedAudit] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    prescribed: list[Prescribed] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    violations: dict[UUID, Violation] = field(default_factory=dict)
    open_followup: FollowUp | None = None
    cancelled_followups: list[FollowUp] = field(default_factory=list)
    review_cases: list[ReviewCase] = field(default_factory=list)
    members: dict[UUID, "Dossier"] = field(default_factory=dict, repr=False, compare=False)
    survivor: "Dossier | None" = field(default=None, repr=False, compare=False)

    @property
    def counting(self) -> "Dossier":
        """The dossier in which this facility's history counts: its own, or that of whoever stands for it."""
        return self.survivor or self

    def of(self, facility_id: UUID) -> "Dossier":
        """The dossier of this facility, or of one that it stands for."""
        return self.members.get(facility_id, self)

    @property
    def placed(self) -> dict[str, Any]:
        """The columns that every new row of this facility begins with."""
        facility = self.facility
        return {
            "home_region": facility.home_region,
            "rev": 1,
            "country": facility.country,
            "region_code": facility.region_code,
            "district_code": facility.district_code,
            "facility_id": facility.id,
        }

    @property
    def place(self) -> Place:
        """Where the facility lies now."""
        return Place(self.facility.country, self.facility.region_code, self.facility.district_code)

    def moment(self, now: datetime) -> datetime:
        """The moment at which this facility is looked at: now, but never before what is on record.

        A unit reads the clock before it waits for the lock; another may have acted since, by a later clock.
        """
        acts = [d.decided_at for d in self.decisions] + [p.issued_at for p in self.prescribed]
        return max([now, *acts, *(t.told_at for t in self.told), *(a.observed_at for a in self.audits.values())])

    def next_moment(self, now: datetime) -> datetime:
        """The moment of a new act: after everything on record, so that acts stand in the order of their locks."""
        latest = self.moment(now)
        return latest if latest == now and not self._acted_at(now) else latest + datetime.resolution

    def _acted_at(self, moment: datetime) -> bool:
        return any(d.decided_at == moment for d in self.decisions) or any(t.told_at == moment for t in self.told)

    def take(self, audit: SignedAudit, row: Mapping[Any, Any]) -> None:
        """Add an audit. row: its columns, of JUDGED or more."""
        self.audits[audit.id] = audit
        self.papers[audit.id] = {name: row[name] for name in OF_AUDIT}

    @property
    def history(self) -> History:
        """Everything that happened here, as the rules want it."""
        return History(tuple(self.audits.values()), tuple(self.decisions), tuple(self.prescribed))


def open_dossiers(
    unit: Unit, keys: Collection[tuple[str, UUID]], corrected: Collection[UUID] = ()
) -> Mapping[UUID, Dossier]:
    """Lock these facilities, then read all that is held about them: a dozen queries, however many there are.

    keys: (home region, facility id). Facilities that do not exist are left out; those that are merged with one of
    them come along. corrected: audits of theirs that are about to be corrected.
    """
    session = unit.session
    facilities, survivors = lock_merged(session, keys)
    if not facilities:
        return {}
    countries = {f.country for f in facilities.values()}
    newest = newest_checklists(session, countries)
    workdays = workdays_of(session, countries)
    operators = _operators(session, facilities.values())
    dossiers = {}
    for f in facilities.values():
        if f.country in newest:
            operator = operators.get(f.operator_id)
            owned = operator["ownership"] if operator else Ownership.UNKNOWN.value
            known = f, COUNTRIES[f.country], workdays[f.country], owned, *newest[f.country]
            dossiers[f.id] = Dossier(*known, operator=operator)
    _join(dossiers, survivors)
    held = sorted((d.facility.home_region, d.facility.id) for d in dossiers.values())
    _read_audits(session, held, dossiers)
    _read_acts(session, held, dossiers)
    _read_prescriptions(session, held, dossiers, corrected)
    for violation in _of(session, Violation, held):
        dossiers[violation.facility_id].violations[violation.id] = violation
    _read_queue(session, held, dossiers)
    return dossiers


def _join(dossiers: Mapping[UUID, Dossier], survivors: Mapping[Key, Key]) -> None:
    for (_, merged), (_, survivor) in survivors.items():
        if survivor in dossiers:
            dossiers[survivor].members[merged] = dossiers[merged]
            dossiers[merged].survivor = None if merged == survivor else dossiers[survivor]


def open_for(unit: Unit, caller: Caller, act: Act, row: OfFacility | None, *, what: str) -> Dossier:
    """Lock the facility that a row belongs to and read the dossier in which it counts, if the caller may do this.

    Raises as `require` does. Asked before the lock, so that strangers hold nothing up, and again under it: the
    facility may have moved to another district since. Who acts on a merged facility acts on the one that stands
    for it, so it is asked for both.
    """
    require(caller, act, row, what=what)
    assert row is not None  # noqa: S101 - require has seen to it
    dossier = open_dossiers(unit, [(row.home_region, row.facility_id)])[row.facility_id]
    require(caller, act, dossier.facility, what=what)
    require(caller, act, dossier.counting.facility, what=what)
    return dossier.counting


def refuse_merged(dossier: Dossier, row: OfFacility) -> None:
    """Refuse to act on what is stored of a merged facility, which counts elsewhere. Raises DoesNotApply."""
    if row.facility_id != dossier.facility.id:
        raise DoesNotApply(MERGED, merged_into=str(dossier.facility.id))


MERGED = "this facility was merged into another one, which stands for it: act on that one"


def _of(session: Session, model: type[R], keys: Collection[tuple[str, UUID]], *where: Any) -> Collection[R]:
    statement = select(model).where(among((model.home_region, model.facility_id), keys), *where)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


OF_THE_OPERATOR = (Operator.id, *(getattr(Operator, name) for name in OF_OPERATOR))


def _operators(session: Session, facilities: Collection[Facility]) -> Mapping[UUID | None, Mapping[str, Any]]:
    keys = sorted({(f.home_region, f.operator_id) for f in facilities if f.operator_id is not None})
    if not keys:
        return {}
    found = session.execute(select(*OF_THE_OPERATOR).where(among((Operator.home_region, Operator.id), keys)))
    return {row.id: row._asdict() for row in found}


def _read_audits(session: Session, keys: Collection[tuple[str, UUID]], dossiers: Mapping[UUID, Dossier]) -> None:
    # The columns that matter as plain rows: objects of whole audits would cost as much again as settling.
    audits = select(*JUDGED).where(among((Audit.home_region, Audit.facility_id), keys))
    rows = session.execute(audits).mappings().all()
    checklists = read_checklists(session, {row["checklist_id"] for row in rows})
    for row in rows:
        if (audit := as_signed(row, checklists[row["checklist_id"]])) is not None:
            dossiers[row["facility_id"]].counting.take(audit, row)


JUDGED = (
    *(Audit.id, Audit.facility_id, Audit.author_id, Audit.corrects_id),
    *(Audit.observed_at, Audit.signed_true_at, Audit.received_at),
    *(Audit.checklist_id, Audit.checklist_key, Audit.checklist_version, Audit.findings, Audit.alternatives),
    *(getattr(Audit, name) for name in OF_AUDIT),
)


def as_signed(
    row: Mapping[Any, Any], checklist: Checklist, findings: Mapping[Spot, Finding] | None = None
) -> SignedAudit | None:
    """An audit's row as the history sees it; None while nobody knows when it was observed.

    row: the columns of JUDGED, or more. findings: of the row, where they are at hand.
    """
    if row["observed_at"] is None:
        return None
    return SignedAudit(
        id=row["id"],
        observed_at=row["observed_at"],
        signed_at=row["signed_true_at"] or row["observed_at"],
        received_at=row["received_at"],
        author=row["author_id"],
        checklist=(row["checklist_key"], row["checklist_version"]),
        findings=from_rows(row["findings"], checklist) if findings is None else findings,
        corrects=row["corrects_id"],
        alternatives={group: None if word == "none" else word for group, word in row["alternatives"].items()},
    )


def _read_acts(session: Session, keys: Collection[tuple[str, UUID]], dossiers: Mapping[UUID, Dossier]) -> None:
    for decision in _of(session, DecisionRow, keys):
        dossiers[decision.facility_id].counting.decisions.append(as_decision(decision))
    for told in _of(session, ToldRow, keys):
        dossiers[told.facility_id].counting.told.append(as_told(told))


def _read_prescriptions(
    session: Session, keys: Collection[Key], dossiers: Mapping[UUID, Dossier], corrected: Collection[UUID]
) -> None:
    """Prescriptions of these facilities, and of corrected audits whoever they were issued for.

    Another facility may have stood for theirs when they were issued. That matters to a correction alone, and those
    are rare.
    """
    where_it_counts = {made: dossier for dossier in dossiers.values() for made in dossier.audits}
    said = {audit.corrects for d in dossiers.values() for audit in d.audits.values() if audit.corrects}
    wanted = among((Prescription.home_region, Prescription.facility_id), keys)
    if about := {*said, *corrected} & where_it_counts.keys():
        regions = {region for region, _ in keys}
        of_audits = [(region, made) for region in regions for made in about]
        wanted |= among((Prescription.home_region, Prescription.audit_id), of_audits)
    columns = (Prescription.id, Prescription.facility_id, Prescription.audit_id, Prescription.issued_at)
    for row in session.execute(select(*columns).where(wanted)):
        of_facility = dossiers.get(row.facility_id)
        told = Prescribed(row.id, row.audit_id, row.issued_at)
        for dossier in (of_facility and of_facility.counting, where_it_counts.get(row.audit_id)):
            if dossier is not None and told not in dossier.prescribed:
                dossier.prescribed.append(told)


def as_decision(row: DecisionRow) -> Decision:
    """A decision's row as the history sees it."""
    return Decision(
        id=row.id,
        kind=DecisionKind(row.kind),
        decided_at=row.decided_at,
        author=row.author_id,
        reason=row.reason,
        spot=None if row.criterion is None else Spot(row.criterion, row.place or ""),
        based_on=row.based_on,
        until=row.until,
        revokes=row.revokes,
    )


def as_told(row: ToldRow) -> Told:
    """An entry of the ledger as the rules see it."""
    return Told(
        Spot(row.criterion, row.place), row.stood_at, Say(row.say), row.due_on, row.told_at, row.document_id
    )


def _read_queue(session: Session, keys: Collection[tuple[str, UUID]], dossiers: Mapping[UUID, Dossier]) -> None:
    standing = FollowUp.state.in_([FollowUpState.QUEUED.value, FollowUpState.ASSIGNED.value])
    for followup in _of(session, FollowUp, keys, standing | FollowUp.cancelled_why.is_not(None)):
        if followup.cancelled_why is None:
            dossiers[followup.facility_id].open_followup = followup
        else:
            dossiers[followup.facility_id].cancelled_followups.append(followup)
    by_facility: dict[UUID, list[ReviewCase]] = defaultdict(list)
    for case in _of(session, ReviewCase, keys):
        by_facility[case.facility_id].append(case)
    for facility_id, cases in by_facility.items():
        dossiers[facility_id].review_cases = cases
