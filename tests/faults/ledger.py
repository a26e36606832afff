"""What is true in the simulated region, whatever the network made of it; the oracle compares with this.

Grants, places and epochs are spans of time in which they *may* have been in force: from just before a change was
asked for to just after it was known to be done. All moments are those of the one clock of this machine.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import RLock
from typing import Any, TypeAlias
from uuid import UUID

Document: TypeAlias = dict[str, Any]


def now() -> datetime:
    """The one clock of the simulation, which is also the server's."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed audit and what only the simulation knows: when it really happened.

    observed_at: the end of the visit; signed_at: the signature.
    """

    document: Document
    author: UUID
    tablet: str
    observed_at: datetime
    signed_at: datetime

    @property
    def id(self) -> UUID:
        """Of the audit."""
        return UUID(self.document["id"])

    @property
    def facility(self) -> UUID:
        """Where it was."""
        return UUID(self.document["facility"])


@dataclass(slots=True)
class Span:
    """Something that may have been in force from one moment to another, or still is."""

    what: str
    since: datetime
    until: datetime | None = None

    def meets(self, begun: datetime, ended: datetime) -> bool:
        """Whether it may have been in force at any moment between these two."""
        return self.since <= ended and (self.until is None or self.until >= begun)


@dataclass(frozen=True, slots=True)
class Leak:
    """A document that somebody was sent without any right to it."""

    tablet: str
    collection: str
    id: str
    at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that a tablet took: its metadata row and its bytes by hash."""

    id: UUID
    sha256: str
    length: int


