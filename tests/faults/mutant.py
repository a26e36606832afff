"""The server with one of its safeguards taken out: `python -m tests.faults.mutant <mutation> serve`.

The processes that serve are forked from this one and have what was changed here. Each mutation is a mistake that
somebody could make; `test_oracle_can_fail.py` shows that the oracle reports it.
"""

import sys
import time
from collections.abc import Callable, Collection, Mapping
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

PAUSE = 0.15  # seconds that a unit may take from its numbers to its commit
ROOM = 10_000  # numbers that a unit draws at once


def put(module: ModuleType, name: str, instead: Any) -> None:
    """Put something else in the place of what a module has under a name; raises KeyError if it has nothing."""
    vars(module)[name]  # a name that is gone would mean a mutation that changes nothing
    setattr(module, name, instead)


def slow_commits() -> None:
    """No mistake: units take their time under the lock. What goes wrong without it must not go wrong with it."""
    from inspection import unit

    lock, chance = vars(unit)["lock_heads"], Random(1)

    def slowly(session: Session, regions: Collection[str]) -> Mapping[str, Any]:
        heads: Mapping[str, Any] = lock(session, regions)
        time.sleep(chance.uniform(0, PAUSE))
        return heads

    put(unit, "lock_heads", slowly)


def no_head_lock() -> None:
    """Numbers are drawn as from a sequence: each is unique, but they become visible in any order."""
    from inspection import unit
    from inspection.tables.regions import RegionHead

    chance = Random(1)

    def draw(session: Session, regions: Collection[str]) -> Mapping[str, Any]:
        heads = {}
        bind = session.get_bind()
        for region in sorted(regions):
            with bind.engine.begin() as apart:
                more = {
                    "feed_number": RegionHead.feed_number + ROOM,
                    "journal_number": RegionHead.journal_number + ROOM,
                }
                drawn = update(RegionHead).where(RegionHead.region == region).values(more)
                row = apart.execute(drawn.returning(*RegionHead.__table__.columns)).mappings().one()
            heads[region] = SimpleNamespace(**row)
        time.sleep(chance.uniform(0, PAUSE))
        return heads

    put(unit, "lock_heads", draw)


def no_idempotency() -> None:
    """Every document that comes is another one, also if it came before."""
    from inspection import json_bodies

    chance = Random()
    put(json_bodies, "canonical_hash", lambda _document, _without=(): chance.randbytes(32))


def scope_after_limit() -> None:
    """A page is cut first, and what the tablet may not see is taken out of it afterwards."""
    from inspection.sync import pulling

    whole = text(
        "SELECT number, body, scope FROM feed WHERE region = :region AND collection = :collection"
        " AND number > :after ORDER BY number LIMIT :limit"
    )

    def page(session: Session, tablet: Any, collection: Any, at: Any, limit: int) -> list[tuple[int, str]]:
        wanted = {
            "region": collection.region(tablet),
            "collection": collection.name,
            "after": at.number,
            "limit": limit,
        }
        scopes = collection.scopes(tablet)
        rows = session.connection().execute(whole, wanted)
        return [(row.number, row.body) for row in rows if scopes is None or row.scope in scopes]

    put(pulling, "_page", page)


def no_tombstone_of_a_move() -> None:
    """What leaves a district goes without a word."""
    from inspection.sync import feed

    put(feed, "_tombstones", lambda *_facts: iter(()))


MUTATIONS: Mapping[str, Callable[[], None]] = {
    each.__name__.replace("_", "-"): each
    for each in (slow_commits, no_head_lock, no_idempotency, scope_after_limit, no_tombstone_of_a_move)
}


def main() -> None:
    """Change what the first word says, then run the command that the others say."""
    from flask.cli import main as flask

    MUTATIONS[sys.argv.pop(1)]()
    sys.argv[:1] = ["flask", "--app", "wsgi"]
    flask()


if __name__ == "__main__":
    main()
