"""Ranks over HTTP: the list, its share of placeholders, and why one place stands where it does."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import rank_words
from api.languages import read_phrasebook
from api.views.ranks import EXAMPLE, UNVISITED, WHY, ZERO, RankPage, UnvisitedPage, WhyOut, ZeroPage
from inspection.tables.people import Role
from inspection.tables.regions import Home
from inspection.tables.use_records import UseRecord
from tests.api.people import token
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, NEIGHBOUR, PASSES, REGION, STEP, World

LIST = "/api/v1/ranks"


def a_place(world: World, answers: Any, **about: Any) -> UUID:
    made = world.facility(**about)
    world.add(Home(id=made, region=REGION, kind="facility"))
    world.audited(made, answers)
    return made


def update(app: Flask) -> str:
    done = app.test_cli_runner().invoke(args=["ranks", "update"])
    assert done.exit_code == 0, done.output
    return done.output


def get(client: FlaskClient, person: UUID, path: str = LIST, **query: Any) -> Any:
    return client.get(path, headers=token(person), query_string=query)


def test_the_examples_fit_their_schemas() -> None:
    assert RankPage().validate({"items": [EXAMPLE], "placeholder_share": 0.5, "next_cursor": None}) == {}
    assert ZeroPage().validate({"items": [ZERO], "next_cursor": None}) == {}
    assert WhyOut().validate(WHY) == {}
    assert UnvisitedPage().validate({"items": [UNVISITED], "placeholder_share": 0.5, "next_cursor": None}) == {}


def test_places_stand_in_the_order_of_obstructed_visits_under_their_share_of_placeholders(
    app: Flask, client: FlaskClient, world: World
) -> None:
    small, large = (a_place(world, {STEP: FAILS[STEP]}, kind=kind) for kind in ("pharmacy", "polyclinic"))
    fine = a_place(world, {STEP: PASSES[STEP]}, kind="polyclinic")
    assert get(client, world.head).json == {"items": [], "next_cursor": None, "placeholder_share": None}
    assert update(app) == "5 numbers changed.\n"
    assert update(app) == "0 numbers changed.\n"
    shown = get(client, world.head).json
    assert RankPage().validate(shown) == {}
    assert [row["id"] for row in shown["items"]] == [str(large), str(small), str(fine)]
    assert shown["placeholder_share"] == 1.0
    assert shown["items"][0].keys() == EXAMPLE.keys()
    pharmacies = get(client, world.head, kind="pharmacy", area=DISTRICT, state="unknown").json["items"]
    assert [row["id"] for row in pharmacies] == [str(small)]


def test_pages_follow_each_other(app: Flask, client: FlaskClient, world: World) -> None:
    places = {str(a_place(world, {STEP: FAILS[STEP]}, kind="pharmacy")) for _ in range(3)}
    update(app)
    first = get(client, world.head, limit=2).json
    second = get(client, world.head, limit=2, cursor=first["next_cursor"]).json
    assert {row["id"] for row in (*first["items"], *second["items"])} == places
    assert second["next_cursor"] is None


def test_other_districts_are_not_ranked_for_a_stranger(app: Flask, client: FlaskClient, world: World) -> None:
    made = a_place(world, {STEP: FAILS[STEP]})
    update(app)
    stranger = world.person(Role.HEAD, NEIGHBOUR)
    assert get(client, stranger).json == {"items": [], "next_cursor": None, "placeholder_share": None}
    theirs, nobodys = (
        get(client, stranger, f"/api/v1/facilities/{each}/priority").json | {"request_id": None}
        for each in (made, uuid4())
    )
    assert theirs == nobodys
    assert theirs["status"] == 404


def test_a_place_is_explained_with_its_numbers_and_repairs_in_every_language(
    app: Flask, client: FlaskClient, world: World
) -> None:
    made = a_place(world, {STEP: FAILS[STEP]}, kind="pharmacy")
    update(app)
    why = get(client, world.head, f"/api/v1/facilities/{made}/priority").json
    assert WhyOut().validate(why) == {}
    assert why.keys() == WHY.keys()
    assert (why["use_state"], why["visits"], why["prior"]["placeholder"]) == ("unknown", 60.0, True)
    assert [repair["criterion"] for repair in why["repairs"]] == [STEP]
    (first, placeholder, barriers, repair) = why["explanation"]["ru"]
    assert first == (
        "Здесь никто не считал. На объекте такого вида ожидается около 60 посещений лиц с инвалидностью в месяц "
        "(7,0–156)."
    )
    assert "условно" in placeholder
    assert barriers.startswith("Измеренные барьеры затрудняют около ")
    assert f"«{STEP}»" in repair
    assert "опорно-двигательного аппарата" in repair
    assert "мүгедектігі бар адамдар" in why["explanation"]["kk"][0]
    assert "(7.0 to 156)" in why["explanation"]["en"][0]
    assert why["explanation"]["en"][2].startswith("The measured barriers obstruct about ")


def test_two_faults_of_one_zone_are_both_named_though_neither_repair_frees_anything(
    app: Flask, client: FlaskClient, world: World
) -> None:
    made = a_place(world, {STEP: FAILS[STEP], DOOR: FAILS[DOOR]}, kind="pharmacy")
    update(app)
    why = get(client, world.head, f"/api/v1/facilities/{made}/priority").json
    assert {repair["criterion"] for repair in why["repairs"]} == {STEP, DOOR}
    assert sum("frees none while others remain" in said for said in why["explanation"]["en"]) == 2


def test_what_nobody_audited_is_said_to_be_unranked(client: FlaskClient, world: World) -> None:
    made = world.facility()
    world.add(Home(id=made, region=REGION, kind="facility"))
    why = get(client, world.head, f"/api/v1/facilities/{made}/priority").json
    assert WhyOut().validate(why) == {}
    assert (why["use_state"], why["explanation"]["en"]) == (None, [rank_words.NOT_RANKED])


def test_attested_zeros_are_a_list_of_their_own_with_their_end(
    app: Flask, client: FlaskClient, world: World
) -> None:
    made = a_place(world, {STEP: PASSES[STEP]}, kind="pharmacy")
    today = world.clock().date()
    record: dict[str, Any] = {
        "home_region": REGION,
        "country": COUNTRY,
        "region_code": REGION,
        "district_code": DISTRICT,
    }
    record |= {"country": COUNTRY, "id": world.new_id(), "facility_id": made, "visits": 0}
    record |= {"source": "statement", "completeness": 1.0, "signed_on": today}
    record |= {"period_from": today.replace(month=1), "period_to": today.replace(year=2027), "attested_zero": True}
    record |= {"audit_id": world.new_id(), "author_id": world.inspector, "recorded_at": world.clock()}
    world.add(UseRecord(**record))
    update(app)
    assert get(client, world.head).json["items"] == []
    shown = get(client, world.head, f"{LIST}/attested-zeros").json
    assert ZeroPage().validate(shown) == {}
    assert [(row["id"], row["holds_until"]) for row in shown["items"]] == [(str(made), "2027-03-16")]
    why = get(client, world.head, f"/api/v1/facilities/{made}/priority").json
    assert why["explanation"]["en"] == ["It is attested that no person with a disability comes here."]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [({"area": "nowhere"}, "/area"), ({"cursor": "WzFd"}, "/cursor"), ({"state": "x"}, "/state")],
)
def test_a_question_that_cannot_be_is_refused_by_its_field(
    client: FlaskClient, world: World, query: dict[str, str], pointer: str
) -> None:
    refused = get(client, world.head, **query)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, pointer)


def test_every_sentence_of_an_explanation_is_in_the_catalogs() -> None:
    phrasebook = read_phrasebook()
    said = [*rank_words.VISITS.values(), *rank_words.GROUPS.values(), rank_words.PLACEHOLDER]
    said += [rank_words.OBSTRUCTED, rank_words.NOT_MEASURED, rank_words.FREE, rank_words.NOT_RANKED]
    said += [rank_words.REPAIR, rank_words.TOGETHER]
    assert [sentence for sentence in said if not phrasebook.knows(sentence)] == []


def test_places_that_nobody_audited_have_a_list_of_their_own_and_say_what_it_rests_on(
    app: Flask, client: FlaskClient, world: World
) -> None:
    a_place(world, {STEP: FAILS[STEP]}, kind="pharmacy")
    waiting = world.facility(kind="pharmacy")
    world.add(Home(id=waiting, region=REGION, kind="facility"))
    update(app)
    shown = get(client, world.head, f"{LIST}/unvisited").json
    assert UnvisitedPage().validate(shown) == {}
    (item,) = shown["items"]
    assert item.keys() == UNVISITED.keys()
    assert (item["id"], item["audited_nearby"], shown["placeholder_share"]) == (str(waiting), 1, 1.0)
    assert get(client, world.person(Role.HEAD, NEIGHBOUR), f"{LIST}/unvisited").json["items"] == []
    why = get(client, world.head, f"/api/v1/facilities/{waiting}/priority").json
    assert WhyOut().validate(why) == {}
    assert why["expected_from"] == {"audited_nearby": 1, "audited": 1}
    assert why["obstructed"] == item["obstructed"]
    assert why["explanation"]["ru"][-1].startswith(
        "Этот объект ещё никто не проверял. Проверено объектов того же вида: 1, из них в этом районе: 1;"
    )
    world.audited(waiting, {STEP: PASSES[STEP]})
    assert get(client, world.head, f"{LIST}/unvisited").json["items"] == [], "as of now, not of the last run"
