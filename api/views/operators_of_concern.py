"""Operators of concern, and the letter to the akimat about one of them."""

from typing import Any
from uuid import UUID

from flask import Response, g, request
from marshmallow import fields, validate

from api.disclosing import Disclosing, discloses
from api.fields import Day, Integer, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.papers.excluding import print_exclusion_letter
from api.parsing import refuse_query
from api.resource import Resource, credential
from api.wiring import wiring
from api.work import Work
from inspection import access, concerning, exclusion_letters
from inspection.exclusion_letters import ExclusionLetter
from inspection.tables.disclosures import Kind
from inspection.tables.operators import Ownership

blp = Blueprint(
    "concerning operators", __name__, description="Operators with many gross violations, or complained of."
)

FACILITY_EXAMPLE = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8058",
    "name_kk": "Мысал емханасы",
    "name_ru": "Поликлиника-пример",
    "gross": 4,
    "oldest_overdue_on": "2025-12-01",
}
EXAMPLE: dict[str, Any] = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "name_kk": "«Мысал емханасы» КМК",
    "name_ru": "КГП «Поликлиника-пример»",
    "tax_id": "490140000012",
    "ownership": "state",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": None,
    "gross": 5,
    "oldest_overdue_on": "2025-12-01",
    "facilities": 2,
    "complaints": 1,
    "unscheduled_audits": 2,
    "worst": [FACILITY_EXAMPLE],
}
GROSS = {"description": "gross violations that are neither remedied, as an audit measured, nor waived"}
OLDEST = {"description": "the earliest told date among them that is over; null: none is"}
COMPLAINTS = {
    "description": "complaints of a visit that failed, as evidence of use keeps them, of the last 365 days; what "
    "was withdrawn is none"
}
UNSCHEDULED = {
    "description": "unscheduled audits of the last 365 days: a hint, for what caused one is not recorded"
}
LEAST = {"description": "lists operators with so many gross violations, or so many complaints"}
WORST = {"description": f"facilities with most of them, {concerning.MOST_FACILITIES} at most"}
A_LETTER: dict[str, Any] = {
    "description": "A draft to be signed, as PDF/UA-1, Kazakh first.",
    "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
}


class WorstFacility(Schema):
    """A facility of an operator of concern."""

    id = fields.UUID(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)
    gross = Integer(required=True, metadata=GROSS)
    oldest_overdue_on = Day(required=True, allow_none=True, metadata=OLDEST)


class ConcerningOut(Schema):
    """An operator of concern. Everything is counted where you may read."""

    id = fields.UUID(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)
    tax_id = fields.String(required=True, allow_none=True)
    ownership = fields.String(required=True, validate=validate.OneOf(list(Ownership)))
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    gross = Integer(required=True, metadata=GROSS)
    oldest_overdue_on = Day(required=True, allow_none=True, metadata=OLDEST)
    facilities = Integer(required=True, metadata={"description": "with at least one of them"})
    complaints = Integer(required=True, metadata=COMPLAINTS)
    unscheduled_audits = Integer(required=True, metadata=UNSCHEDULED)
    worst = fields.List(fields.Nested(WorstFacility), required=True, metadata=WORST)


class ConcerningPage(PageOut):
    """A page of operators of concern."""

    items = fields.List(fields.Nested(ConcerningOut), required=True)


class ConcerningQuery(PageQuery):
    """Who is of concern."""

    least = Integer(load_default=concerning.LEAST, validate=validate.Range(min=1, max=10000), metadata=LEAST)


@blp.route("/operators/concerning")
class Concerning(Resource):
    """Operators of concern."""

    @discloses(Kind.OPERATORS)
    @blp.arguments(ConcerningQuery, location="query")
    @blp.response(200, ConcerningPage, example={"items": [EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List operators with many gross violations that stand, or with complaints, those with most first."""
        return answer_page(concerning.page(g.work.session, g.caller, now=g.work.now, **query))


@blp.route("/operators/<uuid:operator_id>/exclusion-letter.pdf")
class Letter(Disclosing):
    """The letter about an operator. It is printed after the unit that read what it says."""

    @discloses(Kind.EXCLUSION_LETTER)
    @blp.doc(responses={200: A_LETTER})
    @blp.alt_response(409, description="Nothing speaks for a letter, or there is no akimat to write to.")
    def get(self, operator_id: UUID) -> Response:
        """A letter to the akimat that recommends to consider excluding a provider from the portal of services.

        It lists facilities and gross violations where you may read, and names no clause of a law.
        """
        token = credential(request)
        refuse_query(request)

        def look(work: Work) -> ExclusionLetter:
            g.caller = access.sign_in(work.session, token, now=work.now)
            return exclusion_letters.exclusion_letter(work.session, g.caller, operator_id, now=work.now)

        made = print_exclusion_letter(wiring().units.study(look))
        response = Response(made, mimetype="application/pdf")
        response.cache_control.private, response.cache_control.no_cache = True, True
        response.headers["Content-Disposition"] = 'inline; filename="exclusion-letter.pdf"'
        return response
