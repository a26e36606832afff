"""Files of the console: what they are made of is read in the unit of a page, and they are made after it."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from flask import Response, g, stream_with_context
from werkzeug.http import dump_options_header

from api.console.page import KEPT_NOWHERE, Page


class Download(Page):
    """A file. Its GET returns what `later` gives, or a page that says why there is none.

    The file is made once the unit is over, so that it holds no connection of the database meanwhile; what it still
    has to read it reads in units of its own.
    """

    def dispatch_request(self, **path: Any) -> Response:
        """Sign in and read within the unit; then make the file."""
        response = super().dispatch_request(**path)
        make: Callable[[], Iterator[bytes]] | None = g.pop("file", None)
        if make is not None:
            response.response = stream_with_context(make())
            response.headers.pop("Content-Length", None)
        return response


def later(make: Callable[[], Iterator[bytes]], media_type: str, name: str) -> Response:
    """A file that is made after the unit. make: gives its bytes, part by part. name: as it is saved."""
    g.file = make
    response = Response(b"", content_type=media_type)
    said = {"filename*": f"UTF-8''{quote(name, safe='')}"}
    response.headers["Content-Disposition"] = dump_options_header("attachment", said)
    response.headers["Cache-Control"] = KEPT_NOWHERE
    return response
