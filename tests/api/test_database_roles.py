"""The role of the application: it adds to the journal, and can neither rewrite nor empty it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from api import migrate
from api.app import create_app
from api.database_roles import grant
from api.settings import Settings
from api.work import Units
from inspection.database import connect
from inspection.people import NewPerson, add_person
from inspection.tables.people import Role
from tests.servers import postgres
from tests.servers.databases import Databases, PostgresDatabases

only_postgres = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


@pytest.fixture(scope="module")
def restricted(databases: Databases) -> Iterator[Flask]:
    """An application that signs in to a migrated database by the restricted role, and somebody it knows."""
    assert isinstance(databases, PostgresDatabases)
    name = (
        f"{databases.owner}_restricted"  # of the database, and of the role, which all databases of a server share
    )
    url = postgres.create_database(databases.socket, name)
    migrate.upgrade(url)
    owner = connect(url)
    units = Units(owner)
    units.write(lambda work: work.session.execute(text(f"CREATE ROLE {name} LOGIN")))
    for _ in range(2):
        grant(url, name)
    app = create_app(Settings(database_url=make_url(url).set(username=name).render_as_string()))
    somebody(app)
    yield app
    app.extensions["pandus"].engine.dispose()
    units.write(lambda work: work.session.execute(text(f"DROP OWNED BY {name}")))
    units.write(lambda work: work.session.execute(text(f"DROP ROLE {name}")))
    owner.dispose()
    postgres.drop_database(databases.socket, name)


def somebody(app: Flask) -> None:
    units: Units = app.extensions["pandus"].units
    new = NewPerson("Үлгі", "a-token")
    units.write(lambda work: add_person(work, new, Role.ADMIN, "KZ", since=work.now - timedelta(days=1)))


@only_postgres
def test_the_application_works_and_its_journal_is_whole(restricted: Flask) -> None:
    client = restricted.test_client()
    assert client.get("/readyz").status_code == 200
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer a-token"}).json["roles"] == ["admin"]
    assert client.get("/api/v1/people", headers={"Authorization": "Bearer a-token"}).status_code == 200
    erased = restricted.test_cli_runner().invoke(args=["retention", "run"])
    assert erased.exit_code == 0, erased.output
    verified = restricted.test_cli_runner().invoke(args=["journal", "verify"])
    assert verified.exit_code == 0, verified.output


@only_postgres
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET reason = 'x'",
        "DELETE FROM journal",
        "TRUNCATE journal",
        "UPDATE disclosures SET kind = 'report'",
        "DELETE FROM disclosures",
        "TRUNCATE disclosures",
        "DROP TABLE journal",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE TABLE mine (id int)",
        "INSERT INTO journal SELECT * FROM journal ON CONFLICT (home_region, number) DO UPDATE SET reason = 'x'",
        "LOCK TABLE journal IN ACCESS EXCLUSIVE MODE",
        "ALTER TABLE journal OWNER TO CURRENT_USER",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "SET LOCAL session_replication_role = replica",
        "CREATE RULE silent AS ON INSERT TO journal DO INSTEAD NOTHING",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "COPY journal TO PROGRAM 'cat'",
        "SELECT pg_read_file('pg_hba.conf')",
    ],
)
def test_it_cannot_rewrite_the_past(restricted: Flask, statement: str) -> None:
    units: Units = restricted.extensions["pandus"].units
    with pytest.raises(DBAPIError, match=r"permission denied|must be (owner|superuser)"):
        units.write(lambda work: work.session.execute(text(statement)))


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_database_without_roles_is_told_so(app: Flask) -> None:
    refused = app.test_cli_runner().invoke(args=["db", "grant", "somebody"])
    assert refused.exit_code == 2
    assert "only PostgreSQL has roles" in refused.output
