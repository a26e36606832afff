"""How long it takes to rank a whole country: 43,000 facilities, 200,000 violations.

    python -m bench.ranks --database postgresql://.../bench_ranks

The database is filled anew (its name must contain "bench"); every third facility was audited, every tenth counted.
The first run writes every number there is, the second finds nothing new, the third follows one count.
"""
