"""The page on which an operator answers, as somebody meets it who sees little, or has only a keyboard."""

import re
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page

from inspection.tables.answers import OperatorReply, ReplyFile
from tests.browser.chromium import VIEWS, findings, overflow, seen_by
from tests.browser.conftest import Site
from tests.inspection.world import DOOR

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # a browser asks no database
LANGUAGES = ("kk", "ru", "en")
FOCUSED = """() => {
    const held = document.activeElement, style = getComputedStyle(held), box = held.getBoundingClientRect();
    return {
        what: held.id || held.getAttribute('href') || held.tagName.toLowerCase(),
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


def a_photo() -> FilePayload:
    held = BytesIO()
    Image.new("RGB", (40, 30), "red").save(held, "JPEG")
    return {"name": "порог.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def focused(page: Page) -> Any:
    return page.evaluate(FOCUSED)


def tab_to(page: Page, what: str) -> list[Any]:
    """Press Tab until something has the focus; what had it on the way, in order."""
    passed = []
    for _ in range(40):
        page.keyboard.press("Tab")
        passed.append(focused(page))
        if passed[-1]["what"] == what:
            return passed
    raise AssertionError(f"{what} is not reached: {passed}")


def refused(page: Page, link: str, language: str) -> None:
    """The page after an answer in which something is missing."""
    page.goto(f"{link}?lang={language}")
    page.locator("#kind-extension").check()
    page.locator("#said_by").fill("Выдуманный Заведующий")
    page.locator("button").click()
    page.locator("#summary").wait_for()


def answered(page: Page, link: str, language: str) -> None:
    """The page after an answer that arrived."""
    page.goto(f"{link}?lang={language}")
    page.locator("#item-1").check()
    page.locator("#kind-remedied").check()
    page.locator("#said_by").fill("Выдуманный Заведующий")
    page.locator("button").click()
    page.locator(".summary.good").wait_for()


def unknown(page: Page, link: str, language: str) -> None:
    """The page of a link that never was."""
    page.goto(f"{link[:-3]}AAA?lang={language}")


def opened(page: Page, link: str, language: str) -> None:
    """The page as it is met first."""
    page.goto(f"{link}?lang={language}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_language_and_window_and_nothing_is_cut_off(
    browser: Browser, site: Site, scheme: Any
) -> None:
    found = []
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        for language, state in product(LANGUAGES, (opened, refused, answered, unknown)):
            state(page, site.link, language)
            for view in ("1280 px", "320 px"):
                page.set_viewport_size(VIEWS[view]["viewport"])
                met = f"{state.__name__}, {language}, {view}"
                found += [f"{met}: {said}" for said in findings(page)]
                found += [f"{met}: too wide"] if overflow(page) > 0 else []
    assert not found, "\n".join(found)


def test_who_wants_a_dark_page_gets_one(browser: Browser, site: Site) -> None:
    papers = {}
    for scheme in ("light", "dark"):
        with browser.new_context(color_scheme=scheme) as context:
            page = context.new_page()
            opened(page, site.link, "kk")
            papers[scheme] = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert papers == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 22, 22)"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_or_hidden_when_it_is_zoomed_to_400_percent(
    browser: Browser, site: Site, language: str
) -> None:
    with seen_by(browser, "400 %") as context:
        page = context.new_page()
        opened(page, site.link, language)
        assert findings(page) == []
        assert overflow(page) <= 0
        refused(page, site.link, language)
        assert findings(page) == []
        assert overflow(page) <= 0


def test_a_keyboard_is_enough_to_say_that_an_item_is_remedied_with_a_photo(browser: Browser, site: Site) -> None:
    with seen_by(browser, "1280 px") as context:
        page = context.new_page()
        page.on(
            "filechooser", lambda _: None
        )  # before the page is there: a chooser is caught from a while later on
        page.goto(f"{site.link}?lang=ru")
        passed = tab_to(page, "item-1")
        page.keyboard.press("Space")
        passed += tab_to(page, "kind-remedied")
        page.keyboard.press("Space")
        passed += tab_to(page, "files")
        with page.expect_file_chooser() as choosing:
            page.keyboard.press("Enter")
        choosing.value.set_files([a_photo()])
        passed += tab_to(page, "said_by")
        page.keyboard.type("Выдуманный Заведующий")
        passed += tab_to(page, "button")
        page.keyboard.press("Enter")
        page.locator(".summary.good").wait_for()
        assert "Ваш ответ получен" in page.locator(".summary.good").inner_text()
        # Whoever hears the page instead of seeing it begins there.
        assert focused(page)["what"] == "summary"
    order = list(dict.fromkeys(each["what"] for each in passed))
    assert order == [
        *("#main", "?lang=kk", "?lang=ru", "?lang=en", f"/answer/{site.link.rpartition('/')[2]}/prescription.pdf"),
        *("item-1", "item-2", "kind-remedied", "until", "said", "files", "said_by", "button"),
    ]
    assert not [each for each in passed if each["outline"] < 2 or not each["seen"]]
    (reply,) = site.world.rows(OperatorReply)
    assert reply.violation_id in {held.id for held in site.world.violations(site.facility).values()}
    assert len(site.world.rows(ReplyFile)) == 1
    assert site.world.violation(site.facility, DOOR)


def test_what_is_wrong_is_announced_and_leads_to_its_field(browser: Browser, site: Site) -> None:
    with seen_by(browser, "1280 px") as context:
        page = context.new_page()
        refused(page, site.link, "en")
        assert page.title().startswith("The answer was not sent.")
        summary = page.locator("#summary")
        assert summary.get_attribute("role") == "alert"
        assert focused(page)["what"] == "summary"
        for field, control in {"items": "item-1", "said": "said", "until": "until"}.items():
            page.locator("#summary").focus()
            link = page.locator(f'#summary a[href="#{control}"]')
            link.focus()
            page.keyboard.press("Enter")
            assert focused(page)["what"] == control
            assert focused(page)["seen"]
            said = page.locator(f"#{field}-error").inner_text()
            assert said == link.inner_text()
            described = page.locator(f"#{control}").get_attribute("aria-describedby") or ""
            assert f"{field}-error" in described.split()
            assert page.locator(f"#{control}").get_attribute("aria-invalid") == "true"


def test_it_works_without_javascript(browser: Browser, site: Site) -> None:
    with seen_by(browser, "320 px", java_script_enabled=False) as context:
        page = context.new_page()
        answered(page, site.link, "kk")
        assert re.search(r"sent=[0-9a-f-]{36}", page.url)
        refused(page, site.link, "kk")
        assert page.locator("#summary li").count() == 3


def test_the_page_says_nothing_to_its_console(browser: Browser, site: Site) -> None:
    with seen_by(browser, "1280 px") as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        opened(page, site.link, "kk")
        assert [line for line in said if "favicon" not in line] == []
