"""Each safeguard that is taken out of the server is missed by the oracle; with it, the same work is faultless."""

import sys
from collections.abc import Callable
from threading import Event, Thread

import pytest

from tests.faults.process import FLASK
from tests.faults.proxy import FaultProxy
from tests.faults.run import Plan, Simulation

Work = Callable[[Simulation], None]
APART = "stores apart from their scope"


def resend(simulation: Simulation) -> None:
    """An answer is lost, and the tablet sends the same audit once more."""
    tablet = simulation.tablets[0]
    tablet.settle()
    tablet.sign()
    (signed,) = tablet.vault.values()
    tablet.push("audits")
    tablet.stores["audits"].write(signed)
    tablet.push("audits")


def move(simulation: Simulation) -> None:
    """A facility goes from a district that a tablet has to one that it has not."""
    tablet, ledger = simulation.tablets[0], simulation.ledger
    tablet.settle()
    mine = ledger.areas(tablet.tablet.person)
    facility = next(each for each in ledger.facilities if ledger.district(each) in mine)
    simulation.office.move(facility, next(d for d in simulation.region.districts if d not in mine))


def read_in_small_pages(_simulation: Simulation) -> None:
    """Nothing but to read all there is."""


def write_and_read_at_once(simulation: Simulation) -> None:
    """Some tablets send as fast as they can while another reads as fast as it can."""
    *writers, reader = simulation.tablets
    for tablet in simulation.tablets:
        tablet.settle()
    done = Event()

    def send(number: int) -> None:
        for _ in range(12):
            writers[number].sign()
            writers[number].push("audits", 1)

    def read() -> None:
        while not done.is_set():
            reader.pull("audits", 500)

    threads = [Thread(target=send, args=[number]) for number in range(len(writers))]
    reading = Thread(target=read)
    for thread in (reading, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reading.join()


@pytest.fixture(autouse=True)
def _a_link_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaultProxy, "_draw", lambda _self, _request: (None, None))


def faults_after(work: Work, database: str, command: tuple[str, ...]) -> set[str]:
    """The kinds of fault that the oracle finds."""
    plan = Plan(1, database, 0, tablets=5, page=2, command=command)
    with Simulation(plan) as simulation:
        work(simulation)
        simulation.calm()
        verdict = simulation.examine()
        return {kind for kind, found in verdict.faults.items() if found}


@pytest.mark.parametrize(
    ("mutation", "work", "kind", "database"),
    [
        ("no-idempotency", resend, "doubled", "sqlite"),
        ("no-tombstone-of-a-move", move, APART, "sqlite"),
        ("scope-after-limit", read_in_small_pages, APART, "sqlite"),
        # SQLite has one writer at a time, and no lock to take away.
        ("no-head-lock", write_and_read_at_once, APART, "postgresql"),
    ],
)
def test_a_safeguard_that_is_missing_is_missed(mutation: str, work: Work, kind: str, database: str) -> None:
    assert kind in faults_after(work, database, (sys.executable, "-m", "tests.faults.mutant", mutation))


@pytest.mark.parametrize("work", [resend, move, read_in_small_pages])
def test_with_all_safeguards_the_same_work_is_faultless(work: Work) -> None:
    assert faults_after(work, "sqlite", FLASK) == set()


def test_under_the_lock_of_the_head_slow_commits_are_faultless() -> None:
    slow = (sys.executable, "-m", "tests.faults.mutant", "slow-commits")
    assert faults_after(write_and_read_at_once, "postgresql", slow) == set()
