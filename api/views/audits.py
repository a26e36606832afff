"""Signed audits: sent, listed, shown, and what a head of department decides about them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask.views import MethodView
from marshmallow import fields, validate

from api import backlog
from api.audit_forms import EXAMPLE, GROUNDS, AuditIn
from api.fields import Boolean, Day, Integer, Moment, Schema, Words
from api.languages import wanted_language
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.parsing import read_legible, refuse_query
from api.resource import Resource, credential
from api.schemas import DecisionOut, IdAndReason, decision_document
from api.wiring import wiring
from api.work import Work
from inspection import access, audits, deciding, intake, understanding
from inspection.access import Credential
from inspection.errors import AlreadyDifferent, Fault, InvalidInput
from inspection.forms import Fields
from inspection.homes import find
from inspection.intake import AUDITS, Received
from inspection.tables.audits import Ground
from inspection.tables.facilities import Facility
from inspection.tables.intake import IntakeKey, IntakeState
from inspection.understanding import Understood

blp = Blueprint("audits", __name__, description="Signed visits and their findings.")


class TakenOut(Schema):
    """What became of an audit that was sent."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["taken", "waiting"]))
    judged = Boolean(
        required=True,
        metadata={"description": "whether violations follow from it; false as long as a person has to act first"},
    )
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "in words, in the reader's language: what it waits for (waiting), or why it is not "
            "judged: a person has to set its time, the head of department has to confirm the correction, or the "
            "audit that it corrects has not arrived"
        },
    )


class AuditListed(Schema):
    """An audit in a list."""

    id = fields.UUID()
    rev = Integer()
    facility_id = fields.UUID()
    country = fields.String()
    region_code = fields.String()
    district_code = fields.String(allow_none=True)
    kind = fields.String()
    ground = fields.String(validate=validate.OneOf(GROUNDS))
    checklist_id = fields.UUID()
    checklist_key = fields.String()
    checklist_version = fields.String()
    author_id = fields.UUID()
    corrects_id = fields.UUID(allow_none=True)
    observed_at = Moment(allow_none=True, metadata={"description": "corrected; null: nobody knows yet"})
    observed_on = Day(allow_none=True)
    time_source = fields.String()
    received_at = Moment()
    failed = Integer(metadata={"description": "number of fails"})
    demo = Boolean()


class FindingOut(Schema):
    """What was found for one criterion at one place; what is empty is left out."""

    criterion = fields.String()
    place = fields.String()
    outcome = fields.String()
    value = fields.Raw()
    unit = fields.String()
    limit = fields.String()
    note = fields.String()
    relaxed = Boolean()


class AuditOut(AuditListed):
    """An audit with everything that was recorded."""

    started_at = Moment()
    finished_at = Moment()
    signed_at = Moment()
    anchor = fields.Dict(allow_none=True)
    appointment_number = fields.String(allow_none=True)
    appointment_date = Day(allow_none=True)
    ersop_number = fields.String(allow_none=True)
    ersop_date = Day(allow_none=True)
    findings = fields.List(fields.Nested(FindingOut))
    alternatives = fields.Dict()
    fixes = fields.List(fields.Dict())
    use = fields.Dict(allow_none=True)
    content_hash = fields.String(metadata={"description": "SHA-256 of what was sent, in canonical JSON"})
    awaiting = fields.String(allow_none=True, metadata={"description": "why a correction does not count yet"})


class AuditPage(PageOut):
    """A page of audits."""

    items = fields.List(fields.Nested(AuditListed), required=True)


class AuditQuery(PageQuery):
    """What the list of audits can be narrowed to."""

    facility = fields.UUID()
    ground = fields.Enum(Ground, by_value=True)
    observed_from = Day()
    observed_to = Day()
    undated = Boolean(load_default=False, metadata={"description": "only those whose time a person has to set"})


class ObservedIn(Schema):
    """The time that a person sets."""

    observed_at = Moment(required=True)
    reason = Words(required=True, validate=validate.Length(min=1, max=2000))


@blp.route("/audits")
class Audits(Resource):
    """Audits that were taken."""

    @blp.arguments(AuditQuery, location="query")
    @blp.response(200, AuditPage)
    def get(self, query: dict[str, Any]) -> Response:
        """Audits in your areas, newest observation first."""
        filters = audits.AuditFilters(
            area=query.get("area"),
            facility_id=query.get("facility"),
            ground=query.get("ground"),
            observed_from=query.get("observed_from"),
            observed_to=query.get("observed_to"),
            undated=query["undated"],
        )
        page = audits.page(g.work.session, g.caller, filters, cursor=query.get("cursor"), limit=query["limit"])
        return answer_page(page)


