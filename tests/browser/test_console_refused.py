"""Every form of the console, refused in a browser: it is announced, tied to the fields, and has the focus."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from inspection.demo.signing import PASSWORD
from tests.browser import crawl
from tests.browser.chromium import VIEWS
from tests.browser.crawl import Found, bearer, endpoints, faults
from tests.browser.region import ADMIN_TOKEN, COUNTRY_TOKEN, HEAD_TOKEN, MINISTRY_TOKEN, Region, sign_in

LOOKS: tuple[tuple[str, Any, str], ...] = (("kk", "light", "1280 px"), ("ru", "dark", "320 px"))
# As sent by who got around what a browser checks by itself, or by one that checks nothing.
EMPTY = """() => {
    document.querySelectorAll('main details').forEach(each => { each.open = true; });
    document.querySelectorAll('main form').forEach(form => { form.noValidate = true; });
    for (const field of document.querySelectorAll('main form[method=post] :is(input, textarea)')) {
        if (field.matches('[type=hidden], [type=file], [name=violation], [name=followup]')) continue;
        if (field.matches('[type=checkbox], [type=radio]')) field.checked = false; else field.value = '';
    }
}"""
# What is wrong with how a page says what is wrong: each sentence leads to its field, which is tied to it.
UNTIED = """() => {
    const said = [], alert = document.querySelector('[role=alert]');
    const focused = document.activeElement;
    if (!alert.contains(focused)) said.push(`the focus is on ${focused.outerHTML.slice(0, 80)}`);
    for (const link of alert.querySelectorAll('a[href^="#"]')) {
        const field = document.getElementById(link.hash.slice(1));
        if (!field) said.push(`${link.hash} leads nowhere`);
        else if (field.getAttribute('aria-invalid') !== 'true') said.push(`${link.hash} is not marked`);
    }
    for (const field of document.querySelectorAll('[aria-invalid=true]')) {
        const ids = (field.getAttribute('aria-describedby') || '').split(' ');
        const told = ids.map(id => document.getElementById(id));
        if (!told.some(each => each && each.textContent)) said.push(`#${field.id} is not told`);
    }
    return said;
}"""


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that is sent empty. page: kind of page, or an address. button: which sends it, if not the first."""

    page: str
    who: str = HEAD_TOKEN
    button: str = "form[method=post] button"
    first: Callable[[Page], None] = lambda _: None


def choose_one(page: Page) -> None:
    """One re-check is chosen, and what is to be done with it."""
    page.locator("input[name=followup]").first.check()
    page.locator("button[value=postpone]").click()


def show_another_app(page: Page) -> None:
    """The key of another app is shown to who knows the password."""
    page.locator("#app_password").fill(PASSWORD)
    page.locator("form[action$='/me/app'] button").click()
    page.locator("code.key").wait_for()


REFUSED: Mapping[str, Refused] = {
    "several": Refused("/console/violations/act?act=extend"),
    "views": Refused("/console/violations?overdue=true", button="form[action$=views] button"),
    "followup_several": Refused("/console/followups", first=choose_one),
    "tour_new": Refused("/console/tours/new"),
    "people": Refused("/console/people", ADMIN_TOKEN),
    "person": Refused("/console/people/*", ADMIN_TOKEN),
    "checklists": Refused("/console/checklists", COUNTRY_TOKEN),
    "boundaries": Refused("/console/boundaries", COUNTRY_TOKEN),
    "review_address": Refused("/console/review/addresses/*"),
    "review_case": Refused("/console/review/cases/*"),
    "review_duplicate": Refused("/console/review/duplicates/*"),
    "review_position": Refused("/console/review/positions/*"),
    "review_received": Refused("/console/review/intake/facilities/*/*", button="button[value=dismiss]"),
    "review_reply": Refused("/console/review/replies/*"),
    "review_zero": Refused("/console/review/statements/*", button="button[value=withdraw]"),
    "violation_take_back": Refused("/console/violations/*/take-back/*"),
    "letter_delivered": Refused("/console/letters/*/delivered"),
    "stages_edit": Refused("/console/stages/KZ", COUNTRY_TOKEN),
    "mine_app_proof": Refused("/console/me", MINISTRY_TOKEN, first=show_another_app),
    "mine_app": Refused("/console/me", MINISTRY_TOKEN, "form[action$='/me/app'] button"),
    "mine_password": Refused("/console/me", MINISTRY_TOKEN, "form[action$=password] button"),
    "mine_codes": Refused("/console/me", MINISTRY_TOKEN, "form[action$=codes] button"),
    "sign_in_now": Refused("/console/sign-in", ""),
    "invitation_now": Refused("/console/invitation", ""),
}
LEFT_OUT = {
    **dict.fromkeys(
        ("sign_out", "mine_end", "mine_identity_end", "jobs", "mail_test", "task_new", "task"), "a button alone"
    ),
    **dict.fromkeys(("tour_accept", "tour_cancel"), "a button alone"),
    "mine_identities": "only where there is a provider: tests/console/test_mine.py",
    "boundary": "a button alone; refused where the boundaries changed since: tests/console/test_boundaries.py",
}


def test_every_form_is_refused_or_named_with_a_reason() -> None:
    assert REFUSED.keys().isdisjoint(LEFT_OUT)
    assert REFUSED.keys() | LEFT_OUT.keys() == endpoints("POST")


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_a_refused_form_is_announced_and_tied_to_its_fields_and_axe_finds_nothing(
    browser: Browser, region: Region, everything: Mapping[str, Found], look: tuple[str, Any, str]
) -> None:
    found: list[str] = []
    for who in dict.fromkeys(refused.who for refused in REFUSED.values()):
        found += _tried(browser, region, everything, who, look)
    assert not found, "\n".join(found)


def _tried(
    browser: Browser, region: Region, everything: Mapping[str, Found], who: str, look: tuple[str, Any, str]
) -> Iterator[str]:
    """What is wrong with the forms that somebody sends."""
    language, scheme, view = look
    by_page = who in ("", MINISTRY_TOKEN)  # a password is changed by who is signed in with one
    known: dict[str, Any] = {} if by_page else {"extra_http_headers": bearer(who)}
    with browser.new_context(color_scheme=scheme, **known, **VIEWS[view]) as context:
        page = context.new_page()
        if by_page and who:
            sign_in(page, region, who, language=language)
        for name, refused in REFUSED.items():
            if refused.who == who:
                yield from _refuse(page, region, everything, refused, f"{name}, {language}, {scheme}, {view}")


def _refuse(
    page: Page, region: Region, everything: Mapping[str, Found], refused: Refused, met: str
) -> Iterator[str]:
    held = everything.get(refused.page)
    language = met.split(", ")[1]
    page.goto(f"{region.root}{crawl.with_language(held.address if held else refused.page, language)}")
    refused.first(page)
    page.evaluate(EMPTY)
    page.locator(f"main {refused.button}").first.click()
    page.get_by_role("alert").first.wait_for()
    yield from (f"{met}: {said}" for said in page.evaluate(UNTIED))
    yield from faults(page, met)
