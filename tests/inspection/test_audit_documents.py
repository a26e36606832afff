import copy
import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspection.audit_documents import MOST_ANSWERS, AuditDocument, Registration, check_days, read_audit
from inspection.clocks import Anchor
from inspection.errors import InvalidInput
from inspection.tables.audits import Ground
from tests.inspection.mutations import mutated

FULL: dict[str, Any] = {
    "id": "00000000-0000-4000-8000-000000000001",
    "facility": "00000000-0000-4000-8000-000000000002",
    "checklist": "00000000-0000-4000-8000-000000000003",
    "ground": "prosecutor",
    "appointment": {"number": "АН-17", "date": "2026-03-10"},
    "ersop": {"number": "2675", "date": None},
    "started_at": "2026-03-16T10:00:00+05:00",
    "finished_at": "2026-03-16T11:10:00+05:00",
    "signed_at": "2026-03-16T11:20:00+05:00",
    "anchor": {"server_time": "2026-03-16T05:00:00Z", "elapsed_ms": 4_800_000, "boot_id": "boot-1"},
    "corrects": "00000000-0000-4000-8000-000000000004",
    "answers": [
        {"criterion": "entrance-step", "value": 3, "unit": "cm", "note": "второй марш"},
        {"criterion": "entrance-step", "place": "east", "state": "not_checked"},
        {"criterion": "entrance-door", "value": 0.85, "relaxed": True, "reason": "памятник"},
        {"criterion": "parking-spaces", "value": 1, "of": 40},
        {"criterion": "service-desk", "value": "low"},
        {"criterion": "route-tactile", "value": False},
    ],
    "alternative": {"wheelchair": "second_entrance", "vision": "none", "hearing": None},
    "fixes": [{"lat": 43.238, "lon": 76.945, "accuracy_m": 6.5, "at": "2026-03-16T10:05:00+05:00"}],
    "use": {
        "source": "statement",
        "visits": 0,
        "period_from": "2026-01-01",
        "period_to": "2026-02-01",
        "completeness": 0.5,
        "attested_zero": True,
    },
}
COUNTED = {**FULL["use"], "source": "counted", "visits": 3, "attested_zero": False}
REQUIRED = ("id", "facility", "checklist", "ground", "started_at", "finished_at", "signed_at", "answers")


