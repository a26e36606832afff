"""A whole run: found, disturb, go quiet, examine."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

from api.work import Work
from inspection.demo.founding import COUNTRY
from inspection.demo.people import REGION
from tests.faults import oracle, region
from tests.faults.ledger import Ledger
from tests.faults.link import LinkDown
from tests.faults.office import Office
from tests.faults.oracle import Verdict
from tests.faults.process import FLASK, Server, ServerProcess
from tests.faults.proxy import Fault, FaultProxy
from tests.faults.region import units_on
from tests.faults.server_threads import ServerThreads
from tests.faults.stores import PostgresStore, SqliteStore, Store
from tests.faults.tablet import PULLED, SimulatedTablet

EVENTS: Mapping[str, int] = {
    "flip": 30,
    "midnight": 10,
    "move": 30,
    "kill": 10,
    "crash": 6,
    "back up": 4,
    "restore": 4,
    "understand": 4,
    "rank": 4,
}
AWAY = "DatabaseAway"
MINUTE = 60.0
ROUNDS = 40  # of pushing and pulling until nothing changes; more means that it never will
SERVER_ERRORS = {*range(500, 600)} - {503}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does.

    seconds: how long, at most. pace, office_pace: mean seconds between two acts of a tablet, and of the office.
    opening: what the office does first, in this order; events: weights of what it does then; with no events the
    run is over after the opening. command: None for a server of threads in this process, which cannot be killed.
    """

    seed: int
    database: str
    seconds: float
    tablets: int = 8
    workers: int = 2
    pace: float = 0.12
    office_pace: float = 2.0
    opening: Sequence[str] = ()
    events: Mapping[str, int] = field(default_factory=lambda: EVENTS)
    command: Sequence[str] | None = FLASK
    page: int = 50  # documents, when all is quiet


@dataclass(slots=True)
class Report:
    """What a run came to."""

    plan: Plan
    verdict: Verdict
    operations: Mapping[str, int]
    network: Mapping[Fault, int]
    events: Mapping[str, int]
    surprises: Mapping[str, int]
    server_errors: Mapping[str, int]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict.good and not self.surprises and not self.server_errors

    def lines(self) -> Iterator[str]:
        """Everything that is printed."""
        plan = self.plan
        yield f"{plan.database}, seed {plan.seed}, {plan.seconds:.0f} s, {plan.tablets} tablets"
        yield f"operations {sum(self.operations.values())}: {_listed(self.operations)}"
        yield f"faults of the link {sum(self.network.values())}: {_listed(self.network)}"
        yield f"events {sum(self.events.values())}: {_listed(self.events)}"
        yield from self.verdict.lines()
        yield from (f"  unexpected answer, {count} times: {what}" for what, count in self.surprises.items())
        yield from (f"  server error, {count} times: {what}" for what, count in self.server_errors.items())


