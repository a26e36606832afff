import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.errors import Fault
from inspection.forms import MOST_FAULTS, Fields

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=6,
)
READERS: dict[str, Callable[[Fields], Any]] = {
    "text": lambda f: f.text("x", longest=20),
    "token": lambda f: f.token("x"),
    "uuid": lambda f: f.uuid("x"),
    "instant": lambda f: f.instant("x"),
    "day": lambda f: f.day("x"),
    "number": lambda f: f.number("x", -90, 90),
    "integer": lambda f: f.integer("x", 0, 10),
    "flag": lambda f: f.flag("x"),
    "word": lambda f: f.word("x", ["yes", "no"]),
    "object": lambda f: f.object("x"),
    "objects": lambda f: list(f.objects("x", most=2)),
}
UUID_TEXT = "7d444840-9dc0-41d1-b245-5ffdce74fad2"


def read(reader: str, value: Any) -> tuple[Any, list[Fault]]:
    """What a reader makes of the value of field x, and the faults it notes."""
    faults: list[Fault] = []
    return READERS[reader](Fields({"x": value}, "/at", faults)), faults


@pytest.mark.parametrize("reader", READERS)
@given(value=ANYTHING)
def test_no_value_makes_a_reader_raise_and_what_is_not_read_has_a_complete_fault(reader: str, value: Any) -> None:
    found, faults = read(reader, value)
    if found is None and value is not None and (reader, value) != ("text", ""):
        assert faults
    for fault in faults:
        assert fault.pointer.startswith("/at")
        assert fault.reason
        assert fault.accepted
        (fault.pointer + fault.reason + fault.accepted).encode()


@pytest.mark.parametrize(
    ("reader", "value", "found"),
    [
        ("text", "дом", "дом"),
        ("text", "", None),
        ("text", "a" * 20, "a" * 20),
        ("token", "east-2", "east-2"),
        ("uuid", UUID_TEXT.upper(), UUID(UUID_TEXT)),
        ("instant", "2026-03-16T14:00:00+05:00", datetime(2026, 3, 16, 9, tzinfo=UTC)),
        ("instant", "2026-03-16T09:00:00.123456Z", datetime(2026, 3, 16, 9, 0, 0, 123456, tzinfo=UTC)),
        ("day", "2028-02-29", date(2028, 2, 29)),
        ("number", 90, 90.0),
        ("number", -90.0, -90.0),
        ("integer", 10, 10),
        ("flag", True, True),
        ("word", "no", "no"),
    ],
)
def test_what_fits_is_read(reader: str, value: Any, found: Any) -> None:
    assert read(reader, value) == (found, [])


def test_an_empty_text_is_a_fault_where_a_text_is_required() -> None:
    faults: list[Fault] = []
    assert Fields({"x": ""}, "", faults).text("x", required=True) is None
    assert [fault.pointer for fault in faults] == ["/x"]


def test_a_field_with_an_empty_text_is_known() -> None:
    faults: list[Fault] = []
    fields = Fields({"x": ""}, "", faults)
    fields.text("x")
    fields.close()
    assert faults == []


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("text", "   "),
        ("text", "\u200b\u00a0\n"),
        ("text", "a" * 21),
        ("text", "a\x00b"),
        ("text", "\ud83d"),
        ("text", 5),
        ("token", "два"),
        ("token", "a" * 65),
        ("token", "a\n"),
        ("uuid", UUID_TEXT.replace("-", "")),
        ("uuid", "7d4448409dc041d1b2455ffdce74fad2----"),
        ("uuid", "{7d4448409dc041d1b2455ffdce74fad2}--"),
        ("uuid", UUID_TEXT.replace("7", "\u0667")),
        ("instant", "2026-03-16T14:00:00"),
        ("instant", "2026-03-16T14:00:00+99:00"),
        ("instant", "0001-01-01T00:00:00+05:00"),
        ("instant", "9999-12-31T23:59:59-05:00"),
        ("instant", "2026-02-30T00:00:00Z"),
        ("instant", 1773651600),
        ("day", "2026-02-29"),
        ("day", "2026-W12-1"),
        ("day", "16.03.2026"),
        ("number", True),
        ("number", "5"),
        ("number", math.nan),
        ("number", math.inf),
        ("number", 10**400),
        ("number", 90.0001),
        ("integer", True),
        ("integer", 3.0),
        ("integer", -1),
        ("flag", 1),
        ("word", "maybe"),
        ("word", ["yes"]),
        ("object", []),
        ("objects", {}),
        ("objects", [{}, {}, {}]),
        ("objects", [{}, 5]),
    ],
)
def test_what_does_not_fit_is_one_fault_at_its_pointer(reader: str, value: Any) -> None:
    _, faults = read(reader, value)
    assert [fault.pointer.removesuffix("/1") for fault in faults] == ["/at/x"]


def test_a_missing_field_is_a_fault_only_where_it_is_required() -> None:
    faults: list[Fault] = []
    for document in ({"y": None}, {"x": None}):
        fields = Fields(document, "", faults)
        assert fields.text("x") is None
        assert faults == []
        assert fields.text("x", required=True) is None
        assert faults.pop().pointer == "/x"


def test_a_document_that_is_no_object_is_one_fault_at_the_whole_of_it() -> None:
    documents: tuple[object, ...] = (None, [], "x", 5)
    for document in documents:
        faults: list[Fault] = []
        Fields(document, "", faults).close()
        assert [fault.pointer for fault in faults] == [""]


def test_fields_that_nobody_asked_for_are_refused_and_the_known_ones_named() -> None:
    faults: list[Fault] = []
    fields = Fields({"a": 1, "b": 2, "rev": 3}, "/answers/4", faults)
    fields.integer("a", 0, 9)
    fields.close(ignored={"rev"})
    assert faults == [Fault("/answers/4/b", "this field is not known here", "one of: a")]


@pytest.mark.parametrize(
    ("name", "pointer"), [("a/b~c", "/a~1b~0c"), ("\x00", "/\ufffd"), ("\ud800", "/\ufffd"), ("", "/")]
)
def test_the_name_of_an_unknown_field_is_a_pointer_that_every_database_can_hold(name: str, pointer: str) -> None:
    faults: list[Fault] = []
    Fields({name: 1}, "", faults).close()
    assert [fault.pointer for fault in faults] == [pointer]


def test_a_hostile_document_gets_no_more_faults_than_anybody_reads() -> None:
    faults: list[Fault] = []
    Fields({str(n): n for n in range(100_000)}, "", faults).close()
    assert len(faults) == MOST_FAULTS
