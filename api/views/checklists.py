"""Published checklists."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate

from api import backlog
from api.fields import Integer, Moment, Query, Schema
from api.openapi import Blueprint
from api.pages import answer_json
from api.resource import Resource
from inspection import checklists
from inspection.access import Act, require_for_country
from inspection.catalogue_file import read_checklist
from inspection.countries import COUNTRIES

blp = Blueprint("checklists", __name__, description="Published, immutable versions of the catalogue.")


class ChecklistListed(Schema):
    """A version in the list."""

    id = fields.UUID()
    rev = Integer()
    country = fields.String()
    key = fields.String()
    version = fields.String()
    criteria_count = Integer()
    published_at = Moment()


class ChecklistOut(ChecklistListed):
    """A version with its content."""

    content = fields.Dict(metadata={"description": "criteria, rules, zones, kinds, severities"})


class ChecklistList(Schema):
    """All versions."""

    items = fields.List(fields.Nested(ChecklistListed), required=True)


class ChecklistQuery(Query):
    """What the list can be narrowed to."""

    country = fields.String(validate=validate.OneOf(sorted(COUNTRIES)))


class ChecklistIn(Schema):
    """A catalogue file to publish."""

    country = fields.String(required=True, validate=validate.OneOf(sorted(COUNTRIES)))
    text = fields.String(
        required=True,
        validate=validate.Length(min=1, max=1_048_576),
        metadata={"description": "the catalogue as YAML, in the form of inspection/data/checklist.yaml"},
    )


@blp.route("/checklists")
class Checklists(Resource):
    """All published versions."""

    @blp.arguments(ChecklistQuery, location="query")
    @blp.response(200, ChecklistList)
    def get(self, query: dict[str, Any]) -> Response:
        """Every published version, the newest first."""
        return answer_json({"items": checklists.listed(g.work.session, query.get("country"))})

    @blp.arguments(ChecklistIn)
    @blp.response(201, ChecklistOut)
    @blp.alt_response(409, description="This version is published with other content.")
    def post(self, given: dict[str, Any]) -> Response:
        """Publish a version; audits that waited for it are taken in. The same content again changes nothing.

        For administrators of the whole country. A new version must come after the newest of its catalogue.
        """
        require_for_country(g.caller, Act.ADMINISTER, given["country"])
        checklist = read_checklist(given["text"])
        made, _ = checklists.publish(g.work, given["country"], checklist, by=g.caller.person_id)
        g.work.session.flush()
        backlog.arrived(g.work, [made])
        return answer_json(checklists.one(g.work.session, made), 201)


@blp.route("/checklists/<uuid:checklist_id>")
class OneChecklist(Resource):
    """A version with its content."""

    @blp.response(200, ChecklistOut)
    def get(self, checklist_id: UUID) -> Response:
        """One version."""
        return answer_json(checklists.one(g.work.session, checklist_id))
