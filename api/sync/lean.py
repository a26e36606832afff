"""Few headers on the answers to tablets: an empty pull is asked for every minute, over a link paid by the byte.

What is left out speaks to browsers that show a page (a policy for its content, what it tells others it came from);
these answers are JSON for a program, and `nosniff` keeps them from being taken for anything else. They are never
stored by a cache, so a cache need not be told what they vary with. A request id that the client did not choose is
in the logs, and in every error.
"""

from flask import Flask, Response, request

BLUEPRINT = "sync"
FOR_PAGES = ("Content-Security-Policy", "Cross-Origin-Resource-Policy", "Referrer-Policy")


def register(app: Flask) -> None:
    """Trim what the application answers. Registered first, it sees every answer last."""
    app.after_request(trim)


def trim(response: Response) -> Response:
    """The answer, without what only pages need."""
    if request.blueprint != BLUEPRINT or response.status_code >= 300:
        return response
    for name in FOR_PAGES:
        response.headers.pop(name, None)
    if "X-Request-ID" not in request.headers:
        response.headers.pop("X-Request-ID", None)
    if "Content-Encoding" not in response.headers and "Origin" not in request.headers:
        response.headers.pop("Vary", None)
    response.headers["Cache-Control"] = "no-store"
    return response
