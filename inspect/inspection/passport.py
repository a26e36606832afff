"""The accessibility passport: per group, the state of every zone and of the whole facility.

Rests on the latest findings. A waiver or an extension never makes a barrier passable, so neither is asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from inspection.barriers import Measured
from inspection.criteria import Checklist, Criterion, Severity
from inspection.history import LatestFinding, Spot

# Below this share of the applicable criteria looked at, a zone without known barriers is unknown, not full.
ENOUGH_PERCENT = 80

_WORST_FIRST = tuple(Severity)
_Placed = TypeVar("_Placed")


class Access(StrEnum):
    """How far a zone or a facility can be used by a group."""

    FULL = "full"
    PARTIAL = "partial"
    CONDITIONAL = "conditional"  # blocked, but a working alternative was tested since
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ZoneState:
    """State of one zone for one group, and what it rests on.

    barriers: the spots that fail for this group, worst severity first. checked, applicable: how many of the
    criteria that apply were looked at; unchecked_gross: those whose being unknown alone makes the zone unknown.
    """

    access: Access
    barriers: tuple[Spot, ...]
    checked: int
    applicable: int
    unchecked_gross: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passport:
    """Group to the state of the facility, and group to zone to its state. A zone left out does not concern it."""

    site: Mapping[str, Access]
    zones: Mapping[str, Mapping[str, ZoneState]]


def passport(
    checklist: Checklist,
    kind: str,
    latest: Mapping[Spot, LatestFinding],
    alternatives: Mapping[str, tuple[str, datetime]],
) -> Passport:
    """What people of each group can do at a facility of this kind, by its latest findings.

    checklist: the version whose criteria are asked for; a fail of a criterion it no longer knows still counts,
    with its own zone, severity and groups. alternatives: group to the working alternative and when it was tested;
    it helps only against barriers found no later than that.
    """
    measured = Measured(checklist, kind, latest)
    standing, asked = measured.standing(), measured.asked()
    zones: dict[str, dict[str, ZoneState]] = {}
    all_fails = _by_group((fail.finding.groups, fail.finding.zone, fail) for fail in standing)
    concerned = (checklist.criteria[criterion] for criterion in asked)
    all_criteria = _by_group((criterion.groups, criterion.zone, criterion) for criterion in concerned)
    for group in checklist.groups:
        fails, criteria = all_fails.get(group, {}), all_criteria.get(group, {})
        tested_at = alternatives[group][1] if group in alternatives else None
        # In the order of the checklist; zones that it no longer knows come last.
        known = [zone for zone in checklist.zones if zone in fails or zone in criteria]
        others = sorted((fails.keys() | criteria.keys()) - checklist.zones.keys())
        zones[group] = {
            zone: _zone_state(fails.get(zone, []), criteria.get(zone, []), asked, tested_at)
            for zone in known + others
        }
    return Passport({group: _site_state(checklist, states) for group, states in zones.items()}, zones)


def _zone_state(
    fails: Sequence[LatestFinding],
    criteria: Sequence[Criterion],
    asked: Mapping[str, bool],
    tested_at: datetime | None,
) -> ZoneState:
    unchecked = [c for c in criteria if not asked[c.id]]
    unchecked_gross = tuple(c.id for c in unchecked if c.severity is Severity.GROSS)
    checked = len(criteria) - len(unchecked)
    gross = [fail.observed_at for fail in fails if fail.finding.severity is Severity.GROSS]
    if gross:
        passable = tested_at is not None and tested_at >= max(gross)
        access = Access.CONDITIONAL if passable else Access.BLOCKED
    elif unchecked_gross:
        access = Access.UNKNOWN
    elif any(fail.finding.severity is Severity.SIGNIFICANT for fail in fails):
        access = Access.PARTIAL
    elif 100 * checked < ENOUGH_PERCENT * len(criteria):
        access = Access.UNKNOWN
    else:
        access = Access.FULL
    worst_first = sorted(fails, key=lambda fail: (_WORST_FIRST.index(fail.finding.severity), fail.finding.spot))
    barriers = tuple(fail.finding.spot for fail in worst_first)
    return ZoneState(access, barriers, checked, len(criteria), unchecked_gross)


def _site_state(checklist: Checklist, states: Mapping[str, ZoneState]) -> Access:
    """The weakest critical zone decides; the others can only lower full to partial.

    A zone the checklist does not know is taken for critical, and a facility of which no critical zone concerns
    the group is unknown: neither may read better than it is.
    """
    critical = {state.access for zone, state in states.items() if _is_critical(checklist, zone)}
    for access in (Access.BLOCKED, Access.UNKNOWN, Access.CONDITIONAL, Access.PARTIAL):
        if access in critical:
            return access
    if not critical:
        return Access.UNKNOWN
    # Also where another zone is unknown: who calls a facility full has seen all of it.
    return Access.FULL if all(state.access is Access.FULL for state in states.values()) else Access.PARTIAL


def _is_critical(checklist: Checklist, zone: str) -> bool:
    return zone not in checklist.zones or checklist.zones[zone].critical


def _by_group(placed: Iterable[tuple[Iterable[str], str, _Placed]]) -> dict[str, dict[str, list[_Placed]]]:
    """What concerns each group, by zone."""
    sorted_out: dict[str, dict[str, list[_Placed]]] = {}
    for groups, zone, one in placed:
        for group in groups:
            sorted_out.setdefault(group, {}).setdefault(zone, []).append(one)
    return sorted_out
