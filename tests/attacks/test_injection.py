"""Hostile texts in every field, parameter, address and header: nothing is run, read, shown or broken by them."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api import logs
from api.wiring import wire
from inspection.sync.collections import COLLECTIONS
from tests.access.doors import DOORS
from tests.access.stage import Stage
from tests.api.people import token
from tests.attacks.injecting import Attack, with_header
from tests.attacks.payloads import ALL, CANARY, OTHER_THINGS, PAYLOADS
from tests.attacks.places import Place, places, some, somebody
from tests.inspection.photos import photo_of
from tests.inspection.world import DOOR, FAILS, OTHER_DISTRICT, OTHER_REGION, STEP, World
from tests.tally import Tried

TEXTS, THINGS, IN_QUERY, IN_PATH = 3, 1, 2, 4  # of all payloads, at each place


@pytest.fixture(scope="module")
def person(stage: Stage) -> UUID:
    made = somebody(stage)
    world = stage.scene.world
    place = {"home_region": OTHER_REGION, "region_code": OTHER_REGION, "district_code": OTHER_DISTRICT}
    world.facility(name_ru="Чужой-7f3a", name_kk="Чужой-7f3a", **place)
    return made


@pytest.fixture
def attack(stage: Stage, person: UUID, dialect: str) -> Iterator[Attack]:
    """Whatever is sent, every line of the log stays one line of JSON, and nothing appears outside."""
    said = io.StringIO()
    logs.configure(stage.real.settings, said)
    attack = Attack(stage, person, dialect)
    yield attack
    logs.configure(stage.real.settings)
    lines = said.getvalue().splitlines()
    assert len(lines) > 0
    forged = [line for line in lines if json.loads(line).get("user_id") == "forged" or "\x1b" in line]
    assert forged == []
    outside = [
        *Path("/tmp").glob(f"{CANARY}*"),
        *Path.cwd().glob(f"**/{CANARY}*"),
        *stage.folder.glob(f"**/{CANARY}*"),
    ]
    assert outside == []
    assert not attack.wrong, f"{len(attack.wrong)}:\n" + "\n".join(attack.wrong[:40])


def asked(stage: Stage, where: str) -> list[Place]:
    return [place for place in places(stage.app) if place.where == where]


def test_hostile_texts_in_every_field_of_every_body(attack: Attack, tried: Tried) -> None:
    for place in asked(attack.stage, "body"):
        values = [*some(f"{attack.seed}{place}", ALL, TEXTS), *some(f"{attack.seed}{place}", OTHER_THINGS, THINGS)]
        for value in values:
            reply = attack.send(place, value)
            tried("injection in fields")
            if reply.status_code == 422 and not reply.json.get("accepted"):
                named = [error["pointer"].split("/")[1:2] for error in reply.json.get("errors", ())]
                # A place is also refused by what it needs beside it, such as a latitude without a longitude.
                if named and place.way[:1] not in map(tuple, named) and len(place.way) > 1:
                    attack.wrong.append(f"{place} with {value!r:.60}: refused over {named}")


def test_hostile_texts_in_every_query_parameter(attack: Attack, tried: Tried) -> None:
    for place in asked(attack.stage, "query"):
        for value in some(f"{attack.seed}{place}", ALL, IN_QUERY):
            attack.send(place, value)
            tried("injection in queries")


def test_hostile_texts_in_every_address(attack: Attack, tried: Tried) -> None:
    for place in asked(attack.stage, "path"):
        chosen = [
            *some(f"{attack.seed}{place}", ALL, IN_PATH),
            *some(f"{attack.seed}{place}", PAYLOADS["path"], 2),
        ]
        for value in chosen:
            reply = attack.send(place, value)
            tried("injection in addresses")
            if reply.status_code < 300:
                attack.wrong.append(f"{place} with {value!r:.60}: {reply.status_code}")


@pytest.mark.parametrize("method", ["GET"])
def test_no_address_of_a_static_file_leads_outside(
    attack: Attack, stage: Stage, method: str, tried: Tried
) -> None:
    texts = (*PAYLOADS["path"], "swagger-ui/../../app.py", "swagger-ui/..%2f..%2fapp.py", "../api/keys.py", "%00")
    for text in texts:
        for path in (f"/static/{text}", f"/static/swagger-ui/{text}", f"/static//{text}"):
            reply = with_header(stage, "Accept", "*/*", path=path.replace("\0", "%00"), method=method)
            attack.look(path, reply)
            tried("traversal")
            assert reply.status_code in (301, 308, 400, 404), path


HEADERS = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Encoding", "Content-Length",
    "Content-Type", "Cookie", "Device-Id", "Device-Time", "Expect", "Forwarded", "Host", "If-Match",
    "If-Modified-Since", "If-None-Match", "If-Range", "Origin", "Range", "Referer", "Tus-Resumable",
    "Upload-Checksum", "Upload-Concat", "Upload-Defer-Length", "Upload-Length", "Upload-Metadata", "Upload-Offset",
    "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-HTTP-Method-Override",
    "X-Request-ID",
)  # fmt: skip
WHERE = (
    ("GET", "/api/v1/facilities"),
    ("PATCH", "/api/v1/me"),
    ("GET", "/sync/facilities/1/pull"),
    ("POST", "/sync/facilities/1/push"),
    ("POST", "/uploads/"),
    ("GET", "/api/v1/docs"),
)


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_texts_in_every_header(attack: Attack, name: str, tried: Tried) -> None:
    stage, person = attack.stage, attack.person
    wire(stage.app, stage.undone)
    for method, path in WHERE:
        given: dict[str, Any] = {} if method == "GET" else {"json": [] if "/sync/" in path else {}}
        for value in some(f"{attack.seed}{name}{path}", ALL, 4):
            raw = value.encode(errors="surrogatepass").decode("latin-1")  # as servers hand bytes over
            reply = with_header(stage, name, raw, path=path, method=method, headers=token(person), **given)
            attack.look(f"{method} {path} {name}: {value!r:.60}", reply)
            tried("injection in headers")


def leaves(document: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """To every value of a document that is neither object nor list."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from leaves(value, (*way, name))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from leaves(value, (*way, index))
    else:
        yield way


