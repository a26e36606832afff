"""What tablets pull: pages, scopes, restarts, and proof."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from inspection.sync.proof import digest_of
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.api.tablet import Tablet
from tests.inspection.world import DISTRICT, DOOR, NEIGHBOUR, OTHER_DISTRICT, OTHER_REGION, REGION, STEP, World

STEP_FAILS = {STEP: 0.05, DOOR: 0.95}


def a_facility(world: World, district: str | None = DISTRICT, region: str = REGION, name: str = "Емхана") -> UUID:
    made = world.facility(district_code=district, region_code=region, home_region=region, name_ru=name)
    world.add(Home(id=made, region=region, kind="facility"))
    return made


@pytest.fixture
def tablet(client: FlaskClient, world: World) -> Tablet:
    """The inspector's, of the whole region."""
    return Tablet(client, world.inspector, world.device(world.inspector))


def of_districts(client: FlaskClient, world: World, *districts: str) -> Tablet:
    person = world.person()
    for district in districts:
        world.grant(person, Role.INSPECTOR, district)
    return Tablet(client, person, world.device(person))


def test_a_first_pull_brings_every_document_of_the_scope_once(tablet: Tablet, world: World) -> None:
    made = {str(a_facility(world)) for _ in range(7)}
    came = tablet.pull("facilities", limit=3)
    assert [document["id"] for document in came] == list(dict.fromkeys(document["id"] for document in came))
    assert {document["id"] for document in came} == made
    assert all(document["_deleted"] is False and document["rev"] == 1 for document in came)


def test_a_checkpoint_is_two_plain_values_and_a_page_can_be_asked_for_again(tablet: Tablet, world: World) -> None:
    for _ in range(3):
        a_facility(world)
    first = tablet.get("facilities/1/pull", limit=2).json
    checkpoint = first["checkpoint"]
    assert {name: type(value) for name, value in checkpoint.items()} == {"lwt": int, "id": str}
    pages = [tablet.get("facilities/1/pull", limit=2, **checkpoint).json for _ in range(2)]
    assert pages[0] == pages[1]
    assert tablet.get("facilities/1/pull", limit=2).json == first


def test_without_numbers_a_pull_gives_one_document_from_the_beginning(tablet: Tablet, world: World) -> None:
    a_facility(world), a_facility(world)
    plain = tablet.get("facilities/1/pull").json
    assert len(plain["documents"]) == 1
    for lwt in ("", "0", "0.0", "0.5"):
        assert tablet.get("facilities/1/pull", lwt=lwt, id="").json == plain


def test_an_audit_brings_violations_and_itself(tablet: Tablet, world: World) -> None:
    audit = world.audited(a_facility(world), STEP_FAILS)
    (found,) = tablet.pull("audits")
    assert (found["id"], found["author_id"], found["failed"]) == (str(audit), str(world.inspector), 1)
    (violation,) = tablet.pull("violations")
    assert violation["criterion"] == STEP
    assert violation["last_audit"]["id"] == str(audit)
    (checklist,) = tablet.pull("checklists")
    assert checklist["id"] == str(world.checklist)


def test_the_scope_is_applied_before_the_limit(client: FlaskClient, world: World) -> None:
    mine = [str(a_facility(world, DISTRICT if n % 5 == 0 else NEIGHBOUR)) for n in range(20)][::5]
    tablet = of_districts(client, world, DISTRICT)
    assert [document["id"] for document in tablet.page("facilities", limit=4)] == mine
    assert tablet.page("facilities", limit=4) == []


def test_several_districts_are_one_feed(client: FlaskClient, world: World) -> None:
    made = [str(a_facility(world, DISTRICT if n % 2 else NEIGHBOUR)) for n in range(9)]
    tablet = of_districts(client, world, DISTRICT, NEIGHBOUR)
    assert [document["id"] for document in tablet.pull("facilities", limit=2)] == made


def test_an_empty_page_returns_the_checkpoint_that_was_sent(tablet: Tablet, world: World) -> None:
    a_facility(world)
    tablet.pull("facilities")
    held = tablet.checkpoints["facilities"]
    assert tablet.get("facilities/1/pull", limit=5, **held).json == {"documents": [], "checkpoint": held}


