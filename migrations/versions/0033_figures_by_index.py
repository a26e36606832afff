"""Figures of overviews and reports are counted from indexes alone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STANDS = "state IN ('open', 'declared')"
EXECUTED = "ended_by = 'measured_pass' AND due_on IS NOT NULL"
RANKED = "obstructed IS NOT NULL"
MOST_OBSTRUCTED: Any = sa.text("obstructed DESC")
DUE = ("due_on", "provisional_due_on", "id", "severity", "criterion")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    for place, column, part in (
        ("country", "country", ["region_code"]),
        ("region", "region_code", ["district_code"]),
        ("district", "district_code", []),
    ):
        op.drop_index(f"ix_audits_{column}_observed_on_id", "audits")
        seen = [column, "observed_on", "id", *part, "ground", "corrects_id"]
        op.create_index(f"ix_audits_seen_{place}", "audits", seen)
        op.drop_index(f"ix_standings_ranked_{place}", "standings")
        ranked = [column, MOST_OBSTRUCTED, "id", "placeholder", *part]
        op.create_index(f"ix_standings_ranked_{place}", "standings", ranked, **_where(RANKED))
        if part:
            op.drop_index(f"ix_violations_due_{place}", "violations")
            op.create_index(f"ix_violations_due_{place}", "violations", [column, *DUE, *part], **_where(STANDS))
        executed = [column, "ended_at", "due_on", *part]
        op.create_index(f"ix_violations_executed_{place}", "violations", executed, **_where(EXECUTED))


def downgrade() -> None:
    for place, column in (("country", "country"), ("region", "region_code"), ("district", "district_code")):
        op.drop_index(f"ix_violations_executed_{place}", "violations")
        if place != "district":
            op.drop_index(f"ix_violations_due_{place}", "violations")
            op.create_index(f"ix_violations_due_{place}", "violations", [column, *DUE], **_where(STANDS))
        op.drop_index(f"ix_standings_ranked_{place}", "standings")
        ranked = [column, MOST_OBSTRUCTED, "id"]
        op.create_index(f"ix_standings_ranked_{place}", "standings", ranked, **_where(RANKED))
        op.drop_index(f"ix_audits_seen_{place}", "audits")
        op.create_index(f"ix_audits_{column}_observed_on_id", "audits", [column, "observed_on", "id"])
