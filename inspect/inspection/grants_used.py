"""Which grants let somebody do what they did: it stands in the journal beside what they did."""

from typing import Protocol

MOST_NAMED = 20


class Granted(Protocol):
    """A grant that is in force; read-only here."""

    @property
    def role(self) -> str: ...
    @property
    def area_code(self) -> str: ...
    @property
    def level(self) -> int: ...


class GrantsUsed:
    """The grants that were looked for and found while one request was answered.

    Whoever does something must see it first, so a grant that lets them read counts only where nothing else was
    looked for. places: codes of areas in which something was found with which they may do something.
    """

    __slots__ = ("_acted", "_read", "places")

    def __init__(self) -> None:
        self._acted: set[Granted] = set()
        self._read: set[Granted] = set()
        self.places: set[str] = set()

    def note(self, grant: Granted, *, reading: bool) -> None:
        """Remember that this grant was found."""
        (self._read if reading else self._acted).add(grant)

    def named(self) -> list[Granted]:
        """Those that count, the narrowest first."""
        found = self._acted or self._read
        return sorted(found, key=lambda grant: (-grant.level, grant.area_code, grant.role))

    def __str__(self) -> str:
        """As the journal has it, for example `akimat_official:751110000`; empty where none was looked for."""
        found = [f"{grant.role}:{grant.area_code}" for grant in self.named()]
        left_out = [f"+{len(found) - MOST_NAMED}"] if len(found) > MOST_NAMED else []
        return " ".join(found[:MOST_NAMED] + left_out)
