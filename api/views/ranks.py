"""Which places come first, by the visits of people with disabilities that barriers obstruct; and why."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate

from api.fields import Boolean, Day, Float, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.rank_words import explained
from api.resource import Resource
from api.wiring import wiring
from inspection import rank_lists
from inspection.criteria import GROUPS
from inspection.use_states import UseState

blp = Blueprint("ranks", __name__, description="Places ranked by obstructed visits (затруднённые посещения).")

STATES = [state.value for state in UseState]
FACILITY = "01990a5d-ac96-774b-bcce-b302099a8052"
NAMED = {
    "id": FACILITY,
    "kind": "polyclinic",
    "name_kk": "№1 үлгі емханасы",
    "name_ru": "Поликлиника-пример № 1",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
}
EXAMPLE = {
    **NAMED,
    "use_state": "counted",
    "visits": 499.6,
    "visits_low": 478.5,
    "visits_high": 520.9,
    "placeholder": True,
    "obstructed": 230.1,
    "audited_at": "2026-02-02T05:10:00Z",
}
UNVISITED = {
    **{name: value for name, value in EXAMPLE.items() if name != "audited_at"},
    "use_state": "unknown",
    "audited_nearby": 3,
    "audited": 61,
}
ZERO = {**NAMED, "kind": "school", "holds_until": "2026-09-01"}
WHY = {
    "facility_id": FACILITY,
    "kind": "polyclinic",
    "catchment": None,
    "use_state": "counted",
    "expected_from": None,
    "counted": {"visits": 1500.0, "months": 3.0},
    "clients": None,
    "group_shares": {
        "visits": 0,
        "shares": {"wheelchair": 0.08, "mobility": 0.42, "vision": 0.15, "hearing": 0.12, "cognitive": 0.23},
    },
    "prior": {"mean": 300.0, "shape": 1.5, "rate": 0.005, "placeholder": True, "sites": 0},
    "visits": 499.6,
    "visits_low": 478.5,
    "visits_high": 520.9,
    "obstructed": 230.1,
    "obstructed_low": 220.4,
    "obstructed_high": 239.9,
    "repairs": [
        {
            "criterion": "entrance-ramp-slope",
            "place": "main",
            "title": {"kk": "Пандус еңісі", "ru": "Уклон пандуса", "en": "Slope of the ramp"},
            "gain": 153.5,
            "alone": 200.0,
            "group": "mobility",
        }
    ],
    "explanation": {"en": ["..."], "kk": ["..."], "ru": ["..."]},
}
SHARE = {"description": "share of this whole list whose visits rest on invented priors; null: nothing is ranked"}


def _always(field: type[fields.Field[Any]], *, null: bool = False, **kwargs: Any) -> Any:
    return field(required=True, allow_none=null, **kwargs)


class Named(Schema):
    """A facility, as far as a list names it."""

    id = _always(fields.UUID)
    kind = _always(fields.String)
    name_kk = _always(fields.String)
    name_ru = _always(fields.String)
    country = _always(fields.String)
    region_code = _always(fields.String)
    district_code = _always(fields.String, null=True)


class RankOut(Named):
    """One place. Visits are those of people with disabilities, a month; their bounds hold nine tenths."""

    use_state = _always(fields.String, validate=validate.OneOf(STATES))
    visits = _always(Float)
    visits_low = _always(Float)
    visits_high = _always(Float)
    placeholder = _always(Boolean, metadata={"description": "the visits rest on an invented prior"})
    obstructed = _always(Float)
    audited_at = _always(Moment, null=True)


class RankPage(PageOut):
    """A page of places."""

    items = fields.List(fields.Nested(RankOut), required=True)
    placeholder_share = _always(Float, null=True, metadata=SHARE)


class RankQuery(PageQuery):
    """Which places are wanted."""

    kind = fields.String(validate=validate.Length(min=1, max=40), metadata={"description": "of the facility"})
    state = fields.Enum(UseState, by_value=fields.String)


class UnvisitedOut(Named):
    """One place that nobody has audited, by what audited places of its kind lead to expect."""

    use_state = _always(fields.String, validate=validate.OneOf(STATES))
    visits = _always(Float)
    visits_low = _always(Float)
    visits_high = _always(Float)
    placeholder = _always(Boolean, metadata={"description": "the visits rest on an invented prior"})
    obstructed = _always(
        Float, metadata={"description": "expected: visits a month, if it is as its neighbours are"}
    )
    audited_nearby = _always(Integer, metadata={"description": "audited places of this kind in its district"})
    audited = _always(Integer, metadata={"description": "audited places of this kind in its country"})


class UnvisitedPage(PageOut):
    """A page of them."""

    items = fields.List(fields.Nested(UnvisitedOut), required=True)
    placeholder_share = _always(Float, null=True, metadata=SHARE)


class UnvisitedQuery(PageQuery):
    """Which of them are wanted."""

    kind = fields.String(validate=validate.Length(min=1, max=40), metadata={"description": "of the facility"})


class ExpectedFrom(Schema):
    """Audited places of the same kind."""

    audited_nearby = _always(Integer, metadata={"description": "in its district"})
    audited = _always(Integer, metadata={"description": "in its country"})


class ZeroOut(Named):
    """One place of which it is attested that nobody comes."""

    holds_until = _always(Day)


class ZeroPage(PageOut):
    """A page of them."""

    items = fields.List(fields.Nested(ZeroOut), required=True)


class Counted(Schema):
    """What was counted."""

    visits = _always(Float)
    months = _always(Float, metadata={"description": "of complete counting that barriers did not disturb"})


class GroupSharesOut(Schema):
    """How visits divide into groups."""

    visits = _always(Integer, metadata={"description": "counted by group; of none, the shares are invented"})
    shares = _always(fields.Dict, keys=fields.String(validate=validate.OneOf(GROUPS)), values=Float())


class PriorOut(Schema):
    """What was expected before anybody counted: a Gamma distribution of visits a month."""

    mean = _always(Float)
    shape = _always(Float)
    rate = _always(Float)
    placeholder = _always(Boolean)
    sites = _always(Integer, metadata={"description": "counted facilities that it rests on"})


class RepairOut(Schema):
    """One repair. Gains do not add up."""

    criterion = _always(fields.String)
    place = _always(fields.String)
    title = _always(fields.Dict, null=True, keys=fields.String(), values=fields.String())
    gain = _always(Float, metadata={"description": "visits a month that it frees by itself"})
    alone = _always(Float, metadata={"description": "visits a month that the barrier obstructs by itself"})
    group = _always(fields.String, validate=validate.OneOf(GROUPS))


class WhyOut(Schema):
    """Why a place stands where it does."""

    facility_id = _always(fields.UUID)
    kind = _always(fields.String)
    catchment = _always(Integer, null=True)
    use_state = _always(
        fields.String,
        null=True,
        validate=validate.OneOf(STATES),
        metadata={"description": "null: nobody has audited it, and nothing can be expected yet"},
    )
    expected_from = fields.Nested(
        ExpectedFrom,
        required=True,
        allow_none=True,
        metadata={"description": "what `obstructed` rests on where nobody has audited the place; else null"},
    )
    counted = fields.Nested(Counted, required=True, allow_none=True)
    clients = _always(Integer, null=True, metadata={"description": "with disabilities, on the newest register"})
    group_shares = fields.Nested(GroupSharesOut, required=True, allow_none=True)
    prior = fields.Nested(PriorOut, required=True)
    visits = _always(Float, null=True)
    visits_low = _always(Float, null=True)
    visits_high = _always(Float, null=True)
    obstructed = _always(Float, null=True)
    obstructed_low = _always(Float, null=True)
    obstructed_high = _always(Float, null=True)
    repairs = fields.List(fields.Nested(RepairOut), required=True, metadata={"description": "at most three"})
    explanation = _always(
        fields.Dict,
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "sentences by language"},
    )


@blp.route("/ranks")
class Ranks(Resource):
    """Ranked places."""

    @blp.arguments(RankQuery, location="query")
    @blp.response(200, RankPage, example={"items": [EXAMPLE], "placeholder_share": 0.93, "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """Audited places in your areas, where most visits are obstructed first."""
        page, share = rank_lists.page(g.work.session, g.caller, **query)
        return answer_json({"items": page.rows, "next_cursor": page.next_cursor, "placeholder_share": share})


@blp.route("/ranks/unvisited")
class NotVisited(Resource):
    """Places that nobody has audited."""

    @blp.arguments(UnvisitedQuery, location="query")
    @blp.response(
        200, UnvisitedPage, example={"items": [UNVISITED], "placeholder_share": 0.93, "next_cursor": None}
    )
    def get(self, query: dict[str, Any]) -> Response:
        """Places in your areas that nobody has audited, where most visits may be obstructed first."""
        page, share = rank_lists.unvisited(g.work.session, g.caller, **query)
        return answer_json({"items": page.rows, "next_cursor": page.next_cursor, "placeholder_share": share})


@blp.route("/ranks/attested-zeros")
class Zeros(Resource):
    """Places that are in no ranking, because nobody comes."""

    @blp.arguments(PageQuery, location="query")
    @blp.response(200, ZeroPage, example={"items": [ZERO], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """Places of which it is attested that no person with a disability comes, and until when that holds."""
        return answer_page(rank_lists.attested_zeros(g.work.session, g.caller, now=g.work.now, **query))


@blp.route("/facilities/<uuid:facility_id>/priority")
class Why(Resource):
    """Why one place stands where it does."""

    @blp.response(200, WhyOut, example=WHY)
    def get(self, facility_id: UUID) -> Response:
        """The numbers that went in, what barriers obstruct, and the three repairs that free most."""
        rank = rank_lists.one(g.work.session, g.caller, facility_id, now=g.work.now)
        return answer_json({**rank, "explanation": explained(rank, wiring().phrasebook)})
