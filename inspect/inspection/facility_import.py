"""Importing a register of facilities: rows in, a report per row out; a bad row never stops the others.

Identity is (source, id in that source), and the facility's id follows from it, so the same file again changes
nothing. A row says nothing about a field it has no cell for. What the register says of a facility wins over what
is held, except for a location that a person set or a tablet measured: that is better than the register's.

Four steps, of which only the last writes: read (`facility_rows.py`), place (`place_rows`), look for doubles
(`refuse_doubles`), take in (`take_rows`, in units of at most 500 rows of one region).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.bulk import insert_new_rows, insert_rows
from inspection.errors import InvalidInput
from inspection.facilities import DEFAULTS, KIND, apply, journal_created, new_row, wrong_kind
from inspection.facility_rows import Described
from inspection.file_cells import Refused
from inspection.file_outcomes import Doubles, Outcome, Result, refusal
from inspection.heads import lock_facilities
from inspection.operators import DEFAULTS as OPERATOR_DEFAULTS
from inspection.operators import KIND as OPERATOR
from inspection.operators import journal as journal_operator
from inspection.ranks_due import rank_later
from inspection.siting import Districts, Site
from inspection.tables.facilities import Facility, LocationMethod
from inspection.tables.operators import Operator
from inspection.tables.regions import Home
from inspection.taxpayers import check_taxpayer_id
from inspection.unit import Unit

BETTER_THAN_IMPORTED = frozenset({LocationMethod.FIX, LocationMethod.PERSON})


@dataclass(frozen=True, slots=True)
class Placed:
    """A row whose facility has its place, and the checked number of its operator."""

    row: Described
    site: Site
    tax_id: str | None


def place_rows(
    rows: Sequence[Described | Refused],
    districts: Districts,
    kinds: Mapping[str, frozenset[str]],
    region: str | None,
) -> list[Placed | Refused]:
    """Where each row's facility lies, as many as rows. kinds: by country. region: of rows that lie nowhere."""
    described = [row for row in rows if isinstance(row, Described)]
    sites = iter(_sites(described, districts, region))
    return [row if isinstance(row, Refused) else _placed(row, next(sites), kinds) for row in rows]


def _sites(rows: Sequence[Described], districts: Districts, region: str | None) -> list[Site | Refused]:
    spots = [row.spot for row in rows]
    found = districts.sites(spots, [None] * len(rows))
    if region is not None:
        # The named region is for what lies nowhere; what the boundaries know is not overruled by it.
        lost = [n for n, site in enumerate(found) if not isinstance(site, Site)]
        anew = districts.sites([spots[n] for n in lost], [region] * len(lost), abroad=True)
        for n, site in zip(lost, anew, strict=True):
            found[n] = site
    return [
        site if isinstance(site, Site) else row.refused(site.pointer, site.reason, site.accepted)
        for row, site in zip(rows, found, strict=True)
    ]


def _placed(row: Described, site: Site | Refused, kinds: Mapping[str, frozenset[str]]) -> Placed | Refused:
    if isinstance(site, Refused):
        return site
    country, kind = site.place.country, row.fields["kind"]
    for wrong in wrong_kind(kind, kinds.get(country, frozenset()), country):
        return row.refused("kind", f"{kind!r}: {wrong.reason}", wrong.accepted)
    try:
        tax_id = row.operator_tax_id and check_taxpayer_id(row.operator_tax_id, country).digits
    except InvalidInput as error:
        fault = error.faults[0]
        return row.refused("operator_tax_id", fault.reason, fault.accepted)
    return Placed(row, site, tax_id)


def refuse_doubles(doubles: Doubles, rows: Iterable[Placed | Refused]) -> Iterator[Placed | Refused]:
    """The rows, a second one of the same id refused. A row that was refused leaves its id to a later one."""
    for each in rows:
        yield each if isinstance(each, Refused) else _first(doubles, each)


def _first(doubles: Doubles, each: Placed) -> Placed | Refused:
    number = doubles.earlier(each.row.facility_id, each.row.number)
    if number is None:
        return each
    own = "external_id" in each.row.columns
    what = f"row {number} has this id too" if own else f"row {number} has the same name and address"
    return each.row.refused("external_id", what, "an id of its own for each facility")


def region_of(placed: Placed) -> str:
    """The region that a row's facility lies in."""
    return placed.site.place.region_code


def take_rows(unit: Unit, region: str, rows: Sequence[Placed], source: str) -> list[Outcome]:
    """Create and update the facilities of one batch. A constant number of statements for what is new."""
    ids = sorted(each.row.facility_id for each in rows)
    claimed = [{"id": i, "region": region, "kind": KIND} for i in ids]
    made = {key[0] for key in insert_new_rows(unit.session, Home, claimed)}
    homes = _homes(unit.session, rows)
    held = lock_facilities(unit.session, [(region, i) for i in ids if homes[i] == region and i not in made])
    operators = _operators(unit, region, rows)
    _create(unit, region, [each for each in rows if each.row.facility_id in made], operators, source)
    outcomes = []
    for each in rows:
        facility = held.get(each.row.facility_id)
        if each.row.facility_id in made:
            outcomes.append(_outcome(each, Result.CREATED))
        elif facility is None or facility.region_code != region:
            outcomes.append(_elsewhere(each, homes[each.row.facility_id]))
        else:
            changed = apply(unit, facility, *_wanted(facility, each, operators))
            outcomes.append(_outcome(each, Result.UPDATED if changed else Result.UNCHANGED))
    return outcomes


