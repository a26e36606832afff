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
from tests.servers.emptying import emptied, made_as


class Databases(Protocol):
    """Where databases come from; `make` returns the address of one with tables and no rows.

    give_back: a test is done with it, whatever state it is in.
    """

    def make(self) -> str: ...

    def give_back(self, url: str) -> None: ...


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

    def give_back(self, url: str) -> None:
        for file in self.folder.glob(f"{Path(make_url(url).database or '').name}*"):  # also -wal and -shm
            file.unlink()


@dataclass
class PostgresDatabases:
    """Copies of a template that gets its tables once; one that was given back is emptied and given out again.

    socket: of the server; owner: a word that keeps apart the workers that share it.
    """

    socket: Path
    owner: str
    _numbers: "count[int]" = field(default_factory=count)
    _template: str | None = None
    _as_made: str = ""
    _empty: list[str] = field(default_factory=list)

    def make(self) -> str:
        if self._template is None:
            self._template = f"{self.owner}_template"
            _make_tables(postgres.create_database(self.socket, self._template))
            self._as_made = made_as(self.socket, self._template)
        if self._empty:
            return postgres.url(self.socket, self._empty.pop())
        name = f"{self.owner}_{next(self._numbers)}"
        return postgres.create_database(self.socket, name, template=self._template)

    def give_back(self, url: str) -> None:
        name = make_url(url).database or ""
        if emptied(self.socket, name, self._as_made):
            self._empty.append(name)
        else:
            postgres.drop_database(self.socket, name)


def _make_tables(url: str) -> None:
    # Only here: tests without a database do not wait for it. The module registers every table on Base.metadata.
    import_module("inspection.tables")
    engine = connect(url)
    try:
        Base.metadata.create_all(engine)
    finally:
        engine.dispose()  # a database with a connection open cannot be copied
