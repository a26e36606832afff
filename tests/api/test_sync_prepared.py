"""Long pages that are kept ready, compressed: what a tablet unpacks is what its own query would have given."""

import gzip
import sys
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.sync.prepared import COMPRESSORS, KEY, SMALLEST, PageName, Pages
from inspection.tables.facilities import Facility
from inspection.tables.people import Role
from tests.api.tablet import Tablet
from tests.inspection.world import DISTRICT, LONG_AGO, NEIGHBOUR, REGION, World

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

UNPACK = {"gzip": gzip.decompress, "zstd": zstd.decompress}
MANY = 120  # of a kilobyte each: together a long page
PLACE = {"home_region": REGION, "country": "KZ", "region_code": REGION}


def a_lot(world: World, district: str) -> set[str]:
    with world.unit() as unit:
        rows = [_facility(world.new_id(), district, n) for n in range(MANY)]
        unit.session.add_all(rows)
        return {str(row.id) for row in rows}


def _facility(made: UUID, district: str, number: int) -> Facility:
    words = {"name_kk": f"№{number} емхана", "name_ru": f"Поликлиника №{number}", "address_ru": "ж" * 450}
    times = {"created_at": LONG_AGO, "updated_at": LONG_AGO}
    return Facility(id=made, kind="polyclinic", district_code=district, **words, **PLACE, **times)


def a_tablet(client: FlaskClient, world: World, *districts: str) -> Tablet:
    person = world.person()
    for district in districts:
        world.grant(person, Role.INSPECTOR, district)
    return Tablet(client, person, world.device(person))


def packed(tablet: Tablet, encoding: str = "gzip", **query: Any) -> Any:
    """The answer to a pull of facilities as it came over the line."""
    headers = {**tablet.headers, "Accept-Encoding": encoding}
    wanted = {"limit": 5000, **query}
    return tablet.client.get("/sync/facilities/1/pull", query_string=wanted, headers=headers)


def held(app: Flask) -> Mapping[PageName, bytes]:
    pages: Pages = app.extensions[KEY]
    return pages.held()


@pytest.mark.parametrize("encoding", sorted(COMPRESSORS))
def test_a_long_page_is_packed_once_and_says_what_the_plain_one_says(
    app: Flask, client: FlaskClient, world: World, encoding: str
) -> None:
    a_lot(world, DISTRICT)
    tablet = a_tablet(client, world, REGION)
    plain = tablet.get("facilities/1/pull", limit=5000)
    first, second = packed(tablet, encoding), packed(tablet, encoding)
    assert len(plain.data) > SMALLEST
    assert first.headers["Content-Encoding"] == second.headers["Content-Encoding"] == encoding
    assert UNPACK[encoding](first.data) == plain.data
    assert second.data == first.data == next(iter(held(app).values()))
    assert len(held(app)) == 1


def test_a_change_is_seen_at_once(client: FlaskClient, world: World) -> None:
    a_lot(world, DISTRICT)
    tablet = a_tablet(client, world, REGION)
    before = gzip.decompress(packed(tablet).data)
    made = world.facility(name_ru="Новая поликлиника")
    after = gzip.decompress(packed(tablet).data)
    assert str(made).encode() in after
    assert str(made).encode() not in before
    assert after == tablet.get("facilities/1/pull", limit=5000).data


def test_each_grant_gets_the_pages_of_its_own_districts(app: Flask, client: FlaskClient, world: World) -> None:
    here, there = a_lot(world, DISTRICT), a_lot(world, NEIGHBOUR)
    seen = {}
    for districts in ((REGION,), (DISTRICT,), (NEIGHBOUR,), (DISTRICT, NEIGHBOUR)):
        tablet = a_tablet(client, world, *districts)
        reply = packed(tablet)
        assert reply.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(reply.data) == tablet.get("facilities/1/pull", limit=5000).data
        seen[districts] = {name for name in here | there if name.encode() in gzip.decompress(reply.data)}
    assert seen == {
        (REGION,): here | there,
        (DISTRICT,): here,
        (NEIGHBOUR,): there,
        (DISTRICT, NEIGHBOUR): here | there,
    }
    assert len(held(app)) == 4


