"""What somebody says of the use of a facility, and everything that is wrong with it.

Counts are visits by people with disabilities over a period. Clients of a register are people and no visits: how
often they come is not known, so they are a catchment. A complaint proves that somebody came on one day and says
nothing of how many others did. A statement attests that nobody comes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from inspection.audit_documents import LONGEST_STATEMENT
from inspection.criteria import GROUPS
from inspection.errors import Fault
from inspection.tables.use_records import UseSource

MOST = 10_000_000  # visits or clients
LONGEST_PERIOD = 1827  # days; what was so long ago says little of today, and a wrong year says too much
TEXT_LENGTH, REFERENCE_LENGTH, ARGUMENT_LENGTH = 500, 120, 2000
# A mail address, a personal number whether spaced or not, a phone number; numbers of cases look otherwise.
OF_A_PERSON = re.compile(r"@|\d{10}|\d\d(?: \d\d){5}|\+ ?\d|\b8[ (-]{1,2}\d{3}[) -]")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """One record as it is said. What is None was not said; see the columns of a use record.

    visits: of a complaint 1, of a statement 0, so they need not be said. period_to: needed for counts and
    statements.
    """

    source: UseSource
    period_from: date
    period_to: date | None = None
    visits: int | None = None
    clients: int | None = None
    completeness: float | None = None
    groups: Mapping[str, int] | None = None
    source_text: str | None = None
    reference: str | None = None
    argument: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts visits over a period."""
        return self.source in (UseSource.COUNTED, UseSource.TICKETS, UseSource.OBSERVED)

    @property
    def known_visits(self) -> int | None:
        """Its visits, also where they need not be said; None of a register."""
        return {UseSource.STATEMENT: 0, UseSource.COMPLAINT: 1}.get(self.source, self.visits)


def faults(claim: Claim, today: date) -> list[Fault]:
    """Everything that is wrong with a claim made today; pointers name its fields."""
    return [*_numbers(claim), *_days(claim, today), *_groups(claim), *_texts(claim)]


def _numbers(claim: Claim) -> Iterator[Fault]:
    accepted = f"a whole number from 0 to {MOST}"
    for name, number in (("visits", claim.visits), ("clients", claim.clients)):
        if number is not None and not 0 <= number <= MOST:
            yield Fault(f"/{name}", f"{number} cannot be counted", accepted)
    register = claim.source is UseSource.REGISTER
    if register and claim.visits is not None:
        yield Fault("/visits", "people on a register are no visits", "clients, and visits left out")
    if not register and claim.clients is not None:
        yield Fault("/clients", "only a register has clients", "clients left out, or the source register")
    if register and claim.clients is None:
        yield Fault("/clients", "the number of clients is missing", accepted)
    if claim.counts and claim.visits is None:
        yield Fault("/visits", "the number of visits is missing", accepted)
    if claim.source is UseSource.COMPLAINT and claim.visits not in (None, 1):
        yield Fault("/visits", "a complaint is of one visit", "1, or left out")
    if claim.source is UseSource.STATEMENT and claim.visits not in (None, 0):
        yield Fault("/visits", "an attested zero counts nothing", "0, or left out")
    yield from _completeness(claim)


def _completeness(claim: Claim) -> Iterator[Fault]:
    if claim.completeness is None:
        return
    if not 0 < claim.completeness <= 1:  # not a number is neither
        accepted = "a number above 0, at most 1"
        yield Fault("/completeness", "this is no share of visits that were counted", accepted)
    elif claim.completeness < 1 and not claim.counts:
        yield Fault("/completeness", "only a count can be incomplete", "1, or left out")


def _days(claim: Claim, today: date) -> Iterator[Fault]:
    begins, ends = claim.period_from, claim.period_to
    if begins > today:
        yield Fault("/period_from", "this lies in the future", f"{today} at the latest")
    if ends is None:
        if claim.counts or claim.source is UseSource.STATEMENT:
            yield Fault("/period_to", "the end of the period is missing", "a day after period_from")
        return
    if ends < begins:
        yield Fault("/period_to", "the period ends before it begins", "a day after period_from")
    elif claim.source is UseSource.COMPLAINT:
        if ends > begins:
            yield Fault("/period_to", "a complaint is of one day", "period_from, or left out")
    elif claim.source is UseSource.STATEMENT:
        yield from _statement(begins, ends)
    elif ends == begins and claim.counts:
        yield Fault("/period_to", "the period is empty", "a day after period_from")
    elif ends > today + DAY:
        yield Fault("/period_to", "the period ends in the future", f"{today + DAY} at the latest")
    elif (ends - begins).days > LONGEST_PERIOD:
        accepted = f"at most {LONGEST_PERIOD} days after period_from"
        yield Fault("/period_to", "the period is too long to say anything of today", accepted)


def _statement(begins: date, ends: date) -> Iterator[Fault]:
    if ends == begins:
        yield Fault("/period_to", "the period is empty", "a day after period_from")
    elif (ends - begins).days > LONGEST_STATEMENT:
        accepted = f"at most {LONGEST_STATEMENT} days after period_from"
        yield Fault("/period_to", "an attested zero holds for a year at most", accepted)


def _groups(claim: Claim) -> Iterator[Fault]:
    split = claim.groups or {}
    accepted = "some of: " + ", ".join(GROUPS)
    for group in split:
        if group not in GROUPS:
            yield Fault(f"/groups/{group}", "there is no such group", accepted)
    wrong = [group for group, number in split.items() if not 0 <= number <= MOST]
    for group in wrong:
        yield Fault(f"/groups/{group}", f"{split[group]} cannot be counted", f"a whole number from 0 to {MOST}")
    total, whole = sum(split.values()), _whole(claim)
    if split and not wrong and whole is not None and total > whole:
        reason = f"the groups sum to {total}, and all together are {whole}"
        yield Fault("/groups", reason, "groups that sum to no more than all together")


def _whole(claim: Claim) -> int | None:
    """How many the groups are parts of."""
    if claim.source is UseSource.COMPLAINT:
        return 1
    if claim.source is UseSource.STATEMENT:
        return 0
    return claim.clients if claim.source is UseSource.REGISTER else claim.visits


def _texts(claim: Claim) -> Iterator[Fault]:
    longest = {"source_text": TEXT_LENGTH, "reference": REFERENCE_LENGTH, "argument": ARGUMENT_LENGTH}
    for name, most in longest.items():
        text = getattr(claim, name) or ""
        if len(text) > most:
            yield Fault(f"/{name}", f"the text has {len(text)} characters", f"text of at most {most} characters")
        if claim.source is UseSource.COMPLAINT and OF_A_PERSON.search(text):
            reason = "this looks like a number or an address of a person, and a complaint is kept without one"
            yield Fault(f"/{name}", reason, "the number of the case, or words without names")
    if claim.argument and claim.source is not UseSource.STATEMENT:
        yield Fault("/argument", "only a statement needs an argument", "argument left out")
