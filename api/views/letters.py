"""Letters to operators and officials: which went out, and which somebody has to deliver on paper."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from api.disclosing import discloses
from api.fields import Day, Integer, Moment, Schema, Words
from api.held_forms import SAID, HeldIn, saying
from api.mail.composing import paper
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.policies import page_policy
from api.resource import Resource
from inspection.notices import holding, reading
from inspection.notices.reading import Delivery
from inspection.tables.disclosures import Kind
from inspection.tables.notices import LetterState

# A letter looks as in a mail, where nothing but attributes can style it; it loads nothing.
LETTER_POLICY = page_policy({"default-src": "'none'", "style-src-attr": "'unsafe-inline'"})
blp = Blueprint("letters", __name__, description="Letters about told deadlines (уведомление).")

EXAMPLE = {
    "id": "2f1c8a52-6f0e-5c0b-8a55-7a6d2a0f9d10",
    "rev": 3,
    "facility_id": "01990a5d-ac96-774b-bcce-b302099a8052",
    "name_kk": "№1 үлгі емханасы",
    "name_ru": "Поликлиника-пример № 1",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
    "recipient": "operator:01990a5d-ac96-774b-bcce-b302099a8053",
    "local_date": "2026-04-07",
    "state": "failed",
    "notices": 2,
    "attempts": 1,
    "queued_at": "2026-04-06T20:00:00Z",
    "sent_at": None,
    "answer": "550 no such user",
    "delivered_on": None,
    "delivered_by": None,
    "delivery": None,
}
DELIVERED = {
    "state": "delivered",
    "delivered_on": "2026-04-08",
    "delivered_by": "01990a5d-ac96-774b-bcce-b302099a8060",
    "delivery": "вручено под подпись",
}
STATES = [state.value for state in LetterState]


class LetterOut(Schema):
    """One letter. Its recipient is named by kind and id, never by address."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    facility_id = fields.UUID(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    recipient = fields.String(
        required=True, metadata={"description": "operator:<id>, person:<id>, or nobody:<kind>"}
    )
    local_date = Day(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={
            "description": "failed, by_hand: to be delivered on paper; held: a backup was restored, and somebody "
            "has to say whether it went out"
        },
    )
    notices = Integer(required=True, metadata={"description": "items in it"})
    attempts = Integer(required=True)
    queued_at = Moment(required=True)
    sent_at = Moment(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True, metadata={"description": "the mail server's last word"})
    delivered_on = Day(required=True, allow_none=True)
    delivered_by = fields.UUID(required=True, allow_none=True)
    delivery = fields.String(required=True, allow_none=True, metadata={"description": "how, in somebody's words"})


class LetterPage(PageOut):
    """A page of letters."""

    items = fields.List(fields.Nested(LetterOut), required=True)


class LetterQuery(PageQuery):
    """Which letters are wanted."""

    state = DelimitedList(fields.String(validate=validate.OneOf(STATES)))
    facility = fields.UUID()


class DeliveryIn(Schema):
    """That a letter was handed over on paper."""

    delivered_on = Day(required=True)
    how = Words(
        required=True,
        validate=validate.Length(min=1, max=500),
        metadata={"description": "to whom or by which post, without names of visitors"},
    )


class DeliveryOut(Schema):
    """What is written down of it."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    state = fields.String(required=True)
    delivered_on = Day(required=True)
    delivered_by = fields.UUID(required=True)
    delivery = fields.String(required=True)


class HeldLetterOut(Schema):
    """What became of a held letter."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    state = fields.String(required=True)


class HeldLettersIn(HeldIn):
    """The same of many letters."""

    area = fields.String(
        validate=validate.Length(min=1, max=16),
        metadata={"description": "only there; else wherever you may decide"},
    )


class HeldLettersOut(Schema):
    """What came of it."""

    settled = Integer(required=True)
    left = Integer(required=True, metadata={"description": "still held there: ask again"})


@blp.route("/letters")
class Letters(Resource):
    """Letters about facilities."""

    @discloses(Kind.LETTERS)
    @blp.arguments(LetterQuery, location="query")
    @blp.response(200, LetterPage, example={"items": [EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """Letters in your areas, the newest first. `state=failed,by_hand`: what is to be delivered on paper."""
        return answer_page(
            reading.page(
                g.work.session,
                g.caller,
                area=query.get("area"),
                state=[LetterState(name) for name in query.get("state", ())],
                facility_id=query.get("facility"),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        )


@blp.route("/letters/<uuid:letter_id>/paper")
class Paper(Resource):
    """A letter to be printed."""

    @discloses(Kind.LETTERS)
    @blp.response(200, content_type="text/html", description="A page in the languages of the country.")
    def get(self, letter_id: UUID) -> Response:
        """What the letter says, as a page to print."""
        page = Response(paper(reading.one(g.work, g.caller, letter_id)), mimetype="text/html")
        page.headers["Content-Security-Policy"] = LETTER_POLICY
        return page


@blp.route("/letters/<uuid:letter_id>/delivery")
class OnPaper(Resource):
    """The end of a letter that no mail could bring."""

    @blp.arguments(DeliveryIn, example={"delivered_on": "2026-04-08", "how": "вручено под подпись"})
    @blp.response(200, DeliveryOut, example={"id": EXAMPLE["id"], "rev": 4, **DELIVERED})
    @blp.alt_response(409, description="The letter went by mail, or was delivered otherwise already.")
    def put(self, given: dict[str, Any], letter_id: UUID) -> Response:
        """Say that it was delivered on paper. Saying it again changes nothing."""
        letter = reading.deliver(g.work, g.caller, letter_id, Delivery(given["delivered_on"], given["how"]))
        shown = ("id", "rev", "state", "delivered_on", "delivered_by", "delivery")
        return answer_json({name: getattr(letter, name) for name in shown})


@blp.route("/letters/<uuid:letter_id>/hold")
class HeldLetter(Resource):
    """A letter that may have gone out before a backup was restored."""

    @blp.arguments(HeldIn, example=SAID)
    @blp.response(200, HeldLetterOut, example={"id": EXAMPLE["id"], "rev": 2, "state": "cancelled"})
    @blp.alt_response(409, description="It is not held.")
    def put(self, given: dict[str, Any], letter_id: UUID) -> Response:
        """Let it go out, or say that it did."""
        letter = holding.settle_letter(g.work, g.caller, letter_id, saying(given))
        return answer_json({name: getattr(letter, name) for name in ("id", "rev", "state")})


@blp.route("/letters/held")
class HeldLetters(Resource):
    """All letters that may have gone out before a backup was restored."""

    @blp.arguments(HeldLettersIn, example={**SAID, "area": "751110000"})
    @blp.response(200, HeldLettersOut, example={"settled": 17, "left": 0})
    def post(self, given: dict[str, Any]) -> Response:
        """Let all go out that you may decide about, or say that they did; 500 at once, the oldest first."""
        done = holding.settle_letters(g.work, g.caller, saying(given), given.get("area"))
        return answer_json({"settled": done.settled, "left": done.left})
