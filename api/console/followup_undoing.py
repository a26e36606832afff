"""Giving re-checks back, straight after they were given: what the next page offers, where the rules allow it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import g, request

from api.console.asking import day_of, id_of
from api.console.followup_panel import place_of
from inspection import followups
from inspection.followup_acts import OPEN, may_hand
from inspection.followups import POOL

MOST = 50  # a page of the queue: addresses have an end
IN_ADDRESS = ("done", "times", "gave", "moved", "was", "on")

Had = tuple[UUID | None, date | None]  # who had it, and for which day


@dataclass(frozen=True, slots=True)
class Undoing:
    """was: who had them before, a person or POOL; on: for which day."""

    was: str
    on: str
    rows: Sequence[Mapping[str, Any]]


def had(chosen: Sequence[UUID]) -> Mapping[UUID, Had]:
    """Who has each of these re-checks now."""
    found = followups.several(g.work.session, g.caller, chosen, now=g.work.now)
    return {row["id"]: (row["assignee_id"], row["planned_on"]) for row in found}


def in_address(before: Mapping[UUID, Had], now: Had) -> dict[str, Any]:
    """What the next page is told of re-checks that were just given to somebody, so that it can offer to undo it.

    Only if all of them had been of the same person for the same day: else no one button says it.
    """
    told: dict[str, Any] = {"gave": _spelled(now[0])}
    if len(set(before.values())) != 1 or len(before) > MOST:
        return told
    (was,) = set(before.values())
    if was == now:
        return told
    return {**told, "moved": list(before), "was": _spelled(was[0]), "on": was[1] or ""}


def offered() -> Undoing | None:
    """What the address tells, if all of it still stands and the caller may turn it back; else None."""
    gave, was = request.args.get("gave", ""), request.args.get("was", "")
    moved = [made for said in request.args.getlist("moved")[:MOST] if (made := id_of(said)) is not None]
    on = day_of(request.args.get("on", ""))
    if not moved or any(said != POOL and id_of(said) is None for said in (gave, was)):
        return None
    rows = followups.several(g.work.session, g.caller, moved, now=g.work.now)
    if len(rows) != len(set(moved)) or not all(_stands(row, gave, was) for row in rows):
        return None
    return Undoing(was, on.isoformat() if on else "", rows)


def _stands(row: Mapping[str, Any], gave: str, was: str) -> bool:
    still = row["state"] in OPEN and _spelled(row["assignee_id"]) == gave
    return still and may_hand(g.caller, place_of(row), row["assignee_id"], id_of(was))


def _spelled(person: UUID | None) -> str:
    return POOL if person is None else str(person)
