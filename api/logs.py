"""Logs: JSON lines on stderr, one a request, and nothing personal in them.

What may name a person stays out: paths (only their route), query strings, headers, bodies, and the messages of
unexpected errors, which like to quote the value they stumbled over. People appear as their id.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from time import perf_counter
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog
from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError
from structlog.typing import Processor

from api.settings import Settings
from api.work import new_id

HANDLER = "pandus"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

REQUESTS = logging.getLogger("pandus.request")


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send all logs of the process, ours and the libraries', to a stream (stderr)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _ErrorWithoutValues(with_text=settings.log_error_text),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.name = HANDLER
    handler.setFormatter(
        _Formatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(settings)],
        )
    )
    root = logging.getLogger()
    for old in [h for h in root.handlers if h.name == HANDLER]:
        root.removeHandler(old)
    root.addHandler(handler)
    logging.getLogger("pandus").setLevel(settings.log_level.upper())


def watch_requests(app: Flask) -> None:
    """Give every request an id, echo it, and write one line when it is answered."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if REQUEST_ID.fullmatch(given) else str(new_id())
        g.begun = perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        if REQUESTS.isEnabledFor(logging.INFO):
            REQUESTS.handle(_RequestRecord(_about(response)))
        return response


def _about(response: Response) -> dict[str, Any]:
    """The line of the current request. It says what structlog says of any line, but the way through structlog is
    long, and this line is written at every request.
    """
    caller = g.get("caller")
    return {
        "event": "request",
        "level": "info",
        "logger": REQUESTS.name,
        "at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "request_id": g.request_id,
        "method": request.method,
        "endpoint": request.endpoint,
        "route": request.url_rule.rule if request.url_rule else None,
        "status": response.status_code,
        "duration_ms": round((perf_counter() - g.begun) * 1000, 1),
        "user_id": str(caller.person_id) if caller else None,
    }


class _RequestRecord(logging.LogRecord):
    """A line that needs no processor any more, only its rendering."""

    def __init__(self, line: dict[str, Any]) -> None:
        super().__init__(REQUESTS.name, logging.INFO, __file__, 0, line, None, None)
        self.line = line


class _Formatter(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record, _RequestRecord):
            *_, render = self.processors
            return str(render(None, "info", dict(record.line)))
        return super().format(record)


class _ErrorWithoutValues:
    """Describes an exception by its classes and the lines of code it came through."""

    def __init__(self, *, with_text: bool) -> None:
        self._with_text = with_text

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        given = event.pop("exc_info", None)
        if given is True:
            given = sys.exc_info()
        error = given[1] if isinstance(given, tuple) else given
        if isinstance(error, BaseException):
            event["error"] = [self._described(e) for e in _chain(error)]
        return event

    def _described(self, error: BaseException) -> dict[str, Any]:
        described: dict[str, Any] = {"class": f"{type(error).__module__}.{type(error).__qualname__}"}
        if isinstance(error, DBAPIError):
            described |= _database_facts(error)
        if self._with_text:
            described["text"] = str(error)
        described["at"] = _lines(error.__traceback__)
        return described


def _chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


def _lines(trace: TracebackType | None) -> list[str]:
    return [f"{f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(trace)]


def _database_facts(error: DBAPIError) -> dict[str, Any]:
    """Which rule the database saw broken: names of the schema, never values."""
    about = getattr(error.orig, "diag", None)
    facts = {
        "sqlstate": getattr(error.orig, "sqlstate", None),
        "sqlite": getattr(error.orig, "sqlite_errorname", None),
        "table": getattr(about, "table_name", None),
        "constraint": getattr(about, "constraint_name", None),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(serializer=_serialise)
    return structlog.dev.ConsoleRenderer(colors=False)


def _serialise(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()
