"""What kinds of facility and zones are called: data of the newest checklists."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inspection.checklists import newest_checklists
from inspection.countries import COUNTRIES
from inspection.criteria import Text


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles by word: of kinds of facility and of zones."""

    kinds: Mapping[str, Text]
    zones: Mapping[str, Text]


def titles_of(session: Session, country: str | None) -> Titles:
    """The titles of a country, or of all, where one country's own come first in the order of countries."""
    newest = newest_checklists(session, list(COUNTRIES) if country is None else [country])
    kinds: dict[str, Text] = {}
    zones: dict[str, Text] = {}
    for code in sorted(newest, reverse=True):  # the first country overwrites
        checklist = newest[code][1]
        kinds |= {word: kind.title for word, kind in checklist.kinds.items()}
        zones |= {word: zone.title for word, zone in checklist.zones.items()}
    return Titles(kinds, zones)
