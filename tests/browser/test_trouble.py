"""When something comes between: another official, the end of a session, a slow link, a server that stops."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, StorageState
from sqlalchemy import update

from api.work import Units
from inspection.database import connect
from inspection.tables.signing import SignIn
from tests.browser.chromium import VIEWS, findings
from tests.browser.region import AKIMAT_TOKEN, HEAD_TOKEN, Region, database, fill_in, sign_in

DISTRICT = "991000000"  # in which both decide
FIRST = "Выдуманная причина первого: подрядчик ждёт перила."
SECOND = "Выдуманная причина «второго» & <не короткая>,\nв двух строках."
# The slow link of a district: 50 kB a second, 600 ms there and back.
SLOW = {"offline": False, "latency": 600, "downloadThroughput": 50 * 1024, "uploadThroughput": 50 * 1024}
FIRST_BYTES, NEXT_BYTES = 150_000, 30_000
FIRST_SECONDS, NEXT_SECONDS = 8.0, 4.0  # until the list can be used


@pytest.fixture
def open_one(region: Region) -> str:
    """A violation that waits; another one in every test, since each leaves a decision behind."""
    found = region.ask(f"/violations?area={DISTRICT}&kind=school&severity=significant&limit=200")["items"]
    for row in found:
        if not row["extended_until"] and row["due_on"] and row["last_action"] not in ("waived", "extended"):
            return str(row["id"])
    raise AssertionError("nothing waits")


@contextmanager
def window(browser: Browser, **about: Any) -> Iterator[Page]:
    """A window of its own."""
    with browser.new_context(**VIEWS["1280 px"], **about) as context:
        context.set_default_timeout(20_000)
        yield context.new_page()


def form(region: Region, page: Page, violation: str) -> None:
    """The form by which a date is extended."""
    page.goto(f"{region.console}/violations/act?act=extend&violation={violation}&lang=ru")


def fill(page: Page, why: str, days: int) -> str:
    """Fill it in; the day that was typed."""
    until = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    page.locator("#until").fill(until)
    page.locator("#words").fill(why)
    return until


def send(page: Page) -> None:
    page.locator("main form button").first.click()


def reasons(region: Region, violation: str) -> list[str]:
    """Why it was extended, each time."""
    decisions = region.ask(f"/violations/{violation}")["decisions"]
    return [each["reason"].replace("\r\n", "\n") for each in decisions if each["kind"] == "extend"]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_second_of_two_officials_is_told_who_did_what_and_keeps_what_they_typed(
    browser: Browser, region: Region, open_one: str, script: bool
) -> None:
    with window(browser) as head, window(browser, java_script_enabled=script) as akimat:
        sign_in(head, region, HEAD_TOKEN)
        sign_in(akimat, region, AKIMAT_TOKEN)
        form(region, head, open_one)
        form(region, akimat, open_one)
        until = fill(head, FIRST, 30)
        later = fill(akimat, SECOND, 60)
        send(head)
        head.locator(".notice.good").wait_for()
        send(akimat)
        akimat.get_by_role("alert").wait_for()
        told = akimat.locator("main").inner_text()
        name = region.ask("/me", HEAD_TOKEN)["name"]
        assert name in told
        assert FIRST in told
        assert akimat.locator("#words").input_value() == SECOND
        assert akimat.locator("#until").input_value() == later
        assert (reasons(region, open_one), extended(region, open_one)) == ([FIRST], until)
        assert findings(akimat) == [] if script else True
        send(akimat)  # now they know
        akimat.locator(".notice.good").wait_for()
        assert (reasons(region, open_one), extended(region, open_one)) == ([FIRST, SECOND], later)


def extended(region: Region, violation: str) -> Any:
    return region.ask(f"/violations/{violation}")["extended_until"]


def end_by_the_other_device(region: Region, _page: Page, browser: Browser) -> None:
    """The same official signs out everywhere else, from another browser."""
    with window(browser) as other:
        sign_in(other, region, HEAD_TOKEN, "/me")
        other.get_by_role("button", name="Sign out everywhere else").click()
        other.get_by_role("status").wait_for()


def end_by_the_clock(region: Region, _page: Page, _browser: Browser) -> None:
    """Twelve hours have passed."""
    engine = connect(database(region.folder))
    past = datetime.now(UTC) - timedelta(minutes=1)
    alive = update(SignIn).where(SignIn.ended_at.is_(None)).values(ends_at=past)
    Units(engine).write(lambda work: work.session.execute(alive))
    engine.dispose()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("end", [end_by_the_other_device, end_by_the_clock])
def test_what_was_typed_in_a_session_that_ended_is_kept_and_sent_after_signing_in(
    browser: Browser, region: Region, open_one: str, end: Any, script: bool
) -> None:
    with window(browser, java_script_enabled=script) as page:
        sign_in(page, region, HEAD_TOKEN)
        form(region, page, open_one)
        until = fill(page, SECOND, 50)
        end(region, page, browser)
        send(page)
        page.locator("#password").wait_for()
        assert page.get_by_role("status").is_visible()
        assert reasons(region, open_one) == []
        fill_in(page, region, HEAD_TOKEN)
        page.locator("main form button").click()
        page.locator("#password").wait_for(state="detached")
        assert reasons(region, open_one) == []  # never by itself
        send(page)
        page.locator(".notice.good").wait_for()
        assert f"/violations/{open_one}" in page.url
        assert (reasons(region, open_one), extended(region, open_one)) == ([SECOND], until)


@dataclass
class Wire:
    """What went over the wire for a page, as the browser counts it, headers and all."""

    bytes: int = 0

    def watch(self, page: Page) -> CDPSession:
        """Count from now on, and be slow."""
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")
        tools.send("Network.emulateNetworkConditions", SLOW)
        tools.on("Network.loadingFinished", lambda event: self._add(event["encodedDataLength"]))
        return tools

    def _add(self, length: float) -> None:
        self.bytes += int(length)

    def taken(self) -> int:
        """The bytes since it was asked last."""
        found, self.bytes = self.bytes, 0
        return found


@pytest.fixture
def signed_in(browser: Browser, region: Region) -> StorageState:
    """The cookies of the head of the department."""
    with window(browser) as page:
        sign_in(page, region, HEAD_TOKEN, language="kk")
        return page.context.storage_state()


def seconds(page: Page) -> float:
    """From the click until the page can be used."""
    timing = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd / 1000"
    return float(page.evaluate(timing))


def test_on_a_slow_link_the_list_is_there_in_seconds(
    browser: Browser, region: Region, signed_in: StorageState
) -> None:
    with window(browser, storage_state=signed_in) as page:
        wire = Wire()
        wire.watch(page)
        page.goto(f"{region.console}/violations", wait_until="networkidle")
        assert page.locator("main table tbody tr").count() == 50
        assert wire.taken() < FIRST_BYTES
        assert seconds(page) < FIRST_SECONDS
        violation = page.locator("main table a[href*='/violations/']").first.get_attribute("href") or ""
        facility = page.locator("main table a[href*='/facilities/']").first.get_attribute("href") or ""
        lists = (
            "/violations?overdue=true&sort=overdue",
            "/",
            "/ranks",
            "/followups",
            "/tours",
            "/reports",
            "/people",
        )
        for path in (*lists, *(each.removeprefix("/console") for each in (violation, facility))):
            page.goto(f"{region.console}{path}", wait_until="networkidle")
            taken = wire.taken()
            assert 0 < taken < NEXT_BYTES, f"{path}: {taken} bytes"
            assert seconds(page) < NEXT_SECONDS, path


@pytest.mark.parametrize("path", ["/followups", "/tours"])
def test_re_checks_and_tours_are_light_the_first_time_too(
    browser: Browser, region: Region, signed_in: StorageState, path: str
) -> None:
    with window(browser, storage_state=signed_in) as page:
        wire = Wire()
        wire.watch(page)
        page.goto(f"{region.console}{path}", wait_until="networkidle")
        assert page.locator("h1").is_visible()
        assert 0 < wire.taken() < FIRST_BYTES


@pytest.fixture
def restarting(region: Region) -> Region:
    """The same region behind another port, whose server can be stopped."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return replace(region, port=int(probe.getsockname()[1]))


def test_a_form_that_is_sent_while_the_server_is_away_is_not_lost(
    browser: Browser, restarting: Region, open_one: str
) -> None:
    region = restarting
    with window(browser) as page:
        with region.served():
            sign_in(page, region, HEAD_TOKEN)
            form(region, page, open_one)
            until = fill(page, SECOND, 40)
        send(page)
        page.wait_for_timeout(500)
        assert "done=" not in page.url
        with region.served():
            if not page.locator("#words").is_visible():  # the browser's own page of an error
                page.go_back()
            assert page.locator("#words").input_value() == SECOND
            assert page.locator("#until").input_value() == until
            send(page)
            page.locator(".notice.good").wait_for()
            assert reasons(region, open_one) == [SECOND]
            page.goto(f"{region.console}/violations")  # still signed in
            assert page.locator("main table").is_visible()
