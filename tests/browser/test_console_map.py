"""The map of the console in a real browser: drawn under its policy, by keyboard, and not needed for anything."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import findings, overflow, seen_by
from tests.browser.conftest import Site
from tests.inspection.maps import IN_DISTRICT, draw
from tests.inspection.world import PASSES

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # a browser asks no database
# Software rendering tells the console how slow it is.
DRIVER = "GL Driver Message"
FOCUSED = "document.activeElement.outerHTML"


@pytest.fixture
def placed(site: Site) -> Site:
    """The site with outlines and three places on the map: two nobody has audited, one in order."""
    draw(site.world)
    for n in range(3):
        made = site.world.facility(lat=IN_DISTRICT.lat + n / 100, lon=IN_DISTRICT.lon)
        if n == 0:
            site.world.audited(made, PASSES)
    return site


def address(site: Site, language: str = "ru", query: str = "") -> str:
    return f"{site.link.partition('/answer')[0]}/console/map?lang={language}{query}"


def signed_in(browser: Browser, site: Site, view: str, **about: Any) -> BrowserContext:
    """A window of the head of the department."""
    headers = {"Authorization": f"Bearer {site.world.head}"}
    return seen_by(browser, view, extra_http_headers=headers, **about)


def shown(page: Page, where: str) -> None:
    """The page with its map drawn, whether it came by itself or was asked for."""
    page.goto(where)
    offer = page.locator("#map-show")
    if offer.is_visible():
        offer.click()
    page.locator("#map[data-ready]").wait_for()


def heard(page: Page) -> Iterator[list[str]]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield said


def test_the_map_is_drawn_under_its_policy_and_says_nothing_to_the_console(browser: Browser, placed: Site) -> None:
    with signed_in(browser, placed, "1280 px") as context:
        page = context.new_page()
        (said,) = heard(page)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        answers: list[int] = []
        page.on("response", lambda each: answers.append(each.status) if ".mvt" in each.url else None)
        shown(page, address(placed, query="&state=unaudited"))
        assert [line for line in said if DRIVER not in line] == []
        tiles = [url for url in asked if ".mvt" in url]
        assert tiles
        assert all(url.endswith("?state=unaudited") for url in tiles)
        assert set(answers) <= {200}
        assert page.locator("#map-said").inner_text().startswith("Карта показана")
        ours = address(placed).partition("/console")[0]
        assert [url for url in asked if not url.startswith((ours, "blob:", "data:"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_map_or_in_what_opens_on_it(browser: Browser, placed: Site, scheme: Any) -> None:
    found = []
    with signed_in(browser, placed, "1280 px", color_scheme=scheme) as context:
        page = context.new_page()
        for language in ("kk", "ru", "en"):
            shown(page, address(placed, language))
            page.locator("[data-place]").first.click()
            page.locator(".maplibregl-popup").wait_for()
            for width in (1280, 320):
                page.set_viewport_size({"width": width, "height": 800})
                found += [f"{language}, {width}: {said}" for said in findings(page)]
                found += [f"{language}, {width}: too wide"] if overflow(page) > 0 else []
    assert not found, "\n".join(found)


def test_a_row_of_the_list_shows_its_place_and_the_focus_comes_back_by_escape(
    browser: Browser, placed: Site
) -> None:
    with signed_in(browser, placed, "1280 px") as context:
        page = context.new_page()
        shown(page, address(placed, "en"))
        button = page.locator("[data-place]").first
        place = button.get_attribute("data-place")
        button.focus()
        page.keyboard.press("Enter")
        page.locator(".maplibregl-popup").wait_for()
        assert f"/console/facilities/{place}" in page.evaluate(FOCUSED)
        page.keyboard.press("Escape")
        page.locator(".maplibregl-popup").wait_for(state="detached")
        assert f'data-place="{place}"' in page.evaluate(FOCUSED)


def test_the_map_is_one_stop_of_the_keyboard_with_named_controls(browser: Browser, placed: Site) -> None:
    with signed_in(browser, placed, "1280 px") as context:
        page = context.new_page()
        shown(page, address(placed, "en"))
        inside = page.locator("#map").evaluate(
            "held => [...held.querySelectorAll('[tabindex], button, a[href]')]"
            ".filter(each => each.tabIndex >= 0).map(each => each.getAttribute('aria-label') || each.textContent)"
        )
        assert inside == ["Map of places. Arrow keys move it, plus and minus zoom.", "Zoom in", "Zoom out"]


def test_without_a_script_the_list_is_there_and_nothing_of_the_map_is_offered(
    browser: Browser, placed: Site
) -> None:
    with signed_in(browser, placed, "320 px", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address(placed, "en"))
        assert page.locator(".places li").count() == 4
        for hidden in ("#map", "#map-show", "[data-place]"):
            assert not page.locator(hidden).first.is_visible()
        page.locator("#state").select_option("unaudited")
        page.locator("form button").first.click()
        assert page.locator(".places li").count() == 2


def test_who_saves_data_is_asked_before_the_map_is_loaded(browser: Browser, placed: Site) -> None:
    with signed_in(browser, placed, "320 px") as context:
        context.add_init_script(
            "Object.defineProperty(navigator, 'connection', {value: {saveData: true, effectiveType: '4g'}})"
        )
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address(placed, "en"), wait_until="networkidle")
        assert not [url for url in asked if "maplibre" in url]
        page.locator("#map-show").click()
        page.locator("#map[data-ready]").wait_for()


def test_a_browser_that_cannot_draw_says_so_and_keeps_the_list(browser: Browser, placed: Site) -> None:
    with signed_in(browser, placed, "1280 px") as context:
        context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
        page = context.new_page()
        page.goto(address(placed, "en"))
        if page.locator("#map-show").is_visible():
            page.locator("#map-show").click()
        page.get_by_text("The map cannot be drawn here.").wait_for()
        assert page.locator(".places li").count() == 4
        assert not page.locator("#map").is_visible()
