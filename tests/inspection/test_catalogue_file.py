import copy
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import inspection
from inspection.catalogue_file import CatalogueRefused, as_document, from_document, read_checklist
from inspection.catalogue_nodes import LARGEST
from inspection.criteria import GROUPS, AnswerKind, Checklist

OWN_FILE = Path(inspection.__file__).parent / "data" / "checklist.yaml"
OWN_TEXT = OWN_FILE.read_text(encoding="utf-8")
OWN = read_checklist(OWN_TEXT)
NEW_KINDS = ("rehabilitation_centre", "day_centre", "small_home", "assistive_device_centre", "prosthetic_workshop")

# One criterion of every sort, and a condition: small enough to be spoiled in many ways.
A_FEW = {
    "approach-path-surface": 0,
    "parking-spaces": 1,
    "entrance-step-free": 2,
    "entrance-ramp-slope": 3,
    "entrance-threshold": 4,
    "entrance-call-height": 5,
    "entrance-call-button": 6,
    "toilet-present": 7,
    "toilet-alarm": 8,
}
SURFACE, SPACES, STEP_FREE, SLOPE, THRESHOLD, HEIGHT, BUTTON, TOILET, ALARM = range(9)


def a_small_document() -> dict[str, Any]:
    document = as_document(OWN)
    by_id = {entry["id"]: entry for entry in document["criteria"]}
    return copy.deepcopy(document | {"criteria": [by_id[name] for name in A_FEW]})


def spoiled(*path: str | int, value: Any) -> dict[str, Any]:
    """The small document with one value set; the last step may be a new key."""
    document: Any = a_small_document()
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    changed: dict[str, Any] = document
    return changed


