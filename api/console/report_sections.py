"""A report cut into parts that fit on a page: which figures stand together, and what is drawn of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from api.console import facts
from api.report_tables import DRAWN, Figure, ReportTable
from api.report_workbook import STACKED
from inspection.reports import rows
from inspection.reports.asked import Path
from inspection.reports.titles import Titles

_ = lazy_gettext
TITLES: Mapping[str, Any] = {
    "checks": _("Checks"),
    "facilities_checked": _("Places checked"),
    "violations_found": _("Violations found"),
    "groups": _("Violations by group of people"),
    "zones": _("Violations by zone"),
    "items": _("Prescriptions and their items"),
    "rechecks": _("Re-checks"),
    "adapted": _("Adaptation"),
    "use": _("What is known of visits"),
    "fines": _("Fines"),
    "obstructed_visits": _("Obstructed visits"),
}
APART: Mapping[Path, str] = {("violations_found", "by_group"): "groups", ("violations_found", "by_zone"): "zones"}
SHARE = ("obstructed_visits", "placeholder_share")
UNLIKE = ("fines", "obstructed_visits")  # figures of different units: bars of them would compare nothing


@dataclass(frozen=True, slots=True)
class Drawn:
    """One figure of a section. name: its path with dots. part: its colour among others; None: it has none.

    barred: it has a bar of its own beside the figures of the total. linked: its rows can be listed.
    """

    path: Path
    name: str
    words: str
    brief: str
    at: int
    part: int | None
    barred: bool
    linked: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that stand together. stacked: those that are drawn add up to a whole."""

    name: str
    title: Any
    figures: Sequence[Drawn]
    stacked: bool

    @property
    def parts(self) -> Sequence[Drawn]:
        """The figures that are drawn."""
        return [figure for figure in self.figures if figure.part is not None]

    def longest(self, values: Sequence[Figure]) -> float:
        """What fills a whole bar where each figure has its own."""
        return max((values[figure.at] or 0 for figure in self.figures if figure.barred), default=0)

    def most(self, values: Sequence[Sequence[Figure]]) -> float:
        """What fills a whole bar. values: rows of the table."""
        sums = [[row[figure.at] or 0 for figure in self.parts] for row in values]
        return max((sum(row) if self.stacked else max(row, default=0) for row in sums), default=0)


def sections(report: ReportTable, titles: Titles) -> Sequence[Section]:
    """The sections of a report, in its order."""
    by_name: dict[str, list[tuple[Path, str]]] = {}
    for path, words in report.columns:
        by_name.setdefault(APART.get(path[:2], "items" if path[0] == "prescriptions" else path[0]), []).append(
            (path, words)
        )
    return [_section(name, figures, report, titles) for name, figures in by_name.items()]


def _section(name: str, figures: Sequence[tuple[Path, str]], report: ReportTable, titles: Titles) -> Section:
    paths = [path for path, _words in figures]
    title, chosen = next(((t, list(p)) for t, p in DRAWN if set(p) <= set(paths)), ("", paths[:1]))
    drawn = [] if name in UNLIKE else chosen
    countable = set(rows.countable())
    listed = [
        Drawn(
            path,
            ".".join(path),
            words,
            _brief(path, words, titles),
            report.place(*path),
            drawn.index(path) if path in drawn else None,
            name not in UNLIKE and path != ("prescriptions",),
            path != SHARE and any(each in countable for each in _spellings(path)),
        )
        for path, words in figures
    ]
    return Section(name, TITLES[name], listed, title in STACKED and bool(drawn))


def _brief(path: Path, words: str, titles: Titles) -> str:
    known = {"by_kind": titles.kinds, "by_zone": titles.zones}.get(path[-2] if path[1:] else "")
    return words if known is None else facts.called(known.get(path[-1]), path[-1])


def _spellings(path: Path) -> Iterator[str]:
    """How the list of countable figures may name it: as it is, or with a star for a word that is data."""
    yield ".".join(path)
    yield ".".join((*path[:-1], "*"))
