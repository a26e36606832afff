"""A prescription behind a server that a browser reaches, and the link by which it is answered."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from uuid import UUID, uuid4

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from api.app import create_app
from api.settings import Settings
from api.wiring import wire
from api.work import Units
from inspection.tables.regions import Home
from tests.api.people import token
from tests.browser.chromium import launched
from tests.browser.crawl import everything
from tests.browser.region import region
from tests.clock import Clock
from tests.inspection.world import DOOR, FAILS, REGION, STEP, World, sessions_on

__all__ = ["browser", "everything", "region", "site"]
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Site:
    """A running application. link: where its one prescription is answered; console: where the pages begin."""

    app: Flask
    world: World
    facility: UUID
    link: str

    @property
    def console(self) -> str:
        """The address below which the pages of officials lie."""
        return f"{self.link.partition('/answer/')[0]}/console"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the run; each test has windows of its own."""
    with launched() as browser:
        yield browser


@pytest.fixture
def site(browser: Browser, fresh_url: str, tmp_path: Path, clock: Clock) -> Iterator[Site]:
    """The page of a prescription with two items, served as long as the test lasts."""
    settings = Settings(database_url=fresh_url, examine_photos=False, photos=str(tmp_path / "photos"))
    app = create_app(replace(settings, link_key_file=str(tmp_path / "link.key")))
    parts = app.extensions["pandus"]
    wire(app, replace(parts, units=Units(parts.engine, clock=clock)))
    world = World(sessions_on(parts.engine), clock, uuid4)
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind="facility"))
    prescription = world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})).id
    path = f"/api/v1/prescriptions/{prescription}/links"
    made = app.test_client().post(path, headers=token(world.head), json={"id": str(uuid4())})
    server = make_server(HOST, 0, app, threaded=True)
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield Site(
        app, world, facility, f"http://{HOST}:{server.port}/answer/{made.json['address'].rpartition('/')[2]}"
    )
    server.shutdown()
    serving.join()
    server.server_close()
    parts.engine.dispose()
