"""Which stage of a told date is due for a recipient, as a pure rule.

A stage is due once its day has come and as long as it was neither sent nor overtaken: a server that was off for
two weeks does not forget, and does not write three letters at once. Only the most urgent goes out; what it
overtakes is superseded and never sent afterwards.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from inspection.notices.stages import Stage


@dataclass(frozen=True, slots=True)
class Planned:
    """What to write down now: the stage to send, and those that it overtakes."""

    send: Stage | None
    superseded: tuple[Stage, ...]


def stage_day(stage: Stage, due_on: date) -> date:
    """The local day on which a stage of this due date falls due. The last day there is, where none is left."""
    assert stage.days is not None  # noqa: S101 - stages of an act have no day
    try:
        return due_on + timedelta(days=stage.days)
    except OverflowError:
        return date.max


def plan(
    stages: Sequence[Stage], *, told_on: date, due_on: date, decided: Collection[str], today: date
) -> Planned:
    """What is due for one recipient of one told date.

    stages: of that kind of recipient, earliest first. told_on: the local day on which this date was told: stages
    before it, and on it, never were; of a date that was over when it was told, what is overdue falls due the day
    after that. decided: names of stages that were sent or superseded for this date already.
    today: the local day.
    """
    come = [stage for stage in stages if told_on < _day_for(stage, due_on, told_on) <= today]
    latest_decided = max((n for n, stage in enumerate(come) if stage.name in decided), default=-1)
    open_ = [(n, stage) for n, stage in enumerate(come) if stage.name not in decided]
    if not open_:
        return Planned(None, ())
    last, most_urgent = open_[-1]
    overtaken = tuple(stage for _, stage in open_[:-1])
    if last < latest_decided:  # something later was sent before this one was ever looked at
        return Planned(None, (*overtaken, most_urgent))
    return Planned(most_urgent, overtaken)


def _day_for(stage: Stage, due_on: date, told_on: date) -> date:
    """The day of a stage for who was told on that day."""
    day = stage_day(stage, due_on)
    return day if stage.days is None or stage.days < 0 else max(day, told_on + timedelta(days=1))
