"""What tablets sent and nothing was made of, or that lost against what was held, and what is decided about it."""

import re
from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from api import backlog
from api.disclosing import discloses
from api.fields import Boolean, Integer, Moment, Query, Schema, Words
from api.languages import wanted_language
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from api.versions import answer_document
from api.wiring import wiring
from inspection import intake_decisions, intake_review
from inspection.intake_review import UNFINISHED, Filters, Wanted
from inspection.keyset import Page
from inspection.sync.collections import COLLECTIONS
from inspection.tables.disclosures import Kind
from inspection.tables.intake import IntakeDecision, IntakeRow, IntakeState

blp = Blueprint(
    "intake_review",
    __name__,
    description="What tablets sent and nothing was made of, or that lost against what was held: for a head of "
    "department of the whole region to look at.",
)
FACILITY = "01990a5d-ac96-774b-bcce-b302099a8052"
EXAMPLE = {
    "region": "750000000",
    "collection": "facilities",
    "document": FACILITY,
    "sha256": "9f" * 32,
    "rev": 2,
    "state": "conflict",
    "reason": "others changed the same fields: name_ru",
    "waiting_for": None,
    "attempts": 1,
    "sender": {"id": "01990a5d-ac96-774b-bcce-b302099a8060", "name": "Үлгі Инспектор"},
    "device_id": "01990a5d-ac96-774b-bcce-b302099a8061",
    "device_time": "2026-03-02T05:10:00Z",
    "received_at": "2026-03-02T05:10:03Z",
    "understood_at": "2026-03-02T05:10:03Z",
    "decision": None,
    "decision_fields": None,
    "decision_reason": None,
    "decided_at": None,
    "decided_by": None,
}
FIELD_EXAMPLE = {
    "field": "name_ru",
    "base": "Пример",
    "sent": "Аптека «Пример»",
    "held": "Пример № 1",
    "now": "Пример № 1",
}
ONE_EXAMPLE = {
    **EXAMPLE,
    "sent": {"id": FACILITY, "rev": 4, "name_ru": "Аптека «Пример»"},
    "base": {"id": FACILITY, "rev": 4, "name_ru": "Пример"},
    "text": None,
    "held": {"id": FACILITY, "rev": 5, "name_ru": "Пример № 1"},
    "now": {"id": FACILITY, "rev": 5, "name_ru": "Пример № 1"},
    "fields": [FIELD_EXAMPLE],
}
# Faults stand one behind another in a reason, each with what would be accepted.
NEXT_FAULT = re.compile(r"(?<=\)); (?=/|: )")
REASON = validate.Length(min=1, max=2000)
A_FIELD = validate.Length(min=1, max=64)


