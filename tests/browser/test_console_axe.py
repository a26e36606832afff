"""Every page of the console that links lead to, in a region full of rows: what axe-core finds, what is cut off."""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import APIRequestContext, Browser, Page

from tests.browser.chromium import VIEWS, findings, overflow
from tests.browser.region import ADMIN_TOKEN, HEAD_TOKEN, INSPECTOR_TOKEN, Region

# Each page in each language, and in each of light and dark at each width: colours do not depend on the language.
LOOKS = (
    ("kk", "light", "1280 px"),
    ("kk", "dark", "320 px"),
    ("ru", "dark", "1280 px"),
    ("en", "light", "320 px"),
)
FILES = re.compile(r"\.(csv|xlsx|pdf|geojson|gpx|ics)(\?|$)")
ONE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}")
# Beside what links lead to: what is only reached by a form, or by an address that is typed.
TYPED = (
    "/_components",
    "/nothing-here",
    "/violations?area=nowhere&due_before=never",
    "/violations?text=жоқ-мұндай",
)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def reached(asking: APIRequestContext, region: Region) -> dict[str, str]:
    """One address of every kind of page that links lead to, by kind."""
    found, waiting = {}, ["/console/", *(f"/console{path}" for path in TYPED)]
    while waiting:
        address = waiting.pop(0)
        kind = _kind(address)
        if kind in found or FILES.search(address):
            continue
        answer = asking.get(f"{region.root}{address}")
        assert answer.status in (200, 404, 422), f"{address}: {answer.status}"
        found[kind] = address
        waiting += [html.unescape(link) for link in re.findall(r'href="(/console[^"#]*)', answer.text())]
    return found


def _kind(address: str) -> str:
    path, _, query = address.partition("?")
    doing = re.search(r"act=\w+", query)
    typed = address.removeprefix("/console") in TYPED
    return address if typed else ONE.sub("*", path) + (f"?{doing[0]}" if doing else "")


def with_language(address: str, language: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}lang={language}"


def faults(page: Page, met: str) -> Iterator[str]:
    """What is wrong with a page as it stands."""
    yield from (f"{met}: {said}" for said in findings(page))
    if overflow(page) > 0:
        yield f"{met}: {overflow(page)} px too wide"


@pytest.fixture(scope="module")
def everything(browser: Browser, region: Region) -> Mapping[str, tuple[str, str]]:
    """Address and token of every kind of page, each for who sees most of it."""
    found: dict[str, tuple[str, str]] = {}
    for token in (HEAD_TOKEN, ADMIN_TOKEN, INSPECTOR_TOKEN):
        with browser.new_context(extra_http_headers=bearer(token)) as context:
            for kind, address in reached(context.request, region).items():
                found.setdefault(kind, (address, token))
    return found


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_axe_finds_nothing_on_any_page_and_nothing_is_cut_off(
    browser: Browser, region: Region, everything: Mapping[str, tuple[str, str]], look: tuple[str, Any, str]
) -> None:
    language, scheme, view = look
    assert len(everything) > 30
    found: list[str] = []
    for token in (HEAD_TOKEN, ADMIN_TOKEN, INSPECTOR_TOKEN):
        with browser.new_context(color_scheme=scheme, extra_http_headers=bearer(token), **VIEWS[view]) as context:
            page = context.new_page()
            for kind, (address, seen_by) in everything.items():
                if seen_by == token:
                    page.goto(f"{region.root}{with_language(address, language)}")
                    found += faults(page, f"{kind}, {language}, {scheme}, {view}")
    assert not found, "\n".join(found)


def _violation(page: Page, region: Region) -> str:
    return str(region.ask("/violations?limit=1")["items"][0]["id"])


def refused_extension(page: Page, region: Region) -> None:
    page.goto(f"{region.console}/violations/act?act=extend&violation={_violation(page, region)}")
    page.locator("main form button").first.click()


def refused_works(page: Page, region: Region) -> None:
    page.goto(f"{region.console}/violations/act?act=plan_works&violation={_violation(page, region)}")
    page.locator("#year").fill("soon")
    page.locator("main form button").first.click()


def refused_choice(page: Page, region: Region) -> None:
    page.goto(f"{region.console}/violations")
    page.locator("button[value=ask]").click()
    page.locator("main form button").first.click()


def refused_recheck(page: Page, region: Region) -> None:
    page.goto(f"{region.console}/followups")
    page.locator("input[name=followup]").first.check()
    page.locator("button[value=postpone]").click()
    page.locator("main form button").first.click()


