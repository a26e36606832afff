# mypy: disable-error-code="untyped-decorator"
"""Addresses that exist only in tests: a view of every shape, to see what the house makes of requests."""

from copy import copy
from functools import cache
from typing import Any

import flask_smorest
from flask import Flask, Response, g, request
from marshmallow import fields, validate
from sqlalchemy.exc import OperationalError
from webargs.fields import DelimitedList

from api.app import create_app
from api.fields import Boolean, Day, Float, Integer, Moment, Query, Schema
from api.openapi import Blueprint
from api.resource import Resource
from api.settings import Settings
from api.work import DatabaseAway
from inspection import errors
from inspection.tables.areas import Area


class StepIn(Schema):
    """One step of a stair; heights in mm."""

    height = Integer(required=True, validate=validate.Range(min=1, max=400))


class StairIn(Schema):
    """A stair as somebody measured it."""

    id = fields.UUID()
    name = fields.String(validate=validate.Length(min=1, max=20))
    steps = fields.List(fields.Nested(StepIn), validate=validate.Length(max=3))
    landing = fields.Nested(StepIn, allow_none=True)
    slope = Float()
    handrail = Boolean()
    measured_at = Moment()
    due = Day()
    kind = fields.String(validate=validate.OneOf(["indoor", "outdoor"]))
    notes = fields.Dict(keys=fields.String(), values=fields.String())


class StairQuery(Query):
    """What a list of stairs can be asked for."""

    limit = Integer(validate=validate.Range(min=1, max=500))
    steep = Boolean()
    slope = Float()
    kind = DelimitedList(fields.String(validate=validate.OneOf(["indoor", "outdoor"])))
    id = fields.List(fields.UUID())
    text = fields.String()


class AreaOut(Schema):
    """An area by its code."""

    code = fields.String()
    name = fields.String()


blp = Blueprint("trial", __name__, description="Only in tests.")


@blp.route("/stairs")
class Stairs(Resource):
    """Echoes what was understood."""

    @blp.arguments(StairQuery, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """What was asked."""
        return {"understood": query}

    @blp.arguments(StairIn)
    @blp.response(201)
    def post(self, stair: dict[str, Any]) -> dict[str, Any]:
        """What was sent."""
        return {"understood": stair}


@blp.route("/stairs/<name>")
class Stair(Resource):
    """Takes a text in its path."""

    @blp.response(200)
    def get(self, name: str) -> dict[str, Any]:
        """The name."""
        return {"name": name}


REFUSALS: dict[str, Exception] = {
    "crash": ValueError("сбой на Айгүл Мысалова, token hush-hush"),
    "conflict": errors.AlreadyDifferent("the id is taken", id="7"),
    "state": errors.DoesNotApply("a sentence nobody translated", state="closed"),
    "stale": errors.StaleVersion("changed", held_rev=4),
    "forbidden": errors.Forbidden("no", status=999, type="own"),
    "missing": errors.NotFound("no such stair"),
    "busy": errors.Busy("busy"),
    "away": DatabaseAway("away"),
    "meaning": errors.InvalidInput(
        [errors.Fault("/due", "Not a valid date.", "a date from 1900-01-01 to 2199-12-31, for example 2026-03-01")]
    ),
}


@blp.route("/refusals/<name>")
class Refusal(Resource):
    """Refuses, or crashes, as its name says."""

    @blp.response(200)
    def get(self, name: str) -> dict[str, Any]:
        """Never answers."""
        raise REFUSALS[name]

    @blp.response(200)
    def post(self, name: str) -> dict[str, Any]:
        """Writes something and is then refused."""
        g.work.session.add(Area(code="KG", country="KG", level=0, classifier="SOATE", **NAMES))
        g.work.session.flush()
        raise REFUSALS[name]


NAMES = {"name_kk": "Мысал", "name_ru": "Пример", "name_en": "Example"}
runs: list[str] = []


@blp.route("/races/<int:lost>")
class Race(Resource):
    """Loses its race so many times, then answers."""

    @blp.arguments(StairIn)
    @blp.response(200)
    def put(self, stair: dict[str, Any], lost: int) -> dict[str, Any]:
        """The number of the run."""
        runs.append(request.get_data(as_text=True))
        if len(runs) <= lost:
            error = type("Deadlock", (Exception,), {"sqlstate": "40P01"})()
            raise OperationalError("UPDATE", {}, error)
        return {"runs": len(runs), "stair": stair}


@blp.route("/streams")
class Stream(Resource):
    """Answers in a way that outlives its unit of work."""

    @blp.response(200)
    def get(self) -> Response:
        """A generator."""
        return Response(iter(["one", "two"]))


def with_trials(app: Flask) -> Flask:
    """An application that is like this one, parts and all, and has the addresses of this module."""
    made = copy(_template())
    made.config, made.extensions = app.config, app.extensions
    return made


@cache
def _template() -> Flask:
    app = create_app(Settings(database_url="sqlite:////nowhere/no.sqlite3"))
    api: flask_smorest.Api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    api.register_blueprint(blp)
    return app
