"""What is known of the use of facilities, from their use records: counts, registers, and statements of nobody."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Row, Select, and_, func, join, select
from sqlalchemy.orm import Session

from inspection.aliases import merged_into
from inspection.bulk import among
from inspection.criteria import GROUPS
from inspection.priority import exposure, group_shares
from inspection.tables.facilities import Facility, Standing
from inspection.tables.use_records import UseRecord, UseSource
from inspection.use_priors import UsePriors
from inspection.use_states import Statement, holding

MONTH = 365.25 / 12  # days
MOSTLY = 0.5  # share of a group's visits beyond which a place counts as blocked for it
MOST_OBSTRUCTED = 0.99  # a place that is closed to everybody would make any count worth nothing
NO_COUNTS = (UseSource.REGISTER, UseSource.COMPLAINT)
AT_ONCE = 5_000  # facilities in a query: SQLite takes no more than some thousand parameters
F, S, U = Facility.__table__.c, Standing.__table__.c, UseRecord.__table__.c


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the use of one facility.

    shares: of visits by group, in the order of criteria.GROUPS. visits, exposed: of its counts together, 0 if
    nobody counted. split: the visits of counts that say something of groups. clients: on its newest register.
    attested_until: last day on which it is attested that nobody comes.
    """

    shares: tuple[float, ...]
    visits: float = 0.0
    exposed: float = 0.0
    counted: bool = False
    split: int = 0
    clients: int | None = None
    attested_until: date | None = None

    @property
    def attested(self) -> bool:
        """Whether it is attested that nobody comes."""
        return self.attested_until is not None


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
    standing = among((U.home_region, U.facility_id), keys) & U.withdrawn_at.is_(None)
    records: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for record in session.execute(select(UseRecord.__table__).where(standing).order_by(U.id)):
        records[merged.get(record.facility_id, record.facility_id)].append(record)
    nothing = Evidence(own.group_shares)
    return {row.id: _known_use(row, records[row.id], today, own) if row.id in records else nothing for row in rows}


def told_apart(
    session: Session, keys: Sequence[tuple[str, UUID]], today: date, own: UsePriors
) -> Mapping[UUID, Sequence[float]]:
    """Shares of visits by group where a count at a facility told groups apart; at all others `own` holds.

    One query, and three for every 5,000 facilities that it finds.
    """
    same = and_(F.home_region == U.home_region, F.id == U.facility_id)
    known = select(func.coalesce(F.merged_into, F.id)).select_from(join(UseRecord, Facility, same))
    here = U.home_region.in_({region for region, _ in keys})
    split = set(session.scalars(known.where(here, U.groups.is_not(None), U.withdrawn_at.is_(None))))
    wanted = [key for key in keys if key[1] in split]
    found: dict[UUID, Sequence[float]] = {}
    for n in range(0, len(wanted), AT_ONCE):
        page = among((S.home_region, S.id), wanted[n : n + AT_ONCE])
        shown: Select[Any] = select(S.home_region, S.id, S.obstruction, S.audited_at)
        rows = session.execute(shown.where(page)).all()
        found |= {made: each.shares for made, each in evidence_of(session, rows, today, own).items()}
    return found


def _known_use(row: Row[Any], records: Sequence[Row[Any]], today: date, own: UsePriors) -> Evidence:
    counts = [record for record in records if not record.attested_zero and record.source not in NO_COUNTS]
    shares, split = _shares(row, counts, own)
    months = [(record.period_to - record.period_from).days / MONTH for record in counts]
    obstructed = [_obstructed_then(row, record, shares) for record in counts]
    exposed = exposure(months, [record.completeness for record in counts], obstructed) if counts else np.zeros(0)
    held = holding(_statements(row, records), _seen(records, counts), today)
    return Evidence(
        shares=shares,
        visits=float(sum(record.visits for record in counts)),
        exposed=float(exposed.sum()),
        counted=bool(counts),
        split=split,
        clients=_clients(records),
        attested_until=None if held is None else held.ends_on(),
    )


def _statements(row: Row[Any], records: Sequence[Row[Any]]) -> list[Statement]:
    blocked = (row.obstruction or {}).get("groups", {})
    return [
        Statement(
            signed_on=record.signed_on,
            # Who signs an audit is an official: their signature is the second one under a statement they bring.
            countersigned=record.audit_id is not None or record.countersigned_at is not None,
            valid_until=record.period_to,
            blocked=any(share > MOSTLY for share in blocked.values()),
            catchment_argument=bool(record.argument),
        )
        for record in records
        if record.attested_zero
    ]


def _seen(records: Sequence[Row[Any]], counts: Sequence[Row[Any]]) -> list[date]:
    """Days on which somebody came, as far as is known: a complaint proves a visit though it counts none."""
    complained = [record.period_from for record in records if record.source == UseSource.COMPLAINT]
    return [*complained, *(record.period_to for record in counts if record.visits)]


def _clients(records: Sequence[Row[Any]]) -> int | None:
    registers = [record for record in records if record.source == UseSource.REGISTER]
    newest = max(registers, key=lambda each: (each.period_to, each.recorded_at, each.id), default=None)
    return None if newest is None else newest.clients


def _shares(row: Row[Any], counts: Sequence[Row[Any]], own: UsePriors) -> tuple[tuple[float, ...], int]:
    """Share of visits by group, and the visits that it rests on.

    A group that a count does not name was not told apart in it, and what barriers kept away could not be counted:
    where nobody in a wheelchair gets in, seeing none is no evidence that few would come.
    """
    told_apart = [record for record in counts if record.groups]
    if not told_apart:
        return own.group_shares, 0
    counted, exposed = np.zeros(len(GROUPS)), np.zeros(len(GROUPS))
    for record in told_apart:
        named = [group in record.groups for group in GROUPS]
        passed = 1.0 - np.asarray(_obstructed_by_group(row, record))
        came = record.visits / (1.0 - _obstructed_then(row, record, own.group_shares))  # had nothing obstructed
        counted += [record.groups.get(group, 0) for group in GROUPS]
        exposed += np.where(named, came * passed, 0.0)
    shares = group_shares(own.group_shares, counted, exposed)
    return tuple(map(float, shares)), sum(record.visits for record in told_apart)


def _obstructed_then(row: Row[Any], record: Row[Any], shares: Sequence[float]) -> float:
    """Share of all visits that barriers obstructed while somebody counted."""
    by_group = _obstructed_by_group(row, record)
    obstructed = sum(part * stopped for part, stopped in zip(shares, by_group, strict=True))
    return float(min(obstructed, MOST_OBSTRUCTED))


def _obstructed_by_group(row: Row[Any], record: Row[Any]) -> list[float]:
    """Share of each group's visits that barriers obstructed while somebody counted: as measured, if not later.

    What nobody had looked at before the count ended says nothing of that time: then 0.
    """
    if row.obstruction is None or row.audited_at is None or row.audited_at.date() > record.period_to:
        return [0.0] * len(GROUPS)
    return [row.obstruction["groups"].get(group, 0.0) for group in GROUPS]
