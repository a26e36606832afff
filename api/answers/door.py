"""`/answer/<token>`: a prescription for whoever holds its link, and the form to answer it. No account."""

from datetime import date
from urllib.parse import quote
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask_limiter.errors import RateLimitExceeded
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as BaseResponse

from api.answers.forms import Form, read_form, submission
from api.answers.page import answer_page, in_words, language, notice, say
from api.answers.tokens import read_token
from api.answers.waiting import adopt
from api.examination import examiners_bell
from api.keys import Keys, keys
from api.limits import limiter
from api.papers.pictures import illustrate
from api.papers.printing import print_prescription
from api.papers.typesetting import NotPrinted
from api.photo_store import current_store
from api.wiring import wiring
from api.work import DatabaseAway, Work, new_id
from inspection.answers.links import Link, LinkOver, open_link
from inspection.answers.opened import Opened, opened
from inspection.answers.replying import TooManyReplies, receive
from inspection.errors import AlreadyDifferent, Busy, DoesNotApply, InvalidInput, NotFound
from inspection.prescription_papers import Paper, freeze_held, photos_shown

MOST_BYTES = 40 * 1024 * 1024  # of one submission
MOST_PARTS = 500
# By link, not by where it comes from: behind a proxy that is one address for all. A token that is not ours is
# found out without the database, and nobody guesses 16 bytes.
READING, SENDING, A_DAY = "120 per minute", "20 per minute", "80 per day"  # each may bring MOST_BYTES

blp = Blueprint("answers", __name__)
log = structlog.get_logger("pandus.answers")


def _by_link() -> str:
    return str((request.view_args or {}).get("token", ""))


@blp.get("/answer/<token>")
@limiter.limit(READING, key_func=_by_link)
def show(token: str) -> Response:
    """The prescription of a link; after an answer has arrived it says so."""
    key, link_id = _named(token)
    link, seen = _look(link_id)
    sent = request.args.get("sent", "")
    arrived = next((made for made in seen.submissions if str(made) == sent), None)
    return _page(answer_page(link, seen, Form(arrived or new_id()), key, token, sent=arrived is not None))


@blp.post("/answer/<token>")
@limiter.limit(SENDING, key_func=_by_link)
@limiter.limit(A_DAY, key_func=_by_link)
def send(token: str) -> Response:
    """Take an answer. What is wrong is shown at its field; what was right need not be sent again."""
    key, link_id = _named(token)
    request.max_content_length, request.max_form_parts = MOST_BYTES, MOST_PARTS
    today = wiring().units.read(lambda work: _still_open(work, link_id))
    form = read_form(request, key, link_id, today, new_id=new_id, say=say)
    if not form.wrong:
        try:
            wiring().units.write(
                lambda work: receive(work, open_link(work.session, link_id, work.now), submission(form))
            )
        except InvalidInput as error:
            form.wrong = {fault.pointer.strip("/"): fault.reason for fault in error.faults}
        except DoesNotApply as error:  # somebody released it while the form was being filled in
            form.wrong = {"items": error.message}
        except AlreadyDifferent as error:
            form.submission, form.wrong = new_id(), {"items": error.message}
        except TooManyReplies as error:
            form.wrong = {"kind": error.message}
    if form.wrong:
        link, seen = _look(link_id)
        form.wrong = {field: in_words(said) for field, said in form.wrong.items()}
        return _page(answer_page(link, seen, form, key, token), 422)
    adopt(wiring().units, current_store(), form.files, examiners_bell(current_app))
    here = url_for(".show", token=token, lang=language(), sent=str(form.submission))
    return _kept_nowhere(redirect(here, 303))


@blp.get("/answer/<token>/prescription.pdf")
@limiter.limit(READING, key_func=_by_link)
def paper(token: str) -> Response:
    """The prescription as it was issued, as PDF."""
    _, link_id = _named(token)

    def read(work: Work) -> Paper:
        link = open_link(work.session, link_id, work.now)
        return freeze_held(work, (link.home, link.prescription_id))

    held = wiring().units.write(read)
    pdf = print_prescription(held, illustrate(photos_shown(held), current_store().public))
    response = _kept_nowhere(Response(pdf, mimetype="application/pdf"))
    name = quote(f"{held.content['number']}.pdf", safe="")
    response.headers["Content-Disposition"] = dump_options_header("inline", {"filename*": f"UTF-8''{name}"})
    return response


def _named(token: str) -> tuple[Keys, UUID]:
    """The key, and the link that a token names. Raises NotFound for one that we have not signed."""
    key = keys(wiring().settings)
    link_id = read_token(key, token)
    if link_id is None:
        raise NotFound("there is no such link", kind="answer_link")
    return key, link_id


def _look(link_id: UUID) -> tuple[Link, Opened]:
    def look(work: Work) -> tuple[Link, Opened]:
        link = open_link(work.session, link_id, work.now)
        return link, opened(work.session, link, work.now)

    return wiring().units.read(look)


def _still_open(work: Work, link_id: UUID) -> date:
    """Today. Whose link is over sends nothing into the store."""
    open_link(work.session, link_id, work.now)
    return work.now.date()


def _page(text: str, status: int = 200) -> Response:
    response = _kept_nowhere(Response(text, status, mimetype="text/html"))
    response.headers["Content-Language"] = language()
    response.vary.add("Accept-Language")
    return response


def _kept_nowhere(response: BaseResponse) -> Response:
    """Of a computer that others use too, nothing stays behind."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    assert isinstance(response, Response)  # noqa: S101 - Flask makes no other
    return response


@blp.errorhandler(NotFound)
def unknown(_: NotFound) -> Response:
    """A token that is not ours, or of a link that is gone."""
    return _page(notice("unknown"), 404)


@blp.errorhandler(LinkOver)
def over(_: LinkOver) -> Response:
    """A link that was good once: it says nothing of its prescription."""
    return _page(notice("over"), 410)


@blp.errorhandler(RateLimitExceeded)
def too_many(_: RateLimitExceeded) -> Response:
    """More requests than a person makes."""
    response = _page(notice("too_many"), 429)
    response.headers["Retry-After"] = "60"
    return response


@blp.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> Response:
    """More bytes at once than one answer has."""
    return _page(notice("too_large"), 413)


@blp.errorhandler(Busy)
@blp.errorhandler(DatabaseAway)
@blp.errorhandler(NotPrinted)
def away(error: Exception) -> Response:
    """Something of ours does not work now."""
    log.warning("answer_page_away", exc_info=error)
    response = _page(notice("away"), 503)
    response.headers["Retry-After"] = "60"
    return response
