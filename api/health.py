"""`/healthz`: the process answers. `/readyz`: the database is there and has the tables this code expects."""

from functools import cache

from flask import Blueprint, Response, jsonify

from api import migrate
from api.backup.unfinished import is_half_restored
from api.problems import problem
from api.wiring import wiring
from api.work import DatabaseAway
from inspection.errors import Busy

blp = Blueprint("health", __name__)

expected_schema_revision = cache(migrate.head)  # the folder does not change under a running process


@blp.get("/healthz")
def healthz() -> Response:
    """200 as long as the process takes requests."""
    return jsonify(status="ok")


@blp.get("/readyz")
def readyz() -> Response:
    """200, or 503 naming what is missing."""
    expected, url = expected_schema_revision(), wiring().settings.database_url
    try:
        held, half = wiring().units.read(
            lambda work: (migrate.held(work.session.connection()), is_half_restored(work, url))
        )
    except (Busy, DatabaseAway):
        return problem("not-ready", 503, members={"missing": ["database"]})
    if half:
        return problem("not-ready", 503, members={"missing": ["restore"]})
    if held != expected:
        return problem("not-ready", 503, members={"missing": ["migrations"], "schema": held, "expected": expected})
    return jsonify(status="ok", schema=held)
