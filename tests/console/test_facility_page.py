"""A facility: its passport, where it was measured, and its visits side by side."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from api.console.fix_pictures import HIGH, WIDE, distances, picture
from inspection.tables.audits import Audit
from inspection.tables.people import Role
from tests.clock import NOW
from tests.console.conftest import HOSTILE, Console
from tests.inspection.world import DESK, DOOR, FAILS, OTHER_DISTRICT, PASSES, STEP, TACTILE

FIX = {"lat": 43.25, "lon": 76.95, "accuracy_m": 8.0}


def second_visit(console: Console, answers: dict[str, Any], **about: Any) -> str:
    return str(console.world.audited(console.facility, answers, at=NOW - timedelta(hours=3), **about))


def test_the_passport_says_what_was_measured_and_how_many_barriers_there_are(console: Console) -> None:
    text = console.get(f"/facilities/{console.facility}").text
    assert re.search(r"\d+ of \d+ measured, 2 barriers", text)
    assert "ВНД" in text
    assert "to all groups alike" not in text


def test_a_repair_leads_to_the_violation_that_it_ends(console: Console) -> None:
    assert console.app.test_cli_runner().invoke(args=["ranks", "update"]).exit_code == 0
    text = console.get(f"/facilities/{console.facility}").text
    assert "they do not add up" in text
    repairs = text.partition("What a repair would free")[2].partition("</table>")[0]
    assert f'href="/console/violations/{console.violation(DOOR)}"' in repairs


def test_two_visits_stand_side_by_side(console: Console) -> None:
    second_visit(console, {DOOR: PASSES[DOOR], STEP: FAILS[STEP], DESK: FAILS[DESK]}, ground="follow_up")
    page = console.get(f"/facilities/{console.facility}/visits")
    said = re.findall(r'<span class="change (\w+)">', page.text)
    assert said == ["found", "stands", "gone"]
    assert "0,75" in page.text
    assert "0,95" in page.text
    everything = console.get(f"/facilities/{console.facility}/visits", all="1")
    assert len(re.findall(r'<span class="change (\w+)">', everything.text)) >= 3
    assert (
        f'href="/console/facilities/{console.facility}/visits"'
        in console.get(f"/facilities/{console.facility}").text
    )


def test_whichever_way_two_visits_are_named_the_earlier_stands_first(console: Console) -> None:
    (first,) = (str(row.id) for row in console.world.rows(Audit, Audit.facility_id == console.facility))
    second = second_visit(console, {DOOR: PASSES[DOOR]})
    address = f"/facilities/{console.facility}/visits"
    one, other = console.get(address, then=first, now=second), console.get(address, then=second, now=first)
    assert one.text.count('class="change gone"') == other.text.count('class="change gone"') == 1


def test_a_visit_that_is_none_of_this_place_is_passed_over(console: Console) -> None:
    second_visit(console, {TACTILE: FAILS[TACTILE]})
    elsewhere = console.world.facility()
    foreign = console.world.audited(elsewhere, {DOOR: FAILS[DOOR]})
    for said in (str(foreign), str(uuid4()), "x", HOSTILE):
        page = console.get(f"/facilities/{console.facility}/visits", then=said)
        assert page.status_code == 200
        assert "passed over" in page.text
        assert HOSTILE not in page.text


def test_one_visit_alone_is_compared_with_nothing(console: Console) -> None:
    assert "no two visits" in console.get(f"/facilities/{console.facility}/visits").text


def test_nobody_elsewhere_sees_the_visits(console: Console) -> None:
    stranger = console.world.person(Role.AKIMAT, OTHER_DISTRICT)
    assert console.get(f"/facilities/{console.facility}/visits", stranger).status_code == 404


def test_fixes_of_visits_are_drawn_and_listed(console: Console) -> None:
    fixes = [FIX, FIX | {"lat": 43.2502, "accuracy_m": 25.0}]
    second_visit(console, {DOOR: FAILS[DOOR]}, fixes=fixes)
    text = console.get(f"/facilities/{console.facility}").text
    assert text.count('class="fix') >= 2
    assert "Accuracy, m" in text
    assert 'role="img"' in text


def test_a_place_that_nobody_measured_says_so(console: Console) -> None:
    text = console.get(f"/facilities/{console.facility}").text
    assert "No visit has measured its position." in text
    assert '<svg class="fixes"' not in text


thousandths, metres = st.integers(-400, 400), st.none() | st.integers(0, 5000)
measured = st.tuples(thousandths, thousandths, metres).map(
    lambda said: {"lat": 43 + said[0] / 1000, "lon": 76 + said[1] / 1000, "accuracy_m": said[2], "counts": True}
)


@given(st.lists(measured, max_size=4), metres)
def test_whatever_was_measured_lies_within_the_picture(fixes: list[dict[str, Any]], exact: int | None) -> None:
    place = {"lat": 43.0, "lon": 76.0, "accuracy_m": exact}
    drawn = picture(place, fixes)
    assert drawn is not None
    for mark in (drawn.held, *drawn.fixes):
        assert mark is not None
        assert mark.x - (mark.radius or 0) + 0.2 >= 0
        assert mark.x + (mark.radius or 0) <= WIDE + 0.2
        assert mark.y - (mark.radius or 0) + 0.2 >= 0
        assert mark.y + (mark.radius or 0) <= HIGH + 0.2
    near = [away for away in distances(place, fixes) if away is not None and away <= 50_000]
    assert [mark.number for mark in drawn.fixes if mark.number] == sorted(
        n for n, away in enumerate(distances(place, fixes), 1) if away is not None and away <= 50_000
    )
    assert len(drawn.fixes) == len(near)


def test_of_nothing_there_is_no_picture() -> None:
    assert picture({"lat": None, "lon": None, "accuracy_m": None}, []) is None
