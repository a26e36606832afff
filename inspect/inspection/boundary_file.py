"""A boundary file, GeoJSON, as plain records of areas, or everything that is wrong with it.

Levels: 0 country (code KZ or KG), 1 region, 2 district. Which properties are understood, and how they become
codes and names, is `area_properties.py`; what makes an outline sound is `geo/outlines.py`.
"""

import json
import re
import reprlib
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from geo.outlines import BadOutline, read_outline
from inspection.area_properties import AreaClaim, area_claim
from inspection.countries import COUNTRIES, Country
from inspection.errors import Fault, InvalidInput

LIMIT_BYTES = 100_000_000
NAME_LENGTH = 200
WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326")  # how the name in a crs member ends
ALLOWED_LEVELS = (0, 1, 2)

# Letters of another alphabet that only look right: a search for the proper word would miss the name.
CYRILLIC_FOR = str.maketrans("ABCEHIKMOPTXaceiopxyӊӉ", "АВСЕНІКМОРТХасеіорхуңҢ")
MIXED_WORD = re.compile(r"(?=\w*[A-Za-z])(?=\w*[а-яёА-ЯЁ])\w+|\w*[ӊӉ]\w*")

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """One area of an edition.

    code: KATO, SOATE, KZ or KG. parent: code of the area around it, None for a country. name_kk: in the state
    language, so Kyrgyz for an area of Kyrgyzstan. name_ru, name_en: None where the file has none. boundary:
    WKB of a valid polygon or multipolygon. bbox: west, south, east, north in degrees. classifier: KATO, SOATE.
    """

    code: str
    country: str
    level: int
    parent: str | None
    name_kk: str
    name_ru: str | None
    name_en: str | None
    boundary: bytes
    bbox: Bounds
    classifier: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something put right while reading: where (JSON pointer), and what was done."""

    pointer: str
    done: str


@dataclass(frozen=True, slots=True)
class BoundaryFile:
    """What a file holds: its areas in the order of the file, and what was put right."""

    records: tuple[AreaRecord, ...]
    remarks: tuple[Remark, ...]


def read_boundaries(path: Path, *, known: Collection[str] = (), limit_bytes: int = LIMIT_BYTES) -> BoundaryFile:
    """Areas of a GeoJSON FeatureCollection in WGS 84.

    known: codes of areas that may be named as parents beside those of the file. The whole file is held in
    memory, up to ten times its size. Raises InvalidInput with every fault of every feature: nothing of a file
    with a fault is given out, because half an edition of boundaries would move facilities. Raises OSError
    when the file cannot be read.
    """
    size = path.stat().st_size
    if size > limit_bytes:
        raise _refused("", f"the file has {size:,} bytes", f"at most {limit_bytes:,} bytes")
    reader = _Reader()
    features = _features(_parsed(path.read_bytes()))
    records = [reader.area(n, feature) for n, feature in enumerate(features)]
    reader.check_tree(known)
    if reader.faults:
        raise InvalidInput(reader.faults, "the boundary file cannot be accepted")
    return BoundaryFile(tuple(filter(None, records)), tuple(reader.remarks))


def _refused(pointer: str, reason: str, accepted: str) -> InvalidInput:
    return InvalidInput([Fault(pointer, reason, accepted)], "the boundary file cannot be accepted")


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _refused("", f"byte {error.start + 1} is not UTF-8", "a GeoJSON file in UTF-8") from None
    except json.JSONDecodeError as error:
        reason = f"broken JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise _refused("", reason, "a complete GeoJSON file") from None
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of thousands of digits
        raise _refused("", f"the JSON cannot be read: {error}", "a GeoJSON FeatureCollection") from None


def _features(document: object) -> list[Any]:
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        kind = document.get("type") if isinstance(document, dict) else type(document).__name__
        raise _refused("/type", f"this is {reprlib.repr(kind)}", "a GeoJSON FeatureCollection")
    held = document.get("features")
    if not isinstance(held, list) or not held:
        raise _refused("/features", "there are no features", "a list of at least one feature")
    if "crs" in document:
        crs = document["crs"]
        named = crs.get("properties") if isinstance(crs, dict) else None
        name = named.get("name") if isinstance(named, dict) else None
        if not isinstance(name, str) or not name.endswith(WGS84_NAMES):
            raise _refused("/crs", f"the coordinates are in {reprlib.repr(name)}", "WGS 84 (CRS84 or EPSG:4326)")
    return held


class _Reader:
    """Reads features one by one and gathers what is wrong and what was put right."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.remarks: list[Remark] = []
        # Feature to code, level and parent, also where something else is wrong with it.
        self.claimed: dict[int, tuple[str, int, str | None]] = {}

    def area(self, n: int, feature: object) -> AreaRecord | None:
        """The area of feature n (from 0), None if anything is wrong with it."""
        before, at = len(self.faults), f"/features/{n}"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(feature, dict) or not isinstance(properties, dict):
            self._fault(n, at, "it is no feature with properties", "a GeoJSON Feature")
            return None
        level = properties.get("level")
        if type(level) is not int or level not in ALLOWED_LEVELS:
            self._fault(
                n,
                f"{at}/properties/level",
                f"the level is {reprlib.repr(level)}",
                "0 country, 1 region, 2 district",
            )
            return None
        claim = area_claim(properties, level)
        country = COUNTRIES.get(claim.country) if isinstance(claim.country, str) else None
        if country is None:
            accepted = " or ".join(COUNTRIES)
            self._fault(n, f"{at}/properties/country", f"the country is {reprlib.repr(claim.country)}", accepted)
            return None
        code = self._code(n, claim, country, level)
        parent = self._parent(n, claim, code, country, level)
        if code:
            self.claimed[n] = (code, level, parent)
        names = self._names(n, claim.names)
        polygon = self._polygon(n, feature.get("geometry"), country)
        if len(self.faults) > before:
            return None
        return AreaRecord(
            code=code,
            country=country.code,
            level=level,
            parent=parent,
            name_kk=names["local"] or "",
            name_ru=names["ru"],
            name_en=names["en"],
            boundary=shapely.to_wkb(polygon),
            bbox=_bounds(polygon),
            classifier=country.classifier.name,
        )

    def check_tree(self, known: Collection[str]) -> None:
        """Every code is given once, and every parent is known and one level up."""
        first: dict[str, int] = {}
        for n, (code, _, _) in self.claimed.items():
            if first.setdefault(code, n) != n:
                reason = f"feature {first[code] + 1} has the code {code} too"
                self._fault(n, f"/features/{n}/properties/code", reason, "a code of its own for each area")
        for n, (_, level, parent) in self.claimed.items():
            at = f"/features/{n}/properties/parent"
            if level == 0 or parent is None or parent in COUNTRIES:
                continue
            if parent not in first:
                if parent not in known:
                    self._fault(n, at, f"there is no area {parent}", "an area of this file or one imported before")
            elif (above := self.claimed[first[parent]][1]) != level - 1:
                self._fault(n, at, f"the parent {parent} is of level {above}", f"level {level - 1}")

    def _fault(self, n: int, pointer: str, reason: str, accepted: str) -> None:
        self.faults.append(Fault(pointer, f"feature {n + 1}: {reason}", accepted))

    def _code(self, n: int, claim: AreaClaim, country: Country, level: int) -> str:
        code = claim.code
        form = country.classifier
        accepted = country.code if level == 0 else f"{form.digits} digits of {form.name}, as text"
        if not isinstance(code, str) or not (code == country.code if level == 0 else form.accepts(code)):
            at = f"/features/{n}/properties/{claim.code_key}"
            self._fault(n, at, f"the code is {reprlib.repr(code)}", accepted)
            return ""
        return code

    def _parent(self, n: int, claim: AreaClaim, code: str, country: Country, level: int) -> str | None:
        if level == 0:
            return None
        expected = country.code if level == 1 else country.classifier.region_of(code)
        if code and claim.parent != expected:
            reason = f"the parent of {code} is {reprlib.repr(claim.parent)}"
            self._fault(n, f"/features/{n}/properties/{claim.parent_key}", reason, f"{expected}, as the code says")
        return expected

    def _names(self, n: int, texts: Mapping[str, object]) -> dict[str, str | None]:
        names: dict[str, str | None] = {}
        for language, text in texts.items():
            at = f"/features/{n}/properties/name_{language}".replace("name_local", "name_kk")
            tidy = unicodedata.normalize("NFC", " ".join(text.split())) if isinstance(text, str) else None
            names[language] = tidy or None
            if text is not None and not isinstance(text, str):
                self._fault(n, at, f"the name is {reprlib.repr(text)}", "a text")
            elif tidy and (len(tidy) > NAME_LENGTH or not tidy.isprintable()):
                self._fault(
                    n, at, "the name is too long or has unprintable signs", f"at most {NAME_LENGTH} letters"
                )
            elif not tidy and language == "local":
                self._fault(n, at, "there is no name in the state language", "name_kk or name_ky")
            elif tidy and language != "en":
                spelled = MIXED_WORD.sub(lambda word: word[0].translate(CYRILLIC_FOR), tidy)
                names[language] = spelled
                if spelled != tidy:
                    self.remarks.append(Remark(at, f"{spelled}: letters of another alphabet replaced"))
        return names

    def _polygon(self, n: int, geometry: object, country: Country) -> Any:
        at = f"/features/{n}/geometry"
        try:
            outline = read_outline(geometry)
        except BadOutline as error:
            for flaw in error.flaws:
                self._fault(n, at + flaw.pointer, flaw.reason, flaw.accepted)
            return None
        if outline.repair:
            self.remarks.append(Remark(at, outline.repair))
        west, south, east, north = bounds = _bounds(outline.polygon)
        if not country.box.holds(bounds):
            box, name = country.box, country.names["en"]
            reason = f"the outline reaches from {west:g}, {south:g} to {east:g}, {north:g}, outside {name}"
            if country.box.holds((south, west, north, east)):
                reason = f"the axes are swapped: latitude comes first, the outline fits {name} the other way round"
            accepted = f"longitude {box.west:g} to {box.east:g}, then latitude {box.south:g} to {box.north:g}"
            self._fault(n, at, reason, accepted)
        return outline.polygon


def _bounds(polygon: Any) -> Bounds:
    west, south, east, north = (float(side) for side in shapely.bounds(polygon))
    return west, south, east, north
