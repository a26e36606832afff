"""What tablets sent and a person has to look at: edits that crossed, documents with faults, and photos."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from inspection.answers.replying import SentFile
from inspection.countries import local_date
from inspection.deciding import confirm
from inspection.demo.acting import Stage
from inspection.demo.chance import chance, made_id
from inspection.demo.people import CAST, HEAD, INSPECTORS, REGION
from inspection.demo.sites import LEFT_ALONE
from inspection.history import MAIN
from inspection.intake import AUDITS
from inspection.sync.collections import COLLECTIONS
from inspection.sync.documents import render
from inspection.sync.pushing import Row, keep_rows, read_rows, set_aside
from inspection.sync.tablets import Tablet, of_person
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility, Standing
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.intake import IntakeRow, IntakeState
from inspection.tables.violations import Violation, ViolationState
from inspection.unit import Unit

FACILITIES, FOLLOWUPS, PHOTOS = "facilities", "followups", "photos"
PICTURED = 6  # violations with photos
NOT_THERE, CONFIRMED = "Бұл жерде ондай элемент жоқ, қате белгіленген.", "Нысанда тексерілді, түзету дұрыс."


@dataclass(frozen=True, slots=True)
class Push:
    """Rows that one inspector's tablet sends to a collection."""

    by: str
    collection: str
    rows: Sequence[Any]


def pushes(unit: Unit, stage: Stage, files: Sequence[SentFile]) -> Sequence[Push]:
    """Everything that is sent, in order: what both inspectors edit they edit from the same version."""
    source = chance(stage.seed, "tablets")
    edits = [*_of_places(unit), *_of_rechecks(unit, stage)]
    first, second = INSPECTORS
    return (
        Push(second, AUDITS, list(_faulty_audits(unit, source))),
        *_corrections(unit, stage, source),
        Push(first, FACILITIES, ["?"]),  # a tablet whose memory failed
        *(push for edit in edits for push in edit),
        Push(first, PHOTOS, list(_photos(unit, source, files))),
    )


def keep_push(unit: Unit, stage: Stage, push: Push) -> Sequence[Row]:
    """Keep what was sent and set aside what cannot be read. Returns the rows that are left to understand."""
    tablet, collection = sender(unit, stage, push), COLLECTIONS[push.collection]
    rows = read_rows(tablet, collection, push.rows)
    keep_rows(unit, tablet, collection, rows, unit.now + timedelta(seconds=CAST[push.by].skew_s))
    for row in rows:
        if row.fault:
            set_aside(unit, tablet, collection, row)
    return [row for row in rows if not row.fault]


def sender(unit: Unit, stage: Stage, push: Push) -> Tablet:
    """The tablet that sends, named in the journal of the unit."""
    person = stage.ids[push.by]
    tablet = of_person(unit.session, person, stage.tablets[person], now=unit.now)
    unit.journal.acted_by(tablet.caller, tablet.device_id)
    return tablet


def _of_places(unit: Unit) -> Iterator[Sequence[Push]]:
    """Places that both inspectors changed, and one changed to what cannot be."""
    visited = select(Standing.id).where(Standing.home_region == REGION, Standing.audited_at.is_not(None))
    wanted = select(Facility.id).where(Facility.home_region == REGION, Facility.kind != LEFT_ALONE)
    found = unit.session.scalars(wanted.where(Facility.id.in_(visited)).order_by(Facility.id).limit(3)).all()
    changes: Sequence[Sequence[Mapping[str, Any]]] = (
        (
            {"catchment": 900, "building_year": 1987},
            {"catchment": 1200, "building_year": 1978, "adaptation_plan_year": 2028},
        ),
        ({"address_ru": "Демо-Кала, ул. Примерная, 14 (вход со двора)"}, {"address_ru": "ул. Примерная, 14а"}),
        ({"building_year": 9999},),
    )
    for made, said in zip(found, changes, strict=False):
        yield _crossing(_held(unit, FACILITIES, made), FACILITIES, said)


def _of_rechecks(unit: Unit, stage: Stage) -> Iterator[Sequence[Push]]:
    """A re-check that both inspectors took for themselves."""
    wanted = select(FollowUp.id).where(
        FollowUp.home_region == REGION, FollowUp.state == FollowUpState.QUEUED.value
    )
    newest = wanted.order_by(FollowUp.wanted_from.desc(), FollowUp.id).limit(1)
    today = local_date(unit.now, "KZ")
    for made in unit.session.scalars(newest):
        taken = [
            {"assignee_id": str(stage.ids[slug]), "planned_on": (today + days * timedelta(days=1)).isoformat()}
            for slug, days in zip(INSPECTORS, (5, 9), strict=True)
        ]
        yield _crossing(_held(unit, FOLLOWUPS, made), FOLLOWUPS, taken)


def _held(unit: Unit, collection: str, made: UUID) -> Mapping[str, Any]:
    (rendered,) = render(unit.session, collection, [(REGION, made)])
    document: dict[str, Any] = orjson.loads(rendered.body)
    return document


