"""The document of a signed audit, as tablets and the API send it: its form and what it says.

Only form is checked here, all of it at once; whether a criterion exists or a value can be judged is the
business of `rules.py`, which knows the checklist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from inspection.clocks import Anchor
from inspection.criteria import GROUPS
from inspection.errors import Fault, InvalidInput
from inspection.forms import TOKEN, Fields
from inspection.history import MAIN
from inspection.readings import Answer
from inspection.tables.audits import Ground

MOST_ANSWERS = 2000
ALTERNATIVES = ("second_entrance", "ground_floor", "staff_help", "mobile_service", "none")
STATEMENT = "statement"
USE_SOURCES = ("register", "tickets", "counted", STATEMENT)
LONGEST_STATEMENT = 366  # days that somebody can attest to nobody having come
STATES = ("not_applicable", "not_checked")
LONGEST_UNIT = 12
PLAIN = frozenset({"criterion", "place", "value", "state", "unit", "note"})  # what most answers are made of
SCALARS = (bool, int, float, str, type(None))
# Added by the transport, not by the inspector: never part of what makes two documents the same.
# Nor is what the server added when it sent the document back (`sync/documents.py`).
SERVER_OWNED = frozenset(
    {
        *("rev", "_deleted", "country", "region_code", "district_code", "author_id", "received_at"),
        *("observed_at", "observed_on", "time_source", "failed"),
    }
)


@dataclass(frozen=True, slots=True)
class Fix:
    """One position measured by the tablet: WGS 84 degrees, radius in metres."""

    lat: float
    lon: float
    accuracy_m: float
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Use:
    """Evidence of visits by people with disabilities that the inspector brought home."""

    source: str
    visits: int
    period_from: date
    period_to: date
    completeness: float
    attested_zero: bool


@dataclass(frozen=True, slots=True)
class Registration:
    """Number and date of a document: the act of appointment, or the registration with the prosecutor."""

    number: str
    day: date | None


@dataclass(frozen=True, slots=True)
class AuditDocument:
    """A signed audit as it was written on the tablet; times by the tablet's clock, in UTC."""

    id: UUID
    facility: UUID
    checklist: UUID
    ground: Ground
    started_at: datetime
    finished_at: datetime
    signed_at: datetime
    answers: tuple[Answer, ...]
    appointment: Registration | None
    ersop: Registration | None
    anchor: Anchor | None
    corrects: UUID | None
    alternatives: Mapping[str, str]
    fixes: tuple[Fix, ...]
    use: Use | None


def read_audit(document: Any) -> AuditDocument:
    """The audit that a JSON document says.

    Raises InvalidInput with every fault of form, each with its JSON pointer.
    """
    faults: list[Fault] = []
    fields = Fields(document, "", faults)
    said: dict[str, Any] = {
        "id": fields.uuid("id", required=True),
        "facility": fields.uuid("facility", required=True),
        "checklist": fields.uuid("checklist", required=True),
        "ground": fields.word("ground", [g.value for g in Ground], required=True),
        "started_at": fields.instant("started_at", required=True),
        "finished_at": fields.instant("finished_at", required=True),
        "signed_at": fields.instant("signed_at", required=True),
        "answers": _answers(document, fields),
        "appointment": _registration(fields.object("appointment")),
        "ersop": _registration(fields.object("ersop")),
        "anchor": _anchor(fields.object("anchor")),
        "corrects": fields.uuid("corrects"),
        "alternatives": _alternatives(fields.object("alternative")),
        "fixes": tuple(_fix(each) for each in fields.objects("fixes", most=200)),
        "use": _use(fields.object("use")),
    }
    fields.close(SERVER_OWNED)
    _check_order(fields, said)
    if faults:
        raise InvalidInput(faults, "the audit document has faults of form")
    said["ground"] = Ground(said["ground"])
    return AuditDocument(**said)


def _check_order(fields: Fields, said: Mapping[str, Any]) -> None:
    moments = [said["started_at"], said["finished_at"], said["signed_at"]]
    if None not in moments and moments != sorted(moments):
        accepted = "started_at, then finished_at, then signed_at, by the same clock"
        fields.fault("signed_at", "the visit ends before it begins", accepted)
    if said["corrects"] is not None and said["corrects"] == said["id"]:
        fields.fault("corrects", "an audit cannot correct itself", "the id of an earlier audit")


def check_days(document: AuditDocument, signed_at: datetime | None) -> None:
    """Compare the days of a document with the true moment of its signature.

    signed_at: in UTC, corrected; None where nobody knows it: then the days say nothing. Not a matter of form: the
    days are those of a calendar, and the moments of the document those of a clock that may stand in 1970. A tablet
    that is years ahead fills in its own date: what fits that clock costs no audit either. Raises InvalidInput.
    """
    if signed_at is None:
        return
    signed_at = max(signed_at, document.signed_at)
    # A day of slack: the moment is in UTC, and the days are by the calendar of the place.
    faults: list[Fault] = []
    use = document.use
    if use is not None and _days_after(use.period_from, signed_at) > 1:
        accepted = "the day of the visit at the latest"
        faults.append(Fault("/use/period_from", "the period begins after the visit", accepted))
    elif use is not None and use.attested_zero and _days_after(use.period_to, signed_at) > LONGEST_STATEMENT:
        accepted = f"at most {LONGEST_STATEMENT} days after the visit"
        faults.append(Fault("/use/period_to", "an attested zero holds for a year at most", accepted))
    for name, paper in (("appointment", document.appointment), ("ersop", document.ersop)):
        if paper is not None and paper.day and _days_after(paper.day, signed_at) > 1:
            accepted = "the day of signing at the latest"
            faults.append(Fault(f"/{name}/date", "this is dated after the signature", accepted))
    if faults:
        raise InvalidInput(faults)


