"""Letters that come back: the reports of real mail servers, and what becomes of the letter and the address."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from api.chores import postman
from api.mail.mailbox import NoMailbox, read_mailbox
from api.mail.reports import Bounce, read_bounce
from api.settings import Settings
from api.wiring import wire
from inspection.tables.digests import Digest
from inspection.tables.journal import JournalEntry
from inspection.tables.notices import Letter
from inspection.tables.operators import Operator
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, REGION, STEP, World
from tests.servers.exim import HOME, MailHub, mail_hub
from tests.servers.smtp import MailServer, mail_server

NUMBER = UUID("2f1c8a52-6f0e-5c0b-8a55-7a6d2a0f9d10")
ADDRESS = "owner@example.test"
GONE = "550 5.1.1 no such user"
NESTED = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b0\n\n"


def report(
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <owner@example.test>: no such user",
    returned: str = f"Message-ID: <{NUMBER}@example.test>\nSubject: x\n",
    kind: str = "message/rfc822",
) -> bytes:
    """A report as many servers write it, Postfix with `message/rfc822`, Exim and others with the headers alone."""
    return f"""From: MAILER-DAEMON@mx.example.test
To: pandus@example.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test
Arrival-Date: Fri, 27 Nov 2026 10:00:00 +0500 (+05)

Final-Recipient: rfc822; owner@example.test
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--b
Content-Type: {kind}