def _crossing(base: Mapping[str, Any], collection: str, said: Sequence[Mapping[str, Any]]) -> Sequence[Push]:
    return [
        Push(slug, collection, [{"assumedMasterState": base, "newDocumentState": {**base, **changes}}])
        for slug, changes in zip(INSPECTORS, said, strict=False)
    ]


def _faulty_audits(unit: Unit, source: Random) -> Iterator[Mapping[str, Any]]:
    """Audits that nothing can be made of, each for another reason, and one that came under a taken id."""
    taken = (IntakeRow.home_region == REGION) & (IntakeRow.state == IntakeState.TAKEN.value)
    wanted = select(IntakeRow.body).where(taken, IntakeRow.collection == AUDITS)
    body = unit.session.scalars(wanted.order_by(IntakeRow.received_at.desc(), IntakeRow.document_id).limit(1))
    for document in map(orjson.loads, body):
        answers = document["answers"]
        changes = (
            {"id": made_id(source), "started_at": document["signed_at"], "finished_at": document["started_at"]},
            {"id": made_id(source), "answers": [{"criterion": "lift-doors", "value": 0.9}, *answers]},
            {"id": made_id(source), "facility": made_id(source)},
            {"answers": answers[:-1]},
        )
        for each in changes:
            yield {"newDocumentState": orjson.loads(orjson.dumps(document | each))}


def _corrections(unit: Unit, stage: Stage, source: Random) -> Iterator[Push]:
    """An audit that its author corrects: what the operator was told of is not there at all."""
    v = Violation
    told = (v.home_region == REGION) & (v.state == ViolationState.OPEN.value) & v.due_on.is_not(None)
    once = told & (v.kind != LEFT_ALONE) & (v.last_audit_id == v.opened_by)
    same = (Audit.home_region == v.home_region) & (Audit.id == v.last_audit_id)
    once &= (v.place == MAIN) & Audit.corrects_id.is_(None)
    wanted = select(v.criterion, Audit.id, Audit.author_id).join(Audit, same).where(once)
    row = unit.session.execute(wanted.order_by(v.due_on.desc(), v.id).limit(1)).first()
    if row is None:
        return
    sent = (IntakeRow.home_region == REGION) & (IntakeRow.collection == AUDITS) & (IntakeRow.document_id == row.id)
    body = select(IntakeRow.body).where(sent, IntakeRow.state == IntakeState.TAKEN.value)
    document = orjson.loads(unit.session.scalars(body).one())
    answers = [{"criterion": row.criterion, "state": "not_applicable", "note": NOT_THERE}]
    corrected = document | {"id": str(made_id(source)), "corrects": str(row.id), "answers": answers}
    (by,) = (slug for slug in INSPECTORS if stage.ids[slug] == row.author_id)
    yield Push(by, AUDITS, [{"newDocumentState": corrected}])


def confirm_correction(unit: Unit, stage: Stage) -> None:
    """Let the head of department confirm it: the operator was told, so it does not count by itself."""
    same = (Audit.home_region == REGION) & Audit.corrects_id.is_not(None) & (Audit.received_at == unit.now)
    for made in unit.session.scalars(select(Audit.id).where(same)).all():
        caller, source = stage.sign_in(unit, HEAD), chance(stage.seed, "confirmation")
        confirm(unit, caller, made, made_id(source), CONFIRMED)


def _photos(unit: Unit, source: Random, files: Sequence[SentFile]) -> Iterator[Mapping[str, Any]]:
    """Photos of the worst violations that are overdue; and one of a visit that has not arrived."""
    v = Violation
    late = (v.home_region == REGION) & (v.state == ViolationState.OPEN.value) & v.due_on.is_not(None)
    same = (Audit.home_region == v.home_region) & (Audit.id == v.last_audit_id)
    wanted = select(v.criterion, v.place, v.last_audit_id, Audit.finished_at).join(Audit, same)
    worst = wanted.where(late, v.kind == LEFT_ALONE).order_by(v.due_on, v.facility_id, v.criterion, v.place)
    rows: Sequence[Any] = unit.session.execute(worst.limit(PICTURED)).all()
    for number, file in enumerate(files):
        for row in rows[number % 2 :: 2] if number < 2 else rows[:1]:
            yield _photo(made_id(source), row.last_audit_id, row, file)
    for row, file in zip(rows[:1], files, strict=False):
        yield _photo(made_id(source), made_id(source), row, file)


def _photo(made: UUID, audit: UUID, of: Any, file: SentFile) -> Mapping[str, Any]:
    document = {
        "id": str(made),
        "audit": str(audit),
        "criterion": of.criterion,
        "place": of.place,
        "sha256": file.sha256.hex(),
        "size": file.size,
        "media_type": file.media_type,
        "taken_at": of.finished_at.isoformat(),
    }
    return {"newDocumentState": document}
