"""From notices to letters, and a letter's way: queued, tried, sent, or left for somebody to deliver on paper.

One letter holds what one recipient hears about one facility on one local date. The way is made of small units
around the network: `gather`, `take` (which reads the truth once more), the sending itself outside of any unit, and
`record`. A process that dies while sending leaves its letter taken; it is tried again when that lasted too long.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select, update

from inspection.bulk import among, insert_rows, table_of
from inspection.countries import local_date
from inspection.journal import Change
from inspection.notices.rows import NOTICES
from inspection.notices.truth import is_true, truths, unanswered
from inspection.tables.notices import Letter, LetterState, Notice, NoticeState
from inspection.tables.operators import Operator
from inspection.tables.people import Person
from inspection.unit import Unit

PAGE = 500  # notices in a unit
LEASE = timedelta(minutes=10)  # longer than any mail server may take
PAUSES = tuple(timedelta(minutes=m) for m in (5, 15, 60, 240, 720, 1440, 1440))  # after each attempt that failed
LONGEST_ANSWER = 500
PLACED = ("home_region", "country", "region_code", "district_code", "facility_id")
Group = tuple[str, str, UUID]  # recipient, home region, facility


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a letter was not taken. for_good: trying again would be no use. answer: in the server's words."""

    answer: str
    for_good: bool


