"""digests."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digests",
        sa.Column("week", sa.Date(), nullable=False, comment="its Monday"),
        sa.Column("recipient", sa.String(length=48), nullable=False),
        sa.Column(
            "address",
            sa.String(),
            nullable=False,
            comment="of mail, when the letter was last tried; empty: there is none",
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
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.CheckConstraint(
            "state IN ('queued', 'sent', 'cancelled', 'failed')", name=op.f("ck_digests_state_known")
        ),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_digests")),
    )
    with op.batch_alter_table("digests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_digests_queued",
            ["next_try_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(batch_op.f("ix_digests_queued_at_id"), ["queued_at", "id"], unique=False)
        batch_op.create_index("uq_digests_key", ["recipient", "week"], unique=True)

    op.create_table(
        "digest_areas",
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="of the digest"),
        sa.Column("digest_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.String(length=16), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=True, comment="null: the whole country"),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the whole region"),
        sa.ForeignKeyConstraint(
            ["home_region", "digest_id"],
            ["digests.home_region", "digests.id"],
            name=op.f("fk_digest_areas_home_region_digest_id_digests"),
        ),
        sa.PrimaryKeyConstraint("home_region", "digest_id", "area_code", name=op.f("pk_digest_areas")),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "digest",
                sa.String(length=6),
                server_default="weekly",
                nullable=False,
                comment="of officials, by mail",
            )
        )
        batch_op.create_check_constraint(batch_op.f("ck_people_digest_known"), "digest IN ('weekly', 'never')")


def downgrade() -> None:
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_people_digest_known"), type_="check")
        batch_op.drop_column("digest")

    op.drop_table("digest_areas")
    op.drop_table("digests")
