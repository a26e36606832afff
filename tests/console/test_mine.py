"""One's own account: another app for codes, and identities at a provider."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.settings import Settings
from api.signing import hashing
from inspection.tables.people import Role
from inspection.tables.signing import ExternalIdentity
from tests.api.browser import PASSWORD, QUICK, Office, open_office
from tests.api.copies import quick_app
from tests.console.test_sign_in import token_of
from tests.inspection.world import REGION, World
from tests.servers.oidc import CLIENT, approve, real_provider

KEY = re.compile(r'<code class="key">([A-Z2-7]+)</code>')


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A real provider, in a process of its own."""
    with real_provider() as issuer:
        yield issuer


@pytest.fixture
def app(fresh_url: str, tmp_path: Path, issuer: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """With a provider of identities."""
    monkeypatch.setattr(hashing, "HASHER", QUICK)
    client: dict[str, Any] = {"oidc_client_id": CLIENT, "oidc_client_secret": "not much of one"}
    key = str(tmp_path / "link.key")
    app = quick_app(
        Settings(database_url=fresh_url, link_key_file=key, oidc_issuer=issuer, oidc_name="eOffice", **client)
    )
    yield app
    app.extensions["pandus"].engine.dispose()


@pytest.fixture
def office(app: Flask, world: World) -> Office:
    """An official who is signed in."""
    return open_office(app, world)


def sent(browser: FlaskClient, path: str, page: str = "/console/me", **form: str) -> TestResponse:
    """A form of a page, as a browser sends it."""
    token = token_of(browser.get(page, query_string={"lang": "en"}).text)
    return browser.post(f"{path}?lang=en", data={**form, "csrf_token": token})


def by_provider(browser: FlaskClient, page: TestResponse, subject: str | None) -> TestResponse:
    """The answer to a browser that went on from a page to the provider and was sent back."""
    assert page.status_code == 200, page.text
    way = re.search(r'class="button" href="(/sign-in/oidc[^"]+)"', page.text)
    assert way is not None, page.text
    there = browser.get(way[1].replace("&amp;", "&")).headers["Location"]
    back = approve(there, subject)
    return browser.get(back.removeprefix("http://127.0.0.1:8000"))


def test_another_app_is_taken_once_a_code_proves_it(office: Office) -> None:
    browser, other = office.browser.client, office.another()
    assert other.sign_in(office.email).status_code == 200
    shown = sent(browser, "/console/me/app", password=PASSWORD)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    key = KEY.search(shown.text)
    assert key is not None
    wrong = sent(browser, "/console/me/app/proof", code="000000")
    assert wrong.status_code == 422
    assert 'id="code-error"' in wrong.text
    assert KEY.search(wrong.text) is None
    office.world.clock.advance(minutes=1)
    done = sent(browser, "/console/me/app/proof", code=pyotp.TOTP(key[1]).at(office.world.clock()))
    assert (done.status_code, done.headers["Location"]) == (303, "/console/me?done=app")
    assert "signed out everywhere else" in browser.get("/console/me?done=app&lang=en").text
    assert other.ask("GET", "/me").status_code == 401
    office.world.clock.advance(minutes=1)
    assert other.sign_in(office.email).status_code == 401
    other.app_secret = key[1]
    assert other.sign_in(office.email).status_code == 200


def test_who_does_not_know_the_password_is_shown_no_key_and_links_nothing(office: Office) -> None:
    browser = office.browser.client
    for path, field in (("app", "app_password"), ("identities", "identity_password")):
        page = sent(browser, f"/console/me/{path}", password="wrong wrong wrong")
        assert page.status_code == 422
        assert f'id="{field}-error"' in page.text
        assert KEY.search(page.text) is None


def test_an_app_that_was_begun_too_long_ago_is_begun_again(office: Office) -> None:
    browser = office.browser.client
    key = KEY.search(sent(browser, "/console/me/app", password=PASSWORD).text)
    assert key is not None
    office.world.clock.advance(minutes=16)
    page = sent(browser, "/console/me/app/proof", code=pyotp.TOTP(key[1]).at(office.world.clock()))
    assert page.status_code == 422
    assert "Begin again" in page.text


def test_an_identity_is_linked_shown_and_unlinked(office: Office, issuer: str) -> None:
    browser = office.browser.client
    page = sent(browser, "/console/me/identities", password=PASSWORD)
    done = by_provider(browser, page, "marta")
    assert (done.status_code, done.headers["Location"]) == (303, "/console/me?done=linked")
    account = browser.get("/console/me?done=linked&lang=en")
    assert issuer in account.text
    (held,) = office.world.rows(ExternalIdentity)
    stranger = office.stranger()
    reply = stranger.client.get("/sign-in/oidc")
    back = approve(reply.headers["Location"], "marta").removeprefix("http://127.0.0.1:8000")
    assert stranger.client.get(back).headers["Location"] == "/console/"
    ended = sent(browser, "/console/me/identities/end", identity=str(held.id))
    assert ended.headers["Location"] == "/console/me?done=unlinked"
    assert office.world.rows(ExternalIdentity) == []


@pytest.mark.parametrize("identity", ["", "none", str(UUID(int=7))])
def test_what_is_linked_to_nobody_cannot_be_unlinked(office: Office, identity: str) -> None:
    assert sent(office.browser.client, "/console/me/identities/end", identity=identity).status_code == 404


def test_who_turns_back_at_the_provider_stays_signed_in_and_is_told(office: Office) -> None:
    browser = office.browser.client
    done = by_provider(browser, sent(browser, "/console/me/identities", password=PASSWORD), None)
    assert (done.status_code, done.headers["Location"]) == (303, "/console/me?refused=provider-refused")
    account = browser.get("/console/me?refused=provider-refused&lang=en")
    assert account.status_code == 200
    assert 'role="alert"' in account.text


def test_an_invitation_is_accepted_by_the_provider(office: Office, world: World) -> None:

    newcomer = world.person(Role.AKIMAT, REGION)  # without an address of mail: the provider is enough
    secret = office.invite(newcomer).json["secret"]
    browser = office.stranger()
    page = sent(browser.client, "/console/invitation", "/console/invitation", secret=secret)
    assert "Accept the invitation with eOffice" in page.text
    assert KEY.search(page.text) is None
    token = token_of(page.text)
    form = {"secret": secret, "by": "provider", "csrf_token": token}
    done = by_provider(browser.client, browser.client.post("/console/invitation?lang=en", data=form), "nadia")
    assert (done.status_code, done.headers["Location"]) == (303, "/console/")
    assert browser.ask("GET", "/me").json["id"] == str(newcomer)