def gather(unit: Unit, region: str, limit: int = PAGE) -> int:
    """Put waiting notices of a region into letters. Returns how many notices: 0, and none waits.

    Several may gather at once; on PostgreSQL each takes notices that nobody else holds.
    """
    first = (
        select(Notice)
        .where(Notice.region_code == region, Notice.state == NoticeState.WAITING.value)
        .order_by(Notice.recipient, Notice.facility_id, Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    notices = list(unit.session.scalars(first))
    groups = _groups(notices, whole=len(notices) < limit)
    addresses = _addresses(unit, groups)
    parts = _parts_before(unit, groups)
    letters = []
    for group, held in groups.items():
        letter = _letter_row(unit, held[0], group, parts.get(group, 0) + 1, addresses.get(group[0]) or "")
        letters.append(letter)
        unit.journal.add(_change(letter, f"letter.{letter['state']}", {"notices": (None, len(held))}))
        for notice in held:
            notice.state, notice.letter_id = NoticeState.IN_LETTER.value, letter["id"]
            notice.changed_at, notice.rev = unit.now, notice.rev + 1
    insert_rows(unit.session, Letter, letters)
    return sum(len(held) for held in groups.values())


def _groups(notices: Sequence[Notice], *, whole: bool) -> Mapping[Group, list[Notice]]:
    groups: dict[Group, list[Notice]] = defaultdict(list)
    for notice in notices:
        groups[notice.recipient, notice.home_region, notice.facility_id].append(notice)
    if not whole and len(groups) > 1:
        groups.popitem()  # the rest of the last one lies behind the limit
    return groups


def _addresses(unit: Unit, groups: Collection[Group]) -> Mapping[str, str | None]:
    """Recipient to the address as it is now."""
    ids: dict[str, set[UUID]] = defaultdict(set)
    operators = set()
    for recipient, home_region, _ in groups:
        kind, _, made = recipient.partition(":")
        if kind == "operator":
            operators.add((home_region, UUID(made)))
        elif kind == "person":
            ids[kind].add(UUID(made))
    found = unit.session.execute(
        select(Operator.id, Operator.notice_email).where(among((Operator.home_region, Operator.id), operators))
    )
    addresses = {f"operator:{row.id}": row.notice_email for row in found}
    people = unit.session.execute(select(Person.id, Person.email).where(Person.id.in_(sorted(ids["person"]))))
    return addresses | {f"person:{row.id}": row.email for row in people}


def _parts_before(unit: Unit, groups: Mapping[Group, list[Notice]]) -> Mapping[Group, int]:
    """How many letters of each group were queued on its local date before."""
    days = {group: local_date(unit.now, held[0].country) for group, held in groups.items()}
    keys = {(home_region, facility) for _, home_region, facility in groups}
    key = (Letter.recipient, Letter.home_region, Letter.facility_id)
    found = unit.session.execute(
        select(*key, Letter.local_date, func.max(Letter.part))
        .where(among((Letter.home_region, Letter.facility_id), keys), Letter.local_date.in_(set(days.values())))
        .group_by(*key, Letter.local_date)
    )
    return {(r[0], r[1], r[2]): r[4] for r in found if days.get((r[0], r[1], r[2])) == r[3]}


def _letter_row(unit: Unit, notice: Notice, group: Group, part: int, address: str) -> dict[str, Any]:
    day = local_date(unit.now, notice.country)
    key = "\n".join(str(each) for each in (*group, day, part))
    return {
        **{name: getattr(notice, name) for name in PLACED},
        "id": uuid5(NOTICES, key),  # also of the message: a copy is known as one
        "rev": 1,
        "recipient": group[0],
        "address": address,
        "local_date": day,
        "part": part,
        "state": (LetterState.QUEUED if address else LetterState.BY_HAND).value,
        "attempts": 0,
        "next_try_at": unit.now,
        "queued_at": unit.now,
    }


def due_letters(unit: Unit, limit: int = PAGE) -> Sequence[tuple[str, UUID]]:
    """Letters that are to be tried now, the longest waiting first: (home region, id)."""
    due = (Letter.state == LetterState.QUEUED.value) & (Letter.next_try_at <= unit.now)
    found = unit.session.execute(
        select(Letter.home_region, Letter.id).where(due).order_by(Letter.next_try_at, Letter.id).limit(limit)
    )
    return [(row.home_region, row.id) for row in found]


def take(unit: Unit, key: tuple[str, UUID]) -> tuple[Letter, list[Notice]] | None:
    """Take a letter to send it, unless somebody else has; with those of its notices that are still true.

    What is not true any more is withdrawn; a letter of which nothing is left is cancelled, and not taken.
    Counted as tried before it is tried.
    """
    mine = (Letter.home_region == key[0]) & (Letter.id == key[1])
    due = (Letter.state == LetterState.QUEUED.value) & (Letter.next_try_at <= unit.now)
    lease = {"attempts": Letter.attempts + 1, "next_try_at": unit.now + LEASE}
    claimed = update(Letter).where(mine, due).values(**lease).returning(Letter.id)
    if unit.session.execute(claimed.execution_options(synchronize_session=False)).first() is None:
        return None
    letter = unit.session.scalars(select(Letter).where(mine)).one()
    if letter.sent_at is not None:  # whoever sent it came no further than `mark_taken`
        _end(unit, letter, LetterState.SENT, None)
        return None
    true = withdraw_untrue(unit, letter)
    if not true:
        _end(unit, letter, LetterState.CANCELLED, "nothing in it was true any more")
        return None
    letter.address = _addresses(unit, [(letter.recipient, *_place(letter))]).get(letter.recipient) or ""
    return letter, true


def _place(letter: Letter) -> tuple[str, UUID]:
    return letter.home_region, letter.facility_id


def withdraw_untrue(unit: Unit, letter: Letter) -> list[Notice]:
    """The notices of a letter that are true now; the others are withdrawn for good."""
    return list(_still_true(unit, letter))


def _still_true(unit: Unit, letter: Letter) -> Iterator[Notice]:
    of_letter = (Notice.home_region == letter.home_region) & (Notice.letter_id == letter.id)
    notices = unit.session.scalars(select(Notice).where(of_letter).order_by(Notice.stage, Notice.id)).all()
    held, waiting = truths(unit, notices), unanswered(unit, notices)
    for notice in notices:
        if notice.state != NoticeState.IN_LETTER:
            continue
        now, waits = held.get(notice.violation_id), notice.document_id in waiting
        if is_true(notice.stage, notice.due_on, now, waits=waits):
            yield notice
        else:
            notice.state, notice.changed_at, notice.rev = NoticeState.WITHDRAWN.value, unit.now, notice.rev + 1


def mark_taken(unit: Unit, key: tuple[str, UUID]) -> None:
    """Remember that a mail server took the letter, in one statement: until `record` says so with all that follows.

    Whoever dies in between has not sent it for nothing: nobody sends it again.
    """
    mine = (Letter.home_region == key[0]) & (Letter.id == key[1]) & (Letter.state == LetterState.QUEUED.value)
    unit.session.connection().execute(update(table_of(Letter)).where(mine).values(sent_at=unit.now))


def record(unit: Unit, key: tuple[str, UUID], refusal: Refusal | None) -> None:
    """Write down what the mail server said: taken (None), or why not."""
    mine = (Letter.home_region == key[0]) & (Letter.id == key[1])
    letter = unit.session.scalars(select(Letter).where(mine).with_for_update()).one()
    if letter.state != LetterState.QUEUED:
        return  # somebody whose turn had lasted too long was quicker after all
    if refusal is None:
        letter.sent_at = letter.sent_at or unit.now
        _end(unit, letter, LetterState.SENT, None)
    elif refusal.for_good or letter.attempts > len(PAUSES):
        _end(unit, letter, LetterState.FAILED, refusal.answer)
    else:
        letter.answer = refusal.answer[:LONGEST_ANSWER]
        letter.next_try_at, letter.rev = unit.now + PAUSES[letter.attempts - 1], letter.rev + 1


def _end(unit: Unit, letter: Letter, state: LetterState, answer: str | None) -> None:
    letter.state, letter.rev = state.value, letter.rev + 1
    letter.answer = answer and answer[:LONGEST_ANSWER]
    placed = {name: getattr(letter, name) for name in ("home_region", "id", "recipient")}
    unit.journal.add(_change(placed, f"letter.{state.value}", {"attempts": (None, letter.attempts)}))


def _change(letter: Mapping[str, Any], action: str, facts: Mapping[str, Any]) -> Change:
    about = {"recipient": (None, letter["recipient"]), **facts}
    return Change(letter["home_region"], action, "letter", str(letter["id"]), about)
