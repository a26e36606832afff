"""Mail over real SMTP, and into a folder."""

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from api.mail.sending import Folder, Smtp, way
from inspection.outbox import Refusal
from tests.servers.smtp import HANG_UP, SILENCE, MailServer, mail_server


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def a_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "pandus@example.test", "owner@example.test", "<1@example.test>"
    mail["Subject"] = "Нұсқама"
    mail.set_content("Сәлеметсіз бе")
    return mail


def to(server: MailServer, seconds: float = 5) -> Smtp:
    return Smtp("127.0.0.1", server.port, "plain", "", "", seconds)


def test_a_mail_arrives_as_it_was_written(server: MailServer) -> None:
    assert to(server).send(a_mail()) is None
    (mail,) = server.taken
    assert (mail["Subject"], mail.get_content().strip()) == ("Нұсқама", "Сәлеметсіз бе")


@pytest.mark.parametrize(
    ("says", "of_recipient", "refusal"),
    [
        ("451 busy", None, Refusal("451 busy", for_good=False)),
        ("554 no thanks", None, Refusal("554 no thanks", for_good=True)),
        ("250 fine", "550 no such user", Refusal("550 no such user", for_good=True)),
        ("250 fine", "450 mailbox busy", Refusal("450 mailbox busy", for_good=False)),
    ],
)
def test_a_refusal_is_the_servers_own_words_and_says_whether_to_try_again(
    server: MailServer, says: str, of_recipient: str | None, refusal: Refusal
) -> None:
    server.says, server.of_recipient = says, of_recipient
    assert to(server).send(a_mail()) == refusal
    assert server.taken == []


def test_a_server_that_hangs_up_after_the_data_may_have_taken_it_so_it_is_tried_again(server: MailServer) -> None:
    server.says = HANG_UP
    refusal = to(server).send(a_mail())
    assert refusal is not None
    assert not refusal.for_good
    assert len(server.seen) == 1


def test_a_server_that_says_nothing_is_left_after_a_while(server: MailServer) -> None:
    server.says = SILENCE
    refusal = to(server, seconds=0.3).send(a_mail())
    assert refusal is not None
    assert not refusal.for_good


def test_where_no_server_listens_the_mail_waits() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refusal = Smtp("127.0.0.1", free.getsockname()[1], "plain", "", "", 1).send(a_mail())
    assert refusal is not None
    assert not refusal.for_good


def test_a_folder_gets_one_file_a_letter_and_a_second_copy_replaces_the_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "mail")
    folder.send(a_mail())
    folder.send(a_mail())
    (file,) = folder.path.iterdir()
    assert file.name == "1.eml"
    assert b"Message-ID: <1@example.test>" in file.read_bytes()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("var/mail", Folder(Path("var/mail"))),
        ("file:///srv/mail", Folder(Path("/srv/mail"))),
        ("smtp://127.0.0.1:2525", Smtp("127.0.0.1", 2525, "plain", "", "")),
        ("smtps://a:b%40c@mail.example", Smtp("mail.example", 465, "smtps", "a", "b@c")),
        ("smtp+starttls://a:b@mail.example", Smtp("mail.example", 587, "starttls", "a", "b")),
    ],
)
def test_a_setting_names_the_way(address: str, found: object) -> None:
    assert way(address) == found
