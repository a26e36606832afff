"""Letters to be handed over, as PDF: where there is no address of mail, or none that works."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, g, request, url_for
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from api.answers.tokens import address
from api.disclosing import Disclosing, discloses
from api.fields import Integer
from api.mail.linking import links_in
from api.openapi import Blueprint
from api.pages import PageQuery
from api.papers.letters import print_letters
from api.parsing import refuse_query
from api.resource import credential
from api.views.letters import STATES
from api.wiring import wiring
from api.work import T, Work
from inspection import access
from inspection.access import Caller
from inspection.notices.printing import MOST, ToPrint, page_to_print, to_print
from inspection.notices.reading import ON_PAPER
from inspection.tables.disclosures import Kind
from inspection.tables.notices import LetterState

blp = Blueprint("printed letters", __name__, description="Letters that are printed and handed over.")

PDF: dict[str, Any] = {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
NEXT = {
    "Link": {
        "description": '`<address>; rel="next"` where there are more letters to print',
        "schema": {"type": "string"},
    }
}


class PrintedLettersQuery(PageQuery):
    """Which letters are printed: those of a page of the list."""

    state = DelimitedList(
        fields.String(validate=validate.OneOf(STATES)), load_default=[state.value for state in ON_PAPER]
    )
    facility = fields.UUID()
    limit = Integer(
        load_default=MOST, validate=validate.Range(min=1, max=MOST), metadata={"description": "letters"}
    )


@blp.route("/letters/<uuid:letter_id>.pdf")
class PrintedLetter(Disclosing):
    """One letter. It is printed after the units that read what it says and made its links."""

    @discloses(Kind.LETTERS)
    @blp.doc(responses={200: {"description": "The letter, as PDF/UA-1.", **PDF}})
    @blp.alt_response(409, description="Nothing in the letter is true any more.")
    def get(self, letter_id: UUID) -> Response:
        """What the letter says, as true as it is now, to be printed and handed over; with a place to sign.

        Kazakh first, then Russian. The link to answer, and its QR code, are on it if you may issue prescriptions
        or decide there.
        """
        refuse_query(request)
        letter = _read(lambda work, caller: to_print(work, caller, letter_id))
        return _answer(print_letters([_linked(letter)], letter.day), f"letter-{letter_id}.pdf")


@blp.route("/letters.pdf")
class PrintedLetters(Disclosing):
    """Many letters in one file, each on pages of its own."""

    @discloses(Kind.LETTERS)
    @blp.arguments(PrintedLettersQuery, location="query")
    @blp.doc(responses={200: {"description": "The letters, as PDF/UA-1.", "headers": NEXT, **PDF}})
    def get(self, query: dict[str, Any]) -> Response:
        """The letters of a page of the list, the newest first, to be printed at once.

        What is not true any more is left out. Without `state`: those that no mail can bring. A header `Link` leads
        to the next page.
        """
        page = _read(
            lambda work, caller: page_to_print(
                work,
                caller,
                state=[LetterState(name) for name in query["state"]],
                area=query.get("area"),
                facility_id=query.get("facility"),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        )
        letters = [_linked(letter) for letter in page.letters]
        response = _answer(print_letters(letters, page.day), "letters.pdf")
        if page.next_cursor is not None:
            again = request.args.to_dict() | {"cursor": page.next_cursor}
            response.headers["Link"] = f'<{url_for(".PrintedLetters")}?{urlencode(again)}>; rel="next"'
        return response


def _read(read: Callable[[Work, Caller], T]) -> T:
    token = credential(request)

    def look(work: Work) -> T:
        g.caller = access.sign_in(work.session, token, now=work.now)
        return read(work, g.caller)

    return wiring().units.study(look)


def _linked(letter: ToPrint) -> tuple[ToPrint, Mapping[str, str]]:
    """A letter with the links that its reader may see. Each is made, or moved on, in a unit of its own."""
    if not (letter.linked and letter.content.answered):
        return letter, {}
    where = partial(address, wiring().settings)

    def link(work: Work) -> dict[str, str]:
        work.journal.acted_by(g.caller)
        work.journal.request_id = g.get("request_id")
        return dict(links_in(work, letter.content, where))

    return letter, wiring().units.write(link)


def _answer(pdf: bytes, name: str) -> Response:
    response = Response(pdf, mimetype="application/pdf")
    response.cache_control.private, response.cache_control.no_cache = True, True  # tomorrow it says another day
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
