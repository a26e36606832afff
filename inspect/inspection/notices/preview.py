"""What a change of the stages would do: which due dates it touches, and how many letters more or fewer a night."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true

from inspection.access import Caller
from inspection.notices.deciding import Compared, Night, V, compare_page, regions
from inspection.notices.editions import Wish, first_day, foresee
from inspection.notices.stages import Recipient
from inspection.notices.timetables import Edition, Opening, Timetable
from inspection.tables.notices import NoticeState
from inspection.unit import Unit

MOST = 10_000  # violations that are looked at while somebody waits

Span = tuple[date | None, date | None]  # both included; None: however early, or late


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of an edition if it began in the first night that it can.

    dates: due dates of which something else would be told. letters: to each kind of recipient that night, as it is
    and as it would be. looked_at: violations; whole: those are all there are, and not the first ones only.
    """

    night: date
    dates: Sequence[Span]
    letters: Mapping[Recipient, tuple[int, int]]
    looked_at: int
    whole: bool


@dataclass(slots=True)
class _Counted:
    """Letters so far, by timetable and kind: one for each recipient and facility."""

    letters: Mapping[tuple[int, Recipient], set[Any]] = field(default_factory=lambda: defaultdict(set))
    looked_at: int = 0

    def add(self, page: Compared) -> None:
        """Count a page."""
        self.looked_at += page.looked_at
        for n, rows in enumerate(page.rows):
            for kind, row in rows:
                if row["state"] != NoticeState.SUPERSEDED:
                    self.letters[n, kind].add((row["recipient"], row["facility_id"]))


def preview(unit: Unit, caller: Caller, wish: Wish) -> Preview:
    """Look at an edition without making it. Raises what `editions.foresee` does.

    Six statements for each 500 violations that the change touches.
    """
    held, new = foresee(unit.session, caller, wish, unit.now)
    night = first_day(wish.country, unit.now)
    changed = Timetable((*held.editions, Edition(held.editions[-1].number + 1, night, new)))
    dates = touched(held, changed, night)
    counted = _Counted()
    whole = _count(unit, Night(wish.country, night, [held, changed], _in(dates)), counted) if dates else True
    letters = {kind: (len(counted.letters[0, kind]), len(counted.letters[1, kind])) for kind in Recipient}
    return Preview(night, dates, letters, counted.looked_at, whole)


def _count(unit: Unit, night: Night, counted: _Counted) -> bool:
    """Count page by page. Returns whether all were looked at."""
    for region in regions(unit, night.country):
        after = None
        while True:
            page = compare_page(unit, region, night, after)
            counted.add(page)
            if (after := page.after) is None:
                break
            if counted.looked_at >= MOST:
                return False
    return True


def _in(dates: Sequence[Span]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                true() if first is None else V.due_on >= first,
                true() if last is None else V.due_on <= last,
            )
            for first, last in dates
        )
    )


def touched(before: Timetable, after: Timetable, today: date) -> Sequence[Span]:
    """The due dates of which other stages have come by a day under one timetable than under the other."""
    cuts = sorted({today.toordinal()} | {cut for table in (before, after) for cut in _cuts(table, today)})
    spans: list[tuple[int | None, int | None]] = []
    for first, last in zip([None, *cuts], [*(cut - 1 for cut in cuts), None], strict=True):
        due = (last if first is None else first) or today.toordinal()
        if _come(before, due, today) == _come(after, due, today):
            continue
        if spans and spans[-1][1] is not None and first is not None and spans[-1][1] + 1 == first:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return [(_day(first), _day(last)) for first, last in spans]


def _cuts(table: Timetable, today: date) -> Iterator[int]:
    """Due dates, as ordinals, from which on something may have come or be open otherwise."""
    for stages, opened in table.by_kind.values():
        for stage in stages:
            yield today.toordinal() - (stage.days or 0) + 1
            for opening in opened.get(stage.name, ()):
                yield opening.since.toordinal() - opening.days


def _come(table: Timetable, due: int, today: date) -> Sequence[tuple[Recipient, str]]:
    """What has come of a due date. A reminder of one that has passed is none any more."""
    return [
        (kind, stage.name)
        for kind, (stages, opened) in table.by_kind.items()
        for stage in stages
        if due + (stage.days or 0) <= today.toordinal()
        and ((stage.days or 0) > 0 or due >= today.toordinal())
        and _is_open(opened.get(stage.name, ()), due)
    ]


def _is_open(openings: Sequence[Opening], due: int) -> bool:
    return not openings or any(due + each.days >= each.since.toordinal() for each in openings)


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(max(1, ordinal))
