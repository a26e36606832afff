"""`flask held`: mail that may have gone out before a backup was restored, for whoever runs the installation."""

from collections.abc import Callable
from functools import partial

import click
from sqlalchemy import func, select

from api.refused import CommandGroup
from api.wiring import wiring
from api.work import Work
from inspection.digests.holding import settle_digests
from inspection.held_mail import HeldOutcome, Saying, Settled
from inspection.notices.holding import settle_letters
from inspection.tables.digests import Digest
from inspection.tables.notices import Letter
from inspection.tables.outgoing import MailState

command = CommandGroup("held", help="Mail that may have gone out before a backup was restored.")


@command.command("list")
def list_held() -> None:
    """Say how many letters and digests are held, by region."""

    def count(work: Work) -> list[tuple[str, str, int]]:
        found = []
        for what, model, where in (
            ("letters", Letter, Letter.region_code),
            ("digests", Digest, Digest.home_region),
        ):
            held = select(where, func.count()).where(model.state == MailState.HELD.value).group_by(where)
            found += [(where_it_is, what, number) for where_it_is, number in work.session.execute(held)]
        return sorted(found)

    held = wiring().units.read(count)
    for region, what, number in held:
        click.echo(f"{region}  {number} {what}")
    click.echo(
        "Officials settle them at /api/v1/letters/held; all at once: `held release`, `held discard`."
        if held
        else "Nothing is held."
    )


@command.command("release")
@click.option("--area", help="Only letters there; digests then stay.")
@click.option("--reason", required=True, help="Why, for the journal.")
def release(area: str | None, reason: str) -> None:
    """Let all of it go out: it did not before."""
    _settle(Saying(HeldOutcome.RELEASE, reason), area)


@command.command("discard")
@click.option("--area", help="Only letters there; digests then stay.")
@click.option("--reason", required=True, help="Why, for the journal.")
def discard(area: str | None, reason: str) -> None:
    """End all of it: it went out before, or shall not."""
    _settle(Saying(HeldOutcome.DISCARD, reason), area)


def _settle(said: Saying, area: str | None) -> None:
    letters = _all(partial(settle_letters, caller=None, said=said, area=area))
    digests = 0 if area else _all(partial(settle_digests, said=said))
    click.echo(f"{letters} letters and {digests} digests: {said.outcome.value}.")


def _all(step: Callable[[Work], Settled]) -> int:
    total = 0
    while True:
        done = wiring().units.write(step)
        total += done.settled
        if not done.settled:
            return total
