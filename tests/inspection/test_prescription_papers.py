"""What the paper of a prescription says, frozen when it is issued."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import update

from inspection.criteria import Source
from inspection.history import DecisionKind
from inspection.prescription_papers import held
from inspection.tables.operators import Operator, SizeClass
from inspection.tables.prescription_papers import PrescriptionPaper
from inspection.tables.prescriptions import Department, Prescription
from inspection.taxpayers import make_bin
from tests.inspection.photos import photo_of, push_photos
from tests.inspection.world import (
    COUNTRY,
    DESK,
    DISTRICT,
    DOOR,
    FAILS,
    PASSES,
    REGION,
    STEP,
    TACTILE,
    World,
    small_checklist,
)

IIN = "000101500005"


def content(world: World, prescription: UUID | None = None) -> Any:
    rows = world.rows(PrescriptionPaper, *([PrescriptionPaper.id == prescription] if prescription else []))
    assert len(rows) == 1
    return rows[0].content


def operator(world: World, **about: Any) -> UUID:
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    plain = {"name_kk": "«Үлгі» ЖШС", "name_ru": "ТОО «Пример»", "size_class": SizeClass.SMALL.value}
    times = {"created_at": world.clock(), "updated_at": world.clock()}
    return world.add(Operator(**{"id": world.new_id(), **place, **plain, **times, **about})).id


def test_items_stand_in_their_order_with_value_and_limit_as_they_were_judged(world: World) -> None:
    issued = world.prescribe(world.audited(world.facility(), FAILS))
    kept = content(world)
    assert [item["position"] for item in kept["items"]] == [1, 2, 3, 4]
    assert [(item["value"], item["unit"], item["limit"]) for item in kept["items"]] == [
        (0.75, "m", "≥ 0.9"),
        (0.05, "m", "≤ 0.014"),
        (False, None, "true"),
        ("high", None, "low"),
    ]
    assert {item["due_on"] for item in kept["items"]} == {"2026-04-15"}
    assert (kept["number"], kept["issued_on"]) == ("АЛ-2026-000001", issued.issued_on.isoformat())


def test_the_hash_is_of_the_content_as_it_is_read_back(world: World) -> None:
    world.prescribe(world.audited(world.facility(), FAILS))
    (row,) = world.rows(PrescriptionPaper)
    digest = hashlib.sha256(orjson.dumps(row.content, option=orjson.OPT_SORT_KEYS)).digest()
    assert bytes(row.content_hash) == digest


def test_header_basis_subject_and_object_are_as_the_tables_said(world: World) -> None:
    number = make_bin(7)
    facility = world.facility(operator_id=operator(world, tax_id=number), address_ru="ул. Примерная, 1")
    world.prescribe(world.audited(facility, FAILS))
    kept = content(world)
    assert kept["department"] == {"kk": "бөлім", "ru": "отдел"}
    assert kept["subject"] == {
        "name": {"kk": "«Үлгі» ЖШС", "ru": "ТОО «Пример»"},
        "bin": number,
        "address": None,
        "kato": DISTRICT,
    }
    assert kept["object"]["name"]["ru"] == "Выдуманная поликлиника"
    assert kept["object"]["address"] == {"kk": "ул. Примерная, 1", "ru": "ул. Примерная, 1"}
    assert kept["object"]["size"] == "small"
    assert kept["period"] == {"from": "2026-03-15", "to": "2026-03-15"}
    assert kept["inspector"].startswith("Выдуманный")


def test_a_persons_own_number_is_never_on_the_paper(world: World) -> None:
    world.prescribe(world.audited(world.facility(operator_id=operator(world, tax_id=IIN)), FAILS))
    assert content(world)["subject"]["bin"] is None
    assert IIN not in orjson.dumps(content(world)).decode()


def test_without_an_operator_the_subject_is_left_to_the_pen(world: World) -> None:
    world.prescribe(world.audited(world.facility(), FAILS))
    assert content(world)["subject"] is None


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (Source("СП РК 3.06-101-2012*", "4.3.2.20", verified=True), ("СП РК 3.06-101-2012*", "4.3.2.20")),
        (Source("СП РК 3.06-101-2012*", "4.3.2.20", verified=False), (None, None)),
        (Source("СП РК 3.06-101-2012*", None, verified=True), (None, None)),
    ],
)
def test_a_norm_is_named_only_with_a_clause_that_somebody_has_read(
    world: World, source: Source, printed: tuple[str | None, str | None]
) -> None:
    checklist = small_checklist("1.1.0")
    criteria = {name: replace(criterion, source=source) for name, criterion in checklist.criteria.items()}
    published = world.publish(replace(checklist, criteria=criteria))
    world.prescribe(world.audited(world.facility(), {DOOR: FAILS[DOOR]}, checklist=str(published)))
    (item,) = content(world)["items"]
    assert (item["norm"], item["clause"]) == printed


def test_a_later_checklist_name_extension_and_audit_change_nothing(world: World) -> None:
    facility = world.facility(operator_id=operator(world))
    issued = world.prescribe(world.audited(facility, FAILS))
    (before,) = world.rows(PrescriptionPaper)
    world.publish(small_checklist("2.0.0", highest_step=0.02))
    world.decide(facility, DOOR, DecisionKind.EXTEND, until=issued.issued_on + timedelta(days=200))
    with world.unit() as unit:
        unit.session.execute(update(Operator).values(name_ru="другое"))
        unit.session.execute(update(Department).values(name_ru="другой"))
    world.audited(facility, {STEP: 0.09, TACTILE: PASSES[TACTILE], DESK: PASSES[DESK]})
    (after,) = world.rows(PrescriptionPaper)
    assert (after.content, after.content_hash, after.rev) == (before.content, before.content_hash, before.rev)


def test_what_a_correction_does_not_judge_is_printed_as_the_first_audit_found_it(world: World) -> None:
    facility = world.facility()
    first = world.audited(facility, FAILS)
    corrected = world.audited(facility, {DOOR: 0.7}, corrects=str(first))
    world.prescribe(corrected)
    assert [item["value"] for item in content(world)["items"]] == [0.7, 0.05, False, "high"]


def test_automatic_prescriptions_have_papers_too(world: World) -> None:
    with world.unit() as unit:
        unit.session.execute(update(Department).values(issues_automatically=True))
    documents = [world.document(world.facility(), FAILS) for _ in range(3)]
    world.push(*documents)
    papers = {row.id: row.content["number"] for row in world.rows(PrescriptionPaper)}
    assert papers.keys() == {row.id for row in world.rows(Prescription)}
    assert len(set(papers.values())) == 3


def test_photos_are_numbered_in_the_order_of_items_and_only_of_what_is_prescribed(world: World) -> None:
    audit = world.audited(world.facility(), {STEP: FAILS[STEP], DOOR: FAILS[DOOR], TACTILE: PASSES[TACTILE]})
    photos = [
        photo_of(world, audit, criterion=criterion, content=criterion.encode() + bytes([n]))
        for n, criterion in enumerate((STEP, STEP, DOOR, TACTILE))
    ]
    push_photos(world, *photos)
    world.prescribe(audit)
    kept = content(world)
    assert [item["photos"] for item in kept["items"]] == [[1], [2, 3]]  # door before step
    assert [(photo["number"], photo["item"]) for photo in kept["photos"]] == [(1, 1), (2, 2), (3, 2)]
    assert kept["photos"][0]["sha256"] == photos[2]["sha256"]
    (row,) = world.rows(PrescriptionPaper)
    with world.unit() as unit:
        paper = held(unit.session, (row.home_region, row.id))
    assert paper is not None
    assert paper.seen == frozenset()
