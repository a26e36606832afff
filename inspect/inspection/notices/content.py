"""What a letter says, as plain values: which facility, which items, in which stage. The words are the edge's."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from inspection.bulk import among
from inspection.countries import local_date
from inspection.criterion_titles import titles
from inspection.notices.recipients import nobody
from inspection.notices.stages import ACTS, Event, Recipient, act_of, stages
from inspection.notices.truth import truths
from inspection.prescriptions import number_text
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.facilities import Facility
from inspection.tables.notices import Letter, LetterState, Notice
from inspection.tables.operators import Operator
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.violation_acts import ViolationAct
from inspection.tables.violations import STANDING, Violation
from inspection.telling import Say
from inspection.unit import Unit

Text = Mapping[str, str]
WENT_OUT = (LetterState.SENT, LetterState.DELIVERED)
OVERDUE, BEFORE = DATES = ("overdue", "before")  # what a date says, the more urgent first


@dataclass(frozen=True, slots=True)
class Question:
    """What an official asks of the operator about an item."""

    words: str
    answer_by: date


@dataclass(frozen=True, slots=True)
class Item:
    """One violation in a letter.

    title: of the criterion, by language; empty where its checklist is gone. value, unit, limit: as it was judged
    last. days_left: until the told date, below zero when it has passed; None: nothing is due. also: acts that the
    same letter tells of this item and not of the others beside it. questions: that an official asks about it.
    """

    title: Text
    criterion: str
    place: str
    value: Any
    unit: str | None
    limit: str | None
    due_on: date | None
    days_left: int | None
    prescription: str | None
    answers: tuple[str, UUID] | None = None  # the prescription, as long as there is something to answer
    also: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """The items of which one thing is most urgent, by due date. also: acts that are told of all of them too.

    says: an act, or `before` or `overdue`: what the date says on the day of the letter. The name of a stage does
    not tell the day, because the day can be changed.
    """

    says: str
    items: tuple[Item, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """A letter before it has words. Names by language. sections: the most urgent first.

    papers: prescriptions that the operator hears of in this letter, (home region, id); it takes them along.
    answered: prescriptions that an operator can still answer, by number.
    """

    id: UUID
    address: str
    recipient: str
    country: str
    facility: Text
    facility_address: Text
    operator: Text
    department: Text
    sections: tuple[Section, ...]
    papers: tuple[tuple[str, UUID], ...] = ()
    answered: Mapping[str, tuple[str, UUID]] = field(default_factory=dict)


def content(unit: Unit, letter: Letter, notices: Sequence[Notice]) -> Content:
    """What the letter says with these of its notices.

    Three statements, and one or two where it asks something or tells of an event.
    """
    facility = unit.session.get_one(Facility, (letter.home_region, letter.facility_id))
    operator = facility.operator_id and unit.session.get(Operator, (facility.home_region, facility.operator_id))
    answers = Department.area_code == facility.region_code
    department = unit.session.scalars(select(Department).where(answers)).one_or_none()
    told = _by_violation(notices)
    items = _items(unit, letter, _dates(unit, letter, told))
    return Content(
        id=letter.id,
        address=letter.address,
        recipient=letter.recipient.partition(":")[0],
        country=facility.country,
        facility={"kk": facility.name_kk, "ru": facility.name_ru},
        facility_address=_both(facility.address_kk, facility.address_ru),
        operator=_both(operator.name_kk, operator.name_ru) if operator else {},
        department=_both(department.name_kk, department.name_ru) if department else {},
        sections=tuple(_sections(told, items, _questions(unit, notices))),
        papers=_papers(letter, notices),
        answered=_answered(letter, items.values()),
    )


def _by_violation(notices: Sequence[Notice]) -> Mapping[UUID, Sequence[Notice]]:
    """What is told of each violation, the most urgent first."""
    told: dict[UUID, list[Notice]] = defaultdict(list)
    for notice in sorted(notices, key=lambda each: (_urgency(each.stage), each.id)):
        told[notice.violation_id].append(notice)
    return told


def _sections(
    told: Mapping[UUID, Sequence[Notice]], items: Mapping[UUID, Item], asked: Mapping[UUID | None, Question]
) -> Iterator[Section]:
    """Every item once, under what is most urgent; a date says all that an earlier one would have said."""
    held: dict[str, list[Item]] = defaultdict(list)
    for violation, notices in told.items():
        first, *others = [_says(notice.stage, items[violation]) for notice in notices]
        also = tuple(dict.fromkeys(each for each in others if each != first and each not in DATES))
        questions = tuple(asked[n.document_id] for n in notices if n.document_id in asked)
        held[first].append(replace(items[violation], also=also, questions=questions))
    for says in sorted(held, key=_urgency):
        found = sorted(held[says], key=lambda i: (str(i.due_on), i.criterion, i.place))
        common = tuple(act for act in found[0].also if all(act in item.also for item in found))
        alone = (replace(item, also=tuple(act for act in item.also if act not in common)) for item in found)
        yield Section(says, tuple(alone), common)


def _says(stage: str, item: Item) -> str:
    """What a notice of this stage says of an item today."""
    if act_of(stage) is not None:
        return stage
    return OVERDUE if item.days_left is not None and item.days_left < 0 else BEFORE


def _papers(letter: Letter, notices: Sequence[Notice]) -> tuple[tuple[str, UUID], ...]:
    """Prescriptions that these notices tell of: each in one letter only, because each is told once."""
    if letter.recipient.partition(":")[0] == "person":
        return ()
    telling = {stage.name for stage in stages().telling(Say.PRESCRIBED)}
    told = {(n.home_region, n.document_id) for n in notices if n.stage in telling and n.document_id is not None}
    return tuple(sorted(told))


def _questions(unit: Unit, notices: Sequence[Notice]) -> Mapping[UUID | None, Question]:
    asking = {stage.name for stage in stages().telling(Event.ASKED)}
    keys = {(n.home_region, n.document_id) for n in notices if n.stage in asking and n.document_id is not None}
    if not keys:
        return {}
    act = ViolationAct
    found = unit.session.execute(
        select(act.id, act.words, act.answer_by).where(among((act.home_region, act.id), keys))
    )
    return {row.id: Question(row.words, row.answer_by) for row in found}


def _answered(letter: Letter, items: Collection[Item]) -> Mapping[str, tuple[str, UUID]]:
    if not letter.recipient.startswith(("operator:", nobody(Recipient.OPERATOR).key)):
        return {}
    return {item.prescription: item.answers for item in items if item.prescription and item.answers}


def _both(kk: str | None, ru: str | None) -> Text:
    said = {"kk": kk or ru, "ru": ru or kk}
    return {language: text for language, text in said.items() if text}


def _urgency(says: str) -> tuple[int, int]:
    """What was found late comes first, then what is overdue, what is due soon, acts as listed."""
    act = act_of(says)
    if act is Event.FOUND_LATE:
        return -1, 0
    return (0, says == BEFORE) if act is None else (1, list(ACTS).index(act.value))


def _dates(unit: Unit, letter: Letter, told: Mapping[UUID, Sequence[Notice]]) -> Mapping[UUID, date | None]:
    """The date that stands at each item: the one that its notices tell.

    Where they tell of an event alone, it is the date that holds now, for another may have been told since.
    """
    telling = {each: _telling(notices) for each, notices in told.items()}
    dates = {each: notice.due_on for each, notice in telling.items()}
    events = [notice for notice in telling.values() if _is_event(notice)]
    if events and letter.state not in WENT_OUT:
        dates |= {each: truth.due_on for each, truth in truths(unit, events).items()}
    return dates


def _day(unit: Unit, letter: Letter) -> date:
    """The local day on which it is read: today, or the one on which it went out."""
    if letter.state == LetterState.DELIVERED and letter.delivered_on is not None:
        return letter.delivered_on
    return local_date(letter.sent_at or unit.now, letter.country)


def _telling(notices: Sequence[Notice]) -> Notice:
    return next((notice for notice in notices if not _is_event(notice)), notices[0])


def _is_event(notice: Notice) -> bool:
    return isinstance(act_of(notice.stage), Event)


def _items(unit: Unit, letter: Letter, told: Mapping[UUID, date | None]) -> Mapping[UUID, Item]:
    keys = {(letter.home_region, violation) for violation in told}
    same = (Prescription.home_region == Violation.home_region) & (Prescription.id == Violation.prescription_id)
    by = (Department.home_region == Prescription.home_region) & (Department.id == Prescription.department_id)
    of_version = (
        (PublishedChecklist.home_region == Violation.country)
        & (PublishedChecklist.key == Violation.checklist_key)
        & (PublishedChecklist.version == Violation.checklist_version)
    )
    shown = (
        Violation.id,
        Violation.home_region,
        Violation.state,
        Violation.criterion,
        Violation.place,
        Violation.value,
        Violation.unit,
    )
    rows = unit.session.execute(
        select(*shown, Violation.limit_text, PublishedChecklist.content_hash)
        .add_columns(Department.code, Prescription.year, Prescription.number, Violation.prescription_id)
        .select_from(Violation)
        .outerjoin(Prescription, same)
        .outerjoin(Department, by)
        .outerjoin(PublishedChecklist, of_version)
        .where(among((Violation.home_region, Violation.id), keys))
    ).all()
    called = titles(unit.session, {row.content_hash for row in rows if row.content_hash})
    today = _day(unit, letter)
    return {
        row.id: Item(
            title=called.get(row.content_hash, {}).get(row.criterion, {}),
            criterion=row.criterion,
            place=row.place,
            value=row.value,
            unit=row.unit,
            limit=row.limit_text,
            due_on=(due := told[row.id]),
            days_left=None if due is None else (due - today).days,
            prescription=None if row.code is None else number_text(row.code, row.year, row.number),
            answers=(row.home_region, row.prescription_id) if row.code and row.state in STANDING else None,
        )
        for row in rows
    }
