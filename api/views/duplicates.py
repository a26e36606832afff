"""Facilities that look like one place, and what a person decides about them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate

from api.duplicate_words import REASONS, explained
from api.fields import Boolean, Float, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json
from api.resource import Resource
from api.versions import answer_document
from api.views.facilities import FacilityOut
from api.wiring import wiring
from inspection import duplicates, facility_lists
from inspection.tables.duplicates import PairState

blp = Blueprint("duplicates", __name__, description="Facilities that look like one place (дубликаты).")

REV = {"description": "the version you saw, to be told if it has changed"}
SURVIVOR = {"description": "the one of the two that stands for both from now on"}
SCORE = {"description": "0 to 1: how much speaks for one place"}
AUDITED = {"description": "newest observation that counts there; null: none"}


class PairOperatorOut(Schema):
    """Who answers for a facility."""

    id = fields.UUID(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)
    tax_id = fields.String(required=True, allow_none=True)


class PairFacilityOut(Schema):
    """One of the two facilities."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    kind = fields.String(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)
    address_kk = fields.String(required=True, allow_none=True)
    address_ru = fields.String(required=True, allow_none=True)
    lat = Float(required=True, allow_none=True)
    lon = Float(required=True, allow_none=True)
    accuracy_m = Float(required=True, allow_none=True)
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    active = Boolean(required=True)
    merged_into = fields.UUID(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    external_id = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True)
    audited_at = Moment(required=True, allow_none=True, metadata=AUDITED)
    operator = fields.Nested(PairOperatorOut, required=True, allow_none=True)


class PairReasonOut(Schema):
    """One fact behind the score: metres, a likeness of 0 to 1, or 1 for what is so."""

    code = fields.String(required=True, validate=validate.OneOf(REASONS))
    value = Float(required=True)


class PairOut(Schema):
    """Two facilities that look like one place."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(PairState)))
    score = Float(required=True, metadata=SCORE)
    reasons = fields.List(fields.Nested(PairReasonOut), required=True)
    explanation = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "sentences by language"},
    )
    first = fields.Nested(PairFacilityOut, required=True)
    second = fields.Nested(PairFacilityOut, required=True)
    found_at = Moment(required=True)
    decided_at = Moment(required=True, allow_none=True)
    decided_by = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class PairPage(PageOut):
    """A page of pairs."""

    items = fields.List(fields.Nested(PairOut), required=True)


class PairQuery(PageQuery):
    """Which pairs are wanted."""

    open = Boolean()
    facility_id = fields.UUID()


class DifferentIn(Schema):
    """Why these are two places."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=2000))
    rev = Integer(allow_none=True, metadata=REV)


class MergeIn(DifferentIn):
    """Why these are one place, and which of the two remains."""

    survivor = fields.UUID(required=True, metadata=SURVIVOR)


class SeparateIn(Schema):
    """Why a merge ends."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=2000))


@blp.route("/duplicates")
class Duplicates(Resource):
    """Pairs the caller may decide."""

    @blp.arguments(PairQuery, location="query")
    @blp.response(200, PairPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List pairs for whoever may confirm at both, open ones first, the likeliest first."""
        found = duplicates.page(g.work.session, g.caller, **query)
        items = [_shown(row) for row in found.rows]
        return answer_json({"items": items, "next_cursor": found.next_cursor})


@blp.route("/duplicates/<uuid:pair_id>")
class OnePair(Resource):
    """One pair."""

    @blp.response(200, PairOut)
    def get(self, pair_id: UUID) -> Response:
        """One pair with both facilities."""
        return _answer(pair_id)


@blp.route("/duplicates/<uuid:pair_id>/merge")
class MergePair(Resource):
    """Two facilities that are one place."""

    @blp.arguments(MergeIn)
    @blp.response(200, PairOut)
    @blp.alt_response(409, description="They cannot be merged; the answer says why.")
    @blp.alt_response(412, description="The pair has changed since you read it.")
    def post(self, given: dict[str, Any], pair_id: UUID) -> Response:
        """Let one facility stand for the other. The same again changes nothing; it can be ended later."""
        said = {"reason": given["reason"], "seen_rev": given.get("rev")}
        duplicates.merge(g.work, g.caller, pair_id, given["survivor"], **said)
        return _answer(pair_id)


@blp.route("/duplicates/<uuid:pair_id>/different")
class KeepApart(Resource):
    """Two facilities that are two places."""

    @blp.arguments(DifferentIn)
    @blp.response(200, PairOut)
    @blp.alt_response(409, description="The pair is decided already.")
    @blp.alt_response(412, description="The pair has changed since you read it.")
    def post(self, given: dict[str, Any], pair_id: UUID) -> Response:
        """Say that these are two places. They are asked about again only when one of them has changed."""
        duplicates.keep_apart(g.work, g.caller, pair_id, given["reason"], seen_rev=given.get("rev"))
        return _answer(pair_id)


@blp.route("/facilities/<uuid:facility_id>/separate")
class Separate(Resource):
    """The end of a merge."""

    @blp.arguments(SeparateIn)
    @blp.response(200, FacilityOut)
    @blp.alt_response(409, description="This facility is merged into no other.")
    def post(self, given: dict[str, Any], facility_id: UUID) -> Response:
        """End a merge: both facilities are settled as if it had never been."""
        alone = duplicates.separate(g.work, g.caller, facility_id, given["reason"])
        return answer_document(facility_lists.document(alone))


def _answer(pair_id: UUID) -> Response:
    return answer_json(_shown(duplicates.one(g.work.session, g.caller, pair_id)))


def _shown(pair: Mapping[str, Any]) -> dict[str, Any]:
    return {**pair, "explanation": explained(pair, wiring().phrasebook)}
