import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from inspection.checklists import checklist_id
from inspection.criteria import Checklist
from inspection.history import Spot
from inspection.intake import AUDITS, Received, content_hash, keep
from inspection.journal_proof import verify
from inspection.tables.areas import Area, Level
from inspection.tables.audits import Audit
from inspection.tables.columns import Placed
from inspection.tables.facilities import Facility
from inspection.tables.feed import FeedRow
from inspection.tables.intake import IntakeKey, IntakeRow, IntakeState
from inspection.tables.people import Role
from inspection.tables.regions import Home
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import Violation
from inspection.understanding import understand
from tests.inspection.mutations import mutated
from tests.inspection.world import (
    COUNTRY,
    DESK,
    DISTRICT,
    DOOR,
    FAILS,
    LONG_AGO,
    NEIGHBOUR,
    OTHER_REGION,
    PASSES,
    REGION,
    SPACES,
    STEP,
    TACTILE,
    Document,
    World,
    small_checklist,
)

TAKEN, CONFLICT, QUARANTINED, WAITING = (
    IntakeState.TAKEN,
    IntakeState.CONFLICT,
    IntakeState.QUARANTINED,
    IntakeState.WAITING,
)


def states(world: World) -> list[str]:
    return sorted(row.state for row in world.rows(IntakeRow))


def fed(world: World, collection: str) -> list[FeedRow]:
    return world.rows(FeedRow, FeedRow.collection == collection)


def changed(document: Document, **about: Any) -> Document:
    return {**document, **about}


def everything(world: World) -> list[dict[str, Any]]:
    """All that understanding writes, as plain values."""
    models = (Audit, Violation, Home, UseRecord, IntakeRow)
    return [
        {c.name: getattr(row, c.name) for c in model.__table__.columns}
        for model in models
        for row in sorted(
            world.rows(model), key=lambda row: str([getattr(row, c.name) for c in row.__table__.primary_key])
        )
    ]


# What an audit becomes


def test_every_answer_becomes_a_finding_with_its_value_unit_and_limit(world: World) -> None:
    facility = world.facility()
    answers = {
        STEP: {"value": 5, "unit": "cm"},
        (STEP, "east"): {"state": "not_checked"},
        DOOR: {"value": 0.85, "relaxed": True, "reason": "памятник", "note": "дверь"},
        SPACES: {"value": 1, "of": 40},
        DESK: "low",
    }
    world.audited(facility, answers)
    (audit,) = world.rows(Audit)
    assert audit.findings == [
        {
            "criterion": DOOR,
            "place": "main",
            "outcome": "pass",
            "value": 0.85,
            "unit": "m",
            "limit": "≥ 0.8 m",
            "note": "памятник\nдверь",
            "relaxed": True,
        },
        {"criterion": STEP, "place": "east", "outcome": "not_checked"},
        {"criterion": STEP, "place": "main", "outcome": "fail", "value": 0.05, "unit": "m", "limit": "≤ 0.014 m"},
        {
            "criterion": SPACES,
            "place": "main",
            "outcome": "fail",
            "value": 1,
            "unit": "spaces",
            "limit": "≥ 1 / 25 (40: ≥ 2)",
        },
        {"criterion": TACTILE, "place": "main", "outcome": "not_checked"},
        {"criterion": DESK, "place": "main", "outcome": "pass", "value": "low", "limit": "low"},
    ]
    assert audit.failed == 2


def test_an_audit_keeps_what_its_document_says_and_where_it_came_from(world: World) -> None:
    facility = world.facility(demo=True)
    ended = world.clock() - timedelta(days=3)
    document = world.document(
        facility,
        FAILS,
        at=ended,
        ground="prosecutor",
        appointment={"number": "АН-17", "date": "2026-03-10"},
        ersop={"number": "2675"},
        alternative={"wheelchair": "staff_help", "vision": "none"},
        fixes=[{"lat": 43.2, "lon": 76.9, "accuracy_m": 6.5}],
    )
    (key,) = world.keep(document)
    world.clock.advance(hours=1)
    world.understand([key])
    (audit,) = world.rows(Audit)
    assert (audit.facility_id, audit.author_id, audit.kind, audit.demo) == (
        facility,
        world.inspector,
        "polyclinic",
        True,
    )
    assert (audit.ground, audit.appointment_number, audit.ersop_number, audit.ersop_date) == (
        "prosecutor",
        "АН-17",
        "2675",
        None,
    )
    assert (audit.checklist_key, audit.checklist_version) == ("pandus-criteria", "1.0.0")
    assert audit.alternatives == {"wheelchair": "staff_help", "vision": "none"}
    assert audit.fixes == [{"lat": 43.2, "lon": 76.9, "accuracy_m": 6.5, "at": None}]
    assert (audit.observed_at, audit.time_source) == (ended, "anchor")
    assert audit.received_at == world.clock() - timedelta(hours=1)
    assert audit.content_hash == key.content_hash.hex()


