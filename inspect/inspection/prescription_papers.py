"""The content of a prescription as it is printed: frozen when it is issued, and never read from today's tables.

A later name, checklist version or due date changes nothing on a paper that somebody holds in their hands. What no
table carries (the number of the act of results, the representative) is an empty line to be filled in by pen.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.bulk import insert_new_rows
from inspection.countries import local_date
from inspection.criteria import Checklist, Criterion, Source, Text
from inspection.errors import NotFound
from inspection.history import MAIN
from inspection.homes import at_home
from inspection.measures import without_unit
from inspection.paper_sources import Sources, both
from inspection.prescriptions import number_text
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.operators import Operator
from inspection.tables.photos import Blob, BlobState
from inspection.tables.prescription_papers import PrescriptionPaper
from inspection.tables.prescriptions import Prescription
from inspection.tables.regions import Home
from inspection.taxpayers import organisation_number
from inspection.unit import Unit

EDITION = 1  # of the content's form
PLACED = ("home_region", "country", "region_code", "district_code", "facility_id")
OF_PRESCRIPTION = (
    *(Prescription.home_region, Prescription.id, Prescription.country, Prescription.region_code),
    *(Prescription.district_code, Prescription.facility_id, Prescription.department_id, Prescription.year),
    *(Prescription.number, Prescription.audit_id, Prescription.operator_id, Prescription.issued_at),
    *(Prescription.issued_on, Prescription.issued_by),
)
Row = Mapping[str, Any]
Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper to be printed.

    seen: SHA-256 in hex of those of its photos that can be shown now; the others are named, not shown.
    """

    content: Content
    content_hash: bytes
    seen: frozenset[str]


def one(session: Session, caller: Caller, prescription_id: UUID) -> Paper | None:
    """The paper of a prescription, or None if it was issued before papers were kept (then `freeze_one`).

    Raises NotFound, also for a prescription that the caller may not see.
    """
    found = narrow(select(Prescription.home_region).join(Home, at_home(Prescription)), Prescription, caller)
    home_region = session.scalar(found.where(Home.id == prescription_id))
    if home_region is None:
        raise NotFound("there is no such prescription", kind="prescription")
    return held(session, (home_region, prescription_id))


def held(session: Session, key: tuple[str, UUID]) -> Paper | None:
    """The paper of a prescription, (home region, id), whoever may see it. Two statements."""
    columns = PrescriptionPaper.content, PrescriptionPaper.content_hash
    row = session.execute(
        select(*columns).where(PrescriptionPaper.home_region == key[0], PrescriptionPaper.id == key[1])
    ).one_or_none()
    if row is None:
        return None
    named = {bytes.fromhex(photo["sha256"]) for photo in row.content["photos"]}
    examined = select(Blob.sha256).where(Blob.sha256.in_(named), Blob.state == BlobState.EXAMINED.value)
    seen = session.scalars(examined).all() if named else ()
    return Paper(row.content, bytes(row.content_hash), frozenset(bytes(each).hex() for each in seen))


def freeze_one(unit: Unit, caller: Caller, prescription_id: UUID) -> Paper:
    """The paper of a prescription, kept from now on. Raises NotFound."""
    found = one(unit.session, caller, prescription_id)
    if found is not None:
        return found
    wanted = select(Prescription.home_region).join(Home, at_home(Prescription)).where(Home.id == prescription_id)
    return freeze_held(unit, (unit.session.scalars(wanted).one(), prescription_id))


def freeze_held(unit: Unit, key: tuple[str, UUID]) -> Paper:
    """The paper of a prescription, (home region, id), kept from now on."""
    found = held(unit.session, key)
    if found is None:
        same = (Prescription.home_region == key[0]) & (Prescription.id == key[1])
        freeze(unit, [unit.session.execute(select(*OF_PRESCRIPTION).where(same)).one()._asdict()])
        found = held(unit.session, key)
    assert found is not None  # noqa: S101 - it was written, by us or by whoever was quicker
    return found


def freeze(unit: Unit, prescriptions: Sequence[Row]) -> None:
    """Keep what these prescriptions say, in the transaction that issues them. A dozen statements, however many.

    prescriptions: the columns of OF_PRESCRIPTION; their items and their entries of the ledger are written already.
    """
    sources = Sources(unit.session, prescriptions)
    rows = []
    for row in sorted(prescriptions, key=lambda p: (p["home_region"], p["id"])):
        # As it will be read back: one form in both databases, whatever the hash is made of.
        content = orjson.loads(orjson.dumps(_content(sources, row)))
        digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
        placed = {name: row[name] for name in PLACED}
        kept = {"content": content, "content_hash": digest, "frozen_at": unit.now}
        rows.append({**placed, "id": row["id"], "rev": 1, **kept})
    insert_new_rows(unit.session, PrescriptionPaper, rows)


