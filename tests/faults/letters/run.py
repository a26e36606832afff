"""The run: letters go out while workers, Redis and PostgreSQL are killed by a seed; then it is compared."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from inspection.database import connect
from tests.faults.letters.mail import FaultyMail, faulty_mail
from tests.faults.letters.scene import database, early, fill, release_some
from tests.house import ROOT
from tests.servers.postgres import PostgresServer

SPEED = 60.0  # ten minutes of a lease in ten seconds
WINDOW = 1.0  # seconds between a mail server's word and our commit, on a machine that is busy
RELEASED = 25  # of so many letters one is about something that was released meanwhile


@dataclass
class Report:
    """What became of the letters. doubled: taken more than once; in_window: those that a death explains."""

    letters: int
    taken: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    in_window: int = 0
    untrue: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    mail: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    seconds: float = 0

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not self.lost and not self.untrue and len(self.doubled) == self.in_window

    def lines(self) -> Iterator[str]:
        """For a person."""
        yield f"letters {self.letters}, taken by the mail server {self.taken}, lost {len(self.lost)}"
        yield f"taken twice {len(self.doubled)}, of these between its word and our commit {self.in_window}"
        yield f"sent though released meanwhile {len(self.untrue)}"
        yield f"letters became: {_said(self.states)}"
        yield f"the mail server: {_said(self.mail)}"
        yield f"killed: {_said(self.deaths)}"
        yield f"{self.seconds:.0f} s"


@dataclass
class _Office:
    """The processes of the run, and when which of them died."""

    names: list[str]
    environment: dict[str, str]
    redis_socket: Path
    clock: dict[str, float]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    deaths: list[tuple[float, float, str]] = field(default_factory=list)  # from, until, who

    def start(self, name: str) -> None:
        if name == "redis":
            server = shutil.which("redis-server") or "redis-server"
            keep_nothing = ["--port", "0", "--save", "", "--appendonly", "no"]
            command = [server, *keep_nothing, "--unixsocket", str(self.redis_socket)]
        else:
            role = name.partition(" ")[0]
            command = [sys.executable, "-m", "tests.faults.letters.fast", role, json.dumps(self.clock)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.running[name] = subprocess.Popen(command, cwd=ROOT, env=self.environment, **quiet)  # type: ignore[call-overload]

    def kill(self, name: str) -> None:
        process = self.running.pop(name, None)
        if process is not None:
            process.kill()
            process.wait()
            self.deaths.append((time.time(), time.time(), name.partition(" ")[0]))

    def close(self) -> None:
        """End every process that was started."""
        for name in list(self.running):
            self.kill(name)

    def now(self) -> datetime:
        passed = (time.time() - self.clock["at"]) * self.clock["speed"]
        return datetime.fromtimestamp(self.clock["said"], UTC) + timedelta(seconds=passed)

    def jump(self, to: datetime) -> None:
        """Put the clock forward: nothing is left to do before."""
        self.close()
        self.clock = {"at": time.time(), "said": to.timestamp(), "speed": SPEED}


def run(letters: int, seed: int, workers: int = 2, say: Callable[[str], None] = lambda _: None) -> Report:
    """Send so many letters under fire, let what is left drain in peace, and compare."""
    chance, begun = Random(seed), time.time()
    with ExitStack() as stack:
        server = PostgresServer.start()
        stack.callback(server.stop)
        mail = stack.enter_context(faulty_mail(Random(seed + 1)))
        folder = Path(tempfile.mkdtemp(prefix="pandus-letters-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        url = database(server)
        engine = connect(url)
        stack.callback(engine.dispose)
        start = early()
        report = Report(fill(engine, letters, start))
        say(f"{report.letters} letters are queued")
        released = release_some(engine, RELEASED)
        names = ["redis", "tend", *(f"worker {n}" for n in range(workers))]
        office = _Office(names, _environment(url, folder, mail), folder / "redis", _clock(start))
        stack.callback(office.close)
        for name in office.names:
            office.start(name)
        _under_fire(office, engine, chance, report, say)
        say("peace")
        mail.calm = True
        _drain(office, engine)
        _judge(report, engine, mail, office, released)
    report.seconds = time.time() - begun
    return report


def _under_fire(
    office: _Office, engine: Engine, chance: Random, report: Report, say: Callable[[str], None]
) -> None:
    """Kill something every few seconds until nearly all letters have been tried."""
    while _waiting(engine) > report.letters // 20:
        time.sleep(chance.uniform(1.5, 4.0))
        victim = chance.choice([*office.names, "postgresql"])
        if victim == "postgresql":
            office.deaths.append((time.time(), _crash(engine), victim))
        else:
            office.kill(victim)
            time.sleep(chance.uniform(0, 0.5))
            office.start(victim)
        report.deaths[victim.partition(" ")[0]] += 1
        if sum(report.deaths.values()) % 20 == 0:
            say(f"{_waiting(engine)} letters wait, killed {_said(report.deaths)}")


def _crash(engine: Engine) -> float:
    """Kill a process of the database, upon which it throws everybody out and recovers. Until when it did."""
    engine.dispose()
    with suppress(DBAPIError), engine.connect() as connection:
        os.kill(int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one()), signal.SIGKILL)
        connection.execute(text("SELECT 1"))
    engine.dispose()
    _waiting(engine)
    return time.time()


def _waiting(engine: Engine) -> int:
    """Letters that have not ended; asked until the database answers."""
    for _ in range(600):
        with suppress(DBAPIError), engine.connect() as connection:
            return int(
                connection.execute(text("SELECT count(*) FROM letters WHERE state = 'queued'")).scalar_one()
            )
        engine.dispose()
        time.sleep(0.05)
    raise TimeoutError("the database did not come back")


def _drain(office: _Office, engine: Engine) -> None:
    """Let the rest go out in peace; where everything left waits for later, later comes."""
    give_up = time.time() + 600
    while _waiting(engine):
        if time.time() > give_up:
            return  # what is left shows as lost
        with engine.connect() as connection:
            next_at = connection.execute(
                text("SELECT min(next_try_at) FROM letters WHERE state = 'queued'")
            ).scalar_one()
        if next_at is not None and next_at > office.now() + timedelta(minutes=10):
            office.jump(next_at)
        for name in office.names:
            if name not in office.running or office.running[name].poll() is not None:
                office.start(name)
        time.sleep(0.5)


def _judge(report: Report, engine: Engine, mail: FaultyMail, office: _Office, released: set[str]) -> None:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, state FROM letters")).all()
    report.states = Counter(row.state for row in rows)
    report.mail, report.taken = mail.did, len(mail.taken)
    for row in rows:
        made = f"<{row.id}@localhost>"
        ended = row.state == "cancelled" if str(row.id) in released else made in mail.taken or made in mail.refused
        if not ended:
            report.lost.append(made)
        if str(row.id) in released and made in mail.taken:
            report.untrue.append(made)
    for made, moments in mail.taken.items():
        if len(moments) > 1:
            report.doubled.append(made)
            report.in_window += all(_explained(moment, office) for moment in moments[:-1])


def _explained(taken_at: float, office: _Office) -> bool:
    """Whether somebody who could have written it down died right after the mail server's word."""
    return any(
        since <= taken_at + WINDOW and until >= taken_at and who in {"worker", "tend", "postgresql"}
        for since, until, who in office.deaths
    )


def _environment(url: str, folder: Path, mail: FaultyMail) -> dict[str, str]:
    return {
        **os.environ,
        "PANDUS_DATABASE_URL": url,
        "PANDUS_UNDERSTANDING": "queue",
        "PANDUS_REDIS_URL": f"unix://{folder / 'redis'}",
        "PANDUS_MAIL": f"smtp://127.0.0.1:{mail.port}",
        "PANDUS_PUBLIC_URL": "http://pandus.example.test",
        "PANDUS_LINK_KEY_FILE": str(folder / "link.key"),
        "PANDUS_PHOTOS": str(folder / "photos"),
        "PANDUS_UPLOAD_FOLDER": str(folder / "uploads"),
    }


def _clock(said: datetime) -> dict[str, float]:
    return {"at": time.time(), "said": said.timestamp(), "speed": SPEED}


def _said(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items())) or "nothing"
