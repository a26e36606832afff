"""Reading what an address asks of a list: what is understood counts, what is not is named and passed over."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError


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
