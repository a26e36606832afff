"""The floor: the thinnest Flask server that lists violations, to be measured in turns with Pandus.

A table of finished JSON texts, one index, one statement a page; no accounts, no validation, no joins. What Pandus
takes longer than this is the price of what Pandus does.

    FLOOR_DSN="host=127.0.0.1 port=5432 dbname=floor" granian --interface wsgi bench.floor.app:app
"""

import os
from functools import cache

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

SCHEMA = """
    CREATE TABLE IF NOT EXISTS floor_violations
        (id uuid PRIMARY KEY, severity text, state text, opened_at timestamptz, body text NOT NULL);
    CREATE INDEX IF NOT EXISTS floor_violations_newest
        ON floor_violations (severity, state, opened_at DESC, id);
"""
PAGE = """
    SELECT body FROM floor_violations WHERE severity = %s AND state = %s
    ORDER BY opened_at DESC, id LIMIT 50 OFFSET %s
"""

app = Flask(__name__)


@cache
def pool() -> ConnectionPool:
    """Opened at the first request: after the server has forked its workers."""
    return ConnectionPool(os.environ["FLOOR_DSN"], min_size=1, max_size=8, open=True)


@app.get("/violations")
def violations() -> Response:
    """A page of 50, newest first."""
    wanted = request.args["severity"], request.args["state"], int(request.args.get("offset", 0))
    with pool().connection() as connection:
        rows = connection.execute(PAGE, wanted).fetchall()
    return Response(b"[" + ",".join(row[0] for row in rows).encode() + b"]", mimetype="application/json")
