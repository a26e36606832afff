"""A test mail goes to one's own address, and what the mail server says to it is shown in words."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from api.settings import Settings
from api.wiring import wire
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Person, Role
from tests.console.conftest import Console
from tests.inspection.world import REGION
from tests.servers.smtp import MailServer, mail_server

ADDRESS = "admin@akimat.example"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as serving:
        yield serving


@pytest.fixture
def admin(console: Console) -> UUID:
    made = console.world.person(Role.ADMIN, REGION)
    with console.world.unit() as unit:
        unit.session.get_one(Person, made).email = ADDRESS
    return made


def through(console: Console, mail: str) -> None:
    parts = console.app.extensions["pandus"]
    settings: Settings = replace(parts.settings, mail=mail)
    wire(console.app, replace(parts, settings=settings))


def outcomes(console: Console) -> list[str]:
    rows = console.world.rows(JournalEntry, JournalEntry.action == "mail.tested")
    return [row.changes["outcome"][1] for row in rows]


def test_a_mail_that_is_taken_is_said_to_be_and_arrives(console: Console, admin: UUID, server: MailServer) -> None:
    through(console, f"smtp://127.0.0.1:{server.port}")
    assert f"127.0.0.1:{server.port}" in console.get("/mail", admin).text
    assert "The mail server took it." in console.post("/mail", admin).text
    (mail,) = server.taken
    assert mail["To"] == ADDRESS
    assert "сынақ" in mail["Subject"]
    body = mail.get_body(("plain",))
    assert body is not None
    assert "проверили, доходит ли почта" in body.get_content()
    assert outcomes(console) == ["taken"]


def test_another_language_sends_nothing(console: Console, admin: UUID, server: MailServer) -> None:
    through(console, f"smtp://127.0.0.1:{server.port}")
    assert "nothing was done yet" in console.post("/mail", admin, language_only="1").text
    assert (server.taken, outcomes(console)) == ([], [])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("550 no such mailbox", ("refuses this mail for good", "refused")),
        ("451 come back later", ("not now", "later")),
        ("535 who are you", ("does not accept the name or password", "refused")),
    ],
)
def test_a_refusal_is_said_in_words_with_the_answer_beside_it(
    console: Console, admin: UUID, server: MailServer, answer: str, said: tuple[str, str]
) -> None:
    server.says = answer
    through(console, f"smtp://127.0.0.1:{server.port}")
    page = console.post("/mail", admin).text
    assert said[0] in page
    assert answer in page
    assert outcomes(console) == [said[1]]


def test_a_server_that_is_not_there_is_said_to_be_away(console: Console, admin: UUID) -> None:
    through(console, "smtp://user:very-secret@127.0.0.1:1")
    page = console.post("/mail", admin).text
    assert "The mail server cannot be reached." in page
    assert "very-secret" not in page
    assert outcomes(console) == ["later"]


def test_without_a_mail_server_it_lies_in_the_folder(console: Console, admin: UUID, tmp_path: Path) -> None:
    through(console, str(tmp_path / "mail"))
    assert "No mail server is set" in console.post("/mail", admin).text
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_it_goes_to_nobody_else_and_who_has_no_address_is_told(console: Console, tmp_path: Path) -> None:
    through(console, str(tmp_path / "mail"))
    without = console.world.person(Role.ADMIN, REGION)
    assert "You have no address of mail" in console.post("/mail", without, address=ADDRESS).text
    assert console.post("/mail", console.world.head).status_code == 403
    assert not (tmp_path / "mail").exists()


def test_five_in_a_minute_are_enough(console: Console, admin: UUID, tmp_path: Path) -> None:
    through(console, str(tmp_path / "mail"))
    codes = [console.post("/mail", admin).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
