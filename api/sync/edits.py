"""Understanding pushed edits, one by one: within the push, or later if the process died in between."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import structlog

from api import backlog
from api.wiring import wiring
from api.work import DatabaseAway, Units, Work
from inspection.errors import Busy, DoesNotApply, InspectionError, Unauthenticated
from inspection.sync import pushing, tablets
from inspection.sync.collections import COLLECTIONS
from inspection.sync.pushing import Row
from inspection.sync.tablets import Tablet
from inspection.sync.verdicts import Verdict
from inspection.tables.intake import IntakeState

# Not about the row: the request is answered with it, and sent again.
OF_THE_REQUEST = (Busy, DatabaseAway, Unauthenticated)
PROGRAM_FAILED = "the program failed on this row; it is kept, and can be tried again after an update"
AT_A_TIME = 1000

log = structlog.get_logger("pandus.sync")


def understand(sign_in: Callable[[Work], Tablet], row: Row, *, known: bool) -> Verdict:
    """Make something of one edit, in a unit of its own; what is refused is put aside in another.

    sign_in: who sent it, as of now. known: the very same row was received before.
    """
    collection = COLLECTIONS[row.key.collection]

    def unit(work: Work) -> Verdict:
        verdict = pushing.understand_edit(work, sign_in(work), row, known=known)
        if collection.name == "facilities" and verdict.state is not IntakeState.WAITING:
            backlog.arrived(work, [row.key.document_id])  # audits may have come before it
        return verdict

    units = wiring().units
    try:
        return units.write(unit)
    except OF_THE_REQUEST:
        raise
    except InspectionError as error:
        refusal = error
    except Exception:  # one row that the program fails on must not block all that a tablet has to say
        log.exception("edit_not_understood", collection=collection.name, document_id=str(row.key.document_id))
        refusal = DoesNotApply(PROGRAM_FAILED)
    return units.write(lambda work: pushing.refused(work, sign_in(work), collection, row, refusal))


def finish(units: Units) -> int:
    """Understand edits that a process kept and died before it understood them. Returns how many it could.

    One that is just under way comes to the same: understanding an edit twice changes nothing.
    """
    found = units.read(lambda work: pushing.kept_edits(work.session, AT_A_TIME))
    finished = 0
    for row, person_id, device_id in found:
        try:
            _finish(units, row, partial(_sender, person_id=person_id, device_id=device_id))
            finished += 1
        except InspectionError as error:  # whoever sent it is nobody any more: it stays kept, and is counted
            log.warning("edit_left", document_id=str(row.key.document_id), problem=error.slug)
    return finished


def _finish(units: Units, row: Row, sender: Callable[[Work], Tablet]) -> None:
    if row.fault is None:
        understand(sender, row, known=True)
    else:  # a person let it have another turn, and it is no more legible than before
        collection = COLLECTIONS[row.key.collection]
        units.write(lambda work: pushing.set_aside(work, sender(work), collection, row))


def _sender(work: Work, *, person_id: UUID, device_id: UUID | None) -> Tablet:
    tablet = tablets.of_person(work.session, person_id, device_id, now=work.now)
    work.journal.acted_by(tablet.caller, tablet.device_id)
    return tablet
