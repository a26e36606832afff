"""How far people live from the nearest facility of a kind that a group can use, settlement by settlement.

Unknown is not fine and not none: a facility that nobody has audited may be accessible or not. So every number has
two bounds, one where none of the unknown turns out accessible and one where all do.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isinf
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from geo.reach import Nearest, nearest
from inspection.access import Act, Caller, narrow
from inspection.area_filters import lies_in
from inspection.errors import InvalidInput
from inspection.facilities import known_kinds, wrong_kind
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.passport import Access
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility, LocationMethod, Standing
from inspection.tables.settlements import Settlement

SORT = "farthest"
NOWHERE = 1e12  # metres, in a cursor: JSON has no infinity
KILOMETRE = 1000.0
NAMES = ("name_kk", "name_ru", "name_en")
F, S, P = Facility.__table__.c, Standing.__table__.c, Settlement.__table__.c


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for. counts: the states of a passport that count as accessible."""

    kind: str
    group: str
    counts: frozenset[Access] = frozenset({Access.FULL})
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """One settlement. metres: to the nearest facility known to be accessible; infinite where there is none.

    possible: to the nearest that is, or of which nobody knows; anywhere: to the nearest of the kind, whatever its
    state. facility, possible_facility: which those are. rough: the facility only lies where its settlement does.
    """

    settlement: Row[Any]
    metres: float
    possible: float
    anywhere: float
    facility: UUID | None
    possible_facility: UUID | None
    rough: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """All settlements of an area, and what the answer does not know.

    unlocated: facilities of the kind whose place is not known. only_within: areas beyond which the caller sees
    nothing, so that there may be nearer facilities there; empty where they see the whole country.
    """

    settlements: Sequence[Reached]
    unlocated: int
    only_within: tuple[str, ...]


def coverage(session: Session, caller: Caller, asked: Asked) -> Coverage:
    """Settlements that the caller may see, each with its nearest facilities among those that they may see.

    Facilities count over district borders and never over the border of a country. Raises InvalidInput for an area
    or a kind that is not known.
    """
    settlements = _settlements(session, caller, asked.area)
    countries = sorted({row.country for row in settlements})
    faults = [fault for country in countries for fault in _wrong_kind(session, asked.kind, country)]
    if faults and len(faults) == len(countries):
        raise InvalidInput(faults[:1])
    found: list[Reached] = []
    for country in countries:
        here = [row for row in settlements if row.country == country]
        found += _reached(here, _facilities(session, caller, asked, country), asked.counts)
    return Coverage(found, _unlocated(session, caller, asked), _only_within(caller, countries))


def _wrong_kind(session: Session, kind: str, country: str) -> Sequence[Any]:
    return wrong_kind(kind, known_kinds(session, country), country)


def _settlements(session: Session, caller: Caller, area: str | None) -> Sequence[Row[Any]]:
    columns = (P.source, P.id, P.kind, P.country, P.region_code, P.district_code, *(P[name] for name in NAMES))
    wanted: Any = select(*columns, P.population, P.lat, P.lon).where(P.gone_at.is_(None))
    if area is not None:
        wanted = wanted.where(lies_in(session, Settlement, area))
    rows: Sequence[Row[Any]] = session.execute(narrow(wanted, Settlement, caller).order_by(P.source, P.id)).all()
    return rows


def _of_kind(caller: Caller, asked: Asked, *columns: Any) -> Any:
    same = (S.home_region == F.home_region) & (S.id == F.id)
    wanted = select(*columns).outerjoin_from(Facility, Standing, same)
    wanted = wanted.where(F.kind == asked.kind, F.active, F.merged_into.is_(None))
    return narrow(wanted, Facility, caller)


def _facilities(session: Session, caller: Caller, asked: Asked, country: str) -> Sequence[Row[Any]]:
    state = Standing.passport["site"][asked.group].as_string().label("state")
    wanted = _of_kind(caller, asked, F.id, F.lat, F.lon, F.location_method, state)
    rows: Sequence[Row[Any]] = session.execute(
        wanted.where(F.country == country, F.lat.is_not(None)).order_by(F.id)
    ).all()
    return rows


def _unlocated(session: Session, caller: Caller, asked: Asked) -> int:
    wanted = _of_kind(caller, asked, func.count()).where(F.lat.is_(None))
    if asked.area is not None:
        wanted = wanted.where(lies_in(session, Facility, asked.area))
    return int(session.scalar(wanted) or 0)


def _only_within(caller: Caller, countries: Iterable[str]) -> tuple[str, ...]:
    if set(countries) <= set(caller.reach(Act.READ, Level.COUNTRY)):
        return ()
    return tuple(sorted({code for level in Level for code in caller.reach(Act.READ, level)}))


