"""The rows of notices. Their ids follow from what they are about, so that deciding twice makes nothing twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from inspection.notices.recipients import Addressee
from inspection.notices.stages import Stage
from inspection.tables.notices import NoticeState

NOTICES = UUID("6b8f6a0e-3f0b-5c6e-9a63-1d2f57f6a7b1")  # namespace of the ids


@dataclass(frozen=True, slots=True)
class About:
    """What a notice is about. placed: the columns of `OfFacility`, but id. document_id: the act that it tells."""

    placed: Mapping[str, Any]
    violation_id: UUID
    due_on: date | None
    document_id: UUID | None = None


def notice_id(about: About, stage: str, recipient: str) -> UUID:
    """The id of a notice: item, stage, due date as told, recipient, and the act if it tells one."""
    key = (about.violation_id, stage, about.due_on, recipient, about.document_id)
    return uuid5(NOTICES, "\n".join(str(part) for part in key))


def notice_rows(
    about: About, to: Addressee, send: Stage | None, superseded: tuple[Stage, ...], now: datetime
) -> Iterator[dict[str, Any]]:
    """The rows that write down what was decided for one recipient."""
    for stage in superseded:
        yield _row(about, to, stage, NoticeState.SUPERSEDED, now)
    if send is not None:
        yield _row(about, to, send, NoticeState.WAITING, now)


def _row(about: About, to: Addressee, stage: Stage, state: NoticeState, now: datetime) -> dict[str, Any]:
    return {
        **about.placed,
        "id": notice_id(about, stage.name, to.key),
        "rev": 1,
        "violation_id": about.violation_id,
        "stage": stage.name,
        "due_on": about.due_on,
        "document_id": about.document_id,
        "recipient": to.key,
        "state": state.value,
        "letter_id": None,
        "created_at": now,
        "changed_at": now,
    }
