from datetime import date

from inspection.followup_needs import FollowUpItem, FollowUpNeed, FollowUpReason, needs_followup
from inspection.history import DecisionKind, Settled
from inspection.telling import Say, Told
from tests.inspection.events import (
    ALMATY,
    DOOR,
    FAIL,
    NOT_CHECKED,
    PASS,
    RAMP,
    a_decision,
    an_audit,
    on,
    settled,
    told,
)

TODAY = on(20)
FAILED = an_audit(1, 1, {RAMP: FAIL, DOOR: FAIL})
DUE = told(Say.PRESCRIBED, 2, stood=1, due=40)
DECLARED = a_decision(50, DecisionKind.DECLARE, 10)
ASKED = a_decision(51, DecisionKind.RECHECK, 12)


def need(state: Settled, *ledger: Told, today: date = TODAY) -> FollowUpNeed | None:
    return needs_followup(state, ledger, today, zone=ALMATY)


def test_an_open_violation_alone_needs_no_follow_up() -> None:
    assert need(settled(FAILED)) is None
    assert need(settled(FAILED), today=on(400)) is None


def test_a_told_item_is_due_for_a_visit_from_the_day_after_its_date() -> None:
    assert need(settled(FAILED), DUE, today=on(40)) is None
    item = FollowUpItem(RAMP, (FollowUpReason.OVERDUE,), on(40))
    assert need(settled(FAILED), DUE, today=on(41)) == FollowUpNeed((item,))


def test_an_extension_counts_from_its_decision_told_or_not() -> None:
    state = settled(FAILED, a_decision(52, DecisionKind.EXTEND, 30, until=on(60)))
    for ledger in ((DUE,), (DUE, told(Say.EXTENDED, 30, stood=1, due=60))):
        assert need(state, *ledger, today=on(41)) is None
        assert need(state, *ledger, today=on(61)) is not None


def test_an_item_measured_after_its_date_needs_no_second_visit_by_itself() -> None:
    looked_on_the_day = settled(FAILED, an_audit(2, 40, {RAMP: FAIL}))
    looked_after = settled(FAILED, an_audit(2, 41, {RAMP: FAIL}))
    elsewhere = settled(FAILED, an_audit(2, 41, {RAMP: NOT_CHECKED, DOOR: PASS}))
    assert need(looked_on_the_day, DUE, today=on(42)) is not None
    assert need(looked_after, DUE, today=on(42)) is None
    assert need(elsewhere, DUE, today=on(42)) is not None


def test_a_release_or_a_waiver_ends_the_need() -> None:
    assert need(settled(FAILED, DECLARED, ASKED, an_audit(2, 15, {RAMP: PASS})), DUE, today=on(41)) is None
    assert need(settled(FAILED, DECLARED, a_decision(53, DecisionKind.WAIVE, 15)), DUE, today=on(41)) is None


def test_a_date_told_of_an_earlier_episode_makes_the_new_one_not_overdue() -> None:
    state = settled(FAILED, an_audit(2, 15, {RAMP: PASS}), an_audit(3, 18, {RAMP: FAIL}))
    assert need(state, DUE, today=on(41)) is None


def test_what_is_declared_has_to_be_verified_until_an_audit_refutes_it() -> None:
    found = need(settled(FAILED, DECLARED))
    assert found is not None
    assert found.items == (FollowUpItem(RAMP, (FollowUpReason.DECLARED,), None),)
    assert need(settled(FAILED, DECLARED, an_audit(2, 15, {RAMP: FAIL}))) is None


def test_a_request_stands_until_an_audit_looks() -> None:
    found = need(settled(FAILED, ASKED))
    assert found is not None
    assert found.reasons == (FollowUpReason.ASKED,)
    assert need(settled(FAILED, ASKED, an_audit(2, 15, {RAMP: FAIL}))) is None


def test_a_waiver_that_ran_out_is_seen_from_that_day_on_only() -> None:
    waived = a_decision(53, DecisionKind.WAIVE, 2, until=on(10))
    again = a_decision(54, DecisionKind.RECHECK, 12)
    assert need(settled(FAILED, waived, again), today=on(10)) is None
    found = need(settled(FAILED, waived, again), today=on(12))
    assert found is not None
    assert found.reasons == (FollowUpReason.ASKED,)


def test_one_need_gathers_all_items_of_the_facility_and_their_reasons_in_order() -> None:
    asked_at_the_door = a_decision(54, DecisionKind.RECHECK, 12, spot=DOOR)
    found = need(settled(FAILED, asked_at_the_door, ASKED, DECLARED), DUE, today=on(41))
    every = (FollowUpReason.OVERDUE, FollowUpReason.DECLARED, FollowUpReason.ASKED)
    assert found == FollowUpNeed(
        (FollowUpItem(DOOR, (FollowUpReason.ASKED,), None), FollowUpItem(RAMP, every, on(40)))
    )
    assert found is not None
    assert found.reasons == every
