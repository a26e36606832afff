from datetime import timedelta
from uuid import UUID

import pytest

from inspection.countries import local_date
from inspection.criteria import GROUPS
from inspection.ranks import expected, rank_page
from inspection.tables.facilities import Facility
from inspection.tables.unvisited import Unvisited
from inspection.unvisited import Neighbourhoods, neighbourhoods, rank_unvisited_page
from tests.inspection.test_ranks import use
from tests.inspection.world import COUNTRY, DISTRICT, FAILS, NEIGHBOUR, PASSES, REGION, STEP, World

HALF, NONE = [0.5] * len(GROUPS), [0.0] * len(GROUPS)


def update(world: World, limit: int = 500) -> int:
    """One run over the region; how many rows changed."""
    with world.open_session() as session:
        basis = expected(session, COUNTRY, local_date(world.clock(), COUNTRY)), neighbourhoods(session, COUNTRY)
    changed, after = 0, None
    with world.unit() as unit:
        rank_page(unit, REGION, basis[0])
    while True:
        with world.unit() as unit:
            after, page = rank_unvisited_page(unit, REGION, basis, after, limit=limit)
        changed += page
        if after is None:
            return changed


def row(world: World, facility: UUID) -> Unvisited | None:
    found = world.rows(Unvisited, Unvisited.id == facility)
    return found[0] if found else None


def test_neighbours_count_and_few_of_them_are_drawn_to_what_is_usual() -> None:
    measured = [("pharmacy", "r1", "d1", HALF), *[("pharmacy", "r2", "d9", NONE)] * 9]
    near = Neighbourhoods("KZ", iter(measured))
    here, there, nowhere = (near.outlook("pharmacy", r, d) for r, d in (("r1", "d1"), ("r2", "d9"), ("r3", None)))
    assert here is not None
    assert there is not None
    assert nowhere is not None
    # The country's mean is 0.05; one neighbour weighs 1 against 5, in the region and again in the district.
    region = (0.5 + 5 * 0.05) / 6
    assert list(here.shares) == pytest.approx([(0.5 + 5 * region) / 6] * len(GROUPS))
    assert (here.nearby, here.anywhere, there.nearby) == (1, 10, 9)
    assert max(there.shares) < 0.02
    assert list(nowhere.shares) == pytest.approx([0.05] * len(GROUPS))
    assert nowhere.nearby == 0


def test_a_kind_that_was_never_measured_is_not_guessed() -> None:
    assert Neighbourhoods("KZ", iter([("pharmacy", "r1", "d1", HALF)])).outlook("school", "r1", "d1") is None


def test_a_place_that_nobody_audited_is_ranked_as_its_kind_is_around_it(world: World) -> None:
    audited, here, elsewhere, school = (
        world.facility(kind=kind, district_code=district)
        for kind, district in (
            ("pharmacy", DISTRICT),
            ("pharmacy", DISTRICT),
            ("pharmacy", NEIGHBOUR),
            ("school", DISTRICT),
        )
    )
    world.audited(audited, {STEP: FAILS[STEP]})
    assert update(world) == 2
    mine, theirs = row(world, here), row(world, elsewhere)
    assert mine is not None
    assert theirs is not None
    assert (mine.visits, mine.placeholder, mine.audited_nearby, mine.audited) == (60.0, True, 1, 1)
    assert mine.obstructed == pytest.approx(world.standing(audited).obstructed)
    assert theirs.audited_nearby == 0
    assert theirs.obstructed == pytest.approx(mine.obstructed)
    assert row(world, school) is None
    assert row(world, audited) is None
    assert update(world) == 0


def test_counts_and_passes_change_what_is_expected(world: World) -> None:
    audited, here = world.facility(kind="pharmacy"), world.facility(kind="pharmacy")
    world.audited(audited, {STEP: FAILS[STEP]}, at=world.clock() - timedelta(days=2))
    update(world)
    before = row(world, here)
    assert before is not None
    use(world, here, 800)
    update(world)
    counted = row(world, here)
    assert counted is not None
    assert counted.use_state == "counted"
    assert counted.obstructed > before.obstructed
    world.audited(audited, {STEP: PASSES[STEP]})
    update(world)
    passed = row(world, here)
    assert passed is not None
    assert passed.obstructed < counted.obstructed


def test_the_first_audit_takes_a_place_out_and_so_does_closing_it(world: World) -> None:
    audited, visited, closed = (world.facility(kind="pharmacy") for _ in range(3))
    world.audited(audited, {STEP: FAILS[STEP]})
    update(world)
    world.audited(visited, {STEP: FAILS[STEP]})
    with world.unit() as unit:
        unit.session.get_one(Facility, (REGION, closed)).active = False
    assert update(world) == 2
    assert world.rows(Unvisited) == []


def test_pages_of_any_size_come_to_the_same(world: World) -> None:
    world.audited(world.facility(kind="pharmacy"), {STEP: FAILS[STEP]})
    places = [world.facility(kind="pharmacy") for _ in range(5)]
    assert update(world, limit=2) == 5
    assert {found.id for found in world.rows(Unvisited)} == set(places)
    assert update(world) == 0
