"""What a row of a table says of use, or everything that is wrong with it."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from inspection import use_claims
from inspection.criteria import GROUPS
from inspection.facilities import ADDRESS_LENGTH, NAME_LENGTH
from inspection.facility_rows import ID_LENGTH
from inspection.file_cells import CellFault, Cells, Refused
from inspection.forms import UUID_FORM
from inspection.raw_rows import RawRow
from inspection.tables.use_records import UseSource
from inspection.use_claims import ARGUMENT_LENGTH, MOST, REFERENCE_LENGTH, TEXT_LENGTH, Claim
from inspection.use_columns import recognise
from inspection.use_facilities import Meant

IMPORTED = UUID("6d0f5a7e-6a44-5c0a-9a39-0f3a2b7de0c1")  # namespace of ids of imported use records
SPLIT = re.compile(r"\s*([^=:;,]+?)\s*[=:]\s*([0-9]{1,9})\s*")
OF_A_SPLIT = "a split like wheelchair=3; vision=2, of " + ", ".join(GROUPS)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of a file are to be read.

    source: of every row, whatever the file says. origin: source text of rows that have none. said: field to
    column, where names are not recognised.
    """

    source: UseSource | None = None
    origin: str | None = None
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A record as a row says it. columns: field to column of the file."""

    number: int
    meant: Meant
    claim: Claim
    columns: Mapping[str, str]

    def refused(self, faults: Sequence[CellFault]) -> Refused:
        """The row refused."""
        return Refused(self.number, self.claim.reference, tuple(faults))

    def fault(self, name: str, reason: str, accepted: str) -> CellFault:
        """A fault of one of its fields, at the column that said it."""
        if name not in self.columns:  # said by a column for several
            name = "last_day" if name == "period_to" else "groups" if name in GROUPS else name
        return CellFault(self.columns.get(name, name), reason, accepted)

    def faults(self, today: date) -> list[CellFault]:
        """Everything that is wrong with what the row says, today."""
        found = use_claims.faults(self.claim, today)
        return [self.fault(f.pointer.rpartition("/")[2], f.reason, f.accepted) for f in found]


class UseRowReader:
    """Reads the rows of one file. Raises InvalidInput for a header without the columns that every row needs."""

    def __init__(self, reading: Reading, columns: Sequence[str]) -> None:
        self._reading = reading
        self._columns = recognise(columns, reading.said, needs_source=reading.source is None)

    def read(self, raw: RawRow) -> Said | Refused:
        """What a row says. Never raises for a bad row."""
        if raw.broken is not None:
            return Refused(raw.number, None, (CellFault("", raw.broken, "a row that can be read"),))
        cells = _Cells(raw, self._columns)
        meant = cells.meant()
        claim = cells.claim(self._reading)
        if claim is None or cells.faults:
            return Refused(raw.number, cells.reference, tuple(cells.faults))
        return Said(raw.number, meant, claim, self._columns)


class _Cells(Cells):
    """The cells of a row that says something of use."""

    reference: str | None = None

    def meant(self) -> Meant:
        """What the row says of its facility."""
        made = self.text("facility_id", ID_LENGTH)
        if made is not None and not UUID_FORM.fullmatch(made):
            self.fault("facility_id", f"{made[:40]!r} is no id of a facility here", "a UUID")
            made = None
        return Meant(
            facility_id=None if made is None else UUID(made),
            external_id=self.text("external_id", ID_LENGTH),
            operator_tax_id=self.text("operator_tax_id", 40),
            address=self.text("address", ADDRESS_LENGTH),
            name=self.text("name", NAME_LENGTH),
            district=self.text("district", NAME_LENGTH),
        )

    def claim(self, reading: Reading) -> Claim | None:
        """What the row claims; None where its source or its day is missing or wrong."""
        self.reference = self.text("reference", REFERENCE_LENGTH)
        source = reading.source or self._source()
        begins = self.day("period_from")
        if begins is None and not self.said("period_from"):
            self.fault("period_from", "the day is missing", "a day like 2026-03-16 or 16.03.2026")
        ends = self._end(source)
        visits, clients = self.whole("visits", 0, MOST), self.whole("clients", 0, MOST)
        completeness, groups = self.number_of("completeness"), self._groups()
        source_text = self.text("source_text", TEXT_LENGTH) or reading.origin
        argument = self.text("argument", ARGUMENT_LENGTH)
        if source is None or begins is None:
            return None
        return Claim(
            source,
            begins,
            ends,
            visits,
            clients,
            completeness,
            groups,
            source_text,
            self.reference,
            argument,
        )

    def said(self, name: str) -> bool:
        """Whether there is anything in a cell."""
        value = self.values.get(self.columns.get(name, ""))
        return value is not None and bool(str(value).strip())

    def _source(self) -> UseSource | None:
        word = self.text("source", 60)
        accepted = "one of " + ", ".join(UseSource)
        if word is None:
            self.fault("source", "the source is empty", accepted)
        elif word.casefold() not in list(UseSource):
            self.fault("source", f"{word!r} is no source", accepted)
        else:
            return UseSource(word.casefold())
        return None

    def _end(self, source: UseSource | None) -> date | None:
        """The end of the period; tables more often name the last day that was counted than the one after it."""
        ends, last = self.day("period_to"), self.day("last_day")
        if self.said("period_to") and self.said("last_day"):
            self.fault("last_day", "the end of the period is said twice", "period_to or last_day")
        if last is None:
            return ends
        counts = source in (UseSource.COUNTED, UseSource.TICKETS, UseSource.OBSERVED)
        return last + timedelta(days=1) if counts and last < date.max else last

    def _groups(self) -> dict[str, int] | None:
        """Counts by group, from a column for each or from one for all."""
        split = {g: n for g in GROUPS if (n := self.whole(g, 0, MOST)) is not None}
        text = self.text("groups", 500)
        for part in re.split(r"[;,]", text) if text else ():
            found = SPLIT.fullmatch(part)
            if found is None:
                self.fault("groups", f"{part.strip()[:40]!r} is no group with its number", OF_A_SPLIT)
                continue
            group, number = found[1].casefold(), int(found[2])
            if group not in GROUPS:
                self.fault("groups", f"there is no group {group[:40]!r}", OF_A_SPLIT)
            elif group in split:
                self.fault("groups", f"the group {group} is said twice", "each group once")
            else:
                split[group] = number
        return split or None


def record_id(facility_id: UUID, claim: Claim) -> UUID:
    """The id of an imported record: always the same for the same facility and the same content.

    Where it was read is no content, or the same table from two senders would count twice.
    """
    ends = claim.period_to or claim.period_from
    split = sorted((claim.groups or {}).items())
    numbers = (claim.known_visits, claim.clients, float(claim.completeness or 1), split)
    said = (claim.source.value, claim.period_from, ends, *numbers, claim.reference or "", claim.argument or "")
    return uuid.uuid5(IMPORTED, "\x1f".join(map(str, (facility_id, *said))))
