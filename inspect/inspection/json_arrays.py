"""The rows of a JSON array, each read by itself: one that cannot be read takes no other along."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from inspection.errors import InvalidInput
from inspection.json_bodies import NOT_JSON

TOO_DEEP = "the row is nested too deep"
BROKEN = "the row is not JSON"
# A whole text, or what gives an array its shape. Bytes outside ASCII are none of it, UTF-8 or not.
TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
MOST_DIGITS = 4000  # of a whole number, as Python reads it without being asked twice
BLANK = b" \t\r\n"
MARK = b"\xef\xbb\xbf"  # of the byte order


@dataclass(frozen=True, slots=True)
class Illegible:
    """A row that cannot be read, as it came, and why."""

    body: bytes
    reason: str


def read_rows(body: bytes) -> list[Any]:
    """The rows of an array; those that cannot be read, or never be spelled again, as Illegible.

    A cut emoji or a control character as it is, a number of thousands of digits: the row around it is read, and
    whoever reads its fields refuses it by name. Raises InvalidInput for what is no array.
    """
    return [_read(row) for row in _split(body)]


def _split(body: bytes) -> Iterator[bytes]:
    body = body.removeprefix(MARK).strip(BLANK)
    if not body.startswith(b"[") or not body.endswith(b"]"):
        raise InvalidInput([NOT_JSON])
    depth, begun = 0, 1
    for token in TOKEN.finditer(body):
        sign = token.group()
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
        if depth == 0 or (depth == 1 and sign == b","):
            row = body[begun : token.start()].strip(BLANK)
            if row or sign == b"," or begun > 1:
                yield row
            begun = token.end()
        if depth == 0:
            break
    if depth or begun != len(body):
        raise InvalidInput([NOT_JSON])


def _read(row: bytes) -> Any:
    try:
        document = _parsed(row)
        json.dumps(document)  # what could be read and not be spelled could not be kept
    except RecursionError:
        return Illegible(row, TOO_DEEP)
    except ValueError:
        return Illegible(row, BROKEN)
    return document


def _parsed(row: bytes) -> Any:
    try:
        return orjson.loads(row)
    except orjson.JSONDecodeError:
        text = row.decode("utf-8", "surrogateescape")
        return json.loads(text, strict=False, parse_int=_whole)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)
