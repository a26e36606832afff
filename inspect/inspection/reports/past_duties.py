"""What the rows of violations no longer say: past episodes that were found, executed or overdue in a period."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from inspection.countries import COUNTRIES, local_date
from inspection.criteria import GROUPS
from inspection.past_episodes import PastEpisode, past_episodes
from inspection.periods import starts
from inspection.reports.asked import Asked, Count, Path
from inspection.reports.listing import Thing
from inspection.tables.violations import Violation


def counts(asked: Asked) -> Iterator[Count]:
    """What past episodes add to the figures."""
    for past in _episodes(asked):
        yield from ((past.key, path, 1) for path in _figures(asked, past))


def things(asked: Asked, figure: Path) -> Iterator[Thing]:
    """The past episodes that a figure counts."""
    for past in _episodes(asked):
        if figure in _figures(asked, past):
            days = {"violations_found": past.opened_at, "overdue": past.due_on}
            at = days.get(figure[0], days.get(figure[-1], past.ended_at))
            day = local_date(at, past.country) if isinstance(at, datetime) else at
            ids = past.home_region, past.facility_id, past.violation_id
            yield Thing(past.key, *ids, past.opened_at.isoformat(), day, shown(past, newest=False))


def as_found(severity: str, zone: str, groups: int) -> Iterator[Path]:
    """The figures in which a violation that was found counts."""
    yield "violations_found", "total"
    yield "violations_found", "by_severity", severity
    yield "violations_found", "by_zone", zone
    for bit, group in enumerate(GROUPS):
        if groups >> bit & 1:
            yield "violations_found", "by_group", group


def execution(country: str, due_on: date, ended_at: datetime, declared_at: datetime | None) -> str:
    """Whether what was remedied was remedied by its day."""
    # Who said in time that it is done, and was found right, does not answer for when somebody came to look.
    return "executed_in_time" if local_date(declared_at or ended_at, country) <= due_on else "executed_late"


def shown(episode: Any, *, newest: bool) -> Mapping[str, Any]:
    """What is told of an episode. episode: a row or a past episode, with columns of a violation."""
    return {
        **{name: getattr(episode, name) for name in ("criterion", "place", "zone", "severity")},
        "groups": [group for bit, group in enumerate(GROUPS) if episode.groups >> bit & 1],
        "opened_on": local_date(episode.opened_at, episode.country),
        "ended_on": None if episode.ended_at is None else local_date(episode.ended_at, episode.country),
        "due_on": episode.due_on,
        "newest": newest,
    }


def _episodes(asked: Asked) -> Iterator[PastEpisode]:
    since = min(starts(asked.period.first, country) for country in COUNTRIES)
    key = asked.key(Violation)
    return past_episodes(asked.session, lambda statement: asked.rows(statement, Violation), key, since)


def _figures(asked: Asked, past: PastEpisode) -> Iterator[Path]:
    first, end = starts(asked.period.first, past.country), asked.period.end(past.country)
    if past.found and first <= past.opened_at < end:
        yield from as_found(past.severity, past.zone, past.groups)
    if past.due_on is None:
        return
    if past.executed and first <= past.ended_at < end:
        yield "items", execution(past.country, past.due_on, past.ended_at, past.declared_at)
    if past.due_on < asked.judged_on(past.country) and past.opened_at < end <= past.ended_at:
        yield "items", "overdue"
