"""What there is one of per region, and which region an id belongs to."""

from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base


class RegionHead(Base):
    """The newest feed number and journal entry of a region (or, for what is national, of a country).

    Locked last in every transaction that writes, so numbers become visible in the order of commits.
    """

    __tablename__ = "region_heads"
    region: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    feed_number: Mapped[int] = mapped_column(BigInteger, default=0)
    epoch: Mapped[str] = mapped_column(
        String(12), default="1", server_default="1", comment="changes when the feed's past is not what it was"
    )
    journal_number: Mapped[int] = mapped_column(BigInteger, default=0)
    journal_hash: Mapped[bytes] = mapped_column(LargeBinary(32), default=bytes(32))


class Home(Base):
    """The home region of every client-made id, so that a push from a device that moved is recognised."""

    __tablename__ = "homes"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(AreaCode)
    kind: Mapped[str] = mapped_column(String(16))
