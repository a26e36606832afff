"""Every kind of secret with each letter changed, in the place of every other, and in forms that are not ours."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.answers import tokens as links
from api.keys import Keys, keys
from api.tablet_tokens import access_token, refresh_token
from api.wiring import wire
from inspection.tables.people import Person, Role
from tests.access.stage import BEFORE_ANY_DATABASE, Stage
from tests.api.people import token
from tests.attacks.places import somebody
from tests.inspection.world import DISTRICT, REGION
from tests.tally import Tried

DAY = timedelta(days=1)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NOT_OURS = (401, 404, 410)


def presented(stage: Stage, kind: str, word: str) -> Any:
    """The answer to a request that shows a word as a secret of a kind."""
    client = stage.app.test_client()
    if kind == "pairing code":
        sent = {"code": word, "device": str(uuid4())}
        return client.post("/api/v1/tablet-tokens/pairing", json=sent, buffered=True)
    if kind == "refresh token":
        return client.post("/api/v1/tablet-tokens", json={"refresh_token": word}, buffered=True)
    if kind == "link to answer":
        return client.get(f"/answer/{word}", buffered=True)
    if kind == "calendar":
        return client.get(f"/api/v1/calendars/{word}.ics", buffered=True)
    if kind == "upload":
        return client.head(word, headers={"Tus-Resumable": "1.0.0"}, buffered=True)
    headers = {"Authorization": f"Bearer {word}"}
    path = "/sync/facilities/1/pull" if kind == "tablet's token" else "/api/v1/me"
    return client.get(path, headers=headers, buffered=True)


@pytest.fixture(scope="module")
def secrets(stage: Stage) -> Mapping[str, str]:
    """One good secret of each kind."""
    wire(stage.app, stage.real)
    world, held = stage.scene.world, keys(stage.real.settings)
    person = somebody(stage)
    inspector = world.person(Role.INSPECTOR, DISTRICT)
    headers, client = token(person), stage.app.test_client()
    wish = {"id": str(world.new_id()), "region": REGION}
    code = client.post(f"/api/v1/people/{inspector}/pairings", json=wish, headers=headers, buffered=True)
    device = client.post(
        "/api/v1/tablet-tokens/pairing", json={"code": code.json["code"], "device": str(uuid4())}, buffered=True
    ).json
    another = wish | {"id": str(world.new_id())}
    unused = client.post(f"/api/v1/people/{inspector}/pairings", json=another, headers=headers, buffered=True)
    calendar = client.post("/api/v1/me/calendar", headers=headers, buffered=True).json["url"]
    made = client.post(f"/api/v1/people/{inspector}/token", headers=headers, buffered=True)
    tus = headers | {"Tus-Resumable": "1.0.0", "Upload-Length": "4"}
    return {
        "pairing code": unused.json["code"],
        "refresh token": device["refresh_token"],
        "tablet's token": device["access_token"],
        "person's token": made.json["token"],
        "link to answer": links.token(held, stage.scene.link),
        "calendar": calendar.rpartition("/")[2].removesuffix(".ics"),
        "upload": client.post("/uploads/", headers=tus, buffered=True).headers["Location"],
    }


def tampered(word: str, kind: str) -> Iterator[str]:
    """The word with one letter different, at each place; with letters more and less; in another case."""
    start = word.rfind("/") + 1 if kind == "upload" else 0
    for index in range(start, len(word)):
        sign = word[index]
        if sign == "-" and kind == "pairing code":
            continue
        for step in (1, 32):
            at = LETTERS.find(sign)
            other = LETTERS[(at + step) % len(LETTERS)] if at >= 0 else "A"
            if kind != "pairing code" or other.upper() != sign:
                yield word[:index] + other + word[index + 1 :]
    if kind != "pairing code":
        yield from (word[:-1], word + "A", word + "=", word + "==", f"{word}.", word.swapcase(), word + "%00")
        yield from (word[: start + 4] + "!" + word[start + 4 :], word[: start + 4] + " " + word[start + 4 :])


@pytest.mark.parametrize(
    "kind",
    ["pairing code", "refresh token", "tablet's token", "person's token", "link to answer", "calendar", "upload"],
)
def test_a_secret_with_one_letter_changed_opens_nothing(
    stage: Stage, secrets: Mapping[str, str], kind: str, tried: Tried
) -> None:
    wire(stage.app, stage.undone)
    word = secrets[kind]
    assert presented(stage, kind, word).status_code == 200, kind
    opened = []
    for changed in tampered(word, kind):
        reply = presented(stage, kind, changed)
        tried("tokens")
        if reply.status_code not in (*NOT_OURS, 400, 422):
            opened.append((changed, reply.status_code))
    assert opened == []


@BEFORE_ANY_DATABASE
def test_no_secret_is_good_for_anything_but_its_own_purpose(
    stage: Stage, secrets: Mapping[str, str], tried: Tried
) -> None:
    wire(stage.app, stage.undone)
    own = {
        ("tablet's token", "person's token")
    }  # both are shown as a bearer; what a tablet may is looked at elsewhere
    for kind, word in secrets.items():
        bare = word.rpartition("/")[2]
        for other in secrets:
            if other == kind or (kind, other) in own or (other, kind) in own:
                continue
            shown = f"/uploads/{stage.scene.audit}/{bare}" if other == "upload" else bare
            reply = presented(stage, other, shown)
            tried("tokens")
            assert reply.status_code in (*NOT_OURS, 400, 422), (kind, other, reply.status_code)


def test_an_upload_is_opened_by_its_own_secret_alone(
    stage: Stage, secrets: Mapping[str, str], tried: Tried
) -> None:
    wire(stage.app, stage.real)
    tus = token(somebody(stage)) | {"Tus-Resumable": "1.0.0", "Upload-Length": "4"}
    second = stage.app.test_client().post("/uploads/", headers=tus, buffered=True).headers["Location"]
    one, other = (address.rpartition("/") for address in (secrets["upload"], second))
    for address in (f"{one[0]}/{other[2]}", f"{other[0]}/{one[2]}"):
        tried("tokens")
        assert presented(stage, "upload", address).status_code == 404


def b64(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def jwts(person: UUID) -> Iterator[str]:
    """Tokens of the usual kind, which we do not have: without a signature, and signed by nothing."""
    claims = {"sub": str(person), "role": "admin", "exp": 99999999999}
    for algorithm in ("none", "None", "NONE", "nOnE", "HS256", "RS256", "", None, ["none"]):
        for signature in ("", b64({}), "A" * 43):
            yield f"{b64({'alg': algorithm, 'typ': 'JWT', 'kid': '../../etc/passwd'})}.{b64(claims)}.{signature}"


@BEFORE_ANY_DATABASE
def test_what_looks_like_a_token_of_another_kind_is_none(
    stage: Stage, secrets: Mapping[str, str], tried: Tried
) -> None:
    wire(stage.app, stage.undone)
    person = somebody(stage)
    forms = [
        *jwts(person),
        "null",
        "undefined",
        "0",
        "true",
        "[]",
        "{}",
        "Bearer",
        " ",
        "pda_",
        "pdr_",
        "pda_" * 99,
    ]
    forms += [f"pda_{b64(claims)}" for claims in ({}, {"device": str(person)})]
    forms += ["pda_" + "A" * n for n in (1, 2, 3, 4, 74, 75, 76, 77, 10_000)]
    for word in forms:
        for kind in ("person's token", "tablet's token", "refresh token", "link to answer", "calendar"):
            if kind in ("link to answer", "calendar") and not word.strip():
                continue
            reply = presented(stage, kind, word)
            tried("tokens")
            assert reply.status_code in (*NOT_OURS, 400, 422), (kind, word[:60], reply.status_code)


@dataclass(frozen=True)
class Forged:
    """A token that somebody without the key, or with half of it, could make."""

    called: str
    make: Callable[[Keys, UUID, Any], str]


FORGED = (
    Forged("under a key of zeros", lambda _, device, until: access_token(Keys([bytes(32)]), device, until)),
    Forged("under no key", lambda _, device, until: access_token(Keys([b""]), device, until)),
    Forged(
        "a refresh token's mark", lambda k, device, _: "pda_" + refresh_token(k, device, 1).removeprefix("pdr_")
    ),
    Forged("over", lambda k, device, until: access_token(k, device, until - 2 * DAY)),
    Forged("over since the year 1970", lambda k, device, until: access_token(k, device, until.replace(year=1970))),
)


@pytest.mark.parametrize("forged", FORGED, ids=lambda forged: forged.called)
def test_a_forged_token_of_a_tablet_opens_nothing(stage: Stage, forged: Forged, tried: Tried) -> None:
    wire(stage.app, stage.undone)
    world, held = stage.scene.world, keys(stage.real.settings)
    word = forged.make(held, stage.scene.tablet, world.clock() + DAY)
    assert presented(stage, "tablet's token", access_token(held, stage.scene.tablet, world.clock() + DAY))
    tried("tokens")
    assert presented(stage, "tablet's token", word).status_code == 401


def test_the_token_of_somebody_from_whom_it_was_taken_opens_nothing(stage: Stage, tried: Tried) -> None:
    world = stage.scene.world
    gone = world.person(Role.ADMIN, REGION)
    device = world.device(gone)
    word = access_token(keys(stage.real.settings), device, world.clock() + DAY)
    with world.unit() as unit:
        unit.session.get_one(Person, gone).token_hash = None
    wire(stage.app, stage.undone)
    assert presented(stage, "person's token", str(gone)).status_code == 401
    # Their tablet goes on until it is stopped: it holds audits that nobody else has.
    assert presented(stage, "tablet's token", word).status_code == 200
    tried("tokens", 2)


@BEFORE_ANY_DATABASE
def test_no_answer_and_no_log_repeats_a_secret(
    stage: Stage, secrets: Mapping[str, str], capsys: pytest.CaptureFixture[str], tried: Tried
) -> None:
    wire(stage.app, stage.undone)
    for kind, word in secrets.items():
        bare = word.rpartition("/")[2]
        for shown in (bare, bare[:-1] + ("A" if bare[-1] != "A" else "B")):
            address = f"{word.rpartition('/')[0]}/{shown}" if kind == "upload" else shown
            reply = presented(stage, kind, address)
            tried("tokens")
            told = reply.text + str(reply.headers)
            if kind != "link to answer":  # whose page holds its own address
                assert shown not in told, kind
            assert shown not in capsys.readouterr().err, kind
