"""No export and nothing about people leaves unrecorded: what routes say they disclose, and what is written."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from api.disclosing import KEPT, Disclosing, disclosed
from api.resource import Resource
from api.settings import Settings
from api.wiring import wire
from api.work import Units
from inspection.access import Act
from inspection.tables.disclosures import Disclosure, Kind
from inspection.tables.people import Role
from tests.access.doors import DOORS, INTAKE, Door, Needs
from tests.access.own_scene import asked, scene
from tests.access.scene import Scene
from tests.access.stage import rules
from tests.access.test_matrix import Somebody
from tests.access.undisclosed import UNDISCLOSED
from tests.api.copies import quick_app
from tests.inspection.world import COUNTRY, REGION

__all__ = ["scene"]
# Words that people type, and numbers of persons: it is kept that they were asked for, and not what they are.
PERSONAL = {"text", "tax_id", "cursor"}
ABOUT_ONESELF = ("GET", "/api/v1/me/export")
ALL_OF_ONE_REGION = {"/api/v1/letters.pdf"}  # each object is looked at by itself, and all of the scene's lie there


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Flask]:
    """The application without a database behind it."""
    app = quick_app(Settings(database_url=f"sqlite:///{tmp_path / 'nowhere' / 'no.sqlite3'}"))
    yield app
    app.extensions["pandus"].engine.dispose()


def view_of(app: Flask, rule: Rule) -> Any:
    return getattr(app.view_functions[rule.endpoint], "view_class", None)


# What changes something and then shows it: with a change that is none it would be a way to read unseen.
SHOWN_BY_CHANGES = {
    ("POST", "/api/v1/operators"),
    ("PATCH", "/api/v1/operators/<uuid:operator_id>"),
    ("POST", "/api/v1/people"),
    ("POST", "/api/v1/people/<uuid:person_id>/grants"),
    ("PUT", "/api/v1/grants/<uuid:grant_id>/end"),
    ("PUT", "/api/v1/people/<uuid:person_id>/email"),
    ("PUT", "/api/v1/tablets/<uuid:tablet_id>/stop"),
    ("PUT", "/api/v1/replies/<uuid:reply_id>/answer"),
    *(("POST", f"{INTAKE}/{act}") for act in ("choose", "dismissal", "replay")),
}


def read(app: Flask) -> dict[tuple[str, str], Kind]:
    """What each route says it discloses that only reads."""
    return {at: kind for at, kind in declared(app).items() if at[0] == "GET"}


def declared(app: Flask) -> dict[tuple[str, str], Kind]:
    """What each route says it discloses."""
    found = {at: disclosed(view_of(app, rule), at[0]) for at, rule in rules(app).items() if view_of(app, rule)}
    return {at: kind for at, kind in found.items() if kind is not None}


def test_every_get_says_what_it_discloses_or_why_nothing(served: Flask) -> None:
    listed = [path for paths in UNDISCLOSED.values() for path in paths]
    assert len(listed) == len(set(listed))
    paths = {path for method, path in rules(served) if method == "GET"}
    said = {path for _, path in read(served)}
    assert declared(served).keys() - read(served).keys() == SHOWN_BY_CHANGES
    assert said | set(listed) == paths
    assert not said & set(listed)


def test_what_is_declared_is_recorded_by_its_view(served: Flask) -> None:
    known = rules(served)
    for at in declared(served):
        assert issubclass(view_of(served, known[at]), Resource | Disclosing), at


def test_of_every_filter_it_is_known_whether_its_value_is_kept(served: Flask) -> None:
    document = served.test_client().get("/api/v1/openapi.json").json
    assert document is not None
    paths = {path.replace("<uuid:", "{").replace("<string:", "{").replace(">", "}") for _, path in read(served)}
    asked_for = {
        parameter["name"]
        for path in paths
        for parameter in document["paths"][path]["get"].get("parameters", [])
        if parameter["in"] == "query"
    }
    assert asked_for == KEPT | PERSONAL
    assert not KEPT & PERSONAL


def everybody(place: Scene) -> Callable[[Door], Somebody]:
    """Who of the whole country may open a door: its head of department, or its administrator."""
    people = {
        role: Somebody(role, place.world.person(role, COUNTRY), role, COUNTRY) for role in (Role.HEAD, Role.ADMIN)
    }
    return lambda door: people[Role.ADMIN if door.act is Act.ADMINISTER else Role.HEAD]


def test_each_answer_is_recorded_once_with_who_what_and_where(scene: tuple[Flask, Scene]) -> None:
    app, objects = scene
    opens, known, wrong = everybody(objects), rules(app), []
    for at, kind in read(app).items():
        door, before = DOORS[at], len(objects.world.rows(Disclosure))
        who = opens(door)
        reply = asked(app, (at[0], known[at]), door, objects, who)
        rows = objects.world.rows(Disclosure)[before:] if reply.status_code == 200 else []
        filled = "/".join(map(str, door.fills(objects).values())) or None
        here = door.needs is Needs.ACT_ON_OBJECT or "area" in door.query(objects) or at[1] in ALL_OF_ONE_REGION
        place = REGION if here else COUNTRY
        by: tuple[Any, Any] = (who.person, f"{who.role}:{COUNTRY}")
        if at == ABOUT_ONESELF:
            filled, by = str(who.person), (who.person, None)
        right = [(kind.value, place, filled, *by)]
        if [(row.kind, row.home_region, row.object_id, row.actor_id, row.grants_used) for row in rows] != right:
            wrong.append(f"{at}: {reply.status_code} {[vars(row) for row in rows]}, not {right}")
    assert not wrong, "\n".join(wrong)
    verified = app.test_cli_runner().invoke(args=["journal", "verify"])
    assert verified.exit_code == 0, verified.output
    assert f"reads:{REGION}=" in verified.output


def test_what_cannot_be_recorded_is_not_shown(scene: tuple[Flask, Scene]) -> None:
    app, objects = scene
    opens, known, wrong = everybody(objects), rules(app), []
    units: Units = app.extensions["pandus"].units
    units.write(lambda work: work.session.execute(text("ALTER TABLE disclosure_heads RENAME TO elsewhere")))
    wire(app, replace(app.extensions["pandus"], units=Units(units._writing.kw["bind"], pause=lambda _: None)))
    for at in read(app):
        reply = asked(app, (at[0], known[at]), DOORS[at], objects, opens(DOORS[at]))
        if (reply.status_code, reply.mimetype) != (503, "application/problem+json"):
            wrong.append(f"{at}: {reply.status_code} {reply.mimetype}")
        elif reply.json["type"] != "/problems/not-recorded" or "ETag" in reply.headers:
            wrong.append(f"{at}: {reply.json} {reply.headers}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "door", [("GET", "/api/v1/operators/<uuid:operator_id>"), ("GET", "/api/v1/reports.xlsx")]
)
def test_a_refusal_is_no_disclosure(scene: tuple[Flask, Scene], door: tuple[str, str]) -> None:
    app, objects = scene
    for who in (Somebody("nobody"), Somebody("without a grant", objects.world.person())):
        reply = asked(app, (door[0], rules(app)[door]), DOORS[door], objects, who)
        if reply.status_code != 200:
            assert objects.world.rows(Disclosure) == []


def test_a_change_that_is_none_is_no_way_to_read_unseen(scene: tuple[Flask, Scene]) -> None:
    app, objects = scene
    at = ("PATCH", "/api/v1/operators/<uuid:operator_id>")
    nothing = replace(DOORS[at], body=lambda _: {})
    reply = asked(app, (at[0], rules(app)[at]), nothing, objects, everybody(objects)(DOORS[at]))
    assert reply.status_code == 200, reply.json
    (entry,) = objects.world.rows(Disclosure)
    assert (entry.kind, entry.object_id) == ("operators", str(objects.operator))
