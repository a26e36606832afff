"""How far people live from places that they can use."""

import csv
from io import StringIO
from typing import Any

from flask import Response, g
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from api.disclosing import discloses
from api.fields import Boolean, Float, Integer, Query, Schema
from api.openapi import Blueprint
from api.pages import PageOut, answer_json, answer_page
from api.resource import Resource
from api.row_reports import harmless
from inspection import coverage
from inspection.coverage import Asked, Coverage
from inspection.criteria import GROUPS
from inspection.passport import Access
from inspection.tables.areas import Level
from inspection.tables.disclosures import Kind

blp = Blueprint("coverage", __name__, description="Distances to the nearest accessible facility.")

LEVELS = {"region": Level.REGION, "district": Level.DISTRICT}
MOST_KM = 2_000
CSV = {"description": "UTF-8 with a mark for Excel.", "content": {"text/csv": {"schema": {"type": "string"}}}}
SETTLEMENT = {
    "source": "osm",
    "id": "node/1",
    "kind": "village",
    "name_kk": "Үлгі ауылы",
    "name_ru": "Пример",
    "name_en": None,
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
    "population": 1240,
    "metres": 48210,
    "facility_id": "01990a5d-ac96-774b-bcce-b302099a8052",
    "rough": False,
    "metres_if_unknown_count": 1730,
    "facility_id_if_unknown_count": "01990a5d-ac96-774b-bcce-b302099a8053",
    "metres_to_any": 1730,
}
FIGURES = {
    "settlements": 31,
    "people": 20480,
    "unknown_population": 4,
    "farther": [
        {
            "km": 5.0,
            "people_at_least": 1240,
            "people_at_most": 9810,
            "settlements_at_least": 2,
            "settlements_at_most": 19,
            "unknown_population_at_least": 0,
            "unknown_population_at_most": 3,
        }
    ],
    "farthest": SETTLEMENT,
}
LIMITS: dict[str, Any] = {"unlocated": 12, "only_within": []}
EXAMPLE = {
    "kind": "polyclinic",
    "group": "wheelchair",
    "counts": ["full"],
    "area": "750000000",
    "by": "district",
    **LIMITS,
    "rows": [{"key": "751110000", "name_kk": "Үлгі", "name_ru": "Пример", "name_en": None, **FIGURES}],
    "total": FIGURES,
}


class CoverageAsked(Query):
    """What is looked for."""

    kind = fields.String(
        required=True,
        validate=validate.Length(min=1, max=40),
        metadata={"description": "of facility", "example": "polyclinic"},
    )
    group = fields.String(required=True, validate=validate.OneOf(GROUPS), metadata={"example": "wheelchair"})
    counts = DelimitedList(
        fields.String(validate=validate.OneOf([Access.FULL, Access.PARTIAL, Access.CONDITIONAL])),
        load_default=[Access.FULL.value],
        validate=validate.Length(min=1),
        metadata={"description": "states of a passport that count as accessible"},
    )
    area = fields.String(
        validate=validate.Length(min=1, max=16),
        metadata={"description": "code of a country, region or district", "example": "750000000"},
    )


class CoverageQuery(CoverageAsked):
    """What is looked for, and how it is summed up."""

    by = fields.String(
        load_default="district", validate=validate.OneOf(list(LEVELS)), metadata={"description": "what rows are"}
    )
    km = DelimitedList(
        Float(validate=validate.Range(min=0, max=MOST_KM)),
        load_default=[1.0, 3.0, 5.0, 10.0, 25.0],
        validate=validate.Length(min=1, max=20),
        metadata={"description": "distances beyond which people are counted"},
    )


class SettlementQuery(CoverageAsked):
    """What is looked for, page by page."""

    cursor = fields.String(
        validate=validate.Length(min=1, max=4000),
        metadata={"description": "`next_cursor` of the page before, unchanged"},
    )
    limit = Integer(
        load_default=50, validate=validate.Range(min=1, max=200), metadata={"description": "rows a page"}
    )


