"""Officials sign in by a provider of identities: a real one, and one that lies."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from joserfc.jwk import RSAKey

from api import oidc
from api.app import create_app
from api.limits import limiter
from api.settings import Settings
from api.signing import hashing
from api.wiring import wire
from api.work import Units
from inspection.tables.people import Role
from inspection.tables.signing import ExternalIdentity
from tests.api.browser import QUICK, Browser, Office, open_office
from tests.clock import Clock
from tests.inspection.world import REGION, World, sessions_on
from tests.servers.oidc import CLIENT, Liar, approve, lying_provider, real_provider

OpenAt = Callable[[str], Office]


@pytest.fixture(autouse=True)
def said_as_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is told as a problem, as where there are no pages."""
    monkeypatch.setattr(oidc, "SIGN_IN_PAGE", "no.such.page")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A real provider, in a process of its own."""
    with real_provider() as issuer:
        yield issuer


@pytest.fixture
def liar() -> Iterator[Liar]:
    """A provider that says what it is told to."""
    with lying_provider() as liar:
        yield liar


@pytest.fixture
def office_at(
    fresh_url: str, clock: Clock, new_id: Callable[[], UUID], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenAt]:
    """Opens an office whose officials may sign in by the provider of an issuer."""
    monkeypatch.setattr(hashing, "HASHER", QUICK)
    monkeypatch.setattr(limiter, "enabled", False)
    opened: list[Flask] = []

    def open_at(issuer: str) -> Office:
        key = str(tmp_path / "link.key")
        client: dict[str, Any] = {"oidc_client_id": CLIENT, "oidc_client_secret": "not much of one"}
        app = create_app(Settings(database_url=fresh_url, link_key_file=key, oidc_issuer=issuer, **client))
        opened.append(app)
        parts = app.extensions["pandus"]
        wire(app, replace(parts, units=Units(parts.engine, clock=clock)))
        return open_office(app, World(sessions_on(parts.engine), clock, new_id))

    yield open_at
    for app in opened:
        app.extensions["pandus"].engine.dispose()


def leaves(browser: Browser, path: str = "/sign-in/oidc", **query: str) -> str:
    """Where a browser is sent."""
    reply = browser.client.get(path, query_string=query or None)
    assert reply.status_code == 302, reply.text
    return str(reply.headers["Location"])


def returns(browser: Browser, back: str) -> Any:
    """The answer to a browser that the provider has sent back."""
    parts = urlsplit(back)
    return browser.client.get(f"{parts.path}?{parts.query}", headers={"Accept-Language": "en"})


def linked_by_invitation(office: Office, subject: str) -> tuple[Browser, Any]:
    browser = office.stranger()
    secret = office.invite().json["secret"]
    way = browser.ask("POST", "/invitations/provider", json={"secret": secret}).json["address"]
    return browser, returns(browser, approve(leaves(browser, way), subject))


def test_who_accepts_an_invitation_at_the_provider_signs_in_there_from_then_on(
    office_at: OpenAt, issuer: str
) -> None:
    office = office_at(issuer)
    browser, accepted = linked_by_invitation(office, "anna")
    assert (accepted.status_code, accepted.headers["Location"]) == (303, "/console/")
    assert browser.ask("GET", "/me").json["id"] == str(office.official)
    assert office.browser.ask("GET", "/me").status_code == 401  # what was before has ended
    assert office.another().sign_in(office.email).status_code == 401
    other = office.stranger()
    back = returns(other, approve(leaves(other, next="/console/violations?overdue=true"), "anna"))
    assert (back.status_code, back.headers["Location"]) == (303, "/console/violations?overdue=true")
    assert other.ask("GET", "/me").json["id"] == str(office.official)
    assert [each["method"] for each in other.ask("GET", "/me/sign-ins").json["items"]] == ["provider", "provider"]
    (held,) = office.world.rows(ExternalIdentity)
    assert (held.issuer, held.subject) == (issuer, "anna")
    assert "identity.linked" in office.actions()


def test_the_way_there_has_a_state_a_nonce_and_a_challenge_and_leads_back_to_us(
    office_at: OpenAt, issuer: str
) -> None:
    office = office_at(issuer)
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    way = office.stranger().client.get("/sign-in/oidc", headers=evil).headers["Location"]
    asked = parse_qs(urlsplit(way).query)
    assert way.startswith(f"{issuer}/oauth2/authorize?")
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/sign-in/oidc/callback"]
    assert (asked["code_challenge_method"], asked["scope"]) == (["S256"], ["openid"])
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))


def test_an_address_of_mail_links_nobody(office_at: OpenAt, issuer: str) -> None:
    office = office_at(issuer)
    browser = office.stranger()
    reply = returns(browser, approve(leaves(browser), office.email))  # the provider calls them by their address
    assert (reply.status_code, reply.json["type"]) == (401, "/problems/not-linked")
    assert browser.ask("GET", "/me").status_code == 401


def test_what_the_provider_refuses_is_no_fault_of_the_server(office_at: OpenAt, issuer: str) -> None:
    browser = office_at(issuer).stranger()
    reply = returns(browser, approve(leaves(browser), None))
    assert (reply.status_code, reply.json["type"]) == (401, "/problems/provider-refused")


def test_a_callback_is_good_once_and_only_in_the_browser_that_left(office_at: OpenAt, issuer: str) -> None:
    office = office_at(issuer)
    browser, _ = linked_by_invitation(office, "boris")
    back = approve(leaves(browser), "boris")
    thief = office.stranger()
    for attempt in (back, back + "x", "/sign-in/oidc/callback", "/sign-in/oidc/callback?code=x&state=x"):
        reply = returns(thief, attempt)
        assert (reply.status_code, reply.json["type"]) == (401, "/problems/provider-refused")
    kept = browser.cookie("pandus-before") or ""
    assert returns(browser, back).status_code == 303
    assert returns(browser, back).status_code == 401
    thief.client.set_cookie("pandus-before", kept)  # even with the small cookie: the code was used
    assert returns(thief, back).status_code == 401


def test_one_links_oneself_with_a_proof_and_unlinks(office_at: OpenAt, issuer: str) -> None:
    office = office_at(issuer)
    browser = office.browser
    assert browser.ask("POST", "/me/identities", json={"password": "wrong wrong wrong"}).status_code == 403
    way = browser.ask("POST", "/me/identities", json={"code": browser.code()}).json["address"]
    assert returns(browser, approve(leaves(browser, way), "daria")).status_code == 303
    (held,) = browser.ask("GET", "/me/identities").json["items"]
    assert held["issuer"] == issuer
    other = office.stranger()
    assert returns(other, approve(leaves(other), "daria")).status_code == 303
    assert other.ask("GET", "/me").json["id"] == str(office.official)
    assert browser.ask("DELETE", f"/me/identities/{held['id']}").status_code == 204
    assert returns(other, approve(leaves(other), "daria")).status_code == 401


def test_an_errand_ends_with_the_session_that_began_it(office_at: OpenAt, issuer: str) -> None:
    office = office_at(issuer)
    way = office.browser.ask("POST", "/me/identities", json={"code": office.browser.code()}).json["address"]
    back = approve(leaves(office.browser, way), "eve")
    office.browser.ask("DELETE", "/sign-in")
    assert returns(office.browser, back).status_code == 401
    assert office.world.rows(ExternalIdentity) == []


def test_an_errand_is_forgotten_after_ten_minutes_and_by_who_only_signs_in(office_at: OpenAt, issuer: str) -> None:
    office = office_at(issuer)
    for wait, path in ((True, None), (False, "/sign-in/oidc")):
        browser, secret = office.stranger(), office.invite().json["secret"]
        way = browser.ask("POST", "/invitations/provider", json={"secret": secret}).json["address"]
        back = approve(leaves(browser, path or way), "felix")
        if wait:
            office.world.clock.advance(minutes=11)
        assert returns(browser, back).json["type"] == "/problems/not-linked"


def test_two_people_are_not_linked_to_one_identity(office_at: OpenAt, issuer: str) -> None:
    office = office_at(issuer)
    linked_by_invitation(office, "gulnar")
    other = office.world.person(Role.AKIMAT, REGION)
    browser = office.stranger()
    secret = office.invite(other).json["secret"]  # without an address of mail: the provider is enough
    way = browser.ask("POST", "/invitations/provider", json={"secret": secret}).json["address"]
    reply = returns(browser, approve(leaves(browser, way), "gulnar"))
    assert (reply.status_code, reply.json["type"]) == (409, "/problems/does-not-apply")
    assert browser.ask("POST", "/invitations/opening", json={"secret": secret}).status_code == 200  # still good


LIES: dict[str, Callable[[Liar], None]] = {
    "another issuer": lambda liar: liar.claims.update(iss="https://evil.example"),
    "no issuer": lambda liar: setattr(liar, "without", ("iss",)),
    "another audience": lambda liar: liar.claims.update(aud="somebody-else"),
    "an audience more, and we are not the party": lambda liar: liar.claims.update(aud=[CLIENT, "x"], azp="x"),
    "no audience": lambda liar: setattr(liar, "without", ("aud",)),
    "over": lambda liar: liar.claims.update(exp=1_700_000_000),
    "no end": lambda liar: setattr(liar, "without", ("exp",)),
    "another nonce": lambda liar: liar.claims.update(nonce="of another day"),
    "no nonce": lambda liar: setattr(liar, "without", ("nonce",)),
    "nobody": lambda liar: setattr(liar, "without", ("sub",)),
    "a name that is none": lambda liar: liar.claims.update(sub=""),
    "a name that is a list": lambda liar: liar.claims.update(sub=["anna"]),
    "a name without end": lambda liar: liar.claims.update(sub="x" * 300),
    "signed by another key": lambda liar: setattr(
        liar, "signs", RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig"})
    ),
    "signed by the public key as a secret": lambda liar: setattr(liar, "by_public_key", True),
    "not signed": lambda liar: setattr(
        liar, "answer", {"access_token": "x", "token_type": "Bearer", "id_token": UNSIGNED}
    ),
    "no word of who it is": lambda liar: setattr(liar, "answer", {"access_token": "x", "token_type": "Bearer"}),
    "an error": lambda liar: setattr(liar, "answer", {"error": "invalid_grant"}),
    "a list": lambda liar: setattr(liar, "answer", []),
    "a number": lambda liar: setattr(liar, "answer", 7),
    "nonsense": lambda liar: setattr(liar, "answer", {"access_token": "x", "id_token": 7}),
}
# Its header says that it is not signed, its body that it is Anna.
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIn0."


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_no_lie_of_a_provider_signs_anybody_in(office_at: OpenAt, liar: Liar) -> None:
    office = office_at(liar.issuer)
    honest = office.stranger()
    secret = office.invite().json["secret"]
    way = honest.ask("POST", "/invitations/provider", json={"secret": secret}).json["address"]
    assert returns(honest, liar.sent_back(leaves(honest, way))).status_code == 303
    assert liar.asked["code_verifier"]
    assert len(office.world.rows(ExternalIdentity)) == 1
    for name, lie in LIES.items():
        liar.claims, liar.without, liar.answer = {}, (), None
        liar.signs, liar.by_public_key = liar.key, False
        lie(liar)
        browser = office.stranger()
        reply = returns(browser, liar.sent_back(leaves(browser)))
        assert reply.status_code in (401, 503), (name, reply.status_code, reply.json)
        assert browser.ask("GET", "/me").status_code == 401, name
    assert len(LIES) == 21


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_provider_that_is_away_is_said_to_be(office_at: OpenAt) -> None:
    browser = office_at("http://127.0.0.1:9").stranger()
    reply = browser.client.get("/sign-in/oidc")
    assert (reply.status_code, reply.json["type"]) == (503, "/problems/provider-away")
    assert reply.headers["Retry-After"] == "30"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_without_a_provider_there_is_no_such_way(office: Office) -> None:
    for path in ("/sign-in/oidc", "/sign-in/oidc/callback?code=x&state=x"):
        assert office.client.get(path).status_code == 404
    opened = office.stranger().ask("POST", "/invitations/opening", json={"secret": office.invite().json["secret"]})
    assert opened.json["provider"] is None


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_the_page_for_signing_in_is_told_what_went_wrong(
    office_at: OpenAt, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "SIGN_IN_PAGE", "console.sign_in")
    office = office_at(issuer)
    reply = returns(office.stranger(), "/sign-in/oidc/callback?error=access_denied")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/console/sign-in?refused=provider-refused")


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_person_without_mail_is_shown_no_name_and_can_only_come_by_the_provider(
    office_at: OpenAt, issuer: str
) -> None:
    office = office_at(issuer)
    person = office.world.person(Role.AKIMAT, REGION)
    secret = office.invite(person).json["secret"]
    opened = office.stranger().ask("POST", "/invitations/opening", json={"secret": secret})
    assert (opened.json["sign_in_name"], opened.json["qr"]) == (None, None)
    assert opened.json["provider"] == urlsplit(issuer).netloc
