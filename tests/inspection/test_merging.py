"""Merging an edit with what others did: nothing is invented, nothing is lost in silence."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inspection.sync.merging import merge

FIELDS = ("a", "b", "c")
values = st.one_of(st.none(), st.integers(0, 2))
whole = st.fixed_dictionaries(dict.fromkeys(FIELDS, values))
partial = st.dictionaries(st.sampled_from(FIELDS), values)
Document = dict[str, Any]


def test_fields_that_only_one_side_changed_take_that_sides_value() -> None:
    merged = merge({"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 1, "c": 1}, {"a": 1, "b": 3, "c": 1}, FIELDS)
    assert (merged.apply, merged.lost) == ({"a": 2}, {})


def test_where_both_changed_the_same_field_the_held_value_stays_and_both_are_named() -> None:
    merged = merge({"a": 1}, {"a": 2}, {"a": 3}, FIELDS)
    assert (merged.apply, merged.lost) == ({}, {"a": (2, 3)})


def test_both_changing_a_field_to_the_same_value_is_no_conflict() -> None:
    assert merge({"a": 1}, {"a": 2}, {"a": 2}, FIELDS) == merge({}, {}, {}, FIELDS)


def test_a_field_that_the_editor_took_away_is_emptied_and_one_never_there_is_left() -> None:
    assert merge({"a": 1}, {}, {"a": 1, "b": 5}, FIELDS).apply == {"a": None}


def test_without_a_base_every_difference_is_lost() -> None:
    assert merge(None, {"a": 1, "b": 2}, {"a": 1, "b": 3}, FIELDS).lost == {"b": (2, 3)}


@given(base=whole, new=whole, held=whole)
def test_an_edit_ends_in_the_merged_document_or_among_what_was_lost(
    base: Document, new: Document, held: Document
) -> None:
    merged = merge(base, new, held, FIELDS)
    result = {**held, **merged.apply}
    for name in FIELDS:
        if new[name] != base[name]:
            assert result[name] == new[name] or merged.lost[name] == (new[name], held[name])
        else:
            assert result[name] == held[name]


@given(base=whole, new=whole, held=whole)
def test_the_same_edit_again_changes_nothing(base: Document, new: Document, held: Document) -> None:
    once = {**held, **merge(base, new, held, FIELDS).apply}
    assert merge(base, new, once, FIELDS).apply == {}


@given(base=whole, one=partial, other=partial)
def test_edits_of_different_fields_come_to_the_same_in_either_order(
    base: Document, one: Document, other: Document
) -> None:
    other = {name: value for name, value in other.items() if name not in one}
    mine, theirs = base | one, base | other
    first = {**base, **merge(base, mine, base, FIELDS).apply}
    second = {**base, **merge(base, theirs, base, FIELDS).apply}
    assert {**first, **merge(base, theirs, first, FIELDS).apply} == {
        **second,
        **merge(base, mine, second, FIELDS).apply,
    }
