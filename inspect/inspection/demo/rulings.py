"""What officials make of the violations on their desks."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from inspection.countries import local_date
from inspection.demo.calendar import Calendar
from inspection.demo.chance import made_id
from inspection.demo.events import Ruled
from inspection.demo.people import AKIMAT, AKIMAT_DISTRICT, CAST, HEAD
from inspection.history import DecisionKind, Spot
from inspection.violation_rows import violation_id

# Share of open violations about which an official so decides between two visits.
SHARES = {
    DecisionKind.ACCEPT: 0.03,
    DecisionKind.DECLARE: 0.045,
    DecisionKind.EXTEND: 0.03,
    DecisionKind.RECHECK: 0.01,
    DecisionKind.WAIVE: 0.012,
}
REASONS: Mapping[DecisionKind, Mapping[str, str]] = {
    DecisionKind.ACCEPT: {"kk": "Қаралды, бұзушылық расталады.", "ru": "Рассмотрено, нарушение подтверждается."},
    DecisionKind.DECLARE: {
        "kk": "Субъектінің хаты: бұзушылық жойылды.",
        "ru": "Письмо субъекта: нарушение устранено.",
    },
    DecisionKind.EXTEND: {
        "kk": "Жұмыстар бюджетке енгізілді, мердігер таңдалуда.",
        "ru": "Работы внесены в бюджет, идёт выбор подрядчика.",
    },
    DecisionKind.RECHECK: {
        "kk": "Мерзімі өтті, нысанға бару қажет.",
        "ru": "Срок истёк, нужен выезд на объект.",
    },
    DecisionKind.WAIVE: {
        "kk": "Ғимарат бұзылуға жатады, қызмет басқа мекенжайда көрсетіледі.",
        "ru": "Здание под снос, услуга оказывается по другому адресу.",
    },
}


def rulings(
    source: Random,
    calendar: Calendar,
    place: tuple[UUID, str],
    standing: Mapping[Spot, date | None],
    between: tuple[datetime, date],
) -> Iterator[tuple[Spot, Ruled]]:
    """What is decided about open violations from the moment they are known to the day of the next visit.

    place: the facility and its district. standing: open violations to the date they were told, None for untold.
    """
    known, until = between
    for spot, due in standing.items():
        for kind, share in SHARES.items():
            if source.random() >= share:
                continue
            slug = AKIMAT if place[1] == AKIMAT_DISTRICT and source.random() < 0.6 else HEAD
            day = _day(source, kind, local_date(known, "KZ"), due)
            at = calendar.ruling(slug, day) if day else None
            # The official decides before the inspector comes again, or not at all.
            if at is None or at <= known or local_date(at, "KZ") >= until:
                continue
            ends = _until(source, kind, local_date(at, "KZ"), due)
            decided = violation_id(place[0], spot)
            yield spot, Ruled(at, slug, decided, made_id(source), kind, REASONS[kind][CAST[slug].language], ends)
            break  # one decision about a violation between two visits, so that none undoes another


def _day(source: Random, kind: DecisionKind, known: date, due: date | None) -> date | None:
    """The day on which the matter reaches the official; None where it would make no sense."""
    if kind is DecisionKind.ACCEPT:
        return known + timedelta(days=source.randint(1, 20))
    if due is None:
        return None  # nothing was told yet, so there is nothing to extend, to waive or to report on
    if kind is DecisionKind.RECHECK:
        return due + timedelta(days=source.randint(8, 40))
    if kind is DecisionKind.WAIVE:
        return known + timedelta(days=source.randint(5, 60))
    room = max((due - known).days, 2)
    return known + timedelta(days=source.randint(1, room if kind is DecisionKind.DECLARE else room - 1))


def _until(source: Random, kind: DecisionKind, decided: date, due: date | None) -> date | None:
    if kind is DecisionKind.EXTEND and due:
        return max(due, decided) + timedelta(days=source.choice((30, 45, 60, 90)))
    if kind is DecisionKind.WAIVE and source.random() < 0.5:
        return decided + timedelta(days=source.choice((120, 180, 365)))
    return None
