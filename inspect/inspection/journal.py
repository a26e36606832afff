"""The journal of changes: who did what to which object, from what to what, when and why.

Entries are collected during a unit of work and written at its end, under the lock of the region's head, each
chained to the one before it by its hash. A personal value is not in an entry: there stands only a salted
commitment, and the value lies apart where it can be erased without breaking the chain.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.bulk import insert_rows
from inspection.grants_used import GrantsUsed
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.regions import RegionHead

Changes = Mapping[str, tuple[Any, Any]]  # field to (from, to)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was done.

    personal: fields of `changes` that say something about a person. actor_id: who did it, where that is not the
    person behind the request (an audit is its author's doing, whoever brings it in); device_id and grant: with
    which tablet, and by which grant (`role:area`) then.
    """

    region: str
    action: str
    object_kind: str
    object_id: str
    changes: Changes = field(default_factory=dict)
    reason: str | None = None
    personal: frozenset[str] = frozenset()
    actor_id: UUID | None = None
    device_id: UUID | None = None
    grant: str | None = None


class Journal:
    """The changes of one unit of work, in the order in which they were made."""

    def __init__(self, *, now: datetime, new_salt: Callable[[], bytes]) -> None:
        self.actor_id: UUID | None = None  # null: the system itself, by rule
        self.device_id: UUID | None = None  # by which they ask
        self.request_id: str | None = None
        self._used: GrantsUsed | None = None
        self._now = now.astimezone(UTC)  # as it will be read back: the hash covers its spelling
        self._new_salt = new_salt
        self._pending: list[Change] = []

    def acted_by(self, caller: Caller, device_id: UUID | None = None) -> None:
        """Whose doing this unit is. device_id: the tablet that they name, where the caller does not say it."""
        self.actor_id, self.device_id = caller.person_id, device_id or caller.tablet
        self._used = caller.used  # it grows until the end of the unit

    def add(self, change: Change) -> None:
        """Remember a change; `write` puts it into the database."""
        self._pending.append(change)

    def regions(self) -> set[str]:
        """Regions whose heads must be locked to write what was collected."""
        return {change.region for change in self._pending}

    def write(self, session: Session, heads: Mapping[str, RegionHead]) -> None:
        """Write what was collected. heads: of `regions()`, locked; so it comes last in a unit."""
        if not self._pending:
            return
        entries: list[dict[str, Any]] = []
        values: list[dict[str, Any]] = []
        for change in self._pending:
            entry, hidden = self._entry(change, heads[change.region])
            entries.append(entry)
            values.extend(hidden)
        insert_rows(session, JournalEntry, entries)
        insert_rows(session, JournalValue, values)
        self._pending.clear()
        session.flush()

    def _entry(self, change: Change, head: RegionHead) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        number = head.journal_number + 1
        shown: dict[str, Any] = {}
        hidden: list[dict[str, Any]] = []
        for name, pair in change.changes.items():
            value = [_plain(pair[0]), _plain(pair[1])]
            if name not in change.personal:
                shown[name] = value
                continue
            salt = self._new_salt()
            shown[name] = {"commitment": commitment(salt, value)}
            hidden.append(
                {"home_region": change.region, "number": number, "field": name, "salt": salt, "value": value}
            )
        entry: dict[str, Any] = {
            "home_region": change.region,
            "number": number,
            "at": self._now,
            "actor_id": change.actor_id or self.actor_id,
            **self._means(change),
            "action": change.action,
            "object_kind": change.object_kind,
            "object_id": change.object_id,
            "changes": shown,
            "reason": change.reason,
            "request_id": self.request_id,
            "previous_hash": head.journal_hash,
        }
        sealed = entry_hash(entry)
        entry["hash"] = sealed
        head.journal_number, head.journal_hash = number, sealed
        return entry, hidden

    def _means(self, change: Change) -> dict[str, Any]:
        """By which tablet and grant: those of the request only where it is their own doing."""
        own = change.actor_id in (None, self.actor_id)
        granted = str(self._used) if own and self._used is not None else ""
        return {
            "device_id": change.device_id or (self.device_id if own else None),
            "grants_used": change.grant or granted or None,
        }


def entry_hash(entry: Mapping[str, Any]) -> bytes:
    """SHA-256 over everything an entry says and the hash before it (32 bytes).

    Tablet and grant are two further places of the list where one of them is said: entries from before they were
    kept have the hash that they always had, and a list of another length cannot be taken for one.
    """
    means = [None if entry["device_id"] is None else str(entry["device_id"]), entry["grants_used"]]
    said = [
        entry["home_region"],
        entry["number"],
        entry["at"].isoformat(timespec="microseconds"),
        None if entry["actor_id"] is None else str(entry["actor_id"]),
        entry["action"],
        entry["object_kind"],
        entry["object_id"],
        entry["changes"],
        entry["reason"],
        entry["request_id"],
        bytes(entry["previous_hash"]).hex(),
        *(means if any(means) else ()),
    ]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


def commitment(salt: bytes, value: Sequence[Any]) -> str:
    """What stands in the journal in place of a personal value: hex of SHA-256 over salt and value."""
    return hashlib.sha256(salt + orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: Any) -> Any:
    # Both databases must give back the very same JSON, and JSONB rewrites large and tiny floats.
    if isinstance(value, float):
        return repr(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
