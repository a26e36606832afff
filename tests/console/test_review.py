"""The review: how much waits in each list, for whom, and the lists that need little."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from inspection.tables.people import Role
from inspection.tables.telling import ReviewCase, ToldRow
from inspection.tables.use_records import UseRecord
from tests.console.conftest import HOSTILE, Console
from tests.inspection.merges import known
from tests.inspection.world import (
    COUNTRY,
    DISTRICT,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_REGION,
    PASSES,
    REGION,
    STEP,
)

LISTS = ("replies", "declarations", "cases", "intake", "duplicates", "positions", "addresses", "statements")
WHY = "Измерение исправлено."


@pytest.fixture
def case(console: Console) -> str:
    """The page of a case: something was told that never was."""
    world = console.world
    facility = known(world)
    audit = world.audited(facility, {STEP: 0.05})
    world.prescribe(audit)
    world.clock.advance(days=1)
    document = world.document(facility, {STEP: 0.01}, corrects=str(audit))
    world.push(document, by=world.colleague)
    world.confirm(UUID(document["id"]))
    (row,) = world.rows(ReviewCase, ReviewCase.closed_at.is_(None))
    return f"/review/cases/{row.id}"


def statement(console: Console, **about: object) -> str:
    """The page of a statement that nobody comes, which waits for a second signature."""
    today, made = console.world.clock().date(), uuid4()
    place = {"country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    console.world.add(
        UseRecord(
            **{
                "home_region": REGION,
                "id": made,
                "rev": 1,
                **place,
                "facility_id": console.facility,
                "source": "statement",
                "visits": 0,
                "period_from": today,
                "period_to": today + timedelta(days=300),
                "completeness": 1.0,
                "attested_zero": True,
                "signed_on": today,
                "argument": HOSTILE,
                "author_id": console.world.inspector,
                "recorded_at": console.world.clock(),
                **about,
            }
        )
    )
    return f"/review/statements/{made}"


def test_the_head_sees_every_list_and_how_much_waits(console: Console, case: str) -> None:
    statement(console)
    page = console.get("/review")
    counts = dict(re.findall(r'href="/console/review/(\w+)"><span class="figure">(\d+)</span>', page.text))
    assert set(counts) == set(LISTS)
    assert (counts["cases"], counts["statements"], counts["replies"]) == ("1", "1", "0")


@pytest.mark.parametrize(
    ("role", "lists"),
    [
        (Role.AKIMAT, {"replies", "declarations", "positions", "addresses"}),
        (Role.INSPECTOR, {"positions", "addresses"}),
        (Role.ADMIN, {"intake", "positions", "addresses"}),
        (Role.MINISTRY, set()),
        (None, set()),
    ],
)
def test_a_role_is_offered_the_lists_in_which_it_decides(
    console: Console, role: Role | None, lists: set[str]
) -> None:
    who = console.world.person(role)
    assert set(re.findall(r'href="/console/review/(\w+)"', console.get("/review", who).text)) == lists
    assert ('href="/console/review"' in console.get("/violations", who).text) == bool(lists)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("query", [{"area": "nowhere"}, {"cursor": "WzFd"}])
def test_what_makes_no_sense_in_an_address_is_passed_over(
    console: Console, name: str, query: dict[str, str]
) -> None:
    page = console.get(f"/review/{name}", **query)
    assert page.status_code == 200
    assert "not understood" in page.text


@pytest.mark.parametrize("name", [name for name in LISTS if name != "intake"])
def test_a_list_is_narrowed_to_an_area_and_says_nothing_is_there(console: Console, name: str) -> None:
    page = console.get(f"/review/{name}", area=NEIGHBOUR, state="decided")
    assert page.status_code == 200
    assert re.search(r"Nothing (waits here|was decided yet)\.", page.text)
    assert f'value="{NEIGHBOUR}" selected' in page.text


@pytest.mark.parametrize("name", [name for name in LISTS if name != "intake"])
def test_an_id_of_nothing_is_no_page(console: Console, name: str) -> None:
    if name != "declarations":  # they are read where replies are
        assert console.get(f"/review/{name}/{uuid4()}").status_code == 404
        assert console.post(f"/review/{name}/{uuid4()}", reason=WHY, words=WHY).status_code == 404


def test_a_case_is_answered_by_a_letter_once(console: Console, case: str) -> None:
    assert f"/console{case}" in console.get("/review/cases").text
    page = console.get(case)
    assert "told, and by what is known now it never stood" in page.text
    made = re.search(r'name="id" value="([0-9a-f-]{36})"', page.text)
    assert made is not None
    form = {"id": made[1], "reason": WHY}
    assert [console.post(case, **form).status_code for _ in range(2)] == [303, 303]
    corrected = console.world.rows(ToldRow, ToldRow.say == "corrected")
    assert [row.document_id for row in corrected] == [UUID(made[1])]
    assert "What was told is true again" in console.get(case).text
    assert "Write to the operator" not in console.get(case).text
    assert case in console.get("/review/cases", state="decided").text


def test_a_case_without_a_reason_or_with_a_date_that_is_none_keeps_what_was_typed(
    console: Console, case: str
) -> None:
    made = str(uuid4())
    page = console.post(case, id=made, reason="")
    assert page.status_code == 422
    assert 'id="reason-error"' in page.text
    assert f'name="id" value="{made}"' in page.text
    page = console.post(case, id=made, reason=WHY, due_on="soon")
    assert (page.status_code, WHY in page.text) == (422, True)


def test_a_duty_that_stands_again_wants_a_date(console: Console) -> None:
    world = console.world
    world.clock.advance(days=2)
    world.audited(console.facility, {DOOR: PASSES[DOOR], STEP: PASSES[STEP]})
    console.app.test_cli_runner().invoke(args=["notices", "run"])
    world.clock.advance(days=2)
    world.audited(console.facility, {DOOR: FAILS[DOOR], STEP: PASSES[STEP]})
    cases = world.rows(ReviewCase, ReviewCase.closed_at.is_(None))
    if not cases:  # nobody was told that it is over yet, so nothing has to be put right
        return
    where = f"/review/cases/{cases[0].id}"
    assert "The new date" in console.get(where).text
    page = console.post(where, id=str(uuid4()), reason=WHY)
    assert page.status_code in (409, 422)
    assert WHY in page.text


def test_who_may_not_confirm_sends_no_letter(console: Console, case: str) -> None:
    akimat, stranger = console.world.person(Role.AKIMAT), console.world.person(Role.HEAD, OTHER_REGION)
    assert "Write to the operator" not in console.get(case, akimat).text
    assert console.post(case, akimat, id=str(uuid4()), reason=WHY).status_code == 403
    assert console.post(case, stranger, id=str(uuid4()), reason=WHY).status_code == 404
    assert not console.world.rows(ToldRow, ToldRow.say == "corrected")


def test_a_statement_is_signed_by_a_second_person(console: Console) -> None:
    where = statement(console)
    assert f"/console{where}" in console.get("/review/statements").text
    page = console.get(where)
    assert "Put the second signature" in page.text
    assert "<script>alert" not in page.text
    assert [console.post(where, decision="sign").status_code for _ in range(2)] == [303, 303]
    (row,) = console.world.rows(UseRecord)
    assert row.countersigned_by == console.world.head
    assert where not in console.get("/review/statements").text


def test_nobody_is_offered_their_own_statement_or_one_that_is_over(console: Console) -> None:
    own = statement(console, author_id=console.world.head)
    past = console.world.clock().date() - timedelta(days=400)
    over = statement(console, period_from=past, signed_on=past, period_to=past + timedelta(days=300))
    listed = console.get("/review/statements").text
    for where in (own, over):
        assert where not in listed
        assert "Put the second signature" not in console.get(where).text
        assert console.post(where, decision="sign").status_code == 409


def test_a_statement_is_withdrawn_with_a_reason(console: Console) -> None:
    where = statement(console)
    assert console.post(where, decision="withdraw").status_code == 422
    assert console.post(where, decision="withdraw", reason=WHY).status_code == 303
    assert WHY in console.get(where).text
