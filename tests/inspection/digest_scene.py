"""A random region with everything that a digest counts, on a Monday on which there is much to say."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from inspection.history import EndedBy
from inspection.tables.answers import OperatorReply, ReplyKind, ReplyState
from inspection.tables.facilities import Facility
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.notices import Letter, LetterState
from inspection.tables.telling import ReviewCase
from inspection.tables.violations import Violation, ViolationState
from inspection.telling import Why
from tests.inspection.report_scene import make, put, with_past
from tests.inspection.violation_samples import Row
from tests.inspection.world import World

MONDAY = datetime(2026, 2, 16, 3, 30, tzinfo=UTC)  # half past eight in Kazakhstan
PLACED = ("home_region", "country", "region_code", "district_code")


def set_scene(world: World, seed: int = 3) -> None:
    """Fill the tables and put the clock on MONDAY."""
    world.clock.now = MONDAY
    source = random.Random(seed)
    made = with_past(world, source, make(world, source))
    for row in made[Violation]:
        row["prescription_id"] = None  # the samples' lead nowhere
        row["obstructed"] = source.choice([None, 0.0, round(source.uniform(0, 300), 2)])
    for row in made[Violation][::8]:
        row.update(_executed(source))
    made[OperatorReply] = [_reply(world, source, source.choice(made[Violation])) for _ in range(40)]
    made[ReviewCase] = [_review(world, source, source.choice(made[Violation])) for _ in range(40)]
    made[FollowUp] = [_followup(world, source, facility) for facility in made[Facility]]
    made[Letter] = [_letter(world, source, source.choice(made[Facility])) for _ in range(40)]
    with world.unit() as unit:
        put(unit.session, made)


def _of(world: World, row: Row) -> dict[str, Any]:
    return {**{name: row[name] for name in PLACED}, "id": world.new_id(), "rev": 1}


def _executed(source: random.Random) -> Row:
    """What a violation says that was remedied in the past week."""
    ended_at = MONDAY - timedelta(hours=source.randrange(4, 7 * 24))
    due_on = MONDAY.date() + timedelta(days=source.randrange(-14, 14))
    ended = {"ended_at": ended_at, "ended_by": EndedBy.MEASURED_PASS.value, "state": ViolationState.RELEASED.value}
    return {**ended, "due_on": due_on, "declared_at": None}


def _reply(world: World, source: random.Random, violation: Row) -> Row:
    ids = dict.fromkeys(("submission_id", "prescription_id", "link_id"), world.new_id())
    said = {"kind": ReplyKind.CONTEST.value, "said": "Жоқ.", "said_by": "Үлгі", "received_at": MONDAY}
    state = source.choice(list(ReplyState)).value
    about = {"facility_id": violation["facility_id"], "violation_id": violation["id"]}
    answered = None if state in (ReplyState.WAITING, ReplyState.NOTED) else world.head
    answer = {"answered_by": answered, "answered_at": answered and MONDAY, "answer": answered and "Қаралды."}
    return {**_of(world, violation), **ids, **said, **about, **answer, "state": state}


def _review(world: World, source: random.Random, violation: Row) -> Row:
    why, stood_at = source.choice(list(Why)).value, MONDAY - timedelta(seconds=source.randrange(10**6))
    times = {"stood_at": stood_at, "opened_at": stood_at, "closed_at": source.choice([None, MONDAY])}
    about = {"facility_id": violation["facility_id"], "violation_id": violation["id"]}
    return {**_of(world, violation), **about, "why": why, **times}


def _followup(world: World, source: random.Random, facility: Row) -> Row:
    put_off = source.choice([None, MONDAY.date() - timedelta(days=1), MONDAY.date() + timedelta(days=1)])
    went = {"assignee_id": source.choice([None, world.inspector]), "postponed_until": put_off}
    state = source.choice(list(FollowUpState)).value
    about = {"facility_id": facility["id"], "items": [], "wanted_from": MONDAY.date(), "opened_at": MONDAY}
    return {**_of(world, facility), **about, **went, "state": state}


def _letter(world: World, source: random.Random, facility: Row) -> Row:
    state = source.choice(list(LetterState)).value
    way = {"state": state, "attempts": 0, "next_try_at": MONDAY + timedelta(days=30), "queued_at": MONDAY}
    about = {"facility_id": facility["id"], "recipient": f"operator:{world.new_id()}", "address": ""}
    return {**_of(world, facility), **about, **way, "local_date": MONDAY.date(), "part": 1}
