"""New boundaries give facilities other districts, in units that can be cut off anywhere."""

from datetime import date
from uuid import UUID

import pytest

from inspection import reassigning
from inspection.areas import Edition
from inspection.reassigning import Fate, foresee, reassign
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.feed import FeedRow
from inspection.tables.journal import JournalEntry
from inspection.tables.positions import PositionQuestion
from tests.inspection.maps import SQUARES, draw, record
from tests.inspection.world import DISTRICT, NEIGHBOUR, OTHER_DISTRICT, OTHER_REGION, REGION, STEP, World

NEW = Edition("kz-2026", date(2026, 1, 1), "")
# The border between the two districts goes west, and the corner in the north goes to the other region.
MOVED = {
    DISTRICT: (76.0, 43.0, 76.2, 43.4),
    NEIGHBOUR: (76.2, 43.0, 77.0, 43.4),
    REGION: (76.0, 43.0, 77.0, 43.4),
    OTHER_REGION: (76.0, 43.4, 77.0, 44.0),
    OTHER_DISTRICT: (76.0, 43.4, 77.0, 44.0),
}


@pytest.fixture
def mapped(own_world: World) -> World:
    """The small world with outlines and real commits."""
    draw(own_world)
    return own_world


def redraw(world: World) -> None:
    draw(world, [record(code, MOVED[code]) for code in SQUARES], NEW)


def place(world: World, lat: float, lon: float, **about: object) -> UUID:
    where = {"lat": lat, "lon": lon, "location_method": "person", "area_certainty": "inside"}
    return world.facility(**where | about)


def run(world: World, cut_after: int | None = None) -> int:
    """Re-assign the home region unit by unit; cut off in the middle of one, if asked. How many moved."""
    after, moved, units = None, 0, 0
    while True:
        with world.unit() as unit:
            done = reassign(unit, REGION, after)
            if units == cut_after:
                raise ConnectionError("the power went off")
        units += 1
        moved += done.moved
        if done.last is None:
            return moved
        after = done.last


def alive(world: World) -> dict[tuple[str, UUID], tuple[str, str]]:
    """Where each document is alive in the feed: what tablets of that district hold."""
    rows = world.rows(
        FeedRow, FeedRow.deleted.is_(False), FeedRow.collection.in_(["facilities", "audits", "violations"])
    )
    found: dict[tuple[str, UUID], tuple[str, str]] = {}
    for row in rows:
        assert (row.collection, row.id) not in found, "a document is alive under one scope only"
        found[row.collection, row.id] = (row.region, row.scope)
    return found


def where(world: World, facility: UUID) -> tuple[str, str | None]:
    (row,) = world.rows(Facility, Facility.id == facility)
    return row.region_code, row.district_code


def test_it_is_shown_first_and_changes_nothing(mapped: World) -> None:
    stays, moves = place(mapped, 43.2, 76.1), place(mapped, 43.2, 76.3)
    redraw(mapped)
    with mapped.open_session() as session:
        (shown,) = foresee(session, NEW.valid_from)
    assert (shown.facility_id, shown.fate, shown.from_district, shown.to_district) == (
        *(moves, Fate.MOVE, DISTRICT, NEIGHBOUR),
    )
    assert where(mapped, stays) == where(mapped, moves) == (REGION, DISTRICT)


def test_districts_and_regions_follow_with_every_document_also_when_cut_off_and_begun_again(
    mapped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reassigning, "MOST", 3)
    monkeypatch.setattr(reassigning, "MOST_MOVED", 2)
    places = [place(mapped, 43.1 + n * 0.04, 76.05 + n * 0.04) for n in range(10)]
    audits = {each: mapped.audited(each, {STEP: 0.05}) for each in places}
    redraw(mapped)
    with pytest.raises(ConnectionError):
        run(mapped, cut_after=2)
    run(mapped)
    expected = {}
    for n, each in enumerate(places):
        lat, lon = 43.1 + n * 0.04, 76.05 + n * 0.04
        home = (OTHER_REGION, OTHER_DISTRICT) if lat > 43.4 else (REGION, NEIGHBOUR if lon > 76.2 else DISTRICT)
        expected[each] = home
        assert where(mapped, each) == home
        (audit,) = mapped.rows(Audit, Audit.id == audits[each])
        assert (audit.region_code, audit.district_code) == home
    assert len(set(expected.values())) == 3
    held = alive(mapped)
    for each, home in expected.items():
        assert held["facilities", each] == home
        assert held["audits", audits[each]] == home
        (violation,) = mapped.violations(each).values()
        assert held["violations", violation.id] == home
    assert run(mapped) == 0, "a second run finds everything in its place"
    moves = [e for e in mapped.rows(JournalEntry) if e.reason == reassigning.REASON]
    assert len(moves) == sum(home != (REGION, DISTRICT) for home in expected.values())


def test_a_district_that_a_person_gave_is_asked_about_once_and_not_moved(mapped: World) -> None:
    given = place(mapped, 43.2, 76.3, area_certainty="given")
    redraw(mapped)
    assert run(mapped) == run(mapped) == 0
    assert where(mapped, given) == (REGION, DISTRICT)
    (asked,) = mapped.rows(PositionQuestion)
    assert (asked.about, asked.facility_id, asked.held_area, asked.proposed_area) == (
        *("district", given, DISTRICT, NEIGHBOUR),
    )


def test_what_lies_outside_every_outline_now_stays_and_is_named(mapped: World) -> None:
    lost = place(mapped, 43.2, 76.3)
    draw(mapped, [record(DISTRICT, (70.0, 45.0, 70.5, 45.5))], NEW)
    with mapped.open_session() as session:
        assert [(each.facility_id, each.fate) for each in foresee(session, NEW.valid_from)] == [
            (lost, Fate.OUTSIDE)
        ]
    assert run(mapped) == 0
    assert where(mapped, lost) == (REGION, DISTRICT)


def test_an_edition_of_regions_alone_tells_the_region(mapped: World) -> None:
    moves = place(mapped, 43.45, 76.3)
    draw(mapped, [record(code, MOVED[code]) for code in (REGION, OTHER_REGION)], NEW)
    assert run(mapped) == 1
    assert where(mapped, moves) == (OTHER_REGION, None)
