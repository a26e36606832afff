"""One pushed document, and what became of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from inspection.tables.intake import IntakeState


@dataclass(frozen=True, slots=True)
class Pushed:
    """A document as a tablet wants it. base: as the tablet last had it from us; None: never."""

    id: UUID
    new: Mapping[str, Any]
    base: Mapping[str, Any] | None

    @property
    def deleted(self) -> bool:
        """Whether the tablet wants it gone."""
        return self.new.get("_deleted") is True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row.

    document: JSON that the tablet has to take over in place of its own, if any. waiting_for: the id of what has to
    come first.
    """

    state: IntakeState
    reason: str | None = None
    document: str | None = None
    waiting_for: UUID | None = None


TAKEN = Verdict(IntakeState.TAKEN)


def of_merge(lost: Iterable[str], *, as_sent: bool, document: Callable[[], str]) -> Verdict:
    """What became of a merged edit. lost: fields that others changed too. document: as it is held now."""
    if names := sorted(lost):
        return Verdict(IntakeState.CONFLICT, f"others changed the same fields: {', '.join(names)}", document())
    if not as_sent:
        return Verdict(IntakeState.MERGED, "others changed other fields meanwhile", document())
    return TAKEN
