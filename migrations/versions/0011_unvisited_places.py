"""unvisited places."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PLACES = (("country", "country"), ("region", "region_code"), ("district", "district_code"))


def upgrade() -> None:
    op.create_table(
        "unvisited",
        sa.Column("use_state", sa.String(length=13), nullable=False, comment="counted, estimated or unknown"),
        sa.Column("visits", sa.Double(), nullable=False, comment="by people with disabilities, a month"),
        sa.Column("visits_low", sa.Double(), nullable=False, comment="of nine tenths of what may be"),
        sa.Column("visits_high", sa.Double(), nullable=False),
        sa.Column(
            "placeholder", sa.Boolean(), nullable=False, comment="whether the visits rest on an invented prior"
        ),
        sa.Column(
            "obstructed", sa.Double(), nullable=False, comment="visits a month, if it is as its neighbours are"
        ),
        sa.Column(
            "audited_nearby", sa.Integer(), nullable=False, comment="audited places of its kind in its district"
        ),
        sa.Column("audited", sa.Integer(), nullable=False, comment="audited places of its kind in the country"),
        sa.Column("home_region", sa.String(length=16), nullable=False, comment="where it was born; never changes"),
        sa.Column("id", sa.Uuid(), nullable=False, comment="made by the client"),
        sa.Column("rev", sa.Integer(), nullable=False, comment="owned by the server; one more at every change"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=False),
        sa.Column("district_code", sa.String(length=16), nullable=True, comment="null: the district is not known"),
        sa.PrimaryKeyConstraint("home_region", "id", name=op.f("pk_unvisited")),
    )
    most: sa.ColumnElement[float] = sa.literal_column("obstructed DESC")
    with op.batch_alter_table("unvisited") as table:
        for place, column in PLACES:
            table.create_index(f"ix_unvisited_{place}", [column, most, "id"])


def downgrade() -> None:
    op.drop_table("unvisited")
