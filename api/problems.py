"""Refusals as RFC 9457 problem documents: one table from what was refused to a status and words.

Views never catch a domain error. The same form answers validation, routing and crashes, in the reader's language.
`title` says what kind of refusal it is, `detail` what happened this time; `errors` lists fields with the reason
and what would be accepted, `accepted` says it for the request as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from flask_limiter.errors import RateLimitExceeded
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from api.accepted import ONE_OF
from api.disclosing import NotRecorded
from api.languages import wanted_language
from api.limits import AT_MOST, TooManyRequests
from api.parsing import MalformedBody, UnsupportedMediaType
from api.pressure import Full
from api.signing.csrf import CrossSite
from api.signing.hashing import Crowded
from api.signing.provider import ProviderAway, ProviderRefused
from api.sync.refusals import BatchTooLarge, OutdatedClient
from api.wiring import wiring
from api.work import DatabaseAway, TakesTooLong
from inspection.answers.links import LinkOver
from inspection.answers.replying import TooManyReplies
from inspection.errors import (
    AlreadyDifferent,
    Busy,
    DoesNotApply,
    Forbidden,
    InspectionError,
    InvalidInput,
    NotFound,
    NotPaired,
    StaleVersion,
    TokenOver,
    Unauthenticated,
    WrongCode,
)
from inspection.signing.refusals import (
    InvitationOver,
    NotLinked,
    SignInOver,
    TooManyAttempts,
    WrongProof,
    WrongSignIn,
)

CONTENT_TYPE = "application/problem+json"
MOST_ERRORS = 100  # a document with more faults is told how many were left out
RESERVED = {"type", "title", "status", "detail", "request_id"}
# RxDB's replication dies for good of an error without a truthy `error`.
FOR_TABLETS = ("/sync/", "/uploads/")

log = structlog.get_logger("pandus.problems")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal. title and detail are msgids of the catalogs; slug is its stable name."""

    slug: str
    title: str
    detail: str


# Domain error to status. An error class that is not listed takes the status of the nearest class above it.
STATUS: Mapping[type[InspectionError], int] = {
    InspectionError: 422,
    InvalidInput: 422,
    MalformedBody: 400,
    Unauthenticated: 401,
    TokenOver: 401,
    NotPaired: 401,
    WrongCode: 401,
    WrongSignIn: 401,
    SignInOver: 401,
    NotLinked: 401,
    ProviderRefused: 401,
    Forbidden: 403,
    CrossSite: 403,
    WrongProof: 403,
    NotFound: 404,
    AlreadyDifferent: 409,
    DoesNotApply: 409,
    StaleVersion: 412,
    BatchTooLarge: 413,
    OutdatedClient: 426,
    LinkOver: 410,
    InvitationOver: 410,
    TooManyReplies: 429,
    TooManyAttempts: 429,
    TooManyRequests: 429,
    UnsupportedMediaType: 415,
    Busy: 503,
    DatabaseAway: 503,
    NotRecorded: 503,
    TakesTooLong: 503,
    Full: 503,
    Crowded: 503,
    ProviderAway: 503,
}
HEADERS: Mapping[type[InspectionError], Mapping[str, str]] = {
    Unauthenticated: {"WWW-Authenticate": 'Bearer realm="pandus"'},
    Busy: {"Retry-After": "1"},
    DatabaseAway: {"Retry-After": "5"},
    NotRecorded: {"Retry-After": "5"},
    Full: {"Retry-After": "60"},
    Crowded: {"Retry-After": "2"},
    ProviderAway: {"Retry-After": "30"},
}
ACCEPTED: Mapping[type[InspectionError], str] = {
    Unauthenticated: (BEARER := "the header Authorization: Bearer, followed by your token"),
    NotPaired: (CODE := "a code made for this tablet within the last quarter of an hour"),
    WrongCode: CODE,
    WrongSignIn: (SIGN_IN := "address, password and the code that the app shows now, or a recovery code"),
    SignInOver: SIGN_IN,
    CrossSite: (OWN_PAGE := "a request of a page of this server, with the token of its session in X-CSRF-Token"),
    InvitationOver: (ANOTHER := "an invitation of the last three days that nobody has used"),
    NotLinked: ANOTHER,
    TakesTooLong: (LESS := "a smaller area, a shorter time or fewer rows"),
}

