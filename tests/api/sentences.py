"""Every sentence that a person can read in a refusal, found where it is written.

Values in a sentence are written `{name}` in the catalogs and anything in braces in an f-string; `skeleton` makes
them comparable.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import webargs.fields
from marshmallow import Schema, fields, validate

from api import accepted, parsing, problems
from tests.house.syntax import Source, sources

# Who says sentences, and which of the arguments are sentences.
SAYERS = {"Fault": ("reason", "accepted")}
POSITIONS = {"reason": 1, "accepted": 2}
AT_LOAD = {"required", "null", "invalid", "type", "unknown"}
NEVER_READ = {"format", "validator_failed"}  # said when dumping; replaced by the validator's own words


def skeleton(sentence: str) -> str:
    """The sentence with every value written `{}`."""
    return re.sub(r"\{[^{}]*\}", "{}", sentence)


def all_sentences() -> set[str]:
    """Everything that must be translated."""
    return {
        *(text for kind in problems.KINDS.values() for text in (kind.title, kind.detail)),
        *problems.SENTENCES,
        *accepted.SENTENCES,
        *parsing.REASONS,
        parsing.A_DOCUMENT,
        *marshmallow_sentences(),
        *(said for module in sources("api", "inspect") for said in said_in(module)),
    }


def marshmallow_sentences() -> Iterator[str]:
    """What marshmallow says of a value that it does not load."""
    said = dict(Schema._default_error_messages)
    yield from said.values()
    for kind in [*_classes(fields, fields.Field), *_classes(webargs.fields, fields.Field)]:
        for key, text in getattr(kind, "default_error_messages", {}).items():
            if key in NEVER_READ:
                continue
            if "{obj_type}" not in text:
                yield text
            elif issubclass(kind, fields.Date | fields.DateTime | fields.Time) and hasattr(kind, "OBJ_TYPE"):
                for awareness in ("aware", "naive") if "{awareness}" in text else ("",):
                    yield text.format(obj_type=kind.OBJ_TYPE, awareness=awareness)
    yield validate.Email.default_message
    yield validate.URL.default_message
    for low, high in product((True, False), repeat=2):
        rule = validate.Range(1, 2, min_inclusive=low, max_inclusive=high)
        yield from (rule.message_min, rule.message_max, rule.message_all)
    length = validate.Length
    yield from (length.message_min, length.message_max, length.message_all, length.message_equal)
    for check in (validate.Equal, validate.Regexp, validate.Predicate, validate.NoneOf, validate.OneOf):
        yield check.default_message
    yield from (validate.ContainsOnly.default_message, validate.ContainsNoneOf.default_message)


def said_in(module: Source) -> Iterator[str]:
    """Reasons and what is accepted, of every Fault written in a module."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Fault":
            given = dict(enumerate(node.args)) | {k.arg: k.value for k in node.keywords}
            for name, position in POSITIONS.items():
                yield from _texts(given.get(name, given.get(position)))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _classes(module: Any, base: type) -> list[type]:
    return [c for _, c in inspect.getmembers(module, inspect.isclass) if issubclass(c, base)]
