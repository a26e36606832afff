"""Keys are changed without signing anybody out; where requests come from; what known devices say."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask, request

from api import keys as key_files
from api.app import create_app
from api.chores import CHORES
from api.keys import BETWEEN, Keys
from api.settings import Settings
from api.signing import devices, hashing
from api.signing.devices import Device
from api.signing.networks import network_of
from api.signing.sealing import KeySealer
from inspection.tables.signing import PasswordSignIn
from tests.api.browser import LATER, PASSWORD, Office

OLD, NEW = Keys([b"o" * 32]), Keys([b"n" * 32, b"o" * 32])


def write_keys(app: Flask, *held: bytes) -> None:
    """Put keys into the file, as an operator does, and start anew."""
    Path(app.extensions["pandus"].settings.link_key_file).write_bytes(BETWEEN.join(held))
    key_files._read.cache_clear()


def test_a_new_key_signs_nobody_out_and_the_old_one_can_go_a_night_later(office: Office) -> None:
    old = Path(office.app.extensions["pandus"].settings.link_key_file).read_bytes()
    new = b"n" * 32
    write_keys(office.app, new, old)
    assert office.browser.ask("PATCH", "/me", json={"digest": "never"}).status_code == 200  # the token of before
    assert office.browser.sign_in(office.email).status_code == 200  # the app of before
    office.world.clock.advance(**LATER)
    (held,) = office.world.rows(PasswordSignIn)
    with office.app.app_context():
        CHORES["sign_ins"].do(office.app.extensions["pandus"])
    (moved,) = office.world.rows(PasswordSignIn)
    assert held.totp_secret != moved.totp_secret
    write_keys(office.app, new)
    assert office.another().sign_in(office.email).status_code == 200
    assert office.browser.ask("GET", "/me").status_code == 200


def test_without_the_key_nobody_signs_in_and_the_log_says_why(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    write_keys(office.app, b"x" * 32)
    assert office.another().sign_in(office.email).status_code == 401
    assert "sealed_by_a_key_that_is_gone" in caplog.text


def test_what_is_sealed_opens_by_any_key_and_is_renewed_under_the_first() -> None:
    sealed = KeySealer(OLD).seal("secret")
    assert b"secret" not in sealed
    assert KeySealer(NEW).open(sealed) == "secret"
    renewed = KeySealer(NEW).renewed(sealed)
    assert renewed is not None
    assert KeySealer(NEW).renewed(renewed) is None
    assert KeySealer(OLD).open(renewed) is None
    assert KeySealer(OLD).renewed(renewed) is None
    assert KeySealer(NEW).open(sealed[:-1]) is None


def test_a_device_is_known_to_the_accounts_that_were_signed_in_on_it_and_to_no_other() -> None:
    people = [(uuid4(), uuid4()) for _ in range(7)]
    device = Device(b"d" * 16)
    for person, enrolment in people:
        device = devices.made_known(OLD, device, person, enrolment)
    read = devices.read(NEW, devices.spell(OLD, device))
    known = [devices.is_known(NEW, read, *each) for each in people]
    assert known == [False] * 2 + [True] * 5  # the last five
    assert not devices.is_known(NEW, read, people[6][0], uuid4())  # enrolled anew
    assert not devices.is_known(NEW, None, *people[6])
    again = devices.made_known(NEW, device, *people[4])
    assert len(again.marks) == 5
    assert devices.is_known(OLD, again, *people[3])


@pytest.mark.parametrize("odd", [None, "", "x", "=" * 40, "A" * 43, "A" * 10_000, "құпия", "AAAA-_AA" * 8])
def test_a_device_that_we_did_not_make_is_none(odd: str | None) -> None:
    assert devices.read(OLD, odd) is None


def test_the_mark_of_one_device_is_worth_nothing_on_another() -> None:
    person, enrolment = uuid4(), uuid4()
    first = devices.made_known(OLD, Device(b"1" * 16), person, enrolment)
    forged = Device(b"2" * 16, first.marks)
    assert not devices.is_known(OLD, forged, person, enrolment)
    spelled = devices.spell(OLD, first)
    assert [devices.read(OLD, spelled[:at] + "_" + spelled[at + 1 :]) for at in range(1, 40, 6)] == [None] * 7


PUBLIC: dict[str, Any] = {"public_url": "https://pandus.example"}
ONE: dict[str, Any] = {"trusted_proxies": 1, **PUBLIC}


@pytest.mark.parametrize(
    ("peer", "passed", "said", "network"),
    [
        ("192.0.2.7", None, {}, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", {}, "192.0.2.7"),  # anybody can write that
        ("127.0.0.1", None, {}, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", PUBLIC, None),  # the address of a proxy
        ("8.8.8.8", None, PUBLIC, "8.8.8.8"),
        ("127.0.0.1", "198.51.100.1", ONE, "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", ONE, "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.1", {**ONE, "trusted_proxies": 2}, "198.51.100.1"),
        ("127.0.0.1", None, ONE, None),
        ("127.0.0.1", "nonsense", ONE, None),
        ("2001:db8:1:2:3:4:5:6", None, {}, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", None, {}, "192.0.2.7"),
        ("fe80::1%eth0", None, {}, "fe80::/64"),
        ("", None, {}, None),
    ],
)
def test_the_network_of_a_request_is_what_can_be_believed(
    tmp_path: Path, peer: str, passed: str | None, said: dict[str, Any], network: str | None
) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'no.sqlite3'}", **said)
    app, found = create_app(settings), []

    def look() -> str:
        found.append(network_of(request, settings))
        return ""

    app.add_url_rule("/network", view_func=look)
    headers = {} if passed is None else {"X-Forwarded-For": passed}
    app.test_client().get("/network", headers=headers, environ_base={"REMOTE_ADDR": peer})
    app.extensions["pandus"].engine.dispose()
    assert found == [network]


def test_passwords_are_hashed_as_the_library_recommends() -> None:
    held = hashing.hashed(PASSWORD)
    assert held.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert hashing.matches(held, PASSWORD)
    assert hashing.matches(held, PASSWORD.replace("й", "й"))
    assert not hashing.matches(held, PASSWORD + " ")
    assert not hashing.matches(None, PASSWORD)
    assert not hashing.matches("no hash at all", PASSWORD)
    assert not hashing.matches(held, "\ud800")
    assert len(held) <= 200


def test_a_hash_of_other_parameters_is_made_anew_when_its_person_signs_in(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = office.world.rows(PasswordSignIn)
    monkeypatch.setattr(hashing, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert office.browser.sign_in(office.email).status_code == 200
    (after,) = office.world.rows(PasswordSignIn)
    assert "m=16,t=2,p=1" in after.password_hash != before.password_hash
    office.world.clock.advance(**LATER)
    assert office.browser.sign_in(office.email).status_code == 200


def test_no_secret_of_signing_in_is_logged(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    secret = office.invite().json["secret"]
    browser: Any = office.stranger()
    browser.accept(secret)
    browser.sign_in(office.email, recovery_code=office.recovery_codes[0])
    browser.ask("POST", "/me/recovery-codes", json={"password": "not it", "code": None})
    held = [secret, PASSWORD, browser.cookie(), browser.cookie("pandus-device"), browser.token, browser.app_secret]
    held += [*office.recovery_codes, office.email]
    assert not [each for each in held if each and each in caplog.text]
