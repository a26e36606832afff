"""The violation list as a table for officials: its columns, and what stands in them. Source: domain notes 5.2."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from api.console import facts
from api.csv_writing import Cell
from inspection import rank_lists, read_areas
from inspection.countries import local_date
from inspection.criteria import Text
from inspection.reports.titles import Titles, titles_of

_ = lazy_gettext
COLUMNS: Sequence[Any] = (
    *(_("No."), _("Code of the area"), _("Area"), _("Place"), _("Kind of place"), _("Address")),
    *(_("Operator"), _("BIN or IIN"), _("Owner"), _("Inspection No."), _("Inspection on"), _("Ground")),
    *(_("Violation"), _("Measured"), _("Norm"), _("Zone"), _("Groups"), _("Severity")),
    *(_("Remedy until"), _("Days left"), _("State"), _("Extended until"), _("Prescription")),
    *(_("Visits obstructed a month"), _("Use"), _("Responsible office"), _("Last action"), _("Last action on")),
)
WIDTHS = (
    5,
    12,
    22,
    34,
    20,
    34,
    30,
    15,
    11,
    13,
    12,
    18,
    44,
    14,
    14,
    16,
    26,
    13,
    12,
    9,
    18,
    12,
    18,
    12,
    16,
    26,
    18,
    12,
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What rows do not say themselves. use: by facility; what nobody ranked is not known."""

    titles: Titles
    areas: Mapping[str, Text]
    use: Mapping[UUID, str]


def beside(session: Session, rows: Sequence[Mapping[str, Any]]) -> Beside:
    """What rows of the list name by code or id."""
    return Beside(
        titles_of(session, None),
        read_areas.names_of(session, {row["district_code"] or row["region_code"] for row in rows}),
        rank_lists.use_states(session, {(row["home_region"], UUID(row["facility_id"])) for row in rows}),
    )


def cells(row: Mapping[str, Any], about: Beside) -> Sequence[Cell]:
    """One violation, cell by cell, without its number. row: as `pages.violations.rows_of` gives it."""
    return [*_place(row, about), *_found(row, about), *_handled(row, about)]


def _place(row: Mapping[str, Any], about: Beside) -> Iterator[Cell]:
    place, operator = row["facility"], row["operator"] or {}
    code = row["district_code"] or row["region_code"]
    yield code
    yield facts.called(about.areas.get(code), code)
    yield facts.named(place)
    yield facts.called(about.titles.kinds.get(place["kind"]), place["kind"])
    yield facts.named(place, "address")
    yield facts.named(operator) if operator else ""
    yield operator.get("tax_id") or ""
    yield str(facts.OWNERSHIPS[operator["ownership"]]) if operator else ""


def _found(row: Mapping[str, Any], about: Beside) -> Iterator[Cell]:
    audit = row["last_audit"]
    yield audit["number"] or ""
    yield _day(audit["observed_on"])
    yield str(facts.GROUNDS[audit["ground"]]) if audit["ground"] else ""
    yield row["title"]
    yield facts.found(row) or ""
    yield facts.norm(row) or ""
    yield facts.called(about.titles.zones.get(row["zone"]), row["zone"])
    yield ", ".join(str(facts.GROUPS[group]) for group in row["groups"])
    yield str(facts.SEVERITIES[row["severity"]])


def _handled(row: Mapping[str, Any], about: Beside) -> Iterator[Cell]:
    use = about.use.get(UUID(row["facility_id"]), "unknown")
    visits = row["obstructed"]["visits_a_month"]
    yield _day(row["due_on"])
    yield row["days_left"]
    yield str(facts.STATES[row["state"]])
    yield _day(row["extended_until"])
    yield row["prescription_number"] or ""
    yield None if visits is None else round(visits, 1)
    yield str(facts.USES[use])
    yield facts.named(row["responsible"]) if row["responsible"] else ""
    yield str(facts.ACTIONS[row["last_action"]])
    yield local_date(datetime.fromisoformat(row["last_action_at"]), row["country"])


def _day(said: str | None) -> date | None:
    return None if said is None else date.fromisoformat(said)
