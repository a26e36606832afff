"""operator_answers."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_links",
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True, comment="who asked for it; null: it goes out with letters"),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="moved on by every letter that carries it",
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_why", sa.String(length=500), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_why IS NULL)", name=op.f("ck_answer_links_revoked_whole")
        ),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_answer_links")),
    )
    with op.batch_alter_table("answer_links", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_answer_links_home_region_facility_id"), ["home_region", "facility_id"], unique=False
        )
        batch_op.create_index(
            "uq_answer_links_letters",
            ["home_region", "prescription_id"],
            unique=True,
            sqlite_where=sa.text("made_by IS NULL"),
            postgresql_where=sa.text("made_by IS NULL"),
        )

    op.create_table(
        "operator_replies",
        sa.Column(
            "submission_id", sa.Uuid(), nullable=False, comment="of what was sent at once, made by the page"
        ),
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False, comment="how they came in"),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("said", sa.String(length=4000), nullable=True),
        sa.Column("until", sa.Date(), nullable=True, comment="the date asked for"),
        sa.Column("said_by", sa.String(length=200), nullable=False, comment="who they say they are"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("answer", sa.String(length=2000), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True, comment="what was decided with it"),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.CheckConstraint(
            "kind IN ('remedied', 'extension', 'contest', 'message')", name=op.f("ck_operator_replies_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'granted', 'refused', 'noted')", name=op.f("ck_operator_replies_state_known")
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)", name=op.f("ck_operator_replies_answered_whole")
        ),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_operator_replies")),
    )
    with op.batch_alter_table("operator_replies", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_operator_replies_home_region_facility_id"), ["home_region", "facility_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_operator_replies_home_region_prescription_id"),
            ["home_region", "prescription_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_operator_replies_region_code_state_received_at_id"),
            ["region_code", "state", "received_at", "id"],
            unique=False,
        )

    op.create_table(
        "reply_files",
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="bytes"),
        sa.Column(
            "media_type",
            sa.String(length=64),
            nullable=False,
            comment="by its first bytes, whatever the name says",
        ),
        sa.Column("name", sa.String(length=200), nullable=False, comment="as it was called, for people only"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_reply_files")),
    )
    with op.batch_alter_table("reply_files", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reply_files_home_region_facility_id"), ["home_region", "facility_id"], unique=False
        )
        batch_op.create_index("uq_reply_files", ["home_region", "submission_id", "sha256"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("reply_files", schema=None) as batch_op:
        batch_op.drop_index("uq_reply_files")
        batch_op.drop_index(batch_op.f("ix_reply_files_home_region_facility_id"))

    op.drop_table("reply_files")
    with op.batch_alter_table("operator_replies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operator_replies_region_code_state_received_at_id"))
        batch_op.drop_index(batch_op.f("ix_operator_replies_home_region_prescription_id"))
        batch_op.drop_index(batch_op.f("ix_operator_replies_home_region_facility_id"))

    op.drop_table("operator_replies")
    with op.batch_alter_table("answer_links", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_answer_links_letters",
            sqlite_where=sa.text("made_by IS NULL"),
            postgresql_where=sa.text("made_by IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_answer_links_home_region_facility_id"))

    op.drop_table("answer_links")
