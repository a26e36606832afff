"""Work that takes longer than anybody waits for a page: who asked for it, how far it is, what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import one_of

LONGEST_NAME = 200


class TaskKind(StrEnum):
    """What is made, or done."""

    VIOLATIONS_CSV = "violations_csv"
    VIOLATIONS_XLSX = "violations_xlsx"
    REPORT_XLSX = "report_xlsx"
    REPORT_PDF = "report_pdf"
    PLACES_GEOJSON = "places_geojson"
    BOUNDARIES = "boundaries"
    ADDRESS_TOLD = "address_told"


class TaskState(StrEnum):
    """How far it has come."""

    PREPARED = "prepared"  # a person has seen what it would do, and has not said yes
    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Task(Base):
    """One task. Whoever runs it holds it by `attempts`: another attempt makes an older one worthless."""

    __tablename__ = "tasks"
    __table_args__ = (one_of("kind", TaskKind), one_of("state", TaskState))
    id: Mapped[UUID] = mapped_column(primary_key=True, comment="made with the form that asks")
    kind: Mapped[str] = mapped_column(String(16))
    asked: Mapped[dict[str, Any]] = mapped_column(
        comment="filters, days, codes: as the address of a page says them"
    )
    language: Mapped[str] = mapped_column(String(2), comment="of its file")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    grants_used: Mapped[str | None] = mapped_column(
        comment="the grants that let them, `role:area`, narrowest first"
    )
    areas: Mapped[list[Any]] = mapped_column(comment="what lies in these may stand in the file")
    state: Mapped[str] = mapped_column(String(9), index=True)
    asked_at: Mapped[datetime]
    heard_at: Mapped[datetime] = mapped_column(comment="when whoever is at it last said how far it is")
    not_before: Mapped[datetime] = mapped_column(comment="it is not tried again earlier")
    ended_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0, comment="rows, or places, of `total`")
    total: Mapped[int | None] = mapped_column(comment="null: not known")
    in_force: Mapped[bool] = mapped_column(
        default=False,
        comment="something is changed for good: it goes on to its end, and is not cancelled any more",
    )
    cancel_at: Mapped[datetime | None] = mapped_column(comment="when its person wanted it no more")
    given: Mapped[str | None] = mapped_column(String(80), comment="name in the store of the file it works on")
    file: Mapped[str | None] = mapped_column(String(80), comment="name in the store of the file it made")
    file_name: Mapped[str | None] = mapped_column(String(LONGEST_NAME), comment="as it is saved")
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32), comment="of the file it made")
    size: Mapped[int | None] = mapped_column(comment="of the file it made, bytes")
    expires_at: Mapped[datetime | None] = mapped_column(comment="its files are dropped in the night after")
    said: Mapped[list[Any]] = mapped_column(comment="why it failed, or what it came to, sentence by sentence")
