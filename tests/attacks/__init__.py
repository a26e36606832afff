"""Attacks on the whole application: hostile values at every place that takes one, tampered tokens, hostile files.

The suite tries a part of all payloads at each place, another part on each database, and says how many at the end
of the run. `python -m tests.attacks --seed 7 --minutes 30` goes on with other parts until its time is over.
"""
