"""The form of a signed audit, for the OpenAPI document. `inspection/audit_documents.py` is what reads it."""

from marshmallow import fields, validate

from api.fields import Boolean, Day, Float, Integer, Moment, Schema
from inspection.audit_documents import ALTERNATIVES, STATES, USE_SOURCES
from inspection.tables.audits import Ground

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
    visits = Integer(
        required=True,
        validate=validate.Range(min=0, max=10_000_000),
        metadata={"description": "of the source register: people with disabilities on it, who are no visits"},
    )
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
    """A signed audit as a tablet writes it."""

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
