"""The officials' console as somebody meets it who sees little, has only a keyboard, or a slow link."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import VIEWS, findings, overflow, seen_by
from tests.browser.conftest import Site
from tests.inspection.world import DOOR

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # a browser asks no database
LANGUAGES = ("kk", "ru", "en")


def pages(site: Site) -> Iterator[str]:
    """Every page of the console that shows something, also when it refuses."""
    violation = site.world.violation(site.facility, DOOR).id
    yield from (
        "/",
        "/violations",
        "/violations?overdue=true&severity=gross&group=vision",
        "/ranks",
        "/people",
        "/me",
    )
    yield from (f"/violations/{violation}", f"/facilities/{site.facility}", "/nothing-here")
    yield from (f"/violations/act?act={act}&violation={violation}" for act in ("extend", "assign", "plan_works"))
    yield from (f"/people/{site.world.inspector}", f"/checklists/{site.world.checklist}")


def signed_in(site: Site) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.world.head}"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_and_nothing_is_cut_off(browser: Browser, site: Site, scheme: Any) -> None:
    found = []
    with browser.new_context(color_scheme=scheme, extra_http_headers=signed_in(site)) as context:
        page = context.new_page()
        for number, (path, language) in enumerate(product(pages(site), LANGUAGES)):
            sign = "&" if "?" in path else "?"
            page.goto(f"{site.console}{path}{sign}lang={language}")
            for view in ("1280 px", "320 px"):
                page.set_viewport_size(VIEWS[view]["viewport"])
                met = f"{path}, {language}, {view}"
                # Colours and structure are the same in every language: axe reads each page in one of them a width.
                if (number + (view == "320 px")) % len(LANGUAGES) == 0 or language == "kk":
                    found += [f"{met}: {said}" for said in findings(page)]
                found += [f"{met}: too wide"] if overflow(page) > 0 else []
    assert not found, "\n".join(found)


def test_nothing_is_cut_off_at_400_percent(browser: Browser, site: Site) -> None:
    with seen_by(browser, "400 %", extra_http_headers=signed_in(site)) as context:
        page = context.new_page()
        for path in pages(site):
            page.goto(f"{site.console}{path}")
            assert overflow(page) <= 0, path


def test_a_keyboard_is_enough_to_extend_one_item(browser: Browser, site: Site) -> None:
    with seen_by(browser, "1280 px", extra_http_headers=signed_in(site)) as context:
        page = context.new_page()
        page.goto(f"{site.console}/violations?lang=en")
        _tab_to(page, f"/console/violations/{site.world.violation(site.facility, DOOR).id}")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/violations/[0-9a-f-]{36}"))
        _tab_to(page, "act=extend")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/violations/act"))
        _tab_to(page, "until")
        page.keyboard.type("12312026")
        _tab_to(page, "words")
        page.keyboard.type("Выдуманная причина.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.locator(".notice.good").wait_for()
        assert "The date was extended." in page.locator(".notice.good").inner_text()
        assert "Выдуманная причина." in page.locator(".events").inner_text()


def test_the_list_is_narrowed_and_a_decision_made_without_a_script(browser: Browser, site: Site) -> None:
    with seen_by(browser, "320 px", java_script_enabled=False, extra_http_headers=signed_in(site)) as context:
        page = context.new_page()
        page.goto(f"{site.console}/violations?lang=ru")
        page.locator("#overdue").select_option("false")
        page.get_by_role("button", name="Показать").click()
        assert page.locator(".chips li").count() == 2
        page.locator("input[name=violation]").first.check()
        page.locator("button[value=plan_works]").click()
        page.locator("#year").fill("2027")
        page.locator("#words").fill("Включено в план.")
        page.locator("form.form button").click()
        page.locator(".notice.good").wait_for()


def test_what_is_wrong_is_announced_and_leads_to_its_field(browser: Browser, site: Site) -> None:
    violation = site.world.violation(site.facility, DOOR).id
    with seen_by(browser, "1280 px", extra_http_headers=signed_in(site)) as context:
        page = context.new_page()
        page.goto(f"{site.console}/violations/act?act=extend&violation={violation}&lang=en")
        page.locator("form.form button").click()
        assert page.title().startswith("Not done yet.")
        assert page.locator("#summary").get_attribute("role") == "alert"
        assert findings(page) == []
        for field in ("until", "words"):
            page.locator(f'#summary a[href="#{field}"]').click()
            assert page.evaluate("document.activeElement.id") == field
            described = page.locator(f"#{field}").get_attribute("aria-describedby") or ""
            assert page.locator(f"#{described.split()[-1]}").is_visible()


def test_pages_say_nothing_to_the_console_of_the_browser(browser: Browser, site: Site) -> None:
    with seen_by(browser, "1280 px", extra_http_headers=signed_in(site)) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        for path in pages(site):
            if path != "/nothing-here":
                page.goto(f"{site.console}{path}")
        assert said == []


def _tab_to(page: Page, what: str) -> None:
    """Press Tab until the focus is on an element with this id, or a link to an address that holds this."""
    for _ in range(120):
        page.keyboard.press("Tab")
        held = page.evaluate(
            "document.activeElement.id + ' ' + (document.activeElement.getAttribute('href') || '')"
        )
        if what in held.split() or what in held.partition(" ")[2]:
            return
    raise AssertionError(f"{what} is not reached")
