"""Whether a notice is still true when its letter is about to go out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from inspection.bulk import among
from inspection.notices.stages import stages
from inspection.tables.notices import Notice
from inspection.tables.violations import STANDING, Violation, ViolationState
from inspection.telling import Say
from inspection.unit import Unit

OVER = frozenset({ViolationState.RELEASED, ViolationState.WAIVED})


@dataclass(frozen=True, slots=True)
class Truth:
    """A violation as it is now. due_on: what people were told, extensions included."""

    state: ViolationState
    due_on: date | None


def truths(unit: Unit, notices: Collection[Notice]) -> Mapping[UUID, Truth]:
    """The violations of these notices. One query."""
    keys = {(notice.home_region, notice.violation_id) for notice in notices}
    found = unit.session.execute(
        select(Violation.id, Violation.state, Violation.due_on).where(
            among((Violation.home_region, Violation.id), keys)
        )
    )
    return {row.id: Truth(ViolationState(row.state), row.due_on) for row in found}


def is_true(stage: str, due_on: date | None, now: Truth | None) -> bool:
    """Whether a notice of this stage and told date may still go out.

    A stage that this version no longer knows says nothing that anybody could vouch for.
    """
    known = stages().by_name.get(stage)
    if known is None or now is None:
        return False
    if known.act is Say.RELEASED:
        return now.state in OVER
    if known.act is Say.CORRECTED:
        return due_on is None or (now.state in STANDING and now.due_on == due_on)
    return now.state in STANDING and now.due_on == due_on