class SenderOut(Schema):
    """Who sent it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)


class IntakeOut(Schema):
    """One body under one id, as far as a list shows it."""

    region = fields.String(required=True, metadata={"description": "of the tablet that sent it"})
    collection = fields.String(required=True)
    document = fields.UUID(required=True, metadata={"description": "the id it was sent under"})
    sha256 = fields.String(
        required=True, metadata={"description": "of what the client owns; with the id, the key"}
    )
    rev = Integer(required=True, metadata={"description": "one more whenever something becomes of it"})
    state = fields.String(required=True, validate=validate.OneOf(list(IntakeState)))
    reason = fields.String(required=True, allow_none=True)
    waiting_for = fields.UUID(required=True, allow_none=True, metadata={"description": "what has to come first"})
    attempts = Integer(required=True)
    sender = fields.Nested(SenderOut, required=True, allow_none=True)
    device_id = fields.UUID(required=True, allow_none=True)
    device_time = Moment(required=True, allow_none=True, metadata={"description": "the tablet's clock"})
    received_at = Moment(required=True, metadata={"description": "the server's clock"})
    understood_at = Moment(required=True, allow_none=True)
    decision = fields.String(required=True, allow_none=True, validate=validate.OneOf(list(IntakeDecision)))
    decision_fields = fields.List(fields.String(), required=True, allow_none=True)
    decision_reason = fields.String(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)
    decided_by = fields.UUID(required=True, allow_none=True)


class ComparedOut(Schema):
    """One field: what the tablet had from us, what it sent, what was held when that came, what is held now."""

    field = fields.String(required=True)
    base = fields.Raw(required=True, allow_none=True)
    sent = fields.Raw(required=True, allow_none=True)
    held = fields.Raw(required=True, allow_none=True)
    now = fields.Raw(required=True, allow_none=True)


class OneIntakeOut(IntakeOut):
    """One body under one id, with all it can be compared with."""

    sent = fields.Raw(required=True, allow_none=True, metadata={"description": "null: it is not quite JSON"})
    base = fields.Raw(required=True, allow_none=True, metadata={"description": "what the tablet had from us"})
    text = fields.String(
        required=True, allow_none=True, metadata={"description": "what came, where `sent` is null; its beginning"}
    )
    held = fields.Raw(
        required=True, allow_none=True, metadata={"description": "of a conflict: the document held when it came"}
    )
    now = fields.Raw(
        required=True, allow_none=True, metadata={"description": "the document held now, if you may read it"}
    )
    compared = fields.List(
        fields.Nested(ComparedOut),
        required=True,
        allow_none=True,
        data_key="fields",
        metadata={
            "description": "of an edit: the fields that lost, or (while it is quarantined) that were changed"
        },
    )


class IntakePage(PageOut):
    """A page of what was received."""

    items = fields.List(fields.Nested(IntakeOut), required=True)


class IntakeQuery(PageQuery):
    """Which rows are wanted."""

    state = DelimitedList(
        fields.String(validate=validate.OneOf([state.value for state in UNFINISHED])),
        load_default=[state.value for state in UNFINISHED],
        validate=validate.Length(min=1, max=len(UNFINISHED)),
        metadata={"description": "several with commas between; all of these if nothing is said"},
    )
    decided = Boolean(load_default=False, metadata={"description": "what somebody decided about, or nobody yet"})
    collection = fields.String(validate=validate.OneOf(sorted({*COLLECTIONS} - {*intake_review.PRIVATE})))
    sender = fields.UUID(metadata={"description": "a person"})
    received_from = Moment()
    received_to = Moment(metadata={"description": "up to and not including"})


class RegionQuery(Query):
    """Which region's, where several received the same."""

    region = fields.String(
        validate=validate.Length(min=1, max=16),
        metadata={"description": "needed only where several regions received the same", "example": "750000000"},
    )


class ChoiceIn(Schema):
    """Which sent values are taken after all."""

    take = fields.List(
        fields.String(validate=A_FIELD),
        required=True,
        validate=validate.Length(max=100),
        metadata={"description": "fields whose sent value is taken; empty: what is held stays"},
    )
    reason = Words(load_default=None, allow_none=True, validate=REASON)
    rev = Integer(
        load_default=None,
        allow_none=True,
        metadata={"description": "version of the held document that you saw, to be told if it has changed"},
    )


class DismissalIn(Schema):
    """Why nothing is to be made of it."""

    reason = Words(required=True, validate=REASON)


