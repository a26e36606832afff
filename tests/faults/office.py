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

from sqlalchemy import select

from inspection.people import end_grant
from inspection.tables.people import Grant
from inspection.unit import Unit
from tests.faults.ledger import Ledger, now
from tests.faults.link import Link, LinkDown
from tests.faults.process import ServerProcess
from tests.faults.region import Region, add_grant, units_on
from tests.faults.stores import Store

TRIES = 5


@dataclass(slots=True)
class Office:
    """See the module. done: counts what it did."""

    region: Region
    ledger: Ledger
    server: ServerProcess
    store: Store
    chance: Random
    done: Counter[str] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)
    _backed_up: bool = False

    def run(self, plan: Mapping[str, int], stop: Event, pace: float) -> None:
        """Do things at random until told to stop.

        plan: what is done to its weight. pace: mean seconds between two of them.
        """
        while not stop.wait(self.chance.uniform(0, 2 * pace)):
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
        }
        acts[name]()

    # Grants.

    def flip_grant(self) -> None:
        """Take a district away from somebody who has it, or give it back."""
        person = self.chance.choice(list(self.region.people))
        area = self.chance.choice(self.region.people[person])
        if area in self.ledger.areas(person):
            self._end(person, area)
        else:
            self._give(person, area)

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
                    self._give(person, area)

    def _give(self, person: UUID, area: str) -> None:
        self.ledger.granted(person, area)
        self._write(lambda unit: add_grant(unit, person, area, unit.now))
        self.done["grants given"] += 1

    def _end(self, person: UUID, area: str) -> None:
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
            if patched.status not in (409, 412, 503):
                self.surprises[f"{patched.status} PATCH facility: {patched.body[:300]!r}"] += 1

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

    # The end.

    def date_the_undated(self) -> int:
        """The head of department sets the true times of audits that no clock could date. Returns how many."""
        link = Link(self.server.port, "head", {"Authorization": f"Bearer {self.region.head}"})
        dated = 0
        while True:
            listed = link.ask("GET", "/api/v1/audits?undated=true&limit=50").document()["items"]
            for item in listed:
                signed = self.ledger.signed[UUID(item["id"])]
                given = {"observed_at": signed.observed_at.isoformat(), "reason": "по журналу посещений"}
                answer = link.ask("PUT", f"/api/v1/audits/{item['id']}/observed-at", given)
                if answer.status != 200:
                    raise RuntimeError(f"{answer.status} {answer.body!r}")
                dated += 1
            if not listed:
                return dated


def _grants(unit: Unit, person: UUID, area: str) -> list[Grant]:
    mine = (Grant.person_id == person) & (Grant.area_code == area)
    open_still = Grant.valid_to.is_(None) | (Grant.valid_to > unit.now)
    return list(unit.session.scalars(select(Grant).where(mine, open_still)))
