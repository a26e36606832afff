"""How long the table of coverage takes for a whole country: 43,000 facilities, 9,000 settlements.

    python -m bench.reach --database postgresql://.../bench_reach

The database is filled anew (its name must contain "bench"); every third facility was audited. Each question is
asked five times through the application, without a network.
"""
