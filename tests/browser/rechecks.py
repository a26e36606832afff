"""The queue of re-checks in a browser, and hands that drag."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser, Locator, Page

from inspection.history import DecisionKind
from inspection.tables.followups import FollowUp
from tests.browser.chromium import seen_by
from tests.browser.conftest import Site
from tests.inspection.world import FAILS, STEP

LIVE = "body > p.unseen[role=status]"


def recheck(site: Site, **about: Any) -> UUID:
    """A re-check at a place of its own."""
    made = site.world.facility(**about)
    site.world.prescribe(site.world.audited(made, {STEP: FAILS[STEP]}))
    site.world.decide(made, STEP, DecisionKind.DECLARE)
    held = site.world.followup(made)
    assert held is not None
    return held.id


@contextmanager
def window(
    browser: Browser, site: Site, view: str = "1280 px", who: UUID | None = None, **about: Any
) -> Iterator[Page]:
    """The queue, before the head of the department or somebody else."""
    headers = {"Authorization": f"Bearer {who or site.world.head}"}
    with seen_by(browser, view, extra_http_headers=headers, **about) as context:
        page = context.new_page()
        page.goto(address(site))
        yield page


def address(site: Site, language: str = "en") -> str:
    return f"{site.console}/followups?lang={language}"


def whose(site: Site) -> dict[UUID, UUID | None]:
    """Who goes, by re-check."""
    return {row.id: row.assignee_id for row in site.world.rows(FollowUp)}


def grip(page: Page, followup: UUID | str) -> Locator:
    return row(page, followup).locator(".grip")


def row(page: Page, followup: UUID | str) -> Locator:
    return page.locator(f'tr:has(input[value="{followup}"])')


def person(page: Page, made: UUID | str) -> Locator:
    return page.locator(f'li[data-give]:has(button[value="{made}"])')


def middle(of: Locator) -> tuple[float, float]:
    box = of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def lift(page: Page, held: Locator) -> None:
    """Take something and move it a little."""
    x, y = middle(held)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 5, steps=3)


def drag(page: Page, held: Locator, to: Locator) -> None:
    to.scroll_into_view_if_needed()
    lift(page, held)
    page.mouse.move(*middle(to), steps=5)
    page.mouse.up()


def drag_by_finger(page: Page, held: Locator, to: Locator) -> None:
    touch = page.context.new_cdp_session(page)
    (x, y), (to_x, to_y) = middle(held), middle(to)

    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )

    send("touchStart", (x, y))
    for part in range(1, 11):
        send("touchMove", (x + (to_x - x) * part / 10, y + (to_y - y) * part / 10))
    send("touchEnd")


def told(page: Page) -> str:
    """What the live region says once something was done."""
    page.locator(".crew .notice").wait_for()
    return page.locator(LIVE).inner_text()


def heard(page: Page, words: str) -> None:
    """Wait until the live region says it."""
    page.locator(LIVE).filter(has_text=words).wait_for(state="attached")
