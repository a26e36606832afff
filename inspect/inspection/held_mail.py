"""Mail that is held since a backup was restored, because it may have gone out before: what a person says of it.

Nothing here is sent again by itself. Released, it goes the way of any mail, under the number it had; discarded, it
counts as told by the installation that was lost.
"""

from dataclasses import dataclass
from enum import StrEnum

from inspection.errors import DoesNotApply
from inspection.outbox import LONGEST_ANSWER, Mail, Outbox
from inspection.tables.outgoing import MailState
from inspection.unit import Unit

MOST = 500  # in one unit


class HeldOutcome(StrEnum):
    """What becomes of a held mail."""

    RELEASE = "release"  # it did not go out, or may go out again
    DISCARD = "discard"  # it went out, or shall not


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody says of held mail. reason: in their words, for the journal."""

    outcome: HeldOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of saying it of many. left: how many are still held there."""

    settled: int
    left: int


def settle_one(unit: Unit, outbox: Outbox[Mail], mail: Mail, said: Saying, released: str) -> None:
    """Let a held mail go, or end it. The caller holds its row.

    released: the state that it takes when it is let go. Raises DoesNotApply for one that is not held.
    """
    if mail.state != MailState.HELD:
        raise DoesNotApply("this mail is not held", state=mail.state)
    discarded = said.outcome is HeldOutcome.DISCARD
    mail.state, mail.rev = MailState.CANCELLED.value if discarded else released, mail.rev + 1
    mail.answer = said.reason[:LONGEST_ANSWER] if discarded else None
    mail.next_try_at = unit.now
    facts = {"state": (MailState.HELD.value, mail.state)}
    did = "discarded" if discarded else "released"
    key = mail.home_region, mail.id
    unit.journal.add(outbox.change(key, mail.recipient, did, facts, reason=said.reason))
