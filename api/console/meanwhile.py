"""What somebody else did about a violation last, for whoever comes second."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from api.console import facts
from api.console.doings import DOINGS
from inspection import people_names, violation_details
from inspection.access import Caller
from inspection.countries import local_date
from inspection.history import DecisionKind


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done. who: their name, empty for somebody who is not known any more."""

    what: str
    who: str
    day: str
    words: str


def last_done(session: Session, caller: Caller, violation_id: UUID, *, now: datetime) -> Done | None:
    """What was decided or done last about a violation; None if nothing ever was. Raises NotFound."""
    row = violation_details.one(session, caller, violation_id, now=now)
    found = max(_things(row), key=lambda each: each[0], default=None)
    if found is None:
        return None
    at, kind, author, words = found
    doing = DOINGS.get(kind)
    what = str(doing.title) if doing else gettext("Something was taken back")
    who = people_names.names(session, {author}).get(author, "")
    return Done(what, who, facts.day(local_date(at, row["country"])), words)


def _things(row: Mapping[str, Any]) -> Iterator[tuple[datetime, str, UUID, str]]:
    confirmed = DecisionKind.CONFIRM.value  # is about a correction, not about this violation
    for decision in row["decisions"]:
        if decision["kind"] == confirmed:
            continue
        yield decision["decided_at"], str(decision["kind"]), decision["author_id"], decision["reason"]
    for act in row["acts"]:
        yield act["acted_at"], str(act["kind"]), act["author_id"], act["words"]
