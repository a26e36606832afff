"""ranks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "obstruction",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                nullable=True,
                comment="shares of visits that barriers obstruct",
            )
        )
        batch_op.add_column(
            sa.Column(
                "use_state",
                sa.String(length=13),
                nullable=True,
                comment="counted, estimated, ...; null: not ranked yet",
            )
        )
        batch_op.add_column(
            sa.Column("visits", sa.Double(), nullable=True, comment="by people with disabilities, a month")
        )
        batch_op.add_column(
            sa.Column("visits_low", sa.Double(), nullable=True, comment="of nine tenths of what may be")
        )
        batch_op.add_column(sa.Column("visits_high", sa.Double(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "placeholder", sa.Boolean(), nullable=True, comment="whether the visits rest on an invented prior"
            )
        )
        batch_op.add_column(
            sa.Column(
                "obstructed",
                sa.Double(),
                nullable=True,
                comment="visits a month; null: not known, or nobody comes",
            )
        )
        batch_op.create_index(
            "ix_standings_ranked_country",
            ["country", sa.literal_column("obstructed DESC"), "id"],
            unique=False,
            sqlite_where=sa.text("obstructed IS NOT NULL"),
            postgresql_where=sa.text("obstructed IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_standings_ranked_district",
            ["district_code", sa.literal_column("obstructed DESC"), "id"],
            unique=False,
            sqlite_where=sa.text("obstructed IS NOT NULL"),
            postgresql_where=sa.text("obstructed IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_standings_ranked_region",
            ["region_code", sa.literal_column("obstructed DESC"), "id"],
            unique=False,
            sqlite_where=sa.text("obstructed IS NOT NULL"),
            postgresql_where=sa.text("obstructed IS NOT NULL"),
        )
    # What barriers obstruct is found by settling: `flask settle due` does it once for all.
    op.execute("UPDATE standings SET settled_at = '1970-01-01 00:00:00.000000'")


def downgrade() -> None:
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_standings_ranked_region",
            sqlite_where=sa.text("obstructed IS NOT NULL"),
            postgresql_where=sa.text("obstructed IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_standings_ranked_district",
            sqlite_where=sa.text("obstructed IS NOT NULL"),
            postgresql_where=sa.text("obstructed IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_standings_ranked_country",
            sqlite_where=sa.text("obstructed IS NOT NULL"),
            postgresql_where=sa.text("obstructed IS NOT NULL"),
        )
        batch_op.drop_column("obstructed")
        batch_op.drop_column("placeholder")
        batch_op.drop_column("visits_high")
        batch_op.drop_column("visits_low")
        batch_op.drop_column("visits")
        batch_op.drop_column("use_state")
        batch_op.drop_column("obstruction")
