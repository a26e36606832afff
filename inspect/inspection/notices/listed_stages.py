"""The stages of notices as a person reads them: what brings each, whom it tells, and how many wait now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.notices.stages import Stage, Stages
from inspection.tables.notices import Notice, NoticeState


@dataclass(frozen=True, slots=True)
class Listed:
    """A stage. waiting: notices of it in the caller's areas that wait for their letter."""

    stage: Stage
    waiting: int


def listed(session: Session, caller: Caller, country: str, known: Stages) -> Sequence[Listed]:
    """All stages of an edition of a country: acts first, then by their day."""
    waiting = _waiting(session, caller, country)
    acts = [stage for stage in known.by_name.values() if stage.act is not None]
    return [Listed(stage, waiting.get(stage.name, 0)) for stage in (*acts, *known.by_day)]


def _waiting(session: Session, caller: Caller, country: str) -> Mapping[str, int]:
    waits = (Notice.state == NoticeState.WAITING.value, Notice.country == country)
    rows = session.execute(
        narrow(select(Notice.stage, func.count()).where(*waits), Notice, caller).group_by(Notice.stage)
    )
    return {row[0]: row[1] for row in rows}
