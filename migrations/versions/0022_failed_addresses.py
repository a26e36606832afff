"""failed_addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("operators", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "notice_email_failed_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="when a mail server said that it does not exist; null again once it is written anew",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("operators", schema=None) as batch_op:
        batch_op.drop_column("notice_email_failed_at")
