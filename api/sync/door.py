"""The addresses of the door: pull, push, digest and receipts."""

import re

from flask import Blueprint, Response, request

from api.languages import wanted_language
from api.pages import answer_json
from api.pressure import refuse_when_full
from api.sync import prepared, streams
from api.sync.asking import (
    MOST_RECEIPTS,
    Asking,
    array,
    asked_receipts,
    batch,
    checkpoint,
    known_collection,
    limit,
)
from api.sync.prepared import Page, Wanted, wanted_encoding
from api.sync.pushed import Answer, take
from api.wiring import wiring
from api.work import Work
from inspection.sync import proof
from inspection.sync.collections import COLLECTIONS, SCHEMA_VERSION

blp = Blueprint("sync", __name__, url_prefix="/sync")
blp.register_blueprint(streams.blp)
JSON = "application/json"


VERSIONED = re.compile(r"/sync/(?P<name>[^/]+)/(?P<version>[0-9]{1,9})(/|$)")


@blp.before_app_request
def refuse_outdated() -> None:
    """Whatever a schema of the past is asked, it is told to be updated; also where nothing answers."""
    asked = VERSIONED.match(request.path)
    if asked and asked["name"] in COLLECTIONS and int(asked["version"]) < SCHEMA_VERSION:
        known_collection(asked["name"], int(asked["version"]))


@blp.get("/<name>/<int:version>/pull")
def pull(name: str, version: int) -> Response:
    """Documents behind a checkpoint, as they are stored."""
    collection, asking = known_collection(name, version), Asking(request)
    most, encoding = limit(request, collection.most), wanted_encoding(request)
    wanted = Wanted(collection, checkpoint(request), most, encoding)

    def unit(work: Work) -> Page:
        return prepared.pull(work, asking.sign_in(work), wanted)

    page = wiring().units.look(unit)
    packed = {"Content-Encoding": page.encoding} if page.encoding else {}
    return Response(page.body, mimetype=JSON, headers=packed)


@blp.post("/<name>/<int:version>/push")
def push(name: str, version: int) -> Response:
    """Rows from a tablet; the answer are the documents it has to take over."""
    collection, asking = known_collection(name, version), Asking(request)
    refuse_when_full()
    answer = take(asking, collection, batch(request))
    if "outcomes" in request.args:
        return _outcomes(answer)
    documents = {row.key.document_id: v.document for row, v in zip(answer.rows, answer.verdicts, strict=True)}
    body = ",".join(document for document in documents.values() if document is not None)
    return Response(f"[{body}]", mimetype=JSON)


def _outcomes(answer: Answer) -> Response:
    parts = wiring()
    language = wanted_language(parts.settings.default_language)
    said = [
        {
            "id": row.key.document_id,
            "state": verdict.state.value,
            "known": known,
            **({"reason": parts.phrasebook.say(verdict.reason, language)} if verdict.reason else {}),
        }
        for row, verdict, known in zip(answer.rows, answer.verdicts, answer.known, strict=True)
    ]
    return answer_json(said)


@blp.get("/<name>/<int:version>/digest")
def digest(name: str, version: int) -> Response:
    """What a tablet at a checkpoint holds if it holds everything."""
    collection, asking, given = known_collection(name, version), Asking(request), checkpoint(request)

    def unit(work: Work) -> proof.Digest | None:
        return proof.digest(work.session, asking.sign_in(work), collection, given)

    found = wiring().units.study(unit)
    if found is None:
        return answer_json({"behind": True})
    return answer_json({"behind": False, "count": found.count, "sha256": found.sha256})


@blp.post("/receipts")
def receipts() -> Response:
    """What became of documents that this person or this tablet sent."""
    asking, asked = Asking(request), asked_receipts(array(request, MOST_RECEIPTS))
    return answer_json(wiring().units.read(lambda work: proof.receipts(work.session, asking.sign_in(work), asked)))


@blp.after_app_request
def allow_browsers(response: Response) -> Response:
    """Let a browser of any origin ask: what it may is in its token, and there are no cookies here."""
    origin = request.headers.get("Origin")
    if origin and request.path.startswith("/sync/"):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Content-Encoding, Device-Id, Device-Time, X-Request-ID"
        )
        response.headers["Access-Control-Expose-Headers"] = "Date, Retry-After, X-Request-ID"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response.vary.add("Origin")
    return response
