"""What a reader of Kazakh or Russian is told when something is refused: not one sentence is left in English.

`sentences.py` finds what is written in the source; this asks the API itself, with many bad requests.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from api.views.facilities import CLIENT_EXAMPLE
from api.views.operators import IN_EXAMPLE
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.api.people import token
from tests.clock import NOW
from tests.inspection.maps import ELSEWHERE, IN_DISTRICT, draw
from tests.inspection.world import DESK, DOOR, OTHER_REGION, REGION, SPACES, STEP, TACTILE, World

AUDITS, FACILITIES, OPERATORS = (f"/api/v1/{name}" for name in ("audits", "facilities", "operators"))
SENTENCES = {"reason", "accepted", "title", "detail"}
ENGLISH = re.compile(
    r"[A-Za-z]+(?: [A-Za-z]+){2}"
    r"|(?<![-\w])(?:the|this|not|and|an|or|is|there|must|than|from|with|be|in|may)(?![-\w])"
)
CYRILLIC = re.compile("[А-Яа-яӘәҒғҚқҢңӨөҰұҮүҺһІі]{2}")
MOMENT = "2026-03-15T09:00:00+05:00"

BAD_ANSWERS: tuple[dict[str, Any], ...] = (
    {"criterion": "two words", "value": 1},
    {"criterion": "no-such", "value": 1},
    {"criterion": STEP},
    {"criterion": STEP, "value": 0.01, "state": "not_checked"},
    {"criterion": STEP, "state": "pass"},
    {"criterion": STEP, "value": [1]},
    {"criterion": STEP, "value": " "},
    {"criterion": STEP, "value": "9.5"},
    {"criterion": STEP, "value": "1:0", "unit": "ratio"},
    {"criterion": STEP, "value": True},
    {"criterion": STEP, "value": -1},
    {"criterion": STEP, "value": 1000},
    {"criterion": STEP, "value": 10**400},
    {"criterion": STEP, "value": float("nan")},
    {"criterion": STEP, "value": 1, "unit": "furlong"},
    {"criterion": STEP, "value": 1, "of": 3},
    {"criterion": STEP, "value": 1, "of": "x"},
    {"criterion": DOOR, "value": 0.85, "relaxed": True},
    {"criterion": DOOR, "value": 0.85, "relaxed": "yes"},
    {"criterion": DOOR, "value": 0.85, "relaxed": True, "reason": "   "},
    {"criterion": TACTILE, "value": True, "relaxed": True, "reason": "да"},
    {"criterion": TACTILE, "value": 1},
    {"criterion": TACTILE, "value": True, "unit": "m"},
    {"criterion": DESK, "value": "x"},
    {"criterion": DESK, "value": "low", "unit": "m"},
    {"criterion": SPACES, "value": 1},
    {"criterion": SPACES, "value": "x", "of": 10},
    {"criterion": SPACES, "value": 1, "of": 10, "unit": "m"},
    {"criterion": STEP, "value": 0.01, "note": "\ud83d", "surplus": 1},
)
BAD_PARTS: tuple[dict[str, Any], ...] = (
    {"id": "x"},
    {"facility": 7},
    {"facility": "01890a5d-ac96-774b-bcce-b302099a8050"},
    {"checklist": "x", "ground": "because", "started_at": "yesterday"},
    {"ground": None},
    {"started_at": "2026-03-17T09:00:00+05:00", "finished_at": "2026-03-15T09:00:00+05:00"},
    {"answers": 5},
    {"answers": [5]},
    {"answers": [{"criterion": STEP, "value": 0.01}] * 2},
    {"answers": [{"criterion": STEP, "value": 0.01}] * 2001},
    {"appointment": {"number": " ", "date": "x"}, "ersop": []},
    {"anchor": {"server_time": 5, "elapsed_ms": -1, "boot_id": "a b"}},
    {"alternative": {"wheelchair": "wings", "all": "none"}},
    {"fixes": [{"lat": 100, "lon": "x", "accuracy_m": -1, "at": 5}]},
    {"use": {"source": "rumour", "visits": 1.5, "period_from": "x"}},
    {"use": {"source": "counted", "visits": 1, "period_from": "2026-02-01", "period_to": "2026-01-01"}},
    {"use": {"source": "counted", "visits": 1, "attested_zero": True, "completeness": 2}},
    {"surplus": 1},
    {"checklist": "01890a5d-ac96-774b-bcce-b302099a8050"},  # 202: it waits
)
BAD_BODIES = (b"", b"{", b"\xff", b"[]", b"5", b"[" * 100_000, b'{"id": ' + b"1" * 5000 + b"}")
BAD_NUMBERS = (
    *("12", "4901400000121", "49014000001x", "490140000013", "491340000012", "490190000014", "490149000011"),
    *("990199900012", "010203912345", "023002512345", "490140000310", 5, "   "),
)
BAD_FACILITIES: tuple[dict[str, Any], ...] = (
    {"lat": 95},
    {"lon": None},
    {"lat": 0, "lon": 0},
    {"lat": None, "lon": None},
    {"lat": ELSEWHERE.lat, "lon": ELSEWHERE.lon},
    {"lat": IN_DISTRICT.lon, "lon": IN_DISTRICT.lat},
    {"kind": "castle"},
    {"name_kk": "", "name_ru": " "},
    {"operator_id": "01890a5d-ac96-774b-bcce-b302099a8050"},
    {"area_code": "zzz"},
    {"building_year": 1.5, "active": "yes", "surplus": 1},
)
BAD_LISTS = (
    *("violations?sort=x", "violations?cursor=x", "violations?area=zzz", "violations?limit=0", "violations?x=1"),
    *("violations?group=x&limit=1&limit=2", "audits?ground=x&facility=y&observed_from=z", "audits?cursor=x"),
    *("facilities?cursor=%00", "reports?from=2026-02-01&to=2026-01-01&area=KZ", "reports", "nowhere", "areas/zzz"),
    *("checklists/01890a5d-ac96-774b-bcce-b302099a8050", "prescriptions/01890a5d-ac96-774b-bcce-b302099a8050"),
)


def sentences(document: Any, name: str = "") -> Iterator[str]:
    """What an answer says in words."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield from sentences(value, key)
    elif isinstance(document, list):
        for each in document:
            yield from sentences(each, name)
    elif name in SENTENCES and isinstance(document, str):
        yield document


