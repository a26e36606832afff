"""Reports: the figures of a period by region, district or kind of facility."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, url_for
from marshmallow import fields, validate

from api.fields import Day, Float, Integer, Query, Schema
from api.openapi import Blueprint
from api.pages import answer_json
from api.resource import Resource
from inspection.criteria import GROUPS, Severity
from inspection.fines import MOST_SUM
from inspection.periods import Period
from inspection.reports import figures
from inspection.reports.asked import By
from inspection.tables.audits import Ground

blp = Blueprint("reports", __name__, description="Figures of a period, as the ministry publishes them.")

FIGURES_EXAMPLE: dict[str, Any] = {
    "checks": {"total": 5, "preventive": 2, "unscheduled": 1, "prosecutor": 1, "follow_up": 1},
    "facilities_checked": {"total": 4, "by_kind": {"polyclinic": 3, "pharmacy": 1}},
    "violations_found": {
        "total": 9,
        "by_severity": {"gross": 3, "significant": 5, "minor": 1},
        "by_group": {"wheelchair": 7, "mobility": 4, "vision": 2, "hearing": 0, "cognitive": 0},
        "by_zone": {"entrance": 6, "toilet": 3},
    },
    "prescriptions": 3,
    "items": {"executed_in_time": 2, "executed_late": 1, "extended": 1, "overdue": 2},
    "rechecks": {"total": 1, "declared_adapted_but_not": 1},
    "adapted": {"plan": 6, "declared": 4, "verified": 1},
    "use": {"counted": 2, "estimated": 5, "unknown": 12, "attested_zero": 1},
    "fines": {"state": "known", "number": 2, "sum": 486000, "currency": "KZT", "since": "2025-11-03"},
    "obstructed_visits": {"state": "known", "now": 412.6, "at_start": None, "placeholder_share": 0.85},
}
NAMES_EXAMPLE = {"name_kk": "Алматы қаласы", "name_ru": "город Алматы", "name_en": "Almaty City"}
EXAMPLE = {
    "from": "2026-01-01",
    "to": "2026-03-31",
    "area": "KZ",
    "by": "region",
    "rows": [{"key": "750000000", **NAMES_EXAMPLE, **FIGURES_EXAMPLE}],
    "total": FIGURES_EXAMPLE,
    "rows_url": "/api/v1/reports/rows?from=2026-01-01&to=2026-03-31&area=KZ&by=region{&figure,key}",
}
ROWS_URL = {
    "description": "where the rows that a figure counts are listed, a template (RFC 6570). `figure`: path of the "
    "figure in its row, with dots, such as `items.overdue` or `violations_found.by_zone.toilet`. `key`: that of "
    "the row, empty where it is null; left out for a figure of the total"
}


def _counts(name: str, *figures: str) -> Any:
    """A nested schema of whole numbers that are always there."""
    schema = Schema.from_dict({str(figure): Integer(required=True) for figure in figures}, name=name)
    return fields.Nested(schema, required=True)


def _by_word(description: str) -> Any:
    return fields.Dict(
        keys=fields.String(), values=Integer(), required=True, metadata={"description": description}
    )


class FacilitiesChecked(Schema):
    """Facilities with at least one check."""

    total = Integer(required=True)
    by_kind = _by_word("only kinds that occur")


class ViolationsFound(Schema):
    """Violations that an audit opened. One can concern several groups."""

    total = Integer(required=True)
    by_severity = _counts("BySeverity", *Severity)
    by_group = _counts("ByGroup", *GROUPS)
    by_zone = _by_word("only zones that occur")


class FineFigures(Schema):
    """Fines by the day on their paper, without those that were taken back; null is not zero."""

    state = fields.String(
        required=True,
        validate=validate.OneOf(["known", "partial", "not_recorded"]),
        metadata={
            "description": "`not_recorded`: the region had not entered any fine yet. `partial`: it began to "
            "within the period or later, or some of several regions record none; what was entered is counted"
        },
    )
    number = Integer(required=True, allow_none=True)
    sum = Integer(
        required=True,
        allow_none=True,
        validate=validate.Range(min=0, max=MOST_SUM * 1000),
        metadata={"description": "in whole units of the currency; null also of two currencies"},
    )
    currency = fields.String(required=True, allow_none=True, metadata={"description": "ISO 4217"})
    since = Day(
        required=True,
        allow_none=True,
        metadata={"description": "the day from which all of these regions record fines; null: not all do"},
    )


class ObstructedVisits(Schema):
    """What barriers obstruct as the ranks have it now; null is not zero."""

    state = fields.String(
        required=True,
        validate=validate.OneOf(["known", "not_recorded"]),
        metadata={"description": "`not_recorded` where no place is ranked"},
    )
    now = Float(
        required=True,
        allow_none=True,
        metadata={
            "description": "visits a month by people with disabilities, over the places that `/ranks` lists"
        },
    )
    at_start = Float(
        required=True,
        allow_none=True,
        metadata={"description": "not recorded: the ranks of the past are not kept"},
    )
    placeholder_share = Float(
        required=True,
        allow_none=True,
        metadata={"description": "share of these places whose visits rest on invented priors"},
    )


class Figures(Schema):
    """What was counted."""

    checks = _counts("Checks", "total", *Ground)
    facilities_checked = fields.Nested(FacilitiesChecked, required=True)
    violations_found = fields.Nested(ViolationsFound, required=True)
    prescriptions = Integer(required=True, metadata={"description": "issued"})
    items = _counts("Items", *figures.ITEMS)
    rechecks = _counts("Rechecks", "total", "declared_adapted_but_not")
    adapted = _counts("Adapted", "plan", "declared", "verified")
    use = _counts("Use", "counted", "estimated", "unknown", "attested_zero")
    fines = fields.Nested(FineFigures, required=True)
    obstructed_visits = fields.Nested(ObstructedVisits, required=True)


class ReportRow(Figures):
    """The figures of one area or kind; names only of areas."""

    key = fields.String(
        required=True, allow_none=True, metadata={"description": "code or kind; null: the district is not known"}
    )
    name_kk = fields.String()
    name_ru = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True)


class ReportOut(Schema):
    """A report."""

    from_ = Day(required=True, data_key="from")
    to = Day(required=True)
    area = fields.String(required=True, allow_none=True)
    by = fields.String(required=True, validate=validate.OneOf(list(By)))
    rows = fields.List(fields.Nested(ReportRow), required=True)
    total = fields.Nested(Figures, required=True)
    rows_url = fields.String(required=True, metadata=ROWS_URL)


class ReportQuery(Query):
    """What is to be counted."""

    first = Day(required=True, data_key="from", metadata={"description": "first day"})
    last = Day(required=True, data_key="to", metadata={"description": "last day, included"})
    area = fields.String(
        validate=validate.Length(min=1, max=16),
        metadata={"description": "code of a country, region or district", "example": "750000000"},
    )
    by = fields.Enum(By, by_value=fields.String, load_default=By.REGION, metadata={"description": "what rows are"})


@blp.route("/reports")
class Reports(Resource):
    """Figures of a period."""

    @blp.arguments(ReportQuery, location="query")
    @blp.response(200, ReportOut, example=EXAMPLE)
    def get(self, query: dict[str, Any]) -> Response:
        """Count what lies in the areas the caller may see."""
        url = rows_url(query)
        period = Period(query.pop("first"), query.pop("last"))
        report = figures.report(g.work.session, g.caller, period=period, now=g.work.now, **query)
        return answer_json({**report, "rows_url": url})


def rows_url(query: Mapping[str, Any]) -> str:
    """The template of addresses of rows, for a report that is asked for so."""
    asked = {"from": query["first"], "to": query["last"], "area": query.get("area"), "by": query["by"].value}
    said = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"{url_for('report rows.Rows')}?{said}{{&figure,key}}"
