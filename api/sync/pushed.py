"""Taking a push: rows are kept in one unit of work and understood in others, so none is lost or stops another."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from api import backlog
from api.settings import QUEUE
from api.sync import edits
from api.sync.asking import Asking, Batch
from api.sync.ringing import ring
from api.wiring import wiring
from api.work import Work
from inspection.errors import InvalidInput
from inspection.sync import pulling, pushing
from inspection.sync.collections import Collection, Push
from inspection.sync.pushing import Row
from inspection.sync.rendered import tombstone
from inspection.sync.tablets import Tablet
from inspection.sync.verdicts import Verdict
from inspection.tables.intake import FINAL, IntakeKey, IntakeState

KEPT = Verdict(IntakeState.KEPT)


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


def take(asking: Asking, collection: Collection, batch: Batch) -> Answer:
    """Keep every row of a batch and understand what can be understood now."""
    try:
        kept = _keep(asking, collection, batch.rows)
    except InvalidInput:  # one that can be read and never be spelled again
        kept = _keep(asking, collection, batch.one_by_one())
    rows, new, verdicts = kept.rows, kept.new, dict(kept.verdicts)
    if collection.push is Push.INSERTS:
        verdicts |= _understand_inserts(rows, verdicts)
        ended = {key: verdict for key, verdict in verdicts.items() if _needs_answer(key, verdict, new)}
        if ended:
            verdicts |= wiring().units.look(lambda work: _answered(work, asking, collection, ended))
    else:
        for row in rows:
            if row.fault is None:
                verdicts[row.key] = edits.understand(asking.sender, row, known=row.key not in new)
    return Answer(rows, [verdicts.get(row.key, KEPT) for row in rows], [row.key not in new for row in rows])


def _keep(asking: Asking, collection: Collection, batch: Sequence[Any]) -> _Kept:
    """Keep a batch by one statement; where a row has to be put aside, in the transaction that keeps it, so that
    no worker finds it before.
    """

    def plainly(work: Work) -> _Kept | None:
        tablet = asking.sender(work)
        rows = pushing.read_rows(tablet, collection, batch)
        return None if any(row.fault for row in rows) else _keep_rows(work, asking, tablet, collection, rows)

    def with_faults(work: Work) -> _Kept:
        tablet = asking.sender(work)
        rows = pushing.read_rows(tablet, collection, batch)
        kept = _keep_rows(work, asking, tablet, collection, rows)
        ended = {key for key, verdict in kept.verdicts.items() if verdict.state in FINAL}
        faulty = [row for row in rows if row.fault and row.key not in ended]
        aside = {row.key: pushing.set_aside(work, tablet, collection, row) for row in faulty}
        return replace(kept, verdicts={**kept.verdicts, **aside})

    units = wiring().units
    return units.keep(plainly) or units.write(with_faults)


def _keep_rows(work: Work, asking: Asking, tablet: Tablet, collection: Collection, rows: Sequence[Row]) -> _Kept:
    new = pushing.keep_rows(work, tablet, collection, rows, asking.device_time)
    states = (
        {}
        if len(new) == len(rows)
        else pushing.states(work.session, tablet, collection, {row.key for row in rows} - new)
    )
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


def _needs_answer(key: IntakeKey, verdict: Verdict, new: Set[IntakeKey]) -> bool:
    # Of what was taken before, `pushing.states` has seen where it lies.
    return verdict.state is IntakeState.CONFLICT or (verdict.state is IntakeState.TAKEN and key in new)


def _answered(
    work: Work, asking: Asking, collection: Collection, ended: Mapping[IntakeKey, Verdict]
) -> Mapping[IntakeKey, Verdict]:
    """With what the tablet has to take over: the document that won against its own, or the tombstone of one that
    was taken and lies outside its districts.
    """
    tablet = asking.sender(work)
    shown = pulling.visible_among(work.session, tablet, collection, {key.document_id for key in ended})

    def answer(key: IntakeKey, state: IntakeState) -> str | None:
        held = shown.get(key.document_id)
        if held is None:
            return tombstone(key.document_id)
        return held if state is IntakeState.CONFLICT else None

    return {key: replace(verdict, document=answer(key, verdict.state)) for key, verdict in ended.items()}
