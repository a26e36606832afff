"""Signing in by the pages: invitations, passwords and codes; sessions that end; forms that are sent too late."""

import re
from uuid import uuid4

import pyotp
import pytest
from flask.testing import FlaskClient

from inspection.tables.decisions import DecisionRow
from inspection.tables.people import Person, Role
from tests.console.conftest import Console
from tests.console.test_acting import WHY, extension
from tests.inspection.world import COUNTRY

PASSWORD = "ойдан шығарылған ұзақ сөйлем"


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def invited(console: Console) -> str:
    """The secret of an invitation of the head of the department, as an administrator sees it once."""
    with console.world.unit() as unit:
        unit.session.get_one(Person, console.world.head).email = "head@example.test"
    admin = console.world.person(Role.ADMIN, COUNTRY)
    page = console.post(f"/people/{console.world.head}", admin, do="invite", id=str(uuid4()))
    found = re.search(r"#(pdi_[\w-]+)", page.text)
    assert found is not None, page.text
    return found[1]


def entered(console: Console) -> tuple[FlaskClient, pyotp.TOTP]:
    """A browser in which the head has accepted an invitation, and the app that makes codes."""
    browser, secret = console.app.test_client(), invited(console)
    begin = token_of(browser.get("/console/invitation?lang=en").text)
    shown = browser.post("/console/invitation", data={"secret": secret, "csrf_token": begin})
    key = re.search(r'<code class="key">([A-Z2-7]+)</code>', shown.text)
    assert key is not None, shown.text
    app = pyotp.TOTP(key[1])
    form = {"secret": secret, "password": PASSWORD, "code": app.at(console.world.clock())}
    done = browser.post("/console/invitation", data={**form, "csrf_token": token_of(shown.text)})
    assert done.status_code == 200, done.text
    assert done.text.count("<li><code>") == 10
    return browser, app


def test_an_invitation_is_accepted_and_the_pages_are_open(console: Console) -> None:
    browser, _ = entered(console)
    page = browser.get("/console/")
    assert page.status_code == 200
    assert "Sign out" in page.text


def test_browsers_may_say_to_us_from_which_page_a_form_comes(console: Console) -> None:
    # Where they may not, they send `Origin: null`, which is refused; in a browser: tests/browser/test_journey.py.
    browser = console.app.test_client()
    assert browser.get("/console/sign-in").headers["Referrer-Policy"] == "same-origin"
    assert browser.get("/console/").headers["Referrer-Policy"] == "same-origin"
    begin = token_of(browser.get("/console/sign-in?lang=en").text)
    form = {"email": "x@example.test", "password": "x", "code": "123456", "csrf_token": begin}
    nameless = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert browser.post("/console/sign-in", data=form, headers=nameless).status_code == 403
    assert browser.post("/console/sign-in", data=form, headers={"Origin": "http://localhost"}).status_code == 401


def test_a_code_that_is_wrong_is_said_at_its_field_and_accepts_nothing(console: Console) -> None:
    browser, secret = console.app.test_client(), invited(console)
    begin = token_of(browser.get("/console/invitation?lang=en").text)
    form = {"secret": secret, "password": "qwq", "code": "000000", "csrf_token": begin}
    page = browser.post("/console/invitation", data=form)
    assert page.status_code == 422
    assert 'id="password-error"' in page.text
    assert 'id="code-error"' in page.text
    assert "qwq" not in page.text


def test_an_invitation_that_is_over_says_so(console: Console) -> None:
    browser = console.app.test_client()
    begin = token_of(browser.get("/console/invitation?lang=en").text)
    page = browser.post("/console/invitation", data={"secret": "pdi_nothing", "csrf_token": begin})
    assert page.status_code == 410
    assert 'id="secret-error"' in page.text


def test_signing_in_leads_to_where_one_was_going(console: Console) -> None:
    _, app = entered(console)
    console.world.clock.advance(minutes=1)
    browser = console.app.test_client()
    begin = token_of(browser.get("/console/sign-in?next=/console/ranks&lang=en").text)
    form = {"email": " Head@Example.test ", "password": PASSWORD, "code": app.at(console.world.clock())}
    answer = browser.post("/console/sign-in", data={**form, "next": "/console/ranks", "csrf_token": begin})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/console/ranks"
    assert browser.get("/console/ranks").status_code == 200


def test_whatever_is_wrong_one_sentence_says_it_and_only_the_name_is_kept(console: Console) -> None:
    entered(console)
    browser = console.app.test_client()
    pages = []
    for name in ("head@example.test", "nobody@example.test"):
        begin = token_of(browser.get("/console/sign-in?lang=en").text)
        form = {"email": name, "password": "not the password at all", "code": "123456", "csrf_token": begin}
        page = browser.post("/console/sign-in", data=form)
        assert page.status_code == 401
        assert name in page.text
        assert "not the password" not in page.text
        pages.append(re.sub(r'value="[^"]*"', "", page.text))
    assert pages[0] == pages[1]


