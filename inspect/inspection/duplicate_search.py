"""Looking for facilities that may be one place, and queueing the pairs for a person.

Three steps: read the facilities of a region (`page`), compare them (`likely`, pure), queue the pairs (`queue`).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.similarity import Place, candidates
from inspection.area_filters import lies_in
from inspection.bulk import among, insert_new_rows
from inspection.heads import lock_facilities
from inspection.journal import Change
from inspection.position_rules import UNSAID_M
from inspection.tables.areas import Area, Level
from inspection.tables.duplicates import DuplicatePair, PairState
from inspection.tables.facilities import Facility, LocationMethod
from inspection.tables.operators import Operator
from inspection.unit import Unit

KIND = "duplicate_pair"
MOST_ROWS = 500  # that one unit reads, or pairs that one writes
PAIRS = UUID("2f0d5d5e-30c5-5d0b-9d0b-6a3f0f2c9b11")  # namespace of the ids
COMPARED = ("name_ru", "name_kk", "address_ru", "address_kk", "lat", "lon")
READ = (
    *(Facility.home_region, Facility.id, Facility.kind, Facility.accuracy_m, Facility.operator_id),
    *(Facility.location_method, Facility.region_code, Facility.district_code),
    *(getattr(Facility, name) for name in COMPARED),
    Operator.tax_id,
)


class Queued(StrEnum):
    """What became of a pair that was found."""

    NEW = "new"
    AGAIN = "asked again"  # decided as different, and one of the two has changed since
    OPEN = "open already"
    DECIDED = "decided before"
    GONE = "gone"  # one of the two was closed or merged meanwhile


@dataclass(frozen=True, slots=True)
class Likely:
    """Two facilities that may be one place, by home region and id in order. The columns of a pair, see there."""

    first: tuple[str, UUID]
    second: tuple[str, UUID]
    score: float
    reasons: tuple[tuple[str, float], ...]
    compared: str

    @property
    def key(self) -> tuple[str, UUID]:
        """The key of the pair: always the same for the same two."""
        return self.first[0], uuid5(PAIRS, f"{self.first[1]}\n{self.second[1]}")


def regions(session: Session, area: str) -> Sequence[str]:
    """The regions to look through for an area: those of a country, else the one it is or lies in.

    Raises InvalidInput for a code that is not known.
    """
    lies_in(session, Facility, area)
    named = session.get_one(Area, area)
    if named.level == Level.COUNTRY:
        of_country = (Area.country == named.country) & (Area.level == Level.REGION)
        return session.scalars(select(Area.code).where(of_country).order_by(Area.code)).all()
    return [area if named.level == Level.REGION else str(named.parent_code)]


def page(session: Session, region: str, area: str, after: UUID | None = None) -> Sequence[Any]:
    """The next MOST_ROWS facilities in use of a region that lie in the area, by id; with the columns of READ."""
    same = (Operator.home_region == Facility.home_region) & (Operator.id == Facility.operator_id)
    wanted = select(*READ).outerjoin(Operator, same)
    wanted = wanted.where(Facility.region_code == region, lies_in(session, Facility, area), Facility.active)
    if after is not None:
        wanted = wanted.where(Facility.id > after)
    return session.execute(wanted.order_by(Facility.id).limit(MOST_ROWS)).all()


def likely(rows: Sequence[Any], least: float) -> list[Likely]:
    """Pairs that score at least so much, the likeliest first. rows: as `page` gives them; pure.

    Each facility is compared under its Russian and under its Kazakh texts, and the likelier counts. One without a
    position, or only in the middle of its settlement, is compared with those of its district at its address.
    """
    best: dict[tuple[int, int], tuple[float, tuple[tuple[str, float], ...]]] = {}
    for found in candidates([place for n, row in enumerate(rows) for place in _places(n, row)], least):
        one, other = sorted((int(found.first), int(found.second)))
        score = round(found.score, 4)
        if one != other and score > best.get((one, other), (0.0, ()))[0]:
            best[one, other] = score, found.reasons
    pairs = [_pair(rows[one], rows[other], *said) for (one, other), said in best.items()]
    return sorted(pairs, key=lambda pair: (-pair.score, pair.key))


def queue(unit: Unit, found: Sequence[Likely]) -> Counter[Queued]:
    """Write pairs into the queue; at most MOST_ROWS at once. Again changes nothing.

    A pair that was decided as two places is asked about again only when what was compared has changed since.
    """
    keys = {key for pair in found for key in (pair.first, pair.second)}
    facilities = lock_facilities(unit.session, keys)
    wanted = select(DuplicatePair).where(
        among((DuplicatePair.home_region, DuplicatePair.id), {p.key for p in found})
    )
    held = {row.id: row for row in unit.session.scalars(wanted.execution_options(populate_existing=True))}
    said: Counter[Queued] = Counter()
    new = []
    for pair in found:
        both = [facilities.get(made) for _, made in (pair.first, pair.second)]
        row = held.get(pair.key[1])
        if not all(each is not None and each.active for each in both):
            said[Queued.GONE] += 1
        elif row is None:
            new.append(pair)
        else:
            said[_renewed(unit, row, pair)] += 1
    rows = sorted((_row(unit, pair) for pair in new), key=lambda row: (row["home_region"], row["id"]))
    said[Queued.NEW] += len(insert_new_rows(unit.session, DuplicatePair, rows))
    for pair in new:
        facts = {
            "first_id": (None, pair.first[1]),
            "second_id": (None, pair.second[1]),
            "score": (None, pair.score),
        }
        unit.journal.add(Change(pair.key[0], "duplicate.found", KIND, str(pair.key[1]), facts))
    return said


def compared(rows: Sequence[Any]) -> str:
    """A hash of what is compared of two facilities, in their order: it tells whether they have changed."""
    said = [[getattr(row, name) for name in COMPARED] for row in rows]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def _places(number: int, row: Any) -> Iterator[Place]:
    texts = {
        (row.name_ru, row.address_ru or row.address_kk or ""),
        (row.name_kk, row.address_kk or row.address_ru or ""),
    }
    accuracy = UNSAID_M if row.accuracy_m is None else row.accuracy_m
    about = {"kind": row.kind, "bin": row.tax_id or "", "operator": str(row.operator_id or "")}
    lon, lat = (None, None) if row.location_method == LocationMethod.CENTROID else (row.lon, row.lat)
    for name, address in sorted(texts):
        area = row.district_code or row.region_code
        yield Place(str(number), lon, lat, accuracy, name, address, **about, area=area)


def _pair(one: Any, other: Any, score: float, reasons: tuple[tuple[str, float], ...]) -> Likely:
    first, second = sorted((one, other), key=lambda row: (row.home_region, row.id))
    ends = (first.home_region, first.id), (second.home_region, second.id)
    return Likely(*ends, score, reasons, compared((first, second)))


def _row(unit: Unit, pair: Likely) -> dict[str, Any]:
    return {
        "home_region": pair.key[0],
        "id": pair.key[1],
        "rev": 1,
        "first_id": pair.first[1],
        "second_region": pair.second[0],
        "second_id": pair.second[1],
        "score": pair.score,
        "reasons": [list(reason) for reason in pair.reasons],
        "compared": pair.compared,
        "state": PairState.OPEN.value,
        "found_at": unit.now,
    }


def _renewed(unit: Unit, held: DuplicatePair, pair: Likely) -> Queued:
    """Bring a pair that is held up to date, unless it is decided."""
    reopens = held.state == PairState.DIFFERENT and held.compared != pair.compared
    if held.state != PairState.OPEN and not reopens:
        return Queued.DECIDED
    reasons = [list(reason) for reason in pair.reasons]
    says: Mapping[str, Any] = {"score": pair.score, "reasons": reasons, "compared": pair.compared}
    changed = {name: value for name, value in says.items() if getattr(held, name) != value}
    for name, value in changed.items():
        setattr(held, name, value)
    held.rev += bool(changed)
    if not reopens:
        return Queued.OPEN
    held.state, held.found_at = PairState.OPEN.value, unit.now
    held.decided_at = held.decided_by = held.reason = None
    facts = {"state": (PairState.DIFFERENT.value, PairState.OPEN.value), "score": (None, pair.score)}
    unit.journal.add(Change(held.home_region, "duplicate.found", KIND, str(held.id), facts))
    return Queued.AGAIN
