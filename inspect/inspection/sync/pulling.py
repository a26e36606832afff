"""What a tablet pulls: a page of ready documents from its checkpoint on.

The scope is in the query, before the limit: a page shorter than its limit tells a client that this was all.
"""

from collections.abc import Collection as Several
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, TextualSelect, Uuid, bindparam, select, text
from sqlalchemy.orm import Session

from inspection.database import Instant
from inspection.errors import Fault, InvalidInput
from inspection.sync.collections import Collection, Whose
from inspection.sync.rendered import tombstone
from inspection.sync.tablets import ALL, Head, Tablet, head_of
from inspection.tables.feed import FeedRow

RESTARTING = "r"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a tablet has read. number: of the last document. token: epoch, districts, and if it restarts."""

    number: int
    token: str


@dataclass(frozen=True, slots=True)
class Position:
    """A checkpoint, held against the feed as it is now. restarting: read all again, and forget what was lost."""

    number: int
    restarting: bool


def position(tablet: Tablet, head: Head, given: Checkpoint) -> Position:
    """Where reading goes on: behind the checkpoint, or from the beginning where the past is another one.

    Another one it is after a restored backup (another epoch), for a number that lies in the future, and when other
    districts are open than were then. While a restart is under way, its checkpoints say so.
    """
    epoch, _, rest = given.token.partition(".")
    fingerprint, _, mark = rest.partition(".")
    if given.number == 0 and not given.token:
        return Position(0, restarting=False)
    if epoch != head.epoch or fingerprint != tablet.fingerprint or given.number > head.number:
        return Position(0, restarting=True)
    return Position(given.number, restarting=mark == RESTARTING)


def pull(session: Session, tablet: Tablet, collection: Collection, given: Checkpoint, limit: int) -> bytes:
    """A page as JSON: documents in the order of their last change, and the checkpoint behind them.

    limit: 1 to collection.most. Raises InvalidInput for another one.
    """
    if not 1 <= limit <= collection.most:
        accepted = f"1 to {collection.most}"
        raise InvalidInput([Fault("/limit", "this is not a number of documents that a page can hold", accepted)])
    end = head(session, tablet, collection)
    at = position(tablet, end, given)
    rows = [] if at.number >= end.number else page(session, tablet, collection, at, limit)
    token = f"{end.epoch}.{tablet.fingerprint}"
    if at.restarting and len(rows) == limit:
        token += f".{RESTARTING}"  # not through yet: the next page too forgets what was lost
    last = rows[-1][0] if rows else at.number
    documents = ",".join([row[1] for row in rows])
    return f'{{"documents":[{documents}],"checkpoint":{{"lwt":{last},"id":"{token}"}}}}'.encode()


def head(session: Session, tablet: Tablet, collection: Collection) -> Head:
    """The end of the feed in which a collection lies for this tablet."""
    region = collection.region(tablet)
    return tablet.head if region == tablet.region else head_of(session, region)


def newest(session: Session, region: str, collection: Collection) -> int:
    """The number of the last change of a collection in a region; 0 where it is empty."""
    found = session.connection().execute(NEWEST, {"region": region, "collection": collection.name})
    return int(found.scalar() or 0)


# Ordered, not max(): the planner then never walks the numbers of other collections backwards.
NEWEST = text(
    "SELECT number FROM feed WHERE region = :region AND collection = :collection ORDER BY number DESC LIMIT 1"
)


def is_behind(session: Session, tablet: Tablet, collection: Collection, given: Checkpoint) -> bool:
    """Whether there is something to pull behind a checkpoint."""
    at = position(tablet, head(session, tablet, collection), given)
    return at.restarting or bool(page(session, tablet, collection, at, 1))


def page(
    session: Session, tablet: Tablet, collection: Collection, at: Position, limit: int
) -> list[tuple[int, str]]:
    """At most `limit` numbers and documents behind a position."""
    scopes = collection.scopes(tablet)
    parameters: dict[str, Any] = {
        "region": collection.region(tablet),
        "collection": collection.name,
        "after": at.number,
        "limit": limit,
        **{f"scope{n}": scope for n, scope in enumerate(scopes or ())},
    }
    connection = session.connection()
    if not (at.restarting and tablet.lost and collection.whose is Whose.DISTRICTS):
        if scopes == ():
            return []
        found = connection.execute(_open(None if scopes is None else len(scopes)), parameters)
        return [(number, body) for number, body in found]
    lost = sorted(tablet.lost)
    parameters |= {f"lost{n}": scope for n, scope in enumerate(lost)}
    parameters |= {f"until{n}": tablet.lost[scope] for n, scope in enumerate(lost)}
    statement = _open_and_lost(len(scopes or ()), tuple(scope == ALL for scope in lost))
    return [
        (number, tombstone(made) if is_lost else body)
        for number, body, made, is_lost in connection.execute(statement, parameters)
    ]


# Numbers are found in an index and only then their documents read: each piece may be a whole page.
BEHIND = "region = :region AND collection = :collection AND number > :after"


@lru_cache(maxsize=256)
def _open(scopes: int | None) -> TextClause:
    """The page of so many scopes; of the whole region for None."""
    if scopes is None:
        return text(f"SELECT number, body FROM feed WHERE {BEHIND} ORDER BY number LIMIT :limit")  # noqa: S608 - words of our own
    if scopes == 1:
        return text(
            f"SELECT number, body FROM feed WHERE {BEHIND} AND scope = :scope0 ORDER BY number LIMIT :limit"  # noqa: S608 - words of our own
        )
    pieces = [_piece(f"scope = :scope{n}", 0) for n in range(scopes)]
    return text(f"SELECT feed.number, feed.body FROM {_of(pieces)}")  # noqa: S608 - words of our own


@lru_cache(maxsize=256)
def _open_and_lost(scopes: int, lost: tuple[bool, ...]) -> TextualSelect:
    """The page of a restart. lost: of each lost scope whether it is the whole region but for what is open."""
    pieces = [_piece(f"scope = :scope{n}", 0) for n in range(scopes)]
    elsewhere = "".join(f" AND scope <> :scope{n}" for n in range(scopes))
    for n, whole in enumerate(lost):
        piece = elsewhere if whole else f" AND scope = :lost{n}"
        pieces.append(_piece(f"born_at < :until{n}{piece}", 1))
    # What was lost twice (a district, and the region around it) is found twice.
    columns = "DISTINCT feed.number, feed.body, feed.id, page.lost"
    statement = text(f"SELECT {columns} FROM {_of(pieces)}")  # noqa: S608 - words of our own
    bound = [bindparam(f"until{n}", type_=Instant()) for n in range(len(lost))]
    return statement.bindparams(*bound).columns(id=Uuid())


def _piece(condition: str, lost: int) -> str:
    where = f"{BEHIND} AND {condition}"
    return (
        f"SELECT * FROM (SELECT number, {lost} AS lost FROM feed WHERE {where} ORDER BY number LIMIT :limit) AS p"  # noqa: S608 - words of our own
    )


def _of(pieces: list[str]) -> str:
    return (
        f"(SELECT * FROM ({' UNION ALL '.join(pieces)}) AS pieces ORDER BY number LIMIT :limit) AS page"  # noqa: S608 - words of our own
        " JOIN feed ON feed.region = :region AND feed.collection = :collection AND feed.number = page.number"
        " ORDER BY feed.number"
    )


def visible_among(session: Session, tablet: Tablet, collection: Collection, ids: Several[UUID]) -> dict[UUID, str]:
    """Those of these documents that this tablet may have, as they are sent."""
    rows = FeedRow.__table__.c
    here = (rows.region == collection.region(tablet)) & (rows.collection == collection.name)
    statement = select(rows.id, rows.scope, rows.body).where(
        here, rows.id.in_(sorted(ids)), rows.deleted.is_(False)
    )
    scopes = collection.scopes(tablet)
    found = session.connection().execute(statement)
    return {row.id: row.body for row in found if scopes is None or row.scope in scopes}


def visible(session: Session, tablet: Tablet, collection: Collection, document_id: UUID) -> str | None:
    """The document with this id as it is sent to this tablet; None where there is none for it."""
    parameters = {"region": collection.region(tablet), "collection": collection.name, "id": document_id}
    scopes = collection.scopes(tablet)
    for scope, body in session.connection().execute(ALIVE, parameters):
        if scopes is None or scope in scopes:
            return str(body)
    return None


ALIVE = text(
    "SELECT scope, body FROM feed WHERE region = :region AND collection = :collection AND id = :id AND NOT deleted"
).bindparams(bindparam("id", type_=Uuid()))
