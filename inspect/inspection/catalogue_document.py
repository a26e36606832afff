"""A checklist as a plain document, and back.

The document has the very form of a catalogue file (`data/checklist.yaml`), with `applies_to: all` spelled out:
what is published, stored, hashed and sent to tablets is what a person wrote. Lists where order matters, so that
a store that sorts keys loses nothing.
"""

from collections.abc import Mapping
from typing import Any

from inspection.catalogue_form import ALL, SCHEMA
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

Document = dict[str, Any]


def as_document(checklist: Checklist) -> Document:
    """The whole checklist as JSON can hold it; equal checklists give equal documents."""
    return {
        "schema": SCHEMA,
        "key": checklist.key,
        "version": checklist.version,
        "groups": {group: dict(checklist.groups[group]) for group in GROUPS},
        "facility_kinds": [{"id": kind.id, "title": dict(kind.title)} for kind in checklist.kinds.values()],
        "zones": [
            {"id": zone.id, "title": dict(zone.title), "critical": zone.critical}
            for zone in checklist.zones.values()
        ],
        "severities": {
            str(severity): {
                "title": dict(checklist.severity_titles[severity]),
                "block": checklist.severity_block[severity],
            }
            for severity in Severity
        },
        "zone_use": {kind: dict(shares) for kind, shares in checklist.zone_use.items()},
        "companions": {name: dict(title) for name, title in checklist.companions.items()},
        "criteria": [_criterion_document(criterion) for criterion in checklist.criteria.values()],
    }


def _criterion_document(criterion: Criterion) -> Document:
    document: Document = {
        "id": criterion.id,
        "zone": criterion.zone,
        "title": dict(criterion.title),
        "kind": str(criterion.kind),
        "unit": criterion.unit,
        "rule": _rule_document(criterion.rule),
        "severity": str(criterion.severity),
        "groups": list(criterion.groups),
        "applies_to": list(criterion.applies_to),
        "remediation_days": criterion.remediation_days,
        "guidance": dict(criterion.guidance),
        "source": _source_document(criterion.source),
        "basis": criterion.basis,
        "evidence": criterion.evidence,
    }
    if criterion.applies_if is not None:
        document["applies_if"] = _condition_document(criterion.applies_if)
    if criterion.also:
        document["also"] = [_source_document(source) for source in criterion.also]
    if criterion.block is not None:
        document["block"] = dict(criterion.block)
    return document


def _rule_document(rule: Rule) -> Document:
    document: Document = {"op": rule.op}
    match rule.op:
        case "between":
            document |= {"min": rule.low, "max": rule.high}
        case "min_per":
            document |= {"value": rule.value, "per": rule.per, "of": rule.of}
            if rule.steps:
                document["steps"] = [{"upto": upto, "value": value} for upto, value in rule.steps]
        case "one_of":
            document |= {"options": list(rule.options), "pass": list(rule.passing)}
        case _:
            document["value"] = rule.value
    if rule.relaxed is not None:
        document["relaxed"] = {"value": rule.relaxed, "when": dict(rule.relaxed_when or {})}
    return document


def _condition_document(condition: Condition) -> Document:
    if condition.at_least is not None:
        return {"criterion": condition.criterion, "min": condition.at_least}
    return {"criterion": condition.criterion, "in": list(condition.among)}


def _source_document(source: Source) -> Document:
    document: Document = {"norm": source.norm, "clause": source.clause, "verified": source.verified}
    return document if source.note is None else document | {"note": source.note}


def from_document(document: Mapping[str, Any]) -> Checklist:
    """The checklist of a document that `as_document` wrote, trusted; `read_checklist` reads what others wrote."""
    kinds = {kind["id"]: FacilityKind(kind["id"], kind["title"]) for kind in document["facility_kinds"]}
    severities = {severity: document["severities"][severity] for severity in Severity}
    return Checklist(
        key=document["key"],
        version=document["version"],
        criteria={entry["id"]: criterion_from(entry, tuple(kinds)) for entry in document["criteria"]},
        zones={zone["id"]: Zone(zone["id"], zone["title"], zone["critical"]) for zone in document["zones"]},
        kinds=kinds,
        zone_use=document["zone_use"],
        severity_block={severity: about["block"] for severity, about in severities.items()},
        groups=document["groups"],
        severity_titles={severity: about["title"] for severity, about in severities.items()},
        companions=document["companions"],
    )


def criterion_from(entry: Mapping[str, Any], kinds: tuple[str, ...]) -> Criterion:
    """One criterion of a document; kinds: what `applies_to: all` stands for."""
    condition = entry.get("applies_if")
    return Criterion(
        id=entry["id"],
        zone=entry["zone"],
        title=entry["title"],
        guidance=entry["guidance"],
        kind=AnswerKind(entry["kind"]),
        unit=entry["unit"],
        rule=rule_from(entry["rule"]),
        severity=Severity(entry["severity"]),
        groups=tuple(entry["groups"]),
        applies_to=kinds if entry["applies_to"] == ALL else tuple(entry["applies_to"]),
        remediation_days=entry["remediation_days"],
        source=Source(**entry["source"]),
        basis=entry["basis"],
        evidence=entry["evidence"],
        applies_if=condition
        and Condition(condition["criterion"], tuple(condition.get("in", ())), condition.get("min")),
        also=tuple(Source(**source) for source in entry.get("also", ())),
        block=entry.get("block"),
    )


def rule_from(entry: Mapping[str, Any]) -> Rule:
    """The rule of a criterion's document."""
    relaxed = entry.get("relaxed") or {}
    return Rule(
        op=entry["op"],
        value=entry.get("value"),
        low=entry.get("min"),
        high=entry.get("max"),
        per=entry.get("per"),
        of=entry.get("of"),
        steps=tuple((step["upto"], step["value"]) for step in entry.get("steps", ())),
        options=tuple(entry.get("options", ())),
        passing=tuple(entry.get("pass", ())),
        relaxed=relaxed.get("value"),
        relaxed_when=relaxed.get("when"),
    )