def left_in_english(reply: Any) -> list[str]:
    """The sentences of a refusal that were not translated, as a whole or in part."""
    assert reply.status_code == 202 or reply.status_code >= 400, (reply.status_code, reply.json)
    assert reply.status_code < 500, reply.json
    assert reply.headers["Content-Language"] in ("kk", "ru")
    said = list(sentences(reply.json))
    plain = [s for s in said if ENGLISH.search(s)]
    # A list of names or a unit may stand alone among what is accepted, but never what happened.
    headlines = [reply.json[name] for name in ("title", "detail") if name in reply.json]
    reasons = [error["reason"] for error in reply.json.get("errors", [])]
    return plain + [s for s in (*headlines, *reasons) if not CYRILLIC.search(s)]


@pytest.fixture(params=["kk", "ru"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def facility(world: World) -> UUID:
    """A polyclinic whose home is known, in a world with outlines."""
    draw(world)
    made = world.facility()
    world.add(Home(id=made, region=REGION, kind="facility"))
    return made


class Reader:
    """Sends requests in one language and collects what was answered in English all the same."""

    def __init__(self, client: FlaskClient, language: str) -> None:
        self.client = client
        self.language = language
        self.english: list[tuple[str, list[str]]] = []

    def refused(self, person: UUID, method: str, address: str, **about: Any) -> Any:
        """Send what is going to be refused."""
        headers = token(person) | {"Accept-Language": self.language} | about.pop("headers", {})
        reply = self.client.open(address, method=method, headers=headers, **about)
        if found := left_in_english(reply):
            self.english.append((f"{method} {address} {str(about)[:200]}", found))
        return reply


@pytest.fixture
def reader(client: FlaskClient, language: str) -> Iterator[Reader]:
    reader = Reader(client, language)
    yield reader
    assert not reader.english, "\n".join(f"{sent}: {said}" for sent, said in reader.english)


def test_bad_audits(reader: Reader, world: World, facility: UUID) -> None:
    for answer in BAD_ANSWERS:
        document = world.document(facility, {}) | {"answers": [answer]}
        body = json.dumps(document).encode()
        reader.refused(world.inspector, "POST", AUDITS, data=body, content_type="application/json")
    for part in BAD_PARTS:
        reader.refused(world.inspector, "POST", AUDITS, json=world.document(facility, {}) | part)
    for body in BAD_BODIES:
        reader.refused(world.inspector, "POST", AUDITS, data=body, content_type="application/json")
    document = world.document(facility, {STEP: 0.01})
    itself = {"corrects": document["id"]}
    reader.refused(world.inspector, "POST", AUDITS, json=document | itself)
    for about in ({"data": b"<a/>"}, {"json": document, "headers": {"Device-Time": "noon"}}):
        reader.refused(world.inspector, "POST", AUDITS, **about)
    reader.refused(world.inspector, "POST", f"{AUDITS}?x=1", json=document)
    first = world.audited(facility, {STEP: 0.01})
    reader.refused(world.inspector, "POST", AUDITS, json=document | {"id": str(first), "ground": "unscheduled"})
    elsewhere = world.facility()
    world.add(Home(id=elsewhere, region=REGION, kind="facility"))
    other = world.document(elsewhere, {STEP: 0.01}, corrects=str(first))
    reader.refused(world.inspector, "POST", AUDITS, json=other)


def test_roles_that_do_not_allow_it_and_objects_that_do_not_exist(
    reader: Reader, world: World, facility: UUID
) -> None:
    viewer, nobody = world.person(Role.MINISTRY), world.new_id()
    audit = world.audited(facility, {STEP: 0.05})
    violation = world.violation(facility, STEP).id
    given = {"id": str(world.new_id()), "reason": "для проверки"}
    writes: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", AUDITS, world.document(facility, {})),
        ("POST", f"{AUDITS}/{audit}/prescription", {"id": given["id"]}),
        ("POST", f"{AUDITS}/{audit}/confirmation", given),
        ("PUT", f"{AUDITS}/{audit}/observed-at", {"observed_at": MOMENT, "reason": "журнал"}),
        ("POST", f"/api/v1/violations/{violation}/decisions", given | {"kind": "waive"}),
        ("POST", OPERATORS, {**IN_EXAMPLE}),
        ("POST", FACILITIES, {"id": given["id"], **CLIENT_EXAMPLE}),
    ]
    stranger = world.person(Role.HEAD, OTHER_REGION)
    for method, address, body in writes:
        for person in (viewer, stranger, nobody):
            if person is not stranger or address not in (OPERATORS, FACILITIES):
                reader.refused(person, method, address, json=body)
        reader.refused(viewer, "DELETE", address)
    reader.refused(world.head, "POST", f"/api/v1/decisions/{nobody}/revocation", json=given)
    for address in BAD_LISTS:
        reader.refused(world.head, "GET", f"/api/v1/{address}")


def test_decisions_without_effect(reader: Reader, world: World, facility: UUID) -> None:
    audit = world.audited(facility, {STEP: 0.05, DOOR: 0.95})
    step = world.violation(facility, STEP)
    decisions = f"/api/v1/violations/{step.id}/decisions"

    def given(**about: Any) -> dict[str, Any]:
        return {"id": str(world.new_id()), "kind": "accept", "reason": "для проверки"} | about

    def refused(address: str, **about: Any) -> str | None:
        why: str | None = reader.refused(world.head, "POST", address, json=about).json.get("why")
        return why

    today = NOW.date()
    for about in (
        {"until": str(today)},
        {"kind": "extend", "until": str(today + timedelta(days=9))},
        {"kind": "waive", "until": str(today - timedelta(days=9))},
        {"kind": "waive", "until": "2190-01-01"},
        {"kind": "confirm"},
        {"rev": 77},
        {"id": str(audit)},
        {"reason": "   "},
        {"reason": None, "until": "x", "based_on": 5, "surplus": 1},
    ):
        refused(decisions, **given(**about))
    world.prescribe(audit)
    assert refused(decisions, **given(based_on=str(world.new_id()))) == "based_on_unknown_audit"
    plain = {"id": str(world.new_id()), "reason": "для проверки"}
    assert refused(f"{AUDITS}/{audit}/confirmation", **plain) == "nothing_to_confirm"
    refused(f"{AUDITS}/{audit}/prescription", id=plain["id"])
    reader.refused(world.head, "PUT", f"{AUDITS}/{audit}/observed-at", json={"observed_at": MOMENT, "reason": "x"})
    waiver = given(kind="waive")
    assert reader.client.post(decisions, json=waiver, headers=token(world.head)).status_code == 201
    refused(decisions, **(waiver | {"reason": "другое"}))
    world.clock.advance(days=1)
    assert refused(decisions, **given()) == "already_waived"
    revocation = f"/api/v1/decisions/{waiver['id']}/revocation"
    assert reader.client.post(revocation, json=plain, headers=token(world.head)).status_code == 201
    world.clock.advance(days=1)
    assert refused(revocation, **(plain | {"id": str(world.new_id())})) == "revokes_nothing"


def test_bad_registers(reader: Reader, world: World, facility: UUID) -> None:
    for number in BAD_NUMBERS:
        reader.refused(world.head, "POST", OPERATORS, json={**IN_EXAMPLE, "tax_id": number})
    here = {"lat": IN_DISTRICT.lat, "lon": IN_DISTRICT.lon}
    for part in BAD_FACILITIES:
        body = {"id": str(world.new_id()), **CLIENT_EXAMPLE, **here, **part}
        reader.refused(world.head, "POST", FACILITIES, json=body)
    for headers in ({}, {"If-Match": '"77"'}):
        reader.refused(world.head, "PATCH", f"{FACILITIES}/{facility}", json={"active": False}, headers=headers)


def test_an_english_word_left_in_a_sentence_is_seen() -> None:
    for mixed in (
        "Administer құқығы бар рөл is қажет",
        "таңба саны 12; zeros in front, 11",
        "this is not an object",
    ):
        assert ENGLISH.search(mixed)
    for said in (
        "мына атаулары бар нысан: id, kind, of",
        "одно из: not_checked, not_applicable",
        "true или false",
    ):
        assert not ENGLISH.search(said)
