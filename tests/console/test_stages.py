"""The stages of notices are shown as they are in force."""

import pytest

from api.console.pages.stages import ACTS, RECIPIENTS
from inspection.notices.stages import Recipient, stages
from inspection.tables.notices import Notice
from inspection.tables.people import Role
from tests.console.conftest import Console
from tests.inspection.world import OTHER_DISTRICT


def test_every_stage_has_its_words_and_whom_it_tells(console: Console) -> None:
    page = console.get("/stages").text
    assert page.count('<th scope="row">') == len(stages().by_name)
    assert {stage.act.value for stage in stages().by_name.values() if stage.act} == ACTS.keys()
    assert set(Recipient) == RECIPIENTS.keys()
    for said in ("10 days before the due date", "the day after the due date", "30 days after the due date"):
        assert said in page


def test_what_waits_is_counted_where_one_reads(console: Console) -> None:
    waiting = [row for row in console.world.rows(Notice) if row.state == "waiting"]
    assert waiting
    here, elsewhere = console.get("/stages").text, console.world.person(Role.AKIMAT, OTHER_DISTRICT)
    assert f'letter now">{len(waiting)}</td>' in here
    assert 'letter now">0</td>' in console.get("/stages", elsewhere).text
    assert f'letter now">{len(waiting)}</td>' not in console.get("/stages", elsewhere).text


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_it_reads_in_the_languages_of_the_country(console: Console, language: str) -> None:
    page = console.app.test_client().get(
        f"/console/stages?lang={language}", headers={"Authorization": f"Bearer {console.world.head}"}
    )
    assert "Stages of notices" not in page.text
    assert f'<html lang="{language}">' in page.text
