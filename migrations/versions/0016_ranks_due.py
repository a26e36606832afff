"""ranks due."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rank_bases",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("shape", sa.Double(), nullable=True, comment="of the Gamma prior; null: nobody counted"),
        sa.Column("rate", sa.Double(), nullable=True, comment="of the Gamma prior, months"),
        sa.Column("placeholder", sa.Boolean(), nullable=False),
        sa.Column("sites", sa.Integer(), nullable=False, comment="counted facilities that the prior rests on"),
        sa.Column("typical", sa.Double(), nullable=True, comment="mean catchment"),
        sa.Column("registered", sa.Double(), nullable=True, comment="mean number of clients on registers"),
        sa.Column("measured", sa.Integer(), nullable=False, comment="audited facilities whose barriers are known"),
        sa.Column(
            "obstructed",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
            comment="their obstructed shares added up, by group",
        ),
        sa.Column("ranked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(shape IS NULL) = (rate IS NULL)", name=op.f("ck_rank_bases_a_prior_is_whole")),
        sa.PrimaryKeyConstraint("country", "kind", name=op.f("pk_rank_bases")),
    )
    op.create_table(
        "ranks_due",
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_ranks_due")),
    )


def downgrade() -> None:
    op.drop_table("ranks_due")
    op.drop_table("rank_bases")
