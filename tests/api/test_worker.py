"""Workers take from requests the understanding of what tablets push; whatever dies on the way, nothing is lost."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from api.doorbells import QUEUE, QUIET_SECONDS, TASKS, Doorbells, impatient
from api.photo_store import PhotoStore, open_store
from api.settings import Settings
from inspection import tasks
from inspection.database import reading
from inspection.tables.audits import Audit
from inspection.tables.feed import FeedRow
from inspection.tables.intake import IntakeRow
from inspection.tables.regions import RegionHead
from inspection.tables.tasks import Task, TaskKind, TaskState
from inspection.tables.violations import Violation
from inspection.tasks import NewTask
from tests.clock import Clock
from tests.house import ROOT
from tests.inspection.world import DOOR, REGION, STEP, World, sessions_on
from tests.servers.redis import redis_server
from tests.servers.smtp import MailServer, serving

FAILS = {STEP: 0.05, DOOR: 0.75}
AT_WORK = (IntakeRow.state == "kept") & (IntakeRow.attempts > 0)
ENOUGH = 60.0  # seconds in which anything here happens

Address = str


@pytest.fixture
def redis_url() -> Iterator[Address]:
    """Address of a Redis server of the test's own."""
    with redis_server() as url:
        yield url


@pytest.fixture
def redis(redis_url: Address) -> Iterator["Redis"]:
    """A connection to it."""
    with Redis.from_url(redis_url) as connection:
        yield connection


@pytest.fixture
def own_world(fresh_database: Engine, clock: Clock, new_id: Callable[[], object]) -> World:
    """The small world in a database of its own."""
    return World(sessions_on(fresh_database), clock, new_id)  # type: ignore[arg-type]


