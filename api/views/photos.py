"""Photos of audits: what is said of them, what can be seen of them, and what is still missing."""

from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask.views import MethodView
from marshmallow import fields, validate

from api.fields import Integer, Moment, Schema
from api.languages import wanted_language
from api.openapi import Blueprint
from api.pages import answer_json
from api.parsing import refuse_query
from api.photo_store import current_store
from api.resource import Resource, credential
from api.wiring import wiring
from api.work import Work
from inspection import access
from inspection.photos import listing
from inspection.photos.listing import Shown
from inspection.tables.photos import BlobState

blp = Blueprint("photos", __name__, description="Photos of audits. Their bytes are sent to /uploads/ (tus 1.0).")

# Counted up when copies are made in another way: what is shown under one ETag never changes.
EDITION = 1
A_YEAR = 31_536_000  # seconds
BINARY = {"type": "string", "format": "binary"}
JPEG = {"content": {"image/jpeg": {"schema": BINARY}}}


class PhotoOut(Schema):
    """A photo as the tablet described it, and what became of its bytes."""

    id = fields.UUID()
    rev = Integer()
    audit_id = fields.UUID()
    facility_id = fields.UUID()
    country = fields.String()
    region_code = fields.String()
    district_code = fields.String(allow_none=True)
    criterion = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    sha256 = fields.String(metadata={"description": "of the bytes, in hexadecimal"})
    size = fields.Integer(metadata={"description": "bytes, as the tablet says"})
    media_type = fields.String(metadata={"description": "as the tablet says"})
    taken_at = Moment(metadata={"description": "the tablet's clock"})
    note = fields.String(allow_none=True)
    author_id = fields.UUID()
    device_id = fields.UUID(allow_none=True)
    received_at = Moment()
    state = fields.String(
        validate=validate.OneOf([state.value for state in BlobState]),
        metadata={
            "description": "expected: the bytes have not come; stored: nobody has looked at them yet; examined: "
            "they can be seen; refused: they are kept, and `reason` says why they cannot be seen"
        },
    )
    reason = fields.String(allow_none=True)
    detected_media_type = fields.String(allow_none=True, metadata={"description": "as decoded"})
    width = Integer(allow_none=True, metadata={"description": "pixels, upright"})
    height = Integer(allow_none=True, metadata={"description": "pixels, upright"})
    exif_taken_at = fields.String(
        allow_none=True, metadata={"description": "the camera's local time: evidence, not the truth"}
    )
    exif_lat = fields.Float(allow_none=True, metadata={"description": "where the camera says it was: evidence"})
    exif_lon = fields.Float(allow_none=True)


class PhotosOut(Schema):
    """All photos of an audit."""

    items = fields.List(fields.Nested(PhotoOut), required=True)
    complete = fields.Boolean(required=True, metadata={"description": "whether the bytes of all have come"})
    count = Integer(required=True)
    missing = Integer(required=True, metadata={"description": "how many have no bytes yet"})
    refused = Integer(required=True, metadata={"description": "how many cannot be seen"})


@blp.route("/photos/<uuid:photo_id>")
class OnePhoto(Resource):
    """A photo."""

    @blp.response(200, PhotoOut)
    def get(self, photo_id: UUID) -> Response:
        """What is said of one photo, and what became of its bytes."""
        return _in_words(one := listing.one(g.work.session, g.caller, photo_id), [one])


@blp.route("/audits/<uuid:audit_id>/photos")
class PhotosOfAudit(Resource):
    """The photos of an audit."""

    @blp.response(200, PhotosOut)
    def get(self, audit_id: UUID) -> Response:
        """All photos of one audit, by the tablet's clock, and what is missing of them."""
        photos = listing.of_audit(g.work.session, g.caller, audit_id)
        return _in_words(photos, photos["items"])


@blp.route("/photos/<uuid:photo_id>/image")
class Image(MethodView):
    """The picture. Its bytes are fetched after the unit that allowed it: the store may be far away."""

    @blp.doc(responses={200: {"description": "The picture, upright, as JPEG without metadata.", **JPEG}})
    @blp.alt_response(304, description="It is the one that If-None-Match names.")
    @blp.alt_response(409, description="There is nothing to see of it yet, or there never will be.")
    def get(self, photo_id: UUID) -> Response:
        """A photo as it may be shown: upright, at most 2048 pixels a side, without anything the camera wrote."""
        shown = _shown(photo_id)
        etag = f"{shown.sha256.hex()}.{EDITION}"
        if request.if_none_match.contains_weak(etag):
            return _answer(b"", etag)
        return _answer(current_store().public(shown.sha256), etag)


@blp.route("/photos/<uuid:photo_id>/thumbnail")
class Thumbnail(MethodView):
    """The small picture that also travels with the photo's document."""

    @blp.doc(responses={200: {"description": "At most 160 pixels a side, as JPEG.", **JPEG}})
    @blp.alt_response(304, description="It is the one that If-None-Match names.")
    @blp.alt_response(409, description="There is nothing to see of it yet, or there never will be.")
    def get(self, photo_id: UUID) -> Response:
        """A photo in small."""
        shown = _shown(photo_id)
        return _answer(shown.thumbnail, f"{shown.sha256.hex()}.{EDITION}.small")


def _in_words(document: dict[str, Any], photos: list[dict[str, Any]]) -> Response:
    """The answer with the reasons of its photos in the reader's language."""
    parts = wiring()
    language = wanted_language(parts.settings.default_language)
    for photo in photos:
        photo["reason"] = photo["reason"] and parts.phrasebook.say(photo["reason"], language)
    response = answer_json(document)
    response.headers["Content-Language"] = language
    response.vary.add("Accept-Language")
    return response


def _shown(photo_id: UUID) -> Shown:
    token = credential(request)
    refuse_query(request)

    def look(work: Work) -> Shown:
        g.caller = access.sign_in(work.session, token, now=work.now)
        return listing.shown(work.session, g.caller, photo_id)

    return wiring().units.read(look)


def _answer(jpeg: bytes, etag: str) -> Response:
    response = Response(jpeg, mimetype="image/jpeg")
    kept = response.cache_control
    kept.private, kept.max_age, kept.immutable = True, A_YEAR, True
    response.headers["Content-Disposition"] = "inline"
    response.set_etag(etag)
    response.make_conditional(request)
    return response
