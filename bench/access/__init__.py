"""What signing in costs a request, and what counting it does.

    python -m bench.access

Asks an application in this process, on SQLite and on a PostgreSQL of its own, the same thing in turns: as it is,
and with the sign-in answered from memory, by a tablet's token and by a person's. Prints milliseconds: medians,
and for a busy machine what the quickest tenth took at most. Then what it costs to hold a request to its limits,
counted in memory and in a Redis.
"""
