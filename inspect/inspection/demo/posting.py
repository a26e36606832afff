"""The letters of the last evening: put together, and one of them given back by the mail server of the operator."""

from sqlalchemy import select

from inspection.demo.people import REGION
from inspection.notices.letters import LETTERS, gather
from inspection.tables.notices import Letter, LetterState
from inspection.unit import Unit

GAVE_BACK = "550 5.1.1 mailbox unknown (демо)"
GIVEN_BACK = 2


def gather_letters(unit: Unit) -> int:
    """Put the next waiting notices into letters; how many, 0 when all are."""
    return gather(unit, REGION)


def send_back(unit: Unit) -> None:
    """Let some letters to operators go out and come back: somebody has to bring them by hand."""
    queued = (Letter.home_region == REGION) & (Letter.state == LetterState.QUEUED.value)
    wanted = select(Letter.home_region, Letter.id).where(queued, Letter.recipient.startswith("operator:"))
    found = unit.session.execute(wanted.order_by(Letter.local_date, Letter.id).limit(GIVEN_BACK)).all()
    for key in [(row.home_region, row.id) for row in found]:
        LETTERS.claim(unit, key)
        LETTERS.record(unit, key, None)
        LETTERS.came_back(unit, key[1], GAVE_BACK)
