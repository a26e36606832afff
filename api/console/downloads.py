"""Files of the console: what they are made of is read in the unit of a page, and they are made after it."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, g, request
from werkzeug.http import dump_options_header

from api.console.page import KEPT_NOWHERE, Page

PARTS = 200  # of a file that is sent at once
Made = bytes | Iterator[bytes]


class Download(Page):
    """A file. Its GET returns what `later` gives, or a page that says why there is none.

    The file is made once the unit is over, so that it holds no connection of the database meanwhile; what it still
    has to read it reads in units of its own.
    """

    def dispatch_request(self, **path: Any) -> Response:
        """Sign in and read within the unit; then make the file."""
        response = super().dispatch_request(**path)
        make: Callable[[], Made] | None = g.pop("file", None)
        if make is not None:
            made = make()
            if isinstance(made, bytes):
                response.set_data(made)
            else:
                response.response = _block_by_block(made)
                response.headers.pop("Content-Length", None)
        return response


def later(make: Callable[[], Made], media_type: str, name: str) -> Response:
    """A file that is made after the unit. make: gives its bytes, or its parts one by one. name: as it is saved."""
    g.file = make
    response = Response(b"", content_type=media_type)
    said = {"filename*": f"UTF-8''{quote(name, safe='')}"}
    response.headers["Content-Disposition"] = dump_options_header("attachment", said)
    response.headers["Cache-Control"] = KEPT_NOWHERE
    return response


def _block_by_block(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts, some at once, each time as if the same request came again.

    No context is left open between two blocks: whoever reads may stop at any of them, and in another thread.
    """
    app, environ, caller = current_app._get_current_object(), request.environ, g.caller  # type: ignore[attr-defined]

    def blocks() -> Iterator[bytes]:
        known = caller
        while True:
            with app.request_context(environ):
                g.caller = known
                block = b"".join(islice(parts, PARTS))
                known = g.caller
            if not block:
                return
            yield block

    return blocks()
