import json
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from inspection.errors import InvalidInput
from inspection.intake import content_hash, keep
from inspection.json_bodies import read_body
from inspection.tables.intake import IntakeRow, IntakeState
from tests.inspection.world import FAILS, PASSES, World


def nested(depth: int) -> Any:
    deep: Any = 1
    for _ in range(depth):
        deep = [deep]
    return deep


def test_the_order_of_keys_and_what_the_transport_adds_make_no_other_document() -> None:
    sent = {"b": {"y": 1, "x": [1, 2]}, "a": None}
    again = {"rev": 7, "a": None, "b": {"x": [1, 2], "y": 1}, "_deleted": False}
    assert content_hash(sent) == content_hash(again)


@pytest.mark.parametrize("other", [{"a": 2}, {"a": 1, "b": None}, {"a": True}, {"a": "1"}, {"a": [1]}, {}])
def test_any_other_content_is_another_document(other: dict[str, Any]) -> None:
    assert content_hash({"a": 1}) != content_hash(other)


@pytest.mark.parametrize("value", ["\ud83d", 10**30, -(2**64), nested(300), {"\ud800": 1}])
def test_what_the_fast_library_cannot_spell_has_its_hash_too(value: Any) -> None:
    first, again = {"a": value, "b": 1}, {"b": 1, "a": value}
    assert content_hash(first) == content_hash(again) != content_hash({"a": value, "b": 2})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [{"x": math.nan}]])
def test_a_number_that_is_none_makes_another_document_than_null(value: Any) -> None:
    assert content_hash({"a": value}) == content_hash({"a": value})
    assert content_hash({"a": value}) != content_hash({"a": None if isinstance(value, float) else [{"x": None}]})


def test_what_nobody_can_spell_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput):
        content_hash({"a": nested(200_000)})


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'{"a": "\\ud83d"}', {"a": "\ud83d"}),
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890.0}),
        (b'{"a": 1e400}', {"a": float("inf")}),
        (b'{"a": -Infinity}', {"a": float("-inf")}),
        (b'{"a": ' + b"1" * 400 + b"}", {"a": int("1" * 400)}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    ],
)
def test_one_cut_emoji_or_huge_number_does_not_make_a_body_illegible(body: bytes, read: Any) -> None:
    assert read_body(body) == read


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b'{"a": nan}', b"[" * 100_000, b"1" * 10_000])
def test_what_is_no_json_is_refused_with_one_fault(body: bytes) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_body(body)
    assert [fault.pointer for fault in refusal.value.faults] == [""]


def test_what_is_kept_is_kept_as_it_came(world: World) -> None:
    document = world.document(world.facility(), FAILS, note="")
    device = world.device(world.inspector)
    device_time = world.clock() - timedelta(hours=3)
    (key,) = world.keep(document, device_id=device, device_time=device_time)
    (row,) = world.rows(IntakeRow)
    assert row.body == json.dumps(document).encode()
    assert (row.person_id, row.device_id, row.device_time) == (world.inspector, device, device_time)
    assert (row.received_at, row.state, row.attempts) == (world.clock(), IntakeState.KEPT, 0)
    assert row.content_hash == key.content_hash == content_hash(orjson.loads(row.body))


def test_a_second_receipt_changes_nothing_not_even_its_times(world: World) -> None:
    received = world.received(world.document(world.facility(), FAILS))
    with world.unit() as unit:
        assert keep(unit, [received]) == {received.key}
    first = world.clock()
    world.clock.advance(hours=1)
    with world.unit() as unit:
        assert keep(unit, [replace(received, body=b"{}", person_id=world.colleague)]) == set()
    (row,) = world.rows(IntakeRow)
    assert (row.received_at, row.person_id, row.body) == (first, world.inspector, received.body)


def test_another_body_under_the_same_id_is_kept_beside_the_first(world: World) -> None:
    facility = world.facility()
    first = world.document(facility, FAILS)
    world.keep(first, {**first, "ground": "unscheduled"}, first)
    assert {row.document_id for row in world.rows(IntakeRow)} == {UUID(first["id"])}
    assert len(world.rows(IntakeRow)) == 2


def test_keeping_nothing_keeps_nothing(world: World) -> None:
    with world.unit() as unit:
        assert keep(unit, []) == set()


def test_five_hundred_documents_are_kept_in_one_unit(world: World) -> None:
    facility = world.facility()
    plain = world.document(facility, PASSES)
    world.keep(*({**plain, "id": str(world.new_id())} for _ in range(500)))
    assert len(world.rows(IntakeRow)) == 500
