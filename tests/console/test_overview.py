"""The overview: every number leads to just the rows that it counts, and half a year ago is told honestly."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from api.console.door import ASSETS
from inspection import obstructed_then
from inspection.digests.readers import ReadArea
from inspection.dossiers import open_dossiers
from inspection.history import DecisionKind, History
from inspection.obstruction import obstruction
from inspection.periods import starts
from inspection.settle import settle
from inspection.tables.areas import Level
from inspection.tables.people import Role
from inspection.tables.regions import Home
from inspection.tables.violations import Violation
from inspection.violation_orders import Sort
from tests.clock import NOW
from tests.console.conftest import Console
from tests.inspection.world import (
    DESK,
    DISTRICT,
    DOOR,
    FAILS,
    OTHER_REGION,
    PASSES,
    REGION,
    STEP,
    TACTILE,
    World,
)

HERE = ReadArea(Level.REGION, REGION, "KZ", REGION, None)
DAY = obstructed_then.half_a_year_before(NOW, "KZ")
BEFORE, SINCE = NOW - timedelta(days=300), NOW - timedelta(days=60)
LINK = re.compile(r'<a href="(/console/[^"]*)">(?:<span class="figure[^"]*">)?([\d\s\xa0,]+)<')


def place(world: World) -> UUID:
    made = world.facility()
    world.add(Home(id=made, region=REGION, kind="facility"))
    return made


def ranked(console: Console) -> None:
    assert console.app.test_cli_runner().invoke(args=["ranks", "update"]).exit_code == 0


def compared(world: World) -> dict[UUID, obstructed_then.Compared]:
    with world.unit() as unit:
        places = obstructed_then.compared(unit.session, HERE, DAY, NOW)
    return {each.key[1]: each for each in places}


def busy(console: Console) -> None:
    """Something of each kind: old and new places, what was remedied, declared, extended, and letters."""
    world = console.world
    old, new = place(world), place(world)
    world.prescribe(world.audited(old, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]}, at=BEFORE))
    world.audited(old, {DOOR: PASSES[DOOR]}, at=NOW - timedelta(days=1), ground="follow_up")
    world.audited(
        new, {TACTILE: FAILS[TACTILE], DESK: FAILS[DESK]}, at=NOW - timedelta(days=2), ground="unscheduled"
    )
    world.decide(console.facility, STEP, DecisionKind.EXTEND, until=(NOW + timedelta(days=200)).date())
    with world.unit() as unit:  # and something falls due within the week
        held = unit.session.get_one(Violation, (REGION, world.violation(console.facility, DOOR).id))
        held.due_on = NOW.date() + timedelta(days=3)
    ranked(console)


def rows_behind(console: Console, address: str) -> int:
    """How many rows a page and those after it list."""
    number, following = 0, address
    while following:
        path, _, query = following.removeprefix("/console").partition("?")
        page = console.get(path, None, **dict(parse_qsl(query)))
        assert page.status_code == 200, following
        number += len(re.findall(r"<tr>\s*<t[hd]", page.text.partition("<tbody>")[2]))
        found = re.search(r'<a href="([^"]*)" rel="next">', page.text)
        following = unescape(found[1]) if found else ""
    return number


def test_every_number_leads_to_just_the_rows_that_it_counts(console: Console) -> None:
    busy(console)
    page = console.get("/", area=REGION)
    links = [(unescape(address), said) for address, said in LINK.findall(page.text)]
    counted = [
        (a, int(re.sub(r"\D", "", said))) for a, said in links if "?area" not in a[:15] and not sums_visits(a)
    ]
    assert len(counted) > 12
    assert [(address, rows_behind(console, address)) for address, _ in counted] == counted


def sums_visits(address: str) -> bool:
    """Whether the number is a sum over the rows and not their count."""
    return address.startswith(("/console/ranks", "/console/obstructed"))


def test_obstructed_visits_are_the_sum_of_the_places_behind_them(console: Console) -> None:
    busy(console)
    page = console.get("/", area=REGION).text + console.get("/obstructed/half-year", area=REGION).text
    assert f'hx-get="/console/obstructed/half-year?area={REGION}"' in page
    assert "by then" in console.get("/", area=DISTRICT).text  # of a district at once
    sums = [(unescape(a), said) for a, said in LINK.findall(page) if sums_visits(unescape(a))]
    assert {address.partition("?")[0] for address, _ in sums} == {"/console/ranks", "/console/obstructed"}
    for address, _said in sums:
        assert rows_behind(console, address) > 0
    everything = obstructed_then.sums(list(compared(console.world).values()))
    assert everything.now == pytest.approx(everything.known_now + everything.new_now)
    assert (everything.known, everything.new) == (1, 2)


def test_half_a_year_ago_a_barrier_stood_until_it_was_measured_as_gone(console: Console) -> None:
    world = console.world
    made = place(world)
    world.audited(made, {DOOR: FAILS[DOOR], DESK: FAILS[DESK]}, at=BEFORE)
    ranked(console)
    assert compared(world)[made].then == compared(world)[made].now > 0
    world.audited(made, {DOOR: PASSES[DOOR]}, at=SINCE)
    ranked(console)
    place_now = compared(world)[made]
    assert place_now.then is not None
    assert place_now.then > place_now.now > 0


def test_a_barrier_that_came_since_was_not_there_then(console: Console) -> None:
    world = console.world
    made = place(world)
    world.audited(made, {DOOR: PASSES[DOOR], STEP: PASSES[STEP]}, at=BEFORE)
    world.audited(made, {DOOR: FAILS[DOOR]}, at=SINCE)
    ranked(console)
    assert compared(world)[made].then == 0.0
    assert compared(world)[made].now > 0


def test_what_a_waiver_released_is_in_the_way_all_the_same(console: Console) -> None:
    world = console.world
    made = place(world)
    world.prescribe(world.audited(made, {DOOR: FAILS[DOOR]}, at=BEFORE))
    world.decide(made, DOOR, DecisionKind.WAIVE)
    ranked(console)
    found = compared(world)[made]
    assert found.then == found.now > 0


def test_of_a_place_that_was_audited_since_nothing_is_known_of_then(console: Console) -> None:
    world = console.world
    made = place(world)
    world.audited(made, {DOOR: FAILS[DOOR]}, at=SINCE)
    ranked(console)
    assert compared(world)[made].then is None
    page = console.get("/obstructed", area=REGION, of="new")
    assert str(made) in page.text
    assert str(made) not in console.get("/obstructed", area=REGION).text


def test_what_came_went_and_came_again_is_told_from_its_past_episodes(console: Console) -> None:
    world = console.world
    made = place(world)
    for days, value in ((400, FAILS), (330, PASSES), (250, FAILS), (100, PASSES), (50, FAILS)):
        world.audited(made, {DOOR: value[DOOR], STEP: FAILS[STEP]}, at=NOW - timedelta(days=days))
    ranked(console)
    found = compared(world)[made]
    assert found.then == found.now > 0  # the door failed then, too, in an episode that is over


def test_then_is_what_settling_the_history_up_to_then_would_have_found(console: Console) -> None:
    world = console.world
    made = place(world)
    for days, answers in (
        (400, {DOOR: FAILS[DOOR], DESK: FAILS[DESK], TACTILE: FAILS[TACTILE]}),
        (300, {DOOR: PASSES[DOOR], STEP: FAILS[STEP]}),
        (90, {DOOR: FAILS[DOOR], DESK: PASSES[DESK], STEP: PASSES[STEP]}),
    ):
        world.audited(made, answers, at=NOW - timedelta(days=days))
    ranked(console)
    since = starts(DAY, "KZ")
    with world.unit() as unit:
        dossier = open_dossiers(unit, [(REGION, made)])[made]
        past = History(audits=tuple(each for each in dossier.history.audits if each.observed_at <= since))
        settled = settle(past, current=None, zone=dossier.country.time_zone)
        shares = obstruction(dossier.checklist, "polyclinic", settled.latest).by_group
        standing = obstruction(
            dossier.checklist,
            "polyclinic",
            settle(dossier.history, current=None, zone=dossier.country.time_zone).latest,
        ).by_group
    found, row = compared(world)[made], world.standing(made)
    assert row.visits is not None
    assert found.then is not None
    expected = {"wheelchair", "mobility", "vision"}
    assert {group for group, share in shares.items() if share} <= expected | shares.keys()
    weights = console_weights(world, made)
    assert found.then == pytest.approx(row.visits * sum(weights[g] * shares[g] for g in weights), rel=1e-6)
    assert found.now == pytest.approx(row.visits * sum(weights[g] * standing[g] for g in weights), rel=1e-6)


def console_weights(world: World, made: UUID) -> dict[str, float]:
    """Shares of the groups among the visits of a place."""
    from inspection.rank_lists import one

    with world.unit() as unit:
        return dict(one(unit.session, world.caller(world.head), made, now=NOW)["group_shares"]["shares"])


def test_nobody_sees_the_places_of_another_area(console: Console) -> None:
    busy(console)
    stranger = console.world.person(Role.AKIMAT, OTHER_REGION)
    for path in ("/obstructed", "/letters"):
        assert str(console.facility) not in console.get(path, stranger).text
        assert console.get(path, stranger, area=DISTRICT).status_code in (200, 404)
    assert console.get("/obstructed", stranger, area=DISTRICT).status_code == 404


@pytest.mark.parametrize("sort", Sort)
def test_the_list_is_shown_in_every_order_that_a_link_asks_for(console: Console, sort: Sort) -> None:
    page = console.get("/violations", sort=sort.value)
    assert page.status_code == 200
    assert page.text.count('name="violation"') == 2


@pytest.mark.parametrize("said", ["half", "", "a lot", "0"])
def test_the_period_of_the_checks_is_one_of_a_few(console: Console, said: str) -> None:
    assert console.get("/", checks=said).status_code == 200
    assert console.get("/obstructed", page=said).status_code == 200


def test_what_is_fetched_anew_does_not_become_paler_meanwhile() -> None:
    # Text at 60 % has a contrast of 3:1. In a browser the moment is too short for axe to see it every time.
    style = (ASSETS / "console.css").read_text("utf-8")
    assert not [rule for rule in style.split("}") if "htmx-request" in rule and "opacity" in rule]
