"""Whoever guesses is slowed down, and locks nobody out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from argon2 import PasswordHasher

from api.app import create_app
from api.limits import limiter
from api.signing import hashing
from api.signing.hashing import Crowded, Turns
from api.wiring import wire
from api.work import Units
from inspection.signing.attempts import PATIENCE, pause
from inspection.tables.people import Role
from inspection.tables.signing import Counted, SignInFailure
from tests.api.browser import LATER, Browser, Office, with_mail
from tests.inspection.world import REGION

WRONG = "not the password of anybody"


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here is failures; how many requests a minute there may be is tried at the end."""
    monkeypatch.setattr(limiter, "enabled", False)


def hammered(office: Office, times: int, email: str | None = None, **from_: Any) -> list[int]:
    browser = Browser(office.app, office.world.clock, office.browser.app_secret)
    return [
        browser.ask(
            "POST",
            "/sign-in",
            json={"email": email or office.email, "password": WRONG, "code": "000000"},
            environ_base={"REMOTE_ADDR": from_.get("address", "192.0.2.1")},
        ).status_code
        for _ in range(times)
    ]


def test_who_hammers_an_account_stops_its_owner_nowhere_that_they_are_known(office: Office) -> None:
    assert hammered(office, 8) == [401] * 5 + [429] * 3
    assert office.browser.sign_in(office.email).status_code == 200  # the device that accepted the invitation
    office.world.clock.advance(**LATER)
    assert hammered(office, 1, address="198.51.100.9") == [401]  # a minute later, one more
    elsewhere = office.another().sign_in(office.email)
    assert elsewhere.status_code == 429  # the owner, and a device that is not known
    assert elsewhere.headers["Retry-After"] == "120" == str(elsewhere.json["retry_after"])
    back = office.stranger()
    assert back.accept(office.invite().json["secret"]).status_code == 200  # the way in all the same
    office.world.clock.advance(**LATER)
    office.browser.app_secret = back.app_secret
    assert office.another().sign_in(office.email).status_code == 200  # and the counter begins anew


def test_a_pause_ends_and_the_right_password_is_let_in_after_it(office: Office) -> None:
    assert hammered(office, 6)[-1] == 429
    office.world.clock.advance(seconds=61)
    assert office.another().sign_in(office.email).status_code == 200


def test_codes_that_are_wrong_count_as_much_as_passwords(office: Office) -> None:
    browser = office.another()
    statuses = [browser.sign_in(office.email, code=f"{n:06}").status_code for n in range(7)]
    assert statuses == [401] * 5 + [429] * 2


def test_however_the_name_is_spelled_it_is_one_account_and_unknown_ones_are_counted_alike(office: Office) -> None:
    spelled = [
        office.email.upper(),
        f" {office.email}",
        office.email.replace("p", "ｐ"),
        office.email,
        office.email,
    ]
    assert [hammered(office, 1, email)[0] for email in spelled] == [401] * 5
    assert hammered(office, 1, office.email.title()) == [429]
    assert hammered(office, 6, "nobody@people.example") == [401] * 5 + [429]


def test_many_at_once_gain_nothing(office: Office) -> None:
    with ThreadPoolExecutor(12) as pool:
        found = [f.result()[0] for f in [pool.submit(hammered, office, 1) for _ in range(24)]]
    assert found.count(401) <= PATIENCE[Counted.ACCOUNT].free
    assert set(found) <= {401, 429, 503}


def test_what_was_counted_outlives_the_process(office: Office) -> None:
    assert hammered(office, 5) == [401] * 5
    parts = office.app.extensions["pandus"]
    again = create_app(parts.settings)
    fresh = again.extensions["pandus"]
    wire(again, replace(fresh, units=Units(fresh.engine, clock=office.world.clock)))
    assert hammered(replace(office, app=again), 1) == [429]
    fresh.engine.dispose()


def test_from_one_network_only_so_many_accounts_are_tried_and_a_known_device_in_it_is_not_held_up(
    office: Office,
) -> None:
    names = [f"somebody-{n}@people.example" for n in range(51)]
    assert [hammered(office, 1, name)[0] for name in names] == [401] * 50 + [429]
    assert hammered(office, 1, "other@people.example", address="192.0.2.2") == [401]
    in_it = {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}}
    said = {"email": office.email, "password": "сегіз ешкі өзенде жүзді", "code": office.browser.code()}
    assert office.browser.ask("POST", "/sign-in", json=said, **in_it).status_code == 200


@pytest.mark.parametrize(
    ("kind", "a_day"),
    [(Counted.DEVICE, 109), (Counted.ACCOUNT, 17), (Counted.ADDRESS, 149), (Counted.SESSION, 33)],
)
def test_how_many_guesses_a_day_there_are_at_most(kind: Counted, a_day: int) -> None:
    # The decision says these numbers.
    failures, spent = 0, timedelta()
    while spent < timedelta(days=1):
        failures += 1
        spent += pause(kind, failures)
    assert failures == a_day


def test_a_guesser_who_waits_as_told_for_a_day_gets_no_further_than_that(office: Office) -> None:
    tried, end = 0, office.world.clock() + timedelta(days=1)
    browser = office.another()
    while office.world.clock() < end:
        reply = browser.sign_in(office.email, "guess after guess", code="000000")
        if reply.status_code == 401:
            tried += 1
        else:
            office.world.clock.advance(seconds=int(reply.headers["Retry-After"]))
    assert tried == 17


