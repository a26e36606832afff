from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from inspection.checklists import checklist_id, newest_checklist, newest_checklists, publish, read_checklists
from inspection.errors import AlreadyDifferent, DoesNotApply, InvalidInput
from inspection.sync.touched import noticing
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.journal import JournalEntry
from tests.inspection.traffic import counted
from tests.inspection.world import COUNTRY, STEP, World, real_checklist, small_checklist


def test_a_published_version_reads_back_as_what_was_published(world: World) -> None:
    for checklist in (small_checklist("1.2.0"), replace(real_checklist(), version="1.3.0")):
        made = world.publish(checklist)
        with world.open_session() as session:
            assert read_checklists(session, [made])[made] == checklist


def test_publishing_the_same_content_again_changes_nothing(world: World) -> None:
    world.clock.advance(days=1)
    with world.unit() as unit:
        assert publish(unit, COUNTRY, small_checklist(), by=world.head) == (world.checklist, False)
    (row,) = world.rows(PublishedChecklist)
    assert (row.published_by, row.criteria_count) == (None, 5)
    assert len(world.rows(JournalEntry, JournalEntry.action == "checklist.published")) == 1


def test_other_content_under_a_published_version_is_refused(world: World) -> None:
    with pytest.raises(AlreadyDifferent) as refusal:
        world.publish(small_checklist(highest_step=0.02))
    assert refusal.value.members == {"key": "pandus-criteria", "version": "1.0.0"}


def test_the_newest_version_is_the_highest_whatever_the_clock_says(world: World) -> None:
    highest = [world.publish(small_checklist(version)) for version in ("1.9.0", "1.10.0")][-1]
    with world.unit() as unit:  # the clock of the server was ahead when the first one was published
        ahead = PublishedChecklist.version == "1.9.0"
        later = world.clock() + timedelta(days=1)
        with noticing():
            unit.session.execute(update(PublishedChecklist).where(ahead).values(published_at=later))
    with world.open_session() as session:
        assert newest_checklist(session, COUNTRY) == (highest, small_checklist("1.10.0"))


def test_of_two_catalogues_the_one_published_last_counts(world: World) -> None:
    world.clock.advance(days=1)
    other = world.publish(replace(small_checklist("0.1.0"), key="other-criteria"))
    with world.open_session() as session:
        assert newest_checklist(session, COUNTRY)[0] == other


@pytest.mark.parametrize("version", ["0.9.0", "0.99.99", "01.00.0"])
def test_a_version_that_is_not_newer_than_the_newest_is_refused(version: str, world: World) -> None:
    with pytest.raises(InvalidInput) as refusal:
        world.publish(small_checklist(version))
    (fault,) = refusal.value.faults
    assert (fault.pointer, fault.accepted) == ("/version", "a version after 1.0.0")
    assert len(world.rows(PublishedChecklist)) == 1


def test_an_older_version_that_is_published_may_be_published_again(world: World) -> None:
    world.publish(small_checklist("1.0.1"))
    assert world.publish(small_checklist("1.0.0")) == world.checklist


def test_an_older_version_may_be_the_first_of_another_country_or_catalogue(world: World) -> None:
    elsewhere = world.publish(small_checklist("0.9.0"), "KG")
    another = world.publish(replace(small_checklist("0.9.0"), key="other-criteria"))
    assert len({elsewhere, another, world.checklist}) == 3


def test_each_country_has_its_own_versions_under_its_own_ids(world: World) -> None:
    kyrgyz = world.publish(small_checklist(highest_step=0.02), "KG")
    assert kyrgyz != world.checklist == checklist_id(COUNTRY, "pandus-criteria", "1.0.0")
    with world.open_session() as session:
        newest = newest_checklists(session, [COUNTRY, "KG"])
        assert newest["KG"][1].criteria[STEP].rule.value == 0.02
        assert newest[COUNTRY][1].criteria[STEP].rule.value == 0.014


def test_a_country_without_a_checklist_says_so(world: World) -> None:
    with world.open_session() as session:
        assert newest_checklists(session, ["KG"]) == {}
        with pytest.raises(DoesNotApply):
            newest_checklist(session, "KG")


def test_unknown_ids_are_left_out(world: World) -> None:
    with world.open_session() as session:
        assert set(read_checklists(session, [world.checklist, UUID(int=1)])) == {world.checklist}
        assert read_checklists(session, []) == {}


def test_a_version_that_was_read_before_is_not_read_from_the_database_again(world: World) -> None:
    made = world.publish(replace(small_checklist("7.7.7"), key="read-once"))
    with world.open_session() as session:
        read_checklists(session, [made])
        with counted(session) as traffic:
            again = read_checklists(session, [made])
    assert traffic.statements == 1
    assert "content," not in traffic.sent[0][0]
    assert again[made].version == "7.7.7"


def test_what_is_read_is_what_the_row_holds_even_if_another_database_knew_other_content(world: World) -> None:
    """Ids follow from names, so two databases can hold different content under one id."""
    with world.open_session() as session:
        read_checklists(session, [world.checklist])
    with world.unit() as unit:
        other = {**world.rows(PublishedChecklist)[0].content, "version": "9.9.9"}
        with noticing():
            unit.session.execute(update(PublishedChecklist).values(content=other, content_hash=b"x" * 32))
    with world.open_session() as session:
        assert read_checklists(session, [world.checklist])[world.checklist].version == "9.9.9"
