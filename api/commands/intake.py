"""`flask intake`: what tablets and clients sent."""

from uuid import UUID

import click

from api.backlog import UNDERSTOOD_LATER, understand_backlog
from api.refused import CommandGroup
from api.sync import edits
from api.wiring import wiring
from inspection.intake import Backlog, backlog
from inspection.intake_review import received
from inspection.intake_turns import replay as let_again
from inspection.sync.pushing import EDITS
from inspection.tables.intake import IntakeRow, IntakeState

REPLAYED = sorted([*UNDERSTOOD_LATER, *EDITS])

command = CommandGroup("intake", help="What tablets and clients sent.")


@command.command("understand")
def understand() -> None:
    """Understand what is kept and was not understood yet, or waits for something that has come."""
    became = understand_backlog(wiring().units)
    if finished := edits.finish(wiring().units):
        became["finished"] = finished
    states = ", ".join(f"{count} {state}" for state, count in sorted(became.items()))
    click.echo(f"{became.total()} documents: {states}." if became else "Nothing is waiting.")
    if became["failed"]:
        raise click.ClickException("some documents could not be understood; the log says why, and they are kept")


@command.command("status")
def status() -> None:
    """Say how much is not understood yet, and since when."""
    now, held = wiring().units.read(lambda work: (work.now, backlog(work.session)))
    for line in lines(held):
        click.echo(line)
    if held.oldest is not None:
        click.echo(f"The oldest has been waiting for {round((now - held.oldest).total_seconds())} seconds.")


@command.command("replay")
@click.option("--state", type=click.Choice(["quarantined", "waiting"]), default="quarantined", show_default=True)
@click.option("--collection", type=click.Choice(REPLAYED), help="Only documents of this one.")
@click.option("--id", "document_id", type=click.UUID, help="Only the document with this id.")
@click.option("--reason-like", help="Only those whose reason contains this.")
def replay(state: str, collection: str | None, document_id: UUID | None, reason_like: str | None) -> None:
    """Try again what was put aside: after an update, a new grant, a mended checklist.

    Edits are made with what their author may do now; where that is not enough, a head of department decides.
    """
    units = wiring().units
    which = [collection] if collection else REPLAYED
    about = {"state": IntakeState(state), "document_id": document_id, "reason_like": reason_like}
    count = units.write(lambda work: let_again(work, which, **about))  # type: ignore[arg-type]
    became = understand_backlog(units)
    if finished := edits.finish(units):
        became["finished"] = finished
    states = ", ".join(f"{n} {state}" for state, n in sorted(became.items()))
    click.echo(f"{count} documents were put back{f': {states}' if states else ''}.")


@command.command("show")
@click.argument("document_id", type=click.UUID)
def show(document_id: UUID) -> None:
    """Show what was received under an id and what became of it. Drafts are their author's alone."""
    found = wiring().units.read(lambda work: [shown_row(row) for row in received(work.session, document_id)])
    if not found:
        raise click.ClickException("nothing was received under this id")
    click.echo("\n\n".join(found))


def shown_row(row: IntakeRow) -> str:
    """What is known of a row, a line each, and what was sent."""
    facts = {
        "key": f"{row.home_region} {row.collection} {row.document_id} {row.content_hash.hex()}",
        "state": row.state,
        "reason": row.reason,
        "waiting for": row.waiting_for,
        "attempts": row.attempts,
        "sent by": row.person_id,
        "device": row.device_id,
        "device time": row.device_time,
        "received": row.received_at,
        "understood": row.understood_at,
        "decision": row.decision,
        "decided by": row.decided_by,
        "decided because": row.decision_reason,
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value is not None]
    return "\n".join([*lines, row.body.decode(errors="backslashreplace")])


def lines(held: Backlog) -> list[str]:
    """The backlog in sentences."""
    counts = [f"{count} {collection} {state}" for (state, collection), count in held.states.items()]
    return [f"{held.count} documents are not understood yet.", *counts]
