"""What long runs have found once, each in the few steps that it takes."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from api import backlog
from inspection.tables.intake import IntakeRow, IntakeState
from tests.faults.proxy import FaultProxy
from tests.faults.region import units_on
from tests.faults.run import Plan, Simulation
from tests.faults.tablet import SimulatedTablet
from tests.faults.tablet_clock import OFFSETS

IN_1970 = min(OFFSETS)


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulation]:
    """A region with tablets, a server on SQLite, and a link that holds."""
    monkeypatch.setattr(FaultProxy, "_draw", lambda _self, _request: (None, None))
    with Simulation(Plan(1, "sqlite", 0, tablets=3, command=None)) as simulation:
        yield simulation


@pytest.fixture
def tablet(simulation: Simulation) -> SimulatedTablet:
    """One of them, which has pulled everything."""
    simulation.tablets[1].settle()
    return simulation.tablets[1]


def in_its_districts(simulation: Simulation, tablet: SimulatedTablet) -> UUID:
    mine = simulation.ledger.areas(tablet.tablet.person)
    return next(f for f in simulation.ledger.facilities if simulation.ledger.district(f) in mine)


def move_away(simulation: Simulation, tablet: SimulatedTablet, facility: UUID) -> None:
    mine = simulation.ledger.areas(tablet.tablet.person)
    simulation.office.move(facility, next(d for d in simulation.region.districts if d not in mine))


def faults(simulation: Simulation) -> list[str]:
    """What the oracle says when all is quiet."""
    simulation.calm()
    return [each for found in simulation.examine().faults.values() for each in found]


def test_a_district_that_was_lost_and_given_back_between_two_pulls_comes_back_whole(
    simulation: Simulation, tablet: SimulatedTablet
) -> None:
    facility, person = in_its_districts(simulation, tablet), tablet.tablet.person
    district = simulation.ledger.district(facility)
    simulation.office.end(person, district)
    facilities = tablet.stores["facilities"]
    facilities.write({**facilities.master[str(facility)], "catchment": 777})
    tablet.push("facilities")  # refused, and answered with a tombstone
    simulation.office.give(person, district)
    assert faults(simulation) == []


def test_an_audit_that_is_taken_out_of_the_sight_of_its_author_leaves_the_tablet(
    simulation: Simulation, tablet: SimulatedTablet
) -> None:
    facility = in_its_districts(simulation, tablet)
    tablet.visit(facility)
    move_away(simulation, tablet, facility)
    assert faults(simulation) == []


def test_an_audit_that_is_understood_after_the_answer_and_lies_elsewhere_then_leaves_the_tablet(
    simulation: Simulation, tablet: SimulatedTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = in_its_districts(simulation, tablet)
    tablet.visit(facility)
    with monkeypatch.context() as later:
        later.setattr(backlog, "understand_now", lambda _units, _keys: {})
        tablet.push("audits")
    move_away(simulation, tablet, facility)
    assert faults(simulation) == []
    assert simulation.ledger.operations["audits taken elsewhere, let go"] == 1


def test_an_audit_that_nobody_can_date_is_taken_although_its_facility_has_moved_away(
    simulation: Simulation, tablet: SimulatedTablet
) -> None:
    facility = in_its_districts(simulation, tablet)
    tablet.clock.offset = IN_1970
    tablet.visit(facility, anchored=False)
    tablet.clock.correct()
    move_away(simulation, tablet, facility)
    assert faults(simulation) == []


@pytest.mark.parametrize("collection", ["drafts", "facilities"])
def test_an_edit_that_was_kept_when_the_server_died_is_understood_later(
    simulation: Simulation, tablet: SimulatedTablet, collection: str
) -> None:
    write = {"drafts": write_a_draft, "facilities": edit_a_facility}[collection]
    write(simulation, tablet)
    tablet.push(collection)
    _as_if_it_had_died(simulation, collection)
    write(simulation, tablet)  # so that the very same row never comes again
    assert faults(simulation) == []


def write_a_draft(simulation: Simulation, tablet: SimulatedTablet) -> None:
    drafts = tablet.stores["drafts"]
    made = str(UUID(int=1, version=4))
    drafts.write({"id": made, "note": f"state {len(drafts.master)} {len(drafts.edits)}"})


def edit_a_facility(simulation: Simulation, tablet: SimulatedTablet) -> None:
    facilities = tablet.stores["facilities"]
    held = facilities.master[str(in_its_districts(simulation, tablet))]
    facilities.write({**held, "catchment": (held["catchment"] or 0) + 1})


def _as_if_it_had_died(simulation: Simulation, collection: str) -> None:
    """The row as the first of the two units of work leaves it, when the second is never begun."""
    kept = {"state": IntakeState.KEPT.value, "understood_at": None, "attempts": 0}
    with units_on(simulation.store.url) as units:
        of_it = update(IntakeRow).where(IntakeRow.collection == collection).values(kept)
        units.write(lambda work: work.session.connection().execute(of_it))


def test_a_facility_that_was_put_aside_is_made_when_it_is_replayed(
    simulation: Simulation, tablet: SimulatedTablet
) -> None:
    person = tablet.tablet.person
    tablet.make_facility()
    (document,) = tablet.made.values()
    district = simulation.ledger.district(UUID(document["id"]))
    simulation.office.end(person, district)
    tablet.push("facilities")
    simulation.office.give(person, district)
    simulation.server.run("intake", "replay")
    tablet.made.clear()  # the tablet does not help
    assert faults(simulation) == []
    assert tablet.stores["facilities"].get(document["id"]) is not None


def test_the_outcome_of_an_edit_that_was_put_aside_and_taken_later_says_so(
    simulation: Simulation, tablet: SimulatedTablet
) -> None:
    person = tablet.tablet.person
    tablet.make_facility()
    (document,) = tablet.made.values()
    district = simulation.ledger.district(UUID(document["id"]))
    simulation.office.end(person, district)
    tablet.push("facilities")
    simulation.office.give(person, district)
    tablet.insist()
    assert faults(simulation) == []


def test_the_bytes_of_a_photo_come_home_after_the_last_grant_of_its_author_has_ended(
    simulation: Simulation, tablet: SimulatedTablet
) -> None:
    person = tablet.tablet.person
    tablet.visit(in_its_districts(simulation, tablet))
    tablet.push("audits")
    tablet.take_photo()
    for area in simulation.region.people[person]:
        simulation.office.end(person, area)
    tablet.send_photo()
    assert [said for _, said in tablet.surprises] == []


def test_papers_dated_rightly_by_a_tablet_whose_clock_is_in_1970_do_not_cost_the_audit(
    simulation: Simulation, tablet: SimulatedTablet
) -> None:
    tablet.clock.offset = IN_1970
    tablet.visit(in_its_districts(simulation, tablet))
    (document,) = tablet.vault.values()
    signed = simulation.ledger.signed[UUID(document["id"])]
    document["appointment"] = {
        "number": "Сынақ-1",
        "date": (signed.observed_at - timedelta(days=3)).date().isoformat(),
    }
    assert faults(simulation) == []


def test_what_a_tablet_sent_before_it_ever_pulled_comes_back_after_a_restored_backup(
    simulation: Simulation,
) -> None:
    tablet = simulation.tablets[2]
    simulation.office.back_up()
    tablet.make_facility()
    (made,) = tablet.made
    tablet.visit(UUID(made))
    tablet.push("facilities")
    tablet.push("audits")
    simulation.office.restore()
    assert faults(simulation) == []


def test_an_edit_does_not_bring_back_a_forgotten_facility_where_it_had_been_moved_to(
    simulation: Simulation,
) -> None:
    tablet = simulation.tablets[0]
    simulation.office.back_up()
    tablet.make_facility()
    (made,) = tablet.made
    tablet.push("facilities")
    first = simulation.ledger.first_district(UUID(made))
    mine = simulation.region.people[tablet.tablet.person]
    simulation.office.move(UUID(made), next(district for district in mine if district != first))
    tablet.settle()
    tablet.visit(UUID(made))
    facilities = tablet.stores["facilities"]
    facilities.write({**facilities.master[made], "catchment": 777})
    simulation.office.restore()
    tablet.push("facilities")  # before it hears of the restored backup
    assert faults(simulation) == []
    held = facilities.master[made]
    assert (held["district_code"], held["catchment"]) == (first, 777)
