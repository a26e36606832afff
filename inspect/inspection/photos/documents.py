"""The row of a photo, as tablets send it: its form and what it says."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inspection.errors import Fault, InvalidInput
from inspection.forms import Fields

LARGEST = 1 << 40  # bytes; what an upload may really have is a setting
# Added by the server when it sends a photo back: never part of what makes two documents the same.
SERVER_OWNED = frozenset(
    {
        *("rev", "_deleted", "country", "region_code", "district_code", "facility_id", "author_id"),
        *("device_id", "received_at", "state", "reason", "width", "height", "detected_media_type"),
        *("exif_taken_at", "exif_lat", "exif_lon", "thumbnail"),
    }
)
_HEX = re.compile(r"[0-9A-Fa-f]{64}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,30}/[A-Za-z0-9][A-Za-z0-9.+-]{0,30}")


@dataclass(frozen=True, slots=True)
class PhotoDocument:
    """What a tablet says of a photo. taken_at: by the tablet's clock, in UTC. sha256: of the bytes, 32 bytes."""

    id: UUID
    audit: UUID
    criterion: str | None
    place: str | None
    sha256: bytes
    size: int
    media_type: str
    taken_at: datetime
    note: str | None


def read_photo(document: Any) -> PhotoDocument:
    """The photo that a JSON document says. Raises InvalidInput with every fault of form."""
    faults: list[Fault] = []
    fields = Fields(document, "", faults)
    said: dict[str, Any] = {
        "id": fields.uuid("id", required=True),
        "audit": fields.uuid("audit", required=True),
        "criterion": fields.token("criterion"),
        "place": fields.token("place"),
        "sha256": _sha256(fields),
        "size": fields.integer("size", 0, LARGEST, required=True),
        "media_type": _media_type(fields),
        "taken_at": fields.instant("taken_at", required=True),
        "note": fields.text("note"),
    }
    fields.close(SERVER_OWNED)
    if said["place"] is not None and said["criterion"] is None:
        fields.fault("place", "a place was judged by a criterion", "a criterion beside it, or no place")
    if faults:
        raise InvalidInput(faults, "the photo document has faults of form")
    return PhotoDocument(**said)


def read_sha256(text: Any) -> bytes | None:
    """The 32 bytes of a SHA-256 in hexadecimal; None if it is none."""
    return bytes.fromhex(text) if isinstance(text, str) and _HEX.fullmatch(text) else None


def _sha256(fields: Fields) -> bytes | None:
    accepted = "64 hexadecimal digits"
    value = fields.raw("sha256", accepted, required=True)
    digest = read_sha256(value)
    if value is not None and digest is None:
        fields.fault("sha256", "this is not a SHA-256", accepted)
    return digest


def _media_type(fields: Fields) -> str | None:
    accepted = "a media type like image/jpeg"
    value = fields.raw("media_type", accepted, required=True)
    if value is None or (isinstance(value, str) and _MEDIA_TYPE.fullmatch(value)):
        return value
    fields.fault("media_type", "this is not a media type", accepted)
    return None
