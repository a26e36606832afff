"""notices and letters."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("recipient", sa.String(length=48), nullable=False),
        sa.Column(
            "address",
            sa.String(),
            nullable=False,
            comment="of mail, when the letter was last tried; empty: there is none",
        ),
        sa.Column("local_date", sa.Date(), nullable=False, comment="of the area, when it was queued"),
        sa.Column(
            "part", sa.Integer(), nullable=False, comment="1, or more when one was on its way already that day"
        ),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "next_try_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="while somebody sends it: when that counts as failed",
        ),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True, comment="the mail server's last word"),
        sa.Column("delivered_on", sa.Date(), nullable=True, comment="on paper"),
        sa.Column("delivered_by", sa.Uuid(), nullable=True, comment="who says so"),
        sa.Column("delivery", sa.String(length=500), nullable=True, comment="how, in their words"),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.CheckConstraint(
            "state IN ('queued', 'sent', 'cancelled', 'failed', 'by_hand', 'delivered')",
            name=op.f("ck_letters_state_known"),
        ),
        sa.CheckConstraint("part > 0", name=op.f("ck_letters_part_counts_from_one")),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_letters")),
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(
            "ix_letters_queued",
            ["next_try_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(
            batch_op.f("ix_letters_region_code_state_queued_at_id"),
            ["region_code", "state", "queued_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_letters_key", ["home_region", "facility_id", "recipient", "local_date", "part"], unique=True
        )

    op.create_table(
        "notices",
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True, comment="as told; null: nothing is due any more"),
        sa.Column("document_id", sa.Uuid(), nullable=True, comment="the act it tells; null: a date brought it"),
        sa.Column(
            "recipient",
            sa.String(length=48),
            nullable=False,
            comment="operator:<id>, person:<id>, or nobody:<kind>",
        ),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.CheckConstraint(
            "state IN ('waiting', 'in_letter', 'superseded', 'withdrawn')", name=op.f("ck_notices_state_known")
        ),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_notices")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notices_home_region_facility_id"), ["home_region", "facility_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_notices_home_region_letter_id"), ["home_region", "letter_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_notices_home_region_violation_id_stage"),
            ["home_region", "violation_id", "stage"],
            unique=False,
        )
        batch_op.create_index(
            "ix_notices_waiting",
            ["region_code", "recipient", "facility_id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "has_news",
                sa.Boolean(),
                server_default=sa.false(),
                nullable=False,
                comment="an extension or a release is still to be told",
            )
        )
        batch_op.create_index(
            "ix_standings_news",
            ["region_code", "id"],
            unique=False,
            sqlite_where=sa.text("has_news"),
            postgresql_where=sa.text("has_news"),
        )
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.alter_column("has_news", server_default=None)
    # Whoever was told anything is looked at once; where there is no news, settling says so.
    op.execute("UPDATE standings SET has_news = true WHERE id IN (SELECT facility_id FROM told)")


def downgrade() -> None:
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_standings_news", sqlite_where=sa.text("has_news"), postgresql_where=sa.text("has_news")
        )
        batch_op.drop_column("has_news")

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notices_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_notices_home_region_violation_id_stage"))
        batch_op.drop_index(batch_op.f("ix_notices_home_region_letter_id"))
        batch_op.drop_index(batch_op.f("ix_notices_home_region_facility_id"))

    op.drop_table("notices")
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_index("uq_letters_key")
        batch_op.drop_index(batch_op.f("ix_letters_region_code_state_queued_at_id"))
        batch_op.drop_index(
            "ix_letters_queued",
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )

    op.drop_table("letters")
