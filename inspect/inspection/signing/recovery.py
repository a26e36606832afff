"""Codes on paper for the day on which the app is lost: ten, each good once."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from inspection.access import token_hash
from inspection.bulk import insert_rows, table_of
from inspection.tables.signing import RecoveryCode
from inspection.unit import Unit

HOW_MANY = 10
# Without what is easily misread. Sixteen of them are 2**79: nobody tries them all, even with the hashes at hand.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH = 16
C = RecoveryCode.__table__.c


def replace_codes(unit: Unit, person_id: UUID, codes: Sequence[str]) -> None:
    """Give a person these codes in place of all they had."""
    unit.session.connection().execute(delete(table_of(RecoveryCode)).where(C.person_id == person_id))
    rows = [{"person_id": person_id, "code_hash": code_hash(code), "used_at": None} for code in codes]
    insert_rows(unit.session, RecoveryCode, rows)


def use_code(unit: Unit, person_id: UUID, code: str) -> bool:
    """Whether this is a code of theirs that was not used; now it is. Of two who ask at once one is told so."""
    mine = (C.person_id == person_id) & (C.code_hash == code_hash(code)) & C.used_at.is_(None)
    used = update(table_of(RecoveryCode)).where(mine).values(used_at=unit.now).returning(C.person_id)
    return unit.session.connection().execute(used).first() is not None


def codes_left(session: Session, person_id: UUID) -> int:
    """How many codes a person still has."""
    unused = select(func.count()).where(C.person_id == person_id, C.used_at.is_(None))
    return session.scalar(unused) or 0


def spelled(code: str) -> str:
    """A code as it is shown: in fours."""
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4))


def code_hash(code: str) -> bytes:
    """What is kept of a code, however it was typed."""
    return token_hash("".join(sign for sign in code.upper() if sign.isalnum()))