def test_a_lost_district_goes_with_tombstones_that_say_only_the_id_and_comes_back_with_the_grant(
    client: FlaskClient, world: World
) -> None:
    kept, lost = a_facility(world, DISTRICT), a_facility(world, NEIGHBOUR)
    person = world.person()
    world.grant(person, Role.INSPECTOR, DISTRICT)
    world.grant(person, Role.INSPECTOR, NEIGHBOUR, until=world.clock() + timedelta(hours=1))
    tablet = Tablet(client, person, world.device(person))
    assert len(tablet.pull("facilities")) == 2
    world.clock.advance(hours=2)
    unseen = a_facility(world, NEIGHBOUR)
    came = {document["id"]: document for document in tablet.pull("facilities", limit=1)}
    assert came[str(lost)] == {"id": str(lost), "_deleted": True}
    assert str(unseen) not in came  # born after the loss
    assert set(tablet.documents["facilities"]) == {str(kept)}
    world.grant(person, Role.INSPECTOR, NEIGHBOUR, since=world.clock())
    tablet.pull("facilities", limit=1)
    assert set(tablet.documents["facilities"]) == {str(kept), str(lost), str(unseen)}


def test_who_loses_the_region_and_keeps_a_district_keeps_its_documents(client: FlaskClient, world: World) -> None:
    kept, lost, nowhere = a_facility(world, DISTRICT), a_facility(world, NEIGHBOUR), a_facility(world, None)
    person = world.person()
    world.grant(person, Role.INSPECTOR, DISTRICT)
    world.grant(person, Role.INSPECTOR, REGION, until=world.clock() + timedelta(hours=1))
    tablet = Tablet(client, person, world.device(person))
    assert len(tablet.pull("facilities")) == 3
    world.clock.advance(hours=2)
    gone = {d["id"] for d in tablet.pull("facilities", limit=2) if d["_deleted"]}
    assert gone == {str(lost), str(nowhere)}
    assert set(tablet.documents["facilities"]) == {str(kept)}


def test_what_was_lost_and_changes_while_the_tablet_restarts_is_forgotten_too(
    client: FlaskClient, world: World
) -> None:
    person = world.person()
    world.grant(person, Role.INSPECTOR, DISTRICT)
    world.grant(person, Role.INSPECTOR, NEIGHBOUR, until=world.clock() + timedelta(hours=1))
    facilities = [a_facility(world, NEIGHBOUR if n else DISTRICT) for n in range(4)]
    tablet = Tablet(client, person, world.device(person))
    tablet.pull("facilities")
    world.clock.advance(hours=2)
    tablet.page("facilities", limit=2)
    world.audited(facilities[3], STEP_FAILS, by=world.head)  # the feed moves on meanwhile
    head = Tablet(client, world.head, world.device(world.head))
    head.pull("facilities")
    document = head.documents["facilities"][str(facilities[2])]
    head.push("facilities", {"assumedMasterState": document, "newDocumentState": document | {"catchment": 7}})
    tablet.pull("facilities", limit=2)
    assert set(tablet.documents["facilities"]) == {str(facilities[0])}


@pytest.mark.parametrize("token", ["other.0123456789ab", "nonsense", "1", "1.0123456789ab.r", "%00"])
def test_a_checkpoint_of_another_past_starts_again(tablet: Tablet, world: World, token: str) -> None:
    made = str(a_facility(world))
    reply = tablet.get("facilities/1/pull", lwt=1, id=token, limit=5)
    assert [document["id"] for document in reply.json["documents"]] == [made]


def test_a_checkpoint_from_the_future_starts_again(tablet: Tablet, world: World) -> None:
    made = str(a_facility(world))
    tablet.pull("facilities")
    held = tablet.checkpoints["facilities"]
    for far in (10**9, 2**70, 1e300):
        reply = tablet.get("facilities/1/pull", limit=5, **{**held, "lwt": far})
        assert [document["id"] for document in reply.json["documents"]] == [made]


def test_another_region_is_not_sent_whatever_the_grant(client: FlaskClient, world: World) -> None:
    here, there = a_facility(world), a_facility(world, OTHER_DISTRICT, OTHER_REGION)
    person = world.person(Role.INSPECTOR)
    world.grant(person, Role.INSPECTOR, OTHER_REGION)
    tablet = Tablet(client, person, world.device(person))
    assert [document["id"] for document in tablet.pull("facilities")] == [str(here)]
    assert str(there) not in tablet.documents["facilities"]


