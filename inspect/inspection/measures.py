"""Units of what inspectors measure, and the only place that converts between them.

Tapes read in millimetres, forms ask in metres, levels show degrees and norms write percent. A verdict must not
depend on which of them the inspector used, so every reading is brought to a fixed grain: about a micrometre,
a millionth of a percent of slope, a millinewton, a millisecond. That is far finer than any instrument on site
and far coarser than the noise of binary fractions.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from inspection.errors import InspectionError

MOST_COUNTED = 100_000  # of anything at one facility


class Dimension(StrEnum):
    """What a unit measures; only units of one dimension convert into each other."""

    LENGTH = "length"
    SLOPE = "slope"
    FORCE = "force"
    TIME = "time"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that criteria and answers may name.

    scale: how many of the dimension's smallest unit it holds (mm, percent, N, s; a count is a whole number of
    its own things). decimals: readings are rounded to so many. most: more than this is never measured.
    symbol: international symbol as it stands behind a number.
    """

    code: str
    dimension: Dimension
    scale: float
    decimals: int
    most: float
    symbol: str


UNITS: Mapping[str, Unit] = {
    unit.code: unit
    for unit in (
        Unit("m", Dimension.LENGTH, 1000, 6, 1_000, " m"),
        Unit("cm", Dimension.LENGTH, 10, 4, 100_000, " cm"),
        Unit("mm", Dimension.LENGTH, 1, 3, 1_000_000, " mm"),
        Unit("percent", Dimension.SLOPE, 1, 6, 100, " %"),
        Unit("ratio", Dimension.SLOPE, 100, 8, 1, ""),
        # An angle has no scale; its finer grain brings every whole grain of a percent back unharmed.
        Unit("degrees", Dimension.SLOPE, 0, 9, 45, "°"),
        Unit("N", Dimension.FORCE, 1, 3, 1_000, " N"),
        Unit("s", Dimension.TIME, 1, 3, 86_400, " s"),
        Unit("min", Dimension.TIME, 60, 5, 1_440, " min"),
        *(
            Unit(code, Dimension.COUNT, 1, 0, MOST_COUNTED, "")
            for code in ("spaces", "entrances", "cabins", "places")
        ),
    )
}

_RATIO = re.compile(r"\s*([0-9]{1,6}(?:[.,][0-9]{1,6})?)\s*:\s*([0-9]{1,6}(?:[.,][0-9]{1,6})?)\s*")
_UPRIGHT = 90  # degrees; the slope of a wall has no number


class UnknownUnit(InspectionError):
    """No unit has this name; `accepted` lists those that do."""

    slug = "unknown-unit"


class NotConvertible(InspectionError):
    """The value is no finite number of its unit, or the two units measure different things."""

    slug = "not-convertible"


def unit_named(code: str) -> Unit:
    """The unit with this code. Raises UnknownUnit."""
    try:
        return UNITS[code]
    except KeyError:
        raise UnknownUnit(f"there is no unit {code!r}", accepted=sorted(UNITS)) from None


@cache
def convertible_units(code: str) -> tuple[str, ...]:
    """Codes of all units that a value in this unit can be given in, itself first. Raises UnknownUnit.

    Counts convert into nothing else: a parking space is no entrance.
    """
    unit = unit_named(code)
    if unit.dimension is Dimension.COUNT:
        return (code,)
    others = (u.code for u in UNITS.values() if u.dimension is unit.dimension and u is not unit)
    return (code, *others)


def convert(value: float | str, from_unit: str, to_unit: str) -> float:
    """A value brought into another unit and rounded to that unit's grain (`Unit.decimals`).

    value: a finite number; for `ratio` also rise to run in words, "1:12" or "1 : 12,5".
    Raises UnknownUnit, or NotConvertible for another dimension, no finite number, or 90 degrees and more.
    """
    source, target = unit_named(from_unit), unit_named(to_unit)
    if source is not target and (source.dimension is not target.dimension or source.dimension is Dimension.COUNT):
        raise NotConvertible(
            f"{from_unit} cannot be given in {to_unit}", accepted=list(convertible_units(to_unit))
        )
    amount = _finite(value, source)
    if source is not target:
        amount = _of_scale(_scaled(amount, source), target)
    return round(amount, target.decimals) + 0.0  # a minus before zero is noise too


def _finite(value: float | str, unit: Unit) -> float:
    if isinstance(value, str):
        return _ratio_in_words(value, unit)
    try:
        finite = math.isfinite(value)
    except OverflowError:  # an integer beyond every float
        finite = False
    if not finite:
        raise NotConvertible("not a finite number", accepted=["a finite number"])
    return float(value)


def _ratio_in_words(words: str, unit: Unit) -> float:
    found = _RATIO.fullmatch(words) if unit.code == "ratio" else None
    rise, run = (float(part.replace(",", ".")) for part in found.groups()) if found else (0.0, 0.0)
    if run == 0:
        accepted = ["a number", "rise to run such as 1:12"] if unit.code == "ratio" else ["a number"]
        raise NotConvertible(f"{words[:40]!r} is no number of {unit.code}", accepted=accepted)
    return rise / run


def _scaled(amount: float, unit: Unit) -> float:
    if unit.code != "degrees":
        return amount * unit.scale
    if abs(amount) >= _UPRIGHT:
        raise NotConvertible("a slope is less than 90 degrees", accepted=["less than 90"])
    return math.tan(math.radians(amount)) * 100


def _of_scale(scaled: float, unit: Unit) -> float:
    if unit.code != "degrees":
        return scaled / unit.scale
    return math.degrees(math.atan(scaled / 100))


def without_unit(limit: str | None, unit: str | None) -> str | None:
    """A limit as `rules.limit_text` spells it, without the symbol of its unit: which has words in languages."""
    known = UNITS.get(unit or "")
    return limit.removesuffix(known.symbol) if limit and known else limit
