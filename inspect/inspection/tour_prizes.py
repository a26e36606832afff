"""What a visit to a facility collects: the visits a month that its barriers obstruct.

Taken from the ranks of its standing violations. What repairing several of them would gain does not add up, so the
greatest alone is taken: at least so much is obstructed there. Not ranked is unknown, never nothing.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, narrow
from inspection.bulk import among
from inspection.tables.violations import STANDING, Violation

Key = tuple[str, UUID]  # home region, id
V = Violation.__table__.c
STANDS = V.state.in_([state.value for state in STANDING])


def prizes(session: Session, facilities: Collection[Key]) -> Mapping[Key, float | None]:
    """Obstructed visits a month of each of these facilities; None where nobody knows."""
    found = session.connection().execute(
        select(V.home_region, V.facility_id, func.max(V.obstructed))
        .where(STANDS, among((V.home_region, V.facility_id), sorted(facilities)))
        .group_by(V.home_region, V.facility_id)
    )
    known = {(row[0], row[1]): row[2] for row in found}
    return {key: known.get(key) for key in facilities}


def most_obstructed(session: Session, caller: Caller, most: int) -> list[Key]:
    """The facilities where most is obstructed, as far as the caller may audit there; the most first."""
    worst = func.max(Violation.obstructed)
    statement = (
        narrow(select(Violation.home_region, Violation.facility_id), Violation, caller, Act.SUBMIT_AUDIT)
        .where(Violation.state.in_([state.value for state in STANDING]), Violation.obstructed.is_not(None))
        .group_by(Violation.home_region, Violation.facility_id)
        .order_by(worst.desc(), Violation.facility_id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in session.connection().execute(statement)]
