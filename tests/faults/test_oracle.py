"""The oracle finds nothing where nothing is wrong, and names every kind of fault where one is planted."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from api.work import Units
from inspection.demo.founding import COUNTRY
from inspection.demo.people import REGION
from inspection.intake import AUDITS, Received, content_hash, keep
from inspection.sync.touched import noticing
from inspection.tables.audits import Audit
from inspection.tables.intake import IntakeKey, IntakeRow
from inspection.tables.violations import Violation
from inspection.understanding import understand
from tests.faults import oracle, region
from tests.faults.inspecting import sign_audit
from tests.faults.ledger import Ledger, now
from tests.faults.oracle import Verdict
from tests.faults.region import Region, units_on
from tests.faults.stores import SqliteStore
from tests.faults.tablet import PULLED, SimulatedTablet
from tests.faults.tablet_clock import TabletClock


class Calm(NamedTuple):
    """A region in which everything went well."""

    units: Units
    region: Region
    ledger: Ledger
    tablet: SimulatedTablet
    folder: Path

    def verdict(self) -> Verdict:
        made = Verdict()
        facts = self.region, self.ledger, [self.tablet], made
        self.units.read(lambda work: oracle.examine(work.session, *facts, originals=self.folder))
        return made

    def kinds(self) -> set[str]:
        """The kinds of fault that the oracle finds."""
        return {kind for kind, found in self.verdict().faults.items() if found}


Founded = tuple[Path, Region, Ledger]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """A database in which everything went well, for each test to copy."""
    folder = tmp_path_factory.mktemp("founded")
    with closing(SqliteStore(folder)) as store:
        ledger = Ledger(above=(COUNTRY, REGION))
        made = region.found(store.url, 1, 3, ledger, facilities=14)
        with units_on(store.url) as units:
            _send_audits(units, made, ledger, Random(1))
        store.back_up()
        return store.backup, made, ledger


@pytest.fixture
def calm(founded: Founded, tmp_path: Path) -> Iterator[Calm]:
    file = shutil.copyfile(founded[0], tmp_path / "pandus.sqlite3")
    made, ledger = founded[1], founded[2].copy()
    with units_on(f"sqlite:///{file}") as units:
        tablet = SimulatedTablet(made, ledger, made.tablets[0], 0)
        _fill(units, made, ledger, tablet)
        yield Calm(units, made, ledger, tablet, tmp_path)


def _send_audits(units: Units, founded: Region, ledger: Ledger, chance: Random) -> None:
    """Sign audits in every district and keep and understand them, late ones first."""
    clock, received = TabletClock(timedelta(seconds=70)), []
    for number in range(40):
        tablet = founded.tablets[number % len(founded.tablets)]
        mine = founded.people[tablet.person]
        facility = chance.choice([f for f in sorted(ledger.facilities) if ledger.district(f) in mine])
        earlier = [signed for signed in ledger.signed.values() if signed.facility == facility]
        corrects = chance.choice(earlier) if earlier and number % 4 == 0 else None
        document = sign_audit(
            chance, founded, ledger, tablet=tablet, clock=clock, facility=facility, corrects=corrects
        )
        key = IntakeKey(founded.code, AUDITS, UUID(document["id"]), content_hash(document))
        sent = Received(key, json.dumps(document).encode(), tablet.person, tablet.device, clock.reads(now()))
        received.append(sent)
    chance.shuffle(received)
    units.write(lambda work: keep(work, received))
    units.write(lambda work: understand(work, [each.key for each in received]))


def _fill(units: Units, founded: Region, ledger: Ledger, tablet: SimulatedTablet) -> None:
    """Give a tablet exactly what the tables say."""

    def read(work: Any) -> None:
        areas = ledger.areas(tablet.tablet.person)
        for name, scope in oracle.scope(work.session, tablet.tablet.person, areas).items():
            tablet.stores[name].master = {made: {"id": made, "rev": rev} for made, rev in scope.items()}

    units.read(read)
    for made, held in tablet.stores["audits"].master.items():
        held.update(ledger.signed[UUID(made)].document)


def test_nothing_is_found_where_nothing_is_wrong(calm: Calm) -> None:
    verdict = calm.verdict()
    assert verdict.good, "\n".join(verdict.lines())
    assert verdict.counts["audits in the table"] == 40
    assert all(calm.tablet.stores[name].master for name in ("facilities", "checklists", "audits", "violations"))
    assert set(calm.tablet.stores) == set(PULLED)


UNTRUE, APART = "violations apart from the truth", "stores apart from their scope"
Plant = Callable[[Calm], Any]


def on_tables(statement: Any) -> Plant:
    def plant(calm: Calm) -> None:
        with noticing():  # the guard of the tests is not what is tested here
            calm.units.write(lambda work: work.session.connection().execute(statement(calm)))

    return plant


def an_audit(calm: Calm) -> UUID:
    return min(calm.ledger.signed)


def forget_a_document(calm: Calm) -> None:
    calm.tablet.stores["violations"].master.popitem()


def hold_a_foreign_document(calm: Calm) -> None:
    calm.tablet.stores["facilities"].master["foreign"] = {"id": "foreign", "rev": 1}


def hold_an_old_rev(calm: Calm) -> None:
    next(iter(calm.tablet.stores["facilities"].master.values()))["rev"] = 0


def leave_an_edit(calm: Calm) -> None:
    calm.tablet.stores["drafts"].write({"id": "draft"})


def hold_another_text(calm: Calm) -> None:
    next(iter(calm.tablet.stores["audits"].master.values()))["ground"] = "other"


def send_a_foreign_document(calm: Calm) -> None:
    person = calm.tablet.tablet.person
    mine = calm.ledger.areas(person)
    foreign = next(f for f in calm.ledger.facilities if calm.ledger.district(f) not in mine)
    calm.ledger.check(person, "tablet-1", "violations", [{"id": "v", "facility_id": str(foreign)}], now())


def see_what_was_granted_once(calm: Calm) -> None:
    person = calm.tablet.tablet.person
    mine = next(f for f in calm.ledger.facilities if calm.ledger.district(f) in calm.ledger.areas(person))
    calm.ledger.ended(person, calm.ledger.district(mine))
    calm.ledger.check(person, "tablet-1", "facilities", [{"id": str(mine)}], now())


def say_too_much_in_a_tombstone(calm: Calm) -> None:
    stone = {"id": "v", "_deleted": True, "facility_id": "f"}
    calm.ledger.check(calm.tablet.tablet.person, "tablet-1", "violations", [stone], now())


def keep_another_body(calm: Calm) -> None:
    signed = calm.ledger.signed[an_audit(calm)]
    key = IntakeKey(calm.region.code, AUDITS, signed.id, bytes(32))
    calm.units.write(lambda work: keep(work, [Received(key, json.dumps(signed.document).encode(), signed.author)]))


def swap_two_visits(calm: Calm) -> None:
    """What is true is another history than the one that the server settled."""
    facility = max(calm.ledger.facilities, key=lambda each: len(calm.ledger.history_of(each)))
    first, *_, last = calm.ledger.history_of(facility)
    for one, other in ((first, last), (last, first)):
        calm.ledger.signed[one.id] = replace(one, document={**other.document, "id": str(one.id)})


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (on_tables(lambda calm: delete(Audit).where(Audit.id == an_audit(calm))), "lost"),
        (keep_another_body, "doubled"),
        (keep_another_body, "left in the intake"),
        (on_tables(lambda calm: update(Audit).values(content_hash="0" * 64)), "altered"),
        (on_tables(lambda calm: update(Audit).values(observed_at=now())), "misdated"),
        (on_tables(lambda calm: update(Audit).values(time_source="uncertain", observed_at=None)), "misdated"),
        (on_tables(lambda calm: update(IntakeRow).values(state="kept")), "left in the intake"),
        (on_tables(lambda calm: delete(Violation)), UNTRUE),
        (on_tables(lambda calm: update(Violation).values(state="released")), UNTRUE),
        (
            on_tables(lambda calm: update(Violation).values(last_audit_id=UUID(int=1))),
            UNTRUE,
        ),
        (swap_two_visits, UNTRUE),
        (forget_a_document, APART),
        (hold_a_foreign_document, APART),
        (hold_an_old_rev, APART),
        (leave_an_edit, APART),
        (hold_another_text, APART),
        (send_a_foreign_document, "leaked"),
        (see_what_was_granted_once, "leaked"),
        (say_too_much_in_a_tombstone, "leaked"),
    ],
)
def test_a_planted_fault_is_named(calm: Calm, plant: Plant, kind: str) -> None:
    plant(calm)
    assert kind in calm.kinds()
