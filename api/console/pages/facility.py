"""One facility: its passport, why it stands where it does, what is open there, who answers, and who comes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, g
from flask_babel import get_locale

from api.console import review_words
from api.console.blueprint import page
from api.console.fix_pictures import distances, picture
from api.console.page import Page, draw
from api.console.violation_rows import rows_of
from api.rank_words import explained
from api.wiring import wiring
from inspection import (
    audits,
    duplicates,
    facility_lists,
    facility_passports,
    facility_positions,
    operators,
    people_names,
    rank_lists,
    use_records,
    violations,
)
from inspection.audits import AuditFilters
from inspection.criteria import GROUPS
from inspection.errors import NotFound
from inspection.history import Spot
from inspection.passport import Access
from inspection.read_areas import names_of
from inspection.reports.titles import titles_of
from inspection.tables.violations import ViolationState
from inspection.violation_filters import Filters
from inspection.violation_orders import Sort
from inspection.violation_rows import violation_id

SHOWN = 20
# As passports of accessibility abbreviate it in practice; no term of a law.
CODES: Mapping[str, str] = {"full": "ДП", "partial": "ДЧ", "conditional": "ДУ", "blocked": "ВНД"}


@page("/facilities/<uuid:facility_id>", "facility")
class OneFacility(Page):
    """One facility."""

    def get(self, facility_id: UUID) -> Response:
        """Everything an official needs to judge a place."""
        session, caller, now = g.work.session, g.caller, g.work.now
        place = facility_lists.one(session, caller, facility_id)
        passport = facility_passports.one(session, caller, facility_id)
        rank = rank_lists.one(session, caller, facility_id, now=now)
        found = violations.page(
            session, caller, now=now, filters=Filters(facility=facility_id), sort=Sort.OBSTRUCTED, limit=SHOWN
        )
        ended = (ViolationState.RELEASED, ViolationState.WAIVED)
        past = violations.page(
            session,
            caller,
            now=now,
            filters=Filters(facility=facility_id, states=ended),
            sort=Sort.OPENED,
            limit=SHOWN,
        )
        fixes = facility_positions.fixes_of(session, caller, facility_id, now=now)
        visits = audits.page(session, caller, AuditFilters(facility_id=facility_id), limit=SHOWN).rows
        return draw(
            "facility",
            place=place,
            codes=CODES,
            whole=_whole(passport["site"]),
            fixes=list(zip(fixes["fixes"], distances(place, fixes["fixes"]), strict=True)),
            picture=picture(place, fixes["fixes"]),
            say=_say,
            words=review_words,
            pairs=duplicates.page(session, caller, facility_id=facility_id, limit=SHOWN).rows,
            violation_of=lambda repair: violation_id(facility_id, Spot(repair["criterion"], repair["place"])),
            area=names_of(session, [place["district_code"] or place["region_code"]]),
            titles=titles_of(session, place["country"]),
            passport=passport,
            zones=_zones(passport),
            groups=GROUPS,
            rank=rank,
            why=explained(rank, wiring().phrasebook)[get_locale().language],
            rows=rows_of(found.rows),
            past=rows_of(past.rows),
            operator=_operator(place["operator_id"]),
            uses=use_records.page(session, caller, facility_id, limit=SHOWN).rows,
            visits=visits,
            people=people_names.names(session, {visit["author_id"] for visit in visits}),
            most=max((repair["gain"] for repair in rank["repairs"]), default=0),
        )


def _whole(site: Mapping[str, str]) -> str:
    """How a place is called as a whole, where all groups say the same, or some can use it fully and others not."""
    states = set(site.values())
    if len(states) == 1:
        return states.pop()
    return "selective" if Access.FULL in states else ""


def _say(sentence: str | None) -> str:
    if sentence is None:
        return ""
    return review_words.sentence(wiring().phrasebook, sentence, get_locale().language)


def _zones(passport: Mapping[str, Any]) -> list[str]:
    """The zones of which anything is known, for any group."""
    return sorted({zone for by_zone in passport["zones"].values() for zone in by_zone})


def _operator(operator_id: UUID | None) -> Mapping[str, Any] | None:
    if operator_id is None:
        return None
    try:
        return operators.one(g.work.session, g.caller, operator_id)
    except NotFound:  # of a region in which the caller reads nothing
        return None
