"""Requests that another site had a browser send: told by where they say they come from, and by a token.

The token is Flask-WTF's, over a seed that is the hash of the session's secret; before signing in the seed is
random and lies in the small signed cookie. So a token of another session, or of before, is worth nothing.
"""

from hashlib import sha256
from urllib.parse import urlsplit

from flask import Request, g, session
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from api.answers.tokens import public_url
from api.keys import keys
from api.signing.cookies import session_secret
from api.wiring import wiring
from inspection.errors import Forbidden

HEADER, FIELD = "X-CSRF-Token", "csrf_token"
PURPOSE = b"csrf"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class CrossSite(Forbidden):
    """The request does not come from a page of ours, or from one of another session."""

    slug = "cross-site"


def csrf_token(request: Request) -> str:
    """The token that forms and scripts of this browser send along."""
    _seed(session_secret(request))
    token: str = generate_csrf(secret_key=_keys()[0], token_key=FIELD)
    return token


def bind(secret: str) -> str:
    """The token for a session that begins with this answer."""
    _seed(secret)
    token: str = generate_csrf(secret_key=_keys()[0], token_key=FIELD)
    return token


def require_own_page(request: Request) -> None:
    """Refuse what a browser says another site sent. Raises CrossSite.

    Source: Fetch Metadata, 2.4; RFC 6454, 7. What is no browser sends neither, and has no cookies of ours either.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin", "none") or (origin is not None and not _is_ours(origin, request)):
        raise CrossSite("this request was sent by a page of another site")


def require_token(request: Request, secret: str | None) -> None:
    """Refuse a request without the token of its session, or of before where there is none. Raises CrossSite.

    A body is only looked into where it is a form.
    """
    require_own_page(request)
    given = request.headers.get(HEADER)
    if given is None and request.mimetype in FORMS:
        given = request.form.get(FIELD)
    _seed(secret)
    if not any(_is_valid(given, key) for key in _keys()):
        raise CrossSite("the token against forged requests is missing or of another session")


def _is_valid(given: str | None, key: str) -> bool:
    try:
        validate_csrf(given, secret_key=key, time_limit=None, token_key=FIELD)
    except ValidationError:
        return False
    return True


def _seed(secret: str | None) -> None:
    """Put the seed that belongs to a session where the library looks for it."""
    if secret is not None:
        seed = sha256(PURPOSE + b"\0" + secret.encode(errors="surrogatepass")).hexdigest()
        if session.get(FIELD) != seed:
            session[FIELD] = seed
            g.pop(FIELD, None)


def _is_ours(origin: str, request: Request) -> bool:
    base = public_url(wiring().settings)
    named = urlsplit(origin)
    ours = {request.host.lower(), *([urlsplit(base).netloc.lower()] if base else [])}
    return named.scheme in ("http", "https") and named.netloc.lower() in ours


def _keys() -> list[str]:
    return [key.hex() for key in keys(wiring().settings).derived(PURPOSE)]
