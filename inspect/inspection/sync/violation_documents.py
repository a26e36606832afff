"""The document of a violation: what tablets and the list of violations show of it.

What a requirement is called stands in its checklist, which never changes and which every tablet holds: here it
would be a third of every document, and of every page of fifty.
"""

from collections.abc import Mapping
from typing import Any

from inspection.criteria import GROUPS
from inspection.sync.rendered import Rendered, spelled

# In the order in which the document says them.
COLUMNS = (
    *("id", "rev", "home_region", "facility_id", "country", "region_code", "district_code"),
    *("criterion", "place", "zone", "severity", "groups", "checklist_key", "checklist_version"),
    *("value", "unit", "state", "opened_at", "provisional_due_on", "due_on", "extended_until"),
    *("prescription_id", "needs_decision", "last_action", "last_action_at"),
)
# Whose it is goes with it: an official's list shows these documents as they are (`violations.py`).
OF_FACILITY = ("kind", "name_kk", "name_ru", "address_kk", "address_ru")
OF_OPERATOR = ("name_kk", "name_ru", "tax_id", "ownership")
OF_AUDIT = ("appointment_number", "observed_on", "ground")
GROUPS_OF_BITS = tuple(
    [name for n, name in enumerate(GROUPS) if bits >> n & 1] for bits in range(1 << len(GROUPS))
)


def violation_document(
    row: Mapping[str, Any],
    *,
    prescription: str | None,
    facility: Mapping[str, Any],
    operator: Mapping[str, Any] | None,
    audit: Mapping[str, Any],
) -> Rendered:
    """row: COLUMNS, limit_text and last_audit_id. prescription: its number. facility: OF_FACILITY.

    operator: with its id. audit: OF_AUDIT of the last one, each None where it is not known.
    """
    document = {name: row[name] for name in COLUMNS}
    document["groups"] = GROUPS_OF_BITS[row["groups"]]
    document["limit"] = row["limit_text"]
    document["prescription_number"] = prescription
    document["facility"] = facility
    document["operator"] = operator
    document["last_audit"] = {
        "id": row["last_audit_id"],
        "number": audit["appointment_number"],
        "observed_on": audit["observed_on"],
        "ground": audit["ground"],
    }
    return Rendered(row["id"], row["region_code"], row["district_code"] or "", row["rev"], spelled(document))
