"""The HTML of letters, as a mail program shows it."""

import pytest
from playwright.sync_api import Browser

from api.mail.composing import compose
from api.mail.texts import SAID
from inspection.notices.content import Section
from tests.api.test_mail_letters import NOW, RAMP, SIGN, a_content, bodies
from tests.browser.chromium import find_chromium, findings, overflow, seen_by


def test_axe_finds_nothing_in_a_letter_of_any_stage(browser: Browser) -> None:
    found = []
    with seen_by(browser, "320 px") as context:
        page = context.new_page()
        for says in sorted(SAID):
            said = a_content(Section(says, (RAMP, SIGN), ("prescribed",)))
            links = {"АЛ-2026-000017": "https://pandus.example.test/answer/abc"}
            papers = {"АЛ-2026-000017.pdf": b"%PDF-1.7"}
            mail = compose(said, sender="pandus@example.test", now=NOW, papers=papers, links=links)
            page.set_content(bodies(mail)[1])
            found += [f"{says}: {each}" for each in findings(page)]
            found += [f"{says}: too wide"] if overflow(page) > 0 else []
    assert not found, "\n".join(found)


def test_without_a_browser_the_tests_say_why_they_do_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("BROWSER_TESTS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Chromium is not here"):
        find_chromium()
    monkeypatch.setenv("BROWSER_TESTS", "required")
    with pytest.raises(pytest.fail.Exception, match="Chromium is not here"):
        find_chromium()
