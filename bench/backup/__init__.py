"""What a backup of a country takes, what it costs requests that run meanwhile, and what putting it back takes.

    python -m bench.backup --database sqlite:///var/bench_backup.db --elsewhere sqlite:///var/bench_elsewhere.db \\
        --folder var/bench_backup
    python -m bench.backup --database postgresql://.../bench_backup --elsewhere postgresql://.../bench_elsewhere \\
        --folder var/bench_backup

Both databases are empty; the first, whose name must contain "bench", is filled once with 43,000 facilities and
200,000 violations (`bench/violations/country.py`) and --photos files of --photo-bytes. The real server (granian, 2
processes of 4 threads) answers one client that reads two lists and writes a wish, in turns, first alone and then
beside backups. Every command is a process of its own; its peak of memory does not count PostgreSQL's programs.
"""
