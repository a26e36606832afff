"""How much and how often may be asked: every route has its row, and no tablet is ever held up."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api import limits
from api.app import create_app
from api.limits import RATES, TABLE, Limits, limits_of
from api.rates import MOST_NAMES, OwnRates, SharedRates, seconds_left
from api.settings import QUEUE, Settings
from api.wiring import wire
from api.work import Units
from tests.clock import NOW, Clock
from tests.servers.redis import redis_server

ME = "/api/v1/me"


def rows(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods or ()):
            yield method, rule.rule


def few(monkeypatch: pytest.MonkeyPatch, most: int = 3) -> None:
    """Let every kind of route be asked only so often."""
    table = tuple(row if row.a_minute is None else replace(row, a_minute=most) for row in TABLE)
    monkeypatch.setattr(limits, "TABLE", table)
    limits_of.cache_clear()
    monkeypatch.setattr(limits, "limits_of", limits_of.__wrapped__)


@pytest.fixture
def still(bare_app: Flask, clock: Clock) -> FlaskClient:
    """Sends requests to an application whose clock stands."""
    parts = bare_app.extensions["pandus"]
    wire(bare_app, replace(parts, units=Units(parts.engine, clock=clock)))
    return bare_app.test_client()


def test_every_route_falls_under_a_row_of_the_table(bare_app: Flask) -> None:
    last: Limits = TABLE[-1]
    without = [
        (method, rule)
        for method, rule in rows(bare_app)
        if limits_of(method, rule) is last and (not rule.startswith("/api/v1/") or method in limits.READING)
    ]
    assert without == []


def test_every_row_of_the_table_holds_for_a_route(bare_app: Flask) -> None:
    held = {limits_of(method, rule).kind for method, rule in rows(bare_app)}
    assert held == {row.kind for row in TABLE}


def test_nothing_that_a_tablet_does_in_the_field_is_counted(bare_app: Flask) -> None:
    doors = [pair for pair in rows(bare_app) if pair[1].startswith(("/sync/", "/uploads/"))]
    assert len(doors) > 10
    assert {limits_of(*door).a_minute for door in doors} == {None}
    assert {limits_of(*door).body for door in doors} == {None}


def test_who_asks_too_often_is_told_what_is_accepted_and_when(
    still: FlaskClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch)
    answers = [still.get(ME) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[-1].json["type"] == "/problems/too-many-requests"
    assert answers[-1].json["accepted"] == "не больше 3 запросов за 60 секунд"
    assert answers[-1].headers["Retry-After"] == str(seconds_left(clock()))
    clock.advance(seconds=seconds_left(clock()))
    assert still.get(ME).status_code == 401


def test_who_signs_in_is_counted_alone_and_by_no_secret(still: FlaskClient) -> None:
    with still.application.test_request_context(ME, headers={"Authorization": "Bearer one"}):
        one = limits.caller()
    with still.application.test_request_context(ME, headers={"Authorization": "Bearer two"}):
        two = limits.caller()
    assert one != two
    assert "one" not in one


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_an_address_of_ipv6_counts_with_its_neighbours(bare_app: Flask, address: str, counted: str) -> None:
    with bare_app.test_request_context(ME, environ_base={"REMOTE_ADDR": address}):
        assert limits.address() == counted


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (1, None, "192.0.2.1"),
    ],
)
def test_a_forwarded_address_is_believed_only_as_far_as_proxies_are_trusted(
    tmp_path: Path, proxies: int, forwarded: str | None, counted: str
) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'no.sqlite3'}", trusted_proxies=proxies))
    seen: list[str] = []
    app.before_request(lambda: seen.append(limits.address()))
    headers = {"X-Forwarded-Host": "evil.example"} | ({"X-Forwarded-For": forwarded} if forwarded else {})
    app.test_client().get("/healthz", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert seen == [counted]


def test_a_body_is_as_long_as_its_route_says_and_the_refusal_says_how_long(client: FlaskClient) -> None:
    big = b'{"digest": "' + b"x" * 1_100_000 + b'"}'
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json", "Accept-Language": "en"}
    refused = client.patch(ME, data=big, headers=headers)
    assert refused.status_code == 413
    assert refused.json["accepted"] == "a body of at most 1048576 bytes"
    assert client.post("/api/v1/audits", data=big, headers=headers).status_code == 422  # read, and no audit
    assert client.post("/sync/audits/1/push", data=b"[]" + b" " * 15_000_000, headers=headers).status_code == 401
    small = client.post("/api/v1/tablet-tokens", data=big[:70_000], headers=headers)
    assert small.json["accepted"] == "a body of at most 65536 bytes"


def test_names_that_somebody_makes_up_do_not_fill_the_memory() -> None:
    rates = OwnRates()
    for number in range(MOST_NAMES + 10):
        rates.count(str(number), NOW)
    assert len(rates._counts) <= MOST_NAMES
    assert rates.count("0", NOW + timedelta(minutes=1)) == 1


def test_a_redis_counts_for_all_processes_and_forgets_by_itself(clock: Clock) -> None:
    with redis_server() as url:
        one, other = (SharedRates(Redis.from_url(url, **limits._impatient())) for _ in range(2))
        assert [each.count("x", clock()) for each in (one, other, one)] == [1, 2, 3]
        with closing(Redis.from_url(url)) as redis:
            (key,) = redis.keys("pandus:rate:*")
            assert 60 < redis.ttl(key) <= 120
        one.close()
        other.close()


@pytest.fixture
def counted_in_memory_again(tmp_path: Path) -> Iterator[None]:
    """The library's one limiter counts for whichever application was made last."""
    yield
    create_app(Settings(database_url=f"sqlite:///{tmp_path / 'no.sqlite3'}"))
    limits.limiter._storage_dead = False


@pytest.mark.usefixtures("counted_in_memory_again")
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP])
def test_a_redis_that_dies_or_hangs_in_the_middle_stops_nobody(
    tmp_path: Path, sign: signal.Signals, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    few(monkeypatch, 5)
    with redis_server() as url:
        away = f"sqlite:///{tmp_path / 'no.sqlite3'}"
        app = create_app(Settings(database_url=away, understanding=QUEUE, redis_url=url))
        parts = app.extensions["pandus"]
        wire(app, replace(parts, units=Units(parts.engine, clock=clock)))  # no minute ends in the middle
        client = app.test_client()
        with closing(Redis.from_url(url)) as redis:
            process = int(redis.info("server")["process_id"])
        first = [client.get(ME).status_code for _ in range(3)]
        os.kill(process, sign)
        then = [client.get(ME).status_code for _ in range(6)]
        guesses = [client.get(f"/answer/{'x' * 43}").status_code for _ in range(2)]
        if sign is signal.SIGSTOP:
            os.kill(process, signal.SIGCONT)
        app.extensions[RATES].close()
    assert first == [401] * 3
    assert then == [401] * 5 + [429]  # counted anew, in this process
    assert guesses == [404] * 2  # by the other way to count
