"""What operators answered to prescriptions, the links by which they may, and what officials say to that."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, g, request
from flask.views import MethodView
from marshmallow import fields, validate
from webargs.fields import DelimitedList
from werkzeug.http import dump_options_header

from api.answers.tokens import address
from api.answers.waiting import PDF
from api.fields import Day, Integer, Moment, Schema, Words
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.parsing import refuse_query
from api.photo_store import current_store
from api.resource import Resource, credential
from api.schemas import IdOnly
from api.wiring import wiring
from api.work import Work
from inspection import access
from inspection.answers import answering, links
from inspection.answers.answering import Answer
from inspection.errors import DoesNotApply
from inspection.history import DecisionKind
from inspection.photos import blobs
from inspection.tables.answers import ReplyFile, ReplyKind, ReplyState
from inspection.tables.photos import BlobState

blp = Blueprint("replies", __name__, description="What operators answer to prescriptions.")

STATES = [state.value for state in ReplyState]
BY = [kind.value for kind in (DecisionKind.EXTEND, DecisionKind.WAIVE, DecisionKind.RECHECK)]
BINARY = {"schema": {"type": "string", "format": "binary"}}


class ReplyFileOut(Schema):
    """A file that came along; its bytes are at `/reply-files/{id}`."""

    id = fields.UUID()
    size = Integer(metadata={"description": "bytes"})
    media_type = fields.String(metadata={"description": "by its first bytes, whatever the name says"})
    name = fields.String(metadata={"description": "as the sender called it"})


class ReplyOut(Schema):
    """What an operator said of one item, and an official's answer."""

    id = fields.UUID()
    rev = Integer()
    country = fields.String()
    region_code = fields.String()
    district_code = fields.String(allow_none=True)
    facility_id = fields.UUID()
    prescription_id = fields.UUID()
    violation_id = fields.UUID()
    submission_id = fields.UUID(metadata={"description": "of what was sent at once"})
    link_id = fields.UUID(metadata={"description": "the link by which it came"})
    kind = fields.String(
        validate=validate.OneOf([kind.value for kind in ReplyKind]),
        metadata={"description": "remedied: a declaration, which queues a follow-up and closes nothing"},
    )
    said = fields.String(allow_none=True)
    until = Day(allow_none=True, metadata={"description": "the date asked for"})
    said_by = fields.String(metadata={"description": "who they say they are; nobody has checked it"})
    received_at = Moment()
    state = fields.String(validate=validate.OneOf(STATES))
    answer = fields.String(allow_none=True)
    answered_by = fields.UUID(allow_none=True)
    answered_at = Moment(allow_none=True)
    decision_id = fields.UUID(allow_none=True, metadata={"description": "what was decided with it"})
    request_id = fields.UUID(
        allow_none=True, metadata={"description": "the question of an official that it answers"}
    )
    files = fields.List(fields.Nested(ReplyFileOut))


class ReplyPage(PageOut):
    """A page of replies."""

    items = fields.List(fields.Nested(ReplyOut), required=True)


class ReplyQuery(PageQuery):
    """What the list can be narrowed to."""

    state = DelimitedList(fields.String(validate=validate.OneOf(STATES)))
    prescription = fields.UUID()


class ReplyAnswerIn(Schema):
    """What an official says to a reply."""

    outcome = fields.String(
        required=True,
        validate=validate.OneOf([state for state in STATES if state != ReplyState.WAITING]),
        metadata={"description": "granted: with the decision in `by`; refused; noted: read, and nothing follows"},
    )
    words = Words(
        required=True,
        validate=validate.Length(min=1, max=2000),
        metadata={"description": "the operator sees them on the page of the prescription"},
    )
    by = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.OneOf(BY),
        metadata={"description": "extend grants an extension; waive or recheck grant a contest"},
    )
    until = Day(
        allow_none=True,
        load_default=None,
        metadata={"description": "of the extension, by default what was asked for; of the waiver, if it ends"},
    )


class AnswerLinkOut(Schema):
    """A link by which a prescription can be answered without signing in."""

    id = fields.UUID()
    prescription_id = fields.UUID()
    made_at = Moment()
    made_by = fields.UUID(allow_none=True, metadata={"description": "null: it goes out with letters"})
    expires_at = Moment()
    revoked_at = Moment(allow_none=True)
    revoked_by = fields.UUID(allow_none=True)
    revoked_why = fields.String(allow_none=True)


class AnswerLinksOut(Schema):
    """All links of a prescription."""

    items = fields.List(fields.Nested(AnswerLinkOut), required=True)


class MadeAnswerLinkOut(Schema):
    """A link to be handed over. Its address is shown to whoever makes it and to nobody else."""

    id = fields.UUID(required=True)
    prescription_id = fields.UUID(required=True)
    expires_at = Moment(required=True)
    address = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "null where PANDUS_PUBLIC_URL does not say how this installation is reached"},
    )


