from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import update

from inspection.checklists import checklist_id, newest_checklist, newest_checklists, publish, read_checklists
from inspection.errors import AlreadyDifferent, DoesNotApply
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


def test_the_newest_version_is_the_one_published_last_not_the_highest(world: World) -> None:
    for version in ("3.0.0", "2.0.0"):
        world.clock.advance(days=1)
        newest = world.publish(small_checklist(version))
    with world.open_session() as session:
        assert newest_checklist(session, COUNTRY) == (newest, small_checklist("2.0.0"))


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
        unit.session.execute(update(PublishedChecklist).values(content=other, content_hash=b"x" * 32))
    with world.open_session() as session:
        assert read_checklists(session, [world.checklist])[world.checklist].version == "9.9.9"
