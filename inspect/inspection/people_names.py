"""What people are called, for pages that say who did something."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.tables.people import Person


def names(session: Session, people: Collection[UUID]) -> Mapping[UUID, str]:
    """Names by id. One query, none for nobody."""
    if not people:
        return {}
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(people))))
    return {row.id: row.name for row in found}
