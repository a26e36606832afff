"""What an official does on a day, from signing in to signing out: by mouse, by keyboard, without a script."""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from playwright.sync_api import Browser, Download, Page

from inspection.demo.signing import PASSWORD
from tests.browser.chromium import VIEWS
from tests.browser.hands import Hands, Keys, Mouse, Words
from tests.browser.region import HEAD_TOKEN, INSPECTOR_TOKEN, Region, mail

OVERDUE = {"overdue": "true", "kind": "polyclinic"}
WHY_LATER = "Выдуманная причина: подрядчик ждёт перила."
WHY_NOT = "Выдуманная причина: вход закрыт, открыт другой."


@dataclass
class Journey:
    """One official on the way. district: whose polyclinics they look at."""

    region: Region
    hands: Hands
    say: Words
    language: str
    district: str

    @property
    def page(self) -> Page:
        return self.hands.page

    @property
    def overdue(self) -> list[dict[str, Any]]:
        """What the API says is overdue at polyclinics of the district, worst first."""
        query = urlencode({**OVERDUE, "area": self.district, "sort": "obstructed", "limit": 200})
        found: list[dict[str, Any]] = self.region.ask(f"/violations?{query}")["items"]
        return found

    def violation(self, made: str) -> Any:
        return self.region.ask(f"/violations/{made}")

    def named(self, row: dict[str, Any]) -> str:
        return str(row[f"name_{self.language}"])

    def arrive(self, address: str) -> None:
        """Wait for a page at such an address, a pattern."""
        self.page.wait_for_url(re.compile(address))

    def said(self) -> str:
        """What the page says was done."""
        return self.page.get_by_role("status").inner_text()


def begin(region: Region, hands: Hands, language: str) -> Journey:
    """At the door, for the district that has most to do."""
    found = region.ask(f"/violations?{urlencode({**OVERDUE, 'limit': 200})}")["items"]
    ((district, _),) = Counter(row["district_code"] for row in found).most_common(1)
    return Journey(region, hands, Words(language), language, district)


def sign_in(on: Journey) -> None:
    on.page.goto(f"{on.region.console}/?lang={on.language}")
    assert "/sign-in" in on.page.url
    on.hands.write(on.say("Address of mail"), mail(HEAD_TOKEN))
    on.hands.write(on.say("Password"), PASSWORD)
    on.hands.write(on.say("Code of your app, or one of your recovery codes"), on.region.code(mail(HEAD_TOKEN)))
    on.hands.press("button", on.say("Sign in"))
    on.page.wait_for_url(f"{on.region.console}/?lang={on.language}")


def find_the_worst(on: Journey) -> dict[str, Any]:
    """Narrow the list; its first row says what the API says."""
    on.hands.press("link", on.say("Violations"))
    on.arrive(r"/violations$")
    on.hands.choose(on.say("Area"), on.district)
    on.hands.choose(on.say("Due"), "true")
    on.hands.press("summary", on.say("More filters"))
    on.hands.choose(on.say("Kind of place"), "polyclinic")
    on.hands.press("button", on.say("Show"))
    on.arrive(r"/violations\?.*kind=polyclinic")
    worst = on.overdue[0]
    first = on.page.locator("main table tbody tr").first.inner_text()
    assert on.named(worst["facility"]) in first
    visits = worst["obstructed"]["visits_a_month"]
    assert (f"{visits:.0f}" if visits >= 10 else f"{visits:.1f}".replace(".", ",")) in first
    assert str(-worst["days_left"]) in first
    return worst


def read_why_it_is_first(on: Journey, worst: dict[str, Any]) -> None:
    """The page of the place says what the API says, sentence by sentence."""
    on.hands.press("link", on.named(worst["facility"]), worst["facility_id"])
    on.arrive("/facilities/")
    told = on.page.locator("main").inner_text()
    why = on.region.ask(f"/facilities/{worst['facility_id']}/priority")
    assert why["explanation"][on.language]
    for sentence in why["explanation"][on.language]:
        assert sentence in told
    snapshot = on.page.locator("main").aria_snapshot()
    assert f'heading "{on.named(worst["facility"])}" [level=1]' in snapshot
    assert "table" in snapshot


@dataclass
class Decision:
    """One decision. act: what is pressed; done: what the page says then."""

    act: str
    done: str
    why: str
    until: date | None = None


