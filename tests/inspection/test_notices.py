from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from inspection.countries import local_date
from inspection.history import DecisionKind
from inspection.notices.deciding import Position, decide_page, regions
from inspection.notices.letters import LETTERS, gather, take
from inspection.notices.news import tell_news
from inspection.outbox import LEASE, PAUSES, Refusal
from inspection.tables.journal import JournalEntry
from inspection.tables.notices import Letter, LetterState, Notice, NoticeState
from inspection.tables.operators import Operator
from inspection.tables.people import Person, Role
from inspection.tables.telling import ToldRow
from tests.clock import NOW
from tests.inspection.world import (
    COUNTRY,
    DISTRICT,
    DOOR,
    FAILS,
    OTHER_REGION,
    PASSES,
    REGION,
    STEP,
    World,
)

ADDRESS = "owner@example.test"


def an_operator(world: World, address: str | None = ADDRESS) -> UUID:
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    names = {"name_kk": "«Үлгі» ЖШС", "name_ru": "ТОО «Пример»"}
    times = {"created_at": NOW, "updated_at": NOW}
    return world.add(Operator(id=world.new_id(), notice_email=address, **place, **names, **times)).id


def an_official(world: World, role: Role, area: str, address: str) -> UUID:
    made = world.person(role, area)
    with world.unit() as unit:
        unit.session.get_one(Person, made).email = address
    return made


def prescribed(world: World, answers: Any = None, **about: Any) -> UUID:
    """A facility whose audit found fails that a prescription tells."""
    facility = world.facility(**{"operator_id": an_operator(world)} | about)
    world.prescribe(world.audited(facility, answers or {DOOR: FAILS[DOOR]}))
    return facility


def decide(world: World, region: str = REGION, limit: int = 500) -> int:
    made, after = 0, None
    while True:
        with world.unit() as unit:
            page = decide_page(unit, region, after, limit)
        made, after = made + page.made, page.after
        if after is None:
            return made


def to_day(world: World, day: date) -> None:
    """Noon of a local day, five hours ahead of UTC."""
    world.clock.now = datetime(day.year, day.month, day.day, 7, tzinfo=NOW.tzinfo)


def due_of(world: World, facility: UUID, criterion: str = DOOR) -> date:
    due = world.violation(facility, criterion).due_on
    assert due is not None
    return due


def notices(world: World) -> list[tuple[str, str, str]]:
    rows = sorted(world.rows(Notice), key=lambda row: (row.created_at, row.stage, row.recipient))
    return [(row.stage, row.recipient.partition(":")[0], row.state) for row in rows]


def gathered(world: World, region: str = REGION) -> list[Letter]:
    with world.unit() as unit:
        while gather(unit, region):
            pass
    return sorted(world.rows(Letter), key=lambda letter: (letter.queued_at, letter.part))


def taken(world: World) -> list[tuple[Letter, list[Notice]]]:
    found = []
    with world.unit() as unit:
        keys = LETTERS.due(unit)
    for key in keys:
        with world.unit() as unit:
            mine = take(unit, key)
        if isinstance(mine, tuple):
            found.append(mine)
    return found


def sent(world: World, refusal: Refusal | None = None) -> list[str]:
    """Send every letter that is due; the stages of each."""
    stages = []
    for letter, held in taken(world):
        with world.unit() as unit:
            LETTERS.record(unit, (letter.home_region, letter.id), refusal)
        stages.append("+".join(sorted(notice.stage for notice in held)))
    return stages


def test_issuing_a_prescription_makes_a_notice_for_each_item_in_the_same_unit(world: World) -> None:
    facility = prescribed(world, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})
    rows = world.rows(Notice)
    assert {row.violation_id for row in rows} == {v.id for v in world.violations(facility).values()}
    assert notices(world) == [("prescribed", "operator", "waiting")] * 2
    assert {row.due_on for row in rows} == {v.due_on for v in world.violations(facility).values()}


def test_one_letter_holds_what_a_recipient_hears_of_a_facility_on_a_day(world: World) -> None:
    prescribed(world, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})
    (letter,) = gathered(world)
    assert (letter.address, letter.part, letter.local_date) == (ADDRESS, 1, local_date(world.clock(), COUNTRY))
    assert {row.letter_id for row in world.rows(Notice)} == {letter.id}
    assert sent(world) == ["prescribed+prescribed"]
    (letter,) = world.rows(Letter)
    assert (letter.state, letter.sent_at, letter.attempts) == ("sent", world.clock(), 1)
    assert taken(world) == []


def test_two_facilities_of_an_operator_are_two_letters(world: World) -> None:
    operator = an_operator(world)
    prescribed(world, operator_id=operator)
    prescribed(world, operator_id=operator)
    assert len(gathered(world)) == 2


