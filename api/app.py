"""Puts the application together: the one place that knows every part."""

import importlib
import os
import pkgutil
from types import ModuleType

from flask import Flask, Response

import api.commands
import api.views
from api import compression, health, limits, logs, oidc, openapi, problems, uploads
from api.answers import door as answer_page
from api.bodies import Request
from api.console import door as console
from api.encoding import OrjsonProvider
from api.languages import read_phrasebook
from api.policies import DOCUMENT_POLICY, PAGE_POLICY
from api.settings import Settings, read_settings
from api.signing import seen
from api.signing.cookies import BrowserSessions
from api.sync import door, lean, streams
from api.wiring import Wiring, wire, wiring
from api.work import Units
from inspection.database import connect

# What pages may use of a device; nothing.
FEATURES = ",".join(
    f"{name}=()" for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application.

    settings: those of the environment if not given; SettingsRefused if the environment's are wrong. Connects to
    nothing: the database is first asked by a request or a command.
    """
    settings = settings or read_settings(os.environ)
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    equip(app, settings)
    app.request_class = Request
    app.json = OrjsonProvider(app)
    app.session_interface = BrowserSessions()
    # First, and in this order: what is done after a request is done in reverse.
    lean.register(app)
    compression.register(app)
    logs.watch_requests(app)
    app.after_request(_guard)
    seen.register(app)
    problems.register(app)
    app.register_blueprint(health.blp)
    uploads.register(app)
    app.register_blueprint(door.blp)
    limits.register(app)
    app.register_blueprint(answer_page.blp)
    app.register_blueprint(oidc.blp)
    console.register(app)
    api_v1 = openapi.document(app)
    for module in _modules(api.views):
        api_v1.register_blueprint(module.blp)
    for module in _modules(api.commands):
        app.cli.add_command(module.command)
    return app


def equip(app: Flask, settings: Settings) -> None:
    """Give an application all that depends on settings; its routes do not."""
    logs.configure(settings)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    engine = connect(settings.database_url)
    wire(app, Wiring(settings, engine, Units(engine), read_phrasebook()))
    uploads.equip(app)
    streams.equip(app)
    limits.equip(app)


def _modules(package: ModuleType) -> list[ModuleType]:
    """Every module of a package, by name: a view or command belongs to the application by lying there."""
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def _guard(response: Response) -> Response:
    if is_page := response.mimetype == "text/html":
        response.headers.setdefault("Permissions-Policy", FEATURES)
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY if is_page else DOCUMENT_POLICY)
    # Pages of others show nothing of ours; programs that ask with a token are let in by CORS where that is meant.
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if wiring().settings.public_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    response.headers.setdefault("Cache-Control", "private, no-cache")  # keep, but ask before using it again
    return response
