"""The violation list and one violation. Decisions about them are in `decisions.py`."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from api.act_forms import ACTS_EXAMPLE, OFFICE_EXAMPLE, ActShown, LastAct, OfficeShown, WorksPlanned
from api.fields import Boolean, Day, Float, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_texts
from api.resource import Resource
from api.versions import answer_document
from inspection import violation_details, violations
from inspection.criteria import GROUPS, Severity
from inspection.history import DecisionKind, EndedBy
from inspection.tables.audits import Ground
from inspection.tables.operators import Ownership
from inspection.tables.violations import STANDING, ViolationState
from inspection.telling import Say
from inspection.violation_filters import Filters
from inspection.violation_orders import Sort

blp = Blueprint("violations", __name__, description="Duties to remedy what an audit found (нарушение).")

AUDIT, FACILITY, OPERATOR = (f"01990a5d-ac96-774b-bcce-b302099a805{n}" for n in (1, 2, 3))
EXAMPLE = {
    "id": "5a2c8f0e-3c54-5a0f-9b7e-0c9f3f5d2a11",
    "rev": 3,
    "home_region": "750000000",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
    "facility_id": FACILITY,
    "facility": {
        "kind": "polyclinic",
        "name_kk": "№1 үлгі емханасы",
        "name_ru": "Поликлиника-пример № 1",
        "address_kk": "Мысал көшесі, 1",
        "address_ru": "ул. Примерная, 1",
    },
    "operator": {
        "id": OPERATOR,
        "name_kk": "«Үлгі» ЖШС",
        "name_ru": "ТОО «Пример»",
        "tax_id": "940140000385",
        "ownership": "state",
    },
    "last_audit": {"id": AUDIT, "number": "АН-17", "observed_on": "2026-02-02", "ground": "preventive"},
    "criterion": "entrance-ramp-slope",
    "checklist_key": "pandus-criteria",
    "checklist_version": "1.0.0",
    "place": "main",
    "zone": "entrance",
    "groups": ["wheelchair", "mobility"],
    "severity": "gross",
    "value": 9.5,
    "unit": "percent",
    "limit": "<= 5",
    "state": "open",
    "opened_at": "2026-02-02T05:10:00Z",
    "provisional_due_on": "2026-04-03",
    "due_on": "2026-04-06",
    "days_left": -2,
    "overdue": True,
    "extended_until": None,
    "prescription_id": "01990a5d-ac96-774b-bcce-b302099a8054",
    "prescription_number": "АЛ-2026-000017",
    "needs_decision": False,
    "obstructed": {"state": "unknown", "visits_a_month": None},
    "last_action": "prescribed",
    "last_action_at": "2026-02-05T04:00:00Z",
    "responsible": OFFICE_EXAMPLE,
    "last_act": {"kind": "plan_works", "at": "2026-02-20T06:00:00Z"},
}
HISTORY_EXAMPLE = {
    "title": {"kk": "Пандус еңісі", "ru": "Уклон пандуса", "en": "Slope of the ramp"},
    "episodes": [{"opened_at": "2026-02-02T05:10:00+00:00", "opened_by": AUDIT, "fails": [AUDIT]}],
    "opened_by": AUDIT,
    "found_again": 0,
    "declared_at": None,
    "accepted_at": None,
    "ended_at": None,
    "ended_by": None,
    "decisions": [],
    "works_planned": {"year": 2026, "sum": 4500000},
    "acts": ACTS_EXAMPLE,
    "told": [
        {
            "id": "5a2c8f0e-3c54-5a0f-9b7e-0c9f3f5d2a12",
            "say": "prescribed",
            "due_on": "2026-04-06",
            "told_at": "2026-02-05T04:00:00Z",
            "document_id": "01990a5d-ac96-774b-bcce-b302099a8054",
        }
    ],
    "prescription": {
        "id": "01990a5d-ac96-774b-bcce-b302099a8054",
        "number_text": "АЛ-2026-000017",
        "issued_on": "2026-02-05",
    },
}

STATES = [state.value for state in ViolationState]


def _always(field: type[fields.Field[Any]], *, null: bool = False, **kwargs: Any) -> Any:
    return field(required=True, allow_none=null, **kwargs)


class FacilityShown(Schema):
    """The facility, as far as a list names it."""

    kind = _always(fields.String)
    name_kk = _always(fields.String)
    name_ru = _always(fields.String)
    address_kk = _always(fields.String, null=True)
    address_ru = _always(fields.String, null=True)


class OperatorShown(Schema):
    """Who answers for the facility."""

    id = _always(fields.UUID)
    name_kk = _always(fields.String)
    name_ru = _always(fields.String)
    tax_id = _always(fields.String, null=True, metadata={"description": "BIN, IIN or INN"})
    ownership = _always(fields.String, validate=validate.OneOf(list(Ownership)))


class LastAudit(Schema):
    """The audit that last judged the criterion there."""

    id = _always(fields.UUID)
    number = _always(fields.String, null=True, metadata={"description": "of the act of appointment"})
    observed_on = _always(Day, null=True, metadata={"description": "local date of the area"})
    ground = _always(fields.String, null=True, validate=validate.OneOf(list(Ground)))


class Obstructed(Schema):
    """Visits a month that it obstructs. Unknown is not zero."""

    state = _always(fields.String, validate=validate.OneOf(["known", "unknown"]))
    visits_a_month = _always(Float, null=True)


class ViolationOut(Schema):
    """A violation as the list shows it."""

    id = _always(fields.UUID)
    rev = _always(Integer)
    home_region = _always(fields.String)
    country = _always(fields.String)
    region_code = _always(fields.String)
    district_code = _always(fields.String, null=True)
    facility_id = _always(fields.UUID)
    facility = fields.Nested(FacilityShown, required=True)
    operator = fields.Nested(OperatorShown, required=True, allow_none=True)
    last_audit = fields.Nested(LastAudit, required=True)
    criterion = _always(
        fields.String, metadata={"description": "its words stand in the checklist of this key and version"}
    )
    checklist_key = _always(fields.String)
    checklist_version = _always(fields.String)
    place = _always(fields.String)
    zone = _always(fields.String)
    groups = fields.List(fields.String(validate=validate.OneOf(GROUPS)), required=True)
    severity = _always(fields.String, validate=validate.OneOf(list(Severity)))
    value = _always(fields.Raw, null=True, metadata={"description": "last measured or answered"})
    unit = _always(fields.String, null=True)
    limit = _always(fields.String, null=True, metadata={"description": "what it was judged against"})
    state = _always(fields.String, validate=validate.OneOf(STATES))
    opened_at = _always(Moment)
    provisional_due_on = _always(Day, metadata={"description": "binds nobody until a prescription tells a date"})
    due_on = _always(Day, null=True, metadata={"description": "as told; null: nobody was told"})
    days_left = _always(Integer, null=True, metadata={"description": "below zero: overdue; null: nothing is due"})
    overdue = _always(Boolean)
    extended_until = _always(Day, null=True)
    prescription_id = _always(fields.UUID, null=True)
    prescription_number = _always(
        fields.String, null=True, metadata={"description": "as it stands on the document"}
    )
    needs_decision = _always(Boolean)
    obstructed = fields.Nested(Obstructed, required=True)
    last_action = _always(fields.String)
    last_action_at = _always(Moment)
    responsible = fields.Nested(
        OfficeShown,
        required=True,
        allow_none=True,
        metadata={"description": "the office it is assigned to, also one that is closed since"},
    )
    last_act = fields.Nested(
        LastAct, required=True, allow_none=True, metadata={"description": "null: nobody has done anything yet"}
    )


class EpisodeOut(Schema):
    """One stretch of time in which the duty stood. What is not known yet is left out."""

    opened_at = _always(Moment)
    opened_by = _always(fields.UUID)
    fails = fields.List(fields.UUID(), required=True, metadata={"description": "audits that found the fail"})
    ended_at = Moment()
    ended_by = fields.String(validate=validate.OneOf(list(EndedBy)))
    ended_by_id = fields.UUID()
    extended_at = Moment()
    extended_until = Day()
    declared_at = Moment()
    refuted_at = Moment()
    accepted_at = Moment()
    recheck_asked_at = Moment()
    rechecked_at = Moment()
    waived_at = Moment(metadata={"description": "waived before it was measured as a pass"})
    waived_by = fields.UUID()
    continues = Moment(
        metadata={"description": "opening of the episode that a waiver interrupted and this goes on"}
    )


class DecisionShown(Schema):
    """What an official decided about it."""

    id = _always(fields.UUID)
    kind = _always(fields.String, validate=validate.OneOf(list(DecisionKind)))
    decided_at = _always(Moment)
    author_id = _always(fields.UUID)
    reason = _always(fields.String)
    based_on = _always(fields.UUID, null=True)
    until = _always(Day, null=True)
    revokes = _always(fields.UUID, null=True)


class ToldShown(Schema):
    """What the operator was told about it."""

    id = _always(fields.UUID)
    say = _always(fields.String, validate=validate.OneOf(list(Say)))
    due_on = _always(Day, null=True)
    told_at = _always(Moment)
    document_id = _always(fields.UUID)


class PrescriptionShown(Schema):
    """The prescription that tells it."""

    id = _always(fields.UUID)
    number_text = _always(fields.String, metadata={"description": "as it stands on the document"})
    issued_on = _always(Day)


class ViolationWithHistory(ViolationOut):
    """A violation with everything that is known of it."""

    title = _always(
        fields.Dict,
        null=True,
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "what was required, by language"},
    )
    episodes = fields.List(fields.Nested(EpisodeOut), required=True)
    opened_by = _always(fields.UUID, metadata={"description": "an audit, or the waiver that ran out"})
    found_again = _always(Integer, metadata={"description": "audits that found it again since it opened"})
    declared_at = _always(Moment, null=True, metadata={"description": "the operator says it is remedied"})
    accepted_at = _always(Moment, null=True)
    ended_at = _always(Moment, null=True)
    ended_by = _always(fields.String, null=True, validate=validate.OneOf(list(EndedBy)))
    decisions = fields.List(fields.Nested(DecisionShown), required=True)
    works_planned = fields.Nested(
        WorksPlanned, required=True, allow_none=True, metadata={"description": "as they were noted last"}
    )
    acts = fields.List(
        fields.Nested(ActShown), required=True, metadata={"description": "all of them, the oldest first"}
    )
    told = fields.List(fields.Nested(ToldShown), required=True)
    prescription = fields.Nested(PrescriptionShown, required=True, allow_none=True)


class ViolationPage(PageOut):
    """A page of violations."""

    items = fields.List(fields.Nested(ViolationOut), required=True)
    total = Integer(metadata={"description": "rows on all pages; only if it was asked for"})


class ViolationQuery(PageQuery):
    """Which violations are wanted, in which order."""

    state = DelimitedList(
        fields.String(validate=validate.OneOf(STATES)),
        load_default=[state.value for state in STANDING],
        validate=validate.Length(min=1, max=len(STATES)),
        metadata={"description": "several with commas between; what stands if nothing is said"},
    )
    overdue = Boolean(metadata={"description": "told for a day before today in the area, and standing"})
    severity = fields.Enum(Severity, by_value=fields.String)
    group = fields.String(validate=validate.OneOf(GROUPS))
    kind = fields.String(validate=validate.Length(min=1, max=40), metadata={"description": "of the facility"})
    facility = fields.UUID()
    operator_id = fields.UUID()
    ownership = fields.Enum(Ownership, by_value=fields.String)
    zone = fields.String(validate=validate.Length(min=1, max=40))
    criterion = fields.String(validate=validate.Length(min=1, max=80))
    text = fields.String(
        validate=validate.Length(min=1, max=200),
        metadata={
            "description": "beginnings of words of the facility's names and addresses, or of the requirement, "
            "in Kazakh, Russian or Latin letters"
        },
    )
    due_before = Day(metadata={"description": "the told date is earlier"})
    due_after = Day(metadata={"description": "the told date is later"})
    prescribed = Boolean(metadata={"description": "whether a prescription tells it"})
    office = fields.UUID(metadata={"description": "assigned to this office"})
    explanation_overdue = Boolean(
        metadata={"description": "standing, and an explanation was wanted by a day before today and has not come"}
    )
    sort = fields.Enum(
        Sort,
        by_value=fields.String,
        load_default=Sort.DUE,
        metadata={
            "description": "due and overdue: soonest first, untold ones last. opened: newest first. "
            "obstructed: most obstructed visits first, unknown ones last. severity: worst first, then due"
        },
    )
    total = Boolean(load_default=False, metadata={"description": "count exactly, which takes longer"})


@blp.route("/violations")
class Violations(Resource):
    """Violations the caller may see."""

    @blp.arguments(ViolationQuery, location="query")
    @blp.response(200, ViolationPage, example={"items": [EXAMPLE], "next_cursor": None, "total": 1})
    def get(self, query: dict[str, Any]) -> Response:
        """List violations."""
        about = {name: query.pop(name) for name in ("sort", "cursor", "limit", "total") if name in query}
        states = tuple(ViolationState(state) for state in query.pop("state"))
        filters = Filters(states=states, **query)
        page = violations.page(g.work.session, g.caller, now=g.work.now, filters=filters, **about)
        total = {} if page.total is None else {"total": page.total}
        return answer_texts(page.rows, next_cursor=page.next_cursor, **total)


@blp.route("/violations/<uuid:violation_id>")
class OneViolation(Resource):
    """One violation."""

    @blp.response(200, ViolationWithHistory, example={**EXAMPLE, **HISTORY_EXAMPLE})
    def get(self, violation_id: UUID) -> Response:
        """One violation with its episodes, decisions and acts, and what was told."""
        return answer_document(violation_details.one(g.work.session, g.caller, violation_id, now=g.work.now))
