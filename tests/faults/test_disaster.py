"""A backup is made while tablets push, the machine is lost, and another one goes on from the backup."""

from pathlib import Path

import pytest

from tests.faults.disaster import Keeper, letters, numbers
from tests.faults.oracle import Verdict
from tests.faults.run import Plan, Simulation

OPENING = (
    *("prescribe", "write letters", "prescribe", "move", "back up beside"),
    *("flip", "move", "prescribe", "write letters", "lose", "prescribe", "move"),
)


@pytest.mark.parametrize(("database", "seed"), [("sqlite", 3), ("postgresql", 4)])
def test_a_lost_machine_loses_nothing_that_was_signed_and_writes_to_nobody_twice(
    database: str, seed: int, tmp_path: Path
) -> None:
    plan = Plan(
        seed, database, seconds=600, tablets=4, page=200, pace=0.4, office_pace=1.0, opening=OPENING, events={}
    )
    with Simulation(plan) as simulation:
        keeper = Keeper.of(simulation, tmp_path)
        simulation.disturb()
        simulation.calm()
        leave_out_what_was_prescribed(simulation.examine(), keeper)
        report = simulation.report()
        said = "\n".join(report.lines())
        assert report.good, said
        assert keeper.done["operations beside backups"] > 20, said
        assert "run `flask restore` again" in keeper.refused_to_serve
        assert "0 flaws" in simulation.server.run("journal", "verify")
        assert "nothing was changed" in simulation.server.run("feed", "rebuild")
        simulation.server.run("backup", str(keeper.backups), "--verify")
        only_new_numbers(keeper, simulation.store.url)
        simulation.server.run("notices", "run")
        became = letters(simulation.store.url)
        mailed = list((tmp_path / "elsewhere" / "mail").glob("*.eml"))
        assert (mailed, became["queued"]) == ([], 0), (became, said)
        assert became["held"] > 0, (became, said)
        assert keeper.done["letters sent"] > 0, said


def leave_out_what_was_prescribed(verdict: Verdict, keeper: Keeper) -> None:
    """A correction of what was prescribed waits for a head of department, of which the oracle knows nothing."""
    kind = "violations apart from the truth"
    others = [s for s in verdict.faults[kind] if s.partition(" ")[0] not in set(map(str, keeper.prescribed))]
    verdict.faults[kind] = others


def only_new_numbers(keeper: Keeper, url: str) -> None:
    """No number that was given between the backup and the loss is given again."""
    lost, known = (next(iter(each.values())) for each in (keeper.lost, keeper.known))
    held = {number for _, number in numbers(url)}
    assert held == {*range(1, known + 1), lost + 1}, (known, lost)
    assert lost > known
