"""Random histories of facilities for the tables: documents that tablets push, and acts with the server's time."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from inspection.database import Base
from inspection.dossiers import open_dossiers
from inspection.history import DecisionKind, Spot
from inspection.settling import write_settled
from inspection.sync.touched import noticing
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Standing
from inspection.tables.followups import FollowUp
from inspection.tables.intake import IntakeRow
from inspection.tables.prescriptions import Prescription
from inspection.tables.regions import Home
from inspection.tables.telling import ReviewCase, ToldRow
from inspection.tables.violations import Violation
from inspection.violation_rows import violation_id
from tests.inspection.world import DISTRICT, DOOR, REGION, STEP, TACTILE, Document, World, small_checklist

WRITTEN: tuple[type[Base], ...] = (
    *(Audit, Violation, Standing, FollowUp, ReviewCase, ToldRow, DecisionRow, Prescription, IntakeRow, Home),
)
SPOTS = (Spot(STEP), Spot(STEP, "east"), Spot(DOOR), Spot(TACTILE))
VALUES: dict[str, Sequence[Any]] = {
    STEP: (0.0, 0.01, 0.05, 0.3),
    DOOR: (0.95, 0.75, {"value": 0.85, "relaxed": True, "reason": "памятник"}),
    TACTILE: (True, False),
}
STATES = ({"state": "not_checked"}, {"state": "not_applicable"})
BOOKKEEPING = {"rev", "last_action", "last_action_at", "obstructed"}  # of the moments at which it was written
Row = dict[str, Any]
Sent = tuple[Document, UUID, datetime]  # a document, its author, and when the server first received it


class History:
    """One random history of one facility: documents, and rows of acts."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed, self.chance = world, seed, Random(seed)
        self.facility = world.facility()
        self.versions = (world.checklist, world.publish(small_checklist("2.0.0", highest_step=0.1)))
        self.documents: list[Sent] = []
        for _ in range(self.chance.randint(4, 8)):
            self._audit()
        self.issued: list[Base] = []  # a prescription and what it told
        self.acts: list[Base] = []
        self._prescription()
        for _ in range(self.chance.randint(4, 9)):
            self._decision()

    def _audit(self) -> None:
        pick = self.chance.choice
        answers = {
            (spot.criterion, spot.place): pick(
                (pick(VALUES[spot.criterion]), pick(VALUES[spot.criterion]), pick(STATES))
            )
            for spot in self.chance.sample(SPOTS, self.chance.randint(1, 4))
        }
        corrects = pick(self.documents)[0]["id"] if self.documents and self.chance.random() < 0.35 else None
        document = self.world.document(
            self.facility,
            answers,
            at=self._moment(),
            checklist=str(pick(self.versions)),
            corrects=corrects,
            alternative=pick((None, {"wheelchair": "staff_help"}, {"wheelchair": "none"})),
        )
        author = pick((self.world.inspector, self.world.inspector, self.world.colleague))
        received = datetime.fromisoformat(document["signed_at"]) + timedelta(days=self.chance.choice((0, 0, 1, 5)))
        self.documents.append((document, author, min(received, self.world.clock())))

    def _moment(self, latest: int = 2, earliest: int = 14) -> datetime:
        return self.world.clock() - timedelta(days=self.chance.randint(latest, earliest))

    def _placed(self) -> Row:
        row: Row = {"home_region": REGION, "id": self.world.new_id(), "rev": 1, "country": "KZ"}
        return row | {"region_code": REGION, "district_code": DISTRICT, "facility_id": self.facility}

    def _some_audit(self) -> UUID:
        return UUID(self.chance.choice(self.documents)[0]["id"])

    def _prescription(self) -> None:
        issued, number = self._moment(), 10 * self.seed + self.chance.randint(1, 9)
        head = {"department_id": self.world.department, "year": 2026, "number": number, "operator_id": None}
        row = self._placed() | head | {"audit_id": self._some_audit(), "issued_at": issued}
        self.issued.append(Prescription(**row, issued_on=issued.date(), issued_by=self.world.head))
        for spot in self.chance.sample(SPOTS, 2):
            about = {"criterion": spot.criterion, "place": spot.place}
            told = {"say": "prescribed", "due_on": issued.date() + timedelta(days=5), "told_at": issued}
            stood = {"stood_at": issued - timedelta(days=self.chance.randint(0, 5)), "document_id": row["id"]}
            violation = {"violation_id": violation_id(self.facility, spot)}
            self.issued.append(ToldRow(**self._placed(), **about, **told, **stood, **violation))

    def _decision(self) -> None:
        kind = self.chance.choice((*DecisionKind, DecisionKind.WAIVE, DecisionKind.WAIVE))
        basis = self.chance.choice(self.documents)[0]
        answered = self.chance.choice(basis["answers"])
        about_a_spot = kind not in {DecisionKind.CONFIRM, DecisionKind.REVOKE}
        spot = Spot(answered["criterion"], answered["place"]) if about_a_spot else None
        earlier = [act.id for act in self.acts if isinstance(act, DecisionRow)]
        until = date(2026, 3, self.chance.randint(3, 28))
        dated = kind is DecisionKind.EXTEND or (kind is DecisionKind.WAIVE and self.chance.random() < 0.5)
        about: Row = {
            "kind": kind.value,
            "violation_id": spot and violation_id(self.facility, spot),
            "criterion": spot and spot.criterion,
            "place": spot and spot.place,
            "based_on": UUID(basis["id"]),
            "until": until if dated else None,
            "revokes": self.chance.choice(earlier) if kind is DecisionKind.REVOKE and earlier else None,
        }
        by = {
            "reason": "для проверки",
            "author_id": self.world.head,
            "decided_at": self._moment(latest=0, earliest=8),
        }
        self.acts.append(DecisionRow(**self._placed(), **about, **by))

    def arrive(self, order: Random) -> None:
        """Let everything arrive anew, in some order and in some batches, some of it twice."""
        forget(self.world)
        for step in self.steps(order):
            step()
        with self.world.unit() as unit:
            write_settled(unit, open_dossiers(unit, [(REGION, self.facility)]).values())

    def steps(self, order: Random) -> list[Callable[[], object]]:
        """What arrives, as steps in some order."""
        together = [self.issued, *([act] for act in self.acts)]
        steps: list[Callable[[], object]] = [lambda acts=acts: self._lay(acts) for acts in together]  # type: ignore[misc]
        waiting = self.documents + order.choices(self.documents, k=2)
        order.shuffle(waiting)
        while waiting:
            size = order.randint(1, 4)
            batch, waiting = waiting[:size], waiting[size:]
            steps.append(lambda batch=batch: self._push(batch))  # type: ignore[misc]
        order.shuffle(steps)
        return steps

    def _lay(self, acts: Sequence[Base]) -> None:
        with self.world.unit() as unit:
            for act in acts:
                row = {column.name: getattr(act, column.name) for column in act.__table__.columns}
                unit.session.add(type(act)(**row))

    def _push(self, batch: Sequence[Sent]) -> None:
        keys, now = [], self.world.clock()
        for document, author, received in batch:
            self.world.clock.now = received
            keys += self.world.keep(document, by=author)
        self.world.clock.now = now
        assert {outcome.state for outcome in self.world.understand(keys)} == {"taken"}


def forget(world: World) -> None:
    """Empty the tables of everything that histories write."""
    with world.unit() as unit:
        for model in WRITTEN:
            with noticing():
                unit.session.execute(delete(model))


def picture(world: World, facility: UUID) -> dict[str, Any]:
    """What the tables say of a facility, without the bookkeeping of how it came to be."""

    def plain(row: Base, *left_out: str) -> Row:
        return {
            c.name: getattr(row, c.name) for c in row.__table__.columns if c.name not in {*BOOKKEEPING, *left_out}
        }

    # Whether a violation that never was has a row depends on whether anybody believed in it for a while.
    violations = {spot: plain(v) for spot, v in world.violations(facility).items() if v.state != "withdrawn"}
    followup = world.followup(facility)
    cases = world.rows(ReviewCase, ReviewCase.facility_id == facility, ReviewCase.closed_at.is_(None))
    return {
        "violations": violations,
        "standing": plain(world.standing(facility), "settled_at"),
        "followup": followup and followup.items,
        "cases": {(case.violation_id, case.why) for case in cases},
        "audits": {audit.id: plain(audit) for audit in world.rows(Audit, Audit.facility_id == facility)},
    }
