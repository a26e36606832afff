"""Where places lie: positions that inspectors measured elsewhere, and addresses in doubt."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from inspection.tables.facilities import Facility
from inspection.tables.geocoding import Geocode
from inspection.tables.people import Role
from inspection.tables.positions import PositionQuestion
from tests.console.conftest import HOSTILE, Console
from tests.inspection.maps import IN_DISTRICT, draw
from tests.inspection.merges import known
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, REGION, STEP

WHY = "Проверено на месте."


@pytest.fixture
def asked(console: Console) -> str:
    """The page of a question about a facility whose fixes lie some 800 m away."""
    world = console.world
    draw(world)
    made = known(
        world, lat=IN_DISTRICT.lat, lon=IN_DISTRICT.lon, location_method="person", area_certainty="inside"
    )
    fix: dict[str, Any] = {"lat": IN_DISTRICT.lat, "lon": IN_DISTRICT.lon + 0.01, "accuracy_m": 6}
    world.audited(made, {STEP: 0.01}, fixes=[fix])
    assert console.app.test_cli_runner().invoke(args=["positions", "weigh"]).exit_code == 0
    return f"/review/positions/{question(console).id}"


@pytest.fixture
def doubtful(console: Console) -> UUID:
    """A facility whose address led to where nobody believes it."""
    world = console.world
    draw(world)
    made = known(world, lat=IN_DISTRICT.lat, lon=IN_DISTRICT.lon, location_method="centroid")
    now = world.clock()
    world.add(
        Geocode(
            home_region=REGION,
            id=made,
            rev=1,
            country=COUNTRY,
            region_code=REGION,
            district_code=DISTRICT,
            state="doubtful",
            question="ул. Примерная, 12",
            next_try_at=now,
            provider="nominatim:geocoder.example",
            why="the address was found in another district than the one that is held",
            lat=IN_DISTRICT.lat + 0.01,
            lon=IN_DISTRICT.lon,
            accuracy_m=40.0,
            answer=HOSTILE,
            changed_at=now - timedelta(days=1),
        )
    )
    return made


def question(console: Console) -> PositionQuestion:
    (found,) = console.world.rows(PositionQuestion)
    return found


def facility(console: Console, made: UUID) -> Facility:
    (found,) = console.world.rows(Facility, Facility.id == made)
    return found


def geocode(console: Console) -> Geocode:
    (found,) = console.world.rows(Geocode)
    return found


def test_a_question_shows_what_is_held_and_what_was_measured(console: Console, asked: str) -> None:
    assert asked in console.get("/review/positions").text
    page = console.get(asked)
    assert page.text.count("43.25000, 76.25000") == 1
    assert page.text.count("43.25000, 76.26000") >= 2  # proposed, and as it was measured
    assert "Move it to what is proposed" in page.text


def test_a_place_is_moved_or_kept_once(console: Console, asked: str) -> None:
    form = {"decision": "move", "reason": WHY, "rev": str(question(console).rev)}
    assert [console.post(asked, **form).status_code for _ in range(2)] == [303, 303]
    assert question(console).state == "moved"
    assert facility(console, question(console).facility_id).lon == pytest.approx(76.26)
    again = console.post(asked, decision="keep", reason="Остаётся на месте.")
    assert again.status_code == 409
    assert "this question is closed already" in again.text
    assert "Остаётся на месте." in again.text
    assert "moved" in console.get("/review/positions", state="decided").text


def test_a_question_that_changed_since_it_was_read_is_not_decided(console: Console, asked: str) -> None:
    page = console.post(asked, decision="move", reason=WHY, rev=str(question(console).rev + 7))
    assert page.status_code == 412
    assert question(console).state == "open"


@pytest.mark.parametrize(("decision", "reason"), [("keep", ""), ("fly", WHY), ("", WHY)])
def test_half_a_decision_is_none(console: Console, asked: str, decision: str, reason: str) -> None:
    assert console.post(asked, decision=decision, reason=reason).status_code == 422
    assert question(console).state == "open"


def test_who_reads_only_is_shown_no_form_and_who_is_elsewhere_nothing(console: Console, asked: str) -> None:
    viewer, stranger = console.world.person(Role.MINISTRY), console.world.person(Role.HEAD, NEIGHBOUR)
    assert "What you decide" not in console.get(asked, viewer).text
    assert console.post(asked, viewer, decision="keep", reason=WHY).status_code == 403
    assert console.get(asked, stranger).status_code == 404
    assert console.post(asked, stranger, decision="keep", reason=WHY).status_code == 404
    assert question(console).state == "open"


def test_an_address_in_doubt_is_believed_and_the_place_is_put_there(console: Console, doubtful: UUID) -> None:
    where = f"/review/addresses/{doubtful}"
    assert where in console.get("/review/addresses").text
    page = console.get(where)
    assert "The address was found in another district" in page.text
    assert "<script>alert" not in page.text
    assert console.post(where, decision="accept", reason=WHY, rev="1").status_code == 303
    assert geocode(console).state == "placed"
    assert facility(console, doubtful).lat == pytest.approx(IN_DISTRICT.lat + 0.01)
    assert console.post(where, decision="refuse", reason=WHY).status_code == 409


def test_an_address_that_was_asked_again_since_it_was_read_is_not_believed(
    console: Console, doubtful: UUID
) -> None:
    page = console.post(f"/review/addresses/{doubtful}", decision="accept", reason=WHY, rev="2")
    assert page.status_code == 412
    assert (geocode(console).state, WHY in page.text) == ("doubtful", True)


def test_an_address_that_was_never_asked_is_no_page(console: Console) -> None:
    assert console.get(f"/review/addresses/{console.facility}").status_code == 404
