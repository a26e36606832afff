"""The prescription as it is printed: an accessible PDF in Kazakh and Russian."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, g, request
from flask.views import MethodView
from werkzeug.http import dump_options_header

from api.openapi import Blueprint
from api.papers.pictures import illustrate
from api.papers.printing import edition, print_prescription
from api.parsing import refuse_query
from api.photo_store import current_store
from api.resource import credential
from api.wiring import wiring
from api.work import Work
from inspection import access, prescription_papers
from inspection.prescription_papers import Paper, photos_shown

blp = Blueprint("prescription papers", __name__, description="Prescriptions as they are printed.")

PDF: dict[str, Any] = {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}


@blp.route("/prescriptions/<uuid:prescription_id>/paper")
class PrintedPrescription(MethodView):
    """The paper of a prescription. It is printed after the unit that allowed it: its photos may be far away."""

    @blp.doc(responses={200: {"description": "The prescription, as PDF/UA-1.", **PDF}})
    @blp.alt_response(304, description="It is the one that If-None-Match names.")
    def get(self, prescription_id: UUID) -> Response:
        """The prescription as it was issued, Kazakh first; what changed since then changes nothing on it."""
        paper = _paper(prescription_id)
        etag = edition(paper)
        if request.if_none_match.contains_weak(etag):
            return _answer(b"", etag, paper)
        pictures = illustrate(photos_shown(paper), current_store().public)
        return _answer(print_prescription(paper, pictures), etag, paper)


def _paper(prescription_id: UUID) -> Paper:
    token = credential(request)
    refuse_query(request)

    def look(work: Work) -> Paper | None:
        g.caller = access.sign_in(work.session, token, now=work.now)
        return prescription_papers.one(work.session, g.caller, prescription_id)

    def freeze(work: Work) -> Paper:
        caller = access.sign_in(work.session, token, now=work.now)
        return prescription_papers.freeze_one(work, caller, prescription_id)

    return wiring().units.read(look) or wiring().units.write(freeze)


def _answer(pdf: bytes, etag: str, paper: Paper) -> Response:
    response = Response(pdf, mimetype="application/pdf")
    response.cache_control.private, response.cache_control.no_cache = True, True  # its photos may come later
    name = quote(f"{paper.content['number']}.pdf", safe="")  # Cyrillic; a header is in Latin letters only
    response.headers["Content-Disposition"] = dump_options_header("inline", {"filename*": f"UTF-8''{name}"})
    response.set_etag(etag)
    response.make_conditional(request)
    return response
