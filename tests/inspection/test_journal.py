import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from inspection.heads import lock_heads
from inspection.journal import Change, Journal, commitment, entry_hash
from inspection.journal_proof import (
    AFTER_HEAD,
    CUT_OFF,
    HEAD_MISSING,
    MISSING,
    NOT_AS_NOTED,
    NOTED_AND_GONE,
    OFF_HEAD,
    ORPHAN,
    OTHER_VALUE,
    TORN,
    UNREADABLE,
    Flaw,
    Noted,
    journal_regions,
    verify,
)
from inspection.journal_proof import (
    TAMPERED as FORGED,
)
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.regions import RegionHead
from inspection.tables.violations import ViolationState
from tests.clock import NOW
from tests.inspection.world import COUNTRY, FAILS, OTHER_REGION, REGION, World

AWKWARD = {
    "floats": [0.1 + 0.2, 1e-7, 1e22, -0.0, 5e-324, 3.0],
    "counts": [0, -1, 2**53 + 1, True, None],
    "words": "Қ\u0000"[:1] + 'ö\u2028"\\/\u007f🙂',
    "keys": {"b": 1, "a": {"ю": 2, "я": [], "": {}}},
    "moment": datetime(2026, 3, 16, 14, 0, 0, 1, tzinfo=timezone(timedelta(hours=5))),
    "day": date(1, 1, 1),
    "id": UUID(int=5),
    "state": ViolationState.OPEN,
    "several": frozenset({"one"}),
}


def write(session: Session, *changes: Change, now: datetime = NOW) -> None:
    """Changes written as one unit would."""
    journal = Journal(now=now, new_salt=lambda: b"0123456789abcdef")
    journal.actor_id, journal.request_id = UUID(int=1), "request"
    for change in changes:
        journal.add(change)
    journal.write(session, lock_heads(session, journal.regions()))
    session.expunge_all()


def a_change(number: int = 1, *, region: str = REGION, **about: Any) -> Change:
    plain: dict[str, Any] = {"object_kind": "thing", "object_id": str(number), "changes": {"n": (None, number)}}
    return Change(region, "thing.changed", **{**plain, **about})


Named = list[tuple[int | None, int | None, str]]


def flaws(session: Session, region: str = REGION, *noted: Noted) -> Named:
    session.expire_all()
    return [(flaw.first, flaw.last, flaw.what) for flaw in verify(session, region, noted)]


def one(number: int, what: str) -> tuple[int, int, str]:
    return (number, number, what)


@pytest.fixture
def five(session: Session) -> Session:
    """A journal of five entries in two units, and as many of another region between them."""
    for numbers in ((1, 2), (3, 4, 5)):
        write(session, *(a_change(n, region=region) for n in numbers for region in (REGION, OTHER_REGION)))
    assert flaws(session) == []
    return session


def entry(session: Session, at_number: int, /, **values: Any) -> None:
    where = (JournalEntry.home_region == REGION) & (JournalEntry.number == at_number)
    session.execute(update(JournalEntry).where(where).values(**values))


TAMPERED: Mapping[str, Any] = {
    "at": NOW + timedelta(microseconds=1),
    "actor_id": None,
    "device_id": UUID(int=3),
    "grants_used": "inspector:750000000",
    "action": "thing.kept",
    "object_kind": "things",
    "object_id": "33",
    "changes": {"n": [None, 4]},
    "reason": "",
    "request_id": None,
    "previous_hash": bytes(32),
    "hash": bytes(32),
}


def test_a_journal_that_was_only_written_is_whole(five: Session) -> None:
    assert flaws(five, OTHER_REGION) == []
    assert flaws(five, "nowhere") == []


@pytest.mark.parametrize("column", TAMPERED)
def test_an_entry_that_says_something_else_than_was_written_is_named(column: str, five: Session) -> None:
    entry(five, 3, **{column: TAMPERED[column]})
    assert flaws(five) == [one(3, FORGED)]
    assert flaws(five, OTHER_REGION) == []


def test_every_column_of_an_entry_is_covered_by_its_hash(five: Session) -> None:
    assert set(TAMPERED) | {"home_region", "number"} == set(JournalEntry.__table__.columns.keys())


def rewrite(session: Session, at_number: int, **values: Any) -> None:
    """An entry rewritten by somebody who knows how its hash is made."""
    row = session.get_one(JournalEntry, (REGION, at_number))
    said = {c.name: getattr(row, c.name) for c in JournalEntry.__table__.columns} | values
    entry(session, at_number, **values, hash=entry_hash(said))


def test_an_entry_rewritten_together_with_its_hash_is_named_with_the_one_that_betrays_it(five: Session) -> None:
    rewrite(five, 3, reason="false")
    assert flaws(five) == [(3, 4, TORN)]


