"""How the people of the demo region sign in by a browser: with a password and an app that are no secrets.

Nobody else can get them: they are given to people of a demo only, whose grants end at the border of its region.
"""

import hashlib
from base64 import b32encode
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from inspection.signing.journalled import note
from inspection.signing.names import sign_in_name
from inspection.signing.totp import Sealer
from inspection.tables.people import Person
from inspection.tables.signing import PasswordSignIn
from inspection.unit import Unit

PASSWORD = "demo ramp to every door"


def app_secret(name: str) -> str:
    """The secret of the app of a demo person, in base32: made from the name they sign in by."""
    return b32encode(hashlib.sha1(f"pandus demo {name}".encode(), usedforsecurity=False).digest()).decode()


def without_password(session: Session) -> bool:
    """Whether anybody of a demo cannot sign in by a browser yet."""
    return session.scalar(_waiting().limit(1)) is not None


def enrol(unit: Unit, password_hash: str, sealer: Sealer) -> None:
    """Let all people of a demo sign in by a browser who cannot yet. password_hash: of PASSWORD."""
    for person in unit.session.scalars(_waiting().order_by(Person.id)).all():
        name = sign_in_name(person.email or "")
        row = PasswordSignIn(
            person_id=person.id,
            name=name,
            password_hash=password_hash,
            set_at=unit.now,
            enrolment=unit.new_id(),
            totp_secret=sealer.seal(app_secret(name)),
            totp_step=0,
        )
        unit.session.add(row)
        note(unit, person.id, "password.set")


def names(session: Session) -> Sequence[str]:
    """The names by which people of the demo sign in with the app that they were given, in the order of people."""
    rows = select(PasswordSignIn.name).join(Person, Person.id == PasswordSignIn.person_id).where(Person.demo)
    return session.scalars(rows.order_by(Person.created_at, Person.email)).all()


def _waiting() -> Select[Person]:
    held = select(PasswordSignIn.person_id).where(PasswordSignIn.person_id == Person.id).exists()
    return select(Person).where(Person.demo, Person.email.is_not(None), ~held)
