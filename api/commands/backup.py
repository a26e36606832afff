"""`flask backup`: a copy of the whole installation while it runs, and whether an older one is still whole."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from api.backup.making import Maker
from api.backup.manners import after_others, unreadable_to_others
from api.backup.photos import Bad
from api.backup.verifying import Verified, verify
from api.refused import said_in_sentences
from api.wiring import wiring

BEHIND = 10  # steps of niceness: requests come first


@click.command("backup")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), help="Then remove all but so many of the newest backups.")
@click.option("--allow-missing", is_flag=True, help="Exit with 0 although photos are missing or damaged.")
@click.option("--with-key", is_flag=True, help="Copy the key file too: whoever reads the backup can then sign.")
@click.option("--verify", "only_verify", is_flag=True, help="Make none: read the newest, or the one named, back.")
@with_appcontext
def command(folder: Path, keep: int | None, allow_missing: bool, with_key: bool, only_verify: bool) -> None:
    """Copy the database and the photos into FOLDER, where backups lie one beside the other.

    The server may run meanwhile. Photos are copied once for all backups. What is on its way (uploads that are not
    complete, files of answers that were never sent) is not in it; neither is the key file, unless it is asked for.
    """
    with unreadable_to_others(), said_in_sentences():
        if only_verify:
            _say_verified(verify(folder), allow_missing=allow_missing)
        else:
            _make(folder, keep=keep, allow_missing=allow_missing, with_key=with_key)


def _make(folder: Path, *, keep: int | None, allow_missing: bool, with_key: bool) -> None:
    parts = wiring()
    with after_others(BEHIND):
        made = Maker(parts.units, parts.settings, click.echo).make(folder, keep=keep, with_key=with_key)
    photos = made.photos
    rows = sum(made.manifest.counts.values())
    click.echo(f"{made.folder}: {rows} rows at schema {made.manifest.schema}; {photos.kept} files of photos,")
    click.echo(f"  {photos.new} of them new ({photos.new_bytes / 1_000_000:,.1f} MB).")
    if not with_key and made.manifest.key is not None:
        click.echo("  The key file is not in it: keep a copy elsewhere, or all tablets are to be paired anew.")
    if made.removed:
        click.echo(f"  {len(made.removed)} older backups and {made.swept} files of photos were removed.")
    _refuse_bad(photos.bad, allow_missing=allow_missing)


def _say_verified(found: Verified, *, allow_missing: bool) -> None:
    said = found.manifest
    click.echo(f"{found.folder}, of {said.taken_at:%Y-%m-%d %H:%M:%S} UTC, at schema {said.schema}:")
    click.echo(f"  the database is what was written; {said.photos.kept} files of photos were read.")
    _refuse_bad(found.bad, allow_missing=allow_missing)


def _refuse_bad(bad: Bad, *, allow_missing: bool) -> None:
    for sentence in bad.shown:
        click.echo(f"  {sentence}", err=True)
    if more := bad.count - len(bad.shown):
        click.echo(f"  and {more} more", err=True)
    if bad.count and not allow_missing:
        raise click.ClickException(f"{bad.count} files of photos are missing or damaged; all the rest is whole")
