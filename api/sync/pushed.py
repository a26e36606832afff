"""Taking a push: rows are kept in one unit of work and understood in others, so none is lost or stops another."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import structlog

from api import backlog
from api.settings import QUEUE
from api.sync.asking import Asking
from api.sync.ringing import ring
from api.wiring import wiring
from api.work import DatabaseAway, Work
from inspection.errors import Busy, DoesNotApply, InspectionError, Unauthenticated
from inspection.sync import pushing
from inspection.sync.collections import Collection, Push
from inspection.sync.pulling import visible
from inspection.sync.pushing import Row
from inspection.sync.tablets import Tablet
from inspection.sync.verdicts import Verdict
from inspection.tables.intake import IntakeKey, IntakeState

# Not about the row: the request is answered with it, and sent again.
OF_THE_REQUEST = (Busy, DatabaseAway, Unauthenticated)
KEPT = Verdict(IntakeState.KEPT)
PROGRAM_FAILED = "the program failed on this row; it is kept, and can be tried again after an update"

log = structlog.get_logger("pandus.sync")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of each row, in the order sent."""

    rows: Sequence[Row]
    verdicts: Sequence[Verdict]
    known: Sequence[bool]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A batch that is safe. verdicts: of rows that were received before, and of those that were put aside."""

    rows: Sequence[Row]
    new: Set[IntakeKey]
    verdicts: Mapping[IntakeKey, Verdict]


def take(asking: Asking, collection: Collection, batch: Sequence[Any]) -> Answer:
    """Keep every row of a batch and understand what can be understood now."""
    kept = _keep(asking, collection, batch)
    rows, new, verdicts = kept.rows, kept.new, dict(kept.verdicts)
    if collection.push is Push.INSERTS:
        verdicts |= _understand_inserts(rows, verdicts)
        lost = [key for key, verdict in verdicts.items() if verdict.state is IntakeState.CONFLICT]
        if lost:
            verdicts |= wiring().units.read(lambda work: _held(work, asking, collection, verdicts, lost))
    else:
        for row in rows:
            if row.fault is None:
                verdicts[row.key] = _understand_edit(asking, collection, row, known=row.key not in new)
    return Answer(rows, [verdicts.get(row.key, KEPT) for row in rows], [row.key not in new for row in rows])


def _keep(asking: Asking, collection: Collection, batch: Sequence[Any]) -> _Kept:
    """Keep a batch by one statement; where a row has to be put aside, in the transaction that keeps it, so that
    no worker finds it before.
    """

    def plainly(work: Work) -> _Kept | None:
        tablet = asking.sign_in(work)
        rows = pushing.read_rows(tablet, collection, batch)
        return None if any(row.fault for row in rows) else _keep_rows(work, asking, tablet, collection, rows)

    def with_faults(work: Work) -> _Kept:
        tablet = asking.sign_in(work)
        rows = pushing.read_rows(tablet, collection, batch)
        kept = _keep_rows(work, asking, tablet, collection, rows)
        aside = {row.key: pushing.set_aside(work, tablet, collection, row) for row in rows if row.fault}
        return replace(kept, verdicts={**kept.verdicts, **aside})

    units = wiring().units
    return units.keep(plainly) or units.write(with_faults)


def _keep_rows(work: Work, asking: Asking, tablet: Tablet, collection: Collection, rows: Sequence[Row]) -> _Kept:
    new = pushing.keep_rows(work, tablet, collection, rows, asking.device_time)
    states = {} if len(new) == len(rows) else pushing.states(work.session, {row.key for row in rows} - new)
    waits = new or any(verdict.state is IntakeState.KEPT for verdict in states.values())
    if waits and collection.push is Push.INSERTS and wiring().settings.understanding == QUEUE:
        work.after_commit(lambda: ring(tablet.region))
    return _Kept(rows, new, states)


def _understand_inserts(rows: Sequence[Row], verdicts: Mapping[IntakeKey, Verdict]) -> Mapping[IntakeKey, Verdict]:
    """Understand what is only kept so far, unless workers do."""
    kept = [row.key for row in rows if verdicts.get(row.key, KEPT).state is IntakeState.KEPT]
    if not kept or wiring().settings.understanding == QUEUE:
        return {}
    understood = backlog.understand_now(wiring().units, sorted(set(kept)))
    return {key: Verdict(each.state, each.reason) for key, each in understood.items()}


def _held(
    work: Work,
    asking: Asking,
    collection: Collection,
    became: Mapping[IntakeKey, Verdict],
    lost: Sequence[IntakeKey],
) -> Mapping[IntakeKey, Verdict]:
    """Of what lost against another document under its id, that one is the answer."""
    tablet = asking.sign_in(work)
    return {
        key: Verdict(
            became[key].state, became[key].reason, visible(work.session, tablet, collection, key.document_id)
        )
        for key in lost
    }


def _understand_edit(asking: Asking, collection: Collection, row: Row, *, known: bool) -> Verdict:
    def understand(work: Work) -> Verdict:
        verdict = pushing.understand_edit(work, asking.sign_in(work), row, known=known)
        if collection.name == "facilities":
            backlog.arrived(work, [row.key.document_id])  # audits may have come before it
        return verdict

    units = wiring().units
    try:
        return units.write(understand)
    except OF_THE_REQUEST:
        raise
    except InspectionError as error:
        refusal = error
    except Exception:  # one row that the program fails on must not block all that a tablet has to say
        log.exception("edit_not_understood", collection=collection.name, document_id=str(row.key.document_id))
        refusal = DoesNotApply(PROGRAM_FAILED)
    return units.write(lambda work: pushing.refused(work, asking.sign_in(work), collection, row, refusal))
