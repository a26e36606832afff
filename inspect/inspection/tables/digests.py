"""The weekly digests of officials: an outbox of its own, because a digest is about areas and no facility."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base
from inspection.tables.columns import one_of
from inspection.tables.outgoing import MailState, Outgoing


class Digest(Base, Outgoing):
    """What one official hears in one week about all their areas. Its home is where it is journalled."""

    __tablename__ = "digests"
    __table_args__ = (
        Index("uq_digests_key", "recipient", "week", unique=True),
        Index(
            "ix_digests_queued",
            "next_try_at",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(None, "queued_at", "id"),
        one_of("state", MailState),
    )
    week: Mapped[date] = mapped_column(comment="its Monday")


class DigestArea(Base):
    """An area that a digest is about: who may see the digest follows from these."""

    __tablename__ = "digest_areas"
    __table_args__ = (ForeignKeyConstraint(["home_region", "digest_id"], ["digests.home_region", "digests.id"]),)
    home_region: Mapped[str] = mapped_column(AreaCode, primary_key=True, comment="of the digest")
    digest_id: Mapped[UUID] = mapped_column(primary_key=True)
    area_code: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    region_code: Mapped[str | None] = mapped_column(AreaCode, comment="null: the whole country")
    district_code: Mapped[str | None] = mapped_column(AreaCode, comment="null: the whole region")