class PlainDumper(yaml.SafeDumper):
    """Writes values out instead of naming the ones it has written before."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=PlainDumper, allow_unicode=True, sort_keys=False, width=10_000)


def read_or_refused(text: str) -> Checklist | CatalogueRefused:
    try:
        return read_checklist(text)
    except CatalogueRefused as refusal:
        return refusal


def refused(text: str) -> list[dict[str, Any]]:
    with pytest.raises(CatalogueRefused) as refusal:
        read_checklist(text)
    errors: list[dict[str, Any]] = refusal.value.members["errors"]
    return errors


def test_the_products_own_file_has_ninety_criteria_of_the_draft() -> None:
    assert len(OWN.criteria) == 90
    assert Counter(criterion.basis for criterion in OWN.criteria.values()) == {
        "practice": 65,
        "national": 12,
        "project": 9,
        "reference": 4,
    }
    assert set(OWN.groups) == set(GROUPS)
    assert [zone.id for zone in OWN.zones.values() if zone.critical] == [
        "approach",
        "entrance",
        "route",
        "service",
    ]


def test_clauses_stand_only_where_one_was_read() -> None:
    with_clause = [c for c in OWN.criteria.values() if c.source.clause is not None]
    assert {c.basis for c in with_clause} == {"national", "reference"}
    assert all(c.source.verified for c in with_clause if c.basis == "national")
    assert sum(c.source.verified for c in OWN.criteria.values()) == 12


def test_kinds_of_facility_are_data_with_titles_in_three_languages() -> None:
    assert set(NEW_KINDS) < set(OWN.kinds)
    assert all(set(kind.title) == {"kk", "ru", "en"} for kind in OWN.kinds.values())


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_a_new_kind_of_facility_is_asked_in_every_zone(kind: str) -> None:
    asked = [criterion for criterion in OWN.criteria.values() if kind in criterion.applies_to]
    assert {criterion.zone for criterion in asked} == set(OWN.zones)
    assert len(asked) >= 70


def test_the_relaxed_ramp_slope_is_a_number_with_a_reason_to_give() -> None:
    rule = OWN.criteria["entrance-ramp-slope"].rule
    assert (rule.op, rule.value, rule.relaxed) == ("max", 5, 8)
    assert rule.relaxed_when is not None
    assert set(rule.relaxed_when) == {"kk", "ru", "en"}


def test_the_words_of_the_file_follow_the_law() -> None:
    assert not re.search(r"\bинвалид(ы|ов|а|ам|у)?\b|мүгедектер", OWN_TEXT, re.IGNORECASE)


def test_a_document_holds_everything_and_comes_back_through_json() -> None:
    document = json.loads(json.dumps(as_document(OWN), ensure_ascii=False))
    assert from_document(document) == OWN
    assert as_document(from_document(document)) == document


def test_order_survives_a_store_that_sorts_keys() -> None:
    stored = json.loads(json.dumps(as_document(OWN), sort_keys=True))
    again = from_document(stored)
    assert list(again.criteria) == list(OWN.criteria)
    assert list(again.zones) == list(OWN.zones)
    assert list(again.kinds) == list(OWN.kinds)


def test_a_document_is_itself_a_catalogue_file() -> None:
    assert read_checklist(written(as_document(OWN))) == OWN


def test_all_stands_for_every_kind_the_file_names() -> None:
    document = spoiled("criteria", SURFACE, "applies_to", value="all")
    read = read_checklist(written(document))
    assert read.criteria["approach-path-surface"].applies_to == tuple(read.kinds)


def test_whole_numbers_are_one_document_however_they_are_written() -> None:
    one, other = (read_checklist(written(spoiled("criteria", SLOPE, "rule", "value", value=v))) for v in (5, 5.0))
    assert json.dumps(as_document(one)) == json.dumps(as_document(other))


CRITERIA = ("criteria",)
SPOILED = {
    "an unknown key": (("colour",), "red", "/colour", "unknown key"),
    "an unknown key of a criterion": (("criteria", SURFACE, "colour"), "red", "/criteria/0/colour", "unknown key"),
    "an unknown key of a rule": (("criteria", SURFACE, "rule", "max"), 3, "/criteria/0/rule/max", "unknown key"),
    "another schema": (("schema",), "pandus-checklist/2", "/schema", "cannot stand"),
    "a version that is a number": (("version",), 1.0, "/version", "cannot stand"),
    "a key with a space": (("key",), "my list", "/key", "cannot stand"),
    "a zone that is not named": (("criteria", SURFACE, "zone"), "roof", "/criteria/0/zone", "unknown zone"),
    "an unknown group": (("criteria", SURFACE, "groups"), ["birds"], "/criteria/0/groups/0", "cannot stand"),
    "a group twice": (("criteria", SURFACE, "groups"), ["vision", "vision"], "/criteria/0/groups/1", "twice"),
    "no group": (("criteria", SURFACE, "groups"), [], "/criteria/0/groups", "cannot stand"),
    "an unknown kind": (("criteria", SURFACE, "applies_to"), ["ship"], "/criteria/0/applies_to/0", "unknown kind"),
    "an unknown severity": (("criteria", SURFACE, "severity"), "bad", "/criteria/0/severity", "cannot stand"),
    "an unknown unit": (("criteria", SLOPE, "unit"), "feet", "/criteria/3/unit", "no unit of a number"),
    "a number without a unit": (("criteria", SLOPE, "unit"), None, "/criteria/3/unit", "needs a unit"),
    "a count in metres": (("criteria", SPACES, "unit"), "m", "/criteria/1/unit", "no unit of a count"),
    "a boolean with a unit": (("criteria", SURFACE, "unit"), "m", "/criteria/0/unit", "no unit of a boolean"),
    "a choice with a unit nobody knows": (
        ("criteria", STEP_FREE, "unit"),
        "nu",
        "/criteria/2/unit",
        "of a choice",
    ),
    "an unknown basis": (("criteria", SURFACE, "basis"), "rumour", "/criteria/0/basis", "cannot stand"),
    "words that are missing": (
        ("criteria", SURFACE, "title"),
        {"ru": "х", "en": "x"},
        "/criteria/0/title",
        "key kk",
    ),
    "blank words": (("criteria", SURFACE, "title", "kk"), "  ", "/criteria/0/title/kk", "cannot stand"),
    "control characters": (("criteria", SURFACE, "evidence"), "a\x07b", "/criteria/0/evidence", "cannot stand"),
    "words that are a number": (("criteria", SURFACE, "title", "en"), 12, "/criteria/0/title/en", "cannot stand"),
    "a list for a mapping": (("criteria", SURFACE, "source"), [1], "/criteria/0/source", "a list cannot stand"),
    "no days": (("criteria", SURFACE, "remediation_days"), 0, "/criteria/0/remediation_days", "cannot stand"),
    "true days": (("criteria", SURFACE, "remediation_days"), True, "/criteria/0/remediation_days", "true cannot"),
    "an id in capitals": (("criteria", SURFACE, "id"), "Path", "/criteria/0/id", "cannot stand"),
    "an id twice": (("criteria", SURFACE, "id"), "parking-spaces", "/criteria/1/id", "stands already"),
    "a zone twice": (("zones", 1, "id"), "approach", "/zones/1/id", "stands already"),
    "a kind twice": (("facility_kinds", 1, "id"), "polyclinic", "/facility_kinds/1/id", "stands already"),
    "verified without a clause": (
        ("criteria", SURFACE, "source", "verified"),
        True,
        "/criteria/0/source/verified",
        "no clause",
    ),
    "national without a clause": (("criteria", SURFACE, "basis"), "national", "/criteria/0/basis", "no clause"),
    "an op that does not suit": (
        ("criteria", SURFACE, "rule"),
        {"op": "max", "value": 3},
        "/criteria/0/rule/op",
        "cannot judge a boolean",
    ),
    "an unknown op": (("criteria", SURFACE, "rule", "op"), "nearly", "/criteria/0/rule/op", "cannot stand"),
    "a rule without op": (("criteria", SURFACE, "rule"), {"value": True}, "/criteria/0/rule", "cannot stand"),
    "a rule that is a word": (("criteria", SURFACE, "rule"), "max", "/criteria/0/rule", "cannot stand"),
    "a limit that is a word": (
        ("criteria", SLOPE, "rule", "value"),
        "5",
        "/criteria/3/rule/value",
        "cannot stand",
    ),
    "a limit that is not finite": (
        ("criteria", SLOPE, "rule", "value"),
        float("inf"),
        "/criteria/3/rule/value",
        "",
    ),
    "a length below nothing": (("criteria", THRESHOLD, "rule", "value"), -1, "/criteria/4/rule/value", "outside"),
    "a slope beyond everything": (("criteria", SLOPE, "rule", "value"), 101, "/criteria/3/rule/value", "outside"),
    "a limit finer than a tape": (
        ("criteria", THRESHOLD, "rule", "value"),
        1.41421356,
        "/criteria/4/rule/value",
        "finer",
    ),
    "a limit everyone keeps": (
        ("criteria", SLOPE, "rule"),
        {"op": "max", "value": 100},
        "/criteria/3/rule",
        "nothing can fail",
    ),
    "a minimum of nothing": (
        ("criteria", TOILET, "rule", "value"),
        0,
        "/criteria/7/rule/value",
        "nothing can fail",
    ),
    "half a cabin": (("criteria", TOILET, "rule", "value"), 1.5, "/criteria/7/rule/value", "finer"),
    "a range upside down": (("criteria", HEIGHT, "rule", "min"), 1.1, "/criteria/5/rule", "nothing can pass"),
    "a relaxed limit that is stricter": (
        ("criteria", SLOPE, "rule", "relaxed", "value"),
        4,
        "/criteria/3/rule/relaxed/value",
        "no easier",
    ),
    "a relaxed limit without its case": (
        ("criteria", SLOPE, "rule", "relaxed"),
        {"value": 8},
        "/criteria/3/rule/relaxed",
        "key when",
    ),
    "a share of every nothing": (
        ("criteria", SPACES, "rule", "per"),
        0,
        "/criteria/1/rule/per",
        "cannot be counted",
    ),
    "steps that do not rise": (
        ("criteria", SPACES, "rule", "steps"),
        [{"upto": 5, "value": 2}, {"upto": 5, "value": 3}],
        "/criteria/1/rule/steps/1/upto",
        "do not rise",
    ),
    "a step that asks for more than there are": (
        ("criteria", SPACES, "rule", "steps"),
        [{"upto": 2, "value": 3}],
        "/criteria/1/rule/steps/0/value",
        "there cannot be",
    ),
    "a share that asks for none": (
        ("criteria", SPACES, "rule", "value"),
        0,
        "/criteria/1/rule/value",
        "nothing can fail",
    ),
    "a share of something unnamed": (
        ("criteria", SPACES, "rule", "of"),
        "trees",
        "/criteria/1/rule/of",
        "unknown companion",
    ),
    "no option that passes": (
        ("criteria", STEP_FREE, "rule", "pass"),
        [],
        "/criteria/2/rule/pass",
        "cannot stand",
    ),
    "a foreign option that passes": (
        ("criteria", STEP_FREE, "rule", "pass"),
        ["level", "rope"],
        "/criteria/2/rule/pass/1",
        "not among",
    ),
    "options that all pass": (
        ("criteria", STEP_FREE, "rule"),
        {"op": "one_of", "options": ["level", "ramp"], "pass": ["ramp", "level"]},
        "/criteria/2/rule/pass",
        "nothing can fail",
    ),
    "options too long for a line": (
        ("criteria", STEP_FREE, "rule"),
        {
            "op": "one_of",
            "options": [f"{'x' * 30}_{c}" for c in "abcde"],
            "pass": [f"{'x' * 30}_{c}" for c in "abcd"],
        },
        "/criteria/2/rule/pass",
        "too long",
    ),
    "a parent that does not exist": (
        ("criteria", SLOPE, "applies_if", "criterion"),
        "ghost",
        "/criteria/3/applies_if/criterion",
        "unknown criterion",
    ),
    "a parent that is itself": (
        ("criteria", BUTTON, "applies_if"),
        {"criterion": "entrance-call-button", "in": [True]},
        "/criteria/6/applies_if/criterion",
        "in a circle: entrance-call-button → entrance-call-button",
    ),
    "a circle of two": (
        ("criteria", BUTTON, "applies_if"),
        {"criterion": "entrance-call-height", "min": 1},
        "/criteria/6/applies_if/criterion",
        "in a circle",
    ),
    "an answer the parent cannot have": (
        ("criteria", SLOPE, "applies_if", "in"),
        ["ramp", "rope"],
        "/criteria/3/applies_if/in/1",
        "cannot be answered rope",
    ),
    "yes for a parent that is a choice": (
        ("criteria", SLOPE, "applies_if", "in"),
        [True],
        "/criteria/3/applies_if/in/0",
        "cannot be answered true",
    ),
    "a number for a parent that is a choice": (
        ("criteria", SLOPE, "applies_if"),
        {"criterion": "entrance-step-free", "min": 1},
        "/criteria/3/applies_if/min",
        "is a choice",
    ),
    "words for a parent that is a count": (
        ("criteria", ALARM, "applies_if"),
        {"criterion": "toilet-present", "in": ["two"]},
        "/criteria/8/applies_if/in/0",
        "cannot be answered",
    ),
    "a condition that always holds": (
        ("criteria", ALARM, "applies_if", "min"),
        0,
        "/criteria/8/applies_if/min",
        "excludes nothing",
    ),
    "a condition of both sorts": (
        ("criteria", ALARM, "applies_if"),
        {"criterion": "toilet-present", "in": [True], "min": 1},
        "/criteria/8/applies_if",
        "either in or min",
    ),
    "a condition of no sort": (
        ("criteria", ALARM, "applies_if"),
        {"criterion": "toilet-present"},
        "/criteria/8/applies_if",
        "either in or min",
    ),
    "a parent that applies to fewer kinds": (
        ("criteria", TOILET, "applies_to"),
        ["hospital"],
        "/criteria/8/applies_if/criterion",
        "does not apply to polyclinic",
    ),
    "a share of visits above one": (
        ("criteria", THRESHOLD, "block", "mobility"),
        1.2,
        "/criteria/4/block/mobility",
        "1.2",
    ),
    "blocking a group it does not affect": (
        ("criteria", THRESHOLD, "block"),
        {"hearing": 0.5},
        "/criteria/4/block/hearing",
        "not among its groups",
    ),
    "a severity that blocks too much": (
        ("severities", "gross", "block"),
        2,
        "/severities/gross/block",
        "cannot stand",
    ),
    "a missing severity": (("severities",), {}, "/severities", "key gross is missing"),
    "a missing group": (("groups",), {"vision": {"kk": "а", "ru": "а", "en": "a"}}, "/groups", "key wheelchair"),
    "use above one": (("zone_use", "default", "toilet"), 1.5, "/zone_use/default/toilet", "cannot stand"),
    "use without a zone": (("zone_use", "default"), {"toilet": 0.5}, "/zone_use/default", "zones are missing"),
    "use without a default": (("zone_use",), {}, "/zone_use", "default is missing"),
    "use of an unknown zone": (("zone_use", "default", "roof"), 0.5, "/zone_use/default/roof", "unknown zone"),
    "use by an unknown kind": (("zone_use", "ship"), {}, "/zone_use/ship", "unknown kind"),
    "no criteria": (("criteria",), [], "/criteria", "no list of criteria"),
    "criteria by name": (("criteria",), {}, "/criteria", "no list of criteria"),
    "a criterion that is a word": (("criteria", SURFACE), "surface", "/criteria/0", "cannot stand"),
}


@pytest.mark.parametrize(("path", "value", "pointer", "reason"), SPOILED.values(), ids=SPOILED)
def test_what_cannot_be_is_refused_where_it_stands(path: str, value: Any, pointer: str, reason: str) -> None:
    errors = refused(written(spoiled(*path, value=value)))
    fitting = [error for error in errors if error["pointer"] == pointer and reason in error["reason"]]
    assert fitting, errors
    assert all(error["accepted"] and error["reason"] and error["line"] >= 1 for error in errors)


@pytest.mark.parametrize("section", ["schema", "key", "version", "zones", "criteria", "companions", "zone_use"])
def test_a_missing_section_is_one_fault(section: str) -> None:
    document = a_small_document()
    del document[section]
    errors = refused(written(document))
    if section != "companions":  # which the parking rule then misses too
        assert [error["reason"] for error in errors] == [f"the key {section} is missing"]
    assert errors[0]["pointer"] == ""


@pytest.mark.parametrize("key", ["title", "rule", "source", "unit", "remediation_days", "guidance"])
def test_a_missing_key_of_a_criterion_is_named(key: str) -> None:
    document = a_small_document()
    del document["criteria"][THRESHOLD][key]
    errors = refused(written(document))
    assert [(error["pointer"], error["reason"]) for error in errors] == [
        ("/criteria/4", f"the key {key} is missing")
    ]


def test_all_faults_come_at_once_with_the_lines_they_stand_in() -> None:
    lines = OWN_TEXT.splitlines()
    wrong = {
        "    severity: significant": "    severity: dreadful",
        "    rule: {op: max, value: 2}": "    rule: {op: max, value: -2}",
        "    rule: {op: between, min: 0.85, max: 1}": "    rule: {op: between, min: 1.85, max: 1}",
        "    applies_if: {criterion: toilet-present, min: 1}": "    applies_if: {criterion: ghost, min: 1}",
    }
    expected = []
    for good, bad in wrong.items():
        index = lines.index(good)
        lines[index] = bad
        expected.append(index + 1)
    assert sorted(expected) == [error["line"] for error in refused("\n".join(lines))]


def test_a_key_written_twice_is_refused_in_its_line() -> None:
    text = OWN_TEXT.replace("    unit: m\n", "    unit: m\n    zone: parking\n", 1)
    (error,) = refused(text)
    assert error["pointer"] == "/criteria/0/zone"
    assert error["line"] == text.splitlines().index("    zone: parking") + 1


def test_a_fault_in_one_criterion_hides_none_in_another_and_breaks_no_reference_to_it() -> None:
    document = spoiled("criteria", STEP_FREE, "severity", value="bad")
    document["criteria"][THRESHOLD]["rule"]["value"] = -1
    assert {error["pointer"] for error in refused(written(document))} == {
        f"/criteria/{STEP_FREE}/severity",
        f"/criteria/{THRESHOLD}/rule/value",
    }


def test_a_long_chain_of_conditions_is_refused() -> None:
    document = a_small_document()
    button = document["criteria"][BUTTON]
    for number in range(20):
        parent = f"link-{number - 1}" if number else button["id"]
        link = {**button, "id": f"link-{number}", "applies_if": {"criterion": parent, "in": [True]}}
        document["criteria"].append(link)
    assert {error["reason"] for error in refused(written(document))} == {"too long a chain of conditions"}


def test_bare_words_that_look_like_yes_and_no_stay_words() -> None:
    text = written(a_small_document()).replace("steps_only", "no")
    assert "no" in read_checklist(text).criteria["entrance-step-free"].rule.options


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    assert read_checklist("\ufeff" + OWN_TEXT.replace("\n", "\r\n")) == OWN


BOMB = "a: &a [x, x]\n" + "\n".join(
    f"{n}: &{n} [*{p}, *{p}, *{p}]" for p, n in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "nothing": ("", "empty"),
    "only a comment": ("# soon", "empty"),
    "a list": ("- a", "cannot stand"),
    "a word": ("catalogue", "cannot stand"),
    "null": ("null", "cannot stand"),
    "a billion laughs": (BOMB, "aliases"),
    "an alias of nothing": ("a: *b", "aliases"),
    "a tag that runs code": ('a: !!python/object/apply:os.system ["true"]', "tags"),
    "a harmless tag": ("!!map {a: 1}", "tags"),
    "ten megabytes": ("a: " + "x" * 10_000_000, "too large"),
    "a megabyte of Kazakh": ("a: " + "қ" * (LARGEST // 2), "too large"),
    "deep brackets": ("[" * 500_000, "too deeply"),
    "deep braces": ("{a: " * 200_000, "too deeply"),
    "deep dashes": ("- " * 500_000, "too deeply"),
    "a hundred thousand keys": ("\n".join(f"k{n}: 1" for n in range(100_000)), "too many"),
    "a list as key": ("? [a, b]\n: 1", "a key that is"),
    "two documents": ("a: 1\n---\nb: 2", "second document"),
    "half a character": ("a: \ud83d", "surrogate"),
    "a null character": ("a: \x00", "no YAML"),
    "an open bracket": ("a: [1, 2", "no YAML"),
    "a tab": ("a:\n\t- b", "no YAML"),
    "percent signs": ("%" * 100_000, "no YAML"),
}


@pytest.mark.parametrize(("text", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(text: str, reason: str) -> None:
    errors = refused(text)
    assert any(reason in error["reason"] for error in errors)
    assert len(json.dumps(errors)) < 20_000


def test_a_control_character_is_refused_in_its_line() -> None:
    (error,) = refused("a: қазақша\nb: 1\nc: қ\x01")
    assert (error["line"], error["reason"]) == (3, "no YAML: a control character")


def test_a_file_full_of_faults_gets_a_short_answer_and_the_number_of_them() -> None:
    with pytest.raises(CatalogueRefused) as refusal:
        read_checklist(OWN_TEXT.replace("severity: ", "severitas: "))
    assert len(refusal.value.members["errors"]) <= 200
    assert refusal.value.members["total"] == len(refusal.value.faults) >= 180


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_whatever_one_line_is_broken_the_file_is_read_or_refused_with_a_line_of_it(data: st.DataObject) -> None:
    lines = written(a_small_document()).splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    lines[index] = data.draw(
        st.sampled_from(["", lines[index][:-2], lines[index] + ": {", "- x", "  " + lines[index]])
    )
    result = read_or_refused("\n".join(lines))
    if isinstance(result, CatalogueRefused):
        assert all(1 <= fault.line <= len(lines) + 1 for fault in result.faults)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_whatever_value_stands_anywhere_the_file_is_read_or_refused(data: st.DataObject) -> None:
    document: Any = a_small_document()
    inner, path = document, []
    while isinstance(inner, dict | list) and inner:
        steps = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        path.append((inner, data.draw(st.sampled_from(steps))))
        inner = inner[path[-1][1]]
    holder, step = data.draw(st.sampled_from(path))
    holder[step] = data.draw(
        st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=5)
        | st.just([]) | st.just({}) | st.lists(st.sampled_from(["level", "polyclinic", 1, None]), max_size=3)
    )  # fmt: skip
    result = read_or_refused(written(document))
    if isinstance(result, CatalogueRefused):
        assert result.faults
    else:
        assert from_document(as_document(result)) == result


def test_every_sort_of_answer_is_in_the_small_document() -> None:
    assert {entry["kind"] for entry in a_small_document()["criteria"]} == set(AnswerKind)
