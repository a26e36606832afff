"""Tables as CSV for Excel in Kazakh and Russian: UTF-8 with a mark at its start, semicolons, decimal commas.

A text is never a formula: one that begins like a formula gets an apostrophe in front, which Excel shows and does
not run. Source: OWASP, CSV Injection; RFC 4180 for quotation marks and line ends.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from io import StringIO

Cell = str | int | float | date | None
MEDIA_TYPE = "text/csv; charset=utf-8"
MARK = "\ufeff"  # by which Excel knows that it is UTF-8
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SIGNS = dict.fromkeys(
    [*range(0x20), 0x7F], None
)  # what nobody typed on purpose: it breaks rows and hides formulas
SIGNS |= {ord("\t"): " ", ord("\n"): " ", ord("\r"): " "}


def lines(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The file, row by row."""
    held = StringIO()
    writer = csv.writer(held, delimiter=";", lineterminator="\r\n")
    held.write(MARK)
    for row in rows:
        writer.writerow([plain(cell) for cell in row])
        yield held.getvalue().encode()
        held.seek(0)
        held.truncate()


def plain(cell: Cell) -> str:
    """A cell as text that Excel reads as what it is: a number, a day, or text that runs nothing."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.strftime("%d.%m.%Y")
    if isinstance(cell, int | float):
        return str(cell).replace(".", ",")
    # Asked before and after: what stood in front of a sign may be gone by now.
    said = cell.encode(errors="replace").decode().translate(SIGNS)
    risky = cell.lstrip(" \u00a0").startswith(FORMULA) or said.lstrip(" \u00a0").startswith(FORMULA)
    return f"'{said}" if risky else said
