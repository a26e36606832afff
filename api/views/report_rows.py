"""The rows behind the figures of a report."""

from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from marshmallow import fields, validate

from api.disclosing import discloses
from api.fields import Day, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from api.views.reports import ReportQuery
from inspection.keyset import Page
from inspection.periods import Period
from inspection.reports import rows
from inspection.reports.listing import What
from inspection.tables.disclosures import Kind

blp = Blueprint("report rows", __name__, description="The very rows that a figure of a report counts.")

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
EXAMPLE: dict[str, Any] = {
    "object": "audit",
    "id": ID,
    "url": f"/api/v1/audits/{ID}",
    "key": "750000000",
    "facility_id": "01890a5d-ac96-774b-bcce-b302099a8058",
    "name_kk": "Мысал емханасы",
    "name_ru": "Поликлиника-пример",
    "kind": "polyclinic",
    "region_code": "750000000",
    "district_code": None,
    "date": "2026-03-02",
    "about": {"ground": "follow_up", "failed": 3, "adaptation_declared_on": "2025-11-20"},
}
DOORS = {
    What.AUDIT: ("audits.OneAudit", "audit_id"),
    What.FACILITY: ("facilities.OneFacility", "facility_id"),
    What.VIOLATION: ("violations.OneViolation", "violation_id"),
    What.FINE: ("fines.OneFine", "fine_id"),
    What.PRESCRIPTION: ("prescriptions.OnePrescription", "prescription_id"),
}
FIGURE = {
    "description": "path of the figure in a row of the report, with dots; `*` stands for a kind or a zone: "
    + ", ".join(f"`{path}`" for path in rows.countable()),
    "example": "rechecks.declared_adapted_but_not",
}
ABOUT = {
    "description": "what makes it count, by object. Of a violation an episode is counted, so one can stand here "
    "twice. Of `fines.sum` and `obstructed_visits.now`, which are no counts, `sum` and `obstructed` are what each "
    "of them adds up"
}


class ReportedOut(Schema):
    """One thing that the figure counts."""

    object = fields.String(required=True, validate=validate.OneOf(list(What)))
    id = fields.UUID(required=True)
    url = fields.String(required=True, metadata={"description": "where it is read whole"})
    key = fields.String(
        required=True, allow_none=True, metadata={"description": "of the row of the report in which it counts"}
    )
    facility_id = fields.UUID(required=True)
    name_kk = fields.String(required=True, metadata={"description": "of the facility"})
    name_ru = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "of the facility, as it is now"})
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    date = Day(
        required=True,
        allow_none=True,
        metadata={"description": "the local day by which it counts; null where no day decides"},
    )
    about = fields.Dict(keys=fields.String(), required=True, metadata=ABOUT)


class ReportedPage(PageOut):
    """A page of what a figure counts, by facility."""

    items = fields.List(fields.Nested(ReportedOut), required=True)


class RowsQuery(PageQuery, ReportQuery):
    """Of which figure, and as its report was asked for."""

    figure = fields.String(
        required=True,
        validate=validate.Length(min=1, max=120),
        metadata=FIGURE,
    )
    key = fields.String(
        validate=validate.Length(max=40),
        metadata={
            "description": "`key` of the row of the report, empty where it is null; left out: of the total",
            "example": "750000000",
        },
    )


@blp.route("/reports/rows")
class Rows(Resource):
    """What a figure counts."""

    @discloses(Kind.REPORT_ROWS)
    @blp.arguments(RowsQuery, location="query")
    @blp.response(200, ReportedPage, example={"items": [EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List the rows that a figure counts: over all pages exactly as many as it says."""
        period = Period(query.pop("first"), query.pop("last"))
        page = rows.page(g.work.session, g.caller, period=period, now=g.work.now, **query)
        return answer_page(
            Page([row | {"url": _url(row["object"], row["id"])} for row in page.rows], page.next_cursor)
        )


def _url(what: str, made: UUID) -> str:
    endpoint, argument = DOORS[What(what)]
    named: dict[str, Any] = {argument: made}
    return url_for(endpoint, **named)
