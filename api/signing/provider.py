"""A provider of identities that speaks OpenID Connect: the way there, and who it says has come back.

Code flow with PKCE, state and nonce by Authlib. What the provider says is checked: issuer, audience, time, nonce.
No unit of work is open while it is asked. Authlib is loaded by who needs it: most installations have no provider.
"""

# ruff: noqa: PLC0415

from functools import cache
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Response

from api.answers.tokens import public_url
from api.settings import Settings
from inspection.errors import InspectionError, NotFound, Unauthenticated
from inspection.signing.identities import Identity

NAME = "oidc"
CALLBACK = "/sign-in/oidc/callback"
SCOPE = "openid"  # nothing about them but who they are
PATIENCE = 5  # seconds that the provider may take to answer
LEEWAY = 60  # seconds that its clock may be off
LONGEST = 255  # characters of a subject; OpenID Connect Core, 2

log = structlog.get_logger("pandus.signing")


class ProviderRefused(Unauthenticated):
    """The provider did not vouch for anybody, or what it said does not hold."""

    slug = "provider-refused"


class ProviderAway(InspectionError):
    """The provider cannot be reached or does not answer as it should."""

    slug = "provider-away"


def shown_name(settings: Settings) -> str | None:
    """How pages call the provider; None where there is none."""
    if not _is_set(settings):
        return None
    return settings.oidc_name or urlsplit(settings.oidc_issuer).netloc


def way_there(settings: Settings) -> Response:
    """A redirection to the provider. Raises NotFound where there is none, ProviderAway."""
    import requests
    from authlib.integrations.base_client import OAuthError

    base = public_url(settings)
    if not _is_set(settings) or base is None:
        raise NotFound("there is no such object")
    try:
        response: Response = _client(settings).authorize_redirect(base + CALLBACK)
    except (OAuthError, requests.RequestException, RuntimeError, LookupError, ValueError, TypeError) as error:
        raise ProviderAway("the provider of identities cannot be reached") from error
    return response


def who_came(settings: Settings) -> Identity:
    """Whom the provider says it has signed in, from the request that it sent the browser back with.

    Raises ProviderRefused, also for one that was seen before or was not begun here, ProviderAway, NotFound.
    """
    import requests
    from authlib.integrations.base_client import OAuthError
    from joserfc.errors import JoseError

    if not _is_set(settings):
        raise NotFound("there is no such object")
    wanted = {"iss": settings.oidc_issuer, "aud": settings.oidc_client_id}
    options = {claim: {"essential": True, "value": value} for claim, value in wanted.items()}
    try:
        said = _client(settings).authorize_access_token(claims_options=options, leeway=LEEWAY)
    except (OAuthError, JoseError) as error:
        log.warning("provider_refused", error=type(error).__name__)
        raise ProviderRefused("the provider of identities did not vouch for anybody") from error
    except (requests.RequestException, RuntimeError, LookupError, ValueError, TypeError, AttributeError) as error:
        # What is no answer in the protocol at all stumbles anywhere in the library.
        raise ProviderAway("the provider of identities cannot be reached") from error
    subject = (said.get("userinfo") or {}).get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST or "\0" in subject:
        raise ProviderRefused("the provider of identities did not vouch for anybody")
    return Identity(settings.oidc_issuer, subject)


def _is_set(settings: Settings) -> bool:
    return bool(settings.oidc_issuer and settings.oidc_client_id)


def _client(settings: Settings) -> Any:
    return _made(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)


@cache
def _made(issuer: str, client_id: str, client_secret: str) -> Any:
    from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App

    return FlaskOAuth2App(
        FlaskIntegration(NAME),
        NAME,
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "default_timeout": PATIENCE},
    )
