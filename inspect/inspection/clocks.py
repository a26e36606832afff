"""When something was really observed, although the tablet's clock may be wrong; and where local days end.

A corrected time is fixed once, at first receipt, and stored: a later resend never moves it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from inspection.errors import Fault, InvalidInput

# Clocks are read in whole seconds, monotonic time drifts a little over days offline, and a slow upload stretches
# the skew. What misses a bound by no more than this is that bound; what misses it by more is not believed.
TOLERANCE = timedelta(minutes=2)
OLDEST = timedelta(days=3660)  # no audit travels for more than ten years


class TimeSource(StrEnum):
    """What a corrected time rests on."""

    ANCHOR = "anchor"  # server time heard by the tablet plus monotonic time since
    SKEW = "skew"  # the tablet's clock, shifted by how wrong it was when it sent
    PERSON = "person"  # an official set the date
    UNCERTAIN = "uncertain"  # kept and shown, but not judged until a person sets the date


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last server time a tablet heard and how long ago that was at the moment in question.

    server_time: aware. elapsed: monotonic time since, measured within one boot, named by boot_id; a tablet that
    rebooted since has no anchor.
    """

    server_time: datetime
    elapsed: timedelta
    boot_id: str


@dataclass(frozen=True, slots=True)
class CorrectedTime:
    """A moment in UTC and what it rests on; at is None exactly when source is uncertain."""

    at: datetime | None
    source: TimeSource


_UNCERTAIN = CorrectedTime(None, TimeSource.UNCERTAIN)


def corrected_time(
    device_time: datetime,
    *,
    received_at: datetime,
    enrolled_at: datetime,
    sent_at: datetime | None = None,
    anchor: Anchor | None = None,
) -> CorrectedTime:
    """The moment a tablet meant by device_time, as well as it can be known at first receipt.

    device_time, sent_at: the tablet's clock at the moment in question and when it sent; all moments aware.
    received_at, enrolled_at: server clock. anchor: belongs to the same moment as device_time.
    An anchor that cannot be true (negative time elapsed, no boot id, server time not heard between enrolment and
    receipt) is passed over. Without any anchor the shift is received_at - sent_at; unknown when sent_at is.
    Uncertain when nothing can be computed or the result misses enrolment or receipt by more than TOLERANCE.
    """
    bounds = (enrolled_at, received_at)
    try:
        if anchor is not None and _can_be_true(anchor, bounds):
            return _within(anchor.server_time + anchor.elapsed, bounds, TimeSource.ANCHOR)
        if sent_at is not None:
            return _within(device_time + (received_at - sent_at), bounds, TimeSource.SKEW)
    except OverflowError:  # a clock in the year 1 or 9999, or centuries "elapsed"
        return _UNCERTAIN
    return _UNCERTAIN


def time_set_by_person(at: datetime, *, received_at: datetime) -> CorrectedTime:
    """The date an official gives to an audit whose time is uncertain.

    It may lie before the enrolment: a tablet that is enrolled anew still carries the audits of its former life.
    Raises InvalidInput when it lies after the receipt or more than OLDEST before it.
    """
    latest, earliest = (each.astimezone(UTC).isoformat() for each in (received_at, received_at - OLDEST))
    if at > received_at:
        raise InvalidInput([Fault("/observed_at", "lies after the audit was received", f"at most {latest}")])
    if at < received_at - OLDEST:
        raise InvalidInput([Fault("/observed_at", "lies before any tablet of ours", f"at least {earliest}")])
    return CorrectedTime(at.astimezone(UTC), TimeSource.PERSON)


def day_ends(day: date, zone: tzinfo) -> datetime:
    """The first moment, in UTC, after a local day. date.max, which has no day after it, ends with itself."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)


def last_moment(day: date, zone: tzinfo) -> datetime:
    """The last moment, in UTC, of a local day: what stands then is what stands as of that day."""
    return day_ends(day, zone) - datetime.resolution


def _can_be_true(anchor: Anchor, bounds: tuple[datetime, datetime]) -> bool:
    heard = bounds[0] - TOLERANCE <= anchor.server_time <= bounds[1] + TOLERANCE
    return heard and anchor.elapsed >= timedelta(0) and bool(anchor.boot_id.strip())


def _within(at: datetime, bounds: tuple[datetime, datetime], source: TimeSource) -> CorrectedTime:
    earliest, latest = bounds
    if not earliest - TOLERANCE <= at <= latest + TOLERANCE:
        return _UNCERTAIN
    return CorrectedTime(min(max(at, earliest), latest).astimezone(UTC), source)
