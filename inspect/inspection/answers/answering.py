"""What officials see of operators' replies, and what they say to them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, narrow, require
from inspection.area_filters import lies_in
from inspection.database import Instant
from inspection.deciding import Wish, decide
from inspection.errors import DoesNotApply, Fault, InvalidInput, NotFound
from inspection.heads import lock_facilities
from inspection.history import DecisionKind
from inspection.homes import at_home, find
from inspection.journal import Change
from inspection.keyset import Page, read_moment, write_cursor
from inspection.notices.announcing import announce
from inspection.notices.stages import Event
from inspection.tables.answers import OperatorReply, ReplyFile, ReplyKind, ReplyState
from inspection.tables.regions import Home
from inspection.tables.violations import Violation, ViolationState
from inspection.unit import Unit

# By what an official can grant each; a message asks for nothing and can only be noted.
GRANTED_BY = {
    ReplyKind.EXTENSION: frozenset({DecisionKind.EXTEND}),
    ReplyKind.CONTEST: frozenset({DecisionKind.WAIVE, DecisionKind.RECHECK}),
}
R = OperatorReply
SHOWN = (
    *(R.id, R.rev, R.country, R.region_code, R.district_code, R.facility_id, R.prescription_id, R.violation_id),
    *(R.submission_id, R.kind, R.said, R.until, R.said_by, R.received_at, R.state, R.answer, R.answered_by),
    *(R.answered_at, R.decision_id, R.link_id, R.request_id),
)
SORT = "received"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an official says. by: the decision that grants it; until: its date, as `decide` wants it."""

    outcome: ReplyState
    words: str
    by: DecisionKind | None = None
    until: date | None = None


def answer(unit: Unit, caller: Caller, reply_id: UUID, given: Answer) -> None:
    """Answer a reply, once. What is granted is decided in the same unit; a refusal is told.

    Saying the same again changes nothing. Raises NotFound, Forbidden, InvalidInput, and DoesNotApply where it is
    answered already or the decision would have no effect.
    """
    row = find(unit.session, OperatorReply, reply_id)
    require(caller, Act.DECIDE, row, what="reply")
    assert row is not None  # noqa: S101 - require has seen to it
    facility = lock_facilities(unit.session, [(row.home_region, row.facility_id)])[row.facility_id]
    require(caller, Act.DECIDE, facility, what="reply")
    unit.session.refresh(row)
    if row.answered_by is not None:
        if (row.answered_by, row.state, row.answer) == (caller.person_id, given.outcome.value, given.words):
            return
        raise DoesNotApply("this reply is answered already", reply=str(reply_id))
    _check(row, given)
    if given.by is not None:
        until = (given.until or row.until) if given.by is DecisionKind.EXTEND else given.until
        wish = Wish(uuid5(reply_id, "decision"), given.by, given.words, until)
        row.decision_id = decide(unit, caller, row.violation_id, wish).id
    row.state, row.answer, row.rev = given.outcome.value, given.words, row.rev + 1
    row.answered_by, row.answered_at = caller.person_id, unit.now
    unit.session.flush()
    if given.outcome is ReplyState.REFUSED or given.by is DecisionKind.RECHECK:
        announce(unit, Event.ANSWERED, row)  # an extension and a release are told as such
    facts = {"state": (ReplyState.WAITING.value, row.state), "decision_id": (None, row.decision_id)}
    change = Change(row.home_region, "reply.answered", "operator_reply", str(reply_id), facts, given.words)
    unit.journal.add(change)


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    state: Sequence[str] = (),
    kinds: Collection[ReplyKind] = (),
    unproven: bool = False,
    prescription_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Replies in the caller's areas, the longest waiting first, each with its files. Raises InvalidInput.

    state, kinds: those in one of them; all of them if nothing is said. unproven: only about what the operator says
    is remedied and nobody has measured since.
    """
    statement = narrow(select(R.home_region, *SHOWN), R, caller)
    if area is not None:
        statement = statement.where(lies_in(session, R, area))
    if state:
        statement = statement.where(R.state.in_(sorted(state)))
    if kinds:
        statement = statement.where(R.kind.in_(sorted(kind.value for kind in kinds)))
    if unproven:
        same = (Violation.home_region == R.home_region) & (Violation.id == R.violation_id)
        statement = statement.join(Violation, same).where(Violation.state == ViolationState.DECLARED.value)
    if prescription_id is not None:
        statement = statement.where(R.prescription_id == prescription_id)
    if cursor is not None:
        moment, last = read_moment(cursor, SORT)
        after = tuple_(literal(moment, Instant()), literal(last, Uuid()))
        statement = statement.where(tuple_(R.received_at, R.id) > after)
    found = session.execute(statement.order_by(R.received_at, R.id).limit(limit + 1)).mappings().all()
    rows = _with_files(session, [dict(row) for row in found[:limit]])
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["received_at"].isoformat(), rows[-1]["id"])) if more else None)


def one(session: Session, caller: Caller, reply_id: UUID) -> dict[str, Any]:
    """A reply with its files. Raises NotFound, also for one that the caller may not see."""
    statement = narrow(select(R.home_region, *SHOWN).join(Home, at_home(R)), R, caller)
    row = session.execute(statement.where(Home.id == reply_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("there is no such reply", kind="reply")
    return _with_files(session, [dict(row)])[0]


def file(session: Session, caller: Caller, file_id: UUID) -> ReplyFile:
    """A file of a reply. Raises NotFound, also for one that the caller may not see."""
    statement = narrow(select(ReplyFile).join(Home, at_home(ReplyFile)), ReplyFile, caller)
    found = session.scalars(statement.where(Home.id == file_id)).one_or_none()
    if found is None:
        raise NotFound("there is no such file", kind="reply_file")
    return found


def _check(row: OperatorReply, given: Answer) -> None:
    accepted = GRANTED_BY.get(ReplyKind(row.kind), frozenset())
    if given.outcome is ReplyState.GRANTED:
        if given.by not in accepted:
            listed = ", ".join(sorted(accepted)) or "noted"
            raise InvalidInput([Fault("/by", "this is not how such a reply is granted", listed)])
    elif given.outcome is ReplyState.WAITING:
        raise InvalidInput([Fault("/outcome", "this is no answer", "one of granted, refused and noted")])
    elif given.by is not None or given.until is not None:
        raise InvalidInput([Fault("/by", "only what is granted is decided", "left out")])


def _with_files(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    f = ReplyFile
    wanted = {row["submission_id"] for row in rows}
    homes = {row["home_region"] for row in rows}
    found = session.scalars(
        select(f).where(f.home_region.in_(homes), f.submission_id.in_(wanted)).order_by(f.received_at, f.id)
    )
    files: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for each in found:
        shown = {"id": each.id, "size": each.size, "media_type": each.media_type, "name": each.name}
        files[each.submission_id].append(shown)
    return [
        {**{k: v for k, v in row.items() if k != "home_region"}, "files": files[row["submission_id"]]}
        for row in rows
    ]
