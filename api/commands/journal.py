"""`flask journal`: is the journal what was written?"""

import click
from sqlalchemy import select

from api.refused import CommandGroup
from api.wiring import wiring
from api.work import Work
from inspection.journal import verify
from inspection.tables.regions import RegionHead

command = CommandGroup("journal", help="The journal of changes.")


@command.command("verify")
@click.option("--region", "only", help="Only this region (or country); by default all.")
def verify_chains(only: str | None) -> None:
    """Walk the chain of every region and name each entry that is tampered with, missing or cut off."""

    def walk(work: Work) -> tuple[int, int]:
        heads = work.session.scalars(select(RegionHead).order_by(RegionHead.region)).all()
        regions = [head.region for head in heads if only in (None, head.region)]
        entries = sum(head.journal_number for head in heads if head.region in regions)
        flaws = 0
        for region in regions:
            for flaw in verify(work.session, region):
                click.echo(f"{flaw.region} entry {flaw.number}: {flaw.what}")
                flaws += 1
        click.echo(f"{entries} entries of {len(regions)} regions walked, {flaws} flaws.")
        return len(regions), flaws

    regions, flaws = wiring().units.read(walk)
    if flaws or (only and not regions):
        raise click.ClickException("the journal is not what was written" if flaws else f"no journal of {only}")
