"""The journal of changes: append-only and chained per region."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base


class JournalEntry(Base):
    """Who did what to which object. Its hash covers everything here and the hash before it."""

    __tablename__ = "journal"
    home_region: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(comment="null: the system itself, by rule")
    device_id: Mapped[UUID | None] = mapped_column(comment="the tablet by which it was done")
    grants_used: Mapped[str | None] = mapped_column(
        comment="the grants that let them, `role:area`, narrowest first"
    )
    action: Mapped[str] = mapped_column(String(40), comment="for example audit.taken")
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(64))
    changes: Mapped[dict[str, Any]] = mapped_column(comment="field to [from, to]; personal values as commitments")
    reason: Mapped[str | None]
    request_id: Mapped[str | None] = mapped_column(String(64))
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class JournalValue(Base):
    """A personal value behind a commitment. Erasing this row leaves the chain whole."""

    __tablename__ = "journal_values"
    home_region: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    field: Mapped[str] = mapped_column(String(60), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    value: Mapped[list[Any]] = mapped_column(comment="[from, to]")
