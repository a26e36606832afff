"""Importing a gazetteer: rows in, a report per row out; a bad row never stops the others.

A settlement lies in the district that the boundaries of the day put it in. What a newer gazetteer of the same
source no longer names is kept and marked as gone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspection.bulk import update_rows, upsert_rows
from inspection.errors import Fault, InvalidInput
from inspection.file_cells import Refused
from inspection.file_outcomes import MOST_ROWS, Outcome, Result
from inspection.journal import Change
from inspection.searching import fold_all
from inspection.settlement_rows import Named
from inspection.siting import Districts, Site
from inspection.tables.settlements import Settlement
from inspection.unit import Unit

RESULTS = (Result.CREATED, Result.UPDATED, Result.UNCHANGED, Result.REFUSED)
KIND = "gazetteer"
LEAST_SHARE = 0.5  # a file that names less than this of what is held is taken for a part of a gazetteer
S = Settlement.__table__.c


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and where it lies."""

    row: Named
    site: Site


def place_rows(
    rows: Sequence[Named | Refused], districts: Districts, seen: dict[str, int]
) -> list[Placed | Refused]:
    """The district of each row; a second row with the same id is refused.

    seen: ids that the file has had so far, and in which row; grows.
    """
    named = [row for row in rows if isinstance(row, Named)]
    sites = dict(
        zip(
            (row.number for row in named),
            districts.sites([row.spot for row in named], [None] * len(named)),
            strict=True,
        )
    )
    return [_placed(row, sites.get(row.number), seen) for row in rows]


def _placed(row: Named | Refused, site: Any, seen: dict[str, int]) -> Placed | Refused:
    if isinstance(row, Refused):
        if row.external_id is not None:
            seen.setdefault(row.external_id, row.number)  # the file knows it: it is not gone
        return row
    first = seen.setdefault(row.id, row.number)
    if first != row.number:
        return row.refused("id", f"row {first} has this id too", "each settlement once")
    if isinstance(site, Fault):
        return row.refused("lat", site.reason, site.accepted)
    if site.place.country != row.country:
        return row.refused("country", f"the coordinates lie in {site.place.country}", site.place.country)
    return Placed(row, site)


def require_boundaries(districts: Districts) -> None:
    """Refuse to place anything where no boundary has been imported. Raises InvalidInput."""
    if districts.index is None:
        reason = "no boundaries have been imported, so nobody knows where a settlement lies"
        raise InvalidInput([Fault("", reason, "`flask areas import` first")])


def region_of(placed: Placed) -> str:
    """The region that a settlement lies in."""
    return placed.site.place.region_code


def take_rows(unit: Unit, region: str, rows: Sequence[Placed], source: str) -> list[Outcome]:
    """Create and update the settlements of one batch, in two statements."""
    held = _held(unit.session, source, [each.row.id for each in rows])
    outcomes = [_outcome(each, held.get(each.row.id), source) for each in rows]
    changed = [
        {**_row(each, source), "imported_at": unit.now, "gone_at": None, "demo": False}
        for each, outcome in zip(rows, outcomes, strict=True)
        if outcome.result is not Result.UNCHANGED
    ]
    upsert_rows(unit.session, Settlement, sorted(changed, key=lambda row: str(row["id"])))
    if changed:
        unit.journal.add(Change(region, "gazetteer.imported", KIND, source, {"settlements": (None, len(changed))}))
    return outcomes


def foresee_rows(session: Session, rows: Sequence[Placed], source: str) -> list[Outcome]:
    """What `take_rows` would do, without doing it."""
    held = _held(session, source, [each.row.id for each in rows])
    return [_outcome(each, held.get(each.row.id), source) for each in rows]


def missing(session: Session, source: str, seen: Collection[str], country: str | None) -> list[str]:
    """Ids of settlements that the source named before and the file does not.

    country: of the file, where it is of one. Raises InvalidInput where that is most of them: a part of a gazetteer
    would take the rest off the map.
    """
    there = (S.source == source) & S.gone_at.is_(None)
    if country is not None:
        there &= S.country == country
    held = session.scalar(select(func.count()).select_from(Settlement).where(there)) or 0
    known = session.execute(select(S.id).where(there).order_by(S.id)).scalars()
    gone = [made for made in known if made not in seen]
    if held and len(gone) > held * (1 - LEAST_SHARE):
        reason = (
            f"{len(gone)} of {held} settlements that {source} had are not in the file; they were left as they are"
        )
        raise InvalidInput([Fault("", reason, "the whole gazetteer, or --partial")])
    return gone


def retire(unit: Unit, source: str, gone: Sequence[str]) -> None:
    """Mark settlements as gone, at most MOST_ROWS in one unit."""
    assert len(gone) <= MOST_ROWS  # noqa: S101 - who calls cuts the list
    update_rows(unit.session, Settlement, (S.source == source) & S.id.in_(gone), {"gone_at": unit.now})


def _held(session: Session, source: str, ids: Sequence[str]) -> Mapping[str, Any]:
    rows = session.execute(select(Settlement.__table__).where(S.source == source, S.id.in_(ids)))
    return {row.id: row for row in rows}


def _row(each: Placed, source: str) -> dict[str, Any]:
    row, place = each.row, each.site.place
    names = {"name_kk": row.name_kk, "name_ru": row.name_ru, "name_en": row.name_en}
    return {
        "source": source,
        "id": row.id,
        "country": place.country,
        "region_code": place.region_code,
        "district_code": place.district_code,
        "area_certainty": each.site.certainty.value,
        "kind": row.kind,
        **names,
        "search": fold_all(names.values()),
        "population": row.population,
        "lat": row.spot.lat,
        "lon": row.spot.lon,
    }


def _outcome(each: Placed, held: Any, source: str) -> Outcome:
    if held is None:
        result = Result.CREATED
    elif held.gone_at is None and all(getattr(held, name) == value for name, value in _row(each, source).items()):
        result = Result.UNCHANGED
    else:
        result = Result.UPDATED
    return Outcome(each.row.number, result, each.row.id, None)
