"""What one version of a checklist says otherwise than another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from inspection.criteria import Text


class Became(StrEnum):
    """What became of a criterion from one version to the next."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """A criterion that is not the same in both. fields: names of what changed."""

    criterion: str
    title: Text
    became: Became
    fields: tuple[str, ...] = ()


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Difference]:
    """The criteria that are not the same in two contents of checklists, in the order of the second.

    before, after: as published, with `criteria` that each have an `id`.
    """
    old = {criterion["id"]: criterion for criterion in before["criteria"]}
    new = {criterion["id"]: criterion for criterion in after["criteria"]}
    found = []
    for name, criterion in new.items():
        if name not in old:
            found.append(Difference(name, criterion["title"], Became.ADDED))
        elif changed := _changed(old[name], criterion):
            found.append(Difference(name, criterion["title"], Became.CHANGED, changed))
    gone = [Difference(name, old[name]["title"], Became.REMOVED) for name in old if name not in new]
    return [*found, *gone]


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in {**old, **new} if old.get(name) != new.get(name))