def _content(sources: Sources, row: Row) -> Content:
    facility = sources.facilities[row["facility_id"]]
    audit = sources.audits[row["audit_id"]]
    checklist = sources.checklists[audit.checklist_id]
    department = sources.departments[row["department_id"]]
    items, photos = _items(sources, row, audit)
    operator = sources.operators.get(row["operator_id"])
    return {
        "edition": EDITION,
        "country": row["country"],
        "number": number_text(department.code, row["year"], row["number"]),
        "issued_at": row["issued_at"].isoformat(timespec="seconds"),
        "issued_on": row["issued_on"],
        "department": {"kk": department.name_kk, "ru": department.name_ru},
        "place": sources.areas.get(row["region_code"], {}),
        "basis": {
            "appointment_number": audit.appointment_number,
            "appointment_date": audit.appointment_date,
            "ersop_number": audit.ersop_number,
            "ersop_date": audit.ersop_date,
        },
        "ground": audit.ground,
        "period": _period(audit),
        "checklist": {"key": audit.checklist_key, "version": audit.checklist_version},
        "subject": _subject(operator, facility) if operator else None,
        "object": _object(facility, operator, audit, checklist),
        "inspector": sources.names.get(audit.author_id),
        "items": items,
        "photos": photos,
    }


def _period(audit: Audit) -> Row:
    # A visit is hours long; what the tablet's clock says of its length is right even where its date is not.
    if audit.observed_at is None:
        return {"from": None, "to": None}
    begun = audit.observed_at - (audit.finished_at - audit.started_at)
    return {"from": local_date(begun, audit.country), "to": local_date(audit.observed_at, audit.country)}


def _subject(operator: Operator, facility: Facility) -> Row:
    return {
        "name": both(operator.name_kk, operator.name_ru),
        "bin": organisation_number(operator.tax_id, facility.country),
        "address": operator.notice_address,
        "kato": facility.district_code or facility.region_code,
    }


def _object(facility: Facility, operator: Operator | None, audit: Audit, checklist: Checklist) -> Row:
    kind = checklist.kinds.get(audit.kind)
    return {
        "name": both(facility.name_kk, facility.name_ru),
        "kind": _words(kind.title, audit.kind) if kind else {"kk": audit.kind, "ru": audit.kind},
        "address": both(facility.address_kk, facility.address_ru),
        "size": operator.size_class if operator else "unknown",
    }


def _items(sources: Sources, row: Row, audit: Audit) -> tuple[Sequence[Row], Sequence[Row]]:
    items: list[Row] = []
    photos: list[Row] = []
    for told in sources.items[row["id"]]:
        judged_by, finding = sources.judged(audit, told.criterion, told.place)
        spot = told.criterion, told.place
        taken = [p for p in sources.photos.get(judged_by.id, ()) if (p.criterion, p.place or MAIN) == spot]
        numbers = range(len(photos) + 1, len(photos) + len(taken) + 1)
        photos += [
            {"number": number, "item": told.position, "sha256": bytes(photo.sha256).hex()}
            for number, photo in zip(numbers, taken, strict=True)
        ]
        item = _item(told, finding, sources.checklists[judged_by.checklist_id])
        items.append({**item, "photos": list(numbers)})
    return items, photos


def _item(told: Any, finding: Row, checklist: Checklist) -> Row:
    criterion = checklist.criteria.get(told.criterion)
    common = {
        "position": told.position,
        "place": told.place,
        "due_on": told.due_on,
        "value": finding.get("value"),
        "unit": finding.get("unit"),
        "limit": without_unit(finding.get("limit"), finding.get("unit")),
    }
    if criterion is None:
        unknown = {"kk": told.criterion, "ru": told.criterion}
        return {**common, "title": unknown, "zone": {}, "norm": None, "clause": None, "groups": [], "severity": {}}
    return {**common, **_requirement(criterion, checklist)}


def _requirement(criterion: Criterion, checklist: Checklist) -> Row:
    norm, clause = _law(criterion.source)
    return {
        "title": _words(criterion.title, criterion.id),
        "zone": _words(checklist.zones[criterion.zone].title, criterion.zone),
        "norm": norm,
        "clause": clause,
        "groups": [_words(checklist.groups[group], group) for group in criterion.groups],
        "severity": _words(checklist.severity_titles[criterion.severity], criterion.severity.value),
    }


def _law(source: Source) -> tuple[str | None, str | None]:
    """Norm and clause as they may be printed: nothing that nobody has read."""
    return (source.norm, source.clause) if source.verified and source.clause else (None, None)


def _words(said: Text, otherwise: str) -> Text:
    return {language: said.get(language) or otherwise for language in ("kk", "ru")}


def photos_shown(paper: Paper) -> Iterator[Row]:
    """Those photos of a paper that can be seen now, in order."""
    return (photo for photo in paper.content["photos"] if photo["sha256"] in paper.seen)
