"""Hostile variants of a JSON document: parts dropped, doubled, renamed, and replaced by what nobody expects."""

import copy
import math
from typing import Any

from hypothesis import strategies as st

NASTY: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    -0.0,
    math.nan,
    math.inf,
    10**18,
    10**400,
    2**63,
    1e308,
    5e-324,
    "",
    " ",
    "\x00",
    "\ud83d",
    "\u202e",
    "🙂",
    "x" * 10_000,
    "main",
    "not_applicable",
    "0001-01-01T00:00:00+00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999+00:00",
    "2026-03-16T09:00:00+23:59",
    "2026-03-16T09:00:00+99:00",
    "0001-01-01",
    "9999-12-31",
    "00000000-0000-0000-0000-000000000000",
    "NaN",
    "1e400",
    "1:12",
    [],
    {},
    [[[[]]]],
    {"value": {"value": 1}},
    [None],
]


def _places(document: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a document."""
    found: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        container = waiting.pop()
        pairs = container.items() if isinstance(container, dict) else enumerate(container)
        for key, inner in pairs:
            found.append((container, key))
            if isinstance(inner, dict | list):
                waiting.append(inner)
    return found


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> Any:
    """The document after one to four mutations."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        places = _places(changed)
        if not places:
            break
        container, key = places[draw(st.integers(0, len(places) - 1))]
        kind = draw(st.sampled_from(("replace", "replace", "replace", "drop", "double", "move", "add")))
        if kind == "replace":
            container[key] = copy.deepcopy(draw(st.sampled_from(NASTY)))
        elif kind == "drop":
            del container[key]
        elif kind == "move":
            other, there = places[draw(st.integers(0, len(places) - 1))]
            container[key] = copy.deepcopy(other[there]) if there in _keys(other) else None
        elif isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            container[draw(st.sampled_from(("extra", "\x00", "\ud800", "a/b", "", "x" * 300)))] = container[key]
    return changed


def _keys(container: Any) -> Any:
    return container if isinstance(container, dict) else range(len(container))
