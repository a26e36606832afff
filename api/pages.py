"""How every list is asked for a page, and how it answers."""

from collections.abc import Sequence
from typing import Any

from flask import Response, g
from marshmallow import fields, validate

from api.encoding import json_bytes
from api.fields import Integer, Query, Schema
from inspection.keyset import Page


class PageQuery(Query):
    """What every list can be asked for."""

    area = fields.String(
        validate=validate.Length(min=1, max=16),
        metadata={"description": "code of a country, region or district", "example": "750000000"},
    )
    cursor = fields.String(
        validate=validate.Length(min=1, max=4000),
        metadata={"description": "`next_cursor` of the page before, unchanged"},
    )
    limit = Integer(
        load_default=50, validate=validate.Range(min=1, max=200), metadata={"description": "rows a page"}
    )


class PageOut(Schema):
    """Base of the pages: `items` is added by each list."""

    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "cursor of the next page; null on the last one"}
    )


def answer_page(page: Page) -> Response:
    """A page as JSON, past marshmallow: its rows are plain values already."""
    g.rows_shown = len(page.rows)
    return answer_json({"items": page.rows, "next_cursor": page.next_cursor})


def answer_texts(rows: Sequence[str], **further: Any) -> Response:
    """A page whose rows are JSON already. further: the page's other members."""
    g.rows_shown = len(rows)
    rest = json_bytes(further)
    return Response(b'{"items":[' + ",".join(rows).encode() + b"]," + rest[1:], mimetype="application/json")


def answer_json(document: Any, status: int = 200) -> Response:
    """Plain values as a JSON response."""
    return Response(json_bytes(document), status, mimetype="application/json")
