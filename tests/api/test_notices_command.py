"""`flask notices`: from what fell due to mail that arrived."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from jinja2 import UndefinedError

from api.chores import postman
from api.mail import letter_post
from api.settings import Settings
from api.wiring import wire
from api.work import DatabaseAway, Work
from inspection.history import DecisionKind
from inspection.notices.letters import LETTERS, take
from inspection.outbox import PAUSES, Key, Outbox, Refusal
from inspection.tables.notices import Letter, Notice
from inspection.tables.operators import Operator
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, REGION, World
from tests.servers.smtp import HANG_UP, MailServer, mail_server

ADDRESS = "owner@example.test"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def facility(world: World) -> UUID:
    """A facility with a prescription that its operator was not written to about yet."""
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    names = {"name_kk": "«Үлгі» ЖШС", "name_ru": "ТОО «Пример»", "notice_email": ADDRESS}
    times = {"created_at": world.clock(), "updated_at": world.clock()}
    operator = world.add(Operator(id=world.new_id(), **place, **names, **times)).id
    facility = world.facility(operator_id=operator)
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    return facility


def mailing(app: Flask, mail: str) -> None:
    """Let the application send its letters there."""
    parts = app.extensions["pandus"]
    settings: Settings = replace(parts.settings, mail=mail, mail_from="pandus@example.test")
    wire(app, replace(parts, settings=settings))


def run(app: Flask, *options: str) -> str:
    result = app.test_cli_runner().invoke(args=["notices", "run", *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_prescription_reaches_its_operator_once(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    assert run(app) == "0 notices fell due, 1 went into letters; 1 letters sent.\n"
    assert run(app) == "0 notices fell due, 0 went into letters; no letter was due.\n"
    (mail,) = server.taken
    (letter,) = world.rows(Letter)
    assert (mail["To"], mail["Message-ID"]) == (ADDRESS, f"<{letter.id}@example.test>")
    assert "Выдано предписание: № АЛ-2026-000001" in mail["Subject"]


def test_a_dry_run_says_who_would_get_what_and_writes_nothing(
    app: Flask, world: World, facility: UUID, tmp_path: Path
) -> None:
    mailing(app, str(tmp_path / "mail"))
    due_on = world.violation(facility, DOOR).due_on
    assert due_on is not None
    world.clock.now += timedelta(days=(due_on - world.clock.now.date()).days + 1)
    before = len(world.rows(Notice))
    said = run(app, "--dry-run").splitlines()
    assert len(said) == 3
    assert f"operator:{world.rows(Operator)[0].id}: overdue, due {due_on}" in said[0]
    assert f"nobody:department: overdue, due {due_on}" in said[1]
    assert said[2] == "2 notices would fall due; nothing was written."
    assert len(world.rows(Notice)) == before
    assert not (tmp_path / "mail").exists()


def test_without_a_mail_server_letters_lie_in_a_folder(
    app: Flask, world: World, facility: UUID, tmp_path: Path
) -> None:
    mailing(app, str(tmp_path / "mail"))
    run(app)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == f"{world.rows(Letter)[0].id}.eml"


def test_a_letter_that_was_refused_for_now_goes_out_later_with_the_same_id(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    server.says = HANG_UP
    assert "1 letters put off" in run(app)
    server.says = "250 taken"
    world.clock.advance(minutes=4)
    assert "no letter was due" in run(app)
    world.clock.advance(minutes=1)
    assert "1 letters sent" in run(app)
    assert len({mail["Message-ID"] for mail in server.seen}) == 1
    assert len(server.seen) == 2


def test_what_was_waived_before_the_letter_went_is_not_sent(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    server.says = "451 later"
    run(app)
    world.decide(facility, DOOR, DecisionKind.WAIVE)
    server.says = "250 taken"
    world.clock.advance(minutes=10)
    run(app)
    subjects = [mail["Subject"] for mail in server.seen]
    assert "Выдано предписание" in subjects[0]
    assert all("Нарушение снято" in subject for subject in subjects[1:])
    assert len(subjects) == 2


def test_an_address_with_a_line_break_is_left_to_people_and_stops_nobody(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    with world.unit() as unit:
        for operator in unit.session.query(Operator):
            operator.notice_email = "a@example.test\r\nBcc: all@example.test"
    assert "1 letters left to people" in run(app)
    assert server.seen == []
    (letter,) = world.rows(Letter)
    assert (letter.state, letter.answer) == ("failed", "the address holds signs that no address of mail has")


@pytest.mark.usefixtures("facility")
@pytest.mark.parametrize("part", ["content", "compose"])
def test_a_letter_that_cannot_be_written_holds_up_no_other_and_is_left_to_people_in_the_end(
    app: Flask, world: World, server: MailServer, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """In the unit that takes it (`content`), or behind it (`compose`): a broken template, a fault of ours."""
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    (owner,) = world.rows(Operator)
    other = world.facility(operator_id=owner.id)
    world.prescribe(world.audited(other, {DOOR: FAILS[DOOR]}))
    carrier = postman(app.extensions["pandus"])
    carrier.gather()
    bad = min(letter.id for letter in world.rows(Letter))
    right = getattr(letter_post, part)

    def broken(*given: Any, **named: Any) -> Any:
        if bad in (getattr(each, "id", None) for each in given):
            raise UndefinedError("'measured' is undefined")
        return right(*given, **named)

    monkeypatch.setattr(letter_post, part, broken)
    with app.app_context():
        assert carrier.deliver() == {"sent": 1, "put_off": 1}
        for _ in PAUSES:
            world.clock.advance(days=1)
            carrier.deliver()
    (letter,) = world.rows(Letter, Letter.id == bad)
    assert (letter.state, letter.attempts) == ("failed", 1 + len(PAUSES))
    assert letter.answer == "UndefinedError: 'measured' is undefined"
    assert len(server.taken) == 1


def test_a_database_that_is_away_for_a_moment_after_the_servers_yes_doubles_nothing(
    app: Flask, world: World, facility: UUID, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    away, waited = iter([True, True, False]), list[float]()

    record = Outbox.record

    def recorded(box: Outbox[Letter], work: Work, key: Key, refusal: Refusal | None) -> None:
        if next(away):
            raise DatabaseAway("the database cannot be reached")
        record(box, work, key, refusal)

    monkeypatch.setattr(Outbox, "record", recorded)
    carrier = replace(postman(app.extensions["pandus"]), pause=waited.append)
    carrier.gather()
    with app.app_context():
        assert carrier.deliver() == {"sent": 1}
        assert len(waited) == 2
        world.clock.advance(minutes=11)
        assert carrier.deliver() == {}
    assert len(server.taken) == 1


def test_who_dies_between_the_servers_yes_and_writing_it_down_has_sent_it_all_the_same(
    app: Flask, world: World, facility: UUID, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")

    def died(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    carrier = postman(app.extensions["pandus"])
    carrier.gather()
    with app.app_context():
        with monkeypatch.context() as patched:
            patched.setattr(Outbox, "record", died)
            with pytest.raises(KeyboardInterrupt):
                carrier.deliver()
        (letter,) = world.rows(Letter)
        assert (letter.state, letter.sent_at) == ("queued", world.clock())
        world.clock.advance(minutes=11)
    said = app.test_cli_runner().invoke(args=["notices", "send"]).output
    assert said == "0 notices went into letters; 1 letters sent.\n"
    (letter,) = world.rows(Letter)
    assert (letter.state, letter.attempts) == ("sent", 2)
    assert len(server.taken) == 1


def test_a_letter_of_which_nothing_is_true_any_more_is_said_to_be_cancelled(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    postman(app.extensions["pandus"]).gather()
    world.decide(facility, DOOR, DecisionKind.WAIVE)
    said = app.test_cli_runner().invoke(args=["notices", "send"]).output
    assert said == "0 notices went into letters; 1 letters cancelled.\n"
    assert server.seen == []


def test_a_letter_that_somebody_else_has_taken_is_theirs(
    app: Flask, world: World, facility: UUID, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    carrier = postman(app.extensions["pandus"])
    carrier.gather()
    (letter,) = world.rows(Letter)
    with world.unit() as unit:
        assert isinstance(take(unit, (letter.home_region, letter.id)), tuple)
    monkeypatch.setattr(
        Outbox, "due", lambda outbox, _: [(letter.home_region, letter.id)] if outbox is LETTERS else []
    )
    with app.app_context():
        assert carrier.deliver() == {"elsewhere": 1}
    assert server.seen == []