def changed(document: Any, way: tuple[Any, ...], value: Any) -> Any:
    made = json.loads(json.dumps(document))
    here = made
    for step in way[:-1]:
        here = here[step]
    here[way[-1]] = value
    return made


def plausible(stage: Stage, world: World, name: str, headers: dict[str, str]) -> dict[str, Any]:
    """A document of a collection as a tablet would push it."""
    if name == "audits":
        fix = {"lat": 43.25, "lon": 76.25, "accuracy_m": 5, "at": world.clock().isoformat()}
        return world.document(stage.scene.facility, {STEP: FAILS[STEP], DOOR: FAILS[DOOR]}, fixes=[fix])
    if name == "photos":
        return photo_of(world, stage.scene.audit)
    if name == "drafts":
        return {"id": str(world.new_id()), "facility": str(stage.scene.facility), "answers": [{"note": "x"}]}
    pulled = stage.app.test_client().get(f"/sync/{name}/1/pull?limit=1", headers=headers, buffered=True).json
    found: dict[str, Any] = pulled["documents"][0]
    return found


PUSHED = ("facilities", "audits", "drafts", "followups", "photos")


@pytest.mark.parametrize("name", PUSHED)
def test_hostile_values_in_every_field_that_a_tablet_pushes(attack: Attack, name: str, tried: Tried) -> None:
    assert name in COLLECTIONS
    stage, person = attack.stage, attack.person
    wire(stage.app, stage.real)
    world = stage.scene.world
    device = world.device(person)
    headers = token(person) | {"Device-Id": str(device), "Content-Type": "application/json"}
    document = plausible(stage, world, name, headers)
    rows = []
    for way in [*leaves(document), ("невиданное",), ("__proto__",)]:
        for value in [
            *some(f"{attack.seed}{name}{way}", ALL, 4),
            *some(f"{attack.seed}{name}{way}", OTHER_THINGS, 2),
        ]:
            fresh = document if name in ("facilities", "followups") else document | {"id": str(world.new_id())}
            rows.append({"newDocumentState": changed(fresh, way, value), "assumedMasterState": document})
    for start in range(0, len(rows), 50):
        batch = rows[start : start + 50]
        reply = stage.app.test_client().post(
            f"/sync/{name}/1/push?outcomes", data=json.dumps(batch).encode(), headers=headers, buffered=True
        )
        attack.look(f"push of {name}", reply, sent=json.dumps(batch))
        tried("injection by tablets", len(batch))
        assert reply.status_code == 200, reply.text[:300]
        assert len(reply.json or ()) == len(batch)
    for door in ("pull?limit=500", "digest"):
        pulled = stage.app.test_client().get(f"/sync/{name}/1/{door}", headers=headers, buffered=True)
        attack.look(door, pulled, sent=json.dumps(rows))


def test_every_door_that_takes_a_text_is_among_those_that_are_tried(stage: Stage) -> None:
    tried_doors = {(place.method, place.rule) for place in places(stage.app)}
    bodies = {key for key, door in DOORS.items() if door.body is not None and key[1].startswith("/api/v1/")}
    assert bodies <= tried_doors
