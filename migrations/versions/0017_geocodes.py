"""geocodes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "geocode_answers",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("question_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column(
            "answers",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
            comment="as `geocoding_rules.Answer` has them",
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "question_hash", name=op.f("pk_geocode_answers")),
    )
    op.create_table(
        "geocoder_turns",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column(
            "next_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="not before; later while it does not answer",
        ),
        sa.Column("failures", sa.Integer(), nullable=False, comment="in a row"),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_geocoder_turns")),
    )
    op.create_table(
        "geocodes",
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("question", sa.String(), nullable=False, comment="the address as a geocoder is asked for it"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="answers that made no sense"),
        sa.Column(
            "next_try_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="while somebody asks: when that counts as given up",
        ),
        sa.Column("provider", sa.String(length=40), nullable=True, comment="who answered"),
        sa.Column("why", sa.String(), nullable=True, comment="a sentence for a person"),
        sa.Column("lat", sa.Double(), nullable=True, comment="what was answered, also where it was not believed"),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True, comment="what the geocoder calls the place"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True, comment="of who decided"),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.CheckConstraint(
            "state IN ('waiting', 'placed', 'not_found', 'doubtful', 'refused', 'failed', 'needless')",
            name=op.f("ck_geocodes_state_known"),
        ),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_geocodes")),
    )
    with op.batch_alter_table("geocodes") as table:
        table.create_index(
            table.f("ix_geocodes_country_region_code_state_id"),
            ["country", "region_code", "state", "id"],
            unique=False,
        )
        table.create_index(
            "ix_geocodes_waiting",
            ["next_try_at", "home_region", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("geocodes") as table:
        table.drop_index(
            "ix_geocodes_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        table.drop_index(table.f("ix_geocodes_country_region_code_state_id"))

    op.drop_table("geocodes")
    op.drop_table("geocoder_turns")
    op.drop_table("geocode_answers")
