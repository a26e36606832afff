"""Reading requests: everything wrong with a request is found, named by JSON pointer, and said with a way out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import marshmallow as ma
import orjson
from flask import Request, request
from marshmallow import fields
from webargs.core import is_json
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict

from api.accepted import (
    ANYTHING,
    NO_NAMES,
    OBJECT,
    ONCE,
    TEXT_WITHOUT_NUL,
    accepted_by,
    accepted_names,
)
from api.fields import Query
from inspection.errors import Fault, InspectionError, InvalidInput
from inspection.json_bodies import read_body

# Reasons of our own beside marshmallow's.
REASONS = (
    UNKNOWN := "Unknown field.",
    HAS_NUL := "The character U+0000 is not permitted.",
    REPEATED := "The parameter was given more than once.",
    BROKEN_JSON := "The text stops being JSON at line {line}, column {column}.",
    NO_BODY := "The body is empty.",
    NOT_UTF8 := "The body is not UTF-8.",
)
A_DOCUMENT = "a JSON document in UTF-8"


class MalformedBody(InspectionError):
    """The body is not the JSON it says it is."""

    slug = "malformed"


class UnsupportedMediaType(InspectionError):
    """The body is in a form that this address does not read."""

    slug = "unsupported-media-type"


class Parser(FlaskParser):
    """Reads JSON bodies and query parameters for the views (`openapi.Blueprint`)."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs declares it so
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,  # a misspelt filter would otherwise answer with everything
        "querystring": ma.RAISE,
        "form": ma.RAISE,
        "json": ma.RAISE,
    }

    def parse(self, argmap: Any, req: Request | None = None, *, location: str | None = None, **how: Any) -> Any:
        """What a request says in one place, as the schema reads it."""
        if isinstance(argmap, Query) and location == "query":
            values = _plainly_read(argmap, (req or request).args)
            if values is not None:
                return values
        return super().parse(argmap, req, location=location, **how)

    def load_json(self, req: Request, schema: ma.Schema) -> Any:  # noqa: ARG002 - webargs calls it by position
        """The JSON body, as `read_json` reads it."""
        return read_json(req)

    def pre_load(self, location_data: Any, *, schema: ma.Schema, req: Request, location: str) -> Any:  # noqa: ARG002
        """Refuse what no field looks for: U+0000 anywhere, and parameters given twice."""
        faults = [
            Fault(pointer, HAS_NUL, TEXT_WITHOUT_NUL)
            for pointer, text in _texts(_as_sent(location_data) if _is_multi(location_data) else location_data)
            if "\0" in text
        ]
        if _is_multi(location_data):
            several = (n for n, v in location_data.lists() if len(v) > 1 and n not in location_data.multiple_keys)
            faults += [Fault(pointer_to([name]), REPEATED, ONCE) for name in several]
        if faults:
            raise InvalidInput(faults)
        return location_data

    def handle_error(
        self,
        error: ma.ValidationError,
        req: Request,  # noqa: ARG002
        schema: ma.Schema,
        *,
        error_status_code: int | None,  # noqa: ARG002
        error_headers: Mapping[str, str] | None,  # noqa: ARG002
    ) -> NoReturn:
        """Every fault that marshmallow found, as InvalidInput."""
        (messages,) = error.messages_dict.values()  # webargs puts the location around them
        raise InvalidInput(list(_faults(messages, schema, []))) from error


def _plainly_read(schema: Query, given: MultiDict[str, str]) -> dict[str, Any] | None:
    """The parameters of a query without fault; None if there is one, for marshmallow to find and name them all.

    Reads each parameter by its field, as marshmallow does, but only those that were sent: to visit all twenty
    fields of a list, and what webargs wraps around it, takes longer than everything else that reads a request.
    """
    fields_of = schema.load_fields
    values = {name: f.load_default for name, f in fields_of.items() if f.load_default is not ma.missing}
    if not {name for name, f in fields_of.items() if f.required} <= given.keys():
        return None
    for name, texts in given.lists():
        if name not in fields_of or len(texts) > 1 or "\0" in texts[0]:
            return None
        try:
            values[name] = fields_of[name].deserialize(texts[0], name, given)
        except ma.ValidationError:
            return None
    return values


