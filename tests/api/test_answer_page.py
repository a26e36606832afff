"""The page on which an operator answers without an account, and what officials make of it."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from api.answers import door, files
from api.answers.tokens import read_token, token
from api.examination import Examiner
from api.keys import Keys, keys
from api.settings import Settings
from inspection.tables.answers import AnswerLink, OperatorReply, ReplyFile
from inspection.tables.decisions import DecisionRow
from inspection.tables.notices import Notice
from inspection.tables.people import Role
from inspection.tables.violations import Violation
from tests.api import people
from tests.api.copies import quick_app
from tests.inspection.world import DOOR, FAILS, NEIGHBOUR, PASSES, STEP, World

REPLIES = "/api/v1/replies"
PDF = b"%PDF-1.7\n%invented\n"


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = quick_app(
        Settings(
            database_url=fresh_url,
            link_key_file=str(tmp_path / "link.key"),
            examine_photos=False,
            photos=str(tmp_path / "photos"),
            upload_folder=str(tmp_path / "uploads"),
        )
    )
    yield app
    app.extensions["pandus"].engine.dispose()


@pytest.fixture
def facility(world: World) -> UUID:
    return world.facility()


@pytest.fixture
def prescription(world: World, facility: UUID) -> UUID:
    return world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})).id


@pytest.fixture
def address(client: FlaskClient, world: World, prescription: UUID) -> str:
    made = make_link(client, world.head, prescription)
    assert made.status_code == 201
    return str(made.json["address"]).removeprefix("http://127.0.0.1:8000")


def make_link(client: FlaskClient, person: UUID, prescription: UUID) -> Any:
    return client.post(
        f"/api/v1/prescriptions/{prescription}/links", headers=people.token(person), json={"id": str(uuid4())}
    )


def filled(world: World, facility: UUID, criterion: str = DOOR, **about: Any) -> dict[str, Any]:
    plain = {
        "submission": str(uuid4()),
        "kind": "remedied",
        "items": [str(world.violation(facility, criterion).id)],
        "said": "",
        "said_by": "Выдуманный Заведующий",
    }
    return plain | about


def jpeg(colour: str = "red") -> bytes:
    held = BytesIO()
    Image.new("RGB", (40, 30), colour).save(held, "JPEG")
    return held.getvalue()


def send(client: FlaskClient, address: str, given: dict[str, Any], **sent: bytes) -> Any:
    listed = [(BytesIO(content), f"{name}.bin") for name, content in sent.items()]
    return client.post(f"{address}?lang=ru", data={**given, "files": listed}, content_type="multipart/form-data")


def replies(client: FlaskClient, person: UUID, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    while True:
        answer = client.get(REPLIES, headers=people.token(person), query_string=query)
        assert answer.status_code == 200, answer.json
        items += answer.json["items"]
        if (cursor := answer.json["next_cursor"]) is None:
            return items
        query["cursor"] = cursor


def answer(client: FlaskClient, person: UUID, reply: str, **given: Any) -> Any:
    return client.put(f"{REPLIES}/{reply}/answer", headers=people.token(person), json=given)


def test_whoever_has_the_link_sees_that_prescription_in_their_language_and_nothing_else(
    client: FlaskClient, world: World, address: str
) -> None:
    other = world.facility(name_ru="Чужая аптека", name_kk="Бөтен дәріхана")
    world.prescribe(world.audited(other, {DOOR: FAILS[DOOR]}))
    pages = {tongue: client.get(f"{address}?lang={tongue}") for tongue in ("kk", "ru", "en")}
    assert {page.status_code for page in pages.values()} == {200}
    assert 'lang="kk"' in pages["kk"].text
    assert "Нұсқаманың тармақтары" in pages["kk"].text
    assert "Пункты предписания" in pages["ru"].text
    assert "Items of the prescription" in pages["en"].text
    assert not any("Чужая" in page.text or "Бөтен" in page.text for page in pages.values())
    assert pages["ru"].headers["Cache-Control"] == "no-store"
    assert pages["ru"].headers["Referrer-Policy"] == "no-referrer"
    assert "form-action 'self'" in pages["ru"].headers["Content-Security-Policy"]
    assert "Set-Cookie" not in pages["ru"].headers


def test_the_paper_is_there_too(client: FlaskClient, address: str) -> None:
    paper = client.get(f"{address}/prescription.pdf")
    assert paper.status_code == 200
    assert paper.data.startswith(b"%PDF-")
    assert paper.headers["Cache-Control"] == "no-store"


def test_saying_that_it_is_remedied_declares_it_and_queues_a_follow_up_and_closes_nothing(
    client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    sent = send(client, address, filled(world, facility, said="Порог снят."), photo=jpeg(), act=PDF)
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"])
    assert "Ваш ответ получен" in page.text
    assert "сообщено об устранении" in page.text
    assert world.violation(facility, DOOR).state == "declared"
    followup = world.followup(facility)
    assert followup is not None
    assert DOOR in str(followup.items)
    (reply,) = replies(client, world.head)
    assert (reply["kind"], reply["state"], reply["said"]) == ("remedied", "noted", "Порог снят.")
    assert sorted(file["media_type"] for file in reply["files"]) == ["application/pdf", "image/jpeg"]
    (decision,) = world.rows(DecisionRow)
    assert str(decision.id) == reply["decision_id"]


def test_a_photo_is_shown_to_officials_without_what_the_camera_wrote_and_a_pdf_is_saved(
    app: Flask, client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    send(client, address, filled(world, facility), photo=jpeg(), act=PDF)
    (reply,) = replies(client, world.head)
    by_kind = {file["media_type"]: f"/api/v1/reply-files/{file['id']}" for file in reply["files"]}
    assert client.get(by_kind["image/jpeg"], headers=people.token(world.head)).status_code == 409
    parts = app.extensions["pandus"]
    Examiner(parts.units, parts.settings).run()
    seen = client.get(by_kind["image/jpeg"], headers=people.token(world.head))
    assert (seen.status_code, seen.mimetype) == (200, "image/jpeg")
    saved = client.get(by_kind["application/pdf"], headers=people.token(world.head))
    assert saved.data == PDF
    assert saved.headers["Content-Disposition"].startswith("attachment")
    stranger = people.token(world.person(None))
    assert client.get(by_kind["application/pdf"], headers=stranger).status_code == 404


def test_sending_twice_says_it_once(client: FlaskClient, world: World, facility: UUID, address: str) -> None:
    given = filled(world, facility)
    first, second = (send(client, address, given, photo=jpeg()) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(world.rows(OperatorReply)) == len(world.rows(ReplyFile)) == len(world.rows(DecisionRow)) == 1


def test_one_page_sends_one_thing(client: FlaskClient, world: World, facility: UUID, address: str) -> None:
    given = filled(world, facility)
    send(client, address, given)
    other = send(client, address, given | {"kind": "message", "said": "Другое."})
    assert other.status_code == 422
    assert len(world.rows(OperatorReply)) == 1
    anew = re.search(r'name="submission" value="([^"]+)"', other.text)
    assert anew
    assert (
        send(client, address, given | {"kind": "message", "said": "Другое.", "submission": anew[1]}).status_code
        == 303
    )


def test_an_extension_is_asked_for_and_granted_with_its_date(
    client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    given = filled(world, facility, kind="extension", said="Ждём плитку.", until="2026-12-01")
    assert send(client, address, given).status_code == 303
    (reply,) = replies(client, world.head, state="waiting")
    assert (reply["until"], reply["said"]) == ("2026-12-01", "Ждём плитку.")
    said = answer(client, world.head, reply["id"], outcome="granted", words="Хорошо.", by="extend")
    assert (said.status_code, said.json["state"]) == (200, "granted")
    assert str(world.violation(facility, DOOR).due_on) == "2026-12-01"
    page = client.get(f"{address}?lang=ru").text
    assert "удовлетворено" in page
    assert "Хорошо." in page
    assert (
        answer(client, world.head, reply["id"], outcome="granted", words="Хорошо.", by="extend").status_code == 200
    )
    assert answer(client, world.head, reply["id"], outcome="refused", words="Нет.").status_code == 409


def test_a_refusal_is_told_to_the_operator_once_and_changes_no_date(
    client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    before = world.violation(facility, DOOR).due_on
    send(client, address, filled(world, facility, kind="extension", said="Надо.", until="2026-12-01"))
    (reply,) = replies(client, world.head)
    assert answer(client, world.head, reply["id"], outcome="refused", words="Время есть.").status_code == 200
    assert world.violation(facility, DOOR).due_on == before
    (notice,) = world.rows(Notice, Notice.stage == "answered")
    assert str(notice.document_id) == reply["id"]
    assert "Время есть." in client.get(f"{address}?lang=ru").text


def test_what_is_contested_can_be_looked_at_again_or_waived(
    client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    for criterion in (DOOR, STEP):
        send(client, address, filled(world, facility, criterion, kind="contest", said="Измерено не там."))
    by_violation = {reply["violation_id"]: reply["id"] for reply in replies(client, world.head, limit=1)}
    assert len(by_violation) == 2
    door, step = (by_violation[str(world.violation(facility, each).id)] for each in (DOOR, STEP))
    wrong = answer(client, world.head, door, outcome="granted", words="Проверим.", by="extend", until="2026-12-01")
    assert wrong.status_code == 422
    assert answer(client, world.head, door, outcome="granted", words="Проверим.", by="recheck").status_code == 200
    assert world.followup(facility) is not None
    assert answer(client, world.head, step, outcome="granted", words="Верно.", by="waive").status_code == 200
    assert world.violation(facility, STEP).state == "waived"


@pytest.mark.parametrize(
    ("about", "field", "words"),
    [
        ({"items": []}, "items", "на что вы отвечаете"),
        ({"items": [str(uuid4())]}, "items", "на что вы отвечаете"),
        ({"items": ["'; DROP TABLE"]}, "items", "на что вы отвечаете"),
        ({"kind": "close"}, "kind", "что вы хотите сообщить"),
        ({"kind": "contest"}, "said", "несколько слов"),
        ({"said_by": " "}, "said_by", "кто вы"),
        ({"said_by": "я" * 201}, "said_by", "слишком длинно"),
        ({"kind": "extension", "said": "Надо."}, "until", "до какой даты"),
        ({"kind": "extension", "said": "Надо.", "until": "2026-13-01"}, "until", "такой даты нет"),
        ({"kind": "extension", "said": "Надо.", "until": "2026-03-17"}, "until", "не позже"),
        ({"kind": "extension", "said": "Надо.", "until": "2999-01-01"}, "until", "позже, чем"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_that_was_filled_in_is_lost(
    client: FlaskClient,
    world: World,
    facility: UUID,
    address: str,
    *,
    about: dict[str, Any],
    field: str,
    words: str,
) -> None:
    plain = {"kind": "message", "said": "" if about.get("kind") == "contest" else "Слова."}
    refused = send(client, address, filled(world, facility) | plain | about, photo=jpeg())
    assert refused.status_code == 422
    problem = re.search(rf'id="{field}-error">([^<]+)<', refused.text)
    assert problem, refused.text
    assert words in problem[1]
    control = {"items": "item-1", "kind": "kind-remedied"}.get(field, field)
    assert f'href="#{control}"' in refused.text
    assert f'id="{control}"' in refused.text
    assert world.rows(OperatorReply) == []
    kept = re.search(r'name="kept" value="([^"]+)"', refused.text)
    assert kept
    mended = filled(world, facility) | {"kept": kept[1]}
    assert send(client, address, mended).status_code == 303
    assert len(world.rows(ReplyFile)) == 1


def test_a_file_that_a_page_was_never_given_cannot_be_handed_back(
    client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    forged = f"{'00' * 16} {'ab' * 32} 10 image/jpeg x.jpg"
    assert send(client, address, filled(world, facility, kept=forged)).status_code == 303
    assert world.rows(ReplyFile) == []


def test_a_program_and_a_giant_are_no_files(
    client: FlaskClient, world: World, facility: UUID, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = send(client, address, filled(world, facility), program=b"MZ\x90\x00 not a picture")
    assert program.status_code == 422
    assert "этот файл не принимается: program.bin" in program.text
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    giant = send(client, address, filled(world, facility), giant=jpeg())
    assert giant.status_code == 422
    assert "больше" in giant.text
    assert world.rows(OperatorReply) == []


def test_too_many_bytes_at_once_are_refused_in_words(
    client: FlaskClient, world: World, facility: UUID, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_BYTES", 10_000)
    giant = send(client, address, filled(world, facility), giant=b"%PDF-" + bytes(10_000))
    assert giant.status_code == 413
    assert "Файлы слишком большие" in giant.text


def test_an_extension_is_not_asked_for_when_the_date_has_passed_nor_twice(
    client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    asked = {"kind": "extension", "said": "Надо.", "until": "2026-12-01"}
    assert send(client, address, filled(world, facility, **asked)).status_code == 303
    assert "никто ещё не решил" in send(client, address, filled(world, facility, **asked)).text
    world.clock.advance(days=150)
    late = send(client, address, filled(world, facility, STEP, **asked))
    assert late.status_code in (410, 422)


def test_what_is_over_cannot_be_answered(client: FlaskClient, world: World, facility: UUID, address: str) -> None:
    given = filled(world, facility)
    world.clock.advance(days=1)
    world.audited(facility, {DOOR: PASSES[DOOR], STEP: PASSES[STEP]})
    page = client.get(f"{address}?lang=ru").text
    assert "Отвечать больше не на что" in page
    assert "<form" not in page
    assert send(client, address, given).status_code == 422


def test_a_link_is_revoked_and_expires_and_says_nothing_then(
    client: FlaskClient, world: World, prescription: UUID, address: str, facility: UUID
) -> None:
    second = make_link(client, world.head, prescription).json
    revoked = client.put(
        f"/api/v1/answer-links/{second['id']}/revocation",
        headers=people.token(world.head),
        json={"reason": "ушла не туда"},
    )
    assert revoked.status_code == 200
    gone = client.get(second["address"].removeprefix("http://127.0.0.1:8000"))
    assert gone.status_code == 410
    assert "Образец" not in gone.text
    assert client.get(address).status_code == 200
    world.clock.advance(days=400)
    assert client.get(address).status_code == 410
    assert send(client, address, filled(world, facility)).status_code == 410


def test_a_token_that_is_not_ours_opens_nothing(
    app: Flask, client: FlaskClient, world: World, address: str
) -> None:
    key = keys(app.extensions["pandus"].settings)
    link = world.rows(AnswerLink)[0].id
    assert read_token(key, token(key, link)) == link
    forged = [token(Keys([bytes(32)]), link), token(key, uuid4()), "x", "я" * 43, "A" * 43, "%00"]
    assert {client.get(f"/answer/{each}").status_code for each in forged} == {404}


def test_one_link_is_not_asked_without_end(
    client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    answers = [send(client, address, filled(world, facility, said_by="")).status_code for _ in range(21)]
    assert answers == [422] * 20 + [429]


def test_only_who_decides_there_makes_links_and_answers(
    client: FlaskClient, world: World, facility: UUID, prescription: UUID, address: str
) -> None:
    send(client, address, filled(world, facility, kind="message", said="Спасибо."))
    (reply,) = replies(client, world.inspector)
    assert make_link(client, world.inspector, prescription).status_code == 403
    assert answer(client, world.inspector, reply["id"], outcome="noted", words="Прочли.").status_code == 403
    neighbour = world.person(Role.HEAD, NEIGHBOUR)
    assert make_link(client, neighbour, prescription).status_code == 404
    assert answer(client, neighbour, reply["id"], outcome="noted", words="Прочли.").status_code == 404
    assert replies(client, neighbour) == []
    assert answer(client, world.head, reply["id"], outcome="noted", words="Прочли.").status_code == 200


def test_the_same_item_declared_twice_is_settled_once(
    client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    for words in ("Раз.", "Два."):
        assert send(client, address, filled(world, facility, said=words)).status_code == 303
    assert len(world.rows(DecisionRow)) == 1
    assert len(world.rows(OperatorReply)) == 2
    assert len(world.rows(Violation, Violation.state == "declared")) == 1


def test_all_items_of_a_prescription_are_declared_at_once(
    client: FlaskClient, world: World, facility: UUID, address: str
) -> None:
    items = [str(world.violation(facility, criterion).id) for criterion in (DOOR, STEP)]
    assert send(client, address, filled(world, facility, items=items)).status_code == 303
    assert {held.state for held in world.violations(facility).values()} == {"declared"}
    decided = {str(row.violation_id): str(row.id) for row in world.rows(DecisionRow)}
    assert {reply["violation_id"]: reply["decision_id"] for reply in replies(client, world.head)} == decided
    followup = world.followup(facility)
    assert followup is not None
    assert len(followup.items) == 2


@pytest.mark.parametrize("until", ["1.1.99999999999999999999", "01.01.0", "9" * 5000])
def test_a_date_that_no_calendar_has_is_wrong_at_its_field(
    client: FlaskClient, world: World, facility: UUID, address: str, until: str
) -> None:
    given = filled(world, facility, kind="extension", said="Ждём.", until=until)
    assert send(client, address, given).status_code == 422


@pytest.mark.parametrize("name", ["a\0b.jpg", "\u202egpj.exe", "=cmd|' /C calc'!A0", "x" * 5000])
def test_a_file_comes_whatever_it_is_called(
    client: FlaskClient, world: World, facility: UUID, address: str, name: str
) -> None:
    sent = {**filled(world, facility), "files": [(BytesIO(jpeg()), name)]}
    answer = client.post(f"{address}?lang=ru", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    (held,) = world.rows(ReplyFile)
    assert all(sign.isprintable() for sign in held.name)