def test_proving_that_it_is_still_oneself_is_slowed_down_by_session(office: Office) -> None:
    wish = {"password": WRONG}
    statuses = [office.browser.ask("POST", "/me/totp", json=wish).status_code for _ in range(7)]
    assert statuses == [403] * 5 + [429] * 2
    other = office.another()
    assert other.sign_in(office.email).status_code == 200
    right = {"password": "сегіз ешкі өзенде жүзді"}
    assert other.ask("POST", "/me/totp", json=right).status_code == 200


def test_a_device_that_was_known_before_a_reset_is_a_stranger_after_it(office: Office) -> None:
    stolen = office.browser.cookie("pandus-device") or ""
    back = office.stranger()
    back.accept(office.invite().json["secret"])
    assert hammered(office, 6)[-1] == 429
    thief = office.stranger()
    thief.client.set_cookie("pandus-device", stolen)
    said = {"email": office.email, "password": WRONG, "code": "000000"}
    assert thief.ask("POST", "/sign-in", json=said).status_code == 429


def test_failures_are_forgotten_after_a_day_and_erased_by_night(office: Office) -> None:
    hammered(office, 6)
    office.world.clock.advance(days=1)
    assert hammered(office, 6) == [401] * 5 + [429]
    office.world.clock.advance(days=1, seconds=1)
    from api.chores import CHORES

    with office.app.app_context():
        assert CHORES["sign_ins"].do(office.app.extensions["pandus"]) == "2 failures"
    assert office.world.rows(SignInFailure) == []


def differences(office: Office) -> Iterator[tuple[str, dict[str, Any]]]:
    without = office.world.person(Role.AKIMAT, REGION)
    yield "wrong password", {"email": office.email}
    yield "nobody", {"email": "nobody-at-all@people.example"}
    yield "no password yet", {"email": with_mail(office.world, without)}
    yield "wrong code", {"email": office.email, "password": "сегіз ешкі өзенде жүзді"}


def test_who_is_known_cannot_be_told_from_the_answer(office: Office) -> None:
    told = []
    for _, said in differences(office):
        reply = office.stranger().ask("POST", "/sign-in", json={"password": WRONG, "code": "000000", **said})
        body = {name: value for name, value in reply.json.items() if name != "request_id"}
        headers = {k: v for k, v in reply.headers if k not in ("X-Request-ID", "Content-Length")}
        told.append((reply.status_code, body, headers))
    assert told == [told[0]] * 4


@contextmanager
def in_earnest() -> Iterator[None]:
    """Hash as one does in production."""
    quick, hashing.HASHER = hashing.HASHER, PasswordHasher()
    hashing._dummy.cache_clear()
    try:
        yield
    finally:
        hashing.HASHER = quick
        hashing._dummy.cache_clear()


def test_who_is_known_cannot_be_told_from_the_time_it_takes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_earnest():
        back = office.stranger()
        back.accept(office.invite().json["secret"])
        hashing._dummy()
        took: dict[str, list[float]] = {}
        cases = list(differences(office))
        for turn in range(7):
            office.world.clock.advance(days=2)  # nobody is made to wait
            for name, said in cases:
                begun = perf_counter()
                asked = {"password": WRONG, "code": f"{turn:06}", **said}
                assert office.stranger().ask("POST", "/sign-in", json=asked).status_code == 401
                took.setdefault(name, []).append(perf_counter() - begun)
    middle = {name: median(times) for name, times in took.items()}
    assert max(middle.values()) < 1.5 * min(middle.values()), middle


def test_strangers_wait_for_each_other_and_a_known_device_for_none_of_them() -> None:
    turns = Turns()
    with turns.turn(known=False):
        with turns.turn(known=True):
            pass  # there is a place that no stranger takes
        crowd = 6
        with ThreadPoolExecutor(crowd) as pool:
            begun = perf_counter()
            tried = [pool.submit(_turned, turns) for _ in range(crowd)]
            assert sum(each.result() for each in tried) == 0
        assert perf_counter() - begun < 4
    assert _turned(turns)


def _turned(turns: Turns) -> bool:
    try:
        with turns.turn(known=False):
            return True
    except Crowded:
        return False


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_where_nobody_finds_a_turn_they_are_told_when_to_come_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns()
    monkeypatch.setattr(hashing, "turns", turns)
    monkeypatch.setattr(hashing, "PATIENCE", 0.01)
    with turns.turn(known=True), turns.turn(known=True):
        reply = office.another().sign_in(office.email)
        assert (reply.status_code, reply.headers["Retry-After"]) == (503, "2")
        assert not [row for row in office.world.rows(SignInFailure) if row.failures]
    assert office.another().sign_in(office.email).status_code == 200


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_more_requests_a_minute_than_an_office_makes_are_refused_but_not_of_a_known_device(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    statuses = [
        office.client.post("/api/v1/sign-in", json={}, environ_base={"REMOTE_ADDR": "198.51.100.77"}).status_code
        for _ in range(62)
    ]
    assert statuses == [422] * 60 + [429] * 2
    said = {"json": {}, "environ_base": {"REMOTE_ADDR": "198.51.100.77"}}
    late = office.client.post("/api/v1/sign-in", **said)
    assert int(late.headers["Retry-After"]) >= 1
    assert office.browser.ask("POST", "/sign-in", **said).status_code == 422


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_where_a_proxy_hides_networks_one_who_asks_much_stops_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    parts = office.app.extensions["pandus"]
    wire(office.app, replace(parts, settings=replace(parts.settings, public_url="https://pandus.example")))
    said = {"json": {}, "environ_base": {"REMOTE_ADDR": "10.0.0.1"}}
    statuses = {office.client.post("/api/v1/sign-in", **said).status_code for _ in range(62)}
    assert statuses == {422}
