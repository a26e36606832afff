"""A report as a table: a row for each key, a column for each figure, for whatever is made of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.languages import Phrasebook
from api.report_words import heading, name_of_row
from inspection.reports.asked import By, Path
from inspection.reports.titles import Titles

Figure = int | float | None  # None: not recorded, which is not zero
BESIDE = ("state", "currency", "since")  # what says how a figure is meant, and is none
# Title of a chart to the figures that stand side by side in it.
DRAWN: tuple[tuple[str, Sequence[Path]], ...] = (
    ("Checks by ground", [("checks", g) for g in ("preventive", "unscheduled", "prosecutor", "follow_up")]),
    (
        "Violations found, by severity",
        [("violations_found", "by_severity", s) for s in ("gross", "significant", "minor")],
    ),
    (
        "Violations found, by group",
        [
            ("violations_found", "by_group", g)
            for g in ("wheelchair", "mobility", "vision", "hearing", "cognitive")
        ],
    ),
    (
        "Items of prescriptions",
        [("items", i) for i in ("executed_in_time", "executed_late", "extended", "overdue")],
    ),
    ("Adaptation of facilities", [("adapted", a) for a in ("plan", "declared", "verified")]),
    (
        "What is known of visits",
        [("use", u) for u in ("counted", "estimated", "unknown", "attested_zero")],
    ),
)


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A report in the words of a language. values of a row: one for each column."""

    by: By
    language: str
    columns: Sequence[tuple[Path, str]]
    rows: Sequence[tuple[str, str, Sequence[Figure]]]  # key (empty: not known), name, values
    total: Sequence[Figure]

    def place(self, *path: str) -> int:
        """Which column holds a figure."""
        return [column for column, _ in self.columns].index(path)

    def of_total(self, *path: str) -> Figure:
        """A figure of the total."""
        return self.total[self.place(*path)]


def table(report: Mapping[str, Any], language: str, phrasebook: Phrasebook, titles: Titles) -> ReportTable:
    """The table of a report. report: as `inspection.reports.figures` gives it."""
    by = By(report["by"])
    paths = list(_paths(report["total"], ()))
    rows = [
        (
            row["key"] or "",
            name_of_row(row, by, language, phrasebook, titles),
            [_figure(row, path) for path in paths],
        )
        for row in report["rows"]
    ]
    currency = report["total"]["fines"]["currency"]
    columns = [(path, heading(path, language, phrasebook, titles, currency)) for path in paths]
    return ReportTable(by, language, columns, rows, [_figure(report["total"], path) for path in paths])


def _paths(figures: Mapping[str, Any], way: Path) -> Iterator[Path]:
    """Figures in their order, kinds and zones by name; the total has every one that occurs in a row."""
    by_word = way[-1:] in (("by_kind",), ("by_zone",))
    for name in sorted(figures) if by_word else figures:
        if isinstance(figures[name], Mapping):
            yield from _paths(figures[name], (*way, name))
        elif name not in BESIDE:
            yield (*way, name)


def _figure(figures: Mapping[str, Any], path: Path) -> Figure:
    *way, last = path
    for step in way:
        figures = figures[step]
    # A kind or zone that does not occur in a row was counted there all the same.
    found: Figure = figures.get(last, 0)
    return found
