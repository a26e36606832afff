"""Reading the form of a document from outside, field by field, and noting every fault on the way.

What does not fit is noted with its JSON pointer and read as None; nothing raises, so one look finds all faults.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from inspection.errors import Fault

# Python reads more spellings than these: UUIDs without dashes or with other scripts' digits, dates by weeks.
UUID_FORM = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
DAY_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TOKEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
MOST_FAULTS = 500  # more than that nobody reads, and a hostile document must not make a huge answer
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UNPRINTABLE = re.compile("[\x00-\x1f\ud800-\udfff]")
T = TypeVar("T")


class Fields:
    """The fields of one JSON object. Ask for each by name and type, then `close` to refuse the others."""

    def __init__(self, document: Any, pointer: str, faults: list[Fault]) -> None:
        self.pointer = pointer
        self.faults = faults
        self._asked: set[str] = set()
        self._is_object = isinstance(document, Mapping)
        self._document: Mapping[str, Any] = document if self._is_object else {}
        if not self._is_object:
            self.fault("", "this is not an object", "a JSON object")

    def asked(self, name: str) -> None:
        """Take a field for asked for: it was read past this reader."""
        self._asked.add(name)

    def fault(self, name: str, reason: str, accepted: str) -> None:
        """Note a fault of one field (or, with an empty name, of the whole object)."""
        self._note(f"{self.pointer}/{name}" if name else self.pointer, reason, accepted)

    def _note(self, pointer: str, reason: str, accepted: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(pointer, reason, accepted))

    def raw(self, name: str, accepted: str, *, required: bool = False) -> Any:
        """The value as it came; None where it is missing or null."""
        self._asked.add(name)
        value = self._document.get(name)
        if value is None and required and self._is_object:
            self.fault(name, "this field is missing", accepted)
        return value

    def _read(
        self, name: str, fit: Callable[[Any], T | None], reason: str, accepted: str, required: bool
    ) -> T | None:
        value = self.raw(name, accepted, required=required)
        if value is None:
            return None
        fitting = fit(value)
        if fitting is None:
            self.fault(name, reason, accepted)
        return fitting

    def text(self, name: str, *, required: bool = False, longest: int = 2000) -> str | None:
        """A text of at most `longest` characters that every database can hold.

        An empty one is what forms send that were left alone: it says nothing, where none is required.
        """
        if not required and self._document.get(name) == "":
            self._asked.add(name)
            return None
        accepted = (
            f"a text of 1 to {longest} characters, not only spaces, without U+0000 and halves of surrogate pairs"
        )
        return self._read(name, lambda v: _text(v, longest), "this text cannot be taken", accepted, required)

    def token(self, name: str, *, required: bool = False) -> str | None:
        """A short machine-made word."""
        accepted = "1 to 64 letters, digits, dots, dashes or underscores"
        return self._read(name, _token, "this is not a plain word", accepted, required)

    def uuid(self, name: str, *, required: bool = False) -> UUID | None:
        """A UUID in its usual spelling."""
        accepted = "36 characters like 7d444840-9dc0-41d1-b245-5ffdce74fad2"
        return self._read(name, _uuid, "this is not a UUID", accepted, required)

    def instant(self, name: str, *, required: bool = False) -> datetime | None:
        """A moment with its offset from UTC, returned in UTC."""
        accepted = "a moment with its offset, like 2026-03-16T09:00:00+05:00"
        return self._read(name, _instant, "this is not a moment with an offset from UTC", accepted, required)

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A calendar date."""
        return self._read(name, _day, "this is not a date", "a date like 2026-03-16", required)

    def number(self, name: str, low: float, high: float, *, required: bool = False) -> float | None:
        """A finite number within bounds, both included."""
        accepted = f"a number from {low:.10g} to {high:.10g}"
        reason = "this is not a number within the bounds"
        return self._read(name, lambda v: _number(v, low, high), reason, accepted, required)

    def integer(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        """A whole number within bounds, both included."""
        accepted = f"a whole number from {low} to {high}"
        reason = "this is not a whole number within the bounds"
        return self._read(
            name, lambda v: v if _is_whole(v) and low <= v <= high else None, reason, accepted, required
        )

    def flag(self, name: str) -> bool:
        """true or false; missing is false."""
        accepted, reason = "true or false", "neither true nor false"
        return self._read(name, lambda v: v if isinstance(v, bool) else None, reason, accepted, False) is True

    def word(self, name: str, among: Collection[str], *, required: bool = False) -> str | None:
        """One of a few words."""
        accepted = f"one of: {', '.join(sorted(among))}"
        reason = "this word is not known here"
        return self._read(
            name, lambda v: v if isinstance(v, str) and v in among else None, reason, accepted, required
        )

    def object(self, name: str) -> "Fields | None":
        """A nested object, or None where there is none."""
        value = self.raw(name, "an object")
        return None if value is None else Fields(value, f"{self.pointer}/{name}", self.faults)

    def objects(self, name: str, *, most: int, required: bool = False) -> "Iterator[Fields]":
        """The objects of a list of at most `most`."""
        accepted = f"a list of at most {most} objects"
        value = self.raw(name, accepted, required=required)
        if value is None:
            return
        if not isinstance(value, list) or len(value) > most:
            self.fault(name, "this is not a list of a fitting length", accepted)
            return
        for index, each in enumerate(value):
            yield Fields(each, f"{self.pointer}/{name}/{index}", self.faults)

    def storable(self) -> None:
        """Refuse texts, however deep and names included, that not every database can hold."""
        accepted = "text without U+0000 and halves of surrogate pairs"
        waiting: list[tuple[str, Any]] = [(self.pointer, self._document)]
        while waiting:  # no recursion: the depth is the sender's
            pointer, value = waiting.pop()
            if isinstance(value, str) and _UNSTORABLE.search(value):
                self._note(pointer, "this text cannot be taken", accepted)
            elif isinstance(value, float) and not math.isfinite(value):
                self._note(pointer, "this is not a finite number", "a finite number")
            elif isinstance(value, Mapping):
                for name, inner in value.items():
                    step = f"{pointer}/{_escaped(name)}"
                    if _UNSTORABLE.search(name):
                        self._note(step, "this text cannot be taken", accepted)
                    waiting.append((step, inner))
            elif isinstance(value, list):
                waiting.extend((f"{pointer}/{n}", inner) for n, inner in enumerate(value))

    def close(self, ignored: Collection[str] = ()) -> None:
        """Refuse every field that was not asked for."""
        accepted = f"one of: {', '.join(sorted(self._asked))}"
        for name in self._document:
            if name not in self._asked and name not in ignored:
                self._note(f"{self.pointer}/{_escaped(name)}", "this field is not known here", accepted)


def is_blank(text: str) -> bool:
    """Whether nothing in a text can be seen: spaces of any kind, controls, characters of no width."""
    return not any(sign.isprintable() and not sign.isspace() for sign in text)


def _escaped(name: object) -> str:
    """The name of a field from outside as a step of a pointer. Source: RFC 6901, section 3."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(name)[:64]).replace("~", "~0").replace("/", "~1")


def _text(value: Any, longest: int) -> str | None:
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        return None
    # PostgreSQL cannot hold U+0000, and UTF-8 cannot spell a half of a surrogate pair.
    return None if _UNSTORABLE.search(value) or is_blank(value) else value


def _token(value: Any) -> str | None:
    return value if isinstance(value, str) and TOKEN.fullmatch(value) else None


def _uuid(value: Any) -> UUID | None:
    return UUID(value) if isinstance(value, str) and UUID_FORM.fullmatch(value) else None


def _instant(value: Any) -> datetime | None:
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    return None


def _day(value: Any) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(value) if isinstance(value, str) and DAY_FORM.fullmatch(value) else None
    return None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any, low: float, high: float) -> float | None:
    if not _is_whole(value) and not (isinstance(value, float) and math.isfinite(value)):
        return None
    return float(value) if low <= value <= high else None
