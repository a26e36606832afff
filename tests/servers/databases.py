"""Databases with all tables in them, as many as the tests ask for, on either kind of server."""

import shutil
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import make_url

from inspection.database import Base, connect
from tests.servers import postgres


class Databases(Protocol):
    """Where databases come from; `make` returns the address of a new one, with tables and no rows."""

    def make(self) -> str: ...

    def drop(self, url: str) -> None: ...


@dataclass
class SqliteDatabases:
    """Copies of a file that gets its tables once, in a folder that pytest removes."""

    folder: Path
    _numbers: "count[int]" = field(default_factory=count)
    _template: Path | None = None

    def make(self) -> str:
        if self._template is None:
            self._template = self.folder / "template.db"
            _make_tables(f"sqlite:///{self._template}")
        copy = shutil.copyfile(self._template, self.folder / f"{next(self._numbers)}.db")
        return f"sqlite:///{copy}"

    def drop(self, url: str) -> None:
        for file in self.folder.glob(f"{Path(make_url(url).database or '').name}*"):  # also -wal and -shm
            file.unlink()


@dataclass
class PostgresDatabases:
    """Copies of a template that gets its tables once.

    socket: of the server; owner: a word that keeps apart the workers that share it.
    """

    socket: Path
    owner: str
    _numbers: "count[int]" = field(default_factory=count)
    _template: str | None = None

    def make(self) -> str:
        if self._template is None:
            self._template = f"{self.owner}_template"
            _make_tables(postgres.create_database(self.socket, self._template))
        name = f"{self.owner}_{next(self._numbers)}"
        return postgres.create_database(self.socket, name, template=self._template)

    def drop(self, url: str) -> None:
        postgres.drop_database(self.socket, make_url(url).database or "")


def _make_tables(url: str) -> None:
    # Only here: tests without a database do not wait for it. The module registers every table on Base.metadata.
    import_module("inspection.tables")
    engine = connect(url)
    try:
        Base.metadata.create_all(engine)
    finally:
        engine.dispose()  # a database with a connection open cannot be copied
