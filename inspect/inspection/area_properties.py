"""The properties of a boundary feature as a claim: which country, code, parent and names.

Three forms are understood, feature by feature:

* as the 2024 set of Kazakhstan has them: `kato` is the code, `adm1_code` (KZ10) the parent. Names of regions
  are taken from our own table `data/regions.csv`, because the file has them as adjectives ("Абайская").
* as the set of Kyrgyzstan has them: `code` (KG07232000000) is KG and the last 11 digits of the SOATE code,
  which begins with 417. Bishkek and Osh have no districts, so the file repeats the city as its own district;
  an area's code must be its own, so the district's is the city's and `-2` (the level).
* our own plain form: `code`, `country`, `level`, `parent`, `name_kk` or `name_ky`, `name_ru`, `name_en`.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from inspection.countries import COUNTRIES


@dataclass(frozen=True, slots=True)
class AreaClaim:
    """Who a feature says it is, not checked yet.

    names: by `local` (the state language), `ru` and `en`. code_key, parent_key: the properties they stood in.
    """

    country: object
    code: object
    parent: object
    names: Mapping[str, object]
    code_key: str = "code"
    parent_key: str = "parent"


@cache
def regions() -> Mapping[str, Mapping[str, str]]:
    """Kazakhstan's regions by KATO code: the columns of `data/regions.csv`."""
    table = files("inspection") / "data" / "regions.csv"
    with table.open(encoding="utf-8") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}


def area_claim(properties: Mapping[str, Any], level: int) -> AreaClaim:
    """Who a feature of this level says it is, whichever of the three forms it has; checks nothing."""
    local = properties.get("name_kk", properties.get("name_ky"))
    names = {"local": local, "ru": properties.get("name_ru"), "en": properties.get("name_en")}
    code = properties.get("code")
    if "kato" in properties:
        return _of_kazakhstan(properties, level, names)
    if isinstance(code, str) and re.fullmatch(r"KG[0-9]{11}", code):
        return _of_kyrgyzstan(properties, level, code, names)
    return AreaClaim(properties.get("country"), code, properties.get("parent"), names)


def _of_kazakhstan(properties: Mapping[str, Any], level: int, names: dict[str, object]) -> AreaClaim:
    code, above = properties["kato"], properties.get("adm1_code")
    if level == 1:
        own = regions().get(code) if isinstance(code, str) else None
        if own is not None:
            names = {"local": own["name_kk"], "ru": own["name_ru"], "en": own["name_en"]}
        return AreaClaim("KZ", code, "KZ", names, code_key="kato")
    if isinstance(above, str) and re.fullmatch(r"KZ[0-9]{2}", above):
        above = above.removeprefix("KZ").ljust(COUNTRIES["KZ"].classifier.digits, "0")
    return AreaClaim("KZ", code, above, names, code_key="kato", parent_key="adm1_code")


def _of_kyrgyzstan(properties: Mapping[str, Any], level: int, code: str, names: dict[str, object]) -> AreaClaim:
    above = properties.get("adm1_code")
    own = code.replace("KG", "417", 1)
    if level == 1:
        return AreaClaim("KG", own, "KG", names)
    parent = above.replace("KG", "417", 1) if isinstance(above, str) else above
    return AreaClaim("KG", f"{own}-2" if own == parent else own, parent, names, parent_key="adm1_code")
