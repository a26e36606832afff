"""The inspections of one facility: visits, what they find, what follows, and what is repaired in between."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson

from inspection.countries import local_date
from inspection.criteria import Severity
from inspection.demo.answers import Answer, full_answers, further_answers
from inspection.demo.calendar import DAY, Calendar, local
from inspection.demo.chance import made_id
from inspection.demo.conditions import Condition
from inspection.demo.events import Event, Issued, Sent
from inspection.demo.paperwork import Visit, audit_document
from inspection.demo.people import CAST, INSPECTORS
from inspection.demo.rulings import rulings
from inspection.demo.sites import DemoFacility
from inspection.history import DecisionKind, Spot
from inspection.intake import content_hash
from inspection.tables.audits import Ground

PRESCRIBED = 0.9  # share of audits with something to tell of which it is told
REPAIRED = {True: 0.85, False: 0.4}  # share of told items, by whether their date has passed
REPAIRED_IF_DECLARED, REPAIRED_UNTOLD, WORN = 0.85, 0.1, 0.01
LOOKED_AT_AGAIN = 6  # spots beside those that failed
APART = timedelta(days=60)  # least time between two visits that are no follow-ups
Found = dict[Spot, bool | None]


@dataclass
class Career:
    """A facility on its way through the two years.

    standing: open violations as the visits so far leave them, to the date told (None: untold). waived: violations
    ever waived: nothing more is told of them. seen_on: day of the last visit.
    """

    source: Random
    facility: DemoFacility
    condition: Condition
    calendar: Calendar
    checklist: UUID
    events: list[Event] = field(default_factory=list)
    audits: int = 0
    standing: dict[Spot, date | None] = field(default_factory=dict)
    waived: set[Spot] = field(default_factory=set)
    declared: set[Spot] = field(default_factory=set)
    seen_on: date | None = None
    known_at: datetime | None = None

    def visit(self, day: date, ground: Ground, serial: int, *, undated: bool = False, slip: bool = False) -> None:
        """An inspector comes. slip: they mistype a value and send a correction. undated: nobody learns when."""
        self.decide_until(day)
        self._live_until(day)
        by = self.source.choice(INSPECTORS)
        again = ground is Ground.FOLLOW_UP
        answers, found = self._look_again(by) if again else self._look(by)
        finished = local(day, time(self.source.randint(10, 16), self.source.randint(0, 59)))
        visit = self._visit(by, ground, finished, serial, undated=undated)
        if slip and (wrong := self._mistyped(answers)):
            self._send(visit, wrong, found)
            later = finished + timedelta(minutes=self.source.randint(20, 50))
            visit = self._visit(by, ground, later, serial, corrects=visit.id)
        self._send(visit, answers, found)
        self.seen_on = day
        if not undated:
            self._note(found)
            self._tell(visit, found)

    def decide_until(self, day: date) -> None:
        """What officials decided about the open violations before a day."""
        if self.known_at is None:
            return
        place = (self.facility.id, self.facility.district)
        standing = {s: due for s, due in self.standing.items() if s not in self.waived}
        for spot, ruled in rulings(self.source, self.calendar, place, standing, (self.known_at, day)):
            self.events.append(ruled)
            if ruled.kind is DecisionKind.WAIVE:
                self.waived.add(spot)
            elif ruled.kind is DecisionKind.DECLARE:
                self.declared.add(spot)
            elif ruled.kind is DecisionKind.EXTEND:
                self.standing[spot] = ruled.until

    @property
    def due(self) -> Sequence[date]:
        """Dates of what was told and is not waived, sorted."""
        return sorted(due for spot, due in self.standing.items() if due and spot not in self.waived)

    def _live_until(self, day: date) -> None:
        """Repairs of what was found, and wear of the rest."""
        if self.seen_on is None:
            return
        for spot in self.condition.readings:
            if not self.condition.passes(spot):
                if self.source.random() < self._repaired(spot, day):
                    self.condition.change(self.source, spot, good=True)
            elif self.source.random() < WORN:
                self.condition.change(self.source, spot, good=False)

    def _repaired(self, spot: Spot, day: date) -> float:
        if spot in self.declared:
            return REPAIRED_IF_DECLARED
        due = self.standing.get(spot)
        return REPAIRED_UNTOLD if due is None else REPAIRED[due < day]

    def _look(self, by: str) -> tuple[list[Answer], Found]:
        return full_answers(self.source, self.condition, CAST[by].language)

    def _look_again(self, by: str) -> tuple[list[Answer], Found]:
        others = [spot for spot in self.condition.asked() if spot not in self.standing]
        chosen = self.source.sample(others, min(LOOKED_AT_AGAIN, len(others)))
        return further_answers(self.source, self.condition, [*self.standing, *chosen], CAST[by].language)

    def _visit(
        self,
        by: str,
        ground: Ground,
        finished: datetime,
        serial: int,
        *,
        corrects: UUID | None = None,
        undated: bool = False,
    ) -> Visit:
        heard, sent = self.calendar.sent(by, finished)
        made = made_id(self.source)
        return Visit(made, self.facility, by, ground.value, finished, heard, sent, serial, corrects, undated)

    def _send(self, visit: Visit, answers: list[Answer], found: Found) -> None:
        document = audit_document(self.source, visit, self.checklist, answers, grave=self._is_grave(found))
        body, digest = orjson.dumps(document), content_hash(document)
        self.events.append(Sent(visit.sent_at, visit.by, visit.id, body, digest, not visit.undated))
        self.audits += 1

    def _is_grave(self, found: Found) -> bool:
        criteria = self.condition.checklist.criteria
        return any(ok is False and criteria[s.criterion].severity is Severity.GROSS for s, ok in found.items())

    def _mistyped(self, answers: list[Answer]) -> list[Answer] | None:
        """The same answers, with a width in metres typed as a tenth of it."""
        for n, answer in enumerate(answers):
            if answer.get("unit") is None and isinstance(answer.get("value"), float) and answer["value"] > 0.5:
                wrong: dict[str, Any] = answer | {"value": round(answer["value"] / 10, 3)}
                return [*answers[:n], wrong, *answers[n + 1 :]]
        return None

    def _note(self, found: Found) -> None:
        for spot, passed in found.items():
            if passed:
                self.standing.pop(spot, None)
                self.declared.discard(spot)
                self.waived.discard(spot)
            elif passed is False:
                self.standing.setdefault(spot, None)

    def _tell(self, visit: Visit, found: Found) -> None:
        """The prescription of the visit, if it found something new."""
        self.known_at = visit.sent_at
        new = [s for s, ok in found.items() if ok is False and self.standing[s] is None and s not in self.waived]
        at = self.calendar.issuing(visit.sent_at)
        day = local_date(at, "KZ")
        if not new or day > self.calendar.last or self.source.random() >= PRESCRIBED:
            return
        self.events.append(Issued(at, visit.by, visit.id, made_id(self.source)))
        self.known_at = at
        for spot in new:
            days = self.condition.checklist.criteria[spot.criterion].remediation_days
            self.standing[spot] = self.calendar.workdays.due_date(day, days)

    def next_day(self, source: Random, *, follow_up: bool) -> date | None:
        """A day for another visit: for a follow-up after most of what was told is due. None before the end."""
        if self.seen_on is None:
            return self.calendar.some_day(source, self.calendar.first, self.calendar.last - DAY)
        known = local_date(self.known_at, "KZ") if self.known_at else self.seen_on
        if not follow_up:
            return self.calendar.some_day(source, max(known, self.seen_on + APART) + DAY, self.calendar.last - DAY)
        if not self.due:
            return None
        first = max(self.due[len(self.due) * 3 // 4], known) + 5 * DAY
        return self.calendar.some_day(source, first, first + 30 * DAY)