def foresee_rows(session: Session, region: str, rows: Sequence[Placed]) -> list[Outcome]:
    """What `take_rows` would do, without doing it."""
    homes = _homes(session, rows)
    ids = [each.row.facility_id for each in rows if homes.get(each.row.facility_id) == region]
    facilities = session.scalars(select(Facility).where(Facility.home_region == region, Facility.id.in_(ids)))
    held = {facility.id: facility for facility in facilities}
    operators = _known_operators(session, region, rows)
    outcomes = []
    for each in rows:
        facility = held.get(each.row.facility_id)
        if each.row.facility_id not in homes:
            outcomes.append(_outcome(each, Result.CREATED))
        elif facility is None or facility.region_code != region:
            outcomes.append(_elsewhere(each, homes[each.row.facility_id]))
        else:
            differs = _differs(facility, each, operators)
            outcomes.append(_outcome(each, Result.UPDATED if differs else Result.UNCHANGED))
    return outcomes


def _homes(session: Session, rows: Sequence[Placed]) -> dict[UUID, str]:
    ids = [each.row.facility_id for each in rows]
    return {row.id: row.region for row in session.execute(select(Home.id, Home.region).where(Home.id.in_(ids)))}


def _create(unit: Unit, region: str, rows: Sequence[Placed], operators: Mapping[str, UUID], source: str) -> None:
    filled = {each.row.facility_id: _new_fields(each, operators) for each in rows}
    insert_rows(
        unit.session,
        Facility,
        [
            new_row(
                unit,
                each.row.facility_id,
                filled[each.row.facility_id],
                each.site,
                source=source,
                external_id=each.row.external_id,
            )
            for each in rows
        ],
    )
    for facility_id, fields in filled.items():
        journal_created(unit, region, facility_id, fields)
    rank_later(unit.session, [(region, facility_id) for facility_id in filled])


def _new_fields(each: Placed, operators: Mapping[str, UUID]) -> dict[str, Any]:
    operator_id = None if each.tax_id is None else operators[each.tax_id]
    return {**DEFAULTS, **each.row.fields, **_location(each), "operator_id": operator_id}


def _location(each: Placed) -> dict[str, Any]:
    spot = each.row.spot
    if spot is None:
        return {}
    method = LocationMethod.IMPORTED.value
    return {"lat": spot.lat, "lon": spot.lon, "accuracy_m": spot.accuracy_m, "location_method": method}


def _wanted(facility: Facility, each: Placed, operators: Mapping[str, UUID]) -> tuple[dict[str, Any], Site | None]:
    """Fields and site that the row asks of a facility that is held."""
    wanted = dict(each.row.fields)
    if facility.merged_into is not None:
        wanted.pop("active", None)  # another stands for it, whatever the register says
    if each.tax_id is not None:
        wanted["operator_id"] = operators.get(each.tax_id)
    if each.row.spot is None or facility.location_method in BETTER_THAN_IMPORTED:
        return wanted, None
    return wanted | _location(each), each.site


def _differs(facility: Facility, each: Placed, operators: Mapping[str, UUID]) -> bool:
    wanted, site = _wanted(facility, each, operators)
    if site is not None:
        wanted |= {"district_code": site.place.district_code, "area_certainty": site.certainty.value}
    return any(getattr(facility, name) != value for name, value in wanted.items())


def _known_operators(session: Session, region: str, rows: Sequence[Placed]) -> dict[str, UUID]:
    numbers = sorted({each.tax_id for each in rows if each.tax_id is not None})
    if not numbers:
        return {}
    statement = select(Operator.tax_id, Operator.id).where(
        Operator.home_region == region, Operator.tax_id.in_(numbers)
    )
    return {row.tax_id: row.id for row in session.execute(statement) if row.tax_id is not None}


def _operators(unit: Unit, region: str, rows: Sequence[Placed]) -> dict[str, UUID]:
    """Ids of the operators by number; those that the region did not know are made."""
    known = _known_operators(unit.session, region, rows)
    new: dict[str, Placed] = {}
    for each in rows:
        if each.tax_id is not None and each.tax_id not in known:
            new.setdefault(each.tax_id, each)  # the first row names it
    if not new:
        return known
    offered = [_operator_row(unit, region, number, each) for number, each in sorted(new.items())]
    taken = {key[1] for key in insert_new_rows(unit.session, Operator, offered)}
    made = [row for row in offered if row["id"] in taken]  # without those somebody else made just now
    insert_rows(unit.session, Home, [{"id": row["id"], "region": region, "kind": OPERATOR} for row in made])
    for row in made:
        changes = {name: (None, row[name]) for name in ("tax_id", "name_ru", "name_kk")}
        journal_operator(unit, "operator.created", region, row["id"], changes)
    return _known_operators(unit.session, region, rows)


def _operator_row(unit: Unit, region: str, number: str, each: Placed) -> dict[str, Any]:
    name = each.row.operator_name or number
    return {
        **OPERATOR_DEFAULTS,
        "home_region": region,
        "id": unit.new_id(),
        "rev": 1,
        "country": each.site.place.country,
        "region_code": region,
        "district_code": None,
        "tax_id": number,
        "name_kk": name,
        "name_ru": name,
        "demo": False,
        "created_at": unit.now,
        "updated_at": unit.now,
    }


def _outcome(each: Placed, result: Result) -> Outcome:
    return Outcome(each.row.number, result, each.row.external_id, each.row.facility_id)


def _elsewhere(each: Placed, home: str) -> Outcome:
    reason = f"it is held in region {home}, and a facility cannot be moved between regions yet"
    refused = each.row.refused("lat", reason, f"coordinates in {home}")
    return refusal(refused)
