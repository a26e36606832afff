"""The page of all pieces: for whom it is, and that no piece or state of one is missing from it."""

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from api.console import facts
from api.wiring import wiring
from inspection.tables.people import Role
from tests.console.conftest import Console
from tests.inspection.world import COUNTRY


def test_administrators_see_it_and_in_a_demo_everybody_who_is_signed_in(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = console.world.person(Role.ADMIN, COUNTRY)
    assert console.get("/_components", admin).status_code == 200
    assert console.get("/_components").status_code == 403
    in_a_demo(console.app, monkeypatch)
    assert console.get("/_components").status_code == 200
    assert console.app.test_client().get("/console/_components").status_code == 303


def test_every_state_of_every_mark_is_there(console: Console) -> None:
    page = console.get("/_components", console.world.person(Role.ADMIN, COUNTRY)).text
    for kind, words in (("state", facts.STATES), ("severity", facts.SEVERITIES), ("access", facts.ACCESS)):
        assert set(re.findall(rf'class="{kind} (\w+)"', page)) == words.keys()
    assert set(re.findall(r'class="mark (\w+)"', page)) == {"overdue", "soon", "later", "untold"}


def in_a_demo(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        parts: Any = wiring()
    monkeypatch.setitem(app.extensions, "pandus", replace(parts, settings=replace(parts.settings, demo=True)))
