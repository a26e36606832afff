"""Audits, decisions and prescriptions of one invented facility, each in one short line of a test."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from inspection.criteria import GROUPS, Severity
from inspection.history import (
    Decision,
    DecisionKind,
    Finding,
    History,
    Outcome,
    Prescribed,
    Settled,
    SignedAudit,
    Spot,
)
from inspection.settle import settle
from inspection.telling import Say, Told

ALMATY = ZoneInfo("Asia/Almaty")
PASS, FAIL, NA, NOT_CHECKED = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.NOT_CHECKED
RAMP, DOOR = Spot("entrance-ramp-slope"), Spot("entrance-door-width")
INSPECTOR, COLLEAGUE, HEAD = UUID(int=0xA1), UUID(int=0xA2), UUID(int=0xB1)


def day(number: float) -> datetime:
    """Noon in Almaty of a day of March 2026, counted from 0: `day(0)` is 1 March."""
    return datetime(2026, 3, 1, 7, tzinfo=UTC) + timedelta(days=number)


def on(number: int) -> date:
    """The local date of `day(number)`."""
    return date(2026, 3, 1) + timedelta(days=number)


def a_finding(
    spot: Spot,
    outcome: Outcome = FAIL,
    *,
    zone: str = "entrance",
    severity: Severity = Severity.GROSS,
    groups: tuple[str, ...] = GROUPS,
    value: float | str | bool | None = None,
) -> Finding:
    return Finding(spot, outcome, zone, severity, groups, remediation_days=30, value=value)


def an_audit(
    id: int,  # noqa: A002
    at: float,
    outcomes: Mapping[Spot, Outcome] | None = None,
    *,
    signed: float | None = None,
    received: float | None = None,
    author: UUID = INSPECTOR,
    corrects: int | None = None,
    version: str = "1",
    alternatives: Mapping[str, str | None] | None = None,
) -> SignedAudit:
    """Audit number `id`, observed on day `at`, signed the same day and received at once unless told otherwise."""
    signed_on = at if signed is None else signed
    return SignedAudit(
        id=UUID(int=id),
        observed_at=day(at),
        signed_at=day(signed_on),
        received_at=day(signed_on if received is None else received),
        author=author,
        checklist=("pandus-criteria", version),
        findings={spot: a_finding(spot, outcome) for spot, outcome in (outcomes or {}).items()},
        corrects=None if corrects is None else UUID(int=corrects),
        alternatives=alternatives or {},
    )


def a_decision(
    id: int,  # noqa: A002
    kind: DecisionKind,
    at: float,
    *,
    spot: Spot | None = RAMP,
    based_on: int | None = 1,
    until: date | None = None,
    revokes: int | None = None,
    author: UUID = HEAD,
) -> Decision:
    return Decision(
        id=UUID(int=id),
        kind=kind,
        decided_at=day(at),
        author=author,
        reason="for the test",
        spot=spot,
        based_on=None if based_on is None else UUID(int=based_on),
        until=until,
        revokes=None if revokes is None else UUID(int=revokes),
    )


def a_confirmation(id: int, at: float, *, of: int) -> Decision:  # noqa: A002
    return a_decision(id, DecisionKind.CONFIRM, at, spot=None, based_on=of)


def a_revocation(id: int, at: float, *, of: int) -> Decision:  # noqa: A002
    return a_decision(id, DecisionKind.REVOKE, at, spot=None, based_on=None, revokes=of)


def a_prescription(at: float, *, on_audit: int) -> Prescribed:
    return Prescribed(UUID(int=900 + on_audit), UUID(int=on_audit), day(at))


def settled(*events: SignedAudit | Decision | Prescribed, current: frozenset[str] | None = None) -> Settled:
    """The state of a facility with these events, by the days of Almaty."""
    return settle(history_of(*events), current=current, zone=ALMATY)


def history_of(*events: SignedAudit | Decision | Prescribed) -> History:
    return History(
        audits=tuple(e for e in events if isinstance(e, SignedAudit)),
        decisions=tuple(e for e in events if isinstance(e, Decision)),
        prescribed=tuple(e for e in events if isinstance(e, Prescribed)),
    )


def told(say: Say, at: float, *, stood: float, due: int | None = None, spot: Spot = RAMP, by: int = 700) -> Told:
    """Told on day `at`, of an item that rested on an observation of day `stood`, to be done by day `due`."""
    return Told(spot, day(stood), say, None if due is None else on(due), day(at), UUID(int=by))
