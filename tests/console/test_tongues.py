"""Another language after a form was sent: what was typed stays, what was wrong is said, and nothing is done."""

import re
from html import unescape
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from inspection.history import DecisionKind
from inspection.tables.decisions import DecisionRow
from inspection.tables.journal import JournalEntry
from tests.access.scene import signed_in
from tests.console.conftest import HOSTILE, Console
from tests.inspection.world import REGION

SWITCH = re.compile(r'<form method="post" action="([^"]*)">(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
AREA = re.compile(r'<textarea name="([^"]*)" hidden>\n(.*?)</textarea>', re.DOTALL)


def switch(page: TestResponse, language: str) -> tuple[str, list[tuple[str, str]]]:
    """Where the button of a language sends what, as a browser would."""
    nav = page.text.partition('class="languages"')[2].partition("</nav>")[0]
    (form,) = SWITCH.findall(nav)
    address = re.search(rf'formaction="([^"]*lang={language})"', form[1])
    assert address is not None
    fields = [*HIDDEN.findall(form[1]), *AREA.findall(form[1])]
    return unescape(address[1]), [(unescape(name), unescape(value)) for name, value in fields]


def again(console: Console, page: TestResponse, language: str) -> TestResponse:
    address, fields = switch(page, language)
    given: dict[str, list[str]] = {}
    for name, value in fields:
        given.setdefault(name, []).append(value)
    return console.app.test_client().post(
        address, data=given, headers={"Authorization": f"Bearer {console.world.head}"}
    )


def refused(console: Console, **about: str) -> TestResponse:
    form = {"act": "extend", "violation": str(console.violation()), "sent": "1", "id": str(uuid4())} | about
    return console.post("/violations/act", None, **form)


def test_a_refused_form_in_another_language_keeps_what_was_typed(console: Console) -> None:
    page = refused(console, words="Первая строка.\nВторая <b>строка</b>.")
    assert page.status_code == 422
    other = again(console, page, "ru")
    assert other.status_code == 422
    assert other.headers["Content-Language"] == "ru"
    assert "Вторая &lt;b&gt;строка&lt;/b&gt;." in other.text
    assert other.text.count("&lt;b&gt;") == page.text.count("&lt;b&gt;")
    third = again(console, other, "kk")
    assert (third.status_code, third.headers["Content-Language"]) == (422, "kk")
    assert "Первая строка." in third.text


def test_a_form_that_would_be_done_now_is_not_done_by_changing_the_language(console: Console) -> None:
    page = refused(console, words="")
    address, fields = switch(page, "ru")
    whole = dict(fields) | {"words": "Ждут подрядчика.", "until": "2027-12-01"}
    before = len(console.world.rows(JournalEntry))
    other = console.app.test_client().post(
        address, data=whole, headers={"Authorization": f"Bearer {console.world.head}"}
    )
    assert other.status_code == 409
    assert "Изменён только язык" in other.text or "изменён только язык" in other.text
    assert console.world.rows(DecisionRow) == []
    assert len(console.world.rows(JournalEntry)) == before
    done = console.post("/violations/act", None, **{k: v for k, v in whole.items() if k != "language_only"})
    assert done.status_code == 303
    assert [row.kind for row in console.world.rows(DecisionRow)] == [DecisionKind.EXTEND]


def test_what_the_rules_refused_is_refused_in_the_other_language_too(console: Console) -> None:
    page = refused(console, words="Причина.", until="2027-12-01", **{f"rev-{console.violation()}": "1"})
    assert page.status_code == 409
    other = again(console, page, "ru")
    assert other.status_code == 409
    assert "изменили" in other.text or "изменил" in other.text
    assert "Причина." in other.text


def test_a_page_that_was_asked_for_has_plain_links(console: Console) -> None:
    page = console.get("/violations", severity="gross")
    assert 'href="/console/violations?severity=gross&amp;lang=kk"' in page.text
    assert "language_only" not in page.text


def test_no_secret_is_written_into_a_page_to_change_its_language(console: Console) -> None:
    world, browser = console.world, console.app.test_client()
    signed_in(world, world.head, "pds_tongue")
    browser.set_cookie("pandus", "pds_tongue")
    token = browser.get("/console/me").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "password": "sehr-geheim-1", "new_password": "x"}
    page = browser.post("/console/me/password", data=form)
    assert page.status_code >= 400
    assert "sehr-geheim-1" not in page.text
    assert "language_only" not in page.text
    assert 'href="/console/me?lang=ru"' in page.text


def test_a_form_of_another_site_is_not_carried_on(console: Console) -> None:
    page = console.app.test_client().post(
        "/console/violations/act?lang=en",
        data={"act": "extend", "words": "чужое"},
        headers={"Authorization": f"Bearer {console.world.head}", "Sec-Fetch-Site": "cross-site"},
    )
    assert "чужое" not in page.text.partition("</header>")[0]


def test_the_sign_in_keeps_address_and_form_when_its_language_changes(console: Console) -> None:
    browser = console.app.test_client()
    late = browser.post("/console/violations/act?lang=en", data={"act": "extend", "words": "напечатанное"})
    assert late.status_code == 401
    address, fields = switch(late, "ru")
    assert address.startswith("/console/sign-in?")
    other = browser.post(address, data=dict(fields))
    assert (other.status_code, other.headers["Content-Language"]) == (200, "ru")
    assert "напечатанное" in other.text
    assert "language_only" not in unescape(dict(HIDDEN.findall(other.text)).get("kept", ""))


@pytest.mark.parametrize("name", ["words", "violation", HOSTILE])
def test_what_is_carried_on_is_never_markup(console: Console, name: str) -> None:
    page = console.post("/violations/act", None, **{"act": "accept", "sent": "1", name: HOSTILE})
    assert page.status_code in (400, 422)
    assert HOSTILE not in page.text


def test_a_page_that_shows_what_was_done_leads_to_itself_and_does_nothing_twice(console: Console) -> None:
    person: UUID = console.world.inspector
    page = console.post(f"/people/{person}", None, do="pair", region=REGION)
    assert page.status_code == 200
    assert f'href="/console/people/{person}?lang=kk"' in page.text
    assert "language_only" not in page.text
