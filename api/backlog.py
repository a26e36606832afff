"""Understanding what was kept: at once, or later by whoever works through the backlog.

Safe to run at any time and by several at once: understanding a document twice changes nothing. A document that the
program fails on stays kept; when it failed alone again and again it is put aside, with a reason.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from uuid import UUID

import structlog

from api.doorbells import doorbells
from api.wiring import wiring
from api.work import DatabaseAway, Units, Work
from inspection import intake_turns as turns
from inspection.errors import Busy
from inspection.intake import AUDITS
from inspection.photos.understanding import PHOTOS, understand_photos
from inspection.tables.intake import IntakeKey, IntakeState
from inspection.understanding import NOT_YET, Understood, understand

BATCH = 200  # what a batch costs beside its rows is shared by so many
BATCHES_OF_A_JOB = 5  # then other regions have their turn
Outcomes = Mapping[IntakeKey, Understood]
# What may be understood after the answer, in the order within a batch: photos wait for their audits. What can be
# edited is understood within the request that brings it.
UNDERSTOOD_LATER: dict[str, Callable[..., Outcomes]] = {
    AUDITS: understand,
    PHOTOS: understand_photos,
}

log = structlog.get_logger("pandus.backlog")


def understand_now(units: Units, keys: Collection[IntakeKey]) -> Outcomes:
    """Understand rows that were just kept, in one unit for each BATCH of them; if that fails, one by one.

    Never raises for a row: one that cannot be understood stays kept, is logged and is missing in what is
    returned.
    """
    if not keys:
        return {}
    if len(keys) > BATCH:
        listed = list(keys)
        parts = (listed[n : n + BATCH] for n in range(0, len(listed), BATCH))
        return {key: said for part in parts for key, said in understand_now(units, part).items()}
    try:
        return units.write(lambda work: _understand(work, keys))
    except Exception as error:
        if len(keys) > 1 and not isinstance(error, DatabaseAway):
            return {key: said for each in keys for key, said in understand_now(units, [each]).items()}
        for key in keys:
            _log_failure(key, error)
        return {}


def ring(region: str) -> None:
    """Have the backlog of a region understood soon. For `Work.after_commit`; losing a ring loses nothing.

    With a queue a worker is told; without one it is done here and now.
    """
    bells = doorbells()
    if bells is None:
        drain(wiring().units, region)
    else:
        bells.ring(region)


def arrived(work: Work, ids: Collection[UUID]) -> None:
    """Facilities, checklists or audits have come: what waited for them has its turn after the commit."""
    awake = turns.awaken(work, ids)
    if any(key.collection not in UNDERSTOOD_LATER for key in awake):
        work.after_commit(_finish_edits)  # first: what is signed is judged by what its facility is
    for region in sorted({key.home_region for key in awake if key.collection in UNDERSTOOD_LATER}):
        work.after_commit(partial(ring, region))


def _finish_edits() -> None:
    from api.sync import edits  # noqa: PLC0415 - an edit may wake what waits, and be woken itself

    edits.finish(wiring().units)


def drain_region(region: str) -> None:
    """The job of a worker: work through what a region has kept; if there is much, others are called to help."""
    bells = doorbells()
    if bells is not None:
        bells.answer(region)
    for _ in range(BATCHES_OF_A_JOB):
        keys = _fresh(wiring().units, region)
        if bells is not None and len(keys) == BATCH:
            bells.ring(region)
        if not keys:
            return
        _batch(wiring().units, keys, [])


def drain(units: Units, region: str | None = None) -> Counter[str]:
    """Work through what was kept and never tried, in a region or everywhere. How many came to which state."""
    became: Counter[str] = Counter()
    while keys := _fresh(units, region):
        became += _batch(units, keys, [])
    return became


def understand_backlog(units: Units, stopped: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Go once through all that is kept: what never was tried, and what failed before or was cut off.

    What waits for something that has come has its turn too. stopped: asked before each batch. Returns how many
    documents came to which state; those that `failed` are still kept.
    """
    units.write(turns.awaken_all)
    became: Counter[str] = Counter()
    done: list[IntakeKey] = []
    while not stopped() and (keys := _fresh(units, None)):
        became += _batch(units, keys, done)
    while not stopped() and (key := _tried_before(units, done)):
        became += _alone(units, key, done)
    return became


