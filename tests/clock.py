"""The time of the tests: it stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)  # a Monday morning; 14:00 in Astana, 15:00 in Bishkek


class Clock:
    """A clock to pass in: call it for the time, move it with `advance`."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """Move on by what timedelta takes (`days=3`, `minutes=-5`); returns the new time."""
        self.now += timedelta(**by)
        return self.now
