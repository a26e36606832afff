"""Reading what an address or a form says: what is understood counts, what is not is named and passed over."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, ValidationError

from inspection import read_areas
from inspection.countries import COUNTRIES, local_date


def understood(schema: Schema, given: Mapping[str, str], **otherwise: str) -> tuple[dict[str, Any], list[str]]:
    """What a query asks for, as the schema reads it, and the names of parameters that say nothing it understands.

    otherwise: what counts where the query says nothing.
    """
    wrong: list[str] = []
    known = {name: value for name, value in given.items() if name in schema.fields and value.strip()}
    known = {**otherwise, **known}
    while True:
        try:
            asked: dict[str, Any] = schema.load(known)
        except ValidationError as error:
            bad = [name for name in error.messages_dict if name in known]
            if not bad:
                raise
            wrong += bad
            known = {name: value for name, value in known.items() if name not in bad}
        else:
            return asked, wrong


def day_of(said: str) -> date | None:
    """A day as forms send it, or None."""
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def id_of(said: str) -> UUID | None:
    """An id as forms send it, or None."""
    try:
        return UUID(said)
    except ValueError:
        return None


def today_of_caller() -> date:
    """The day in the country of the first of the caller's areas."""
    areas = read_areas.areas_of(g.work.session, g.caller)
    return local_date(g.work.now, areas[0].area.country if areas else next(iter(COUNTRIES)))
