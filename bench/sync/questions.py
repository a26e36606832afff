"""The bench's twelve checklists of sixty questions, as catalogues."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.sync.documents import CHECKLIST_VERSION, checklist_key
from inspection.catalogue_document import from_document
from inspection.catalogue_form import SCHEMA
from inspection.criteria import GROUPS, Checklist, Severity

SEVERITIES = {"critical": Severity.GROSS, "major": Severity.SIGNIFICANT, "minor": Severity.MINOR}
BLOCKED = {Severity.GROSS: 0.8, Severity.SIGNIFICANT: 0.25, Severity.MINOR: 0.03}
ZONES = ("approach", "entrance", "route", "service", "toilet", "staff")


def checklist_of(checklist: Mapping[str, Any], kinds: Sequence[str]) -> Checklist:
    """A checklist of the bench, for these kinds of facility."""
    number = checklist["number"]
    return from_document(
        {
            "schema": SCHEMA,
            "key": checklist_key(number),
            "version": CHECKLIST_VERSION,
            "groups": {group: _said(group) for group in GROUPS},
            "facility_kinds": [{"id": kind, "title": _said(kind)} for kind in kinds],
            "zones": [{"id": zone, "title": _said(zone), "critical": zone == "entrance"} for zone in ZONES],
            "severities": {each: {"title": _said(each), "block": BLOCKED[each]} for each in Severity},
            "zone_use": {"default": dict.fromkeys(ZONES, 1)},
            "companions": {},
            "criteria": [_criterion(n, each) for n, each in enumerate(checklist["questions"])],
        }
    )


def _criterion(position: int, question: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "id": question["code"],
        "zone": ZONES[position // 10],
        "title": _said(question["text"]),
        "guidance": _said("as it is asked"),
        "kind": "choice",
        "unit": None,
        "rule": {"op": "one_of", "options": ["yes", "no"], "pass": ["yes"]},
        "severity": SEVERITIES[question["severity"]],
        "groups": [GROUPS[position % len(GROUPS)], "mobility" if position % len(GROUPS) != 1 else "wheelchair"],
        "applies_to": "all",
        "remediation_days": 30,
        "source": {"norm": "made up for the bench", "clause": None, "verified": False},
        "basis": "project",
        "evidence": "proposal",
    }


def _said(words: str) -> Mapping[str, str]:
    return dict.fromkeys(("kk", "ru", "en"), words)
