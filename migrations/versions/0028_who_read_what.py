"""who read what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

KINDS = (
    "'report', 'report_rows', 'table', 'letters', 'prescriptions', 'exclusion_letter', "
    "'operators', 'replies', 'reply_file', 'answer_links', 'people', 'tablets', 'digests', "
    "'intake', 'journal', 'disclosures', 'personal_data', 'backup'"
)


def upgrade() -> None:
    op.create_table(
        "disclosure_heads",
        sa.Column("region", sa.String(length=16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("noted", sa.BigInteger(), nullable=False, comment="the number that the journal noted last"),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_disclosure_heads")),
    )
    op.create_table(
        "disclosures",
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="or a country"),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True, comment="null: by a command, on the server itself"),
        sa.Column("device_id", sa.Uuid(), nullable=True, comment="the tablet by which it was asked"),
        sa.Column(
            "grants_used",
            sa.String(),
            nullable=True,
            comment="the grants that let them, `role:area`, narrowest first",
        ),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("object_id", sa.String(length=120), nullable=True, comment="null: a list"),
        sa.Column(
            "asked",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
            comment="filters as asked; null: its value is not kept",
        ),
        sa.Column("shown", sa.Integer(), nullable=True, comment="rows; null: not counted, or one object"),
        sa.Column("reason", sa.String(), nullable=True, comment="of a command"),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint(
            f"kind IN ({KINDS})",
            name=op.f("ck_disclosures_kind_known"),
        ),
        sa.PrimaryKeyConstraint("home_region", "number", name=op.f("pk_disclosures")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("device_id", sa.Uuid(), nullable=True, comment="the tablet by which it was done")
        )
        batch_op.add_column(
            sa.Column(
                "grants_used",
                sa.String(),
                nullable=True,
                comment="the grants that let them, `role:area`, narrowest first",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_column("grants_used")
        batch_op.drop_column("device_id")

    op.drop_table("disclosures")
    op.drop_table("disclosure_heads")
