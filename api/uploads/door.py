"""`/uploads/`: tus 1.0.0, as real clients speak it.

Beginning an upload takes a token; afterwards its address is enough, so that an upload never ends because a token
did. While an upload exists a HEAD is answered by 200 or 423 and nothing else: over any other answer clients throw
an upload away and begin again with the first byte.
"""

import secrets
from collections.abc import Callable, Mapping
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, g, request, url_for
from werkzeug.wsgi import get_input_stream

from api import problems
from api.resource import bearer_token
from api.uploads import protocol
from api.uploads.protocol import TusRefusal
from api.uploads.service import Body, Standing, Uploads
from api.work import Work
from inspection import access
from inspection.errors import Fault, InvalidInput, NotFound
from inspection.forms import Fields
from inspection.photos.uploads import Begun, UploadGone, UploadRow, begin

ROOT = "/uploads/"
KEY = "pandus.uploads"
EXPOSED = (
    "Location, Upload-Offset, Upload-Length, Tus-Version, Tus-Resumable, Tus-Max-Size, Tus-Extension, "
    "Tus-Checksum-Algorithm, Upload-Metadata, Upload-Expires, Upload-Defer-Length, Upload-Concat, X-Request-ID"
)
ALLOWED = (
    f"{EXPOSED}, Upload-Checksum, Authorization, Content-Type, X-HTTP-Method-Override, Device-Id, Device-Time, "
    "Accept-Language"
)
AS_THEY_ARE = "the bytes of an upload come as they are"
METHODS = "POST, HEAD, PATCH, DELETE, OPTIONS"

blp = Blueprint("uploads", __name__, url_prefix="/uploads")
log = structlog.get_logger("pandus.uploads")


def service() -> Uploads:
    """The uploads of the current application."""
    found: Uploads = current_app.extensions[KEY]
    return found


@blp.route("/", methods=["POST", "OPTIONS"], strict_slashes=False, provide_automatic_options=False)
def collection() -> Response:
    """Begin an upload, or ask what this address can do."""
    if request.method == "OPTIONS":
        return _options()
    protocol.require_version(request.headers.get("Tus-Resumable"))
    return _create()


@blp.route(
    "/<uuid:upload_id>/<secret>",
    methods=["HEAD", "PATCH", "DELETE", "POST", "OPTIONS"],
    provide_automatic_options=False,
)
def one(upload_id: UUID, secret: str) -> Response:
    """Ask where an upload stands, append to it, or end it."""
    wanted = request.method
    if wanted == "POST":  # some proxies let nothing else through
        wanted = request.headers.get("X-HTTP-Method-Override", "").upper()
    if wanted == "OPTIONS":
        return _options()
    do = DOES.get(wanted)
    if do is None:
        raise TusRefusal("this method means nothing here", accepted="HEAD, PATCH, DELETE, OPTIONS")
    protocol.require_version(request.headers.get("Tus-Resumable"))
    return do(upload_id, secret)


def _options() -> Response:
    headers = {
        "Tus-Version": protocol.VERSION,
        "Tus-Extension": protocol.EXTENSIONS,
        "Tus-Max-Size": str(service().most),
        "Tus-Checksum-Algorithm": ",".join(protocol.ALGORITHMS),
        "Allow": METHODS,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": ALLOWED,
        "Access-Control-Max-Age": "86400",
    }
    return Response(status=204, headers=headers)


def _create() -> Response:
    token = bearer_token(request)
    length = protocol.read_creation(request.headers, most=service().most)
    told = request.headers.get("Upload-Metadata", "").strip()
    sha256 = protocol.told_sha256(protocol.read_metadata(told))
    body = _body() if _has_body() else None
    secret, device_id = secrets.token_urlsafe(24), _device_id()

    def make(work: Work) -> UploadRow:
        g.caller = access.sign_in(work.session, token, now=work.now)
        begun = Begun(work.new_id(), secret, length, told, sha256, device_id)
        return begin(work, g.caller, begun, life=service().life)

    row = service().create(make, length)
    response = Response(status=201)
    response.headers["Location"] = url_for("uploads.one", upload_id=row.id, secret=secret)
    if length == 0:
        standing = service().finish_empty(row)
    elif body is not None:
        standing = service().append(row.id, secret, 0, None, body)
    else:
        standing = Standing(0, length, told, row.expires_at)
    response.headers["Upload-Offset"] = str(standing.offset)
    response.headers["Upload-Expires"] = protocol.as_date(standing.expires_at)
    return response


