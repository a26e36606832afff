"""What somebody sees who opens a link: one prescription, its items, what was answered, and nothing else."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.answers.links import Link
from inspection.countries import local_date
from inspection.criterion_titles import titles
from inspection.handling import one_duty, read_acts, read_explained
from inspection.history import Spot
from inspection.prescription_facts import case_facts
from inspection.prescription_states import CaseState, ItemState, case_state, item_state
from inspection.prescriptions import number_text
from inspection.tables.answers import OperatorReply, ReplyFile
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.facilities import Facility
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.violations import Violation

Text = dict[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """One reply to one item, and an official's answer to it if there is one. Nobody's name."""

    kind: str
    said: str | None
    until: date | None
    on: date
    state: str
    answer: str | None
    files: int


class QuestionState(StrEnum):
    """Where a question stands."""

    WAITING = "waiting"
    LATE = "late"  # its day has passed, and nobody has answered
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an official asks about one item, and whether it was answered. Nobody's name."""

    words: str
    on: date
    answer_by: date
    state: QuestionState


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """One item. title: by language; empty where its checklist is gone. value, limit: as it was judged last."""

    position: int
    violation_id: UUID
    criterion: str
    title: Text
    place: str
    value: Any
    unit: str | None
    limit: str | None
    due_on: date
    days_left: int
    state: ItemState
    replies: tuple[Said, ...] = ()
    questions: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A prescription as its operator sees it. Names by language; today: local date of the area."""

    prescription_id: UUID
    number: str
    country: str
    issued_on: date
    today: date
    facility: Text
    address: Text
    department: Text
    case: CaseState
    items: tuple[OpenedItem, ...]
    submissions: frozenset[UUID]  # that arrived


def opened(session: Session, link: Link, now: datetime) -> Opened:
    """The prescription of a link as it is now. Nine statements, and one more where something is asked."""
    key = link.home, link.prescription_id
    prescription = session.get_one(Prescription, key)
    facility = session.get_one(Facility, (link.home, prescription.facility_id))
    department = session.get_one(Department, (link.home, prescription.department_id))
    today = local_date(now, prescription.country)
    facts = case_facts(session, [key])[key]
    judged = _judged(session, link.home, [item.shown["violation_id"] for item in facts.items])
    replies, submissions = _replies(session, link)
    questions = _questions(session, facility, today)
    items = []
    for item in facts.items:
        shown = item.shown
        due_on = item.due_on or item.told_due_on
        items.append(
            OpenedItem(
                shown["position"],
                shown["violation_id"],
                shown["criterion"],
                place=shown["place"],
                due_on=due_on,
                days_left=(due_on - today).days,
                state=item_state(item, today),
                replies=tuple(replies.get(shown["violation_id"], ())),
                questions=tuple(questions.get(Spot(shown["criterion"], shown["place"]), ())),
                **judged[shown["violation_id"]],
            )
        )
    return Opened(
        prescription.id,
        number_text(department.code, prescription.year, prescription.number),
        prescription.country,
        prescription.issued_on,
        today,
        facility={"kk": facility.name_kk, "ru": facility.name_ru},
        address={"kk": facility.address_kk or "", "ru": facility.address_ru or ""},
        department={"kk": department.name_kk, "ru": department.name_ru},
        case=case_state(facts, today),
        items=tuple(items),
        submissions=submissions,
    )


def _questions(session: Session, facility: Facility, today: date) -> dict[Spot, list[Asked]]:
    """What is asked about duties of the facility, oldest first; what was taken back is not asked."""
    home, country = facility.home_region, facility.country
    acts = read_acts(session, home, one_duty(session, facility))
    every = [act for those in acts.values() for act in those]
    explained, taken_back = read_explained(session, home, every), {act.takes_back for act in every}
    found: dict[Spot, list[Asked]] = defaultdict(list)
    for act in every:
        if act.answer_by is None or act.id in taken_back:
            continue
        late = QuestionState.LATE if act.answer_by < today else QuestionState.WAITING
        state = QuestionState.ANSWERED if act.id in explained else late
        found[act.spot].append(Asked(act.words, local_date(act.acted_at, country), act.answer_by, state))
    return found


def _judged(session: Session, home: str, violations: list[UUID]) -> dict[UUID, dict[str, Any]]:
    of_version = (
        (PublishedChecklist.home_region == Violation.country)
        & (PublishedChecklist.key == Violation.checklist_key)
        & (PublishedChecklist.version == Violation.checklist_version)
    )
    rows = session.execute(
        select(Violation.id, Violation.criterion, Violation.value, Violation.unit, Violation.limit_text)
        .add_columns(PublishedChecklist.content_hash)
        .outerjoin(PublishedChecklist, of_version)
        .where(Violation.home_region == home, Violation.id.in_(violations))
    ).all()
    called = titles(session, {row.content_hash for row in rows if row.content_hash})
    return {
        row.id: {
            "title": dict(called.get(row.content_hash, {}).get(row.criterion, {})),
            "value": row.value,
            "unit": row.unit,
            "limit": row.limit_text,
        }
        for row in rows
    }


def _replies(session: Session, link: Link) -> tuple[dict[UUID, list[Said]], frozenset[UUID]]:
    r, f = OperatorReply, ReplyFile
    mine = (r.home_region == link.home) & (r.prescription_id == link.prescription_id)
    files: dict[UUID, int] = defaultdict(int)
    with_files = select(f.submission_id).where(
        f.home_region == link.home, f.prescription_id == link.prescription_id
    )
    for made in session.scalars(with_files):
        files[made] += 1
    found: dict[UUID, list[Said]] = defaultdict(list)
    rows = session.scalars(select(r).where(mine).order_by(r.received_at, r.id)).all()
    for row in rows:
        on = local_date(row.received_at, row.country)
        found[row.violation_id].append(
            Said(row.kind, row.said, row.until, on, row.state, row.answer, files[row.submission_id])
        )
    return found, frozenset(row.submission_id for row in rows)
