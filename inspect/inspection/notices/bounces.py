"""Letters that a mail server took and another gave back, and addresses that are none any more.

A letter that came back is one to be delivered on paper. An address of which a server says that it does not exist
is not written to again until somebody writes it anew.
"""

from uuid import UUID

from sqlalchemy import select

from inspection.notices.letters import came_back
from inspection.tables.areas import Area, Level
from inspection.tables.notices import Letter, LetterState
from inspection.unit import Unit


def record_bounce(unit: Unit, letter_id: UUID, answer: str) -> bool:
    """Write down that a letter that was sent came back. Whether it was one of ours that had counted as sent.

    answer: the code and the words of whoever gave it back. A report that comes twice changes nothing.
    """
    regions = select(Area.code).where(Area.level <= Level.REGION)  # the few a letter can be born in
    mine = select(Letter).where(Letter.home_region.in_(regions), Letter.id == letter_id).with_for_update()
    letter = unit.session.scalars(mine).one_or_none()
    if letter is None or letter.state != LetterState.SENT:
        return False
    came_back(unit, letter, answer)
    return True
