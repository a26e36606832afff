"""Editions of the stages: who plans one, what refuses it, and what nights come to while they change."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from inspection.countries import local_date
from inspection.errors import AlreadyDifferent, DoesNotApply, Forbidden, InvalidInput, NotFound, StaleVersion
from inspection.notices import editions
from inspection.notices.deciding import decide_page, foresee_page
from inspection.notices.editing import Wanted
from inspection.notices.editions import Wish, listed, timetable
from inspection.notices.letters import gather
from inspection.notices.preview import preview
from inspection.notices.stages import Recipient, stages
from inspection.tables.journal import JournalEntry
from inspection.tables.notices import Notice
from inspection.tables.people import Person, Role
from inspection.tables.stage_editions import StageEdition
from tests.inspection.stage_histories import History
from tests.inspection.test_notices import an_official, decide, due_of, prescribed, sent, to_day
from tests.inspection.traffic import counted
from tests.inspection.world import COUNTRY, DISTRICT, REGION, World

DAY = timedelta(days=1)
SHIPPED = tuple(Wanted(stage.name, stage.days or 0, stage.to) for stage in stages().by_day)
OPERATOR, DEPARTMENT, AKIMAT = Recipient.OPERATOR, Recipient.DEPARTMENT, Recipient.AKIMAT


def today(world: World) -> date:
    return local_date(world.clock(), COUNTRY)


def with_days(**days: int) -> tuple[Wanted, ...]:
    """What ships with other days; 0: without it."""
    moved = (replace(each, days=days.get(each.name or "", each.days)) for each in SHIPPED)
    return tuple(each for each in moved if each.days)


def a_wish(world: World, *wanted: Wanted, **about: Any) -> Wish:
    plain = Wish(world.new_id(), COUNTRY, 0, today(world) + DAY, wanted or with_days(ten_days_before=-14), {})
    return replace(plain, **about)


def add(world: World, wish: Wish, by: UUID | None = None) -> StageEdition:
    admin = by or world.person(Role.ADMIN, COUNTRY)
    with world.unit(admin) as unit:
        row, _ = editions.add(unit, world.caller(admin), wish)
        unit.session.flush()
        unit.session.expunge(row)
        return row


def refused(world: World, *wanted: Wanted, **about: Any) -> list[str]:
    with pytest.raises(InvalidInput) as error:
        add(world, a_wish(world, *wanted, **about))
    return [fault.pointer for fault in error.value.faults]


def in_force(world: World) -> Sequence[tuple[str, int | None]]:
    with world.unit() as unit:
        return [(each.name, each.days) for each in timetable(unit.session, COUNTRY, today(world)).stages.by_day]


def test_an_edition_is_in_force_from_its_day_on_and_is_in_the_journal(world: World) -> None:
    add(world, a_wish(world))
    assert in_force(world)[0] == ("ten_days_before", -10)
    to_day(world, today(world) + DAY)
    assert in_force(world)[0] == ("ten_days_before", -14)
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "notice_stages.planned")
    before, after = entry.changes["stages"]
    assert ({"name": "ten_days_before", "to": ["operator"], "days": -14} in after, before == after) == (
        True,
        False,
    )
    assert (entry.home_region, entry.changes["number"]) == (COUNTRY, [0, 1])


def test_the_same_twice_is_one_and_an_id_stands_for_one_thing(world: World) -> None:
    wish = a_wish(world)
    assert add(world, wish).number == add(world, wish).number == 1
    assert len(world.rows(StageEdition)) == len(
        world.rows(JournalEntry, JournalEntry.object_kind == editions.KIND)
    )
    with pytest.raises(AlreadyDifferent):
        add(world, replace(wish, stages=with_days(ten_days_before=-12)))


def test_who_comes_second_is_told_and_one_is_planned_at_a_time(world: World) -> None:
    held = add(world, a_wish(world))
    with pytest.raises(StaleVersion):
        add(world, a_wish(world))
    with pytest.raises(DoesNotApply):
        add(world, a_wish(world, replaces=held.number))


def test_a_planned_edition_is_taken_back_and_its_number_and_names_are_gone_with_it(world: World) -> None:
    admin = world.person(Role.ADMIN, COUNTRY)
    held = add(world, a_wish(world, *SHIPPED, Wanted(None, 20, (OPERATOR,))))
    for _ in range(2):
        with world.unit(admin) as unit:
            editions.take_back(unit, world.caller(admin), held.id)
    assert len(world.rows(JournalEntry, JournalEntry.action == "notice_stages.taken_back")) == 1
    again = add(world, a_wish(world, *SHIPPED, Wanted(None, 21, (OPERATOR,))))
    assert again.number == 2
    assert {each["name"] for each in again.stages if each.get("days") == 21} == {"kz_2_1"}
    to_day(world, again.valid_from)
    assert refused(world, *SHIPPED, Wanted("kz_1_1", 25, (OPERATOR,)), replaces=2) == ["/stages/5/name"]


def test_what_has_begun_or_is_about_to_is_not_taken_back(world: World) -> None:
    admin = world.person(Role.ADMIN, COUNTRY)
    held = add(world, a_wish(world))
    midnight = datetime.combine(held.valid_from, datetime.min.time(), world.clock.now.tzinfo) - timedelta(hours=5)
    for moment in (midnight - timedelta(minutes=59), midnight, midnight + DAY):
        world.clock.now = moment
        with pytest.raises(DoesNotApply), world.unit(admin) as unit:
            editions.take_back(unit, world.caller(admin), held.id)
    with pytest.raises(NotFound), world.unit(admin) as unit:
        editions.take_back(unit, world.caller(admin), world.new_id())


def test_in_the_last_hour_of_a_day_nothing_is_planned_for_the_next(world: World) -> None:
    tomorrow = today(world) + DAY
    midnight = datetime.combine(tomorrow, datetime.min.time(), world.clock.now.tzinfo) - timedelta(hours=5)
    world.clock.now = midnight - timedelta(minutes=59)
    assert refused(world, valid_from=tomorrow) == ["/valid_from"]
    world.clock.now = midnight - timedelta(minutes=61)
    assert add(world, a_wish(world, valid_from=tomorrow)).valid_from == tomorrow


def test_only_who_administers_the_whole_country_changes_its_stages(world: World) -> None:
    for role, area in ((Role.HEAD, COUNTRY), (Role.ADMIN, REGION), (Role.MINISTRY, COUNTRY)):
        with pytest.raises(Forbidden):
            add(world, a_wish(world), world.person(role, area))
    with pytest.raises(Forbidden):
        add(world, a_wish(world, country="KG"))


def test_every_fault_is_named_by_its_place(world: World) -> None:
    one = (OPERATOR,)
    plain = (Wanted("ten_days_before", -10, one), Wanted("overdue", 1, one))
    for about, pointers in (
        ((*plain, Wanted(None, 0, one)), ["/stages/2/days"]),
        ((*plain, Wanted(None, 3651, one)), ["/stages/2/days"]),
        ((*plain, Wanted(None, 5, ())), ["/stages/2/to"]),
        ((*plain, Wanted("shouted", 5, one)), ["/stages/2/name"]),
        ((*plain, Wanted("prescribed", 5, one)), ["/stages/2/name"]),
        ((*plain, Wanted("five_days_before", 5, one)), ["/stages/2/days"]),
        ((*plain, Wanted(None, 1, (OPERATOR, AKIMAT))), ["/stages/2/days"]),
        ((*plain, Wanted("overdue", 2, one)), ["/stages/1/name", "/stages/2/name"]),
        (plain[:1], ["/stages"]),
        (plain[1:], ["/stages"]),
        ((Wanted(None, -3, (AKIMAT,)),), ["/stages", "/stages"]),
        ((*plain, *(Wanted(None, n, (AKIMAT,)) for n in range(2, 13))), ["/stages"]),
        (SHIPPED, ["/stages"]),
    ):
        assert refused(world, *about) == pointers, about
    assert refused(world, valid_from=today(world)) == ["/valid_from"]
    assert refused(world, valid_from=today(world) + 400 * DAY) == ["/valid_from"]
    assert refused(world, *SHIPPED, acts={"asked": [AKIMAT]}) == ["/acts/asked"]
    assert world.rows(StageEdition) == []


def test_a_retired_stage_is_known_by_name_and_comes_back_under_it(world: World) -> None:
    add(world, a_wish(world, *with_days(ten_days_before=0)))
    to_day(world, today(world) + DAY)
    assert "ten_days_before" not in dict(in_force(world))
    add(world, a_wish(world, *SHIPPED, replaces=1))
    to_day(world, today(world) + DAY)
    assert dict(in_force(world))["ten_days_before"] == -10
    with world.unit() as unit:
        held = listed(unit.session, COUNTRY, world.clock())
    assert (held.in_force.number, [each.number for each in held.earlier], held.planned) == (2, [1, 0], None)


def test_a_letter_of_a_stage_that_was_retired_meanwhile_still_goes_out(world: World) -> None:
    facility = prescribed(world)
    to_day(world, due_of(world, facility) - 10 * DAY)
    decide(world)
    add(world, a_wish(world, *with_days(ten_days_before=0)))
    to_day(world, today(world) + DAY)
    with world.unit() as unit:
        gather(unit, REGION)
    assert [part for part in sent(world) if "ten_days_before" in part] == ["prescribed+ten_days_before"]


def test_whom_a_failed_recheck_tells_besides_the_operator_is_a_setting(world: World) -> None:
    row = add(world, a_wish(world, *SHIPPED, acts={"found_again": [AKIMAT], "found_late": []}))
    told = {each["name"]: each["to"] for each in row.stages if "act" in each}
    assert (told["found_again"], told["found_late"], told["asked"]) == (
        ["operator", "akimat"],
        ["operator"],
        ["operator"],
    )


def test_a_page_costs_seven_statements_whatever_editions_there_are(world: World) -> None:
    prescribed(world)
    to_day(world, due_of(world, prescribed(world)) + DAY)
    counts = []
    for n in range(3):
        with world.unit() as unit, counted(unit.session) as traffic:
            foresee_page(unit, REGION)
        counts.append(traffic.statements)
        add(world, a_wish(world, *with_days(ten_days_before=-14 - n), replaces=n))
        to_day(world, today(world) + DAY)
    assert counts[1:] == [7, 7]


def test_a_look_ahead_says_how_many_letters_more_the_night_would_write(world: World) -> None:
    facility = prescribed(world)
    to_day(world, due_of(world, facility) - 13 * DAY)
    decide(world)
    admin = world.person(Role.ADMIN, COUNTRY)
    with world.unit() as unit:
        seen = preview(unit, world.caller(admin), a_wish(world))
    due = due_of(world, facility)
    assert (seen.letters[OPERATOR], seen.letters[AKIMAT], seen.looked_at, seen.whole) == ((0, 1), (0, 0), 1, True)
    assert seen.dates == [(seen.night + 11 * DAY, seen.night + 14 * DAY)]
    assert seen.night == due - 12 * DAY
    assert world.rows(StageEdition) == []
    add(world, a_wish(world))
    to_day(world, seen.night)
    decide(world)
    assert [row.stage for row in world.rows(Notice, Notice.document_id.is_(None))] == ["ten_days_before"]


def some_stages(chance: random.Random, known: Sequence[str]) -> list[Wanted]:
    """Any stages, of which not all can be accepted."""
    names = [*chance.sample(known, chance.randint(1, len(known))), *([None] if chance.random() < 0.4 else [])]
    sides = {stage.name: stage.days or 0 for stage in stages().by_day}
    found = []
    for name in names:
        side = 1 if sides.get(name or "", 1) > 0 else -1
        to = chance.sample(list(Recipient), chance.randint(1, 3))
        found.append(Wanted(name, side * chance.randint(1, 14), tuple(to)))
    return found


def changed(world: World, chance: random.Random, admin: UUID) -> None:
    """Plan another edition, if what was drawn is one."""
    with world.unit() as unit:
        held = timetable(unit.session, COUNTRY, date.max)
    known = sorted({stage.name for edition in held.editions for stage in edition.stages.by_day})
    ahead = today(world) + chance.randint(1, 3) * DAY
    wish = a_wish(world, *some_stages(chance, known), replaces=held.editions[-1].number, valid_from=ahead)
    try:
        add(world, wish, admin)
    except (InvalidInput, DoesNotApply):
        return


@pytest.mark.parametrize("seed", range(4))
def test_over_weeks_in_which_stages_change_the_nights_tell_what_the_rule_says(world: World, seed: int) -> None:
    chance = random.Random(seed)
    admin = world.person(Role.ADMIN, COUNTRY)
    an_official(world, Role.AKIMAT, DISTRICT, "akimat@example.test")
    with world.unit() as unit:
        unit.session.get_one(Person, world.head).email = "head@example.test"
    histories: dict[UUID, History] = {}
    for night in range(75):
        if night < 40 and night % 5 == 0:
            facility = prescribed(world)
            (row,) = world.violations(facility).values()
            histories[row.id] = History(due_of(world, facility), today(world))
        if chance.random() < 0.25:
            changed(world, chance, admin)
        to_day(world, today(world) + DAY)
        happens = chance.choice(["missed", "whole", "whole", "twice", "killed"])
        if happens == "missed":
            continue
        with world.unit() as unit:
            held = timetable(unit.session, COUNTRY, today(world))
            if happens == "killed":
                decide_page(unit, REGION, None, 2)
        for _ in range(1 + (happens == "twice")):
            decide(world, limit=3)
        for history in histories.values():
            history.night(held, today(world))
    assert len(world.rows(StageEdition)) > 4
    assert told_by(world) == {
        (violation, kind, name, day)
        for violation, history in histories.items()
        for (kind, name), day in history.sent.items()
    }


def told_by(world: World) -> set[tuple[UUID, Recipient, str, date]]:
    """What dates brought that was not overtaken: violation, kind of recipient, stage, day."""
    rows = world.rows(Notice, Notice.document_id.is_(None), Notice.state != "superseded")
    kinds = {"operator": OPERATOR, f"person:{world.head}": DEPARTMENT}
    return {
        (
            row.violation_id,
            kinds.get(row.recipient, kinds.get(row.recipient.partition(":")[0], AKIMAT)),
            row.stage,
            local_date(row.created_at, COUNTRY),
        )
        for row in rows
    }