def test_a_first_entry_that_follows_something_is_tampered(five: Session) -> None:
    rewrite(five, 1, previous_hash=b"x" * 32)
    assert flaws(five) == [one(1, FORGED), (1, 2, TORN)]


def test_a_last_entry_rewritten_together_with_its_hash_betrays_itself_at_the_head(five: Session) -> None:
    rewrite(five, 5, reason="false")
    assert flaws(five) == [one(5, OFF_HEAD)]


@pytest.mark.parametrize("gone", [(1, 1), (3, 3), (2, 4), (1, 2)])
def test_entries_removed_from_the_middle_or_the_beginning_are_one_flaw(
    gone: tuple[int, int], five: Session
) -> None:
    five.execute(
        delete(JournalEntry).where(JournalEntry.home_region == REGION, JournalEntry.number.between(*gone))
    )
    assert flaws(five) == [(*gone, MISSING)]


@pytest.mark.parametrize("left", [4, 3, 0])
def test_a_cut_off_end_is_one_flaw(left: int, five: Session) -> None:
    five.execute(delete(JournalEntry).where(JournalEntry.home_region == REGION, JournalEntry.number > left))
    assert flaws(five) == [(left + 1, 5, CUT_OFF)]


def test_one_entry_far_behind_the_end_does_not_drown_the_walk(five: Session) -> None:
    row = five.get_one(JournalEntry, (REGION, 5))
    said = {c.name: getattr(row, c.name) for c in JournalEntry.__table__.columns} | {"number": 1_000_005}
    five.add(JournalEntry(**{**said, "hash": entry_hash(said)}))
    five.flush()
    assert flaws(five) == [(6, 1_000_004, MISSING), (6, 1_000_005, AFTER_HEAD)]


def test_two_entries_that_changed_places_are_both_named(five: Session) -> None:
    for number, other in ((2, 99), (4, 2), (99, 4)):
        entry(five, number, number=other)
    assert {one(2, FORGED), one(4, FORGED)} <= set(flaws(five))


def head(session: Session, **values: Any) -> None:
    session.execute(update(RegionHead).where(RegionHead.region == REGION).values(**values))


def test_an_altered_head_is_found(five: Session) -> None:
    head(five, journal_hash=bytes(32))
    assert flaws(five) == [one(5, OFF_HEAD)]
    head(five, journal_number=7)
    assert flaws(five) == [(6, 7, CUT_OFF)]
    head(five, journal_number=3)
    assert flaws(five) == [(4, 5, AFTER_HEAD)]


def test_a_head_that_is_gone_hides_no_entry(five: Session) -> None:
    five.execute(delete(RegionHead).where(RegionHead.region == REGION))
    assert flaws(five) == [(None, None, HEAD_MISSING)]
    assert journal_regions(five) == [OTHER_REGION, REGION]
    entry(five, 3, reason="false")
    assert flaws(five) == [one(3, FORGED), (None, None, HEAD_MISSING)]


def test_an_entry_added_behind_the_head_is_found(five: Session) -> None:
    row = five.get_one(JournalEntry, (REGION, 5))
    said = {c.name: getattr(row, c.name) for c in JournalEntry.__table__.columns}
    said |= {"number": 6, "previous_hash": row.hash}
    five.add(JournalEntry(**{**said, "hash": entry_hash(said)}))
    five.flush()
    assert flaws(five) == [one(6, AFTER_HEAD)]


def noted(session: Session, number: int) -> Noted:
    return Noted(REGION, number, session.get_one(JournalEntry, (REGION, number)).hash)


def test_what_was_noted_betrays_an_end_that_was_cut_off_together_with_the_head(five: Session) -> None:
    third, last = noted(five, 3), noted(five, 5)
    assert flaws(five, REGION, third, last, Noted(REGION, 0, bytes(32))) == []
    five.execute(delete(JournalEntry).where(JournalEntry.home_region == REGION, JournalEntry.number > 4))
    head(five, journal_number=4, journal_hash=noted(five, 4).hash)
    assert flaws(five) == []
    assert flaws(five, REGION, third, last) == [one(5, NOTED_AND_GONE)]
    assert flaws(five, OTHER_REGION, third, last) == []


def test_what_was_noted_betrays_a_journal_that_was_written_anew(five: Session) -> None:
    last = noted(five, 5)
    five.execute(delete(JournalEntry).where(JournalEntry.home_region == REGION))
    five.execute(delete(RegionHead).where(RegionHead.region == REGION))
    five.expire_all()
    write(five, *(a_change(n, reason="better") for n in range(1, 7)))
    assert flaws(five) == []
    assert flaws(five, REGION, last) == [one(5, NOT_AS_NOTED)]


