"""What the demo region came to, in the figures of a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from inspection.countries import local_date
from inspection.demo.people import REGION
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Facility
from inspection.tables.fines import Fine
from inspection.tables.followups import FollowUp
from inspection.tables.intake import IntakeRow
from inspection.tables.operators import Operator
from inspection.tables.prescriptions import Prescription
from inspection.tables.use_records import UseRecord
from inspection.tables.violation_acts import ViolationAct
from inspection.tables.violations import STANDING, Violation
from inspection.unit import Unit

Figures = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are of what.

    found: violations found by all audits together, those found again counted again. overdue: violations that
    stand although the date told has passed.
    """

    facilities: int
    operators: int
    audits: Figures  # by ground
    found: int
    intake: Figures  # received documents by state
    violations: Figures  # by state
    overdue: int
    prescriptions: int
    decisions: Figures  # by kind
    followups: Figures  # by state
    use_records: int
    acts: Figures  # of officials about violations, by kind
    fines: int

    @property
    def found_per_audit(self) -> float:
        """Violations found per audit; published figures of Kazakhstan say 4.1 to 4.3."""
        return self.found / max(sum(self.audits.values()), 1)


def count_region(unit: Unit) -> Counts:
    """The demo region as it stands now."""
    standing = Violation.state.in_([state.value for state in STANDING])
    today = local_date(unit.now, "KZ")
    found = select(func.coalesce(func.sum(Audit.failed), 0)).where(Audit.home_region == REGION)
    return Counts(
        facilities=_number(unit, Facility),
        operators=_number(unit, Operator),
        audits=_by(unit, Audit.ground),
        found=unit.session.scalar(found) or 0,
        intake=_by(unit, IntakeRow.state),
        violations=_by(unit, Violation.state),
        overdue=_number(unit, Violation, standing, Violation.due_on < today),
        prescriptions=_number(unit, Prescription),
        decisions=_by(unit, DecisionRow.kind),
        followups=_by(unit, FollowUp.state),
        use_records=_number(unit, UseRecord),
        acts=_by(unit, ViolationAct.kind),
        fines=_number(unit, Fine),
    )


def _number(unit: Unit, model: Any, *where: Any) -> int:
    statement = select(func.count()).select_from(model).where(model.home_region == REGION, *where)
    return unit.session.scalar(statement) or 0


def _by(unit: Unit, column: Any) -> Figures:
    statement = select(column, func.count()).where(column.class_.home_region == REGION).group_by(column)
    return dict(unit.session.execute(statement.order_by(column)).all())
