"""Re-checks dragged to who goes, in a real browser: by mouse and by finger, by one and by two."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from inspection.tables.followups import FollowUp
from inspection.tables.people import Role
from tests.browser.chromium import findings, overflow
from tests.browser.conftest import Site
from tests.browser.rechecks import (
    address,
    drag,
    drag_by_finger,
    grip,
    heard,
    lift,
    middle,
    person,
    recheck,
    row,
    told,
    whose,
    window,
)
from tests.inspection.world import DISTRICT, NEIGHBOUR

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # a browser asks no database
STALE = "somebody changed this follow-up since you read it"


@pytest.fixture
def queued(site: Site) -> Site:
    """The site with three re-checks."""
    for _ in range(3):
        recheck(site)
    return site


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_row_is_dragged_to_who_goes_by_mouse_said_and_given_back(
    browser: Browser, queued: Site, motion: Any
) -> None:
    first, *others = whose(queued)
    with window(browser, queued, reduced_motion=motion) as page:
        page.evaluate("window.here = true")
        drag(page, grip(page, first), person(page, queued.world.inspector))
        name = queued.world.caller(queued.world.inspector).name
        assert told(page) == f"It was written down who goes. {name}: 1 re-check."
        assert whose(queued) == {first: queued.world.inspector, **dict.fromkeys(others)}
        assert name in row(page, first).inner_text()
        assert page.evaluate("window.here"), "the page was not loaded again"
        assert page.evaluate("document.activeElement.textContent") == "Who goes"
        page.locator(".crew .notice button").click()
        heard(page, "1 re-check is back in the queue")
        assert set(whose(queued).values()) == {None}


def test_a_finger_drags_like_a_mouse(browser: Browser, queued: Site) -> None:
    first, *others = whose(queued)
    with window(browser, queued, has_touch=True) as page:
        before = page.evaluate("scrollY")
        drag_by_finger(page, grip(page, first), person(page, queued.world.inspector))
        assert told(page).endswith("1 re-check.")
        assert page.evaluate("scrollY") == before
        assert whose(queued) == {first: queued.world.inspector, **dict.fromkeys(others)}


def test_a_chosen_row_takes_the_chosen_ones_along_and_another_goes_alone(browser: Browser, queued: Site) -> None:
    first, second, third = whose(queued)
    with window(browser, queued) as page:
        for chosen in (first, second):
            row(page, chosen).locator("input[type=checkbox]").check()
        drag(page, grip(page, third), person(page, queued.world.head))
        assert told(page).endswith("1 re-check.")
        assert whose(queued) == {first: None, second: None, third: queued.world.head}
        assert row(page, first).locator("input[type=checkbox]").is_checked(), "what was chosen stays chosen"
        page.locator("#planned_on").fill("2099-01-01")
        drag(page, grip(page, first), person(page, queued.world.inspector))
        heard(page, "2 re-checks")
        assert whose(queued) == {
            first: queued.world.inspector,
            second: queued.world.inspector,
            third: queued.world.head,
        }
        assert str(queued.world.rows(FollowUp, FollowUp.id == first)[0].planned_on) == "2099-01-01"
        assert page.locator("#planned_on").input_value() == "2099-01-01"
        assert page.locator("input[name=followup]:checked").count() == 0


def test_what_is_let_go_elsewhere_or_by_escape_changes_nothing_and_a_press_chooses(
    browser: Browser, queued: Site
) -> None:
    first = next(iter(whose(queued)))
    with window(browser, queued) as page:
        drag(page, grip(page, first), page.locator("h1"))
        lift(page, grip(page, first))
        page.mouse.move(*middle(person(page, queued.world.inspector)), steps=5)
        assert page.locator("li.under").count() == 1
        assert page.locator("tr.carried").count() == 1
        page.keyboard.press("Escape")
        assert page.locator(".carrying, .carried, .under").count() == 0
        page.mouse.up()
        grip(page, first).click()
        assert row(page, first).locator("input[type=checkbox]").is_checked()
        assert set(whose(queued).values()) == {None}
        box = grip(page, first).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24


def test_what_is_held_at_the_edge_brings_on_who_stands_further_down(browser: Browser, queued: Site) -> None:
    first = next(iter(whose(queued)))
    for _ in range(12):
        queued.world.person(Role.INSPECTOR)
    with window(browser, queued) as page:
        page.set_viewport_size({"width": 1280, "height": 600})
        last = page.locator("li[data-give]").nth(-2)  # before nobody
        to = last.locator("button").get_attribute("value")
        x, below = middle(last)
        assert below > 600
        lift(page, grip(page, first))
        page.mouse.move(x, 580, steps=5)
        seen = below
        for _ in range(100):
            page.wait_for_timeout(150)
            if seen == (seen := middle(last)[1]):
                break  # the end of the panel
        assert seen < 580
        page.mouse.move(*middle(last), steps=5)
        page.mouse.up()
        told(page)
        assert str(whose(queued)[first]) == to


def test_the_second_of_two_officials_is_told_and_nothing_is_overwritten(browser: Browser, queued: Site) -> None:
    first, second, _ = whose(queued)
    other = queued.world.person(Role.HEAD)
    with window(browser, queued) as one, window(browser, queued, who=other) as two:
        drag(one, grip(one, first), person(one, queued.world.inspector))
        told(one)
        for chosen in (first, second):
            row(two, chosen).locator("input[type=checkbox]").check()
        drag(two, grip(two, second), person(two, other))
        two.get_by_role("alert").wait_for()
        assert STALE in two.locator("main").inner_text()
        assert whose(queued)[first] == queued.world.inspector
        assert whose(queued)[second] == other  # as from the form: what could be done is done
        assert "Done for 1 re-check." in two.locator("main").inner_text()
        assert two.locator("#assignee").input_value() == str(other)
        assert findings(two) == []
        two.locator("main form button").first.click()  # now they know
        two.locator("[data-done]").wait_for()
        assert whose(queued)[first] == other


def test_who_cannot_go_there_is_refused_where_the_form_refuses_them(browser: Browser, queued: Site) -> None:
    near = queued.world.person(Role.INSPECTOR, DISTRICT)
    far = recheck(queued, district_code=NEIGHBOUR)
    with window(browser, queued) as page:
        drag(page, grip(page, far), person(page, near))
        page.locator("#assignee-error").wait_for()
        assert "person cannot go there" in page.locator("#assignee-error").inner_text()
        assert page.locator("#summary").is_visible()
        assert page.locator("input[type=checkbox]").count() == 1
        assert whose(queued)[far] is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_something_is_dragged_or_after_it_was_given(
    browser: Browser, queued: Site, scheme: Any
) -> None:
    found, first = [], next(iter(whose(queued)))
    with window(browser, queued, color_scheme=scheme) as page:
        for language, to in (
            ("kk", queued.world.inspector),
            ("ru", queued.world.head),
            ("en", queued.world.inspector),
        ):
            page.goto(address(queued, language))
            person(page, to).scroll_into_view_if_needed()
            lift(page, grip(page, first))
            page.mouse.move(*middle(person(page, to)), steps=3)
            found += [f"{language}, dragging: {said}" for said in findings(page)]
            page.mouse.up()
            told(page)
            found += [f"{language}, given: {said}" for said in findings(page)]
            found += [f"{language}: too wide"] if overflow(page) > 0 else []
    assert not found, "\n".join(found)