def test_a_use_block_becomes_a_use_record_of_the_audit(world: World) -> None:
    use = {"source": "tickets", "visits": 40, "period_from": "2026-01-01", "period_to": "2026-02-01"}
    audit = world.audited(world.facility(), PASSES, use=use)
    (record,) = world.rows(UseRecord)
    assert (record.audit_id, record.visits, record.completeness, record.attested_zero) == (audit, 40, 1.0, False)


def test_people_on_a_register_that_an_audit_brings_are_clients_and_no_visits(world: World) -> None:
    use = {"source": "register", "visits": 40, "period_from": "2026-01-01", "period_to": "2026-02-01"}
    world.audited(world.facility(), PASSES, use=use)
    (record,) = world.rows(UseRecord)
    assert (record.visits, record.clients) == (None, 40)


def test_a_statement_that_an_audit_brings_is_dated_by_its_signature(world: World) -> None:
    use = {"source": "statement", "visits": 0, "period_from": "2026-01-01", "period_to": "2026-12-31"}
    world.audited(world.facility(), PASSES, use=use | {"attested_zero": True})
    (record,) = world.rows(UseRecord)
    assert record.signed_on == world.clock().date() - timedelta(days=1)


def test_one_fail_at_two_places_is_two_violations(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {STEP: 0.05, (STEP, "east"): 0.2})
    assert set(world.violations(facility)) == {Spot(STEP), Spot(STEP, "east")}


def test_an_audit_of_passes_makes_no_violation(world: World) -> None:
    facility = world.facility()
    world.audited(facility, PASSES)
    assert world.violations(facility) == {}
    assert world.standing(facility).passport["site"]["vision"] == "full"


# Once, and only once


def test_the_same_bytes_again_are_taken_once(world: World) -> None:
    document = world.document(world.facility(), FAILS)
    first = world.push(document)
    before = everything(world)
    world.clock.advance(days=1)
    assert world.push(document) == first
    assert everything(world) == before


def test_the_same_audit_with_its_keys_in_another_order_is_the_same_audit(world: World) -> None:
    document = world.document(world.facility(), FAILS)
    world.push(document)
    before = everything(world)
    shuffled = {name: document[name] for name in reversed(document)}
    shuffled["answers"] = [dict(reversed(answer.items())) for answer in document["answers"]]
    assert world.push(shuffled)[0].state is TAKEN
    assert everything(world) == before


def test_another_body_under_a_taken_id_is_kept_apart_and_changes_nothing(world: World) -> None:
    facility = world.facility()
    document = world.document(facility, FAILS)
    world.push(document)
    before = [world.rows(Audit)[0].findings, [row.rev for row in world.rows(Violation)]]
    (outcome,) = world.push(changed(document, answers=[{"criterion": STEP, "value": 0.0}]))
    assert outcome.state is CONFLICT
    assert outcome.reason
    assert [world.rows(Audit)[0].findings, [row.rev for row in world.rows(Violation)]] == before
    assert world.violation(facility, STEP).state == "open"
    assert states(world) == ["conflict", "taken"]


def test_a_document_that_was_kept_apart_shows_the_held_one_and_moves_it_to_the_head_of_the_feed(
    world: World,
) -> None:
    document = world.document(world.facility(), FAILS)
    world.push(document)
    (first,) = fed(world, "audits")
    world.push(world.document(world.facility(), FAILS))  # something newer
    world.push(changed(document, ground="unscheduled"))
    newest = max(fed(world, "audits"), key=lambda row: row.number)
    assert str(newest.id) == document["id"]
    assert newest.number > first.number
    assert json.loads(newest.body) == json.loads(first.body) | {"rev": 2}
    (apart,) = world.rows(IntakeRow, IntakeRow.state == CONFLICT.value)
    assert apart.held == newest.body


