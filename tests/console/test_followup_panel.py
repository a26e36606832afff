"""The panel of who goes beside the queue: what its buttons and a drag send, and giving back afterwards."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from werkzeug.test import TestResponse

from inspection.tables.followups import FollowUpState
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.api.people import token
from tests.console.conftest import Console
from tests.console.test_followups import held, rechecked
from tests.inspection.world import DISTRICT, FAILS, NEIGHBOUR, OTHER_DISTRICT, REGION, STEP

GIVE = re.compile(r'<button name="give" value="([^"]+)" form="giving"')
UNDO = re.compile(r'<button name="give" value="([^"]+)" class="second small">([^<]+)<')


def given(
    console: Console, chosen: list[UUID], to: UUID | str, who: UUID | None = None, **more: Any
) -> TestResponse:
    """What a button of the panel sends, with the versions of now unless others are given."""
    seen = {f"rev-{made}": held(console, made).rev for made in chosen}
    return console.post("/followups/act", who, **{"give": to, "followup": chosen, **seen, **more})


def afterwards(console: Console, answer: TestResponse, who: UUID | None = None) -> str:
    """The page that the answer leads to."""
    assert answer.status_code == 303, answer.text
    query = parse_qsl(urlsplit(answer.headers["Location"]).query, keep_blank_values=True)
    reply = console.app.test_client().get(
        "/console/followups", query_string=[*query, ("lang", "en")], headers=token(who or console.world.head)
    )
    assert reply.status_code == 200
    return reply.text


def undo(console: Console, page: str, who: UUID | None = None) -> TestResponse:
    """Press the button that the page offers."""
    form = page.partition("data-done")[2].partition("</form>")[0]
    fields = [(n, v) for n, v in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)]
    (pressed,) = UNDO.findall(form)
    sent: dict[str, Any] = {"give": pressed[0]}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    return console.post("/followups/act", who, **sent)


def test_the_panel_names_who_may_go_with_what_they_have_this_week_and_next(console: Console) -> None:
    monday = console.world.clock().date() - timedelta(days=console.world.clock().date().weekday())
    inspector = console.world.inspector
    days = (monday + timedelta(days=6), monday + timedelta(days=7), None)
    for day in days:
        given(console, [rechecked(console)], inspector, planned_on=day or "")
    rechecked(console)
    page = console.get("/followups").text
    assert GIVE.findall(page)[0] == str(console.world.head)
    assert GIVE.findall(page)[-1] == "pool"
    mine = page.partition(f'value="{inspector}" form="giving"')[0].rpartition("<li data-give>")[2]
    assert "this week 1, next week 1, in all 3" in mine


def test_what_somebody_may_not_see_is_not_counted_for_them(console: Console) -> None:
    near, everywhere = console.world.person(Role.HEAD, DISTRICT), console.world.person(Role.INSPECTOR, REGION)
    far = console.world.facility(district_code=NEIGHBOUR)
    console.world.add(Home(id=far, region=REGION, kind="facility"))
    console.world.prescribe(console.world.audited(far, {STEP: FAILS[STEP]}))
    for followup in (rechecked(console), rechecked(console, far)):
        assert given(console, [followup], everywhere).status_code == 303
    for who, seen in ((near, 1), (console.world.head, 2)):
        page = console.get("/followups", who).text
        theirs = page.partition(f'value="{everywhere}" form="giving"')[0].rpartition("<li data-give>")[2]
        assert f"in all {seen}" in theirs


def test_a_button_gives_all_that_were_chosen_and_asks_nothing_more(console: Console) -> None:
    chosen, day = [rechecked(console), rechecked(console)], console.world.clock().date() + timedelta(days=2)
    page = afterwards(console, given(console, chosen, console.world.inspector, planned_on=day))
    name = console.world.caller(console.world.inspector).name
    assert f"It was written down who goes. {name}: 2 re-checks." in page
    assert {(held(console, made).assignee_id, held(console, made).planned_on) for made in chosen} == {
        (console.world.inspector, day)
    }


def test_giving_back_restores_who_had_them_and_for_which_day(console: Console) -> None:
    chosen, day = [rechecked(console), rechecked(console)], console.world.clock().date() + timedelta(days=2)
    other = console.world.person(Role.INSPECTOR, DISTRICT)
    given(console, chosen, console.world.inspector, planned_on=day)
    page = afterwards(console, given(console, chosen, other))
    assert UNDO.findall(page)[0][1] == f"Give back to: {console.world.caller(console.world.inspector).name}"
    assert undo(console, page).status_code == 303
    for made in chosen:
        row = held(console, made)
        assert (row.assignee_id, row.planned_on) == (console.world.inspector, day)


def test_giving_back_what_nobody_had_puts_it_into_the_pool(console: Console) -> None:
    followup = rechecked(console)
    page = afterwards(console, given(console, [followup], console.world.inspector))
    assert UNDO.findall(page) == [("pool", "Give back to the queue")]
    assert "1 re-check is back in the queue." in afterwards(console, undo(console, page))
    row = held(console, followup)
    assert (row.assignee_id, row.state) == (None, FollowUpState.QUEUED.value)


def test_an_inspector_takes_and_gives_back_and_is_offered_nobody_else(console: Console) -> None:
    followup, inspector = rechecked(console), console.world.inspector
    console.world.person(Role.INSPECTOR, DISTRICT)
    assert GIVE.findall(console.get("/followups", inspector).text) == [str(inspector), "pool"]
    page = afterwards(console, given(console, [followup], inspector, inspector), inspector)
    assert undo(console, page, inspector).status_code == 303
    assert held(console, followup).assignee_id is None


def test_nothing_is_undone_that_somebody_else_changed_meanwhile(console: Console) -> None:
    followup = rechecked(console)
    answer = given(console, [followup], console.world.inspector)
    page = afterwards(console, answer)
    given(console, [followup], console.world.head)
    assert undo(console, page).status_code == 409
    assert held(console, followup).assignee_id == console.world.head
    assert not UNDO.findall(afterwards(console, answer))  # the same address again offers nothing


def test_what_several_people_had_is_not_given_back_by_one_button(console: Console) -> None:
    chosen = [rechecked(console), rechecked(console)]
    given(console, chosen[:1], console.world.head)
    page = afterwards(console, given(console, chosen, console.world.inspector))
    assert "2 re-checks." in page
    assert not UNDO.findall(page)


def test_a_stale_row_is_refused_with_its_reason_and_the_choice_is_kept(console: Console) -> None:
    followup = rechecked(console)
    seen = held(console, followup).rev
    given(console, [followup], console.world.head)
    page = given(console, [followup], console.world.inspector, None, **{f"rev-{followup}": seen})
    assert page.status_code == 409
    assert "somebody changed this follow-up since you read it" in page.text
    assert f'<option value="{console.world.inspector}" selected>' in page.text
    assert held(console, followup).assignee_id == console.world.head


def test_who_may_not_go_there_is_refused_at_the_field(console: Console) -> None:
    followup = rechecked(console)
    page = given(console, [followup], console.world.person(Role.INSPECTOR, NEIGHBOUR))
    assert page.status_code == 422
    assert 'id="assignee-error"' in page.text
    assert held(console, followup).assignee_id is None


def test_a_button_of_the_panel_means_nothing_else(console: Console) -> None:
    followup, inspector = rechecked(console), console.world.inspector
    more = {"act": "cancel", "reason": "Выдуманная причина.", "assignee": str(console.world.head)}
    assert given(console, [followup], inspector, None, **more).status_code == 303
    row = held(console, followup)
    assert (row.assignee_id, row.state) == (inspector, FollowUpState.ASSIGNED.value)


def test_nothing_chosen_and_nonsense_are_said_and_change_nothing(console: Console) -> None:
    followup = rechecked(console)
    nothing = given(console, [], console.world.inspector)
    assert (nothing.status_code, "Choose at least one re-check." in nothing.text) == (422, True)
    for to in ("", "somebody", '"><script>alert(1)</script>'):
        page = given(console, [followup], to)
        assert page.status_code == 422
        assert "<script>alert" not in page.text
    assert held(console, followup).rev == 1


def test_an_address_that_nobody_was_led_to_offers_nothing(console: Console) -> None:
    followup = rechecked(console)
    given(console, [followup], console.world.inspector)
    stranger = console.world.person(Role.AKIMAT, DISTRICT)
    gave, was = str(console.world.inspector), "pool"
    plain = {"done": "assign", "times": "1", "gave": gave, "was": was, "moved": str(followup)}
    assert UNDO.findall(console.get("/followups", None, **plain).text)
    assert not UNDO.findall(console.get("/followups", stranger, **plain).text)
    hidden = console.world.person(Role.INSPECTOR, OTHER_DISTRICT)
    page = console.get("/followups", None, **{**plain, "was": str(hidden)}).text
    assert console.world.caller(hidden).name not in page
    assert not UNDO.findall(page)
    for wrong in ({"gave": "x"}, {"was": "x"}, {"moved": "x"}, {"gave": "pool"}, {"times": "9" * 40}, {"on": "x"}):
        assert console.get("/followups", None, **{**plain, **wrong}).status_code == 200


def test_what_was_done_is_not_said_again_on_the_next_page_of_the_list(console: Console) -> None:
    for _ in range(3):
        rechecked(console)
    page = console.get("/followups", None, limit="1", done="assign", times="1", gave="pool").text
    (following,) = re.findall(r'href="([^"]+)" rel="next"', page)
    assert "done=" not in following
    assert "gave=" not in following
