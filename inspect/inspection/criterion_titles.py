"""Titles of criteria for lists: read once per published version and process, for a version never changes."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from inspection.criteria import Text
from inspection.searching import fold
from inspection.tables.checklists import PublishedChecklist

Version = tuple[str, str, str]
_TITLES: dict[bytes, Mapping[str, Text]] = {}  # by hash of the content: what it is called by cannot go stale


def titles(session: Session, hashes: Collection[bytes]) -> Mapping[bytes, Mapping[str, Text]]:
    """For each content hash of a published checklist: criterion to title in every language.

    One query if there are versions not read before, otherwise none.
    """
    unread = [digest for digest in hashes if digest not in _TITLES]
    if unread:
        wanted = select(PublishedChecklist.content_hash, PublishedChecklist.content)
        for digest, content in session.execute(wanted.where(PublishedChecklist.content_hash.in_(unread))):
            _TITLES[digest] = {criterion["id"]: criterion["title"] for criterion in content["criteria"]}
    return {digest: _TITLES[digest] for digest in hashes}


def judged_by(violation: Mapping[str, Any]) -> Version:
    """The version of the checklist that a violation, as lists show it, was judged by."""
    return violation["country"], violation["checklist_key"], violation["checklist_version"]


def titles_of_versions(session: Session, versions: Collection[Version]) -> Mapping[Version, Mapping[str, Text]]:
    """For each version: criterion to title in every language; versions that nobody published are left out.

    versions: country, key and version. At most two queries.
    """
    c = PublishedChecklist
    if not versions:
        return {}
    named = tuple_(c.home_region, c.key, c.version).in_(sorted(versions))
    found = session.execute(select(c.home_region, c.key, c.version, c.content_hash).where(named)).all()
    called = titles(session, {row.content_hash for row in found})
    return {(row.home_region, row.key, row.version): called[row.content_hash] for row in found}


def criteria_titled(session: Session, sought: str) -> frozenset[str]:
    """Ids of criteria whose title, in one language of one published version, has words with these beginnings."""
    words = [f" {word}" for word in fold(sought).split()]
    if not words:
        return frozenset()
    versions = titles(session, session.scalars(select(PublishedChecklist.content_hash).distinct()).all())
    return frozenset(
        criterion
        for version in versions.values()
        for criterion, title in version.items()
        if any(all(word in f" {fold(said)}" for word in words) for said in title.values())
    )
