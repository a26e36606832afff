"""How large a share of each group's visits the measured barriers obstruct, and which repair gains most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspection.barriers import Measured
from inspection.criteria import Checklist
from inspection.history import Finding, LatestFinding, Outcome, Spot

_DEFAULT_KIND = "default"
_EVERY_VISIT = 1.0  # a zone of an older checklist whose share of visits is no longer known


@dataclass(frozen=True, slots=True)
class Obstruction:
    """Obstructed shares, 0..1.

    by_group: group to the share of its visits obstructed. gains: each barrier to what its repair alone would
    take off by_group, for the groups it concerns; gains do not add up. measured: the groups for which
    anything was measured at all; for the others 0 means unknown, not free of barriers. alone: each barrier to what
    it would obstruct if it were the only one.
    """

    by_group: Mapping[str, float]
    gains: Mapping[Spot, Mapping[str, float]]
    measured: frozenset[str]
    alone: Mapping[Spot, Mapping[str, float]]


def obstruction(checklist: Checklist, kind: str, latest: Mapping[Spot, LatestFinding]) -> Obstruction:
    """B_g = 1 - product over zones of (1 - use of the zone * worst block of the group in it).

    The worst inside a zone, because two faults of one ramp stop the same visit; the product over zones, because a
    visit must pass each. Blocks and uses come from the checklist; severity, zone and groups from the finding.
    """
    fails = [word.finding for word in Measured(checklist, kind, latest).standing()]
    by_group: dict[str, float] = {}
    gains: dict[Spot, dict[str, float]] = {fail.spot: {} for fail in fails}
    alone: dict[Spot, dict[str, float]] = {fail.spot: {} for fail in fails}
    for group in checklist.groups:
        concerned = [fail for fail in fails if group in fail.groups]
        by_group[group] = _obstructed(checklist, kind, group, concerned)
        for fail in concerned:
            others = [other for other in concerned if other is not fail]
            gains[fail.spot][group] = by_group[group] - _obstructed(checklist, kind, group, others)
            alone[fail.spot][group] = _use(checklist, kind, fail.zone) * _block(checklist, group, fail)
    tape = (word.finding for word in latest.values() if word.finding.outcome is not Outcome.NOT_APPLICABLE)
    spoken_for = {group for finding in tape for group in finding.groups}
    return Obstruction(by_group, gains, frozenset(spoken_for & checklist.groups.keys()), alone)


def stopped_by(checklist: Checklist, kind: str, fail: Finding) -> tuple[float, Mapping[str, float]]:
    """Share of visits that need the zone of a fail, and what it stops of them, of each group that it concerns."""
    blocks = {group: _block(checklist, group, fail) for group in checklist.groups if group in fail.groups}
    return _use(checklist, kind, fail.zone), blocks


def _obstructed(checklist: Checklist, kind: str, group: str, fails: Sequence[Finding]) -> float:
    worst: dict[str, float] = {}
    for fail in fails:
        worst[fail.zone] = max(_block(checklist, group, fail), worst.get(fail.zone, 0.0))
    passable = 1.0
    for zone, block in worst.items():
        passable *= 1.0 - _use(checklist, kind, zone) * block
    return 1.0 - passable


def _block(checklist: Checklist, group: str, fail: Finding) -> float:
    """Share of the group's visits one fail obstructs: the criterion's own, else that of the severity."""
    criterion = checklist.criteria.get(fail.spot.criterion)
    own = criterion.block if criterion and criterion.block else {}
    return own.get(group, checklist.severity_block[fail.severity])


def _use(checklist: Checklist, kind: str, zone: str) -> float:
    """Share of visits that need the zone: of the kind, else of any kind."""
    shares = dict(checklist.zone_use.get(_DEFAULT_KIND, {})) | dict(checklist.zone_use.get(kind, {}))
    return shares.get(zone, _EVERY_VISIT)
