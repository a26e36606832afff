"""A demo region behind a server in processes of its own, as an office has it, and how somebody signs in to it."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pyotp
import pytest
from playwright.sync_api import Page
from sqlalchemy import update

from api import migrate
from api.commands import demo
from api.settings import Settings
from api.work import Units, Work
from inspection.database import connect
from inspection.demo import founding
from inspection.demo.people import AKIMAT, HEAD, INSPECTORS, MAIL, token
from inspection.demo.signing import PASSWORD, app_secret
from inspection.people import NewPerson, add_person
from inspection.tables.people import Role
from inspection.tables.signing import PasswordSignIn
from tests.api.test_serve import COMMAND, environment
from tests.house import ROOT

# Always the same region: five officials find three overdue items each, at polyclinics of two districts.
SEED, FACILITIES, END = 1, 100, date(2026, 6, 30)
HEAD_TOKEN, AKIMAT_TOKEN, INSPECTOR_TOKEN = (token(SEED, slug) for slug in (HEAD, AKIMAT, INSPECTORS[0]))
ADMIN_TOKEN, MINISTRY_TOKEN = (token(SEED, slug) for slug in ("demo-admin", "demo-ministry"))
COUNTRY_TOKEN = "demo-country"  # of somebody who is no part of a demo: they administer more than its region
PATIENCE = 60  # seconds until a server answers, on a machine that is busy
STOPS_WITHIN = 60  # seconds


@dataclass
class Region:
    """The region."""

    folder: Path
    port: int

    @property
    def root(self) -> str:
        """What all addresses begin with."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def console(self) -> str:
        """Where the pages of officials lie."""
        return f"{self.root}/console"

    def ask(self, path: str, who: str = HEAD_TOKEN) -> Any:
        """What the API answers to somebody."""
        request = Request(f"{self.root}/api/v1{path}", headers={"Authorization": f"Bearer {who}"})
        with urlopen(request, timeout=20) as reply:
            return json.load(reply)

    def send(self, path: str, body: Any, who: str = HEAD_TOKEN) -> Any:
        """What the API answers to somebody who sends it something."""
        headers = {"Authorization": f"Bearer {who}", "Content-Type": "application/json"}
        request = Request(f"{self.root}/api/v1{path}", data=json.dumps(body).encode(), headers=headers)
        with urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def code(self, name: str) -> str:
        """A code that is good now. Each is taken once in half a minute, which is made to have passed."""
        engine = connect(database(self.folder))
        Units(engine).write(lambda work: work.session.execute(update(PasswordSignIn).values(totp_step=0)))
        engine.dispose()
        return str(pyotp.TOTP(app_secret(name)).now())

    @contextmanager
    def served(self, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
        """The server, for as long as it is needed; stopped as by whoever runs it."""
        with subprocess.Popen(
            COMMAND,
            cwd=ROOT,
            env=environment(self.folder, self.port, **_settings(self.folder), **settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                self._wait_for(process)
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(STOPS_WITHIN)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)

    def _wait_for(self, process: "subprocess.Popen[bytes]") -> None:
        for _ in range(PATIENCE * 10):
            try:
                urlopen(f"{self.root}/healthz", timeout=5).close()
            except (URLError, ConnectionError):
                assert process.poll() is None, "the server did not start"
                Event().wait(0.1)
            else:
                return
        raise AssertionError("the server does not answer")


def mail(held: str) -> str:
    """What a demo person signs in by. held: their token."""
    return f"{held}@{MAIL}"


def sign_in(page: Page, region: Region, held: str = HEAD_TOKEN, path: str = "/", language: str = "en") -> None:
    """Sign in by the page, as whoever holds that token, on the way to another page."""
    sign = "&" if "?" in path else "?"
    page.goto(f"{region.console}{path}{sign}lang={language}")
    fill_in(page, region, held)
    page.locator("main form button").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def fill_in(page: Page, region: Region, held: str = HEAD_TOKEN) -> None:
    """Type who it is."""
    page.locator("#email").fill(mail(held))
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(region.code(mail(held)))


@contextmanager
def founded(folder: Path) -> Iterator[Region]:
    """The region in a folder, with its server."""
    settings = Settings(database_url=database(folder), link_key_file=_key_file(folder), photos=f"{folder}/photos")
    migrate.upgrade(settings.database_url)
    engine = connect(settings.database_url)
    try:
        units = Units(engine)
        assert demo.load(units, seed=SEED, facilities=FACILITIES, end=END, settings=settings)
        demo.let_in_by_browser(units, settings)
        units.write(_add_administrator)
    finally:
        engine.dispose()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    yield Region(folder, port)


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    """The region and its server, for the run: what a test does there stays."""
    with founded(tmp_path_factory.mktemp("region")) as region, region.served():
        yield region


def _add_administrator(work: Work) -> None:
    """Somebody who administers the whole country."""
    person = NewPerson("Выдуманный Администратор (демо)", COUNTRY_TOKEN, "kk", demo=True)
    add_person(work, person, Role.ADMIN, founding.COUNTRY, since=work.now)


def _settings(folder: Path) -> dict[str, str]:
    return {
        "PANDUS_DATABASE_URL": database(folder),
        "PANDUS_LINK_KEY_FILE": _key_file(folder),
        "PANDUS_PHOTOS": f"{folder}/photos",
        "PANDUS_WORKERS": "1",
        "PANDUS_DEMO": "on",
    }


def database(folder: Path) -> str:
    """Where the region is kept."""
    return f"sqlite:///{folder}/pandus.sqlite3"


def _key_file(folder: Path) -> str:
    return f"{folder}/link.key"
