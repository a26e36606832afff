"""Publishing checklist versions and reading them back. A published version never changes."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from inspection.catalogue_file import as_document, from_document
from inspection.criteria import Checklist
from inspection.errors import AlreadyDifferent, DoesNotApply, NotFound
from inspection.journal import Change
from inspection.tables.checklists import PublishedChecklist
from inspection.unit import Unit

CHECKLISTS = UUID("6f1d8a52-6a0e-5c0b-9a57-5b1f0f6f2b11")  # namespace of checklist ids


def checklist_id(country: str, key: str, version: str) -> UUID:
    """The same version of the same catalogue has the same id wherever it is published."""
    return uuid5(CHECKLISTS, f"{country}/{key}/{version}")


def publish(unit: Unit, country: str, checklist: Checklist, *, by: UUID | None) -> tuple[UUID, bool]:
    """Publish a version for a country. Returns its id, and whether it is new.

    Publishing the same content again changes nothing; other content under the same version is refused
    (AlreadyDifferent): a version that was used for audits must go on meaning what it meant.
    """
    content = as_document(checklist)
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
    made = checklist_id(country, checklist.key, checklist.version)
    held = unit.session.get(PublishedChecklist, (country, made))
    if held is not None:
        if held.content_hash != digest:
            raise AlreadyDifferent(
                "this version is published with other content; give the file a new version",
                key=checklist.key,
                version=checklist.version,
            )
        return made, False
    unit.session.add(
        PublishedChecklist(
            home_region=country,
            id=made,
            key=checklist.key,
            version=checklist.version,
            content=content,
            content_hash=digest,
            criteria_count=len(checklist.criteria),
            published_at=unit.now,
            published_by=by,
        )
    )
    facts = {"version": (None, checklist.version), "content": (None, digest.hex())}
    unit.journal.add(Change(country, "checklist.published", "checklist", str(made), facts))
    return made, True


def read_checklists(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Checklist]:
    """The published versions among these ids. One query, and one more for those not read before."""
    return _read(session, select(*KEYS).where(PublishedChecklist.id.in_(sorted(set(ids)))))


def newest_checklist(session: Session, country: str) -> tuple[UUID, Checklist]:
    """The version published last in a country. Raises DoesNotApply when there is none yet."""
    newest = newest_checklists(session, [country])
    if country not in newest:
        raise DoesNotApply("no checklist is published for this country yet", country=country)
    return newest[country]


def newest_checklists(session: Session, countries: Collection[str]) -> Mapping[str, tuple[UUID, Checklist]]:
    """The version published last in each of these countries that has one, with its id."""
    published = PublishedChecklist.published_at, PublishedChecklist.id
    statement = (
        select(*KEYS).where(PublishedChecklist.home_region.in_(sorted(set(countries)))).order_by(*published)
    )
    rows = session.execute(statement).all()
    read = _parse(session, rows)
    return {row.home_region: (row.id, read[row.id]) for row in rows}  # of several, the last stands


LISTED = (
    *(PublishedChecklist.id, PublishedChecklist.rev, PublishedChecklist.home_region.label("country")),
    *(PublishedChecklist.key, PublishedChecklist.version, PublishedChecklist.criteria_count),
    PublishedChecklist.published_at,
)


def listed(session: Session, country: str | None) -> list[dict[str, Any]]:
    """Every published version as a plain document without its content, the newest first."""
    statement = select(*LISTED).order_by(PublishedChecklist.published_at.desc(), PublishedChecklist.id)
    if country is not None:
        statement = statement.where(PublishedChecklist.home_region == country)
    return [dict(row) for row in session.execute(statement).mappings()]


def one(session: Session, wanted: UUID) -> dict[str, Any]:
    """A version with its content. Raises NotFound."""
    statement = select(*LISTED, PublishedChecklist.content).where(PublishedChecklist.id == wanted)
    row = session.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFound("there is no such checklist", kind="checklist")
    return dict(row)


KEYS = PublishedChecklist.id, PublishedChecklist.home_region, PublishedChecklist.content_hash
_PARSED: dict[bytes, Checklist] = {}  # by hash of the content; a published version never changes


def _read(session: Session, keys: Select[UUID, str, bytes]) -> Mapping[UUID, Checklist]:
    return _parse(session, session.execute(keys).all())


def _parse(session: Session, rows: Sequence[Row[UUID, str, bytes]]) -> Mapping[UUID, Checklist]:
    unread = [row.id for row in rows if row.content_hash not in _PARSED]
    if unread:
        wanted = select(PublishedChecklist.content_hash, PublishedChecklist.content)
        for digest, content in session.execute(wanted.where(PublishedChecklist.id.in_(unread))):
            _PARSED[digest] = from_document(content)
    return {row.id: _PARSED[row.content_hash] for row in rows}