def test_a_form_without_the_token_of_its_session_does_nothing(console: Console) -> None:
    browser, _ = entered(console)
    form = extension(console, [console.violation()])
    for token in (None, "", "forged", token_of(console.app.test_client().get("/console/sign-in").text)):
        given = form if token is None else {**form, "csrf_token": token}
        assert browser.post("/console/violations/act", data=given).status_code == 403
    assert not console.world.rows(DecisionRow)


def test_what_was_typed_too_late_is_kept_and_sent_after_signing_in(console: Console) -> None:
    browser, app = entered(console)
    form = extension(console, [console.violation()])
    form["csrf_token"] = token_of(
        browser.get(f"/console/violations/act?act=extend&violation={console.violation()}").text
    )
    console.world.clock.advance(hours=13)
    late = browser.post("/console/violations/act", data=form)
    assert late.status_code == 401
    assert "What you typed is kept" in late.text
    kept = re.search(r'name="kept" value="([^"]*)"', late.text)
    assert kept is not None
    said = kept[1].replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")
    who = {"email": "head@example.test", "password": PASSWORD, "code": app.at(console.world.clock())}
    back = browser.post("/console/sign-in", data={**who, "kept": said, "csrf_token": token_of(late.text)})
    assert back.status_code == 200
    assert WHY in back.text
    pairs = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', back.text))
    assert browser.post("/console/violations/act", data=pairs).status_code == 303
    assert len(console.world.rows(DecisionRow)) == 1


def test_a_form_of_before_signing_in_anew_is_kept_and_sent_by_a_button(console: Console) -> None:
    browser, _ = entered(console)
    form = extension(console, [console.violation()], csrf_token="of the session before")
    page = browser.post("/console/violations/act", data=form)
    assert page.status_code == 403
    assert WHY in page.text
    pairs = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.text))
    assert browser.post("/console/violations/act", data=pairs).status_code == 303
    assert len(console.world.rows(DecisionRow)) == 1
    forged = browser.post("/console/violations/act", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert (forged.status_code, WHY in forged.text) == (403, False)
    assert "role" not in forged.text


@pytest.mark.parametrize("kept", ["[" * 100_000, "{}", "[1, 2]", '["/console/", 3]', '["//x", [["a"]]]'])
def test_what_was_kept_and_is_no_form_stops_nobody_who_signs_in(console: Console, kept: str) -> None:
    _, app = entered(console)
    console.world.clock.advance(minutes=1)
    browser = console.app.test_client()
    begin = token_of(browser.get("/console/sign-in?lang=en").text)
    form = {"email": "head@example.test", "password": PASSWORD, "code": app.at(console.world.clock())}
    page = browser.post("/console/sign-in", data={**form, "kept": kept, "csrf_token": begin})
    assert (page.status_code, browser.get("/console/").status_code) == (200, 200)


def test_what_another_site_sends_is_not_kept(console: Console) -> None:
    browser = console.app.test_client()
    form = extension(console, [console.violation()])
    late = browser.post("/console/violations/act", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert late.status_code == 401
    assert WHY not in late.text


def test_signing_out_ends_the_session(console: Console) -> None:
    browser, _ = entered(console)
    page = browser.get("/console/me?lang=en")
    answer = browser.post("/console/sign-out", data={"csrf_token": token_of(page.text)})
    assert answer.headers["Location"] == "/console/sign-in"
    assert browser.get("/console/").status_code == 303


def test_another_password_signs_out_everywhere_else(console: Console) -> None:
    browser, app = entered(console)
    console.world.clock.advance(minutes=1)
    other = console.app.test_client()
    begin = token_of(other.get("/console/sign-in").text)
    form = {"email": "head@example.test", "password": PASSWORD, "code": app.at(console.world.clock())}
    assert other.post("/console/sign-in", data={**form, "csrf_token": begin}).status_code == 303
    page = browser.get("/console/me?lang=en")
    assert page.text.count("Sign out<span") == 1
    new = {"password": PASSWORD, "new_password": "жаңа, одан да ұзын сөйлем", "csrf_token": token_of(page.text)}
    wrong = browser.post("/console/me/password", data={**new, "password": "wrong"})
    assert wrong.status_code == 422
    done = browser.post("/console/me/password", data=new)
    assert done.headers["Location"] == "/console/me?done=password"
    assert other.get("/console/").status_code == 303
    assert browser.get("/console/").status_code == 200


def test_a_password_that_was_sent_too_late_is_not_kept(console: Console) -> None:
    late = console.app.test_client().post("/console/me/password", data={"password": PASSWORD, "new_password": "y"})
    assert late.status_code == 401
    assert PASSWORD not in late.text