def test_without_a_tablet_the_region_is_that_of_the_grants(client: FlaskClient, world: World) -> None:
    made = str(a_facility(world))
    assert [document["id"] for document in Tablet(client, world.inspector).pull("facilities")] == [made]
    world.grant(world.inspector, Role.INSPECTOR, OTHER_REGION)
    reply = Tablet(client, world.inspector).get("facilities/1/pull", limit=5)
    assert (reply.status_code, reply.json["error"], reply.json["code"]) == (422, True, 422)
    assert reply.json["errors"][0]["pointer"] == "Device-Id"


def test_the_tablet_of_somebody_else_is_refused(client: FlaskClient, world: World) -> None:
    reply = Tablet(client, world.inspector, world.device(world.colleague)).get("facilities/1/pull", limit=5)
    assert (reply.status_code, reply.json["error"]) == (422, True)


@pytest.mark.parametrize(
    ("path", "query", "status", "type_"),
    [
        ("nothing/1/pull", {}, 404, "not-found"),
        ("violations/2/pull", {}, 404, "not-found"),
        ("violations/0/pull", {}, 426, "outdated-client"),
        ("violations/one/pull", {}, 404, "no-such-address"),
        ("violations/1/pull", {"limit": 5001}, 422, "invalid-input"),
        ("violations/1/pull", {"limit": 0}, 422, "invalid-input"),
        ("violations/1/pull", {"lwt": "-1"}, 422, "invalid-input"),
        ("violations/1/pull", {"lwt": "many"}, 422, "invalid-input"),
        ("violations/1/pull", {"lwt": "nan"}, 422, "invalid-input"),
        ("violations/0", {}, 426, "outdated-client"),
        ("violations/0/", {}, 426, "outdated-client"),
        ("violations/0/push", {}, 426, "outdated-client"),
        ("violations/0/pullStream", {}, 426, "outdated-client"),
        ("violations/1/push", {}, 405, "method-not-allowed"),
    ],
)
def test_every_error_carries_what_the_client_needs_to_live_on(
    tablet: Tablet, path: str, query: dict[str, str], status: int, type_: str
) -> None:
    reply = tablet.get(path, **query)
    assert (reply.status_code, reply.json["error"], reply.json["code"]) == (status, True, status)
    assert reply.json["type"] == f"/problems/{type_}"
    assert reply.content_type == "application/problem+json"


def test_a_token_nobody_knows_is_asked_to_sign_in(client: FlaskClient, world: World) -> None:
    reply = Tablet(client, UUID(int=1)).get("facilities/1/pull")
    assert (reply.status_code, reply.json["error"]) == (401, True)


def test_the_digest_is_that_of_what_a_whole_pull_brought(tablet: Tablet, world: World) -> None:
    facility = a_facility(world)
    a_facility(world, NEIGHBOUR)
    assert tablet.digest("facilities") == {"behind": True}
    tablet.pull("facilities")
    revs = {made: document["rev"] for made, document in tablet.documents["facilities"].items()}
    expected = digest_of(revs)
    assert tablet.digest("facilities") == {"behind": False, "count": 2, "sha256": expected.sha256}
    world.audited(facility, STEP_FAILS)
    assert tablet.digest("violations") == {"behind": True}


def test_a_body_that_is_packed_otherwise_is_refused_as_the_client_expects(tablet: Tablet) -> None:
    tablet.headers["Content-Encoding"] = "br"
    reply = tablet.post("drafts/1/push", b"[]")
    assert (reply.status_code, reply.json["error"], reply.json["code"]) == (415, True, 415)


def test_a_browser_of_another_origin_may_ask(tablet: Tablet) -> None:
    tablet.headers["Origin"] = "https://tablet.example"
    for path in ("facilities/1/pull", "facilities/0/pull", "no/such/address"):
        reply = tablet.get(path)
        assert reply.headers["Access-Control-Allow-Origin"] == "https://tablet.example"
        assert reply.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Date" in reply.headers["Access-Control-Expose-Headers"]
    assert tablet.client.options("/sync/facilities/1/pull", headers=tablet.headers).status_code == 200
