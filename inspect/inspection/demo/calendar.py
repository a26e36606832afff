"""The days and hours on which the people of the demo region do things."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from inspection.countries import COUNTRIES
from inspection.demo.people import AKIMAT, HEAD, INSPECTORS
from inspection.workdays import Workdays

YEARS = 2
PREPARED = timedelta(days=60)  # between entering the registers and the first visit
DAY = timedelta(days=1)
FRIDAY = 4
SWEEP_DAYS = 28  # in life every night; here a reader waits for it
RULING_DAYS: Mapping[str, int] = {HEAD: 2, AKIMAT: 3}  # weekday on which an official decides
ISSUING, RULING, SYNCING, SWEEPING = time(10), time(11, 30), time(19), time(3)


def local(day: date, at: time) -> datetime:
    """A local hour of the demo region, in UTC."""
    return datetime.combine(day, at, tzinfo=COUNTRIES["KZ"].time_zone).astimezone(UTC)


class Calendar:
    """The two years before a day. last: the last day on which anything happens."""

    def __init__(self, source: Random, end: date) -> None:
        self.workdays = Workdays("KZ", {})
        self.first, self.last = end - YEARS * 365 * DAY, end - DAY
        self.founded = local(self.first - PREPARED, time(9))
        self._syncs = {slug: self._sync_times(source) for slug in INSPECTORS}

    def working(self, day: date) -> date:
        """This day, or the next working one."""
        while not self.workdays.is_working(day):
            day += DAY
        return day

    def some_day(self, source: Random, first: date, last: date) -> date | None:
        """A working day between two days; None if there is none before the end."""
        if first > last:
            return None
        day = self.working(first + source.randint(0, (last - first).days) * DAY)
        return day if day <= self.last else None

    def sent(self, slug: str, moment: datetime) -> tuple[datetime, datetime]:
        """When the inspector's tablet last heard the server before a moment, and when it does next."""
        syncs = self._syncs[slug]
        return syncs[bisect_right(syncs, moment) - 1], syncs[bisect_left(syncs, moment)]

    def issuing(self, received: datetime) -> datetime:
        """When a prescription on what came in is issued: the Friday after."""
        return local(self._next(received.date() + DAY, FRIDAY), ISSUING)

    def ruling(self, slug: str, day: date) -> datetime:
        """When an official decides about what is on the desk on a day."""
        return local(self._next(day, RULING_DAYS[slug]), RULING)

    def sweeps(self) -> Sequence[datetime]:
        """Nights, SWEEP_DAYS apart, in which is looked for what time alone has changed."""
        return [local(self.first + n * DAY, SWEEPING) for n in range(0, (self.last - self.first).days, SWEEP_DAYS)]

    def _next(self, day: date, weekday: int) -> date:
        return self.working(day + (weekday - day.weekday()) % 7 * DAY)

    def _sync_times(self, source: Random) -> list[datetime]:
        """Evenings on which a tablet meets the network, days apart; always on the last one."""
        moments, day = [self.founded], self.first
        while day < self.last:
            moments.append(local(day, SYNCING))
            day += source.choice((2, 3, 4, 5, 7, 9)) * DAY
        return [*moments, local(self.last, SYNCING)]
