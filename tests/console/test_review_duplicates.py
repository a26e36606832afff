"""Two places side by side, merged or kept apart."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from inspection.tables.duplicates import DuplicatePair
from inspection.tables.facilities import Facility
from inspection.tables.people import Role
from tests.console.conftest import HOSTILE, Console
from tests.inspection.merges import known
from tests.inspection.world import DESK, OTHER_REGION, REGION, STEP

SPOT: dict[str, Any] = {"lat": 43.25, "lon": 76.25, "accuracy_m": 10.0, "address_ru": "ул. Абая, 12"}
WHY = "Один вход, одна вывеска."


@pytest.fixture
def twins(console: Console) -> tuple[UUID, UUID]:
    """One place under two names, each audited, and found by the command."""
    world = console.world
    first = known(world, name_ru="Поликлиника «Шапағат»", name_kk="«Шапағат» емханасы", **SPOT)
    second = known(world, name_ru="Шапагат", name_kk="Шапағат", **SPOT)
    world.audited(first, {STEP: 0.05})
    world.audited(second, {DESK: "high"})
    ran = console.app.test_cli_runner().invoke(args=["facilities", "duplicates", "--area", REGION])
    assert ran.exit_code == 0, ran.output
    return first, second


def pair(console: Console) -> DuplicatePair:
    (found,) = console.world.rows(DuplicatePair)
    return found


def merged_into(console: Console, facility: UUID) -> UUID | None:
    (found,) = console.world.rows(Facility, Facility.id == facility)
    return found.merged_into


def test_a_pair_is_listed_and_shown_side_by_side_with_what_differs(
    console: Console, twins: tuple[UUID, UUID]
) -> None:
    listed = console.get("/review/duplicates")
    assert f"/console/review/duplicates/{pair(console).id}" in listed.text
    page = console.get(f"/review/duplicates/{pair(console).id}")
    assert "They lie 0 m apart." in page.text
    assert "43.25000, 76.25000 (±10 m)" in page.text
    differing = re.findall(r'<tr class="differs"><th scope="row">([^<]+)</th>', page.text)
    assert "Name in Russian" in differing
    assert "Position" not in differing


def test_they_are_merged_into_the_one_that_was_chosen(console: Console, twins: tuple[UUID, UUID]) -> None:
    first, second = twins
    where, rev = f"/review/duplicates/{pair(console).id}", str(pair(console).rev)
    form = {"decision": "merged", "survivor": str(second), "reason": WHY, "rev": rev}
    answers = [console.post(where, **form) for _ in range(2)]  # pressed twice
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == "/console/review/duplicates?done=merged"
    assert (merged_into(console, first), merged_into(console, second)) == (second, None)
    assert WHY in console.get(where).text
    assert "What you decide" not in console.get(where).text


def test_they_are_kept_apart_with_a_reason(console: Console, twins: tuple[UUID, UUID]) -> None:
    where = f"/review/duplicates/{pair(console).id}"
    assert console.post(where, decision="different", reason=WHY).status_code == 303
    assert pair(console).state == "different"
    assert console.get("/review/duplicates").text.count("/console/review/duplicates/") == 0
    assert "two places" in console.get("/review/duplicates", state="decided").text


def test_without_a_survivor_or_a_reason_nothing_happens_and_all_is_kept(
    console: Console, twins: tuple[UUID, UUID]
) -> None:
    where = f"/review/duplicates/{pair(console).id}"
    page = console.post(where, decision="merged", reason=WHY, survivor=str(uuid4()))
    assert page.status_code == 422
    assert 'id="survivor-error"' in page.text
    assert WHY in page.text
    page = console.post(where, decision="merged", reason="", survivor=str(twins[0]))
    assert page.status_code == 422
    assert re.search(rf'value="{twins[0]}" id="survivor-\d" checked', page.text)
    assert pair(console).state == "open"


def test_the_second_of_two_officials_is_told(console: Console, twins: tuple[UUID, UUID]) -> None:
    where, rev = f"/review/duplicates/{pair(console).id}", str(pair(console).rev)
    assert console.post(where, decision="different", reason=WHY, rev=rev).status_code == 303
    other = console.world.person(Role.HEAD)
    page = console.post(where, other, decision="merged", survivor=str(twins[0]), reason="Иначе.", rev=rev)
    assert page.status_code == 412
    assert "somebody changed this pair since you read it" in page.text
    assert "Иначе." in page.text
    assert pair(console).state == "different"


def test_who_may_not_confirm_sees_no_pair(console: Console, twins: tuple[UUID, UUID]) -> None:
    where = f"/review/duplicates/{pair(console).id}"
    for who in (console.world.inspector, console.world.person(Role.HEAD, OTHER_REGION)):
        assert console.get(where, who).status_code == 404
        assert console.post(where, who, decision="different", reason=WHY).status_code in (403, 404)
    assert pair(console).state == "open"


def test_a_name_is_never_markup(console: Console, twins: tuple[UUID, UUID]) -> None:
    with console.world.unit() as unit:
        place = unit.session.get_one(Facility, (REGION, twins[0]))
        place.name_ru = place.name_kk = place.address_kk = place.address_ru = HOSTILE
    for where in ("/review/duplicates", f"/review/duplicates/{pair(console).id}"):
        assert "<script>alert" not in console.get(where).text
