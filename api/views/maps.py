"""Maps: vector tiles, and GeoJSON for small areas."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, g
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from api.addresses import root
from api.disclosing import discloses
from api.encoding import json_bytes
from api.fields import Float, Query, Schema
from api.openapi import Blueprint
from api.pages import answer_json
from api.resource import Resource
from api.versions import is_held, not_modified
from api.wiring import wiring
from geo import tiles
from inspection import map_choices, maps
from inspection.countries import COUNTRIES
from inspection.tables.disclosures import Kind

blp = Blueprint("maps", __name__, description="Maps of facilities and areas, as far as the caller may see them.")

BINARY = {"type": "string", "format": "binary"}
TILE = {
    "description": "A Mapbox Vector Tile (2.1) of up to three layers; no bytes where there is nothing.",
    "content": {tiles.MEDIA_TYPE: {"schema": BINARY}},
}
HELD_DESCRIPTION = "It is the one that If-None-Match names."
GEOJSON = "application/geo+json"
GROUP_DESCRIPTION = "how far each group can use it: full, partial, conditional, blocked or unknown"
STATE_DESCRIPTION = f"the worst of {', '.join(map_choices.STATES)}"
# What MapLibre and others ask for; https://github.com/mapbox/tilejson-spec, 3.0.0.
LAYERS_DESCRIPTION = (
    {
        "id": "areas",
        "description": "regions, and districts from zoom 5",
        "fields": {
            "code": "KATO or SOATE",
            "level": "1 region, 2 district",
            "parent": "code of the area around it",
        }
        | {"name_kk": "regions from zoom 4, districts from 8", "name_ru": "as name_kk"},
    },
    {
        "id": maps.CLUSTERS,
        "description": "several facilities close together, below zoom 14",
        "fields": {"count": "facilities", "worst": STATE_DESCRIPTION}
        | dict.fromkeys(map_choices.STATES, "facilities whose worst state this is"),
    },
    {
        "id": maps.FACILITIES,
        "description": "single facilities",
        "fields": {"id": "of the facility", "kind": "as in the catalogue", "state": STATE_DESCRIPTION}
        | {"open": "violations that stand", "wheelchair": GROUP_DESCRIPTION, "mobility": GROUP_DESCRIPTION}
        | {"vision": GROUP_DESCRIPTION, "hearing": GROUP_DESCRIPTION, "cognitive": GROUP_DESCRIPTION}
        | {"rough": "there and true where the position is that of a settlement or an address"}
        | {"name_kk": "from zoom 14", "name_ru": "from zoom 14"},
    },
)
SPOT_EXAMPLE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "01890a5d-ac96-774b-bcce-b302099a8057",
            "geometry": {"type": "Point", "coordinates": [76.9286, 43.2567]},
            "properties": {
                "kind": "polyclinic",
                "state": "overdue",
                "open": 3,
                "wheelchair": "blocked",
                "mobility": "partial",
                "vision": "unknown",
                "hearing": "full",
                "cognitive": "unknown",
                "name_kk": "№1 үлгі емханасы",
                "name_ru": "Поликлиника-пример № 1",
            },
        }
    ],
}


class TileQuery(Query):
    """Which facilities are counted and shown; outlines are shown whatever is asked."""

    area = fields.String(
        validate=validate.Length(min=1, max=16),
        metadata={"description": "code of a country, region or district", "example": "750000000"},
    )
    kind = fields.String(validate=validate.Length(min=1, max=64), metadata={"description": "as in the catalogue"})
    state = fields.String(
        validate=validate.OneOf(map_choices.STATES), metadata={"description": "the worst that is known of it"}
    )


@blp.route("/tiles/<int:z>/<int:x>/<int:y>.mvt")
class OneTile(Resource):
    """One vector tile."""

    @blp.doc(responses={200: TILE})
    @blp.arguments(TileQuery, location="query")
    @blp.alt_response(304, description=HELD_DESCRIPTION)
    def get(self, query: dict[str, Any], z: int, x: int, y: int) -> Response:
        """Facilities and areas of one tile: zoom, column and row of Web Mercator, numbered from the north-west."""
        wanted = maps.read_tile(z, x, y)
        etag = maps.tag(g.work.session, g.caller, now=g.work.now)
        if is_held(etag):
            return not_modified(etag)
        choice = map_choices.Choice(**query)
        body = maps.tile(g.work.session, g.caller, wiring().maps, wanted, now=g.work.now, choice=choice)
        response = Response(body, mimetype=tiles.MEDIA_TYPE)
        response.set_etag(etag)
        response.vary.add("Authorization")  # another caller's grants are another tile
        return response


class TileJSONOut(Schema):
    """What a map needs to know of the tiles (TileJSON 3.0)."""

    tilejson = fields.String(required=True)
    tiles = fields.List(fields.String(), required=True)
    minzoom = fields.Integer(required=True)
    maxzoom = fields.Integer(required=True)
    bounds = fields.List(fields.Float(), required=True)
    attribution = fields.String(required=True, metadata={"description": "must be shown on the map"})
    vector_layers = fields.List(fields.Dict(), required=True)


@blp.route("/tiles.json")
class TileJSON(Resource):
    """About the tiles."""

    @blp.arguments(TileQuery, location="query")
    @blp.response(200, TileJSONOut)
    def get(self, query: dict[str, Any]) -> Response:
        """Where the tiles are, what is in them, and whom a map of them must credit."""
        chosen = f"?{urlencode(query)}" if query else ""
        boxes = [country.box for country in COUNTRIES.values()]
        west, south = min(b.west for b in boxes), min(b.south for b in boxes)
        east, north = max(b.east for b in boxes), max(b.north for b in boxes)
        return answer_json(
            {
                "tilejson": "3.0.0",
                "tiles": [f"{root()}/api/v1/tiles/{{z}}/{{x}}/{{y}}.mvt{chosen}"],
                "minzoom": 0,
                "maxzoom": tiles.DEEPEST,
                "bounds": [west, south, east, north],
                "attribution": "; ".join(maps.sources(g.work.session, now=g.work.now)),
                "vector_layers": LAYERS_DESCRIPTION,
            }
        )


class FeatureQuery(Query):
    """Which facilities are wanted."""

    area = fields.String(
        validate=validate.Length(min=1, max=16),
        metadata={"description": "code of a country, region or district", "example": "750000000"},
    )
    bbox = DelimitedList(
        Float(),
        validate=validate.Length(equal=4),
        metadata={"description": "west, south, east, north", "accepted": maps.BOX_ACCEPTED},
    )


class FeatureOut(Schema):
    """A facility as a GeoJSON feature."""

    type = fields.Constant("Feature", required=True)
    id = fields.UUID(required=True)
    geometry = fields.Dict(required=True, allow_none=True, metadata={"description": "null: not located"})
    properties = fields.Dict(required=True, metadata={"description": "as in the layer `facilities` of the tiles"})


class FeaturesOut(Schema):
    """A GeoJSON FeatureCollection (RFC 7946)."""

    type = fields.Constant("FeatureCollection", required=True)
    features = fields.List(fields.Nested(FeatureOut), required=True)


@blp.route("/facilities.geojson")
class Features(Resource):
    """Facilities of a small area."""

    @discloses(Kind.TABLE)
    @blp.arguments(FeatureQuery, location="query")
    @blp.response(200, FeaturesOut, content_type=GEOJSON, example=SPOT_EXAMPLE)
    @blp.alt_response(304, description=HELD_DESCRIPTION)
    def get(self, query: dict[str, Any]) -> Response:
        """The facilities in a box or an area, at most 2,000; of more, ask for tiles."""
        etag = maps.tag(g.work.session, g.caller, now=g.work.now)
        if is_held(etag):
            return not_modified(etag)
        box = maps.read_box(*query["bbox"]) if "bbox" in query else None
        found = maps.features(
            g.work.session, g.caller, wiring().maps, now=g.work.now, box=box, area=query.get("area")
        )
        g.rows_shown = len(found["features"])
        response = Response(json_bytes(found), mimetype=GEOJSON)
        response.set_etag(etag)
        response.vary.add("Authorization")
        return response
