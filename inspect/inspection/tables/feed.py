"""The feed: what tablets pull, as ready JSON, in the order of the last change."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base


class FeedRow(Base):
    """One document under one scope: alive, or the tombstone of what left. See docs/decisions/0011-feed.md.

    The id comes before the scope in the key, so that the place where a document is alive is found by its id.
    """

    __tablename__ = "feed"
    __table_args__ = (
        Index("ix_feed_of_scope", "region", "collection", "scope", "number", unique=True),
        Index("ix_feed_of_region", "region", "collection", "number", unique=True),
    )
    region: Mapped[str] = mapped_column(
        AreaCode, primary_key=True, comment="where it lies; a country for checklists"
    )
    collection: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(
        String(36), primary_key=True, comment="district, empty where unknown; a person for what is theirs alone"
    )
    number: Mapped[int] = mapped_column(BigInteger, comment="of the region; higher means changed later")
    rev: Mapped[int]
    born_at: Mapped[datetime] = mapped_column(comment="when it was first seen under this scope")
    deleted: Mapped[bool] = mapped_column(server_default=text("false"))
    body: Mapped[str] = mapped_column(comment="the document as it is sent")
