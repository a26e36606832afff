"""What is held about somebody, in every table that names them; one that is made tomorrow is found by itself."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Uuid, and_, or_, select
from sqlalchemy.orm import Session

from inspection import tables  # noqa: F401 - registers every table
from inspection.bulk import table_of
from inspection.database import Base, Instant
from inspection.errors import NotFound
from inspection.tables.answers import OperatorReply
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.operators import Operator
from inspection.tables.people import Person
from inspection.tables.prescription_papers import Acknowledgement
from inspection.tables.prescriptions import Prescription

ROLES = frozenset({"person_id", "actor_id", "author_id", "assignee_id"})
NOT_PEOPLE = frozenset({("violations", "opened_by")})  # an audit, or the waiver that ran out
# Of these all is told that stands there; of the others, which are about places, that they did it, and when.
WHOLE = frozenset(
    {
        *("people", "grants", "devices", "pairings", "calendar_links", "tours", "drafts", "uploads", "operators"),
        *("passwords", "sign_ins", "external_identities", "saved_views", "tasks"),
    }
)
SECRETS = frozenset(
    {"token_hash", "code_hash", "secret_hash", "password_hash", "totp_secret", "totp_step", "pending_totp"}
)
DID: Mapping[str, Collection[str]] = {
    "journal": ("action", "object_kind", "object_id", "reason", "device_id", "grants_used"),
    "disclosures": ("kind", "object_id", "asked", "device_id", "grants_used"),
}
SAID: Mapping[str, Collection[str]] = {
    "operator_replies": ("kind", "said", "said_by", "answer"),
    "prescription_acknowledgements": ("received_by", "position", "received_on", "note"),
    "fines": ("number", "sum", "imposed_on"),
}
MAILED = ("recipient", "address", "stage", "state", "answer")
Row = dict[str, Any]
Held = Mapping[str, list[Row]]


def people_columns() -> dict[str, tuple[str, ...]]:
    """The columns that hold ids of people, by table: those that point to people, and those that are called so."""
    found = {table.name: tuple(c.name for c in table.columns if _names_people(c)) for table in _tables()}
    return {name: columns for name, columns in found.items() if columns}


def about_person(session: Session, person_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Everything about a person, by table. Raises NotFound."""
    people = _read(session, table_of(Person), Person.id == person_id)
    if not people:
        raise NotFound("there is no such person", kind="person")
    named = people_columns()
    held = {
        table.name: _named(session, table, named[table.name], person_id)
        for table in _tables()
        if table.name in named
    }
    mailed = _mailed(session, f"person:{person_id}")
    return _document("person", person_id, now, held | {"people": people}, mailed, _journalled(session, person_id))


def about_operator(session: Session, operator_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Everything about an operator, who may be a person: what they answer for, what they were told and said.

    Raises NotFound.
    """
    operators = _read(session, table_of(Operator), Operator.id == operator_id)
    if not operators:
        raise NotFound("there is no such operator", kind="operator")
    told = select(Prescription.id).where(Prescription.operator_id == operator_id)
    held = {
        table.name: _read(session, table, table.columns["operator_id"] == operator_id, SAID.get(table.name, ()))
        for table in _tables()
        if "operator_id" in table.columns
    }
    for model in (OperatorReply, Acknowledgement):
        name = model.__tablename__
        held[name] = _read(session, table_of(model), model.prescription_id.in_(told), SAID[name])
    mailed = _mailed(session, f"operator:{operator_id}")
    about = _journalled(session, operator_id)
    return _document("operator", operator_id, now, held | {"operators": operators}, mailed, about)


def _document(kind: str, made: UUID, now: datetime, *held: Held) -> dict[str, Any]:
    found = {name: rows for each in held for name, rows in each.items() if rows}
    return {kind: made, "made_at": now, "held": found}


def _tables() -> Iterable[Table]:
    return (table for _, table in sorted(Base.metadata.tables.items()))


def _names_people(column: Any) -> bool:
    if (column.table.name, column.name) in NOT_PEOPLE:
        return False
    points = any(key.target_fullname == "people.id" for key in column.foreign_keys)
    called = column.name in ROLES or column.name.endswith("_by")
    return points or (called and isinstance(column.type, Uuid))


def _named(session: Session, table: Table, names: Collection[str], person_id: UUID) -> list[Row]:
    """Rows that name somebody; `as` says in which of their columns."""
    where = or_(*(table.columns[name] == person_id for name in names))
    found = _read(session, table, where, (*names, *DID.get(table.name, ())))
    return [
        {key: value for key, value in row.items() if key not in names}
        | {"as": [name for name in names if row[name] == person_id]}
        for row in found
    ]


def _read(session: Session, table: Table, where: ColumnElement[bool], also: Collection[str] = ()) -> list[Row]:
    shown = [column for column in table.columns if column.name in _shown(table) or column.name in also]
    statement = select(*shown).where(where).order_by(*table.primary_key.columns)
    return [{name: _plain(value) for name, value in row.items()} for row in session.execute(statement).mappings()]


def _shown(table: Table) -> set[str]:
    if table.name in WHOLE:
        return {column.name for column in table.columns} - SECRETS
    moments = {column.name for column in table.columns if isinstance(column.type, Instant)}
    return ({column.name for column in table.primary_key.columns} | moments) - SECRETS


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _mailed(session: Session, recipient: str) -> Held:
    """Letters, digests and notices to them."""
    return dict(_mail(session, recipient))


def _mail(session: Session, recipient: str) -> Iterator[tuple[str, list[Row]]]:
    for table in _tables():
        if "recipient" in table.columns:
            yield f"{table.name}_to_them", _read(session, table, table.columns["recipient"] == recipient, MAILED)


def _journalled(session: Session, made: UUID) -> Held:
    """What journals say of them, with the personal values behind it that are still held."""
    e, v = JournalEntry, JournalValue
    about = e.object_id == str(made)
    entries = (
        select(e.home_region, e.number, e.at, e.action, e.reason).where(about).order_by(e.home_region, e.number)
    )
    at = and_(e.home_region == v.home_region, e.number == v.number)
    values = select(v.home_region, v.number, v.field, v.value).join(e, at).where(about)
    return {
        "journal_about_them": [
            dict(row) for row in session.execute(entries.order_by(e.home_region, e.number)).mappings()
        ],
        "journal_values_about_them": [
            dict(row) for row in session.execute(values.order_by(v.home_region, v.number, v.field)).mappings()
        ],
    }
