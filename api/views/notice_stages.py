"""The stages of notices of a country: what is in force, planned and over; planning a change of them."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate

from api.fields import Boolean, Day, Integer, Query, Schema
from api.openapi import Blueprint
from api.pages import answer_json
from api.resource import Resource
from inspection.countries import COUNTRIES
from inspection.notices import editions
from inspection.notices.editing import MOST, Wanted
from inspection.notices.editions import Wish
from inspection.notices.preview import Preview, preview
from inspection.notices.stages import FARTHEST, Recipient
from inspection.notices.timetables import Edition
from inspection.tables.stage_editions import StageEdition

blp = Blueprint("notice_stages", __name__, description="When letters about a due date go out, and to whom.")

ID = "01990a5d-ac96-774b-bcce-b302099a80a7"
OLD = {"name": "ten_days_before", "days": -14, "to": ["operator"]}
LATE = {"name": "overdue", "days": 1, "to": ["operator", "department"]}
IN_EXAMPLE = {
    "id": ID,
    "country": "KZ",
    "replaces": 0,
    "valid_from": "2026-03-18",
    "stages": [OLD, LATE, {"days": 20, "to": ["akimat"]}],
    "acts": {"found_late": ["department", "akimat"]},
}
OUT_EXAMPLE = {
    "id": ID,
    "number": 1,
    "valid_from": "2026-03-18",
    "stages": [
        {"name": "found_late", "act": "found_late", "days": None, "to": ["operator", "department", "akimat"]},
        *({**each, "act": None} for each in (OLD, LATE, {"name": "kz_1_1", "days": 20, "to": ["akimat"]})),
    ],
}
SHIPPED_EXAMPLE = {"number": 0, "valid_from": None, "stages": OUT_EXAMPLE["stages"]}
LIST_EXAMPLE = {
    "country": "KZ",
    "newest": 1,
    "first_day": "2026-03-18",
    "in_force": SHIPPED_EXAMPLE,
    "planned": OUT_EXAMPLE,
    "earlier": [],
}
PREVIEW_EXAMPLE = {
    "night": "2026-03-18",
    "dates": [{"first": "2026-03-29", "last": "2026-04-01"}],
    "letters": [{"to": "operator", "now": 12, "then": 31}],
    "looked_at": 40,
    "whole": True,
}
DAYS = {"description": "calendar days from the due date as it was told; below zero before it"}
NAME = {"description": "of a stage that was there before; it stays on its side of the date. null: a new one"}
A_KIND = validate.OneOf([*Recipient])


class StageIn(Schema):
    """A stage as it is wanted."""

    name = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 20), metadata=NAME)
    days = Integer(required=True, validate=validate.Range(-FARTHEST, FARTHEST), metadata=DAYS)
    to = fields.List(fields.String(validate=A_KIND), required=True, validate=validate.Length(1, 3))


class StageActsIn(Schema):
    """Whom acts tell besides the operator; what is left out stays as it is."""

    found_again = fields.List(fields.String(validate=A_KIND), validate=validate.Length(max=3))
    found_late = fields.List(fields.String(validate=A_KIND), validate=validate.Length(max=3))


class StageEditionIn(Schema):
    """Stages from a coming day on. Those of dates that are not named are retired."""

    id = fields.UUID(required=True)
    country = fields.String(required=True, validate=validate.OneOf(list(COUNTRIES)))
    replaces = Integer(
        required=True, validate=validate.Range(0), metadata={"description": "`newest`, as it was read"}
    )
    valid_from = Day(required=True)
    stages = fields.List(fields.Nested(StageIn), required=True, validate=validate.Length(1, 4 * MOST))
    acts = fields.Nested(StageActsIn, load_default=dict)


class StageOut(Schema):
    """A stage: a day, or an act."""

    name = fields.String(required=True)
    act = fields.String(required=True, allow_none=True)
    days = Integer(required=True, allow_none=True, metadata=DAYS)
    to = fields.List(fields.String(), required=True)


class StageEditionOut(Schema):
    """Stages from a local day on; null: since ever, they come with Pandus."""

    number = Integer(required=True)
    valid_from = Day(required=True, allow_none=True)
    stages = fields.List(fields.Nested(StageOut), required=True)


class PlannedStagesOut(StageEditionOut):
    """An edition that somebody made."""

    id = fields.UUID(required=True)


class NoticeStagesOut(Schema):
    """The editions of a country that were not taken back. earlier: the newest first."""

    country = fields.String(required=True)
    newest = Integer(required=True, metadata={"description": "what the next edition replaces"})
    first_day = Day(required=True, metadata={"description": "on which one that is made now can begin"})
    in_force = fields.Nested(StageEditionOut, required=True)
    planned = fields.Nested(PlannedStagesOut, required=True, allow_none=True)
    earlier = fields.List(fields.Nested(StageEditionOut), required=True)


class StageSpanOut(Schema):
    """Due dates, both days included; null: however early, or late."""

    first = Day(required=True, allow_none=True)
    last = Day(required=True, allow_none=True)


class StageLettersOut(Schema):
    """Letters of one night."""

    to = fields.String(required=True)
    now = Integer(required=True, metadata={"description": "as the stages are"})
    then = Integer(required=True, metadata={"description": "as they would be"})


class StagePreviewOut(Schema):
    """What would come of an edition if it began in the first night that it can."""

    night = Day(required=True)
    dates = fields.List(
        fields.Nested(StageSpanOut),
        required=True,
        metadata={"description": "due dates of which something else would be told"},
    )
    letters = fields.List(fields.Nested(StageLettersOut), required=True)
    looked_at = Integer(required=True, metadata={"description": "violations"})
    whole = Boolean(required=True, metadata={"description": "false: only the first of them were looked at"})


class NoticeStagesQuery(Query):
    """Of which country."""

    country = fields.String(required=True, validate=validate.OneOf(list(COUNTRIES)))


def read_wish(given: dict[str, Any]) -> Wish:
    """An edition as `StageEditionIn` has read it."""
    stages = [Wanted(each["name"], each["days"], _kinds(each["to"])) for each in given["stages"]]
    acts = {name: _kinds(to) for name, to in given["acts"].items()}
    return Wish(given["id"], given["country"], given["replaces"], given["valid_from"], stages, acts)


def _kinds(said: list[str]) -> tuple[Recipient, ...]:
    return tuple(Recipient(each) for each in said)


def shown(edition: Edition) -> dict[str, Any]:
    """An edition as `StageEditionOut` describes it."""
    stages = [{"act": None, "days": None, **each} for each in editions.document(edition.stages)]
    return {
        "number": edition.number,
        "valid_from": edition.since.isoformat() if edition.number else None,
        "stages": stages,
    }


def shown_row(row: StageEdition) -> dict[str, Any]:
    """The same of one that somebody made."""
    held = Edition(row.number, row.valid_from, editions.stages_of(row.stages))
    return {"id": row.id, **shown(held)}


def shown_preview(seen: Preview) -> dict[str, Any]:
    """A preview as `StagePreviewOut` describes it."""
    return {
        "night": seen.night,
        "dates": [{"first": first, "last": last} for first, last in seen.dates],
        "letters": [{"to": kind.value, "now": now, "then": then} for kind, (now, then) in seen.letters.items()],
        "looked_at": seen.looked_at,
        "whole": seen.whole,
    }


@blp.route("/notice-stages")
class NoticeStages(Resource):
    """The stages of a country."""

    @blp.arguments(NoticeStagesQuery, location="query")
    @blp.response(200, NoticeStagesOut, example=LIST_EXAMPLE)
    def get(self, query: dict[str, Any]) -> Response:
        """What is in force, planned and over."""
        held = editions.listed(g.work.session, query["country"], g.work.now)
        return answer_json(
            {
                "country": query["country"],
                "newest": held.newest,
                "first_day": held.first_day,
                "in_force": shown(held.in_force),
                "planned": None if held.planned is None else shown_row(held.planned),
                "earlier": [shown(each) for each in held.earlier],
            }
        )

    @blp.arguments(StageEditionIn, example=IN_EXAMPLE)
    @blp.response(201, PlannedStagesOut, example=OUT_EXAMPLE)
    @blp.alt_response(
        200, schema=PlannedStagesOut, description="The same was planned before.", example=OUT_EXAMPLE
    )
    @blp.alt_response(409, description="The id is taken, or an edition is planned already.")
    @blp.alt_response(412, "PRECONDITION_FAILED")
    def post(self, given: dict[str, Any]) -> Response:
        """Plan other stages from a coming night on; sending the same again changes nothing.

        For administrators of the whole country. Nobody who was told is told again; what is new tells nothing of
        days before it.
        """
        row, new = editions.add(g.work, g.caller, read_wish(given))
        return answer_json(shown_row(row), 201 if new else 200)


@blp.route("/notice-stages/preview")
class NoticeStagesPreview(Resource):
    """A look ahead."""

    own_units = True  # it changes nothing

    @blp.arguments(StageEditionIn, example=IN_EXAMPLE)
    @blp.response(200, StagePreviewOut, example=PREVIEW_EXAMPLE)
    @blp.alt_response(409, description="An edition is planned already.")
    @blp.alt_response(412, "PRECONDITION_FAILED")
    def post(self, given: dict[str, Any]) -> Response:
        """What planning this would do to the letters of the first night. Changes nothing."""
        return answer_json(shown_preview(preview(g.work, g.caller, read_wish(given))))


@blp.route("/notice-stages/<uuid:edition_id>")
class PlannedStages(Resource):
    """An edition."""

    @blp.response(204)
    @blp.alt_response(409, description="It has begun, or begins within the hour.")
    def delete(self, edition_id: UUID) -> Response:
        """Take back an edition that has not begun."""
        editions.take_back(g.work, g.caller, edition_id)
        return Response(status=204)
