"""Debian's Chromium, driven by Playwright, and what axe-core has to say of a page in it."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.clients.node import HERE, find_node, install_packages

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Zoomed to 400 %, a window of 1280 by 1024 has the room of 320 by 256. Source: WCAG 2.2, 1.4.10.
VIEWS: Mapping[str, Mapping[str, Any]] = {
    "320 px": {"viewport": {"width": 320, "height": 640}},
    "1280 px": {"viewport": {"width": 1280, "height": 800}},
    "400 %": {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
}
RUN = """() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.html}: ${node.failureSummary}`)))"""


def find_chromium() -> str:
    """Path of Chromium. Without one the test is skipped, except where everything has to run."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is not None:
        return found
    reason = "Chromium is not here: pages cannot be looked at in a browser"
    if os.environ.get("BROWSER_TESTS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser, for as long as it is needed."""
    path = find_chromium()
    find_node()
    install_packages()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def seen_by(browser: Browser, view: str, **about: Any) -> BrowserContext:
    """A window of that view; nothing in it waits for long."""
    context = browser.new_context(**VIEWS[view], **about)
    context.set_default_timeout(10_000)
    return context


def findings(page: Page) -> list[str]:
    """What axe-core finds wrong with a page as it stands."""
    page.evaluate(f"{_axe()};0")  # not as a script of the page, which its policy forbids
    found: list[str] = page.evaluate(RUN)
    return found


def overflow(page: Page) -> int:
    """By how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@cache
def _axe() -> str:
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
