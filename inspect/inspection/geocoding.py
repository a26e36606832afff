"""Addresses on their way to positions: asked for one by one, believed or left to a person.

Asking itself is the edge's (`api/geocoding.py`), outside of any unit. Every step can be killed and run again: what
was answered is kept before anything is made of it, and a row that somebody took and never finished is free again
after its lease.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from inspection.bulk import table_of, upsert_rows
from inspection.geocode_placing import ROUGH, districts_of, is_inside, place
from inspection.geocoding_rules import Answer, Doubted, Precision, believe
from inspection.heads import lock_facilities
from inspection.tables.geocoding import Geocode, GeocodeAnswer, GeocoderTurn, GeocodeState
from inspection.unit import Unit

LEASE = timedelta(minutes=5)
ANSWERS_HOLD = timedelta(days=180)
MOST_ATTEMPTS = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
G = Geocode.__table__.c

Key = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Taken:
    """One address to be asked for. answers: of an earlier time, where the same was asked."""

    key: Key
    country: str
    question: str
    answers: Sequence[Answer] | None


def take(unit: Unit, provider: str) -> Taken | None:
    """The next address that waits, for whoever asks to finish within a lease; None if there is none."""
    waiting = (G.state == GeocodeState.WAITING.value) & (G.next_try_at <= unit.now)
    wanted = select(Geocode).where(waiting).order_by(G.next_try_at, G.home_region, G.id).limit(1)
    row = unit.session.scalars(wanted.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    row.next_try_at = unit.now + LEASE
    held = unit.session.get(GeocodeAnswer, (provider, _hash(row.question)))
    fresh = held is not None and held.answered_at > unit.now - ANSWERS_HOLD
    answers = [_read(each) for each in held.answers] if held is not None and fresh else None
    return Taken((row.home_region, row.id), row.country, row.question, answers)


def turn(unit: Unit, provider: str, per_minute: int) -> datetime:
    """When the caller may ask; nobody else of any process may at that moment, or shortly after."""
    pause = timedelta(minutes=1) / per_minute
    row = unit.session.get(GeocoderTurn, provider, with_for_update=True)
    if row is None:
        unit.session.add(GeocoderTurn(provider=provider, next_at=unit.now + pause))
        return unit.now
    at = max(unit.now, row.next_at)
    row.next_at = at + pause
    return at


def keep_answers(unit: Unit, provider: str, asked: str, answers: Sequence[Answer]) -> None:
    """Keep what a geocoder answered, before anything is made of it."""
    row = {"provider": provider, "question_hash": _hash(asked), "question": asked, "answered_at": unit.now}
    upsert_rows(unit.session, GeocodeAnswer, [{**row, "answers": [_spelled(answer) for answer in answers]}])
    mine = GeocoderTurn.provider == provider
    unit.session.connection().execute(update(table_of(GeocoderTurn)).where(mine).values(failures=0))


def away(unit: Unit, provider: str, key: Key, retry_after: float | None) -> datetime:
    """The geocoder does not answer: nobody asks it until the returned moment. The address has lost no attempt."""
    row = unit.session.get(GeocoderTurn, provider, with_for_update=True)
    if row is None:
        row = GeocoderTurn(provider=provider, next_at=unit.now, failures=0)
        unit.session.add(row)
    pause = min(FIRST_PAUSE * 2 ** min(row.failures, 10), LONGEST_PAUSE)
    row.failures += 1
    row.next_at = unit.now + max(pause, timedelta(seconds=min(retry_after or 0, LONGEST_PAUSE.total_seconds())))
    unit.session.get_one(Geocode, key, with_for_update=True).next_try_at = row.next_at
    return row.next_at


def puzzled(unit: Unit, key: Key, why: str) -> None:
    """The geocoder's answer makes no sense: tried again later, and after a few times left to people."""
    row = unit.session.get_one(Geocode, key, with_for_update=True)
    row.attempts += 1
    row.why, row.changed_at, row.rev = why, unit.now, row.rev + 1
    row.next_try_at = unit.now + FIRST_PAUSE * 2**row.attempts
    if row.attempts >= MOST_ATTEMPTS:
        row.state = GeocodeState.FAILED.value


def conclude(unit: Unit, key: Key, provider: str, answers: Sequence[Answer]) -> GeocodeState:
    """Make of the answers what can be made, for a facility that has no better position meanwhile."""
    held = lock_facilities(unit.session, [key])[key[1]]
    row = unit.session.get_one(Geocode, key, with_for_update=True)
    if row.state != GeocodeState.WAITING:
        return GeocodeState(row.state)
    row.provider, row.changed_at, row.rev = provider, unit.now, row.rev + 1
    if held.location_method not in ROUGH or not held.active or held.merged_into:
        row.state = GeocodeState.NEEDLESS.value
        return GeocodeState.NEEDLESS
    districts = districts_of(unit)
    found = believe(answers, {n for n, answer in enumerate(answers) if is_inside(held, answer, districts)})
    if found is None:
        row.state, row.why = GeocodeState.NOT_FOUND.value, None
    elif isinstance(found, Doubted):
        row.state, row.why = GeocodeState.DOUBTFUL.value, found.why
        _note(row, found.answer.lat, found.answer.lon, found.answer.radius_m, found.answer.name)
    else:
        row.state, row.why = GeocodeState.PLACED.value, None
        _note(row, found.lat, found.lon, found.accuracy_m, found.name)
        place(unit, held, found, districts)
    unit.session.flush()
    return GeocodeState(row.state)


def _note(row: Geocode, lat: float, lon: float, accuracy: float, name: str) -> None:
    row.lat, row.lon, row.accuracy_m, row.answer = lat, lon, accuracy, name


def _hash(asked: str) -> bytes:
    return hashlib.sha256(asked.encode()).digest()


def _spelled(answer: Answer) -> dict[str, Any]:
    return {**asdict(answer), "precision": answer.precision.name}


def _read(said: Mapping[str, Any]) -> Answer:
    return Answer(said["lat"], said["lon"], Precision[said["precision"]], said["radius_m"], said["name"])


def waiting(session: Session) -> Mapping[str, int]:
    """How many addresses stand in which state."""
    rows = session.execute(select(G.state, func.count().label("number")).group_by(G.state))
    return {row.state: row.number for row in rows}
