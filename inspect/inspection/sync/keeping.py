"""Keeping a whole batch of pushed rows by one statement."""

from collections.abc import Sequence
from datetime import datetime

from inspection.intake import SCHEMA_VERSION, Received, keep
from inspection.sync.tablets import Tablet
from inspection.tables.intake import IntakeKey, IntakeState
from inspection.unit import Unit

COLUMNS = (
    "home_region, collection, document_id, content_hash, body, schema_version,"
    " person_id, device_id, device_time, received_at, state, attempts"
)
KNOWN = "ON CONFLICT DO NOTHING RETURNING document_id, content_hash"
PLAIN = f"""
    INSERT INTO intake ({COLUMNS}) VALUES (
        %(region)s, %(collection)s, %(ids)s, %(hashes)s, %(bodies)s, %(version)s,
        %(person)s, %(device)s, %(sent)s, %(now)s, %(state)s, 0)
    {KNOWN}
"""  # noqa: S608 - names of our own
# Bodies travel as one string of bytes that is cut apart where it arrives: an array of bytes would be spelled out
# in hexadecimal digits and read again, which takes the driver longer than everything else about a push.
CUT_APART = f"""
    INSERT INTO intake ({COLUMNS})
    SELECT %(region)s, %(collection)s, id, substring(%(hashes)s::bytea FROM (n * 32 - 31)::int FOR 32),
        substring(%(bodies)s::bytea FROM start FOR length), %(version)s, %(person)s::uuid, %(device)s::uuid,
        %(sent)s::timestamptz, %(now)s::timestamptz, %(state)s, 0
    FROM unnest(%(ids)s::uuid[], %(starts)s::int[], %(lengths)s::int[])
        WITH ORDINALITY AS sent(id, start, length, n)
    {KNOWN}
"""  # noqa: S608 - names of our own


def keep_batch(
    unit: Unit,
    tablet: Tablet,
    collection: str,
    bodies: Sequence[tuple[IntakeKey, bytes]],
    sent_at: datetime | None,
) -> set[IntakeKey]:
    """Keep pushed rows of one collection as they came. Returns the keys that were new; see `intake.keep`.

    sent_at: the tablet's clock when it sent. A key has the tablet's region and this collection.
    """
    person, device, sent = tablet.caller.person_id, tablet.device_id, sent_at or unit.now
    if unit.session.get_bind().dialect.name != "postgresql":
        return keep(unit, [Received(key, body, person, device, sent) for key, body in bodies])
    # Sorted, or two batches that share rows could deadlock.
    rows = sorted(dict(bodies).items())
    if not rows:
        return set()
    about = {
        "region": tablet.region,
        "collection": collection,
        "version": SCHEMA_VERSION,
        "person": person,
        "device": device,
        "sent": sent,
        "now": unit.now,
        "state": IntakeState.KEPT.value,
    }
    statement, values = (PLAIN, _alone(*rows[0])) if len(rows) == 1 else (CUT_APART, _together(rows))
    found = unit.session.connection().exec_driver_sql(statement, {**about, **values})
    return {IntakeKey(tablet.region, collection, made, bytes(digest)) for made, digest in found}


def _alone(key: IntakeKey, body: bytes) -> dict[str, object]:
    return {"ids": key.document_id, "hashes": key.content_hash, "bodies": body}


def _together(rows: Sequence[tuple[IntakeKey, bytes]]) -> dict[str, object]:
    lengths = [len(body) for _, body in rows]
    starts = [1]
    for length in lengths[:-1]:
        starts.append(starts[-1] + length)
    return {
        "ids": [key.document_id for key, _ in rows],
        "hashes": b"".join(key.content_hash for key, _ in rows),
        "bodies": b"".join(body for _, body in rows),
        "starts": starts,
        "lengths": lengths,
    }
