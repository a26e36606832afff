"""The cookies of browsers: the session, the device, and a small signed one for what comes before signing in.

Behind https they are `__Host-` cookies: only this very host sets them, and only over TLS.
"""

from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from api.keys import keys
from api.settings import Settings
from api.wiring import KEY, Wiring, wiring

SESSION, DEVICE, BEFORE = "pandus", "pandus-device", "pandus-before"
PREFIX = "pds_"  # of the secret in the first: found where it should not be
LONGEST = 100
DEVICE_LASTS = 400 * 24 * 3600  # seconds: as long as browsers keep anything
PURPOSE = b"browser"


def name(settings: Settings, what: str) -> str:
    """What a cookie is called."""
    return f"__Host-{what}" if is_secure(settings) else what


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach this installation over TLS."""
    return settings.public_url.startswith("https://")


def session_secret(request: Request) -> str | None:
    """What the session cookie holds, if there is one that could be ours."""
    if "HTTP_COOKIE" not in request.environ:  # most requests are of tablets
        return None
    held = request.cookies.get(name(wiring().settings, SESSION), "")
    return held if held.startswith(PREFIX) and len(held) <= LONGEST else None


def device_text(request: Request) -> str | None:
    """What the device cookie holds."""
    return request.cookies.get(name(wiring().settings, DEVICE))


def give_session(response: Response, secret: str) -> None:
    """Sign a browser in, until it is closed or the session ends."""
    _set(response, SESSION, secret)


def take_session(response: Response) -> None:
    """Have a browser forget its session."""
    _set(response, SESSION, "", max_age=0)


def give_device(response: Response, text: str) -> None:
    """Have a browser remember which device it is."""
    _set(response, DEVICE, text, max_age=DEVICE_LASTS)


def _set(response: Response, what: str, value: str, **how: Any) -> None:
    settings = wiring().settings
    secure = is_secure(settings)
    response.set_cookie(name(settings, what), value, path="/", httponly=True, samesite="Lax", secure=secure, **how)


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, under keys of the key file that are first read when somebody needs them."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; without one nothing is looked at."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if it has changed."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        """Signs with the first key and believes all."""
        held = [key.hex() for key in keys(_parts(app).settings).derived(PURPOSE)]
        how = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
        return URLSafeTimedSerializer(
            held[::-1],
            salt=self.salt,
            serializer=self.serializer,
            signer_kwargs=how,  # the last one signs
        )

    def get_cookie_name(self, app: Flask) -> str:
        """By the scheme of the public address."""
        return name(_parts(app).settings, BEFORE)

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002
        """As `__Host-` demands."""
        return "/"

    def get_cookie_secure(self, app: Flask) -> bool:
        """By the scheme of the public address."""
        return is_secure(_parts(app).settings)

    def get_cookie_samesite(self, app: Flask) -> str:  # noqa: ARG002
        """Lax: a provider of identities sends browsers back here."""
        return "Lax"


def _parts(app: Flask) -> Wiring:
    parts: Wiring = app.extensions[KEY]
    return parts
