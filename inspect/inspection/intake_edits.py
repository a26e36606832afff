"""What a kept row says, read for a person: what was sent, and field by field what became of it. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from inspection.errors import InvalidInput
from inspection.forms import UUID_FORM
from inspection.json_bodies import read_body
from inspection.sync import facilities, followups
from inspection.sync.merging import Document, merge

EDITED: Mapping[str, Collection[str]] = {"facilities": facilities.OWNED, "followups": followups.OWNED}
MOST_TEXT = 20_000  # characters of what cannot be read that are shown


@dataclass(frozen=True, slots=True)
class Edit:
    """A document as a tablet wanted it. base: as the tablet had it from us; None: never."""

    new: Document
    base: Document | None


def read_edit(body: bytes) -> Edit | None:
    """The edit in a kept row; None where there is none."""
    try:
        row = read_body(body)
    except InvalidInput:
        return None
    new = row.get("newDocumentState") if isinstance(row, Mapping) else None
    if not isinstance(new, Mapping):
        return None
    base = row.get("assumedMasterState")
    return Edit(new, base if isinstance(base, Mapping) else None)


def shown(body: bytes) -> dict[str, Any]:
    """What was sent, as JSON can show it.

    sent: the document, null where it is not quite JSON. base: what the tablet had from us. text: what came, where
    `sent` is null.
    """
    try:
        sent = orjson.loads(body)
        orjson.dumps(sent)  # it reads deeper nesting than it can spell
    except (orjson.JSONDecodeError, TypeError):
        sent = None
    if sent is None:
        return {"sent": None, "base": None, "text": body.decode(errors="replace")[:MOST_TEXT]}
    edit = read_edit(body)
    if edit is None:
        return {"sent": sent, "base": None, "text": None}
    return {"sent": edit.new, "base": edit.base, "text": None}


def lost(collection: str, edit: Edit, held: Document) -> tuple[str, ...]:
    """The fields whose sent value did not get into the document held then, in their order."""
    owned = EDITED[collection]
    base = None if edit.base is None else _plain(edit.base, owned)
    merged = merge(base, _plain(edit.new, owned), _plain(held, owned), owned)
    # What could be applied stands in `held` already, unless the edit was refused as a whole.
    return tuple(name for name in owned if name in merged.lost or name in merged.apply)


def changed(collection: str, edit: Edit) -> tuple[str, ...]:
    """The fields that the editor changed, in their order."""
    owned = EDITED[collection]
    base, new = _plain(edit.base or {}, owned), _plain(edit.new, owned)
    said = [name for name in owned if name in new or base.get(name) is not None]
    return tuple(name for name in said if new.get(name) != base.get(name))


def compare(
    collection: str, edit: Edit, names: Collection[str], held: Document | None, now: Document | None
) -> list[dict[str, Any]]:
    """Of each of these fields: what the tablet had, what it sent, what was held then, and what is held now."""
    owned = EDITED[collection]
    columns = {"base": edit.base, "sent": edit.new, "held": held, "now": now}
    values = {said: _plain(document or {}, owned) for said, document in columns.items()}
    return [{"field": name, **{said: each.get(name) for said, each in values.items()}} for name in names]


def _plain(document: Document, owned: Collection[str]) -> Document:
    """The owned fields, spelled as we spell them: a tablet may write a UUID in capitals."""
    return {name: _spelled(document[name]) for name in owned if name in document}


def _spelled(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and UUID_FORM.fullmatch(value) else value
