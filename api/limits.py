"""What one request may bring, and how often somebody may ask: one table that every route falls under.

Nothing here holds up a tablet in the field: what it pulls, pushes and uploads is not counted. A village's tablets
share one address, a tablet that comes home sends hundreds of batches, and the published client takes no notice of
Retry-After under `/sync/` and throws an upload away over a 429. What guards those doors is beside them: rows of a
batch, room on the disk (`pressure.py`), places for streams and uploads.

Who signs in is counted by what they sign in with, never by address. An address counts only for who has neither.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from flask import Flask, current_app, request
from flask_limiter import Limiter
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.middleware.proxy_fix import ProxyFix

from api.rates import OwnRates, Rates, SharedRates, seconds_left
from api.settings import QUEUE
from api.signing.cookies import session_secret
from api.wiring import KEY, Wiring, wiring
from inspection.errors import InspectionError

RATES = "pandus_rates"
KILOBYTE, MEGABYTE = 1024, 1024 * 1024
WAITS = 0.25  # seconds that a request waits for a Redis at most
AT_MOST = "at most {most} requests in {seconds} seconds"
SENTENCES = (AT_MOST,)
READING = frozenset({"GET", "HEAD", "OPTIONS"})

# For limits of single views that count something else, such as every guess at a code together.
limiter = Limiter(lambda: "", in_memory_fallback_enabled=True)  # each limit says by what it counts


class TooManyRequests(InspectionError):
    """Somebody asks more often than a person does, or a program that works for one."""

    slug = "too-many-requests"


def caller() -> str:
    """By what somebody signs in; who has nothing, by where they come from."""
    given = request.headers.get("Authorization") or session_secret(request)
    return _hidden(given) if given else address()


def address() -> str:
    """Where a request comes from. An IPv6 address counts with its 2**64 neighbours, which one customer has."""
    told = request.remote_addr or ""
    try:
        known = ip_address(told)
    except ValueError:
        return told
    return str(ip_network(f"{known}/64", strict=False)) if isinstance(known, IPv6Address) else told


def link() -> str:
    """The secret in the address."""
    return _hidden(request.path)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one kind of route may be asked.

    reading, writing: which methods these are about. body: bytes of a request; None: PANDUS_MAX_BODY_BYTES, or
    what the view says itself. a_minute: requests of one that `by` names; None: not counted here. by: None where
    the view says who it is (`take`).
    """

    kind: str
    paths: str
    body: int | None = None
    a_minute: int | None = None
    by: Callable[[], str] | None = caller
    reading: bool = True
    writing: bool = True


V1 = "/api/v1/"
RENEWALS = Limits(
    "renewals", f"{V1}tablet-tokens$", 64 * KILOBYTE, 60, None
)  # by the tablet, in `views/tablets.py`
# The first row that fits a route holds for it. What is new under /api/v1/ falls under the last two.
TABLE: tuple[Limits, ...] = (
    Limits("tablets", "/sync/"),
    Limits("uploads", "/uploads/"),
    Limits("answers", "/answer/"),  # by the link, in `answers/door.py`, with pages for people
    Limits("boundaries", "/console/boundaries$", None, 30),
    Limits("mail tests", "/console/mail$", 64 * KILOBYTE, 5, reading=False),
    Limits("console", "/console/", 2 * MEGABYTE, 1200),
    Limits("provider", "/sign-in/", 64 * KILOBYTE, 60, address),
    Limits("health", "/(healthz|readyz)$", 0),
    Limits("pages", f"/static/|{V1}(docs|openapi.json)$", 0, 1200, address),
    Limits("codes", f"{V1}tablet-tokens/pairing$", 64 * KILOBYTE),  # all guesses together, in `views/tablets.py`
    RENEWALS,
    Limits("links", f"{V1}calendars/", 0, 60, link),
    Limits("pictures", f"{V1}(tiles/|photos/|reply-files/)", 0, 6000),
    Limits("papers", rf"{V1}.*(\.(pdf|xlsx|csv|gpx)|/paper)$", MEGABYTE, 120),
    Limits("figures", rf"{V1}(reports|coverage|facilities\.geojson|operators/concerning)", MEGABYTE, 240),
    Limits("looks ahead", f"{V1}notice-stages/preview$", MEGABYTE, 30, reading=False),
    Limits("tours", f"{V1}tours$", MEGABYTE, 60, reading=False),
    Limits("documents", f"{V1}(audits|checklists)$", None, 600, reading=False),
    Limits("reading", V1, MEGABYTE, 1200, writing=False),
    Limits("writing", V1, MEGABYTE, 600, reading=False),
)


def register(app: Flask) -> None:
    """Hold every request of an application to the limits of its route."""
    shared = _shared(app)
    app.config["RATELIMIT_STORAGE_URI"] = re.sub("^unix://", "redis+unix://", shared or "memory://")
    app.config["RATELIMIT_STORAGE_OPTIONS"] = _impatient() if shared else {}
    limiter.init_app(app)
    app.before_request(hold)


def equip(app: Flask) -> None:
    """Count where the settings of an application say, and believe as many proxies as they name."""
    parts: Wiring = app.extensions[KEY]
    shared = _shared(app)
    app.extensions[RATES] = SharedRates(Redis.from_url(shared, **_impatient())) if shared else OwnRates()
    if (proxies := parts.settings.trusted_proxies) > 0:
        # Never the host: addresses of ours are made from PANDUS_PUBLIC_URL.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]


def _shared(app: Flask) -> str | None:
    """The Redis that all processes count in, if there is one."""
    settings = app.extensions[KEY].settings
    return str(settings.redis_url) if settings.understanding == QUEUE else None


def hold() -> None:
    """Say how long the body of a request may be, and refuse one that comes too often. Raises TooManyRequests."""
    if request.url_rule is None:
        return  # nothing is there, and to say so costs less than counting
    limits = limits_of(request.method, request.url_rule.rule)
    if limits.body is not None:
        request.max_content_length = min(limits.body, wiring().settings.max_body_bytes)
    if limits.a_minute is not None and limits.by is not None:
        take(limits, limits.by())


def take(limits: Limits, name: str) -> None:
    """Count one request of somebody. Raises TooManyRequests if it is one too many for this minute."""
    rates: Rates = current_app.extensions[RATES]
    now = wiring().units.now()
    if limits.a_minute is not None and rates.count(f"{limits.kind}:{name}", now) > limits.a_minute:
        accepted = AT_MOST.format(most=limits.a_minute, seconds=60)
        pause = seconds_left(now)
        raise TooManyRequests("too many requests came within a minute", accepted=accepted, retry_after=pause)


@lru_cache(1024)
def limits_of(method: str, rule: str) -> Limits:
    """The row of the table that holds for a method of a route; the last one where none does."""
    reads = method in READING
    fit = (row for row in TABLE if re.match(row.paths, rule) and (row.reading if reads else row.writing))
    return next(fit, TABLE[-1])


def _hidden(secret: str) -> str:
    return blake2b(secret.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _impatient() -> dict[str, Any]:
    """How to reach a Redis that a request waits for."""
    return {"socket_timeout": WAITS, "socket_connect_timeout": WAITS, "retry": Retry(NoBackoff(), 0)}
