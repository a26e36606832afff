"""Operators of concern against plain loops, and what the letter about one of them says."""

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.concerning import MOST_FACILITIES, page
from inspection.errors import DoesNotApply, InvalidInput, NotFound
from inspection.exclusion_letters import exclusion_letter
from inspection.history import DecisionKind
from inspection.sync.touched import noticing
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.operators import Operator
from inspection.tables.people import Role
from inspection.tables.regions import Home
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import STANDING, Violation
from tests.clock import NOW
from tests.inspection.report_scene import Rows, local, make, of, put
from tests.inspection.violation_samples import Row
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, OTHER_REGION, PASSES, REGION, STEP, World

TODAY = local(NOW)


def an_operator(world: World, region: str = REGION, **about: Any) -> Row:
    place = {"home_region": region, "country": COUNTRY, "region_code": region}
    named = {"name_kk": "Мысал", "name_ru": f"Пример {world.new_id().hex[:4]}"}
    return {"id": world.new_id(), **place, **named, "created_at": NOW, "updated_at": NOW, **about}


@pytest.fixture
def rows(world: World, session: Session) -> Rows:
    """Rows of every table, whose facilities five operators answer for."""
    source = random.Random(4)
    made = make(world, source)
    operators = [an_operator(world, region) for region in (REGION, REGION, REGION, OTHER_REGION, OTHER_REGION)]
    for facility in made[Facility]:
        own = [o["id"] for o in operators if o["home_region"] == facility["home_region"]]
        facility["operator_id"] = source.choice([None, *own])
    answers = {facility["id"]: facility["operator_id"] for facility in made[Facility]}
    for v in made[Violation]:
        v["operator_id"] = answers[v["facility_id"]]
    put(session, {Operator: operators, **made})
    return made


@pytest.fixture
def ministry(world: World) -> Caller:
    return world.caller(world.person(Role.MINISTRY, COUNTRY))


def loops(rows: Rows, area: str = COUNTRY) -> Mapping[UUID, Row]:
    """What is to be counted of each operator."""
    answers = {facility["id"]: facility["operator_id"] for facility in rows[Facility]}
    since = TODAY - timedelta(days=365)
    found: dict[UUID, Row] = {}
    for model in (Violation, UseRecord, Audit):
        for row in rows[model]:
            operator = answers[row["facility_id"]]
            if operator is None or area not in (row["country"], row["region_code"], row["district_code"]):
                continue
            told = found.setdefault(operator, {"gross": [], "complaints": 0, "unscheduled_audits": 0})
            if model is Violation and row["severity"] == "gross" and row["state"] in STANDING:
                told["gross"].append(row)
            if model is UseRecord and row["source"] == "complaint" and row["withdrawn_at"] is None:
                told["complaints"] += row["period_from"] > since
            if model is Audit and row["ground"] == "unscheduled" and row["corrects_id"] is None:
                told["unscheduled_audits"] += row["observed_on"] is not None and row["observed_on"] > since
    return found


def as_said(told: Row) -> Row:
    gross = told["gross"]
    late = [v["due_on"] for v in gross if v["due_on"] is not None and v["due_on"] < TODAY]
    facilities = {v["facility_id"] for v in gross}
    counts = {"gross": len(gross), "facilities": len(facilities), "oldest_overdue_on": min(late, default=None)}
    return told | counts


@pytest.mark.parametrize("least", [1, 3, 8])
@pytest.mark.parametrize("area", [None, REGION, DISTRICT])
def test_operators_of_concern_are_those_that_loops_find_with_most_first(
    session: Session, rows: Rows, ministry: Caller, area: str | None, least: int
) -> None:
    expected = {made: as_said(told) for made, told in loops(rows, area or COUNTRY).items()}
    expected = {o: t for o, t in expected.items() if t["gross"] >= least or t["complaints"] >= least}
    found = page(session, ministry, now=NOW, area=area, least=least).rows
    assert {row["id"]: {n: row[n] for n in expected[row["id"]]} for row in found} == expected
    assert found == sorted(found, key=lambda row: (-row["gross"], -row["complaints"], row["id"].int))
    for row in found:
        assert sum(each["gross"] for each in row["worst"]) == row["gross"]  # few facilities here
        assert len(row["worst"]) == row["facilities"] <= MOST_FACILITIES


