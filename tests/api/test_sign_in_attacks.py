"""What somebody tries who is not the official: each attack ends as it should."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from api.limits import limiter
from api.settings import Settings
from api.signing import csrf
from api.signing.paths import HOME, own_path
from inspection.errors import Forbidden
from inspection.tables.people import Role
from inspection.tables.signing import SignIn
from tests.api.browser import PASSWORD, V1, Browser, Office, with_mail
from tests.api.people import token
from tests.inspection.world import REGION

OFFICIALS_OWN = ("/me", "/me/sign-ins", "/facilities")


def at_once(*asked: Callable[[], Any]) -> list[int]:
    """The statuses of requests that are sent together, sorted."""
    with ThreadPoolExecutor(len(asked)) as pool:
        return sorted(f.result().status_code for f in [pool.submit(each) for each in asked])


def test_a_session_that_was_planted_before_signing_in_is_worth_nothing_after(office: Office) -> None:
    victim, planted = office.another(), "pds_planted-by-somebody-who-knows-it"
    victim.client.set_cookie("pandus", planted)
    victim.client.set_cookie("pandus-before", "planted")
    assert victim.sign_in(office.email).status_code == 200
    assert victim.cookie() != planted
    thief = office.stranger()
    thief.client.set_cookie("pandus", planted)
    assert thief.ask("GET", "/me").status_code == 401


def test_signing_in_again_in_the_same_browser_ends_what_was_there(office: Office) -> None:
    before = office.browser.cookie() or ""
    assert office.browser.sign_in(office.email).status_code == 200
    thief = office.stranger()
    thief.client.set_cookie("pandus", before)
    assert thief.ask("GET", "/me").status_code == 401
    assert [row.ended_why for row in office.world.rows(SignIn) if row.ended_at] == ["replaced"]


def test_a_code_is_good_once_and_none_from_before_it_is_after_it(office: Office) -> None:
    code, earlier = office.browser.code(), office.browser.code(-1)
    assert office.another().sign_in(office.email, code=code).status_code == 200
    for again in (code, earlier):
        assert office.another().sign_in(office.email, code=again).status_code == 401
    assert office.browser.sign_in(office.email, code=office.browser.code(1)).status_code == 200
    assert office.browser.sign_in(office.email, code=office.browser.code()).status_code == 401


def test_of_two_who_show_the_same_code_at_once_exactly_one_is_let_in(office: Office) -> None:
    for round_ in range(5):
        first, second = office.another(), office.another()
        one = {"recovery_code": office.recovery_codes[round_]} if round_ % 2 else {"code": office.browser.code()}
        both = at_once(*(partial(each.sign_in, office.email, **one) for each in (first, second)))
        assert both == [200, 401], round_
        office.world.clock.advance(days=1)


def test_of_two_who_accept_an_invitation_at_once_exactly_one_does(office: Office) -> None:
    for _ in range(3):
        secret = office.invite().json["secret"]
        browsers = office.stranger(), office.stranger()
        both = at_once(*(partial(each.accept, secret) for each in browsers))
        assert both == [200, 410]


def secrets_of(office: Office) -> Mapping[str, str]:
    """Everything that opens something, by what it is."""
    world, client = office.world, office.client
    pairing = client.post(
        f"{V1}/people/{world.inspector}/pairings",
        json={"id": str(world.new_id()), "region": "750000000"},
        headers=token(world.head),
    )
    said = {"code": pairing.json["code"], "device": str(world.new_id())}
    tokens = client.post(f"{V1}/tablet-tokens/pairing", json=said).json
    somebody = world.person(Role.AKIMAT, REGION)
    with_mail(world, somebody)
    return {
        "session": office.browser.cookie() or "",
        "device": office.browser.cookie("pandus-device") or "",
        "before": office.browser.cookie("pandus-before") or "",
        "forgery token": office.browser.token or "",
        "invitation": office.invite(somebody).json["secret"],
        "person token": str(office.official),
        "refresh token": tokens["refresh_token"],
        "access token": tokens["access_token"],
        "recovery code": office.recovery_codes[0],
        "code": office.browser.code(),
        "app secret": office.browser.app_secret,
        "password": PASSWORD,
        "empty": "",
    }


def test_no_secret_opens_another_door_than_its_own(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", False)
    held, tried = secrets_of(office), 0
    for name, secret in held.items():
        for prefix in ("", "pds_", "pdi_", "pda_"):
            cookie, bearer = office.stranger(), office.stranger()
            cookie.client.set_cookie("pandus", prefix + secret)
            as_bearer = {"Authorization": f"Bearer {(prefix + secret).encode().decode('latin-1')}"}
            as_invitation = office.client.post(
                f"{V1}/invitations/opening", json={"secret": prefix + secret or "x"}
            )
            for path in OFFICIALS_OWN:
                tried += 2
                if (name, prefix) != ("session", ""):
                    assert cookie.ask("GET", path).status_code == 401, (name, prefix)
                if (name, prefix) not in (("person token", ""), ("access token", "")):
                    assert bearer.ask("GET", path, headers=as_bearer).status_code == 401, (name, prefix)
            tried += 1
            if (name, prefix) != ("invitation", ""):
                assert as_invitation.status_code in (410, 422), (name, prefix)
    assert tried == len(held) * 4 * 7


def test_a_cookie_that_was_tampered_with_is_not_ours(office: Office) -> None:
    held = office.browser.cookie() or ""
    for at in range(4, len(held), 5):
        thief = office.stranger()
        thief.client.set_cookie("pandus", held[:at] + ("A" if held[at] != "A" else "B") + held[at + 1 :])
        assert thief.ask("GET", "/me").status_code == 401
    for odd in ("pds_", "pds_" + "x" * 5000, "pds_\xff", "pds_%00", "pds_'; DROP TABLE sign_ins; --"):
        thief = office.stranger()
        assert thief.ask("GET", "/me", headers={"Cookie": f"pandus={odd}"}).status_code == 401
    assert office.browser.ask("GET", "/me").status_code == 200


def test_a_request_that_would_change_something_needs_the_token_of_its_own_session(office: Office) -> None:
    other = office.another()
    other.sign_in(office.email)
    visitor = office.stranger()
    with office.app.test_request_context():
        before = csrf.csrf_token(office.app.request_class({"REQUEST_METHOD": "GET"}))
    mine = office.browser.token or ""
    forged: Mapping[str, str | None] = {
        "none": None,
        "empty": "",
        "of another session": other.token,
        "of before signing in": before,
        "cut": mine[:-1],
        "changed": "x" + mine[1:],
        "the session itself": office.browser.cookie(),
        "long": "x" * 10_000,
        "not letters": "құпия".encode().decode("latin-1"),
    }
    for name, given in forged.items():
        office.browser.token = given
        for method, path in (("PATCH", "/me"), ("DELETE", "/me/sign-ins"), ("DELETE", "/sign-in")):
            reply = office.browser.ask(method, path, json={"digest": "never"})
            assert (reply.status_code, reply.json["type"]) == (403, "/problems/cross-site"), name
    office.browser.token = mine
    assert office.browser.ask("PATCH", "/me", json={"digest": "never"}).status_code == 200
    assert visitor.ask("PATCH", "/me", json={"digest": "never"}).status_code == 401
    assert len(forged) == 9


def test_the_token_is_good_by_a_new_page_after_the_browser_forgot_the_small_cookie(office: Office) -> None:
    office.browser.client.delete_cookie("pandus-before")
    assert office.browser.ask("PATCH", "/me", json={"digest": "never"}).status_code == 200
    office.browser.token = office.browser.ask("GET", "/me/csrf").json["csrf_token"]
    assert office.browser.ask("PATCH", "/me", json={"digest": "weekly"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8001"},
        {"Origin": "file://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
    ids=str,
)
@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_a_browser_says_another_site_sent_is_refused_even_with_the_token(
    office: Office, headers: dict[str, str]
) -> None:
    reply = office.browser.ask("PATCH", "/me", json={"digest": "never"}, headers=headers)
    assert (reply.status_code, reply.json["type"]) == (403, "/problems/cross-site")
    for path in ("/sign-in", "/invitations/acceptance", "/invitations/provider"):
        said = {"email": office.email, "password": PASSWORD, "code": office.browser.code()}
        if path != "/sign-in":
            said = {"secret": "pdi_x"} | ({"password": "x", "code": "x"} if "acc" in path else {})
        assert office.stranger().ask("POST", path, json=said, headers=headers).status_code == 403


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_pages_of_ours_are_let_in_and_forms_carry_the_token_in_a_field(office: Office) -> None:
    for headers in ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, {"Sec-Fetch-Site": "none"}):
        assert office.browser.ask("PATCH", "/me", json={"digest": "never"}, headers=headers).status_code == 200
    secret = office.browser.cookie()
    for given, right in ((office.browser.token, True), ("x", False), (None, False)):
        form = {} if given is None else {"csrf_token": given}
        with office.app.test_request_context("/console/x", method="POST", data=form) as context:
            if right:
                csrf.require_token(context.request, secret)
            else:
                with pytest.raises(Forbidden):
                    csrf.require_token(context.request, secret)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_the_host_of_a_request_is_believed_nowhere(office: Office) -> None:
    wish = {"id": str(office.world.new_id())}
    evil = {**token(office.admin), "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    made = office.client.post(f"{V1}/people/{office.official}/invitations", json=wish, headers=evil)
    assert made.json["link"].startswith("http://127.0.0.1:8000/console/invitation#")


@pytest.mark.parametrize(
    "wanted",
    [
        *("https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example"),
        *("http:evil.example", "javascript:alert(1)", "data:text/html,x", "/\t/evil.example", "\t//evil.example"),
        *(
            "/\n/evil.example",
            " //evil.example",
            "/a\\b",
            "",
            "console",
            "@evil.example",
            ".evil.example",
            "/\x00",
        ),
        *("/a b", "//[", "https:/evil.example", "/" + "x" * 3000, "/%0d%0aSet-Cookie:x\r\n"),
    ],
)
def test_after_signing_in_nobody_is_led_elsewhere(wanted: str) -> None:
    assert own_path(wanted) == HOME


@pytest.mark.parametrize(
    "wanted", ["/", "/console/violations?overdue=true&next=//x", "/a//b", "/%2f%2fevil.example"]
)
def test_a_path_of_ours_is_kept(wanted: str) -> None:
    assert own_path(wanted) == wanted


MORE = {"person_id": "01890a5d-ac96-774b-bcce-b302099a8057", "role": "admin", "admin": True, "id": 1, "name": "x"}


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("POST", "/sign-in", {"email": "a@b.example", "password": "x", "code": "0"}),
        ("POST", "/invitations/opening", {"secret": "x"}),
        ("POST", "/invitations/acceptance", {"secret": "x", "password": "x", "code": "0"}),
        ("POST", "/invitations/provider", {"secret": "x"}),
        ("PUT", "/me/password", {"password": "x", "new_password": "x"}),
        ("POST", "/me/totp", {"password": "x"}),
        ("POST", "/me/totp/confirmation", {"code": "0"}),
        ("POST", "/me/recovery-codes", {"code": "0"}),
        ("POST", "/me/identities", {"code": "0"}),
    ],
)
@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_nobody_asked_for_is_refused_by_name(office: Office, method: str, path: str, said: Any) -> None:
    for name, value in MORE.items():
        reply = office.browser.ask(method, path, json={**said, name: value})
        assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, f"/{name}")


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_behind_tls_cookies_are_of_this_host_alone(fresh_url: str, tmp_path: Any, office: Office) -> None:
    settings = Settings(
        database_url=fresh_url, public_url="https://pandus.example", link_key_file=str(tmp_path / "link.key")
    )
    app: Flask = create_app(settings)
    browser = Browser(app, office.world.clock, office.browser.app_secret)
    secret = office.invite().json["secret"]
    opened = browser.ask(
        "POST", "/invitations/opening", json={"secret": secret}, base_url="https://pandus.example"
    )
    assert opened.status_code in (200, 410)  # its clock is another
    with app.test_request_context(base_url="https://pandus.example"):
        from flask import Response, session

        from api.signing import cookies

        response = Response()
        cookies.give_session(response, "pds_x")
        cookies.give_device(response, "x")
        session["x"] = 1
        app.session_interface.save_session(app, session._get_current_object(), response)  # type: ignore[attr-defined]
    said = response.headers.getlist("Set-Cookie")
    assert [each.partition("=")[0] for each in said] == [
        "__Host-pandus",
        "__Host-pandus-device",
        "__Host-pandus-before",
    ]
    for each in said:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(each.split("; ")), each
        assert "Domain" not in each
    app.extensions["pandus"].engine.dispose()
