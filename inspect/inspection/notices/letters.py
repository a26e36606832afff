"""From notices to letters, and a letter's way: queued, tried, sent, or left for somebody to deliver on paper.

One letter holds what one recipient hears about one facility on one local date. Its way is that of every mail
(`inspection/outbox.py`); `take` reads the truth once more.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select

from inspection.bulk import among, insert_rows
from inspection.countries import local_date
from inspection.notices.doubtful import doubtful
from inspection.notices.recipients import REACHABLE, holds_office
from inspection.notices.rows import NOTICES
from inspection.notices.truth import is_true, truths, unanswered
from inspection.operators import address_failed
from inspection.outbox import PAGE, Key, Outbox
from inspection.restorations import MAY_HAVE_GONE_OUT, last_restoration
from inspection.tables.notices import Letter, LetterState, Notice, NoticeState
from inspection.tables.operators import Operator
from inspection.tables.outgoing import MailState
from inspection.tables.people import Person
from inspection.unit import Unit

PLACED = ("home_region", "country", "region_code", "district_code", "facility_id")
Group = tuple[str, str, UUID]  # recipient, home region, facility
# Enhanced status codes (RFC 3463) of addresses that do not exist, and of mailboxes that are no more. Refusals name
# computers, too, by numbers with dots.
NO_SUCH_ADDRESS = re.compile(r"(?<![\w.])5\.(1\.(1|2|3|6|10)|2\.1)(?!\.?\w)")


def _given_up(unit: Unit, letter: Letter) -> None:
    kind, _, made = letter.recipient.partition(":")
    if kind == "operator" and NO_SUCH_ADDRESS.search(letter.answer or ""):
        address_failed(unit, letter.home_region, UUID(made), letter.address)


LETTERS = Outbox(Letter, "letter", _given_up)


def gather(unit: Unit, region: str, limit: int = PAGE) -> int:
    """Put waiting notices of a region into letters. Returns how many notices: 0, and none waits.

    Those that may have gone out before a backup was restored get letters of their own, which wait for a person.
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
    restored = last_restoration(unit.session) if groups else None
    held = [notice for group in groups.values() for notice in group]
    doubted = doubtful(unit.session, held, restored[1]) if restored else set()
    letters = _Letters(unit, groups, restored and restored[0])
    for group, notices in groups.items():
        letters.write(group, [each for each in notices if each.id not in doubted])
        letters.write(group, [each for each in notices if each.id in doubted], doubtful=True)
    insert_rows(unit.session, Letter, letters.rows)
    return len(held)


class _Letters:
    """The letters that one unit makes. restoration: id of the newest one, if there was any."""

    def __init__(self, unit: Unit, groups: Mapping[Group, list[Notice]], restoration: UUID | None) -> None:
        self.rows: list[dict[str, Any]] = []
        self._unit, self._restoration = unit, restoration
        self._addresses = _addresses(unit, groups)
        self._parts = dict(_parts_before(unit, groups))

    def write(self, group: Group, notices: Sequence[Notice], *, doubtful: bool = False) -> None:
        """One letter of these notices; none of none."""
        if not notices:
            return
        unit = self._unit
        self._parts[group] = self._parts.get(group, 0) + 1
        letter = self._row(notices[0], group, self._addresses.get(group[0]) or "")
        if doubtful:
            letter |= {"state": LetterState.HELD.value, "answer": MAY_HAVE_GONE_OUT}
        self.rows.append(letter)
        key, facts = (letter["home_region"], letter["id"]), {"notices": (None, len(notices))}
        unit.journal.add(LETTERS.change(key, letter["recipient"], letter["state"], facts))
        for notice in notices:
            notice.state, notice.letter_id = NoticeState.IN_LETTER.value, letter["id"]
            notice.changed_at, notice.rev = unit.now, notice.rev + 1

    def _row(self, notice: Notice, group: Group, address: str) -> dict[str, Any]:
        unit, part = self._unit, self._parts[group]
        day = local_date(unit.now, notice.country)
        # A letter of the same day that went out before a restore had this key; mail servers drop what they know.
        named = (*group, day, part) if self._restoration is None else (*group, day, part, self._restoration)
        return {
            **{name: getattr(notice, name) for name in PLACED},
            "id": uuid5(NOTICES, "\n".join(str(each) for each in named)),  # also of the message
            "rev": 1,
            "recipient": group[0],
            "address": address,
            "local_date": day,
            "part": part,
            "state": (LetterState.QUEUED if address else LetterState.BY_HAND).value,
            "attempts": 0,
            "next_try_at": unit.now,
            "queued_at": unit.now,
            "answer": None,
        }


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
        select(Operator.id, REACHABLE).where(among((Operator.home_region, Operator.id), operators))
    )
    addresses = {f"operator:{row.id}": row.address for row in found}
    people = unit.session.execute(select(Person.id, Person.email).where(Person.id.in_(sorted(ids["person"]))))
    return addresses | {f"person:{row.id}": row.email for row in people}


