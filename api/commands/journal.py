"""`flask journal`: is the journal what was written?"""

import re
from email import message_from_bytes, policy
from pathlib import Path

import click

from api.refused import CommandGroup
from api.wiring import wiring
from api.work import Work
from inspection.journal_proof import Noted, count_entries, journal_regions, noted_in_journal, verify
from inspection.ledgers import ledger_of

NOTE = re.compile(r"((?:reads:)?[^\s=]{1,16})=([0-9]{1,18}):([0-9a-f]{64})")

command = CommandGroup("journal", help="The journal of changes.")


@command.command("verify")
@click.option("--region", "only", help="Only this region (or country); by default all.")
@click.option(
    "--expect",
    "expected",
    multiple=True,
    metavar="REGION=NUMBER:HASH",
    help="An entry that the journal must still hold, as an earlier run printed it; can be repeated.",
)
@click.option(
    "--heads",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with what an earlier run printed, or a weekly digest saved as a mail (.eml) or as text: "
    "the journal must still hold those entries.",
)
def verify_chains(only: str | None, expected: tuple[str, ...], heads: Path | None) -> None:
    """Walk the chains of every region: its journal, and who was shown what (`reads:`). Name what is tampered with,
    missing or cut off; print where each ends.

    Keep the printed lines outside the database: only they betray an end that was cut off without a trace, or a
    journal that was written anew.
    """
    noted = [_read_note(line, "--expect") for line in expected] + (_read_notes(heads) if heads else [])

    def walk(work: Work) -> tuple[int, int]:
        told = [*noted, *noted_in_journal(work.session)]
        known = [*journal_regions(work.session), *(note.region for note in told)]
        chains = [chain for chain in dict.fromkeys(known) if only in (None, ledger_of(chain)[1])]
        walks = [verify(work.session, chain, told) for chain in chains]
        flaws = 0
        for each in walks:
            for flaw in each:
                click.echo(str(flaw))
                flaws += 1
            click.echo(str(each.last))
        seen = sum(each.seen for each in walks)
        if only is None and (lost := count_entries(work.session) - seen) > 0:
            click.echo(f"{lost} entries belong to no region: tampered")
            flaws += 1
        click.echo(f"{seen} entries of {len(walks)} chains walked, {flaws} flaws.")
        return len(walks), flaws

    regions, flaws = wiring().units.read(walk)
    if flaws or (only and not regions):
        raise click.ClickException("the journal is not what was written" if flaws else f"no journal of {only}")


def _read_notes(file: Path) -> list[Noted]:
    # What is kept is often all that was printed; a line that notes an entry is one with `=`. A digest has also
    # addresses of lists, and says its lines once in each language.
    lines = dict.fromkeys(line for line in _lines(file) if "=" in line and "://" not in line)
    noted = [_read_note(line, "--heads") for line in lines]
    if not noted:
        raise click.BadParameter(f"no line of {file} is REGION=NUMBER:HASH", param_hint="--heads")
    return noted


def _lines(file: Path) -> list[str]:
    held = file.read_bytes()
    if file.suffix == ".eml":
        body = message_from_bytes(held, policy=policy.default).get_body(("plain",))
        return [] if body is None else str(body.get_content()).splitlines()
    return held.decode(errors="replace").splitlines()


def _read_note(line: str, option: str) -> Noted:
    read = NOTE.fullmatch(line.strip())
    if read is None:
        raise click.BadParameter(f"{line[:80]!r} is not REGION=NUMBER:HASH", param_hint=option)
    return Noted(read[1], int(read[2]), bytes.fromhex(read[3]))
