"""The queue of re-checks: who sees what, and what is done about several at once."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from inspection.history import DecisionKind
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.console.conftest import Console
from tests.inspection.world import DISTRICT, FAILS, NEIGHBOUR, OTHER_DISTRICT, REGION, STEP

WHY = "Идёт ремонт крыльца."


def rechecked(console: Console, facility: UUID | None = None) -> UUID:
    """The open re-check of a facility whose owner says that it is mended."""
    if facility is None:
        facility = console.world.facility()
        console.world.add(Home(id=facility, region=REGION, kind="facility"))
        console.world.prescribe(console.world.audited(facility, {STEP: FAILS[STEP]}))
    console.world.decide(facility, STEP, DecisionKind.DECLARE)
    held = console.world.followup(facility)
    assert held is not None
    return held.id


def held(console: Console, followup: UUID) -> FollowUp:
    (row,) = console.world.rows(FollowUp, FollowUp.id == followup)
    return row


def form(console: Console, act: str, chosen: Sequence[UUID], **more: Any) -> dict[str, Any]:
    """A form as the browser sends it, with the versions that were in front of its reader."""
    seen = {f"rev-{made}": held(console, made).rev for made in chosen}
    return {"act": act, "sent": "1", "followup": [str(made) for made in chosen], **seen, **more}


def listed(console: Console, who: UUID | None = None, **query: str) -> set[UUID]:
    page = console.get("/followups", who, **query).text
    return {UUID(made) for made in re.findall(r'href="/console/facilities/([0-9a-f-]{36})"', page)}


def test_the_queue_shows_what_has_to_be_done_now_with_place_reason_and_who_goes(console: Console) -> None:
    followup = rechecked(console, console.facility)
    page = console.get("/followups").text
    assert f'href="/console/facilities/{console.facility}"' in page
    assert "declared remedied" in page
    assert "nobody yet" in page
    assert f'name="followup" value="{followup}"' in page
    assert f'name="rev-{followup}" value="{held(console, followup).rev}"' in page


def test_without_a_question_only_what_is_due_is_shown_and_the_rest_by_a_filter(console: Console) -> None:
    now, later = rechecked(console), rechecked(console)
    until = console.world.clock().date() + timedelta(days=30)
    form_ = form(console, "postpone", [later], until=until, reason=WHY)
    assert console.post("/followups/act", None, **form_).status_code == 303
    places = {made: held(console, made).facility_id for made in (now, later)}
    assert listed(console) == {places[now]}
    assert listed(console, due="false") == {places[later]}
    assert listed(console, due="") == set(places.values())
    assert f"put off until {until:%d.%m.%Y}" in console.get("/followups", due="false").text


def test_several_are_given_to_an_inspector_at_once_and_the_list_comes_back_as_it_was(console: Console) -> None:
    chosen = [rechecked(console), rechecked(console)]
    day = console.world.clock().date() + timedelta(days=3)
    sent = form(
        console, "assign", chosen, assignee=console.world.inspector, planned_on=day, back="/console/followups?due="
    )
    answer = console.post("/followups/act", None, **sent)
    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["Location"]).query, keep_blank_values=True)
    assert (query["due"], query["done"], query["times"]) == ([""], ["assign"], ["2"])
    rows = [held(console, made) for made in chosen]
    assert {(row.assignee_id, row.planned_on, row.state) for row in rows} == {
        (console.world.inspector, day, FollowUpState.ASSIGNED.value)
    }
    assert listed(console, None, assignee=str(console.world.inspector), due="") == {r.facility_id for r in rows}
    assert listed(console, None, assignee="pool", due="") == set()


def test_sending_the_same_form_twice_changes_it_once(console: Console) -> None:
    followup = rechecked(console)
    sent = form(console, "assign", [followup], assignee=console.world.inspector)
    assert [console.post("/followups/act", None, **sent).status_code for _ in range(2)] == [303, 303]
    assert held(console, followup).rev == int(sent[f"rev-{followup}"]) + 1


def test_a_re_check_goes_back_to_the_pool_without_a_day(console: Console) -> None:
    followup = rechecked(console)
    day = console.world.clock().date() + timedelta(days=3)
    console.post(
        "/followups/act",
        None,
        **form(console, "assign", [followup], assignee=console.world.inspector, planned_on=day),
    )
    console.post("/followups/act", None, **form(console, "assign", [followup], assignee="pool", planned_on=day))
    row = held(console, followup)
    assert (row.assignee_id, row.planned_on, row.state) == (None, None, FollowUpState.QUEUED.value)


def test_the_second_of_two_is_told_and_nothing_is_overwritten(console: Console) -> None:
    followup = rechecked(console)
    first = form(console, "assign", [followup], assignee=console.world.inspector)
    second = form(console, "assign", [followup], assignee=console.world.head)
    assert console.post("/followups/act", None, **first).status_code == 303
    page = console.post("/followups/act", None, **second)
    assert page.status_code == 409
    assert "somebody changed this follow-up since you read it" in page.text
    assert f'<option value="{console.world.head}" selected>' in page.text
    assert held(console, followup).assignee_id == console.world.inspector
    rev = held(console, followup).rev
    assert f'name="rev-{followup}" value="{rev}"' in page.text  # who sends it again has seen the other's
    assert console.post("/followups/act", None, **{**second, f"rev-{followup}": rev}).status_code == 303


def test_the_version_of_the_list_travels_to_the_form(console: Console) -> None:
    followup = rechecked(console)
    seen = held(console, followup).rev
    console.post("/followups/act", None, **form(console, "assign", [followup], assignee=console.world.inspector))
    chosen = {"act": "assign", "followup": str(followup), f"rev-{followup}": seen}
    assert f'name="rev-{followup}" value="{seen}"' in console.post("/followups/act", None, **chosen).text


def test_one_is_put_off_and_one_is_cancelled_with_a_reason(console: Console) -> None:
    later, never = rechecked(console), rechecked(console)
    until = console.world.clock().date() + timedelta(days=30)
    for sent in (
        form(console, "postpone", [later], until=until, reason=WHY),
        form(console, "cancel", [never], reason=WHY),
    ):
        assert console.post("/followups/act", None, **sent).status_code == 303
    assert (held(console, later).postponed_until, held(console, later).postponed_why) == (until, WHY)
    assert (held(console, never).state, held(console, never).cancelled_why) == (FollowUpState.CANCELLED.value, WHY)
    assert WHY in console.get("/followups", state="cancelled").text


@pytest.mark.parametrize(
    ("act", "given", "field"),
    [
        ("assign", {"assignee": ""}, "assignee"),
        ("assign", {"assignee": "nobody-like-this"}, "assignee"),
        ("assign", {"assignee": "pool", "planned_on": "soon"}, "planned_on"),
        ("postpone", {"until": "", "reason": WHY}, "until"),
        ("postpone", {"until": "2001-01-01", "reason": WHY}, "until"),
        ("postpone", {"until": "2026-06-01", "reason": "  "}, "reason"),
        ("cancel", {"reason": ""}, "reason"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_that_was_typed_is_lost(
    console: Console, act: str, given: dict[str, str], field: str
) -> None:
    followup = rechecked(console)
    before = held(console, followup).rev
    page = console.post("/followups/act", None, **form(console, act, [followup], **given))
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert f'href="#{field}"' in page.text
    assert given.get("reason", "").strip() in page.text
    assert held(console, followup).rev == before


def test_nothing_chosen_is_said(console: Console) -> None:
    page = console.post("/followups/act", act="cancel", sent="1", reason=WHY)
    assert page.status_code == 422
    assert "Choose at least one re-check." in page.text


def test_what_cannot_be_done_stays_with_its_reason_and_the_rest_is_done(console: Console) -> None:
    done, over = rechecked(console), rechecked(console)
    console.post("/followups/act", None, **form(console, "cancel", [over], reason="Объект закрыт."))
    page = console.post(
        "/followups/act", None, **form(console, "assign", [done, over], assignee=console.world.inspector)
    )
    assert page.status_code == 409
    assert "Done for 1 re-check." in page.text
    assert "this follow-up is closed" in page.text
    assert held(console, done).assignee_id == console.world.inspector
    assert page.text.count('name="followup"') == 1


def test_who_may_not_audit_there_cannot_be_sent_and_is_not_offered(console: Console) -> None:
    elsewhere = console.world.person(Role.INSPECTOR, NEIGHBOUR)
    followup = rechecked(console)
    page = console.get("/followups/act", None, act="assign", followup=str(followup)).text
    assert f'value="{console.world.inspector}"' in page
    assert str(elsewhere) not in page
    refused = console.post("/followups/act", None, **form(console, "assign", [followup], assignee=elsewhere))
    assert refused.status_code == 422
    assert "this person cannot go there" in refused.text


def test_an_inspector_takes_one_and_sends_nobody_else(console: Console) -> None:
    followup = rechecked(console)
    other = console.world.person(Role.INSPECTOR, DISTRICT)
    inspector = console.world.inspector
    page = console.get("/followups", inspector).text
    assert 'value="assign"' in page
    assert 'value="cancel"' not in page
    asked = console.get("/followups/act", inspector, act="assign", followup=str(followup)).text
    assert str(other) not in asked
    refused = console.post("/followups/act", inspector, **form(console, "assign", [followup], assignee=other))
    assert refused.status_code == 409
    assert "only a head of department gives a follow-up to somebody else" in refused.text
    taken = console.post("/followups/act", inspector, **form(console, "assign", [followup], assignee=inspector))
    assert taken.status_code == 303
    assert held(console, followup).assignee_id == inspector


def test_an_official_reads_the_queue_and_is_offered_nothing(console: Console) -> None:
    followup = rechecked(console)
    official = console.world.person(Role.AKIMAT, DISTRICT)
    page = console.get("/followups", official).text
    assert str(held(console, followup).facility_id) in page
    assert 'name="followup"' not in page
    assert 'name="act"' not in page
    assert 'href="/console/tours"' not in page
    refused = console.post("/followups/act", official, **form(console, "cancel", [followup], reason=WHY))
    assert refused.status_code == 409
    assert held(console, followup).state == FollowUpState.QUEUED.value


def test_somebody_elsewhere_sees_no_re_check_and_changes_none(console: Console) -> None:
    followup = rechecked(console)
    stranger = console.world.person(Role.HEAD, OTHER_DISTRICT)
    assert listed(console, stranger, due="") == set()
    asked = console.get("/followups/act", stranger, act="assign", followup=str(followup)).text
    assert str(console.world.inspector) not in asked
    refused = console.post("/followups/act", stranger, **form(console, "cancel", [followup], reason=WHY))
    assert refused.status_code == 409
    assert held(console, followup).state == FollowUpState.QUEUED.value


def test_what_is_not_understood_in_the_address_is_said_and_passed_over(console: Console) -> None:
    followup = rechecked(console)
    for name, value in {
        "state": "lost",
        "assignee": "x",
        "area": "nowhere",
        "cursor": "stale",
        "sort": "z",
    }.items():
        page = console.get("/followups", None, **{name: value, "due": ""})
        assert page.status_code == 200, name
        assert f"is passed over: {name}" in page.text
        assert str(held(console, followup).facility_id) in page.text


def test_what_people_typed_is_never_markup(console: Console) -> None:
    followup = rechecked(console)
    hostile = '"><script>alert(1)</script>'
    console.post("/followups/act", None, **form(console, "cancel", [followup], reason=hostile))
    for page in (
        console.get("/followups", state="cancelled").text,
        console.post(
            "/followups/act", None, **form(console, "postpone", [followup], until=hostile, reason=hostile)
        ).text,
        console.get("/followups", None, done=hostile, area=hostile, back=hostile).text,
    ):
        assert "<script>alert" not in page


def test_a_character_that_no_database_holds_is_refused_and_not_written(console: Console) -> None:
    followup = rechecked(console)
    page = console.post("/followups/act", None, **form(console, "cancel", [followup], reason="a\0b"))
    assert page.status_code == 422
    assert held(console, followup).state == FollowUpState.QUEUED.value
    for path in ("/", "/violations", "/ranks", "/map", "/followups"):
        assert console.get(path, None, area="a\0b").status_code == 422
