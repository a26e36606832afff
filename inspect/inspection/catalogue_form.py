"""The form of a catalogue file: which keys stand where and what kind of value each one holds.

A reader takes a node and returns its plain value, or BAD after it has added what is wrong to the faults. Small
readers are put together into `SECTIONS` and `CRITERION`, which are the form itself. What the values mean
together is for `catalogue_checks.py`.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from inspection.catalogue_nodes import CatalogueFault, Node
from inspection.criteria import GROUPS, AnswerKind, Severity

SCHEMA: Final = "pandus-checklist/1"
LANGUAGES: Final = ("kk", "ru", "en")
ALL: Final = "all"  # as applies_to: every kind of facility the file names


class _Bad:
    """What a reader returns when it found a fault."""


BAD: Final = _Bad()
Faults = list[CatalogueFault]
Reader = Callable[[Node, Faults], Any]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _refuse(node: Node, faults: Faults, accepted: str) -> Any:
    match node.value:
        case dict():
            reason = "a mapping cannot stand here"
        case list():
            reason = "a list cannot stand here"
        case value:
            reason = f"{shown(value)} cannot stand here"
    faults.append(node.wrong(reason, accepted))
    return BAD


def shown(value: object) -> str:
    """A value that is no mapping and no list, as a message quotes it: as it would stand in YAML, and short."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)[:60]


def text(most: int) -> Reader:
    """Words for people: not blank, no control characters, at most so many characters."""

    def read(node: Node, faults: Faults) -> Any:
        words = node.value
        if isinstance(words, str) and words.strip() and len(words) <= most and not _CONTROL.search(words):
            return words
        return _refuse(node, faults, f"text of 1 to {most} characters, in quotes if it looks like something else")

    return read


def matching(pattern: str, accepted: str, most: int = 60) -> Reader:
    """Text of a fixed shape."""
    shape = re.compile(pattern)

    def read(node: Node, faults: Faults) -> Any:
        words = node.value
        if isinstance(words, str) and len(words) <= most and shape.fullmatch(words):
            return words
        return _refuse(node, faults, f"{accepted}, at most {most} characters")

    return read


def one_of(*allowed: str) -> Reader:
    """One of a few words."""

    def read(node: Node, faults: Faults) -> Any:
        if isinstance(node.value, str) and node.value in allowed:
            return node.value
        return _refuse(node, faults, ", ".join(allowed))

    return read


def number(least: float = -math.inf, most: float = math.inf) -> Reader:
    """A finite number within bounds; a whole one is read as an integer, so that 1 and 1.0 are one document."""
    accepted = "a number" if math.isinf(least) else f"a number from {least:g} to {most:g}"

    def read(node: Node, faults: Faults) -> Any:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _refuse(node, faults, accepted)
        if not math.isfinite(value) or not least <= value <= most:
            return _refuse(node, faults, accepted)
        return int(value) if value == int(value) else value

    return read


def whole(least: int, most: int) -> Reader:
    """A whole number within bounds."""

    def read(node: Node, faults: Faults) -> Any:
        value = node.value
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        return _refuse(node, faults, f"a whole number from {least} to {most}")

    return read


def flag(node: Node, faults: Faults) -> Any:
    """true or false."""
    return node.value if isinstance(node.value, bool) else _refuse(node, faults, "true or false")


def maybe(reader: Reader) -> Reader:
    """null, or what the reader reads."""
    return lambda node, faults: None if node.value is None else reader(node, faults)


def either(word: str, reader: Reader) -> Reader:
    """This word, or what the reader reads."""
    return lambda node, faults: word if node.value == word else reader(node, faults)


def listed(reader: Reader, most: int = 100) -> Reader:
    """A list of 1 to so many values, none of them twice."""

    def read(node: Node, faults: Faults) -> Any:
        if not isinstance(node.value, list) or not 0 < len(node.value) <= most:
            return _refuse(node, faults, f"a list of 1 to {most} values")
        before = len(faults)
        seen: list[Any] = []
        for entry in node.value:
            value = reader(entry, faults)
            if value is not BAD and value in seen:
                faults.append(_twice(entry))
            seen.append(value)
        return seen if len(faults) == before else BAD

    return read


def _twice(entry: Node) -> CatalogueFault:
    if isinstance(entry.value, dict):
        return entry.wrong("the same mapping stands in this list twice", "each value once")
    return entry.wrong(f"{shown(entry.value)} stands in this list twice", "each value once")


