"""Acting from the console: one violation or several, with what was typed kept whatever happens."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from inspection.history import DecisionKind
from inspection.tables.decisions import DecisionRow
from inspection.tables.people import Role
from inspection.tables.violation_acts import ViolationAct
from tests.console.conftest import Console
from tests.inspection.world import DISTRICT, DOOR, STEP

WHY = "Работы начаты, подрядчик заключил договор."


def extension(console: Console, chosen: Sequence[UUID], **more: Any) -> dict[str, Any]:
    until = (console.world.clock() + timedelta(days=200)).date().isoformat()
    return {
        "act": "extend",
        "sent": "1",
        "id": str(uuid4()),
        "violation": chosen,
        "words": WHY,
        "until": until,
        **more,
    }


def test_one_violation_is_extended_and_its_page_says_so(console: Console) -> None:
    chosen = console.violation()
    answer = console.post("/violations/act", **extension(console, [chosen]))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/console/violations/{chosen}?done=extend"
    (row,) = console.world.rows(DecisionRow)
    assert (row.kind, row.reason, row.violation_id) == (DecisionKind.EXTEND.value, WHY, chosen)
    assert "The date was extended." in console.get(f"/violations/{chosen}", done="extend").text


def test_sending_the_same_form_twice_decides_once(console: Console) -> None:
    form = extension(console, [console.violation()])
    assert [console.post("/violations/act", **form).status_code for _ in range(2)] == [303, 303]
    assert len(console.world.rows(DecisionRow)) == 1


def test_several_are_done_at_once_and_the_list_comes_back_as_it_was(console: Console) -> None:
    chosen = [console.violation(DOOR), console.violation(STEP)]
    form = extension(console, chosen, back="/console/violations?severity=gross")
    answer = console.post("/violations/act", **form)
    assert answer.headers["Location"] == "/console/violations?severity=gross&done=extend&times=2"
    assert len(console.world.rows(DecisionRow)) == 2


def test_a_list_that_says_what_was_done_before_says_what_was_done_now(console: Console) -> None:
    chosen = [console.violation(DOOR), console.violation(STEP)]
    form = extension(console, chosen, back="/console/violations?done=ask&times=7")
    answer = console.post("/violations/act", **form)
    assert answer.headers["Location"] == "/console/violations?done=extend&times=2"


def test_nothing_that_was_typed_is_lost_when_something_is_missing(console: Console) -> None:
    page = console.post("/violations/act", **extension(console, [console.violation()], until=""))
    assert page.status_code == 422
    assert WHY in page.text
    assert 'href="#until"' in page.text
    assert 'aria-describedby="until-error" aria-invalid="true"' in page.text
    assert not console.world.rows(DecisionRow)


def test_a_date_that_cannot_be_is_said_at_its_field(console: Console) -> None:
    page = console.post("/violations/act", **extension(console, [console.violation()], until="2001-01-01"))
    assert page.status_code == 422
    assert 'id="until-error"' in page.text


def test_what_cannot_be_done_stays_with_its_reason_and_the_rest_is_done(console: Console) -> None:
    done, over = console.violation(DOOR), console.violation(STEP)
    console.world.decide(console.facility, STEP, DecisionKind.WAIVE)
    form = {**extension(console, [done, over]), "act": "recheck"}
    page = console.post("/violations/act", **form)
    assert page.status_code == 409
    assert "Done for 1 violation." in page.text
    assert "this violation is waived already" in page.text
    assert WHY in page.text


def test_the_second_of_two_officials_is_told_and_nothing_is_overwritten(console: Console) -> None:
    chosen = console.violation()
    seen = {f"rev-{chosen}": str(console.world.violation(console.facility, DOOR).rev)}
    first, second = extension(console, [chosen], **seen), extension(console, [chosen], **seen)
    assert console.post("/violations/act", **first).status_code == 303
    page = console.post("/violations/act", **second)
    assert page.status_code == 409
    assert "somebody changed this violation since you read it" in page.text
    assert WHY in page.text
    told = re.sub(r"<[^>]+>", "", page.text)
    day = console.world.clock().strftime("%d.%m.%Y")
    assert f"Last: Extend the date ({console.world.caller(console.world.head).name}, {day}): {WHY}" in told
    assert len(console.world.rows(DecisionRow)) == 1


def test_works_are_planned_and_a_question_is_asked(console: Console) -> None:
    chosen, by = console.violation(), (console.world.clock() + timedelta(days=20)).date().isoformat()
    about: dict[str, Any] = {"sent": "1", "violation": [chosen], "words": WHY}
    plan = {**about, "act": "plan_works", "id": str(uuid4()), "year": "2027", "sum": "4 500 000"}
    ask = {**about, "act": "ask", "id": str(uuid4()), "answer_by": by}
    assert [console.post("/violations/act", **form).status_code for form in (plan, ask)] == [303, 303]
    rows = {row.kind: row for row in console.world.rows(ViolationAct)}
    assert rows["plan_works"].sum == 4_500_000
    assert str(rows["ask"].answer_by) == by


def test_who_may_not_decide_is_refused_and_nothing_happens(console: Console) -> None:
    viewer = console.world.person(Role.MINISTRY, DISTRICT)
    page = console.post("/violations/act", viewer, **extension(console, [console.violation()]))
    assert page.status_code == 409
    assert "this needs a role that may decide about violations" in page.text
    assert not console.world.rows(DecisionRow)


def test_an_address_of_another_site_leads_nowhere(console: Console) -> None:
    chosen = [console.violation(DOOR), console.violation(STEP)]
    for back in ("https://evil.example/console/x?a=1", "//evil.example/console?a=1", "javascript:alert(1)"):
        form = {**extension(console, chosen, back=back), "act": "accept"}
        answer = console.post("/violations/act", **form)
        assert answer.headers["Location"] == "/console/violations?done=accept&times=2"
