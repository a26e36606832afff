"""Half a year ago, over made-up histories: counted at once for many places as one place after the other."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from inspection import obstructed_then
from inspection.checklists import newest_checklists
from inspection.criteria import GROUPS, Checklist, Severity
from inspection.digests.readers import ReadArea
from inspection.history import DecisionKind, EndedBy, Finding, LatestFinding, Outcome, Spot
from inspection.obstruction import obstruction
from inspection.periods import starts
from inspection.tables.areas import Level
from inspection.tables.facilities import Facility, Standing
from inspection.tables.regions import Home
from inspection.tables.violations import Violation, ViolationState
from inspection.use_priors import own_use_priors
from tests.clock import NOW
from tests.console.conftest import Console
from tests.inspection.world import DESK, DOOR, FAILS, PASSES, REGION, STEP, TACTILE, World

COUNTRY = ReadArea(Level.COUNTRY, "KZ", "KZ", None, None)
DAY = obstructed_then.half_a_year_before(NOW, "KZ")
SINCE = starts(DAY, "KZ")


def lived(world: World, source: Random) -> UUID:
    """A place that was audited one to five times in two years, and of which officials let something go."""
    made = world.facility(kind=source.choice(("polyclinic", "pharmacy")))
    world.add(Home(id=made, region=REGION, kind="facility"))
    days = sorted((source.randrange(1, 700) for _ in range(source.randint(1, 5))), reverse=True)
    for ago in days:
        answers = {each: source.choice((FAILS, FAILS, PASSES))[each] for each in (DOOR, STEP, TACTILE, DESK)}
        looked = dict(source.sample(list(answers.items()), source.randint(1, 4)))
        audit = world.audited(made, looked, at=NOW - timedelta(days=ago))
        if ago == days[-1] and DOOR in looked and looked[DOOR] == FAILS[DOOR] and source.random() < 0.5:
            world.prescribe(audit)
            world.decide(made, DOOR, DecisionKind.WAIVE)
    return made


def one_by_one(console: Console) -> Iterator[tuple[UUID, float]]:
    """What was obstructed then, told from one violation after the other."""
    with console.world.unit() as unit:
        _, checklist = newest_checklists(unit.session, ["KZ"])["KZ"]
        for place in unit.session.scalars(select(Standing).where(Standing.obstructed.is_not(None))):
            violations = unit.session.scalars(select(Violation).where(Violation.facility_id == place.id))
            kind = unit.session.get_one(Facility, (place.home_region, place.id)).kind
            fails = dict(_fails(place, list(violations), checklist))
            shares = obstruction(checklist, kind, fails).by_group
            visits = sum(part * shares.get(group, 0.0) for part, group in zip(OWN, GROUPS, strict=True))
            yield place.id, round((place.visits or 0.0) * visits, 6)


OWN = own_use_priors().group_shares


def _fails(
    place: Standing, violations: list[Violation], checklist: Checklist
) -> Iterator[tuple[Spot, LatestFinding]]:
    assert place.obstruction is not None
    counted = {(criterion, spot) for criterion, spot, *_ in place.obstruction["barriers"]}
    for each in violations:
        stands = _stood(each.episodes, NOW)
        gone = stands and (each.criterion, each.place) not in counted
        if each.state != ViolationState.WITHDRAWN and not gone and _stood(each.episodes, SINCE):
            groups = tuple(group for bit, group in enumerate(GROUPS) if each.groups >> bit & 1)
            spot = Spot(each.criterion, each.place)
            fail = Finding(spot, Outcome.FAIL, each.zone, Severity(each.severity), groups, remediation_days=0)
            yield spot, LatestFinding(fail, each.last_audit_id, each.opened_at, (checklist.key, "1"))


def _stood(episodes: list[Mapping[str, Any]], moment: datetime) -> bool:
    begun = [each for each in episodes if datetime.fromisoformat(each["opened_at"]) <= moment]
    if not begun:
        return False
    ended = begun[-1].get("ended_at")
    passed = begun[-1].get("ended_by") == EndedBy.MEASURED_PASS
    return not (passed and ended and datetime.fromisoformat(ended) <= moment)


@pytest.mark.parametrize("seed", range(3))
def test_many_places_at_once_come_to_what_each_comes_to_by_itself(console: Console, seed: int) -> None:
    source = Random(seed)
    made = [lived(console.world, source) for _ in range(8)]
    assert console.app.test_cli_runner().invoke(args=["ranks", "update"]).exit_code == 0
    expected = dict(one_by_one(console))
    lived(console.world, source)  # what nobody has ranked yet changes no figure of the others
    with console.world.unit() as unit:
        found = {each.key[1]: each for each in obstructed_then.compared(unit.session, COUNTRY, DAY, NOW)}
    told = {place: each.then for place, each in found.items() if each.then is not None}
    assert len(told) > 3
    assert told == {place: expected[place] for place in told}
    assert set(made) & set(told)
    assert any(each.then != each.now for each in found.values() if each.then is not None)


def test_what_came_back_since_the_last_ranking_is_a_barrier_all_the_same(console: Console) -> None:
    world = console.world
    made = world.facility()
    world.add(Home(id=made, region=REGION, kind="facility"))
    world.audited(made, {DOOR: FAILS[DOOR], DESK: FAILS[DESK]}, at=NOW - timedelta(days=300))
    world.audited(made, {DOOR: PASSES[DOOR]}, at=NOW - timedelta(days=50))
    assert console.app.test_cli_runner().invoke(args=["ranks", "update"]).exit_code == 0
    with world.unit() as unit:
        before = {each.key[1]: each for each in obstructed_then.compared(unit.session, COUNTRY, DAY, NOW)}
    world.audited(made, {DOOR: FAILS[DOOR]}, at=NOW - timedelta(days=1))  # and nobody has ranked it yet
    with world.unit() as unit:
        after = {each.key[1]: each for each in obstructed_then.compared(unit.session, COUNTRY, DAY, NOW)}
    assert after[made].then == before[made].then
    assert (before[made].then or 0) > before[made].now
