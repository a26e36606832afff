"""What the run begins with: facilities whose owners have to be told that a date has passed, each in one letter."""

import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

import inspection.tables  # noqa: F401 - registers every table
from api.mail.postman import Postman
from api.mail.sending import Folder
from api.work import Units
from bench.notices.told import TOLD
from bench.violations.country import make
from inspection.database import Base
from tests.servers.postgres import PostgresServer, create_database

LETTERS_OF_OPERATORS = "state = 'queued' AND recipient LIKE 'operator:%'"


def fill(engine: Engine, letters: int, now: datetime) -> int:
    """Tables, and so many queued letters to operators. Returns how many there are."""
    Base.metadata.create_all(engine)
    make(engine, violations=letters * 9, facilities=letters * 3, now=now)
    with engine.begin() as connection:
        connection.execute(text(TOLD))
        connection.execute(text("UPDATE operators SET notice_email = 'owner-' || id || '@example.test'"))
        connection.execute(text("ANALYZE"))
    postman = Postman(Units(engine, clock=lambda: now), Folder(Path()), "pandus@example.test", bytes)
    postman.decide()
    postman.gather()
    with engine.begin() as connection:
        kept = f"SELECT id FROM letters WHERE {LETTERS_OF_OPERATORS} ORDER BY id LIMIT {letters}"
        connection.execute(text(f"DELETE FROM letters WHERE id NOT IN ({kept})"))
        connection.execute(text("DELETE FROM notices WHERE letter_id NOT IN (SELECT id FROM letters)"))
        return int(connection.execute(text("SELECT count(*) FROM letters")).scalar_one())


def release_some(engine: Engine, share: int) -> set[str]:
    """Release everything in every so many-th letter, behind the back of the queue. Returns their ids."""
    found = f"SELECT id FROM letters WHERE {LETTERS_OF_OPERATORS} AND attempts = 0 ORDER BY id"
    with engine.begin() as connection:
        chosen = [row.id for row in connection.execute(text(found))][::share]
        for made in chosen:
            connection.execute(
                text(
                    "UPDATE violations SET state = 'released' WHERE id IN "
                    "(SELECT violation_id FROM notices WHERE letter_id = :made)"
                ),
                {"made": made},
            )
    return {str(made) for made in chosen}


def database(server: PostgresServer) -> str:
    """Address of a new database."""
    return create_database(server.socket, f"letters_{int(time.time())}")


def early() -> datetime:
    """What the run's clock says when it begins: early enough that the day does not end under way."""
    return datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0)
