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
from inspection.tables.violations import STANDING, ViolationState
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
        session, caller = g.work.session, g.caller
        place = facility_lists.one(session, caller, facility_id)
        visits = audits.page(session, caller, AuditFilters(facility_id=facility_id), limit=SHOWN).rows
        return draw(
            "facility",
            place=place,
            area=names_of(session, [place["district_code"] or place["region_code"]]),
            titles=titles_of(session, place["country"]),
            **_passport(facility_id),
            **_rank(facility_id),
            rows=_violations(facility_id, STANDING, Sort.OBSTRUCTED),
            past=_violations(facility_id, (ViolationState.RELEASED, ViolationState.WAIVED), Sort.OPENED),
            operator=_operator(place["operator_id"]),
            uses=use_records.page(session, caller, facility_id, limit=SHOWN).rows,
            visits=visits,
            people=people_names.names(session, {visit["author_id"] for visit in visits}),
            **_where(place),
            pairs=duplicates.page(session, caller, facility_id=facility_id, limit=SHOWN).rows,
            words=review_words,
        )


def _passport(facility_id: UUID) -> dict[str, Any]:
    passport = facility_passports.one(g.work.session, g.caller, facility_id)
    whole, zones = _whole(passport["site"]), _zones(passport)
    return {"passport": passport, "whole": whole, "zones": zones, "groups": GROUPS, "codes": CODES}


def _rank(facility_id: UUID) -> dict[str, Any]:
    """Why it stands where it does, and the violation that each repair would end."""
    rank = rank_lists.one(g.work.session, g.caller, facility_id, now=g.work.now)
    return {
        "rank": rank,
        "why": explained(rank, wiring().phrasebook)[get_locale().language],
        "most": max((repair["gain"] for repair in rank["repairs"]), default=0),
        "violation_of": lambda repair: violation_id(facility_id, Spot(repair["criterion"], repair["place"])),
    }


def _violations(facility_id: UUID, states: tuple[ViolationState, ...], sort: Sort) -> list[dict[str, Any]]:
    filters = Filters(facility=facility_id, states=states)
    found = violations.page(g.work.session, g.caller, now=g.work.now, filters=filters, sort=sort, limit=SHOWN)
    return rows_of(found.rows)


def _where(place: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured of its position, in a picture and as a list."""
    held = facility_positions.fixes_of(g.work.session, g.caller, place["id"], now=g.work.now)["fixes"]
    away = distances(place, held)
    return {"fixes": list(zip(held, away, strict=True)), "picture": picture(place, held), "say": _say}


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
