"""Who has a digest queued, once, and what may still leave when it is taken."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest

from inspection.digests.figures import AreaFigures, area_figures
from inspection.digests.queueing import DIGESTS, foresee_page, queue_page
from inspection.digests.taking import DigestContent, take, wanted
from inspection.digests.wishes import set_wish
from inspection.outbox import Key, Refusal
from inspection.tables.digests import Digest, DigestArea
from inspection.tables.journal import JournalEntry
from inspection.tables.outgoing import MailState
from inspection.tables.people import DigestWish, Grant, Person, Role
from inspection.tables.regions import RegionHead
from tests.clock import NOW
from tests.inspection.world import (
    COUNTRY,
    DISTRICT,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_DISTRICT,
    OTHER_REGION,
    REGION,
    World,
)

WEEK = date(2026, 3, 16)  # of NOW


def an_official(
    world: World, role: Role = Role.AKIMAT, area: str = DISTRICT, address: str | None = "a@b.test"
) -> UUID:
    made = world.person(role, area)
    with world.unit() as unit:
        unit.session.get_one(Person, made).email = address
    return made


def queue(world: World, limit: int = 200) -> int:
    made, after = 0, None
    while True:
        with world.unit() as unit:
            new, after = queue_page(unit, after, limit)
        made += new
        if after is None:
            return made


def keys(world: World) -> Sequence[Key]:
    with world.unit() as unit:
        return DIGESTS.due(unit)


def counted(world: World, key: Key) -> dict[str, AreaFigures]:
    with world.unit() as unit:
        week, areas = wanted(unit, key)
        return {area.code: area_figures(unit, area, week) for area in areas}


def taken(
    world: World, key: Key, figures: dict[str, AreaFigures] | None = None
) -> DigestContent | Refusal | MailState | None:
    figures = counted(world, key) if figures is None else figures
    with world.unit() as unit:
        return take(unit, key, figures)


def the_content(world: World) -> DigestContent:
    (key,) = keys(world)
    content = taken(world, key)
    assert isinstance(content, DigestContent)
    return content


def codes(content: DigestContent) -> list[str]:
    return [figures.area.code for figures in content.areas]


def the_state(world: World) -> tuple[str, str | None]:
    (digest,) = world.rows(Digest)
    return digest.state, digest.answer


def test_heads_akimats_and_the_ministry_have_one_each_and_nobody_else(world: World) -> None:
    readers = [
        an_official(world, Role.AKIMAT, DISTRICT),
        an_official(world, Role.HEAD, REGION),
        an_official(world, Role.MINISTRY, COUNTRY),
    ]
    an_official(world, Role.INSPECTOR, DISTRICT)
    an_official(world, Role.ADMIN, COUNTRY)
    an_official(world, address=None)
    an_official(world, address="")
    assert queue(world) == 3
    rows = {row.recipient: (row.home_region, row.week, row.state) for row in world.rows(Digest)}
    homes = (REGION, REGION, COUNTRY)
    assert rows == {f"person:{who}": (home, WEEK, "queued") for who, home in zip(readers, homes, strict=True)}


@pytest.mark.parametrize("limit", [1, 2, 200])
def test_whatever_runs_how_often_there_is_one_for_a_week(world: World, limit: int) -> None:
    for _ in range(3):
        an_official(world)
    assert [queue(world, limit) for _ in range(3)] == [3, 0, 0]
    world.clock.advance(days=6)
    assert queue(world, limit) == 0
    world.clock.now = datetime(2026, 3, 26, 3, tzinfo=NOW.tzinfo)  # the first working day after Nauryz
    assert [queue(world, limit) for _ in range(2)] == [3, 0]
    assert len({row.id for row in world.rows(Digest)}) == 6


def test_nobody_has_one_before_the_morning(world: World) -> None:
    an_official(world)
    world.clock.now = datetime(2026, 3, 16, 2, 59, tzinfo=NOW.tzinfo)
    assert queue(world) == 0


def test_a_week_in_which_nothing_ran_is_not_made_up_for(world: World) -> None:
    an_official(world)
    world.clock.advance(days=21)
    queue(world)
    assert [row.week for row in world.rows(Digest)] == [WEEK + timedelta(days=21)]


def test_who_comes_to_office_after_the_morning_begins_with_the_next_week(world: World) -> None:
    late = world.person(Role.AKIMAT, DISTRICT, since=world.clock() - timedelta(hours=2))
    with world.unit() as unit:
        unit.session.get_one(Person, late).email = "late@example.test"
    assert queue(world) == 0
    world.clock.advance(days=10)
    assert queue(world) == 1


def test_a_grant_that_is_over_or_not_begun_brings_none(world: World) -> None:
    over, early = an_official(world), world.person()
    with world.unit() as unit:
        unit.session.query(Grant).filter_by(person_id=over).one().valid_to = world.clock() - timedelta(hours=1)
        unit.session.get_one(Person, early).email = "early@example.test"
    world.grant(early, Role.AKIMAT, DISTRICT, since=world.clock() + timedelta(hours=1))
    assert queue(world) == 0


def test_all_areas_of_somebody_are_in_one_and_none_within_another(world: World) -> None:
    official = an_official(world, Role.HEAD, REGION)
    for area in (DISTRICT, OTHER_DISTRICT):
        world.grant(official, Role.AKIMAT, area)
    world.grant(official, Role.INSPECTOR, OTHER_REGION)
    queue(world)
    assert codes(the_content(world)) == [REGION, OTHER_DISTRICT]
    assert {row.area_code for row in world.rows(DigestArea)} == {REGION, OTHER_DISTRICT}


def test_who_wants_none_has_none_and_is_asked_again_before_it_leaves(world: World) -> None:
    official = an_official(world)
    queue(world)
    for wish in (DigestWish.NEVER, DigestWish.NEVER):
        with world.unit(official) as unit:
            set_wish(unit, world.caller(official), wish)
    (key,) = keys(world)
    assert taken(world, key) is MailState.CANCELLED
    assert the_state(world) == ("cancelled", "its reader wants none")
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "person.digest")
    assert (entry.actor_id, entry.changes) == (official, {"digest": ["weekly", "never"]})
    world.clock.advance(days=14)
    assert queue(world) == 0


def test_a_grant_that_ended_in_between_lets_nothing_of_its_area_out(world: World) -> None:
    official = an_official(world, area=DISTRICT)
    second = world.grant(official, Role.AKIMAT, NEIGHBOUR)
    queue(world)
    (key,) = keys(world)
    figures = counted(world, key)
    with world.unit() as unit:
        unit.session.get_one(Grant, second).valid_to = world.clock()
    content = taken(world, key, figures)
    assert isinstance(content, DigestContent)
    assert codes(content) == [DISTRICT]
    assert {row.area_code for row in world.rows(DigestArea)} == {DISTRICT}
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "digest.changed")
    assert entry.changes["areas"] == [[DISTRICT, NEIGHBOUR], [DISTRICT]]


def test_a_grant_that_was_narrowed_to_a_district_brings_that_alone(world: World) -> None:
    official = an_official(world, Role.HEAD, REGION)
    queue(world)
    (key,) = keys(world)
    whole_region = counted(world, key)
    with world.unit() as unit:
        unit.session.query(Grant).filter_by(person_id=official).one().valid_to = world.clock()
    world.grant(official, Role.HEAD, DISTRICT, since=world.clock())
    assert taken(world, key, whole_region) == Refusal("its areas changed while they were counted", for_good=False)
    with world.unit() as unit:
        DIGESTS.record(unit, key, Refusal("", for_good=False))
    world.clock.advance(minutes=5)
    assert codes(the_content(world)) == [DISTRICT]


def test_without_a_grant_it_is_cancelled(world: World) -> None:
    official = an_official(world)
    queue(world)
    with world.unit() as unit:
        unit.session.query(Grant).filter_by(person_id=official).one().valid_to = world.clock()
    (key,) = keys(world)
    assert taken(world, key) is MailState.CANCELLED
    assert the_state(world) == ("cancelled", "no grant is left to read by")


def test_one_that_nobody_took_before_its_week_was_over_is_never_sent_late(world: World) -> None:
    an_official(world)
    queue(world)
    world.clock.now = datetime(2026, 3, 22, 19, tzinfo=NOW.tzinfo)  # midnight of Sunday
    (key,) = keys(world)
    assert taken(world, key) is MailState.CANCELLED
    assert the_state(world) == ("cancelled", "its week is over")


def test_it_goes_to_the_address_that_holds_now_and_to_none_if_that_is_gone(world: World) -> None:
    official = an_official(world)
    queue(world)
    with world.unit() as unit:
        unit.session.get_one(Person, official).email = "new@example.test"
    assert the_content(world).address == "new@example.test"
    with world.unit() as unit:
        unit.session.get_one(Person, official).email = None
    world.clock.advance(minutes=11)
    (key,) = keys(world)
    assert taken(world, key) == Refusal("the address is gone", for_good=True)


def test_of_two_who_take_it_one_has_it_until_the_lease_is_over(world: World) -> None:
    an_official(world)
    queue(world)
    (key,) = keys(world)
    assert taken(world, key) is not None
    assert taken(world, key) is None
    assert keys(world) == []
    world.clock.advance(minutes=10)
    assert keys(world) == [key]


def test_two_schedulers_at_once_make_one(own_world: World) -> None:
    for _ in range(20):
        an_official(own_world)
    together, made = Barrier(2), list[int]()

    def run() -> None:
        together.wait()
        made.append(queue(own_world))

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == 20
    assert len(own_world.rows(Digest)) == 20
    assert len(own_world.rows(DigestArea)) == 20
    assert len(own_world.rows(JournalEntry, JournalEntry.action == "digest.queued")) == 20


def test_the_journals_of_its_areas_are_named_as_they_end_now(world: World) -> None:
    an_official(world, Role.MINISTRY, COUNTRY)
    queue(world)
    world.audited(world.facility(), {DOOR: FAILS[DOOR]})
    content = the_content(world)
    heads = {row.region: (row.journal_number, row.journal_hash) for row in world.rows(RegionHead)}
    assert {head.region for head in content.heads} >= {COUNTRY, REGION}
    (of_region,) = (head for head in content.heads if head.region == REGION)
    assert (of_region.number, of_region.hash) == heads[REGION]


def test_of_a_district_only_the_journal_of_its_region_is_named(world: World) -> None:
    an_official(world, area=DISTRICT)
    world.person(Role.HEAD, OTHER_REGION)
    queue(world)
    assert [head.region for head in the_content(world).heads] == [REGION]


def test_what_would_be_queued_is_said_before_and_not_after(world: World) -> None:
    official = an_official(world)
    with world.unit() as unit:
        foreseen = foresee_page(unit)
    assert [(who.person_id, week) for who, week in foreseen.digests] == [(official, WEEK)]
    assert world.rows(Digest) == []
    queue(world)
    with world.unit() as unit:
        assert foresee_page(unit).digests == []
