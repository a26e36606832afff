"""Base of every page: who reads it, in one unit of work like any view, and how it is drawn."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import get_locale

from api.accepted import TEXT_WITHOUT_NUL
from api.console import tongues
from api.console.languages import NAMES, language
from api.console.menu import menu
from api.parsing import HAS_NUL
from api.resource import Resource
from api.settings import LANGUAGES
from api.wiring import wiring
from api.work import Work, new_id
from inspection.errors import DoesNotApply, Fault, InspectionError, InvalidInput, NotFound

T = TypeVar("T")

# Of a computer that others use too, nothing stays behind; and what is true may change by the next look.
KEPT_NOWHERE = "no-store"


class Page(Resource):
    """A page. Its GET and POST return a response, mostly of `draw` or `go`."""

    any_query = True  # addresses carry filters and what a browser's user adds; what is unknown is passed over
    own_units = True  # a form that is refused is drawn again, by a unit that is not rolled back

    def dispatch_request(self, **path: Any) -> Response:
        """Refuse U+0000 before anything: no browser's user types it, and one of the databases cannot hold it."""
        given = [*request.args.items(multi=True), *request.form.items(multi=True)]
        faults = [Fault(f"/{name}", HAS_NUL, TEXT_WITHOUT_NUL) for name, value in given if "\0" in value]
        if faults:
            raise InvalidInput(faults)
        return super().dispatch_request(**path)


def write(fn: Callable[[Work], T]) -> T:
    """What fn returns, done in a unit of its own by who is signed in; if it raises, nothing is done.

    A form that is only to be shown in another language is tried and taken back, so that it says what it said
    before. Raises DoesNotApply for one that would have been done.
    """

    def unit(work: Work) -> T:
        work.journal.acted_by(g.caller)
        work.journal.request_id = g.get("request_id")
        done = fn(work)
        if tongues.only_asked():
            raise DoesNotApply(tongues.ONLY_LANGUAGE)
        return done

    made = wiring().units.write(unit)
    g.wrote = True
    return made


def draw(template: str, status: int = 200, **given: Any) -> Response:
    """A page of the console, drawn by a template of it."""
    tongue = get_locale().language
    languages = [(code, NAMES[code], code == tongue) for code in LANGUAGES]
    caller = g.get("caller")
    body = render_template(
        f"console/{template}.html.j2",
        language=tongue,
        caller=caller,
        menu=menu(caller),
        alone="HX-Request" in request.headers,
        **{"languages": languages, **({} if "here" in given else _where()), **given},
    )
    response = Response(body, status, mimetype="text/html")
    response.headers["Cache-Control"] = KEPT_NOWHERE
    response.headers["Content-Language"] = tongue
    response.vary.update(("HX-Request", "Cookie", "Accept-Language"))
    return response


def _where() -> dict[str, Any]:
    """Where this page is had in another language, and which fields are sent there; without fields by a link."""
    if request.method != "POST":
        return {"here": request.full_path.rstrip("?"), "kept_fields": None}
    kept = None if g.get("wrote") else tongues.kept()
    return {"here": tongues.own_page() if kept is None else request.full_path.rstrip("?"), "kept_fields": kept}


def go(endpoint: str, **values: Any) -> Response:
    """On to another page, after something was done."""
    return _onward(url_for(f"console.{endpoint}", **values))


def go_back(endpoint: str, asked: Mapping[str, Any], **said: Any) -> Response:
    """Back to a list as an address asked for it, after something was done.

    asked: may name anything, also what `url_for` would take for its own. said: counts where both say something.
    """
    query = urlencode({**asked, **said}, doseq=True)
    return _onward(url_for(f"console.{endpoint}") + (f"?{query}" if query else ""))


def _onward(address: str) -> Response:
    response = redirect(address, 303)
    assert isinstance(response, Response)  # noqa: S101 - Flask makes no other
    response.headers["Cache-Control"] = KEPT_NOWHERE
    return response


def form_id() -> UUID:
    """The id of what a form makes: made with the form, so that sending it twice makes one thing."""
    given = request.form.get("id", "")
    try:
        return UUID(given)
    except ValueError:
        return new_id()


def id_in(field: str) -> UUID:
    """The id that a field of the form holds. Raises NotFound for what is none."""
    try:
        return UUID(request.form.get(field, ""))
    except ValueError:
        raise NotFound("there is no such object") from None


def wrong_fields(error: InspectionError) -> dict[str, str]:
    """What is wrong in each field of a form, in the reader's language; under "" what is wrong as a whole."""
    say, tongue = wiring().phrasebook.say, language()
    if isinstance(error, InvalidInput):
        return {fault.pointer.strip("/"): say(fault.reason, tongue) for fault in error.faults}
    return {"": say(error.message, tongue)}


def said_faults(listed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Faults as a refusal lists them (`reason`, `accepted`, and where), in the reader's language."""
    say, tongue = wiring().phrasebook.say, language()
    return [
        dict(each, reason=say(each["reason"], tongue), accepted=say(each["accepted"], tongue)) for each in listed
    ]


def own_path(address: str | None) -> str | None:
    """An address if it is one of the console, else None."""
    said = address or ""
    try:
        parts = urlsplit(said)
    except ValueError:
        return None
    ours = not parts.scheme and not parts.netloc and re.match(r"/console(/|\?|$)", said) is not None
    return said if ours and said.isprintable() and "\\" not in said else None


def own_address(given: str) -> dict[str, Any]:
    """The query of an address of ours that a form led back to, with what it leaves open; nothing of any other."""
    return dict(parse_qsl(urlsplit(own_path(given) or "").query, keep_blank_values=True))
