"""Publishing checklist versions and reading them back. A published version never changes."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.catalogue_file import as_document, from_document
from inspection.criteria import Checklist
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput, NotFound
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
    (AlreadyDifferent): a version that was used for audits must go on meaning what it meant. A version that is not
    later than all of its key in the country is refused (InvalidInput): it would never be the newest.
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
    _refuse_not_newer(unit.session, country, checklist)
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


def _refuse_not_newer(session: Session, country: str, checklist: Checklist) -> None:
    held = session.scalars(
        select(PublishedChecklist.version).where(
            PublishedChecklist.home_region == country, PublishedChecklist.key == checklist.key
        )
    ).all()
    newest = max(held, key=_numbers, default=None)
    if newest is not None and _numbers(checklist.version) <= _numbers(newest):
        fault = Fault("/version", f"version {newest} is published here already", f"a version after {newest}")
        raise InvalidInput([fault], "a published version is followed by later ones only")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def read_checklists(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Checklist]:
    """The published versions among these ids. One query, and one more for those not read before."""
    columns = PublishedChecklist.id, PublishedChecklist.content_hash
    rows = session.execute(select(*columns).where(PublishedChecklist.id.in_(sorted(set(ids)))))
    return _parse(session, {row.id: row.content_hash for row in rows})


def newest_checklist(session: Session, country: str) -> tuple[UUID, Checklist]:
    """The newest version in a country, see `newest_checklists`. Raises DoesNotApply when there is none yet."""
    newest = newest_checklists(session, [country])
    if country not in newest:
        raise DoesNotApply("no checklist is published for this country yet", country=country)
    return newest[country]


def newest_checklists(session: Session, countries: Collection[str]) -> Mapping[str, tuple[UUID, Checklist]]:
    """The newest version in each of these countries that has one, with its id.

    That is the highest version of the catalogue that was published last: clocks go wrong, numbers do not.
    """
    rows = session.execute(
        select(PublishedChecklist.id, PublishedChecklist.home_region, PublishedChecklist.content_hash)
        .add_columns(PublishedChecklist.key, PublishedChecklist.version)
        .where(PublishedChecklist.home_region.in_(sorted(set(countries))))
        .order_by(PublishedChecklist.published_at, PublishedChecklist.id)
    ).all()
    catalogue = {row.home_region: row.key for row in rows}  # of several, the last stands
    current = [row for row in rows if row.key == catalogue[row.home_region]]
    newest = {row.home_region: row for row in sorted(current, key=lambda row: _numbers(row.version))}
    read = _parse(session, {row.id: row.content_hash for row in newest.values()})
    return {country: (row.id, read[row.id]) for country, row in newest.items()}


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


_PARSED: dict[bytes, Checklist] = {}  # by hash of the content; a published version never changes


def _parse(session: Session, hashes: Mapping[UUID, bytes]) -> Mapping[UUID, Checklist]:
    """The checklists under these ids, whose contents have these hashes."""
    unread = [made for made, digest in hashes.items() if digest not in _PARSED]
    if unread:
        wanted = select(PublishedChecklist.content_hash, PublishedChecklist.content)
        for digest, content in session.execute(wanted.where(PublishedChecklist.id.in_(unread))):
            _PARSED[digest] = from_document(content)
    return {made: _PARSED[digest] for made, digest in hashes.items()}
