import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from inspection.journal import Change, Flaw, Journal, commitment, entry_hash, verify
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
    journal.write(session)
    session.expunge_all()


def a_change(number: int = 1, *, region: str = REGION, **about: Any) -> Change:
    plain: dict[str, Any] = {"object_kind": "thing", "object_id": str(number), "changes": {"n": (None, number)}}
    return Change(region, "thing.changed", **{**plain, **about})


def flaws(session: Session, region: str = REGION) -> list[tuple[int, str]]:
    session.expire_all()
    return [(flaw.number, flaw.what) for flaw in verify(session, region)]


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
    assert (3, "tampered") in flaws(five)
    assert {number for number, _ in flaws(five)} <= {3, 4}  # whose own hash is not the one that 4 names
    assert flaws(five, OTHER_REGION) == []


def test_every_column_of_an_entry_is_covered_by_its_hash(five: Session) -> None:
    assert set(TAMPERED) | {"home_region", "number"} == set(JournalEntry.__table__.columns.keys())


def test_an_entry_rewritten_together_with_its_hash_betrays_itself_at_the_next(five: Session) -> None:
    row = five.get_one(JournalEntry, (REGION, 3))
    said = {c.name: getattr(row, c.name) for c in JournalEntry.__table__.columns} | {"reason": "false"}
    entry(five, 3, reason="false", hash=entry_hash(said))
    assert flaws(five) == [(4, "tampered")]


def test_a_last_entry_rewritten_together_with_its_hash_betrays_itself_at_the_head(five: Session) -> None:
    row = five.get_one(JournalEntry, (REGION, 5))
    said = {c.name: getattr(row, c.name) for c in JournalEntry.__table__.columns} | {"reason": "false"}
    entry(five, 5, reason="false", hash=entry_hash(said))
    assert flaws(five) == [(5, "tampered")]


@pytest.mark.parametrize("gone", [(1,), (3,), (2, 3, 4), (1, 2)])
def test_entries_removed_from_the_middle_or_the_beginning_are_named_one_by_one(
    gone: tuple[int, ...], five: Session
) -> None:
    five.execute(delete(JournalEntry).where(JournalEntry.home_region == REGION, JournalEntry.number.in_(gone)))
    assert flaws(five) == [(number, "missing") for number in gone]


@pytest.mark.parametrize("left", [4, 3, 0])
def test_a_cut_off_end_is_named_entry_by_entry(left: int, five: Session) -> None:
    five.execute(delete(JournalEntry).where(JournalEntry.home_region == REGION, JournalEntry.number > left))
    assert flaws(five) == [(number, "cut off") for number in range(left + 1, 6)]


def test_two_entries_that_changed_places_are_both_named(five: Session) -> None:
    for number, other in ((2, 99), (4, 2), (99, 4)):
        entry(five, number, number=other)
    assert {(2, "tampered"), (4, "tampered")} <= set(flaws(five))


def test_an_altered_head_is_found(five: Session) -> None:
    def head(**values: Any) -> None:
        five.execute(update(RegionHead).where(RegionHead.region == REGION).values(**values))

    head(journal_hash=bytes(32))
    assert flaws(five) == [(5, "tampered")]
    head(journal_number=7)
    assert flaws(five) == [(6, "cut off"), (7, "cut off")]
    head(journal_number=3)
    assert flaws(five) == [(4, "tampered")]
    five.execute(delete(RegionHead).where(RegionHead.region == REGION))
    assert flaws(five) == [(1, "tampered")]


def test_an_entry_added_behind_the_head_is_found(five: Session) -> None:
    row = five.get_one(JournalEntry, (REGION, 5))
    said = {c.name: getattr(row, c.name) for c in JournalEntry.__table__.columns}
    said |= {"number": 6, "previous_hash": row.hash}
    five.add(JournalEntry(**{**said, "hash": entry_hash(said)}))
    five.flush()
    assert flaws(five) == [(6, "tampered")]


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
    assert flaws(session) == [(2, "value does not match")]
    held.value, held.salt = ["Ойдан Шығарылған", "Выдуманная Особа"], bytes(16)
    session.flush()
    assert flaws(session) == [(2, "value does not match")]


def test_a_personal_value_slipped_under_an_entry_that_promised_none_is_found(session: Session) -> None:
    held = personal(session)
    session.add(JournalValue(home_region=REGION, number=1, field="name", salt=held.salt, value=held.value))
    session.flush()
    assert flaws(session) == [(1, "value does not match")]


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


def test_a_flaw_names_its_region(five: Session) -> None:
    entry(five, 5, reason="x")
    assert list(verify(five, REGION)) == [Flaw(REGION, 5, "tampered")]
