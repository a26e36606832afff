"""What pages load, packed once: an address with a version leads to bytes that never change."""

import gzip
from functools import cache
from pathlib import Path

from flask import Response, request

FOLDER = Path(__file__).parent.parent / "static"
PACKED = frozenset({"text/javascript", "text/css", "image/svg+xml"})


def pack(response: Response) -> Response:
    """A whole file of the console with a version in its address, packed for who takes it packed."""
    name = str((request.view_args or {}).get("filename", ""))
    if response.status_code != 200 or response.mimetype not in PACKED or not name.startswith("console/"):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        response.close()  # the plain file, which nobody reads now
        response.direct_passthrough = False
        response.set_data(_packed(name))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("ETag", None)  # it names the plain bytes, and nobody asks twice for a year
    return response


@cache
def _packed(name: str) -> bytes:
    return gzip.compress((FOLDER / name).read_bytes(), compresslevel=9, mtime=0)
