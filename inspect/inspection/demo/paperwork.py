"""The signed document of a visit, as an inspector's tablet would write it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from inspection.countries import COUNTRIES, local_date
from inspection.demo.answers import Answer
from inspection.demo.chance import weighted
from inspection.demo.people import CAST
from inspection.demo.sites import DemoFacility

ZONE = COUNTRIES["KZ"].time_zone
ANCHORED, USED, WITHOUT_ERSOP = 0.75, 0.28, 0.06  # shares of visits
# Visits a month by people with disabilities, by kind; placeholders until real ones are counted.
USE: Mapping[str, float] = {
    "polyclinic": 300,
    "hospital": 200,
    "service_centre": 120,
    "pharmacy": 60,
    "social_office": 60,
    "school": 4,
}
USE_OF_OTHERS = 10
SOURCES = {"register": 0.35, "tickets": 0.35, "counted": 0.3}
NOBODY_COMES = 0.12  # share of use blocks that attest to no visits, where few would be expected
STAND_INS = ("staff_help", "second_entrance", "ground_floor", "mobile_service", "none")


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as it really happened: all times are true ones.

    by: slug of the inspector. heard_at, sent_at: when the tablet last heard the server before the visit, and when
    it sent. undated: sent by a tablet that had lost every notion of the time. serial: numbers its papers.
    """

    id: UUID
    facility: DemoFacility
    by: str
    ground: str
    finished_at: datetime
    heard_at: datetime
    sent_at: datetime
    serial: int
    corrects: UUID | None = None
    undated: bool = False


def audit_document(
    source: Random, visit: Visit, checklist: UUID, answers: Sequence[Answer], *, grave: bool
) -> dict[str, Any]:
    """The JSON document of a visit. grave: it found something that blocks; an alternative may have been tested."""
    tablet = timedelta(seconds=CAST[visit.by].skew_s)
    minutes = source.randint(35, 150) if len(answers) > 30 else source.randint(15, 50)
    started = visit.finished_at - timedelta(minutes=minutes)
    signed = visit.finished_at + timedelta(seconds=source.randint(60, 900))
    document: dict[str, Any] = {
        "id": str(visit.id),
        "facility": str(visit.facility.id),
        "checklist": str(checklist),
        "ground": visit.ground,
        "started_at": _said(started + tablet),
        "finished_at": _said(visit.finished_at + tablet),
        "signed_at": _said(signed + tablet),
        "answers": list(answers),
        "fixes": _fixes(source, visit, started + tablet),
        **_registrations(source, visit),
    }
    if visit.corrects:
        document["corrects"] = str(visit.corrects)
    if source.random() < ANCHORED and not visit.undated:
        document["anchor"] = _anchor(source, visit, signed)
    if grave and source.random() < 0.5:
        document["alternative"] = {group: source.choice(STAND_INS) for group in ("wheelchair", "mobility")}
    if source.random() < USED and visit.ground != "follow_up":
        document["use"] = _use(source, visit)
    return document


def _said(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat(timespec="seconds")


def _registrations(source: Random, visit: Visit) -> dict[str, Any]:
    day = local_date(visit.finished_at, "KZ")
    appointed, registered = day - timedelta(days=source.randint(2, 6)), day - timedelta(days=1)
    papers = {"appointment": {"number": f"ДМ-А-{day.year}-{visit.serial:04}", "date": appointed.isoformat()}}
    if source.random() >= WITHOUT_ERSOP:
        number = f"ДЕМО-{day:%y}99{visit.serial:06}"
        papers["ersop"] = {"number": number, "date": registered.isoformat()}
    return papers


def _anchor(source: Random, visit: Visit, signed: datetime) -> dict[str, Any]:
    elapsed = (signed - visit.heard_at) // timedelta(milliseconds=1)
    return {
        "server_time": visit.heard_at.isoformat(),
        "elapsed_ms": elapsed,
        "boot_id": f"demo-{source.getrandbits(32):08x}",
    }


def _fixes(source: Random, visit: Visit, started: datetime) -> list[dict[str, Any]]:
    lat, lon = visit.facility.fields["lat"] or 0.0, visit.facility.fields["lon"] or 0.0
    found = []
    for n in range(source.randint(0, 3)):
        accuracy = round(source.lognormvariate(2.2, 0.5), 1)
        away = accuracy / 111_000  # degrees of latitude
        at = _said(started + timedelta(minutes=4 * n + 1))
        place = {"lat": round(source.gauss(lat, away), 6), "lon": round(source.gauss(lon, 1.5 * away), 6)}
        found.append({**place, "accuracy_m": accuracy, "at": at})
    return found


def _use(source: Random, visit: Visit) -> dict[str, Any]:
    kind, end = visit.facility.fields["kind"], local_date(visit.finished_at, "KZ")
    a_month = USE.get(kind, USE_OF_OTHERS)
    if a_month <= USE_OF_OTHERS and source.random() < NOBODY_COMES:
        days, visits, evidence, completeness = 0, 0, "statement", 1.0
    else:
        days, completeness = source.choice((30, 61, 91, 182)), source.choice((0.5, 0.7, 0.9, 1.0))
        expected = source.gammavariate(1.5, a_month / 1.5) * days / 30.4 * completeness
        visits, evidence = max(round(source.gauss(expected, expected**0.5)), 0), weighted(source, SOURCES)
        if evidence == "register":  # people, each of whom comes every other month
            visits, completeness = max(round(2 * a_month * source.gammavariate(4, 0.25)), 1), 1.0
    block = {
        "source": evidence,
        "visits": visits,
        "period_from": (end - timedelta(days=days)).isoformat(),
        "period_to": (end + timedelta(days=0 if days else 365)).isoformat(),
        "completeness": completeness,
    }
    return block | ({"attested_zero": True} if evidence == "statement" else {})