def refused_tour(page: Page, region: Region) -> None:
    page.goto(f"{region.console}/tours/new")
    page.locator("#minutes").fill("0")
    page.locator("main form button").first.click()


REFUSALS = (refused_extension, refused_works, refused_choice, refused_recheck, refused_tour)


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_axe_finds_nothing_after_a_form_was_refused(
    browser: Browser, region: Region, look: tuple[str, Any, str]
) -> None:
    language, scheme, view = look
    found: list[str] = []
    with browser.new_context(color_scheme=scheme, extra_http_headers=bearer(HEAD_TOKEN), **VIEWS[view]) as context:
        page = context.new_page()
        page.goto(f"{region.console}/?lang={language}")
        for refuse in REFUSALS:
            refuse(page, region)
            page.get_by_role("alert").first.wait_for()
            found += faults(page, f"{refuse.__name__}, {language}, {scheme}, {view}")
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def tour(region: Region) -> int:
    """The inspector has a tour tomorrow; the number of its stops."""
    rows = region.ask("/followups?limit=1", INSPECTOR_TOKEN)["items"]
    places = region.ask(f"/facilities?area={rows[0]['district_code']}&limit=50", INSPECTOR_TOKEN)["items"]
    start = next({"lat": each["lat"], "lon": each["lon"]} for each in places if each["lat"] is not None)
    asked = {
        "id": str(uuid4()),
        "day": (datetime.now(UTC).date() + timedelta(days=1)).isoformat(),
        "start": start,
        "begins": "09:00",
        "ends": "18:00",
        "minutes": 45,
        "area": rows[0]["district_code"],
        "returns": True,
    }
    return len(region.send("/tours", asked, INSPECTOR_TOKEN)["stops"])


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_axe_finds_nothing_on_a_tour_with_its_map_or_before_it_has_come(
    browser: Browser, region: Region, tour: int, look: tuple[str, Any, str]
) -> None:
    language, scheme, view = look
    assert tour > 2
    found: list[str] = []
    headers = bearer(INSPECTOR_TOKEN)
    with browser.new_context(color_scheme=scheme, extra_http_headers=headers, **VIEWS[view]) as context:
        context.add_init_script("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
        page = context.new_page()
        page.goto(f"{region.console}/tours?lang={language}")
        assert page.locator("tr[data-spot] th a").count() == tour
        found += faults(page, f"the drawing, {language}, {scheme}, {view}")
        page.locator("[data-map-offer] button").click()
        page.locator(".map[data-ready]").wait_for()
        assert page.locator(".pin").count() == tour + 1
        found += faults(page, f"the map, {language}, {scheme}, {view}")
        page.locator("tr[data-spot] th a").last.focus()
        page.locator(".pin.shown").wait_for()
        found += faults(page, f"a stop, {language}, {scheme}, {view}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_axe_finds_nothing_on_the_way_in(browser: Browser, region: Region, look: tuple[str, Any, str]) -> None:
    language, scheme, view = look
    found: list[str] = []
    with browser.new_context(color_scheme=scheme, **VIEWS[view]) as context:
        page = context.new_page()
        for path in ("/sign-in", "/invitation"):
            page.goto(f"{region.console}{path}?lang={language}")
            found += faults(page, f"{path}, {language}, {scheme}, {view}")
        page.goto(f"{region.console}/sign-in")
        for field, text in (("email", "nobody@people.example"), ("password", "x"), ("code", "000000")):
            page.locator(f"#{field}").fill(text)
        page.locator("main form button").click()
        page.get_by_role("alert").wait_for()
        found += faults(page, f"refused, {language}, {scheme}, {view}")
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_what_is_printed(
    browser: Browser, region: Region, everything: Mapping[str, tuple[str, str]]
) -> None:
    found: list[str] = []
    with browser.new_context(extra_http_headers=bearer(HEAD_TOKEN), color_scheme="dark") as context:
        page = context.new_page()
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 1040, "height": 720})  # A4 across, in the pixels of a browser
        for kind in ("/console/violations", "/console/violations/*", "/console/facilities/*", "/console/reports"):
            page.goto(f"{region.root}{with_language(everything[kind][0], 'kk')}")
            found += faults(page, f"{kind}, printed")
            assert not page.locator("header.bar").is_visible(), "what leads elsewhere is not printed"
            ink = page.evaluate("getComputedStyle(document.documentElement).color")
            assert ink == "rgb(0, 0, 0)"
    assert not found, "\n".join(found)
