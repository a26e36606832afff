"""The role by which an installation works with PostgreSQL: everything but changing the past.

The tables belong to another role, by which migrations run. Whoever takes over the application can then add to the
journal, and to the record of who was shown what, and read them, and neither rewrite nor empty them.
"""

from sqlalchemy import text

from api.work import Units, Work
from inspection.database import Base, connect
from inspection.tables.disclosures import Disclosure
from inspection.tables.journal import JournalEntry

APPEND_ONLY = (JournalEntry.__tablename__, Disclosure.__tablename__)
READ_ONLY = ("alembic_version",)


class NoRoles(ValueError):
    """This database has no roles."""


def grant(url: str, role: str) -> None:
    """Let a role that exists do what the application does, and no more; doing it again is needed after migrations.

    url: of the owner of the tables. Raises NoRoles for SQLite.
    """
    engine = connect(url)
    try:
        if engine.dialect.name != "postgresql":
            raise NoRoles("only PostgreSQL has roles; who can write an SQLite file can rewrite all of it")
        named = engine.dialect.identifier_preparer.quote_identifier(role)
        Units(engine).write(lambda work: _grant(work, named))
    finally:
        engine.dispose()


def _grant(work: Work, role: str) -> None:
    connection = work.session.connection()
    said = [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    ]
    for table in sorted(Base.metadata.tables):
        allowed = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        said += [f"REVOKE ALL ON {table} FROM {role}", f"GRANT {allowed} ON {table} TO {role}"]
    said += [f"GRANT SELECT ON {table} TO {role}" for table in READ_ONLY]
    for statement in said:
        connection.execute(text(statement))