def test_what_comes_after_a_letter_of_the_day_has_gone_is_another_part(world: World) -> None:
    facility = prescribed(world)
    first = gathered(world)
    sent(world)
    world.clock.advance(hours=1)
    world.decide(facility, DOOR, DecisionKind.EXTEND, until=due_of(world, facility) + timedelta(days=30))
    with world.unit() as unit:
        assert tell_news(unit, REGION)
    assert [letter.part for letter in gathered(world)] == [1, 2]
    assert len({letter.id for letter in world.rows(Letter)}) == 2
    assert first[0].local_date == world.rows(Letter)[0].local_date


def test_the_stages_of_a_date_come_on_their_days_and_once(world: World) -> None:
    facility = prescribed(world)
    due = due_of(world, facility)
    akimat = an_official(world, Role.AKIMAT, DISTRICT, "akimat@example.test")
    with world.unit() as unit:
        unit.session.get_one(Person, world.head).email = "head@example.test"
    came = {}
    for days in range(-12, 33):
        to_day(world, due + timedelta(days=days))
        for _ in range(2):  # a second run on the same day finds nothing
            decide(world)
            gathered(world)
        if heard := sent(world):
            came[days] = sorted(heard)
    assert came == {
        -12: ["prescribed"],
        -10: ["ten_days_before"],
        -5: ["five_days_before"],
        1: ["overdue", "overdue"],
        10: ["overdue_10_days"],
        30: ["overdue_30_days"],
    }
    recipients = {row.stage: row.recipient for row in world.rows(Notice) if row.stage.startswith("overdue_")}
    assert set(recipients.values()) == {f"person:{akimat}"}


def test_after_two_weeks_without_a_run_only_the_most_urgent_goes_out(world: World) -> None:
    facility = prescribed(world)
    to_day(world, due_of(world, facility) + timedelta(days=2))
    decide(world)
    of_operator = [(stage, state) for stage, who, state in notices(world) if who == "operator"]
    assert sorted(of_operator) == [
        ("five_days_before", "superseded"),
        ("overdue", "waiting"),
        ("prescribed", "waiting"),
        ("ten_days_before", "superseded"),
    ]


def test_what_there_is_no_address_for_is_a_letter_to_be_delivered_by_hand(world: World) -> None:
    prescribed(world, operator_id=an_operator(world, None))
    prescribed(world, operator_id=None)
    by_hand = {(letter.recipient.partition(":")[0], letter.state, letter.address) for letter in gathered(world)}
    assert by_hand == {("nobody", "by_hand", ""), ("operator", "by_hand", "")}
    assert taken(world) == []


def test_an_address_that_went_away_before_the_letter_leaves_it_to_be_delivered_by_hand(world: World) -> None:
    operator = an_operator(world)
    prescribed(world, operator_id=operator)
    with world.unit() as unit:
        unit.session.get_one(Operator, (REGION, operator)).notice_email = None
    assert [letter.state for letter in gathered(world)] == ["by_hand"]


def test_what_was_released_in_the_meantime_is_not_sent(world: World) -> None:
    facility = prescribed(world, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})
    gathered(world)
    world.clock.advance(hours=3)
    world.audited(facility, {DOOR: PASSES[DOOR]}, at=world.clock() - timedelta(minutes=30))
    ((_, held),) = taken(world)
    assert {notice.violation_id for notice in held} == {world.violation(facility, STEP).id}
    withdrawn = world.rows(Notice, Notice.state == NoticeState.WITHDRAWN)
    assert {notice.violation_id for notice in withdrawn} == {world.violation(facility, DOOR).id}


def test_a_letter_of_which_nothing_is_true_any_more_is_cancelled(world: World) -> None:
    facility = prescribed(world)
    gathered(world)
    world.decide(facility, DOOR, DecisionKind.WAIVE)
    assert taken(world) == []
    assert [letter.state for letter in world.rows(Letter)] == [LetterState.CANCELLED]


def test_an_extension_is_told_and_its_new_date_has_stages_of_its_own(world: World) -> None:
    facility = prescribed(world)
    due = due_of(world, facility)
    to_day(world, due - timedelta(days=9))
    decide(world)
    later = due + timedelta(days=60)
    world.decide(facility, DOOR, DecisionKind.EXTEND, until=later)
    gathered(world)
    assert sent(world) == []  # of a date that holds no more
    with world.unit() as unit:
        tell_news(unit, REGION)
    entries = sorted(world.rows(ToldRow), key=lambda entry: entry.told_at)
    assert [(entry.say, entry.due_on) for entry in entries] == [("prescribed", due), ("extended", later)]
    gathered(world)
    assert sent(world) == ["extended"]
    to_day(world, later - timedelta(days=10))
    decide(world)
    gathered(world)
    assert sent(world) == ["ten_days_before"]
    (notice,) = world.rows(Notice, Notice.stage == "ten_days_before", Notice.due_on == later)
    assert notice.state == "in_letter"


