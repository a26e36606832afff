"""A country behind a real server, and tablets that reach it over a link which can be cut."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api.work import clock as running_clock
from inspection.database import connect
from tests.clients.node import Script, find_node, install_packages, lay_out
from tests.clients.server import Link, Server
from tests.clients.tablets import Tablet
from tests.clock import Clock
from tests.inspection.maps import draw
from tests.inspection.world import World, sessions_on
from tests.servers import postgres
from tests.servers.databases import Databases, PostgresDatabases

OpenTablet = Callable[..., Tablet]


class ServersClock(Clock):
    """The clock of the server's process, which no test can stop: the world has to live in its time."""

    def __call__(self) -> datetime:
        return running_clock()


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the packages of the lock installed."""
    node = find_node()
    install_packages()
    return node


@pytest.fixture
def scripts(node: str, tmp_path: Path) -> Path:
    """The folder of an app: the kit, our scripts, the packages."""
    folder = tmp_path / "app"
    folder.mkdir()
    return lay_out(folder)


@pytest.fixture
def empty_url(databases: Databases, new_id: Callable[[], UUID], tmp_path: Path) -> Iterator[str]:
    """Address of a database that the server has to migrate first."""
    if isinstance(databases, PostgresDatabases):
        url = postgres.create_database(databases.socket, f"clients_{new_id().hex}")
        yield url
        databases.give_back(url)
    else:
        yield f"sqlite:///{tmp_path / 'pandus.sqlite3'}"


@pytest.fixture
def server(node: str, empty_url: str, tmp_path: Path) -> Iterator[Server]:
    """A server that answers."""
    server = Server(empty_url, tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def link(server: Server) -> Iterator[Link]:
    """The way to the server."""
    link = Link(server.port)
    yield link
    link.close()


@pytest.fixture
def world(server: Server, empty_url: str, new_id: Callable[[], UUID]) -> Iterator[World]:
    """The small world in the server's database, with outlines."""
    engine = connect(empty_url)
    world = World(sessions_on(engine), ServersClock(), new_id)
    draw(world)
    yield world
    engine.dispose()


@pytest.fixture
def run(node: str, scripts: Path) -> Iterator[Callable[[str], Script]]:
    """Starts a Node script that takes commands."""
    running: list[Script] = []

    def start(name: str) -> Script:
        running.append(Script(node, scripts, name))
        return running[-1]

    yield start
    for script in running:
        script.close()


@pytest.fixture
def tablet(run: Callable[[str], Script], world: World, link: Link) -> OpenTablet:
    """Opens a tablet of somebody, by default of the inspector; it is not online yet."""

    def opened(person: UUID | None = None, **about: Any) -> Tablet:
        person = person or world.inspector
        tablet = Tablet(run("tablet.js"), link.url, person, world.device(person), str(person))
        tablet = replace(tablet, **about)
        tablet.open()
        return tablet

    return opened


@pytest.fixture
def online(tablet: OpenTablet) -> Callable[..., Tablet]:
    """Opens a tablet that has synced for the first time."""

    def opened(person: UUID | None = None, **about: Any) -> Tablet:
        made = tablet(person, **about)
        made.online()
        made.synced()
        return made

    return opened
