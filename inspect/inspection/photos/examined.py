"""What an examination of a picture can end with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """most_pixels: width times height of what is decoded."""

    most_pixels: int = 60_000_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the camera wrote beside the picture.

    taken_at: its local time in ISO 8601, with an offset from UTC only where one stood there. lat, lon: WGS 84
    degrees, both or none.
    """

    taken_at: str | None = None
    lat: float | None = None
    lon: float | None = None


NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class Examined:
    """What was seen in a picture.

    width, height: pixels, upright. public, thumbnail: JPEG without metadata. media_type: as decoded.
    """

    media_type: str
    width: int
    height: int
    evidence: Evidence
    public: bytes
    thumbnail: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """Bytes that are kept but not shown. reason: a sentence for a person."""

    reason: str