class Ledger:
    """See the module. Safe for many threads."""

    def __init__(self, above: Iterable[str] = ()) -> None:
        """above: codes of the areas that all districts lie in."""
        self.lock = RLock()
        self.signed: dict[UUID, Signed] = {}
        self.facilities: dict[UUID, Document] = {}  # what the simulation knows of them: kind and district
        self.photos: dict[UUID, Photo] = {}
        self.begun_at = now()
        self.leaks: list[Leak] = []
        self.received = 0  # document bodies that tablets were sent
        self.operations: dict[str, int] = defaultdict(int)
        self._places: dict[UUID, list[Span]] = defaultdict(list)
        self._grants: dict[UUID, list[Span]] = defaultdict(list)
        self._moments: dict[UUID, set[int]] = defaultdict(set)
        self._above = frozenset(above)
        self._backup: tuple[Any, Any] | None = None

    def copy(self) -> "Ledger":
        """Another ledger that says the same."""
        made = Ledger(self._above)
        with self.lock:
            said = {name: value for name, value in vars(self).items() if name != "lock"}
            vars(made).update(copy.deepcopy(said))
        return made

    def did(self, what: str, times: int = 1) -> None:
        """Count an operation."""
        with self.lock:
            self.operations[what] += times

    # What was signed.

    def sign(self, signed: Signed) -> None:
        """Remember an audit for ever."""
        with self.lock:
            self.signed[signed.id] = signed
            self.operations["audits signed"] += 1

    def take_minute(self, facility: UUID, wanted: Iterable[int]) -> int:
        """The first of these minutes that is far enough from every visit to the facility.

        A time that is corrected by the skew of a tablet is wrong by as long as the request was on its way; visits
        at one place stand farther apart than that, so that their order is beyond doubt.
        """
        with self.lock:
            taken = self._moments[facility]
            for minute in wanted:
                if not any(abs(minute - other) < 5 for other in taken):
                    taken.add(minute)
                    return minute
        raise RuntimeError("this facility was visited too often")

    # Where things lie.

    def found(self, facility: UUID, document: Document, district: str) -> None:
        """A facility came to be, on the server or on a tablet."""
        with self.lock:
            self.facilities[facility] = {**document, "district": district}
            self._places[facility].append(Span(district, datetime.min.replace(tzinfo=UTC)))

    def district(self, facility: UUID) -> str:
        """Where a facility lies now."""
        with self.lock:
            return next(span.what for span in reversed(self._places[facility]) if span.until is None)

    def first_district(self, facility: UUID) -> str:
        """Where a facility lay before the simulation began, which is when all visits take place."""
        with self.lock:
            return self._places[facility][0].what

    def may_move(self, facility: UUID, district: str) -> None:
        """From now on a facility may lie in another district as well."""
        with self.lock:
            self._places[facility].append(Span(district, now()))

    def moved(self, facility: UUID, district: str) -> None:
        """A facility certainly lies here now, and nowhere else."""
        with self.lock:
            for span in self._places[facility]:
                if span.until is None and span.what != district:
                    span.until = now()

    # Who may see what.

    def granted(
        self, person: UUID, area: str, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        """A person may see an area from now (or since) on."""
        with self.lock:
            self._grants[person].append(Span(area, since or now(), until))

    def ended(self, person: UUID, area: str, until: datetime | None = None) -> None:
        """A person sees an area no more, from now (or from then) on."""
        with self.lock:
            for span in self._grants[person]:
                if span.what == area and (span.until is None or span.until > now()):
                    span.until = until or now()

    def areas(self, person: UUID, at: datetime | None = None) -> frozenset[str]:
        """The areas of a person's grants at a moment, by default now."""
        moment = at or now()
        with self.lock:
            return frozenset(span.what for span in self._grants[person] if span.meets(moment, moment))

    def check(
        self, person: UUID, tablet: str, collection: str, documents: Iterable[Mapping[str, Any]], begun: datetime
    ) -> None:
        """Note every document body that a person was sent between `begun` and now without any right to it."""
        ended = now()
        with self.lock:
            for document in documents:
                if document.get("_deleted"):
                    if set(document) != {"id", "_deleted"}:
                        self.leaks.append(
                            Leak(tablet, collection, str(document["id"]), ended, "tombstone with content")
                        )
                    continue
                self.received += 1
                lay = self._lay(collection, document, begun, ended)
                if lay is None:
                    continue
                places = lay | self._above
                mine = {span.what for span in self._grants[person] if span.meets(begun, ended)}
                if not places & mine:
                    place = ", ".join(sorted(places - self._above)) or "nowhere"
                    self.leaks.append(Leak(tablet, collection, str(document["id"]), ended, place))

    def _lay(
        self, collection: str, document: Mapping[str, Any], begun: datetime, ended: datetime
    ) -> set[str] | None:
        """The districts in which a document may have lain meanwhile; None for what lies nowhere."""
        if collection in ("checklists", "drafts", "outcomes"):
            return None
        if collection == "ranks":
            return {document["district_code"]}
        name = {"facilities": "id", "audits": "facility"}.get(collection, "facility_id")
        spans = self._places[UUID(str(document[name]))]
        return {span.what for span in spans if span.meets(begun, ended)}

    # Backups.

    def back_up(self) -> None:
        """The server holds what it holds now; nothing is under way."""
        with self.lock:
            self._backup = copy.deepcopy((dict(self._places), dict(self._grants)))

    def restore(self) -> None:
        """The server holds again what it held at the backup. Nothing is under way."""
        with self.lock:
            assert self._backup is not None
            for spans, held in zip((self._places, self._grants), self._backup, strict=True):
                _restore(spans, held)

    def history_of(self, facility: UUID) -> list[Signed]:
        """The audits of a facility in the order in which they happened."""
        with self.lock:
            found = [signed for signed in self.signed.values() if signed.facility == facility]
        return sorted(found, key=lambda signed: (signed.observed_at, signed.id))


def _restore(spans: dict[UUID, list[Span]], held: Mapping[UUID, list[Span]]) -> None:
    moment = now()
    for about, listed in spans.items():
        again = held.get(about)
        # What was forgotten will be sent again as it was made: it lies where it lay first.
        standing = [s for s in again if s.until is None or s.until > moment] if again is not None else listed[:1]
        opened = [Span(span.what, moment, span.until if again is not None else None) for span in standing]
        for span in listed:
            if span.until is None or span.until > moment:
                span.until = moment
        listed.extend(opened)
