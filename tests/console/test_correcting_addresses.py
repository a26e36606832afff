"""The address of mail of somebody is corrected with a reason; both addresses hear of it."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from api.tasks.running import run_due
from api.wiring import wire
from inspection.signing import invitations
from inspection.signing.invitations import NewInvitation
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.people import Grant, Person, Role
from inspection.tables.signing import Invitation, PasswordSignIn, SignIn
from inspection.tables.tasks import Task, TaskState
from tests.access.scene import signed_in
from tests.console.conftest import Console
from tests.inspection.world import COUNTRY, REGION
from tests.servers.smtp import mail_server

OLD, NEW = "old@akimat.example", "new@akimat.example"


@pytest.fixture
def admin(console: Console) -> UUID:
    return console.world.person(Role.ADMIN, COUNTRY)


@pytest.fixture
def person(console: Console) -> UUID:
    made = console.world.person(Role.AKIMAT, REGION)
    address(console, made, OLD)
    return made


def address(console: Console, person: UUID, email: str, *, password: bool = True) -> None:
    now = console.world.clock()
    with console.world.unit() as unit:
        unit.session.get_one(Person, person).email = email
        if password:
            held = PasswordSignIn(
                person_id=person, name=email, password_hash="x", set_at=now, enrolment=uuid4(), totp_secret=b"x"
            )
            held.totp_step = 0
            unit.session.add(held)


def correct(console: Console, admin: UUID, person: UUID, email: str = NEW, **form: str) -> TestResponse:
    given = {"do": "correct", "email": email, "reason": "Выдуманная причина.", "id": str(uuid4()), **form}
    return console.post(f"/people/{person}", admin, **given)


def through(console: Console, mail: str) -> None:
    parts = console.app.extensions["pandus"]
    wire(console.app, replace(parts, settings=replace(parts.settings, mail=mail)))


def run(console: Console) -> int:
    with console.app.app_context():
        return run_due(console.app.extensions["pandus"])


def test_it_is_the_new_name_and_both_addresses_are_told(
    console: Console, admin: UUID, person: UUID, tmp_path: Path
) -> None:
    through(console, str(tmp_path / "mail"))
    signed_in(console.world, person, "pds_theirs")
    assert correct(console, admin, person).status_code == 303
    (row,) = console.world.rows(PasswordSignIn, PasswordSignIn.person_id == person)
    assert row.name == NEW
    assert [each.ended_at for each in console.world.rows(SignIn)] == [None], "they stay where they are signed in"
    assert run(console) == 1
    mails = [message_from_bytes(each.read_bytes(), policy=default) for each in (tmp_path / "mail").glob("*.eml")]
    assert {mail["To"] for mail in mails} == {OLD, NEW}
    (task,) = console.world.rows(Task)
    assert (task.state, task.asked) == (TaskState.DONE, {}), "and the addresses are not kept with it"
    assert "stands among your tasks" in console.get(f"/people/{person}", admin, done="corrected").text


def test_the_journal_keeps_it_with_the_addresses_apart(console: Console, admin: UUID, person: UUID) -> None:
    correct(console, admin, person)
    (entry,) = console.world.rows(JournalEntry, JournalEntry.action == "person.address_corrected")
    assert (entry.actor_id, entry.reason) == (admin, "Выдуманная причина.")
    assert NEW not in str(entry.changes)
    values = [row.value for row in console.world.rows(JournalValue, JournalValue.number == entry.number)]
    assert [OLD, NEW] in values


def test_sending_it_twice_tells_once_and_the_same_address_changes_nothing(
    console: Console, admin: UUID, person: UUID
) -> None:
    made = str(uuid4())
    for _ in range(2):
        assert correct(console, admin, person, id=made).status_code == 303
    assert len(console.world.rows(Task)) == 1
    assert len(console.world.rows(JournalEntry, JournalEntry.action == "person.address_corrected")) == 1


def test_what_is_wrong_is_said_at_the_fields_and_what_was_typed_is_kept(
    console: Console, admin: UUID, person: UUID
) -> None:
    answer = correct(console, admin, person, "no address", reason=" ")
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert 'id="reason-error"' in answer.text
    assert 'value="no address"' in answer.text
    assert console.world.rows(Person, Person.id == person)[0].email == OLD


def test_an_address_by_which_somebody_else_signs_in_is_refused(
    console: Console, admin: UUID, person: UUID
) -> None:
    other = console.world.person(Role.AKIMAT, REGION)
    address(console, other, NEW)
    assert correct(console, admin, person, NEW.upper()).status_code == 422
    assert console.world.rows(Person, Person.id == person)[0].email == OLD
    assert console.world.rows(Task) == []


def test_nobody_corrects_their_own_and_nobody_whom_they_do_not_govern(
    console: Console, admin: UUID, person: UUID
) -> None:
    assert correct(console, admin, admin).status_code == 422
    assert correct(console, console.world.head, person).status_code in (404, 422)
    regional = console.world.person(Role.ADMIN, REGION)
    assert correct(console, regional, admin).status_code in (404, 422)
    assert console.world.rows(Person, Person.id == admin)[0].email is None
    assert console.world.rows(Person, Person.id == person)[0].email == OLD


def test_a_mail_server_that_says_later_is_asked_again_and_one_that_refuses_is_told_of(
    console: Console, admin: UUID, person: UUID
) -> None:
    with mail_server(says="451 later") as server:
        through(console, f"smtp://127.0.0.1:{server.port}")
        correct(console, admin, person)
        run(console)
        (task,) = console.world.rows(Task)
        assert task.state == TaskState.ASKED
        server.says = f"550 no such mailbox <{OLD}>: {NEW}, refused"
        console.world.clock.advance(seconds=60)
        run(console)
        (task,) = console.world.rows(Task)
        assert task.state == TaskState.FAILED
        assert "550 no such mailbox" in console.get(f"/tasks/{task.id}", admin).text
        assert "akimat.example" not in str(task.said), (
            "the addresses leave the row, also from what the server said"
        )
        assert len({mail["Message-ID"] for mail in server.seen}) == 2, (
            "the same mails, however often they are tried"
        )


def test_whoever_corrects_an_address_cannot_keep_it_from_being_told(
    console: Console, admin: UUID, person: UUID, tmp_path: Path
) -> None:
    through(console, str(tmp_path / "mail"))
    correct(console, admin, person)
    (task,) = console.world.rows(Task)
    assert "Cancel" not in console.get(f"/tasks/{task.id}", admin).text
    assert console.post(f"/tasks/{task.id}", admin).status_code == 409
    assert run(console) == 1
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 2


def test_an_invitation_that_lies_in_the_wrong_mailbox_ends_with_the_address(
    console: Console, admin: UUID, person: UUID
) -> None:
    wish = NewInvitation(uuid4(), person, b"of a secret")
    with console.world.unit() as unit:
        invitations.make(unit, console.world.caller(admin), wish)
    correct(console, admin, person)
    (made,) = console.world.rows(Invitation)
    assert made.withdrawn_at is not None
    assert console.world.rows(JournalEntry, JournalEntry.action == "invitation.withdrawn")


def test_the_list_says_how_people_sign_in_to_who_administers_them(
    console: Console, admin: UUID, person: UUID
) -> None:
    signed_in(console.world, person, "pds_theirs")
    page = console.get("/people", admin).text
    assert "password and app" in page
    assert "not invited yet" in page
    assert "last used" in page
    assert "password and app" not in console.get("/people", console.world.head).text


def test_a_grant_that_is_ended_without_a_reason_asks_for_it_at_its_own_form(
    console: Console, admin: UUID, person: UUID
) -> None:
    (grant,) = console.world.rows(Grant, Grant.person_id == person)
    page = console.post(f"/people/{person}", admin, do="end", grant=grant.id, reason=" ")
    assert page.status_code == 422
    assert f'href="#reason-{grant.id}"' in page.text
    assert f'aria-describedby="reason-{grant.id}-error" aria-invalid="true"' in page.text
    assert 'id="reason-error"' not in page.text
