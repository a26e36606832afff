"""The stages of notices on pages: as they are in force, changed with a look ahead, and taken back."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.console.stage_words import ACTS, RECIPIENTS
from inspection.countries import local_date
from inspection.notices.stages import Recipient, stages
from inspection.tables.notices import Notice
from inspection.tables.people import Role
from inspection.tables.stage_editions import StageEdition
from tests.console.conftest import Console
from tests.inspection.world import COUNTRY, OTHER_DISTRICT

EDIT = f"/stages/{COUNTRY}"


@pytest.fixture
def admin(console: Console) -> UUID:
    return console.world.person(Role.ADMIN, COUNTRY)


def filled(console: Console, **about: Any) -> dict[str, Any]:
    """The form as it comes, with what somebody types into it."""
    form: dict[str, Any] = {"id": str(uuid4()), "replaces": "0", "do": "preview", "row": []}
    for stage in stages().by_day:
        form["row"].append(stage.name)
        form |= {f"keep-{stage.name}": "1", f"days-{stage.name}": str(abs(stage.days or 0))}
        form[f"to-{stage.name}"] = [kind.value for kind in stage.to]
    form["row"] += ["new1", "new2", "new3"]
    form |= {"act-found_again": ["department"], "act-found_late": ["department", "akimat"]}
    form["valid_from"] = (local_date(console.world.clock(), COUNTRY) + timedelta(days=1)).isoformat()
    form |= {f"days-new{n}": "" for n in (1, 2, 3)} | about
    return {name: value for name, value in form.items() if value is not None}


def test_every_stage_has_its_words_and_whom_it_tells(console: Console) -> None:
    page = console.get("/stages").text
    assert page.count('<th scope="row">') == len(stages().by_name)
    assert {stage.act.value for stage in stages().by_name.values() if stage.act} == ACTS.keys()
    assert set(Recipient) == RECIPIENTS.keys()
    for said in ("10 days before the due date", "the day after the due date", "30 days after the due date"):
        assert said in page
    assert "Change the stages" not in page


def test_what_waits_is_counted_where_one_reads(console: Console) -> None:
    waiting = [row for row in console.world.rows(Notice) if row.state == "waiting"]
    assert waiting
    here, elsewhere = console.get("/stages").text, console.world.person(Role.AKIMAT, OTHER_DISTRICT)
    assert f'letter now">{len(waiting)}</td>' in here
    assert 'letter now">0</td>' in console.get("/stages", elsewhere).text
    assert f'letter now">{len(waiting)}</td>' not in console.get("/stages", elsewhere).text


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_it_reads_in_the_languages_of_the_country(console: Console, admin: UUID, language: str) -> None:
    for path in ("/stages", EDIT):
        page = console.get(path, admin, lang=language)
        assert f'<html lang="{language}">' in page.text
        for english in ("Stages of notices", "Change the stages", "Look ahead", "before the due date"):
            assert english not in page.text


def test_the_form_holds_what_is_in_force(console: Console, admin: UUID) -> None:
    page = console.get(EDIT, admin).text
    assert page.count("checked") == 5 + 6 + 3
    assert re.search(r'name="days-ten_days_before"[^>]* value="10"', page)
    assert 'name="valid_from"' in page


def test_a_look_ahead_says_what_changes_and_how_many_letters_and_changes_nothing(
    console: Console, admin: UUID
) -> None:
    world = console.world
    days = max(v.due_on for v in world.violations(console.facility).values() if v.due_on) - timedelta(days=13)
    world.clock.now += timedelta(days=(days - world.clock.now.date()).days)
    page = console.post(EDIT, admin, **filled(console, **{"days-ten_days_before": "14"}))
    assert page.status_code == 200
    assert "10 days before the due date becomes: 14 days before the due date." in page.text
    assert re.search(r"operator</th>.*>0</td>.*>1</td>.*>\+1</td>", page.text)
    assert "2 violations were looked at" in page.text
    assert console.world.rows(StageEdition) == []


def test_it_is_planned_shown_and_taken_back(console: Console, admin: UUID) -> None:
    form = filled(console, **{"days-new1": "20", "side-new1": "after", "to-new1": "operator", "do": "save"})
    form.pop("keep-five_days_before")
    for _ in range(2):  # sent twice it is one
        assert console.post(EDIT, admin, **form).headers["Location"] == "/console/stages?done=planned"
    (row,) = console.world.rows(StageEdition)
    assert (str(row.id), row.made_by, row.number) == (form["id"], admin, 1)
    page = console.get("/stages", admin).text
    assert "New: 20 days after the due date, to: operator." in page
    assert "No more letters: 5 days before the due date." in page
    assert "Take it back" not in console.get("/stages").text
    assert "Look ahead" not in console.get(EDIT, admin).text
    assert console.post(EDIT, admin, do="back", edition=str(row.id)).status_code == 303
    assert "Planned from" not in console.get("/stages", admin).text


def test_what_is_over_can_be_read_and_brought_back(console: Console, admin: UUID) -> None:
    form = filled(console, do="save")
    form.pop("keep-five_days_before")
    console.post(EDIT, admin, **form)
    console.world.clock.now += timedelta(days=2)
    page = console.get("/stages", admin).text
    assert re.search(r"In force since \d\d\.\d\d\.\d{4} \(edition 1\)", page)
    assert "As they come with Pandus, until" in page
    assert re.search(r'id="keep-five_days_before"[^>]*value="1">', console.get(EDIT, admin).text)
    again = filled(console, replaces="1", do="save")
    assert console.post(EDIT, admin, **again).status_code == 303


def test_faults_stand_at_their_fields_and_what_was_typed_is_kept(console: Console, admin: UUID) -> None:
    typed = {"days-ten_days_before": "soon", "to-overdue": None, "days-new2": "77", "valid_from": "2020-01-01"}
    page = console.post(EDIT, admin, **filled(console, **typed))
    assert page.status_code == 422
    for name in ("days-ten_days_before", "to-overdue-operator", "to-new2-operator", "valid_from"):
        assert f'<a href="#{name}">' in page.text
        assert f'id="{name}-error"' in page.text
        assert f'id="{name}"' in page.text
    assert re.search(r'name="days-ten_days_before"[^>]* value="soon"', page.text)
    assert re.search(r'name="days-new2"[^>]* value="77"', page.text)
    assert 'value="2020-01-01"' in page.text


def test_who_comes_second_is_told_and_nothing_is_overwritten(console: Console, admin: UUID) -> None:
    console.post(EDIT, admin, **filled(console, **{"days-overdue": "2", "do": "save"}))
    console.world.clock.now += timedelta(days=2)
    page = console.post(EDIT, admin, **filled(console, **{"days-ten_days_before": "14", "do": "save"}))
    assert page.status_code == 422
    assert "somebody changed the stages since you read them" in page.text
    assert re.search(r'name="days-ten_days_before"[^>]* value="14"', page.text)
    assert 'name="replaces" value="1"' in page.text
    assert len(console.world.rows(StageEdition)) == 1


def test_the_way_back_from_the_look_ahead_keeps_what_was_typed(console: Console, admin: UUID) -> None:
    seen = console.post(EDIT, admin, **filled(console, **{"days-new3": "40", "to-new3": "akimat"}))
    hidden = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">', seen.text.partition('class="form"')[2]
    )
    form: dict[str, Any] = {"do": "change"}
    for name, value in hidden:
        form[name] = [*form.get(name, []), value]
    page = console.post(EDIT, admin, **form)
    assert page.status_code == 200
    assert re.search(r'name="days-new3"[^>]* value="40"', page.text)
    assert re.search(r'id="to-new3-akimat"[^>]* checked', page.text)


def test_only_an_administrator_of_the_country_changes_them(console: Console) -> None:
    for who in (console.world.head, console.world.person(Role.ADMIN)):
        assert console.get(EDIT, who).status_code == 403
        assert console.post(EDIT, who, **filled(console, do="save")).status_code == 403
    assert console.get("/stages/XX", console.world.person(Role.ADMIN, COUNTRY)).status_code == 403


def test_what_begins_within_the_hour_is_not_taken_back(console: Console, admin: UUID) -> None:
    console.post(EDIT, admin, **filled(console, **{"days-overdue": "2", "do": "save"}))
    (row,) = console.world.rows(StageEdition)
    console.world.clock.now += timedelta(days=2)
    page = console.post(EDIT, admin, do="back", edition=str(row.id))
    assert (page.status_code, "has begun" in page.text) == (422, True)
    assert console.post(EDIT, admin, do="back", edition="x").status_code == 404
