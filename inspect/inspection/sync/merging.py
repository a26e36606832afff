"""Merging an edit with what others did meanwhile, field by field. Pure.

The base is what the editor saw. A field that only one side changed takes that side's value; where both changed it,
to different values, the held one stays and the other is lost: kept, and shown to a person.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merge:
    """What to write, and what was lost: field to (the editor's value, the held one)."""

    apply: Document
    lost: Mapping[str, tuple[Any, Any]]


def merge(base: Document | None, new: Document, held: Document, fields: Collection[str]) -> Merge:
    """The edit from `base` to `new` put upon `held`. fields: those that the editor owns.

    Without a base nobody knows what the editor changed, so every difference from `held` is lost. A field that
    `new` does not have was left as it is, unless the base had it: then it was emptied.
    """
    apply: dict[str, Any] = {}
    lost: dict[str, tuple[Any, Any]] = {}
    for name in fields:
        if name not in new and (base is None or base.get(name) is None):
            continue
        wanted, there = new.get(name), held.get(name)
        if wanted == there or (base is not None and wanted == base.get(name)):
            continue
        if base is not None and there == base.get(name):
            apply[name] = wanted
        else:
            lost[name] = (wanted, there)
    return Merge(apply, lost)
