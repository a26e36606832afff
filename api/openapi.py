"""The OpenAPI 3.1 document, its page, and the Blueprint that views are written with."""

from http import HTTPStatus
from typing import Any

import flask
import flask_smorest
from flask import Flask, Response
from marshmallow import INCLUDE, fields
from webargs.fields import DelimitedList

from api import problems
from api.fields import Integer, Schema
from api.parsing import Parser

PREFIX = "/api/v1"
VERSION = "1.0.0"
DESCRIPTION = """Accessibility inspections: facilities, audits, violations and what is done about them.

Every refusal is a problem document (RFC 9457) in Kazakh, Russian or English, by `Accept-Language`.
Times carry their offset from UTC. Unknown fields and unknown parameters are refused by name."""


class ProblemErrorSchema(Schema):
    """One thing wrong with one field or parameter; further members may say where (`line` of a file)."""

    class Meta:
        unknown = INCLUDE

    pointer = fields.String(required=True, metadata={"description": "JSON pointer into what was sent"})
    reason = fields.String(required=True)
    accepted = fields.String(required=True, metadata={"description": "what would be accepted there"})


class ProblemSchema(Schema):
    """A refusal, in the form of RFC 9457. Further members carry the facts of the case."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True, metadata={"example": "/problems/invalid-input"})
    title = fields.String(required=True, metadata={"example": "Some values cannot be accepted"})
    status = Integer(required=True, metadata={"example": 422})
    detail = fields.String(required=True, metadata={"example": "Correct the listed fields and send again."})
    request_id = fields.String(
        required=True, allow_none=True, metadata={"description": "the X-Request-ID of this request"}
    )
    accepted = fields.String(
        metadata={"description": "what would be accepted, where it is not one field that is wrong"}
    )
    errors = fields.List(
        fields.Nested(ProblemErrorSchema),
        metadata={
            "example": [
                {
                    "pointer": "/due",
                    "reason": "Not a valid date.",
                    "accepted": "a date from 1900-01-01 to 2199-12-31, for example 2026-03-01",
                }
            ]
        },
    )
    errors_left_out = Integer(metadata={"description": "how many further errors are not listed"})


class Blueprint(flask_smorest.Blueprint):
    """A group of views under /api/v1 whose refusals are documented by themselves."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, import_name: str, *, description: str) -> None:
        super().__init__(name, import_name, url_prefix=PREFIX, description=description)
        self._prepare_doc_cbks.append(self._prepare_problem_doc)

    def arguments(self, schema: Any, **options: Any) -> Any:
        """Read a request with a schema. Instantiated here: webargs would do it again at every request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **options)

    @staticmethod
    def _prepare_problem_doc(doc: dict[str, Any], doc_info: dict[str, Any], **_context: Any) -> dict[str, Any]:
        expected = {401, 403, 404, 422, 429, 503}
        if "requestBody" in doc or "requestBody" in doc_info.get("manual_doc", {}):
            expected |= {400, 413, 415}
        responses = doc.setdefault("responses", {})
        for status in sorted(expected):
            responses.setdefault(status, HTTPStatus(status).name)
        return doc


class Api(flask_smorest.Api):
    """flask-smorest with problem documents in place of its own errors."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Nothing: `problems.register` answers all errors, also those outside the API."""

    def _register_responses(self) -> None:
        # smorest would document errors as application/json.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = problems.CONTENT_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE  # the class's own is back


def document(app: Flask) -> Api:
    """Serve the document at /api/v1/openapi.json and its page at /api/v1/docs."""
    app.config.update(
        API_TITLE="Pandus",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={"info": {"description": DESCRIPTION}, "security": [{"bearer": []}, {"session": []}]},
    )
    api = Api(app)
    api.ma_plugin.converter.add_attribute_function(_default_of_list)
    api.spec.components.security_scheme(
        "bearer", {"type": "http", "scheme": "bearer", "description": "The token of a person."}
    )
    api.spec.components.security_scheme(
        "session",
        {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-pandus",
            "description": "A browser that is signed in (`pandus` where there is no https). "
            "What changes something sends X-CSRF-Token as well, of `/me/csrf`.",
        },
    )
    pages = flask.Blueprint("docs", __name__, url_prefix=PREFIX)
    pages.add_url_rule("/docs", "page", _page)
    app.register_blueprint(pages)
    return api


def _default_of_list(_converter: Any, field: fields.Field[Any], **_options: Any) -> dict[str, Any]:
    """The default of a list separated by commas is a list: apispec shows the text it is written as."""
    default = field.load_default
    if not isinstance(field, DelimitedList) or not isinstance(default, list | tuple):
        return {}
    return {"default": [field.inner.serialize("", {"": value}) for value in default]}


def _page() -> Response:
    return flask.current_app.send_static_file("swagger-ui/index.html")
