"""What every test of the edges can ask for: the real application, a database of its own, people who sign in."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from api.settings import Settings
from api.signing import hashing
from api.wiring import wire
from api.work import Units, Work
from inspection.access import token_hash
from inspection.tables.areas import Area
from inspection.tables.people import Grant, Person, Role
from tests.api.browser import QUICK, Office, open_office
from tests.api.copies import quick_app
from tests.clock import NOW, Clock
from tests.inspection.world import World, sessions_on
from tests.servers import postgres
from tests.servers.databases import Databases, PostgresDatabases

SignIn = Callable[..., dict[str, str]]
TOKEN = "a-token-that-only-the-tests-know"


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database with all tables, once on each kind of server."""
    app = quick_app(Settings(database_url=fresh_url, link_key_file=str(tmp_path / "link.key")))
    yield app
    app.extensions["pandus"].engine.dispose()


@pytest.fixture
def new_url(databases: Databases, new_id: Callable[[], UUID], tmp_path: Path) -> Iterator[str]:
    """Address of a database without any tables, as `flask db upgrade` finds it."""
    if isinstance(databases, PostgresDatabases):
        url = postgres.create_database(databases.socket, f"new_{new_id().hex}")
        yield url
        postgres.drop_database(databases.socket, make_url(url).database or "")
    else:
        yield f"sqlite:///{tmp_path / 'new' / 'pandus.sqlite3'}"


@pytest.fixture
def bare_app(tmp_path: Path) -> Iterator[Flask]:
    """The application without a database behind it: for what is answered before one is asked."""
    app = quick_app(Settings(database_url=f"sqlite:///{tmp_path / 'nowhere' / 'no.sqlite3'}"))
    yield app
    app.extensions["pandus"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Sends requests to `app`."""
    return app.test_client()


@pytest.fixture
def bare(bare_app: Flask) -> FlaskClient:
    """Sends requests to `bare_app`."""
    return bare_app.test_client()


@pytest.fixture
def units(app: Flask) -> Units:
    """The application's units of work, to put rows where a view will look for them."""
    units: Units = app.extensions["pandus"].units
    return units


@pytest.fixture
def sign_in(units: Units, new_id: Callable[[], UUID]) -> SignIn:
    """Makes a person with one grant and returns the headers they send.

    area: code of the area, made if missing, as a country. Call it once more with another token for another person.
    """

    def make(
        role: Role = Role.INSPECTOR, area: str = "KZ", *, token: str = TOKEN, name: str = "Үлгі Инспектор"
    ) -> dict[str, str]:
        person = Person(id=new_id(), name=name, language="kk", token_hash=token_hash(token), created_at=NOW)
        names = {"name_kk": "Мысал", "name_ru": "Пример", "name_en": "Example"}
        country = Area(code=area, country=area[:2], level=0, classifier="KATO", **names)
        grant = Grant(id=new_id(), person_id=person.id, role=role, area_code=area, valid_from=NOW)

        def add(work: Work) -> None:
            session = work.session
            if session.get(Area, area) is None:
                session.add(country)
            session.add(person)
            session.flush()
            session.add(grant)

        units.write(add)
        return {"Authorization": f"Bearer {token}"}

    return make


@pytest.fixture
def world(app: Flask, clock: Clock, new_id: Callable[[], UUID]) -> World:
    """The small world behind the application, both on the test's clock."""
    parts = app.extensions["pandus"]
    wire(app, replace(parts, units=Units(parts.engine, clock=clock)))
    return World(sessions_on(parts.engine), clock, new_id)


@pytest.fixture
def office(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An official who is signed in by a browser, and their administrator. Hashing takes no time."""
    monkeypatch.setattr(hashing, "HASHER", QUICK)
    return open_office(app, world)
