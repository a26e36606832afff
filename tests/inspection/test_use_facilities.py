from inspection.use_facilities import FacilityIndex, Known, Meant
from tests.inspection.merges import known, merge, separate
from tests.inspection.world import REGION, World


def test_what_was_merged_is_found_under_every_name_as_whoever_stands_for_it(world: World) -> None:
    survivor = known(world, name_ru="Аптека на углу", address_ru="ул. Выдуманная, 1")
    merged = known(world, name_ru="Аптека № 5", address_ru="ул. Выдуманная, 1а")
    merge(world, merged, survivor)
    with world.open_session() as session:
        index = FacilityIndex(session, REGION)
    for name, address in (("Аптека на углу", None), ("аптека № 5", None), ("Аптека № 5", "ул. Выдуманная, 1")):
        found = index.find(Meant(name=name, address=address))
        assert isinstance(found, Known), found
        assert found.id == survivor
    by_id = index.find(Meant(facility_id=merged))
    assert isinstance(by_id, Known), "its own records stay its own, and count for the survivor"
    assert by_id.id == merged


def test_after_a_separation_each_has_its_own_name_again(world: World) -> None:
    survivor, merged = known(world, name_ru="Аптека на углу"), known(world, name_ru="Аптека № 5")
    merge(world, merged, survivor)
    separate(world, merged)
    with world.open_session() as session:
        index = FacilityIndex(session, REGION)
    found = index.find(Meant(name="Аптека № 5"))
    assert isinstance(found, Known), found
    assert found.id == merged
