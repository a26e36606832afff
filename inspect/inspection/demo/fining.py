"""Fines that the head of department enters some weeks after a prescription."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from inspection.countries import local_date
from inspection.demo.calendar import Calendar
from inspection.demo.chance import made_id
from inspection.demo.events import Event, Fined, Issued
from inspection.demo.people import HEAD
from inspection.demo.sites import DemoFacility

SHARE = 0.3  # of prescriptions; 414 fines to 770 prescriptions were published for 2025
SUMS = (90_000, 233_000, 480_000)  # tenge, around the published average of a case


def fines(
    source: Random, calendar: Calendar, careers: Sequence[tuple[DemoFacility, Sequence[Event]]]
) -> Iterator[Fined]:
    """The fines of all facilities. careers: each with what happened there."""
    numbers: Counter[int] = Counter()
    for facility, events in careers:
        operator = facility.fields["operator_id"]
        for issued in [event for event in events if isinstance(event, Issued)]:
            if source.random() >= SHARE or operator is None:
                continue
            imposed_on = local_date(issued.at, "KZ") + timedelta(days=source.randint(30, 90))
            at = calendar.ruling(HEAD, imposed_on + timedelta(days=source.randint(1, 5)))
            if local_date(at, "KZ") > calendar.last:
                continue
            numbers[imposed_on.year] += 1
            number = f"ДМ-Ш-{numbers[imposed_on.year]:03}"
            made, amount = made_id(source), source.choice(SUMS)
            about = facility.id, operator, issued.prescription
            yield Fined(at, HEAD, *about, made, number, imposed_on, amount)
