"""followup_acts."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("followups") as table:
        table.add_column(sa.Column("postponed_until", sa.Date(), nullable=True, comment="not due before that day"))
        table.add_column(sa.Column("postponed_why", sa.String(), nullable=True))
        table.add_column(
            sa.Column("cancelled_why", sa.String(), nullable=True, comment="of who said that nobody has to go")
        )


def downgrade() -> None:
    with op.batch_alter_table("followups") as table:
        table.drop_column("cancelled_why")
        table.drop_column("postponed_why")
        table.drop_column("postponed_until")
