"""Invented operators: what kind of body runs what kind of facility, and what it is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from inspection.demo.chance import made_id, weighted
from inspection.operators import OperatorFields
from inspection.taxpayers import make_bin


@dataclass(frozen=True, slots=True)
class Sector:
    """One sort of operator.

    form: legal form and brand in Kazakh and Russian, with the operator's number. new: chance that a facility has
    an operator of its own rather than one of its district's. sizes: class of size to its weight.
    """

    ownership: str
    kk: str
    ru: str
    new: float
    sizes: Mapping[str, float] = field(hash=False)


LARGE = {"large": 0.3, "medium": 0.5, "small": 0.2}
SMALL = {"micro": 0.45, "small": 0.45, "medium": 0.1}
OFFICES = {"medium": 0.3, "small": 0.7}

HEALTH = Sector("state", "«Демо-Денсаулық {n}» ШЖҚ КМК", "КГП на ПХВ «Демо-Денсаулык {n}»", 0.7, LARGE)
CLINIC = Sector("private", "«Үлгі-Мед {n}» ЖШС", "ТОО «Улги-Мед {n}»", 0.8, SMALL)
PHARMACY = Sector("private", "«Үлгі-Фарм {n}» ЖШС", "ТОО «Улги-Фарм {n}»", 0.25, SMALL)
SERVICE = Sector("state", "«Демо-Мемкорпорация {n}» КеАҚ", "НАО «Демо-Госкорпорация {n}»", 0.05, {"large": 1})
SOCIAL = Sector("state", "«Демо-Қамқор {n}» КММ", "КГУ «Демо-Камкор {n}»", 0.5, OFFICES)
CHARITY = Sector("private", "«Үлгі-Мейірім {n}» ҚҚ", "ОФ «Улги-Мейирим {n}»", 0.7, SMALL)
SCHOOL = Sector("state", "«Демо-Білім {n}» КММ", "КГУ «Демо-Билим {n}»", 0.85, OFFICES)
CULTURE = Sector("state", "«Демо-Мәдениет {n}» КМҚК", "КГКП «Демо-Мадениет {n}»", 0.6, OFFICES)
TRADE = Sector("private", "«Үлгі-Сауда {n}» ЖШС", "ТОО «Улги-Сауда {n}»", 0.75, SMALL)
NOBODY_KNOWS = Sector("unknown", "«Үлгі-Иесіз {n}» ЖК", "ИП «Улги-Бесхозный {n}»", 0.9, {"unknown": 1})

SOCIAL_MIX = {SOCIAL: 0.7, CHARITY: 0.3}
MIXES: Mapping[str, Mapping[Sector, float]] = {
    "polyclinic": {HEALTH: 0.8, CLINIC: 0.2},
    "hospital": {HEALTH: 0.9, CLINIC: 0.1},
    "pharmacy": {PHARMACY: 0.95, NOBODY_KNOWS: 0.05},
    "service_centre": {SERVICE: 1},
    "social_office": {SOCIAL: 1},
    "school": {SCHOOL: 0.92, CHARITY: 0.08},
    "rehabilitation_centre": SOCIAL_MIX,
    "day_centre": SOCIAL_MIX,
    "small_home": SOCIAL_MIX,
    "assistive_device_centre": SOCIAL_MIX,
    "prosthetic_workshop": SOCIAL_MIX,
}
OTHERS = {CULTURE: 0.4, TRADE: 0.54, NOBODY_KNOWS: 0.06}


@dataclass(frozen=True, slots=True)
class DemoOperator:
    """An operator as it is entered. district: of its seat."""

    id: UUID
    district: str
    fields: OperatorFields


class Owners:
    """The operators made so far; each district has its own."""

    def __init__(self, source: Random) -> None:
        self.made: list[DemoOperator] = []
        self._source = source
        self._pools: dict[tuple[Sector, str], list[DemoOperator]] = {}

    def of(self, kind: str, district: str, address: str) -> DemoOperator:
        """The operator of a facility: a new one, with its seat at the facility, or one of the district's."""
        sector = weighted(self._source, MIXES.get(kind, OTHERS))
        pool = self._pools.setdefault((sector, district), [])
        if pool and self._source.random() >= sector.new:
            return self._source.choice(pool)
        pool.append(self._new(sector, district, address))
        self.made.append(pool[-1])
        return pool[-1]

    def _new(self, sector: Sector, district: str, address: str) -> DemoOperator:
        n, source = len(self.made) + 1, self._source
        fields: OperatorFields = {
            "tax_id": make_bin(n) if sector is not NOBODY_KNOWS else None,
            "name_kk": sector.kk.format(n=n),
            "name_ru": sector.ru.format(n=n),
            "ownership": sector.ownership,
            "size_class": weighted(source, sector.sizes),
            "notice_email": f"operator-{n}@operators.example" if source.random() < 0.9 else None,
            "notice_address": address,
            "notice_language": weighted(source, {"kk": 0.6, "ru": 0.4}),
        }
        return DemoOperator(made_id(source), district, fields)
