"""What happens around the tablets: grants begin and end, facilities move, the server dies, a backup is restored.

One thread does all of it, one thing after another, so that it always knows what it has changed.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from threading import Event
from uuid import UUID

from sqlalchemy import func, select

from inspection.people import end_grant
from inspection.photos.blobs import LEASE
from inspection.tables.people import Grant
from inspection.tables.photos import Blob, BlobState
from inspection.unit import Unit
from tests.faults.ledger import Document, Ledger, now
from tests.faults.link import Answer, Link, LinkDown
from tests.faults.process import Server
from tests.faults.region import Region, add_grant, units_on
from tests.faults.stores import Store

TRIES, PAUSE = 20, 0.2  # of requests; seconds between two
PICTURE = 5  # seconds, longer than one takes to be examined
# A photo whose examiner was killed has its turn when the claim on it ends.
LOOKS_AT_PICTURES = int((LEASE + timedelta(minutes=1)).total_seconds() / PICTURE)


@dataclass(slots=True)
class Office:
    """See the module. done: counts what it did."""

    region: Region
    ledger: Ledger
    server: Server
    store: Store
    chance: Random
    done: Counter[str] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)
    _backed_up: bool = False

    def run(self, plan: Mapping[str, int], stop: Event, pace: float) -> None:
        """Do things at random until told to stop.

        plan: what is done to its weight. pace: mean seconds between two of them.
        """
        while plan and not stop.wait(self.chance.uniform(0, 2 * pace)):
            self.act(self.chance.choices(list(plan), list(plan.values()))[0])

    def act(self, name: str) -> None:
        """Do one thing."""
        acts: dict[str, Callable[[], None]] = {
            "flip": self.flip_grant,
            "midnight": self.end_at_midnight,
            "move": self.move_facility,
            "kill": self.kill_server,
            "crash": self.crash_database,
            "back up": self.back_up,
            "restore": self.restore,
            "understand": self.understand,
            "rank": self.rank,
        }
        acts[name]()

    # Grants.

    def flip_grant(self) -> None:
        """Take a district away from somebody who has it, or give it back."""
        person = self.chance.choice(list(self.region.people))
        area = self.chance.choice(self.region.people[person])
        if area in self.ledger.areas(person):
            self.end(person, area)
        else:
            self.give(person, area)

    def end_at_midnight(self) -> None:
        """Let a grant end in a moment that is still to come."""
        person = self.chance.choice(list(self.region.people))
        area = self.chance.choice(self.region.people[person])
        if area in self.ledger.areas(person):
            midnight = now() + timedelta(seconds=self.chance.uniform(0.3, 1.5))

            def limit(unit: Unit) -> None:
                for grant in _grants(unit, person, area):
                    grant.valid_to = midnight

            self._write(limit)
            self.ledger.ended(person, area, midnight)
            self.done["grants ended at midnight"] += 1

    def give_all_back(self) -> None:
        """Everybody has the districts again that they began with."""
        for person, areas in self.region.people.items():
            for area in areas:
                until = now() + timedelta(seconds=2)
                if area not in self.ledger.areas(person, until):
                    self.give(person, area)

    def give(self, person: UUID, area: str) -> None:
        """Give somebody a district."""
        self.ledger.granted(person, area)
        self._write(lambda unit: add_grant(unit, person, area, unit.now))
        self.done["grants given"] += 1

    def end(self, person: UUID, area: str) -> None:
        """Take a district away from somebody."""

        def end(unit: Unit) -> None:
            for grant in _grants(unit, person, area):
                end_grant(unit, grant.id)

        self._write(end)
        self.ledger.ended(person, area)
        self.done["grants ended"] += 1

    def _write(self, fn: Callable[[Unit], object]) -> None:
        with units_on(self.store.url) as units:
            units.write(fn)

    # Facilities.

    def move_facility(self) -> None:
        """Put a facility into another district, and all its documents with it."""
        facility = self.chance.choice(list(self.ledger.facilities))
        target = self.chance.choice([d for d in self.region.districts if d != self.ledger.district(facility)])
        self.move(facility, target)

    def move(self, facility: UUID, target: str) -> None:
        """Put a facility into a district, if the server knows it."""
        lon, lat = self.region.ground.point(self.chance, target)
        link = Link(self.server.port, "office", {"Authorization": f"Bearer {self.region.head}"})
        path = f"/api/v1/facilities/{facility}"
        for _ in range(TRIES):
            try:
                held = link.ask("GET", path)
                if held.status == 404:  # still on its tablet
                    return
                if held.status != 200:
                    self._note("GET facility", held)
                    continue
                self.ledger.may_move(facility, target)
                patched = link.ask(
                    "PATCH", path, {"lat": lat, "lon": lon, "accuracy_m": 5.0}, If_Match=held.headers["etag"]
                )
            except LinkDown:
                continue
            if patched.status == 200:
                self.ledger.moved(facility, target)
                self.done["facilities moved"] += 1
                return
            self.ledger.moved(facility, held.document()["district_code"])
            if patched.status not in (409, 412):
                self._note("PATCH facility", patched)

    def _note(self, what: str, answer: Answer) -> None:
        """Remember a refusal, unless it is that of a server whose database is away."""
        if answer.status != 503:
            self.surprises[f"{what}: {answer.refusal()}"] += 1
        Event().wait(PAUSE)

    # The server.

    def kill_server(self) -> None:
        """SIGKILL in the middle of whatever it does, and start it again."""
        self.server.kill()
        self.server.start()
        self.done["server killed"] += 1

    def crash_database(self) -> None:
        """The database server goes down without a word, and comes back."""
        if self.store.crashes:
            self.store.crash()
            self.done["database crashed"] += 1

    def back_up(self) -> None:
        """Copy the database while nothing runs on it."""
        self.server.kill()
        self.store.back_up()
        self.ledger.back_up()
        self.server.start()
        self._backed_up = True
        self.done["backups"] += 1

    def restore(self) -> None:
        """Put the last backup in place of the database, as after the loss of a machine."""
        if self._backed_up:
            self.server.kill()
            self.store.restore()
            self.ledger.restore()
            self.server.run("feed", "new-epoch")
            self.server.start()
            self.done["backups restored"] += 1

    def understand(self) -> None:
        """Understand what was kept and waits."""
        self.server.run("intake", "understand")
        self.done["backlog understood"] += 1

    def rank(self) -> None:
        """Say anew what comes first; tablets hear of it."""
        self.server.run("ranks", "update")
        self.done["ranks updated"] += 1

    # The end.

    def wait_for_pictures(self) -> bool:
        """Until every photo that came has been looked at. False if that does not end."""
        left, looks = self._unexamined(), 0
        while left and looks < LOOKS_AT_PICTURES:
            Event().wait(PICTURE)
            before, left = left, self._unexamined()
            if left and left == before:
                self.server.run("photos", "examine")
                looks += 1
        return not left

    def _unexamined(self) -> int:
        stored = select(func.count()).select_from(Blob).where(Blob.state == BlobState.STORED.value)
        with units_on(self.store.url) as units:
            return units.read(lambda work: work.session.scalar(stored) or 0)

    def date_the_undated(self) -> int:
        """The head of department sets the true times of audits that no clock could date. Returns how many."""
        dated = 0
        while listed := self._as_head("GET", "/api/v1/audits?undated=true&limit=50")["items"]:
            for item in listed:
                signed = self.ledger.signed[UUID(item["id"])]
                given = {"observed_at": signed.observed_at.isoformat(), "reason": "по журналу посещений"}
                self._as_head("PUT", f"/api/v1/audits/{item['id']}/observed-at", given)
                dated += 1
        return dated

    def _as_head(self, method: str, path: str, body: object = None) -> Document:
        """What the server answers to the head of department. Raises RuntimeError if it goes on refusing."""
        link = Link(self.server.port, "head", {"Authorization": f"Bearer {self.region.head}"})
        for _ in range(TRIES):
            answer = link.ask(method, path, body)
            if answer.status == 200:
                found: Document = answer.document()
                return found
            self._note(f"{method} {path}", answer)
        raise RuntimeError(f"{answer.status} {method} {path}: {answer.body!r}")


def _grants(unit: Unit, person: UUID, area: str) -> list[Grant]:
    mine = (Grant.person_id == person) & (Grant.area_code == area)
    open_still = Grant.valid_to.is_(None) | (Grant.valid_to > unit.now)
    return list(unit.session.scalars(select(Grant).where(mine, open_still)))
