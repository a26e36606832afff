"""What happens in the demo region after it was founded, as plain values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from inspection.history import DecisionKind


@dataclass(frozen=True, slots=True)
class Sent:
    """A document as a tablet sends it, received at once. told_time: the tablet tells what its clock says."""

    at: datetime
    by: str
    audit: UUID
    body: bytes
    digest: bytes
    told_time: bool = True


@dataclass(frozen=True, slots=True)
class Issued:
    """An inspector issues the prescription of an audit."""

    at: datetime
    by: str
    audit: UUID
    prescription: UUID


@dataclass(frozen=True, slots=True)
class Ruled:
    """An official decides about a violation."""

    at: datetime
    by: str
    violation: UUID
    decision: UUID
    kind: DecisionKind
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Fined:
    """An official enters a fine from its paper. sum: tenge."""

    at: datetime
    by: str
    facility: UUID
    operator: UUID
    prescription: UUID
    fine: UUID
    number: str
    imposed_on: date
    sum: int


@dataclass(frozen=True, slots=True)
class Swept:
    """The nightly look for what time alone has changed."""

    at: datetime


Event = Sent | Issued | Ruled | Fined | Swept
