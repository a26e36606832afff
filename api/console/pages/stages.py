"""The stages of notices: when letters about a due date go out, and to whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, g, request
from flask_babel import get_locale
from sqlalchemy import select

from api.console import stage_words
from api.console.blueprint import page
from api.console.page import Page, draw
from inspection.access import Act
from inspection.countries import COUNTRIES
from inspection.notices.editions import Listed, listed, stages_of
from inspection.notices.listed_stages import Listed as ListedStage
from inspection.notices.listed_stages import listed as listed_stages
from inspection.tables.areas import Area, Level

DONE = ("planned", "taken_back")


@dataclass(frozen=True, slots=True)
class Shown:
    """The stages of a country. changes: what the planned edition changes."""

    country: str
    name: str
    held: Listed
    rows: Sequence[ListedStage]
    changes: Sequence[str]
    may_change: bool


@page("/stages", "stages")
class Stages(Page):
    """The stages as they are in force, as they will be and as they were."""

    def get(self) -> Response:
        """Each with what brings it, whom it tells, and how many wait in the caller's areas."""
        codes = g.work.session.scalars(select(Area.code).where(Area.level == Level.COUNTRY).order_by(Area.code))
        done = request.args.get("done")
        shown = [_shown(code) for code in codes]
        return draw("stages", shown=shown, words=stage_words, done=done if done in DONE else None)


def _shown(country: str) -> Shown:
    held = listed(g.work.session, country, g.work.now)
    in_force, planned = held.in_force.stages, held.planned
    coming = () if planned is None else stage_words.changes(in_force, stages_of(planned.stages))
    return Shown(
        country,
        name_of(country),
        held,
        listed_stages(g.work.session, g.caller, country, in_force),
        list(coming),
        country in g.caller.reach(Act.ADMINISTER, Level.COUNTRY),
    )


def name_of(country: str) -> str:
    """The name of a country in the reader's language."""
    names = COUNTRIES[country].names
    tongue = get_locale().language
    return names.get(tongue, names["ru"])
