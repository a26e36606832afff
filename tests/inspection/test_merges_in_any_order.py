"""However merges, separations and arrivals interleave, a facility is what its own history or the union gives."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest

from inspection.dossiers import open_dossiers
from inspection.errors import DoesNotApply
from inspection.history import History as Events
from inspection.settle import settle
from inspection.settling import settle_dossier, write_settled
from inspection.tables.duplicates import FacilityMerge
from inspection.tables.regions import Home
from tests.inspection.histories import History, forget, picture
from tests.inspection.merges import facility, merge, separate
from tests.inspection.world import REGION, World

SEEDS = range(4)
Acts = Sequence[Callable[[], None]]


class Three:
    """Three facilities with a random history each."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.histories = [History(world, 100 * seed + n) for n in range(3)]
        self.ids = [history.facility for history in self.histories]

    def arrive(self, order: Random, acts: Acts = (), *, first: Acts = ()) -> None:
        """Let all of it arrive anew in some order, these acts among it or first; to begin with none is merged."""
        self.part()
        forget(self.world)
        for made in self.ids:
            self.world.add(Home(id=made, region=REGION, kind="facility"))
        steps = [step for history in self.histories for step in history.steps(order)]
        order.shuffle(steps)
        for act in acts:
            steps.insert(order.randint(0, len(steps)), act)
        for step in [*first, *steps]:
            step()
        self.settle()

    def settle(self) -> None:
        """Also what no act has settled since rows were laid into the tables."""
        with self.world.unit() as unit:
            write_settled(unit, open_dossiers(unit, [(REGION, made) for made in self.ids]).values())

    def part(self) -> None:
        """Separate whatever is merged."""
        for made in self.ids:
            if facility(self.world, made).merged_into is not None:
                separate(self.world, made)

    def some_acts(self, order: Random) -> list[Callable[[], None]]:
        """Merges and separations at random; those that do not apply do nothing."""
        return [partial(self._act, order.sample(self.ids, 2), order.random() < 0.6) for _ in range(8)]

    def _act(self, two: list[UUID], merges: bool) -> None:
        with suppress(DoesNotApply):
            if merges:
                merge(self.world, *two)
            else:
                separate(self.world, two[0])

    def aliases(self) -> dict[UUID, UUID]:
        """Merged facilities to their survivors."""
        found = {made: facility(self.world, made).merged_into for made in self.ids}
        return {made: survivor for made, survivor in found.items() if survivor is not None}

    def pictures(self) -> list[dict[str, Any]]:
        """What the tables say of each."""
        return [picture(self.world, made) for made in self.ids]


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_merges_and_separations_the_separate_are_as_if_they_had_never_been_merged(
    world: World, seed: int
) -> None:
    three, order = Three(world, seed), Random(seed)
    three.arrive(order)
    before = three.pictures()
    three.arrive(order, three.some_acts(order))
    three.part()
    assert world.rows(FacilityMerge), "something was merged on the way"
    assert three.pictures() == before


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_merges_and_separations_each_survivor_is_what_the_union_of_histories_gives(
    world: World, seed: int
) -> None:
    three, order = Three(world, seed), Random(seed)
    three.arrive(order)
    with world.unit() as unit:
        plain = {
            made: each.history for made, each in open_dossiers(unit, [(REGION, i) for i in three.ids]).items()
        }
    three.arrive(order, three.some_acts(order))
    _merge_some(three, order)
    aliases, said = three.aliases(), three.pictures()
    three.settle()
    assert three.pictures() == said, "settling once more changes nothing"
    with world.unit() as unit:
        dossiers = open_dossiers(unit, [(REGION, made) for made in three.ids])
    for made in three.ids:
        members = [each for each in three.ids if aliases.get(each, each) == made]
        union = Events(
            *(tuple(one for each in members for one in getattr(plain[each], part)) for part in Events.__slots__)
        )
        dossier = dossiers[made]
        current = {c.id for c in dossier.checklist.criteria.values() if dossier.facility.kind in c.applies_to}
        settled = settle(union, current=current, zone=dossier.country.time_zone)
        assert settle_dossier(dossier) == settled
        held = {spot: row for spot, row in world.violations(made).items() if row.state != "withdrawn"}
        assert held.keys() == settled.violations.keys()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_merge_before_anything_arrived_and_one_after_everything_come_to_the_same(
    world: World, seed: int
) -> None:
    three, order = Three(world, seed), Random(seed)
    three.arrive(order)
    _merge_some(three, order)
    aliases, late = three.aliases(), three.pictures()
    three.arrive(order, first=[partial(merge, world, made, survivor) for made, survivor in aliases.items()])
    assert three.pictures() == late


def _merge_some(three: Three, order: Random) -> None:
    """Whatever else has come of it, one is merged at the end."""
    if not three.aliases():
        merge(three.world, *order.sample(three.ids, 2))
