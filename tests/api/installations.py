"""Whole installations for tests of backups: a migrated database, a store of photos, a small world, commands."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from click.testing import Result
from flask import Flask
from sqlalchemy import select, text

from api import migrate
from api.photo_store import PhotoStore, open_store
from api.settings import Settings
from api.wiring import wire
from api.work import Units
from inspection.database import Base, connect
from inspection.photos.blobs import record_examined, record_stored
from inspection.photos.examined import Evidence, Examined
from tests.api.copies import quick_app
from tests.clock import Clock
from tests.inspection.photos import photo_of, push_photos
from tests.inspection.world import World, sessions_on
from tests.servers import postgres
from tests.servers.databases import Databases, PostgresDatabases

NONE_SINCE = "--no-prescriptions-since"


@dataclass
class Places:
    """Where further databases are made. number: of the next one."""

    databases: Databases
    folder: Path
    number: int = 0

    @property
    def kind(self) -> str:
        """As manifests call it."""
        return "postgresql" if isinstance(self.databases, PostgresDatabases) else "sqlite"

    def empty(self) -> str:
        """Address of a database without any tables."""
        self.number += 1
        if isinstance(self.databases, PostgresDatabases):
            name = f"{self.databases.owner}_{self.folder.name}_{self.number}".replace("-", "_")[-60:].lower()
            return postgres.create_database(self.databases.socket, name)
        return f"sqlite:///{self.folder / f'{self.number}.sqlite3'}"


def stamp(url: str) -> None:
    """Say that a database with all tables has been migrated."""

    def write(work: Any) -> None:
        work.session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        work.session.execute(text(f"INSERT INTO alembic_version VALUES ('{migrate.head()}')"))

    engine = connect(url)
    Units(engine).write(write)
    engine.dispose()


@dataclass
class Installation:
    """One of them."""

    app: Flask
    settings: Settings
    clock: Clock

    @property
    def store(self) -> PhotoStore:
        """Its photos."""
        return open_store(self.settings)

    @property
    def units(self) -> Units:
        """Its units of work."""
        units: Units = self.app.extensions["pandus"].units
        return units

    def world(self, new_id: Callable[[], UUID]) -> World:
        """A small world in it, made anew."""
        return World(sessions_on(self.app.extensions["pandus"].engine), self.clock, new_id)

    def run(self, *words: str, **how: Any) -> Result:
        """Run one of its commands."""
        return self.app.test_cli_runner().invoke(args=words, **how)

    def must(self, *words: str) -> str:
        """Run one of its commands, which ends well; what it said."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return str(result.output)

    def photo(self, world: World, audit: UUID, content: bytes, *, examined: bool = True) -> bytes:
        """A photo whose bytes are stored; its SHA-256."""
        push_photos(world, photo_of(world, audit, content=content))
        return self.put(world, content, examined=examined)

    def put(self, world: World, content: bytes, *, examined: bool = True) -> bytes:
        """Bytes that are stored; their SHA-256."""
        digest = hashlib.sha256(content).digest()
        file = Path(self.settings.upload_folder) / digest.hex()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        self.store.put_original(digest, file)
        seen = Examined("image/jpeg", 10, 10, Evidence(), b"public " + content, b"small")
        with world.unit() as unit:
            record_stored(unit, digest, len(content))
        if examined:
            self.store.put_public(digest, seen.public)
            with world.unit() as unit:
                record_examined(unit, digest, seen)
        return digest

    def rows(self) -> dict[str, list[Any]]:
        """All rows of all tables, but those that a restore writes."""
        return self.units.read(lambda work: _rows(work.session))


@contextmanager
def installed(url: str, folder: Path, clock: Clock, **settings: Any) -> Iterator[Installation]:
    """An installation on a database, with everything else in a folder."""
    plain = {"photos": folder / "photos", "upload_folder": folder / "uploads", "mail": folder / "mail"}
    named = {name: str(path) for name, path in {**plain, "link_key_file": folder / "link.key"}.items()}
    wanted = Settings(**{"database_url": url, "examine_photos": False, **named, **settings})
    app = quick_app(wanted)
    parts = app.extensions["pandus"]
    wire(app, replace(parts, units=Units(parts.engine, clock=clock)))
    yield Installation(app, wanted, clock)
    parts.engine.dispose()


WRITTEN = {"region_heads", "journal", "restorations", "letters", "digests", "department_counters"}


def _rows(session: Any) -> dict[str, list[Any]]:
    tables = [table for table in Base.metadata.sorted_tables if table.name not in WRITTEN]
    return {table.name: sorted(map(str, session.execute(select(table)))) for table in tables}
