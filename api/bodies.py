"""Request bodies, held to their limit also when nobody said how long they are."""

from typing import Any

import flask
from werkzeug.exceptions import RequestEntityTooLarge


class Request(flask.Request):
    """A request whose body is read whole or refused with 413.

    Of a chunked body beyond the limit Werkzeug hands over the first part and says nothing: half a document.
    """

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        """The body. Raises RequestEntityTooLarge if it reaches the limit without having said its length."""
        body = super().get_data(*args, **kwargs)
        limit = self.max_content_length
        if self.content_length is None and limit is not None and len(body) >= limit:
            raise RequestEntityTooLarge
        return body
