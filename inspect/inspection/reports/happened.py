"""What happened in a short period, for whoever looks in every morning: a few figures of a report, and only those.

Each is counted by the very code of the report, so `reports.rows` lists what it counts.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from inspection.reports import duties, prescribed, visits
from inspection.reports.asked import Asked, Count, Path

CHECKS, FOUND, PRESCRIBED = ("checks", "total"), ("violations_found", "total"), ("prescriptions",)
IN_TIME, LATE, EXTENDED = ("items", "executed_in_time"), ("items", "executed_late"), ("items", "extended")
FIGURES: tuple[Path, ...] = (CHECKS, FOUND, PRESCRIBED, IN_TIME, LATE, EXTENDED)


def happened(asked: Asked, known: Mapping[Path, int] | None = None) -> Mapping[Path, int]:
    """The FIGURES of a period over all rows of it. Six statements.

    known: what of them a digest has counted already, FOUND, IN_TIME and LATE; then three statements less.
    """
    found = Counter(dict.fromkeys(FIGURES, 0))
    for _key, path, number in _counts(asked, with_duties=known is None):
        if path in FIGURES:
            found[path] += number
    return {**found, **(known or {})}


def grounds(asked: Asked) -> Mapping[str, int]:
    """Checks of a period by ground, `total` among them. One statement."""
    found: Counter[str] = Counter()
    for _key, path, number in visits.by_ground(asked):
        if path[0] == "checks":
            found[path[-1]] += number
    return found


def _counts(asked: Asked, *, with_duties: bool) -> Iterator[Count]:
    yield from visits.by_ground(asked)
    yield from prescribed.counts(asked)
    yield from duties.extended(asked)
    if with_duties:
        yield from duties.found_and_executed(asked)
