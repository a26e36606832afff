"""`flask geocode`: positions from addresses, where nothing better is known. For cron; two at once do no harm."""

import click

from api.geocoding import Asking, geocoder, queue_all
from api.refused import CommandGroup
from api.wiring import wiring
from inspection.geocoding import waiting

command = CommandGroup("geocode", help="Positions from addresses, where nothing better is known.")


@command.command("queue")
def queue() -> None:
    """Find facilities that have an address and no exact position.

    One whose address names a settlement of the gazetteer is put in its middle; with PANDUS_GEOCODER all of them
    are queued for the geocoder as well.
    """
    parts = wiring()
    asks = geocoder(parts.settings) is not None
    placed, queued = queue_all(parts.units, ask=asks)
    said = f"{queued} addresses are queued" if asks else "no geocoder is configured"
    click.echo(f"{placed} facilities were put in the middle of their settlement; {said}.")


@command.command("run")
@click.option("--most", type=click.IntRange(1), help="Ask for so many addresses at most.")
def run(most: int | None) -> None:
    """Ask the geocoder of PANDUS_GEOCODER for the addresses that wait, in its own time."""
    parts = wiring()
    asked = geocoder(parts.settings)
    if asked is None:
        raise click.ClickException("addresses are not looked up: PANDUS_GEOCODER is empty")
    became = Asking(parts.units, asked, parts.settings.geocoder_per_minute).run(most)
    click.echo(", ".join(f"{number} {name}" for name, number in sorted(became.items())) or "nothing waits")


@command.command("status")
def status() -> None:
    """Say how many addresses stand in which state."""
    for state, number in sorted(wiring().units.read(lambda work: waiting(work.session)).items()):
        click.echo(f"{state:<12}{number}")
