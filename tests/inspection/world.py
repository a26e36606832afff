"""A small invented country in a database: areas, people, facilities, a checklist, and tablets that push audits.

Every part has a default; a test names only what it is about. Each operation runs in a unit of its own, as in
the product: opened, closed and committed, or rolled back when it raises.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

import inspection
from inspection.access import Caller, sign_in, token_hash
from inspection.catalogue_file import read_checklist
from inspection.checklists import publish
from inspection.criteria import AnswerKind, Checklist, Rule, Severity
from inspection.deciding import Wish, confirm, decide, revoke, set_time
from inspection.history import MAIN, Decision, DecisionKind, Spot
from inspection.intake import AUDITS, Received, content_hash, keep
from inspection.journal import Journal
from inspection.prescribing import prescribe
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility, Standing
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.intake import IntakeKey
from inspection.tables.people import Device, Grant, Person, Role
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.violations import Violation
from inspection.understanding import Understood, understand
from inspection.unit import Unit
from inspection.violation_rows import violation_id
from tests.clock import NOW, Clock
from tests.inspection.checklists import a_checklist, a_criterion

COUNTRY, REGION, DISTRICT, NEIGHBOUR = "KZ", "750000000", "751110000", "751210000"
OTHER_REGION, OTHER_DISTRICT = "710000000", "711110000"
AREAS = (  # code, level, parent
    (COUNTRY, Level.COUNTRY, None),
    (REGION, Level.REGION, COUNTRY),
    (DISTRICT, Level.DISTRICT, REGION),
    (NEIGHBOUR, Level.DISTRICT, REGION),
    (OTHER_REGION, Level.REGION, COUNTRY),
    (OTHER_DISTRICT, Level.DISTRICT, OTHER_REGION),
)
STEP, DOOR, TACTILE = "entrance-step", "entrance-door", "route-tactile"
DESK, SPACES = "service-desk", "parking-spaces"
PASSES: Mapping[str, Any] = {STEP: 0.01, DOOR: 0.95, TACTILE: True, DESK: "low"}
FAILS: Mapping[str, Any] = {STEP: 0.05, DOOR: 0.75, TACTILE: False, DESK: "high"}
LONG_AGO = NOW - timedelta(days=900)

Document = dict[str, Any]
T = TypeVar("T")
OpenSession = Callable[[], AbstractContextManager[Session]]


def small_checklist(version: str = "1.0.0", *, highest_step: float = 0.014) -> Checklist:
    """One criterion of each kind of answer; the limit of the step is the version's own."""
    rules = {
        STEP: Rule(op="max", value=highest_step),
        DOOR: Rule(op="min", value=0.9, relaxed=0.8, relaxed_when={"en": "old building"}),
    }
    measured = [
        replace(
            a_criterion(name, "entrance", Severity.GROSS, ("wheelchair", "mobility")),
            kind=AnswerKind.NUMBER,
            unit="m",
            rule=rule,
        )
        for name, rule in rules.items()
    ]
    desk = Rule(op="one_of", options=("low", "high", "none"), passing=("low",))
    spaces = Rule(op="min_per", value=1, per=25, of="parking_total")
    others = [
        a_criterion(TACTILE, "route", Severity.SIGNIFICANT, ("vision",)),
        replace(a_criterion(DESK, "service"), kind=AnswerKind.CHOICE, rule=desk),
        replace(a_criterion(SPACES, "parking", Severity.MINOR), kind=AnswerKind.COUNT, unit="spaces", rule=spaces),
    ]
    made = a_checklist(*measured, *others, version=version)
    return replace(made, companions={"parking_total": {"en": "all parking spaces"}})


@cache
def real_checklist() -> Checklist:
    """The catalogue that the product ships with: 90 criteria."""
    return read_checklist((Path(inspection.__file__).parent / "data" / "checklist.yaml").read_text("utf-8"))


def sessions_on(engine: Engine) -> OpenSession:
    """A new session for each unit, with real commits: for a database of the test's own."""
    return lambda: Session(engine, expire_on_commit=False)


def always(session: Session) -> OpenSession:
    """The same session for each unit, empty of objects each time: for the shared database."""

    @contextmanager
    def reopened() -> Iterator[Session]:
        session.expunge_all()
        yield session

    return reopened


