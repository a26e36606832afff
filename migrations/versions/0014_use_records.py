"""use records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SOURCES = "'counted', 'tickets', 'observed', 'statement', 'register', 'complaint'"
NEW_CHECKS = {
    "source_known": f"source IN ({SOURCES})",
    "clients_not_negative": "clients >= 0",
    "clients_are_of_a_register": "(source = 'register') = (clients IS NOT NULL)",
    "a_register_counts_no_visits": "(source = 'register') = (visits IS NULL)",
    "period_not_empty": "period_to > period_from "
    "OR (period_to = period_from AND source IN ('register', 'complaint'))",
    "attested_zero_counts_nothing": "NOT attested_zero OR (visits = 0 AND source = 'statement')",
    "only_a_zero_is_signed": "attested_zero = (signed_on IS NOT NULL)",
    "a_complaint_is_of_one_visit": "source <> 'complaint' OR (visits = 1 AND period_to = period_from)",
    "countersigned_whole": "(countersigned_by IS NULL) = (countersigned_at IS NULL)",
    "only_a_zero_is_countersigned": "countersigned_by IS NULL OR attested_zero",
    "nobody_signs_twice": "countersigned_by <> author_id",
    "withdrawn_whole": "(withdrawn_by IS NULL) = (withdrawn_at IS NULL) "
    "AND (withdrawn_by IS NULL) = (withdrawn_why IS NULL)",
}
OLD_CHECKS = {
    "period_not_empty": "period_to > period_from",
    "attested_zero_counts_nothing": "NOT attested_zero OR visits = 0",
}
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
COLUMNS = (
    ("clients", sa.Integer(), "people with disabilities on a register; no visits"),
    ("groups", JSON, "visits or clients by group; null: not split"),
    ("signed_on", sa.Date(), "day of the statement; null: it is none"),
    ("source_text", sa.String(), "where it was read; never who complained"),
    ("reference", sa.String(length=120), "number of the document or case"),
    ("argument", sa.String(), "why nobody lives around who would come"),
    ("countersigned_by", sa.Uuid(), "a zero counts with a second signature only"),
    ("countersigned_at", sa.DateTime(timezone=True), None),
    ("withdrawn_by", sa.Uuid(), "null: it stands"),
    ("withdrawn_at", sa.DateTime(timezone=True), None),
    ("withdrawn_why", sa.String(), None),
)
COMMENTS = (
    (
        "source",
        sa.String(length=20),
        "register, tickets, counted, statement",
        "counted, tickets, observed, register, ...",
    ),
    ("period_from", sa.Date(), None, "first day of counting"),
    (
        "period_to",
        sa.Date(),
        None,
        "the day after the last one counted; of a statement, the last day on which it holds",
    ),
)


def upgrade() -> None:
    with op.batch_alter_table("use_records") as table:
        for name, kind, comment in COLUMNS:
            table.add_column(sa.Column(name, kind, nullable=True, comment=comment))
        table.alter_column(
            "visits",
            existing_type=sa.Integer(),
            nullable=True,
            comment="by people with disabilities; null: of a register",
        )
        table.alter_column(
            "author_id", existing_type=sa.Uuid(), nullable=True, comment="null: whoever runs the service"
        )
        for name, of_type, old, new in COMMENTS:
            table.alter_column(
                name, existing_type=of_type, existing_nullable=False, existing_comment=old, comment=new
            )
        for name in OLD_CHECKS:
            table.drop_constraint(op.f(f"ck_use_records_{name}"), type_="check")
    # What audits brought from a register were people, and were taken for visits.
    op.execute("UPDATE use_records SET clients = visits, visits = NULL WHERE source = 'register'")
    # The day of the signature was taken for that of the receipt.
    day = (
        "date(recorded_at)" if op.get_bind().dialect.name == "sqlite" else "(recorded_at AT TIME ZONE 'UTC')::date"
    )
    op.execute(f"UPDATE use_records SET signed_on = {day} WHERE attested_zero")  # noqa: S608
    with op.batch_alter_table("use_records") as table:
        for name, condition in NEW_CHECKS.items():
            table.create_check_constraint(op.f(f"ck_use_records_{name}"), condition)


def downgrade() -> None:
    kept = "source IN ('observed', 'complaint') OR period_to = period_from OR withdrawn_at IS NOT NULL"
    if op.get_bind().scalar(sa.text(f"SELECT count(*) FROM use_records WHERE {kept} OR author_id IS NULL")):  # noqa: S608
        raise RuntimeError("there are use records that the older tables cannot hold")
    with op.batch_alter_table("use_records") as table:
        for name in NEW_CHECKS:
            table.drop_constraint(op.f(f"ck_use_records_{name}"), type_="check")
    op.execute("UPDATE use_records SET visits = clients WHERE source = 'register'")
    with op.batch_alter_table("use_records") as table:
        for name, condition in OLD_CHECKS.items():
            table.create_check_constraint(op.f(f"ck_use_records_{name}"), condition)
        for name, of_type, old, new in COMMENTS:
            table.alter_column(
                name, existing_type=of_type, existing_nullable=False, existing_comment=new, comment=old
            )
        table.alter_column("author_id", existing_type=sa.Uuid(), nullable=False, comment=None)
        table.alter_column("visits", existing_type=sa.Integer(), nullable=False, comment=None)
        for name, _, _ in reversed(COLUMNS):
            table.drop_column(name)
