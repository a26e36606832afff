"""What operators write, with their photos, and what officials answer."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from api.examination import Examiner
from api.settings import Settings
from inspection.tables.answers import OperatorReply
from inspection.tables.decisions import DecisionRow
from inspection.tables.people import Role
from inspection.tables.prescriptions import Prescription
from tests.api import people
from tests.api.copies import quick_app
from tests.console.conftest import HOSTILE, Console
from tests.inspection.world import DOOR, NEIGHBOUR, STEP

WORDS = "Продлеваем до названного дня."


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    """With a place for files."""
    settings = Settings(
        database_url=fresh_url,
        link_key_file=str(tmp_path / "link.key"),
        examine_photos=False,
        photos=str(tmp_path / "photos"),
        upload_folder=str(tmp_path / "uploads"),
    )
    app = quick_app(settings)
    yield app
    app.extensions["pandus"].engine.dispose()


@pytest.fixture
def address(console: Console, client: FlaskClient) -> str:
    """Where the operator answers."""
    (prescription,) = console.world.rows(Prescription)
    path = f"/api/v1/prescriptions/{prescription.id}/links"
    made = client.post(path, headers=people.token(console.world.head), json={"id": str(uuid4())})
    return str(made.json["address"]).removeprefix("http://127.0.0.1:8000")


def say(console: Console, client: FlaskClient, address: str, kind: str, *files: bytes, **about: Any) -> str:
    """The operator says something; the address of its page in the console."""
    given = {
        "submission": str(uuid4()),
        "kind": kind,
        "items": [str(console.violation(about.pop("criterion", DOOR)))],
        "said": "Подрядчик подвёл.",
        "said_by": "Выдуманный Заведующий",
        **about,
    }
    listed = [(BytesIO(content), "photo.bin") for content in files]
    sent = client.post(address, data={**given, "files": listed}, content_type="multipart/form-data")
    assert sent.status_code == 303, sent.text
    rows = console.world.rows(OperatorReply, OperatorReply.submission_id == UUID(given["submission"]))
    return f"/review/replies/{rows[0].id}"


def later(console: Console, days: int = 300) -> str:
    return (console.world.clock() + timedelta(days=days)).date().isoformat()


def reply(console: Console) -> OperatorReply:
    (found,) = console.world.rows(OperatorReply)
    return found


def jpeg() -> bytes:
    held = BytesIO()
    Image.new("RGB", (40, 30), "red").save(held, "JPEG")
    return held.getvalue()


def test_a_request_for_a_later_date_is_granted_as_it_was_asked(
    console: Console, client: FlaskClient, address: str
) -> None:
    where = say(console, client, address, "extension", until=later(console))
    listed = console.get("/review/replies").text
    assert f"/console{where}" in listed
    assert "Выдуманный Заведующий asks for a later date" in listed
    assert f'value="{later(console)}"' in console.get(where).text
    form = {"outcome": "extend", "words": WORDS}
    assert [console.post(where, **form).status_code for _ in range(2)] == [303, 303]
    (decision,) = console.world.rows(DecisionRow)
    assert (decision.kind, str(decision.until)) == ("extend", later(console))
    assert (reply(console).state, reply(console).answer) == ("granted", WORDS)
    assert WORDS in console.get(where).text
    assert "Your answer" not in console.get(where).text
    assert "granted" in console.get("/review/replies", state="decided").text


def test_a_contest_is_answered_by_sending_an_inspector(
    console: Console, client: FlaskClient, address: str
) -> None:
    where = say(console, client, address, "contest")
    assert console.post(where, outcome="recheck", words=WORDS).status_code == 303
    assert [row.kind for row in console.world.rows(DecisionRow)] == ["recheck"]


def test_a_refusal_decides_nothing(console: Console, client: FlaskClient, address: str) -> None:
    where = say(console, client, address, "extension", until=later(console))
    assert console.post(where, outcome="refuse", words=WORDS).status_code == 303
    assert reply(console).state == "refused"
    assert not console.world.rows(DecisionRow)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"outcome": "extend", "words": ""}, "words"),
        ({"words": WORDS}, "outcome"),
        ({"outcome": "give up", "words": WORDS}, "outcome"),
        ({"outcome": "recheck", "words": WORDS}, "outcome"),
        ({"outcome": "extend", "words": WORDS, "until": "soon"}, "until"),
        ({"outcome": "extend", "words": WORDS, "until": "2001-01-01"}, "until"),
        ({"outcome": "refuse", "words": "я" * 2001}, "words"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    console: Console, client: FlaskClient, address: str, form: dict[str, str], field: str
) -> None:
    where = say(console, client, address, "extension", until=later(console))
    page = console.post(where, **form)
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert form["words"] in page.text
    assert reply(console).state == "waiting"


def test_a_declaration_with_its_photo_is_listed_apart_and_noted(
    console: Console, client: FlaskClient, address: str
) -> None:
    where = say(console, client, address, "remedied", jpeg(), criterion=STEP)
    assert where not in console.get("/review/replies").text
    listed = console.get("/review/declarations").text
    assert where in listed
    assert "1 file" in listed
    assert "there is nothing to see of it yet" in console.get(where).text
    parts = console.app.extensions["pandus"]
    Examiner(parts.units, parts.settings).run()
    assert re.search(r'<img src="/api/v1/reply-files/[0-9a-f-]{36}"', console.get(where).text)
    assert console.post(where, outcome="note", words="Спасибо, проверим.").status_code == 303
    late = console.post(where, outcome="note", words="Я опоздал с ответом.")
    assert (late.status_code, "Я опоздал с ответом." in late.text) == (409, True)


def test_who_may_not_decide_reads_it_and_who_is_elsewhere_does_not(
    console: Console, client: FlaskClient, address: str
) -> None:
    where = say(console, client, address, "contest")
    viewer, stranger = console.world.person(Role.MINISTRY), console.world.person(Role.AKIMAT, NEIGHBOUR)
    assert "Your answer" not in console.get(where, viewer).text
    assert console.post(where, viewer, outcome="refuse", words=WORDS).status_code == 403
    assert console.get(where, stranger).status_code == 404
    assert console.post(where, stranger, outcome="refuse", words=WORDS).status_code == 404
    assert where not in console.get("/review/replies", stranger).text
    assert reply(console).state == "waiting"


def test_what_operators_type_is_never_markup(console: Console, client: FlaskClient, address: str) -> None:
    where = say(console, client, address, "message", jpeg(), said=HOSTILE, said_by=HOSTILE)
    for path in (where, "/review/replies"):
        page = console.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert not re.search(r"<img src=x", page.text)
