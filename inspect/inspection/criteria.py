"""A published checklist as plain values: criteria, rules, zones, severities.

Everything that judges (rules, passport, obstruction) works on these; where they come from (the catalogue
file, the checklists table) is another module's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

GROUPS = ("wheelchair", "mobility", "vision", "hearing", "cognitive")

Text = Mapping[str, str]  # language code (kk, ru, en) to words
Scalar = bool | float | int | str


class Severity(StrEnum):
    """How much a failed criterion weighs; the order is from worst to least."""

    GROSS = "gross"
    SIGNIFICANT = "significant"
    MINOR = "minor"


class AnswerKind(StrEnum):
    """What an inspector records for a criterion."""

    NUMBER = "number"
    COUNT = "count"
    BOOLEAN = "boolean"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Rule:
    """The limit a recorded value is judged against, in the unit of its criterion.

    op: `is` (value), `min` (value), `max` (value), `between` (low..high, both ends pass), `min_per`
    (value for every started `per` of the companion measurement named by `of`; `steps`: (up to, how many instead),
    rising, for small ones), `one_of` (options, passing).
    relaxed: another limit for the same op, allowed only with the inspector's written reason; relaxed_when says
    in which case.
    """

    op: Literal["is", "min", "max", "between", "min_per", "one_of"]
    value: Scalar | None = None
    low: float | None = None
    high: float | None = None
    per: float | None = None
    of: str | None = None
    steps: tuple[tuple[float, float], ...] = ()
    options: tuple[str, ...] = ()
    passing: tuple[str, ...] = ()
    relaxed: float | None = None
    relaxed_when: Text | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A criterion applies only where the parent criterion's answer is one of `among` or at least `at_least`."""

    criterion: str
    among: tuple[Scalar, ...] = ()
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a limit comes from. A clause that is not verified is never printed as law."""

    norm: str
    clause: str | None
    verified: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One requirement of a checklist version."""

    id: str
    zone: str
    title: Text
    guidance: Text
    kind: AnswerKind
    unit: str | None
    rule: Rule
    severity: Severity
    groups: tuple[str, ...]
    applies_to: tuple[str, ...]  # kinds of facility
    remediation_days: int
    source: Source
    basis: str
    evidence: str
    applies_if: Condition | None = None
    also: tuple[Source, ...] = ()
    block: Mapping[str, float] | None = None  # share of visits obstructed, by group; else by severity


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a facility; a critical zone can block the whole site (`passport.py`)."""

    id: str
    title: Text
    critical: bool


@dataclass(frozen=True, slots=True)
class FacilityKind:
    """A kind of facility, as data: polyclinic, pharmacy, rehabilitation centre, ..."""

    id: str
    title: Text


@dataclass(frozen=True, slots=True)
class Checklist:
    """One published, immutable version of the catalogue.

    key: name of the catalogue, for example `pandus-criteria`; version: its version, for example `0.1.0`.
    zone_use: kind of facility (or `default`) to zone to share of visits that need the zone at all, 0..1.
    severity_block: default share of visits of an affected group that one fail obstructs, 0..1.
    companions: second measurements that `min_per` rules count by, to their titles.
    """

    key: str
    version: str
    criteria: Mapping[str, Criterion]
    zones: Mapping[str, Zone]
    kinds: Mapping[str, FacilityKind]
    zone_use: Mapping[str, Mapping[str, float]]
    severity_block: Mapping[Severity, float]
    groups: Mapping[str, Text]
    severity_titles: Mapping[Severity, Text]
    companions: Mapping[str, Text] = field(default_factory=dict)