def test_of_two_bodies_in_one_batch_the_one_kept_apart_shows_the_other(world: World) -> None:
    document = world.document(world.facility(), FAILS)
    world.push(document, changed(document, ground="unscheduled"))
    (apart,) = world.rows(IntakeRow, IntakeRow.state == CONFLICT.value)
    (held,) = fed(world, "audits")
    assert apart.held == held.body


def test_whoever_sent_a_document_hears_every_change_of_its_state_and_nothing_else(world: World) -> None:
    unborn = world.new_id()
    (key,) = world.keep(world.document(unborn, FAILS))
    assert fed(world, "outcomes") == []
    world.understand([key])
    (waits,) = [json.loads(row.body) for row in fed(world, "outcomes")]
    assert (waits["state"], waits["waiting_for"], waits["rev"]) == ("waiting", str(unborn), 2)
    world.facility(id=unborn)
    world.understand([key])
    (taken,) = [json.loads(row.body) for row in fed(world, "outcomes")]
    assert (taken["state"], taken["waiting_for"], taken["reason"], taken["rev"]) == ("taken", None, None, 3)
    before = fed(world, "outcomes")[0].number
    world.understand([key])
    assert fed(world, "outcomes")[0].number == before


# The region of the sender and that of the facility


def elsewhere(world: World) -> UUID:
    """A facility of the other region, known as such."""
    there = world.facility(home_region=OTHER_REGION, region_code=OTHER_REGION, district_code=None)
    world.add(Home(id=there, region=OTHER_REGION, kind="facility"))
    world.grant(world.inspector, Role.INSPECTOR, OTHER_REGION)
    return there


def test_an_audit_sent_from_a_tablet_of_another_region_belongs_to_the_region_of_its_facility(world: World) -> None:
    there = elsewhere(world)
    document = world.document(there, FAILS)
    assert world.push(document, region=REGION)[0].state is TAKEN
    (audit,) = world.rows(Audit)
    assert (audit.home_region, audit.intake_region) == (OTHER_REGION, REGION)
    assert {row.home_region for row in world.violations(there).values()} == {OTHER_REGION}
    assert [row.region for row in fed(world, "audits")] == [OTHER_REGION]
    assert [row.region for row in fed(world, "outcomes")] == [REGION]
    assert json.loads(fed(world, "audits")[0].body)["answers"] == document["answers"]
    assert [home.region for home in world.rows(Home, Home.id == UUID(document["id"]))] == [OTHER_REGION]


def test_an_audit_of_the_senders_own_region_names_no_other(world: World) -> None:
    world.audited(world.facility(), FAILS)
    assert world.rows(Audit)[0].intake_region is None


def test_a_tablet_that_moved_sends_its_audit_again_and_it_is_the_same_audit(world: World) -> None:
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind="facility"))
    document = world.document(facility, FAILS)
    world.push(document, region=REGION)
    before = [everything(world), len(world.rows(FeedRow))]
    (again,) = world.push(document, region=OTHER_REGION)
    assert again.state is TAKEN
    assert states(world) == ["taken", "taken"]
    (row,) = world.rows(IntakeRow, IntakeRow.home_region == OTHER_REGION)
    with world.unit() as unit:
        unit.session.delete(row)
    assert [everything(world), len(world.rows(FeedRow)) - 1] == before  # the second outcome is all that is new
    assert world.push(changed(document, ground="unscheduled"), region=OTHER_REGION)[0].state is CONFLICT


# What the author might do then


def test_an_audit_of_a_place_where_its_author_never_might_audit_is_quarantined(world: World) -> None:
    stranger = world.person(Role.INSPECTOR, OTHER_REGION)
    (outcome,) = world.push(world.document(world.facility(), FAILS), by=stranger)
    assert outcome.state is QUARANTINED
    assert outcome.reason
    assert "held no grant" in outcome.reason
    assert [*world.rows(Audit), *world.rows(Violation), *world.rows(Home)] == []


