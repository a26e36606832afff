"""What the map shows of every facility, held in memory and brought up to date by what the feed says has changed.

A country has some tens of thousands of facilities: their places and states are a few megabytes, and a tile is a
few operations on whole columns, where a statement would count them anew for each of the tiles on a screen. The
first tile of a process reads everything; later ones ask the heads of the regions whether something changed, and
read only that (docs/decisions/0018-maps.md).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from geo.tiles import world
from inspection.access import Act, Caller, Place, may
from inspection.bulk import among
from inspection.countries import COUNTRIES
from inspection.criteria import GROUPS
from inspection.passport import Access
from inspection.tables.facilities import Facility, LocationMethod, Standing
from inspection.tables.feed import FeedRow
from inspection.tables.regions import Home, RegionHead
from inspection.tables.violations import STANDING, Violation

Key = tuple[str, UUID]  # home region, id
Heads = Mapping[str, tuple[str, int, int]]  # region to epoch, number of the feed, number of the journal
Bools = NDArray[np.bool_]

ACCESS = tuple(Access)
UNKNOWN = ACCESS.index(Access.UNKNOWN)
NEVER = date.max.toordinal()
# Beyond so many changed documents everything is read anew: it is one pass instead of many look-ups.
MOST_CHANGES = 3_000
# Settlings are found by their time, and a unit that began earlier may end later than another.
OVERLAP = timedelta(minutes=1)

ROW = np.dtype(
    [
        ("x", "f8"),  # shares of the world, `geo/tiles.py`; NaN: not located
        ("y", "f8"),
        ("lat", "f8"),
        ("lon", "f8"),
        ("place", "i4"),  # position in `places`
        ("kind", "i4"),  # position in `kinds`
        ("open", "i4"),  # violations that stand
        ("due", "i4"),  # ordinal of the earliest day that was told and stands
        ("audited", "?"),
        ("rough", "?"),  # the position is that of a settlement or an address, not of the place itself
        ("active", "?"),
        ("access", "u1", (len(GROUPS),)),  # positions in ACCESS
    ]
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every facility, by column. Never changed, only replaced.

    rows: n of ROW. names: n times two, kk and ru. keys: n. at: key to position.
    """

    heads: Heads
    rows: NDArray[Any]
    names: NDArray[Any]
    keys: tuple[Key, ...]
    at: Mapping[Key, int]
    places: tuple[Place, ...]
    kinds: tuple[str, ...]
    settled_at: datetime | None

    def visible(self, caller: Caller) -> Bools:
        """Which of the n facilities the caller may see; asked of `access.may` once for each district there is."""
        allowed = np.array([may(caller, Act.READ, place) for place in self.places] or [False])
        return np.asarray(allowed[self.rows["place"]] & self.rows["active"])

    def overdue(self, today: Mapping[str, date]) -> Bools:
        """Which of the n have a standing violation told for a day before today. today: local date by country."""
        day = np.array([today[place.country].toordinal() for place in self.places] or [0])
        return np.asarray(self.rows["due"] < day[self.rows["place"]])