class RevocationIn(Schema):
    """Why a link opens nothing any more."""

    reason = Words(required=True, validate=validate.Length(min=1, max=500))


@blp.route("/replies")
class Replies(Resource):
    """Replies of operators."""

    @blp.arguments(ReplyQuery, location="query")
    @blp.response(200, ReplyPage)
    def get(self, query: dict[str, Any]) -> Response:
        """Replies in your areas, received first first; `state=waiting` are those that somebody has to answer."""
        return answer_page(
            answering.page(
                g.work.session,
                g.caller,
                area=query.get("area"),
                state=query.get("state", ()),
                prescription_id=query.get("prescription"),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        )


@blp.route("/replies/<uuid:reply_id>")
class OneReply(Resource):
    """A reply."""

    @blp.response(200, ReplyOut)
    def get(self, reply_id: UUID) -> Response:
        """One reply."""
        return answer_json(answering.one(g.work.session, g.caller, reply_id))


@blp.route("/replies/<uuid:reply_id>/answer")
class ReplyAnswer(Resource):
    """What an official says to it."""

    @blp.arguments(ReplyAnswerIn)
    @blp.response(200, ReplyOut)
    @blp.alt_response(409, description="It is answered already, or the decision would have no effect.")
    def put(self, given: dict[str, Any], reply_id: UUID) -> Response:
        """Answer it, once. What is granted is decided at once; a refusal is told by letter."""
        by = None if given["by"] is None else DecisionKind(given["by"])
        said = Answer(ReplyState(given["outcome"]), given["words"], by, given["until"])
        answering.answer(g.work, g.caller, reply_id, said)
        return answer_json(answering.one(g.work.session, g.caller, reply_id))


@blp.route("/reply-files/<uuid:file_id>")
class ReplyFileBytes(MethodView):
    """The bytes of a file that came with a reply."""

    @blp.doc(responses={200: {"description": "It.", "content": {"image/jpeg": BINARY, PDF: BINARY}}})
    @blp.alt_response(409, description="There is nothing to see of it yet, or there never will be.")
    def get(self, file_id: UUID) -> Response:
        """A photo as it may be shown, without anything the camera wrote; a PDF as it came, to be saved."""
        token = credential(request)
        refuse_query(request)

        def look(work: Work) -> tuple[ReplyFile, str | None]:
            caller = access.sign_in(work.session, token, now=work.now)
            held = answering.file(work.session, caller, file_id)
            return held, blobs.state_of(work.session, held.sha256)

        held, state = wiring().units.read(look)
        if held.media_type == PDF:
            return _as_it_came(held)
        if state != BlobState.EXAMINED:
            raise DoesNotApply("there is nothing to see of this file", state=state)
        return Response(current_store().public(held.sha256), mimetype="image/jpeg")


@blp.route("/prescriptions/<uuid:prescription_id>/links")
class Links(Resource):
    """The links by which a prescription can be answered."""

    @blp.response(200, AnswerLinksOut)
    def get(self, prescription_id: UUID) -> Response:
        """All links of it; never their addresses."""
        return answer_json({"items": links.of_prescription(g.work.session, g.caller, prescription_id)})

    @blp.arguments(IdOnly)
    @blp.response(201, MadeAnswerLinkOut)
    @blp.alt_response(409, description="The id is taken.")
    def post(self, given: dict[str, Any], prescription_id: UUID) -> Response:
        """A further link, to be handed over. Asking again with the same id gives the same."""
        made = links.make(g.work, g.caller, prescription_id, given["id"])
        said = {"id": made.id, "prescription_id": prescription_id, "expires_at": made.expires_at}
        return answer_json({**said, "address": address(wiring().settings, made.id)}, 201)


@blp.route("/answer-links/<uuid:link_id>/revocation")
class LinkRevocation(Resource):
    """The end of a link."""

    @blp.arguments(RevocationIn)
    @blp.response(200, AnswerLinkOut)
    @blp.alt_response(409, description="It is revoked already.")
    def put(self, given: dict[str, Any], link_id: UUID) -> Response:
        """Let it open nothing any more, and no letter carry it."""
        held = links.revoke(g.work, g.caller, link_id, given["reason"])
        names = [column.key for column in links.SHOWN]
        return answer_json({name: getattr(held, name) for name in names})


def _as_it_came(held: ReplyFile) -> Response:
    """A file of which nobody has looked inside: it is saved, never shown."""
    response = Response(current_store().original_bytes(held.sha256), mimetype=PDF)
    name = quote(held.name or "file.pdf", safe="")
    said = dump_options_header("attachment", {"filename*": f"UTF-8''{name}"})
    response.headers["Content-Disposition"] = said
    return response
