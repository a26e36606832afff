"""The very rows that a figure counts, page by page: as many as the figure says, narrowed by the same conditions.

They come by facility, so that what belongs to one place stands together. Of `fines.sum` and of
`obstructed_visits.now`, which are no counts, the rows are the fines and the places that they add up.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.errors import Fault, InvalidInput
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.periods import Period
from inspection.reports import duties, fined, obstructed, places, prescribed, visits
from inspection.reports.asked import Asked, By, Path, asked_for
from inspection.reports.figures import nothing
from inspection.reports.listing import Listing, Thing
from inspection.tables.facilities import Facility

WORDS = ("facilities_checked", "by_kind"), ("violations_found", "by_zone")  # followed by a word that is data
# Null where nothing is known, and some of them no counts: their rows are what they add up.
ADDED_UP = ("fines", "number"), ("fines", "sum"), ("obstructed_visits", "now")
WINDOW = 500  # rows read at once where some of them have to be passed over
Place = tuple[UUID, UUID, str]


def page(
    session: Session,
    caller: Caller,
    *,
    figure: str,
    period: Period,
    now: datetime,
    key: str | None = None,
    area: str | None = None,
    by: By = By.REGION,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """What a figure of a report counts, as plain documents.

    figure: its path in a row of the report, with dots. key: of that row, empty for the one whose key is null;
    None: all rows, so the total. The rest is as the report was asked for. Raises InvalidInput for what is no
    figure that counts rows, for a cursor of another list, and as `report` does.
    """
    path = _read(figure)
    asked = asked_for(session, caller, period=period, now=now, area=area, by=by)
    sort = f"report/{figure}"
    after: Place | None = None if cursor is None else _place(read_cursor(cursor, sort, (UUID, UUID, str)))
    listing = _listing(asked, path)
    found = _things(asked, listing, key, after, limit + 1)
    shown = found[:limit]
    more = write_cursor(sort, shown[-1].place()) if len(found) > limit else None
    return Page(_documents(session, listing.what, shown), more)


def countable() -> Sequence[str]:
    """Paths of all figures that count rows, in the order of a report. `*` stands for a word that is data."""
    return [".".join(path) for path in _leaves(nothing(), ())]


def _leaves(figures: Mapping[str, Any], way: Path) -> Iterable[Path]:
    for name, value in figures.items():
        path = (*way, name)
        if path in WORDS:
            yield (*path, "*")
        elif isinstance(value, Mapping):
            yield from _leaves(value, path)
        elif value == 0 or path in ADDED_UP:
            yield path


def _read(figure: str) -> Path:
    path = tuple(figure.split("."))
    general = (*path[:-1], "*") if path[:-1] in WORDS else path
    known = countable()
    if ".".join(general) not in known or len(path[-1]) == 0:
        accepted = f"one of: {', '.join(known)}"
        raise InvalidInput([Fault("/figure", "this is no figure that counts rows", accepted)])
    return path


def _listing(asked: Asked, path: Path) -> Listing:
    match path[0]:
        case "checks" | "facilities_checked" | "rechecks":
            return visits.listing(asked, path)
        case "prescriptions":
            return prescribed.listing(asked)
        case "violations_found" | "items":
            return duties.listing(asked, path)
        case "fines":
            return fined.listing(asked)
        case "obstructed_visits":
            return obstructed.listing(asked)
        case _:
            return places.listing(asked, path)


def _place(key: Sequence[Any]) -> Place:
    facility_id, made, mark = key
    return facility_id, made, mark


def _things(asked: Asked, listing: Listing, key: str | None, after: Place | None, wanted: int) -> list[Thing]:
    """The first things behind a place. key: as `page` has it."""
    further = sorted(
        (
            thing
            for thing in listing.further
            if key in (None, thing.key or "") and (after is None or thing.place() > after)
        ),
        key=Thing.place,
    )
    stored = _stored(asked, listing, key, after, wanted)
    return list(islice(merge(stored, further, key=Thing.place), wanted))


def _stored(asked: Asked, listing: Listing, key: str | None, after: Place | None, wanted: int) -> list[Thing]:
    statement = asked.narrowed(listing.statement, listing.placed)
    if key is not None:
        column = statement.selected_columns.key
        statement = statement.where(column.is_(None) if key == "" else column == key)
    window = wanted if listing.keeps is None else max(wanted, WINDOW)
    found: list[Thing] = []
    while True:
        rows = asked.session.execute(_ordered(statement, after).limit(window)).all()
        found += [_thing(row, listing) for row in rows if listing.keeps is None or listing.keeps(row)]
        if len(rows) < window or len(found) >= wanted:
            return found[:wanted]
        after = rows[-1].facility_id, rows[-1].id, rows[-1].mark


def _ordered(statement: Select[Any], after: Place | None) -> Select[Any]:
    columns = statement.selected_columns
    order = columns.facility_id, columns.id, columns.mark
    return (statement if after is None else statement.where(_behind(order, after))).order_by(*order)


def _behind(order: Sequence[Any], after: Place) -> ColumnElement[bool]:
    facility_id, made, mark = after
    given = literal(facility_id, Uuid()), literal(made, Uuid()), literal(mark, String())
    return tuple_(*order) > tuple_(*given)


def _thing(row: Any, listing: Listing) -> Thing:
    day, about = listing.said(row)
    return Thing(row.key, row.home_region, row.facility_id, row.id, row.mark, day, about)


def _documents(session: Session, what: str, things: Sequence[Thing]) -> list[dict[str, Any]]:
    named = _facilities(session, {(thing.home_region, thing.facility_id) for thing in things})
    return [
        {
            "object": what,
            "id": thing.id,
            "key": thing.key,
            "facility_id": thing.facility_id,
            **named[thing.facility_id],
            "date": thing.day,
            "about": thing.about,
        }
        for thing in things
    ]


def _facilities(session: Session, keys: Collection[tuple[str, UUID]]) -> Mapping[UUID, Mapping[str, Any]]:
    shown = Facility.name_kk, Facility.name_ru, Facility.kind, Facility.region_code, Facility.district_code
    wanted = select(Facility.id, *shown)
    wanted = wanted.where(Facility.home_region.in_(sorted({region for region, _ in keys})))
    found = session.execute(wanted.where(Facility.id.in_([made for _, made in keys]))).mappings()
    return {row["id"]: {column.key: row[column.key] for column in shown} for row in found}
