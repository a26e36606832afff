"""Features of a GeoJSON file one by one, in constant memory.

The standard library's scanner reads them, and not a streaming parser: that one ends at the first NaN, which
programs do write, and every feature after it would be lost.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from inspection.errors import Fault, InvalidInput
from inspection.raw_rows import RawRow

BLOCK = 1 << 20  # characters read at once
LONGEST = 16 << 20  # characters of one feature
BLANK = " \t\r\n"
ACCEPTED = "a GeoJSON FeatureCollection of points, WGS 84, longitude first"
POINT = "a Point, or no geometry"


class GeoJsonFile:
    """A FeatureCollection; coordinates stand in the columns `lon` and `lat`, a feature's own id in `id`."""

    columns: Sequence[str] | None = None

    def __init__(self, path: Path, encoding: str) -> None:
        self._path = path
        self._encoding = encoding
        self.length = path.stat().st_size
        self.position = 0
        with path.open(encoding=encoding) as text:
            _Scanner(text).enter_features()  # refuses what is no FeatureCollection before the first row

    def __iter__(self) -> Iterator[RawRow]:
        with self._path.open("rb") as raw, io.TextIOWrapper(raw, encoding=self._encoding) as text:
            scanner = _Scanner(text)
            scanner.enter_features()
            done = 0
            try:
                for feature in scanner.features():
                    self.position = raw.tell()
                    done += 1
                    yield _row(done, feature)
            except _Broken as error:
                yield RawRow(done + 1, {}, f"the file breaks off here, nothing after it could be read: {error}")
        self.position = self.length


class _Broken(Exception):
    """The text stops being JSON."""


class _Scanner:
    """Reads JSON values from a text that is held only as far as the value at hand."""

    def __init__(self, text: Any) -> None:
        self._text = text
        self._held = ""
        self._at = 0
        self._ended = False
        self._decoder = json.JSONDecoder()

    def enter_features(self) -> None:
        """Go to the first element of `features`; what stands before it is read and left."""
        try:
            self._enter()
        except _Broken as error:
            raise InvalidInput([Fault("", f"this is no complete JSON: {error}", ACCEPTED)]) from None

    def _enter(self) -> None:
        if self._next_sign() != "{":
            raise InvalidInput([Fault("", "this is JSON, but no object", ACCEPTED)])
        self._at += 1
        while self._next_sign() == '"':
            name = self._value()
            self._expect(":")
            if name == "features" and self._next_sign() == "[":
                self._at += 1
                return
            self._value()
            if self._next_sign() != ",":
                break
            self._at += 1
        raise InvalidInput([Fault("/features", "there is no list of features", ACCEPTED)])

    def features(self) -> Iterator[Any]:
        """The elements of the list. Raises _Broken where the text stops being JSON."""
        if self._next_sign() == "]":
            return
        while True:
            yield self._value()
            if self._next_sign() == "]":
                return
            self._expect(",")

    def _expect(self, sign: str) -> None:
        if (found := self._next_sign()) != sign:
            raise _Broken(f"{found!r} stands where {sign!r} is due" if found else "it ends too early")
        self._at += 1

    def _next_sign(self) -> str:
        while True:
            while self._at < len(self._held) and self._held[self._at] in BLANK:
                self._at += 1
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def _value(self) -> Any:
        self._next_sign()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                # Perhaps only the end is not here yet; a sound feature is never as long as the limit.
                if len(self._held) - self._at > LONGEST or not self._more():
                    raise _Broken(error.msg if not self._ended else f"it ends too early ({error.msg})") from None
                continue
            except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
                nested = isinstance(error, RecursionError)
                raise _Broken("it is nested too deep" if nested else "a number is too long") from None
            # A number may go on in the next block.
            if end == len(self._held) and not isinstance(value, dict | list | str) and self._more():
                continue
            self._at = end
            return value

    def _more(self) -> bool:
        """Read a further block, letting go of what was read; False at the end of the text."""
        # As much again as is held: a value of many blocks is then not scanned once for each of them.
        block = self._text.read(max(BLOCK, len(self._held) - self._at))
        self._ended = not block
        self._held = self._held[self._at :] + block
        self._at = 0
        return bool(block)


def _row(number: int, feature: Any) -> RawRow:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return RawRow(number, {}, "this is no GeoJSON Feature")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        return RawRow(number, {}, "the properties are no object")
    values: dict[str, object] = {**properties}
    if feature.get("id") is not None:
        values.setdefault("id", feature["id"])
    geometry = feature.get("geometry")
    if geometry is None:
        return RawRow(number, values)
    if not isinstance(geometry, Mapping) or geometry.get("type") != "Point":
        kind = geometry.get("type") if isinstance(geometry, Mapping) else geometry
        return RawRow(number, values, f"the geometry is {str(kind)[:40]!r}; accepted is {POINT}")
    position = geometry.get("coordinates")
    if not isinstance(position, list) or len(position) < 2:
        return RawRow(number, values, "the coordinates of the point are no pair of numbers")
    return RawRow(number, {**values, "lon": position[0], "lat": position[1]})
