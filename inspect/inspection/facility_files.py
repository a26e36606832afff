"""Files of facilities, whatever their form: CSV, XLSX or GeoJSON, recognised by content and not by name.

Rows are read one by one; a row that cannot be read is a `RawRow` that says so, and what makes the whole file
unreadable is raised before the first row.
"""

from pathlib import Path

from inspection.errors import Fault, InvalidInput
from inspection.facility_csv import CsvFile
from inspection.facility_geojson import GeoJsonFile
from inspection.facility_xlsx import XlsxFile
from inspection.raw_rows import FacilityFile
from inspection.text_encodings import encoding_of

OLD_EXCEL = bytes.fromhex("d0cf11e0")
FORMS = "a file of facilities in CSV, XLSX or GeoJSON"


def open_facility_file(path: Path, *, encoding: str | None = None) -> FacilityFile:
    """The file, ready to be read from its first row.

    Raises InvalidInput for what is no file, empty, in no form we read, or in another encoding.
    """
    start = _start(path)
    if start.startswith(OLD_EXCEL):
        raise InvalidInput([Fault("", "this is an old Excel file (.xls) or is locked by a password", FORMS)])
    if start.startswith(b"PK\x03\x04"):
        return XlsxFile(path)
    found = encoding_of(path, encoding)
    with path.open(encoding=found) as text:
        is_json = text.read(100).lstrip().startswith(("{", "["))
    return GeoJsonFile(path, found) if is_json else CsvFile(path, found)


def _start(path: Path) -> bytes:
    if not path.exists():
        raise InvalidInput([Fault("", f"there is no file {path.name}", FORMS)])
    if not path.is_file():
        raise InvalidInput([Fault("", f"{path.name} is no file", FORMS)])
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise InvalidInput([Fault("", f"{path.name} cannot be read: {error.strerror}", FORMS)]) from None
    if not start:
        raise InvalidInput([Fault("", "the file is empty", "a file with at least one row")])
    return start
