"""The days on which dates are told: local midnights, leap days, holidays, and dates that move during a night."""

from datetime import UTC, date, datetime, timedelta

import pytest

from inspection.countries import local_date
from inspection.history import DecisionKind
from inspection.notices.deciding import decide_page
from inspection.notices.news import tell_news
from inspection.notices.planning import plan
from inspection.notices.stages import Recipient, stages
from inspection.tables.notices import Notice
from tests.inspection.test_notices import decide, due_of, gathered, notices, prescribed, sent, taken, to_day
from tests.inspection.world import DOOR, FAILS, REGION, STEP, World

DAY = timedelta(days=1)
LONG_AGO = date(2020, 1, 1)


def first_day(stage: str, due_on: date) -> date:
    """The first local day on which this stage would go out to an operator."""
    day = due_on - 40 * DAY
    while True:
        planned = plan(stages().for_(Recipient.OPERATOR), told_on=LONG_AGO, due_on=due_on, decided=(), today=day)
        if planned.send is not None and planned.send.name == stage:
            return day
        day += DAY


@pytest.mark.parametrize(
    ("due_on", "stage", "on"),
    [
        (date(2028, 3, 10), "ten_days_before", date(2028, 2, 29)),  # a leap day is a day
        (date(2027, 3, 10), "ten_days_before", date(2027, 2, 28)),
        (date(2028, 3, 5), "five_days_before", date(2028, 2, 29)),
        (date(2028, 2, 28), "overdue", date(2028, 2, 29)),
        (date(2028, 2, 29), "overdue", date(2028, 3, 1)),
        (date(2026, 12, 31), "overdue", date(2027, 1, 1)),  # New Year is a holiday, and a day
        (date(2027, 1, 5), "ten_days_before", date(2026, 12, 26)),
        (date(2026, 3, 20), "overdue", date(2026, 3, 21)),  # Nauryz
        (date(2026, 3, 26), "five_days_before", date(2026, 3, 21)),
    ],
)
def test_a_stage_is_counted_in_calendar_days_over_leap_days_and_holidays(
    due_on: date, stage: str, on: date
) -> None:
    assert first_day(stage, due_on) == on


@pytest.mark.parametrize(
    ("country", "midnight"),
    [("KZ", datetime(2026, 12, 31, 19, tzinfo=UTC)), ("KG", datetime(2026, 12, 31, 18, tzinfo=UTC))],
)
def test_the_new_year_begins_at_the_local_midnight(country: str, midnight: datetime) -> None:
    before = local_date(midnight - timedelta(seconds=1), country)
    assert (before, local_date(midnight, country)) == (date(2026, 12, 31), date(2027, 1, 1))


def test_a_date_is_overdue_from_local_midnight_on(world: World) -> None:
    facility = prescribed(world)
    due = due_of(world, facility)
    midnight = datetime(due.year, due.month, due.day, tzinfo=UTC) + DAY - timedelta(hours=5)
    world.clock.now = midnight - timedelta(seconds=1)
    decide(world)
    assert "overdue" not in [stage for stage, _, _ in notices(world)]
    world.clock.now = midnight
    decide(world)
    assert [to for stage, to, _ in notices(world) if stage == "overdue"] == ["nobody", "operator"]


def test_what_issuing_gives_is_no_holiday(world: World) -> None:
    to_day(world, date(2026, 2, 27))  # twenty working days from here end behind Nauryz
    due = due_of(world, prescribed(world))
    assert due.weekday() < 5
    assert not date(2026, 3, 21) <= due <= date(2026, 3, 25)


def test_a_date_that_was_over_when_it_was_told_is_overdue_the_day_after() -> None:
    told_on, due_on = date(2026, 6, 10), date(2026, 6, 8)
    operator, akimat = stages().for_(Recipient.OPERATOR), stages().for_(Recipient.AKIMAT)
    for day, sent_then in ((10, None), (11, "overdue")):
        planned = plan(operator, told_on=told_on, due_on=due_on, decided=(), today=date(2026, 6, day))
        assert (planned.send and planned.send.name) == sent_then
    long_over = plan(akimat, told_on=told_on, due_on=date(2026, 3, 1), decided=(), today=date(2026, 6, 11))
    assert long_over.send is not None
    assert (long_over.send.name, [each.name for each in long_over.superseded]) == (
        "overdue_30_days",
        ["overdue_10_days"],
    )


def extended(world: World, facility: object, until: date) -> None:
    world.decide(facility, DOOR, DecisionKind.EXTEND, until=until)  # type: ignore[arg-type]
    with world.unit() as unit:
        tell_news(unit, REGION)


def test_a_date_that_moves_between_two_pages_of_a_night_is_told_as_it_is_then(world: World) -> None:
    facilities = [prescribed(world) for _ in range(2)]
    due = max(due_of(world, facility) for facility in facilities)
    gathered(world)
    sent(world)
    to_day(world, due - 9 * DAY)
    with world.unit() as unit:
        first = decide_page(unit, REGION, None, 1)
    (made,) = world.rows(Notice, Notice.stage == "ten_days_before")
    other = next(facility for facility in facilities if facility != made.facility_id)
    extended(world, other, due + 60 * DAY)
    with world.unit() as unit:
        decide_page(unit, REGION, first.after, 1)
    decide(world)
    assert [row.facility_id for row in world.rows(Notice, Notice.stage == "ten_days_before")] == [made.facility_id]


def test_a_date_that_moves_after_its_notice_was_made_takes_the_notice_back(world: World) -> None:
    facility = prescribed(world, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})
    gathered(world)
    sent(world)
    due = due_of(world, facility)
    to_day(world, due - 4 * DAY)
    decide(world)
    gathered(world)
    extended(world, facility, due + 60 * DAY)
    ((_, held),) = taken(world)
    assert [notice.violation_id for notice in held] == [world.violation(facility, STEP).id]
    withdrawn = world.rows(Notice, Notice.state == "withdrawn")
    assert {row.violation_id for row in withdrawn} == {world.violation(facility, DOOR).id}