@pytest.mark.parametrize("by", ["pass", "waiver"])
def test_a_release_is_told_once(world: World, by: str) -> None:
    facility = prescribed(world)
    gathered(world)
    sent(world)
    world.clock.advance(days=2)
    if by == "pass":
        act = world.audited(facility, {DOOR: PASSES[DOOR]}, at=world.clock() - timedelta(hours=1))
    else:
        act = world.decide(facility, DOOR, DecisionKind.WAIVE).id
    with world.unit() as unit:
        last = tell_news(unit, REGION)
        assert last == facility
    with world.unit() as unit:
        assert tell_news(unit, REGION) is None
    assert [row.document_id for row in world.rows(ToldRow, ToldRow.say == "released")] == [act]
    gathered(world)
    assert sent(world) == ["released"]
    assert not world.standing(facility).has_news


def test_what_nobody_was_told_of_is_no_news(world: World) -> None:
    facility = world.facility(operator_id=an_operator(world))
    world.audited(facility, {DOOR: FAILS[DOOR]})
    world.decide(facility, DOOR, DecisionKind.WAIVE)
    assert not world.standing(facility).has_news
    assert world.rows(Notice) == []


def test_a_letter_that_was_not_taken_is_tried_again_later_and_at_last_left_to_a_person(world: World) -> None:
    prescribed(world)
    gathered(world)
    waits = []
    for _ in range(len(PAUSES) + 1):
        assert sent(world, Refusal("451 try again later", for_good=False)) == ["prescribed"]
        (letter,) = world.rows(Letter)
        waits.append(letter.next_try_at - world.clock())
        assert taken(world) == []
        world.clock.now = letter.next_try_at
    assert tuple(waits[:-1]) == PAUSES
    assert (letter.state, letter.answer) == ("failed", "451 try again later")
    assert taken(world) == []


def test_an_address_that_a_mail_server_refuses_for_good_is_left_to_a_person_at_once(world: World) -> None:
    prescribed(world)
    gathered(world)
    sent(world, Refusal("550 no such user", for_good=True))
    assert [(letter.state, letter.answer) for letter in world.rows(Letter)] == [("failed", "550 no such user")]


def test_a_letter_whose_sender_died_is_tried_again_with_the_same_id(world: World) -> None:
    prescribed(world)
    gathered(world)
    ((first, _),) = taken(world)
    assert taken(world) == []
    world.clock.now += LEASE
    ((again, _),) = taken(world)
    assert (again.id, again.attempts) == (first.id, 2)


def test_who_comes_late_with_an_answer_changes_nothing(world: World) -> None:
    prescribed(world)
    (letter,) = gathered(world)
    sent(world)
    with world.unit() as unit:
        LETTERS.record(unit, (letter.home_region, letter.id), Refusal("421 timed out", for_good=False))
    assert [row.state for row in world.rows(Letter)] == [LetterState.SENT]


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_pages_of_any_size_decide_the_same(world: World, limit: int) -> None:
    for n in range(5):
        prescribed(world, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]} if n % 2 else None)
    world.clock.advance(days=900)
    made = decide(world, limit=limit)
    # 7 items: the operator's three stages, the department's one, the akimat's two.
    assert made == 7 * 6
    assert decide(world) == 0
    assert {state for _, who, state in notices(world) if who == "nobody"} == {"waiting", "superseded"}


def test_another_region_is_another_page(world: World) -> None:
    prescribed(world)
    world.clock.advance(days=900)
    with world.unit() as unit:
        assert set(regions(unit)) >= {REGION, OTHER_REGION}
    assert decide(world, OTHER_REGION) == 0
    assert decide(world, "000000000") == 0


def test_a_run_that_begins_where_another_ended_sees_the_rest(world: World) -> None:
    for _ in range(3):
        prescribed(world)
    world.clock.advance(days=900)
    with world.unit() as unit:
        page = decide_page(unit, REGION, None, 2)
    after: Position | None = page.after
    assert page.looked_at == 2
    assert after is not None
    with world.unit() as unit:
        assert decide_page(unit, REGION, after, 2).looked_at == 1


def test_every_step_stands_in_the_journal_without_the_address(world: World) -> None:
    prescribed(world)
    gathered(world)
    sent(world)
    entries = actions(world)
    assert [action for action, _ in entries if action.startswith("letter.")] == ["letter.queued", "letter.sent"]
    assert ADDRESS not in str(entries)


def actions(world: World) -> Sequence[tuple[str, str]]:
    rows = sorted(world.rows(JournalEntry), key=lambda entry: entry.number)
    return [(row.action, str(row.changes)) for row in rows]
