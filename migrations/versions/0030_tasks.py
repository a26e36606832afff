"""tasks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False, comment="made with the form that asks"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "asked", DOCUMENT, nullable=False, comment="filters, days, codes: as the address of a page says them"
        ),
        sa.Column("language", sa.String(length=2), nullable=False, comment="of its file"),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "grants_used",
            sa.String(),
            nullable=True,
            comment="the grants that let them, `role:area`, narrowest first",
        ),
        sa.Column("areas", DOCUMENT, nullable=False, comment="what lies in these may stand in the file"),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "heard_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when whoever is at it last said how far it is",
        ),
        sa.Column(
            "not_before", sa.DateTime(timezone=True), nullable=False, comment="it is not tried again earlier"
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False, comment="rows, or places, of `total`"),
        sa.Column("total", sa.Integer(), nullable=True, comment="null: not known"),
        sa.Column(
            "in_force",
            sa.Boolean(),
            nullable=False,
            comment="something is changed for good: it goes on to its end, and is not cancelled any more",
        ),
        sa.Column(
            "cancel_at", sa.DateTime(timezone=True), nullable=True, comment="when its person wanted it no more"
        ),
        sa.Column(
            "given", sa.String(length=80), nullable=True, comment="name in the store of the file it works on"
        ),
        sa.Column("file", sa.String(length=80), nullable=True, comment="name in the store of the file it made"),
        sa.Column("file_name", sa.String(length=200), nullable=True, comment="as it is saved"),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=True, comment="of the file it made"),
        sa.Column("size", sa.Integer(), nullable=True, comment="of the file it made, bytes"),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="its files are dropped in the night after",
        ),
        sa.Column(
            "said", DOCUMENT, nullable=False, comment="why it failed, or what it came to, sentence by sentence"
        ),
        sa.CheckConstraint(
            "kind IN ('violations_csv', 'violations_xlsx', 'report_xlsx', 'report_pdf', 'places_geojson', "
            "'boundaries', 'address_told')",
            name=op.f("ck_tasks_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('prepared', 'asked', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_tasks_state_known"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_tasks_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tasks_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tasks_state"), ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tasks_state"))
        batch_op.drop_index(batch_op.f("ix_tasks_person_id"))

    op.drop_table("tasks")
