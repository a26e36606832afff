"""See the package."""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import uuid4

from sqlalchemy import Engine, insert, select, text

import inspection.tables  # noqa: F401 - registers every table
from api.mail.postman import Postman
from api.work import Units
from bench.notices.told import TOLD
from bench.violations.country import make
from inspection.database import Base, connect
from inspection.tables.areas import Area
from inspection.tables.people import Grant, Person, Role

LETTERS = 10_000
ADDRESSES = "UPDATE operators SET notice_email = 'owner@example.test'"


@dataclass
class Nowhere:
    """Takes every letter at once and forgets it."""

    bytes_seen: int = 0

    def send(self, message: EmailMessage) -> None:
        """Spell the letter, as a mail server would want it."""
        self.bytes_seen += len(message.as_bytes())


def main() -> None:
    """Fill, run two nights, send."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="SQLAlchemy address")
    parser.add_argument("--violations", type=int, default=200_000)
    parser.add_argument("--facilities", type=int, default=43_000)
    wanted = parser.parse_args()
    engine = connect(wanted.database)
    _fill(engine, wanted.violations, wanted.facilities)
    postman = Postman(Units(engine), Nowhere(), "pandus@example.test", bytes)
    _timed("first night decides, notices", postman.decide)
    _timed("second night decides, notices", postman.decide)
    _timed("notices into letters", postman.gather)
    _timed(f"{LETTERS} letters written and handed over", lambda: _deliver(postman))
    _appoint(engine, datetime.now(UTC))
    _timed("digests queued", postman.queue_digests)  # on a Monday before eight there are none
    _timed("digests written and handed over", lambda: sum(postman.deliver().values()))


def _fill(engine: Engine, violations: int, facilities: int) -> None:
    if "bench" not in str(engine.url.database):
        sys.exit(f"{engine.url.database} is not called a bench, and its tables would be dropped")
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    make(engine, violations=violations, facilities=facilities, now=datetime.now(UTC))
    with engine.begin() as connection:
        connection.execute(text(TOLD))
        connection.execute(text(ADDRESSES))
        connection.execute(text("ANALYZE"))


def _deliver(postman: Postman) -> int:
    """Ten thousand letters; the others are left for another day."""
    return sum(postman.deliver(most=LETTERS).values())


def _appoint(engine: Engine, now: datetime) -> None:
    """Two officials of every area, long ago. Letters that are left would only be in the way of their digests."""
    since = now - timedelta(days=366)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM letters"))
        seats = [(code, uuid4()) for code in connection.scalars(select(Area.code)) for _ in range(2)]
        people = {"email": "akimat@example.test", "language": "kk", "created_at": since}
        grants = {"role": Role.AKIMAT.value, "valid_from": since}
        connection.execute(insert(Person), [{"id": made, "name": code, **people} for code, made in seats])
        connection.execute(
            insert(Grant), [{"id": made, "person_id": made, "area_code": code, **grants} for code, made in seats]
        )


def _timed(what: str, do: Callable[[], int]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    count = do()
    took, own = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what:45}{count:>9}{took:>8.1f} s{own:>8.1f} s of its own{peak:>6} MB", flush=True)


if __name__ == "__main__":
    main()
