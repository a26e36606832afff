"""How long one night takes: who is told what over a whole country, and ten thousand letters. And a Monday morning,
with two officials of every area in the country.

    python -m bench.notices --database postgresql://.../bench_notices
    python -m bench.notices --database sqlite:///var/bench_notices.db

The database is filled anew (its name must contain "bench") with 43,000 facilities and 200,000 violations. The
first night after a year without any is the hardest there is; the second finds nothing new. Letters go nowhere:
what is measured is our own work, not a mail server's.
"""
