"""Which stage of a told date is due for a recipient, as a pure rule.

A stage is due once its day has come and as long as it was neither sent nor overtaken: a server that was off for
two weeks does not forget, and does not write three letters at once. Only the most urgent goes out; what it
overtakes is superseded and never sent afterwards. Nobody is reminded of a date that has passed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from inspection.notices.stages import Stage
from inspection.notices.timetables import Opening

ALWAYS: Mapping[str, Sequence[Opening]] = {}


@dataclass(frozen=True, slots=True)
class Planned:
    """What to write down now: the stage to send, and those that it overtakes."""

    send: Stage | None
    superseded: tuple[Stage, ...]


def stage_day(days: int, due_on: date) -> date:
    """The local day that lies so many days from a due date. The last day there is, where none is left."""
    try:
        return due_on + timedelta(days=days)
    except OverflowError:
        return date.max


def plan(
    stages: Sequence[Stage],
    *,
    told_on: date,
    due_on: date,
    decided: Collection[str],
    today: date,
    opened: Mapping[str, Sequence[Opening]] = ALWAYS,
) -> Planned:
    """What is due for one recipient of one told date.

    stages: of that kind of recipient, earliest first. told_on: the local day on which this date was told: stages
    before it, and on it, never were; of a date that was over when it was told, what is overdue falls due the day
    after that. decided: names of stages that were sent or superseded for this date already.
    today: the local day. opened: of stages that are not as old as Pandus, since when they had which days.
    """
    come = [
        stage
        for stage in stages
        if told_on < _day_for(stage.days or 0, due_on, told_on) <= today
        and _is_open(opened.get(stage.name, ()), due_on, told_on)
    ]
    latest_decided = max((n for n, stage in enumerate(come) if stage.name in decided), default=-1)
    open_ = [(n, stage) for n, stage in enumerate(come) if stage.name not in decided]
    if not open_:
        return Planned(None, ())
    last, most_urgent = open_[-1]
    overtaken = tuple(stage for _, stage in open_[:-1])
    # Something later was sent before this one was ever looked at; or it is a reminder of a date that has passed,
    # because nights were missed or its day was changed: the next stage says so.
    if last < latest_decided or ((most_urgent.days or 0) < 0 and today > due_on):
        return Planned(None, (*overtaken, most_urgent))
    return Planned(most_urgent, overtaken)


def _day_for(days: int, due_on: date, told_on: date) -> date:
    """The day of a stage for who was told on that day."""
    day = stage_day(days, due_on)
    return day if days < 0 else max(day, told_on + timedelta(days=1))


def _is_open(openings: Sequence[Opening], due_on: date, told_on: date) -> bool:
    """Whether the day of a stage had not passed when the stage, or another day of it, came into force."""
    return not openings or any(_day_for(each.days, due_on, told_on) >= each.since for each in openings)
