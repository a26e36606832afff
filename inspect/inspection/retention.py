"""How long what is about people is kept: the one table of rules. What it means for whom: `docs/privacy.md`.

Every term is this project's default and a setting; none of them is a law. What an authority must be able to
explain (signed audits, prescriptions, decisions, fines, the journal) is not here: it stays, and with it the ids of
those who did it. A rule erases what has come of age, so erasing again changes nothing, and a database that was
restored from an old backup is as before after its next night.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from inspection.access import lasting_grant
from inspection.tables.answers import OperatorReply, ReplyState
from inspection.tables.digests import Digest
from inspection.tables.drafts import Draft
from inspection.tables.facilities import Facility
from inspection.tables.geocoding import GeocodeAnswer
from inspection.tables.intake import IntakeRow, IntakeState
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.notices import Letter, LetterState
from inspection.tables.operators import Operator
from inspection.tables.outgoing import MailState
from inspection.tables.people import Device, Grant, Pairing, Person
from inspection.tables.prescription_papers import Acknowledgement
from inspection.tables.tasks import Task
from inspection.tables.tours import CalendarLink, Tour
from inspection.tables.use_records import UseRecord, UseSource

ERASED = "erased"  # stands where a name stood
AUDITS, DRAFTS = "audits", "drafts"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long what is kept after it has served its purpose.

    traces: what only helped to work (codes, links, tours, silent tablets). sent: documents of tablets as they
    came, once something was made of them. contacts: names and addresses of those who answer for organisations, in
    letters and answers. values: personal values behind the journal. people: somebody without any grant.
    """

    traces: timedelta
    sent: timedelta
    contacts: timedelta
    values: timedelta
    people: timedelta