def _reached(
    settlements: Sequence[Row[Any]], facilities: Sequence[Row[Any]], counts: Collection[Access]
) -> list[Reached]:
    def is_accessible(row: Row[Any]) -> bool:
        return row.state in counts

    def may_be(row: Row[Any]) -> bool:
        return is_accessible(row) or row.state in (None, Access.UNKNOWN)

    sure = [row for row in facilities if is_accessible(row)]
    possible = [row for row in facilities if may_be(row)]
    spots = [row.lon for row in settlements], [row.lat for row in settlements]
    to_sure, to_possible, to_any = (
        nearest(*spots, [row.lon for row in rows], [row.lat for row in rows])
        for rows in (sure, possible, facilities)
    )
    return [
        Reached(
            settlement,
            metres=float(to_sure.metres[n]),
            possible=float(to_possible.metres[n]),
            anywhere=float(to_any.metres[n]),
            facility=_id(sure, to_sure, n),
            possible_facility=_id(possible, to_possible, n),
            rough=bool(sure) and sure[to_sure.target[n]].location_method == LocationMethod.CENTROID,
        )
        for n, settlement in enumerate(settlements)
    ]


def _id(rows: Sequence[Row[Any]], found: Nearest, n: int) -> UUID | None:
    return rows[found.target[n]].id if rows else None


def table(
    session: Session, found: Coverage, level: Level, kilometres: Sequence[float]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The figures of each district or region, and of all together."""
    column = "district_code" if level is Level.DISTRICT else "region_code"
    by_area: dict[str | None, list[Reached]] = {}
    for each in found.settlements:
        by_area.setdefault(getattr(each.settlement, column), []).append(each)
    names = {
        row.code: {name: getattr(row, name) for name in NAMES}
        for row in session.execute(select(Area.code, Area.name_kk, Area.name_ru, Area.name_en))
    }
    nobody = dict.fromkeys(NAMES)
    rows = [
        {"key": key, **(names.get(key, nobody) if key else nobody), **figures(of_area, kilometres)}
        for key, of_area in sorted(by_area.items(), key=lambda each: str(each[0]))
    ]
    return rows, figures(found.settlements, kilometres)


def figures(settlements: Sequence[Reached], kilometres: Sequence[float]) -> dict[str, Any]:
    """How many people live farther than so many kilometres; those of settlements of unknown size apart."""
    farthest = max(settlements, key=lambda each: (each.metres, each.settlement.id), default=None)
    return {
        "settlements": len(settlements),
        "people": sum(each.settlement.population or 0 for each in settlements),
        "unknown_population": sum(each.settlement.population is None for each in settlements),
        "farther": [_farther(settlements, km) for km in kilometres],
        "farthest": farthest and document(farthest),
    }


def _farther(settlements: Sequence[Reached], km: float) -> dict[str, Any]:
    """At least: if all facilities of unknown state turn out accessible. At most: if none does."""
    most = [each.settlement for each in settlements if each.metres > km * KILOMETRE]
    least = [each.settlement for each in settlements if each.possible > km * KILOMETRE]
    return {
        "km": km,
        "people_at_least": sum(each.population or 0 for each in least),
        "people_at_most": sum(each.population or 0 for each in most),
        "settlements_at_least": len(least),
        "settlements_at_most": len(most),
        "unknown_population_at_least": sum(each.population is None for each in least),
        "unknown_population_at_most": sum(each.population is None for each in most),
    }


def page(found: Coverage, *, cursor: str | None = None, limit: int = 50) -> Page:
    """Settlements, the farthest from an accessible facility first. Raises InvalidInput for a strange cursor."""
    ordered = in_order(found)
    if cursor is not None:
        metres, source, made = read_cursor(cursor, SORT, (float, str, str))
        ordered = [each for each in ordered if _key(each) > (-metres, source, made)]
    rows = [document(each) for each in ordered[:limit]]
    if len(ordered) <= limit:
        return Page(rows, None)
    metres, *last = _key(ordered[limit - 1])
    return Page(rows, write_cursor(SORT, (-metres, *last)))


def in_order(found: Coverage) -> list[Reached]:
    """All settlements, the farthest first."""
    return sorted(found.settlements, key=_key)


def _key(each: Reached) -> tuple[float, str, str]:
    return (-min(each.metres, NOWHERE), each.settlement.source, each.settlement.id)


def document(each: Reached) -> dict[str, Any]:
    """A settlement as it is shown; null metres where there is no such facility at all."""
    row = each.settlement
    shown: Mapping[str, Any] = {
        name: getattr(row, name)
        for name in ("source", "id", "kind", *NAMES, "country", "region_code", "district_code", "population")
    }
    return {
        **shown,
        "metres": _rounded(each.metres),
        "facility_id": each.facility,
        "rough": each.rough,
        "metres_if_unknown_count": _rounded(each.possible),
        "facility_id_if_unknown_count": each.possible_facility,
        "metres_to_any": _rounded(each.anywhere),
    }


def _rounded(metres: float) -> float | None:
    return None if isinf(metres) else round(metres)
