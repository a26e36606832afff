"""The console as a part of the application: its pages, its words, and how it refuses."""

import importlib
import pkgutil
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import structlog
from flask import Flask, Response, g, redirect, request, url_for
from flask_babel import gettext as _
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from api.console import facts, languages, pages, tongues
from api.console.blueprint import blp
from api.console.languages import COOKIE
from api.console.packing import pack
from api.console.page import draw, own_path, wrong_fields
from api.console.pages import sign_in
from api.problems import answer_http, nearest_status
from api.settings import LANGUAGES
from api.signing import csrf
from api.signing.csrf import CrossSite
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
    app.jinja_env.globals.update(facts=facts, asset=asset, csrf=csrf_field)
    app.jinja_env.filters.update(with_language=with_language, own_path=own_path, uuid=UUID, base64=base64)
    for info in pkgutil.iter_modules(pages.__path__):
        importlib.import_module(f"{pages.__name__}.{info.name}")
    app.register_blueprint(blp)
    app.register_error_handler(MethodNotAllowed, other_method)  # known before it is known whose address it is


def asset(name: str) -> str:
    """The address of a file that pages load: it changes with the file, so it can be kept for a year."""
    return url_for("static", filename=f"console/{name}", v=_version(name))


def with_language(address: str, language: str) -> str:
    """The same page in another language."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "lang"]
    return f"{parts.path}?{urlencode([*query, ('lang', language)])}"


def base64(text: str) -> str:
    """A text as pictures in an address spell it."""
    return b64encode(text.encode()).decode()


def csrf_field() -> Markup:
    """The field by which a form shows that it is a page of this session."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(csrf.FIELD, csrf.csrf_token(request))


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
        response = pack(response)
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


@blp.after_request
def name_ourselves(response: Response) -> Response:
    """Have browsers say to us, and to nobody else, from which page a form comes.

    Where no page may be named, a browser sends `Origin: null` with every form, as another site could.
    Source: Fetch, 3.2, "append a request Origin header".
    """
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@blp.errorhandler(Unauthenticated)
def sign_in_first(_error: Unauthenticated) -> Response:
    """Who is not signed in, or not any more, is asked to, and led back to where they were."""
    if request.method == "GET":
        response = redirect(url_for("console.sign_in", next=request.full_path.rstrip("?")), 303)
        assert isinstance(response, Response)  # noqa: S101 - Flask makes no other
        response.headers["Cache-Control"] = "no-store"
        return response
    return sign_in.form(kept=sign_in.keep(), status=401)


@blp.errorhandler(InspectionError)
def refuse(error: InspectionError) -> Response:
    """What the rules refuse and no form shows at its fields."""
    said = " ".join(dict.fromkeys(wrong_fields(error).values()))
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


@blp.errorhandler(CrossSite)
def of_another_session(error: CrossSite) -> Response:
    """A form of before somebody signed in anew: kept, to be sent by a button; of another site nothing."""
    if kept := sign_in.keep():
        return sign_in.send_again(kept, csrf.csrf_token(request), nearest_status(error))
    return refused(_("This is not possible"), wrong_fields(error)[""], nearest_status(error))


@blp.errorhandler(HTTPException)
def refuse_form(error: HTTPException) -> Response:
    """What is refused before a page has read it."""
    if isinstance(error, RequestEntityTooLarge):
        text = _("What you sent is larger than the service takes. Go back: what you typed is still there.")
        return _alone(_("This is too much at once"), text, 413)
    text = _("What was sent did not arrive as a page sends it. Go back and send it once more.")
    return _alone(_("This is not possible"), text, error.code or 400)


def other_method(error: MethodNotAllowed) -> Response:
    """An address that only takes forms, or takes none."""
    if not request.path.startswith(f"{blp.url_prefix}/"):
        return answer_http(error)
    response = _alone(_("There is no such page, or you may not see it"), "", 405)
    response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


@blp.errorhandler(Exception)
def crashed(error: Exception) -> Response:
    """Anything unexpected: the log gets the traceback, the reader a number by which it is found there."""
    log.error("crashed", exc_info=error)
    text = _(
        "It is our fault, and it was written down. Look whether it was done before you send it again. "
        "If it happens again, tell whoever runs the service this number: %(number)s",
        number=g.get("request_id", "—"),
    )
    return _alone(_("This did not work"), text, 500)


def refused(heading: str, text: str, status: int) -> Response:
    """A page that says why there is no other."""
    return draw("refused", status, heading=heading, text=text)


def _alone(heading: str, text: str, status: int) -> Response:
    """The same, where what was sent may be what cannot be read: nothing of it is looked at again."""
    return draw("refused", status, heading=heading, text=text, here=tongues.own_page(), kept_fields=None)
