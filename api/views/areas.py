"""Administrative areas: public reference data for whoever is signed in."""

from typing import Any

from flask import Response, g
from marshmallow import fields, validate

from api.fields import Boolean, Integer, Query, Schema
from api.openapi import Blueprint
from api.pages import answer_json
from api.resource import Resource
from inspection import areas
from inspection.countries import COUNTRIES
from inspection.tables.areas import Area

blp = Blueprint("areas", __name__, description="Countries, regions and districts by KATO or SOATE code.")

EXAMPLE = {
    "code": "750000000",
    "country": "KZ",
    "level": 1,
    "parent_code": "KZ",
    "classifier": "KATO",
    "name_kk": "Алматы қаласы",
    "name_ru": "город Алматы",
    "name_en": "Almaty City",
    "demo": False,
}
LEVELS = "0 country, 1 region, 2 district"


class AreaOut(Schema):
    """An administrative unit."""

    code = fields.String(required=True, metadata={"description": "KATO or SOATE; of a country, its two letters"})
    country = fields.String(required=True)
    level = Integer(required=True, metadata={"description": LEVELS})
    parent_code = fields.String(required=True, allow_none=True)
    classifier = fields.String(required=True, metadata={"description": "KATO or SOATE"})
    name_kk = fields.String(required=True, metadata={"description": "in the state language of the country"})
    name_ru = fields.String(required=True, allow_none=True)
    name_en = fields.String(required=True, allow_none=True)
    demo = Boolean(required=True)


class AreaListOut(Schema):
    """Areas, each level in order of code."""

    items = fields.List(fields.Nested(AreaOut), required=True)


class AreaQuery(Query):
    """Which areas are wanted."""

    country = fields.String(validate=validate.OneOf(list(COUNTRIES)))
    level = Integer(validate=validate.Range(min=0, max=2), metadata={"description": LEVELS})
    parent = fields.String(
        validate=validate.Length(min=1, max=14), metadata={"description": "code of the area around them"}
    )


def shown(area: Area) -> dict[str, Any]:
    """An area as `AreaOut` describes it."""
    return {name: getattr(area, name) for name in AreaOut._declared_fields}


@blp.route("/areas")
class Areas(Resource):
    """All areas."""

    @blp.arguments(AreaQuery, location="query")
    @blp.response(200, AreaListOut, example={"items": [EXAMPLE]})
    def get(self, query: dict[str, Any]) -> Response:
        """List areas."""
        return answer_json({"items": [shown(area) for area in areas.list_areas(g.work.session, **query)]})


@blp.route("/areas/<code>")
class OneArea(Resource):
    """One area."""

    @blp.response(200, AreaOut, example=EXAMPLE)
    def get(self, code: str) -> Response:
        """One area by its code."""
        return answer_json(shown(areas.one_area(g.work.session, code)))
