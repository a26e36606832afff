"""A tour for other programs: GeoJSON for maps, GPX for navigators. Both show what the tour itself shows."""

import re
from collections.abc import Mapping
from typing import Any

import gpxpy.gpx

CREATOR = "Pandus"
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def geojson(tour: Mapping[str, Any]) -> dict[str, Any]:
    """A FeatureCollection: the start, each stop in order, and the straight lines between. Source: RFC 7946."""
    start = _spot(tour["start"])
    line = [start, *(_spot(stop) for stop in tour["stops"]), *([start] if tour["returns"] else [])]
    features = [_feature("Point", start, {"role": "start", "begins_at": tour["begins_at"]})]
    for number, stop in enumerate(tour["stops"], start=1):
        about = {name: value for name, value in stop.items() if name not in ("lat", "lon")}
        features.append(_feature("Point", _spot(stop), {"role": "stop", "number": number, **about}))
    if len(line) > 1:
        features.append(_feature("LineString", line, {"role": "way", "travel": tour["travel"]}))
    return {"type": "FeatureCollection", "features": features}


def gpx(tour: Mapping[str, Any], language: str) -> str:
    """A GPX 1.1 document with a waypoint and a route point for each stop, at the time of arrival.

    language: of the names: kk, or else ru. Source: https://www.topografix.com/GPX/1/1/.
    """
    document = gpxpy.gpx.GPX()
    document.creator = CREATOR
    document.time = tour["accepted_at"] or tour["made_at"]
    route = gpxpy.gpx.GPXRoute(name=str(tour["day"]))
    start = tour["start"]
    route.points.append(
        gpxpy.gpx.GPXRoutePoint(start["lat"], start["lon"], time=tour["begins_at"], name="0", symbol="Flag")
    )
    for number, stop in enumerate(tour["stops"], start=1):
        named: dict[str, Any] = {"name": _for_xml(f"{number}. {name_in(stop, language)}")}
        named["comment"] = _for_xml(address_in(stop, language) or "") or None
        at = stop["arrives_at"]
        document.waypoints.append(gpxpy.gpx.GPXWaypoint(stop["lat"], stop["lon"], time=at, **named))
        route.points.append(gpxpy.gpx.GPXRoutePoint(stop["lat"], stop["lon"], time=at, **named))
    if tour["returns"] and tour["stops"]:
        back = gpxpy.gpx.GPXRoutePoint(start["lat"], start["lon"], time=tour["ends_at"], name="0", symbol="Flag")
        route.points.append(back)
    document.routes.append(route)
    return str(document.to_xml(version="1.1"))


def _for_xml(text: str) -> str:
    """The text without what XML has no way to write. Source: XML 1.0, production 2."""
    return NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def name_in(stop: Mapping[str, Any], language: str) -> str:
    """The facility's name in a language."""
    return str(stop["name_kk"] if language == "kk" else stop["name_ru"])


def address_in(stop: Mapping[str, Any], language: str) -> str | None:
    """The facility's address in a language, or in the other where it has none."""
    kk, ru = stop["address_kk"], stop["address_ru"]
    address: str | None = (kk or ru) if language == "kk" else (ru or kk)
    return address


def _spot(place: Mapping[str, Any]) -> list[float]:
    return [round(place["lon"], 6), round(place["lat"], 6)]


def _feature(kind: str, coordinates: list[Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}