class MapPoints:
    """The snapshot of one database, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: Snapshot | None = None

    def now(self, session: Session) -> Snapshot:
        """Everything as it is now, or was a moment later. One small query if nothing has changed."""
        heads = read_heads(session)  # first: what is read after it can only be newer, and is then read again
        held = self._held
        if held is not None and held.heads == heads:
            return held
        with self._lock:
            if self._held is None or self._held.heads != heads:
                self._held = _updated(session, self._held, heads)
            return self._held


def read_heads(session: Session) -> Heads:
    """How far the feed and the journal of each region have come."""
    columns = (RegionHead.region, RegionHead.epoch, RegionHead.feed_number, RegionHead.journal_number)
    return {row[0]: (row[1], row[2], row[3]) for row in session.connection().execute(select(*columns))}


def _updated(session: Session, held: Snapshot | None, heads: Heads) -> Snapshot:
    if held is None or any(heads.get(region, ("", 0, 0))[0] != was[0] for region, was in held.heads.items()):
        return _read(session, heads)
    changed = _changed(session, held, heads)
    return _read(session, heads) if changed is None else _patched(session, held, heads, changed)


def _read(session: Session, heads: Heads) -> Snapshot:
    empty = Snapshot(heads, np.empty(0, ROW), np.empty((0, 2), object), (), {}, (), (), None)
    return _patched(session, empty, heads, None)


def _changed(session: Session, held: Snapshot, heads: Heads) -> set[Key] | None:
    """Facilities to read again; None: too many, or some that nobody can name."""
    facilities: set[UUID] = set()
    documents = select(FeedRow.collection, FeedRow.id, FeedRow.deleted, FeedRow.body)
    for region, (_epoch, number, _) in heads.items():
        was = held.heads.get(region, ("", 0, 0))[1]
        for collection in ("facilities", "violations") if number != was else ():
            new = and_(FeedRow.region == region, FeedRow.collection == collection, FeedRow.number > was)
            rows = session.connection().execute(documents.where(new).limit(MOST_CHANGES + 1)).all()
            if len(rows) > MOST_CHANGES:
                return None
            # What only left a region is alive in another, under a new number.
            facilities.update(
                row.id if collection == "facilities" else UUID(orjson.loads(row.body)["facility_id"])
                for row in rows
                if collection == "facilities" or not row.deleted
            )
    if len(facilities) > MOST_CHANGES:
        return None
    homes = select(Home.region, Home.id).where(Home.id.in_(sorted(facilities)))
    keys = {(region, made) for region, made in session.connection().execute(homes)}
    settled = select(Standing.home_region, Standing.id)
    if held.settled_at is not None:
        # By country, because the index begins with it.
        recent = Standing.settled_at > held.settled_at - OVERLAP
        settled = settled.where(Standing.country.in_(list(COUNTRIES)), recent)
    settled_keys = session.connection().execute(settled.limit(MOST_CHANGES + 1)).all()
    keys.update((row[0], row[1]) for row in settled_keys)
    return None if len(keys) > MOST_CHANGES else keys


def _patched(session: Session, held: Snapshot, heads: Heads, only: Collection[Key] | None) -> Snapshot:
    """The snapshot with the facilities of these keys (None: all) as they are now."""
    if only is not None and not only:
        return Snapshot(heads, *(getattr(held, name) for name in PARTS))
    places = {place: n for n, place in enumerate(held.places)}
    kinds = {kind: n for n, kind in enumerate(held.kinds)}
    found = _facilities(session, only)
    new = np.zeros(len(found), ROW)
    new["due"], new["access"] = NEVER, UNKNOWN
    at = {(row.home_region, row.id): n for n, row in enumerate(found)}
    _fill_facilities(new, found, places, kinds)
    for row in _violations(session, only):
        if (n := at.get((row.home_region, row.facility_id))) is not None:
            new["open"][n], new["due"][n] = row.open, row.due.toordinal() if row.due else NEVER
    settled_at = held.settled_at
    for row in _standings(session, only):
        settled_at = row.settled_at if settled_at is None else max(settled_at, row.settled_at)
        if (n := at.get((row.home_region, row.id))) is not None:
            new["audited"][n] = row.audited_at is not None
            # A group that the checklist of that day did not know has never been looked at.
            new["access"][n] = [ACCESS.index(Access((row.site or {}).get(g, Access.UNKNOWN))) for g in GROUPS]
    names = np.array([(row.name_kk, row.name_ru) for row in found], object).reshape(-1, 2)
    joined = _joined(held, new, names, tuple(at), only or ())
    return Snapshot(heads, *joined, tuple(places), tuple(kinds), settled_at)


PARTS = ("rows", "names", "keys", "at", "places", "kinds", "settled_at")


def _joined(
    held: Snapshot, new: NDArray[Any], new_names: NDArray[Any], keys: Sequence[Key], only: Collection[Key]
) -> tuple[NDArray[Any], NDArray[Any], tuple[Key, ...], Mapping[Key, int]]:
    rows, names = held.rows.copy(), held.names.copy()
    for gone in set(only).difference(keys) & held.at.keys():
        rows["active"][held.at[gone]] = False
    added = [n for n, key in enumerate(keys) if key not in held.at]
    for n, key in enumerate(keys):
        if key in held.at:
            rows[held.at[key]], names[held.at[key]] = new[n], new_names[n]
    if not added:
        return rows, names, held.keys, held.at
    all_keys = (*held.keys, *(keys[n] for n in added))
    rows, names = np.concatenate([rows, new[added]]), np.concatenate([names, new_names[added]])
    return rows, names, all_keys, {key: n for n, key in enumerate(all_keys)}


def _fill_facilities(
    new: NDArray[Any], found: Sequence[Any], places: dict[Place, int], kinds: dict[str, int]
) -> None:
    if not found:
        return
    new["lat"] = [np.nan if row.lat is None else row.lat for row in found]
    new["lon"] = [np.nan if row.lon is None else row.lon for row in found]
    new["x"], new["y"] = world(new["lon"], new["lat"])
    there = (Place(row.country, row.region_code, row.district_code) for row in found)
    new["place"] = [places.setdefault(place, len(places)) for place in there]
    new["kind"] = [kinds.setdefault(row.kind, len(kinds)) for row in found]
    new["rough"] = [row.location_method in (LocationMethod.CENTROID, LocationMethod.GEOCODED) for row in found]
    new["active"] = [row.active for row in found]


F, V, S = Facility.__table__.c, Violation.__table__.c, Standing.__table__.c


def _facilities(session: Session, only: Collection[Key] | None) -> Sequence[Any]:
    columns = (F.home_region, F.id, F.country, F.region_code, F.district_code, F.kind)
    statement = select(*columns, F.lat, F.lon, F.location_method, F.active, F.name_kk, F.name_ru)
    return _run(session, statement, only, F.home_region, F.id)


def _violations(session: Session, only: Collection[Key] | None) -> Sequence[Any]:
    statement = (
        select(V.home_region, V.facility_id, func.count().label("open"), func.min(V.due_on).label("due"))
        .where(V.state.in_([state.value for state in STANDING]))
        .group_by(V.home_region, V.facility_id)
    )
    return _run(session, statement, only, V.home_region, V.facility_id)


def _standings(session: Session, only: Collection[Key] | None) -> Sequence[Any]:
    statement = select(S.home_region, S.id, S.audited_at, S.settled_at, S.passport["site"].label("site"))
    return _run(session, statement, only, S.home_region, S.id)


def _run(session: Session, statement: Select[Any], only: Collection[Key] | None, *key: Any) -> Sequence[Any]:
    if only is not None:
        statement = statement.where(among(key, sorted(only)))
    return session.connection().execute(statement).all()