class Simulation:
    """The parts of a run, put together and taken apart again; directed tests use them one by one."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ledger = Ledger(above=(COUNTRY, REGION))
        self.verdict = Verdict()
        self._parts = ExitStack()

    def __enter__(self) -> "Simulation":
        with ExitStack() as parts:
            plan = self.plan
            self.folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="pandus-faults-")))
            self.store: Store = PostgresStore() if plan.database == "postgresql" else SqliteStore(self.folder)
            parts.callback(self.store.close)
            self.region = region.found(self.store.url, plan.seed, plan.tablets, self.ledger)
            self.server: Server = (
                ServerThreads(self.store.url, self.folder)
                if plan.command is None
                else ServerProcess(self.store.url, self.folder, plan.workers, plan.command)
            )
            parts.callback(self.server.kill)
            self.server.start()
            self.proxy = parts.enter_context(FaultProxy(self.server.port, plan.seed))
            self.tablets = [
                SimulatedTablet(self.region, self.ledger, tablet, self.proxy.port)
                for tablet in self.region.tablets
            ]
            self.office = Office(self.region, self.ledger, self.server, self.store, Random(f"{plan.seed}/office"))
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._parts.close()

    def disturb(self, say: Callable[[str], object] = str) -> None:
        """Let everybody work at once for the time of the plan. say: told every minute how far it is."""
        stop, failures = Event(), list[BaseException]()

        def guarded(work: Callable[[], None]) -> None:
            try:
                work()
            except BaseException as error:  # raised again below, in the thread that waits
                failures.append(error)
                stop.set()

        works = [lambda t=tablet: t.live(stop, self.plan.pace) for tablet in self.tablets]
        threads = [Thread(target=guarded, args=[work]) for work in [*works, lambda: self._office(stop)]]
        for thread in threads:
            thread.start()
        try:
            self._watch(stop, say)
        finally:  # also when somebody interrupts: a thread that goes on would keep the process alive
            stop.set()
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]

    def _watch(self, stop: Event, say: Callable[[str], object]) -> None:
        left = self.plan.seconds
        while left > 0 and not stop.wait(min(left, MINUTE)):
            left -= MINUTE
            if left > 0:
                say(f"{left / MINUTE:.0f} minutes left, {sum(self.ledger.operations.values())} operations")

    def _office(self, stop: Event) -> None:
        for name in self.plan.opening:
            if stop.wait(self.plan.office_pace):
                return
            self.office.act(name)
        self.office.run(self.plan.events, stop, self.plan.office_pace)
        stop.set()

    def calm(self) -> None:
        """Faults off; push, pull and understand until nothing changes any more; then ask for the digests."""
        self.proxy.quiet()
        self.office.give_all_back()
        for tablet in self.tablets:
            tablet.insist()
        for _ in range(3):
            self._until_nothing_changes()
            self.office.understand()
            if not self.office.date_the_undated() and not self._until_nothing_changes():
                break
        for tablet in self.tablets:
            self._let_go(tablet)

    def _until_nothing_changes(self) -> bool:
        """Returns whether anything did. Notes it if that never ends."""
        for number in range(ROUNDS):
            # All of them, one after the other: what one pushes the others still have to hear.
            changed = [self._settle(tablet) for tablet in self.tablets]
            if not any(changed):
                return number > 0
            if self.server.examines and not self.office.wait_for_pictures():
                self.verdict.add("never quiet", ["there are photos that nobody examines"])
        self.verdict.add("never quiet", [f"something still changes after {ROUNDS} rounds"])
        return False

    def _settle(self, tablet: SimulatedTablet) -> bool:
        try:
            return tablet.settle(self.plan.page)
        except LinkDown:
            return True

    def _let_go(self, tablet: SimulatedTablet) -> None:
        for _ in range(ROUNDS):
            try:
                tablet.drop_strays(self.plan.page)
            except LinkDown:
                continue
            return
        self.verdict.add("never quiet", [f"{tablet.tablet.name} cannot pull from the beginning"])

    def examine(self) -> Verdict:
        """Let the oracle look at everything."""

        def look(work: Work) -> None:
            facts = (work.session, self.region, self.ledger, self.tablets, self.verdict)
            oracle.examine(*facts, originals=self.server.originals)

        with units_on(self.store.url) as units:
            units.read(look)
        for tablet in self.tablets:
            self.verdict.add("digests apart", list(self._digests(tablet)))
        return self.verdict

    def _digests(self, tablet: SimulatedTablet) -> Iterator[str]:
        for name in PULLED:
            store = tablet.stores[name]
            if store.stale:  # what was passed over in a pull has to be pulled once more
                self.verdict.counts["stores pulled anew for what was passed over"] += 1
                store.stale.clear()
                store.restart()
                tablet.pull(name)
            said, (count, sha256) = tablet.digest(name), store.digest()
            if said != {"behind": False, "count": count, "sha256": sha256}:
                yield f"{tablet.tablet.name} holds {count} {name}, the server says {said}"

    def report(self) -> Report:
        """What it came to."""
        errors: Counter[str] = Counter()
        for line in self.server.logged():
            # While the database is away nothing can be understood, and it is right to say so.
            wrong = line.get("level") == "error" and line.get("status") != 503 and AWAY not in str(line)
            if wrong or line.get("status") in SERVER_ERRORS:
                errors[_described(line)] += 1
        # A body that somebody on the way has shortened is no JSON any more, and is refused rightly.
        heard = (surprise for tablet in self.tablets for surprise in tablet.surprises)
        surprises = Counter(what for request, what in heard if request not in self.proxy.shortened)
        surprises.update(self.office.surprises)
        return Report(
            self.plan, self.verdict, self.ledger.operations, self.proxy.counts, self.office.done, surprises, errors
        )


def run(plan: Plan, say: Callable[[str], object] = str) -> Report:
    """Do all of it. say: told how far it is, a line at a time."""
    say("founding")
    with Simulation(plan) as simulation:
        say(f"disturbing, in {simulation.folder}")
        simulation.disturb(say)
        say(f"calming down after {sum(simulation.ledger.operations.values())} operations")
        simulation.calm()
        say("examining")
        simulation.examine()
        return simulation.report()


def _described(line: Mapping[str, object]) -> str:
    shown = ("event", "status", "method", "path", "error", "exception")
    return ", ".join(f"{name} {str(line[name])[:200]}" for name in shown if name in line)


def _listed(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))
