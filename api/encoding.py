"""JSON by orjson: UUIDs, dates and datetimes as they are, decimals as text so that no digit is lost."""

from decimal import Decimal
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider


class OrjsonProvider(JSONProvider):
    """Flask's JSON, faster and stricter: what has no JSON form raises TypeError, NaN is refused when read."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """The document as text. Of the standard library's options only `indent` has an effect."""
        return json_bytes(obj, indent=bool(kwargs.get("indent"))).decode()

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """The value of a JSON document. Raises json.JSONDecodeError."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """A response with the document as its body."""
        body = json_bytes(self._prepare_response_obj(args, kwargs))
        return Response(body, mimetype="application/json")


def json_bytes(obj: Any, *, indent: bool = False) -> bytes:
    """The document as bytes in UTF-8, which is what a response takes: as text it would be encoded once more."""
    # Keys are often members of an enumeration, which orjson takes for text only when told to.
    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
    return orjson.dumps(obj, default=_other, option=option)


def _other(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
