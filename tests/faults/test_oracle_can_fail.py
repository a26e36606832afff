"""Each safeguard that is taken out of the server is missed by the oracle; with it, the same work is faultless."""

from collections.abc import Callable
from threading import Thread

import pytest

from tests.faults import mutations
from tests.faults.mutations import Hold, Put
from tests.faults.proxy import FaultProxy
from tests.faults.run import Plan, Simulation

Work = Callable[[Simulation], None]
APART, DIGESTS = "stores apart from their scope", "digests apart"


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


def read_all(_simulation: Simulation) -> None:
    """Nothing but to read all there is."""


def overtake(simulation: Simulation, hold: Hold) -> None:
    """A unit is stopped between its numbers and its commit; another one, that drew later, may commit before it."""
    first, second, reader = simulation.tablets[0], simulation.tablets[1], simulation.tablets[3]
    for tablet in (first, second, reader):
        tablet.settle()
    ours, theirs = (simulation.ledger.areas(each.tablet.person) for each in (first, second))
    here = next(f for f in simulation.ledger.facilities if simulation.ledger.district(f) in ours)
    there = next(f for f in simulation.ledger.facilities if simulation.ledger.district(f) in theirs and f != here)
    first.visit(here)
    second.visit(there)
    hold.armed = True
    slow, quick = (Thread(target=each.push, args=["audits"]) for each in (first, second))
    slow.start()
    assert hold.reached.wait(mutations.LONGEST)
    quick.start()
    quick.join(2)  # under the lock it waits in vain
    reader.pull("audits")
    hold.go.set()
    slow.join()
    quick.join()


@pytest.fixture(autouse=True)
def _a_link_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaultProxy, "_draw", lambda _self, _request: (None, None))


def faults_after(work: Work, database: str, change: Callable[[], None] = lambda: None) -> set[str]:
    """The kinds of fault that the oracle finds after this work on a server that was changed so."""
    with Simulation(Plan(1, database, 0, tablets=5, page=2, command=None)) as simulation:
        change()
        work(simulation)
        simulation.calm()
        return {kind for kind, found in simulation.examine().faults.items() if found}


@pytest.mark.parametrize(
    ("mutation", "work", "kind"),
    [
        (mutations.no_idempotency, resend, "doubled"),
        (mutations.understood_before_it_is_kept, resend, "lost"),
        (mutations.no_tombstone_of_a_move, move, APART),
        (mutations.scope_after_limit, read_all, APART),
        (mutations.no_scope, read_all, "leaked"),
    ],
)
def test_a_safeguard_that_is_missing_is_missed(
    mutation: Callable[[Put], None], work: Work, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kind in faults_after(work, "sqlite", lambda: mutation(monkeypatch.setattr))


@pytest.mark.parametrize("work", [resend, move, read_all])
def test_with_all_safeguards_the_same_work_is_faultless(work: Work) -> None:
    assert faults_after(work, "sqlite") == set()


@pytest.mark.parametrize(
    ("mutation", "expected"),
    [(mutations.held_under_the_lock, set()), (mutations.no_head_lock, {APART, DIGESTS})],
)
def test_a_number_that_is_overtaken_is_missed_without_the_lock_of_the_head_and_not_with_it(
    mutation: Callable[[Put, Hold], None], expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold()
    # On PostgreSQL: SQLite has one writer at a time, and no lock to take away.
    found = faults_after(
        lambda simulation: overtake(simulation, hold),
        "postgresql",
        lambda: mutation(monkeypatch.setattr, hold),
    )
    assert found == expected
