"""The violation list against plain loops over the same rows, on both databases."""

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import delete, event, select, true
from sqlalchemy.orm import Session

from inspection import facilities, violation_details, violation_filters, violation_statements, violations
from inspection.access import Caller, HeldGrant
from inspection.bulk import insert_rows, update_rows
from inspection.criteria import Severity
from inspection.errors import InvalidInput, NotFound
from inspection.history import DecisionKind
from inspection.keyset import write_cursor
from inspection.tables.areas import Level
from inspection.tables.facilities import Facility
from inspection.tables.feed import FeedRow
from inspection.tables.operators import Ownership
from inspection.tables.people import Role
from inspection.tables.violations import Violation, ViolationState
from inspection.violation_filters import Filters
from inspection.violation_orders import Sort
from tests.clock import NOW
from tests.inspection.violation_samples import OFFICES, TODAY, Row, Samples, expected, fill, violation
from tests.inspection.world import (
    COUNTRY,
    DESK,
    DISTRICT,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_DISTRICT,
    OTHER_REGION,
    REGION,
    STEP,
    World,
)

EVERY_STATE = tuple(ViolationState)
FILTERS = (
    Filters(),
    Filters(states=EVERY_STATE),
    Filters(states=(ViolationState.OPEN,), severity=Severity.GROSS),
    Filters(states=(ViolationState.DECLARED,)),
    Filters(states=(ViolationState.RELEASED, ViolationState.OPEN), ownership=Ownership.STATE),
    Filters(overdue=True),
    Filters(overdue=False, states=EVERY_STATE),
    Filters(group="vision", kind="pharmacy"),
    Filters(zone="route", criterion=DOOR, states=EVERY_STATE),
    Filters(area=REGION),
    Filters(area=NEIGHBOUR, overdue=False),
    Filters(area=COUNTRY, severity=Severity.MINOR),
    Filters(due_before=TODAY, due_after=TODAY - timedelta(days=3)),
    Filters(prescribed=True, states=EVERY_STATE),
    Filters(prescribed=False),
    Filters(office=OFFICES[0]),
    Filters(office=OFFICES[1], states=EVERY_STATE, severity=Severity.GROSS),
    Filters(explanation_overdue=True),
    Filters(explanation_overdue=True, states=EVERY_STATE, office=OFFICES[0]),
    Filters(explanation_overdue=False, overdue=True),
    Filters(text="поликл айгөлек"),
    Filters(text="shugyla", states=EVERY_STATE, overdue=True),
    Filters(text=STEP.split("-", maxsplit=1)[0]),
)


@pytest.fixture
def samples(world: World) -> Samples:
    return fill(world, 150)


@pytest.fixture
def callers(world: World) -> dict[str, Caller]:
    """People whose grants cover the country, a region, one district, several, and areas within each other."""
    granted: dict[str, Sequence[tuple[Role, str]]] = {
        "country": [(Role.MINISTRY, COUNTRY)],
        "region": [(Role.HEAD, REGION)],
        "district": [(Role.AKIMAT, DISTRICT)],
        "districts": [(Role.AKIMAT, code) for code in (DISTRICT, NEIGHBOUR, OTHER_DISTRICT)],
        "within": [(Role.HEAD, REGION), (Role.AKIMAT, DISTRICT), (Role.AKIMAT, OTHER_DISTRICT)],
        "nowhere": [],
    }
    people = {}
    for name, grants in granted.items():
        person = people[name] = world.person()
        for role, area in grants:
            world.grant(person, role, area)
    return {name: world.caller(person) for name, person in people.items()}


def walk(session: Session, caller: Caller, *, limit: int = 16, **about: Any) -> Iterator[Row]:
    """All rows of a list, page by page."""
    cursor: str | None = None
    while True:
        page = violations.page(session, caller, now=NOW, cursor=cursor, limit=limit, **about)
        assert len(page.rows) == limit or page.next_cursor is None
        yield from map(orjson.loads, page.rows)
        if (cursor := page.next_cursor) is None:
            return


