"""JSON as it came: reading it, also where it is not quite JSON, and telling whether two documents are the same."""

import hashlib
import json
from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

import orjson

from inspection.errors import Fault, InvalidInput

NOT_JSON = Fault("", "this is not JSON", "a JSON document in UTF-8")
TOO_DEEP = Fault("", "this is nested too deep", "a document of a few levels")


def canonical_hash(document: Mapping[str, Any], without: Collection[str] = ()) -> bytes:
    """SHA-256 of the canonical JSON of a document, in which the order of keys does not matter.

    without: members that are left out.

    Raises InvalidInput for what is nested too deep to be spelled.
    """
    owned = {name: value for name, value in document.items() if name not in without}
    try:
        canonical = orjson.dumps(owned, option=orjson.OPT_SORT_KEYS)
        # It spells NaN and infinities as null, and the document put right would be the same as the wrong one.
        if b"null" in canonical and not _all_finite(owned):
            canonical = _spelled(owned)
    except TypeError:  # halves of surrogate pairs, integers beyond 64 bits, 254 levels
        canonical = _spelled(owned)
    return hashlib.sha256(canonical).digest()


def _spelled(owned: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(owned, sort_keys=True).encode()
    except RecursionError:
        raise InvalidInput([TOO_DEEP]) from None


def _all_finite(document: Mapping[str, Any]) -> bool:
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, float) and not isfinite(value):
            return False
    return True


def read_body(body: bytes) -> Any:
    """The JSON that a body is. Raises InvalidInput with one fault.

    A cut emoji, a byte order mark, NaN or a number beyond every float do not make the rest illegible: whoever
    reads the fields refuses them by name.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body)
        except RecursionError:
            raise InvalidInput([TOO_DEEP]) from None
        except ValueError:
            raise InvalidInput([NOT_JSON]) from None
