"""Checklists: the published versions, how they differ, and a draft to check and publish."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import lazy_gettext

from api import backlog
from api.console.asking import id_of
from api.console.blueprint import page
from api.console.checklist_words import Change, changes, limit
from api.console.page import Page, draw, go, said_faults, write, wrong_fields
from api.work import Work
from inspection import checklists
from inspection.access import Act, Caller, require_for_country
from inspection.catalogue_file import CatalogueRefused, as_document, from_document, read_checklist
from inspection.catalogue_text import as_text
from inspection.checklist_differences import Became, Difference, differences
from inspection.countries import COUNTRIES
from inspection.criteria import Checklist
from inspection.errors import InspectionError, InvalidInput, NotFound
from inspection.reports.titles import Titles, titles_of
from inspection.tables.areas import Level

_ = lazy_gettext
BECAME: Mapping[Became, Any] = {
    Became.ADDED: _("added"),
    Became.REMOVED: _("removed"),
    Became.CHANGED: _("changed"),
}
LONGEST = 1_048_576
Content = Mapping[str, Any]


@page("/checklists", "checklists")
class Checklists(Page):
    """Every published version."""

    def get(self) -> Response:
        """The list, and for who may publish a form for a draft. start: the version that it begins with."""
        if not (said := request.args.get("start")):
            return _listed(g.work)
        if (made := id_of(said)) is None:
            raise NotFound("there is no such checklist", kind="checklist")
        held = checklists.one(g.work.session, made)
        return _listed(g.work, text=as_text(from_document(held["content"])), country=held["country"])

    def post(self) -> Response:
        """Check a draft, or publish it."""
        given, country = request.form, request.form.get("country", "")
        text = given.get("text", "")[: LONGEST + 1].replace("\r\n", "\n")
        require_for_country(g.caller, Act.ADMINISTER, country)
        try:
            draft = read_checklist(text)
            if given.get("do") != "publish":
                return _listed(g.work, draft=_checked(g.work, country, draft), text=text, country=country)
            made = write(lambda work: _publish(work, country, draft))
        except CatalogueRefused as error:
            faults = said_faults(error.members["errors"])
            return _listed(g.work, faults=faults, total=error.members["total"], text=text, country=country)
        except InspectionError as error:
            said = (
                list(wrong_fields(error).values())
                if isinstance(error, InvalidInput)
                else [wrong_fields(error)[""]]
            )
            return _listed(g.work, wrong=said, text=text, country=country)
        return go("checklist", checklist_id=made, done="published")


@page("/checklists/<uuid:checklist_id>", "checklist")
class OneChecklist(Page):
    """One version."""

    def get(self, checklist_id: UUID) -> Response:
        """Its criteria, and how it differs from another version of the same catalogue."""
        held = checklists.one(g.work.session, checklist_id)
        others = [
            row
            for row in checklists.listed(g.work.session, held["country"])
            if row["key"] == held["key"] and row["id"] != held["id"]
        ]
        other = next((row for row in others if str(row["id"]) == request.args.get("other")), None)
        compared = checklists.one(g.work.session, other["id"]) if other else None
        titles = titles_of(g.work.session, held["country"])
        return draw(
            "checklist",
            held=held,
            others=others,
            other=compared,
            found=_differences(compared["content"], held["content"], titles) if compared else (),
            became=BECAME,
            limit=limit,
            titles=titles,
            done=request.args.get("done") == "published",
            drafts=held["country"] in may_publish(g.caller),
        )


def _differences(before: Content, after: Content, titles: Titles) -> Sequence[tuple[Difference, Sequence[Change]]]:
    """What is not the same in two versions, with what was said and what is said now."""
    old, new = ({each["id"]: each for each in content["criteria"]} for content in (before, after))
    return [
        (each, changes(each, old.get(each.criterion, {}), new.get(each.criterion, {}), titles))
        for each in differences(before, after)
    ]


def may_publish(caller: Caller) -> Sequence[str]:
    """The countries for which a caller may publish."""
    return caller.reach(Act.ADMINISTER, Level.COUNTRY)


def _publish(work: Work, country: str, draft: Any) -> UUID:
    made, _new = checklists.publish(work, country, draft, by=g.caller.person_id)
    work.session.flush()
    backlog.arrived(work, [made])
    return made


def _checked(work: Work, country: str, draft: Checklist) -> Mapping[str, Any]:
    """What a draft that is fit comes to, and how it differs from what was published last under its name."""
    about = {"key": draft.key, "version": draft.version, "criteria": len(draft.criteria), "before": None}
    before = next((row for row in checklists.listed(work.session, country) if row["key"] == draft.key), None)
    if before is None:
        return about
    held = checklists.one(work.session, before["id"])["content"]
    found = _differences(held, as_document(draft), titles_of(work.session, country))
    return {**about, "before": before["version"], "found": found}


def _listed(work: Work, **about: Any) -> Response:
    given: dict[str, Any] = {"draft": None, "faults": (), "total": 0, "wrong": (), "text": "", "country": ""}
    refused = bool(about.get("faults") or about.get("wrong"))
    return draw(
        "checklists",
        422 if refused else 200,
        rows=checklists.listed(work.session, None),
        countries=[code for code in COUNTRIES if code in may_publish(g.caller)],
        became=BECAME,
        **(given | about),
    )