class World:
    """See the module. Its people: an inspector, a colleague of theirs, and a head of department of REGION."""

    def __init__(
        self,
        open_session: OpenSession,
        clock: Clock,
        new_id: Callable[[], UUID],
        checklist: Checklist | None = None,
    ) -> None:
        self.open_session = open_session
        self.clock = clock
        self.new_id = new_id
        with self.unit() as unit:
            rows = [
                {"code": code, "country": COUNTRY, "level": level, "parent_code": parent, "classifier": "KATO"}
                | {"name_kk": code}
                for code, level, parent in AREAS
            ]
            unit.session.execute(insert(Area), rows)
        self.inspector = self.person(Role.INSPECTOR)
        self.colleague = self.person(Role.INSPECTOR)
        self.head = self.person(Role.HEAD)
        self.department = self.add(
            Department(
                home_region=REGION, id=new_id(), code="АЛ", name_kk="бөлім", name_ru="отдел", area_code=REGION
            )
        ).id
        self.checklist = self.publish(checklist or small_checklist())

    @contextmanager
    def unit(self, by: UUID | None = None) -> Iterator[Unit]:
        """One unit of work, committed if the block ends."""
        with self.open_session() as session:
            journal = Journal(now=self.clock(), new_salt=lambda: self.new_id().bytes)
            journal.actor_id = by
            unit = Unit(session, self.clock(), self.new_id, journal)
            try:
                yield unit
                unit.close()
                session.commit()
            except BaseException:
                session.rollback()
                raise

    def add(self, row: T) -> T:
        """A row of any table."""
        with self.unit() as unit:
            unit.session.add(row)
        return row

    def publish(self, checklist: Checklist, country: str = COUNTRY) -> UUID:
        """Publish a checklist now; its id."""
        with self.unit() as unit:
            return publish(unit, country, checklist, by=None)[0]

    def person(self, role: Role | None = None, area: str = REGION, *, since: datetime = LONG_AGO) -> UUID:
        """Somebody with one grant, or none. Their token is their id."""
        made = self.new_id()
        with self.unit() as unit:
            name = f"Выдуманный {made.hex[:6]}"
            unit.session.add(Person(id=made, name=name, token_hash=token_hash(str(made)), created_at=since))
            unit.session.flush()
        if role is not None:
            self.grant(made, role, area, since)
        return made

    def grant(
        self, person: UUID, role: Role, area: str, since: datetime = LONG_AGO, until: datetime | None = None
    ) -> UUID:
        """One grant more."""
        row = Grant(
            id=self.new_id(), person_id=person, role=role.value, area_code=area, valid_from=since, valid_to=until
        )
        return self.add(row).id

    def caller(self, person: UUID) -> Caller:
        """Somebody signed in now."""
        with self.open_session() as session:
            return sign_in(session, str(person), now=self.clock())

    def device(self, person: UUID, *, enrolled_at: datetime = LONG_AGO) -> UUID:
        """A tablet."""
        row = Device(id=self.new_id(), person_id=person, region_code=REGION, enrolled_at=enrolled_at)
        return self.add(row).id

    def facility(self, **about: Any) -> UUID:
        """A polyclinic in DISTRICT."""
        plain = {"kind": "polyclinic", "name_kk": "Ойдан шығарылған емхана", "name_ru": "Выдуманная поликлиника"}
        place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
        times = {"created_at": LONG_AGO, "updated_at": LONG_AGO}
        return self.add(Facility(**{"id": self.new_id(), **plain, **place, **times, **about})).id

    def document(
        self, facility: UUID, answers: Mapping[Any, Any], *, at: datetime | None = None, **about: Any
    ) -> Document:
        """A signed audit as a tablet writes it.

        answers: criterion, or criterion and place, to a value or to the fields of an answer. at: when the visit
        ended, by default yesterday; signed five minutes later, on a tablet that heard the server's time.
        """
        ended = at or self.clock() - timedelta(days=1)
        signed = ended + timedelta(minutes=5)
        heard = signed - timedelta(hours=2)
        anchor = {"server_time": heard.isoformat(), "elapsed_ms": 7_200_000, "boot_id": "boot-1"}
        plain = {
            "id": str(self.new_id()),
            "facility": str(facility),
            "checklist": str(self.checklist),
            "ground": "preventive",
            "started_at": (ended - timedelta(hours=1)).isoformat(),
            "finished_at": ended.isoformat(),
            "signed_at": signed.isoformat(),
            "answers": [_answer(key, given) for key, given in answers.items()],
            "anchor": anchor,
        }
        return {name: value for name, value in (plain | about).items() if value is not None}

    def received(self, document: Document, *, by: UUID | None = None, **about: Any) -> Received:
        """What a push door makes of a document."""
        region = about.pop("region", REGION)
        key = IntakeKey(region, AUDITS, UUID(document["id"]), content_hash(document))
        return Received(key, json.dumps(document).encode(), by or self.inspector, **about)

    def keep(self, *documents: Document, **about: Any) -> list[IntakeKey]:
        """Keep documents in one unit; their keys."""
        received = [self.received(document, **about) for document in documents]
        with self.unit() as unit:
            keep(unit, received)
        return [each.key for each in received]

    def understand(self, keys: Sequence[IntakeKey]) -> list[Understood]:
        """Understand kept documents in one unit; what became of each."""
        with self.unit() as unit:
            outcomes = understand(unit, keys)
        return [outcomes[key] for key in keys]

    def push(self, *documents: Document, **about: Any) -> list[Understood]:
        """Keep documents, then understand them."""
        return self.understand(self.keep(*documents, **about))

    def audited(self, facility: UUID, answers: Mapping[Any, Any], **about: Any) -> UUID:
        """Push one audit that is taken; its id."""
        by = about.pop("by", None)
        document = self.document(facility, answers, **about)
        (outcome,) = self.push(document, by=by)
        assert outcome.state == "taken", outcome
        return UUID(document["id"])

    def prescribe(self, audit: UUID, *, by: UUID | None = None, id: UUID | None = None) -> Prescription:  # noqa: A002
        """Issue the prescription of an audit."""
        caller = self.caller(by or self.head)
        with self.unit(by or self.head) as unit:
            return prescribe(unit, caller, audit, id or self.new_id())

    def decide(
        self,
        facility: UUID,
        criterion: str,
        kind: DecisionKind,
        *,
        until: date | None = None,
        by: UUID | None = None,
        **about: Any,
    ) -> Decision:
        """Decide about a violation at the main place."""
        caller = self.caller(by or self.head)
        wish = Wish(**{"id": self.new_id(), "kind": kind, "reason": "для проверки", "until": until, **about})
        with self.unit(by or self.head) as unit:
            return decide(unit, caller, violation_id(facility, Spot(criterion)), wish)

    def confirm(self, audit: UUID, *, by: UUID | None = None, id: UUID | None = None) -> Decision:  # noqa: A002
        """Confirm a correction."""
        caller = self.caller(by or self.head)
        with self.unit(by or self.head) as unit:
            return confirm(unit, caller, audit, id or self.new_id(), "верно")

    def revoke(self, decision: UUID, *, by: UUID | None = None) -> Decision:
        """Take a decision back."""
        caller = self.caller(by or self.head)
        with self.unit(by or self.head) as unit:
            return revoke(unit, caller, decision, self.new_id(), "ошибка")

    def set_time(self, audit: UUID, at: datetime, *, by: UUID | None = None) -> None:
        """Set the time of an audit that nobody could date."""
        caller = self.caller(by or self.head)
        with self.unit(by or self.head) as unit:
            set_time(unit, caller, audit, at, "по журналу посещений")

    def violations(self, facility: UUID) -> dict[Spot, Violation]:
        """The violations of a facility by criterion and place, withdrawn ones too."""
        rows = self.rows(Violation, Violation.facility_id == facility)
        return {Spot(row.criterion, row.place): row for row in rows}

    def violation(self, facility: UUID, criterion: str, place: str = MAIN) -> Violation:
        """One violation."""
        return self.violations(facility)[Spot(criterion, place)]

    def standing(self, facility: UUID) -> Standing:
        """What settling gave."""
        (row,) = self.rows(Standing, Standing.id == facility)
        return row

    def followup(self, facility: UUID) -> FollowUp | None:
        """The open follow-up of a facility."""
        opened = FollowUp.state.in_([FollowUpState.QUEUED, FollowUpState.ASSIGNED])
        rows = self.rows(FollowUp, FollowUp.facility_id == facility, opened)
        return rows[0] if rows else None

    def rows(self, model: type[T], *where: Any) -> list[T]:
        """Rows of a table as they stand now."""
        with self.open_session() as session:
            return list(session.scalars(select(model).where(*where)))


def _answer(key: str | tuple[str, str], given: Any) -> Document:
    criterion, place = (key, MAIN) if isinstance(key, str) else key
    said = given if isinstance(given, Mapping) else {"value": given}
    return {"criterion": criterion, "place": place, **said}
