"""Replicated documents as they are sent: ready JSON, rendered from the tables and from nothing else (violations
that were just written: from the same rows, still in hand).

A document depends on rows that change only under the lock of its facility (drafts: of their own), so what is
rendered at the end of a unit is what will be true after its commit. Rendering the same rows again gives the same
bytes: `rebuilding.py` relies on it.
"""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.json_bodies import read_body
from inspection.prescriptions import number_text
from inspection.sync.outcomes import outcome_documents
from inspection.sync.rendered import Rendered, spelled
from inspection.sync.violation_documents import COLUMNS, OF_AUDIT, OF_FACILITY, OF_OPERATOR, violation_document
from inspection.tables.audits import Audit
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.district_ranks import DistrictRanks
from inspection.tables.drafts import Draft
from inspection.tables.facilities import Facility
from inspection.tables.followups import FollowUp
from inspection.tables.intake import IntakeRow
from inspection.tables.operators import Operator
from inspection.tables.photos import Blob, BlobState, Photo
from inspection.tables.prescriptions import Department, Prescription, PrescriptionItem
from inspection.tables.violations import Violation

Key = tuple[str, UUID]  # home region, id
F, V, A, O = Facility.__table__.c, Violation.__table__.c, Audit.__table__.c, Operator.__table__.c  # noqa: E741
P, D, W, C = Prescription.__table__.c, Department.__table__.c, FollowUp.__table__.c, PublishedChecklist.__table__.c
I, N = PrescriptionItem.__table__.c, IntakeRow.__table__.c  # noqa: E741
H, B = Photo.__table__.c, Blob.__table__.c
R = DistrictRanks.__table__.c
PLACED = ("country", "region_code", "district_code")


def render(session: Session, collection: str, keys: Collection[Any]) -> Iterator[Rendered]:
    """The documents of a collection under these keys, as far as they are there.

    keys: (home region, id); of outcomes the keys of intake rows.
    """
    return RENDERERS[collection](session, keys)


def _rows(
    session: Session, statement: Select[Any], keys: Collection[Key], columns: Any
) -> Iterator[dict[str, Any]]:
    wanted = statement.where(among((columns.home_region, columns.id), keys))
    found = session.connection().execute(wanted)
    names = tuple(found.keys())
    return (dict(zip(names, row, strict=True)) for row in found)


def _placed(row: Mapping[str, Any], document: Mapping[str, Any]) -> Rendered:
    return Rendered(row["id"], row["region_code"], row["district_code"] or "", row["rev"], spelled(document))


FACILITY = (
    *(F.id, F.rev, F.kind, F.name_kk, F.name_ru, F.address_kk, F.address_ru, F.operator_id),
    *(F.building_year, F.catchment, F.adaptation_declared_on, F.adaptation_plan_year, F.adaptation_plan_sum),
    *(F.active, F.merged_into, F.lat, F.lon, F.accuracy_m, F.location_method, F.area_certainty),
    *(F.country, F.region_code, F.district_code, F.updated_at),
)
OPERATOR = (O.name_kk, O.name_ru, O.tax_id, O.ownership)


def _facilities(session: Session, keys: Collection[Key]) -> Iterator[Rendered]:
    same = (O.home_region == F.home_region) & (O.id == F.operator_id)
    statement = (
        select(*FACILITY, *(c.label(f"operator_{c.name}") for c in OPERATOR))
        .select_from(Facility)
        .outerjoin(Operator, same)
    )
    for row in _rows(session, statement, keys, F):
        operator = {c.name: row.pop(f"operator_{c.name}") for c in OPERATOR}
        row["operator"] = None if row["operator_id"] is None else operator
        yield _placed(row, row)


VIOLATION = tuple(V[name] for name in (*COLUMNS, "limit_text", "last_audit_id"))
NUMBER = (D.code, P.year, P.number)


def _violations(session: Session, keys: Collection[Key]) -> Iterator[Rendered]:
    about = (*_labelled(F, OF_FACILITY), *_labelled(O, ("id", *OF_OPERATOR)), *_labelled(A, OF_AUDIT))
    statement = (
        select(*VIOLATION, *NUMBER, *about)
        .join_from(Violation, Facility, (F.home_region == V.home_region) & (F.id == V.facility_id))
        .outerjoin(Operator, (O.home_region == F.home_region) & (O.id == F.operator_id))
        .outerjoin(Audit, (A.home_region == V.home_region) & (A.id == V.last_audit_id))
        .outerjoin(Prescription, (P.home_region == V.home_region) & (P.id == V.prescription_id))
        .outerjoin(Department, (D.home_region == P.home_region) & (D.id == P.department_id))
    )
    rows = _rows(session, statement, keys, V)
    for row in rows:
        operator = _taken(row, O, ("id", *OF_OPERATOR))
        number = [row[column.name] for column in NUMBER]
        yield violation_document(
            row,
            prescription=number_text(*number) if row["prescription_id"] else None,
            facility=_taken(row, F, OF_FACILITY),
            operator=operator if operator["id"] else None,
            audit=_taken(row, A, OF_AUDIT),
        )


def _labelled(table: Any, names: Sequence[str]) -> list[Any]:
    return [table[name].label(f"{table[name].table.name}_{name}") for name in names]


def _taken(row: Mapping[str, Any], table: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: row[f"{table[name].table.name}_{name}"] for name in names}


# What the server adds to what was signed; `audit_documents.SERVER_OWNED` names the same.
AUDIT = (
    *(A.id, A.rev, A.country, A.region_code, A.district_code, A.author_id, A.received_at),
    *(A.observed_at, A.observed_on, A.time_source, A.failed),
)