@blp.route("/intake")
class Intake(Resource):
    """What was received in the caller's regions and is not finished."""

    @blp.arguments(IntakeQuery, location="query")
    @blp.response(200, IntakePage, example={"items": [EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List what was quarantined, lost, waits or was not looked at yet; the first received first."""
        about = {name: query.pop(name) for name in ("cursor", "limit") if name in query}
        states = tuple(IntakeState(state) for state in query.pop("state"))
        page = intake_review.page(g.work.session, g.caller, Filters(states=states, **query), **about)
        return answer_page(Page([_in_words(row) for row in page.rows], page.next_cursor))


ONE = "/intake/<string:collection>/<uuid:document_id>/<string:sha256>"


@blp.route(ONE)
class OneIntake(Resource):
    """One body under one id."""

    @discloses(Kind.INTAKE)
    @blp.arguments(RegionQuery, location="query")
    @blp.response(200, OneIntakeOut, example=ONE_EXAMPLE)
    def get(self, query: dict[str, Any], collection: str, document_id: UUID, sha256: str) -> Response:
        """What was sent, beside what was held then and what is held now."""
        wanted = Wanted(collection, document_id, sha256, **query)
        return answer_document(_in_words(intake_review.one(g.work.session, g.caller, wanted)))


@blp.route(f"{ONE}/replay")
class Replay(Resource):
    """Another try."""

    @discloses(Kind.INTAKE)
    @blp.arguments(RegionQuery, location="query")
    @blp.response(200, OneIntakeOut, example=ONE_EXAMPLE)
    @blp.alt_response(409, description="It is a conflict, was decided already, or nobody can understand it.")
    def post(self, query: dict[str, Any], collection: str, document_id: UUID, sha256: str) -> Response:
        """Try it again.

        What was signed is tried as its author's, by the rules and grants as they are now. An edit is made as your
        own: what its author might not change any more you may. What was taken stays as it is.
        """
        wanted = Wanted(collection, document_id, sha256, **query)
        row = intake_decisions.replay(g.work, g.caller, wanted)
        if row.state in intake_decisions.MADE:
            backlog.arrived(g.work, [document_id])  # other documents may have waited for it
        return _answer(row)


@blp.route(f"{ONE}/choose")
class Choice(Resource):
    """The decision of a conflict."""

    @discloses(Kind.INTAKE)
    @blp.arguments(ChoiceIn, example={"take": ["name_ru"], "reason": "жаңа атауы дұрыс", "rev": 5})
    @blp.arguments(RegionQuery, location="query")
    @blp.response(200, OneIntakeOut, example=ONE_EXAMPLE)
    @blp.alt_response(409, description="It is no conflict, or was decided otherwise.")
    @blp.alt_response(412, description="The held document has changed since you read it.")
    def post(
        self, choice: dict[str, Any], query: dict[str, Any], collection: str, document_id: UUID, sha256: str
    ) -> Response:
        """Take sent values after all, as an edit of your own, or keep what is held. Both stay on record."""
        wanted = Wanted(collection, document_id, sha256, **query)
        take, reason, rev = choice["take"], choice["reason"], choice["rev"]
        return _answer(intake_decisions.choose(g.work, g.caller, wanted, take, reason=reason, seen_rev=rev))


@blp.route(f"{ONE}/dismissal")
class Dismissal(Resource):
    """The decision that nothing is to be made of it."""

    @discloses(Kind.INTAKE)
    @blp.arguments(DismissalIn, example={"reason": "қайталанған жазба"})
    @blp.arguments(RegionQuery, location="query")
    @blp.response(200, OneIntakeOut, example=ONE_EXAMPLE)
    @blp.alt_response(409, description="It was decided otherwise, was taken, or was not looked at yet.")
    def post(
        self, given: dict[str, Any], query: dict[str, Any], collection: str, document_id: UUID, sha256: str
    ) -> Response:
        """Note that nothing is to be made of it. It stays as it came."""
        wanted = Wanted(collection, document_id, sha256, **query)
        return _answer(intake_decisions.dismiss(g.work, g.caller, wanted, given["reason"]))


def _answer(row: IntakeRow) -> Response:
    return answer_document(_in_words(intake_review.document(g.work.session, g.caller, row)))


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its reason in the reader's language."""
    if row["reason"] is None:
        return row
    parts = wiring()
    language = wanted_language(parts.settings.default_language)
    said = [parts.phrasebook.say(each, language) for each in NEXT_FAULT.split(row["reason"])]
    return {**row, "reason": "; ".join(said)}