@pytest.mark.parametrize("role", [Role.MINISTRY, Role.ADMIN, Role.AKIMAT])
def test_a_role_that_may_not_audit_is_no_grant_for_it(world: World, role: Role) -> None:
    (outcome,) = world.push(world.document(world.facility(), FAILS), by=world.person(role))
    assert outcome.state is QUARANTINED


@pytest.mark.parametrize(("days_ago", "state"), [(9, QUARANTINED), (7, TAKEN), (5, TAKEN), (4, QUARANTINED)])
def test_what_counts_is_the_grant_of_the_day_of_the_visit_though_it_ended_since(
    world: World, days_ago: int, state: IntakeState
) -> None:
    person, now = world.person(), world.clock()
    world.grant(person, Role.INSPECTOR, REGION, now - timedelta(days=8), now - timedelta(days=4))
    document = world.document(world.facility(), FAILS, at=now - timedelta(days=days_ago))
    assert world.push(document, by=person)[0].state is state


def test_where_nobody_knows_the_day_any_grant_there_will_do(world: World) -> None:
    person, now = world.person(), world.clock()
    document = world.document(world.facility(), FAILS, anchor=None)
    assert world.push(document, by=person)[0].state is QUARANTINED
    world.grant(person, Role.INSPECTOR, REGION, now - timedelta(days=8), now - timedelta(days=4))
    assert world.push(document, by=person)[0].state is TAKEN


def test_who_audited_before_the_facility_came_to_another_district_might_do_so(world: World) -> None:
    facility = world.facility()
    person = world.person(Role.INSPECTOR, DISTRICT)
    visit = world.document(facility, FAILS, at=world.clock() - timedelta(hours=2))
    world.clock.advance(hours=1)
    with world.unit() as unit:
        held = unit.session.get(Facility, (REGION, facility))
        assert held is not None
        held.district_code, held.rev = NEIGHBOUR, held.rev + 1
    world.clock.advance(hours=3)
    late = world.document(facility, FAILS, at=world.clock() - timedelta(hours=1))
    assert [world.push(each, by=person)[0].state for each in (visit, late)] == [TAKEN, QUARANTINED]


def test_where_nobody_knows_the_day_a_grant_where_the_facility_lay_before_will_do(world: World) -> None:
    facility, person, stranger = world.facility(), world.person(Role.INSPECTOR, DISTRICT), world.person()
    world.grant(stranger, Role.INSPECTOR, OTHER_REGION)
    with world.unit() as unit:
        held = unit.session.get(Facility, (REGION, facility))
        assert held is not None
        held.district_code, held.rev = NEIGHBOUR, held.rev + 1
    visits = [world.document(facility, FAILS, anchor=None) for _ in range(2)]
    assert world.push(visits[0], by=person)[0].state is TAKEN
    assert world.push(visits[1], by=stranger)[0].state is QUARANTINED


def test_the_first_document_stays_taken_when_it_is_sent_again_after_a_conflict(world: World) -> None:
    document = world.document(world.facility(), FAILS)
    other = changed(document, ground="unscheduled")
    world.push(document)
    world.push(other)
    assert [world.push(each)[0].state for each in (document, other, document)] == [TAKEN, CONFLICT, TAKEN]


def test_the_same_audit_twice_in_one_batch_is_taken_once(world: World) -> None:
    document = world.document(world.facility(), FAILS)
    assert [o.state for o in world.push(document, dict(reversed(document.items())))] == [TAKEN, TAKEN]
    assert len(world.rows(Audit)) == 1


def test_of_two_bodies_under_one_id_the_first_received_wins_also_within_a_batch(world: World) -> None:
    facility = world.facility()
    document = world.document(facility, FAILS)
    other = changed(document, ground="unscheduled")
    keys = world.keep(other)
    world.clock.advance(seconds=1)
    keys += world.keep(document)
    assert [o.state for o in world.understand(keys[::-1])] == [CONFLICT, TAKEN]
    assert world.rows(Audit)[0].ground == "unscheduled"


def test_the_first_received_wins_even_if_the_other_is_understood_first(world: World) -> None:
    document = world.document(world.facility(), FAILS)
    (early,) = world.keep(document)
    world.clock.advance(seconds=1)
    (late,) = world.keep(changed(document, ground="unscheduled"))
    assert [o.state for o in world.understand([late])] == [CONFLICT]
    assert [o.state for o in world.understand([early])] == [TAKEN]
    assert world.rows(Audit)[0].ground == "preventive"


