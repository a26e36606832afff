"""Making the digests of a week, page by page of people.

Every page can be made again without harm: a digest's id follows from its reader and week, and the two are unique.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from inspection.bulk import insert_new_rows, insert_rows
from inspection.countries import COUNTRIES
from inspection.digests.readers import Reader, reader, readers
from inspection.digests.weeks import due_week, week_name
from inspection.listed import one_of
from inspection.outbox import Outbox
from inspection.restorations import MAY_HAVE_GONE_OUT, last_restoration
from inspection.tables.digests import Digest, DigestArea
from inspection.tables.outgoing import MailState
from inspection.unit import Unit
from inspection.workday_overrides import workdays_of

PAGE = 200
NAMESPACE = UUID("b7f0c1ce-7d0c-5a57-8d5f-2c8e9e0a4a35")  # of the ids
DIGESTS = Outbox(Digest, "digest")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one page comes to. after: where the next begins; None: there is none."""

    digests: Sequence[tuple[Reader, date]]
    after: UUID | None


def digest_id(recipient: str, week: date) -> UUID:
    """The id of a digest, and of its message."""
    return uuid5(NAMESPACE, f"{recipient}\n{week_name(week)}")


def queue_page(unit: Unit, after: UUID | None = None, limit: int = PAGE) -> tuple[int, UUID | None]:
    """Queue the digests that are due for the next people. Returns how many were new, and where to go on."""
    foreseen = foresee_page(unit, after, limit)
    digests = {digest_id(who.recipient, week): (who, week) for who, week in foreseen.digests}
    doubted = _doubtful(unit, digests)
    rows = sorted(
        (_row(unit, *each, doubtful=made in doubted) for made, each in digests.items()),
        key=lambda row: (row["home_region"], row["id"]),
    )
    made = insert_new_rows(unit.session, Digest, rows)
    areas = []
    for key in sorted(made):
        who, week = digests[key[1]]
        areas += area_rows((key[0], key[1]), who)
        facts = {"week": (None, week_name(week)), "areas": (None, [area.code for area in who.areas])}
        state = MailState.HELD if key[1] in doubted else MailState.QUEUED
        unit.journal.add(DIGESTS.change((key[0], key[1]), who.recipient, state, facts))
    insert_rows(unit.session, DigestArea, areas)
    return len(made), foreseen.after


def foresee_page(unit: Unit, after: UUID | None = None, limit: int = PAGE) -> Foreseen:
    """Who of the next people is to have the digest of which week now, and has not yet. Writes nothing.

    Only grants that held on the morning of the week count: who comes to office later has theirs next week.
    """
    workdays = workdays_of(unit.session, COUNTRIES)
    found = []
    page = readers(unit, after, limit)
    for _, rows in page:
        due = due_week(unit.now, {row.country for row in rows}, workdays)
        who = due and reader(rows, since=due[1])
        if due and who:
            found.append((who, due[0]))
    ids = [digest_id(who.recipient, week) for who, week in found]
    held = set(unit.session.scalars(select(Digest.id).where(one_of(Digest.id, ids)))) if ids else set()
    new = [each for each, made in zip(found, ids, strict=True) if made not in held]
    return Foreseen(new, page[-1][0] if len(page) == limit else None)


def area_rows(key: tuple[str, UUID], who: Reader) -> list[dict[str, Any]]:
    """The rows that say which areas a digest is about."""
    placed = ("country", "region_code", "district_code")
    about = {"home_region": key[0], "digest_id": key[1]}
    return [
        {**about, "area_code": area.code, **{name: getattr(area, name) for name in placed}} for area in who.areas
    ]


def _doubtful(unit: Unit, digests: Mapping[UUID, tuple[Reader, date]]) -> set[UUID]:
    """Ids of those whose morning had come when a backup was restored: they may have gone out before."""
    restored = last_restoration(unit.session) if digests else None
    if restored is None:
        return set()
    workdays = workdays_of(unit.session, COUNTRIES)
    found = set()
    for made, (who, week) in digests.items():
        due = due_week(restored[1], {area.country for area in who.areas}, workdays)
        if due is not None and due[0] == week:
            found.add(made)
    return found


def _row(unit: Unit, who: Reader, week: date, *, doubtful: bool) -> dict[str, Any]:
    return {
        "home_region": who.areas[0].journal,
        "id": digest_id(who.recipient, week),
        "rev": 1,
        "recipient": who.recipient,
        "week": week,
        "address": who.address,
        "state": (MailState.HELD if doubtful else MailState.QUEUED).value,
        "attempts": 0,
        "next_try_at": unit.now,
        "queued_at": unit.now,
        "answer": MAY_HAVE_GONE_OUT if doubtful else None,
    }
