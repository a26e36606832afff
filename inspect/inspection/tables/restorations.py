"""When this database was put back from a backup."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base


class Restoration(Base):
    """One restored backup. What came about before it may have been told by the installation that was lost."""

    __tablename__ = "restorations"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(comment="when the backup was taken")
    restored_at: Mapped[datetime] = mapped_column(
        comment="when it was put back; until then somebody may have told"
    )
    manifest: Mapped[bytes] = mapped_column(LargeBinary(32), comment="SHA-256 of what the backup says of itself")
