"""The paper of a prescription over HTTP and by mail: kept as it was told, for those who may see it, sent once."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from api.photo_store import current_store
from api.settings import Settings
from api.wiring import wire
from api.work import Units
from inspection.tables.areas import Area
from inspection.tables.facilities import Facility
from inspection.tables.notices import Letter
from inspection.tables.operators import Operator
from inspection.tables.people import Role
from inspection.tables.photos import Blob, BlobState
from inspection.tables.prescription_papers import PrescriptionPaper
from inspection.tables.prescriptions import Department
from tests.api.copies import quick_app
from tests.api.people import token
from tests.inspection.photos import photo_of, push_photos
from tests.inspection.pictures import a_jpeg
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, NEIGHBOUR, REGION, STEP, World
from tests.servers.smtp import MailServer, mail_server

PICTURE = a_jpeg(640, 480)


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = quick_app(Settings(database_url=fresh_url, photos=str(tmp_path / "photos")))
    yield app
    app.extensions["pandus"].engine.dispose()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def facility(world: World) -> UUID:
    """A facility whose operator has an address."""
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    names = {"name_kk": "«Үлгі» ЖШС", "name_ru": "ТОО «Пример»", "notice_email": "owner@example.test"}
    times = {"created_at": world.clock(), "updated_at": world.clock()}
    operator = world.add(Operator(id=world.new_id(), **place, **names, **times)).id
    return world.facility(operator_id=operator)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A template that cannot be printed, until this is undone."""
    (template := tmp_path / "broken.typ").write_text("#panic()")
    monkeypatch.setattr("api.papers.printing.TEMPLATE", template)
    return monkeypatch


def get(client: FlaskClient, person: UUID, prescription: UUID, **headers: str) -> Any:
    return client.get(f"/api/v1/prescriptions/{prescription}/paper", headers=token(person) | headers)


def photos_in(pdf: bytes) -> int:
    return sum(len(page.get_images()) for page in pikepdf.open(BytesIO(pdf)).pages)


def mailing(app: Flask, server: MailServer) -> None:
    parts = app.extensions["pandus"]
    mail = f"smtp://127.0.0.1:{server.port}"
    wire(app, replace(parts, settings=replace(parts.settings, mail=mail, mail_from="pandus@example.test")))


def send(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["notices", "run"])
    assert result.exit_code == 0, result.output


def attached(mail: Any) -> list[tuple[str, bytes]]:
    return [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]


def plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def with_photo(world: World, units: Units, audit: UUID) -> str:
    """A photo of the step whose bytes were examined; its SHA-256 in hex."""
    document = photo_of(world, audit, content=PICTURE)
    (understood,) = push_photos(world, document)
    assert understood.state == "taken", understood
    sha256 = bytes.fromhex(document["sha256"])
    values = {"state": BlobState.EXAMINED.value, "thumbnail": PICTURE}
    units.write(lambda work: work.session.execute(update(Blob).where(Blob.sha256 == sha256).values(**values)))
    return str(document["sha256"])


