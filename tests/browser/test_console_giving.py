"""Re-checks given by the buttons of the panel: by keyboard, without a script, in trouble."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Site
from tests.browser.rechecks import drag, grip, heard, person, recheck, row, told, whose, window

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # a browser asks no database


@pytest.fixture
def queued(site: Site) -> Site:
    """The site with three re-checks."""
    for _ in range(3):
        recheck(site)
    return site


def test_a_keyboard_gives_by_the_buttons_of_the_panel_with_the_same_result(browser: Browser, queued: Site) -> None:
    first, *others = whose(queued)
    with window(browser, queued) as page:
        row(page, first).locator("input[type=checkbox]").focus()
        page.keyboard.press("Space")
        person(page, queued.world.inspector).locator("button").focus()
        page.keyboard.press("Enter")
        assert told(page).endswith("1 re-check.")
        assert page.evaluate("document.activeElement.textContent") == "Who goes"
        assert whose(queued) == {first: queued.world.inspector, **dict.fromkeys(others)}
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Give back to the queue"
        page.keyboard.press("Enter")
        heard(page, "1 re-check is back in the queue.")
        assert set(whose(queued).values()) == {None}


def test_without_a_script_the_buttons_give_and_nothing_can_be_dragged(browser: Browser, queued: Site) -> None:
    first = next(iter(whose(queued)))
    with window(browser, queued, java_script_enabled=False) as page:
        assert not grip(page, first).is_visible()
        assert not page.get_by_text("Or drag them here").is_visible()
        row(page, first).locator("input[type=checkbox]").check()
        person(page, queued.world.inspector).locator("button").click()
        assert "It was written down who goes." in page.locator("[data-done]").inner_text()
        page.locator("[data-done] button").click()
        assert set(whose(queued).values()) == {None}


def test_in_a_narrow_window_the_select_is_the_way(browser: Browser, queued: Site) -> None:
    first = next(iter(whose(queued)))
    with window(browser, queued, "320 px") as page:
        assert not page.locator(".crew").is_visible()
        assert not grip(page, first).is_visible()
        row(page, first).locator("input[type=checkbox]").check()
        page.get_by_role("button", name="Say who goes").click()
        page.locator("#assignee").select_option(str(queued.world.inspector))
        page.locator("main form button").first.click()
        assert page.locator("[data-done]").is_visible()
        page.locator("[data-done] button").click()
        page.get_by_text("1 re-check is back in the queue.").wait_for()


def test_who_gives_without_having_chosen_is_told(browser: Browser, queued: Site) -> None:
    with window(browser, queued) as page:
        person(page, queued.world.inspector).locator("button").click()
        page.get_by_text("Choose at least one re-check.").first.wait_for()


def test_where_no_answer_comes_that_is_said_and_the_row_can_be_dragged_again(
    browser: Browser, queued: Site
) -> None:
    first = next(iter(whose(queued)))
    with window(browser, queued) as page:
        page.route("**/followups/act", lambda route: route.abort())
        drag(page, grip(page, first), person(page, queued.world.inspector))
        assert told(page).startswith("No answer.")
        page.unroute("**/followups/act")
        drag(page, grip(page, first), person(page, queued.world.inspector))
        heard(page, "1 re-check")
        assert whose(queued)[first] == queued.world.inspector


def test_who_is_not_signed_in_any_more_is_asked_to_and_nothing_is_lost(browser: Browser, queued: Site) -> None:
    first = next(iter(whose(queued)))
    with window(browser, queued) as page:
        page.context.set_extra_http_headers({})
        drag(page, grip(page, first), person(page, queued.world.inspector))
        page.locator("#password").wait_for()
        assert page.locator(f'form input[value*="{first}"]').count() > 0
        assert whose(queued)[first] is None