def test_a_body_that_was_refused_does_not_take_its_id_away_from_a_mended_one(world: World) -> None:
    document = world.document(world.facility(), FAILS)
    (broken,) = world.push(changed(document, ground="?"))
    (mended,) = world.push(document)
    assert (broken.state, mended.state) == (QUARANTINED, TAKEN)


@pytest.mark.parametrize("taken_by", ["facility", "decision"])
def test_an_id_that_is_another_kind_of_document_cannot_be_an_audit(world: World, taken_by: str) -> None:
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind=taken_by))
    (outcome,) = world.push(world.document(facility, FAILS, id=str(facility)))
    assert outcome.state is CONFLICT
    assert world.rows(Audit) == []


def test_an_audit_pushed_again_through_another_region_is_not_doubled(world: World) -> None:
    here = world.facility()
    there = world.facility(home_region=OTHER_REGION, region_code=OTHER_REGION, district_code=None)
    document = world.document(here, FAILS)
    world.push(document)
    (outcome,) = world.push(changed(document, facility=str(there)), region=OTHER_REGION)
    assert outcome.state is CONFLICT
    assert world.violations(there) == {}


def test_a_key_under_which_nothing_was_kept_is_passed_over(world: World) -> None:
    with world.unit() as unit:
        assert understand(unit, [IntakeKey(REGION, AUDITS, UUID(int=5), bytes(32))]) == {}
        assert understand(unit, []) == {}


def test_the_moment_of_understanding_is_kept(world: World) -> None:
    document = world.document(world.facility(), FAILS, checklist=str(UUID(int=9)))
    (key,) = world.keep(document)
    for _ in range(3):
        world.clock.advance(hours=1)
        world.understand([key])
        (row,) = world.rows(IntakeRow)
        assert row.understood_at == world.clock()


# What cannot be taken (yet)


def test_an_audit_waits_for_its_checklist_and_is_judged_once_that_is_published(world: World) -> None:
    facility = world.facility()
    newer = small_checklist("2.0.0", highest_step=0.1)
    later = checklist_id(COUNTRY, newer.key, newer.version)
    document = world.document(facility, {STEP: 0.05}, checklist=str(later))
    (key,) = world.keep(document)
    (outcome,) = world.understand([key])
    assert (outcome.state, outcome.waiting_for) == (WAITING, later)
    assert (world.rows(IntakeRow)[0].waiting_for, world.rows(Audit)) == (later, [])
    world.clock.advance(hours=1)
    assert world.publish(newer) == later
    assert world.understand([key])[0].state is TAKEN
    (row,) = world.rows(IntakeRow)
    assert (row.state, row.waiting_for, row.reason) == (TAKEN, None, None)
    assert world.violations(facility) == {}  # five centimetres are within the limit of the newer version


def test_an_audit_waits_for_its_facility_and_is_judged_once_that_is_known(world: World) -> None:
    unborn = world.new_id()
    (key,) = world.keep(world.document(unborn, FAILS))
    (outcome,) = world.understand([key])
    assert (outcome.state, outcome.waiting_for) == (WAITING, unborn)
    world.facility(id=unborn)
    assert world.understand([key])[0].state is TAKEN
    assert len(world.violations(unborn)) == 4


def test_a_facility_of_another_region_than_the_documents_home_is_not_known_there(world: World) -> None:
    there = world.facility(home_region=OTHER_REGION, region_code=OTHER_REGION, district_code=None)
    (outcome,) = world.push(world.document(there, FAILS), region=REGION)
    assert outcome.state is WAITING
    assert world.rows(Audit) == []


def test_a_checklist_of_another_country_judges_nothing_here(world: World) -> None:
    with world.unit() as unit:
        row = {"code": "KG", "country": "KG", "level": Level.COUNTRY, "classifier": "SOATE", "name_kk": "x"}
        unit.session.execute(insert(Area), [row])
    kyrgyz = world.publish(small_checklist(), "KG")
    (outcome,) = world.push(world.document(world.facility(), FAILS, checklist=str(kyrgyz)))
    assert outcome.state is QUARANTINED
    assert [fault.pointer for fault in outcome.faults] == ["/checklist"]