KINDS: Mapping[str, Kind] = {
    kind.slug: kind
    for kind in (
        Kind("refused", "The request was refused", "The request breaks a rule of inspections."),
        Kind("invalid-input", "Some values cannot be accepted", "Correct the listed fields and send again."),
        Kind("unknown-unit", "Unknown unit", "Pandus does not know this unit."),
        Kind("not-convertible", "Not convertible", "The value cannot be expressed in this unit."),
        Kind("catalogue-refused", "The catalogue cannot be published", "Correct everything listed and try again."),
        Kind("malformed", "The request cannot be read", "The body is not what its Content-Type says."),
        Kind("unauthenticated", "Sign in first", "There is no valid token in the request."),
        Kind("token-over", "The access token is over", "Ask for another with the refresh token."),
        Kind("not-paired", "The tablet has to be paired", "Ask an official for a new code."),
        Kind("wrong-code", "The code is not known", "It is misspelled, over, or was used. Ask for a new one."),
        Kind("wrong-sign-in", "Not signed in", "The address, the password or the code is wrong."),
        Kind("sign-in-over", "Sign in again", "It was too long ago, or somebody ended it."),
        Kind("not-linked", "Nobody is linked to this", "An administrator can send you an invitation."),
        Kind("provider-refused", "Not signed in", "The provider of identities did not say who you are."),
        Kind("provider-away", "The provider cannot be reached", "Sign in by password, or try again later."),
        Kind("wrong-proof", "Is it still you?", "The password or the code is wrong."),
        Kind("cross-site", "Not from here", "Load the page again and send it once more."),
        Kind("invitation-over", "The invitation is over", "Ask an administrator for another one."),
        Kind("too-many-attempts", "Too many attempts", "Wait before the next one."),
        Kind("crowded", "Many are signing in", "Send the request again in a moment."),
        Kind("forbidden", "Not allowed", "Your role does not allow this."),
        Kind("not-found", "Not found", "There is no such object, or you may not see it."),
        Kind("no-such-address", "No such address", "Nothing is served at this address."),
        Kind("method-not-allowed", "Method not allowed", "This address exists but does not take this method."),
        Kind("id-taken", "The id is taken", "Another document with other content has this id."),
        Kind("number-taken", "The number is taken", "Another operator of the region has this number."),
        Kind(
            "fine-number-taken", "The number is taken", "Another fine of this department and year has this number."
        ),
        Kind("does-not-apply", "Not possible in this state", "The object is not in a state that allows this."),
        Kind("stale-version", "The document has changed", "Somebody changed it since you read it. Read it again."),
        Kind("too-large", "The body is too large", "Send less at once."),
        Kind("batch-too-large", "Too many rows at once", "Send half of the rows."),
        Kind("link-over", "The link is over", "It has expired or was revoked."),
        Kind("too-many-replies", "Too many answers", "Try again tomorrow."),
        Kind("upload-gone", "The upload is gone", "It has ended or expired; begin a new one."),
        Kind("outdated-client", "The app is too old", "This schema version cannot be read any more."),
        Kind("unsupported-media-type", "Unsupported kind of body", "This address does not read such a body."),
        Kind("precondition-required", "A version is required", "Say in If-Match which version you have read."),
        Kind("too-many-requests", "Too many requests", "Wait a little before the next request."),
        Kind("internal", "The server failed", "It is our fault. Tell us the request_id if it happens again."),
        Kind("busy", "Busy", "Others are changing the same objects. Send the request again."),
        Kind(
            "database-away", "The database cannot be reached", "Nothing was changed. Send the request again later."
        ),
        Kind(
            "not-recorded", "It cannot be shown now", "Who is shown this must be recorded first. Try again later."
        ),
        Kind("takes-too-long", "This takes too long", "Ask for less at once: a smaller area or a shorter time."),
        Kind("full", "No room for more", "Nothing of this was read. Keep what you have and send it again later."),
        Kind("not-ready", "Not ready", "The server is not ready to take requests."),
        Kind("http", "The request was refused", "The server cannot answer this request."),
    )
}
OF_STATUS = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "no-such-address",
    405: "method-not-allowed",
    412: "stale-version",
    413: "too-large",
    415: "unsupported-media-type",
    428: "precondition-required",
    429: "too-many-requests",
    500: "internal",
    503: "busy",
}
BODY_LIMIT = "a body of at most {limit} bytes"
METHODS = "one of these methods: {methods}"
SENTENCES = (BEARER, CODE, SIGN_IN, OWN_PAGE, ANOTHER, LESS, BODY_LIMIT, METHODS)


