"""Nothing leaves unrecorded: which answers are written down as disclosures, and the one place that writes them.

A view's method says what it discloses, outermost of its decorators:

    @discloses(Kind.OPERATORS)
    @blp.arguments(...)
    def get(self, ...): ...

Also of a method that changes something and answers with what it shows: asked for a change that is none, it would
be a way to read unseen. Its change is committed by then; like every change here it can be sent again.

Its view is a `Resource` or, where the answer takes more than one unit of work, `Disclosing`. What is written
stands in the database before the first byte of the answer leaves; where it cannot be written, there is no answer.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from flask.views import MethodView
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import MultiDict

from api.wiring import wiring
from api.work import Work
from inspection.disclosures import Shown, reader, record
from inspection.errors import InspectionError
from inspection.tables.disclosures import Kind

MARK = "_discloses"
# Filters that are kept as they were asked. Of any other it is kept that it was used: words and numbers that people
# type may be somebody's name.
KEPT = frozenset(
    {
        *(
            "area",
            "region",
            "from",
            "to",
            "since",
            "until",
            "by",
            "figure",
            "key",
            "counts",
            "least",
            "limit",
            "bbox",
        ),
        *("kind", "group", "state", "stopped", "action", "facility", "person", "prescription", "object", "actor"),
        "device",
    }
)

Method = TypeVar("Method", bound=Callable[..., Any])


class NotRecorded(InspectionError):
    """It cannot be written down who is shown this, so nobody is; safe to ask again."""

    slug = "not-recorded"


def discloses(kind: Kind) -> Callable[[Method], Method]:
    """Declare what the answers of a method disclose."""

    def mark(method: Method) -> Method:
        setattr(method, MARK, kind)
        return method

    return mark


class Disclosing(MethodView):
    """A view that runs its units itself. It signs in to `g.caller`."""

    def dispatch_request(self, **path: Any) -> Response:
        """Run the method and record what it discloses."""
        return recorded(self, path, current_app.make_response(super().dispatch_request(**path)))


def recorded(view: MethodView, path: Mapping[str, Any], answer: Response) -> Response:
    """The answer, once it is written down where its method discloses something.

    What was asked for by an earlier request the view says itself (`g.kind_shown`, `g.asked_shown`). A refusal
    discloses nothing, and a 304 nothing that its reader does not hold. Raises NotRecorded, Busy and DatabaseAway.
    """
    kind, asked = g.pop("kind_shown", None) or disclosed(view, request.method), g.pop("asked_shown", None)
    if kind is None or not 200 <= answer.status_code < 300:
        return answer
    about = g.pop("object_shown", None) or "/".join(map(str, path.values())) or None
    shown = Shown(kind, about, _asked(request.args if asked is None else asked), rows=g.pop("rows_shown", None))
    to = reader(g.caller, request.args.get("area"))

    def unit(work: Work) -> None:
        work.journal.request_id = g.get("request_id")
        record(work, to, shown)

    try:
        wiring().units.write(unit)
    except DBAPIError as error:
        raise NotRecorded("what would be shown cannot be recorded, so it is not shown") from error
    return answer


def disclosed(view: type[MethodView] | MethodView, method: str) -> Kind | None:
    """What this method of a view discloses; None: nothing that is recorded."""
    name = method.lower()
    found = getattr(view, name, None) or (getattr(view, "get", None) if name == "head" else None)
    kind: Kind | None = getattr(found, MARK, None)
    return kind


def _asked(given: "MultiDict[str, str]") -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name, values in given.lists():
        asked[name] = None if name not in KEPT else values[0] if len(values) == 1 else values
    return asked
