"""tablet_tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pairings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True, comment="the tablet it enrolled"),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_pairings_made_by_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pairings_person_id_people")),
        sa.ForeignKeyConstraint(["region_code"], ["areas.code"], name=op.f("fk_pairings_region_code_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairings")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_pairings_code_hash")),
    )
    with op.batch_alter_table("pairings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pairings_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "stolen",
                sa.Boolean(),
                nullable=False,
                server_default=sa.false(),
                comment="stopped because an old token of it was used again",
            )
        )
        batch_op.add_column(sa.Column("generation", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "renewed_at", sa.DateTime(timezone=True), nullable=True, comment="when it last asked for tokens"
            )
        )
        batch_op.add_column(sa.Column("app_version", sa.String(length=40), nullable=True, comment="as it says"))
        batch_op.add_column(
            sa.Column("unsent", sa.Integer(), nullable=True, comment="documents that wait on it, as it says")
        )


def downgrade() -> None:
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_column("unsent")
        batch_op.drop_column("app_version")
        batch_op.drop_column("renewed_at")
        batch_op.drop_column("generation")
        batch_op.drop_column("stolen")

    with op.batch_alter_table("pairings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pairings_person_id"))

    op.drop_table("pairings")
