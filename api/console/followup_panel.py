"""Who can be named to go to re-checks, and the panel of them beside the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext

from api.console.asking import id_of, today_of_caller
from inspection import read_areas
from inspection.access import Act, Place, may
from inspection.criteria import Text
from inspection.followup_people import Load, areas_of_going, loads, who_may_go
from inspection.followups import POOL


@dataclass(frozen=True, slots=True)
class Going:
    """Somebody, or POOL. value: as forms send it; areas: where they may be sent."""

    value: str
    name: str
    areas: tuple[Text, ...] = ()
    load: Load | None = None


def choices(found: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Who can be named: for a head of department all who may go there, for everybody else they themselves."""
    led = [place for place in map(place_of, found) if may(g.caller, Act.CONFIRM, place)]
    others = [(str(made), name) for made, name in who_may_go(g.work.session, led, now=g.work.now)]
    own = str(g.caller.person_id)
    return [(own, gettext("I go")), (POOL, gettext("nobody yet")), *(each for each in others if each[0] != own)]


def panel(found: Sequence[Mapping[str, Any]]) -> list[Going]:
    """The same people with what each has to do already, and where they go if not all go to the same areas.

    The pool comes last.
    """
    named = choices(found)
    people = [made for value, _ in named if (made := id_of(value)) is not None]
    held = loads(g.work.session, g.caller, people, today=today_of_caller())
    where = areas_of_going(g.work.session, people, now=g.work.now)
    if len({tuple(where.get(made, ())) for made in people}) == 1:
        where = {}
    names = read_areas.names_of(g.work.session, {code for codes in where.values() for code in codes})
    shown = [
        Going(str(made), name, tuple(names[code] for code in where.get(made, ())), held.get(made, Load()))
        for value, name in named
        if (made := id_of(value)) is not None
    ]
    return [*shown, *(Going(value, name) for value, name in named if value == POOL)]


def place_of(row: Mapping[str, Any]) -> Place:
    """Where a re-check lies."""
    return Place(row["country"], row["region_code"], row["district_code"])
