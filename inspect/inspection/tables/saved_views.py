"""Questions to the violation list that somebody asks again and again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base

LONGEST_NAME, LONGEST_QUERY = 80, 2000


class SavedView(Base):
    """One question, under a name of its owner's."""

    __tablename__ = "saved_views"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    query: Mapped[str] = mapped_column(String(LONGEST_QUERY), comment="as it stands in the address of the list")
    saved_at: Mapped[datetime]
