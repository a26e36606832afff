"""Facilities from tablets: made where a fix says, edited field by field, merged with what others did meanwhile."""

from collections.abc import Mapping
from typing import Any, cast

from inspection import facilities
from inspection.access import Act, require
from inspection.dossiers import MERGED
from inspection.errors import Fault, InvalidInput
from inspection.facilities import ADDRESS_LENGTH, NAME_LENGTH, FacilityFields
from inspection.forms import Fields
from inspection.sync.documents import render
from inspection.sync.merging import merge
from inspection.sync.tablets import Tablet
from inspection.sync.verdicts import TAKEN, Pushed, Verdict, of_merge
from inspection.tables.facilities import Facility, LocationMethod
from inspection.tables.intake import IntakeState
from inspection.unit import Unit

# A tablet says what a place is, never where: it sends fixes.
OWNED = (
    *("kind", "name_kk", "name_ru", "address_kk", "address_ru", "operator_id", "building_year", "catchment"),
    *("adaptation_declared_on", "adaptation_plan_year", "adaptation_plan_sum", "active"),
)
OWNED_BY_SERVER = (
    *("rev", "_deleted", "operator", "lat", "lon", "accuracy_m", "location_method", "area_certainty"),
    *("country", "region_code", "updated_at", "merged_into"),
)
NEEDED = ("kind", "name_kk", "name_ru")
MOST_FIXES = 200
FORGOTTEN = "this facility is not known here any more; the edit waits until it is sent again by whoever made it"


def push_facility(unit: Unit, tablet: Tablet, pushed: Pushed) -> Verdict:
    """Make a facility, or merge an edit of one; an edit of one that is not known waits for it.

    Raises InvalidInput, NotFound and Forbidden; also for an edit that was made before a grant was lost.
    """
    said, area_code, fix = _read(pushed)
    held = facilities.locked(unit.session, pushed.id)
    if held is None and _is_edit(pushed):
        return Verdict(IntakeState.WAITING, FORGOTTEN, waiting_for=pushed.id)
    if held is None:
        _refuse_missing({**dict.fromkeys(NEEDED), **said})
        filled = {**said, "active": said.get("active") is not False, **fix}
        facilities.create(unit, tablet.caller, pushed.id, filled, area_code=area_code)  # type: ignore[arg-type]
        return TAKEN
    require(tablet.caller, Act.EDIT_FACILITY, held, what=facilities.KIND)
    if pushed.deleted:
        reason = "a facility is never deleted; set active to false"
        return Verdict(IntakeState.CONFLICT, reason, _document(unit, held))
    return _merge(unit, tablet, pushed, said, held)


def _is_edit(pushed: Pushed) -> bool:
    """Whether this is an edit of what we once sent; a restored backup may have forgotten it since.

    Made from an edit, it would lie nowhere, in the district that the tablet last heard of: only who made it has
    the fixes.
    """
    return not pushed.new.get("fixes") and any(_names_version(each) for each in (pushed.new, pushed.base or {}))


def _names_version(document: Mapping[str, Any]) -> bool:
    rev = document.get("rev")
    return isinstance(rev, int) and rev > 0  # a schema may give new documents a 0


def _refuse_missing(fields: Mapping[str, Any]) -> None:
    faults = [
        Fault(f"/{n}", "this field is missing", "a text") for n in NEEDED if n in fields and fields[n] is None
    ]
    if faults:
        raise InvalidInput(faults)


def _merge(unit: Unit, tablet: Tablet, pushed: Pushed, said: FacilityFields, held: Facility) -> Verdict:
    base = None if pushed.base is None else _read_base(pushed.base)
    there = {name: getattr(held, name) for name in OWNED}
    given = {name: value for name, value in said.items() if name in pushed.new}
    merged = merge(base, given, there, OWNED)
    _refuse_missing(merged.apply)
    if merged.apply and held.merged_into is not None:
        return Verdict(IntakeState.CONFLICT, MERGED, _document(unit, held))
    if merged.apply:
        facilities.change(unit, tablet.caller, pushed.id, held.rev, merged.apply)  # type: ignore[arg-type]
    as_sent = all(getattr(held, name) == value for name, value in given.items())
    return of_merge(merged.lost, as_sent=as_sent, document=lambda: _document(unit, held))


def _document(unit: Unit, held: Facility) -> str:
    unit.session.flush()
    (rendered,) = render(unit.session, "facilities", [(held.home_region, held.id)])
    return rendered.body


def _read(pushed: Pushed) -> tuple[FacilityFields, str | None, Mapping[str, Any]]:
    """What a tablet says of a facility, the district it names, and its best fix. Raises InvalidInput."""
    faults: list[Fault] = []
    fields = Fields(pushed.new, "", faults)
    fields.uuid("id", required=True)
    said = _owned(fields)
    area_code = fields.token("district_code")
    fixes = [_fix(each) for each in fields.objects("fixes", most=MOST_FIXES)]
    fields.close(OWNED_BY_SERVER)
    if faults:
        raise InvalidInput(faults)
    return said, area_code, min(fixes, key=lambda fix: fix["accuracy_m"], default={})


def _owned(fields: Fields) -> FacilityFields:
    said = {
        "kind": fields.token("kind"),
        "name_kk": fields.text("name_kk", longest=NAME_LENGTH),
        "name_ru": fields.text("name_ru", longest=NAME_LENGTH),
        "address_kk": fields.text("address_kk", longest=ADDRESS_LENGTH),
        "address_ru": fields.text("address_ru", longest=ADDRESS_LENGTH),
        "operator_id": fields.uuid("operator_id"),
        "building_year": fields.integer("building_year", 1500, 2200),
        "catchment": fields.integer("catchment", 0, 50_000_000),
        "adaptation_declared_on": fields.day("adaptation_declared_on"),
        "adaptation_plan_year": fields.integer("adaptation_plan_year", 2000, 2200),
        "adaptation_plan_sum": fields.integer("adaptation_plan_sum", 0, 10**15),
        "active": fields.flag("active"),
    }
    return cast("FacilityFields", said)


def _read_base(base: Mapping[str, Any]) -> Mapping[str, Any]:
    """The owned fields of what the tablet had from us; what cannot be read there counts as changed by others."""
    said = _owned(Fields(base, "", []))
    return {name: value for name, value in said.items() if name in base}


def _fix(fields: Fields) -> dict[str, Any]:
    found = {
        "lat": fields.number("lat", -90, 90, required=True),
        "lon": fields.number("lon", -180, 180, required=True),
        "accuracy_m": fields.number("accuracy_m", 0, 100_000, required=True),
    }
    fields.instant("at")
    fields.close()
    return {**{name: value or 0.0 for name, value in found.items()}, "location_method": LocationMethod.FIX.value}
