"""Looking up addresses of facilities without a position: what is asked, what was answered, whose turn it is."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import Placed, Regional, one_of


class GeocodeState(StrEnum):
    """What became of an address."""

    WAITING = "waiting"
    PLACED = "placed"
    NOT_FOUND = "not_found"
    DOUBTFUL = "doubtful"  # an answer that only a person can believe
    REFUSED = "refused"  # by a person
    FAILED = "failed"  # the geocoder could not make sense of it again and again
    NEEDLESS = "needless"  # the facility got a better position otherwise


class Geocode(Base, Regional, Placed):
    """The address of one facility on its way to a position; id is the facility's."""

    __tablename__ = "geocodes"
    __table_args__ = (
        one_of("state", GeocodeState),
        Index(
            "ix_geocodes_waiting",
            *("next_try_at", "home_region", "id"),
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(None, "country", "region_code", "state", "id"),
    )
    state: Mapped[str] = mapped_column(String(9), default=GeocodeState.WAITING)
    question: Mapped[str] = mapped_column(comment="the address as a geocoder is asked for it")
    attempts: Mapped[int] = mapped_column(default=0, comment="answers that made no sense")
    next_try_at: Mapped[datetime] = mapped_column(comment="while somebody asks: when that counts as given up")
    provider: Mapped[str | None] = mapped_column(String(40), comment="who answered")
    why: Mapped[str | None] = mapped_column(comment="a sentence for a person")
    lat: Mapped[float | None] = mapped_column(comment="what was answered, also where it was not believed")
    lon: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    answer: Mapped[str | None] = mapped_column(comment="what the geocoder calls the place")
    changed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(comment="of who decided")


class GeocodeAnswer(Base):
    """What a geocoder answered to a question: the same is not asked twice."""

    __tablename__ = "geocode_answers"
    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    question_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    question: Mapped[str]
    answers: Mapped[list[Any]] = mapped_column(comment="as `geocoding_rules.Answer` has them")
    answered_at: Mapped[datetime]


class GeocoderTurn(Base):
    """Whose turn it is to ask a geocoder, for all processes together."""

    __tablename__ = "geocoder_turns"
    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(comment="not before; later while it does not answer")
    failures: Mapped[int] = mapped_column(default=0, comment="in a row")
