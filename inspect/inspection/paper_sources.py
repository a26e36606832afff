"""What the papers of prescriptions are made of: read for several at once, each kind of row in one statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.checklists import read_checklists
from inspection.criteria import Checklist, Text
from inspection.history import Outcome
from inspection.tables.areas import Area
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.operators import Operator
from inspection.tables.people import Person
from inspection.tables.photos import Photo
from inspection.tables.prescriptions import Department, PrescriptionItem
from inspection.tables.telling import ToldRow
from inspection.telling import Say

Row = Mapping[str, Any]


class Sources:
    """See the module. prescriptions: their rows as plain mappings."""

    def __init__(self, session: Session, prescriptions: Sequence[Row]) -> None:
        self._session = session
        self._rows = prescriptions
        self.audits = {row.id: row for row in self._of(Audit, "audit_id")}
        self.facilities = {row.id: row for row in self._of(Facility, "facility_id")}
        self.operators = {row.id: row for row in self._of(Operator, "operator_id")}
        self.departments = {row.id: row for row in self._of(Department, "department_id")}

    def _of(self, model: Any, name: str) -> Sequence[Any]:
        keys = {(row["home_region"], row[name]) for row in self._rows if row[name]}
        if not keys:
            return ()
        return self._session.scalars(select(model).where(among((model.home_region, model.id), keys))).all()

    def _chain(self) -> Sequence[Audit]:
        return [*self.audits.values(), *self.corrected.values()]

    @cached_property
    def checklists(self) -> Mapping[UUID, Checklist]:
        """By id, of these audits and those they correct."""
        return read_checklists(self._session, {audit.checklist_id for audit in self._chain()})

    @cached_property
    def areas(self) -> Mapping[str, Text]:
        """Code of a region to its name."""
        codes = {row["region_code"] for row in self._rows}
        found = self._session.execute(select(Area.code, Area.name_kk, Area.name_ru).where(Area.code.in_(codes)))
        return {row.code: both(row.name_kk, row.name_ru) for row in found}

    @cached_property
    def names(self) -> Mapping[UUID, str]:
        """Of those who audited."""
        people = {audit.author_id for audit in self.audits.values()}
        found = self._session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
        return {row.id: row.name for row in found}

    @cached_property
    def items(self) -> Mapping[UUID, Sequence[Any]]:
        """Of each prescription, in order: position, due date, criterion and place."""
        keys = {(row["home_region"], row["id"]) for row in self._rows}
        told = (
            (ToldRow.home_region == PrescriptionItem.home_region)
            & (ToldRow.violation_id == PrescriptionItem.violation_id)
            & (ToldRow.document_id == PrescriptionItem.prescription_id)
            & (ToldRow.say == Say.PRESCRIBED.value)
        )
        facilities = {(row["home_region"], row["facility_id"]) for row in self._rows}
        found = self._session.execute(
            select(PrescriptionItem.prescription_id, PrescriptionItem.position, PrescriptionItem.due_on)
            .add_columns(ToldRow.criterion, ToldRow.place)
            .join(ToldRow, told)
            .where(among((PrescriptionItem.home_region, PrescriptionItem.prescription_id), keys))
            .where(among((ToldRow.home_region, ToldRow.facility_id), facilities))
            .order_by(PrescriptionItem.prescription_id, PrescriptionItem.position)
        )
        listed: dict[UUID, list[Any]] = defaultdict(list)
        for row in found:
            listed[row.prescription_id].append(row)
        return listed

    @cached_property
    def photos(self) -> Mapping[UUID, Sequence[Photo]]:
        """Of each audit, as far as they are known."""
        keys = {(audit.home_region, audit.id) for audit in self._chain()}
        statement = select(Photo).where(among((Photo.home_region, Photo.audit_id), keys))
        listed: dict[UUID, list[Photo]] = defaultdict(list)
        for photo in self._session.scalars(statement.order_by(Photo.taken_at, Photo.id)):
            listed[photo.audit_id].append(photo)
        return listed

    @cached_property
    def corrected(self) -> Mapping[UUID, Audit]:
        """What these audits correct, and so on back: a correction leaves standing what it does not judge."""
        known: dict[UUID, Audit] = {}
        wanted = {(a.home_region, a.corrects_id) for a in self.audits.values() if a.corrects_id}
        while wanted:
            found = self._session.scalars(select(Audit).where(among((Audit.home_region, Audit.id), wanted))).all()
            known |= {audit.id: audit for audit in found}
            wanted = {
                (a.home_region, a.corrects_id) for a in found if a.corrects_id and a.corrects_id not in known
            }
        return known

    def judged(self, audit: Audit, criterion: str, place: str) -> tuple[Audit, Row]:
        """The audit of the chain that found an item to fail, and its finding; empty where none of them did."""
        found: Audit | None = audit
        while found is not None:
            for row in found.findings:
                if (row["criterion"], row["place"]) == (criterion, place) and row["outcome"] == Outcome.FAIL:
                    return found, row
            found = self.corrected.get(found.corrects_id) if found.corrects_id else None
        return audit, {}


def both(kk: str | None, ru: str | None) -> Text:
    """A name by language; one that is missing is said in the other language."""
    said = {"kk": kk or ru, "ru": ru or kk}
    return {language: text for language, text in said.items() if text}
