"""What tus 1.0 says in headers, read strictly. Source: tus resumable upload protocol 1.0.0 and its extensions."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from werkzeug.datastructures import Headers

from inspection.errors import InspectionError
from inspection.photos.documents import read_sha256

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
ALGORITHMS: Mapping[str, Callable[[], Any]] = {
    # They find a byte that fell over on the way; against forgery there is the SHA-256 of the whole.
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "md5": lambda: hashlib.md5(usedforsecurity=False),
}
BYTES = "application/offset+octet-stream"
LONGEST_METADATA = 4096
_NUMBER = re.compile(r"[0-9]{1,15}")
_KEY = re.compile(r"[!-+\--~]{1,100}")  # ASCII that can be seen, but no comma


class TusRefusal(InspectionError):
    """A request that tus answers with a status of its own."""

    status = 400
    slug = "malformed-upload"
    retry_after: int | None = None  # seconds


class WrongVersion(TusRefusal):
    """Another version of the protocol, or none said."""

    status = 412
    slug = "tus-version"


class WrongBody(TusRefusal):
    """The body is not in the media type of tus."""

    status = 415
    slug = "unsupported-media-type"


class TooLarge(TusRefusal):
    """More bytes than may be, or than were told."""

    status = 413
    slug = "too-large"


class OtherOffset(TusRefusal):
    """The upload is not where the request thinks it is."""

    status = 409
    slug = "upload-offset"


class Locked(TusRefusal):
    """Somebody else is writing, or nobody can at the moment; to be tried again."""

    status = 423
    slug = "upload-locked"
    retry_after = 1


class ChecksumDiffers(TusRefusal):
    """What came is not what was sent."""

    status = 460
    slug = "checksum-differs"


class NoRoom(TusRefusal):
    """There is no room for more bytes now."""

    status = 503
    slug = "full"
    retry_after = 60


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: str
    digest: bytes


def require_version(said: str | None) -> None:
    """Raises WrongVersion for anything but our version."""
    if said != VERSION:
        raise WrongVersion("this address speaks tus 1.0.0", accepted=f"Tus-Resumable: {VERSION}")


def read_creation(headers: Mapping[str, str] | Headers, *, most: int) -> int | None:
    """The length of a new upload; None if it is told later. Raises TusRefusal, TooLarge."""
    if "Upload-Concat" in headers:
        raise TusRefusal("uploads are not put together here", accepted="an upload in one piece")
    length, deferred = headers.get("Upload-Length"), headers.get("Upload-Defer-Length")
    if (length is None) == (deferred is None) or deferred not in (None, "1"):
        raise TusRefusal(
            "an upload has a length, or tells it later",
            accepted="Upload-Length: <bytes>, or Upload-Defer-Length: 1",
        )
    return None if length is None else read_length(length, most=most)


def read_length(said: str, *, most: int) -> int:
    """The value of Upload-Length. Raises TusRefusal, TooLarge."""
    length = _number(said, "Upload-Length")
    if length > most:
        raise TooLarge("this is larger than any upload may be", accepted=f"at most {most} bytes")
    return length


def read_offset(said: str | None) -> int:
    """The value of Upload-Offset. Raises TusRefusal."""
    return _number(said or "", "Upload-Offset")


def read_checksum(said: str | None) -> Checksum | None:
    """The value of Upload-Checksum; None without one. Raises TusRefusal."""
    if said is None:
        return None
    algorithm, _, encoded = said.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise TusRefusal("this checksum is not known here", accepted=", ".join(ALGORITHMS))
    try:
        return Checksum(algorithm, base64.b64decode(encoded.strip(), validate=True))
    except (binascii.Error, ValueError):
        raise TusRefusal(
            "this checksum cannot be read", accepted="the name of the algorithm, a space, and the digest in Base64"
        ) from None


def read_metadata(said: str) -> Mapping[str, str]:
    """The pairs of Upload-Metadata; clients may send it empty, keys may have no value. Raises TusRefusal."""
    if len(said) > LONGEST_METADATA:
        raise TusRefusal("there is too much metadata", accepted=f"at most {LONGEST_METADATA} characters")
    pairs: dict[str, str] = {}
    for pair in said.split(",") if said.strip() else ():
        key, _, encoded = pair.strip().partition(" ")
        try:
            value = base64.b64decode(encoded.strip(), validate=True).decode(errors="replace")
        except (binascii.Error, ValueError):
            value = None
        if value is None or key in pairs or not _KEY.fullmatch(key):
            raise TusRefusal(
                "this metadata cannot be read",
                accepted="pairs of a key and a value in Base64, separated by commas",
            )
        pairs[key] = value
    return pairs


def told_sha256(metadata: Mapping[str, str]) -> bytes | None:
    """The SHA-256 that the sender tells; None if they tell none. Raises TusRefusal."""
    said = metadata.get("sha256")
    digest = read_sha256(said)
    if said and digest is None:
        raise TusRefusal("the sha256 of the metadata is none", accepted="64 hexadecimal digits")
    return digest


def as_date(moment: datetime) -> str:
    """A moment as HTTP writes it. moment: UTC."""
    return format_datetime(moment, usegmt=True)


def _number(said: str, name: str) -> int:
    if not _NUMBER.fullmatch(said):
        raise TusRefusal("this is not a number of bytes", accepted=f"{name}: <bytes>")
    return int(said)
