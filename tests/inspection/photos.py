"""Photos as tablets send them, in the small world."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from inspection.intake import Received, content_hash, keep
from inspection.photos.documents import SERVER_OWNED
from inspection.photos.understanding import PHOTOS, understand_photos
from inspection.tables.intake import IntakeKey
from inspection.understanding import Understood
from tests.inspection.world import REGION, World

BYTES = b"the bytes of a picture"
SHA256 = hashlib.sha256(BYTES).digest()


def photo_of(world: World, audit: UUID | str, *, content: bytes = BYTES, **about: Any) -> dict[str, Any]:
    """The document of a photo, taken a minute ago."""
    plain = {
        "id": str(world.new_id()),
        "audit": str(audit),
        "criterion": "entrance-step",
        "place": "main",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "media_type": "image/jpeg",
        "taken_at": world.clock().isoformat(),
    }
    return {name: value for name, value in (plain | about).items() if value is not None}


def keep_photos(world: World, *documents: dict[str, Any], by: UUID | None = None, **about: Any) -> list[IntakeKey]:
    """Keep photos in one unit; their keys."""
    received = [
        Received(
            IntakeKey(about.get("region", REGION), PHOTOS, UUID(each["id"]), content_hash(each, SERVER_OWNED)),
            json.dumps(each).encode(),
            by or world.inspector,
        )
        for each in documents
    ]
    with world.unit() as unit:
        keep(unit, received)
    return [each.key for each in received]


def understand_kept(world: World, keys: Sequence[IntakeKey]) -> list[Understood]:
    """Understand kept photos in one unit; what became of each."""
    with world.unit() as unit:
        outcomes = understand_photos(unit, keys)
    return [outcomes[key] for key in keys]


def push_photos(world: World, *documents: dict[str, Any], **about: Any) -> list[Understood]:
    """Keep photos, then understand them."""
    return understand_kept(world, keep_photos(world, *documents, **about))
