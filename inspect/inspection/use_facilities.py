"""Finding the facility that a row of a table means: by id, by BIN and address, or by name and district.

A facility is never guessed: what fits none or several is refused, and the several are named.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.area_filters import lies_in
from inspection.facility_rows import facility_id as imported_id
from inspection.searching import fold
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.operators import Operator

F, O = Facility.__table__.c, Operator.__table__.c  # noqa: E741 - as tables are called here
COLUMNS = (
    *(F.home_region, F.id, F.country, F.district_code, F.merged_into),
    *(F.name_ru, F.name_kk, F.address_ru, F.address_kk, O.tax_id),
)
MOST_NAMED = 5  # candidates that a refusal names
# What a district is called beside its name.
BESIDE = frozenset(fold(word) for word in ("район", "ауданы", "аудан", "district", "город", "қаласы", "г"))


@dataclass(frozen=True, slots=True)
class Meant:
    """What a row says of its facility. A text is None where the row says nothing of it."""

    facility_id: UUID | None = None
    external_id: str | None = None
    operator_tax_id: str | None = None
    address: str | None = None
    name: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """Why no facility was found: the field, the reason, and what would be accepted."""

    field: str
    reason: str
    accepted: str


@dataclass(frozen=True, slots=True)
class Known:
    """A facility of the area."""

    home_region: str
    id: UUID
    country: str
    district_code: str | None
    names: frozenset[str]
    addresses: frozenset[str]
    said: str


class FacilityIndex:
    """The facilities of one area by everything that a row can name them by.

    area: code of a country, region or district. register: the register of facilities whose ids rows may have.
    Raises InvalidInput at `/area` for a code that is not known.
    """

    def __init__(self, session: Session, area: str, register: str | None = None) -> None:
        self._area = area
        self._register = register
        self._by_id: dict[UUID, Known] = {}
        self._by_tax_id: dict[str, list[Known]] = defaultdict(list)
        self._by_name: dict[str, list[Known]] = defaultdict(list)
        same = (O.home_region == F.home_region) & (O.id == F.operator_id)
        there = select(*COLUMNS).outerjoin_from(Facility, Operator, same).where(lies_in(session, Facility, area))
        rows = session.execute(there.order_by(F.id)).all()
        here = {row.id for row in rows}
        called: dict[UUID, list[Any]] = defaultdict(list)  # by whoever stands for what is called so
        for row in rows:
            called[row.merged_into if row.merged_into in here else row.id].append(row)
        for row in rows:
            self._take(row, called.get(row.id, ()))
        self._districts = _districts(session)

    def _take(self, row: Any, called: Sequence[Any]) -> None:
        """called: the facility and those merged into it; a merged one itself is known by its id alone."""
        names = frozenset(fold(name) for each in called for name in (each.name_ru, each.name_kk))
        texts = (text for each in called for text in (each.address_ru, each.address_kk))
        addresses = frozenset(fold(text) for text in texts if text)
        where = row.address_ru or row.address_kk or row.district_code or "no address"
        said = f"{row.id} ({row.name_ru}, {where})"
        known = Known(row.home_region, row.id, row.country, row.district_code, names, addresses, said)
        self._by_id[row.id] = known
        for name in names:
            self._by_name[name].append(known)
        for tax_id in {each.tax_id for each in called if each.tax_id is not None}:
            self._by_tax_id[tax_id].append(known)

    def find(self, meant: Meant) -> Known | Lost:
        """The facility that is meant, by the first that the row says of: id, BIN, name."""
        if meant.facility_id is not None:
            return self._of_id("facility_id", meant.facility_id)
        if meant.external_id is not None:
            return self._of_external_id(meant.external_id)
        if meant.operator_tax_id is not None:
            return self._of_operator(meant.operator_tax_id, meant.address)
        if meant.name is not None:
            return self._of_name(meant.name, meant.district, meant.address)
        return Lost(
            "facility_id", "no facility is named", "an id, a BIN with an address, or a name with a district"
        )

    def _of_id(self, field: str, wanted: UUID) -> Known | Lost:
        reason = f"there is no facility with this id in {self._area}"
        return self._by_id.get(wanted) or Lost(field, reason, "the id of a facility of that area")

    def _of_external_id(self, text: str) -> Known | Lost:
        if self._register is not None:
            return self._of_id("external_id", imported_id(self._register, text))
        try:
            return self._of_id("external_id", UUID(text))
        except ValueError:
            reason = f"{text[:40]!r} is an id of another register"
            return Lost("external_id", reason, "--register with the name it was imported under, or a column less")

    def _of_operator(self, tax_id: str, address: str | None) -> Known | Lost:
        found = self._by_tax_id.get(tax_id, [])
        if not found:
            reason = f"no facility in {self._area} is of an operator with this number"
            return Lost("operator_tax_id", reason, "the number of an operator who is known there")
        if address is None:
            return self._only(found, "operator_tax_id", "the address as the register has it")
        there = [known for known in found if fold(address) in known.addresses]
        if not there:
            reason = f"the operator has no facility at this address; it has {_named(found)}"
            return Lost("address", reason, "the address as the register has it")
        return self._only(there, "address", "the id of one of them")

    def _of_name(self, name: str, district: str | None, address: str | None) -> Known | Lost:
        found = self._by_name.get(fold(name), [])
        if not found:
            return Lost("name", f"no facility in {self._area} has this name", "the name as the register has it")
        if district is not None:
            codes = self._codes(district)
            if not codes:
                return Lost(
                    "district", f"there is no district {district[:60]!r}", "the name or code of a district"
                )
            there = [known for known in found if known.district_code in codes]
            if not there:
                reason = f"no facility of this name lies in that district; there is {_named(found)}"
                return Lost("district", reason, "the district that it lies in")
            found = there
        if len(found) > 1 and address is not None:
            found = [known for known in found if fold(address) in known.addresses] or found
        return self._only(
            found, "name", "the id of one of them, or a district or an address that tells them apart"
        )

    def _codes(self, district: str) -> frozenset[str]:
        return self._districts.get(district.strip(), frozenset()) or self._districts.get(
            _bare(district), frozenset()
        )

    def _only(self, found: Sequence[Known], field: str, accepted: str) -> Known | Lost:
        if len(found) == 1:
            return found[0]
        return Lost(field, f"{len(found)} facilities fit: {_named(found)}", accepted)


def _named(found: Sequence[Known]) -> str:
    listed = "; ".join(known.said for known in found[:MOST_NAMED])
    return listed + (f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else "")


def _districts(session: Session) -> Mapping[str, frozenset[str]]:
    """Codes of districts by code and by bare name; two districts may be called the same."""
    codes: dict[str, set[str]] = defaultdict(set)
    rows = session.execute(
        select(Area.code, Area.name_kk, Area.name_ru, Area.name_en).where(Area.level == Level.DISTRICT)
    )
    for code, *names in rows:
        codes[code].add(code)
        for name in filter(None, names):
            codes[_bare(name)].add(code)
    return {name: frozenset(found) for name, found in codes.items()}


def _bare(name: str) -> str:
    return " ".join(word for word in fold(name).split() if word not in BESIDE)