@pytest.mark.parametrize("sort", list(Sort))
def test_the_list_of_one_facility_holds_its_violations_in_the_same_order(
    session: Session, samples: Samples, callers: dict[str, Caller], sort: Sort
) -> None:
    facilities = {v["facility_id"] for v in samples.violations}
    caller, seen = callers["country"], 0
    for filters in (Filters(facility=one, states=EVERY_STATE) for one in sorted(facilities)[:4]):
        found = ids(walk(session, caller, filters=filters, sort=sort, limit=2))
        assert found == expected(samples, caller, filters, sort)
        page = violations.page(session, caller, now=NOW, filters=filters, sort=sort, total=True)
        assert page.total == len(found)
        assert ids(walk(session, callers["nowhere"], filters=filters, sort=sort)) == []
        seen += len(found)
    assert seen


def test_a_text_with_nothing_to_search_for_is_refused(session: Session, callers: dict[str, Caller]) -> None:
    for caller in callers.values():
        with pytest.raises(InvalidInput) as refused:
            violations.page(session, caller, now=NOW, filters=Filters(text="№ —"))
        assert [fault.pointer for fault in refused.value.faults] == ["/text"]


def page_of(session: Session, caller: Caller, *, now: datetime = NOW, **about: Any) -> list[Row]:
    """The rows of one page, as a client reads them."""
    return [orjson.loads(row) for row in violations.page(session, caller, now=now, **about).rows]


def ids(rows: Iterable[Row]) -> list[UUID]:
    return [UUID(row["id"]) for row in rows]