def addresses_now(unit: Unit, letters: Iterable[Letter]) -> Mapping[str, str | None]:
    """Recipients of letters to their addresses as they are now."""
    return _addresses(unit, [(letter.recipient, *_place(letter)) for letter in letters])


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


def take(unit: Unit, key: Key) -> tuple[Letter, list[Notice]] | MailState | None:
    """Take a letter to send it, with those of its notices that are still true; None: somebody else has it.

    What is not true any more is withdrawn. A state: how the letter ended here and is not to be sent, because
    nothing is left of it, its reader does not answer for the place any more, or whoever sent it got no further.
    """
    letter = LETTERS.claim(unit, key)
    if letter is None or isinstance(letter, MailState):
        return letter
    true = withdraw_untrue(unit, letter)
    if true and not _may_hear(unit, letter):
        _withdraw(unit, true)
        return LETTERS.end(unit, letter, MailState.CANCELLED, "its reader holds no office there any more")
    if not true:
        return LETTERS.end(unit, letter, MailState.CANCELLED, "nothing in it was true any more")
    letter.address = addresses_now(unit, [letter]).get(letter.recipient) or ""
    return letter, true


def _may_hear(unit: Unit, letter: Letter) -> bool:
    """Whether a grant is left by which an official is written to; operators need none."""
    kind, _, made = letter.recipient.partition(":")
    return kind != "person" or holds_office(unit, UUID(made), letter.region_code, letter.district_code)


def _place(letter: Letter) -> tuple[str, UUID]:
    return letter.home_region, letter.facility_id


def withdraw_untrue(unit: Unit, letter: Letter) -> list[Notice]:
    """The notices of a letter that are true now; the others are withdrawn for good."""
    true, untrue = judged(unit, letter)
    _withdraw(unit, untrue)
    return true


def _withdraw(unit: Unit, notices: Sequence[Notice]) -> None:
    for notice in notices:
        notice.state, notice.changed_at, notice.rev = NoticeState.WITHDRAWN.value, unit.now, notice.rev + 1


def judged(unit: Unit, letter: Letter) -> tuple[list[Notice], list[Notice]]:
    """The notices of a letter: those that are true now, and those that are not any more. Changes nothing."""
    of_letter = (Notice.home_region == letter.home_region) & (Notice.letter_id == letter.id)
    of_letter &= Notice.state == NoticeState.IN_LETTER.value
    notices = unit.session.scalars(select(Notice).where(of_letter).order_by(Notice.stage, Notice.id)).all()
    held, waiting = truths(unit, notices), unanswered(unit, notices)
    true = {n.id for n in notices if is_true(n, held.get(n.violation_id), waits=n.document_id in waiting)}
    return [n for n in notices if n.id in true], [n for n in notices if n.id not in true]
