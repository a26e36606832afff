"""The scene behind an application, made once for each kind of database, and as it was after each try."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.routing import MapAdapter, Rule

from api.limits import RATES, limiter
from api.settings import Settings
from api.signing import csrf, hashing
from api.uploads.door import KEY as UPLOADS
from api.wiring import Wiring, wire
from api.work import Units, Work
from inspection.tables.areas import Area
from tests.access.doors import DOORS, Door
from tests.access.scene import Scene, set_scene
from tests.api.browser import QUICK
from tests.api.copies import quick_app
from tests.api.people import token
from tests.clock import Clock
from tests.inspection.world import World, sessions_on
from tests.servers.databases import Databases

T = TypeVar("T")


# What does not depend on the kind of database is tried before one of them only.
BEFORE_ANY_DATABASE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


class Patient:
    """Counts nobody: how often something may be asked is tried in `tests/api/test_limits.py`."""

    def count(self, name: str, now: datetime) -> int:
        """Always the first time."""
        return 1


class _Undone(Exception):
    def __init__(self, result: Any) -> None:
        self.result = result


class UndoneUnits(Units):
    """Units whose work is done and checked by the database, and then taken back.

    before_undoing: called with each unit when all of its work is done, to look at what it would have left.
    """

    before_undoing: Callable[[Work], None] | None = None

    def write(self, fn: Callable[[Work], T]) -> T:
        """What fn returns, not committed."""

        def undone(work: Work) -> T:
            result = fn(work)
            work.close()
            if self.before_undoing is not None:
                work.session.flush()
                self.before_undoing(work)
            raise _Undone(result)

        try:
            return super().write(undone)
        except _Undone as done:
            result: T = done.result
            return result

    keep = write


@dataclass(frozen=True)
class Stage:
    """An application and what lies behind it. real, undone: with units that commit, and units that do not."""

    app: Flask
    scene: Scene
    real: Wiring
    undone: Wiring
    folder: Path

    def path(self, method: str, rule: str, **instead: Any) -> str:
        """The address of a door's object. instead: other values in it."""
        values = dict(DOORS[method, rule].fills(self.scene)) | instead
        return self._addresses.build(self._rules[method, rule].endpoint, values, method=method)

    @cached_property
    def _addresses(self) -> MapAdapter:
        return self.app.url_map.bind("localhost")

    @cached_property
    def _rules(self) -> dict[tuple[str, str], Rule]:
        return rules(self.app)

    def ask(
        self,
        method: str,
        rule: str,
        person: UUID | None,
        *,
        device: UUID | None = None,
        cookie: str | None = None,
        forged: bool = False,
        instead: Mapping[str, Any] = MappingProxyType({}),
    ) -> Any:
        """The answer to the request of a door by a person, nothing of which lasts unless the door commits.

        cookie: of the browser by which they ask, instead of a token; forged: another site had the browser do so.
        """
        door: Door = DOORS[method, rule]
        wire(self.app, self.real if door.commits else self.undone)
        path = self.path(method, rule, **instead)
        headers = dict(door.headers) | (token(person) if person and cookie is None else {})
        client = self.app.test_client()
        if cookie is not None:
            client.set_cookie("pandus", cookie)
            with self.app.test_request_context():
                headers |= {} if forged else {"X-CSRF-Token": csrf.bind(cookie)}
        if device is not None and path.startswith("/sync/"):
            headers["Device-Id"] = str(device)
        given = {} if door.body is None else {"json": door.body(self.scene)}
        query = dict(door.query(self.scene))
        with patience():
            return client.open(path, buffered=True, method=method, headers=headers, query_string=query, **given)


@contextmanager
def patience() -> Iterator[None]:
    """As many requests as come, and no time for hashing; only as long as one of them takes."""
    counting, hasher = limiter.enabled, hashing.HASHER
    limiter.enabled, hashing.HASHER = False, QUICK
    try:
        yield
    finally:
        limiter.enabled, hashing.HASHER = counting, hasher


def rules(app: Flask) -> dict[tuple[str, str], Rule]:
    """Every method of every route of an application; the pages of the console have a test of their own."""
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console."):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found[method, rule.rule] = rule
    return found


@contextmanager
def set_stage(url: str, folder: Path) -> Iterator[Stage]:
    """One of everything behind an application on a database that has tables and no rows."""
    clock, source = Clock(), random.Random("stage")
    photos, uploads, mail, key = (str(folder / name) for name in ("photos", "uploads", "mail", "link.key"))
    app = quick_app(
        Settings(
            database_url=url,
            examine_photos=False,
            mail=mail,
            photos=photos,
            upload_folder=uploads,
            link_key_file=key,
        )
    )
    app.extensions[RATES] = Patient()
    parts: Wiring = app.extensions["pandus"]
    real = replace(parts, units=Units(parts.engine, clock=clock))
    wire(app, real)
    app.extensions[UPLOADS]._units = real.units
    world = World(sessions_on(parts.engine), clock, lambda: UUID(int=source.getrandbits(128), version=4))
    world.add(Area(code="KG", country="KG", level=0, classifier="SOATE", name_kk="Кыргызстан"))
    scene = set_scene(app, world)
    undone = replace(parts, units=UndoneUnits(parts.engine, clock=clock))
    yield Stage(app, scene, real, undone, folder)
    parts.engine.dispose()


@pytest.fixture(scope="session")
def stage(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One of everything behind the application, once for each kind of database. It is left as it was."""
    url = databases.make()
    with set_stage(url, tmp_path_factory.mktemp("stage")) as stage:
        yield stage
    databases.give_back(url)
