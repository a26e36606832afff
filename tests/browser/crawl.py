"""Every kind of page of the console, found by following links; and what is wrong with one as it stands."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import APIRequestContext, Browser, FilePayload, Page

from api.app import create_app
from api.settings import Settings
from inspection.demo.geography import OUTLINES
from tests.browser.chromium import findings, overflow
from tests.browser.region import ADMIN_TOKEN, COUNTRY_TOKEN, HEAD_TOKEN, INSPECTOR_TOKEN, Region

# Each page in each language, and in each of light and dark at each width: colours do not depend on the language.
LOOKS: tuple[tuple[str, Any, str], ...] = (
    ("kk", "light", "1280 px"),
    ("kk", "dark", "320 px"),
    ("ru", "dark", "1280 px"),
    ("en", "light", "320 px"),
)
WHO = (HEAD_TOKEN, ADMIN_TOKEN, INSPECTOR_TOKEN, COUNTRY_TOKEN)
FILES = re.compile(r"/file$|\.(csv|xlsx|pdf|geojson|gpx|ics)(\?|$)")
ONE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}")
# Beside what links lead to: what is only reached by a form, or by an address that is typed. The first leads to a
# violation with photos.
TYPED = (
    "/violations?overdue=true&kind=polyclinic&sort=due",
    "/_components",
    "/nothing-here",
    "/violations?area=nowhere&due_before=never",
    "/violations?text=жоқ-мұндай",
    "/followups/act?act=assign",
)
SOME = 8  # of those that wait, or were visited more or less, because each can be of another kind
WAITING = re.compile(r"/console/(review/(replies|intake/\w+)/|facilities/[^/?]+$)")


@dataclass(frozen=True, slots=True)
class Found:
    """A page. others: more of its kind, which differ in what they show and ask."""

    address: str
    seen_by: str
    others: tuple[str, ...] = ()


def bearer(token: str) -> dict[str, str]:
    """What somebody is known by who does not sign in by a page."""
    return {"Authorization": f"Bearer {token}"}


def with_language(address: str, language: str) -> str:
    """The page in a language."""
    return f"{address}{'&' if '?' in address else '?'}lang={language}"


@pytest.fixture(scope="session")
def everything(browser: Browser, region: Region) -> Mapping[str, Found]:
    """Every kind of page, each for who sees most of it."""
    found: dict[str, Found] = {}
    for token in WHO:
        with browser.new_context(extra_http_headers=bearer(token)) as context:
            reached = _reached(context.request, region, _typed(context.request, region, token))
        for kind, (address, *others) in reached.items():
            found.setdefault(kind, Found(address, token, tuple(others)))
    return found


def _typed(asking: APIRequestContext, region: Region, token: str) -> Iterator[str]:
    yield from (f"/console{path}" for path in TYPED)
    if token == HEAD_TOKEN:
        yield _something_to_take_back(region)
    if token == INSPECTOR_TOKEN:
        today = datetime.now(UTC).date()
        for tour in region.ask(f"/tours?from={today}&to={today + timedelta(days=31)}", token)["items"]:
            yield f"/console/tours?day={tour['day']}"
    if token == COUNTRY_TOKEN:
        given: FilePayload = {
            "name": "areas.geojson",
            "mimeType": "application/geo+json",
            "buffer": OUTLINES.read_bytes(),
        }
        sent = asking.post(f"{region.console}/boundaries", multipart={"id": str(uuid4()), "file": given})
        yield sent.url.removeprefix(region.root)


def _something_to_take_back(region: Region) -> str:
    """The page that takes back works that somebody noted as planned."""
    violation = region.ask("/violations?limit=1")["items"][0]["id"]
    words, year = "Выдуманный план.", datetime.now(UTC).year
    planned = {"id": str(uuid4()), "kind": "plan_works", "words": words, "year": year}
    act = region.send(f"/violations/{violation}/acts", planned)
    return f"/console/violations/{violation}/take-back/{act['id']}"


def _reached(asking: APIRequestContext, region: Region, typed: Iterator[str]) -> dict[str, list[str]]:
    """Addresses by the kind of page; of what waits for somebody some, of all others one."""
    found: dict[str, list[str]] = {}
    waiting = [*typed, "/console/"]
    while waiting:
        address = waiting.pop(0)
        known = found.setdefault(kind_of(address), [])
        if address in known or FILES.search(address) or len(known) >= (SOME if WAITING.match(address) else 1):
            continue
        answer = asking.get(f"{region.root}{address}")
        assert answer.status in (200, 404, 422), f"{address}: {answer.status}"
        known.append(address)
        waiting += [html.unescape(link) for link in re.findall(r'href="(/console[^"#]*)', answer.text())]
    return {kind: addresses for kind, addresses in found.items() if addresses}


def kind_of(address: str) -> str:
    """The address without what is of one object or one question."""
    path, _, query = address.partition("?")
    doing = re.search(r"act=\w+", query)
    typed = address.removeprefix("/console") in TYPED
    return address if typed else ONE.sub("*", path) + (f"?{doing[0]}" if doing else "")


def go(page: Page, address: str) -> None:
    """Open a page, and wait for what it loads by itself."""
    page.goto(address)
    page.locator("[hx-trigger=load]").wait_for(state="detached")


def faults(page: Page, met: str) -> Iterator[str]:
    """What is wrong with a page as it stands, with all that can be opened open."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    yield from (f"{met}: {said}" for said in findings(page))
    if overflow(page) > 0:
        yield f"{met}: {overflow(page)} px too wide"


@cache
def _app() -> Flask:
    return create_app(Settings(database_url="sqlite://"))


def endpoints(method: str) -> set[str]:
    """The pages, or what forms are sent to, by the names of their endpoints."""
    rules = _app().url_map.iter_rules()
    return {
        rule.endpoint.removeprefix("console.")
        for rule in rules
        if rule.endpoint.startswith("console.") and method in (rule.methods or ())
    }


def endpoint_of(address: str) -> str:
    """The endpoint that answers at an address."""
    matched: tuple[str, Any] = _app().url_map.bind("localhost").match(address.partition("?")[0], method="GET")
    return matched[0].removeprefix("console.")
