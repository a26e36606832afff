"""The door of the tablets, measured by the shared bench that lies beside the repository (`../shared/bench`).

Make a database, serve it, and let the bench ask it; DB is a PostgreSQL address, all from the root of the repository:

    python -m bench.sync prepare --database DB --facilities 5000 --violations 20000
    PANDUS_DATABASE_URL=DB PANDUS_UNDERSTANDING=queue PANDUS_REDIS_URL=redis://... flask --app wsgi serve
    PANDUS_DATABASE_URL=DB PANDUS_UNDERSTANDING=queue PANDUS_REDIS_URL=redis://... flask --app wsgi worker
    python -m bench.sync run pandus --base http://127.0.0.1:8000 --pid server=PID --pid database=PID --out pandus.json

What follows `run` is the bench's own command line (its README); adapters of other servers work too, so that one
command can alternate them. Facilities and violations are made by `prepare`: leave out --facilities and --violations
of `run`. `python -m bench.sync understood --database DB --first-audit 500000` measures how fast workers understand.

What counts: `race` and `race1` miss nothing, `verify` and `race` find everything that was accepted, and nothing is
quarantined, which the adapter looks up at the end of every `settled`.
"""
