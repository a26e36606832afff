"""Reviewing what tablets sent: both values, who and when, and what is decided."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from inspection.tables.facilities import Facility
from inspection.tables.intake import IntakeRow
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.api.tablet import Tablet, edited
from tests.console.conftest import HOSTILE, Console
from tests.inspection.world import DISTRICT, OTHER_REGION, REGION

WHY = "Проверено по реестру: верно присланное."


@pytest.fixture
def lost(console: Console, client: FlaskClient) -> Callable[..., str]:
    """Makes a conflict about the facility of the console; the address of its page."""

    def make(**second: Any) -> str:
        world = console.world
        tablets = [Tablet(client, who, world.device(who)) for who in (world.inspector, world.colleague)]
        for each in tablets:
            each.pull("facilities")
        base = tablets[1].documents["facilities"][str(console.facility)]
        tablets[0].push("facilities", edited(base, name_ru="Первая", catchment=10))
        tablets[1].push("facilities", edited(base, **(second or {"name_ru": "Вторая", "catchment": 20})))
        return address(console)

    return make


def address(console: Console) -> str:
    (row,) = console.world.rows(IntakeRow, IntakeRow.state.in_(["conflict", "quarantined", "waiting"]))
    return f"/review/intake/{row.collection}/{row.document_id}/{row.content_hash.hex()}"


def row(console: Console) -> IntakeRow:
    (found,) = console.world.rows(
        IntakeRow, IntakeRow.collection == "facilities", IntakeRow.decided_at.is_not(None)
    )
    return found


def facility(console: Console) -> Facility:
    (found,) = console.world.rows(Facility, Facility.id == console.facility)
    return found


def test_a_conflict_shows_both_values_who_sent_it_and_who_changed_what_is_held(
    console: Console, lost: Callable[..., str]
) -> None:
    page = console.get(lost())
    assert page.status_code == 200
    for said in ("Первая", "Вторая", "Name in Russian", "People who live around", ">10<", ">20<"):
        assert said in page.text
    senders = re.findall(r"Выдуманный [0-9a-f]{6}", page.text)
    assert len(set(senders)) >= 2  # who sent it and who changed what is held
    assert "Last changes of what is held" in page.text


def test_chosen_fields_are_taken_and_the_others_stay(console: Console, lost: Callable[..., str]) -> None:
    where = lost()
    answer = console.post(where, decision="choose", take=["name_ru"], reason=WHY)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/console/review/intake?done=choose"
    assert (facility(console).name_ru, facility(console).catchment) == ("Вторая", 10)
    assert (row(console).decision, row(console).decision_reason) == ("take", WHY)
    assert "It was decided." in console.get("/review/intake", done="choose").text
    assert WHY in console.get(where).text
    assert "values were taken after all" in console.get("/review/intake", state="decided").text


def test_nothing_chosen_keeps_what_is_held_and_needs_no_reason(console: Console, lost: Callable[..., str]) -> None:
    assert console.post(lost(), decision="choose").status_code == 303
    assert facility(console).name_ru == "Первая"
    assert row(console).decision == "keep"


def test_taking_values_without_a_reason_keeps_what_was_ticked_and_says_so(
    console: Console, lost: Callable[..., str]
) -> None:
    page = console.post(lost(), decision="choose", take=["catchment"], reason="  ")
    assert page.status_code == 422
    assert 'aria-describedby="reason-error" aria-invalid="true"' in page.text
    assert re.search(r'value="catchment" id="take-\d" checked', page.text)
    assert facility(console).catchment == 10


def test_who_decides_about_what_changed_meanwhile_is_told(console: Console, lost: Callable[..., str]) -> None:
    where = lost()
    rev = re.search(r'name="rev" value="(\d+)"', console.get(where).text)
    assert rev is not None
    console.post(where, decision="choose", take=["name_ru"], reason=WHY, rev=str(int(rev[1]) - 1))
    page = console.post(where, decision="choose", take=["name_ru"], reason=WHY, rev=str(int(rev[1]) - 1))
    assert page.status_code == 412
    assert "changed since you read it" in page.text
    assert WHY in page.text
    assert facility(console).name_ru == "Первая"


def test_it_is_dismissed_once_with_a_reason(console: Console, lost: Callable[..., str]) -> None:
    where = lost()
    assert console.post(where, decision="dismiss").status_code == 422
    assert [console.post(where, decision="dismiss", reason=WHY).status_code for _ in range(2)] == [303, 303]
    assert row(console).decision == "dismiss"
    assert console.post(where, decision="dismiss", reason="Иначе.").status_code == 409


def test_a_quarantined_row_says_why_and_is_tried_again(console: Console, client: FlaskClient) -> None:
    world = console.world
    other = world.facility(home_region=REGION)
    world.add(Home(id=other, region=REGION, kind="facility"))
    document = world.document(other, {})
    document["answers"] = "none"
    world.push(document)
    where = address(console)
    page = console.get(where)
    assert page.status_code == 200
    assert "set aside" in page.text
    assert "Try it again" in page.text
    assert console.post(where, decision="replay").status_code == 303
    (held,) = world.rows(IntakeRow, IntakeRow.document_id == UUID(document["id"]))
    assert (held.state, held.attempts, held.decided_at) == ("quarantined", 1, None)


def test_who_may_not_review_sees_nothing_of_it(console: Console, lost: Callable[..., str]) -> None:
    where = lost()
    for who in (
        console.world.inspector,
        console.world.person(Role.HEAD, OTHER_REGION),
        console.world.person(Role.HEAD, DISTRICT),
        console.world.person(Role.AKIMAT, REGION),
    ):
        assert console.get(where, who).status_code == 404
        assert console.post(where, who, decision="dismiss", reason=WHY).status_code == 404
        assert "/review/intake/" not in console.get("/review/intake", who).text


@pytest.mark.parametrize("decision", ["", "delete", "replay"])
def test_what_cannot_be_decided_is_said(console: Console, lost: Callable[..., str], decision: str) -> None:
    page = console.post(lost(), decision=decision, reason=WHY)
    assert page.status_code in (409, 422)
    assert WHY in page.text


@pytest.mark.parametrize("sha256", ["x", "00" * 32, "%00", "../" * 3])
def test_an_address_of_nothing_is_answered_as_such(console: Console, sha256: str) -> None:
    assert console.get(f"/review/intake/facilities/{console.facility}/{sha256}").status_code == 404


def test_what_a_tablet_sent_is_never_markup(console: Console, lost: Callable[..., str]) -> None:
    page = console.get(lost(name_ru=HOSTILE))
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
