from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update as sql_update

from inspection import use_records
from inspection.countries import local_date
from inspection.history import DecisionKind
from inspection.periods import Period
from inspection.ranks import Ranked, expected, rank_one, rank_page
from inspection.reports.asked import By
from inspection.reports.figures import report
from inspection.sync.touched import noticing
from inspection.tables.facilities import RANKED, Facility, Standing
from inspection.tables.regions import Home
from inspection.tables.use_records import UseRecord, UseSource
from inspection.tables.violations import Violation
from inspection.use_claims import Claim
from inspection.use_states import UseState
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, PASSES, REGION, STEP, TACTILE, World

# A gross fail of the entrance blocks 0.8 of the visits of wheelchair and mobility, which are half of all.
PI = {"wheelchair": 0.08, "mobility": 0.42, "vision": 0.15}


def use(world: World, facility: UUID, visits: int | None, *, months: int = 2, **about: Any) -> None:
    today = world.clock().date()
    common = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    record = {
        "id": world.new_id(),
        "facility_id": facility,
        "source": "counted",
        "visits": visits,
        "period_from": today - timedelta(days=round(months * 365.25 / 12)),
        "period_to": today,
        "completeness": 1.0,
        "author_id": world.inspector,
        "recorded_at": world.clock(),
    }
    if about.get("attested_zero"):
        record["signed_on"] = today
    world.add(UseRecord(**common | record | about))


def update(world: World, limit: int = 500) -> int:
    changed, after = 0, None
    with world.open_session() as session:
        before = expected(session, COUNTRY, local_date(world.clock(), COUNTRY))
    while True:
        with world.unit() as unit:
            after, page = rank_page(unit, REGION, before, after, limit=limit)
        changed += page
        if after is None:
            return changed


def rank(world: World, facility: UUID) -> Ranked:
    with world.open_session() as session:
        found = rank_one(session, (REGION, facility), local_date(world.clock(), COUNTRY))
    assert found is not None
    return found


def test_a_place_that_nobody_counted_is_ranked_by_its_kind_and_marked_as_resting_on_a_placeholder(
    world: World,
) -> None:
    facility = world.facility(kind="pharmacy")
    world.audited(facility, {STEP: FAILS[STEP]})
    update(world)
    standing = world.standing(facility)
    assert (standing.use_state, standing.visits, standing.placeholder) == ("unknown", 60.0, True)
    assert standing.visits_low == pytest.approx(7.0, abs=0.05)
    assert standing.visits_high == pytest.approx(156.3, abs=0.05)
    block = rank(world, facility).barriers[STEP, "main"].alone / (60 * (PI["wheelchair"] + PI["mobility"]))
    assert standing.obstructed == pytest.approx(60 * (PI["wheelchair"] + PI["mobility"]) * block)
    assert world.violation(facility, STEP).obstructed == pytest.approx(standing.obstructed)


