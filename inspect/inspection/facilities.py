"""Places that are audited: creating, changing, and what hangs on a change.

A client says what is in `FacilityFields`; where a facility lies administratively follows from its coordinates
(`siting.py`). Its home region is fixed when it is made.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, Place, may, require
from inspection.aliases import lock_merged
from inspection.bulk import among, insert_new_rows, update_rows
from inspection.checklists import newest_checklists
from inspection.countries import local_date
from inspection.dossiers import MERGED, open_dossiers
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, Forbidden, InvalidInput, StaleVersion
from inspection.journal import Change
from inspection.operators import require_operator
from inspection.positions_due import weigh_later
from inspection.ranks_due import rank_later
from inspection.searching import fold_all
from inspection.settling import write_settled
from inspection.siting import Site, Spot, area_index, check_spot, site
from inspection.sync.touched import touched
from inspection.tables.answers import AnswerLink, OperatorReply, ReplyFile
from inspection.tables.audits import Audit
from inspection.tables.columns import OfFacility
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Facility, LocationMethod, Standing
from inspection.tables.fines import Fine
from inspection.tables.followups import FollowUp
from inspection.tables.geocoding import Geocode
from inspection.tables.notices import Letter, Notice
from inspection.tables.operators import Operator, Ownership
from inspection.tables.photos import Photo
from inspection.tables.positions import PositionQuestion
from inspection.tables.prescription_papers import Acknowledgement, PrescriptionPaper
from inspection.tables.prescriptions import Prescription
from inspection.tables.regions import Home
from inspection.tables.telling import ReviewCase, ToldRow
from inspection.tables.unvisited import Unvisited
from inspection.tables.use_records import UseRecord
from inspection.tables.violation_acts import ViolationAct
from inspection.tables.violations import Violation
from inspection.unit import Unit

KIND = "facility"
NAME_LENGTH = 500
ADDRESS_LENGTH = 500
# Every table whose rows lie where the facility lies. Audits are among them: where one lies now says who may
# read it, and is no part of what was signed.
LYING_THERE = (
    *(Acknowledgement, AnswerLink, Audit, DecisionRow, Fine, FollowUp, Letter, Notice, OperatorReply, Photo),
    *(PositionQuestion, Prescription, PrescriptionPaper, ReplyFile, ReviewCase, ToldRow, UseRecord, Violation),
    ViolationAct,
)


# Under the facility's own id.
BESIDE: tuple[type[Standing] | type[Unvisited] | type[Geocode], ...] = (Standing, Unvisited, Geocode)

MOVES_RANKS = frozenset({"kind", "catchment", "active", "region_code", "district_code"})
SHOWN_BY_VIOLATIONS = {"kind", "name_kk", "name_ru", "address_kk", "address_ru"}  # in their documents


class FacilityFields(TypedDict, total=False):
    """What a client may say of a facility."""

    kind: str
    name_kk: str
    name_ru: str
    address_kk: str | None
    address_ru: str | None
    operator_id: UUID | None
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    location_method: str
    building_year: int | None
    catchment: int | None
    adaptation_declared_on: date | None
    adaptation_plan_year: int | None
    adaptation_plan_sum: int | None
    active: bool


FIELDS = tuple(FacilityFields.__annotations__)
LOCATION = ("lat", "lon", "accuracy_m", "location_method")
DEFAULTS: Mapping[str, Any] = dict.fromkeys(FIELDS) | {"active": True, "location_method": LocationMethod.UNKNOWN}


def create(
    unit: Unit, caller: Caller, facility_id: UUID, fields: FacilityFields, *, area_code: str | None = None
) -> tuple[Facility, bool]:
    """Make a facility with the id a client chose. Returns it and whether it is new.

    area_code: region or district, needed where the coordinates do not tell. Creating the same again changes
    nothing. Raises InvalidInput, Forbidden, and AlreadyDifferent where the id stands for something else.
    """
    filled = {**DEFAULTS, **fields}
    _settle_method(filled)
    _refuse([*_wrong(filled), *_too_late(fields, _today(unit))])
    found = find_site(unit, filled, area_code)
    if not may(caller, Act.EDIT_FACILITY, found.place):
        raise Forbidden("this needs a role that may edit facilities in that area", act=Act.EDIT_FACILITY.value)
    region = found.place.region_code
    _refuse(wrong_kind(filled["kind"], known_kinds(unit.session, found.place.country), found.place.country))
    if filled["operator_id"] is not None:
        require_operator(unit.session, caller, region, filled["operator_id"])
    if not insert_new_rows(unit.session, Home, [{"id": facility_id, "region": region, "kind": KIND}]):
        return _made_before(unit.session, caller, facility_id, filled, found), False
    if not insert_new_rows(unit.session, Facility, [new_row(unit, facility_id, filled, found)]):
        raise AlreadyDifferent("the id stands for something else")
    journal_created(unit, region, facility_id, filled)
    rank_later(unit.session, [(region, facility_id)])
    return unit.session.get_one(Facility, (region, facility_id)), True


def change(
    unit: Unit,
    caller: Caller,
    facility_id: UUID,
    rev: int,
    fields: FacilityFields,
    *,
    area_code: str | None = None,
) -> Facility:
    """Change what a client may say of a facility. rev: the version that the client has read.

    New coordinates may move it to another district or region, and everything that lies there with it. Raises
    NotFound, Forbidden, StaleVersion, InvalidInput, and DoesNotApply for a move to another country and for a
    facility that was merged into another.
    """
    held = locked(unit.session, facility_id)
    require(caller, Act.EDIT_FACILITY, held, what=KIND)
    assert held is not None  # noqa: S101 - require refuses None
    if held.rev != rev:
        raise StaleVersion("the facility was changed since it was read", rev=held.rev)
    if held.merged_into is not None:
        raise DoesNotApply(MERGED, merged_into=str(held.merged_into))
    filled = {name: getattr(held, name) for name in FIELDS} | {**fields}
    moved = any(filled[name] != getattr(held, name) for name in LOCATION[:3])
    if moved and "location_method" not in fields:
        filled["location_method"] = LocationMethod.UNKNOWN
    _settle_method(filled)
    _refuse([*_wrong(filled), *_too_late(fields, _today(unit))])
    if filled["kind"] != held.kind:
        _refuse(wrong_kind(filled["kind"], known_kinds(unit.session, held.country), held.country))
    if filled["operator_id"] not in (None, held.operator_id):
        require_operator(unit.session, caller, held.home_region, filled["operator_id"])
    found = None
    if moved or area_code is not None:
        found = _find_moved(unit, caller, held, filled, area_code)
    apply(unit, held, filled, found)
    if moved:
        weigh_later(unit.session, [(held.home_region, held.id)])
    return held


def find_site(unit: Unit, fields: Mapping[str, Any], area_code: str | None) -> Site:
    """Where a facility with these coordinates lies today. Raises InvalidInput."""
    spot = None if fields["lat"] is None else Spot(fields["lat"], fields["lon"], fields["accuracy_m"])
    return site(area_index(unit.session, _today(unit)), spot, area_code)


def apply(unit: Unit, held: Facility, fields: Mapping[str, Any], found: Site | None) -> bool:
    """Give a locked facility these fields and, if it was looked up anew, its site; whether that changed anything.

    Copies of operator and district elsewhere follow, another kind is settled anew, the journal says what changed.
    """
    wanted = dict(fields)
    if found is not None:
        where = {"region_code": found.place.region_code, "district_code": found.place.district_code}
        wanted |= {**where, "area_certainty": found.certainty.value}
    changes = {n: (getattr(held, n), v) for n, v in wanted.items() if getattr(held, n) != v}
    if not changes:
        return False
    touched(unit.session).left.add(held.region_code)
    for name, (_, value) in changes.items():
        setattr(held, name, value)
    held.rev += 1
    held.updated_at = unit.now
    held.search = search_text(wanted | {n: getattr(held, n) for n in SEARCHED})
    _copy(unit.session, held, set(changes))
    unit.journal.add(Change(held.home_region, "facility.changed", KIND, str(held.id), changes))
    unit.session.flush()
    if not MOVES_RANKS.isdisjoint(changes):
        rank_later(unit.session, [(held.home_region, held.id)])
    if "kind" in changes and unit.session.get(Standing, (held.home_region, held.id)) is not None:
        # Another kind is judged by other criteria, so what was found means something else now.
        write_settled(unit, open_dossiers(unit, [(held.home_region, held.id)]).values())
    return True


def move_all(unit: Unit, moves: Sequence[tuple[Facility, Site]], reason: str) -> None:
    """Give locked facilities other sites, everything that lies there with them.

    The statements grow with the number of distinct sites, not with the facilities.
    """
    together: dict[Site, list[Facility]] = defaultdict(list)
    for held, found in moves:
        together[found].append(held)
    for found, facilities in together.items():
        place = {"region_code": found.place.region_code, "district_code": found.place.district_code}
        wanted = place | {"area_certainty": found.certainty.value}
        for held in facilities:
            touched(unit.session).left.add(held.region_code)
            changes = {n: (getattr(held, n), v) for n, v in wanted.items() if getattr(held, n) != v}
            unit.journal.add(
                Change(held.home_region, "facility.changed", KIND, str(held.id), changes, reason=reason)
            )
            for name, value in wanted.items():
                setattr(held, name, value)
            held.rev += 1
            held.updated_at = unit.now
        unit.session.flush()
        keys = [(held.home_region, held.id) for held in facilities]
        for model in LYING_THERE:
            update_rows(unit.session, model, among((model.home_region, model.facility_id), keys), place)
        rank_later(unit.session, keys)
        for beside in BESIDE:
            update_rows(unit.session, beside, among((beside.home_region, beside.id), keys), place)


SEARCHED = ("name_ru", "name_kk", "address_ru", "address_kk")


def search_text(fields: Mapping[str, Any]) -> str:
    """What a search looks into."""
    return fold_all(fields[name] for name in SEARCHED)


def new_row(
    unit: Unit,
    facility_id: UUID,
    fields: Mapping[str, Any],
    found: Site,
    *,
    demo: bool = False,
    **origin: str | None,
) -> dict[str, Any]:
    """The row of a new facility. origin: `source` and `external_id` of an imported one."""
    place = found.place
    return {
        "home_region": place.region_code,
        "id": facility_id,
        "rev": 1,
        "country": place.country,
        "region_code": place.region_code,
        "district_code": place.district_code,
        "area_certainty": found.certainty.value,
        **{name: fields[name] for name in FIELDS},
        "source": origin.get("source"),
        "external_id": origin.get("external_id"),
        "search": search_text(fields),
        "demo": demo,
        "created_at": unit.now,
        "updated_at": unit.now,
    }


def journal_created(unit: Unit, region: str, facility_id: UUID, fields: Mapping[str, Any]) -> None:
    """Note that a facility was made, and with what."""
    changes = {name: (None, fields[name]) for name in FIELDS if fields[name] is not None}
    unit.journal.add(Change(region, "facility.created", KIND, str(facility_id), changes))


def locked(session: Session, facility_id: UUID) -> Facility | None:
    """The facility with this id, locked for the rest of the unit with those that are merged with it."""
    home = session.get(Home, facility_id)
    return None if home is None else lock_merged(session, [(home.region, facility_id)])[0].get(facility_id)


def known_kinds(session: Session, country: str) -> frozenset[str]:
    """Kinds of facility of the newest published checklist of a country; none where none is published."""
    newest = newest_checklists(session, [country])
    return frozenset(newest[country][1].kinds) if country in newest else frozenset()


def wrong_kind(kind: str, known: frozenset[str], country: str) -> list[Fault]:
    """What is wrong with a kind. Kinds are data of the checklist, so without a checklist there are none."""
    if kind in known:
        return []
    if not known:
        reason = f"no checklist is published for {country} yet, so no kind of facility is known"
        return [Fault("/kind", reason, "publish a checklist first")]
    return [Fault("/kind", "the newest checklist knows no such kind", "one of: " + ", ".join(sorted(known)))]


def _settle_method(fields: dict[str, Any]) -> None:
    # Coordinates that came without a method were set by whoever sent them.
    if fields["lat"] is None:
        fields["location_method"] = LocationMethod.UNKNOWN.value
    elif fields["location_method"] == LocationMethod.UNKNOWN:
        fields["location_method"] = LocationMethod.PERSON.value


def _wrong(fields: Mapping[str, Any]) -> list[Fault]:
    accepted = f"a name of 1 to {NAME_LENGTH} characters"
    faults = [
        Fault(f"/{n}", "the name is empty", accepted) for n in ("name_kk", "name_ru") if not fields[n].strip()
    ]
    spot = check_spot(fields["lat"], fields["lon"])
    faults += [Fault(f"/{f.pointer}", f.reason, f.accepted) for f in spot]
    if fields["lat"] is None and fields["lon"] is None and fields["accuracy_m"] is not None:
        faults.append(Fault("/accuracy_m", "there are no coordinates that it could be the accuracy of", "null"))
    return faults


def _too_late(fields: Mapping[str, Any], today: date) -> list[Fault]:
    """What lies in the future and cannot: nobody has declared it yet, or is building it already.

    A day and a year in hand, for clocks that are ahead and buildings that open soon.
    """
    faults = []
    latest = {"adaptation_declared_on": today + timedelta(days=1), "building_year": today.year + 1}
    for name, last in latest.items():
        value = fields.get(name)
        if value is not None and value > last:
            faults.append(Fault(f"/{name}", "this lies in the future", f"{last} at the latest"))
    return faults


def _today(unit: Unit) -> date:
    # The two countries share a date at every hour that offices work; an edition begins at midnight anyway.
    return local_date(unit.now, "KZ")


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise InvalidInput(faults)


def _made_before(
    session: Session, caller: Caller, facility_id: UUID, filled: Mapping[str, Any], found: Site
) -> Facility:
    held = locked(session, facility_id)
    if held is None or not may(caller, Act.READ, held):
        raise AlreadyDifferent("the id stands for something else")
    same_place = Place(held.country, held.region_code, held.district_code) == found.place
    if not same_place or any(getattr(held, name) != filled[name] for name in FIELDS):
        raise AlreadyDifferent("the id is taken by a facility with other content", rev=held.rev)
    return held


def _find_moved(
    unit: Unit, caller: Caller, held: Facility, filled: Mapping[str, Any], area_code: str | None
) -> Site:
    here = held.district_code or held.region_code
    found = find_site(unit, filled, area_code or (here if filled["lat"] is None else None))
    if found.place.country != held.country:
        raise DoesNotApply("the coordinates lie in another country", country=found.place.country)
    if not may(caller, Act.EDIT_FACILITY, found.place):
        raise Forbidden("this needs a role that may edit facilities in that area", act=Act.EDIT_FACILITY.value)
    return found


def _copy(session: Session, held: Facility, changed: set[str]) -> None:
    """Let what copies something of the facility follow, one statement per table."""
    if not changed.isdisjoint(("region_code", "district_code")):
        place = {"region_code": held.region_code, "district_code": held.district_code}
        for model in LYING_THERE:
            update_rows(session, model, _of(model, held), place)
        for beside in BESIDE:
            update_rows(session, beside, (beside.home_region == held.home_region) & (beside.id == held.id), place)
    if "operator_id" in changed:
        operator = held.operator_id and session.get(Operator, (held.home_region, held.operator_id))
        ownership = operator.ownership if operator else Ownership.UNKNOWN.value
        copied = {"operator_id": held.operator_id, "ownership": ownership}
        update_rows(session, Violation, _of(Violation, held), copied)
    elif not changed.isdisjoint(SHOWN_BY_VIOLATIONS):
        update_rows(session, Violation, _of(Violation, held), {})


def _of(model: type[OfFacility], held: Facility) -> ColumnElement[bool]:
    return (model.home_region == held.home_region) & (model.facility_id == held.id)
