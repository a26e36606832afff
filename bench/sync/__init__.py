"""The door of the tablets, measured by the shared bench that lies beside the repository (`../shared/bench`).

Make a database, serve it, and let the bench ask it, from the root of the repository; DB is a PostgreSQL address:

    export PYTHONPATH=.:inspect PANDUS_DATABASE_URL=DB PANDUS_UNDERSTANDING=queue PANDUS_REDIS_URL=redis://...
    python -m bench.sync prepare --database DB --facilities 5000 --violations 20000
    flask --app wsgi serve
    flask --app wsgi worker
    python -m bench.sync run pandus --base http://127.0.0.1:8000 --pid server=PID --pid database=PID --out x.json

What follows `run` is the bench's own command line (its README); adapters of other servers work too, so that one
command can alternate them. Facilities and violations are made by `prepare`: leave --facilities and --violations of
`run` away.

Audits that are being understood take their share of the machine: without a worker the bench measures how fast they
are *kept*, and `bench.understanding` measures apart how fast they are *understood*. `race` and `verify`
need a worker.

What counts: `race` and `race1` miss nothing, `verify` and `race` find everything that was accepted, and nothing is
quarantined, which the adapter looks up at the end of every `settled`.
"""