def test_a_count_moves_the_visits_and_a_second_run_writes_nothing(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    world.audited(facility, {STEP: FAILS[STEP]})
    assert update(world) == 2  # the facility and its violation
    assert update(world) == 0
    use(world, facility, 400)
    assert update(world) == 2
    standing = world.standing(facility)
    assert standing.use_state == "counted"
    assert standing.visits is not None
    assert standing.visits > 200  # what barriers kept away counts too
    assert update(world) == 0


def test_two_fails_of_one_zone_each_rank_high_though_no_single_repair_frees_anything(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    world.audited(facility, {STEP: FAILS[STEP], DOOR: FAILS[DOOR]})
    update(world)
    found = rank(world, facility)
    assert {barrier.gain for barrier in found.barriers.values()} == {0.0}
    alone = {world.violation(facility, criterion).obstructed for criterion in (STEP, DOOR)}
    assert alone == {found.obstructed}


def test_a_waived_barrier_still_obstructs_and_a_measured_pass_does_not(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    world.audited(facility, {STEP: FAILS[STEP], TACTILE: FAILS[TACTILE]}, at=world.clock() - timedelta(days=3))
    world.decide(facility, STEP, DecisionKind.WAIVE)
    update(world)
    assert world.violation(facility, STEP).obstructed
    before = world.standing(facility).obstructed
    world.audited(facility, {STEP: PASSES[STEP]})
    update(world)
    after = world.standing(facility).obstructed
    assert world.violation(facility, STEP).obstructed is None
    assert before is not None
    assert after is not None
    assert after < before


def test_nothing_measured_is_unknown_and_not_zero(world: World) -> None:
    facility = world.facility()
    assert rank_of_unsettled(world, facility) is None
    world.audited(facility, {STEP: {"state": "not_checked"}})
    update(world)
    standing = world.standing(facility)
    assert (standing.obstructed, standing.use_state) == (None, "unknown")
    assert standing.visits == 300.0


def rank_of_unsettled(world: World, facility: UUID) -> Ranked | None:
    with world.open_session() as session:
        return rank_one(session, (REGION, facility), date(2026, 3, 16))


def test_an_attested_zero_is_in_no_ranking_until_somebody_was_seen(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    audit = world.audited(facility, {TACTILE: FAILS[TACTILE]})
    use(world, facility, 0, attested_zero=True, source="statement", audit_id=audit)
    update(world)
    standing = world.standing(facility)
    assert (standing.use_state, standing.visits, standing.obstructed) == ("attested_zero", 0.0, None)
    world.clock.advance(days=40)
    use(world, facility, 3, months=1)
    update(world)
    assert world.standing(facility).use_state == "counted"
    assert world.standing(facility).obstructed


def test_a_statement_of_a_site_whose_entrance_is_blocked_proves_nothing(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    audit = world.audited(facility, {STEP: FAILS[STEP]})
    use(world, facility, 0, attested_zero=True, source="statement", audit_id=audit)
    update(world)
    assert world.standing(facility).use_state == "unknown"


def test_a_statement_without_a_second_signature_and_one_that_is_over_count_for_nothing(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    world.audited(facility, {STEP: PASSES[STEP]})
    today = world.clock().date()
    until: dict[str, Any] = {"period_from": today, "period_to": today + timedelta(days=100)}
    use(world, facility, 0, attested_zero=True, source="statement", **until)
    update(world)
    assert world.standing(facility).use_state == "unknown"
    signed: dict[str, Any] = {"countersigned_by": world.head, "countersigned_at": world.clock()}
    use(world, facility, 0, attested_zero=True, source="statement", **until, **signed)
    update(world)
    assert world.standing(facility).use_state == "attested_zero"
    world.clock.advance(days=101)
    update(world)
    assert world.standing(facility).use_state == "unknown"


def test_a_complaint_cancels_a_zero_and_counts_no_visits(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    audit = world.audited(facility, {STEP: PASSES[STEP]})
    today = world.clock().date()
    until: dict[str, Any] = {"period_from": today, "period_to": today + timedelta(days=100)}
    use(world, facility, 0, attested_zero=True, source="statement", audit_id=audit, **until)
    world.clock.advance(days=1)
    day: dict[str, Any] = {"period_from": today + timedelta(days=1), "period_to": today + timedelta(days=1)}
    use(world, facility, 1, source="complaint", **day)
    update(world)
    standing = world.standing(facility)
    assert (standing.use_state, standing.visits, standing.placeholder) == ("unknown", 60.0, True)
    assert rank(world, facility).evidence.exposed == 0


def test_people_on_a_register_are_a_catchment_among_registers_and_no_visits(world: World) -> None:
    small, large, around = (world.facility(kind="pharmacy", catchment=9000) for _ in range(3))
    for facility in (small, large, around):
        world.audited(facility, {STEP: FAILS[STEP]})
    for facility, clients in ((small, 100), (large, 300)):
        use(world, facility, None, clients=clients, source="register")
    update(world)
    visits = [world.standing(facility).visits for facility in (small, large, around)]
    assert visits == pytest.approx([30, 90, 60])
    assert {world.standing(facility).use_state for facility in (small, large)} == {"estimated"}
    assert rank(world, small).evidence.counted is False


def test_a_single_register_of_a_kind_can_be_compared_with_nothing(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    world.audited(facility, {STEP: FAILS[STEP]})
    use(world, facility, None, clients=100, source="register")
    update(world)
    assert (world.standing(facility).use_state, world.standing(facility).visits) == ("estimated", 60.0)


def test_counts_by_group_replace_the_expected_shares_the_more_the_more_were_counted(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    world.audited(facility, {STEP: PASSES[STEP]})
    assert rank(world, facility).evidence.shares == pytest.approx((0.08, 0.42, 0.15, 0.12, 0.23))
    split = {"wheelchair": 50, "mobility": 0, "vision": 0, "hearing": 0, "cognitive": 0}
    use(world, facility, 50, groups=split)
    few = rank(world, facility).evidence
    assert few.shares == pytest.approx((0.54, 0.21, 0.075, 0.06, 0.115))  # domain notes 4.3, with weight 50
    use(world, facility, 5000, groups={group: 100 * number for group, number in split.items()})
    assert rank(world, facility).evidence.shares[0] > 0.99


def test_seeing_nobody_in_a_wheelchair_where_none_gets_in_says_little_of_their_share(world: World) -> None:
    shares = []
    for answer in (PASSES[STEP], FAILS[STEP]):
        facility = world.facility(kind="pharmacy")
        world.audited(facility, {STEP: answer}, at=world.clock() - timedelta(days=90))
        use(world, facility, 500, groups={"wheelchair": 0, "vision": 150, "hearing": 120, "cognitive": 230})
        shares.append(rank(world, facility).evidence.shares[0])
    assert shares[0] < 0.01
    assert shares[1] > 2 * shares[0]


def test_a_withdrawn_record_counts_for_nothing(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    audit = world.audited(facility, {STEP: FAILS[STEP]})
    withdrawn: dict[str, Any] = {
        "withdrawn_by": world.head,
        "withdrawn_at": world.clock(),
        "withdrawn_why": "ошибка",
    }
    use(world, facility, 4000, groups={"wheelchair": 4000}, **withdrawn)
    use(world, facility, None, clients=900, source="register", **withdrawn)
    use(world, facility, 0, attested_zero=True, source="statement", audit_id=audit, **withdrawn)
    found = rank(world, facility)
    assert (found.state, found.visits, found.evidence.split) == (UseState.UNKNOWN, 60.0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_ranks_after_each_act_are_what_a_computation_of_all_of_them_gives(world: World, seed: int) -> None:
    source = Random(seed)
    places = [_at_home(world, world.facility(kind="pharmacy", catchment=1000 * n)) for n in range(10)]
    for facility in places:
        world.audited(facility, {STEP: source.choice((PASSES, FAILS))[STEP], TACTILE: FAILS[TACTILE]})
    for _ in range(25):
        _something_becomes_known(world, source, source.choice(places))
        world.clock.advance(days=source.choice((0, 1, 20)))
        update(world)
    kept = _numbers(world)
    with world.unit() as unit:
        unit.session.execute(sql_update(Standing).values(dict.fromkeys(RANKED)))
        with noticing():
            unit.session.execute(sql_update(Violation).values(obstructed=None))
    assert _numbers(world) != kept
    update(world)
    assert _numbers(world) == kept


def _at_home(world: World, facility: UUID) -> UUID:
    world.add(Home(id=facility, region=REGION, kind="facility"))
    return facility


def _something_becomes_known(world: World, source: Random, facility: UUID) -> None:
    """A record is entered, countersigned or withdrawn, or an audit comes."""
    today, kind = world.clock().date(), source.choice(list(UseSource))
    begins, ends = today - timedelta(days=60), today
    if kind is UseSource.STATEMENT:
        begins, ends = today, today + timedelta(days=200)
    elif kind is UseSource.COMPLAINT:
        begins = today
    counts = kind in (UseSource.COUNTED, UseSource.TICKETS, UseSource.OBSERVED)
    visits = source.randrange(300) if counts else None
    clients = source.randrange(1, 900) if kind is UseSource.REGISTER else None
    split = {"wheelchair": visits // 4, "vision": visits // 3} if visits and source.random() < 0.5 else None
    claim = Claim(kind, begins, ends, visits=visits, clients=clients, groups=split)
    act = source.random()
    if act < 0.15:
        world.audited(facility, {STEP: source.choice((PASSES, FAILS))[STEP]})
        return
    made = world.new_id()
    with world.unit(world.inspector) as unit:
        use_records.enter(unit, world.caller(world.inspector), facility, made, claim)
    if kind is UseSource.STATEMENT and act < 0.8:
        with world.unit(world.head) as unit:
            use_records.countersign(unit, world.caller(world.head), made)
    if act > 0.85:
        with world.unit(world.head) as unit:
            use_records.withdraw(unit, world.caller(world.head), made, "ошибка")


def _numbers(world: World) -> tuple[set[Any], set[Any]]:
    standings = {(row.id, *(getattr(row, name) for name in RANKED)) for row in world.rows(Standing)}
    return standings, {(row.id, row.obstructed) for row in world.rows(Violation)}


def test_zeros_counted_where_nobody_gets_in_prove_little(world: World) -> None:
    open_one, closed = world.facility(kind="pharmacy"), world.facility(kind="pharmacy")
    for facility, answer in ((open_one, PASSES[STEP]), (closed, FAILS[STEP])):
        world.audited(facility, {STEP: answer}, at=world.clock() - timedelta(days=90))
        use(world, facility, 0)
    update(world)
    visits = [world.standing(facility).visits or 0 for facility in (open_one, closed)]
    assert visits[0] == pytest.approx(0.74, abs=0.01)
    assert visits[1] > visits[0]


def test_from_eight_counted_places_of_a_kind_its_prior_is_no_placeholder(world: World) -> None:
    places = [world.facility(kind="pharmacy") for _ in range(9)]
    for n, facility in enumerate(places):
        world.audited(facility, {STEP: PASSES[STEP]})
        if n:
            use(world, facility, 20 + 3 * n)
    update(world)
    standing = world.standing(places[0])  # not counted itself
    assert (standing.use_state, standing.placeholder) == ("unknown", False)
    assert standing.visits == pytest.approx(16.75, abs=0.3)


def test_a_known_catchment_is_an_estimate(world: World) -> None:
    small, large = world.facility(kind="pharmacy", catchment=1000), world.facility(kind="pharmacy", catchment=3000)
    for facility in (small, large):
        world.audited(facility, {STEP: FAILS[STEP]})
    update(world)
    assert world.standing(small).visits == pytest.approx(30)
    assert world.standing(large).visits == pytest.approx(90)
    assert rank(world, large).state is UseState.ESTIMATED


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_pages_of_any_size_rank_the_same(world: World, limit: int) -> None:
    places = [world.facility(kind="pharmacy") for _ in range(5)]
    for facility in places:
        world.audited(facility, {STEP: FAILS[STEP]})
    assert update(world, limit) == 10
    assert update(world) == 0


def test_a_facility_that_was_closed_leaves_the_ranking_and_comes_back_when_it_opens(world: World) -> None:
    facility = world.facility(kind="pharmacy")
    world.audited(facility, {STEP: FAILS[STEP]})
    update(world)
    before = world.standing(facility).obstructed
    _set_active(world, facility, active=False)
    assert update(world) == 2  # the facility and its violation
    assert (world.standing(facility).obstructed, world.standing(facility).use_state) == (None, None)
    assert world.violation(facility, STEP).obstructed is None
    assert update(world) == 0
    _set_active(world, facility, active=True)
    update(world)
    assert world.standing(facility).obstructed == before


def _set_active(world: World, facility: UUID, *, active: bool) -> None:
    with world.unit() as unit:
        unit.session.get_one(Facility, (REGION, facility)).active = active


@pytest.mark.parametrize("by", list(By))
def test_a_report_sums_what_the_ranked_places_obstruct_and_says_how_much_of_it_is_guessed(
    world: World, by: By
) -> None:
    guessed, counted = world.facility(kind="pharmacy"), world.facility(kind="pharmacy")
    for facility in (guessed, counted):
        world.audited(facility, {STEP: FAILS[STEP]})
    use(world, counted, 400)
    assert _obstructed(world, by) == {
        "state": "not_recorded",
        "now": None,
        "at_start": None,
        "placeholder_share": None,
    }
    update(world)
    visits = [world.standing(facility).obstructed or 0 for facility in (guessed, counted)]
    shares = [float(world.standing(facility).placeholder or False) for facility in (guessed, counted)]
    assert shares[0] == 1.0
    assert _obstructed(world, by) == {
        "state": "known",
        "now": pytest.approx(sum(visits), abs=0.051),
        "at_start": None,
        "placeholder_share": sum(shares) / 2,
    }


def _obstructed(world: World, by: By) -> Any:
    """What a report says of all rows, which is what its only row says."""
    period = Period(world.clock().date(), world.clock().date())
    with world.open_session() as session:
        found = report(session, world.caller(world.head), period=period, now=world.clock(), by=by)
    (row,) = found["rows"]
    assert row["obstructed_visits"] == found["total"]["obstructed_visits"]
    return row["obstructed_visits"]
