"""What makes a text no YAML, in sentences of ours.

The parser has words of its own. They are English alone, speak of tokens and streams, and differ between its make
in C and its make in Python: what both say of one slip of the author is known here by a part that both have.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

A_DOCUMENT = "a YAML document of plain mappings and lists"


@dataclass(frozen=True, slots=True)
class Slip:
    """One sort of slip. reason: with `{opened}` where the line stands in which the broken part began."""

    reason: str
    accepted: str


_COLON = Slip(
    "no YAML: a colon where none can stand", "key: value in a line of its own, a text with a colon in quotes"
)
_BEGINNING = Slip(
    "no YAML: a value begins with a tab, @, * or another sign that it cannot begin with",
    "spaces in front of a line, the value in quotes",
)
_ESCAPE = Slip(
    "no YAML: an unknown sign after a backslash in double quotes", "single quotes, or the backslash twice"
)
_QUOTES = Slip("no YAML: the quotes opened in line {opened} are not closed", "the closing quotes")
_BRACKET = Slip(
    "no YAML: in the bracket opened in line {opened} a comma or its end is missing",
    "a comma or the closing bracket",
)
_INDENTED = Slip(
    "no YAML: this line does not continue what stands above it", "the indentation of the lines that it belongs to"
)
_SIGN = Slip("no YAML: a control character", "text without control characters")
_OTHER = Slip("no YAML: from here on it cannot be read", A_DOCUMENT)

# Part of what the parser says, to what it means; the first that fits.
SLIPS: Mapping[str, Slip] = {
    "mapping values": _COLON,
    "mapping keys": _COLON,
    "sequence entries": Slip(
        "no YAML: a dash where no list can begin", "each entry of a list in a line of its own"
    ),
    "expected ':'": Slip("no YAML: a key without a colon", "key: value"),
    "expected ',' or": _BRACKET,
    "of stream": _QUOTES,
    "unexpected document": _QUOTES,
    "any token": _BEGINNING,
    "expected alphabetic": _BEGINNING,
    "a tab character": Slip("no YAML: a tab in front of a line", "spaces in front of a line"),
    "escape": _ESCAPE,
    "hexdecimal": _ESCAPE,
    "expected key": _INDENTED,
    "expected '-' indicator": _INDENTED,
    "<block end>": _INDENTED,
    "node content": Slip("no YAML: a value is missing here", "a value, in quotes if it begins with a sign"),
    "characters are": _SIGN,
}


def what_is_no_yaml(error: yaml.YAMLError) -> tuple[str, str]:
    """Why the parser gave up and what it would have read, as sentences for the author."""
    problem = str(getattr(error, "problem", None) or error)
    slip = next((slip for part, slip in SLIPS.items() if part in problem), _OTHER)
    began = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
    return slip.reason.format(opened=began.line + 1 if began else 1), slip.accepted
