"""What is wrong with a file of boundaries, feature by feature, with the names that the file itself gives them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.console.languages import language
from api.wiring import wiring
from inspection.area_properties import area_claim
from inspection.errors import InvalidInput

FEATURE = re.compile(r"/features/(\d+)(/.*)?")
SAID_BEFORE = re.compile(r"^feature \d+: ")
MOST = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """One of them. number: of the feature, from 1; where: within it."""

    number: int
    name: str
    where: str
    reason: str
    accepted: str


def problems(error: InvalidInput, path: Path) -> list[Problem]:
    """Those that lie in a feature; none if the file as a whole is wrong."""
    found = [
        (int(at[1]), at[2] or "", fault) for fault in error.faults if (at := FEATURE.fullmatch(fault.pointer))
    ]
    if not found:
        return []
    features, say, tongue = _features(path), wiring().phrasebook.say, language()
    return [
        Problem(
            n + 1,
            _name(features, n),
            where.strip("/"),
            say(SAID_BEFORE.sub("", fault.reason), tongue),
            say(fault.accepted, tongue),
        )
        for n, where, fault in found[:MOST]
    ]


def _features(path: Path) -> Any:
    return json.loads(path.read_bytes().decode("utf-8-sig"))["features"]


def _name(features: Any, n: int) -> str:
    """What a feature calls itself, in any of its languages; its code if it has no name."""
    feature = features[n] if n < len(features) else None
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping):
        return ""
    level = properties.get("level")
    claim = area_claim(dict(properties), level if isinstance(level, int) else 2)
    names = [claim.names.get(each) for each in (language(), "local", "ru", "en")]
    said = next((each for each in (*names, claim.code) if isinstance(each, str) and each.strip()), "")
    return "".join(sign for sign in said[:100] if sign.isprintable())