def test_an_audit_that_nobody_known_has_signed_is_quarantined(world: World) -> None:
    received = world.received(world.document(world.facility(), FAILS))
    with world.unit() as unit:
        keep(unit, [Received(received.key, received.body, None)])
    assert world.understand([received.key])[0].state is QUARANTINED


def test_values_that_cannot_be_judged_quarantine_the_audit_with_every_fault(world: World) -> None:
    facility = world.facility()
    answers = {STEP: -1, DOOR: {"value": 5, "unit": "kg"}, DESK: "marble", TACTILE: 1, "unheard-of": True}
    (outcome,) = world.push(world.document(facility, answers))
    assert outcome.state is QUARANTINED
    assert [fault.pointer for fault in outcome.faults] == [
        "/answers/0/value",
        "/answers/1/unit",
        "/answers/2/value",
        "/answers/3/value",
        "/answers/4/criterion",
    ]
    (row,) = world.rows(IntakeRow)
    assert row.reason is not None
    assert all(fault.pointer in row.reason for fault in outcome.faults)
    assert [*world.rows(Audit), *world.rows(Violation)] == []


def test_one_answer_given_twice_at_one_place_is_refused(world: World) -> None:
    document = world.document(world.facility(), {STEP: 0.05})
    document["answers"] *= 2
    (outcome,) = world.push(document)
    assert [fault.pointer for fault in outcome.faults] == ["/answers/1"]


def test_a_broken_document_does_not_hold_up_the_others_of_its_batch(world: World) -> None:
    facility = world.facility()
    good = [world.document(facility, FAILS) for _ in range(2)]
    bad = [
        world.document(facility, FAILS, ground="?"),
        world.document(facility, {STEP: "high"}),
        world.document(facility, FAILS, checklist=str(UUID(int=9))),
        changed(good[0], id=str(world.new_id()), **{"\x00": 1}),
    ]
    outcomes = world.push(good[0], *bad, good[1])
    assert [o.state for o in outcomes] == [TAKEN, QUARANTINED, QUARANTINED, WAITING, QUARANTINED, TAKEN]


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"\xff", b'{"a": NaN}', b"[" * 5000, b'{"\\ud800": 1}'])
def test_a_body_that_is_no_document_is_quarantined_whatever_it_is(world: World, body: bytes) -> None:
    received = replace(world.received(world.document(world.facility(), FAILS)), body=body)
    with world.unit() as unit:
        keep(unit, [received])
    (outcome,) = world.understand([received.key])
    assert outcome.state is QUARANTINED
    assert outcome.faults


def test_a_body_with_another_id_than_its_key_is_quarantined(world: World) -> None:
    received = world.received(world.document(world.facility(), FAILS))
    with world.unit() as unit:
        keep(unit, [replace(received, key=replace(received.key, document_id=UUID(int=7)))])
    (outcome,) = world.understand([replace(received.key, document_id=UUID(int=7))])
    assert [fault.pointer for fault in outcome.faults] == ["/id"]


def test_a_kind_of_facility_that_the_checklist_does_not_know_is_a_fault_of_the_checklist(world: World) -> None:
    (outcome,) = world.push(world.document(world.facility(kind="planetarium"), FAILS))
    assert (outcome.state, [f.pointer for f in outcome.faults]) == (QUARANTINED, ["/checklist"])


# Time


def test_without_an_anchor_the_tablets_clock_counts_shifted_by_its_error_when_it_sent(world: World) -> None:
    facility = world.facility()
    slow = timedelta(hours=5)
    seen = world.clock() - timedelta(days=2)
    world.push(world.document(facility, FAILS, at=seen - slow, anchor=None), device_time=world.clock() - slow)
    (audit,) = world.rows(Audit)
    assert (audit.observed_at, audit.time_source) == (seen, "skew")
    assert audit.finished_at == seen - slow


@pytest.mark.parametrize(
    "about",
    [
        {"anchor": None},
        {"at": datetime(1, 1, 2, tzinfo=UTC)},
        {"at": LONG_AGO - timedelta(days=1)},
        {"at": datetime(2027, 1, 1, tzinfo=UTC)},
    ],
)
def test_an_audit_of_an_impossible_time_is_kept_and_shown_but_not_judged(
    world: World, about: dict[str, Any]
) -> None:
    facility = world.facility()
    (outcome,) = world.push(world.document(facility, FAILS, **about))
    (audit,) = world.rows(Audit)
    assert outcome.state is TAKEN
    assert (audit.time_source, audit.observed_at, audit.observed_on, audit.failed) == ("uncertain", None, None, 4)
    assert world.violations(facility) == {}


