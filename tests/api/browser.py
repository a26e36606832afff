"""A browser of an official in the tests: its cookies, its token against forged requests, an app for codes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyotp
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from inspection.tables.journal import JournalEntry
from inspection.tables.people import Person, Role
from tests.api.people import token
from tests.clock import Clock
from tests.inspection.world import COUNTRY, REGION, World

V1 = "/api/v1"
PASSWORD = "сегіз ешкі өзенде жүзді"
# Hashes in no time; what it takes in earnest: tests/api/test_password_hashing.py.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LATER = {"minutes": 1, "seconds": 1}  # until the app shows another code


class Browser:
    """One browser. app: base32, of the person who is enrolled in it."""

    def __init__(self, app: Flask, clock: Clock, app_secret: str = "", **headers: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.clock = clock
        self.app_secret = app_secret
        self.token: str | None = None
        self.headers = headers

    def ask(self, method: str, path: str, **how: Any) -> Any:
        """Send a request as a page of ours does."""
        headers = {**self.headers, **how.pop("headers", {})}
        if self.token is not None and method != "GET":
            headers.setdefault("X-CSRF-Token", self.token)
        return self.client.open(V1 + path, method=method, headers=headers, **how)

    def code(self, steps: int = 0) -> str:
        """What the app shows, or showed so many half minutes from now."""
        return pyotp.TOTP(self.app_secret).at(self.clock(), counter_offset=steps)

    def accept(self, secret: str, password: str = PASSWORD) -> Any:
        """Accept an invitation."""
        opened = self.ask("POST", "/invitations/opening", json={"secret": secret})
        assert opened.status_code == 200, opened.text
        self.app_secret = opened.json["totp_secret"]
        said = {"secret": secret, "password": password, "code": self.code()}
        return self._in(self.ask("POST", "/invitations/acceptance", json=said))

    def sign_in(self, email: str, password: str = PASSWORD, **codes: str) -> Any:
        """Sign in, by the code that the app shows now unless another is given."""
        said = {"email": email, "password": password, **(codes or {"code": self.code()})}
        return self._in(self.ask("POST", "/sign-in", json=said))

    def _in(self, reply: Any) -> Any:
        if reply.status_code == 200:
            self.token = reply.json["csrf_token"]
        return reply

    def cookie(self, name: str = "pandus") -> str | None:
        """What a cookie holds."""
        held = self.client.get_cookie(name)
        return None if held is None else held.value


def mail_of(person: UUID) -> str:
    """An invented address."""
    return f"{person.hex[:8]}@people.example"


def with_mail(world: World, person: UUID, address: str | None = None) -> str:
    """Give somebody an address of mail."""
    with world.unit() as unit:
        unit.session.get_one(Person, person).email = address or mail_of(person)
    return address or mail_of(person)


@dataclass
class Office:
    """An administrator of the country, and an official of the akimat who was enrolled in a browser a while ago."""

    app: Flask
    world: World
    client: FlaskClient
    admin: UUID
    official: UUID
    browser: Browser
    recovery_codes: list[str]

    @property
    def email(self) -> str:
        """What the official signs in by."""
        return mail_of(self.official)

    def invite(self, person: UUID | None = None, by: UUID | None = None) -> Any:
        """The answer to an administrator who invites somebody, the official by default."""
        wish = {"id": str(self.world.new_id())}
        path = f"{V1}/people/{person or self.official}/invitations"
        return self.client.post(path, json=wish, headers=token(by or self.admin))

    def another(self, **headers: str) -> Browser:
        """Another browser of the official."""
        return Browser(self.app, self.world.clock, self.browser.app_secret, **headers)

    def stranger(self) -> Browser:
        """A browser of nobody in particular."""
        return Browser(self.app, self.world.clock)

    def actions(self, person: UUID | None = None) -> list[str]:
        """What the journal says of a person's sign-in."""
        about = JournalEntry.object_id == str(person or self.official)
        return [entry.action for entry in self.world.rows(JournalEntry, about)]


def open_office(app: Flask, world: World) -> Office:
    """Enrol the official."""
    admin, official = world.person(Role.ADMIN, COUNTRY), world.person(Role.AKIMAT, REGION)
    with_mail(world, official)
    office = Office(app, world, app.test_client(), admin, official, Browser(app, world.clock), [])
    accepted = office.browser.accept(office.invite().json["secret"])
    assert accepted.status_code == 200, accepted.text
    office.recovery_codes = accepted.json["recovery_codes"]
    world.clock.advance(**LATER)
    return office
