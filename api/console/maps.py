"""What every page with a map tells its script, and what such a page may load beyond other pages."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request
from flask_babel import get_locale
from flask_babel import gettext as _

from api.console.blueprint import blp
from api.policies import DOCUMENT_POLICY, page_policy
from api.wiring import wiring

WORKER = "console/maplibre/maplibre-gl-csp-worker.js"


def ground() -> dict[str, Any]:
    """Where the tiles are, what streets lie under them if any, in which language names come, and the words."""
    settings = wiring().settings
    return {
        "tiles": "/api/v1/tiles.json",
        "streets": settings.map_tiles,
        "credit": settings.map_credit,
        "name": "name_kk" if get_locale().language == "kk" else "name_ru",
        "words": dict(_words()),
    }


def _words() -> Iterator[tuple[str, str]]:
    yield "loading", _("The map is loading.")
    yield "ready", _("The map is shown. Everything on it is in the list, too.")
    yield "broken", _("The map cannot be drawn here. The list shows the same places.")
    yield "away", _("A part of the map did not arrive. The list shows the same places.")
    yield "signed_out", _("You are not signed in any more")
    yield "Map.Title", _("Map of places. Arrow keys move it, plus and minus zoom.")
    yield "NavigationControl.ZoomIn", _("Zoom in")
    yield "NavigationControl.ZoomOut", _("Zoom out")
    yield "Popup.Close", _("Close")
    yield "AttributionControl.ToggleAttribution", _("Sources of the map")
    yield "CooperativeGesturesHandler.WindowsHelpText", _("Hold Ctrl and turn the wheel to zoom")
    yield "CooperativeGesturesHandler.MacHelpText", _("Hold ⌘ and turn the wheel to zoom")
    yield "CooperativeGesturesHandler.MobileHelpText", _("Move the map with two fingers")


def let_draw(response: Response) -> Response:
    """Let a page run our worker of the map, draw pictures it has made, and ask the server of streets if any."""
    streets = urlsplit(wiring().settings.map_tiles)
    server = f" {streets.scheme}://{streets.netloc}" if streets.netloc else ""
    response.headers["Content-Security-Policy"] = page_policy(
        {"worker-src": "'self'", "connect-src": f"'self'{server}", "img-src": f"'self' data: blob:{server}"}
    )
    return response


@blp.after_app_request
def let_worker_ask(response: Response) -> Response:
    """The worker of the map asks for tiles. It obeys the policy of its own file and not that of the page."""
    if request.endpoint == "static" and (request.view_args or {}).get("filename") == WORKER:
        response.headers["Content-Security-Policy"] = f"{DOCUMENT_POLICY}; connect-src 'self'"
    return response
