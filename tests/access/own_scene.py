"""One of everything on a database of one's own, for tests that change it for good."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.routing import Rule

from api.limits import RATES, limiter
from api.settings import Settings
from api.signing import csrf, hashing
from api.uploads.door import KEY as UPLOADS
from api.wiring import wire
from api.work import Units
from inspection.tables.areas import Area
from tests.access.doors import Door
from tests.access.scene import Scene, set_scene
from tests.access.stage import Patient
from tests.access.test_matrix import Somebody
from tests.api.browser import QUICK
from tests.api.copies import quick_app
from tests.api.people import token
from tests.clock import Clock
from tests.inspection.world import World, sessions_on


@pytest.fixture
def scene(
    fresh_url: str, clock: Clock, new_id: Callable[[], UUID], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Flask, Scene]]:
    """One of everything behind the application, which takes as many requests as come, and hashes in no time."""
    monkeypatch.setattr(limiter, "enabled", False)
    monkeypatch.setattr(hashing, "HASHER", QUICK)
    photos, uploads, mail = (str(tmp_path / name) for name in ("photos", "uploads", "mail"))
    settings = Settings(
        database_url=fresh_url,
        examine_photos=False,
        mail=mail,
        photos=photos,
        upload_folder=uploads,
        link_key_file=str(tmp_path / "link.key"),
    )
    app = quick_app(settings)
    app.extensions[RATES] = Patient()
    parts = app.extensions["pandus"]
    wire(app, replace(parts, units=Units(parts.engine, clock=clock)))
    app.extensions[UPLOADS]._units = app.extensions["pandus"].units
    world = World(sessions_on(parts.engine), clock, new_id)
    world.add(Area(code="KG", country="KG", level=0, classifier="SOATE", name_kk="Кыргызстан"))
    yield app, set_scene(app, world)
    parts.engine.dispose()


def asked(app: Flask, rule: tuple[str, Rule], door: Door, scene: Scene, who: Somebody, **instead: UUID) -> Any:
    """The answer to the request of a door. instead: other values of the address."""
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        path = adapter.build(rule[1].endpoint, dict(door.fills(scene)) | instead, method=rule[0])
    headers = dict(door.headers) | (token(who.person) if who.person and not who.cookie else {})
    client = app.test_client()
    if who.cookie is not None:
        client.set_cookie("pandus", who.cookie)
        with app.test_request_context():
            headers |= {} if who.forged else {"X-CSRF-Token": csrf.bind(who.cookie)}
    if who.device is not None and path.startswith("/sync/"):
        headers["Device-Id"] = str(who.device)
    given = {} if door.body is None else {"json": door.body(scene)}
    return client.open(
        path, buffered=True, method=rule[0], headers=headers, query_string=dict(door.query(scene)), **given
    )