Where = Callable[[datetime], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is erased when.

    where: which rows, given the moment before which they have come of age; never again once they are erased.
    values: what is written in their place; None: the rows go. region: in whose journal it is counted; None: that
    of their home region, or of the country.
    """

    name: str
    term: str  # one of Terms
    model: Any
    where: Where
    why: str
    values: Mapping[str, Any] | None = None
    region: Any = None

    def before(self, terms: Terms, now: datetime) -> datetime:
        """The moment before which it has come of age."""
        term: timedelta = getattr(terms, self.term)
        return now - term

    def rows(self, before: datetime) -> Select[Any]:
        """The keys of what has come of age, and the region of each."""
        key = self.model.__table__.primary_key.columns
        region = self.region if self.region is not None else getattr(self.model, "home_region", None)
        shown = [] if region is None else [region.label("region_of_row")]
        return select(*key, *shown).where(self.where(before))


def _understood(before: datetime) -> ColumnElement[bool]:
    """Something was made of it, or a person decided that nothing is; what waits for anybody stays as it came."""
    done = IntakeRow.state.in_([IntakeState.TAKEN, IntakeState.MERGED]) | IntakeRow.decided_at.is_not(None)
    return done & (IntakeRow.received_at < before) & (IntakeRow.body != b"")


def _old_values(before: datetime) -> ColumnElement[bool]:
    entry = and_(JournalEntry.home_region == JournalValue.home_region, JournalEntry.number == JournalValue.number)
    return select(JournalEntry.number).where(entry, JournalEntry.at < before).exists()


def _silent(before: datetime) -> ColumnElement[bool]:
    asked_last = or_(Device.renewed_at < before, and_(Device.renewed_at.is_(None), Device.enrolled_at < before))
    return or_(Device.stopped_at < before, and_(Device.generation.is_not(None), asked_last))


def _without_grant(before: datetime) -> ColumnElement[bool]:
    held = select(Grant.id).where(Grant.person_id == Person.id, lasting_grant(before)).exists()
    return and_(~held, Person.created_at < before, Person.name != ERASED)


def _left_behind(before: datetime) -> ColumnElement[bool]:
    held = select(Grant.id).where(Grant.person_id == Draft.person_id, lasting_grant(before)).exists()
    return and_(~held, Draft.updated_at < before)


def _answers_for_nothing(before: datetime) -> ColumnElement[bool]:
    answers = select(Facility.id).where(Facility.operator_id == Operator.id).exists()
    known = or_(Operator.notice_email.is_not(None), Operator.notice_address.is_not(None))
    return and_(~answers, known, Operator.updated_at < before)


def _mailed(model: Any, state: Any, *texts: Any) -> Where:
    def where(before: datetime) -> ColumnElement[bool]:
        known = or_(model.address != "", *(text.is_not(None) for text in texts))
        return and_(known, model.state != state, model.queued_at < before)

    return where


RULES: Sequence[Rule] = (
    Rule("pairings", "traces", Pairing, lambda b: Pairing.expires_at < b, "the code is worth nothing any more"),
    Rule(
        "tablets",
        "traces",
        Device,
        _silent,
        "stopped, or silent for so long that it has to be paired anew; the journal says whose it was",
        region=Device.region_code,
    ),
    Rule("calendar links", "traces", CalendarLink, lambda b: CalendarLink.revoked_at < b, "it opens nothing"),
    Rule(
        "tours",
        "traces",
        Tour,
        lambda b: and_(Tour.made_at < b, Tour.day < b.date()),
        "the day is over, and its visits are audits",
        region=Tour.region_code,
    ),
    Rule("tasks", "traces", Task, lambda b: Task.ended_at < b, "what was made is gone since long"),
    Rule("geocoder answers", "traces", GeocodeAnswer, lambda b: GeocodeAnswer.answered_at < b, "asked once more"),
    Rule("drafts left behind", "traces", Draft, _left_behind, "nobody is there who could sign them"),
    Rule(
        "drafts as they were sent",
        "traces",
        IntakeRow,
        lambda b: and_(IntakeRow.collection == DRAFTS, _understood(b)),
        "what their author made of them since is kept apart; the row stays, so that a resend is known",
        values={"body": b"", "held": None},
    ),
    Rule(
        "edits as they were sent",
        "sent",
        IntakeRow,
        lambda b: and_(IntakeRow.collection.not_in([AUDITS, DRAFTS]), _understood(b)),
        "what was made of them is kept; signed audits stay as they came: they are the evidence",
        values={"body": b"", "held": None},
    ),
    Rule(
        "names of who answered",
        "contacts",
        OperatorReply,
        lambda b: and_(
            OperatorReply.said_by != ERASED,
            OperatorReply.state != ReplyState.WAITING,
            OperatorReply.received_at < b,
        ),
        "the answer stays, and when it was given",
        values={"said_by": ERASED},
    ),
    Rule(
        "names of who received",
        "contacts",
        Acknowledgement,
        lambda b: and_(Acknowledgement.received_by != ERASED, Acknowledgement.entered_at < b),
        "it stays that it was received, when, and who entered it",
        values={"received_by": ERASED, "position": None, "note": None},
    ),
    Rule(
        "addresses of letters",
        "contacts",
        Letter,
        _mailed(Letter, LetterState.QUEUED, Letter.answer, Letter.delivery),
        "it stays whom it went to by their id, when, and what became of it",
        values={"address": "", "answer": None, "delivery": None},
    ),
    Rule(
        "addresses of digests",
        "contacts",
        Digest,
        _mailed(Digest, MailState.QUEUED, Digest.answer),
        "as of letters",
        values={"address": "", "answer": None},
    ),
    Rule(
        "words of complaints",
        "contacts",
        UseRecord,
        lambda b: and_(
            UseRecord.source == UseSource.COMPLAINT,
            or_(UseRecord.source_text.is_not(None), UseRecord.reference.is_not(None)),
            UseRecord.recorded_at < b,
        ),
        "the number of a case leads to whoever complained; that somebody did stays",
        values={"source_text": None, "reference": None},
    ),
    Rule(
        "contacts of operators",
        "contacts",
        Operator,
        _answers_for_nothing,
        "it answers for no facility any more",
        values={"notice_email": None, "notice_email_failed_at": None, "notice_address": None},
    ),
    Rule("journal values", "values", JournalValue, _old_values, "entries keep their commitments, and chains hold"),
    Rule("people", "people", Person, _without_grant, "their name, address and secrets; their id stays"),
)
