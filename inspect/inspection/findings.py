"""Findings as they are stored in an audit's row, and back.

A row keeps what the inspector measured and the limit of that day; zone, severity and groups follow from the
checklist version, which never changes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from inspection.criteria import Checklist
from inspection.history import Finding, Outcome, Spot

FindingRow = dict[str, Any]
OUTCOMES = {outcome.value: outcome for outcome in Outcome}  # a look-up costs a fifth of calling the enumeration
WORDS = {outcome: outcome.value for outcome in Outcome}


def as_rows(findings: Iterable[Finding]) -> list[FindingRow]:
    """Findings as plain JSON, sorted by criterion and place; what is empty is left out."""
    rows = []
    for finding in sorted(findings, key=lambda f: f.spot):
        row: FindingRow = {"criterion": finding.spot.criterion, "place": finding.spot.place}
        row["outcome"] = WORDS[finding.outcome]
        if finding.value is not None:
            row["value"] = finding.value
        if finding.unit is not None:
            row["unit"] = finding.unit
        if finding.limit is not None:
            row["limit"] = finding.limit
        if finding.note is not None:
            row["note"] = finding.note
        if finding.relaxed:
            row["relaxed"] = True
        rows.append(row)
    return rows


def from_rows(rows: Iterable[FindingRow], checklist: Checklist) -> Mapping[Spot, Finding]:
    """The findings of an audit, judged by this version of the checklist."""
    found = {}
    for row in rows:
        criterion = checklist.criteria[row["criterion"]]
        spot = Spot(row["criterion"], row["place"])
        found[spot] = Finding(
            spot=spot,
            outcome=OUTCOMES[row["outcome"]],
            zone=criterion.zone,
            severity=criterion.severity,
            groups=criterion.groups,
            remediation_days=criterion.remediation_days,
            value=row.get("value"),
            unit=row.get("unit"),
            limit=row.get("limit"),
            relaxed=row.get("relaxed", False),
            note=row.get("note"),
        )
    return found
