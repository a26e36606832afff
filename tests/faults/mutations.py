"""Safeguards taken out of the server, each a mistake that somebody could make.

`test_oracle_can_fail.py` shows that the oracle reports every one of them. They are applied to a server in this
process (`server_threads.py`) by a function that puts something in the place of what a module has under a name.
"""

from collections.abc import Callable, Collection, Mapping
from random import Random
from threading import Event
from types import ModuleType, SimpleNamespace
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from inspection import unit
from inspection.sync import feed, pulling, pushing
from inspection.tables.regions import RegionHead

Put = Callable[[ModuleType, str, Any], None]

ROOM = 10_000  # numbers that a unit draws at once
LONGEST = 30.0  # seconds


class Hold:
    """Stops the next unit between its numbers and its commit, until it may go on."""

    def __init__(self) -> None:
        self.armed = False
        self.reached = Event()
        self.go = Event()

    def pass_by(self) -> None:
        """Wait here, if this is where to wait."""
        if self.armed:
            self.armed = False
            self.reached.set()
            self.go.wait(LONGEST)


def held_under_the_lock(put: Put, hold: Hold) -> None:
    """No mistake: a unit takes its time under the lock. What goes wrong without it must not go wrong with it."""
    lock = vars(unit)["lock_heads"]

    def slowly(session: Session, regions: Collection[str]) -> Mapping[str, Any]:
        heads: Mapping[str, Any] = lock(session, regions)
        hold.pass_by()
        return heads

    put(unit, "lock_heads", slowly)


def no_head_lock(put: Put, hold: Hold) -> None:
    """Numbers are drawn as from a sequence: each is unique, but they become visible in any order."""
    drawn = {"feed_number": RegionHead.feed_number + ROOM, "journal_number": RegionHead.journal_number + ROOM}

    def draw(session: Session, regions: Collection[str]) -> Mapping[str, Any]:
        heads = {}
        for region in sorted(regions):
            with session.get_bind().engine.begin() as apart:
                draw_some = update(RegionHead).where(RegionHead.region == region).values(drawn)
                row = apart.execute(draw_some.returning(*RegionHead.__table__.columns)).mappings().one()
            counted = {name: row[name] - ROOM for name in drawn}  # the first of those that were drawn comes next
            heads[region] = SimpleNamespace(**{**row, **counted})
        hold.pass_by()
        return heads

    put(unit, "lock_heads", draw)


def no_idempotency(put: Put) -> None:
    """Every document that comes is another one, also if it came before."""
    chance = Random(1)
    put(pushing, "canonical_hash", lambda _document, _without=(): chance.randbytes(32))


def scope_after_limit(put: Put) -> None:
    """A page is cut first, and what the tablet may not see is taken out of it afterwards."""
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

    put(pulling, "page", page)


def no_scope(put: Put) -> None:
    """Whoever pulls is sent the whole region."""
    page = pulling.page

    def unscoped(session: Session, tablet: Any, collection: Any, at: Any, limit: int) -> Any:
        everywhere = SimpleNamespace(
            name=collection.name, whose=collection.whose, region=collection.region, scopes=lambda _tablet: None
        )
        return page(session, tablet, everywhere, at, limit)  # type: ignore[arg-type]

    put(pulling, "page", unscoped)


def no_tombstone_of_a_move(put: Put) -> None:
    """What leaves a district goes without a word."""
    put(feed, "_tombstones", lambda *_facts: iter(()))


def understood_before_it_is_kept(put: Put) -> None:
    """What is answered as safe was never written down."""

    def keep_nothing(_unit: Any, _tablet: Any, _collection: str, bodies: Any, _sent_at: Any) -> set[Any]:
        return {key for key, _ in bodies}

    put(pushing, "keep_batch", keep_nothing)