def with_changes(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = copy.deepcopy(FULL)
    change(document)
    return document


def days(first: str, last: str) -> dict[str, str]:
    """The period of a use block."""
    return {"period_from": first, "period_to": last}


def at(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets a value deep in a document."""

    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def refused(document: Any) -> list[str]:
    """Pointers of the faults of a document that is refused, each complete and fit to be stored."""
    with pytest.raises(InvalidInput) as refusal:
        read_audit(document)
    for fault in refusal.value.faults:
        assert fault.reason
        assert fault.accepted
        assert "\x00" not in fault.pointer + fault.reason + fault.accepted
        json.dumps(refusal.value.members, ensure_ascii=False).encode()
    return [fault.pointer for fault in refusal.value.faults]


def test_a_full_document_says_what_was_written() -> None:
    read = read_audit(FULL)
    assert (read.id, read.corrects) == (UUID(FULL["id"]), UUID(FULL["corrects"]))
    assert read.ground is Ground.PROSECUTOR
    assert read.appointment == Registration("АН-17", date(2026, 3, 10))
    assert read.ersop == Registration("2675", None)
    assert read.signed_at == datetime(2026, 3, 16, 6, 20, tzinfo=UTC)
    heard = datetime(2026, 3, 16, 5, tzinfo=UTC)
    assert read.anchor == Anchor(heard, timedelta(minutes=80), "boot-1")
    assert [(a.place, a.value, a.state, a.of) for a in read.answers[:4]] == [
        ("main", 3, None, None),
        ("east", None, "not_checked", None),
        ("main", 0.85, None, None),
        ("main", 1, None, 40.0),
    ]
    assert (read.answers[2].relaxed, read.answers[2].reason) == (True, "памятник")
    assert read.alternatives == {"wheelchair": "second_entrance", "vision": "none"}
    assert read.fixes[0].accuracy_m == 6.5
    assert read.use is not None
    assert (read.use.completeness, read.use.attested_zero) == (0.5, True)


def test_only_a_few_fields_are_required() -> None:
    read = read_audit({name: FULL[name] for name in REQUIRED})
    assert (read.anchor, read.corrects, read.use, read.fixes, read.alternatives) == (None, None, None, (), {})


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("spoil", [lambda d, n: d.pop(n), lambda d, n: d.update({n: None})])
def test_a_required_field_that_is_missing_or_null_is_named(
    name: str, spoil: Callable[[dict[str, Any], str], object]
) -> None:
    assert refused(with_changes(lambda d: spoil(d, name))) == [f"/{name}"]


@pytest.mark.parametrize("name", [n for n in FULL if n not in REQUIRED])
def test_a_field_that_is_not_required_may_be_null(name: str) -> None:
    assert read_audit(with_changes(at(name, value=None))).id == read_audit(FULL).id


def test_what_the_transport_adds_is_no_fault() -> None:
    assert read_audit({**FULL, "rev": 3, "_deleted": False}) == read_audit(FULL)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (at("unknown", value=1), "/unknown"),
        (at("answers", 0, "verdict", value="pass"), "/answers/0/verdict"),
        (at("ground", value="planned"), "/ground"),
        (at("id", value=5), "/id"),
        (at("corrects", value=FULL["id"]), "/corrects"),
        (at("started_at", value="2026-03-16T10:00:00"), "/started_at"),
        (at("started_at", value="0001-01-01T00:00:00+05:00"), "/started_at"),
        (at("signed_at", value="9999-12-31T23:59:59-01:00"), "/signed_at"),
        (at("signed_at", value="2026-03-16T11:00:00+99:00"), "/signed_at"),
        (at("signed_at", value="2026-03-16T11:00:00+05:00"), "/signed_at"),
        (at("finished_at", value="2026-03-16T09:00:00+05:00"), "/signed_at"),
        (at("answers", value={}), "/answers"),
        (at("answers", value=[{"criterion": "a", "value": 1}] * (MOST_ANSWERS + 1)), "/answers"),
        (at("answers", 0, value="entrance-step"), "/answers/0"),
        (at("answers", 0, "criterion", value="шаг"), "/answers/0/criterion"),
        (at("answers", 0, "place", value="two words"), "/answers/0/place"),
        (at("answers", 0, "value", value=None), "/answers/0/value"),
        (at("answers", 1, "value", value=5), "/answers/1/value"),
        (at("answers", 1, "state", value="pass"), "/answers/1/state"),
        (at("answers", 0, "value", value=[1]), "/answers/0/value"),
        (at("answers", 0, "value", value={"a": 1}), "/answers/0/value"),
        (at("answers", 0, "value", value="x" * 121), "/answers/0/value"),
        (at("answers", 0, "value", value="\ud800"), "/answers/0/value"),
        (at("answers", 0, "value", value=""), "/answers/0/value"),
        (at("answers", 0, "note", value=" "), "/answers/0/note"),
        (at("answers", 0, "note", value=0), "/answers/0/note"),
        (at("answers", 0, "unit", value="\t"), "/answers/0/unit"),
        (at("answers", 0, "note", value="a\x00"), "/answers/0/note"),
        (at("answers", 0, "note", value="x" * 2001), "/answers/0/note"),
        (at("answers", 0, "unit", value="x" * 13), "/answers/0/unit"),
        (at("answers", 3, "of", value=-1), "/answers/3/of"),
        (at("answers", 3, "of", value=True), "/answers/3/of"),
        (at("answers", 3, "of", value=math.nan), "/answers/3/of"),
        (at("answers", 2, "relaxed", value="yes"), "/answers/2/relaxed"),
        (at("appointment", value="АН-17"), "/appointment"),
        (at("appointment", "number", value=""), "/appointment/number"),
        (at("appointment", "date", value="2026-W11-1"), "/appointment/date"),
        (at("anchor", "elapsed_ms", value=-1), "/anchor/elapsed_ms"),
        (at("anchor", "elapsed_ms", value=True), "/anchor/elapsed_ms"),
        (at("anchor", "elapsed_ms", value=10**30), "/anchor/elapsed_ms"),
        (at("anchor", "elapsed_ms", value=1.5), "/anchor/elapsed_ms"),
        (at("anchor", "boot_id", value=" "), "/anchor/boot_id"),
        (at("alternative", "wheelchair", value="a ramp"), "/alternative/wheelchair"),
        (at("alternative", "children", value="none"), "/alternative/children"),
        (at("alternative", value=[]), "/alternative"),
        (at("fixes", 0, "lat", value=90.1), "/fixes/0/lat"),
        (at("fixes", 0, "lon", value="76"), "/fixes/0/lon"),
        (at("fixes", 0, "accuracy_m", value=math.inf), "/fixes/0/accuracy_m"),
        (at("fixes", value=[FULL["fixes"][0]] * 201), "/fixes"),
        (at("use", "visits", value=5), "/use/visits"),
        (at("use", "visits", value=10**7 + 1), "/use/visits"),
        (at("use", "completeness", value=0), "/use/completeness"),
        (at("use", "period_to", value="2026-01-01"), "/use/period_to"),
        (at("use", "source", value="hearsay"), "/use/source"),
        (at("use", "source", value="register"), "/use/source"),
        (at("use", "source", value="counted"), "/use/source"),
        (at("use", "period_from", value="2025-01-30"), "/use/period_to"),
    ],
)
def test_one_wrong_value_is_one_fault_at_its_pointer(
    change: Callable[[dict[str, Any]], None], pointer: str
) -> None:
    document = with_changes(change)
    # What stands there but cannot be read leaves an answer without a word, which is said beside it.
    assert set(refused(document)) - {pointer} <= {"/answers/0/value", "/answers/1/value"}
    assert refused(document)[0] == pointer


@pytest.mark.parametrize(
    "change",
    [
        at("use", value={**FULL["use"], **days("2026-03-17", "2027-03-17")}),
        at("use", value={**FULL["use"], **days("2025-01-31", "2026-02-01")}),
        at("use", value={**COUNTED, **days("2020-01-01", "2026-03-16")}),
        at("use", value={**COUNTED, **days("2026-03-17", "2030-01-01")}),
        at("use", value={**COUNTED, "source": "statement"}),
        at("appointment", "date", value="2026-03-17"),
        at("ersop", "date", value="1990-01-01"),
    ],
)
def test_days_that_can_be_are_taken(change: Callable[[dict[str, Any]], None]) -> None:
    """With a day of slack: by whose calendar they are dated, the document does not say."""
    read = read_audit(with_changes(change))
    check_days(read, read.signed_at)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (at("use", value={**FULL["use"], **days("2026-03-17", "2027-03-18")}), "/use/period_to"),
        (at("use", value={**FULL["use"], **days("2026-03-18", "2026-04-01")}), "/use/period_from"),
        (at("use", value={**COUNTED, **days("2026-03-18", "2026-04-01")}), "/use/period_from"),
        (at("appointment", "date", value="2026-03-18"), "/appointment/date"),
        (at("ersop", "date", value="2026-03-18"), "/ersop/date"),
        (at("ersop", "date", value="9999-12-31"), "/ersop/date"),
    ],
)
def test_days_that_cannot_be_are_refused_once_it_is_known_when_the_audit_was_signed(
    change: Callable[[dict[str, Any]], None], pointer: str
) -> None:
    read = read_audit(with_changes(change))
    check_days(read, None)
    with pytest.raises(InvalidInput) as refusal:
        check_days(read, read.signed_at)
    assert [fault.pointer for fault in refusal.value.faults] == [pointer]


@pytest.mark.parametrize("name", ["note", "unit"])
@pytest.mark.parametrize("reason", [None, ""])
def test_an_empty_text_of_an_answer_says_nothing(name: str, reason: str | None) -> None:
    """Whether an answer is read at one go or, for the sake of another field, closely."""
    answer = {**FULL["answers"][0], name: "", **({} if reason is None else {"reason": reason})}
    (read,) = read_audit({**FULL, "answers": [answer]}).answers
    assert getattr(read, name) is None
    del answer[name]
    assert read_audit({**FULL, "answers": [answer]}).answers == (read,)


def test_a_document_whose_clock_stands_at_the_end_of_time_is_read_or_refused() -> None:
    at_the_end = "9999-12-31T23:59:59+00:00"
    times = dict.fromkeys(("started_at", "finished_at", "signed_at"), at_the_end)
    assert refused({**FULL, **times, "use": {**FULL["use"], "source": "counted"}}) == ["/use/source"]
    read_audit({**FULL, **times})


@pytest.mark.parametrize("document", [None, [], "audit", 5, True, [FULL]])
def test_what_is_no_object_is_refused_as_a_whole(document: Any) -> None:
    assert refused(document) == [""]


def test_all_faults_are_found_at_once() -> None:
    changes = [at("ground", value=1), at("answers", 2, "place", value=""), at("fixes", 0, "lat", value=None)]
    pointers = refused(with_changes(lambda d: [change(d) for change in changes]))
    assert pointers == ["/ground", "/answers/2/place", "/fixes/0/lat"]


def test_a_million_characters_in_every_text_are_refused_at_once() -> None:
    long = "я" * 1_000_000
    document = with_changes(lambda d: [a.update(note=long, reason=long, unit=long) for a in d["answers"]])
    assert len(refused({**document, long: long})) == 3 * len(FULL["answers"]) + 1


def test_thousands_of_faults_are_cut_short() -> None:
    answers = [{str(n): n for n in range(20)} for _ in range(MOST_ANSWERS)]
    assert len(refused({**FULL, "answers": answers})) <= 500


def test_lists_nested_a_thousand_deep_are_refused_wherever_they_stand() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    for name in FULL:
        assert refused({**FULL, name: deep})
    assert refused(with_changes(at("answers", 0, "value", value=deep))) == ["/answers/0/value"]


@given(st.data())
@example(None)
def test_whatever_is_done_to_a_document_it_is_read_or_refused_with_its_faults(data: st.DataObject | None) -> None:
    document = FULL if data is None else data.draw(mutated(FULL))
    try:
        assert isinstance(read_audit(document), AuditDocument)
    except InvalidInput:
        assert refused(document)
