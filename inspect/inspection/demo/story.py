"""The two years of the whole region: who is visited when and why, and everything in the order of the clock."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from random import Random
from uuid import UUID

from inspection.criteria import Checklist
from inspection.demo.calendar import Calendar
from inspection.demo.careers import Career
from inspection.demo.chance import chance, weighted
from inspection.demo.conditions import draw_condition
from inspection.demo.events import Event, Fined, Issued, Ruled, Sent, Swept
from inspection.demo.fining import fines
from inspection.demo.sites import DemoFacility, Registers, draw_registers
from inspection.tables.audits import Ground

AUDITS_PER_FACILITY = 1.5
VISITED = 0.86  # share of facilities that anybody ever came to
# Checks of 2025 by ground, 1,577 in all, as published: 638 preventive, 535 unscheduled, 404 on the prosecutor's
# demand. Follow-ups are unscheduled checks by law; with us they are a ground of their own.
FOLLOW_UPS = 0.3
GROUNDS: Mapping[Ground, float] = {
    Ground.PREVENTIVE: 638 / 1577,
    Ground.UNSCHEDULED: 535 / 1577 - FOLLOW_UPS,
    Ground.PROSECUTOR: 404 / 1577,
}
SLIPS, UNDATED = 0.01, 0.003  # shares of first visits
MOST_TOGETHER = 50  # documents of one unit of work
ORDER = (Swept, Issued, Ruled, Fined, Sent)  # of what happens at one moment


@dataclass(frozen=True, slots=True)
class Story:
    """What is entered at founded_at, and the events after it, oldest first."""

    founded_at: datetime
    registers: Registers
    events: Sequence[Event]


def tell_story(seed: int, count: int, end: date, checklist: tuple[UUID, Checklist]) -> Story:
    """Two years of `count` facilities before a day. The same arguments give the same documents."""
    calendar = Calendar(chance(seed, "calendar"), end)
    registers = draw_registers(seed, count, checklist[1].kinds, calendar.first)
    careers = [
        _begin(chance(seed, "facility", n), facility, checklist, calendar)
        for n, facility in enumerate(registers.facilities)
    ]
    _Inspections(chance(seed, "visits"), careers).go_on(round(count * AUDITS_PER_FACILITY))
    for career in careers:
        career.decide_until(end)
    events = [event for career in careers for event in career.events]
    events += fines(chance(seed, "fines"), calendar, [(c.facility, c.events) for c in careers])
    events += [Swept(at) for at in calendar.sweeps()]
    # Stable: what one facility's career says comes in its order.
    events.sort(key=lambda event: (event.at, ORDER.index(type(event)), getattr(event, "by", "")))
    return Story(calendar.founded, registers, events)


def together(events: Iterable[Event]) -> Iterator[Sequence[Event]]:
    """Events in order, in groups that one unit of work can hold: one moment, one kind, one person."""
    for _, group in groupby(events, key=lambda event: (event.at, type(event), getattr(event, "by", ""))):
        held = list(group)
        for start in range(0, len(held), MOST_TOGETHER):
            yield held[start : start + MOST_TOGETHER]


def _begin(
    source: Random, facility: DemoFacility, checklist: tuple[UUID, Checklist], calendar: Calendar
) -> Career:
    condition = draw_condition(source, facility.fields["kind"], checklist[1], facility.disrepair)
    return Career(source, facility, condition, calendar, checklist[0])


class _Inspections:
    """Sends inspectors out until there are as many audits as wanted, or no day is left."""

    def __init__(self, source: Random, careers: Sequence[Career]) -> None:
        self._source = source
        self._careers = careers
        self._papers: Counter[int] = Counter()  # by year
        self._done = 0

    def go_on(self, wanted: int) -> None:
        """First visits, then follow-ups where most is due, then further visits, best where nobody followed up."""
        shuffled = self._source.sample(self._careers, len(self._careers))
        visited = shuffled[: round(len(shuffled) * VISITED)]
        self._go_round(visited, wanted, follow_up=False)
        urgent = sorted(visited, key=lambda career: -len(career.due))
        self._go(urgent, min(self._done + round(wanted * FOLLOW_UPS), wanted), follow_up=True)
        self._go(sorted(visited, key=lambda career: not career.due), wanted, follow_up=False)
        self._go(shuffled, wanted, follow_up=True)
        self._go(shuffled, wanted, follow_up=False)

    def _go(self, careers: Sequence[Career], wanted: int, *, follow_up: bool) -> None:
        while self._done < wanted and self._go_round(careers, wanted, follow_up=follow_up):
            pass

    def _go_round(self, careers: Sequence[Career], wanted: int, *, follow_up: bool) -> bool:
        """One visit each, in this order, while some are wanted. Returns whether there was any."""
        before = self._done
        for career in careers:
            if self._done >= wanted:
                break
            day = career.next_day(self._source, follow_up=follow_up)
            if day is not None:
                self._visit(career, day, follow_up=follow_up)
        return self._done > before

    def _visit(self, career: Career, day: date, *, follow_up: bool) -> None:
        held, first = career.audits, career.seen_on is None
        ground = Ground.FOLLOW_UP if follow_up else weighted(self._source, GROUNDS)
        self._papers[day.year] += 1
        slip = first and self._source.random() < SLIPS
        undated = first and not slip and self._source.random() < UNDATED
        career.visit(day, ground, self._papers[day.year], slip=slip, undated=undated)
        self._done += career.audits - held
