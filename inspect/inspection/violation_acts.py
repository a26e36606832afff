"""What officials do about a violation besides deciding: assign it, note planned works, ask for an explanation.

None of it changes the violation's state, its dates or its priority. An act is recorded once, whatever the network
does, and stands as it was recorded; a later one takes its place, or takes it back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from inspection.access import Act, Caller, require
from inspection.aliases import lock_merged
from inspection.bulk import insert_new_rows, insert_rows
from inspection.countries import local_date
from inspection.dossiers import MERGED
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput, StaleVersion
from inspection.handling import Acted, handling, one_duty, read_acts, read_explained, write_handling
from inspection.history import Spot
from inspection.homes import find, find_violation
from inspection.journal import Change
from inspection.notices.announcing import announce, was_told
from inspection.notices.stages import Event
from inspection.offices import open_office
from inspection.tables.columns import OfFacility
from inspection.tables.facilities import Facility
from inspection.tables.regions import Home
from inspection.tables.violation_acts import ActKind, ViolationAct
from inspection.tables.violations import STANDING, Violation
from inspection.unit import Unit

KIND = "violation_act"
DONE = (ActKind.ASSIGN, ActKind.PLAN_WORKS, ActKind.ASK)
OF_KIND: Mapping[ActKind, tuple[str, ...]] = {
    ActKind.ASSIGN: ("office_id",),
    ActKind.PLAN_WORKS: ("year", "sum"),
    ActKind.ASK: ("answer_by",),
}
NEEDED: Mapping[ActKind, tuple[str, str, str]] = {  # which field, why, what is accepted
    ActKind.ASSIGN: ("office_id", "say which office is to see to it", "the id of an office of the region"),
    ActKind.PLAN_WORKS: ("year", "say in which year works are planned", "a year"),
    ActKind.ASK: ("answer_by", "say until when an answer is wanted", "a date"),
}
SAID = ("violation_id", "kind", "words", "office_id", "year", "sum", "answer_by", "takes_back", "author_id")
SHOWN = ("id", "facility_id", *SAID, "acted_at")
LAST_YEAR = 10  # from this one
FARTHEST = timedelta(days=2 * 366)  # that anybody is asked to answer by
MOST_SUM = 10**15


@dataclass(frozen=True, slots=True)
class Intent:
    """What an official wants to record. id is made by the client, so that asking twice records once.

    words: why; of a question what is asked. office_id: of an assignment. year, sum (whole units of the currency):
    of planned works. answer_by: of a question. seen_rev: the version of the violation they saw, if they want to be
    told that it has changed since.
    """

    id: UUID
    kind: ActKind
    words: str
    office_id: UUID | None = None
    year: int | None = None
    sum: int | None = None
    answer_by: date | None = None
    seen_rev: int | None = None


def act(unit: Unit, caller: Caller, violation_id: UUID, wish: Intent) -> dict[str, Any]:
    """Record an act about a violation that stands; a question is told to the operator.

    Raises NotFound, Forbidden, StaleVersion, InvalidInput with every fault, AlreadyDifferent (the id is taken),
    and DoesNotApply for a violation that does not stand, a question about one nobody was told of, and a second
    question before the first is answered.
    """
    row = find_violation(unit.session, violation_id)
    facility, counting = _locked(unit, caller, row, "violation")
    assert row is not None  # noqa: S101 - or nothing would be locked
    unit.session.refresh(row)
    spot = Spot(row.criterion, row.place)
    given = {
        name: getattr(wish, name) for name in ("id", "kind", "words", "office_id", "year", "sum", "answer_by")
    }
    new = _new_row(facility, row.id, spot, {**given, "takes_back": None, "author_id": caller.person_id})
    if repeated := _repeated(unit, new):
        return repeated
    if facility is not counting:
        raise DoesNotApply(MERGED, merged_into=str(counting.id))
    if wish.seen_rev is not None and wish.seen_rev != row.rev:
        raise StaleVersion("somebody changed this violation since you read it", held_rev=row.rev)
    if row.state not in STANDING:
        raise DoesNotApply("this violation is not open", state=row.state)
    if faults := list(_faults(unit, facility, wish)):
        raise InvalidInput(faults)
    acts = _acts(unit, counting, spot)
    if wish.kind is ActKind.ASK:
        _refuse_question(unit, row, acts)
    return _record(unit, counting, new, acts)


def take_back(unit: Unit, caller: Caller, act_id: UUID, taking_id: UUID, reason: str) -> dict[str, Any]:
    """Take an act back, from now on: the one before it of its kind holds again.

    Raises as `act` does; DoesNotApply for an act that is taken back already, and for a question that is answered.
    """
    held = find(unit.session, ViolationAct, act_id)
    facility, counting = _locked(unit, caller, held, KIND)
    assert held is not None  # noqa: S101 - or nothing would be locked
    spot = Spot(held.criterion, held.place)
    said = {"id": taking_id, "kind": ActKind.TAKE_BACK, "words": reason, "takes_back": act_id}
    nothing = dict.fromkeys(("office_id", "year", "sum", "answer_by"))
    new = _new_row(facility, held.violation_id, spot, {**said, **nothing, "author_id": caller.person_id})
    if repeated := _repeated(unit, new):
        return repeated
    if held.kind == ActKind.TAKE_BACK:
        raise DoesNotApply("what takes back another act is not taken back itself: record the act anew")
    acts = _acts(unit, counting, spot)
    if any(each.takes_back == act_id for each in acts):
        raise DoesNotApply("this act is taken back already", act=str(act_id))
    if act_id in read_explained(unit.session, held.home_region, acts):
        raise DoesNotApply("this question is answered already", act=str(act_id))
    return _record(unit, counting, new, acts)


def _locked(unit: Unit, caller: Caller, row: OfFacility | None, what: str) -> tuple[Facility, Facility]:
    """The facility of a row and the one that counts in its place, locked, if the caller may act on both."""
    require(caller, Act.DECIDE, row, what=what)
    assert row is not None  # noqa: S101 - require has seen to it
    held, survivors = lock_merged(unit.session, [(row.home_region, row.facility_id)])
    facility = held[row.facility_id]
    counting = held[survivors.get((row.home_region, row.facility_id), (row.home_region, row.facility_id))[1]]
    for each in (facility, counting):  # it may have moved since
        require(caller, Act.DECIDE, each, what=what)
    return facility, counting


def _new_row(facility: Facility, violation_id: UUID, spot: Spot, said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "home_region": facility.home_region,
        "rev": 1,
        "country": facility.country,
        "region_code": facility.region_code,
        "district_code": facility.district_code,
        "facility_id": facility.id,
        "violation_id": violation_id,
        "criterion": spot.criterion,
        "place": spot.place,
        **said,
        "kind": said["kind"].value,
    }


def _repeated(unit: Unit, new: Mapping[str, Any]) -> dict[str, Any] | None:
    """The act recorded under this id, if it says the same. Raises AlreadyDifferent if it does not."""
    held = unit.session.get(ViolationAct, (new["home_region"], new["id"]))
    if held is None:
        return None
    if any(getattr(held, name) != new[name] for name in SAID):
        raise AlreadyDifferent("another act is recorded under this id", act=str(new["id"]))
    return {name: getattr(held, name) for name in SHOWN}


def _acts(unit: Unit, counting: Facility, spot: Spot) -> Sequence[Acted]:
    facilities = one_duty(unit.session, counting)
    return read_acts(unit.session, counting.home_region, facilities, {spot}).get(spot, [])


def _faults(unit: Unit, facility: Facility, wish: Intent) -> Iterator[Fault]:
    if wish.kind not in DONE:
        yield Fault("/kind", "this is not recorded about a violation", ", ".join(DONE))
        return
    for name in ("office_id", "year", "sum", "answer_by"):
        if name not in OF_KIND[wish.kind] and getattr(wish, name) is not None:
            yield Fault(f"/{name}", "this kind of act does not have this", "left out")
    name, reason, accepted = NEEDED[wish.kind]
    if getattr(wish, name) is None:
        yield Fault(f"/{name}", reason, accepted)
    elif wish.kind is ActKind.ASSIGN:
        yield from open_office(unit, facility, wish.office_id)
    yield from _wrong_dates(wish, local_date(unit.now, facility.country))
    if wish.sum is not None and not 0 <= wish.sum <= MOST_SUM:
        yield Fault("/sum", "this is no sum of planned works", f"a whole number from 0 to {MOST_SUM}")


def _wrong_dates(wish: Intent, today: date) -> Iterator[Fault]:
    """today: local date of the area."""
    if wish.year is not None and not today.year <= wish.year <= today.year + LAST_YEAR:
        yield Fault("/year", "this year stands in no plan", f"from {today.year} to {today.year + LAST_YEAR}")
    if wish.answer_by is not None and not today <= wish.answer_by <= today + FARTHEST:
        accepted = f"from {today.isoformat()} to {(today + FARTHEST).isoformat()}"
        yield Fault("/answer_by", "nobody can answer by that day", accepted)


def _refuse_question(unit: Unit, row: Violation, acts: Sequence[Acted]) -> None:
    if row.due_on is None:
        raise DoesNotApply("nobody was told of this violation yet", violation=str(row.id))
    waiting = handling(acts, read_explained(unit.session, row.home_region, acts).keys()).question
    if waiting is not None and was_told(unit, row.home_region, waiting.violation_id, waiting.id):
        raise DoesNotApply("an explanation is asked for already, and nobody has answered yet", act=str(waiting.id))


def _record(unit: Unit, counting: Facility, new: dict[str, Any], acts: Sequence[Acted]) -> dict[str, Any]:
    home = {"id": new["id"], "region": new["home_region"], "kind": KIND}
    if not insert_new_rows(unit.session, Home, [home]):
        raise AlreadyDifferent("this id is taken by another document", act=str(new["id"]))
    row = {**new, "acted_at": _moment(unit, acts)}
    insert_rows(unit.session, ViolationAct, [row])
    facts = {
        name: (None, row[name]) for name in SAID if row[name] is not None and name not in ("words", "author_id")
    }
    unit.journal.add(
        Change(row["home_region"], f"violation.{row['kind']}", KIND, str(row["id"]), facts, row["words"])
    )
    write_handling(unit, counting, [Spot(row["criterion"], row["place"])])
    if row["kind"] == ActKind.ASK:
        announce(unit, Event.ASKED, unit.session.get_one(ViolationAct, (row["home_region"], row["id"])))
    return {name: row[name] for name in SHOWN}


def _moment(unit: Unit, acts: Sequence[Acted]) -> datetime:
    """The moment of a new act: behind all others about the duty, in the order of their locks."""
    latest = max((each.acted_at for each in acts), default=None)
    return unit.now if latest is None or latest < unit.now else latest + datetime.resolution
