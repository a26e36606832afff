"""Signed audits: sent, listed, shown, and what a head of department decides about them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask.views import MethodView
from marshmallow import fields, validate

from api.fields import Boolean, Day, Float, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.parsing import read_json
from api.resource import Resource, bearer_token
from api.schemas import DecisionOut, IdAndReason, decision_document
from api.wiring import wiring
from api.work import Work
from inspection import access, audits, deciding, intake, understanding
from inspection.audit_documents import ALTERNATIVES, STATES, USE_SOURCES
from inspection.errors import AlreadyDifferent, Fault, InvalidInput
from inspection.forms import Fields
from inspection.homes import find
from inspection.intake import AUDITS, IntakeKey, Received
from inspection.tables.audits import Ground
from inspection.tables.facilities import Facility
from inspection.tables.intake import IntakeState
from inspection.understanding import Understood

blp = Blueprint("audits", __name__, description="Signed visits and their findings.")

GROUNDS = [ground.value for ground in Ground]
EXAMPLE_ID = "01990a5d-ac96-774b-bcce-b302099a8057"
EXAMPLE = {
    "id": EXAMPLE_ID,
    "facility": "01890a5d-ac96-774b-bcce-b302099a8057",
    "checklist": "f86ce3ee-4033-59c9-99d3-176dc3226d28",
    "ground": "preventive",
    "appointment": {"number": "АН-17", "date": "2026-03-10"},
    "started_at": "2026-03-16T10:00:00+05:00",
    "finished_at": "2026-03-16T11:10:00+05:00",
    "signed_at": "2026-03-16T11:20:00+05:00",
    "answers": [
        {"criterion": "entrance-step-free", "value": "ramp"},
        {"criterion": "entrance-ramp-slope", "value": 9.5, "unit": "percent", "note": "второй марш"},
        {"criterion": "toilet-present", "state": "not_checked"},
    ],
    "alternative": {"wheelchair": "second_entrance"},
    "fixes": [{"lat": 43.238, "lon": 76.945, "accuracy_m": 6.5, "at": "2026-03-16T10:05:00+05:00"}],
}


class RegistrationIn(Schema):
    """Number and date of a document."""

    number = fields.String(required=True, validate=validate.Length(min=1, max=60))
    date = Day(allow_none=True)


class AnchorIn(Schema):
    """The last server time the tablet heard, and its monotonic clock since, at the signature."""

    server_time = Moment(required=True)
    elapsed_ms = Integer(required=True, validate=validate.Range(min=0, max=316_224_000_000))
    boot_id = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9._-]{1,64}$"))


class AnswerIn(Schema):
    """One recorded answer: a value, or a state in place of one."""

    criterion = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9._-]{1,64}$"))
    place = fields.String(
        load_default="main", allow_none=True, validate=validate.Regexp(r"^[A-Za-z0-9._-]{1,64}$")
    )
    value = fields.Raw(allow_none=True, metadata={"type": ["number", "string", "boolean"]})
    unit = fields.String(allow_none=True, validate=validate.Length(min=1, max=12))
    state = fields.String(allow_none=True, validate=validate.OneOf(STATES))
    of = Float(allow_none=True, metadata={"description": "second measurement of a share, for example all spaces"})
    relaxed = Boolean(load_default=False, metadata={"description": "judge by the relaxed limit; needs a reason"})
    reason = fields.String(allow_none=True, validate=validate.Length(min=1, max=2000))
    note = fields.String(allow_none=True, validate=validate.Length(min=1, max=2000))


class FixIn(Schema):
    """A position the tablet measured, WGS 84."""

    lat = Float(required=True, validate=validate.Range(min=-90, max=90))
    lon = Float(required=True, validate=validate.Range(min=-180, max=180))
    accuracy_m = Float(required=True, validate=validate.Range(min=0, max=100_000))
    at = Moment(allow_none=True)


class UseIn(Schema):
    """Evidence of visits by people with disabilities, brought home by the inspector."""

    source = fields.String(required=True, validate=validate.OneOf(USE_SOURCES))
    visits = Integer(required=True, validate=validate.Range(min=0, max=10_000_000))
    period_from = Day(required=True)
    period_to = Day(required=True)
    completeness = Float(validate=validate.Range(min=0.001, max=1))
    attested_zero = Boolean(load_default=False)


class AlternativeIn(Schema):
    """Which working alternative was tested on this visit, for which group."""

    wheelchair = fields.String(allow_none=True, validate=validate.OneOf(ALTERNATIVES))
    mobility = fields.String(allow_none=True, validate=validate.OneOf(ALTERNATIVES))
    vision = fields.String(allow_none=True, validate=validate.OneOf(ALTERNATIVES))
    hearing = fields.String(allow_none=True, validate=validate.OneOf(ALTERNATIVES))
    cognitive = fields.String(allow_none=True, validate=validate.OneOf(ALTERNATIVES))


class AuditIn(Schema):
    """A signed audit as a tablet writes it. Documents the form; `audit_documents.py` reads it."""

    id = fields.UUID(required=True, metadata={"description": "made on the tablet"})
    facility = fields.UUID(required=True)
    checklist = fields.UUID(required=True, metadata={"description": "id of the published version"})
    ground = fields.String(required=True, validate=validate.OneOf(GROUNDS))
    appointment = fields.Nested(RegistrationIn, allow_none=True)
    ersop = fields.Nested(RegistrationIn, allow_none=True)
    started_at = Moment(required=True)
    finished_at = Moment(required=True)
    signed_at = Moment(required=True)
    anchor = fields.Nested(AnchorIn, allow_none=True)
    corrects = fields.UUID(allow_none=True, metadata={"description": "the audit that this one replaces"})
    answers = fields.List(fields.Nested(AnswerIn), required=True, validate=validate.Length(max=2000))
    alternative = fields.Nested(AlternativeIn, allow_none=True)
    fixes = fields.List(fields.Nested(FixIn), allow_none=True, validate=validate.Length(max=200))
    use = fields.Nested(UseIn, allow_none=True)


class TakenOut(Schema):
    """What became of an audit that was sent."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["taken", "waiting"]))
    reason = fields.String(required=True, allow_none=True)


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
    reason = fields.String(required=True, validate=validate.Length(min=1, max=2000))


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
    @blp.response(201, TakenOut, description="Taken and judged.")
    @blp.alt_response(200, schema=TakenOut, description="Sent before; nothing was changed.")
    @blp.alt_response(202, schema=TakenOut, description="Kept; it waits for what the reason names.")
    @blp.alt_response(
        409, description="Another document was received first under this id; this one is kept apart."
    )
    def post(self) -> Response:
        """Send a signed audit. Sending the same one again changes nothing.

        Everything legible is kept before it is judged, also what is then refused with 422.
        """
        token = bearer_token(request)
        document = read_json(request)
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
        outcome = wiring().units.write(lambda work: _understand(work, token, key))
        return _answer(made, outcome, new=new)


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


def _understand(work: Work, token: str, key: IntakeKey) -> Understood:
    work.journal.actor_id = access.sign_in(work.session, token, now=work.now).person_id
    work.journal.request_id = g.get("request_id")
    return understanding.understand(work, [key])[key]


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


def _answer(made: UUID, outcome: Understood, *, new: bool) -> Response:
    if outcome.state is IntakeState.QUARANTINED:
        raise InvalidInput(outcome.faults, "the audit is kept, but cannot be judged as it is")
    if outcome.state is IntakeState.CONFLICT:
        raise AlreadyDifferent(outcome.reason or "this id is taken", id=str(made))
    waits = outcome.state is IntakeState.WAITING
    status = 202 if waits else 201 if new else 200
    return answer_json({"id": made, "state": outcome.state.value, "reason": outcome.reason}, status)
