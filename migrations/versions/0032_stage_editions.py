"""stage editions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "stage_editions",
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column(
            "number",
            sa.Integer(),
            nullable=False,
            comment="1, 2, ... in each country; also of those that were taken back",
        ),
        sa.Column(
            "valid_from",
            sa.Date(),
            nullable=False,
            comment="first local day of the country; until the next one begins",
        ),
        sa.Column("stages", DOCUMENT, nullable=False, comment="name, days or act, and whom each tells"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column(
            "taken_back_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="before it began: it never told anybody",
        ),
        sa.Column("taken_back_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_stage_editions_number_counts_from_one")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_stage_editions_made_by_people")),
        sa.ForeignKeyConstraint(
            ["taken_back_by"], ["people.id"], name=op.f("fk_stage_editions_taken_back_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_editions")),
        sa.UniqueConstraint("country", "number", name=op.f("uq_stage_editions_country_number")),
    )


def downgrade() -> None:
    op.drop_table("stage_editions")
