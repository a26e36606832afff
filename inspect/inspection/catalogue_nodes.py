"""A catalogue file as a tree of values that know their line.

Read from the events of the YAML parser, so nothing of YAML that can surprise ever comes into being: no anchors
or aliases (which can blow a kilobyte up to gigabytes), no tags (which can name classes), no second document,
no key written twice. Bare words follow YAML 1.2: only true, false, null, whole and decimal numbers are anything
else than words, so `no` is a word and 1:12 no number of seconds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from inspection.catalogue_slips import A_DOCUMENT, what_is_no_yaml

LARGEST = 1_048_576  # bytes; some six hundred criteria
DEEPEST = 10
MOST_NODES = 60_000

_PLAIN_WORDS = {"": None, "null": None, "~": None, "true": True, "false": False}
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,3})?")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser where PyYAML was built with it


@dataclass(frozen=True, slots=True)
class CatalogueFault:
    """One thing wrong with a catalogue file; line counts from 1, pointer is a JSON pointer into the document."""

    line: int
    pointer: str
    reason: str
    accepted: str


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file. Its line is that of its key, where it has one."""

    line: int
    pointer: str
    value: "bool | float | int | str | dict[str, Node] | list[Node] | None"

    def wrong(self, reason: str, accepted: str) -> CatalogueFault:
        """A fault of this node."""
        return CatalogueFault(self.line, self.pointer, reason, accepted)

    def at(self, *path: str | int) -> "Node":
        """The descendant at this path, or as far along it as the file goes."""
        node = self
        for step in path:
            match node.value, step:
                case dict() as fields, str() if step in fields:
                    node = fields[step]
                case list() as entries, int() if step < len(entries):
                    node = entries[step]
                case _:
                    break
        return node


class Unreadable(Exception):
    """The file cannot be read any further; never leaves the reader of catalogues."""

    def __init__(self, fault: CatalogueFault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def compose(text: str, faults: list[CatalogueFault]) -> Node:
    """The tree of one YAML document. Keys written twice are added to faults, the first one stands.

    Raises Unreadable for what is no safe YAML: too large, too deep, syntax errors, aliases, tags.
    """
    _check_size(text)
    try:
        return _Composer(yaml.parse(text, Loader=_LOADER), faults).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(_root(mark.line + 1 if mark else 1).wrong(*what_is_no_yaml(error))) from None
    except yaml.reader.ReaderError as error:
        # Its position counts bytes or characters, after the make of the parser.
        line = text.partition(chr(error.character))[0].count("\n") + 1
        raise Unreadable(_root(line).wrong(*what_is_no_yaml(error))) from None


def _root(line: int) -> Node:
    return Node(line, "", None)


def _check_size(text: str) -> None:
    # Characters first: a huge text need not be encoded to be too large.
    try:
        size = len(text) if len(text) > LARGEST else len(text.encode())
    except UnicodeEncodeError:
        raise Unreadable(_root(1).wrong("half a character (a lone surrogate)", "UTF-8 text")) from None
    if size > LARGEST:
        raise Unreadable(_root(1).wrong("the file is too large", f"at most {LARGEST} bytes"))
    if not text.strip():
        raise Unreadable(_root(1).wrong("the file is empty", A_DOCUMENT))


class _Composer:
    """Builds the tree from parser events, refusing as it goes, so that nothing large is built first."""

    def __init__(self, events: Iterator[Any], faults: list[CatalogueFault]) -> None:
        self.events = events
        self.faults = faults
        self.nodes = 0

    def document(self) -> Node:
        next(self.events)  # start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise Unreadable(_root(1).wrong("the file is empty", A_DOCUMENT))
        root = self.node(next(self.events), "", 0)
        next(self.events)  # end of the document
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise Unreadable(_root(after.start_mark.line + 1).wrong("a second document", "one document"))
        return root

    def node(self, event: Any, pointer: str, depth: int, line: int | None = None) -> Node:
        line = line or event.start_mark.line + 1
        self.refuse_surprises(event, pointer, depth)
        if isinstance(event, yaml.ScalarEvent):
            return Node(line, pointer, scalar(event.value, plain=event.implicit[0]))
        if isinstance(event, yaml.MappingStartEvent):
            return Node(line, pointer, self.mapping(pointer, depth))
        return Node(line, pointer, self.sequence(pointer, depth))

    def refuse_surprises(self, event: Any, pointer: str, depth: int) -> None:
        self.nodes += 1
        at = Node(event.start_mark.line + 1, pointer, None)
        if event.anchor is not None:
            raise Unreadable(at.wrong("anchors and aliases are not read", "the value written out"))
        if event.tag is not None:
            raise Unreadable(at.wrong(f"tags such as {event.tag[:40]} are not read", "a value without a tag"))
        if depth > DEEPEST:
            raise Unreadable(at.wrong("nested too deeply", f"at most {DEEPEST} levels"))
        if self.nodes > MOST_NODES:
            raise Unreadable(at.wrong("too many values", f"at most {MOST_NODES} values"))

    def mapping(self, pointer: str, depth: int) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            self.refuse_surprises(event, pointer, depth)
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                at = Node(line, pointer, None)
                raise Unreadable(at.wrong("a key that is a list or mapping", "a word as key"))
            below = f"{pointer}/{_escaped(event.value)}"
            value = self.node(next(self.events), below, depth + 1, line)
            if event.value in fields:
                first = fields[event.value].line
                self.faults.append(value.wrong(f"this key stands already in line {first}", "each key once"))
            else:
                fields[event.value] = value
        return fields

    def sequence(self, pointer: str, depth: int) -> list[Node]:
        entries: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            entries.append(self.node(event, f"{pointer}/{len(entries)}", depth + 1))
        return entries


def _escaped(key: str) -> str:
    # Pointers are shown to people, so neither endless nor unprintable keys go into them whole.
    shown = key[:60].encode("utf-8", "replace").decode()
    return shown.replace("~", "~0").replace("/", "~1")


def scalar(words: str, *, plain: bool) -> bool | float | int | str | None:
    """What a scalar means: quoted ones are text, bare ones follow YAML 1.2's core schema without inf and nan."""
    if not plain:
        return words
    if words in _PLAIN_WORDS:
        return _PLAIN_WORDS[words]
    if _WHOLE.fullmatch(words):
        return int(words)
    return float(words) if _DECIMAL.fullmatch(words) else words
