from uuid import UUID

from sqlalchemy import func, select, update

from inspection.heads import lock_facilities, lock_heads
from inspection.sync.touched import noticing
from inspection.tables.facilities import Facility
from inspection.tables.regions import RegionHead
from tests.inspection.world import COUNTRY, OTHER_REGION, REGION, World


def test_locked_facilities_come_fresh_from_the_database(world: World) -> None:
    here = world.facility()
    with world.unit() as unit:
        stale = unit.session.get_one(Facility, (REGION, here))
        with noticing():
            unit.session.connection().execute(update(Facility).values(name_ru="Переименована"))
        held = lock_facilities(unit.session, [(REGION, here)])
    assert held[here] is stale
    assert stale.name_ru == "Переименована"


def test_what_does_not_exist_or_lives_in_another_region_is_left_out(world: World) -> None:
    here = world.facility()
    with world.unit() as unit:
        assert lock_facilities(unit.session, []) == {}
        wanted = [(REGION, here), (REGION, here), (OTHER_REGION, here), (REGION, UUID(int=7))]
        assert set(lock_facilities(unit.session, wanted)) == {here}


def test_a_region_gets_one_head_the_first_time_it_is_locked(world: World) -> None:
    for _ in range(2):
        with world.unit() as unit:
            heads = lock_heads(unit.session, [REGION, OTHER_REGION, REGION])
            assert list(heads) == sorted([REGION, OTHER_REGION])
            assert heads[OTHER_REGION].journal_number == 0
    with world.unit() as unit:
        assert unit.session.scalar(select(func.count()).select_from(RegionHead)) == 3  # the country's too
        assert lock_heads(unit.session, [COUNTRY])[COUNTRY].journal_number == 1  # its checklist
