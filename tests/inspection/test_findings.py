"""Findings survive being stored, and answers of the usual kind are read as any other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection import audit_documents
from inspection.audit_documents import read_audit
from inspection.errors import InvalidInput
from inspection.findings import as_rows, from_rows
from inspection.readings import Answer
from inspection.rules import judge_all
from tests.inspection.world import DESK, DOOR, SPACES, STEP, TACTILE, small_checklist

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 10**18),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["low", "x" * 65, "x" * 130, " ", "\x00", "\ud83d", ""]),
    st.just([]),
)
WORDS = st.one_of(
    st.none(), st.text(max_size=4), st.sampled_from(["main", "m", "а" * 13, "x" * 2001, " a", "a\nb", 5])
)
ANSWERS: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries(
        {"criterion": st.one_of(WORDS, st.just(STEP))},
        optional={
            "place": WORDS,
            "value": VALUES,
            "state": st.one_of(WORDS, st.sampled_from(["not_applicable", "not_checked"])),
            "unit": WORDS,
            "note": WORDS,
            "reason": WORDS,
            "relaxed": st.booleans(),
            "of": VALUES,
            "unheard-of": WORDS,
        },
    ),
    st.none(),
    st.just([]),
)


def said(answers: Any) -> Any:
    """What reading says of these answers: the answers, or every fault."""
    document = {
        **dict.fromkeys(("id", "facility", "checklist"), "7d444840-9dc0-41d1-b245-5ffdce74fad2"),
        **dict.fromkeys(("started_at", "finished_at", "signed_at"), "2026-03-16T09:00:00+05:00"),
        "ground": "preventive",
        "answers": answers,
    }
    try:
        return repr(read_audit(document).answers)  # NaN is not equal to itself
    except InvalidInput as refusal:
        return refusal.faults


@given(st.lists(ANSWERS, max_size=4))
def test_answers_read_at_one_go_say_what_each_says_read_field_by_field(answers: list[Any]) -> None:
    at_one_go = said(answers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_documents, "_plain_answer", lambda _answer: None)
        assert said(answers) == at_one_go or answers == []


@given(
    st.fixed_dictionaries(
        {},
        optional={
            STEP: st.floats(0, 9),
            DOOR: st.floats(0, 9),
            TACTILE: st.booleans(),
            DESK: st.sampled_from(["low", "high"]),
            SPACES: st.integers(0, 50),
        },
    ),
    st.text("ab ", max_size=3),
)
def test_findings_come_back_from_their_rows_as_they_were_judged(values: dict[str, Any], note: str) -> None:
    checklist = small_checklist()
    answers = tuple(
        Answer(name, value=value, of=30 if name == SPACES else None, note=note or None)
        for name, value in values.items()
    )
    findings = judge_all(checklist, "polyclinic", answers)
    rows = as_rows(findings.values())
    assert list(from_rows(rows, checklist).items()) == sorted(findings.items())
