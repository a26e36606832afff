"""Which column of a file holds what, whatever its rows describe."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from inspection.errors import Fault, InvalidInput


def recognise(
    names: Mapping[str, tuple[str, ...]],
    columns: Sequence[str],
    said: Mapping[str, str],
    needed: Sequence[tuple[str, ...]],
    *,
    what: str,
) -> dict[str, str]:
    """Field to column.

    names: field to the names under which it is recognised, the first that a file has wins. what: a row describes.
    said: field to column, as a person named them; they win. needed: groups of fields of which one must be there.
    Raises InvalidInput, once, for everything that is missing, doubled or not known.
    """
    faults = _wrongly_said(names, columns, said, what)
    found = {field: column for field, column in said.items() if field in names}
    by_name = {normal(column): column for column in reversed(columns)}
    for field, known in names.items():
        column = next((by_name[name] for name in known if name in by_name), None)
        if field not in found and column is not None and column not in said.values():
            found[field] = column
    twice = Counter(columns)
    faults += [
        Fault(f"/{column}", f"there are {twice[column]} columns {column}", "one column of each name")
        for column in dict.fromkeys(found.values())
        if twice[column] > 1
    ]
    faults += [
        Fault(
            f"/{group[0]}",
            f"there is no column for {' or '.join(group)}; the file has {_listed(columns)}",
            _names(names, group),
        )
        for group in needed
        if not any(field in found for field in group)
    ]
    if faults:
        raise InvalidInput(faults, "the columns of the file do not fit")
    return found


def _wrongly_said(
    names: Mapping[str, tuple[str, ...]], columns: Sequence[str], said: Mapping[str, str], what: str
) -> list[Fault]:
    faults = [
        Fault(f"/{field}", f"{field!r} is no field of {what}", ", ".join(names))
        for field in said
        if field not in names
    ]
    return faults + [
        Fault(f"/{field}", f"the file has no column {column!r}", _listed(columns))
        for field, column in said.items()
        if column not in columns
    ]


def _names(names: Mapping[str, tuple[str, ...]], group: Sequence[str]) -> str:
    return "a column named " + ", ".join(name for field in group for name in names[field])


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:40])
    return shown[:500] + (", ..." if len(columns) > 40 or len(shown) > 500 else "")


def normal(name: str) -> str:
    """A name as it is compared: without case, with underscores between its words."""
    return re.sub(r"[\s/-]+", "_", name.strip().casefold())
