"""What happens to a person's sign-in stands in the journal of every region in which they ever had a grant."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from inspection.journal import Change, Changes
from inspection.people import journal_region
from inspection.tables.areas import Area
from inspection.tables.people import Grant
from inspection.unit import Unit


def note(unit: Unit, person_id: UUID, action: str, facts: Changes | None = None, **about: Any) -> None:
    """Add it to the journal. about: further members of a Change; by whom, where that is not who asked."""
    granted = select(Area).join(Grant, Grant.area_code == Area.code).where(Grant.person_id == person_id)
    for region in sorted({journal_region(area) for area in unit.session.scalars(granted)}):
        unit.journal.add(Change(region, action, "person", str(person_id), facts or {}, **about))
