"""What a camera wrote beside a picture: when and where. It is evidence, never the truth: anybody can write it."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inspection.photos.examined import Evidence

# Tags of EXIF 2.32: pointers from the first directory, then what stands in the directories they lead to.
EXIF, GPS = 0x8769, 0x8825
TAKEN_AT, TAKEN_AT_OFFSET = 0x9003, 0x9011
LAT_REF, LAT, LON_REF, LON = 1, 2, 3, 4
_OFFSET = re.compile(r"[+-](0[0-9]|1[0-4]):[0-5][0-9]")
_MOMENT = re.compile(r"[0-9]{4}:[0-9]{2}:[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def read_evidence(exif: Any) -> Evidence:
    """What the EXIF of a picture says. exif: as Pillow reads it.

    Source: EXIF 2.32 (CIPA DC-008), 4.6.6 for positions, 4.6.5 for times.
    """
    lat, lon = _position(exif.get_ifd(GPS))
    return Evidence(_taken_at(exif.get_ifd(EXIF)), lat, lon)


def _taken_at(tags: Mapping[int, Any]) -> str | None:
    said, offset = tags.get(TAKEN_AT), tags.get(TAKEN_AT_OFFSET)
    if not isinstance(said, str) or not _MOMENT.fullmatch(said.strip("\0 ")):
        return None
    try:
        moment = datetime.strptime(said.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - cameras know no zone
    except ValueError:
        return None
    known = isinstance(offset, str) and _OFFSET.fullmatch(offset.strip("\0 "))
    return moment.isoformat() + (known[0] if known else "")


def _position(tags: Mapping[int, Any]) -> tuple[float | None, float | None]:
    lat = _degrees(tags.get(LAT), tags.get(LAT_REF), "NS", 90)
    lon = _degrees(tags.get(LON), tags.get(LON_REF), "EW", 180)
    # Cameras that do not know where they are like to write zeros: a place in the Atlantic.
    return (None, None) if lat is None or lon is None or lat == lon == 0 else (lat, lon)


def _degrees(parts: Any, reference: Any, signs: str, most: int) -> float | None:
    """Degrees from degrees, minutes and seconds; None for what is no position."""
    if isinstance(reference, bytes):
        reference = reference.decode("ascii", "replace")
    sign = reference.strip("\0 ").upper() if isinstance(reference, str) else ""
    if sign not in signs or len(sign) != 1 or not isinstance(parts, Sequence) or not 1 <= len(parts) <= 3:
        return None
    try:
        values = [float(part) for part in parts]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    degrees = sum(value / (1, 60, 3600)[power] for power, value in enumerate(values))
    if not math.isfinite(degrees) or not 0 <= degrees <= most:
        return None
    return round(-degrees if sign in "SW" else degrees, 7)
