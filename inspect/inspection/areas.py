"""Administrative areas: importing an edition of boundaries, listing areas, finding the district of a point.

Areas are public reference data: whoever is signed in may read all of them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.boundary_file import AreaRecord
from inspection.bulk import insert_new_rows, insert_rows, upsert_rows
from inspection.countries import COUNTRIES, country_of
from inspection.errors import Fault, InvalidInput, NotFound
from inspection.journal import Change
from inspection.tables.areas import Area, AreaBoundary, AreaEdition, Level
from inspection.unit import Unit


@dataclass(frozen=True, slots=True)
class Edition:
    """What is known of a published set of boundaries. id: for example kz-2024."""

    id: str
    valid_from: date
    attribution: str


@dataclass(frozen=True, slots=True)
class AreaReport:
    """What importing records did to an edition. Every number counts areas."""

    edition_id: str
    created: int = 0
    renamed: int = 0
    redrawn: int = 0
    unchanged: int = 0


def import_areas(
    unit: Unit, records: Sequence[AreaRecord], edition: Edition, *, by: UUID | None = None, demo: bool = False
) -> AreaReport:
    """Take in areas of one country and their boundaries in one edition; the same records again change nothing.

    An edition ends where the next one of its country begins. Names follow the newest edition; areas that an
    edition no longer has stay, because old documents name them. Raises InvalidInput for records of several
    countries, an edition of another country or with another first day, and areas
    without their parent or held under another one.
    """
    country = _country_of(records)
    make_country(unit, country, demo)
    held = {area.code: area for area in unit.session.scalars(select(Area).where(Area.country == country))}
    _refuse_misplaced(records, held)
    newest = _open_edition(unit, edition, country, by)
    created = [r for r in records if r.code not in held]
    insert_rows(unit.session, Area, [_area_row(r, demo) for r in sorted(created, key=lambda r: r.level)])
    renamed = [r for r in records if r.code in held and newest and _rename(unit, held[r.code], r)]
    redrawn = _redraw(unit, records, edition.id)
    touched = {r.code for r in (*created, *renamed)} | redrawn
    if redrawn:
        held_edition = unit.session.get_one(AreaEdition, edition.id)
        held_edition.imported_at, held_edition.imported_by = unit.now, by
        facts = {"boundaries": (None, len(redrawn)), "new_areas": (None, len(created))}
        unit.journal.add(Change(country, "areas.imported", "area_edition", edition.id, facts))
    return AreaReport(edition.id, len(created), len(renamed), len(redrawn), len(records) - len(touched))


def _country_of(records: Sequence[AreaRecord]) -> str:
    countries = sorted({record.country for record in records})
    if len(countries) != 1:
        reason = f"the areas are of {', '.join(countries) or 'no country'}"
        raise InvalidInput([Fault("/country", reason, "areas of one country in an edition")])
    return country_of(countries[0]).code


def make_country(unit: Unit, code: str, demo: bool) -> None:
    """Make the area of a country of `COUNTRIES`, unless it is there."""
    facts = COUNTRIES[code]
    row = {
        "code": code,
        "country": code,
        "level": Level.COUNTRY,
        "parent_code": None,
        "classifier": facts.classifier.name,
        "name_kk": facts.names[facts.languages[0]],
        "name_ru": facts.names["ru"],
        "name_en": facts.names["en"],
        "demo": demo,
    }
    insert_new_rows(unit.session, Area, [row])


def _refuse_misplaced(records: Sequence[AreaRecord], held: Mapping[str, Area]) -> None:
    levels = {code: area.level for code, area in held.items()} | {r.code: r.level for r in records}
    faults = [
        Fault(f"/{n}/parent", f"{r.code} lies in {r.parent}, which is not known", "the areas around it first")
        for n, r in enumerate(records)
        if r.level > 0 and levels.get(r.parent or "") != r.level - 1
    ]
    # Everything that lies in the area holds a copy of its region, so codes do not move in the tree. Where a
    # reform moves a district, the classifier gives it another code.
    faults += [
        Fault(f"/{n}/parent", f"{r.code} is held as a part of {held[r.code].parent_code}", "the same parent")
        for n, r in enumerate(records)
        if r.code in held and held[r.code].parent_code != r.parent
    ]
    if faults:
        raise InvalidInput(faults, "some areas do not fit into the tree")


def _open_edition(unit: Unit, edition: Edition, country: str, by: UUID | None) -> bool:
    """Make the edition unless it is there, and end the one before it. Returns whether it is the newest."""
    others = unit.session.scalars(
        select(AreaEdition).where(AreaEdition.country == country, AreaEdition.id != edition.id)
    ).all()
    held = unit.session.get(AreaEdition, edition.id)
    if held is None:
        later = [o.valid_from for o in others if o.valid_from > edition.valid_from]
        unit.session.add(
            AreaEdition(
                id=edition.id,
                country=country,
                valid_from=edition.valid_from,
                valid_to=min(later, default=None),
                attribution=edition.attribution,
                imported_at=unit.now,
                imported_by=by,
            )
        )
        for other in others:
            if other.valid_from < edition.valid_from < (other.valid_to or date.max):
                other.valid_to = edition.valid_from
        _refuse_same_day(edition, others)
        unit.session.flush()
    elif held.country != country or held.valid_from != edition.valid_from:
        reason = f"edition {edition.id} is of {held.country} and valid from {held.valid_from}"
        raise InvalidInput([Fault("/edition", reason, "the same facts again, or another edition")])
    return all(o.valid_from < edition.valid_from for o in others)


def _refuse_same_day(edition: Edition, others: Collection[AreaEdition]) -> None:
    for other in others:
        if other.valid_from == edition.valid_from:
            reason = f"edition {other.id} is valid from {edition.valid_from} too"
            raise InvalidInput([Fault("/valid_from", reason, "another day, or that edition")])


def _area_row(record: AreaRecord, demo: bool) -> dict[str, object]:
    return {
        "code": record.code,
        "country": record.country,
        "level": record.level,
        "parent_code": record.parent,
        "classifier": record.classifier,
        **_names(record),
        "demo": demo,
    }


def _names(record: AreaRecord) -> dict[str, str]:
    # A file without a name in a language is read in the local one rather than not at all.
    local = record.name_kk
    return {"name_kk": local, "name_ru": record.name_ru or local, "name_en": record.name_en or local}


def _rename(unit: Unit, area: Area, record: AreaRecord) -> bool:
    names = _names(record)
    changes = {
        field: (getattr(area, field), name) for field, name in names.items() if getattr(area, field) != name
    }
    for field, (_, name) in changes.items():
        setattr(area, field, name)
    if changes:
        unit.journal.add(Change(record.country, "area.renamed", "area", record.code, changes))
    return bool(changes)


def _redraw(unit: Unit, records: Iterable[AreaRecord], edition_id: str) -> set[str]:
    """Write the outlines that differ from those held; returns the codes of their areas."""
    rows = select(AreaBoundary.code, AreaBoundary.boundary).where(AreaBoundary.edition_id == edition_id)
    held = {row.code: row.boundary for row in unit.session.execute(rows)}
    changed = [r for r in records if held.get(r.code) != r.boundary]
    sides = ("west", "south", "east", "north")
    upsert_rows(
        unit.session,
        AreaBoundary,
        [
            {
                "edition_id": edition_id,
                "code": r.code,
                "boundary": r.boundary,
                **dict(zip(sides, r.bbox, strict=True)),
            }
            for r in changed
        ],
    )
    return {r.code for r in changed}


def list_areas(
    session: Session, *, country: str | None = None, level: int | None = None, parent: str | None = None
) -> Sequence[Area]:
    """Areas with these properties, each level in order of code."""
    statement = select(Area).order_by(Area.level, Area.code)
    for column, wanted in ((Area.country, country), (Area.level, level), (Area.parent_code, parent)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return session.scalars(statement).all()


def one_area(session: Session, code: str) -> Area:
    """The area with this code. Raises NotFound."""
    area = session.get(Area, code)
    if area is None:
        raise NotFound("there is no such area", kind="area")
    return area


def known_codes(session: Session) -> frozenset[str]:
    """Codes of all areas: what a boundary file may name as a parent."""
    return frozenset(session.scalars(select(Area.code)))


def newest_edition(session: Session, country: str) -> AreaEdition | None:
    """The edition of a country that is valid from the latest day."""
    return session.scalars(
        select(AreaEdition).where(AreaEdition.country == country).order_by(AreaEdition.valid_from.desc()).limit(1)
    ).first()