def test_pages_of_one_hold_the_same_operators(session: Session, rows: Rows, ministry: Caller) -> None:
    whole = page(session, ministry, now=NOW, least=1).rows
    assert len(whole) > 2
    walked: list[Any] = []
    cursor = None
    for _ in whole:
        found = page(session, ministry, now=NOW, least=1, limit=1, cursor=cursor)
        walked += found.rows
        cursor = found.next_cursor
    assert (walked, cursor) == (whole, None)


def test_what_lies_beyond_ones_areas_counts_for_nobody(world: World, session: Session, rows: Rows) -> None:
    inspector = world.caller(world.person(Role.INSPECTOR, DISTRICT))
    expected = {o for o, told in loops(rows, DISTRICT).items() if told["gross"] or told["complaints"]}
    found = page(session, inspector, now=NOW, least=1).rows
    assert {row["id"] for row in found} == expected
    assert {row["id"]: row["gross"] for row in found} == {
        made: len(told["gross"]) for made, told in loops(rows, DISTRICT).items() if made in expected
    }
    with pytest.raises(InvalidInput):
        page(session, inspector, now=NOW, area="000000000")


def an_audited_operator(world: World, **about: Any) -> UUID:
    """An operator with a facility in which two gross violations stand, one of them declared remedied."""
    operator = an_operator(world, **about)
    world.add(Operator(**operator))
    world.add(Home(id=operator["id"], region=REGION, kind="operator"))
    facility = world.facility(operator_id=operator["id"], name_ru="Поликлиника", address_ru="ул. Абая, 1")
    world.prescribe(world.audited(facility, {**PASSES, STEP: FAILS[STEP], DOOR: FAILS[DOOR]}))
    world.decide(facility, DOOR, DecisionKind.DECLARE)
    made: UUID = operator["id"]
    return made


def test_a_letter_says_what_stands_when_it_was_due_and_what_was_declared(world: World, session: Session) -> None:
    operator = an_audited_operator(world, tax_id="490140000012")
    due = world.rows(Violation)[0].due_on
    assert due is not None
    world.clock.now = NOW + timedelta(days=(due - TODAY).days + 1)
    said = exclusion_letter(session, world.caller(world.head), operator, now=world.clock())
    assert (said.gross, said.overdue, said.oldest_due_on, said.others) == (2, 2, due, 0)
    assert said.number == "490140000012"
    (site,) = said.sites
    assert (site.name["ru"], site.address["ru"]) == ("Поликлиника", "ул. Абая, 1")
    assert {(told.declared, told.overdue, told.prescription is not None) for told in site.violations} == {
        (True, True, True),
        (False, True, True),
    }


def test_a_complaint_alone_is_enough_for_a_letter_and_nothing_is_not(world: World, session: Session) -> None:
    operator = an_operator(world)
    world.add(Operator(**operator))
    world.add(Home(id=operator["id"], region=REGION, kind="operator"))
    facility = world.facility(operator_id=operator["id"])
    head = world.caller(world.head)
    with pytest.raises(DoesNotApply):
        exclusion_letter(session, head, operator["id"], now=NOW)
    (row,) = world.rows(Facility, Facility.id == facility)
    about = {"id": world.new_id(), "source": "complaint", "visits": 1, "period_from": TODAY, "period_to": TODAY}
    placed = of({column.name: getattr(row, column.name) for column in Facility.__table__.columns})
    with noticing():
        session.execute(insert(UseRecord), [placed | about | {"completeness": 1.0, "recorded_at": NOW}])
    said = exclusion_letter(session, head, operator["id"], now=NOW)
    assert (said.gross, said.complaints, said.sites) == (0, 1, [])


def test_an_operator_that_one_may_not_see_gets_no_letter(world: World, session: Session) -> None:
    operator = an_audited_operator(world)
    stranger = world.caller(world.person(Role.HEAD, OTHER_REGION))
    for made in (operator, world.new_id()):
        with pytest.raises(NotFound):
            exclusion_letter(session, stranger, made, now=NOW)
