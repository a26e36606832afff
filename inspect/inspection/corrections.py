"""Which audits of a history count, and when: corrections stand in their original's place, or wait.

A correction by another author, or one signed or received after a prescription on the audit, counts only when the
head of department confirms it: without that, turning a fail into a pass would be the cheapest bribe.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from inspection.history import Decision, DecisionKind, Finding, Outcome, Prescribed, SignedAudit, Spot


class Awaiting(StrEnum):
    """Why an audit does not count, or not wholly."""

    CONFIRMATION = "confirmation"  # the head of department has not let it stand
    ORIGINAL = "original"  # the audit it corrects is not known (yet)
    SUPERSEDED = "superseded"  # a correction that counts stands in its place
    OWN_WORD = "own_word"  # it counts, but not as proof of what its own author declared remedied


class Visit(NamedTuple):
    """A visit as it counts. at: the moment it stands at; audit: the last signed of those that count.

    layers: the original, then the corrections of it that count, last signed last. Each overrides only what it says
    itself: leaving an answer out would otherwise be the cheapest way to make a duty vanish.
    """

    at: datetime
    audit: SignedAudit
    layers: tuple[SignedAudit, ...]

    def findings(self) -> Mapping[Spot, tuple[Finding, SignedAudit]]:
        """What the visit found, not_checked left out, each with the audit that said it."""
        return {
            spot: (finding, layer)
            for layer in self.layers
            for spot, finding in layer.findings.items()
            if finding.outcome is not Outcome.NOT_CHECKED
        }

    def alternatives(self) -> Mapping[str, str | None]:
        """Group to the working alternative tested on this visit; None: looked for in vain."""
        return {group: way for layer in self.layers for group, way in layer.alternatives.items()}


@dataclass(frozen=True, slots=True)
class Counted:
    """The audits that count.

    effective: visits in order of observation. stands_for: each audit that counts or was
    replaced by one that does, to the id of the one that counts. awaiting: the others, by reason.
    confirmable: corrections that need, or have, the confirmation of the head of department.
    """

    effective: tuple[Visit, ...]
    stands_for: Mapping[UUID, UUID]
    awaiting: Mapping[UUID, Awaiting]
    confirmable: frozenset[UUID]


def count(audits: Iterable[SignedAudit], prescribed: Iterable[Prescribed], confirmed: frozenset[UUID]) -> Counted:
    """Sort out which audits count.

    confirmed: audits named by a confirmation that was not revoked. A chain of corrections stands in the place
    of its first audit; what several corrections that count say, the last signed decides, the higher id at a tie.
    """
    known = {audit.id: audit for audit in audits}
    corrections, awaiting = _by_original(known)
    first_prescribed = _first_prescribed(prescribed, corrections)
    visits: list[Visit] = []
    stands_for: dict[UUID, UUID] = {}
    confirmable: set[UUID] = set()
    for root, later in corrections.items():
        original = known[root]
        guarded = {c.id for c in later if _needs_confirmation(c, original, first_prescribed.get(root))}
        confirmable |= guarded
        standing = [c for c in later if c.id not in guarded or c.id in confirmed]
        layers = (original, *sorted(standing, key=lambda c: (c.signed_at, c.id)))
        visits.append(Visit(original.observed_at, layers[-1], layers))
        awaiting |= {c.id: Awaiting.CONFIRMATION for c in later if c.id in guarded - confirmed}
        stands_for |= dict.fromkeys((audit.id for audit in layers), layers[-1].id)
        awaiting |= dict.fromkeys((audit.id for audit in layers[:-1]), Awaiting.SUPERSEDED)
    visits.sort(key=lambda visit: (visit.at, visit.layers[0].id))
    return Counted(
        effective=tuple(visits),
        stands_for=stands_for,
        awaiting=awaiting,
        confirmable=frozenset(confirmable),
    )


def confirmations(decisions: Iterable[Decision], revoked: Iterable[UUID]) -> frozenset[UUID]:
    """The audits that confirmations in force name."""
    gone = set(revoked)
    named = (d.based_on for d in decisions if d.kind is DecisionKind.CONFIRM and d.id not in gone)
    return frozenset(audit for audit in named if audit is not None)


def _by_original(
    known: Mapping[UUID, SignedAudit],
) -> tuple[dict[UUID, list[SignedAudit]], dict[UUID, Awaiting]]:
    """Each original to all corrections of it, direct or through others; and those without an original."""
    corrections: dict[UUID, list[SignedAudit]] = {a.id: [] for a in known.values() if a.corrects is None}
    orphans: dict[UUID, Awaiting] = {}
    for audit in known.values():
        if audit.corrects is None:
            continue
        root = _original(audit, known)
        if root is None:
            orphans[audit.id] = Awaiting.ORIGINAL
        else:
            corrections[root].append(audit)
    return corrections, orphans


def _original(audit: SignedAudit, known: Mapping[UUID, SignedAudit]) -> UUID | None:
    """The first audit of a chain of corrections; None if a link is missing or the chain bites its tail."""
    seen: set[UUID] = set()
    while audit.corrects is not None:
        before = known.get(audit.corrects)
        if before is None or audit.id in seen:
            return None
        seen.add(audit.id)
        audit = before
    return audit.id


def _first_prescribed(
    prescribed: Iterable[Prescribed], corrections: Mapping[UUID, Iterable[SignedAudit]]
) -> dict[UUID, datetime]:
    """Each original to the first prescription issued on it or on a correction of it."""
    root_of = {c.id: root for root, later in corrections.items() for c in later}
    first: dict[UUID, datetime] = {}
    for issue in prescribed:
        root = root_of.get(issue.audit, issue.audit)
        first[root] = min(issue.issued_at, first.get(root, issue.issued_at))
    return first


def _needs_confirmation(correction: SignedAudit, original: SignedAudit, told_at: datetime | None) -> bool:
    if correction.author != original.author:
        return True
    # The moment of a signature is what a tablet claims; that of receipt nobody but the server can set. In doubt,
    # signed at the very moment of issuing, the head of department looks. What was received at that moment may be
    # what the prescription was issued on.
    return told_at is not None and (correction.signed_at >= told_at or correction.received_at > told_at)
