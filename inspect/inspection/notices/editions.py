"""Editions of the stages of notices: which are in force, planned, over; adding one, and taking one back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, require_for_country
from inspection.bulk import insert_rows
from inspection.countries import local_date
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput, NotFound, StaleVersion
from inspection.journal import Change
from inspection.notices.editing import Wanted, edited
from inspection.notices.stages import ACTS, Recipient, Stage, Stages, ordered
from inspection.notices.timetables import SHIPPED, Edition, Timetable
from inspection.tables.areas import Area
from inspection.tables.stage_editions import StageEdition
from inspection.unit import Unit

KIND = "stage_edition"
# Nobody plans for a night, or takes it back, that begins while their transaction is still on its way.
LEAD = timedelta(hours=1)
LONGEST = timedelta(days=366)
STANDS = StageEdition.taken_back_at.is_(None)


@dataclass(frozen=True, slots=True)
class Wish:
    """An edition as somebody wants it. replaces: number of the newest one that they have seen; 0: what ships."""

    id: UUID
    country: str
    replaces: int
    valid_from: date
    stages: Sequence[Wanted]
    acts: Mapping[str, Sequence[Recipient]]


@dataclass(frozen=True, slots=True)
class Listed:
    """The editions of a country that were not taken back. earlier: the newest first, what ships the last."""

    in_force: Edition
    planned: StageEdition | None
    earlier: Sequence[Edition]
    first_day: date

    @property
    def newest(self) -> int:
        """The number that the next edition replaces."""
        return self.in_force.number if self.planned is None else self.planned.number


def in_region(unit: Unit, region: str) -> tuple[str, Timetable] | None:
    """The country of a region and its timetable today; None: there is no such region. One statement."""
    e = StageEdition
    of_country = (e.country == Area.country) & STANDS
    statement = select(Area.country, e.number, e.valid_from, e.stages).outerjoin(e, of_country)
    rows = unit.session.execute(statement.where(Area.code == region).order_by(e.number)).all()
    if not rows:
        return None
    country = rows[0].country
    return country, _timetable([row for row in rows if row.number is not None], local_date(unit.now, country))


def timetable(session: Session, country: str, today: date) -> Timetable:
    """The editions of a country that have begun by a local day. One statement."""
    e = StageEdition
    statement = select(e.number, e.valid_from, e.stages).where(e.country == country, STANDS)
    return _timetable(session.execute(statement.order_by(e.number)).all(), today)


def _timetable(rows: Sequence[Any], today: date) -> Timetable:
    begun = [Edition(r.number, r.valid_from, stages_of(r.stages)) for r in rows if r.valid_from <= today]
    return Timetable((SHIPPED, *begun))


def listed(session: Session, country: str, now: datetime) -> Listed:
    """In force, planned and over."""
    editions = timetable(session, country, local_date(now, country)).editions
    return Listed(editions[-1], _planned(session, country, now), editions[-2::-1], first_day(country, now))


def first_day(country: str, now: datetime) -> date:
    """The first local day on which an edition that is made now can begin."""
    return local_date(now + LEAD, country) + timedelta(days=1)


def _planned(session: Session, country: str, now: datetime) -> StageEdition | None:
    later = StageEdition.valid_from > local_date(now, country)
    return session.scalars(
        select(StageEdition).where(StageEdition.country == country, STANDS, later)
    ).one_or_none()


def foresee(session: Session, caller: Caller, wish: Wish, now: datetime) -> tuple[Timetable, Stages]:
    """What is in force, and the stages that an edition would consist of. Writes nothing.

    Raises Forbidden, InvalidInput, StaleVersion (somebody made one since), DoesNotApply (one is planned).
    """
    require_for_country(caller, Act.ADMINISTER, wish.country)
    held = timetable(session, wish.country, date.max)
    planned = _planned(session, wish.country, now)
    newest = held.editions[-1].number
    if newest != wish.replaces:
        raise StaleVersion("somebody changed the stages since you read them", held=newest)
    if planned is not None:
        raise DoesNotApply("an edition is planned already; take it back first", planned=str(planned.id))
    names = f"{wish.country.lower()}_{_next_number(session, wish.country)}_"
    faults = _wrong_day(wish, now)
    try:
        new = edited(held.editions, wish.stages, wish.acts, names=names)
    except InvalidInput as error:
        raise InvalidInput([*error.faults, *faults]) from None
    if faults:
        raise InvalidInput(faults)
    return held, new


def _wrong_day(wish: Wish, now: datetime) -> list[Fault]:
    first = first_day(wish.country, now)
    if first <= wish.valid_from <= first + LONGEST:
        return []
    reason = "stages change from a coming night on, and at most a year ahead"
    return [Fault("/valid_from", reason, f"a day from {first} to {first + LONGEST}")]


def add(unit: Unit, caller: Caller, wish: Wish) -> tuple[StageEdition, bool]:
    """Plan an edition. Returns it and whether it is new: sending the same again changes nothing.

    Raises what `foresee` does, and AlreadyDifferent where the id stands for something else.
    """
    require_for_country(caller, Act.ADMINISTER, wish.country)
    # One after the other: the number that is replaced is looked at under the lock.
    unit.session.execute(select(Area.code).where(Area.code == wish.country).with_for_update())
    known = unit.session.get(StageEdition, wish.id)
    if known is not None:
        return _made_before(unit.session, known, wish), False
    held, new = foresee(unit.session, caller, wish, unit.now)
    row = {
        "id": wish.id,
        "country": wish.country,
        "number": _next_number(unit.session, wish.country),
        "valid_from": wish.valid_from,
        "stages": document(new),
        "made_at": unit.now,
        "made_by": caller.person_id,
        "taken_back_at": None,
        "taken_back_by": None,
    }
    insert_rows(unit.session, StageEdition, [row])
    before, after = document(held.stages), row["stages"]
    facts = {"number": (wish.replaces, row["number"]), "valid_from": (None, wish.valid_from)}
    _journal(unit, wish.country, wish.id, "planned", facts | {"stages": (before, after)})
    return unit.session.get_one(StageEdition, wish.id), True


def take_back(unit: Unit, caller: Caller, edition_id: UUID) -> StageEdition:
    """Take back an edition that has not begun. Doing it again changes nothing.

    Raises NotFound, Forbidden, DoesNotApply for one that is in force, or begins within the hour.
    """
    found = select(StageEdition).where(StageEdition.id == edition_id).with_for_update()
    row = unit.session.scalars(found).one_or_none()
    if row is None:
        raise NotFound("there is no such edition", kind=KIND)
    require_for_country(caller, Act.ADMINISTER, row.country)
    if row.taken_back_at is not None:
        return row
    if row.valid_from < first_day(row.country, unit.now):
        raise DoesNotApply("this edition has begun, or begins within the hour", valid_from=str(row.valid_from))
    row.taken_back_at, row.taken_back_by = unit.now, caller.person_id
    _journal(unit, row.country, row.id, "taken_back", {"number": (row.number, None)})
    unit.session.flush()
    return row


def _journal(unit: Unit, country: str, made: UUID, what: str, facts: Mapping[str, tuple[Any, Any]]) -> None:
    unit.journal.add(Change(country, f"notice_stages.{what}", KIND, str(made), facts))


def _next_number(session: Session, country: str) -> int:
    """Also those that were taken back have had theirs: a name of a stage never means two things."""
    numbers = session.scalars(select(StageEdition.number).where(StageEdition.country == country))
    return max(numbers, default=0) + 1


def _made_before(session: Session, held: StageEdition, wish: Wish) -> StageEdition:
    editions = timetable(session, held.country, date.max).editions
    before = [each for each in editions if each.number < held.number]
    names = f"{held.country.lower()}_{held.number}_"
    try:
        same = document(edited(before, wish.stages, wish.acts, names=names)) == held.stages
    except InvalidInput:
        same = False
    if not same or (held.country, held.valid_from) != (wish.country, wish.valid_from):
        raise AlreadyDifferent("this id stands for another edition", edition=str(held.id))
    return held


def document(held: Stages) -> list[dict[str, Any]]:
    """Stages as they are kept: acts as they are listed, then by their day."""
    acts = [stage for stage in held.by_name.values() if stage.act is not None]
    return [
        {"name": stage.name, "to": [str(kind) for kind in stage.to], **_brings(stage)}
        for stage in (*acts, *held.by_day)
    ]


def _brings(stage: Stage) -> dict[str, Any]:
    return {"days": stage.days} if stage.act is None else {"act": stage.act.value}


def stages_of(kept: Sequence[Mapping[str, Any]]) -> Stages:
    """Stages as they were kept. What ships tells acts that were not known when an edition was made."""
    acts = {stage.name: stage for stage in SHIPPED.stages.by_name.values() if stage.act is not None}
    days = []
    for each in kept:
        to = tuple(Recipient(kind) for kind in each["to"])
        if each.get("act") is None:
            days.append(Stage(each["name"], to, days=each["days"]))
        elif each["act"] in ACTS:
            acts[each["name"]] = Stage(each["name"], to, ACTS[each["act"]])
    return ordered([*acts.values(), *days])
