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
        assert page.get_by_role("status").inner_text() == "You go this way. Its re-checks are yours now."
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
