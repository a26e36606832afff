"""district ranks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "district_ranks",
        sa.Column(
            "places",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
            comment="facility, visits obstructed a month, whether that rests on an invented prior",
        ),
        sa.Column(
            "unvisited",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
            comment="the same of places that nobody has audited: what is expected",
        ),
        sa.Column(
            "ranked",
            sa.Integer(),
            nullable=False,
            comment="audited places of the district that have a rank; `places` may hold fewer",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_district_ranks")),
    )
    with op.batch_alter_table("district_ranks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_district_ranks_region_code"), ["region_code"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("district_ranks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_district_ranks_region_code"))

    op.drop_table("district_ranks")
