"""`flask restore`: a backup put back into an empty database, and what people have to know afterwards."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import click
from flask.cli import with_appcontext

from api.backup.manners import unreadable_to_others
from api.backup.restoring import Restored, Restorer, Wish
from api.refused import said_in_sentences
from api.wiring import wiring
from inspection.restoring import HIGHEST, Floors, floors_needed, refuse_wrong_floors

FLOOR = re.compile(r"([^\s:=]{1,12}):([0-9]{4})=([0-9]{1,9})")
LOST = """What came after the backup is gone here. Tell people:
  Tablets send again what they hold, once they are online. Who was paired or given a token since has to be again.
  What was taken away since is there again: end grants, revoke tokens and links, stop tablets anew.
  Letters that may have gone out are held: /api/v1/letters?state=held, /api/v1/digests?state=held, `flask held`.
  Prescriptions, decisions and answers of operators since the backup have to be entered anew from their papers.
  Where the database has a role for the servers, `flask db grant` it again."""


@click.command("restore")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--floor",
    "floors",
    multiple=True,
    metavar="DEPARTMENT:YEAR=NUMBER",
    help="The last number of a prescription that a department gave in a year, or may have; can be repeated.",
)
@click.option(
    "--floors",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a line DEPARTMENT:YEAR=NUMBER for each.",
)
@click.option("--no-prescriptions-since", is_flag=True, help="None was issued since the backup, anywhere else.")
@click.option("--allow-missing", is_flag=True, help="Go on without photos that are missing or damaged.")
@click.option("--accept-flaws", is_flag=True, help="Go on although the journal is not what was written.")
@click.option(
    "--with-key", is_flag=True, help="Put the key file back, too, if the backup has it and none is there."
)
@with_appcontext
def command(
    *,
    folder: Path,
    floors: tuple[str, ...],
    file: Path | None,
    no_prescriptions_since: bool,
    allow_missing: bool,
    accept_flaws: bool,
    with_key: bool,
) -> None:
    """Put a backup back: FOLDER is one, or a folder of several, of which the newest is taken.

    PANDUS_DATABASE_URL names a database of the same kind without any tables; photos go where PANDUS_PHOTOS says. A
    restore that died is begun again with the same command; until it has ended nothing serves the database.
    """
    with unreadable_to_others(), said_in_sentences():
        restorer = Restorer(wiring().settings, folder, click.echo)
        restorer.refuse()
        given = _read([*floors, *(file.read_text("utf-8").split() if file else ())])
        numbers = _floors(restorer, given, none_since=no_prescriptions_since)
        wish = Wish(numbers, allow_missing=allow_missing, accept_flaws=accept_flaws, with_key=with_key)
        _say(restorer.restore(wish))


def _read(lines: Iterable[str]) -> dict[tuple[str, int], int]:
    given = {}
    for line in lines:
        read = FLOOR.fullmatch(line)
        if read is None:
            raise click.BadParameter(f"{line[:80]!r} is not DEPARTMENT:YEAR=NUMBER", param_hint="--floor")
        given[read[1], int(read[2])] = int(read[3])
    return given


def _floors(restorer: Restorer, given: Floors, *, none_since: bool) -> Floors:
    """The last number that each department gave; asked for where a person is there to say it."""
    said = restorer.manifest
    needed = floors_needed(said.numbers, said.taken_at, wiring().units.now())
    refuse_wrong_floors(needed, given)
    numbers = dict(needed) if none_since else {}
    numbers.update(given)
    missing = sorted(needed.keys() - numbers.keys())
    if missing and not is_asked():
        listed = "".join(
            f"\n  --floor {code}:{year}=…  (the backup knows {needed[code, year]})" for code, year in missing
        )
        raise click.UsageError(
            "which prescription did each department number last? Numbers that were given must not be given again. "
            f"Say it, or --no-prescriptions-since:{listed}"
        )
    for code, year in missing:
        asked = f"Last number that {code} gave in {year} (the backup knows {needed[code, year]})"
        numbers[code, year] = click.prompt(asked, type=click.IntRange(needed[code, year], HIGHEST))
    return numbers


def is_asked() -> bool:
    """Whether there is a person who can be asked."""
    return sys.stdin.isatty()


def _say(done: Restored) -> None:
    said, finished = done.manifest, done.finished
    click.echo(f"Restored, as of {said.taken_at:%Y-%m-%d %H:%M:%S} UTC: {sum(said.counts.values())} rows,")
    click.echo(f"  {done.photos.put} files of photos put back, {done.photos.there} were there.")
    for sentence in done.photos.bad.shown:
        click.echo(f"  {sentence}", err=True)
    if done.photos.bad.count:
        click.echo(f"  {done.photos.bad.count} in all; tablets that hold them are asked for them again.", err=True)
    for flaw in done.flaws:
        click.echo(f"  journal: {flaw}", err=True)
    if done.mended:
        click.echo(f"  The feeds of {', '.join(done.mended)} did not say what the tables say, and were mended.")
    held = f"{finished.letters_held} letters and {finished.digests_held} digests are held"
    click.echo(f"  {held}, {finished.feeds} feeds have a new epoch.")
    if done.key is not None:
        without = "without the old one all tablets are to be paired anew, and links in letters are over"
        click.echo(f"  The key file: {done.key}; {without}.", err=True)
    click.echo(LOST)