def _audits(session: Session, keys: Collection[Key]) -> Iterator[Rendered]:
    """Signed audits as they came, and what the server knows of them."""
    kept = (A.home_region, A.intake_region, A.content_hash)
    rows = list(_rows(session, select(*AUDIT, *(c.label(f"_{c.name}") for c in kept)), keys, A))
    bodies = _bodies(session, rows)
    for row in rows:
        where = (
            row.pop("_intake_region") or row["_home_region"],
            row["id"],
            bytes.fromhex(row.pop("_content_hash")),
        )
        del row["_home_region"]
        yield _placed(row, {**read_body(bodies[where]), **row})


def _bodies(session: Session, rows: Collection[Mapping[str, Any]]) -> Mapping[Any, bytes]:
    keys = [(row["_intake_region"] or row["_home_region"], "audits", row["id"]) for row in rows]
    statement = select(N.home_region, N.document_id, N.content_hash, N.body)
    found = session.connection().execute(
        statement.where(among((N.home_region, N.collection, N.document_id), keys))
    )
    return {(row.home_region, row.document_id, bytes(row.content_hash)): row.body for row in found}


def _drafts(session: Session, keys: Collection[Key]) -> Iterator[Rendered]:
    for row in _rows(session, select(Draft.__table__), keys, Draft.__table__.c):
        document = {**row["content"], "id": row["id"], "rev": row["rev"], "updated_at": row["updated_at"]}
        yield Rendered(row["id"], row["home_region"], str(row["person_id"]), row["rev"], spelled(document))


PRESCRIPTION = (
    *(P.id, P.rev, P.facility_id, P.audit_id, P.operator_id, P.country, P.region_code, P.district_code),
    *(P.issued_at, P.issued_on, P.issued_by),
)


def _prescriptions(session: Session, keys: Collection[Key]) -> Iterator[Rendered]:
    of_department = (D.home_region == P.home_region) & (D.id == P.department_id)
    statement = select(*PRESCRIPTION, *NUMBER).join_from(Prescription, Department, of_department)
    items = _items(session, keys)
    for row in _rows(session, statement, keys, P):
        number = number_text(*(row.pop(column.name) for column in NUMBER))
        yield _placed(row, {**row, "number": number, "items": items.get(row["id"], [])})


def _items(session: Session, keys: Collection[Key]) -> Mapping[UUID, list[dict[str, Any]]]:
    statement = (
        select(I.prescription_id, I.position, I.violation_id, V.criterion, V.place, I.due_on)
        .join_from(PrescriptionItem, Violation, and_(V.home_region == I.home_region, V.id == I.violation_id))
        .where(among((I.home_region, I.prescription_id), keys))
        .order_by(I.prescription_id, I.position)
    )
    items: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in session.connection().execute(statement).mappings():
        items[row["prescription_id"]].append({k: v for k, v in row.items() if k != "prescription_id"})
    return items


FOLLOWUP = (
    *(W.id, W.rev, W.facility_id, W.country, W.region_code, W.district_code, W.state, W["items"], W.wanted_from),
    *(W.assignee_id, W.planned_on, W.note, W.postponed_until, W.postponed_why),
    *(W.opened_at, W.closed_at, W.closed_by, W.cancelled_why),
)


def _followups(session: Session, keys: Collection[Key]) -> Iterator[Rendered]:
    for row in _rows(session, select(*FOLLOWUP), keys, W):
        yield _placed(row, row)


PHOTO = (
    *(H.id, H.rev, H.facility_id, H.audit_id.label("audit"), H.country, H.region_code, H.district_code),
    *(H.criterion, H.place, H.sha256, H.size, H.media_type, H.taken_at, H.note, H.author_id, H.received_at),
    *(B.state, B.reason, B.width, B.height, B.thumbnail),
)


def _photos(session: Session, keys: Collection[Key]) -> Iterator[Rendered]:
    """What is said of photos; a thumbnail small enough to be looked at offline goes with it."""
    statement = select(*PHOTO).join_from(Photo, Blob, B.sha256 == H.sha256, isouter=True)
    for row in _rows(session, statement, keys, H):
        thumbnail = row["thumbnail"] and b64encode(row["thumbnail"]).decode()
        said = {"sha256": bytes(row["sha256"]).hex(), "thumbnail": thumbnail}
        yield _placed(row, {**row, **said, "state": row["state"] or BlobState.EXPECTED})


RANKS = tuple(R[name] for name in (*("id", "rev", *PLACED), "places", "unvisited", "ranked", "updated_at"))


def _ranks(session: Session, keys: Collection[Key]) -> Iterator[Rendered]:
    for row in _rows(session, select(*RANKS), keys, R):
        yield _placed(row, row)


CHECKLIST = (C.id, C.rev, C.home_region.label("country"), C.key, C.version, C.published_at, C.content)


def _checklists(session: Session, keys: Collection[Key]) -> Iterator[Rendered]:
    for row in _rows(session, select(*CHECKLIST), keys, C):
        yield Rendered(row["id"], row["country"], "", row["rev"], spelled(row))


RENDERERS: Mapping[str, Callable[[Session, Collection[Any]], Iterator[Rendered]]] = {
    "facilities": _facilities,
    "checklists": _checklists,
    "audits": _audits,
    "drafts": _drafts,
    "violations": _violations,
    "prescriptions": _prescriptions,
    "followups": _followups,
    "photos": _photos,
    "ranks": _ranks,
    "outcomes": outcome_documents,
}
