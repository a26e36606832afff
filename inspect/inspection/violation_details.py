"""One violation with everything that is known of it: episodes, decisions, what was told, the prescription."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.aliases import merged_into
from inspection.criteria import Text
from inspection.criterion_titles import titles
from inspection.errors import NotFound
from inspection.handling import Acted, Explained, handling, read_acts, read_explained
from inspection.history import Spot
from inspection.homes import born_somewhere
from inspection.prescriptions import number_text
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.decisions import DecisionRow
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.telling import ToldRow
from inspection.tables.violations import Violation
from inspection.violation_filters import local_dates
from inspection.violation_rows import violation_id as id_of
from inspection.violation_statements import joined
from inspection.violations import shown

V = Violation.__table__.c
JUDGED_BY = (V.criterion, V.place, V.checklist_key, V.checklist_version)
HISTORY = (
    *(V.facility_id, V.prescription_id, V.episodes, V.opened_by, V.found_again),
    *(V.declared_at, V.accepted_at, V.ended_at, V.ended_by),
)
DECIDED = (
    *(DecisionRow.id, DecisionRow.kind, DecisionRow.decided_at, DecisionRow.author_id, DecisionRow.reason),
    *(DecisionRow.based_on, DecisionRow.until, DecisionRow.revokes),
)
ACTED = (*("id", "kind", "acted_at", "author_id", "words", "office_id", "year", "sum", "answer_by", "takes_back"),)
TOLD = (ToldRow.id, ToldRow.say, ToldRow.due_on, ToldRow.told_at, ToldRow.document_id)


def one(session: Session, caller: Caller, violation_id: UUID, *, now: datetime) -> dict[str, Any]:
    """The violation with this id. Raises NotFound, also for one that the caller may not see."""
    # Violations have no home in the table of homes: their id follows from the facility's. Naming the few regions
    # they can be born in lets the primary key find them.
    wanted = joined(V, Violation, V.home_region, V.id, *HISTORY, *JUDGED_BY).where(born_somewhere(V, violation_id))
    found = session.execute(narrow(wanted, Violation, caller)).one_or_none()
    if found is None:
        raise NotFound("there is no such violation", kind="violation")
    (document,) = shown(session, [found], local_dates(now))
    row = found._asdict()
    row |= _same_duty(session, row)
    return {
        **orjson.loads(document),
        "title": _title(session, row),
        **{column.name: row[column.name] for column in HISTORY},
        "decisions": _decisions(session, row),
        **_acts(session, row),
        "told": _told(session, row),
        "prescription": _prescription(session, row),
    }


def several(session: Session, caller: Caller, ids: Collection[UUID], *, now: datetime) -> list[str]:
    """Some violations as the list shows them, ready JSON, by id; what the caller may not see is left out."""
    if not ids:
        return []
    wanted = joined(V, Violation, V.home_region, V.id).where(born_somewhere(V, *ids))
    found = session.execute(narrow(wanted, Violation, caller).order_by(V.id)).all()
    return shown(session, found, local_dates(now))


def _title(session: Session, row: dict[str, Any]) -> Text | None:
    """What is required, in the words of the checklist version that it was judged by."""
    version = (PublishedChecklist.home_region == row["country"], PublishedChecklist.key == row["checklist_key"])
    wanted = select(PublishedChecklist.content_hash).where(
        *version, PublishedChecklist.version == row["checklist_version"]
    )
    digest = session.scalar(wanted)
    return None if digest is None else titles(session, {digest})[digest].get(row["criterion"])


def _same_duty(session: Session, row: dict[str, Any]) -> dict[str, list[UUID]]:
    """The facility with those that were merged into it, and the ids by which each of them knows this violation."""
    merged = [row["facility_id"], *merged_into(session, [(row["home_region"], row["facility_id"])])]
    spot = Spot(row["criterion"], row["place"])
    return {"merged": merged, "same": [id_of(each, spot) for each in merged]}


def _decisions(session: Session, row: dict[str, Any]) -> list[dict[str, Any]]:
    at_facility = select(*DECIDED).where(
        DecisionRow.home_region == row["home_region"],
        DecisionRow.facility_id.in_(row["merged"]),
        DecisionRow.violation_id.in_(row["same"]),
    )
    ordered = at_facility.order_by(DecisionRow.decided_at, DecisionRow.id)
    return [dict(decision) for decision in session.execute(ordered).mappings()]


def _acts(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    """What officials did about it beside deciding, and what of that holds."""
    spot = Spot(row["criterion"], row["place"])
    acts = read_acts(session, row["home_region"], row["merged"], {spot}).get(spot, [])
    explained = read_explained(session, row["home_region"], acts)
    taken_back = {act.takes_back: act.id for act in acts}
    holds = handling(acts, explained.keys())
    works = holds.works and {"year": holds.works.year, "sum": holds.works.sum}
    shown = [_act(act, explained.get(act.id), taken_back.get(act.id), row["country"]) for act in acts]
    return {"works_planned": works, "acts": shown}


def _act(act: Acted, reply: Explained | None, taken_back_by: UUID | None, country: str) -> dict[str, Any]:
    came = reply and {"reply_id": reply.reply_id, "received_at": reply.received_at}
    if came and reply and act.answer_by:
        came["late"] = reply.is_late(act.answer_by, country)
    said = {name: getattr(act, name) for name in ACTED}
    return {**said, "taken_back_by": taken_back_by, "explanation": came}


def _told(session: Session, row: dict[str, Any]) -> list[dict[str, Any]]:
    at_facility = select(*TOLD).where(
        ToldRow.home_region == row["home_region"],
        ToldRow.facility_id.in_(row["merged"]),
        ToldRow.violation_id.in_(row["same"]),
    )
    return [dict(told) for told in session.execute(at_facility.order_by(ToldRow.told_at, ToldRow.id)).mappings()]


def _prescription(session: Session, row: dict[str, Any]) -> dict[str, Any] | None:
    if row["prescription_id"] is None:
        return None
    found = session.execute(
        select(Department.code, Prescription.year, Prescription.number, Prescription.issued_on)
        .join(
            Department,
            (Department.home_region == Prescription.home_region) & (Department.id == Prescription.department_id),
        )
        .where(Prescription.home_region == row["home_region"], Prescription.id == row["prescription_id"])
    ).one()
    return {
        "id": row["prescription_id"],
        "number_text": number_text(found.code, found.year, found.number),
        "issued_on": found.issued_on,
    }