def _head(upload_id: UUID, secret: str) -> Response:
    try:
        standing = service().standing(upload_id, secret)
    except (NotFound, UploadGone):
        raise
    except protocol.ChecksumDiffers as refusal:
        raise UploadGone(refusal.message) from refusal
    except Exception as error:
        log.warning("head_not_answered", exc_info=error)
        raise protocol.Locked("where this upload stands cannot be said now; try again in a moment") from error
    headers = {
        "Upload-Offset": str(standing.offset),
        "Upload-Expires": protocol.as_date(standing.expires_at),
        "Cache-Control": "no-store",
    }
    if standing.length is None:
        headers["Upload-Defer-Length"] = "1"
    else:
        headers["Upload-Length"] = str(standing.length)
    if standing.told:
        headers["Upload-Metadata"] = standing.told
    return Response(status=200, headers=headers)


def _patch(upload_id: UUID, secret: str) -> Response:
    body = _body()
    offset = protocol.read_offset(request.headers.get("Upload-Offset"))
    said = request.headers.get("Upload-Length")
    length = None if said is None else protocol.read_length(said, most=service().most)
    standing = service().append(upload_id, secret, offset, length, body)
    headers = {
        "Upload-Offset": str(standing.offset),
        "Upload-Expires": protocol.as_date(standing.expires_at),
    }
    return Response(status=204, headers=headers)


def _delete(upload_id: UUID, secret: str) -> Response:
    service().end(upload_id, secret)
    return Response(status=204)


DOES: Mapping[str, Callable[[UUID, str], Response]] = {"HEAD": _head, "PATCH": _patch, "DELETE": _delete}


def _has_body() -> bool:
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def _body() -> Body:
    if request.mimetype != protocol.BYTES:
        raise protocol.WrongBody(AS_THEY_ARE, accepted=protocol.BYTES)
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise protocol.WrongBody(AS_THEY_ARE, accepted="Content-Encoding: identity")
    # Flask's own limit is that of JSON bodies; here the length of the upload limits what is read.
    stream = get_input_stream(request.environ)
    return Body(stream, request.content_length, protocol.read_checksum(request.headers.get("Upload-Checksum")))


def _device_id() -> UUID | None:
    faults: list[Fault] = []
    device = Fields({"Device-Id": request.headers.get("Device-Id")}, "", faults).uuid("Device-Id")
    if faults:
        raise InvalidInput(faults)
    return device


@blp.errorhandler(TusRefusal)
def answer_refusal(refusal: TusRefusal) -> Response:
    """A refusal of the protocol as a problem. Every other one is answered as everywhere (`api/problems.py`)."""
    headers = [("Tus-Version", protocol.VERSION)] if refusal.status == 412 else []
    if refusal.retry_after is not None:
        headers.append(("Retry-After", str(refusal.retry_after)))
    return problems.problem(
        refusal.slug, refusal.status, detail=refusal.message, members=refusal.members, headers=headers
    )


@blp.errorhandler(UploadGone)
def answer_gone(refusal: UploadGone) -> Response:
    """An upload that was there once."""
    return problems.problem(refusal.slug, 410, detail=refusal.message)


def speak_tus(response: Response) -> Response:
    """What every answer under /uploads/ carries, also those of requests that reached no view."""
    if not request.path.startswith(ROOT.rstrip("/")):
        return response
    response.headers["Tus-Resumable"] = protocol.VERSION
    if request.method == "HEAD":
        response.headers["Cache-Control"] = "no-store"
    if origin := request.headers.get("Origin"):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        response.vary.add("Origin")
    return response