def _tried_before(units: Units, done: Sequence[IntakeKey]) -> IntakeKey | None:
    return units.write(lambda work: turns.take_again(work, UNDERSTOOD_LATER, but=done))


def _fresh(units: Units, region: str | None) -> list[IntakeKey]:
    return units.write(lambda work: turns.take_fresh(work, UNDERSTOOD_LATER, region=region, limit=BATCH))


def _batch(units: Units, keys: Sequence[IntakeKey], done: list[IntakeKey]) -> Counter[str]:
    """Understand documents that were counted as tried; if that fails, one by one. Raises DatabaseAway.

    done: grows by those that were tried alone.
    """
    try:
        at_once = _states(units.write(lambda work: _understand(work, turns.claim(work, keys), patient=False)))
        # Others work on all of these facilities: now there is nothing left but to wait.
        return at_once or _states(units.write(lambda work: _understand(work, turns.claim(work, keys))))
    except DatabaseAway:
        raise
    except Exception as error:
        log.warning("batch_failed", documents=len(keys), error=type(error).__name__)
    became: Counter[str] = Counter()
    for key in keys:
        units.write(partial(turns.count_attempt, keys=[key]))
        became += _alone(units, key, done)
    return became


def _alone(units: Units, key: IntakeKey, done: list[IntakeKey]) -> Counter[str]:
    """Understand one document that was counted as tried. Raises DatabaseAway."""
    done.append(key)
    if units.read(lambda work: turns.attempts(work.session, key)) > turns.MOST_ATTEMPTS:
        return _give_up(units, key)  # it never came to its end: it ends the process
    try:
        return _states(units.write(lambda work: _understand(work, turns.claim(work, [key]))))
    except DatabaseAway:
        raise
    except Busy:
        units.write(partial(turns.count_attempt, keys=[key], by=-1))  # others stood in the way
        return Counter(failed=1)
    except Exception as error:
        _log_failure(key, error)
        if units.read(lambda work: turns.attempts(work.session, key)) < turns.MOST_ATTEMPTS:
            return Counter(failed=1)
    return _give_up(units, key)


def _give_up(units: Units, key: IntakeKey) -> Counter[str]:
    put_aside = units.write(lambda work: turns.give_up(work, key))
    return Counter({IntakeState.QUARANTINED.value: 1}) if put_aside else Counter()


def _understand(work: Work, keys: Collection[IntakeKey], *, patient: bool = True) -> Outcomes:
    """Dispatch by collection, in one unit.

    patient: wait for whoever works on the same facilities. If not, what is about those has another turn: two that
    share a region would otherwise go one after the other, because a large batch always meets another.
    """
    found: dict[IntakeKey, Understood] = {}
    for collection, understand_them in UNDERSTOOD_LATER.items():
        of_collection = [key for key in keys if key.collection == collection]
        if of_collection:
            found |= understand_them(work, of_collection, patient=patient)
    later = [key for key, said in found.items() if said is NOT_YET]
    if later and len(later) < len(found):
        turns.count_attempt(work, later, by=-1)
    audits = {
        k.document_id for k, said in found.items() if k.collection == AUDITS and said.state == IntakeState.TAKEN
    }
    arrived(work, audits)
    return found


def _states(outcomes: Outcomes) -> Counter[str]:
    return Counter(said.state.value for said in outcomes.values() if said is not NOT_YET)


def _log_failure(key: IntakeKey, error: Exception) -> None:
    log.error("not_understood", exc_info=error, collection=key.collection, document_id=str(key.document_id))
