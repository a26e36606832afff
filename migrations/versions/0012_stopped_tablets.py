"""stopped tablets."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("devices") as table:
        table.add_column(
            sa.Column(
                "stopped_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="lost: it is told to stop, and given nothing",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("devices") as table:
        table.drop_column("stopped_at")
