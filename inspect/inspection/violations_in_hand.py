"""The documents of violations that were just written, from what is at hand instead of from the tables."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from inspection.dossiers import Dossier
from inspection.sync.touched import touched
from inspection.sync.violation_documents import OF_FACILITY, violation_document

LARGEST = 1e15  # of a float that JSONB gives back as it was given


def render_in_hand(session: Session, written: Collection[tuple[Dossier, Mapping[str, Any]]]) -> None:
    """Render violations from the rows that were just written, where everything that they show is at hand.

    Reading them back with what they show costs more than writing them. The others are read back as ever, and tests
    hold what comes of either against the other.
    """
    ready = touched(session).ready.setdefault("violations", {})
    about: dict[UUID, tuple[dict[str, Any], Mapping[str, Any] | None]] = {}
    for dossier, row in written:
        audit = dossier.papers.get(row["last_audit_id"])
        if audit is None or row["prescription_id"] is not None or not _comes_back(row["value"]):
            continue
        facility = dossier.facility
        if row["facility_id"] not in about:
            shown = {name: getattr(facility, name) for name in OF_FACILITY}
            about[row["facility_id"]] = shown, dossier.operator
        shown, operator = about[row["facility_id"]]
        held = dossier.violations.get(row["id"])
        ready[row["home_region"], row["id"]] = violation_document(
            {**row, "rev": held.rev + 1 if held else 1},
            prescription=None,
            facility=shown,
            operator=operator,
            audit=audit,
        )


def _comes_back(value: Any) -> bool:
    """Whether every database gives a measured value back to the letter.

    JSONB rewrites huge floats and -0.0, and SQLite makes 2 of 2.0.
    """
    return not isinstance(value, float) or (0 < value < LARGEST and not value.is_integer())
