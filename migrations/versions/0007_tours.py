"""tours."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _document() -> sa.JSON:
    held: sa.JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    return held


def upgrade() -> None:
    op.create_table(
        "calendar_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False, comment="SHA-256 of the token"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_calendar_links_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_links_token_hash")),
    )
    with op.batch_alter_table("calendar_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_links_person_id"), ["person_id"], unique=False)

    op.create_table(
        "tours",
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False, comment="whose clock the times are of"),
        sa.Column(
            "region_code",
            sa.String(length=16),
            nullable=False,
            comment="of the first stop: whose journal it stands in",
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("asked", _document(), nullable=False, comment="start, hours and break, as asked for"),
        sa.Column(
            "stops",
            _document(),
            nullable=False,
            comment="home region, facility, times, prize and duty of each visit",
        ),
        sa.Column("found", _document(), nullable=False, comment="what the tour collects, and what it rests on"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'planned', 'cancelled')", name=op.f("ck_tours_state_known")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_tours_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tours")),
    )
    with op.batch_alter_table("tours", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tours_person_id_day"), ["person_id", "day"], unique=False)
        batch_op.create_index(
            "uq_tours_one_planned_a_day",
            ["person_id", "day"],
            unique=True,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("tours", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tours_one_planned_a_day",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.drop_index(batch_op.f("ix_tours_person_id_day"))
    op.drop_table("tours")
    with op.batch_alter_table("calendar_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_links_person_id"))
    op.drop_table("calendar_links")
