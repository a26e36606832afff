"""The console as a part of the application: its pages, its words, and how it refuses."""

import importlib
import pkgutil
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import structlog
from flask import Flask, Response, redirect, request, url_for
from flask_babel import gettext as _
from jinja2 import StrictUndefined
from markupsafe import Markup

from api.console import facts, languages, pages
from api.console.blueprint import blp
from api.console.languages import COOKIE
from api.console.page import draw
from api.problems import nearest_status
from api.settings import LANGUAGES
from api.wiring import wiring
from inspection.errors import Forbidden, InspectionError, NotFound, Unauthenticated

ASSETS = Path(__file__).parent.parent / "static" / "console"
A_YEAR = 365 * 24 * 3600
log = structlog.get_logger("pandus.console")


def register(app: Flask) -> None:
    """Serve the console with an application."""
    languages.register(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.autoescape = True  # Flask alone would escape `.html` only, and these are `.html.j2`
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(facts=facts, asset=asset, csrf=csrf)
    app.jinja_env.filters.update(with_language=with_language, own_path=own_path, uuid=UUID)
    for info in pkgutil.iter_modules(pages.__path__):
        importlib.import_module(f"{pages.__name__}.{info.name}")
    app.register_blueprint(blp)


def asset(name: str) -> str:
    """The address of a file that pages load: it changes with the file, so it can be kept for a year."""
    return url_for("static", filename=f"console/{name}", v=_version(name))


def with_language(address: str, language: str) -> str:
    """The same page in another language."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "lang"]
    return f"{parts.path}?{urlencode([*query, ('lang', language)])}"


def own_path(address: str | None) -> str | None:
    """An address if it is one of the console, else None."""
    parts = urlsplit(address or "")
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/console")
    return address if ours else None


def csrf() -> Markup:
    """The field by which a form shows that it is ours."""
    return Markup("")


_VERSIONS: dict[str, str] = {}


def _version(name: str) -> str:
    if name not in _VERSIONS:
        _VERSIONS[name] = sha256((ASSETS / name).read_bytes()).hexdigest()[:12]
    return _VERSIONS[name]


@blp.after_app_request
def keep_assets(response: Response) -> Response:
    """What an address with a version leads to never changes."""
    if request.endpoint == "static" and "v" in request.args and response.status_code in (200, 304):
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


@blp.after_request
def keep_language(response: Response) -> Response:
    """Whoever chose a language gets it on the next page, too."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES and asked != request.cookies.get(COOKIE):
        secure = wiring().settings.public_url.startswith("https://")
        response.set_cookie(
            COOKIE, asked, max_age=A_YEAR, path="/console", secure=secure, httponly=True, samesite="Lax"
        )
    return response


@blp.errorhandler(Unauthenticated)
def sign_in_first(_error: Unauthenticated) -> Response:
    """Who is not signed in, or not any more, is asked to, and led back to where they were."""
    if request.method == "GET":
        response = redirect(url_for("console.sign_in", next=request.full_path.rstrip("?")), 303)
        assert isinstance(response, Response)  # noqa: S101 - Flask makes no other
        response.headers["Cache-Control"] = "no-store"
        return response
    return refused(
        _("You are not signed in any more"), _("Sign in again in another window, then send this page again."), 401
    )


@blp.errorhandler(InspectionError)
def refuse(error: InspectionError) -> Response:
    """What the rules refuse and no form shows at its fields."""
    said = wiring().phrasebook.say(error.message, languages.language())
    status = nearest_status(error)
    if isinstance(error, NotFound):
        return refused(_("There is no such page, or you may not see it"), said, status)
    if isinstance(error, Forbidden):
        return refused(_("Your role does not allow this"), said, status)
    if status >= 500:
        log.warning("console_away", exc_info=error)
        return refused(
            _("This does not work at the moment"), _("Nothing was lost. Try again in a minute."), status
        )
    return refused(_("This is not possible"), said, status)


def refused(heading: str, text: str, status: int) -> Response:
    """A page that says why there is no other."""
    return draw("refused", status, heading=heading, text=text)
