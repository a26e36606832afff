"""What is known of the use of facilities, from their use records: counts, and statements that nobody comes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from inspection.aliases import merged_into
from inspection.bulk import among
from inspection.criteria import GROUPS
from inspection.priority import exposure
from inspection.tables.use_records import UseRecord
from inspection.use_priors import UsePriors
from inspection.use_states import Statement, holding

MONTH = 365.25 / 12  # days
MOSTLY = 0.5  # share of a group's visits beyond which a place counts as blocked for it
MOST_OBSTRUCTED = 0.99  # a place that is closed to everybody would make any count worth nothing
U = UseRecord.__table__.c


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the use of one facility. visits, exposed: of its counts together, 0 if nobody counted."""

    visits: float = 0.0
    exposed: float = 0.0
    counted: bool = False
    attested: bool = False


def evidence_of(
    session: Session, rows: Sequence[Row[Any]], today: date, own: UsePriors
) -> Mapping[UUID, Evidence]:
    """What is known of use, in two queries. rows: of facilities, with home_region, id, obstruction, audited_at.

    What was counted at a facility that was merged into another is known of that one.
    """
    keys = {(row.home_region, row.id) for row in rows}
    merged = merged_into(session, keys)
    region_of = {made: region for region, made in keys}
    keys |= {(region_of[survivor], each) for each, survivor in merged.items()}
    found = session.execute(
        select(UseRecord.__table__).where(among((U.home_region, U.facility_id), keys)).order_by(U.id)
    )
    records: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for record in found:
        records[merged.get(record.facility_id, record.facility_id)].append(record)
    return {row.id: _known_use(row, records.get(row.id, ()), today, own) for row in rows}


def _known_use(row: Row[Any], records: Sequence[Row[Any]], today: date, own: UsePriors) -> Evidence:
    counts = [record for record in records if not record.attested_zero]
    blocked = (row.obstruction or {}).get("groups", {})
    statements = [
        Statement(
            signed_on=record.recorded_at.date(),
            # Who signs an audit is an official: their signature is the second one under a statement they bring.
            countersigned=record.audit_id is not None,
            valid_until=record.period_to,
            blocked=any(share > MOSTLY for share in blocked.values()),
        )
        for record in records
        if record.attested_zero
    ]
    seen = [record.period_to for record in counts if record.visits]
    months = [(record.period_to - record.period_from).days / MONTH for record in counts]
    obstructed = [_obstructed_then(row, record, own) for record in counts]
    exposed = exposure(months, [record.completeness for record in counts], obstructed) if counts else np.zeros(0)
    return Evidence(
        visits=float(sum(record.visits for record in counts)),
        exposed=float(exposed.sum()),
        counted=bool(counts),
        attested=holding(statements, seen, today) is not None,
    )


def _obstructed_then(row: Row[Any], record: Row[Any], own: UsePriors) -> float:
    """Share of all visits that barriers obstructed while somebody counted: as measured since, if not later.

    What nobody had looked at before the count ended says nothing of that time: then 0.
    """
    if row.obstruction is None or row.audited_at is None or row.audited_at.date() > record.period_to:
        return 0.0
    groups = row.obstruction["groups"]
    share = sum(part * groups.get(group, 0.0) for group, part in zip(GROUPS, own.group_shares, strict=True))
    return float(min(share, MOST_OBSTRUCTED))
