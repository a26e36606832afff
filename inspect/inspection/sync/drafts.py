"""Drafts: unsigned audits of one author, backed up as they are. The last writer wins; nothing is judged."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy.orm import Session

from inspection.errors import Fault, InvalidInput, NotFound
from inspection.forms import Fields
from inspection.sync.tablets import Tablet
from inspection.sync.verdicts import TAKEN, Pushed, Verdict
from inspection.tables.drafts import Draft
from inspection.unit import Unit

UNSPEAKABLE = "this is nested too deep, or holds a number that is too large"
OWNED_BY_SERVER = {"id", "rev", "updated_at", "_deleted"}


def push_draft(unit: Unit, tablet: Tablet, pushed: Pushed) -> Verdict:
    """Take over what the author wrote last. Raises NotFound for a draft of somebody else."""
    held = _held(unit.session, tablet, pushed)
    if pushed.deleted:
        if held is not None:
            unit.session.delete(held)
        return TAKEN
    content = _content(pushed)
    if held is None:
        owner = tablet.caller.person_id
        made = Draft(home_region=tablet.region, id=pushed.id, rev=1, person_id=owner)
        made.content, made.updated_at = content, unit.now
        unit.session.add(made)
    elif held.content != content:
        held.content, held.updated_at, held.rev = content, unit.now, held.rev + 1
    return TAKEN


def _held(session: Session, tablet: Tablet, pushed: Pushed) -> Draft | None:
    held = session.get(Draft, (tablet.region, pushed.id), with_for_update=True)
    if held is not None and held.person_id != tablet.caller.person_id:
        raise NotFound("there is no such draft", kind="draft")
    return held


def _owned(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in OWNED_BY_SERVER}


def _content(pushed: Pushed) -> dict[str, Any]:
    """What the author wrote. Raises InvalidInput for what a database cannot hold."""
    content = _owned(pushed.new)
    faults: list[Fault] = []
    Fields(content, "", faults).storable()
    try:
        orjson.dumps(content)
    except TypeError:
        faults = faults or [Fault("", UNSPEAKABLE, "at most 250 levels, and numbers of 64 bits")]
    if faults:
        raise InvalidInput(faults)
    return content