def test_two_notes_that_contradict_each_other_are_a_flaw(five: Session) -> None:
    assert flaws(five, REGION, noted(five, 5), Noted(REGION, 5, b"x" * 32)) == [one(5, NOT_AS_NOTED)]


def test_a_walk_ends_at_the_entry_that_is_to_be_noted(five: Session) -> None:
    walk = verify(five, REGION)
    assert (list(walk), walk.last, walk.seen) == ([], noted(five, 5), 5)


def test_what_is_committed_during_a_walk_is_walked_too(five: Session) -> None:
    entry(five, 1, reason="false")
    walk = verify(five, REGION)
    named = iter(walk)
    assert next(named).first == 1
    write(five, a_change(6), a_change(7))
    assert (list(named), walk.last.number, walk.seen) == ([], 7, 7)


GARBAGE = ("at", "actor_id", "changes", "action", "reason", "request_id", "previous_hash")


@pytest.mark.parametrize("garbage", ["'x'", "x'ff00'", "'{'", "5"])
@pytest.mark.parametrize("column", GARBAGE)
def test_garbage_in_a_column_is_a_flaw_of_its_entry_and_the_walk_goes_on(
    column: str, garbage: str, five: Session
) -> None:
    """SQLite takes anything for any column; PostgreSQL refuses it."""
    if five.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps only what its types can hold")
    five.execute(text(f"UPDATE journal SET {column} = {garbage} WHERE number = 3 AND home_region = '{REGION}'"))
    entry(five, 5, reason="false")
    (third, fifth) = flaws(five)
    assert third in (one(3, UNREADABLE), one(3, FORGED))
    assert fifth == one(5, FORGED)


@pytest.mark.parametrize(("column", "garbage"), [("at", "'noon'"), ("changes", "'{'"), ("action", "x'ff'")])
def test_what_nobody_can_read_is_called_unreadable(column: str, garbage: str, five: Session) -> None:
    if five.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps only what its types can hold")
    five.execute(text(f"UPDATE journal SET {column} = {garbage} WHERE number = 3 AND home_region = '{REGION}'"))
    assert flaws(five) == [one(3, UNREADABLE)]


def test_a_moment_beyond_the_calendar_is_unreadable_in_postgresql_too(five: Session) -> None:
    if five.get_bind().dialect.name != "postgresql":
        pytest.skip("SQLite has no such moment")
    five.execute(text(f"UPDATE journal SET at = 'infinity' WHERE number = 3 AND home_region = '{REGION}'"))
    assert flaws(five) == [one(3, UNREADABLE)]


def test_an_entry_whose_number_is_none_is_a_flaw(five: Session) -> None:
    if five.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps only what its types can hold")
    five.execute(text(f"UPDATE journal SET number = 'five' WHERE number = 5 AND home_region = '{REGION}'"))
    assert flaws(five) == [(None, None, UNREADABLE), one(5, CUT_OFF)]


def personal(session: Session) -> JournalValue:
    """The row that holds a personal value of the second entry."""
    changes = {"name": ("Ойдан Шығарылған", "Выдуманная Особа"), "role": (None, "head")}
    write(session, a_change(1), a_change(2, changes=changes, personal=frozenset({"name"})))
    (row,) = session.scalars(select(JournalValue))
    return row


def test_a_personal_value_stands_apart_and_only_its_commitment_in_the_chain(session: Session) -> None:
    held = personal(session)
    chained = session.get_one(JournalEntry, (REGION, 2)).changes
    assert chained == {"name": {"commitment": commitment(held.salt, held.value)}, "role": [None, "head"]}
    assert "Выдуманная" not in orjson.dumps(chained).decode()
    assert flaws(session) == []


def test_erasing_a_personal_value_leaves_the_chain_whole(session: Session) -> None:
    session.delete(personal(session))
    session.flush()
    assert flaws(session) == []


def test_an_altered_personal_value_or_salt_is_found(session: Session) -> None:
    held = personal(session)
    held.value = ["Ойдан Шығарылған", "Другая Особа"]
    session.flush()
    assert flaws(session) == [one(2, OTHER_VALUE)]
    held.value, held.salt = ["Ойдан Шығарылған", "Выдуманная Особа"], bytes(16)
    session.flush()
    assert flaws(session) == [one(2, OTHER_VALUE)]


def test_a_personal_value_slipped_under_an_entry_that_promised_none_is_found(session: Session) -> None:
    held = personal(session)
    session.add(JournalValue(home_region=REGION, number=1, field="name", salt=held.salt, value=held.value))
    session.flush()
    assert flaws(session) == [one(1, OTHER_VALUE)]


def test_a_personal_value_without_an_entry_is_found(session: Session) -> None:
    held = personal(session)
    session.add(JournalValue(home_region=REGION, number=9, field="name", salt=held.salt, value=held.value))
    session.flush()
    assert flaws(session) == [one(9, ORPHAN)]


