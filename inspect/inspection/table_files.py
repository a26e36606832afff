"""Tables of rows, CSV or XLSX, recognised by content and not by name.

Rows are read one by one; a row that cannot be read is a `RawRow` that says so, and what makes the whole file
unreadable is raised before the first row.
"""

from collections.abc import Callable
from pathlib import Path

from inspection.csv_tables import CsvFile
from inspection.errors import Fault, InvalidInput
from inspection.raw_rows import RowFile
from inspection.text_encodings import encoding_of
from inspection.xlsx_tables import XlsxFile

OLD_EXCEL = bytes.fromhex("d0cf11e0")
FORMS = "a table in CSV or XLSX"


def open_table(
    path: Path,
    *,
    encoding: str | None = None,
    forms: str = FORMS,
    open_json: Callable[[Path, str], RowFile] | None = None,
) -> RowFile:
    """The file, ready to be read from its first row.

    forms: what is accepted, as refusals say it. open_json: reads a JSON file in an encoding, if there is a form of
    that too. Raises InvalidInput for what is no file, empty, in no form we read, or in another encoding.
    """
    start = _start(path, forms)
    if start.startswith(OLD_EXCEL):
        raise InvalidInput([Fault("", "this is an old Excel file (.xls) or is locked by a password", forms)])
    if start.startswith(b"PK\x03\x04"):
        return XlsxFile(path)
    found = encoding_of(path, encoding)
    with path.open(encoding=found) as text:
        is_json = text.read(100).lstrip().startswith(("{", "["))
    if not is_json:
        return CsvFile(path, found)
    if open_json is None:
        raise InvalidInput([Fault("", "this is JSON and no table", forms)])
    return open_json(path, found)


def _start(path: Path, forms: str) -> bytes:
    if not path.exists():
        raise InvalidInput([Fault("", f"there is no file {path.name}", forms)])
    if not path.is_file():
        raise InvalidInput([Fault("", f"{path.name} is no file", forms)])
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise InvalidInput([Fault("", f"{path.name} cannot be read: {error.strerror}", forms)]) from None
    if not start:
        raise InvalidInput([Fault("", "the file is empty", "a file with at least one row")])
    return start