def refuse_query(request: Request) -> None:
    """Refuse query parameters where a view takes none. Raises InvalidInput."""
    if request.args:
        raise InvalidInput([Fault(pointer_to([name]), UNKNOWN, NO_NAMES) for name in request.args])


def pointer_to(path: Sequence[str | int]) -> str:
    """A JSON pointer. Source: RFC 6901, section 3."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def read_json(request: Request) -> Any:
    """The JSON body. Raises UnsupportedMediaType for another form, MalformedBody for broken JSON."""
    _require_json(request)
    body = request.get_data()
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        reason = NO_BODY if not body else BROKEN_JSON.format(line=error.lineno, column=error.colno)
        if body and not _is_utf8(body):
            reason = NOT_UTF8
        fault = {"pointer": "", "reason": reason, "accepted": A_DOCUMENT}
        raise MalformedBody("the body is not JSON", errors=[fault]) from error


def read_legible(request: Request) -> Any:
    """The JSON body, also one that `read_json` refuses for a cut emoji or a number that is none.

    Raises as `read_json` does for what is no JSON at all.
    """
    _require_json(request)
    try:
        return read_body(request.get_data())
    except InvalidInput:
        return read_json(request)  # which says where it stops being JSON


def _require_json(request: Request) -> None:
    # webargs takes a body that is not JSON for an empty one: 200, and nothing happened.
    if not is_json(request.mimetype):
        raise UnsupportedMediaType("this address reads JSON only", accepted="application/json")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_multi(location_data: Any) -> bool:
    return isinstance(location_data, MultiDictProxy)


def _as_sent(parameters: MultiDictProxy) -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in parameters.lists()}


def _texts(document: Any) -> Iterator[tuple[str, str]]:
    """Every text in a document, names included, with its pointer. No recursion: the depth is the client's."""
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, str):
            yield pointer, value
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                yield pointer + pointer_to([name]), name
                waiting.append((pointer + pointer_to([name]), inner))
        elif isinstance(value, list):
            waiting.extend((f"{pointer}/{i}", inner) for i, inner in enumerate(value))


Place = ma.Schema | fields.Field[Any] | None


def _faults(messages: Any, place: Place, path: list[str | int]) -> Iterator[Fault]:
    """marshmallow's nested messages as flat faults. place: what was to be read at this path, if known."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if name == "_schema":
                yield from _faults(inner, place, path)
            elif isinstance(place, fields.Mapping) and isinstance(inner, Mapping):
                for part, field in (("key", place.key_field), ("value", place.value_field)):
                    yield from _faults(inner.get(part, []), field, [*path, name])
            else:
                yield from _faults(inner, _inside(place, name), [*path, name])
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, Mapping):
            yield from _faults(message, place, path)
        else:
            yield Fault(pointer_to(path), str(message), _accepted(place))


def _accepted(place: Place) -> str:
    if isinstance(place, _Stranger):
        return accepted_names(place.schema)
    if isinstance(place, ma.Schema):
        return accepted_names(place, OBJECT)
    return ANYTHING if place is None else accepted_by(place)


class _Stranger(fields.Raw):
    """Stands for a name that a schema does not know."""

    def __init__(self, schema: ma.Schema) -> None:
        super().__init__()
        self.schema = schema


def _inside(place: Place, step: str | int) -> Place:
    """What lies one step further: the field of a schema, the item of a list."""
    if isinstance(place, fields.Nested) and not (place.many and isinstance(step, int)):
        place = place.schema
    if isinstance(place, ma.Schema):
        if place.many and isinstance(step, int):
            return type(place)()
        known = {f.data_key or name: f for name, f in place.load_fields.items()}
        return known.get(str(step)) or _Stranger(place)
    if isinstance(place, fields.Nested):
        return place.schema
    if isinstance(place, fields.List):
        return place.inner
    return None