@contextmanager
def sent_in(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """The statements sent in the block, with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(session.connection(), "before_cursor_execute", note)
    yield sent
    event.remove(session.connection(), "before_cursor_execute", note)


@pytest.mark.parametrize("sort", list(Sort))
def test_every_list_holds_what_loops_find_in_the_order_that_sorting_gives(
    session: Session, samples: Samples, callers: dict[str, Caller], sort: Sort
) -> None:
    for number, filters in enumerate(FILTERS):
        few = ("country", "districts") if number > 3 else callers
        for name in few:
            caller = callers[name]
            found = ids(walk(session, caller, filters=filters, sort=sort))
            assert found == expected(samples, caller, filters, sort), (filters, name)


@pytest.mark.parametrize("sort", list(Sort))
def test_walking_indexes_and_sorting_everything_give_the_same_list(
    session: Session, samples: Samples, callers: dict[str, Caller], sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = callers["districts"]
    walked = ids(walk(session, caller, filters=Filters(), sort=sort))
    violation_statements.walked.cache_clear()
    monkeypatch.setattr(violation_statements, "MOST_PIECES", 0)
    assert ids(walk(session, caller, filters=Filters(), sort=sort)) == walked
    violation_statements.walked.cache_clear()
    assert len(walked) > 20


def test_the_total_counts_all_pages_and_is_absent_unless_asked_for(
    session: Session, samples: Samples, callers: dict[str, Caller]
) -> None:
    for filters, caller in product(FILTERS, callers.values()):
        page = violations.page(session, caller, now=NOW, filters=filters, limit=1, total=True)
        assert page.total == len(expected(samples, caller, filters, Sort.DUE))
        assert violations.page(session, caller, now=NOW, filters=filters, limit=1).total is None


@pytest.mark.parametrize("sort", list(Sort))
def test_rows_added_while_pages_are_read_neither_repeat_nor_hide_others(
    world: World, session: Session, samples: Samples, callers: dict[str, Caller], sort: Sort
) -> None:
    caller, source = callers["country"], random.Random(7)
    before = expected(samples, caller, Filters(), sort)
    found: list[UUID] = []
    for row in walk(session, caller, filters=Filters(), sort=sort, limit=10):
        found.append(UUID(row["id"]))
        like = source.choice(samples.violations)
        audit = {**like, "id": like["last_audit_id"]}
        with world.unit() as unit:
            insert_rows(unit.session, Violation, [violation(world.new_id, source, audit)])
        if len(found) > 2000:
            break  # every row may bring another one behind it
    assert len(set(found)) == len(found)
    assert set(before[: len(before) // 2]) <= set(found)


@pytest.mark.parametrize("sort", list(Sort))
def test_a_page_takes_two_statements_and_one_for_its_offices_at_most_however_many_rows_it_has(
    session: Session, samples: Samples, callers: dict[str, Caller], sort: Sort
) -> None:
    for caller in (callers["country"], callers["districts"]):
        for limit in (1, 200):
            violations.page(session, caller, now=NOW, filters=Filters(), sort=sort, limit=limit)
            with sent_in(session) as sent:
                violations.page(session, caller, now=NOW, filters=Filters(), sort=sort, limit=limit)
            naming = [statement for statement, _ in sent if "FROM offices" in statement]
            assert len(naming) <= 1
            assert 1 <= len(sent) - len(naming) <= 2


def test_the_offices_of_a_page_are_named_by_one_statement_more_and_none_without(
    session: Session, samples: Samples, callers: dict[str, Caller]
) -> None:
    caller = callers["country"]
    for wanted, statements in ((Filters(office=OFFICES[0]), 1), (Filters(office=UUID(int=5)), 0)):
        with sent_in(session) as sent:
            rows = page_of(session, caller, filters=wanted, sort=Sort.OPENED, limit=200)
        assert len([statement for statement, _ in sent if "FROM offices" in statement]) == statements
        assert {row["responsible"]["name_ru"] for row in rows} == ({"Управление 7001"} if statements else set())


@pytest.mark.parametrize(
    ("sort", "filters"),
    [(Sort.OPENED, Filters()), (Sort.DUE, Filters(kind="school")), (Sort.DUE, Filters(states=EVERY_STATE))],
)
def test_a_cursor_of_another_order_or_other_filters_is_refused_by_name(
    session: Session, samples: Samples, callers: dict[str, Caller], sort: Sort, filters: Filters
) -> None:
    cursor = violations.page(session, callers["country"], now=NOW, filters=Filters(), sort=Sort.DUE).next_cursor
    assert cursor
    with pytest.raises(InvalidInput) as refused:
        violations.page(session, callers["country"], now=NOW, filters=filters, sort=sort, cursor=cursor)
    assert [fault.pointer for fault in refused.value.faults] == ["/cursor"]


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        (Sort.OPENED, ["0001-01-01T00:00:00+05:00", str(UUID(int=0))]),
        (Sort.OPENED, ["2026-01-01\0", str(UUID(int=0))]),
        (Sort.DUE, ["2026-02-30", "2026-01-01", str(UUID(int=0))]),
        (Sort.DUE, ["2026-01-01", "2026-01-01", 5]),
        (Sort.OBSTRUCTED, [True, "2026-01-01", str(UUID(int=0))]),
    ],
)
def test_a_cursor_with_an_impossible_position_is_refused_and_reaches_no_database(
    session: Session, callers: dict[str, Caller], sort: Sort, key: list[Any]
) -> None:
    made_up = write_cursor(f"{sort}/{Filters().fingerprint()}/0", key)
    with pytest.raises(InvalidInput):
        violations.page(session, callers["country"], now=NOW, filters=Filters(), sort=sort, cursor=made_up)


def test_an_area_that_is_not_known_is_refused(session: Session, callers: dict[str, Caller]) -> None:
    with pytest.raises(InvalidInput) as refused:
        violations.page(session, callers["region"], now=NOW, filters=Filters(area="999999999"))
    assert [fault.pointer for fault in refused.value.faults] == ["/area"]


def test_an_area_outside_the_grants_is_an_empty_list_not_a_refusal(
    session: Session, samples: Samples, callers: dict[str, Caller]
) -> None:
    page = violations.page(session, callers["region"], now=NOW, filters=Filters(area=OTHER_REGION), total=True)
    assert (page.rows, page.next_cursor, page.total) == ([], None, 0)


@pytest.mark.parametrize(
    ("moment", "overdue"),
    [(datetime(2026, 3, 15, 18, 59, tzinfo=UTC), False), (datetime(2026, 3, 15, 19, 0, tzinfo=UTC), True)],
)
def test_a_violation_is_overdue_from_the_local_midnight_after_its_day(
    world: World, session: Session, callers: dict[str, Caller], moment: datetime, overdue: bool
) -> None:
    fill(world, 1)
    stands = {"state": "open", "due_on": date(2026, 3, 15), "country": "KZ"}
    with world.unit() as unit:
        update_rows(unit.session, Violation, true(), stands)
    (row,) = page_of(session, callers["country"], now=moment, filters=Filters())
    assert (row["overdue"], row["days_left"]) == (overdue, -1 if overdue else 0)
    found = page_of(session, callers["country"], now=moment, filters=Filters(overdue=True))
    assert bool(found) == overdue


def test_in_the_hour_between_two_countries_midnights_each_is_late_by_its_own_clock(
    world: World, session: Session
) -> None:
    samples = fill(world, 2)
    kz, kg = (row["id"] for row in samples.violations)
    with world.unit() as unit:
        update_rows(unit.session, Violation, true(), {"state": "open", "due_on": date(2026, 3, 15)})
        update_rows(unit.session, Violation, Violation.id == kg, {"country": "KG"})
    person = world.person(Role.MINISTRY, COUNTRY)
    moment = datetime(2026, 3, 15, 18, 30, tzinfo=UTC)  # 23:30 in Astana, 00:30 in Bishkek
    both = Caller(person, "", "kk", tuple(HeldGrant(Role.MINISTRY, c, Level.COUNTRY) for c in ("KG", "KZ")))
    assert ids(page_of(session, both, now=moment, filters=Filters(overdue=True))) == [kg]
    assert kz != kg


def test_an_obstruction_nobody_has_computed_is_unknown_and_never_zero(
    session: Session, samples: Samples, callers: dict[str, Caller]
) -> None:
    shown = {UUID(row["id"]): row["obstructed"] for row in walk(session, callers["country"], filters=Filters())}
    held = {v["id"]: v["obstructed"] for v in samples.violations}
    states = {name: "unknown" if held[name] is None else "known" for name in shown}
    assert shown == {name: {"state": states[name], "visits_a_month": held[name]} for name in shown}
    assert set(states.values()) == {"known", "unknown"}


def test_a_row_names_the_facility_operator_audit_and_requirement(
    session: Session, samples: Samples, callers: dict[str, Caller]
) -> None:
    filters = Filters(criterion=DESK, states=EVERY_STATE, area=REGION)
    for row in walk(session, callers["country"], filters=filters):
        facility = samples.facilities[UUID(row["facility_id"])]
        assert row["facility"]["name_kk"] == facility["name_kk"]
        assert row["criterion"] == DESK
        assert (row["operator"] and UUID(row["operator"]["id"])) == facility["operator_id"]
        assert row["last_audit"]["number"] == "АН-1"


def test_the_grants_are_applied_to_the_rows_even_if_the_areas_covered_were_wrong(
    session: Session, samples: Samples, callers: dict[str, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = violation_filters.scopes(session, callers["country"], None)
    monkeypatch.setattr("inspection.violations.scopes", lambda *_: wrong)
    page = violations.page(session, callers["district"], now=NOW, filters=Filters(), limit=200, total=True)
    assert {orjson.loads(row)["district_code"] for row in page.rows} == {DISTRICT}
    assert page.total == len(page.rows)


def test_one_violation_shows_its_episodes_decisions_and_what_was_told(
    world: World, session: Session, callers: dict[str, Caller]
) -> None:
    facility = world.facility(operator_id=None)
    audit = world.audited(facility, FAILS)
    prescription = world.prescribe(audit)
    world.decide(facility, STEP, DecisionKind.EXTEND, until=date(2026, 12, 1))
    held = world.violation(facility, STEP)
    shown = violation_details.one(session, callers["region"], held.id, now=NOW)
    assert [episode["fails"] for episode in shown["episodes"]] == [[str(audit)]]
    assert [decision["kind"] for decision in shown["decisions"]] == ["extend"]
    assert [told["say"] for told in shown["told"]] == ["prescribed"]
    assert shown["prescription"]["id"] == prescription.id
    assert shown["due_on"] == "2026-12-01"
    assert shown["extended_until"]


@pytest.mark.parametrize("name", ["district", "nowhere"])
def test_a_violation_outside_the_grants_answers_like_one_that_does_not_exist(
    world: World, session: Session, callers: dict[str, Caller], name: str
) -> None:
    facility = world.facility(district_code=NEIGHBOUR)
    world.audited(facility, FAILS)
    held = world.violation(facility, STEP)
    said = []
    for wanted in (held.id, UUID(int=5)):
        with pytest.raises(NotFound) as refused:
            violation_details.one(session, callers[name], wanted, now=NOW)
        said.append((refused.value.message, refused.value.members))
    assert said[0] == said[1]


def test_a_facility_that_was_renamed_is_found_and_shown_under_its_new_name(
    world: World, session: Session, samples: Samples, callers: dict[str, Caller]
) -> None:
    one = samples.violations[0]["facility_id"]
    with world.unit() as unit:
        held = unit.session.scalars(select(Facility).where(Facility.id == one)).one()
        fields = {name: getattr(held, name) for name in facilities.FIELDS}
        facilities.apply(unit, held, {**fields, "name_kk": "Тұңғыш"}, None)
    filters = Filters(text="тұңғыш", states=EVERY_STATE)
    rows = page_of(session, callers["country"], filters=filters, limit=200)
    assert {(UUID(row["facility_id"]), row["facility"]["name_kk"]) for row in rows} == {(one, "Тұңғыш")}


def test_a_row_is_the_document_of_the_feed_and_what_that_leaves_out(
    session: Session, samples: Samples, callers: dict[str, Caller]
) -> None:
    bodies = select(FeedRow.body).where(FeedRow.collection == "violations")
    documents = {document["id"]: document for document in map(orjson.loads, session.scalars(bodies))}
    for row in walk(session, callers["country"], filters=Filters(states=EVERY_STATE)):
        document = documents.pop(row["id"])
        assert document.pop("_deleted") is False
        assert {name: row[name] for name in document} == document
        beside = {"obstructed", "days_left", "overdue", "responsible", "last_act"}
        assert row.keys() - document.keys() == beside
    assert documents == {}


def test_violations_that_the_feed_does_not_hold_are_shown_like_the_others(
    session: Session, samples: Samples, callers: dict[str, Caller]
) -> None:
    filters = Filters(states=EVERY_STATE)
    before = page_of(session, callers["country"], filters=filters, limit=200)
    session.execute(delete(FeedRow))
    assert page_of(session, callers["country"], filters=filters, limit=200) == before
    assert len(before) == len(samples.violations)


def test_a_violation_that_moved_to_another_district_is_shown_as_it_is_now(
    world: World, session: Session, callers: dict[str, Caller]
) -> None:
    (row,) = fill(world, 1).violations
    with world.unit() as unit:
        there = {"region_code": REGION, "district_code": DISTRICT, "place": "side entrance"}
        update_rows(unit.session, Violation, Violation.id == row["id"], there)
    (shown,) = page_of(session, callers["district"], filters=Filters(states=EVERY_STATE))
    assert (shown["district_code"], shown["place"], shown["rev"]) == (DISTRICT, "side entrance", 2)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # PostgreSQL scans whatever is this small
@pytest.mark.parametrize("sort", list(Sort))
def test_first_and_later_pages_of_what_stands_are_read_from_an_index_in_order(
    session: Session, samples: Samples, callers: dict[str, Caller], sort: Sort
) -> None:
    for name in ("country", "region", "district", "districts"):
        for filters in (Filters(), Filters(severity=Severity.GROSS), Filters(overdue=True, group="vision")):
            with sent_in(session) as sent:
                list(walk(session, callers[name], filters=filters, sort=sort, limit=5))
            for statement, parameters in (each for each in sent if " violations" in each[0]):
                plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps = [row[3] for row in plan]
                ours = [step for step in steps if " violations " in step]
                assert ours, steps
                assert all("ix_violations_" in step or "autoindex" in step for step in ours), (
                    name,
                    filters,
                    steps,
                )


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sort", [Sort.DUE, Sort.SEVERITY])
def test_what_an_office_has_and_what_is_not_explained_have_indexes_of_their_own(
    session: Session, samples: Samples, callers: dict[str, Caller], sort: Sort
) -> None:
    wanted = (
        (Filters(office=OFFICES[0]), "ix_violations_office"),
        (
            Filters(explanation_overdue=True),
            "ix_violations_asked_",
        ),
    )
    for name, (filters, index) in product(("country", "region", "districts"), wanted):
        with sent_in(session) as sent:
            page_of(session, callers[name], filters=filters, sort=sort, limit=5)
        statement, parameters = sent[0]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ours = [row[3] for row in plan if " violations " in row[3]]
        assert ours, name
        assert all(index in step for step in ours), (name, ours)
