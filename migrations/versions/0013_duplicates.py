"""duplicates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate_pairs",
        sa.Column("first_id", sa.Uuid(), nullable=False, comment="of the two the lower by home region and id"),
        sa.Column("second_region", sa.String(length=16), nullable=False, comment="home region of the second"),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False, comment="0 to 1"),
        sa.Column(
            "reasons",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
            comment="[code, number] of each fact behind the score",
        ),
        sa.Column(
            "compared",
            sa.String(length=64),
            nullable=False,
            comment="hash of the names, addresses and positions of both",
        ),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True, comment="of who decided"),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_duplicate_pairs_decided_or_open")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'merged', 'different')", name=op.f("ck_duplicate_pairs_state_known")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_duplicate_pairs_score_is_a_share")),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_duplicate_pairs")),
    )
    with op.batch_alter_table("duplicate_pairs", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_duplicate_pairs_home_region_first_id"), ["home_region", "first_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_duplicate_pairs_second_region_second_id"), ["second_region", "second_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_duplicate_pairs_state_score_id"), ["state", "score", "id"], unique=False
        )

    op.create_table(
        "facility_merges",
        sa.Column("facility_id", sa.Uuid(), nullable=False, comment="the one that is stood for"),
        sa.Column(
            "survivor_id", sa.Uuid(), nullable=False, comment="the one that stands for it; of the same home region"
        ),
        sa.Column(
            "was_active",
            sa.Boolean(),
            nullable=False,
            comment="whether the merged one was in use, for when they part",
        ),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_facility_merges_ended_by_somebody")
        ),
        sa.CheckConstraint("facility_id <> survivor_id", name=op.f("ck_facility_merges_two_facilities")),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_facility_merges")),
    )
    with op.batch_alter_table("facility_merges", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_facility_merges_home_region_facility_id"), ["home_region", "facility_id"], unique=False
        )
        batch_op.create_index(
            "uq_facility_merges_open",
            ["home_region", "facility_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    with op.batch_alter_table("facilities", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "merged_into", sa.Uuid(), nullable=True, comment="the facility that stands for this one, if any"
            )
        )
        batch_op.create_index(
            "ix_facilities_merged_into",
            ["home_region", "merged_into"],
            unique=False,
            sqlite_where=sa.text("merged_into IS NOT NULL"),
            postgresql_where=sa.text("merged_into IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("facilities", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_facilities_merged_into",
            sqlite_where=sa.text("merged_into IS NOT NULL"),
            postgresql_where=sa.text("merged_into IS NOT NULL"),
        )
        batch_op.drop_column("merged_into")

    with op.batch_alter_table("facility_merges", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_facility_merges_open",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_facility_merges_home_region_facility_id"))

    op.drop_table("facility_merges")
    with op.batch_alter_table("duplicate_pairs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duplicate_pairs_state_score_id"))
        batch_op.drop_index(batch_op.f("ix_duplicate_pairs_second_region_second_id"))
        batch_op.drop_index(batch_op.f("ix_duplicate_pairs_home_region_first_id"))

    op.drop_table("duplicate_pairs")
