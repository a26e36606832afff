from uuid import UUID

import orjson
from sqlalchemy import select

from inspection.countries import local_date
from inspection.district_ranks import ranks_id, write_district_ranks
from inspection.ranks import expected, rank_page
from inspection.tables.district_ranks import DistrictRanks
from inspection.tables.facilities import Facility
from inspection.tables.feed import FeedRow
from inspection.unvisited import neighbourhoods, rank_unvisited_page
from tests.inspection.world import COUNTRY, DISTRICT, FAILS, NEIGHBOUR, REGION, STEP, TACTILE, World


def update(world: World) -> int:
    """One run; how many documents changed."""
    with world.unit() as unit:
        before = expected(unit.session, COUNTRY, local_date(world.clock(), COUNTRY))
        rank_page(unit, REGION, before)
    with world.unit() as unit:
        return write_district_ranks(unit, REGION)


def ranks(world: World, district: str = DISTRICT) -> DistrictRanks:
    (row,) = world.rows(DistrictRanks, DistrictRanks.id == ranks_id(district))
    return row


def listed(world: World, district: str = DISTRICT) -> list[UUID]:
    return [UUID(place["facility"]) for place in ranks(world, district).places]


def test_a_district_has_one_document_that_lists_what_is_obstructed_most_first(world: World) -> None:
    pharmacy, polyclinic, fine = (world.facility(kind=kind) for kind in ("pharmacy", "polyclinic", "pharmacy"))
    elsewhere = world.facility(district_code=NEIGHBOUR)
    for facility in (pharmacy, polyclinic, elsewhere):
        world.audited(facility, {STEP: FAILS[STEP]})
    world.audited(fine, {TACTILE: FAILS[TACTILE]})
    assert update(world) == 2
    assert listed(world)[:2] == [polyclinic, pharmacy]
    assert listed(world, NEIGHBOUR) == [elsewhere]
    first = ranks(world).places[0]
    assert first["obstructed"] == round(world.standing(polyclinic).obstructed or 0, 2)
    assert first["placeholder"] is True
    assert (ranks(world).ranked, ranks(world).rev) == (3, 1)


def test_places_that_nobody_has_audited_stand_in_a_list_of_their_own(world: World) -> None:
    audited, waiting = world.facility(kind="pharmacy"), world.facility(kind="pharmacy")
    world.audited(audited, {STEP: FAILS[STEP]})
    with world.open_session() as session:
        basis = expected(session, COUNTRY, local_date(world.clock(), COUNTRY)), neighbourhoods(session, COUNTRY)
    with world.unit() as unit:
        rank_unvisited_page(unit, REGION, basis)
    update(world)
    assert [place["facility"] for place in ranks(world).unvisited] == [str(waiting)]
    assert listed(world) == [audited]


def test_a_run_that_finds_nothing_new_sends_tablets_nothing(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {STEP: FAILS[STEP]})
    update(world)
    assert update(world) == 0
    assert ranks(world).rev == 1


def test_a_rank_changes_the_document_of_its_district_and_no_facility(world: World) -> None:
    first, second = world.facility(), world.facility()
    world.audited(first, {STEP: FAILS[STEP]})
    update(world)
    revs = {row.id: row.rev for row in world.rows(Facility)}
    world.audited(second, {STEP: FAILS[STEP]})
    assert update(world) == 1
    assert {row.id: row.rev for row in world.rows(Facility)} == revs
    assert (set(listed(world)), ranks(world).rev) == ({first, second}, 2)


def test_a_district_without_any_rank_left_says_so(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {STEP: FAILS[STEP]})
    update(world)
    with world.unit() as unit:
        unit.session.get_one(Facility, (REGION, facility)).active = False
    update(world)
    assert (listed(world), ranks(world).ranked) == ([], 0)


def test_the_document_lies_in_the_feed_of_its_district(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {STEP: FAILS[STEP]})
    update(world)
    with world.open_session() as session:
        (row,) = session.scalars(select(FeedRow).where(FeedRow.collection == "ranks"))
    assert (row.region, row.scope, row.id) == (REGION, DISTRICT, ranks_id(DISTRICT))
    document = orjson.loads(row.body or "")
    assert [place["facility"] for place in document["places"]] == [str(facility)]
    assert document["district_code"] == DISTRICT