class ReachedOut(Schema):
    """A settlement and the nearest facilities. Metres along the Earth, null where there is no such facility."""

    source = fields.String(required=True)
    id = fields.String(required=True)
    kind = fields.String(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True, allow_none=True)
    name_en = fields.String(required=True, allow_none=True)
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    population = Integer(required=True, allow_none=True, metadata={"description": "null: not known, not zero"})
    metres = Integer(required=True, allow_none=True, metadata={"description": "to one known to be accessible"})
    facility_id = fields.UUID(required=True, allow_none=True)
    rough = Boolean(required=True, metadata={"description": "that one only lies where its settlement does"})
    metres_if_unknown_count = Integer(
        required=True, allow_none=True, metadata={"description": "to one that is, or of which nobody knows"}
    )
    facility_id_if_unknown_count = fields.UUID(required=True, allow_none=True)
    metres_to_any = Integer(required=True, allow_none=True, metadata={"description": "to any of the kind"})


class FartherOut(Schema):
    """Beyond a distance. At least: if every facility of unknown state turns out accessible; at most: if none."""

    km = Float(required=True)
    people_at_least = Integer(required=True)
    people_at_most = Integer(required=True)
    settlements_at_least = Integer(required=True)
    settlements_at_most = Integer(required=True)
    unknown_population_at_least = Integer(required=True)
    unknown_population_at_most = Integer(required=True)


class CoverageFigures(Schema):
    """What was counted."""

    settlements = Integer(required=True)
    people = Integer(required=True, metadata={"description": "of settlements whose population is known"})
    unknown_population = Integer(required=True, metadata={"description": "settlements that are not in `people`"})
    farther = fields.List(fields.Nested(FartherOut), required=True)
    farthest = fields.Nested(ReachedOut, required=True, allow_none=True)


class CoverageRow(CoverageFigures):
    """The figures of one area."""

    key = fields.String(required=True, allow_none=True, metadata={"description": "null: not known"})
    name_kk = fields.String(required=True, allow_none=True)
    name_ru = fields.String(required=True, allow_none=True)
    name_en = fields.String(required=True, allow_none=True)


class CoverageOut(Schema):
    """The table."""

    kind = fields.String(required=True)
    group = fields.String(required=True)
    counts = fields.List(fields.String(), required=True)
    area = fields.String(required=True, allow_none=True)
    by = fields.String(required=True)
    unlocated = Integer(required=True, metadata={"description": "facilities of the kind whose place is not known"})
    only_within = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "your areas: what lies beyond is not counted, and may be nearer"},
    )
    rows = fields.List(fields.Nested(CoverageRow), required=True)
    total = fields.Nested(CoverageFigures, required=True)


class ReachedPage(PageOut):
    """A page of settlements."""

    items = fields.List(fields.Nested(ReachedOut), required=True)


@blp.route("/coverage")
class Table(Resource):
    """How many people live farther than so many kilometres."""

    @blp.arguments(CoverageQuery, location="query")
    @blp.response(200, CoverageOut, example=EXAMPLE)
    def get(self, query: dict[str, Any]) -> Response:
        """Count people by the distance to the nearest facility of a kind that a group can use."""
        level, kilometres = LEVELS[query["by"]], sorted(set(query["km"]))
        found = _coverage(query)
        rows, total = coverage.table(g.work.session, found, level, kilometres)
        asked = {name: query.get(name) for name in ("kind", "group", "counts", "area", "by")}
        limits = {"unlocated": found.unlocated, "only_within": found.only_within}
        return answer_json({**asked, **limits, "rows": rows, "total": total})


@blp.route("/coverage/settlements")
class Settlements(Resource):
    """Settlements by their distance."""

    @blp.arguments(SettlementQuery, location="query")
    @blp.response(200, ReachedPage, example={"items": [SETTLEMENT], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List settlements, those farthest from an accessible facility first."""
        limits = {"cursor": query.pop("cursor", None), "limit": query.pop("limit")}
        return answer_page(coverage.page(_coverage(query), **limits))


@blp.route("/coverage/settlements.csv")
class SettlementsCsv(Resource):
    """All settlements as a table."""

    @discloses(Kind.TABLE)
    @blp.arguments(CoverageAsked, location="query")
    @blp.doc(responses={200: CSV})
    def get(self, query: dict[str, Any]) -> Response:
        """Export settlements, those farthest from an accessible facility first."""
        text = StringIO()
        rows = csv.writer(text)
        rows.writerow(list(SETTLEMENT))
        for each in coverage.in_order(_coverage(query)):
            rows.writerow([harmless(cell) for cell in coverage.document(each).values()])
        return Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")


def _coverage(query: dict[str, Any]) -> Coverage:
    counts = frozenset(Access(state) for state in query["counts"])
    asked = Asked(query["kind"], query["group"], counts, query.get("area"))
    return coverage.coverage(g.work.session, g.caller, asked)
