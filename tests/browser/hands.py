"""Hands on a page: with a mouse, or with a keyboard alone while the accessibility tree is read.

Everything is found by its role and its name, as who hears the page finds it, in the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from babel.messages.catalog import Catalog
from playwright.sync_api import CDPSession, Locator, Page

from tests.console.catalogs import catalog

MOST_TABS = 400
# What has the focus, and whether somebody sees it: an outline, inside of the window, with nothing lying over it.
SEEN = """() => {
    const held = document.activeElement, style = getComputedStyle(held), boxes = [...held.getClientRects()];
    const over = box => document.elementFromPoint(box.left + Math.min(box.width / 2, 8), box.top + box.height / 2);
    const free = box => { const top = over(box); return top && (held.contains(top) || top.contains(held)); };
    return {
        outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        free: boxes.some(box => box.width > 0 && free(box)),
        nothing: held === document.body,
        address: held.getAttribute('href') || '',
        value: held.value === undefined ? '' : held.value,
    };
}"""


class Words:
    """What the pages say in a language."""

    def __init__(self, language: str) -> None:
        self._held: Catalog | None = None if language == "en" else catalog(language)

    def __call__(self, message: str, **values: Any) -> str:
        """A message of the pages, with its values."""
        found = message if self._held is None else self._translated(message)
        return found % values if values else found

    def _translated(self, message: str) -> str:
        assert self._held is not None
        held = self._held.get(message)
        assert held is not None, f"no page says {message!r}"
        assert isinstance(held.string, str)
        return held.string


class Hands(Protocol):
    """What somebody does with a page. leads_to: a part of a link's address, where several have the same name."""

    page: Page

    def press(self, role: str, name: str, leads_to: str = "") -> None:
        """Press a link or a button."""

    def write(self, name: str, text: str) -> None:
        """Type into a field."""

    def pick_day(self, name: str, day: str) -> None:
        """Say a day, as 2026-12-31, in a field for days."""

    def choose(self, name: str, value: str) -> None:
        """Choose in a list."""

    def tick(self, name: str) -> None:
        """Tick a box."""


@dataclass
class Mouse:
    """Hands with a mouse."""

    page: Page

    def press(self, role: str, name: str, leads_to: str = "") -> None:
        self._found(role, name, leads_to).click()

    def write(self, name: str, text: str) -> None:
        field = self.page.get_by_label(name, exact=True)
        field.click()
        self.page.keyboard.insert_text(text)

    def pick_day(self, name: str, day: str) -> None:
        self.page.get_by_label(name, exact=True).fill(day)

    def choose(self, name: str, value: str) -> None:
        self.page.get_by_role("combobox", name=name, exact=True).select_option(value)

    def tick(self, name: str) -> None:
        self.page.get_by_role("checkbox", name=name, exact=True).first.click()

    def _found(self, role: str, name: str, leads_to: str) -> Locator:
        if role == "summary":  # Playwright knows no role for it
            return self.page.locator("summary").get_by_text(name, exact=True)
        found = self.page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        return found.and_(self.page.locator(f'[href*="{leads_to}"]')).first if leads_to else found.first


# How Chromium's accessibility tree calls what we call by a shorter word.
ROLES: Mapping[str, tuple[str, ...]] = {
    "field": ("textbox", "searchbox"),
    "summary": ("DisclosureTriangle",),
    "day": ("Date", "DateTime"),
}


@dataclass
class Keys:
    """Hands with a keyboard. stops: role and name of all that had the focus; hidden: what nobody would see."""

    page: Page
    stops: list[tuple[str, str]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    @cached_property
    def _tree(self) -> CDPSession:
        return self.page.context.new_cdp_session(self.page)

    def press(self, role: str, name: str, leads_to: str = "") -> None:
        self._to(role, name, leads_to)
        self.page.keyboard.press("Enter")

    def write(self, name: str, text: str) -> None:
        self._to("field", name)
        self.page.keyboard.insert_text(text)

    def pick_day(self, name: str, day: str) -> None:
        self._to("day", name)
        year, month, of_month = day.split("-")
        self.page.keyboard.type(month + of_month + year)  # the order in which this browser asks for them
        assert self.page.evaluate(SEEN)["value"] == day

    def choose(self, name: str, value: str) -> None:
        self._to("combobox", name)
        self.page.keyboard.press("Home")
        for _ in range(MOST_TABS):
            if self.page.evaluate(SEEN)["value"] == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name} does not offer {value}")

    def tick(self, name: str) -> None:
        self._to("checkbox", name)
        self.page.keyboard.press("Space")

    def _to(self, role: str, name: str, leads_to: str = "") -> None:
        """Press Tab until something has the focus, which must be seen wherever it is on the way."""
        wanted, passed = ROLES.get(role, (role,)), []
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            met, seen = self._focused(), self.page.evaluate(SEEN)
            if seen["nothing"]:
                continue
            passed.append(met)
            if not (seen["outlined"] and seen["free"]):
                self.hidden.append(f"{met} {seen} on {self.page.url}")
            if met[0] in wanted and met[1] == name and leads_to in seen["address"]:
                self.stops += passed
                return
        raise AssertionError(f"{role} “{name}” is not reached: {list(dict.fromkeys(passed))}")

    def _focused(self) -> tuple[str, str]:
        """Role and name of what has the focus, as the browser tells them to a screen reader."""
        held = self._tree.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]
        asked = {"objectId": held["objectId"], "fetchRelatives": False}
        (node,) = self._tree.send("Accessibility.getPartialAXTree", asked)["nodes"]
        return (node.get("role", {}).get("value", "none"), node.get("name", {}).get("value", "").strip())