def decide(on: Journey, row: dict[str, Any], decision: Decision) -> None:
    """From the list to the row, and there one decision."""
    query = urlencode({**OVERDUE, "area": on.district})
    on.page.goto(f"{on.region.console}/violations?{query}")  # a bookmark: filters live in the address
    link = on.page.locator(f'main table a[href*="/violations/{row["id"]}"]').first
    on.hands.press("link", " ".join(link.inner_text().split()), row["id"])
    on.arrive(f"/violations/{row['id']}")
    on.hands.press("link", on.say(decision.act))
    on.arrive("/violations/act")
    if decision.until is not None:
        on.hands.pick_day(on.say("The new date"), decision.until.isoformat())
    on.hands.write(on.say("Why"), decision.why)
    on.hands.press("button", on.say(decision.act))
    on.arrive("done=")
    assert on.said() == on.say(decision.done)
    assert decision.why in on.page.locator("main").inner_text()


def extend_one_and_waive_another(on: Journey, worst: dict[str, Any]) -> None:
    until = datetime.now(UTC).date() + timedelta(days=45)
    decide(on, worst, Decision("Extend the date", "The date was extended.", WHY_LATER, until))
    assert on.violation(worst["id"])["extended_until"] == until.isoformat()
    another = on.overdue[0]
    assert another["id"] != worst["id"]
    done = "The violation was released without a measurement."
    decide(on, another, Decision("Release without a measurement", done, WHY_NOT))
    held = on.violation(another["id"])
    assert held["state"] == "waived"
    assert WHY_NOT in [decision["reason"] for decision in held["decisions"]]


def send_an_inspector(on: Journey) -> None:
    """Say who goes to the first re-check of the district."""
    inspector = on.region.ask("/me", INSPECTOR_TOKEN)["id"]
    on.hands.press("link", on.say("Re-checks"))
    on.arrive("/followups$")
    on.hands.choose(on.say("Area"), on.district)
    on.hands.press("button", on.say("Show"))
    on.arrive(r"/followups\?.*area=")
    box = on.page.locator("input[name=followup]").first
    chosen = box.get_attribute("value")
    on.hands.tick(str(box.get_attribute("aria-label")))
    on.hands.press("button", on.say("Say who goes"))
    on.arrive("/followups/act")
    on.hands.choose(on.say("Who goes"), inspector)
    on.hands.press("button", on.say("Say who goes"))
    on.arrive("done=assign")
    assert on.said().startswith(on.say("It was written down who goes."))
    theirs = on.region.ask(f"/followups?{urlencode({'area': on.district, 'assignee': inspector})}")["items"]
    assert chosen in [row["id"] for row in theirs]


def take_the_list_home(on: Journey) -> None:
    """Both files hold what the list holds, in its order."""
    query = urlencode({**OVERDUE, "area": on.district})
    on.page.goto(f"{on.region.console}/violations?{query}")
    wanted = [on.named(row["facility"]) for row in on.overdue]
    assert wanted
    text = _kept(on, "CSV")
    assert text.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(StringIO(text.decode("utf-8-sig"), newline=""), delimiter=";")
    place = head.index(on.say("Place"))
    assert [row[place] for row in rows] == wanted
    sheet = openpyxl.load_workbook(BytesIO(_kept(on, "Excel (XLSX)"))).worksheets[0]
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [row[head.index(on.say("Place"))] for row in rows] == wanted


def sign_out(on: Journey) -> None:
    """And nothing is left behind the back button."""
    assert on.page.locator("main table tbody tr").count() > 0
    on.hands.press("button", on.say("Sign out"))
    on.arrive("/sign-in")
    on.page.go_back()
    assert on.page.locator("main table").count() == 0
    assert on.page.locator("#password").is_visible()


def _kept(on: Journey, link: str) -> bytes:
    with on.page.expect_download() as loading:
        on.hands.press("link", link)
    download: Download = loading.value
    return download.path().read_bytes()


def travel(on: Journey) -> None:
    """The whole way."""
    sign_in(on)
    worst = find_the_worst(on)
    read_why_it_is_first(on, worst)
    extend_one_and_waive_another(on, worst)
    send_an_inspector(on)
    take_the_list_home(on)
    sign_out(on)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_an_official_does_all_of_a_day_with_a_mouse(browser: Browser, region: Region, language: str) -> None:
    with browser.new_context(**VIEWS["1280 px"]) as context:
        travel(begin(region, Mouse(context.new_page()), language))


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_keyboard_is_enough_for_all_of_a_day(browser: Browser, region: Region, language: str) -> None:
    with browser.new_context(**VIEWS["1280 px"]) as context:
        hands = Keys(context.new_page())
        travel(begin(region, hands, language))
    assert hands.hidden == []
    assert [stop for stop in hands.stops if not stop[1]] == []  # nothing that is reached is without a name


def test_a_day_needs_no_script(browser: Browser, region: Region) -> None:
    with browser.new_context(**VIEWS["320 px"], java_script_enabled=False) as context:
        travel(begin(region, Mouse(context.new_page()), "ru"))