@blp.route("/audits")
class AuditIntake(MethodView):
    """Where an audit is sent. Two units of work: what was kept stays kept, whatever understanding it brings."""

    @blp.doc(
        parameters=[
            {
                "in": "header",
                "name": "Device-Time",
                "description": "the sender's clock at the moment of sending, if it may be wrong",
                "schema": {"type": "string", "format": "date-time"},
            }
        ],
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": AuditIn, "example": EXAMPLE}},
        },
    )
    @blp.response(201, TakenOut, description="Taken, and judged unless `reason` says why not.")
    @blp.alt_response(200, schema=TakenOut, description="Sent before; nothing was changed.")
    @blp.alt_response(202, schema=TakenOut, description="Kept; it waits for what the reason names.")
    @blp.alt_response(
        409, description="Another document was received first under this id; this one is kept apart."
    )
    def post(self) -> Response:
        """Send a signed audit. Sending the same one again changes nothing.

        Everything legible is kept before it is judged, also what is then refused with 422. `judged` is false for
        an audit that was taken but has no effect yet: its time is uncertain, or it is a correction that waits for
        the head of department or for the audit that it corrects.
        """
        token = credential(request)
        refuse_query(request)
        document = read_legible(request)
        body, device_time = request.get_data(), _device_time()
        made, facility_id = _ids(document)

        def keep(work: Work) -> tuple[IntakeKey, bool]:
            caller = g.caller = access.sign_in(work.session, token, now=work.now)
            facility = find(work.session, Facility, facility_id)
            access.require(caller, access.Act.SUBMIT_AUDIT, facility, what="facility")
            assert facility is not None  # noqa: S101 - require has seen to it
            key = IntakeKey(facility.home_region, AUDITS, made, intake.content_hash(document))
            received = Received(key, body, caller.person_id, None, device_time or work.now)
            return key, bool(intake.keep(work, [received]))

        key, new = wiring().units.write(keep)
        outcome, unjudged = wiring().units.write(lambda work: _understand(work, token, key))
        return _answer(made, outcome, unjudged, new=new)


@blp.route("/audits/<uuid:audit_id>")
class OneAudit(Resource):
    """An audit with its findings."""

    @blp.response(200, AuditOut)
    def get(self, audit_id: UUID) -> Response:
        """One audit."""
        return answer_json(audits.one(g.work.session, g.caller, audit_id))


@blp.route("/audits/<uuid:audit_id>/observed-at")
class ObservedAt(Resource):
    """The time of an audit that nobody could date."""

    @blp.arguments(ObservedIn, example={"observed_at": "2026-03-16T11:10:00+05:00", "reason": "по журналу"})
    @blp.response(200, AuditOut)
    @blp.alt_response(409, description="The time of this audit is known.")
    def put(self, given: dict[str, Any], audit_id: UUID) -> Response:
        """Set it; only then is the audit judged. For heads of department."""
        deciding.set_time(g.work, g.caller, audit_id, given["observed_at"], given["reason"])
        return answer_json(audits.one(g.work.session, g.caller, audit_id))


@blp.route("/audits/<uuid:audit_id>/confirmation")
class Confirmation(Resource):
    """The word of the head of department on a correction."""

    @blp.arguments(IdAndReason)
    @blp.response(201, DecisionOut)
    @blp.alt_response(409, description="There is nothing to confirm, or the id is taken.")
    def post(self, given: dict[str, Any], audit_id: UUID) -> Response:
        """Let a correction stand that needs it. For heads of department, and never for one's own."""
        decision = deciding.confirm(g.work, g.caller, audit_id, given["id"], given["reason"])
        return answer_json(decision_document(decision), 201)


def _understand(work: Work, token: Credential, key: IntakeKey) -> tuple[Understood, str | None]:
    """What became of it, and why it is not judged if it was taken and is not."""
    work.journal.actor_id = access.sign_in(work.session, token, now=work.now).person_id
    work.journal.request_id = g.get("request_id")
    outcome = understanding.understand(work, [key])[key]
    taken = outcome.state is IntakeState.TAKEN
    if taken:
        backlog.arrived(work, [key.document_id])  # photos may have come before it
    return outcome, audits.why_not_judged(work.session, key.home_region, key.document_id) if taken else None


def _ids(document: Any) -> tuple[UUID, UUID]:
    """Id and facility: without them nothing can be kept. Raises InvalidInput."""
    faults: list[Fault] = []
    fields_ = Fields(document, "", faults)
    made, facility_id = fields_.uuid("id", required=True), fields_.uuid("facility", required=True)
    if made is None or facility_id is None:
        raise InvalidInput(faults)
    return made, facility_id


def _device_time() -> datetime | None:
    """The Device-Time header. Raises InvalidInput for one that is no moment."""
    faults: list[Fault] = []
    moment = Fields({"Device-Time": request.headers.get("Device-Time")}, "", faults).instant("Device-Time")
    if faults:
        raise InvalidInput(faults)
    return moment


def _answer(made: UUID, outcome: Understood, unjudged: str | None, *, new: bool) -> Response:
    if outcome.state is IntakeState.QUARANTINED:
        raise InvalidInput(outcome.faults, "the audit is kept, but cannot be judged as it is")
    if outcome.state is IntakeState.CONFLICT:
        raise AlreadyDifferent(outcome.reason or "this id is taken", id=str(made))
    waits = outcome.state is IntakeState.WAITING
    status = 202 if waits else 201 if new else 200
    judged = not waits and unjudged is None
    taken = {"id": made, "state": outcome.state.value, "judged": judged}
    return _in_words(taken, outcome.reason or unjudged, status)


def _in_words(document: dict[str, Any], reason: str | None, status: int) -> Response:
    """The answer with its reason in the reader's language."""
    parts = wiring()
    language = wanted_language(parts.settings.default_language)
    said = reason and parts.phrasebook.say(reason, language)
    response = answer_json({**document, "reason": said}, status)
    response.headers["Content-Language"] = language
    response.vary.add("Accept-Language")
    return response
