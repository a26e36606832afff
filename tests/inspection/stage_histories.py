"""Editions of stages at random, and what a date brings under them night by night, by the pure rule alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import strategies as st

from inspection.notices.planning import Planned, plan
from inspection.notices.stages import Recipient, Stage, ordered, stages
from inspection.notices.timetables import SHIPPED, Edition, Final, Timetable

DAY = timedelta(days=1)
FIRST = date(2026, 3, 2)  # of the nights
SIDES = {stage.name: stage.days or 0 for stage in stages().by_day} | {
    f"kz_{n}_1": 1 - 2 * (n % 2) for n in range(1, 3)
}
KINDS = st.sets(st.sampled_from(list(Recipient)), min_size=1)
DAYS = st.integers(1, 9)  # near each other, so that they meet


@st.composite
def an_edition(draw: st.DrawFn, number: int, since: date) -> Edition:
    """Any stages: known names on their side of the date, each day of a recipient once."""
    taken: set[tuple[int, Recipient]] = set()
    found = []
    for name in sorted(draw(st.sets(st.sampled_from(sorted(SIDES)), min_size=1, max_size=5)) | {"overdue"}):
        days, to = draw(DAYS) * (1 if SIDES[name] > 0 else -1), draw(KINDS)
        free = tuple(kind for kind in Recipient if kind in to and (days, kind) not in taken)
        if free:
            taken |= {(days, kind) for kind in free}
            found.append(Stage(name, free, days=days))
    return Edition(number, since, ordered(found))


@st.composite
def some_editions(draw: st.DrawFn, most: int = 4) -> tuple[Edition, ...]:
    """What ships, and what took its place on days after the first."""
    since, found = FIRST, [SHIPPED]
    for gap in draw(st.lists(st.integers(1, 7), max_size=most)):
        since += gap * DAY
        found.append(draw(an_edition(len(found), since)))
    return tuple(found)


def on(editions: Sequence[Edition], day: date) -> Timetable:
    """What is in force on a day."""
    return Timetable(tuple(edition for edition in editions if edition.since <= day))


@dataclass
class History:
    """What one told date brought so far: each stage with its night, by kind of recipient."""

    due_on: date
    told_on: date
    sent: dict[tuple[Recipient, str], date] = field(default_factory=dict)
    superseded: dict[tuple[Recipient, str], date] = field(default_factory=dict)

    def planned(self, timetable: Timetable, today: date) -> Iterator[tuple[Recipient, Planned]]:
        """What is due for each kind."""
        if today < self.told_on:
            return
        for kind, (found, opened) in timetable.by_kind.items():
            decided = {name for to, name in (*self.sent, *self.superseded) if to is kind}
            about = {"told_on": self.told_on, "due_on": self.due_on}
            yield kind, plan(found, **about, decided=decided, today=today, opened=opened)

    def night(self, timetable: Timetable, today: date) -> None:
        """Decide, as a night does that looks at everything."""
        for kind, planned in self.planned(timetable, today):
            if planned.send is not None:
                assert (kind, planned.send.name) not in {*self.sent, *self.superseded}
                self.sent[kind, planned.send.name] = today
            for stage in planned.superseded:
                assert (kind, stage.name) not in {*self.sent, *self.superseded}
                assert self._overtaken(timetable, kind, stage, today)
                self.superseded[kind, stage.name] = today

    def _overtaken(self, timetable: Timetable, kind: Recipient, stage: Stage, today: date) -> bool:
        """Whether something later was decided, now or before, or there is nothing left to remind of."""
        names = [each.name for each in timetable.by_kind[kind][0]]
        later = {(kind, name) for name in names[names.index(stage.name) + 1 :]}
        reminds = (stage.days or 0) < 0
        return bool(later & {*self.sent, *self.superseded}) or (reminds and today > self.due_on)

    def is_over(self, finals: Sequence[Final]) -> bool:
        """What the statement asks that passes over violations."""
        decided = [(name, day) for (_, name), day in (*self.sent.items(), *self.superseded.items())]
        return any(
            name == final.stage
            and final.since <= day < (final.until or date.max)
            and (final.due_before is None or self.due_on < final.due_before)
            for final in finals
            for name, day in decided
        )
