"""What acts of officials about a violation come to: who sees to it, which works stand in a plan, what is asked.

The last act of a kind that was not taken back holds. Facilities that are merged are one place, so what was done
about a violation of either is about the same duty (`docs/decisions/0021`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.aliases import Key, merged_into
from inspection.bulk import update_rows
from inspection.countries import local_date
from inspection.history import Spot
from inspection.tables.answers import OperatorReply
from inspection.tables.facilities import Facility
from inspection.tables.violation_acts import ActKind, ViolationAct
from inspection.tables.violations import Violation
from inspection.unit import Unit
from inspection.violation_rows import violation_id

A, R = ViolationAct, OperatorReply
SHOWN = (
    *(A.id, A.kind, A.acted_at, A.author_id, A.words, A.office_id, A.year, A.sum, A.answer_by, A.takes_back),
    *(A.violation_id, A.criterion, A.place),
)


@dataclass(frozen=True, slots=True)
class Acted:
    """One act, as its row says it."""

    id: UUID
    kind: ActKind
    acted_at: datetime
    author_id: UUID
    words: str
    office_id: UUID | None
    year: int | None
    sum: int | None
    answer_by: date | None
    takes_back: UUID | None
    violation_id: UUID
    criterion: str
    place: str

    @property
    def spot(self) -> Spot:
        """What it is about."""
        return Spot(self.criterion, self.place)


@dataclass(frozen=True, slots=True)
class Explained:
    """The first reply that came to a question."""

    reply_id: UUID
    received_at: datetime

    def is_late(self, answer_by: date, country: str) -> bool:
        """Whether it came after the day by which it was wanted, by the clock of the area."""
        return local_date(self.received_at, country) > answer_by


@dataclass(frozen=True, slots=True)
class Handling:
    """What holds of a violation. question: the one that waits for an answer. last: whatever was done last."""

    assigned: Acted | None = None
    works: Acted | None = None
    question: Acted | None = None
    last: Acted | None = None

    def columns(self) -> dict[str, Any]:
        """What the violation's row holds of it."""
        return {
            "office_id": self.assigned and self.assigned.office_id,
            "answer_by": self.question and self.question.answer_by,
            "last_act": self.last and self.last.kind.value,
            "last_act_at": self.last and self.last.acted_at,
        }


def handling(acts: Sequence[Acted], explained: Collection[UUID]) -> Handling:
    """What the acts about one duty come to. Pure.

    acts: in any order. explained: questions that were answered.
    """
    ordered = sorted(acts, key=lambda act: (act.acted_at, act.id))
    taken_back = {act.takes_back for act in ordered}
    holds: dict[ActKind, Acted] = {}
    for act in ordered:
        if act.id not in taken_back and act.id not in explained:
            holds[act.kind] = act
    return Handling(
        holds.get(ActKind.ASSIGN),
        holds.get(ActKind.PLAN_WORKS),
        holds.get(ActKind.ASK),
        ordered[-1] if ordered else None,
    )


def one_duty(session: Session, facility: Facility) -> list[UUID]:
    """The facilities whose acts are about the duties of this one, for as long as it is not merged itself."""
    return [facility.id, *merged_into(session, [(facility.home_region, facility.id)])]


def read_acts(
    session: Session, home: str, facilities: Collection[UUID], spots: Collection[Spot] | None = None
) -> Mapping[Spot, list[Acted]]:
    """The acts about duties of facilities, in order. spots: all if left out."""
    here = (A.home_region == home, A.facility_id.in_(sorted(facilities)))
    found: dict[Spot, list[Acted]] = defaultdict(list)
    for row in session.execute(select(*SHOWN).where(*here).order_by(A.acted_at, A.id)).mappings():
        act = Acted(**{**row, "kind": ActKind(row["kind"])})
        if spots is None or act.spot in spots:
            found[act.spot].append(act)
    return found


def read_explained(session: Session, home: str, acts: Iterable[Acted]) -> Mapping[UUID, Explained]:
    """The questions among these acts that were answered, each with the reply that came first."""
    asked = sorted(act.id for act in acts if act.kind is ActKind.ASK)
    if not asked:
        return {}
    wanted = select(R.request_id, R.id, R.received_at).where(R.home_region == home, R.request_id.in_(asked))
    newest_first = wanted.order_by(R.received_at.desc(), R.id.desc())
    return {row.request_id: Explained(row.id, row.received_at) for row in session.execute(newest_first)}


def read_handling(
    session: Session, facility: Facility, spots: Collection[Spot] | None = None
) -> Mapping[Spot, Handling]:
    """What holds of the duties of a facility about which anything was done. At most three statements.

    facility: the one that counts, where some are merged.
    """
    acts = read_acts(session, facility.home_region, one_duty(session, facility), spots)
    explained = read_explained(session, facility.home_region, (act for those in acts.values() for act in those))
    return {spot: handling(those, explained.keys()) for spot, those in acts.items()}


def write_handling(unit: Unit, facility: Facility, spots: Collection[Spot]) -> None:
    """Let the violations of a locked facility hold what acts about them come to."""
    found = read_handling(unit.session, facility, spots)
    for spot in spots:
        key = facility.home_region, violation_id(facility.id, spot)
        _write(unit, key, found.get(spot, Handling()))


def rewrite_handling(unit: Unit, facility: Facility) -> None:
    """The same for all its violations, after it was merged with another or separated from it."""
    V = Violation  # noqa: N806 - as everywhere
    here = (V.home_region == facility.home_region) & (V.facility_id == facility.id) & V.last_act.is_not(None)
    held = {
        Spot(row.criterion, row.place) for row in unit.session.execute(select(V.criterion, V.place).where(here))
    }
    known = read_acts(unit.session, facility.home_region, one_duty(unit.session, facility))
    write_handling(unit, facility, sorted({*held, *known}))


def _write(unit: Unit, key: Key, found: Handling) -> None:
    that = (Violation.home_region == key[0]) & (Violation.id == key[1])
    update_rows(unit.session, Violation, that, found.columns())
