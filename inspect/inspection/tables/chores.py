"""What has to be done again and again, and when it is due next."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base


class ChoreTurn(Base):
    """The turn of one chore. Whoever moves it on does the chore; two that try at once, once."""

    __tablename__ = "chores"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(comment="while somebody is at it: when that counts as given up")
    done_at: Mapped[datetime | None] = mapped_column(comment="when it came to its end last")
    failures: Mapped[int] = mapped_column(default=0, comment="in a row")
    said: Mapped[str | None] = mapped_column(String(500), comment="the last one's result, or its error's name")
