"""The queue of re-checks and tours in a real browser, by keyboard and without a script."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from inspection.history import DecisionKind
from inspection.tables.followups import FollowUp
from inspection.tables.tours import Tour, TourState
from tests.browser.chromium import findings, overflow, seen_by
from tests.browser.conftest import Site
from tests.inspection.maps import IN_DISTRICT
from tests.inspection.world import FAILS, STEP

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # a browser asks no database


@pytest.fixture
def queued(site: Site) -> Site:
    """The site with two re-checks at places on the map."""
    for n in range(2):
        made = site.world.facility(lat=IN_DISTRICT.lat + n / 100, lon=IN_DISTRICT.lon)
        site.world.prescribe(site.world.audited(made, {STEP: FAILS[STEP]}))
        site.world.decide(made, STEP, DecisionKind.DECLARE)
    return site


def address(site: Site, path: str, language: str = "en") -> str:
    return f"{site.link.partition('/answer')[0]}/console{path}?lang={language}"


def signed_in(browser: Browser, site: Site, view: str, **about: Any) -> BrowserContext:
    """A window of the head of the department."""
    headers = {"Authorization": f"Bearer {site.world.head}"}
    return seen_by(browser, view, extra_http_headers=headers, **about)


def choose_all(page: Page, site: Site, language: str = "en") -> None:
    """The queue with every re-check of it chosen."""
    page.goto(address(site, "/followups", language))
    for box in page.locator("input[name=followup]").all():
        box.check()


def test_a_tour_is_planned_and_accepted_without_a_script(browser: Browser, queued: Site) -> None:
    with signed_in(browser, queued, "320 px", java_script_enabled=False) as context:
        page = context.new_page()
        choose_all(page, queued)
        page.get_by_role("button", name="Plan a tour").click()
        page.get_by_role("button", name="Find a tour").click()
        page.get_by_role("button", name="I go this way").click()
        assert page.get_by_role("status").first.inner_text() == "You go this way. Its re-checks are yours now."
    (tour,) = queued.world.rows(Tour)
    assert tour.state == TourState.PLANNED
    assert {row.assignee_id for row in queued.world.rows(FollowUp)} == {queued.world.head}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_language_and_window_and_nothing_is_cut_off(
    browser: Browser, queued: Site, scheme: Any
) -> None:
    found = []
    with signed_in(browser, queued, "1280 px", color_scheme=scheme) as context:
        page = context.new_page()
        for language in ("kk", "ru", "en"):
            for step in (_queue, _asked, _refused, _planning, _tour):
                step(page, queued, language)
                for width in (1280, 320):
                    page.set_viewport_size({"width": width, "height": 800})
                    met = f"{step.__name__}, {language}, {width}"
                    found += [f"{met}: {said}" for said in findings(page)]
                    found += [f"{met}: too wide"] if overflow(page) > 0 else []
    assert not found, "\n".join(found)


def _queue(page: Page, site: Site, language: str) -> None:
    choose_all(page, site, language)


def _asked(page: Page, site: Site, language: str) -> None:
    choose_all(page, site, language)
    page.locator("button[value=postpone]").click()


def _refused(page: Page, site: Site, language: str) -> None:
    _asked(page, site, language)
    page.locator("main form button").click()
    page.locator("#summary").wait_for()


def _planning(page: Page, site: Site, language: str) -> None:
    choose_all(page, site, language)
    page.locator("button[formaction]").click()


def _tour(page: Page, site: Site, language: str) -> None:
    _planning(page, site, language)
    page.locator("main form button").click()
    page.locator("svg.trip").wait_for()


def planned(browser: Browser, site: Site, view: str, language: str = "en", **about: Any) -> BrowserContext:
    """A window of who has a tour, with it before them."""
    context = signed_in(browser, site, view, **about)
    page = context.new_page()
    _planning(page, site, language)
    page.locator("main form button").click()
    page.locator("[data-tour]").wait_for()
    return context


def mapped(page: Page) -> None:
    """Wait for the map, which is asked for if it does not come by itself."""
    button = page.locator("[data-map-offer] button").first
    if button.is_visible():
        button.click()
    page.locator(".map[data-ready]").wait_for()


def test_a_tour_is_drawn_on_the_map_with_the_numbers_of_its_list(browser: Browser, queued: Site) -> None:
    said: list[str] = []
    with planned(browser, queued, "1280 px") as context:
        page = context.pages[0]
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        assert page.locator("svg.trip").is_visible()  # until the map has come
        page.reload()
        mapped(page)
        assert not page.locator("svg.trip").is_visible()
        rows = page.locator("tr[data-spot] th a").all_inner_texts()
        pins = [pin.get_attribute("aria-label") or "" for pin in page.locator(".pin").all()]
        assert [label.split(", ")[0] for label in pins[1:]] == [f"{n}. {row}" for n, row in enumerate(rows, 1)]
        assert pins[0].startswith("Start and end of the day, 09:00–")
        assert [line for line in said if "GL Driver Message" not in line] == []
        assert [
            url for url in asked if not url.startswith((queued.console.partition("/console")[0], "blob:"))
        ] == []
        page.emulate_media(media="print")
        assert page.locator("svg.trip").is_visible()
        assert not page.locator(".map").is_visible()


def test_list_and_map_lead_to_each_other_by_keyboard(browser: Browser, queued: Site) -> None:
    with planned(browser, queued, "1280 px") as context:
        page = context.pages[0]
        mapped(page)
        page.locator('tr[data-spot="2"] th a').focus()
        assert page.locator(".pin.shown .name").is_visible()
        assert (page.locator(".pin.shown").get_attribute("aria-label") or "").startswith("2. ")
        page.keyboard.press("Tab")  # from the name of a place to the button beside it
        assert page.evaluate("document.activeElement.dataset.show") == "2"
        page.keyboard.press("Enter")
        assert (page.evaluate("document.activeElement.getAttribute('aria-label')") or "").startswith("2. ")
        page.keyboard.press("Shift+Tab")
        assert (page.evaluate("document.activeElement.getAttribute('aria-label')") or "").startswith("1. ")
        assert page.locator('tr[data-spot="1"].shown').count() == 1
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.dataset.show") == "1"
        page.locator(".pin").nth(2).focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.closest('tr').dataset.spot") == "2"
        box = page.locator(".pin").nth(1).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24


def test_without_a_script_the_tour_is_a_list_and_a_drawing(browser: Browser, queued: Site) -> None:
    with planned(browser, queued, "320 px", java_script_enabled=False) as context:
        page = context.pages[0]
        assert page.locator("svg.trip").is_visible()
        assert page.locator("tr[data-spot] th a").count() == 2
        for hidden in (".map", "[data-map-offer]", "[data-show]"):
            assert not page.locator(hidden).first.is_visible()


def test_a_browser_that_cannot_draw_keeps_the_drawing(browser: Browser, queued: Site) -> None:
    with planned(browser, queued, "1280 px") as context:
        context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
        page = context.pages[0]
        page.reload()
        if page.locator("[data-map-offer] button").is_visible():
            page.locator("[data-map-offer] button").click()
        page.get_by_text("The map cannot be drawn here.").wait_for()
        assert page.locator("svg.trip").is_visible()
        assert not page.locator("[data-show]").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_map_of_a_tour(browser: Browser, queued: Site, scheme: Any) -> None:
    found = []
    with planned(browser, queued, "1280 px", color_scheme=scheme) as context:
        page = context.pages[0]
        for language in ("kk", "ru", "en"):
            page.goto(address(queued, "/tours", language))
            mapped(page)
            page.locator(".pin").nth(1).focus()
            for width in (1280, 320):
                page.set_viewport_size({"width": width, "height": 800})
                found += [f"{language}, {width}: {said}" for said in findings(page)]
                found += [f"{language}, {width}: too wide"] if overflow(page) > 0 else []
    assert not found, "\n".join(found)
