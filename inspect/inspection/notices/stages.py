"""The stages of notices that Pandus comes with (`data/notice-stages.yaml`), read and checked once.

A country changes those that a date brings by editions (`timetables.py`). Acts and their names are fixed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import yaml

from inspection.errors import Fault, InvalidInput
from inspection.telling import Say

LONGEST_NAME = 20
FARTHEST = 3650  # days from a due date that somebody may still want to write about


class Recipient(StrEnum):
    """Who is written to."""

    OPERATOR = "operator"
    DEPARTMENT = "department"
    AKIMAT = "akimat"


class Event(StrEnum):
    """Acts that operators hear of and that change nothing in the ledger."""

    ANSWERED = "answered"  # an official answered what they had asked or contested
    FOUND_AGAIN = "found_again"  # declared as remedied, and measured as failing again
    FOUND_LATE = "found_late"  # measured as failing again after its told date
    ASKED = "asked"  # an official asks them for an explanation


Act = Say | Event
ACTS: Mapping[str, Act] = {act.value: act for kind in (Say, Event) for act in kind}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage. act: the act that it tells; else days: from the told due date, below zero before it."""

    name: str
    to: tuple[Recipient, ...]
    act: Act | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Stages:
    """All stages by name. by_day: those that a date brings, earliest first."""

    by_name: Mapping[str, Stage]
    by_day: tuple[Stage, ...]

    def for_(self, recipient: Recipient) -> tuple[Stage, ...]:
        """The stages that a date brings for one kind of recipient, earliest first."""
        return tuple(stage for stage in self.by_day if recipient in stage.to)

    def telling(self, act: Act) -> tuple[Stage, ...]:
        """The stages that tell this act."""
        return tuple(stage for stage in self.by_name.values() if stage.act is act)

    @property
    def earliest(self) -> int:
        """Days from a due date at which its first stage falls due."""
        return min((stage.days or 0 for stage in self.by_day), default=0)


@cache
def stages() -> Stages:
    """The stages that Pandus comes with."""
    return read_stages(resources.files("inspection").joinpath("data/notice-stages.yaml").read_text("utf-8"))


def act_of(name: str) -> Act | None:
    """The act that a notice of this name tells; None: a date brought it, by whatever edition."""
    stage = stages().by_name.get(name)
    return None if stage is None else stage.act


def ordered(found: Iterable[Stage]) -> Stages:
    """Stages as a whole: each has a name of its own."""
    listed = tuple(found)
    by_day = sorted((stage for stage in listed if stage.days is not None), key=lambda stage: stage.days or 0)
    return Stages({stage.name: stage for stage in listed}, tuple(by_day))


def read_stages(text: str) -> Stages:
    """The stages in a YAML text. Raises InvalidInput with every fault: a stage nobody knows is never skipped."""
    held = yaml.safe_load(text)
    listed = held.get("stages") if isinstance(held, dict) else None
    if not isinstance(listed, list) or not listed:
        raise InvalidInput([Fault("/stages", "there are no stages", "a list of stages")])
    faults: list[Fault] = []
    read = [stage for n, each in enumerate(listed) if (stage := _stage(each, f"/stages/{n}", faults))]
    faults += _doubles(read)
    if faults:
        raise InvalidInput(faults)
    return ordered(read)


def _stage(held: Any, at: str, faults: list[Fault]) -> Stage | None:
    if not isinstance(held, dict):
        faults.append(Fault(at, "a stage has a name, recipients, and days or an act", "a mapping"))
        return None
    before = len(faults)
    unknown = sorted(map(str, held.keys() - {"name", "act", "days", "to"}))
    faults += [Fault(f"{at}/{name}", "no stage has this", "name, act, days, to") for name in unknown]
    name, act, days = held.get("name"), held.get("act"), held.get("days")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        faults.append(Fault(f"{at}/name", "a stage needs a name", f"1 to {LONGEST_NAME} letters"))
    if (act is None) == (days is None):
        faults.append(Fault(at, "a stage comes with a day or with an act", "one of days and act"))
    if act is not None and act not in ACTS:
        faults.append(Fault(f"{at}/act", "this act is told by nobody", ", ".join(ACTS)))
    if days is not None and (type(days) is not int or not 0 < abs(days) <= FARTHEST):
        faults.append(Fault(f"{at}/days", "this is no number of days", f"from 1 to {FARTHEST}, or below zero"))
    to = _recipients(held.get("to"), f"{at}/to", faults)
    if len(faults) > before:
        return None
    return Stage(str(name), to, None if act is None else ACTS[act], days)


def _recipients(held: Any, at: str, faults: list[Fault]) -> tuple[Recipient, ...]:
    known = set(Recipient)
    if not isinstance(held, list) or not held or not set(map(str, held)) <= known:
        faults.append(Fault(at, "somebody has to be written to", ", ".join(Recipient)))
        return ()
    return tuple(Recipient(each) for each in dict.fromkeys(held))


def _doubles(read: Sequence[Stage]) -> list[Fault]:
    names = [stage.name for stage in read]
    doubled = sorted({name for name in names if names.count(name) > 1})
    return [Fault("/stages", f"two stages are called {name}", "a name of its own for each") for name in doubled]
