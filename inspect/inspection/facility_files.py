"""Files of facilities, whatever their form: a table (`table_files.py`) or GeoJSON."""

from pathlib import Path

from inspection.facility_geojson import GeoJsonFile
from inspection.raw_rows import RowFile
from inspection.table_files import open_table

FORMS = "a file of facilities in CSV, XLSX or GeoJSON"


def open_facility_file(path: Path, *, encoding: str | None = None) -> RowFile:
    """The file, ready to be read from its first row. Raises InvalidInput as `open_table` does."""
    return open_table(path, encoding=encoding, forms=FORMS, open_json=GeoJsonFile)
