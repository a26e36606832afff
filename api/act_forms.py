"""What lists and documents show of acts of officials about violations."""

from typing import Any

from marshmallow import fields, validate

from api.fields import Boolean, Day, Integer, Moment, Schema
from inspection.tables.violation_acts import ActKind
from inspection.violation_acts import MOST_SUM

SUM = validate.Range(min=0, max=MOST_SUM)
OFFICE = "01990a5d-ac96-774b-bcce-b302099a8090"
OFFICE_EXAMPLE = {
    "id": OFFICE,
    "name_kk": "Денсаулық сақтау басқармасы",
    "name_ru": "Управление здравоохранения",
}
ACTED = {
    "author_id": "01990a5d-ac96-774b-bcce-b302099a8050",
    "office_id": None,
    "year": None,
    "sum": None,
    "answer_by": None,
    "takes_back": None,
    "taken_back_by": None,
    "explanation": None,
}
ACTS_EXAMPLE: list[dict[str, Any]] = [
    {
        **ACTED,
        "id": "01990a5d-ac96-774b-bcce-b302099a8091",
        "kind": "assign",
        "acted_at": "2026-02-06T05:00:00Z",
        "words": "объект подведомственный",
        "office_id": OFFICE,
    },
    {
        **ACTED,
        "id": "01990a5d-ac96-774b-bcce-b302099a8092",
        "kind": "plan_works",
        "acted_at": "2026-02-20T06:00:00Z",
        "words": "включено в план капитального ремонта",
        "year": 2026,
        "sum": 4500000,
    },
]


class OfficeShown(Schema):
    """An office (управление), as far as a list names it."""

    id = fields.UUID(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)


class LastAct(Schema):
    """What an official did last beside deciding."""

    kind = fields.String(required=True, validate=validate.OneOf(list(ActKind)))
    at = Moment(required=True)


class WorksPlanned(Schema):
    """Works that stand in a plan."""

    year = Integer(required=True)
    sum = Integer(
        required=True,
        allow_none=True,
        validate=SUM,
        metadata={"description": "whole units of the currency; null: not known"},
    )


class ExplanationShown(Schema):
    """The reply that came to a question; its words are at `/replies/{id}`."""

    reply_id = fields.UUID(required=True)
    received_at = Moment(required=True)
    late = Boolean(required=True, metadata={"description": "it came after `answer_by`"})


class ActShown(Schema):
    """What an official did about it beside deciding."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(ActKind)))
    acted_at = Moment(required=True)
    author_id = fields.UUID(required=True)
    words = fields.String(required=True, metadata={"description": "why; of a question what is asked"})
    office_id = fields.UUID(required=True, allow_none=True)
    year = Integer(required=True, allow_none=True)
    sum = Integer(required=True, allow_none=True, validate=SUM)
    answer_by = Day(required=True, allow_none=True)
    takes_back = fields.UUID(required=True, allow_none=True)
    taken_back_by = fields.UUID(
        required=True, allow_none=True, metadata={"description": "the act that took it back"}
    )
    explanation = fields.Nested(
        ExplanationShown, required=True, allow_none=True, metadata={"description": "null: none has come"}
    )