@pytest.mark.parametrize(
    ("finished", "signed"),
    [
        ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00"),
        ("0001-01-01T00:00:00+00:00", "2026-03-15T09:00:00+00:00"),
        ("9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_clocks_in_the_first_year_and_the_last_are_no_harm(world: World, finished: str, signed: str) -> None:
    facility = world.facility()
    heard = {"server_time": (world.clock() - timedelta(hours=2)).isoformat(), "elapsed_ms": 0, "boot_id": "b"}
    times: dict[str, Any] = {
        "started_at": "0001-01-01T00:00:00+00:00",
        "finished_at": finished,
        "signed_at": signed,
    }
    (outcome,) = world.push(world.document(facility, FAILS, anchor=heard, **times))
    (audit,) = world.rows(Audit)
    assert outcome.state is TAKEN
    assert audit.observed_at is not None
    assert LONG_AGO <= audit.observed_at <= world.clock()
    world.audited(facility, PASSES)  # what was stored can be read again


IN_1970 = datetime(1970, 1, 2, tzinfo=UTC)


def papers(day: datetime) -> dict[str, Any]:
    """What is dated by the calendar of an office: two documents, and the beginning of a count."""
    said = day.date().isoformat()
    later = (day + timedelta(days=30)).date().isoformat()
    use = {"source": "register", "visits": 4, "period_from": said, "period_to": later}
    return {**{name: {"number": "2675", "date": said} for name in ("appointment", "ersop")}, "use": use}


def test_days_are_compared_with_the_true_time_of_the_signature_and_not_with_the_clock_of_the_tablet(
    world: World,
) -> None:
    facility, seen = world.facility(), world.clock() - timedelta(days=2)
    heard = {"server_time": seen.isoformat(), "elapsed_ms": 0, "boot_id": "b"}
    documents = [
        world.document(facility, FAILS, at=IN_1970, anchor=heard, **papers(day))
        for day in (seen - timedelta(days=3), seen + timedelta(days=2))
    ]
    right, wrong = (world.push(document)[0] for document in documents)
    assert right.state is TAKEN
    assert wrong.state is QUARANTINED
    assert [fault.pointer for fault in wrong.faults] == ["/use/period_from", "/appointment/date", "/ersop/date"]


def test_days_say_nothing_while_nobody_knows_when_the_audit_was_signed(world: World) -> None:
    document = world.document(world.facility(), FAILS, at=IN_1970, anchor=None, **papers(world.clock()))
    assert world.push(document)[0].state is TAKEN


def test_nothing_was_observed_before_the_tablet_was_enrolled(world: World) -> None:
    facility = world.facility()
    device = world.device(world.inspector, enrolled_at=world.clock() - timedelta(days=2))
    early = world.document(facility, FAILS, at=world.clock() - timedelta(days=3))
    world.push(early, device_id=device)
    assert [audit.time_source for audit in world.rows(Audit)] == ["uncertain"]


def test_each_sender_of_a_batch_has_their_own_enrolment(world: World) -> None:
    facility = world.facility()
    newcomer = world.person(Role.INSPECTOR, since=world.clock() - timedelta(hours=1))
    document = world.document(facility, FAILS, at=world.clock() - timedelta(days=3))
    keys = world.keep(document)
    world.clock.advance(seconds=1)
    keys += world.keep(changed(document, ground="unscheduled"), by=newcomer)
    world.understand(keys)
    (audit,) = world.rows(Audit)
    assert (audit.author_id, audit.time_source) == (world.inspector, "anchor")


# Limits stay what they were


def test_findings_and_violations_keep_value_unit_limit_and_version_under_a_newer_checklist(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {STEP: 0.05})
    world.clock.advance(days=1)
    world.publish(small_checklist("2.0.0", highest_step=0.1))
    world.audited(facility, {DESK: "high"}, at=world.clock() - timedelta(hours=1))
    held = world.violation(facility, STEP)
    assert (held.value, held.unit, held.limit_text, held.checklist_version, held.state) == (
        0.05,
        "m",
        "≤ 0.014 m",
        "1.0.0",
        "open",
    )
    first = min(world.rows(Audit), key=lambda audit: audit.received_at)
    step = next(f for f in first.findings if f["criterion"] == STEP)
    assert (step["value"], step["limit"], step["outcome"]) == (0.05, "≤ 0.014 m", "fail")


def test_the_same_value_measured_under_a_newer_limit_passes_and_releases(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {STEP: 0.05})
    world.clock.advance(days=2)
    newer = world.publish(small_checklist("2.0.0", highest_step=0.1))
    world.audited(facility, {STEP: 0.05}, checklist=str(newer))
    held = world.violation(facility, STEP)
    assert (held.state, held.limit_text, held.checklist_version) == ("released", "≤ 0.1 m", "2.0.0")


def test_a_criterion_that_a_newer_checklist_drops_releases_nothing_and_asks_for_a_decision(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {TACTILE: False, STEP: 0.05})
    world.clock.advance(days=1)
    kept = small_checklist("2.0.0")
    rest = {name: c for name, c in kept.criteria.items() if name != TACTILE}
    newer: Checklist = replace(kept, criteria=rest)
    world.publish(newer)
    world.audited(facility, {DESK: "low"})
    held = world.violation(facility, TACTILE)
    assert (held.state, held.needs_decision) == ("open", True)
    assert not world.violation(facility, STEP).needs_decision


# The unit as a whole


def test_taking_an_audit_is_its_authors_doing_and_stands_in_the_journal_once(world: World) -> None:
    world.audited(world.facility(), FAILS)
    with world.open_session() as session:
        assert list(verify(session, REGION)) == []


def test_twenty_audits_of_ten_facilities_in_one_unit_are_all_there(world: World) -> None:
    facilities = [world.facility() for _ in range(10)]
    documents = [
        world.document(facility, FAILS if n == 0 else PASSES, at=world.clock() - timedelta(days=9 - n))
        for n in range(2)
        for facility in facilities
    ]
    assert {o.state for o in world.push(*documents)} == {TAKEN}
    for facility in facilities:
        held = world.violations(facility)
        assert {v.state for v in held.values()} == {"released"}
        assert len(held) == 4


def test_a_facility_and_its_rows_lie_where_the_facility_lies(world: World) -> None:
    facility = world.facility(district_code=None)
    world.audited(facility, FAILS)
    (row,) = world.rows(Facility, Facility.id == facility)
    placed_rows: list[Placed] = [*world.rows(Audit), *world.rows(Violation), world.standing(facility)]
    for placed in placed_rows:
        assert (placed.country, placed.region_code, placed.district_code) == (COUNTRY, row.region_code, None)


# Whatever is sent


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_is_done_to_an_audit_it_has_a_proper_outcome_and_never_stops_its_batch(
    world: World, data: st.DataObject
) -> None:
    facility = world.facility()
    answers = {
        STEP: {"value": 5, "unit": "cm", "note": "x"},
        DOOR: 0.95,
        SPACES: {"value": 1, "of": 40},
        DESK: "low",
    }
    use = {"source": "register", "visits": 4, "period_from": "2026-01-01", "period_to": "2026-02-01"}
    plain = world.document(facility, answers, alternative={"vision": "none"}, use=use)
    hostile = data.draw(mutated(plain))
    made = world.new_id()
    if isinstance(hostile, dict) and "id" in hostile and hostile["id"] == plain["id"]:
        hostile["id"] = str(made)
    document = {**hostile, "rev": 1}
    body = json.dumps(document).encode()
    key = IntakeKey(REGION, AUDITS, made, content_hash(document))
    good = world.received(plain)
    with world.unit() as unit:
        keep(unit, [good, Received(key, body, world.inspector, None, world.clock())])
    outcomes = world.understand([key, good.key])
    assert outcomes[1].state is TAKEN
    assert outcomes[0].state in {TAKEN, WAITING, QUARANTINED, CONFLICT}
    if outcomes[0].state is QUARANTINED:
        assert outcomes[0].faults
        assert all(fault.reason and fault.accepted for fault in outcomes[0].faults)
    world.audited(facility, PASSES)  # what was stored can be read again
