"""Every sentence that a person can read in a refusal, found where it is written.

Values in a sentence are written `{name}` in the catalogs and anything in braces in an f-string; `skeleton` makes
them comparable.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import webargs.fields
from marshmallow import Schema, fields, validate

from api import accepted, parsing, problems
from tests.house.syntax import Source, sources

# Who says sentences: which arguments, by name and position.
SAYERS: Mapping[str, Mapping[str, int]] = {
    "Fault": {"reason": 1, "accepted": 2},
    "InvalidInput": {"message": 1},
    "NotFound": (MESSAGE := {"message": 0}),
    "Forbidden": MESSAGE,
    "Unauthenticated": MESSAGE,
    "StaleVersion": MESSAGE,
    "AlreadyDifferent": MESSAGE,
    "DoesNotApply": MESSAGE,
}
# What reads files for the command line speaks English: it is read by whoever runs the import.
COMMAND_LINE = {
    f"inspect/inspection/{name}.py"
    for name in (
        "areas",
        "boundary_file",
        "catalogue_file",
        "facility_columns",
        "facility_csv",
        "facility_files",
        "facility_geojson",
        "facility_import",
        "facility_xlsx",
        "text_encodings",
    )
}
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
        *(said for m in sources("api", "inspect") if m.name not in COMMAND_LINE for said in said_in(m)),
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
    """Every sentence that a module says itself: in a Fault, or as the message of a refusal."""
    for node in module.nodes:
        if isinstance(node, ast.Call):
            says = SAYERS.get(getattr(node.func, "id", getattr(node.func, "attr", "")), {})
            given = dict(enumerate(node.args))
            named = {k.arg: k.value for k in node.keywords}
            for name, position in says.items():
                yield from _texts(named.get(name, given.get(position)))
        elif isinstance(node, ast.Assign) and any(_is_sentence(target) for target in node.targets):
            yield from _texts(node.value)


def _is_sentence(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id.lower().endswith(("reason", "accepted"))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _classes(module: Any, base: type) -> list[type]:
    return [c for _, c in inspect.getmembers(module, inspect.isclass) if issubclass(c, base)]
