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
    "fault": {"reason": 1, "accepted": 2},
    "_note": {"reason": 1, "accepted": 2},
    "_read": {"reason": 2, "accepted": 3},
    "raw": {"accepted": 1},
    # Of a catalogue file: a node, what reads one, and what the parser says.
    "wrong": {"reason": 0, "accepted": 1},
    "_refuse": {"accepted": 2},
    "matching": {"accepted": 1},
    "Slip": {"reason": 0, "accepted": 1},
    "Understood": {"reason": 1},
    "InvalidInput": {"message": 1},
    "NotFound": (MESSAGE := {"message": 0}),
    "Forbidden": MESSAGE,
    "Unauthenticated": MESSAGE,
    "StaleVersion": MESSAGE,
    "AlreadyDifferent": MESSAGE,
    "DoesNotApply": MESSAGE,
    "NotConvertible": MESSAGE,
    "UnknownUnit": MESSAGE,
}
# What reads files or proves the journal for the command line speaks English: whoever runs it reads it.
COMMAND_LINE = {
    f"inspect/inspection/{name}.py"
    for name in (
        "areas",
        "facility_columns",
        "csv_tables",
        "facility_files",
        "facility_geojson",
        "facility_import",
        "facility_rows",
        "file_cells",
        "file_columns",
        "file_outcomes",
        "forgetting",
        "grant_moves",
        "journal",
        "journal_proof",
        "answers/old_files",
        "retention",
        "notices/stages",
        "restoring",
        "settlement_import",
        "settlement_rows",
        "table_files",
        "text_encodings",
        "use_columns",
        "use_facilities",
        "use_import",
        "use_priors",
        "use_rows",
        "xlsx_tables",
    )
}
# Who runs the service reads these, in English.
FOR_OPERATORS = (
    *(
        "api/backup/",
        "api/commands/",
        "api/chores.py",
        "api/console/job_words.py",  # by the words of chores; what pages say of them stands in their own catalogs
        "api/database_roles.py",
        "api/mail/mailbox.py",
        "api/mail/texts.py",
        "api/migrate.py",
        "api/papers/typesetting.py",
        "api/papers/words.py",
        "api/refused.py",
        "api/row_reports.py",
        "api/running_command.py",
        "api/settings.py",
    ),
    "inspect/inspection/demo/",
    "inspect/inspection/restoring.py",
    "inspect/inspection/snapshots.py",
)
WORD = re.compile(r"(?<![\w{.])[A-Za-z']*[a-z]{2,}(?![\w}(])")
NOT_FOR_READERS = {
    # The kind of refusal has better words for its detail.
    "some values cannot be accepted",
    "the catalogue cannot be accepted",
    "the body is not JSON",
    "the body cannot be unpacked",
    "this address reads JSON only",
    "others hold the same rows; send the request again",
    "the database cannot be reached",
    # Documentation of the API and of the tables.
    "0 country, 1 region, 2 district",
    "The id is taken, or another operator of the region has the number: `operator_id` says which.",
    "The id is taken, or another fine of the department and year has the number: `fine_id` says which.",
    "only kinds that occur",
    "only zones that occur",
}
CODE = re.compile(
    r"://|\[|'(?:none|self|open|queued)'|SELECT |DISTINCT |INSERT INTO|, content_hash, | = :"
    r"|[A-Z][a-z]+-[A-Z][A-Za-z]+, |<input |max-age="
)  # addresses, types, policies, SQL, markup
UNREAD_ARGUMENTS = {"description", "comment", "help", "summary", "metadata"}  # documentation is English
CRASHES = {"ValueError", "TypeError", "RuntimeError", "AssertionError"}
CONDITIONS = {"CheckConstraint"}  # SQL
OF_PAGES = {"_", "gettext", "lazy_gettext", "ngettext"}  # in catalogs of their own: tests/console/test_words.py
LOGS = {"debug", "info", "warning", "error", "exception"}
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
        *(said for m in read_by_people() for said in (*said_in(m), *prose_in(m))),
    }


def read_by_people() -> Iterator[Source]:
    """The modules whose words can reach somebody who uses the API."""
    for module in sources("api", "inspect"):
        if module.name not in COMMAND_LINE and not module.name.startswith(FOR_OPERATORS):
            yield module


def prose_in(module: Source) -> Iterator[str]:
    """Whatever reads like a sentence, wherever it stands: lists, tables, parts of sums.

    Not docstrings, documentation, what a crash says, nor what is read by operators.
    """
    unread = {id(part) for node in module.nodes for root in _unread(node) for part in ast.walk(root)}
    for node in module.nodes:
        if id(node) not in unread and isinstance(node, ast.Constant | ast.JoinedStr):
            for said in _texts(node):
                # Three words with spaces between them.
                if CODE.search(said):
                    continue
                if len(WORD.findall(said)) > 2 and said.count(" ") > 1 and skeleton(said) not in NOT_FOR_READERS:
                    yield said


def _unread(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Constant()):
            yield node
        case ast.keyword(arg=name) if name in UNREAD_ARGUMENTS:
            yield node
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in ("description", "title"):
                    yield value
        case ast.Call(func=ast.Name(id=name)) if name in CRASHES | CONDITIONS | OF_PAGES:
            yield node
        case ast.Call(func=ast.Attribute(attr=name)) if name in LOGS:
            yield node
        case ast.Assign(targets=[ast.Name(id=name)]) if name.isupper() and name.endswith(
            ("EXAMPLE", "DESCRIPTION")
        ):
            yield node
        case ast.JoinedStr():
            yield from node.values


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
            if (
                isinstance(node.func, ast.Attribute)
                and node.func.attr == "append"
                and _is_sentence(node.func.value)
            ):
                yield from _texts(node.args[0])
        elif isinstance(node, ast.Assign) and any(_is_sentence(target) for target in node.targets):
            yield from _texts(node.value)


def _is_sentence(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id.lower().endswith(("reason", "reasons", "accepted"))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.BinOp):  # a sentence must not be a sum: nobody could look it up
        yield from (f"{left}{{}}" for left in _texts(node.left))


def _classes(module: Any, base: type) -> list[type]:
    return [c for _, c in inspect.getmembers(module, inspect.isclass) if issubclass(c, base)]
