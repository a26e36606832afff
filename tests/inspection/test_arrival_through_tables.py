"""However audits, corrections and acts reach the tables, what the tables say in the end is the same.

The rules are tested for this by themselves (`test_arrival_order.py`); here whole documents go through intake,
batches and the database. Acts carry the server's time, so they are laid into the tables as they are.
"""

from random import Random

import pytest

from inspection.tables.journal import JournalEntry
from tests.inspection.histories import History, picture
from tests.inspection.world import World

SEEDS, ORDERS = range(8), range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_tables_say_the_same_in_whatever_order_and_batches_a_history_arrived(world: World, seed: int) -> None:
    history = History(world, seed)
    pictures = []
    for order in ORDERS:
        history.arrive(Random(f"{seed} {order}"))
        pictures.append(picture(world, history.facility))
    first = pictures[0]
    for other in pictures[1:]:
        for part, said in first.items():
            assert other[part] == said, part
    assert len(world.rows(JournalEntry)) > 0


def test_the_histories_of_this_module_hold_what_they_are_to_test(world: World) -> None:
    """Not one of them says less than it seems to: things open, end, wait, are told and lose their effect."""
    seen: set[str] = set()
    for seed in SEEDS:
        history = History(world, seed)
        history.arrive(Random(seed))
        said = picture(world, history.facility)
        seen |= {violation["state"] for violation in said["violations"].values()}
        seen |= {"followup"} if said["followup"] else set()
        seen |= {"case"} if said["cases"] else set()
        seen |= {"awaiting"} if said["standing"]["awaiting"] else set()
        seen |= {"without effect"} if said["standing"]["without_effect"] else set()
        seen |= {"again"} if any(len(v["episodes"]) > 1 for v in said["violations"].values()) else set()
    assert seen >= {"open", "released", "waived", "followup", "case", "awaiting", "without effect", "again"}
