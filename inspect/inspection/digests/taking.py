"""Taking a digest to send it: what its reader may read is asked once more, in the unit that takes it.

The figures are counted before, because that takes longer than anybody's row should be held; what was counted of an
area that is no longer theirs stays behind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select

from inspection.bulk import insert_rows
from inspection.countries import local_date
from inspection.digests.figures import AreaFigures
from inspection.digests.queueing import DIGESTS, area_rows
from inspection.digests.readers import ReadArea, Reader, reader_now
from inspection.digests.weeks import week_of
from inspection.journal_proof import Noted
from inspection.outbox import Key, Refusal
from inspection.tables.areas import Area, Level
from inspection.tables.digests import Digest, DigestArea
from inspection.tables.outgoing import MailState
from inspection.tables.people import DigestWish
from inspection.tables.regions import RegionHead
from inspection.unit import Unit


@dataclass(frozen=True, slots=True)
class DigestContent:
    """A digest before it has words, about one area at least.

    at: when it was taken. countries: of its areas. heads: where the journal of each region ended then.
    """

    id: UUID
    at: datetime
    address: str
    week: date
    countries: Sequence[str]
    areas: Sequence[AreaFigures]
    heads: Sequence[Noted]


def wanted(unit: Unit, key: Key) -> tuple[date, Sequence[ReadArea]]:
    """Of which week a digest is, and of which areas its figures have to be counted. Two statements."""
    recipient, week = unit.session.execute(
        select(Digest.recipient, Digest.week).where(Digest.home_region == key[0], Digest.id == key[1])
    ).one()
    who = reader_now(unit, _person(recipient))
    return week, who.areas if who else ()


def take(unit: Unit, key: Key, counted: Mapping[str, AreaFigures]) -> DigestContent | Refusal | MailState | None:
    """Take a digest to send it, with what its reader may still read at this moment; None: somebody else has it.

    counted: figures by the code of their area; where one is missing, it is put off. A digest of a week that is
    over, of somebody who holds no area any more or wants none, is cancelled, and not taken.
    """
    digest = DIGESTS.claim(unit, key)
    if digest is None or isinstance(digest, MailState):
        return digest
    who = reader_now(unit, _person(digest.recipient))
    if why := _moot(unit, digest, who):
        return DIGESTS.end(unit, digest, MailState.CANCELLED, why)
    assert who is not None  # noqa: S101 - or it were moot
    digest.address = who.address
    if not who.address:
        return Refusal("the address is gone", for_good=True)
    if any(area.code not in counted for area in who.areas):
        return Refusal("its areas changed while they were counted", for_good=False)
    _rewrite_areas(unit, digest, who)
    return DigestContent(
        id=digest.id,
        at=unit.now,
        address=who.address,
        week=digest.week,
        countries=tuple(dict.fromkeys(area.country for area in who.areas)),
        areas=[counted[area.code] for area in who.areas],
        heads=_heads(unit, who.areas),
    )


def _person(recipient: str) -> UUID:
    return UUID(recipient.partition(":")[2])


def _moot(unit: Unit, digest: Digest, who: Reader | None) -> str | None:
    if who is None:
        return "no grant is left to read by"
    if who.wish != DigestWish.WEEKLY:
        return "its reader wants none"
    weeks = {week_of(local_date(unit.now, area.country)) for area in who.areas}
    return None if digest.week in weeks else "its week is over"


def _rewrite_areas(unit: Unit, digest: Digest, who: Reader) -> None:
    """Write down which areas it is about after all, if grants changed since it was queued."""
    a, key = DigestArea, (digest.home_region, digest.id)
    mine = and_(a.home_region == key[0], a.digest_id == key[1])
    held = set(unit.session.scalars(select(a.area_code).where(mine)))
    now = [area.code for area in who.areas]
    if held == set(now):
        return
    unit.session.execute(delete(a).where(mine, a.area_code.not_in(now)))
    insert_rows(unit.session, a, [row for row in area_rows(key, who) if row["area_code"] not in held])
    facts = {"areas": (sorted(held), sorted(now))}
    unit.journal.add(DIGESTS.change(key, digest.recipient, "changed", facts))


def _heads(unit: Unit, areas: Sequence[ReadArea]) -> Sequence[Noted]:
    """Where the journals of these areas end: of a country all of its regions', and its own."""
    head = RegionHead
    asked: list[ColumnElement[bool]] = [head.region.in_({area.journal for area in areas})]
    whole = {area.country for area in areas if area.level == Level.COUNTRY}
    if whole:
        regions = select(Area.code).where(Area.country.in_(whole), Area.level == Level.REGION)
        asked.append(head.region.in_(regions))
    shown = select(head.region, head.journal_number, head.journal_hash).where(or_(*asked), head.journal_number > 0)
    found = unit.session.execute(shown.order_by(head.region))
    return [Noted(row.region, row.journal_number, bytes(row.journal_hash)) for row in found]
