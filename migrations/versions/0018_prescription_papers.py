"""prescription_papers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prescription_acknowledgements",
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column(
            "received_by", sa.String(length=200), nullable=False, comment="name of the person who received it"
        ),
        sa.Column("position", sa.String(length=200), nullable=True, comment="what they are there"),
        sa.Column("received_on", sa.Date(), nullable=False, comment="local date of the area"),
        sa.Column(
            "note", sa.String(length=500), nullable=True, comment="by which post, or where the signed copy lies"
        ),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False, comment="the server's clock"),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.String(length=500), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.CheckConstraint(
            "channel IN ('electronic', 'paper')", name=op.f("ck_prescription_acknowledgements_channel_known")
        ),
        sa.CheckConstraint(
            "(withdrawn_by IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by IS NULL) = (withdrawn_why IS NULL)",
            name=op.f("ck_prescription_acknowledgements_withdrawn_whole"),
        ),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_prescription_acknowledgements")),
    )
    with op.batch_alter_table("prescription_acknowledgements") as table:
        table.create_index(
            table.f("ix_prescription_acknowledgements_home_region_facility_id"),
            ["home_region", "facility_id"],
            unique=False,
        )
        table.create_index(
            table.f("ix_prescription_acknowledgements_home_region_prescription_id"),
            ["home_region", "prescription_id"],
            unique=False,
        )

    op.create_table(
        "prescription_papers",
        sa.Column(
            "content",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
            comment="everything that is printed, but for the pictures",
        ),
        sa.Column(
            "content_hash",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="SHA-256 of the content, keys sorted",
        ),
        sa.Column(
            "frozen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="later than the issue where that came before papers were kept",
        ),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_prescription_papers")),
    )
    with op.batch_alter_table("prescription_papers") as table:
        table.create_index(
            table.f("ix_prescription_papers_home_region_facility_id"), ["home_region", "facility_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("prescription_papers") as table:
        table.drop_index(table.f("ix_prescription_papers_home_region_facility_id"))

    op.drop_table("prescription_papers")
    with op.batch_alter_table("prescription_acknowledgements") as table:
        table.drop_index(table.f("ix_prescription_acknowledgements_home_region_prescription_id"))
        table.drop_index(table.f("ix_prescription_acknowledgements_home_region_facility_id"))

    op.drop_table("prescription_acknowledgements")
