"""intake decisions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("intake", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("decided_by", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column("decision", sa.String(length=7), nullable=True, comment="null: nobody decided about it")
        )
        batch_op.add_column(
            sa.Column(
                "decision_fields",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                nullable=True,
                comment="of `take`: the fields that were taken",
            )
        )
        batch_op.add_column(sa.Column("decision_reason", sa.String(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_intake_decision_known"), "decision IN ('replay', 'take', 'keep', 'dismiss')"
        )


def downgrade() -> None:
    with op.batch_alter_table("intake", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_intake_decision_known"), type_="check")
        batch_op.drop_column("decision_reason")
        batch_op.drop_column("decision_fields")
        batch_op.drop_column("decision")
        batch_op.drop_column("decided_by")
        batch_op.drop_column("decided_at")