def test_two_who_may_read_the_same_share_a_page(app: Flask, client: FlaskClient, world: World) -> None:
    a_lot(world, DISTRICT)
    one, other = (packed(a_tablet(client, world, DISTRICT)) for _ in range(2))
    assert one.data == other.data
    assert len(held(app)) == 1


def test_pages_and_checkpoints_are_told_apart_by_limit_and_position(client: FlaskClient, world: World) -> None:
    a_lot(world, DISTRICT)
    a_lot(world, DISTRICT)
    tablet = a_tablet(client, world, DISTRICT)
    first = packed(tablet, limit=MANY)
    second = packed(tablet, limit=MANY, **_read(first)["checkpoint"])
    ids = [each["id"] for reply in (first, second) for each in _read(reply)["documents"]]
    assert len(ids) == len(set(ids)) == 2 * MANY


def _read(reply: Any) -> Any:
    return orjson.loads(gzip.decompress(reply.data))


def test_the_restart_after_a_lost_district_is_never_kept(app: Flask, client: FlaskClient, world: World) -> None:
    a_lot(world, DISTRICT)
    tablet = a_tablet(client, world, DISTRICT)
    tablet.pull("facilities", limit=500)
    reply = packed(tablet, lwt=7, id="1.anotherplace")
    assert reply.status_code == 200
    assert KEY not in app.extensions or not held(app)


def test_a_client_that_unpacks_nothing_gets_the_plain_page(client: FlaskClient, world: World) -> None:
    a_lot(world, DISTRICT)
    reply = packed(a_tablet(client, world, DISTRICT), "identity")
    assert "Content-Encoding" not in reply.headers
    assert len(reply.json["documents"]) == MANY


def test_what_is_asked_for_least_is_forgotten_first() -> None:
    room = 3 * len(COMPRESSORS["gzip"](b"x" * SMALLEST))
    pages, made = Pages(most_bytes=room), []

    def ask(limit: int) -> None:
        name = PageName("KZ", "facilities", None, 0, limit, "1", "f", 9, "gzip")

        def make() -> bytes:
            made.append(limit)
            return b"x" * SMALLEST

        assert gzip.decompress(pages.page(name, make).body) == b"x" * SMALLEST

    for limit in (1, 2, 3, 1, 4, 1, 2):
        ask(limit)
    assert sum(map(len, pages.held().values())) <= room
    assert made == [1, 2, 3, 4, 2]


def test_a_short_page_is_neither_packed_nor_kept() -> None:
    pages = Pages()
    page = pages.page(PageName("KZ", "facilities", None, 0, 100, "1", "f", 9, "gzip"), lambda: b"{}")
    assert (page, pages.held()) == ((b"{}", None), {})


def test_a_page_that_cannot_be_made_is_made_by_the_next_who_asks() -> None:
    pages, name = Pages(), PageName("KZ", "facilities", None, 0, 100, "1", "f", 9, "gzip")

    def fail() -> bytes:
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        pages.page(name, fail)
    assert pages.page(name, lambda: b"{}").body == b"{}"


def test_an_answer_without_documents_fits_into_300_bytes(client: FlaskClient, world: World) -> None:
    world.facility()
    tablet = a_tablet(client, world, DISTRICT)
    checkpoint = tablet.get("facilities/1/pull", limit=5000).json["checkpoint"]
    reply = tablet.get("facilities/1/pull", limit=5000, **checkpoint)
    line = sum(len(f"{name}: {value}\r\n") for name, value in reply.headers.items())
    added_by_the_server = len("HTTP/1.1 200 OK\r\nserver: granian\r\ndate: Sun, 22 Nov 2026 12:34:45 GMT\r\n\r\n")
    assert reply.json["documents"] == []
    assert line + added_by_the_server + len(reply.data) <= 300
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_request_id_that_the_client_chose_is_echoed(client: FlaskClient, world: World) -> None:
    tablet = a_tablet(client, world, DISTRICT)
    tablet.headers["X-Request-ID"] = "tablet-7"
    assert tablet.get("facilities/1/pull").headers["X-Request-ID"] == "tablet-7"
