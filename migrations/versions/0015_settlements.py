"""settlements."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settlements",
        sa.Column("source", sa.String(length=60), nullable=False, comment="the gazetteer it comes from"),
        sa.Column("id", sa.String(length=60), nullable=False, comment="its id there, for example a KATO code"),
        sa.Column(
            "kind",
            sa.String(length=20),
            nullable=False,
            comment="city, town, village, hamlet, ... as the gazetteer says",
        ),
        sa.Column(
            "name_kk",
            sa.String(),
            nullable=False,
            comment="the local state language: Kazakh, or Kyrgyz in Kyrgyzstan",
        ),
        sa.Column("name_ru", sa.String(), nullable=True),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("search", sa.String(), nullable=False, comment="its names, folded for comparing"),
        sa.Column(
            "population",
            sa.Integer(),
            nullable=True,
            comment="people living there; null: not known, which is not zero",
        ),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column(
            "area_certainty",
            sa.String(length=10),
            nullable=False,
            comment="inside, nearest, uncertain, given or unknown",
        ),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "gone_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when a newer gazetteer no longer named it",
        ),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.CheckConstraint(
            "lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name=op.f("ck_settlements_coordinates_on_earth")
        ),
        sa.CheckConstraint("population >= 0", name=op.f("ck_settlements_population_not_negative")),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_settlements")),
    )
    with op.batch_alter_table("settlements") as table:
        table.create_index(
            table.f("ix_settlements_country_region_code_district_code_id"),
            ["country", "region_code", "district_code", "id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("settlements") as table:
        table.drop_index(table.f("ix_settlements_country_region_code_district_code_id"))

    op.drop_table("settlements")
