"""The form in which the stages of a country are changed: its rows, and what it says when it comes back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from werkzeug.datastructures import MultiDict

from api.languages import Phrasebook
from inspection.errors import InspectionError, InvalidInput
from inspection.notices.editing import A_DAY, A_RECIPIENT, WIDER, Wanted
from inspection.notices.editions import Listed, Wish
from inspection.notices.stages import Recipient

NEW = ("new1", "new2", "new3")
Form = MultiDict[str, str]
SEEN = (A_DAY, A_RECIPIENT)  # what is accepted, where the form itself shows it


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage in the form. key: its name, or one of `NEW`. side: before or after the date; of a new one, chosen.

    was: its days as they are or were last. days: as typed, without a sign. kept: it is in use, or wanted.
    """

    key: str
    was: int
    days: str
    side: str
    to: tuple[str, ...]
    kept: bool

    @property
    def is_new(self) -> bool:
        """Whether it was not there before."""
        return self.key in NEW

    @property
    def counted(self) -> int:
        """Its days from the due date; 0 for what is no number of days."""
        said = self.days.strip()
        found = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
        return -found if self.side == "before" else found


def rows_of(held: Listed, form: Form) -> Sequence[StageRow]:
    """The rows of stages that ever were, then those of new ones. What the form says counts before what is held."""
    listed = set(form.getlist("row"))
    return [row if row.key not in listed else _typed(row, form) for row in _held(held)]


def _held(held: Listed) -> Iterator[StageRow]:
    known = {s.name: s for each in (*reversed(held.earlier), held.in_force) for s in each.stages.by_day}
    for stage in sorted(known.values(), key=lambda each: each.days or 0):
        days = stage.days or 0
        kept = stage.name in held.in_force.stages.by_name
        yield StageRow(stage.name, days, str(abs(days)), "before" if days < 0 else "after", tuple(stage.to), kept)
    for key in NEW:
        yield StageRow(key, 0, "", "after", (), kept=False)


def _typed(row: StageRow, form: Form) -> StageRow:
    days, to = form.get(f"days-{row.key}", "")[:6], tuple(form.getlist(f"to-{row.key}"))
    if not row.is_new:
        return StageRow(row.key, row.was, days, row.side, to, f"keep-{row.key}" in form)
    side = "before" if form.get(f"side-{row.key}") == "before" else "after"
    return StageRow(row.key, 0, days, side, to, bool(days.strip() or to))


def acts_of(held: Listed, form: Form) -> Mapping[str, tuple[str, ...]]:
    """Whom each act that is no business of the operator alone tells besides."""
    stages = held.in_force.stages.by_name
    if "row" in form:
        return {name: tuple(form.getlist(f"act-{name}")) for name in WIDER}
    return {name: tuple(kind for kind in stages[name].to if kind is not Recipient.OPERATOR) for name in WIDER}


def wish_of(made: UUID, country: str, rows: Sequence[StageRow], form: Form) -> Wish:
    """What the form asks for. A day that is none is the first there is, which no edition can have."""
    stages = [Wanted(None if row.is_new else row.key, row.counted, _kinds(row.to)) for row in rows if row.kept]
    acts = {name: _kinds(form.getlist(f"act-{name}")) for name in WIDER}
    replaces = form.get("replaces", "")
    return Wish(
        made,
        country,
        int(replaces) if replaces.isascii() and replaces.isdigit() and len(replaces) < 6 else -1,
        _day(form.get("valid_from", "")),
        stages,
        acts,
    )


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said.strip())
    except ValueError:
        return date.min


def _kinds(said: Sequence[str]) -> tuple[Recipient, ...]:
    return tuple(kind for kind in Recipient if kind in said)


def wrong_in(error: InspectionError, rows: Sequence[StageRow], phrases: Phrasebook, tongue: str) -> dict[str, str]:
    """What is wrong by the fields of the form; under "" what is wrong as a whole."""
    if not isinstance(error, InvalidInput):
        return {"": phrases.say(error.message, tongue)}
    wanted = [row for row in rows if row.kept]
    found: dict[str, list[str]] = {}
    for fault in error.faults:
        said = phrases.say(fault.reason, tongue)
        if fault.accepted not in SEEN:
            said = f"{said} ({phrases.say(fault.accepted, tongue)})"
        found.setdefault(_field(fault.pointer, wanted), []).append(said)
    return {name: "; ".join(dict.fromkeys(said)) for name, said in found.items()}


def _field(pointer: str, wanted: Sequence[StageRow]) -> str:
    match pointer.strip("/").split("/"):
        case ["stages", n, "to"]:
            return f"to-{wanted[int(n)].key}-operator"
        case ["stages", n, _]:
            return f"days-{wanted[int(n)].key}"
        case ["valid_from"]:
            return "valid_from"
        case _:
            return ""
