"""A long task in a real browser: its progress is seen, its page closed and come back to, and it is cancelled."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from api import photo_store
from api.console import violation_table
from api.photo_store import open_store
from api.settings import Settings
from api.tasks import run as running
from api.tasks.run import Run
from api.tasks.running import run_due
from inspection.tables.tasks import Task, TaskState
from tests.browser.chromium import findings, overflow
from tests.browser.conftest import Site
from tests.browser.test_console_tours import address, signed_in

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # a browser asks no database


class Gate:
    """Holds whoever makes a task at each row until the test lets it go on."""

    def __init__(self) -> None:
        self.reached, self.open = Event(), Event()

    def wait(self) -> None:
        self.reached.set()
        assert self.open.wait(30)


@pytest.fixture
def gate(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gate:
    """Two rows, a word after each, and a stop after the first."""
    site.app.extensions[photo_store.KEY] = open_store(Settings(photos=str(tmp_path / "tasks")))
    made, tell = Gate(), Run.tell
    monkeypatch.setattr(violation_table, "A_LARGE_UNIT", 1)
    monkeypatch.setattr(running, "WORD_EVERY", 0.0)

    def told(self: Run, done: int, total: int | None = None) -> None:
        tell(self, done, total)
        if done == 1:
            made.wait()
            tell(self, done, total)

    monkeypatch.setattr(Run, "tell", told)
    return made


@contextmanager
def runner(site: Site, gate: Gate) -> Iterator[None]:
    """Whoever tends, beside the pages."""

    def tend() -> None:
        with site.app.app_context():
            run_due(site.app.extensions["pandus"])

    thread = Thread(target=tend)
    thread.start()
    assert gate.reached.wait(30)
    yield
    gate.open.set()
    thread.join(30)


def ask(page: Page, site: Site, language: str = "en") -> UUID:
    page.goto(address(site, "/tasks/new", language) + "&make=violations_csv")
    page.locator("main form button").click()
    page.wait_for_url("**/console/tasks/*-*")
    return UUID(page.url.partition("?")[0].rpartition("/")[2])


def state(site: Site, made: UUID) -> str:
    (row,) = site.world.rows(Task, Task.id == made)
    return row.state


def test_progress_is_seen_and_the_page_may_be_closed_and_come_back_to(
    browser: Browser, site: Site, gate: Gate
) -> None:
    with signed_in(browser, site, "1280 px") as context:
        page = context.new_page()
        made = ask(page, site)
        expect(page.locator("#far")).to_contain_text("waiting its turn")
        with runner(site, gate):
            expect(page.locator("#far .mark")).to_have_text("1 of 2")  # the page looks again by itself
            expect(page.locator("progress")).to_have_attribute("value", "1")
            expect(page.locator("#aloud")).to_have_text("50% done")
            page.close()
            page = context.new_page()
            page.goto(address(site, "/tasks"))
            expect(page.locator("#tasks")).to_contain_text("1 of 2")
            page.goto(address(site, f"/tasks/{made}"))
            gate.open.set()
            expect(page.locator("#far .mark")).to_have_text("is done")
        expect(page.locator("#aloud")).to_have_text("is done")
        expect(page.get_by_role("button", name="Cancel it")).to_have_count(0)
        with page.expect_download() as saved:
            page.get_by_role("link", name="Save the file").click()
        assert saved.value.suggested_filename.endswith(".csv")
    assert state(site, made) == TaskState.DONE


@pytest.mark.parametrize("scripts", [True, False])
def test_it_is_cancelled_by_keyboard_also_without_a_script(
    browser: Browser, site: Site, gate: Gate, scripts: bool
) -> None:
    with signed_in(browser, site, "320 px", java_script_enabled=scripts) as context:
        page = context.new_page()
        made = ask(page, site)
        with runner(site, gate):
            page.goto(address(site, f"/tasks/{made}"))
            page.get_by_role("button", name="Cancel it").focus()
            page.keyboard.press("Enter")
            page.wait_for_load_state()
            expect(page.locator("#far .mark")).to_have_text("is being cancelled")
            gate.open.set()
        if not scripts:
            page.get_by_role("link", name="Look again").click()
        expect(page.locator("#far .mark")).to_have_text("was cancelled")
    assert state(site, made) == TaskState.CANCELLED


@pytest.mark.parametrize("path", ["/tasks/{made}", "/tasks"])
def test_the_focus_stays_where_the_button_was_when_there_is_nothing_to_cancel_any_more(
    browser: Browser, site: Site, gate: Gate, path: str
) -> None:
    with signed_in(browser, site, "1280 px") as context:
        page = context.new_page()
        made = ask(page, site)
        with runner(site, gate):
            page.goto(address(site, path.format(made=made)))
            page.locator("main form button").focus()
            gate.open.set()
            expect(page.locator("main .mark")).to_have_text("is done")
        expect(page.locator(f"#task-{made}" if path == "/tasks" else "#far")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(browser: Browser, site: Site, gate: Gate, scheme: Any) -> None:
    found = []
    with signed_in(browser, site, "1280 px", color_scheme=scheme) as context:
        page = context.new_page()
        made = ask(page, site)
        with runner(site, gate):
            for language in ("kk", "ru", "en"):
                for path in ("/tasks", f"/tasks/{made}", "/tasks/new", "/settings", "/stages"):
                    more = "&make=violations_xlsx" if path.endswith("new") else ""
                    page.goto(address(site, path, language) + more)
                    for width in (1280, 320):
                        page.set_viewport_size({"width": width, "height": 800})
                        met = f"{path}, {language}, {width}"
                        found += [f"{met}: {said}" for said in findings(page)]
                        found += [f"{met}: too wide"] if overflow(page) > 0 else []
    assert not found, "\n".join(found)