def keyed(key: Reader, reader: Reader) -> Reader:
    """A mapping with free keys of one shape."""

    def read(node: Node, faults: Faults) -> Any:
        if not isinstance(node.value, dict):
            return _refuse(node, faults, "a mapping")
        before = len(faults)
        values = {}
        for name, entry in node.value.items():
            key(Node(entry.line, entry.pointer, name), faults)
            values[name] = reader(entry, faults)
        return values if len(faults) == before else BAD

    return read


def fields(
    node: Node, faults: Faults, required: Mapping[str, Reader], optional: Mapping[str, Reader]
) -> dict[str, Any]:
    """The well-formed fields of a mapping with fixed keys; what is missing, unknown or ill-formed is a fault."""
    if not isinstance(node.value, dict):
        _refuse(node, faults, f"a mapping with the keys {', '.join([*required, *optional])}")
        return {}
    values = {}
    readers = {**required, **optional}
    for name, entry in node.value.items():
        if name not in readers:
            faults.append(entry.wrong(f"unknown key {shown(name)}", ", ".join(readers)))
        elif (value := readers[name](entry, faults)) is not BAD:
            values[name] = value
    missing = [name for name in required if name not in node.value]
    faults.extend(node.wrong(f"the key {name} is missing", ", ".join(required)) for name in missing)
    return values


def record(required: Mapping[str, Reader], optional: Mapping[str, Reader] | None = None) -> Reader:
    """A mapping with fixed keys that is good only as a whole."""

    def read(node: Node, faults: Faults) -> Any:
        before = len(faults)
        values = fields(node, faults, required, optional or {})
        return values if len(faults) == before else BAD

    return read


def _rule(node: Node, faults: Faults) -> Any:
    # The op decides which other keys there are.
    op = one_of(*RULES)(node.at("op"), faults) if isinstance(node.value, dict) and "op" in node.value else None
    if op is BAD:
        return BAD
    if op is None:
        return _refuse(node, faults, f"a mapping with the key op: {', '.join(RULES)}")
    required, optional = RULES[op]
    return record({"op": one_of(op), **required}, optional)(node, faults)


hyphened = matching(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "lower-case words joined by hyphens")
underscored = matching(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", "lower-case words joined by underscores", most=40)
share = number(0, 1)
words = record({language: text(600) for language in LANGUAGES})
source = record({"norm": text(200), "clause": maybe(text(60)), "verified": flag}, {"note": text(300)})
_relaxed = {"relaxed": record({"value": number(), "when": words})}

RULES: Final[Mapping[str, tuple[Mapping[str, Reader], Mapping[str, Reader]]]] = {
    "is": ({"value": flag}, {}),
    "min": ({"value": number()}, _relaxed),
    "max": ({"value": number()}, _relaxed),
    "between": ({"min": number(), "max": number()}, {}),
    "min_per": (
        {"value": number(), "per": number(), "of": underscored},
        {"steps": listed(record({"upto": number(), "value": number()}), 20)},
    ),
    "one_of": ({"options": listed(underscored, 30), "pass": listed(underscored, 30)}, {}),
}

CRITERION: Final[Mapping[str, Reader]] = {
    "id": hyphened,
    "zone": underscored,
    "title": words,
    "kind": one_of(*AnswerKind),
    "unit": maybe(text(20)),
    "rule": _rule,
    "severity": one_of(*Severity),
    "groups": listed(one_of(*GROUPS)),
    "applies_to": either(ALL, listed(underscored)),
    "remediation_days": whole(1, 3_650),
    "guidance": words,
    "source": source,
    "basis": one_of("national", "practice", "reference", "project"),
    "evidence": text(300),
}


def _scalar(node: Node, faults: Faults) -> Any:
    return node.value if isinstance(node.value, bool | str) else _refuse(node, faults, "an option, true or false")


CRITERION_OPTIONS: Final[Mapping[str, Reader]] = {
    "applies_if": record({"criterion": hyphened}, {"in": listed(_scalar), "min": number()}),
    "also": listed(source, 20),
    "block": keyed(one_of(*GROUPS), share),
}


def _as_it_is(node: Node, _faults: Faults) -> Node:
    return node


SECTIONS: Final[Mapping[str, Reader]] = {
    "schema": one_of(SCHEMA),
    "key": hyphened,
    "version": matching(
        r"[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}", 'three numbers in quotes, such as "1.0.0"', most=20
    ),
    "groups": record(dict.fromkeys(GROUPS, words)),
    "facility_kinds": listed(record({"id": underscored, "title": words})),
    "zones": listed(record({"id": underscored, "title": words, "critical": flag})),
    "severities": record({severity: record({"title": words, "block": share}) for severity in Severity}),
    "zone_use": keyed(underscored, keyed(underscored, share)),
    "companions": keyed(underscored, words),
    "criteria": _as_it_is,  # read one by one, so that a fault in one hides none in another
}