def problem(
    slug: str,
    status: int,
    *,
    detail: str | None = None,
    members: Mapping[str, Any] | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> Response:
    """A problem document as a response, in the reader's language.

    slug: one of KINDS, or another stable name, which is then described by the status. detail: an English sentence
    of this case; used only if the catalogs know it, because any other was not written for people.
    """
    parts = wiring()
    language = wanted_language(parts.settings.default_language)
    kind = KINDS.get(slug) or KINDS[OF_STATUS.get(status, "http")]
    said = detail if detail is not None and parts.phrasebook.knows(detail) else kind.detail
    document = {
        "type": f"/problems/{slug}",
        "title": parts.phrasebook.say(kind.title, language),
        "status": status,
        "detail": _as_sentence(parts.phrasebook.say(said, language)),
        "request_id": g.get("request_id"),
        **_translated({k: v for k, v in (members or {}).items() if k not in RESERVED}, language),
    }
    if request.path.startswith(FOR_TABLETS):
        document |= {"error": True, "code": status}
    response = Response(current_app.json.dumps(document), status, mimetype=CONTENT_TYPE)
    for name, value in headers:
        response.headers[name] = value
    response.headers["Content-Language"] = language
    response.vary.add("Accept-Language")
    return response


def _as_sentence(said: str) -> str:
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "!", "?")) else ".")


def _translated(members: dict[str, Any], language: str) -> dict[str, Any]:
    say = wiring().phrasebook.say
    if isinstance(accepted := members.get("accepted"), list | tuple):
        accepted = ONE_OF.format(choices=", ".join(say(str(each), language) for each in accepted))
    if accepted is not None:
        members["accepted"] = say(str(accepted), language)
    if errors := members.get("errors"):
        members["errors"] = [
            e | {"reason": say(e["reason"], language), "accepted": say(e["accepted"], language)}
            for e in errors[:MOST_ERRORS]
        ]
        if len(errors) > MOST_ERRORS:
            members["errors_left_out"] = len(errors) - MOST_ERRORS
    return members


def answer_refusal(error: InspectionError) -> Response:
    """A domain error as a problem."""
    cause = _nearest(type(error), STATUS)
    members = dict(error.members)
    if accepted := ACCEPTED.get(cause):
        members.setdefault("accepted", accepted)
    headers = dict(HEADERS.get(cause, {}))
    if "retry_after" in members:
        headers["Retry-After"] = str(members["retry_after"])
    if STATUS[cause] >= 500:
        log.warning("refused_by_server", problem=error.slug, exc_info=error)
    return problem(
        error.slug,
        STATUS[cause],
        detail=error.message,
        members=members,
        headers=list(headers.items()),
    )


def nearest_status(error: InspectionError) -> int:
    """The HTTP status that a domain error is answered with."""
    return STATUS[_nearest(type(error), STATUS)]


def answer_http(error: HTTPException) -> Response:
    """A refusal of Flask or Werkzeug (404, 405, 413, ...) as a problem, with its headers (405 keeps Allow)."""
    status = error.code or 500
    members = {}
    if isinstance(error, RequestEntityTooLarge):
        members["accepted"] = BODY_LIMIT.format(limit=request.max_content_length)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        members["accepted"] = METHODS.format(methods=", ".join(sorted(error.valid_methods)))
    headers = [(n, v) for n, v in error.get_headers(request.environ) if n.lower() != "content-type"]
    if isinstance(error, RateLimitExceeded):
        limit = error.limit.limit
        members["accepted"] = AT_MOST.format(most=limit.amount, seconds=limit.get_expiry())
        headers.append(("Retry-After", str(limit.get_expiry())))
    if status == 401:
        headers += HEADERS[Unauthenticated].items()
    return problem(OF_STATUS.get(status, "http"), status, members=members, headers=headers)


def answer_crash(error: Exception) -> Response:
    """Anything unexpected: the log gets the traceback, the caller only the request's id."""
    log.error("crashed", exc_info=error)
    return problem("internal", 500)


def register(app: Flask) -> None:
    """Answer every error of the application with a problem."""
    app.register_error_handler(InspectionError, answer_refusal)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, answer_crash)


def _nearest(kind: type[InspectionError], table: Mapping[type[InspectionError], object]) -> type[InspectionError]:
    return next(c for c in kind.__mro__ if c in table)
