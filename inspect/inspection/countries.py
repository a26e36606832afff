"""What differs from country to country, as data: clock, codes of areas, identifiers, languages, money.

Sources: Kazakhstan moved to one time, UTC+5, on 1 March 2024; before that date the tz database's Asia/Almaty is
an hour ahead of the country's west. Not every fact is verified: the form of Kyrgyz codes and taxpayer numbers
is from memory of public material, and so is the way a remediation period is counted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from inspection.errors import Fault, InvalidInput

Counting = Literal["calendar", "working"]


@dataclass(frozen=True, slots=True)
class Classifier:
    """The state's code list of areas: KATO in Kazakhstan, SOATE in Kyrgyzstan.

    digits: length of a code. region_digits: how many leading digits all codes of one region share.
    """

    name: str
    digits: int
    region_digits: int

    def accepts(self, code: str) -> bool:
        """Whether the code has the form; `-2` marks a district that repeats a region without districts."""
        return re.fullmatch(rf"[0-9]{{{self.digits}}}(-2)?", code) is not None

    def region_of(self, code: str) -> str:
        """Code of the region that a code of this form belongs to."""
        return code[: self.region_digits].ljust(self.digits, "0")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in degrees of WGS 84, borders included."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, bounds: tuple[float, float, float, float]) -> bool:
        """Whether bounds (west, south, east, north) lie within."""
        west, south, east, north = bounds
        return self.west <= west and self.south <= south and east <= self.east and north <= self.north


@dataclass(frozen=True, slots=True)
class Country:
    """Facts of one country.

    code: ISO 3166-1 alpha-2, also the code of the country's area. languages: ISO 639-1, the state language
    first. box: around the country, 0.2° in hand. currency: ISO 4217. counting: how a remediation period is
    counted. holidays: the country's name in the holidays library. taxpayer_id: rule of `taxpayers.py`.
    """

    code: str
    names: Mapping[str, str]
    time_zone: ZoneInfo
    classifier: Classifier
    taxpayer_id: Literal["bin_iin", "inn"]
    languages: tuple[str, ...]
    holidays: str
    box: Box
    currency: str
    counting: Counting = "calendar"


COUNTRIES: Mapping[str, Country] = MappingProxyType(
    {
        "KZ": Country(
            code="KZ",
            names=MappingProxyType({"kk": "Қазақстан", "ru": "Казахстан", "en": "Kazakhstan"}),
            time_zone=ZoneInfo("Asia/Almaty"),
            classifier=Classifier("KATO", digits=9, region_digits=2),
            taxpayer_id="bin_iin",
            languages=("kk", "ru"),
            holidays="KZ",
            box=Box(46.29, 40.37, 87.52, 55.64),
            currency="KZT",
        ),
        "KG": Country(
            code="KG",
            names=MappingProxyType(
                {"ky": "Кыргызстан", "kk": "Қырғызстан", "ru": "Кыргызстан", "en": "Kyrgyzstan"}
            ),
            time_zone=ZoneInfo("Asia/Bishkek"),
            classifier=Classifier("SOATE", digits=14, region_digits=5),
            taxpayer_id="inn",
            languages=("ky", "ru"),
            holidays="KG",
            box=Box(69.06, 38.98, 80.43, 43.47),
            currency="KGS",
        ),
    }
)


def country_of(code: str, pointer: str = "/country") -> Country:
    """Facts of the country with this code; raises InvalidInput at `pointer` for one that Pandus does not serve."""
    if code not in COUNTRIES:
        raise InvalidInput([Fault(pointer, f"{code!r} is not a country we serve", " or ".join(COUNTRIES))])
    return COUNTRIES[code]


def local_date(moment: datetime, country: str) -> date:
    """Date on the wall calendar of the country at an aware moment; raises ValueError for a naive one."""
    if moment.utcoffset() is None:
        raise ValueError("a moment without an offset has no date anywhere")
    return moment.astimezone(country_of(country).time_zone).date()