def test_a_paper_is_served_as_pdf_under_its_hash(client: FlaskClient, world: World, facility: UUID) -> None:
    issued = world.prescribe(world.audited(facility, FAILS))
    answer = get(client, world.inspector, issued.id)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "filename*=UTF-8''%D0%90%D0%9B-2026-000001.pdf" in answer.headers["Content-Disposition"]
    assert answer.cache_control.private
    pdf = pikepdf.open(BytesIO(answer.data))
    assert pdf.docinfo["/Title"] == "Нұсқама / Предписание № АЛ-2026-000001"
    again = get(client, world.head, issued.id, **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert get(client, world.head, issued.id).data == answer.data


def test_whatever_changes_afterwards_changes_nothing_on_the_paper(
    client: FlaskClient, world: World, units: Units, facility: UUID
) -> None:
    issued = world.prescribe(world.audited(facility, FAILS))
    before = get(client, world.head, issued.id)
    (kept,) = world.rows(PrescriptionPaper)

    def rename(work: Any) -> None:
        other = {"name_kk": "басқа", "name_ru": "другое"}
        for model in (Operator, Department, Area):
            work.session.execute(update(model).values(**other))
        work.session.get(Facility, (REGION, facility)).name_ru = "другая"

    units.write(rename)
    after = get(client, world.head, issued.id)
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    assert world.rows(PrescriptionPaper)[0].content_hash == kept.content_hash


def test_a_prescription_from_before_papers_were_kept_gets_its_paper_when_it_is_asked_for(
    client: FlaskClient, world: World, units: Units, facility: UUID
) -> None:
    issued = world.prescribe(world.audited(facility, FAILS))
    (kept,) = world.rows(PrescriptionPaper)
    units.write(lambda work: work.session.execute(delete(PrescriptionPaper)))
    assert get(client, world.inspector, issued.id).status_code == 200
    (made,) = world.rows(PrescriptionPaper)
    assert (made.content, made.content_hash) == (kept.content, kept.content_hash)


def test_another_area_and_no_prescription_at_all_look_alike(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    issued = world.prescribe(world.audited(facility, FAILS))
    stranger = world.person(Role.HEAD, NEIGHBOUR)
    answers = [get(client, stranger, made) for made in (issued.id, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json | {"request_id": None, "instance": None} == answers[1].json | {
        "request_id": None,
        "instance": None,
    }
    assert client.get(f"/api/v1/prescriptions/{issued.id}/paper").status_code == 401


def test_photos_are_shown_once_they_can_be_seen(
    app: Flask, client: FlaskClient, world: World, units: Units, facility: UUID
) -> None:
    audit = world.audited(facility, {STEP: FAILS[STEP]})
    sha256 = with_photo(world, units, audit)
    issued = world.prescribe(audit)
    away = get(client, world.head, issued.id)
    assert away.status_code == 503  # the photo was examined, and the store does not have it
    with app.app_context():
        current_store().put_public(bytes.fromhex(sha256), PICTURE)
    shown = get(client, world.head, issued.id)
    assert photos_in(shown.data) == 1
    not_yet = BlobState.STORED.value
    units.write(lambda work: work.session.execute(update(Blob).values(state=not_yet)))
    bare = get(client, world.head, issued.id)
    assert bare.headers["ETag"] != shown.headers["ETag"]
    assert photos_in(bare.data) == 0


def test_the_operator_gets_the_paper_once_and_later_letters_only_name_it(
    app: Flask, client: FlaskClient, world: World, facility: UUID, server: MailServer
) -> None:
    mailing(app, server)
    issued = world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    send(app)
    world.clock.advance(days=40)
    send(app)
    first, second = (mail for mail in server.taken if mail["To"] == "owner@example.test")
    ((name, pdf),) = attached(first)
    assert name == "АЛ-2026-000001.pdf"
    assert pdf == get(client, world.head, issued.id).data
    assert attached(second) == []
    said = [plain(mail) for mail in (first, second)]
    assert "Само предписание приложено к этому письму в виде PDF." in said[0]
    assert "Предписание: № АЛ-2026-000001" in said[1]
    assert "приложено" not in said[1]


def test_a_paper_that_cannot_be_printed_holds_its_letter_back_and_says_why(
    app: Flask, world: World, facility: UUID, server: MailServer, broken: pytest.MonkeyPatch
) -> None:
    mailing(app, server)
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    send(app)
    (letter,) = world.rows(Letter)
    assert server.seen == []
    assert letter.state == "queued"
    assert letter.answer is not None
    assert letter.answer.startswith("NotPrinted: the paper could not be printed")
    broken.undo()
    world.clock.advance(minutes=6)
    send(app)
    assert len(server.taken) == 1
    assert len(attached(server.taken[0])) == 1
