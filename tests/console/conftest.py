"""The pages of an application whose small world has two violations at one facility."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from inspection.tables.regions import Home
from tests.api.conftest import app, client, world
from tests.api.people import token
from tests.inspection.world import DOOR, FAILS, REGION, STEP, World

__all__ = ["app", "client", "world"]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


@dataclass(frozen=True, slots=True)
class Console:
    """The pages, as somebody asks for them."""

    app: Flask
    world: World
    facility: UUID

    def get(self, path: str, who: UUID | None = None, /, **query: str) -> TestResponse:
        """A page. who: the head of the department if not given."""
        return self.app.test_client().get(
            f"/console{path}", query_string={"lang": "en"} | query, headers=token(who or self.world.head)
        )

    def post(self, path: str, who: UUID | None = None, /, **form: object) -> TestResponse:
        """A form that is sent."""
        return self.app.test_client().post(
            f"/console{path}?lang=en", data=form, headers=token(who or self.world.head)
        )

    def violation(self, criterion: str = DOOR) -> UUID:
        """One of the two violations: of the door, or of the step."""
        return self.world.violation(self.facility, criterion).id


@pytest.fixture
def console(app: Flask, world: World) -> Console:
    """A facility whose door and step fail, with a prescription about both."""
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind="facility"))
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]}))
    return Console(app, world, facility)
