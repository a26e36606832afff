"""Two visits of a facility side by side: what was found newly, what is gone, and what stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import lazy_gettext

from api.console import facts
from api.console.blueprint import page
from api.console.page import Page, draw
from inspection import audits, checklists, facility_lists, people_names
from inspection.audit_differences import Change, Difference, counted, differences
from inspection.audits import AuditFilters
from inspection.criteria import Checklist, Criterion
from inspection.history import Spot
from inspection.reports.titles import titles_of
from inspection.violation_rows import violation_id

_ = lazy_gettext
SHOWN = 50  # visits to choose from
CHANGES: Mapping[Change, Any] = {
    Change.FOUND: _("newly found"),
    Change.STANDS: _("stands"),
    Change.GONE: _("gone"),
    Change.UNSEEN: _("failed then, not measured now"),
    Change.VALUE: _("another value, still within the norm"),
    Change.FIRST: _("measured for the first time"),
    Change.SAME: _("no change"),
}
TOLD = (Change.FOUND, Change.STANDS, Change.GONE, Change.UNSEEN)  # without asking for more
OUTCOMES: Mapping[str, Any] = {
    "pass": _("within the norm"),
    "fail": _("violation"),
    "not_applicable": _("does not apply"),
    "not_checked": _("not looked at"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement at one place. violation: its id where it failed on one of the two."""

    difference: Difference
    criterion: Criterion | None
    violation: UUID | None


@page("/facilities/<uuid:facility_id>/visits", "facility_visits")
class Visits(Page):
    """Visits compared."""

    def get(self, facility_id: UUID) -> Response:
        """The two that the address names, else the newest two."""
        session = g.work.session
        place = facility_lists.one(session, g.caller, facility_id)
        visits = audits.page(session, g.caller, AuditFilters(facility_id=facility_id), limit=SHOWN).rows
        then, now, passed_over = _chosen(visits)
        everything = request.args.get("all") == "1"
        found = differences(then["findings"], now["findings"]) if then and now else []
        shown = [each for each in found if everything or each.change in TOLD]
        return draw(
            "facility_visits",
            place=place,
            visits=visits,
            then=then,
            now=now,
            passed_over=passed_over,
            everything=everything,
            counts=counted(found),
            lines=list(_lines(facility_id, shown, [each for each in (now, then) if each])),
            changes=CHANGES,
            told=TOLD,
            outcomes=OUTCOMES,
            said=said,
            titles=titles_of(session, place["country"]),
            people=people_names.names(session, {visit["author_id"] for visit in visits}),
        )


def _chosen(visits: Sequence[Mapping[str, Any]]) -> tuple[Any, Any, bool]:
    """The earlier and the later of the two visits, and whether something in the address was not understood."""
    ids = [str(visit["id"]) for visit in visits]
    asked = [said for name in ("then", "now") if (said := request.args.get(name, ""))]
    known = [said for said in dict.fromkeys(asked) if said in ids]
    chosen = sorted(known or ids[:2], key=ids.index)
    if len(chosen) == 1:  # one alone is compared with the one before it, or after it
        at = ids.index(chosen[0])
        chosen = ids[at : at + 2] if at + 1 < len(ids) else ids[max(0, at - 1) : at + 1]
    if len(chosen) < 2:
        return None, None, bool(asked) and len(known) < len(asked)
    now, then = (audits.one(g.work.session, g.caller, UUID(each)) for each in chosen)
    return then, now, len(known) < len(asked)


def _lines(facility_id: UUID, found: Sequence[Difference], visits: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """Each with its requirement in the words of the newer visit that knows it. visits: the newer first."""
    held = checklists.read_checklists(g.work.session, [visit["checklist_id"] for visit in visits])
    known: list[Checklist] = [held[visit["checklist_id"]] for visit in visits if visit["checklist_id"] in held]
    for each in found:
        criterion = next((c for one in known if (c := one.criteria.get(each.criterion))), None)
        failed = "fail" in {side["outcome"] for side in (each.then, each.now) if side}
        made = violation_id(facility_id, Spot(each.criterion, each.place)) if failed else None
        yield Line(each, criterion, made)


def said(finding: Mapping[str, Any] | None) -> str:
    """What a visit found, in words: its value with the unit, else the outcome."""
    if finding is None:
        return str(OUTCOMES["not_checked"])
    known = {"value": finding.get("value"), "unit": finding.get("unit")}
    return facts.found(known) or str(OUTCOMES[finding["outcome"]])
