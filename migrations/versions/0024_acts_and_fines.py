"""acts_and_fines."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fines",
        sa.Column("department_id", sa.Uuid(), nullable=False, comment="whose papers the number runs in"),
        sa.Column("year", sa.Integer(), nullable=False, comment="of imposed_on"),
        sa.Column("number", sa.String(length=60), nullable=False, comment="as on the paper"),
        sa.Column("number_key", sa.String(length=120), nullable=False, comment="the same for all its spellings"),
        sa.Column("imposed_on", sa.Date(), nullable=False, comment="as on the paper"),
        sa.Column("sum", sa.BigInteger(), nullable=False, comment="whole units of the currency of the country"),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("prescription_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True, comment="null: it stands"),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.String(), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.CheckConstraint(
            "(withdrawn_by IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by IS NULL) = (withdrawn_why IS NULL)",
            name=op.f("ck_fines_withdrawn_whole"),
        ),
        sa.CheckConstraint("sum > 0", name=op.f("ck_fines_sum_above_zero")),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_fines")),
    )
    with op.batch_alter_table("fines", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fines_country_imposed_on_id"), ["country", "imposed_on", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fines_department_id_recorded_at"), ["department_id", "recorded_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fines_district_code_imposed_on_id"), ["district_code", "imposed_on", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fines_home_region_facility_id"), ["home_region", "facility_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fines_region_code_imposed_on_id"), ["region_code", "imposed_on", "id"], unique=False
        )
        batch_op.create_index(
            "uq_fines_number",
            ["home_region", "department_id", "year", "number_key"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "offices",
        sa.Column("name_kk", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="from this day on nothing is assigned to it"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_offices")),
    )
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_offices_region_code_name_ru_id"), ["region_code", "name_ru", "id"], unique=False
        )

    op.create_table(
        "violation_acts",
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False, comment="why; of a question what is asked"),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True, comment="in whose plan the works stand"),
        sa.Column("sum", sa.BigInteger(), nullable=True, comment="whole units of the currency; null: not known"),
        sa.Column("answer_by", sa.Date(), nullable=True, comment="local day by which an answer is wanted"),
        sa.Column("takes_back", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.CheckConstraint(
            "(kind = 'ask') = (answer_by IS NOT NULL)", name=op.f("ck_violation_acts_a_question_has_a_date")
        ),
        sa.CheckConstraint(
            "(kind = 'assign') = (office_id IS NOT NULL)",
            name=op.f("ck_violation_acts_an_assignment_names_an_office"),
        ),
        sa.CheckConstraint(
            "(kind = 'plan_works') = (year IS NOT NULL)", name=op.f("ck_violation_acts_works_have_a_year")
        ),
        sa.CheckConstraint(
            "(kind = 'take_back') = (takes_back IS NOT NULL)", name=op.f("ck_violation_acts_takes_back_whole")
        ),
        sa.CheckConstraint(
            "kind IN ('assign', 'plan_works', 'ask', 'take_back')", name=op.f("ck_violation_acts_kind_known")
        ),
        sa.CheckConstraint(
            "sum IS NULL OR (kind = 'plan_works' AND sum >= 0)",
            name=op.f("ck_violation_acts_only_works_have_a_sum"),
        ),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_violation_acts")),
    )
    with op.batch_alter_table("violation_acts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_violation_acts_home_region_facility_id"), ["home_region", "facility_id"], unique=False
        )
        batch_op.create_index(
            "uq_violation_acts_takes_back",
            ["home_region", "takes_back"],
            unique=True,
            sqlite_where=sa.text("takes_back IS NOT NULL"),
            postgresql_where=sa.text("takes_back IS NOT NULL"),
        )

    with op.batch_alter_table("operator_replies", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "request_id", sa.Uuid(), nullable=True, comment="the question of an official that it answers"
            )
        )
        batch_op.create_index(
            "ix_operator_replies_request",
            ["home_region", "request_id"],
            unique=False,
            sqlite_where=sa.text("request_id IS NOT NULL"),
            postgresql_where=sa.text("request_id IS NOT NULL"),
        )

    with op.batch_alter_table("violations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("office_id", sa.Uuid(), nullable=True, comment="who is to see to it"))
        batch_op.add_column(
            sa.Column(
                "answer_by",
                sa.Date(),
                nullable=True,
                comment="day by which an explanation is wanted; null: none is",
            )
        )
        batch_op.add_column(
            sa.Column("last_act", sa.String(length=10), nullable=True, comment="kind of the newest act")
        )
        batch_op.add_column(sa.Column("last_act_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_violations_asked_country",
            ["country", "answer_by", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
            postgresql_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_violations_asked_district",
            ["district_code", "answer_by", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
            postgresql_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_violations_asked_region",
            ["region_code", "answer_by", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
            postgresql_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_violations_office",
            ["office_id", "due_on", "provisional_due_on", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('open', 'declared') AND office_id IS NOT NULL"),
            postgresql_where=sa.text("state IN ('open', 'declared') AND office_id IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("violations", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_violations_office",
            sqlite_where=sa.text("state IN ('open', 'declared') AND office_id IS NOT NULL"),
            postgresql_where=sa.text("state IN ('open', 'declared') AND office_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_violations_asked_region",
            sqlite_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
            postgresql_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_violations_asked_district",
            sqlite_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
            postgresql_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_violations_asked_country",
            sqlite_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
            postgresql_where=sa.text("state IN ('open', 'declared') AND answer_by IS NOT NULL"),
        )
        batch_op.drop_column("last_act_at")
        batch_op.drop_column("last_act")
        batch_op.drop_column("answer_by")
        batch_op.drop_column("office_id")

    with op.batch_alter_table("operator_replies", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_operator_replies_request",
            sqlite_where=sa.text("request_id IS NOT NULL"),
            postgresql_where=sa.text("request_id IS NOT NULL"),
        )
        batch_op.drop_column("request_id")

    with op.batch_alter_table("violation_acts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_violation_acts_takes_back",
            sqlite_where=sa.text("takes_back IS NOT NULL"),
            postgresql_where=sa.text("takes_back IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_violation_acts_home_region_facility_id"))

    op.drop_table("violation_acts")
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offices_region_code_name_ru_id"))

    op.drop_table("offices")
    with op.batch_alter_table("fines", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_fines_number",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_fines_region_code_imposed_on_id"))
        batch_op.drop_index(batch_op.f("ix_fines_home_region_facility_id"))
        batch_op.drop_index(batch_op.f("ix_fines_district_code_imposed_on_id"))
        batch_op.drop_index(batch_op.f("ix_fines_department_id_recorded_at"))
        batch_op.drop_index(batch_op.f("ix_fines_country_imposed_on_id"))

    op.drop_table("fines")
