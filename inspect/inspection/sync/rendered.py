"""One document as it is sent, and where in the feed it belongs."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import orjson


class Rendered(NamedTuple):
    """region, scope: the feed and the part of it that the document lies in. body: its JSON."""

    id: UUID
    region: str
    scope: str
    rev: int
    body: str


def spelled(document: Mapping[str, Any]) -> str:
    """A living document as JSON."""
    return orjson.dumps({**document, "_deleted": False}).decode()


def tombstone(document_id: UUID) -> str:
    """All that a tablet hears of a document that left its scope."""
    return f'{{"id":"{document_id}","_deleted":true}}'
