"""Who was shown what is about people, or given what leaves the house: append-only, chained like the journal."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base
from inspection.tables.columns import one_of


class Kind(StrEnum):
    """What was shown or given."""

    REPORT = "report"
    REPORT_ROWS = "report_rows"
    TABLE = "table"  # places or settlements as a file
    LETTERS = "letters"
    PRESCRIPTIONS = "prescriptions"
    EXCLUSION_LETTER = "exclusion_letter"
    OPERATORS = "operators"
    REPLIES = "replies"
    REPLY_FILE = "reply_file"
    LINKS = "answer_links"
    PEOPLE = "people"
    TABLETS = "tablets"
    DIGESTS = "digests"
    INTAKE = "intake"
    JOURNAL = "journal"
    DISCLOSURES = "disclosures"
    PERSONAL_DATA = "personal_data"
    BACKUP = "backup"


class Disclosure(Base):
    """One answer to one question. Its hash covers everything here and the hash before it."""

    __tablename__ = "disclosures"
    __table_args__ = (one_of("kind", Kind),)
    home_region: Mapped[str] = mapped_column(AreaCode, primary_key=True, comment="or a country")
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(comment="null: by a command, on the server itself")
    device_id: Mapped[UUID | None] = mapped_column(comment="the tablet by which it was asked")
    grants_used: Mapped[str | None] = mapped_column(
        comment="the grants that let them, `role:area`, narrowest first"
    )
    kind: Mapped[str] = mapped_column(String(24))
    object_id: Mapped[str | None] = mapped_column(String(120), comment="null: a list")
    asked: Mapped[dict[str, Any]] = mapped_column(comment="filters as asked; null: its value is not kept")
    shown: Mapped[int | None] = mapped_column(comment="rows; null: not counted, or one object")
    reason: Mapped[str | None] = mapped_column(comment="of a command")
    request_id: Mapped[str | None] = mapped_column(String(64))
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class DisclosureHead(Base):
    """The newest disclosure of a region or country.

    Not with the head of the region's feed and journal: who exports would wait there for who pushes, and they for
    them.
    """

    __tablename__ = "disclosure_heads"
    region: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), default=bytes(32))
    noted: Mapped[int] = mapped_column(BigInteger, default=0, comment="the number that the journal noted last")
