"""Published versions of the catalogue of criteria."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base


class PublishedChecklist(Base):
    """One version, immutable from the moment it is published. National: its region is a country."""

    __tablename__ = "checklists"
    __table_args__ = (UniqueConstraint("home_region", "key", "version"),)
    home_region: Mapped[str] = mapped_column(AreaCode, primary_key=True, comment="country code")
    id: Mapped[UUID] = mapped_column(primary_key=True)
    rev: Mapped[int] = mapped_column(default=1)
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    criteria_count: Mapped[int]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None]
