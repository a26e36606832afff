"""The accessibility passport: per group, the state of every zone and of the whole facility.

Rests on the latest findings. A waiver or an extension never makes a barrier passable, so neither is asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar

from inspection.barriers import Measured
from inspection.criteria import Checklist, Severity
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


class ZoneState(NamedTuple):
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
    all_looked = _looked_at(checklist, asked)
    for group in checklist.groups:
        fails, looked = all_fails.get(group, {}), all_looked.get(group, {})
        tested_at = alternatives[group][1] if group in alternatives else None
        # In the order of the checklist; zones that it no longer knows come last.
        known = [zone for zone in checklist.zones if zone in fails or zone in looked]
        others = sorted((fails.keys() | looked.keys()) - checklist.zones.keys())
        zones[group] = {
            zone: _zone_state(fails.get(zone, []), looked.get(zone) or _Looked(), tested_at)
            for zone in known + others
        }
    return Passport({group: _site_state(checklist, states) for group, states in zones.items()}, zones)


@dataclass(slots=True)
class _Looked:
    """How many of the criteria of a zone were looked at, for one group. unchecked_gross: the ids of those not."""

    applicable: int = 0
    checked: int = 0
    unchecked_gross: tuple[str, ...] = ()


def _looked_at(checklist: Checklist, asked: Mapping[str, bool]) -> dict[str, dict[str, _Looked]]:
    """By group and zone. asked: the criteria that apply, each with whether it was looked at."""
    found: dict[str, dict[str, _Looked]] = {group: {} for group in checklist.groups}
    for criterion_id, checked in asked.items():
        criterion = checklist.criteria[criterion_id]
        for group in criterion.groups:
            looked = found.setdefault(group, {}).setdefault(criterion.zone, _Looked())
            looked.applicable += 1
            looked.checked += checked
            if not checked and criterion.severity is Severity.GROSS:
                looked.unchecked_gross += (criterion_id,)
    return found


def _zone_state(fails: Sequence[LatestFinding], looked: _Looked, tested_at: datetime | None) -> ZoneState:
    gross = [fail.observed_at for fail in fails if fail.finding.severity is Severity.GROSS]
    if gross:
        passable = tested_at is not None and tested_at >= max(gross)
        access = Access.CONDITIONAL if passable else Access.BLOCKED
    elif looked.unchecked_gross:
        access = Access.UNKNOWN
    elif any(fail.finding.severity is Severity.SIGNIFICANT for fail in fails):
        access = Access.PARTIAL
    elif 100 * looked.checked < ENOUGH_PERCENT * looked.applicable:
        access = Access.UNKNOWN
    else:
        access = Access.FULL
    worst_first = sorted(fails, key=lambda fail: (_WORST_FIRST.index(fail.finding.severity), fail.finding.spot))
    barriers = tuple([fail.finding.spot for fail in worst_first])
    return ZoneState(access, barriers, looked.checked, looked.applicable, looked.unchecked_gross)


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
