"""Versions of documents over HTTP: the `rev` of a document is its ETag, and a change names it in If-Match."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.exceptions import PreconditionRequired

from api.compression import ALGORITHMS
from api.pages import answer_json

IF_MATCH: Mapping[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of the version you have read.",
    "schema": {"type": "string"},
    "example": '"3"',
}
COMPRESSED = re.compile(f":({'|'.join(ALGORITHMS)})$")
NO_SUCH_REV = -1  # equals no version that is held


def answer_document(document: Mapping[str, Any], status: int = 200, *, location: str | None = None) -> Response:
    """A document with a `rev`, which becomes its ETag. location: address of one that is new."""
    response = answer_json(document, status)
    response.set_etag(str(document["rev"]))
    if location is not None:
        response.headers["Location"] = location
    return response


def read_version() -> int:
    """The version that the request's If-Match names; one that no document has, if it names none of ours.

    Raises PreconditionRequired without the header, or for one that accepts any version.
    """
    tags = request.if_match
    if "If-Match" not in request.headers or tags.star_tag:
        raise PreconditionRequired
    # A compressed answer has the tag `3:zstd`, because other bytes need another tag; the version is the same.
    strong = {COMPRESSED.sub("", tag) for tag in tags.as_set() if tag}
    tag = next(iter(strong)) if len(strong) == 1 else None  # an empty tag is read as None, too
    return int(tag) if tag and tag.isascii() and tag.isdigit() and len(tag) < 10 else NO_SUCH_REV


def is_held(etag: str) -> bool:
    """Whether the request's If-None-Match names this tag, compressed or not. Ask before the answer is made."""
    tags = request.if_none_match
    return tags.star_tag or etag in {COMPRESSED.sub("", tag) for tag in tags.as_set(include_weak=True)}


def not_modified(etag: str) -> Response:
    """The answer to who holds it already."""
    response = Response(status=304)
    response.set_etag(etag)
    return response
