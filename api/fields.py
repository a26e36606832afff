"""What views read from requests: marshmallow's fields, made as strict as their documentation.

marshmallow takes 1.9 for 1, "yes" for true and moments of the year 1 that no clock can move to UTC; these do
not. A schema of query parameters derives from `Query`, where everything arrives as text; a schema of a JSON body
or an answer derives from `Schema`. Every other field is marshmallow's own.
"""

import re
from datetime import UTC, date, datetime
from typing import Any

import marshmallow as ma
from marshmallow import validate

from inspection.forms import is_blank

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
DAYS = validate.Range(min=FIRST_DAY, max=LAST_DAY)
INT32 = 2**31 - 1  # what an Integer column holds on every database


class Schema(ma.Schema):
    """Base of every schema; unknown fields are refused by name."""

    class Meta:
        unknown = ma.RAISE


class Query(Schema):
    """Base of schemas of query parameters. A view has at most one; unknown parameters are refused by name."""


class Words(ma.fields.String):
    """A text somebody wrote, without the spaces around it; a blank one is none. Give it a Length from 1 on."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return "" if is_blank(text) else text.strip()


class Integer(ma.fields.Integer):
    """A whole number, at most 32 bits unless a Range says otherwise; text only in a query."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not any(isinstance(v, validate.Range) for v in self.validators):
            self.validators.append(validate.Range(min=-INT32, max=INT32))

    def _validated(self, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            return int(value)  # JSON does not tell 5.0 from 5
        if isinstance(value, str) and _is_text(self) and re.fullmatch(r"[+-]?[0-9]{1,18}", value):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class Float(ma.fields.Float):
    """A finite number; text only in a query."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, str) and not _is_text(self):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Boolean(ma.fields.Boolean):
    """true or false and nothing like it; the words only in a query."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if _is_text(self) and value in ("true", "false"):
            return bool(value == "true")
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Moment(ma.fields.AwareDateTime):
    """A moment with its offset from UTC, given on as UTC; between 1900 and 2199, so that sums stay possible."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        DAYS(moment.date())
        return moment.astimezone(UTC)


class Day(ma.fields.Date):
    """A calendar day between 1900 and 2199, so that sums stay possible."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day = super()._deserialize(value, attr, data, **kwargs)
        DAYS(day)
        return day


def _is_text(field: ma.fields.Field[Any]) -> bool:
    return isinstance(field.root, Query)
