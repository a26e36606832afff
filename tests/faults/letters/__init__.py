"""Letters under fire: real workers, PostgreSQL, Redis and a mail server, killed and refused at random meanwhile.

`python -m tests.faults.letters --letters 10000 --seed 1` is the long run. What the mail server took is the oracle:
nothing lost, and nothing doubled but where a process or the database died between that server's word and our
commit.
`test_letters.py` is the short one.
"""
