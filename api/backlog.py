"""Understanding what was kept and not understood: after a crash between the two, or when what it waited for came.

Safe to run at any time and by several at once: understanding a document twice changes nothing.
"""

from collections import Counter
from collections.abc import Sequence

import structlog

from api.work import Units, Work
from inspection.intake import Position, not_understood
from inspection.tables.intake import IntakeKey
from inspection.understanding import understand

BATCH = 50

log = structlog.get_logger("pandus.backlog")


def understand_backlog(units: Units) -> Counter[str]:
    """Go once through all that is kept or waits. Returns how many documents came to which state.

    A batch that fails is gone through one by one; what fails alone is logged, stays kept and is counted as
    `failed`.
    """
    became: Counter[str] = Counter()
    reached: Position | None = None
    while batch := _next_batch(units, reached):
        became += _understand(units, [key for _, key in batch])
        reached = batch[-1]
    return became


def _next_batch(units: Units, reached: Position | None) -> list[Position]:
    return units.read(lambda work: not_understood(work.session, after=reached, limit=BATCH))


def _understand(units: Units, keys: Sequence[IntakeKey]) -> Counter[str]:
    def unit(work: Work) -> Counter[str]:
        return Counter(outcome.state.value for outcome in understand(work, keys).values())

    try:
        return units.write(unit)
    except Exception:
        if len(keys) == 1:
            log.exception("not_understood", collection=keys[0].collection, document_id=str(keys[0].document_id))
            return Counter(failed=1)
        return sum((_understand(units, [key]) for key in keys), Counter())
