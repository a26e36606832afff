"""Unsigned audits: backed up for their author, never judged."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import Regional


class Draft(Regional, Base):
    """What its author wrote last. The home region is that of the tablet that sent it first."""

    __tablename__ = "drafts"
    person_id: Mapped[UUID]
    content: Mapped[dict[str, Any]] = mapped_column(comment="the document without what the server owns")
    updated_at: Mapped[datetime]
