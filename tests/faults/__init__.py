"""Simulated tablets against the real server over a link that fails, and an oracle that says what went wrong.

    python -m tests.faults --minutes 30 --seed 1 --database sqlite
    python -m tests.faults --minutes 30 --seed 1 --database postgresql

`region.py` founds an invented region, and `ledger.py` knows what is true in it. `tablet.py` does an inspector's
work and syncs through `proxy.py`, which cuts, delays, doubles, reorders and truncates. `office.py` gives and ends
grants, moves facilities, kills the server and restores backups. Then all go quiet (`run.py`), and `oracle.py`
compares what the database and the tablets hold with what is true. `mutations.py` breaks the server on purpose: the
oracle has to say so.
"""
