"""Every page of the console, in a region full of rows: what axe-core finds, what is cut off."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import VIEWS
from tests.browser.crawl import (
    LOOKS,
    WHO,
    Found,
    bearer,
    endpoint_of,
    endpoints,
    faults,
    go,
    kind_of,
    with_language,
)
from tests.browser.region import HEAD_TOKEN, Region

# Not a page by itself, or seen by a test of its own below.
NOT_FOUND_BY_LINKS = {
    **dict.fromkeys(
        (
            *(f"reports_{kind}" for kind in ("csv", "geojson", "pdf", "xlsx")),
            *("violations_csv", "violations_xlsx", "task_file", "tour_gpx", "tour_ics"),
        ),
        "a file",
    ),
    "map_place": "drawn into the map: test_console_map.py",
    "obstructed_half_year": "drawn into the overview, which waits for it",
    "sign_in": "for who is not signed in: the way in, below",
    "invitation": "for who is not signed in: the way in, below",
}


def test_every_page_is_looked_at_or_named_with_a_reason(everything: Mapping[str, Found]) -> None:
    seen = {endpoint_of(found.address) for found in everything.values()}
    assert seen.isdisjoint(NOT_FOUND_BY_LINKS)
    assert seen | NOT_FOUND_BY_LINKS.keys() == endpoints("GET")


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_axe_finds_nothing_on_any_page_and_nothing_is_cut_off(
    browser: Browser, region: Region, everything: Mapping[str, Found], look: tuple[str, Any, str]
) -> None:
    language, scheme, view = look
    found: list[str] = []
    for token, addresses in _shares(everything, LOOKS.index(look)).items():
        with browser.new_context(color_scheme=scheme, extra_http_headers=bearer(token), **VIEWS[view]) as context:
            page = context.new_page()
            for address in addresses:
                go(page, f"{region.root}{with_language(address, language)}")
                found += faults(page, f"{kind_of(address)}, {language}, {scheme}, {view}")
    assert not found, "\n".join(found)


def _shares(everything: Mapping[str, Found], look: int) -> Mapping[str, Sequence[str]]:
    """The addresses that are looked at in one look, by who sees them.

    One page of each endpoint is looked at in all of them; further ones ask and say something else and are drawn
    alike, so one look each is enough.
    """
    shares: dict[str, list[str]] = {token: [] for token in WHO}
    seen: set[str] = set()
    further = 0
    for found in everything.values():
        for address in (found.address, *found.others):
            endpoint = endpoint_of(address)
            further += endpoint in seen
            if endpoint not in seen or further % len(LOOKS) == look:
                shares[found.seen_by].append(address)
            seen.add(endpoint)
    return shares


@pytest.mark.parametrize("look", LOOKS[:2], ids="-".join)
def test_axe_finds_nothing_where_a_photo_is_shown_large(
    browser: Browser, region: Region, everything: Mapping[str, Found], look: tuple[str, Any, str]
) -> None:
    language, scheme, view = look
    with browser.new_context(color_scheme=scheme, extra_http_headers=bearer(HEAD_TOKEN), **VIEWS[view]) as context:
        page = context.new_page()
        page.goto(f"{region.root}{with_language(everything['/console/violations/*'].address, language)}")
        page.locator("[data-photo]").first.click()
        page.locator("dialog[open]").wait_for()
        assert not list(faults(page, "the viewer of photos"))


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_axe_finds_nothing_on_the_way_in(browser: Browser, region: Region, look: tuple[str, Any, str]) -> None:
    language, scheme, view = look
    found: list[str] = []
    with browser.new_context(color_scheme=scheme, **VIEWS[view]) as context:
        page = context.new_page()
        for path in ("/sign-in", "/invitation"):
            page.goto(f"{region.console}{path}?lang={language}")
            found += faults(page, f"{path}, {language}, {scheme}, {view}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [1040, 700], ids=["across", "upright"])  # A4, in the pixels of a browser
def test_axe_finds_nothing_on_what_is_printed(
    browser: Browser, region: Region, everything: Mapping[str, Found], width: int
) -> None:
    found: list[str] = []
    with browser.new_context(extra_http_headers=bearer(HEAD_TOKEN), color_scheme="dark") as context:
        page = context.new_page()
        page.emulate_media(media="print")
        page.set_viewport_size({"width": width, "height": 720})
        printed = ("violations", "violations/*", "facilities/*", "reports", "letters")
        for kind in (f"/console/{each}" for each in printed):
            page.goto(f"{region.root}{with_language(everything[kind].address, 'kk')}")
            found += faults(page, f"{kind}, printed")
            assert not page.locator("header.bar").is_visible(), "what leads elsewhere is not printed"
            if table := page.query_selector("table"):
                assert (head := table.query_selector("thead")) is None or head.is_visible(), "tables stay tables"
            ink = page.evaluate("getComputedStyle(document.documentElement).color")
            assert ink == "rgb(0, 0, 0)"
    assert not found, "\n".join(found)
