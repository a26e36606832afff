"""What waits for somebody to look at it, list by list."""

from flask import Response, g

from api.console.blueprint import page
from api.console.page import Page, draw
from api.console.queues import queues_of

MOST = 200  # are counted; of more it is enough to know that they are more


@page("/review", "review")
class Review(Page):
    """The lists of what the caller could decide."""

    def get(self) -> Response:
        """How much waits in each."""
        counted = []
        for queue in queues_of(g.caller):
            found = queue.waiting(limit=MOST)
            counted.append((queue, len(found.rows), found.next_cursor is not None))
        return draw("review", counted=counted)
