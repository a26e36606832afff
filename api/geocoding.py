"""Asking the geocoder that the operator configured, one address at a time and never within a unit of work."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import structlog

from api.settings import Settings
from api.work import Units
from geo.distance import metres
from inspection.geocode_queue import queue_page, regions
from inspection.geocoding import Taken, away, conclude, keep_answers, puzzled, take, turn
from inspection.geocoding_rules import Answer, Precision
from inspection.tables.geocoding import GeocodeState

SECONDS = 20.0  # for an answer
MOST_ANSWERS = 5
# Least ranks of places in Nominatim: 30 is a house, 26 and 27 a street, 13 to 25 settlements and their quarters.
RANKS = ((28, Precision.HOUSE), (26, Precision.STREET), (13, Precision.SETTLEMENT))
PHOTON = {"house": Precision.HOUSE, "street": Precision.STREET}
PHOTON_SETTLEMENTS = ("city", "locality", "district", "town", "village", "hamlet")

log = structlog.get_logger("pandus.geocoding")


class Away(Exception):
    """The geocoder does not answer now, or wants to be left alone for so many seconds."""

    def __init__(self, said: str, retry_after: float | None) -> None:
        super().__init__(said)
        self.said = said
        self.retry_after = retry_after


class Senseless(Exception):
    """It answered, and the answer cannot be read."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Geocoder(Protocol):
    """Answers an address with places, the likeliest first. Raises Away and Senseless."""

    @property
    def name(self) -> str: ...

    def answers(self, question: str, country: str) -> list[Answer]: ...


@dataclass(frozen=True, slots=True)
class NominatimGeocoder:
    """A server of the Nominatim form."""

    name: str
    client: Any

    def answers(self, question: str, country: str) -> list[Answer]:
        """Ask."""
        options = {"exactly_one": False, "limit": MOST_ANSWERS, "language": "ru", "country_codes": country.lower()}
        return [_of_nominatim(found.raw) for found in _asked(partial(self.client.geocode, question, **options))]


@dataclass(frozen=True, slots=True)
class PhotonGeocoder:
    """A server of the Photon form."""

    name: str
    client: Any

    def answers(self, question: str, country: str) -> list[Answer]:
        """Ask; answers of other countries are left out."""
        found = _asked(partial(self.client.geocode, question, exactly_one=False, limit=MOST_ANSWERS))
        return [_of_photon(each.raw) for each in found if _country(each.raw) in (country, None)]


def geocoder(settings: Settings) -> Geocoder | None:
    """The geocoder of the settings; None where addresses are not looked up."""
    if not settings.geocoder:
        return None
    # geopy takes a third of a second to import, and only the commands that ask need it.
    from geopy.adapters import URLLibAdapter  # noqa: PLC0415
    from geopy.geocoders import Nominatim, Photon  # noqa: PLC0415

    form, _, address = settings.geocoder.partition(":")
    scheme, _, domain = address.partition("://")
    common = {
        "scheme": scheme,
        "domain": domain.rstrip("/"),
        "timeout": SECONDS,
        # The form of a geocoder's rules: who asks, and whom to write to.
        "user_agent": f"Pandus/1 ({settings.mail_from})",
        "proxies": {},
        # geopy's other adapter tries again by itself, and sleeps as long as a server wishes.
        "adapter_factory": URLLibAdapter,
    }
    name = f"{form}:{domain.rstrip('/')}"[:40]
    return (
        NominatimGeocoder(name, Nominatim(**common))
        if form == "nominatim"
        else PhotonGeocoder(name, Photon(**common))
    )


def _asked(ask: Callable[[], Any]) -> Sequence[Any]:
    from geopy.exc import (  # noqa: PLC0415
        GeocoderParseError,
        GeocoderQueryError,
        GeocoderQuotaExceeded,
        GeocoderRateLimited,
        GeocoderServiceError,
        GeopyError,
    )

    try:
        return ask() or ()
    except (GeocoderRateLimited, GeocoderQuotaExceeded) as error:
        raise Away(type(error).__name__, getattr(error, "retry_after", None)) from error
    except (GeocoderParseError, GeocoderQueryError) as error:
        raise Senseless(type(error).__name__) from error
    except GeocoderServiceError as error:  # of the server, or of the way to it
        raise Away(type(error).__name__, None) from error
    except GeopyError as error:
        raise Senseless(type(error).__name__) from error


