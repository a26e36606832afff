"""A decision that somebody sends by a form: tried once, and told at the fields what is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _

from api.console.page import write, wrong_fields
from api.problems import nearest_status
from api.work import Work
from inspection.errors import InspectionError, InvalidInput

LONGEST = 2000  # characters of a reason


@dataclass(slots=True)
class Attempt:
    """What was typed, and what is wrong with it by field; under "" what is wrong as a whole."""

    given: Mapping[str, str]
    wrong: dict[str, str] = field(default_factory=dict)
    status: int = 200

    def words(self, name: str) -> str:
        """What was typed in a field, without what no database can hold."""
        return self.given.get(name, "").replace("\0", "").strip()

    def number(self, name: str) -> int | None:
        """A whole number in a field; None for anything else."""
        said = self.given.get(name, "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None

    def want_reason(self, name: str = "reason") -> None:
        """Refuse an empty or endless reason before anything is tried."""
        if not self.words(name):
            self.refuse(name, _("Say why: it stands in the history for good."))
        elif len(self.words(name)) > LONGEST:
            self.refuse(name, _("This is too long."))

    def refuse(self, name: str, said: str) -> None:
        """Note what is wrong in a field."""
        self.wrong[name], self.status = said, 422

    def tried(self, fn: Callable[[Work], Any], names: Mapping[str, str] | None = None) -> bool:
        """Whether it was done. names: of fields that the rules call otherwise than the form."""
        if self.wrong:
            return False
        try:
            write(fn)
        except InspectionError as error:
            said, known = wrong_fields(error), names or {}
            self.wrong = {
                known.get(name.partition("/")[0], name.partition("/")[0]): text for name, text in said.items()
            }
            self.status = 422 if isinstance(error, InvalidInput) else nearest_status(error)
            return False
        return True


def blank() -> Attempt:
    """A form that nobody has sent yet."""
    return Attempt(request.args)


def sent() -> Attempt:
    """A form that was sent."""
    return Attempt(request.form)
