"""The history of one facility as plain values: what was observed, decided and told.

`settle.py` turns a History into what is true; nothing here knows a table. All moments are aware datetimes in
UTC. Observed moments are *corrected* ones (`clocks.py`); an audit whose time is uncertain is not in a History.
What there is a hundred of in every audit is a named tuple: making one costs a third of a frozen dataclass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from inspection.criteria import Scalar, Severity

MAIN = "main"  # the place every facility has


class Outcome(StrEnum):
    """What one audit found for one criterion at one place."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    NOT_CHECKED = "not_checked"


class Spot(NamedTuple):
    """What a finding is about: one criterion at one place of the facility."""

    criterion: str
    place: str = MAIN


class Finding(NamedTuple):
    """Outcome of one criterion at one place in one audit, with what it was judged against.

    value and limit are in `unit`; limit is the readable bound, for example `<= 5` or `level, ramp`.
    relaxed tells that the relaxed limit was used. note is the inspector's own words.
    """

    spot: Spot
    outcome: Outcome
    zone: str
    severity: Severity
    groups: tuple[str, ...]
    remediation_days: int
    value: Scalar | None = None
    unit: str | None = None
    limit: str | None = None
    relaxed: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SignedAudit:
    """A signed visit as the history sees it.

    observed_at: corrected time of the observation. signed_at: corrected time of the signature, which in the end
    is what a tablet claims. received_at: server clock at first receipt; a resend never moves it.
    corrects: the audit this one replaces, as far as it says anything: what it does not judge, and groups it leaves
    out, stand as that audit said. checklist: (key, version) the findings were judged by.
    alternatives: group to the working alternative tested on this visit (`second_entrance`, `ground_floor`, ...);
    None: looked for and there is none, which takes back an earlier one. A group left out says nothing.
    """

    id: UUID
    observed_at: datetime
    signed_at: datetime
    received_at: datetime
    author: UUID
    checklist: tuple[str, str]
    findings: Mapping[Spot, Finding] = field(hash=False)
    corrects: UUID | None = None
    alternatives: Mapping[str, str | None] = field(default_factory=dict, hash=False)


class DecisionKind(StrEnum):
    """What an official can decide."""

    ACCEPT = "accept"  # the violation was reviewed and stands
    EXTEND = "extend"  # a later due date for a told item
    WAIVE = "waive"  # released without a measurement, with a reason, for a time or for good
    DECLARE = "declare"  # the operator says it is remedied; closes nothing
    RECHECK = "recheck"  # an official asks for a follow-up
    CONFIRM = "confirm"  # the head of department lets a correction stand that needs it
    REVOKE = "revoke"  # takes back an earlier decision


@dataclass(frozen=True, slots=True)
class Decision:
    """An official's act. It names what it is about and the audit it was based on.

    spot: None for CONFIRM and REVOKE. based_on: the audit the official had in front of them (for CONFIRM the
    correcting audit). until: last day of a waiver (None: for good) or the new due date of an extension.
    revokes: the decision taken back.
    """

    id: UUID
    kind: DecisionKind
    decided_at: datetime
    author: UUID
    reason: str
    spot: Spot | None = None
    based_on: UUID | None = None
    until: date | None = None
    revokes: UUID | None = None


@dataclass(frozen=True, slots=True)
class Prescribed:
    """A prescription was issued on an audit: from then on a correction of it needs the head of department."""

    prescription: UUID
    audit: UUID
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """Everything that happened at one facility, in any order: arrival never matters.

    Equal ids mean equal values: intake keeps another body under a known id apart.
    """

    audits: frozenset[SignedAudit] | tuple[SignedAudit, ...] = ()
    decisions: frozenset[Decision] | tuple[Decision, ...] = ()
    prescribed: frozenset[Prescribed] | tuple[Prescribed, ...] = ()


class EndedBy(StrEnum):
    """What ended an episode."""

    MEASURED_PASS = "measured_pass"
    WAIVER = "waiver"


class Episode(NamedTuple):
    """One stretch of time in which a fail stood as a duty to remedy.

    opened_by and ended_by_id are ids of an audit, or of the waiver that opened it by running out or being
    revoked, or that ended it. fails: audits that found the fail during the episode, oldest first; more than
    one means it was found again. opened_at may lie in the future: a waiver with an end date runs out.

    waived_at, waived_by: when a waiver released it, and which; a pass measured while that lasted still ends the
    episode. continues: given when the end of a waiver opened it: the opening of the episode that the waiver
    interrupted, or of the first in a row of them. The duty is the same; what was told and decided of it stands.

    Of several extensions, declarations, acceptances and requests the last decided is shown. extended_at: when
    the extension was decided. refuted_at: when a later audit still found the fail, though it was declared
    remedied. rechecked_at: when the next audit looked at the spot after the request (found it or not).
    """

    opened_at: datetime
    opened_by: UUID
    fails: tuple[UUID, ...]
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None
    ended_by_id: UUID | None = None
    waived_at: datetime | None = None
    waived_by: UUID | None = None
    continues: datetime | None = None
    extended_until: date | None = None
    extended_at: datetime | None = None
    declared_at: datetime | None = None
    refuted_at: datetime | None = None
    accepted_at: datetime | None = None
    recheck_asked_at: datetime | None = None
    rechecked_at: datetime | None = None


class SettledViolation(NamedTuple):
    """A violation's episodes, oldest first, and the finding that last judged it (a pass or a fail).

    last_audit: the audit that counts with this finding; where a correction left it standing, that correction.
    checklist: (key, version) by which it was judged.
    needs_decision: the newest word on it is not_applicable, or the newest checklist no longer asks; an
    official has to decide, nothing is released by itself.
    """

    spot: Spot
    episodes: tuple[Episode, ...]
    last: Finding
    last_audit: UUID
    checklist: tuple[str, str]
    needs_decision: bool = False

    def open_at(self, moment: datetime) -> Episode | None:
        """The episode that stands at this moment, if any."""
        for episode in reversed(self.episodes):
            over_at = episode.waived_at or episode.ended_at
            if episode.opened_at <= moment and (over_at is None or over_at > moment):
                return episode
        return None


class LatestFinding(NamedTuple):
    """The newest word of the measuring tape on one spot: pass, fail or not_applicable, never not_checked.

    audit, checklist: as the last_audit and checklist of a SettledViolation. unconfirmed_by: its author; None where
    the head of department confirmed the audit.
    """

    finding: Finding
    audit: UUID
    observed_at: datetime
    checklist: tuple[str, str]
    unconfirmed_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What is true of a facility.

    effective: audits that count, in order of observation, corrections already in their original's place.
    awaiting: corrections that do not count, by reason (`confirmation`, `original`, `superseded`), and audits of
    which a pass releases nothing, because their author had declared it remedied (`own_word`).
    without_effect: decisions that no longer apply, by a reason a person can read.
    latest: the physical state. alternatives: group to the alternative tested last and when (observed_at).
    """

    violations: Mapping[Spot, SettledViolation]
    latest: Mapping[Spot, LatestFinding]
    effective: tuple[UUID, ...]
    awaiting: Mapping[UUID, str]
    without_effect: Mapping[UUID, str]
    alternatives: Mapping[str, tuple[str, datetime]]
