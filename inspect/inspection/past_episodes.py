"""Episodes of violations before the newest, which is the only one the columns of a violation tell of."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.history import EndedBy
from inspection.tables.telling import ToldRow
from inspection.tables.violations import Violation

COPIED = ("home_region", "facility_id", "country", "criterion", "place", "severity", "zone", "groups")


@dataclass(frozen=True, slots=True)
class PastEpisode:
    """One stretch of time in which a fail stood as a duty, and that is over.

    found: an audit opened it, not a waiver that ran out. executed: a measured pass ended it. due_on: the last date
    told for it; None: nobody was told. declared_at: see `word_that_held`. key: whatever the caller sorts by.
    """

    key: str | None
    home_region: str
    facility_id: UUID
    violation_id: UUID
    country: str
    criterion: str
    place: str
    severity: str
    zone: str
    groups: int
    opened_at: datetime
    ended_at: datetime
    found: bool
    executed: bool
    due_on: date | None
    declared_at: datetime | None


def past_episodes(
    session: Session, rows: Callable[[Select[Any]], Iterable[Any]], key: Any, since: datetime
) -> Iterator[PastEpisode]:
    """Past episodes of the violations that `rows` lets through; every one that ended at `since` or later.

    Few violations come back, so few are read.
    """
    v = Violation
    named = key.label("key"), v.id.label("violation_id"), *(getattr(v, name) for name in COPIED)
    statement = select(*named, v.opened_at, v.episodes)
    # An episode is over before the next begins: where the newest began earlier, all others ended earlier.
    found = list(rows(statement.where(v.opened_at >= since, how_many_episodes(session, v.episodes) > 1)))
    told = _told(session, {(row.home_region, row.facility_id) for row in found})
    for row in found:
        copied = {name: getattr(row, name) for name in ("key", "violation_id", *COPIED)}
        for episode in row.episodes:
            opened_at = datetime.fromisoformat(episode["opened_at"])
            if opened_at >= row.opened_at or "ended_at" not in episode:
                continue
            ended_at = datetime.fromisoformat(episode["ended_at"])
            continued = episode.get("continues")  # what was told before a waiver interrupted it holds after it
            since = datetime.fromisoformat(continued) if continued else opened_at
            dates = [due for stood_at, due in told.get(row.violation_id, ()) if since <= stood_at < ended_at]
            yield PastEpisode(
                **copied,
                opened_at=opened_at,
                ended_at=ended_at,
                found=episode["opened_by"] in episode["fails"],
                executed=episode.get("ended_by") == EndedBy.MEASURED_PASS,
                due_on=dates[-1] if dates else None,
                declared_at=word_that_held(episode),
            )


def how_many_episodes(session: Session, episodes: Any) -> ColumnElement[int]:
    """How many episodes a violation has had. episodes: the column."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    length: ColumnElement[int] = (func.jsonb_array_length if on_postgres else func.json_array_length)(episodes)
    return length


def word_that_held(episode: Mapping[str, Any]) -> datetime | None:
    """When the operator declared the fail of an episode remedied, unless an audit found it again since.

    episode: as it stands in a row of a violation.
    """
    declared_at = None if "refuted_at" in episode else episode.get("declared_at")
    return None if declared_at is None else datetime.fromisoformat(declared_at)


def _told(session: Session, places: Collection[tuple[str, UUID]]) -> Mapping[UUID, list[tuple[datetime, date]]]:
    """For each violation of these facilities the dates that were told, in order, each with what it rested on."""
    wanted = select(ToldRow.violation_id, ToldRow.stood_at, ToldRow.due_on)
    wanted = wanted.where(among((ToldRow.home_region, ToldRow.facility_id), places))
    told: dict[UUID, list[tuple[datetime, date]]] = defaultdict(list)
    for violation_id, stood_at, due_on in session.execute(wanted.order_by(ToldRow.told_at, ToldRow.id)):
        if due_on is not None:
            told[violation_id].append((stood_at, due_on))
    return told
