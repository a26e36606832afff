"""What officials do about violations besides deciding: what holds of it, what refuses it, who hears of it."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from inspection import offices, violation_acts, violation_details
from inspection.answers.links import make as make_link
from inspection.answers.opened import QuestionState, opened
from inspection.answers.replying import Submission, receive
from inspection.countries import local_date
from inspection.errors import AlreadyDifferent, DoesNotApply, Forbidden, InvalidInput, NotFound, StaleVersion
from inspection.handling import Acted, handling
from inspection.history import MAIN, DecisionKind
from inspection.tables.answers import OperatorReply, ReplyKind
from inspection.tables.facilities import Standing
from inspection.tables.journal import JournalEntry
from inspection.tables.notices import Letter, Notice
from inspection.tables.people import Role
from inspection.tables.prescriptions import Prescription
from inspection.tables.violation_acts import ActKind, ViolationAct
from inspection.tables.violations import Violation
from inspection.violation_acts import Intent
from tests.clock import NOW
from tests.inspection.merges import known, merge, separate
from tests.inspection.test_notices import ADDRESS, an_operator, gathered, prescribed, sent, taken
from tests.inspection.world import (
    DISTRICT,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_REGION,
    PASSES,
    REGION,
    STEP,
    World,
)

TODAY = date(2026, 3, 16)  # of NOW in Kazakhstan
A_DAY = timedelta(days=1)


def an_office(world: World, region: str = REGION, by: UUID | None = None, **about: Any) -> UUID:
    made, keeper = world.new_id(), by or world.head
    fields: Any = {"name_kk": "Денсаулық сақтау басқармасы", "name_ru": "Управление здравоохранения", **about}
    with world.unit(keeper) as unit:
        offices.create(unit, world.caller(keeper), made, region, fields)
    return made


def act(
    world: World, facility: UUID, kind: ActKind, criterion: str = DOOR, *, by: UUID | None = None, **about: Any
) -> UUID:
    """Record an act about a violation at the main place; its id."""
    person = by or world.head
    given = Intent(**{"id": world.new_id(), "kind": kind, "words": "для порядка", **about})
    with world.unit(person) as unit:
        violation_acts.act(unit, world.caller(person), world.violation(facility, criterion).id, given)
    return given.id


def ask(world: World, facility: UUID, answer_by: date = TODAY, **about: Any) -> UUID:
    return act(world, facility, ActKind.ASK, **{"answer_by": answer_by, "words": "Почему?", **about})


def take_back(world: World, made: UUID, *, by: UUID | None = None, id: UUID | None = None) -> UUID:  # noqa: A002
    person, taking = by or world.head, id or world.new_id()
    with world.unit(person) as unit:
        violation_acts.take_back(unit, world.caller(person), made, taking, "ошибка")
    return taking


def answer(world: World, facility: UUID, criterion: str = DOOR, **about: Any) -> OperatorReply:
    """What the operator says of an item by a link."""
    (prescription,) = world.rows(Prescription, Prescription.facility_id == facility)
    item = world.violation(facility, criterion).id
    plain = {"kind": ReplyKind.MESSAGE, "items": (item,), "said": "Ждём подрядчика.", "said_by": "Үлгі"}
    given: Any = {"id": world.new_id(), **plain, **about}
    with world.unit(world.head) as unit:
        link = make_link(unit, world.caller(world.head), prescription.id, world.new_id())
    with world.unit() as unit:
        receive(unit, link, Submission(**given))
    of_item = OperatorReply.violation_id == item
    (row,) = world.rows(OperatorReply, OperatorReply.submission_id == given["id"], of_item)
    return row


def shown(world: World, facility: UUID, criterion: str = DOOR) -> dict[str, Any]:
    caller = world.caller(world.head)
    with world.open_session() as session:
        return violation_details.one(session, caller, world.violation(facility, criterion).id, now=world.clock())


def faults(world: World, facility: UUID, kind: ActKind, **about: Any) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        act(world, facility, kind, **about)
    assert all(fault.reason and fault.accepted for fault in refused.value.faults)
    assert world.rows(ViolationAct) == []
    return [fault.pointer for fault in refused.value.faults]


# What holds


def acted(number: int, kind: ActKind, **about: Any) -> Acted:
    plain: dict[str, Any] = dict.fromkeys(("office_id", "year", "sum", "answer_by", "takes_back"))
    said: dict[str, Any] = {
        "author_id": UUID(int=1),
        "words": "",
        "violation_id": UUID(int=2),
        "criterion": DOOR,
        "place": MAIN,
    }
    return Acted(UUID(int=number), kind, NOW + timedelta(minutes=number), **(said | plain | about))


def test_the_last_act_of_a_kind_that_was_not_taken_back_holds_in_whatever_order_they_are_read() -> None:
    first, second = (acted(n, ActKind.ASSIGN, office_id=UUID(int=n)) for n in (1, 2))
    works, asked = acted(3, ActKind.PLAN_WORKS, year=2027), acted(4, ActKind.ASK, answer_by=TODAY)
    taken = acted(5, ActKind.TAKE_BACK, takes_back=second.id)
    for acts in permutations((first, second, works, asked, taken)):
        found = handling(acts, ())
        assert (found.assigned, found.works, found.question, found.last) == (first, works, asked, taken)
    assert handling([first, second], ()).assigned == second
    assert handling([asked], {asked.id}).question is None
    assert set(handling([], ()).columns().values()) == {None}


def test_the_last_assignment_holds_and_when_it_is_taken_back_the_one_before_does(world: World) -> None:
    facility = prescribed(world)
    first, second = an_office(world), an_office(world, name_ru="Управление образования")
    act(world, facility, ActKind.ASSIGN, office_id=first)
    wrong = act(world, facility, ActKind.ASSIGN, office_id=second)
    assert shown(world, facility)["responsible"]["name_ru"] == "Управление образования"
    take_back(world, wrong)
    document = shown(world, facility)
    assert document["responsible"]["id"] == str(first)
    assert document["last_act"]["kind"] == "take_back"
    assert [(each["kind"], each["taken_back_by"] is None) for each in document["acts"]] == [
        ("assign", True),
        ("assign", False),
        ("take_back", True),
    ]


def test_planned_works_are_shown_as_they_were_noted_last(world: World) -> None:
    facility = prescribed(world)
    act(world, facility, ActKind.PLAN_WORKS, year=2026)
    assert shown(world, facility)["works_planned"] == {"year": 2026, "sum": None}
    last = act(world, facility, ActKind.PLAN_WORKS, year=2036, sum=0)
    assert shown(world, facility)["works_planned"] == {"year": 2036, "sum": 0}
    take_back(world, last)
    assert shown(world, facility)["works_planned"] == {"year": 2026, "sum": None}


def test_none_of_it_changes_the_state_the_dates_or_the_priority(world: World) -> None:
    facility = prescribed(world)
    before, standing = world.violation(facility, DOOR), world.standing(facility)
    act(world, facility, ActKind.ASSIGN, office_id=an_office(world))
    act(world, facility, ActKind.PLAN_WORKS, year=2027, sum=5_000_000)
    ask(world, facility)
    after = world.violation(facility, DOOR)
    changed = {c.name for c in Violation.__table__.columns if getattr(before, c.name) != getattr(after, c.name)}
    assert changed == {"rev", "office_id", "answer_by", "last_act", "last_act_at"}
    (now,) = world.rows(Standing, Standing.id == facility)
    assert all(getattr(standing, c.name) == getattr(now, c.name) for c in Standing.__table__.columns)


def test_settling_anew_leaves_what_officials_did(world: World) -> None:
    facility = prescribed(world)
    office = an_office(world)
    act(world, facility, ActKind.ASSIGN, office_id=office)
    ask(world, facility)
    world.decide(facility, DOOR, DecisionKind.EXTEND, until=date(2027, 1, 1))
    world.audited(facility, {STEP: FAILS[STEP]}, at=world.clock() - timedelta(hours=1))
    held = world.violation(facility, DOOR)
    assert (held.office_id, held.answer_by, held.last_act) == (office, TODAY, "ask")
    assert world.violation(facility, STEP).office_id is None


def test_every_act_is_in_the_journal_with_its_words_and_its_author(world: World) -> None:
    facility = prescribed(world)
    made = act(world, facility, ActKind.PLAN_WORKS, year=2027, sum=10, words="в плане ремонта")
    taking = take_back(world, made)
    done, undone = (world.rows(JournalEntry, JournalEntry.object_id == str(each))[0] for each in (made, taking))
    assert (done.action, done.reason, done.actor_id) == ("violation.plan_works", "в плане ремонта", world.head)
    assert (done.changes["year"], done.changes["sum"]) == ([None, 2027], [None, 10])
    assert (undone.action, undone.reason) == ("violation.take_back", "ошибка")
    assert undone.changes["takes_back"] == [None, str(made)]


def test_acts_of_one_moment_stand_in_the_order_in_which_they_were_recorded(world: World) -> None:
    facility, offices_made = prescribed(world), [an_office(world) for _ in range(3)]
    for office in offices_made:
        act(world, facility, ActKind.ASSIGN, office_id=office)
    assert world.violation(facility, DOOR).office_id == offices_made[-1]
    times = [row.acted_at for row in sorted(world.rows(ViolationAct), key=lambda row: row.acted_at)]
    assert len(set(times)) == 3


# Sent twice, and at once


def test_sending_the_same_again_records_it_once(world: World) -> None:
    facility, office, made = prescribed(world), an_office(world), world.new_id()
    for _ in range(2):
        act(world, facility, ActKind.ASSIGN, id=made, office_id=office)
        world.clock.advance(minutes=5)
    question = ask(world, facility, TODAY + A_DAY)
    taking = take_back(world, question)
    assert take_back(world, question, id=taking) == taking
    assert len(world.rows(ViolationAct)) == 3
    assert len(world.rows(JournalEntry, JournalEntry.object_kind == "violation_act")) == 3


@pytest.mark.parametrize("other", [{"words": "иначе"}, {"year": 2028}, {"sum": 1}, {"criterion": STEP}])
def test_the_same_id_with_other_content_is_refused(world: World, other: dict[str, Any]) -> None:
    facility = prescribed(world, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})
    made = act(world, facility, ActKind.PLAN_WORKS, year=2027)
    about: dict[str, Any] = {"id": made, "year": 2027, **other}
    with pytest.raises(AlreadyDifferent):
        act(world, facility, ActKind.PLAN_WORKS, **about)
    assert len(world.rows(ViolationAct)) == 1


def test_an_id_of_another_person_or_document_is_refused(world: World) -> None:
    facility = prescribed(world)
    made, other = act(world, facility, ActKind.PLAN_WORKS, year=2027), world.person(Role.HEAD)
    with pytest.raises(AlreadyDifferent):
        act(world, facility, ActKind.PLAN_WORKS, by=other, id=made, year=2027)
    with pytest.raises(AlreadyDifferent):
        act(world, facility, ActKind.PLAN_WORKS, id=an_office(world), year=2027)
    with pytest.raises(AlreadyDifferent):
        take_back(world, made, id=made)


def test_who_names_the_version_they_saw_is_told_that_it_has_changed(world: World) -> None:
    facility, office = prescribed(world), an_office(world)
    seen = world.violation(facility, DOOR).rev
    act(world, facility, ActKind.ASSIGN, office_id=office, seen_rev=seen)
    with pytest.raises(StaleVersion) as refused:
        act(world, facility, ActKind.PLAN_WORKS, year=2027, seen_rev=seen)
    assert refused.value.members == {"held_rev": world.violation(facility, DOOR).rev}


# What is refused


def test_what_does_not_belong_to_an_act_or_is_missing_is_named(world: World) -> None:
    facility, office = prescribed(world), an_office(world)
    assert faults(world, facility, ActKind.ASSIGN) == ["/office_id"]
    assert faults(world, facility, ActKind.PLAN_WORKS, sum=5) == ["/year"]
    assert faults(world, facility, ActKind.ASK) == ["/answer_by"]
    assert faults(world, facility, ActKind.TAKE_BACK) == ["/kind"]
    more: dict[str, Any] = {"year": 2027, "sum": 1, "answer_by": TODAY}
    assert faults(world, facility, ActKind.ASSIGN, office_id=office, **more) == ["/year", "/sum", "/answer_by"]
    assert faults(world, facility, ActKind.ASK, answer_by=TODAY, office_id=office) == ["/office_id"]


@pytest.mark.parametrize("year", [2025, 2037, 0, -1, 99999])
def test_works_are_planned_for_this_year_or_one_of_the_next_ten(world: World, year: int) -> None:
    assert faults(world, prescribed(world), ActKind.PLAN_WORKS, year=year) == ["/year"]


@pytest.mark.parametrize("amount", [-1, 10**15 + 1])
def test_a_sum_is_not_below_zero_nor_beyond_any_budget(world: World, amount: int) -> None:
    assert faults(world, prescribed(world), ActKind.PLAN_WORKS, year=2027, sum=amount) == ["/sum"]


@pytest.mark.parametrize("day", [TODAY - A_DAY, TODAY + timedelta(days=733)])
def test_an_answer_is_wanted_by_today_or_later(world: World, day: date) -> None:
    facility = prescribed(world)
    assert faults(world, facility, ActKind.ASK, answer_by=day) == ["/answer_by"]
    ask(world, facility, TODAY)


def test_today_is_that_of_the_area(world: World) -> None:
    facility = prescribed(world)
    world.clock.now = NOW.replace(hour=20)  # past midnight in Kazakhstan
    assert local_date(world.clock(), "KZ") == TODAY + A_DAY
    assert faults(world, facility, ActKind.ASK, answer_by=TODAY) == ["/answer_by"]


def test_an_office_is_one_of_the_region_that_is_open(world: World) -> None:
    facility = prescribed(world)
    abroad = an_office(world, OTHER_REGION, world.person(Role.HEAD, OTHER_REGION))
    closed = an_office(world, closed_on=TODAY)
    for office in (abroad, closed, world.new_id()):
        assert faults(world, facility, ActKind.ASSIGN, office_id=office) == ["/office_id"]


def test_nobody_is_asked_about_what_they_were_not_told(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {DOOR: FAILS[DOOR]})
    with pytest.raises(DoesNotApply, match="nobody was told"):
        ask(world, facility)
    act(world, facility, ActKind.ASSIGN, office_id=an_office(world))  # an office is not told, it works


def test_nothing_is_done_about_a_violation_that_does_not_stand(world: World) -> None:
    facility = prescribed(world)
    world.audited(facility, {DOOR: PASSES[DOOR]}, at=world.clock() - timedelta(hours=1))
    for kind, about in ((ActKind.PLAN_WORKS, {"year": 2027}), (ActKind.ASK, {"answer_by": TODAY})):
        with pytest.raises(DoesNotApply, match="not open"):
            act(world, facility, kind, **about)


def test_one_question_waits_at_a_time(world: World) -> None:
    facility = prescribed(world)
    first = ask(world, facility)
    with pytest.raises(DoesNotApply, match="asked for already") as refused:
        ask(world, facility, TODAY + A_DAY)
    assert refused.value.members == {"act": str(first)}
    take_back(world, first)
    ask(world, facility, TODAY + A_DAY)
    answer(world, facility)
    ask(world, facility, TODAY + 2 * A_DAY)


def test_an_act_is_taken_back_once_and_what_takes_back_is_not(world: World) -> None:
    facility = prescribed(world)
    made = act(world, facility, ActKind.PLAN_WORKS, year=2027)
    taking = take_back(world, made)
    with pytest.raises(DoesNotApply, match="already"):
        take_back(world, made)
    with pytest.raises(DoesNotApply, match="anew"):
        take_back(world, taking)


def test_a_question_that_is_answered_is_not_taken_back(world: World) -> None:
    facility = prescribed(world)
    made = ask(world, facility)
    answer(world, facility)
    with pytest.raises(DoesNotApply, match="answered already"):
        take_back(world, made)


@pytest.mark.parametrize(("role", "area"), [(Role.INSPECTOR, REGION), (Role.MINISTRY, "KZ"), (Role.ADMIN, REGION)])
def test_who_only_reads_does_nothing_about_it(world: World, role: Role, area: str) -> None:
    facility, reader = prescribed(world), world.person(role, area)
    made = act(world, facility, ActKind.PLAN_WORKS, year=2027)
    with pytest.raises(Forbidden):
        act(world, facility, ActKind.PLAN_WORKS, by=reader, year=2028)
    with pytest.raises(Forbidden):
        take_back(world, made, by=reader)


@pytest.mark.parametrize(("role", "area"), [(Role.AKIMAT, DISTRICT), (Role.AKIMAT, REGION), (Role.HEAD, REGION)])
def test_officials_and_heads_of_the_area_act(world: World, role: Role, area: str) -> None:
    facility, office = prescribed(world), an_office(world)
    act(world, facility, ActKind.ASSIGN, by=world.person(role, area), office_id=office)
    assert world.violation(facility, DOOR).office_id == office


def test_a_violation_of_another_district_answers_like_one_that_does_not_exist(world: World) -> None:
    facility, stranger = prescribed(world), world.person(Role.AKIMAT, NEIGHBOUR)
    made = act(world, facility, ActKind.PLAN_WORKS, year=2027)
    with pytest.raises(NotFound) as refused:
        act(world, facility, ActKind.PLAN_WORKS, by=stranger, year=2027)
    assert refused.value.members == {"kind": "violation"}
    with pytest.raises(NotFound) as refused:
        take_back(world, made, by=stranger)
    with pytest.raises(NotFound) as missing:
        take_back(world, world.new_id(), by=stranger)
    assert (refused.value.message, refused.value.members) == (missing.value.message, missing.value.members)


# Asked and answered


def test_a_question_is_told_to_the_operator_by_letter_at_once(world: World) -> None:
    facility = prescribed(world)
    assert sent_after_gathering(world) == ["prescribed"]
    made = ask(world, facility)
    (notice,) = world.rows(Notice, Notice.stage == "asked")
    assert (notice.document_id, notice.violation_id) == (made, world.violation(facility, DOOR).id)
    assert sent_after_gathering(world) == ["asked"]
    (letter,) = [each for each in world.rows(Letter) if each.part == 2]
    assert letter.address == ADDRESS


def sent_after_gathering(world: World) -> list[str]:
    gathered(world)
    return sent(world)


def taken_back_then(world: World, facility: UUID, made: UUID) -> None:
    take_back(world, made)


def answered_then(world: World, facility: UUID, made: UUID) -> None:
    answer(world, facility)


def over_then(world: World, facility: UUID, made: UUID) -> None:
    world.audited(facility, {DOOR: PASSES[DOOR]}, at=world.clock() - timedelta(minutes=30))


@pytest.mark.parametrize("what", [taken_back_then, answered_then, over_then])
def test_a_question_that_needs_no_answer_any_more_is_not_sent(
    world: World, what: Callable[[World, UUID, UUID], None]
) -> None:
    facility = prescribed(world)
    sent_after_gathering(world)
    made = ask(world, facility)
    gathered(world)  # its letter is on the way
    what(world, facility, made)
    assert taken(world) == []
    (notice,) = world.rows(Notice, Notice.stage == "asked")
    assert notice.state == "withdrawn"


def test_a_question_that_was_never_sent_is_in_nobodys_way_when_the_violation_stands_again(world: World) -> None:
    facility = prescribed(world)
    sent_after_gathering(world)
    ask(world, facility)
    gathered(world)
    over_then(world, facility, facility)
    assert [letter.part for letter, _ in taken(world)] == []  # the question is withdrawn
    world.clock.advance(days=1)
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}, at=world.clock() - timedelta(minutes=30)))
    sent_after_gathering(world)
    second = ask(world, facility, TODAY + 9 * A_DAY)
    gathered(world)
    ((_, held),) = taken(world)
    assert [notice.document_id for notice in held] == [second]
    with pytest.raises(DoesNotApply, match="nobody has answered yet"):
        ask(world, facility, TODAY + 9 * A_DAY)


def test_a_new_question_goes_out_although_the_one_before_was_taken_back(world: World) -> None:
    facility = prescribed(world)
    sent_after_gathering(world)
    take_back(world, ask(world, facility))
    second = ask(world, facility, TODAY + A_DAY)
    gathered(world)
    ((_, held),) = taken(world)
    assert [notice.document_id for notice in held] == [second]


@pytest.mark.parametrize("kind", list(ReplyKind))
def test_whatever_is_said_of_an_item_answers_its_question(world: World, kind: ReplyKind) -> None:
    facility = prescribed(world)
    made = ask(world, facility)
    until = date(2026, 12, 1) if kind is ReplyKind.EXTENSION else None
    reply = answer(world, facility, kind=kind, until=until)
    assert reply.request_id == made
    (asked,) = shown(world, facility)["acts"]
    assert asked["explanation"] == {"reply_id": reply.id, "received_at": reply.received_at, "late": False}
    assert world.violation(facility, DOOR).answer_by is None


def test_an_answer_after_its_day_is_late_and_counts(world: World) -> None:
    facility = prescribed(world)
    ask(world, facility)
    world.clock.advance(hours=24)
    answer(world, facility)
    assert shown(world, facility)["acts"][0]["explanation"]["late"] is True
    assert world.violation(facility, DOOR).answer_by is None


def test_only_the_first_reply_is_the_answer_and_other_items_have_none(world: World) -> None:
    facility = prescribed(world, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})
    made = ask(world, facility)
    assert answer(world, facility, STEP).request_id is None
    first = answer(world, facility)
    world.clock.advance(hours=1)
    assert answer(world, facility).request_id is None
    assert first.request_id == made
    (entry,) = world.rows(JournalEntry, JournalEntry.object_id == str(first.id))
    assert entry.changes["request_id"] == [None, str(made)]


def test_one_submission_answers_the_questions_of_all_its_items(world: World) -> None:
    facility = prescribed(world, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})
    asked = {criterion: ask(world, facility, criterion=criterion) for criterion in (DOOR, STEP)}
    items = tuple(world.violation(facility, criterion).id for criterion in (DOOR, STEP))
    answer(world, facility, items=items)
    rows = {row.violation_id: row.request_id for row in world.rows(OperatorReply)}
    assert rows == dict(zip(items, asked.values(), strict=True))


def test_the_operator_sees_the_question_its_date_and_that_they_answered(world: World) -> None:
    facility = prescribed(world, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})
    take_back(world, ask(world, facility, criterion=STEP))
    ask(world, facility)
    assert questions(world, facility) == [("Почему?", TODAY, QuestionState.WAITING)]
    world.clock.advance(hours=24)
    assert questions(world, facility) == [("Почему?", TODAY, QuestionState.LATE)]
    answer(world, facility)
    assert questions(world, facility) == [("Почему?", TODAY, QuestionState.ANSWERED)]


def questions(world: World, facility: UUID) -> list[tuple[str, date, QuestionState]]:
    (prescription,) = world.rows(Prescription, Prescription.facility_id == facility)
    with world.unit(world.head) as unit:
        link = make_link(unit, world.caller(world.head), prescription.id, world.new_id())
    with world.open_session() as session:
        seen = opened(session, link, world.clock())
    return [(q.words, q.answer_by, q.state) for item in seen.items for q in item.questions]


# Merged, and moved


@pytest.fixture
def pair(world: World) -> tuple[UUID, UUID]:
    """Two facilities with a door that fails in each; of the first a prescription tells it."""
    survivor, merged = known(world, operator_id=an_operator(world)), known(world)
    world.prescribe(world.audited(survivor, {DOOR: FAILS[DOOR]}))
    world.audited(merged, {DOOR: FAILS[DOOR]})
    return survivor, merged


def test_what_was_done_about_a_merged_one_is_done_about_the_survivor(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    office = an_office(world)
    act(world, survivor, ActKind.PLAN_WORKS, year=2027)
    world.clock.advance(minutes=1)
    act(world, merged, ActKind.ASSIGN, office_id=office)
    merge(world, merged, survivor)
    held, document = world.violation(survivor, DOOR), shown(world, survivor)
    assert (held.office_id, held.last_act) == (office, "assign")
    assert [each["kind"] for each in document["acts"]] == ["plan_works", "assign"]
    assert document["works_planned"] == {"year": 2027, "sum": None}


def test_after_parting_each_has_what_was_done_about_its_own(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    office = an_office(world)
    act(world, merged, ActKind.ASSIGN, office_id=office)
    merge(world, merged, survivor)
    made = ask(world, survivor)
    with pytest.raises(DoesNotApply, match="merged"):
        act(world, merged, ActKind.PLAN_WORKS, year=2027)
    separate(world, merged)
    ours, theirs = world.violation(survivor, DOOR), world.violation(merged, DOOR)
    assert (ours.office_id, ours.answer_by, ours.last_act) == (None, TODAY, "ask")
    assert (theirs.office_id, theirs.answer_by, theirs.last_act) == (office, None, "assign")
    take_back(world, made)
    assert world.violation(survivor, DOOR).answer_by is None


def test_an_assignment_of_a_merged_one_can_be_taken_back_where_it_counts(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    made = act(world, merged, ActKind.ASSIGN, office_id=an_office(world))
    merge(world, merged, survivor)
    take_back(world, made)
    assert world.violation(survivor, DOOR).office_id is None
    separate(world, merged)
    assert world.violation(merged, DOOR).office_id is None
