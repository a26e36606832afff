"""What a database is told when it comes back from a backup, and what it then does by itself and what not."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from inspection.countries import local_date
from inspection.digests.holding import settle_digests
from inspection.digests.queueing import DIGESTS
from inspection.errors import DoesNotApply, InvalidInput
from inspection.held_mail import HeldOutcome, Saying
from inspection.history import DecisionKind
from inspection.notices.holding import settle_letter, settle_letters
from inspection.notices.letters import LETTERS
from inspection.notices.news import tell_news
from inspection.restoring import Finished, Floors, finish, floors_needed, refuse_wrong_floors
from inspection.snapshots import Numbers, heads
from inspection.tables.digests import Digest
from inspection.tables.journal import JournalEntry
from inspection.tables.notices import Letter, LetterState, Notice
from inspection.tables.outgoing import MailState
from inspection.tables.people import Role
from inspection.tables.prescriptions import Prescription
from inspection.tables.regions import RegionHead
from tests.clock import NOW
from tests.inspection.test_digests import an_official, queue
from tests.inspection.test_notices import decide, due_of, gathered, prescribed, sent, to_day
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, PASSES, REGION, World

WENT_OUT = Saying(HeldOutcome.DISCARD, "ушло до сбоя")
DID_NOT = Saying(HeldOutcome.RELEASE, "не ушло")
MANIFEST = bytes(range(32))


def restored(world: World, taken_at: datetime | None = None, floors: Floors | None = None) -> Finished:
    with world.unit() as unit:
        return finish(unit, taken_at=taken_at or world.clock(), manifest=MANIFEST, floors=floors or {})


def states(world: World) -> list[str]:
    return sorted(letter.state for letter in world.rows(Letter))


def settled(world: World, said: Saying, by: UUID | None = None) -> tuple[int, int]:
    with world.unit(by) as unit:
        done = settle_letters(unit, world.caller(by) if by else None, said)
    return done.settled, done.left


def news(world: World) -> None:
    with world.unit() as unit:
        tell_news(unit, REGION)


def test_a_letter_that_was_on_its_way_when_the_backup_was_taken_waits_for_a_person(world: World) -> None:
    prescribed(world)
    gathered(world)
    assert restored(world) == Finished(letters_held=1, digests_held=0, feeds=len(world.rows(RegionHead)))
    assert sent(world) == []
    (letter,) = world.rows(Letter)
    assert (letter.state, letter.rev) == ("held", 2)
    assert letter.answer == "a backup was restored: this may have gone out before"


def test_a_letter_that_a_mail_server_is_known_to_have_taken_is_only_written_down(world: World) -> None:
    prescribed(world)
    (letter,) = gathered(world)
    with world.unit() as unit:
        LETTERS.claim(unit, (letter.home_region, letter.id))
    with world.unit() as unit:
        LETTERS.mark_taken(unit, (letter.home_region, letter.id))
    assert restored(world).letters_held == 0
    world.clock.advance(hours=1)
    assert sent(world) == []
    assert states(world) == ["sent"]


def test_a_notice_that_had_no_letter_yet_gets_one_that_waits_for_a_person(world: World) -> None:
    prescribed(world)
    assert restored(world).letters_held == 0
    assert [letter.state for letter in gathered(world)] == ["held"]
    assert sent(world) == []


@pytest.mark.parametrize(("days", "state"), [(-10, "held"), (-5, "queued")])
def test_a_date_whose_day_came_while_nothing_was_backed_up_is_held_and_a_later_one_goes_out(
    world: World, days: int, state: str
) -> None:
    facility = prescribed(world)
    gathered(world)
    sent(world)
    backed_up, due = world.clock(), due_of(world, facility)
    to_day(world, due - timedelta(days=8))
    restored(world, backed_up)
    to_day(world, due + timedelta(days=max(days, -8)))
    assert decide(world) > 0
    made = [letter.state for letter in gathered(world) if letter.recipient.startswith("operator:")]
    assert made == ["sent", state]


def test_a_date_that_is_told_only_afterwards_is_nobodys_second_letter(world: World) -> None:
    facility = world.facility()
    audit = world.audited(facility, {DOOR: FAILS[DOOR]})
    to_day(world, date(2026, 9, 1))
    restored(world, NOW)
    world.clock.advance(hours=1)
    world.prescribe(audit)
    due = due_of(world, facility)
    to_day(world, due + timedelta(days=1))
    decide(world)
    by_stage = {
        notice.stage: letter.state
        for letter in gathered(world)
        for notice in world.rows(Notice, Notice.letter_id == letter.id)
    }
    assert by_stage["prescribed"] == "held"  # of an audit from before, which somebody may have written about
    assert {state for stage, state in by_stage.items() if stage != "prescribed"} <= {"by_hand", "queued"}


def test_an_audit_that_is_told_again_and_one_that_is_new_are_told_apart(world: World) -> None:
    restored(world, world.clock() - timedelta(days=9))
    world.clock.advance(hours=1)
    prescribed(world)  # of a visit yesterday
    assert states_gathered(world) == ["held"]
    world.clock.advance(days=3)
    prescribed(world)
    assert states_gathered(world) == ["held", "queued"]


def states_gathered(world: World) -> list[str]:
    gathered(world)
    return states(world)


def test_a_release_that_was_measured_before_is_held_and_what_is_decided_now_goes_out(world: World) -> None:
    remedied, waived = prescribed(world), prescribed(world)
    gathered(world)
    sent(world)
    backed_up = world.clock()
    world.clock.advance(days=5)
    restored(world, backed_up)
    world.clock.advance(hours=1)
    world.audited(remedied, {DOOR: PASSES[DOOR]}, at=backed_up + timedelta(days=2))
    world.decide(waived, DOOR, DecisionKind.WAIVE)
    news(world)
    gathered(world)
    of = {letter.facility_id: letter.state for letter in world.rows(Letter, Letter.state != "sent")}
    assert of == {remedied: "held", waived: "queued"}


def test_what_is_held_and_what_is_not_are_two_letters_and_both_have_numbers_of_their_own(world: World) -> None:
    facility = prescribed(world)  # its notice waits for its letter
    restored(world)
    world.clock.advance(hours=1)
    extended = due_of(world, facility) + timedelta(days=30)
    world.decide(facility, DOOR, DecisionKind.EXTEND, until=extended)
    news(world)
    held, queued = sorted(gathered(world), key=lambda letter: letter.state)
    assert (held.state, queued.state) == ("held", "queued")
    assert {held.part, queued.part} == {1, 2}
    assert (held.facility_id, held.recipient) == (queued.facility_id, queued.recipient)


def test_a_letter_of_the_same_day_has_another_number_than_the_one_that_may_have_gone_out(
    world: World,
) -> None:
    prescribed(world)
    (first,) = gathered(world)
    with world.unit() as unit:  # as in the backup: nothing was gathered yet
        for notice in unit.session.query(Notice):
            notice.state, notice.letter_id = "waiting", None
        unit.session.delete(unit.session.get_one(Letter, (first.home_region, first.id)))
    restored(world)
    (second,) = gathered(world)
    assert (first.local_date, first.part) == (second.local_date, second.part)
    assert first.id != second.id


def test_a_released_letter_goes_out_under_its_number_and_a_discarded_one_never(world: World) -> None:
    facility = prescribed(world)
    prescribed(world)
    first, second = gathered(world)
    restored(world)
    akimat = world.person(Role.AKIMAT, DISTRICT)
    with world.unit(akimat) as unit:
        settle_letter(unit, world.caller(akimat), first.id, DID_NOT)
    with world.unit(akimat) as unit:
        settle_letter(unit, world.caller(akimat), second.id, WENT_OUT)
    assert sent(world) == ["prescribed"]
    ends = {letter.id: (letter.state, letter.answer) for letter in world.rows(Letter)}
    assert ends == {first.id: ("sent", None), second.id: ("cancelled", WENT_OUT.reason)}
    said = [(row.action, row.actor_id, row.reason) for row in world.rows(JournalEntry) if row.reason]
    assert ("letter.released", akimat, DID_NOT.reason) in said
    assert ("letter.discarded", akimat, WENT_OUT.reason) in said
    to_day(world, due_of(world, facility) - timedelta(days=30))
    assert decide(world) == 0  # what was discarded is not decided anew
    with world.unit(akimat) as unit, pytest.raises(DoesNotApply, match="not held"):
        settle_letter(unit, world.caller(akimat), second.id, WENT_OUT)


def test_a_released_letter_without_an_address_is_for_paper(world: World) -> None:
    world.prescribe(world.audited(world.facility(), {DOOR: FAILS[DOOR]}))
    restored(world)
    assert [letter.state for letter in gathered(world)] == ["held"]
    assert settled(world, DID_NOT, world.head) == (1, 0)
    assert states(world) == ["by_hand"]


def test_all_are_settled_in_pieces_and_only_where_somebody_may_decide(world: World) -> None:
    for _ in range(3):
        prescribed(world)
    gathered(world)
    restored(world)
    stranger = world.person(Role.AKIMAT, "710000000")
    assert settled(world, DID_NOT, stranger) == (0, 0)
    with world.unit() as unit:
        first = settle_letters(unit, None, WENT_OUT, limit=2)
    assert (first.settled, first.left) == (2, 1)
    assert settled(world, DID_NOT, world.head) == (1, 0)
    assert states(world) == ["cancelled", "cancelled", "queued"]


def test_a_digest_that_was_due_before_is_held_and_a_later_one_is_not(world: World) -> None:
    an_official(world)
    restored(world)  # on a Monday after eight
    assert queue(world) == 1
    (digest,) = world.rows(Digest)
    assert digest.state == MailState.HELD
    with world.unit() as unit:
        assert DIGESTS.due(unit) == []
        done = settle_digests(unit, WENT_OUT)
    assert (done.settled, done.left) == (1, 0)
    world.clock.advance(days=15)
    assert queue(world) == 1
    assert sorted(each.state for each in world.rows(Digest)) == ["cancelled", "queued"]


def test_a_queued_digest_is_held(world: World) -> None:
    an_official(world)
    queue(world)
    assert restored(world).digests_held == 1
    (digest,) = world.rows(Digest)
    assert (digest.state, digest.rev) == ("held", 2)


def test_every_region_has_a_new_epoch_and_its_journal_says_why(world: World) -> None:
    prescribed(world)
    before = {head.region: head.epoch for head in world.rows(RegionHead)}
    restored(world, NOW - timedelta(hours=3))
    after = {head.region: head.epoch for head in world.rows(RegionHead)}
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    said = [row for row in world.rows(JournalEntry) if row.action == "backup.restored"]
    assert {row.home_region for row in said} == before.keys()
    assert said[0].changes["manifest"] == [None, MANIFEST.hex()]


def test_a_new_prescription_has_a_number_above_the_floor(world: World) -> None:
    prescribed(world)
    year = local_date(world.clock(), COUNTRY).year
    restored(world, floors={("АЛ", year): 41})
    prescribed(world)
    assert sorted(row.number for row in world.rows(Prescription)) == [1, 42]
    (raised,) = [row for row in world.rows(JournalEntry) if row.action == "numbers.raised"]
    assert raised.changes == {"year": [None, year], "last_number": [1, 41]}


def test_a_floor_below_what_the_backup_knows_lowers_nothing(world: World) -> None:
    prescribed(world)
    year = local_date(world.clock(), COUNTRY).year
    restored(world, floors={("АЛ", year): 0, ("АЛ", year + 1): 0})
    prescribed(world)
    assert sorted(row.number for row in world.rows(Prescription)) == [1, 2]


def test_floors_are_asked_for_every_department_and_year_that_went_on_without_the_backup() -> None:
    departments = [Numbers("АЛ", "KZ", {2026: 17}), Numbers("ШУ", "KG", {})]
    evening = datetime(2026, 12, 31, 17, 30, tzinfo=NOW.tzinfo)
    both, next_year = {("АЛ", 2026): 17, ("ШУ", 2026): 0}, {("ШУ", 2027): 0}
    assert floors_needed(departments, NOW, evening) == both
    evening += timedelta(hours=1)  # in Kyrgyzstan it is next year already
    assert floors_needed(departments, NOW, evening) == both | next_year


def test_floors_that_cannot_be_are_all_named() -> None:
    needed = {("АЛ", 2026): 17}
    refuse_wrong_floors(needed, {("АЛ", 2026): 17})
    with pytest.raises(InvalidInput) as refused:
        refuse_wrong_floors(needed, {("АЛ", 2026): 16, ("АЛ", 2025): 20, ("ЖЕ", 2026): 1})
    assert [fault.pointer for fault in refused.value.faults] == ["/АЛ:2025", "/АЛ:2026", "/ЖЕ:2026"]
    with pytest.raises(InvalidInput, match="cannot be"):
        refuse_wrong_floors(needed, {("АЛ", 2026): 1_000_000})


def test_heads_are_told_as_the_journal_has_them(world: World) -> None:
    prescribed(world)
    with world.unit() as unit:
        told = {head.region: head for head in heads(unit.session)}
    (head,) = world.rows(RegionHead, RegionHead.region == REGION)
    assert told[REGION].journal_hash == head.journal_hash.hex()
    assert (told[REGION].journal_number, told[REGION].feed_number) == (head.journal_number, head.feed_number)


def test_every_state_of_a_letter_is_one_that_the_database_knows(world: World) -> None:
    prescribed(world)
    (letter,) = gathered(world)
    for state in LetterState:
        with world.unit() as unit:
            unit.session.get_one(Letter, (letter.home_region, letter.id)).state = state.value
