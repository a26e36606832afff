"""However stages are changed, nobody hears one twice or one that was overtaken, and nobody is left out."""

from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from inspection.notices.planning import stage_day
from inspection.notices.stages import Recipient, Stage, ordered, stages
from inspection.notices.timetables import SHIPPED, Edition, Final, Timetable
from tests.inspection.stage_histories import DAY, FIRST, History, on, some_editions

NIGHTS = 45
DUE = st.integers(-15, 25).map(lambda n: FIRST + n * DAY)
TOLD = st.integers(-20, 25).map(lambda n: FIRST + n * DAY)
MISSED = st.sets(st.integers(0, NIGHTS - 2), max_size=25)
SINCE = FIRST + 30 * DAY


def moved(since: date, **days: int) -> Edition:
    """What ships, with other days; 0 retires a stage, a name that is not known is a new one for operators."""
    kept = {stage.name: stage for stage in stages().by_day}
    named = {
        name: Stage(name, kept[name].to if name in kept else (Recipient.OPERATOR,), days=d)
        for name, d in days.items()
    }
    return Edition(1, since, ordered(stage for stage in (kept | named).values() if stage.days))


def heard(due: date, told: date, editions: tuple[Edition, ...], kind: Recipient) -> list[tuple[str, int]]:
    """What one kind hears of a date, with the days after it, if no night is missed."""
    history = History(due, told)
    for n in range(-120, 120):
        history.night(on(editions, FIRST + n * DAY), FIRST + n * DAY)
    return [(name, (day - due).days) for (to, name), day in history.sent.items() if to is kind]


@settings(max_examples=300, deadline=None)
@given(some_editions(), DUE, TOLD, MISSED)
def test_what_is_passed_over_has_nothing_to_tell(
    editions: tuple[Edition, ...], due: date, told: date, missed: set[int]
) -> None:
    history = History(due, told)
    for n in range(NIGHTS):
        today = FIRST + n * DAY
        timetable = on(editions, today)
        if history.is_over(timetable.finals()):
            assert [planned.send for _, planned in history.planned(timetable, today) if planned.send] == []
        elif n not in missed:
            history.night(timetable, today)


@settings(max_examples=300, deadline=None)
@given(some_editions(), DUE, TOLD, MISSED)
def test_whoever_is_due_hears_that_or_something_more_urgent_and_each_stage_once(
    editions: tuple[Edition, ...], due: date, told: date, missed: set[int]
) -> None:
    history = History(due, told)
    for n in range(NIGHTS):
        today = FIRST + n * DAY
        timetable = on(editions, today)
        if n in missed or history.is_over(timetable.finals()):
            continue
        history.night(timetable, today)  # which asserts that nothing is decided twice
        began = timetable.editions[-1].since
        for kind, (found, _) in timetable.by_kind.items():
            for stage in found:
                day = stage_day(stage.days or 0, due)
                over = (stage.days or 0) < 0 and due < today  # nobody is reminded of what has passed
                if max(began, told + DAY) <= day <= today and not over:
                    # What was overtaken stays overtaken by what was more urgent then, also if its day was moved.
                    assert (kind, stage.name) in {*history.sent, *history.superseded}, (kind, stage)


@settings(max_examples=100, deadline=None)
@given(some_editions(), DUE, TOLD)
def test_a_stage_that_is_new_tells_nothing_of_days_before_it(
    editions: tuple[Edition, ...], due: date, told: date
) -> None:
    history = History(due, told)
    for n in range(NIGHTS):
        today = FIRST + n * DAY
        history.night(on(editions, today), today)
    for kind, name in history.sent:
        having = [e for e in editions if name in e.stages.by_name and kind in e.stages.by_name[name].to]
        if having[0].number == 0:
            continue
        days = [(max(stage_day(e.stages.by_name[name].days or 0, due), told + DAY), e.since) for e in having]
        assert any(day >= since for day, since in days)


def test_a_moved_stage_comes_once_to_who_had_it_and_to_who_had_not() -> None:
    editions = (SHIPPED, moved(SINCE, ten_days_before=-14))
    told = FIRST - 90 * DAY
    assert heard(SINCE + 8 * DAY, told, editions, Recipient.OPERATOR)[0] == ("ten_days_before", -10)
    assert heard(SINCE + 12 * DAY, told, editions, Recipient.OPERATOR)[0] == ("ten_days_before", -12)  # that night
    assert heard(SINCE + 20 * DAY, told, editions, Recipient.OPERATOR)[0] == ("ten_days_before", -14)


def test_a_new_stage_makes_no_flood_of_letters_about_what_is_long_over() -> None:
    editions = (SHIPPED, moved(SINCE, kz_1_1=20))
    told = FIRST - 90 * DAY
    assert "kz_1_1" not in dict(heard(SINCE - 21 * DAY, told, editions, Recipient.OPERATOR))
    assert dict(heard(SINCE - 20 * DAY, told, editions, Recipient.OPERATOR))["kz_1_1"] == 20


def test_somebody_who_hears_of_a_stage_for_the_first_time_does_not_hear_of_days_before() -> None:
    wider = ordered(
        Stage(s.name, (*s.to, Recipient.AKIMAT) if s.name == "overdue" else s.to, days=s.days)
        for s in stages().by_day
    )
    editions = (SHIPPED, Edition(1, SINCE, wider))
    told = FIRST - 90 * DAY
    assert "overdue" not in dict(heard(SINCE - 3 * DAY, told, editions, Recipient.AKIMAT))
    assert dict(heard(SINCE - 1 * DAY, told, editions, Recipient.AKIMAT))["overdue"] == 1


def test_a_retired_stage_that_comes_back_is_not_made_up_for() -> None:
    gone = moved(SINCE, ten_days_before=0)
    back = Edition(2, SINCE + 20 * DAY, SHIPPED.stages)
    told = FIRST - 90 * DAY
    for days, hears in ((5, True), (15, False), (29, False), (30, True)):
        found = dict(heard(SINCE + days * DAY, told, (SHIPPED, gone, back), Recipient.OPERATOR))
        assert ("ten_days_before" in found) is hears, days


def test_a_date_that_was_over_when_it_was_told_brings_also_what_is_new() -> None:
    editions = (SHIPPED, moved(SINCE, kz_1_1=20))
    due = SINCE - 100 * DAY
    assert dict(heard(due, SINCE + DAY, editions, Recipient.OPERATOR)) == {"kz_1_1": 102}


def test_without_an_edition_the_last_stage_alone_says_that_all_is_over() -> None:
    assert Timetable().finals() == [Final("overdue_30_days", date.min, None, None)]
    reminders = Timetable((SHIPPED, moved(SINCE, ten_days_before=-14)))
    assert reminders.finals() == [Final("overdue_30_days", date.min, None, None)]


def test_what_is_new_is_looked_for_only_among_dates_that_it_can_reach() -> None:
    assert Timetable((SHIPPED, moved(SINCE, kz_1_1=60))).finals() == [
        Final("overdue_30_days", date.min, SINCE, SINCE - 60 * DAY),
        Final("kz_1_1", SINCE, None, None),
    ]


@settings(deadline=None)
@given(some_editions())
@example((SHIPPED,))
def test_a_timetable_has_the_stages_of_its_last_edition(editions: tuple[Edition, ...]) -> None:
    held = Timetable(editions)
    assert held.stages is editions[-1].stages
    for kind, (found, opened) in held.by_kind.items():
        assert [stage.name for stage in found] == [stage.name for stage in held.stages.for_(kind)]
        assert all(opening.since <= editions[-1].since for each in opened.values() for opening in each)
