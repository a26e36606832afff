"""A small checklist with every kind of zone, for the rules that read one."""

from inspection.criteria import (
    GROUPS,
    AnswerKind,
    Checklist,
    Condition,
    Criterion,
    FacilityKind,
    Rule,
    Severity,
    Source,
    Zone,
)

CRITICAL = ("approach", "entrance", "route", "service")
OTHERS = ("parking", "toilet", "information", "staff")
CLINIC, PHARMACY = "polyclinic", "pharmacy"
WHEELS = ("wheelchair", "mobility")


def a_criterion(
    id: str,  # noqa: A002
    zone: str = "entrance",
    severity: Severity = Severity.SIGNIFICANT,
    groups: tuple[str, ...] = ("wheelchair",),
    *,
    kinds: tuple[str, ...] = (CLINIC, PHARMACY),
    applies_if: Condition | None = None,
    block: dict[str, float] | None = None,
) -> Criterion:
    return Criterion(
        id=id,
        zone=zone,
        title={"en": id},
        guidance={},
        kind=AnswerKind.BOOLEAN,
        unit=None,
        rule=Rule(op="is", value=True),
        severity=severity,
        groups=groups,
        applies_to=kinds,
        remediation_days=30,
        source=Source("Invented norm", None, verified=False),
        basis="project",
        evidence="proposal",
        applies_if=applies_if,
        block=block,
    )


def a_checklist(*criteria: Criterion, version: str = "1") -> Checklist:
    """With the zones, groups, severities and shares of the draft catalogue, and these criteria."""
    return Checklist(
        key="pandus-criteria",
        version=version,
        criteria={c.id: c for c in criteria},
        zones={zone: Zone(zone, {"en": zone}, critical=zone in CRITICAL) for zone in (*CRITICAL, *OTHERS)},
        kinds={kind: FacilityKind(kind, {"en": kind}) for kind in (CLINIC, PHARMACY)},
        zone_use={
            "default": dict.fromkeys((*CRITICAL, *OTHERS), 1.0) | {"toilet": 0.25, "parking": 0.2},
            PHARMACY: {"toilet": 0.0},
        },
        severity_block={Severity.GROSS: 0.8, Severity.SIGNIFICANT: 0.25, Severity.MINOR: 0.03},
        groups={group: {"en": group} for group in GROUPS},
        severity_titles={severity: {"en": severity.value} for severity in Severity},
    )
