"""Files of facilities as offices send them."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

HEADER = ("id", "kind", "name_ru", "name_kk", "address_ru", "lat", "lon", "bin", "operator")
ROWS = (
    ("a-1", "polyclinic", "Поликлиника № 1", "№ 1 емхана", "ул. Примерная, 1", "43.25", "76.25", "", ""),
    ("a-2", "pharmacy", "Аптека «Ромашка»", "", "ул. Примерная, 2", "43.26", "76.75", "", ""),
    ("a-3", "polyclinic", "Поликлиника, детская", "", "", "51.5", "71.5", "", ""),
)


def write_csv(
    path: Path,
    rows: Iterable[Sequence[Any]] = ROWS,
    header: Sequence[str] = HEADER,
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    """A CSV file."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: Iterable[Sequence[Any]] = ROWS, header: Sequence[str] = HEADER) -> Path:
    """A workbook of one sheet; numbers stay numbers, days are days, None is an empty cell."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "dd.mm.yyyy"}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate([header, *rows]):
            sheet.write_row(number, 0, cells)
    return path


def feature(lon: Any = 76.25, lat: Any = 43.25, **properties: Any) -> dict[str, Any]:
    """A feature of a point."""
    plain = {"id": "a-1", "kind": "polyclinic", "name_ru": "Поликлиника № 1"}
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": {**plain, **properties}, "geometry": geometry}


def write_geojson(path: Path, features: Sequence[Mapping[str, Any]], **about: Any) -> Path:
    """A FeatureCollection; members given stand before its features."""
    document = {"type": "FeatureCollection", **about, "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def repack(path: Path, **members: bytes) -> Path:
    """A workbook with some of its members replaced. members: by the name without folder and suffix."""
    with zipfile.ZipFile(path) as old:
        held = {info.filename: old.read(info) for info in old.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in held.items():
            new.writestr(name, members.get(Path(name).stem, content))
    return path
