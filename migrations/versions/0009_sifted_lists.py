"""sifted lists."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PLACES = (("country", "country"), ("region", "region_code"), ("district", "district_code"))
STANDS = "state IN ('open', 'declared')"
RANKED = f"{STANDS} AND obstructed IS NOT NULL"
SIFTED = ("severity", "criterion")


def upgrade() -> None:
    _replace({f"{column}_state_opened_at_id": f"newest_{place}" for place, column in PLACES}, SIFTED)


def downgrade() -> None:
    _replace({f"newest_{place}": f"{column}_state_opened_at_id" for place, column in PLACES}, ())


def _replace(newest: dict[str, str], last: Sequence[str]) -> None:
    """Make the nine indexes anew with these columns at their end. newest: old names to new ones."""
    most: sa.ColumnElement[float] = sa.literal_column("obstructed DESC")
    with op.batch_alter_table("violations") as table:
        for (old, new), (place, column) in zip(newest.items(), PLACES, strict=True):
            table.drop_index(f"ix_violations_{old}")
            table.create_index(f"ix_violations_{new}", [column, "state", "opened_at", "id", *last])
            orders: tuple[tuple[str, str, list[Any]], ...] = (
                ("due", STANDS, ["due_on", "provisional_due_on"]),
                ("ranked", RANKED, [most, "provisional_due_on"]),
            )
            for order, where, columns in orders:
                name, condition = f"ix_violations_{order}_{place}", sa.text(where)
                table.drop_index(name)
                table.create_index(
                    name,
                    [column, *columns, "id", *last],
                    sqlite_where=condition,
                    postgresql_where=condition,
                )
