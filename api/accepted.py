"""What a field would accept, in one English sentence that the catalogs translate."""

from collections.abc import Callable, Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.fields import FIRST_DAY, LAST_DAY

# Everything that can be said here; `tests/api/test_translations.py` looks for each in the catalogs.
SENTENCES = (
    ANYTHING := "what the documentation of this address describes",
    ONE_OF := "one of: {choices}",
    NAMES := "only these names: {names}",
    NO_NAMES := "no parameters",
    OBJECT := "an object with these names: {names}",
    LIST := "a list, each being {inner}",
    LIST_OF_LENGTH := "a list of {low} to {high}, each being {inner}",
    LIST_BY_COMMAS := "a list separated by commas, each being {inner}",
    OR_NULL := "{inner}, or null",
    WHOLE := "a whole number",
    WHOLE_BETWEEN := "a whole number from {low} to {high}",
    WHOLE_FROM := "a whole number, {low} or more",
    WHOLE_TO := "a whole number, {high} or less",
    NUMBER := "a number",
    NUMBER_BETWEEN := "a number from {low} to {high}",
    NUMBER_FROM := "a number, {low} or more",
    NUMBER_TO := "a number, {high} or less",
    TEXT := "text",
    TEXT_BETWEEN := "text of {low} to {high} characters",
    TEXT_FROM := "text of {low} characters or more",
    TEXT_TO := "text of at most {high} characters",
    TEXT_EXACTLY := "text of exactly {length} characters",
    TEXT_LIKE := "text that fits the pattern {pattern}",
    TEXT_WITHOUT_NUL := "text without the character U+0000",
    ONCE := "the parameter once",
    BOOLEAN := "true or false",
    UUID := "a UUID, for example 01890a5d-ac96-774b-bcce-b302099a8057",
    MOMENT := "a moment with its offset from UTC, {first} to {last}, for example 2026-03-01T09:30:00+05:00",
    DAY := "a date from {first} to {last}, for example 2026-03-01",
    EMAIL := "a mail address",
    URL := "an address that starts with https:// or http://",
    MAPPING := "an object",
)


def accepted_by(field: fields.Field[Any]) -> str:
    """What a field accepts. A field may say it itself: `metadata={"accepted": "..."}`."""
    if said := field.metadata.get("accepted"):
        return str(said)
    for kind, describe in _KINDS:
        if isinstance(field, kind):
            described = describe(field)
            return OR_NULL.format(inner=described) if field.allow_none else described
    return ANYTHING


def accepted_names(schema: ma.Schema, sentence: str = NAMES) -> str:
    """The names that a schema accepts, in a sentence with `{names}`."""
    names = [f.data_key or name for name, f in schema.load_fields.items()]
    return sentence.format(names=", ".join(names)) if names else NO_NAMES


def _choices(field: fields.Field[Any]) -> str | None:
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return ONE_OF.format(choices=rule.choices_text)
    return None


# Words for a field without bounds, with both, with a low one only, with a high one only.
Wordings = tuple[str, str, str, str]
WHOLES: Wordings = (WHOLE, WHOLE_BETWEEN, WHOLE_FROM, WHOLE_TO)
NUMBERS: Wordings = (NUMBER, NUMBER_BETWEEN, NUMBER_FROM, NUMBER_TO)
TEXTS: Wordings = (TEXT, TEXT_BETWEEN, TEXT_FROM, TEXT_TO)


def _bounded(field: fields.Field[Any], rule: type[Any], wordings: Wordings) -> str:
    plain, between, at_least, at_most = wordings
    lows = [v.min for v in field.validators if isinstance(v, rule) and v.min is not None]
    highs = [v.max for v in field.validators if isinstance(v, rule) and v.max is not None]
    if lows and highs:
        return between.format(low=max(lows), high=min(highs))
    if lows:
        return at_least.format(low=max(lows))
    return at_most.format(high=min(highs)) if highs else plain


def _integer(field: fields.Field[Any]) -> str:
    return _choices(field) or _bounded(field, validate.Range, WHOLES)


def _number(field: fields.Field[Any]) -> str:
    return _choices(field) or _bounded(field, validate.Range, NUMBERS)


def _text(field: fields.Field[Any]) -> str:
    if choices := _choices(field):
        return choices
    for rule in field.validators:
        if isinstance(rule, validate.Regexp):
            return TEXT_LIKE.format(pattern=rule.regex.pattern)
        if isinstance(rule, validate.Length) and rule.equal is not None:
            return TEXT_EXACTLY.format(length=rule.equal)
    return _bounded(field, validate.Length, TEXTS)


def _list(field: fields.List[Any]) -> str:
    inner = accepted_by(field.inner)
    if hasattr(field, "delimiter"):
        return LIST_BY_COMMAS.format(inner=inner)
    for rule in field.validators:
        if isinstance(rule, validate.Length) and rule.max is not None:
            return LIST_OF_LENGTH.format(low=rule.min or 0, high=rule.max, inner=inner)
    return LIST.format(inner=inner)


def _nested(field: fields.Nested) -> str:
    described = accepted_names(field.schema, OBJECT)
    return LIST.format(inner=described) if field.many else described


def _enum(field: fields.Enum[Any]) -> str:
    return ONE_OF.format(choices=field.choices_text)


def _always(sentence: str) -> Callable[[Any], str]:
    return lambda _field: sentence


# The first kind that fits describes the field, so a narrower kind stands before a wider one.
_KINDS: Sequence[tuple[type[fields.Field[Any]], Callable[[Any], str]]] = (
    (fields.Enum, _enum),
    (fields.UUID, _always(UUID)),
    (fields.Email, _always(EMAIL)),
    (fields.Url, _always(URL)),
    (fields.String, _text),
    (fields.Integer, _integer),
    (fields.Float, _number),
    (fields.Decimal, _number),
    (fields.Boolean, _always(BOOLEAN)),
    (fields.DateTime, _always(MOMENT.format(first=FIRST_DAY, last=LAST_DAY))),
    (fields.Date, _always(DAY.format(first=FIRST_DAY, last=LAST_DAY))),
    (fields.List, _list),
    (fields.Nested, _nested),
    (fields.Mapping, _always(MAPPING)),
)
