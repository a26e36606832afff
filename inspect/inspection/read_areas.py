"""The areas that a caller reads, as a tree to choose from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from inspection.access import Act, Caller
from inspection.criteria import Text
from inspection.digests.readers import ReadArea
from inspection.errors import NotFound
from inspection.tables.areas import Area, Level

SHOWN = (Area.code, Area.level, Area.country, Area.parent_code, Area.name_kk, Area.name_ru, Area.name_en)


@dataclass(frozen=True, slots=True)
class Named:
    """An area with what it is called. granted: it is not only a part of another one of the caller's."""

    area: ReadArea
    name: Text
    granted: bool


def areas_of(session: Session, caller: Caller) -> Sequence[Named]:
    """Every area that the caller reads all of, a region before its districts, by Russian name. One query."""
    found = session.execute(select(*SHOWN).where(_reached(caller))).all()
    codes = {row.code for row in found}
    named = [Named(_area(row), _name(row), not codes.intersection(_around(row))) for row in found]
    return sorted(named, key=_order({each.area.code: each for each in named}))


def one(session: Session, caller: Caller, code: str) -> Named:
    """An area that the caller reads all of. Raises NotFound."""
    row = session.execute(select(*SHOWN).where(Area.code == code, _reached(caller))).one_or_none()
    if row is None:
        raise NotFound("there is no such area", kind="area")
    return Named(_area(row), _name(row), granted=False)


def names_of(session: Session, codes: Collection[str]) -> Mapping[str, Text]:
    """What areas are called, whoever may read in them. One query."""
    return {row.code: _name(row) for row in session.execute(select(*SHOWN).where(Area.code.in_(set(codes))))}


def _reached(caller: Caller) -> ColumnElement[bool]:
    countries = caller.reach(Act.READ, Level.COUNTRY)
    regions = caller.reach(Act.READ, Level.REGION)
    return or_(
        Area.country.in_(countries),
        Area.code.in_(regions),
        Area.parent_code.in_(regions),
        Area.code.in_(caller.reach(Act.READ, Level.DISTRICT)),
    )


def _area(row: Any) -> ReadArea:
    level = Level(row.level)
    region = {Level.REGION: row.code, Level.DISTRICT: row.parent_code}.get(level)
    return ReadArea(level, row.code, row.country, region, row.code if level == Level.DISTRICT else None)


def _name(row: Any) -> Text:
    return {"kk": row.name_kk, "ru": row.name_ru or row.name_kk, "en": row.name_en or row.name_ru or row.name_kk}


def _around(row: Any) -> set[str]:
    return {row.country, row.parent_code} - {row.code, None}


def _order(known: Mapping[str, Named]) -> Any:
    def key(each: Named) -> tuple[str, str, Level, str]:
        region = known.get(each.area.region_code or "", each)
        return (
            each.area.country,
            region.name["ru"] if each.area.region_code else "",
            each.area.level,
            each.name["ru"],
        )

    return key
