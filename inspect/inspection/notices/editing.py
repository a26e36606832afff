"""What an administrator may make of the stages of notices, as a pure rule.

A stage keeps its name whatever day it gets, and so nobody is told twice. Stages of acts are fixed but for whom
two of them tell besides the operator: the others tell operators of what was decided about them, and nobody else.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from inspection.errors import Fault, InvalidInput
from inspection.notices.stages import FARTHEST, Event, Recipient, Stage, Stages, ordered
from inspection.notices.timetables import Edition

MOST = 12
WIDER: Mapping[str, Event] = {event.value: event for event in (Event.FOUND_AGAIN, Event.FOUND_LATE)}
A_RECIPIENT = ", ".join(Recipient)
A_DAY = f"from 1 to {FARTHEST}, or below zero"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stage as somebody wants it. name: of one that was there before; None: a new one."""

    name: str | None
    days: int
    to: tuple[Recipient, ...]


def edited(
    editions: Sequence[Edition],
    wanted: Sequence[Wanted],
    wider: Mapping[str, Sequence[Recipient]],
    *,
    names: str,
) -> Stages:
    """The stages that an edition consists of; what of those in force is not wanted is retired.

    editions: of the country, oldest first, the last of them replaced. wider: whom acts of `WIDER` tell besides
    the operator; those that are not named stay as they are. names: what the names of new stages begin with.
    Raises InvalidInput with every fault, by its place: `/stages/2/days`, `/acts/found_late`.
    """
    known = {stage.name: stage for edition in editions for stage in edition.stages.by_day}
    faults = [*_wrong(wanted, known), *_clashes(wanted), *_left_out(wanted), *_wrong_acts(wider)]
    if faults:
        raise InvalidInput(faults)
    held = editions[-1].stages
    acts = [_wider(stage, wider) for stage in held.by_name.values() if stage.act is not None]
    new = ordered([*acts, *_named(wanted, names)])
    if new.by_name == held.by_name:
        raise InvalidInput([Fault("/stages", "these are the stages as they are", "something that is different")])
    return new


def _named(wanted: Sequence[Wanted], names: str) -> Iterator[Stage]:
    made = 0
    for each in wanted:
        made += each.name is None
        yield Stage(each.name or f"{names}{made}", _sorted(each.to), days=each.days)


def _sorted(to: Collection[Recipient]) -> tuple[Recipient, ...]:
    return tuple(kind for kind in Recipient if kind in to)


def _wider(stage: Stage, wider: Mapping[str, Sequence[Recipient]]) -> Stage:
    if stage.name not in wider:
        return stage
    return replace(stage, to=_sorted({Recipient.OPERATOR, *wider[stage.name]}))


def _wrong(wanted: Sequence[Wanted], known: Mapping[str, Stage]) -> Iterator[Fault]:
    names = [each.name for each in wanted if each.name is not None]
    for n, each in enumerate(wanted):
        if not 0 < abs(each.days) <= FARTHEST:
            yield Fault(f"/stages/{n}/days", "this is no number of days", A_DAY)
        if not each.to:
            yield Fault(f"/stages/{n}/to", "somebody has to be written to", A_RECIPIENT)
        if each.name is None:
            continue
        if each.name not in known:
            accepted = "a stage that was there before, or none: then it is a new one"
            yield Fault(f"/stages/{n}/name", "there is no such stage", accepted)
        elif (known[each.name].days or 0) * each.days < 0:
            reason = "a stage stays on its side of the due date: what people heard of it would mean something else"
            yield Fault(f"/stages/{n}/days", reason, "another day on that side, or a new stage")
        if names.count(each.name) > 1:
            yield Fault(f"/stages/{n}/name", "this stage is named twice", "each stage once")


def _clashes(wanted: Sequence[Wanted]) -> Iterator[Fault]:
    seen: set[tuple[int, Recipient]] = set()
    for n, each in enumerate(wanted):
        told = {(each.days, kind) for kind in each.to}
        if told & seen:
            reason = "somebody would be told twice on one day"
            yield Fault(f"/stages/{n}/days", reason, "a day on which these are told of no other stage")
        seen |= told


def _left_out(wanted: Sequence[Wanted]) -> Iterator[Fault]:
    if len(wanted) > MOST:
        yield Fault("/stages", "these are too many stages", f"at most {MOST}")
    of_operator = [each.days for each in wanted if Recipient.OPERATOR in each.to]
    if not any(days < 0 for days in of_operator):
        yield Fault(
            "/stages", "the operator would hear nothing before the date", "a stage for the operator before it"
        )
    if not any(days > 0 for days in of_operator):
        yield Fault(
            "/stages", "the operator would hear nothing after the date", "a stage for the operator after it"
        )


def _wrong_acts(wider: Mapping[str, Sequence[Recipient]]) -> Iterator[Fault]:
    for name in sorted(wider.keys() - WIDER.keys()):
        yield Fault(f"/acts/{name}", "whom this act tells is fixed", ", ".join(WIDER))
