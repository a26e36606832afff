"""restorations."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATES = {
    "letters": ("queued", "sent", "cancelled", "failed", "by_hand", "delivered"),
    "digests": ("queued", "sent", "cancelled", "failed"),
}
GIVEN_UP = {"letters": "failed", "digests": "cancelled"}  # what nobody may send twice by going back


def upgrade() -> None:
    op.create_table(
        "restorations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, comment="when the backup was taken"),
        sa.Column(
            "restored_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when it was put back; until then somebody may have told",
        ),
        sa.Column(
            "manifest",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="SHA-256 of what the backup says of itself",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restorations")),
    )
    for table, states in STATES.items():
        _know(table, (states[0], "held", *states[1:]))


def downgrade() -> None:
    for table, states in STATES.items():
        op.execute(f"UPDATE {table} SET state = '{GIVEN_UP[table]}' WHERE state = 'held'")  # noqa: S608 - names of our own
        _know(table, states)

    op.drop_table("restorations")


def _know(table: str, states: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{state}'" for state in states)
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{table}_state_known"), type_="check")
        batch_op.create_check_constraint(op.f(f"ck_{table}_state_known"), f"state IN ({listed})")