def _days_after(day: date, moment: datetime) -> int:
    return (day - moment.date()).days


def _answers(document: Any, fields: Fields) -> tuple[Answer, ...]:
    """The answers. Sixty of them are most of a document, so plain ones are read at one go."""
    listed = document.get("answers") if isinstance(document, dict) else None
    if isinstance(listed, list) and len(listed) <= MOST_ANSWERS:
        plain = [_plain_answer(each) for each in listed]
        if None not in plain:
            fields.asked("answers")
            return tuple(each for each in plain if each is not None)
    return tuple(_answer(each) for each in fields.objects("answers", most=MOST_ANSWERS, required=True))


def _plain_answer(answer: Any) -> Answer | None:
    """An answer of the usual kind, as `_answer` reads it; None for one that has to be looked at more closely."""
    if type(answer) is not dict or not answer.keys() <= PLAIN:
        return None
    criterion: Any = answer.get("criterion")
    place = answer.get("place", MAIN)
    value, state, unit, note = answer.get("value"), answer.get("state"), answer.get("unit"), answer.get("note")
    if note == "":  # what a form sends that nobody wrote anything into
        note = None
    if (value is None) == (state is None) or not (state is None or state in STATES):
        return None
    if not (_is_token(criterion) and _is_token(place) and (unit is None or _is_token(unit, LONGEST_UNIT))):
        return None
    if type(value) not in SCALARS or (type(value) is str and not _is_token(value)):
        return None
    # A text that begins with a letter is not blank.
    if note is not None and not (
        type(note) is str and note[:1].isalpha() and len(note) <= 2000 and note.isprintable()
    ):
        return None
    return Answer(criterion=criterion, place=place, value=value, unit=unit, state=state, note=note)


def _is_token(value: object, longest: int = 64) -> bool:
    return type(value) is str and len(value) <= longest and _fits(value)


@lru_cache(maxsize=10_000)  # the same few thousand ids of criteria, places and units come in every audit
def _fits(word: str) -> bool:
    return TOKEN.fullmatch(word) is not None


def _answer(fields: Fields) -> Answer:
    criterion = fields.token("criterion", required=True)
    place = fields.token("place")
    value = fields.raw("value", "a number, a word, true or false")
    state = fields.word("state", STATES)
    answer = Answer(
        criterion=criterion or "",
        place=place or MAIN,
        value=value,
        unit=fields.text("unit", longest=LONGEST_UNIT),
        state=state,
        of=fields.number("of", 0, 1_000_000),
        relaxed=fields.flag("relaxed"),
        reason=fields.text("reason"),
        note=fields.text("note"),
    )
    if (value is None) == (state is None):
        accepted = f"a value, or one of these states: {', '.join(STATES)}"
        fields.fault("value", "an answer has either a value or a state", accepted)
    elif value is not None and not isinstance(value, (bool, int, float, str)):
        fields.fault("value", "this is neither a number, a word, true nor false", "one plain value")
    elif isinstance(value, str):
        fields.text("value", longest=120, required=True)
    fields.close()
    return answer


def _registration(fields: Fields | None) -> Registration | None:
    if fields is None:
        return None
    number, day = fields.text("number", required=True, longest=60), fields.day("date")
    fields.close()
    return Registration(number or "", day)


def _anchor(fields: Fields | None) -> Anchor | None:
    if fields is None:
        return None
    server_time = fields.instant("server_time", required=True)
    elapsed = fields.integer("elapsed_ms", 0, 10 * 366 * 86_400_000, required=True)
    boot_id = fields.token("boot_id", required=True)
    fields.close()
    if server_time is None or elapsed is None or boot_id is None:
        return None  # the faults are noted
    return Anchor(server_time, timedelta(milliseconds=elapsed), boot_id)


def _alternatives(fields: Fields | None) -> Mapping[str, str]:
    if fields is None:
        return {}
    found = {group: fields.word(group, ALTERNATIVES) for group in GROUPS}
    fields.close()
    return {group: word for group, word in found.items() if word is not None}


def _fix(fields: Fields) -> Fix:
    lat = fields.number("lat", -90, 90, required=True)
    lon = fields.number("lon", -180, 180, required=True)
    accuracy = fields.number("accuracy_m", 0, 100_000, required=True)
    at = fields.instant("at")
    fields.close()
    return Fix(lat or 0.0, lon or 0.0, accuracy or 0.0, at)


def _use(fields: Fields | None) -> Use | None:
    if fields is None:
        return None
    source = fields.word("source", USE_SOURCES, required=True)
    visits = fields.integer("visits", 0, 10_000_000, required=True)
    period_from, period_to = fields.day("period_from", required=True), fields.day("period_to", required=True)
    completeness = fields.number("completeness", 0.001, 1)
    attested = fields.flag("attested_zero")
    if period_from and period_to and period_to <= period_from:
        fields.fault("period_to", "the period is empty", "a day after period_from")
    if attested and visits:
        fields.fault("visits", "an attested zero counts nothing", "0, or attested_zero left out")
    if attested and source not in (None, STATEMENT):
        fields.fault("source", "only a statement attests a zero", f"{STATEMENT}, or attested_zero left out")
    if attested and period_from and period_to and (period_to - period_from).days > LONGEST_STATEMENT:
        accepted = f"at most {LONGEST_STATEMENT} days after period_from"
        fields.fault("period_to", "an attested zero holds for a year at most", accepted)
    fields.close()
    if source is None or visits is None or period_from is None or period_to is None:
        return None  # the faults are noted
    return Use(source, visits, period_from, period_to, completeness or 1.0, attested)
