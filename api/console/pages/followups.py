"""The queue of re-checks: where somebody has to go again, who goes, and what can be done about several at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from flask_babel import lazy_gettext

from api.console.asking import understood
from api.console.blueprint import page
from api.console.followup_panel import panel, place_of
from api.console.followup_undoing import IN_ADDRESS, offered
from api.console.page import Page, draw
from api.console.violation_rows import without
from api.views.followups import FollowUpQuery
from inspection import facility_lists, followups, people_names, read_areas
from inspection.access import Act, may
from inspection.countries import local_date
from inspection.errors import InvalidInput
from inspection.followup_acts import OPEN
from inspection.followups import POOL, Sort
from inspection.tables.areas import Level
from inspection.tables.followups import FollowUpState

_ = lazy_gettext
ROWS = 50
STATES: Mapping[str, Any] = {
    FollowUpState.QUEUED: _("in the queue"),
    FollowUpState.ASSIGNED: _("assigned"),
    FollowUpState.DONE: _("done"),
    FollowUpState.CANCELLED: _("cancelled"),
}
DUE: Mapping[str, Any] = {"": _("any"), "true": _("to be done now"), "false": _("put off or over")}
SORTS: Mapping[str, Any] = {
    Sort.RANK: _("most obstructed visits first"),
    Sort.WANTED: _("longest wanted first"),
}
REASONS: Mapping[str, Any] = {
    "overdue": _("overdue"),
    "declared": _("declared remedied"),
    "asked": _("re-check asked for"),
}


@page("/followups", "followups")
class FollowUps(Page):
    """Re-checks in the caller's areas."""

    def get(self) -> Response:
        """A page of them: without a question, those that somebody has to do now."""
        asked, wrong = read()
        try:
            found, invented = followups.page(g.work.session, g.caller, now=g.work.now, **_meant(asked))
        except InvalidInput as error:  # an area or a cursor that is none
            wrong += [fault.pointer.strip("/") for fault in error.faults]
            asked = {name: value for name, value in asked.items() if name not in wrong}
            found, invented = followups.page(g.work.session, g.caller, now=g.work.now, **_meant(asked))
        people = people_names.names(g.work.session, followups.assignees(g.work.session, g.caller))
        areas = read_areas.areas_of(g.work.session, g.caller)
        rows = list(rows_of(found.rows))
        mine = [row for row in rows if row["mine_to_do"]]
        crew = panel(mine) if mine else []
        return draw(
            "followups",
            rows=rows,
            crew=crew,
            people=people,
            invented=invented,
            areas=areas,
            asked=asked,
            wrong=wrong,
            whose=[("me", _("mine")), (POOL, _("nobody")), *_by_name(people)],
            choices={"states": STATES, "due": DUE, "sorts": SORTS},
            reasons=REASONS,
            acts=acts_of_caller(),
            following=found.next_cursor
            and url_for("console.followups", **_elsewhere(*wrong), cursor=found.next_cursor),
            first=url_for("console.followups", **_elsewhere()),
            done=request.args.get("done", ""),
            **_done({each.value: each.name for each in crew} | _spelled(people)),
        )


def _elsewhere(*dropped: str) -> dict[str, Any]:
    """The question of this page without its place in the list, and without what was done before it."""
    return without(request.args, "cursor", *IN_ADDRESS, *dropped)


def _spelled(people: Mapping[UUID, str]) -> dict[str, str]:
    return {str(made): name for made, name in {**people, g.caller.person_id: g.caller.name}.items()}


def _done(people: Mapping[str, str]) -> dict[str, Any]:
    """Who goes to how many re-checks since a moment ago, who went before, and whether it can be undone.

    people: whom this page names anyway; an address may ask for no others. None for a name is the queue.
    """
    names: Mapping[str, str | None] = {**people, POOL: None}
    undoing, times = offered(), request.args.get("times", "")
    if undoing is not None and undoing.was not in names:
        undoing = None
    return {
        "undoing": undoing,
        "gave": names.get(request.args.get("gave", ""), ""),
        "was": names[undoing.was] if undoing else "",
        "times": int(times) if times.isascii() and times.isdigit() and len(times) < 4 else 0,
    }


def read() -> tuple[dict[str, Any], list[str]]:
    """What the address asks for, and the names of what is not understood in it."""
    plain = {"due", "state"}.isdisjoint(request.args)
    otherwise = {"due": "true"} if plain else {}
    return understood(FollowUpQuery(), request.args, sort=Sort.RANK.value, limit=str(ROWS), **otherwise)


def _meant(asked: Mapping[str, Any]) -> dict[str, Any]:
    mine = {"assignee": g.caller.person_id} if asked.get("assignee") == "me" else {}
    return {**asked, **mine}


def _by_name(people: Mapping[UUID, str]) -> list[tuple[str, str]]:
    return sorted(((str(made), name) for made, name in people.items()), key=lambda each: each[1])


def rows_of(found: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Follow-ups with place and area, how urgent they are, and whether the caller may do anything about them."""
    places = facility_lists.several(g.work.session, g.caller, {row["facility_id"] for row in found})
    codes = {row["district_code"] or row["region_code"] for row in found}
    areas = read_areas.names_of(g.work.session, codes)
    for row in found:
        about = {
            "place": places.get(row["facility_id"], {}),
            "area": areas.get(row["district_code"] or row["region_code"]),
            "why": sorted({reason for item in row["items"] for reason in item["reasons"]}),
            "urgency": _urgency(row),
            "mine_to_do": row["state"] in OPEN and may(g.caller, Act.SUBMIT_AUDIT, place_of(row)),
        }
        yield {**row, **about}


def _urgency(row: Mapping[str, Any]) -> str:
    """The name of its mark."""
    if row["state"] not in OPEN:
        return "over"
    put_off = row["postponed_until"]
    if put_off is not None and put_off > local_date(g.work.now, row["country"]):
        return "put_off"
    return "overdue" if row["days_overdue"] else "soon"


def acts_of_caller() -> dict[str, bool]:
    """What the caller may do about re-checks somewhere: go or send somebody, and decide that nobody goes."""
    return {
        "go": any(g.caller.reach(Act.SUBMIT_AUDIT, level) for level in Level),
        "decide": any(g.caller.reach(Act.CONFIRM, level) for level in Level),
    }
