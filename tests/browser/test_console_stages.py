"""Changing the stages of notices in a browser: with a script and without, faults, a look ahead and a yes."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from inspection.tables.people import Role
from inspection.tables.stage_editions import StageEdition
from tests.browser.chromium import findings, overflow, seen_by
from tests.browser.conftest import Site
from tests.browser.test_console_tours import address
from tests.inspection.world import COUNTRY

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # a browser asks no database
EDIT = f"/stages/{COUNTRY}"


def looked_ahead(page: Page, days: str) -> None:
    page.locator("#days-ten_days_before").fill(days)
    page.locator("button[value=preview]").click()
    page.wait_for_load_state()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(browser: Browser, site: Site, scheme: Any) -> None:
    found: list[str] = []
    headers = {"Authorization": f"Bearer {site.world.person(Role.ADMIN, COUNTRY)}"}
    with seen_by(browser, "320 px", extra_http_headers=headers, color_scheme=scheme) as context:
        page = context.new_page()
        for language in ("kk", "ru"):
            for step in ("form", "14", "soon"):
                page.goto(address(site, EDIT, language))
                if step != "form":
                    looked_ahead(page, step)
                for width in (1280, 320):
                    page.set_viewport_size({"width": width, "height": 800})
                    found += [f"{step}, {language}, {width}: {said}" for said in findings(page)]
                    found += [f"{step}, {language}, {width}: too wide"] if overflow(page) > 0 else []
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_change_is_looked_at_planned_and_taken_back(browser: Browser, site: Site, scripts: Any) -> None:
    headers = {"Authorization": f"Bearer {site.world.person(Role.ADMIN, COUNTRY)}"}
    with seen_by(browser, "1280 px", extra_http_headers=headers, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto(address(site, EDIT, "en"))
        looked_ahead(page, "soon")
        expect(page.locator("#days-ten_days_before")).to_have_value("soon")
        looked_ahead(page, "14")
        expect(page.get_by_role("heading", level=1)).to_contain_text("What the change would do")
        assert site.world.rows(StageEdition) == []
        page.get_by_role("button", name="Plan the change").click()
        expect(page.get_by_role("status")).to_contain_text("It is planned")
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_role("status")).to_contain_text("It was taken back")
    assert [row.taken_back_at is None for row in site.world.rows(StageEdition)] == [False]
