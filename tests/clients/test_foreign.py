"""A client that only knows the published addresses: bare arrays, `lwt`, `id`, `limit`, and a token."""

from collections.abc import Callable

import pytest

from inspection.tables.facilities import Facility
from tests.clients.documents import a_full_world
from tests.clients.node import Script
from tests.clients.server import Link
from tests.clients.tablets import COLLECTIONS
from tests.inspection.world import FAILS, PASSES, World

# What the databases do is tested where they are; here each would only start another server.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def test_a_client_that_only_knows_the_published_addresses_is_served(
    world: World, link: Link, run: Callable[[str], Script]
) -> None:
    facility = a_full_world(world)
    client = run("foreign.js")
    client.do("open", url=link.url, token=str(world.inspector))
    pulled = {name: client.do("pull", collection=name, limit=2) for name in COLLECTIONS}
    assert {d["id"] for d in pulled["facilities"]} == {str(f.id) for f in world.rows(Facility)}
    assert len(pulled["violations"]) == len(FAILS)
    client.do("listen", collection="facilities")
    (document,) = (d for d in pulled["facilities"] if d["id"] == str(facility))
    row = {"assumedMasterState": document, "newDocumentState": {**document, "catchment": 12}}
    assert client.do("push", collection="facilities", rows=[row]) == []
    assert client.do("push", collection="facilities", rows=[row]) == []  # again: as if the answer had been lost
    (changed,) = client.do("untilPulled", collection="facilities", limit=2)
    assert (changed["id"], changed["catchment"], changed["rev"]) == (str(facility), 12, document["rev"] + 1)
    stale = {"assumedMasterState": document, "newDocumentState": {**document, "catchment": 13}}
    assert client.do("push", collection="facilities", rows=[stale]) == [changed]
    audit = world.document(facility, PASSES)
    assert client.do("push", collection="audits", rows=[{"newDocumentState": audit}]) == []
    assert [d["id"] for d in client.do("pull", collection="audits", limit=100)] == [audit["id"]]


def test_a_client_that_only_knows_the_published_addresses_understands_refusals(
    world: World, link: Link, run: Callable[[str], Script]
) -> None:
    client = run("foreign.js")
    client.do("open", url=link.url, token="expired")
    refusal = client.do("refusal", path="/sync/facilities/1/pull?lwt=0&id=&limit=10")
    assert (refusal["status"], refusal["body"]["error"], refusal["body"]["code"]) == (401, True, 401)
    client.do("open", url=link.url, token=str(world.inspector))
    for path, status in (
        ("/sync/facilities/0/pull", 426),
        ("/sync/pharmacies/1/pull", 404),
        ("/sync/facilities/1/pull?limit=many", 422),
    ):
        refusal = client.do("refusal", path=path)
        assert (refusal["status"], refusal["body"]["error"], refusal["body"]["code"]) == (status, True, status)