{returned}
--b--
""".encode()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_names_the_letter_that_it_returns(kind: str) -> None:
    assert read_bounce(report(kind=kind)) == Bounce(NUMBER, "550 5.1.1 <owner@example.test>: no such user")


def test_the_number_given_along_with_the_letter_is_enough() -> None:
    without = report(returned="Subject: x\n").replace(
        b"Arrival-Date:", f"Original-Envelope-Id: {NUMBER}\nArrival-Date:".encode()
    )
    assert read_bounce(without) == Bounce(NUMBER, "550 5.1.1 <owner@example.test>: no such user")


def test_a_status_that_the_words_do_not_repeat_stands_before_them() -> None:
    exchange = report(status="5.1.10", diagnostic="smtp;550 RESOLVER.ADR.RecipientNotFound; not found")
    bounce = read_bounce(exchange)
    assert bounce
    assert bounce.answer == "5.1.10 550 RESOLVER.ADR.RecipientNotFound; not found"


@pytest.mark.parametrize(
    "mail",
    [
        report(action="delayed", status="4.4.1"),
        report(action="delivered", status="2.0.0"),
        report(returned="Message-ID: <something-else@example.test>\n"),
        b"Subject: Out of office\n\nI am on holiday.\n",
        b"",
        b"\xff\xfe\x00 no mail at all",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: mess",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nno boundary",
        NESTED
        + b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(3000)),
        NESTED + b"--b0\n" + b"Content-Type: message/rfc822\n\n" * 3000,
    ],
)
def test_what_is_no_report_of_a_letter_given_up_is_left_for_a_person(mail: bytes) -> None:
    assert read_bounce(mail) is None


@pytest.fixture
def operator(world: World) -> UUID:
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    names = {"name_kk": "«Үлгі» ЖШС", "name_ru": "ТОО «Пример»", "notice_email": ADDRESS}
    times = {"created_at": world.clock(), "updated_at": world.clock()}
    return world.add(Operator(id=world.new_id(), **place, **names, **times)).id


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def hub(server: MailServer) -> Iterator[MailHub]:
    with tempfile.TemporaryDirectory(prefix="pandus-exim-") as folder:
        Path(folder).chmod(0o755)
        with mail_hub(Path(folder), server.port) as running:
            yield running


def mailing(app: Flask, port: int, bounces: Path) -> None:
    parts = app.extensions["pandus"]
    sender = f"pandus@{HOME}"
    mail = f"smtp://127.0.0.1:{port}"
    settings: Settings = replace(parts.settings, mail=mail, mail_from=sender, bounces=str(bounces))
    wire(app, replace(parts, settings=settings))


def deliver(app: Flask) -> dict[str, int]:
    carrier = postman(app.extensions["pandus"])
    carrier.gather()
    return dict(carrier.deliver())


def prescribe(world: World, operator: UUID, criterion: str = DOOR) -> UUID:
    facility = world.facility(operator_id=operator)
    world.prescribe(world.audited(facility, {criterion: FAILS[criterion]}))
    return facility


def bounces(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["notices", "bounces"])
    assert result.exit_code == 0, result.output
    return result.output


def the_operator(world: World, operator: UUID) -> Operator:
    (held,) = world.rows(Operator, Operator.id == operator)
    return held


def test_what_another_server_refuses_comes_back_and_is_to_be_delivered_by_hand(
    app: Flask, world: World, operator: UUID, server: MailServer, hub: MailHub
) -> None:
    server.of_recipient = GONE
    mailing(app, hub.port, hub.mailbox)
    prescribe(world, operator)
    assert deliver(app) == {"sent": 1}
    hub.reported(1)
    assert bounces(app) == "1 letters came back, 0 reports of nothing new, 0 mails for a person.\n"
    (letter,) = world.rows(Letter)
    assert (letter.state, letter.answer) == ("failed", f"5.0.0 {GONE}")
    assert the_operator(world, operator).notice_email_failed_at == world.clock()
    assert list((hub.mailbox / "new").iterdir()) == []
    assert bounces(app).startswith("0 letters came back, 0")

    prescribe(world, operator, STEP)  # the next goes by hand at once
    deliver(app)
    assert sorted(letter.state for letter in world.rows(Letter)) == ["by_hand", "failed"]
    actions = [entry.action for entry in world.rows(JournalEntry)]
    assert [actions.count(each) for each in ("letter.failed", "operator.address_failed")] == [1, 1]
    assert ADDRESS not in str([entry.changes for entry in world.rows(JournalEntry)])


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


@pytest.fixture
def letter(app: Flask, world: World, operator: UUID, server: MailServer, mailbox: Path) -> Letter:
    """One that a mail server took."""
    mailing(app, server.port, mailbox)
    prescribe(world, operator)
    assert deliver(app) == {"sent": 1}
    (held,) = world.rows(Letter)
    return held


def come(mailbox: Path, name: str, letter: UUID, **about: str) -> None:
    (mailbox / "new" / name).write_bytes(report(**about).replace(str(NUMBER).encode(), str(letter).encode()))


def test_a_full_mailbox_fails_the_letter_and_not_the_address(
    app: Flask, world: World, operator: UUID, mailbox: Path, letter: Letter
) -> None:
    come(mailbox, "1.mx", letter.id, status="5.2.2", diagnostic="smtp; 552 5.2.2 mailbox full")
    assert bounces(app).startswith("1 letters came back")
    assert world.rows(Letter)[0].state == "failed"
    assert the_operator(world, operator).notice_email_failed_at is None


def test_a_report_that_comes_twice_and_one_of_no_letter_change_nothing(
    app: Flask, world: World, mailbox: Path, letter: Letter
) -> None:
    for name in ("1.mx", "2.mx"):
        come(mailbox, name, letter.id)
    come(mailbox, "3.mx", NUMBER)
    (mailbox / "new" / "4.mx").write_bytes(b"Subject: Re: question\n\nWhen do you come?\n")
    assert bounces(app) == "1 letters came back, 2 reports of nothing new, 1 mails for a person.\n"
    left = sorted(each.name for each in (mailbox / "cur").iterdir())
    assert left == ["1.mx:2,S", "2.mx:2,S", "3.mx:2,S", "4.mx:2,"]
    assert world.rows(Letter)[0].rev == letter.rev + 1


def test_an_address_that_was_changed_meanwhile_is_not_marked(
    app: Flask, world: World, operator: UUID, mailbox: Path, letter: Letter
) -> None:
    with world.unit() as unit:
        unit.session.get_one(Operator, (REGION, operator)).notice_email = "new@example.test"
    come(mailbox, "1.mx", letter.id)
    bounces(app)
    assert the_operator(world, operator).notice_email_failed_at is None


def test_an_address_that_the_first_server_does_not_know_is_marked_too(
    app: Flask, world: World, operator: UUID, server: MailServer, mailbox: Path
) -> None:
    server.of_recipient = GONE
    mailing(app, server.port, mailbox)
    prescribe(world, operator)
    assert deliver(app) == {"failed": 1}
    assert the_operator(world, operator).notice_email_failed_at == world.clock()


def test_a_folder_that_is_no_maildir_is_refused_by_its_name(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(NoMailbox, match="is no Maildir"):
        read_mailbox(app.extensions["pandus"].units, tmp_path)
    result = app.test_cli_runner().invoke(args=["notices", "bounces", "--mailbox", str(tmp_path)])
    assert result.exit_code == 2
    assert "it needs the folders new, cur and tmp" in result.output


def test_signs_that_no_database_takes_are_left_out_of_the_answer(
    app: Flask, world: World, mailbox: Path, letter: Letter
) -> None:
    come(mailbox, "1.mx", letter.id, diagnostic="smtp; 550 5.1.1 no\0 such\x1b user")
    assert bounces(app).startswith("1 letters came back")
    assert world.rows(Letter)[0].answer == "550 5.1.1 no such user"


@pytest.mark.parametrize(
    "said", ["5.7.1 host [10.5.1.1] is blocked", "5.7.1 195.5.2.1 listed", "5.7.1 see 5.1.1.7"]
)
def test_numbers_of_a_computer_in_a_refusal_are_no_code_of_an_address(
    app: Flask, world: World, mailbox: Path, letter: Letter, said: str
) -> None:
    come(mailbox, "1.mx", letter.id, status="5.7.1", diagnostic=f"smtp; 550 {said}")
    assert bounces(app).startswith("1 letters came back")
    (written_to,) = world.rows(Operator)
    assert written_to.notice_email_failed_at is None


def test_what_cannot_be_read_in_the_mailbox_holds_up_nothing_behind_it(
    app: Flask, world: World, mailbox: Path, letter: Letter
) -> None:
    new = mailbox / "new"
    (new / "0.folder").mkdir()
    os.mkfifo(new / "0.pipe")
    (new / "0.link").symlink_to(mailbox / "nothing")
    (new / ".hidden").write_bytes(b"half a mail")
    come(mailbox, "1.mx", letter.id)
    assert bounces(app) == "1 letters came back, 0 reports of nothing new, 0 mails for a person.\n"
    assert sorted(each.name for each in new.iterdir()) == [".hidden", "0.folder", "0.link", "0.pipe"]


def test_a_letter_comes_back_though_nobody_wrote_down_yet_that_it_was_sent(
    app: Flask, world: World, mailbox: Path, letter: Letter
) -> None:
    """Whoever sent it died behind `mark_taken`, or is slower than the report."""
    with world.unit() as unit:
        held = unit.session.get_one(Letter, (REGION, letter.id))
        held.state = "queued"
    come(mailbox, "1.mx", letter.id)
    assert bounces(app).startswith("1 letters came back")
    assert world.rows(Letter)[0].state == "failed"
    assert deliver(app) == {}


def test_a_digest_that_comes_back_has_failed_and_marks_nobody(
    app: Flask, world: World, mailbox: Path, letter: Letter
) -> None:
    now, made = world.clock(), world.new_id()
    times = {"next_try_at": now, "queued_at": now, "sent_at": now}
    about = {"recipient": f"person:{world.head}", "week": date(2026, 3, 16), "address": ADDRESS, "state": "sent"}
    world.add(Digest(home_region=REGION, id=made, rev=1, attempts=1, **about, **times))
    come(mailbox, "1.mx", made)
    assert bounces(app).startswith("1 letters came back")
    (digest,) = world.rows(Digest)
    assert (digest.state, digest.answer) == ("failed", "550 5.1.1 <owner@example.test>: no such user")
    assert world.rows(Letter)[0].state == "sent"
    (written_to,) = world.rows(Operator)
    assert written_to.notice_email_failed_at is None