@contextmanager
def worker(database_url: str, redis_url: Address, *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
    """`flask worker` as a process; killed at the end of the block if it still runs."""
    settings = {
        "PANDUS_DATABASE_URL": database_url,
        "PANDUS_UNDERSTANDING": "queue",
        "PANDUS_REDIS_URL": redis_url,
        "PANDUS_SWEEP_SECONDS": "3600",
    }
    process = subprocess.Popen(
        [Path(sys.executable).parent / "flask", "--app", "wsgi", "worker", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def looking(world: World) -> Session:
    """A session that takes no lock: one that looks again and again would keep SQLite from everybody who writes."""
    with world.open_session() as session:
        return Session(reading(session.get_bind().engine))


def states(world: World) -> Counter[str]:
    with looking(world) as session:
        counted = select(IntakeRow.state, func.count()).group_by(IntakeRow.state)
        return Counter(dict(session.execute(counted).all()))


def until(happened: Callable[[], bool]) -> None:
    """Look again and again, at something that takes a while to look at."""
    give_up = monotonic() + ENOUGH
    while not happened():
        assert monotonic() < give_up, "it did not happen"


def keep(world: World, count: int) -> None:
    facilities = [world.facility() for _ in range(10)]
    world.keep(*(world.document(facilities[n % 10], FAILS) for n in range(count)))


def test_a_ring_wakes_a_worker_that_has_nothing_to_do(
    own_world: World, fresh_url: str, redis_url: Address, redis: "Redis"
) -> None:
    with worker(fresh_url, redis_url) as process:
        until(lambda: len(Worker.all(connection=redis)) == 1)  # it has swept, and now waits
        keep(own_world, 3)
        assert states(own_world) == {"kept": 3}
        Doorbells(redis).ring(REGION)
        until(lambda: states(own_world) == {"taken": 3})
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENOUGH) == 0


def test_what_lost_its_ring_is_found_by_the_sweep_of_a_worker_that_starts(
    own_world: World, fresh_url: str, redis_url: Address
) -> None:
    keep(own_world, 3)
    with worker(fresh_url, redis_url, "--once") as process:
        assert process.wait(ENOUGH) == 0
    assert states(own_world) == {"taken": 3}


def at_work(world: World) -> bool:
    with looking(world) as session:
        return session.scalar(select(IntakeRow.document_id).where(AT_WORK).limit(1)) is not None


def test_workers_killed_in_the_middle_lose_nothing_and_double_nothing(
    own_world: World, fresh_url: str, redis_url: Address
) -> None:
    count = 600
    keep(own_world, count)
    for kill in range(2):
        with worker(fresh_url, redis_url) as one, worker(fresh_url, redis_url) as other:
            until(lambda: at_work(own_world) or (kill > 0 and "kept" not in states(own_world)))  # noqa: B023
            for process in (one, other):
                process.send_signal(signal.SIGKILL)
                process.wait()
        assert kill or states(own_world)["kept"]  # or nothing was tested
    while states(own_world) != {"taken": count}:
        # A lock of a killed worker may outlive it for a moment; the next sweep takes what it held.
        with worker(fresh_url, redis_url, "--once") as process:
            assert process.wait(ENOUGH) == 0
    assert len(own_world.rows(Audit)) == count
    assert {(row.state, row.found_again) for row in own_world.rows(Violation)} == {("open", count // 10 - 1)}
    (head,) = own_world.rows(RegionHead, RegionHead.region == REGION)
    fed = own_world.rows(FeedRow, FeedRow.region == REGION)
    assert Counter(row.collection for row in fed)["audits"] == count
    assert len({row.number for row in fed}) == len(fed)
    assert max(row.number for row in fed) <= head.feed_number


def ask(world: World, kind: TaskKind, asked: Mapping[str, Any]) -> UUID:
    with world.unit() as unit:
        wish = NewTask(uuid4(), kind, asked, "en")
        return tasks.ask(unit, world.caller(world.head), wish).id


def task(world: World, made: UUID) -> Task:
    with looking(world) as session:
        return session.get_one(Task, made)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PhotoStore:
    """Where workers keep files, and the tests look for them."""
    monkeypatch.setenv("PANDUS_PHOTOS", str(tmp_path / "photos"))
    return open_store(Settings(photos=str(tmp_path / "photos")))


def test_a_ring_has_a_worker_make_the_file_of_a_task(
    own_world: World, fresh_url: str, redis_url: Address, redis: "Redis", store: PhotoStore
) -> None:
    keep(own_world, 1)
    with worker(fresh_url, redis_url) as process:
        until(lambda: states(own_world) == {"taken": 1})
        until(lambda: len(Worker.all(connection=redis)) == 1)
        made, bells = ask(own_world, TaskKind.VIOLATIONS_CSV, {"query": {}}), Doorbells(redis, TASKS)
        assert [bells.ring(str(made)), bells.ring(str(made))] == [True, True]
        assert Queue(TASKS, connection=redis).count <= 1, "rung twice, queued once"
        until(lambda: task(own_world, made).state == TaskState.DONE)
        held = task(own_world, made)
        assert (held.done, held.total, held.attempts) == (2, 2, 1)
        file = b"".join(store.waiting_pieces(held.file or ""))
        assert file.count(b"\r\n") == 3, "a head and two rows"
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENOUGH) == 0


class Slow(MailServer):
    """Takes a second for each mail."""

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(1)
        return answer


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """A mail server by which workers send."""
    handler = Slow()
    with serving(handler) as port:
        monkeypatch.setenv("PANDUS_MAIL", f"smtp://127.0.0.1:{port}")
        yield handler


def test_a_worker_that_is_told_to_stop_gives_its_task_back(
    own_world: World, fresh_url: str, redis_url: Address, redis: "Redis", slow: Slow
) -> None:
    told = {"old": "old@akimat.example", "new": "new@akimat.example"}
    with worker(fresh_url, redis_url) as process:
        until(lambda: len(Worker.all(connection=redis)) == 1)
        made = ask(own_world, TaskKind.ADDRESS_TOLD, told)
        Doorbells(redis, TASKS).ring(str(made))
        until(lambda: len(slow.seen) == 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENOUGH) == 0
    held = task(own_world, made)
    assert (held.state, held.attempts, len(slow.seen)) == (TaskState.ASKED, 0, 1)


def test_a_worker_refuses_to_start_where_requests_understand_by_themselves(fresh_url: str) -> None:
    bare = {**os.environ, "PANDUS_DATABASE_URL": fresh_url}
    command = f"{Path(sys.executable).parent / 'flask'} --app wsgi worker"
    done = subprocess.run(command.split(), cwd=ROOT, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PANDUS_UNDERSTANDING" in done.stderr


def test_a_region_is_queued_once_until_somebody_answers(redis: "Redis") -> None:
    bells, queue = Doorbells(redis), Queue(QUEUE, connection=redis)
    assert [bells.ring(REGION), bells.ring(REGION), bells.ring("710000000")] == [True] * 3
    assert queue.count == 2
    bells.answer(REGION)
    bells.ring(REGION)
    assert queue.count == 3


def test_without_redis_a_ring_is_counted_and_soon_tried_again(tmp_path: Path) -> None:
    seconds = [0.0]
    bells = Doorbells(impatient(f"unix://{tmp_path / 'socket'}"), monotonic=lambda: seconds[0])
    assert [bells.ring(REGION), bells.ring(REGION)] == [False, False]
    bells.answer(REGION)
    assert bells.failed == 2
    with redis_server() as url:
        (tmp_path / "socket").symlink_to(url.removeprefix("unix://"))
        assert not bells.ring(REGION)
        seconds[0] += QUIET_SECONDS
        assert bells.ring(REGION)