def _of_nominatim(raw: Mapping[str, Any]) -> Answer:
    try:
        lat, lon, rank = float(raw["lat"]), float(raw["lon"]), int(raw.get("place_rank", 0))
        south, north, west, east = (float(side) for side in raw.get("boundingbox", (lat, lat, lon, lon)))
    except (KeyError, TypeError, ValueError) as error:
        raise Senseless("NoCoordinates") from error
    precision = next((found for least, found in RANKS if rank >= least), Precision.AREA)
    name = str(raw.get("display_name", ""))
    return Answer(lat, lon, precision, float(metres(west, south, east, north)) / 2, name)


def _of_photon(raw: Mapping[str, Any]) -> Answer:
    try:
        lon, lat = (float(number) for number in raw["geometry"]["coordinates"])
        known = raw["properties"]
        west, north, east, south = (float(side) for side in known.get("extent", (lon, lat, lon, lat)))
    except (KeyError, TypeError, ValueError) as error:
        raise Senseless("NoCoordinates") from error
    kind = known.get("type", "")
    otherwise = Precision.SETTLEMENT if kind in PHOTON_SETTLEMENTS else Precision.AREA
    named = (known.get(part) for part in ("name", "street", "housenumber", "city"))
    name = ", ".join(str(part) for part in named if part)
    return Answer(lat, lon, PHOTON.get(kind, otherwise), float(metres(west, south, east, north)) / 2, name)


def _country(raw: Mapping[str, Any]) -> str | None:
    code = (raw.get("properties") or {}).get("countrycode")
    return None if code is None else str(code).upper()


def queue_all(units: Units, *, ask: bool) -> tuple[int, int]:
    """Look through all facilities with an address and no exact position. How many were placed in the middle of
    their settlement, and how many are queued for the geocoder.
    """
    placed = queued = 0
    for region in units.read(lambda work: regions(work.session)):
        after = None
        while True:
            page = units.write(partial(queue_page, region=region, after=after, ask=ask))
            placed, queued, after = placed + page.placed, queued + page.queued, page.after
            if after is None:
                break
    return placed, queued


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and how. sleep: waits so many seconds; clock: now."""

    units: Units
    geocoder: Geocoder
    per_minute: int
    sleep: Callable[[float], None] = time.sleep

    def run(self, most: int | None = None) -> Counter[str]:
        """Ask for the addresses that wait, at most so many; what became of them.

        Ends when there are none, or when the geocoder is away: then nobody asks it until it had its rest.
        """
        became: Counter[str] = Counter()
        while most is None or became.total() < most:
            taken = self.units.write(partial(take, provider=self.geocoder.name))
            if taken is None:
                break
            try:
                became[self._one(taken)] += 1
            except Away as error:
                rest = partial(away, provider=self.geocoder.name, key=taken.key, retry_after=error.retry_after)
                until: datetime = self.units.write(rest)
                log.warning("geocoder_away", said=error.said, until=until.isoformat())
                became["away"] += 1
                break
        return became

    def _one(self, taken: Taken) -> str:
        answers = taken.answers
        if answers is None:
            self._wait()
            try:
                answers = self.geocoder.answers(taken.question, taken.country)
            except Senseless as error:
                self.units.write(partial(puzzled, key=taken.key, why=error.said))
                return "senseless"
            kept = partial(keep_answers, provider=self.geocoder.name, asked=taken.question, answers=answers)
            self.units.write(kept)
        settle = partial(conclude, key=taken.key, provider=self.geocoder.name, answers=answers)
        state: GeocodeState = self.units.write(settle)
        return state.value

    def _wait(self) -> None:
        """Wait for the turn that belongs to this process alone."""
        at, now = self.units.write(lambda work: (turn(work, self.geocoder.name, self.per_minute), work.now))
        if at > now:
            self.sleep((at - now).total_seconds())
