"""A short run with every kind of fault on each database; `python -m tests.faults` is the long one."""

import pytest

from tests.faults.proxy import Fault
from tests.faults.run import Plan, run

OPENING = ("move", "back up", "flip", "move", "midnight", "crash", "restore", "move", "kill", "flip")


@pytest.mark.parametrize(("database", "seed"), [("sqlite", 1), ("postgresql", 2)])
def test_whatever_the_link_the_server_and_the_clocks_did_nothing_is_lost_doubled_or_leaked(
    database: str, seed: int
) -> None:
    plan = Plan(
        seed, database, seconds=300, tablets=5, page=200, pace=0.08, office_pace=0.5, opening=OPENING, events={}
    )
    report = run(plan)
    said = "\n".join(report.lines())
    assert report.good, said
    assert {"server killed", "backups restored", "facilities moved"} <= set(report.events), said
    assert set(report.network) == set(Fault), said
    assert report.operations["audits signed"] > 40, said