def test_a_personal_value_that_nobody_can_read_is_found(session: Session) -> None:
    personal(session)
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps only what its types can hold")
    session.execute(text("UPDATE journal_values SET value = 'nothing'"))
    assert flaws(session) == [one(2, UNREADABLE)]


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("hidden", [False, True])
def test_whatever_a_change_holds_is_the_same_when_it_is_read_back(
    name: str, hidden: bool, session: Session
) -> None:
    changes = {name: (AWKWARD[name], None), "z": (1, 2), "a": (None, "")}
    write(session, a_change(changes=changes, personal=frozenset({name} if hidden else ())))
    assert flaws(session) == []


def test_a_unit_whose_clock_shows_another_offset_writes_a_whole_journal(session: Session) -> None:
    write(session, a_change(), now=NOW.astimezone(timezone(timedelta(hours=5))))
    assert flaws(session) == []
    assert session.get_one(JournalEntry, (REGION, 1)).at.utcoffset() == timedelta(0)


def test_a_unit_without_changes_writes_nothing_and_makes_no_head(session: Session) -> None:
    write(session)
    assert session.scalar(select(func.count()).select_from(RegionHead)) == 0


def test_thousands_of_changes_of_one_unit_are_written_in_order(session: Session) -> None:
    write(session, *(a_change(n) for n in range(6000)))
    assert flaws(session) == []
    entries = session.scalars(select(JournalEntry.object_id).order_by(JournalEntry.number))
    assert list(entries) == [str(n) for n in range(6000)]


def test_what_domain_operations_write_is_whole_and_numbered_without_gaps(world: World) -> None:
    facility = world.facility()
    audit = world.audited(facility, FAILS)
    world.prescribe(audit)
    with world.open_session() as session:
        assert flaws(session) == flaws(session, COUNTRY) == []
        rows = session.execute(
            select(JournalEntry.number, JournalEntry.action).order_by(JournalEntry.number)
        ).all()
    of_region = [row for row in rows if row.action != "checklist.published"]
    assert [row.number for row in of_region] == list(range(1, len(of_region) + 1))
    assert [row.action for row in of_region if not row.action.startswith("violation.")] == [
        "audit.taken",
        "prescription.issued",
    ]


def test_the_hash_of_an_entry_is_the_documented_one() -> None:
    """Somebody else must be able to check a journal: this is its form, spelled out once."""
    said = {
        "home_region": REGION,
        "number": 1,
        "at": datetime(2026, 3, 16, 9, tzinfo=UTC),
        "actor_id": UUID(int=1),
        "device_id": None,
        "grants_used": None,
        "action": "thing.changed",
        "object_kind": "thing",
        "object_id": "1",
        "changes": {"b": [1, 2], "a": [None, "ю"]},
        "reason": None,
        "request_id": None,
        "previous_hash": bytes(32),
    }
    text = (
        '["750000000",1,"2026-03-16T09:00:00.000000+00:00","00000000-0000-0000-0000-000000000001","thing.changed",'
        '"thing","1",{"a":[null,"ю"],"b":[1,2]},null,null,"' + "0" * 64 + '"]'
    )
    assert entry_hash(said) == hashlib.sha256(text.encode()).digest()
    by = {"device_id": UUID(int=3), "grants_used": "inspector:750000000"}
    text = text[:-1] + ',"00000000-0000-0000-0000-000000000003","inspector:750000000"]'
    assert entry_hash({**said, **by}) == hashlib.sha256(text.encode()).digest()


def test_entries_from_before_tablet_and_grant_were_kept_stand_in_one_chain_with_those_after(
    session: Session,
) -> None:
    write(session, a_change(1))
    write(session, a_change(2, device_id=UUID(int=3), grant="inspector:750000000"), a_change(3))
    assert flaws(session) == []
    entry(session, 2, device_id=None, grants_used=None)
    assert flaws(session) == [one(2, FORGED)]
    entry(session, 2, device_id=UUID(int=3), grants_used="inspector:750000000")
    entry(session, 1, grants_used="")
    assert flaws(session) == []  # nothing is said there, as before
    entry(session, 1, grants_used="admin:KZ")
    assert flaws(session) == [one(1, FORGED)]


def test_a_flaw_says_where_it_is(five: Session) -> None:
    entry(five, 5, reason="x")
    assert list(map(str, verify(five, REGION))) == [f"{REGION} entry 5: tampered"]
    assert str(Flaw(REGION, 5, 1_000_004, MISSING)) == f"{REGION} entries 5 to 1000004: missing"
    assert str(Flaw(REGION, None, None, HEAD_MISSING)) == f"{REGION}: head missing"
