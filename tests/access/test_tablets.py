"""Every route and collection, by tablets that were stopped, whose token is over, or whose person's grant is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.keys import keys
from api.tablet_tokens import access_token, refresh_token
from api.wiring import wire
from inspection.access import MAY, WITH_TABLET, Act
from inspection.sync.collections import COLLECTIONS
from inspection.tables.intake import IntakeRow, IntakeState
from inspection.tables.people import Device, Role
from inspection.tablet_access import STILL_SENDS
from tests.access.doors import DOORS, LIVE, Needs
from tests.access.stage import Stage
from tests.inspection.world import DISTRICT, DOOR, FAILS, REGION
from tests.tally import Tried

DAY = timedelta(days=1)
WITHOUT_TOKEN = (Needs.NOTHING, Needs.SECRET)


@dataclass(frozen=True)
class Carried:
    """A tablet: the header it sends, and what every door but a push answers it (None: whatever its grants say)."""

    called: str
    header: dict[str, str]
    refused: int | None
    sends: bool


def tablet(stage: Stage, *, stopped: timedelta | None = None, ended: timedelta | None = None) -> UUID:
    """A tablet of an inspector of the district, stopped or with a grant that ended so long ago."""
    world = stage.scene.world
    person, now = world.person(), world.clock()
    world.grant(person, Role.INSPECTOR, DISTRICT, until=None if ended is None else now - ended)
    stopped_at = None if stopped is None else now - stopped
    row = Device(
        id=world.new_id(), person_id=person, region_code=REGION, enrolled_at=now - 200 * DAY, generation=1
    )
    row.stopped_at = stopped_at
    return world.add(row).id


def bearer(word: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {word}", "Accept-Language": "en"}


@pytest.fixture
def carried(stage: Stage) -> list[Carried]:
    """One tablet of each kind."""
    held, now = keys(stage.real.settings), stage.scene.world.clock()

    def access(device: UUID, until: datetime = now + DAY) -> dict[str, str]:
        return bearer(access_token(held, device, until))

    good = tablet(stage)
    return [
        Carried("in force", access(good), None, True),
        Carried("stopped yesterday", access(tablet(stage, stopped=DAY)), 403, True),
        Carried("stopped long ago", access(tablet(stage, stopped=STILL_SENDS + DAY)), 403, False),
        Carried("token over", access(good, now), 401, False),
        Carried("stopped and token over", access(tablet(stage, stopped=DAY), now), 401, False),
        Carried("unknown tablet", access(stage.scene.world.new_id()), 401, False),
        Carried("refresh token", bearer(refresh_token(held, good, 1)), 401, False),
        Carried("grant over", access(tablet(stage, ended=DAY)), None, True),
    ]


def open_door(stage: Stage, method: str, path: str, who: Carried, **given: Any) -> Any:
    with stage.app.test_client() as client:
        reply = client.open(path, method=method, headers=who.header | given.pop("headers", {}), **given)
        reply.close()
        return reply


def test_every_route_refuses_a_tablet_that_was_stopped_or_whose_token_is_over(
    stage: Stage, carried: list[Carried], tried: Tried
) -> None:
    wrong = []
    wire(stage.app, stage.undone)
    for (method, rule), door in DOORS.items():
        if door.needs in WITHOUT_TOKEN or rule.endswith("/push"):
            continue
        path, given = stage.path(method, rule), {} if door.body is None else {"json": door.body(stage.scene)}
        for who in carried:
            if who.refused is None:
                continue
            query, headers = dict(door.query(stage.scene)), dict(door.headers)
            reply = open_door(stage, method, path, who, query_string=query, headers=headers, **given)
            tried("tablets")
            if reply.status_code != who.refused:
                wrong.append(f"{method} {rule}: {who.called} got {reply.status_code}, not {who.refused}")
    assert not wrong, "\n".join(wrong)


def test_a_tablet_does_nothing_that_an_inspector_does_not_though_its_person_may(
    stage: Stage, tried: Tried
) -> None:
    world, held = stage.scene.world, keys(stage.real.settings)
    wire(stage.app, stage.undone)
    wrong = []
    for role in (Role.HEAD, Role.AKIMAT, Role.ADMIN):
        person = world.person(role, REGION)
        device = world.device(person)
        header = bearer(access_token(held, device, world.clock() + DAY))
        for (method, rule), door in DOORS.items():
            more = {door.act, door.also} - {None, Act.READ}
            if door.needs is not Needs.ACT_ON_OBJECT or not more or more & WITH_TABLET or not more & MAY[role]:
                continue
            given = {} if door.body is None else {"json": door.body(stage.scene)}
            who = Carried("", header, None, False)
            query, headers = dict(door.query(stage.scene)), dict(door.headers)
            reply = open_door(
                stage, method, stage.path(method, rule), who, query_string=query, headers=headers, **given
            )
            tried("tablets")
            if reply.status_code not in (403, 404):
                wrong.append(f"{method} {rule}: the tablet of a {role} got {reply.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_collection_gives_a_refused_tablet_nothing_and_takes_only_what_it_may_still_send(
    stage: Stage, carried: list[Carried], name: str, tried: Tried
) -> None:
    wire(stage.app, stage.undone)
    pushes: list[Any] = [{"newDocumentState": {"id": str(stage.scene.new_id()), "_deleted": False}}]
    for who in carried:
        for door in ("pull", "digest", "pullStream"):
            reply = open_door(stage, "GET", f"/sync/{name}/1/{door}", who)
            tried("tablets")
            assert reply.status_code == (who.refused or 200), (who.called, door)
        pushed = open_door(stage, "POST", f"/sync/{name}/1/push", who, json=pushes)
        tried("tablets")
        assert pushed.status_code == (200 if who.sends else who.refused), who.called


@pytest.mark.parametrize("path", ["/sync/receipts", *(rule for _, rule in LIVE if "<" not in rule)])
def test_receipts_and_the_stream_of_all_are_refused_alike(
    stage: Stage, carried: list[Carried], path: str, tried: Tried
) -> None:
    method = "POST" if path == "/sync/receipts" else "GET"
    given: dict[str, Any] = {"json": []} if method == "POST" else {}
    for who in carried:
        reply = open_door(stage, method, path, who, **given)
        tried("tablets")
        assert reply.status_code == (who.refused or 200), who.called


def test_what_a_stopped_tablet_still_sends_waits_for_a_person_whatever_its_collection(
    stage: Stage, carried: list[Carried], tried: Tried
) -> None:
    world, seen = stage.scene.world, []
    who = next(each for each in carried if each.called == "stopped yesterday")
    documents: dict[str, Callable[[], dict[str, Any]]] = {
        "audits": lambda: world.document(stage.scene.facility, {DOOR: FAILS[DOOR]}),
        "facilities": lambda: {"id": str(stage.scene.facility), "name_ru": "Украденное имя"},
        "drafts": lambda: {"id": str(world.new_id())},
    }
    wire(stage.app, stage.real)
    for name, make in documents.items():
        document, before = make(), {row.content_hash for row in world.rows(IntakeRow)}
        reply = open_door(
            stage, "POST", f"/sync/{name}/1/push", who, json=[{"newDocumentState": document | {"_deleted": False}}]
        )
        tried("tablets")
        assert reply.status_code == 200, reply.json
        (row,) = [row for row in world.rows(IntakeRow) if row.content_hash not in before]
        assert (str(row.document_id), row.collection) == (document["id"], name)
        seen.append((name, row.state))
    assert seen == [(name, IntakeState.QUARANTINED) for name in documents]


def test_a_grant_that_is_over_shows_nothing_of_its_district(
    stage: Stage, carried: list[Carried], tried: Tried
) -> None:
    who, good = (next(e for e in carried if e.called == name) for name in ("grant over", "in force"))
    wire(stage.app, stage.undone)
    tile = stage.path("GET", "/api/v1/tiles/<int:z>/<int:x>/<int:y>.mvt")
    for path in (*(f"/sync/{name}/1/pull?limit=50" for name in ("facilities", "violations", "audits")), tile):
        seen, hidden = (
            stage.app.test_client().get(path, headers=each.header, buffered=True).data for each in (good, who)
        )
        tried("tablets", 2)
        names = (stage.scene.facility_name.encode(), str(stage.scene.facility).encode())
        assert any(name in seen for name in names)
        assert not any(name in hidden for name in (*names, b"address"))
