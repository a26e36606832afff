"""Migrations are written, numbered, run and compared without an ini file, on both kinds of server."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, inspect, make_url, text

from api import migrate
from api.work import Units
from inspection.database import Base, connect
from tests.house import ROOT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations with nothing in it yet."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        shutil.copy(migrate.FOLDER / name, folder / name)
    monkeypatch.setattr(migrate, "FOLDER", folder)
    return folder


def run(url: str, sql: str) -> None:
    engine = connect(url)
    Units(engine).write(lambda work: work.session.execute(text(sql)))
    engine.dispose()


def test_tables_made_from_the_code_equal_the_code(fresh_url: str) -> None:
    assert migrate.differences(fresh_url) == []


def test_the_migrations_make_the_tables(new_url: str) -> None:
    migrate.upgrade(new_url)
    assert migrate.differences(new_url) == []


def test_a_second_upgrade_changes_nothing(new_url: str) -> None:
    migrate.upgrade(new_url)
    migrate.upgrade(new_url)
    assert migrate.differences(new_url) == []


def test_a_revision_is_numbered_named_and_makes_the_tables(folder: Path, new_url: str) -> None:
    migrate.upgrade(new_url)
    first = migrate.write_revision(new_url, "every table")
    assert first.name == "0001_every_table.py"
    assert "inspection" not in first.read_text(), "a migration must still run when our types have changed"
    migrate.upgrade(new_url)
    assert migrate.differences(new_url) == []
    second = migrate.write_revision(new_url, "nothing new")
    assert second.name == "0002_nothing_new.py"
    assert re.search(r"down_revision = .0001.", second.read_text())
    assert migrate.head() == "0002"


def test_the_newest_number_is_the_head_that_alembic_finds() -> None:
    assert migrate.head() == migrate._scripts().get_current_head()


def test_a_missing_table_column_or_check_is_named(fresh_database: Engine, fresh_url: str) -> None:
    run(fresh_url, "DROP TABLE devices")
    run(fresh_url, "ALTER TABLE people DROP COLUMN email")
    found = "\n".join(migrate.differences(fresh_url))
    assert "devices" in found
    assert "email" in found


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_missing_check_is_named(fresh_url: str) -> None:
    run(fresh_url, "ALTER TABLE areas DROP CONSTRAINT ck_areas_level_known")
    assert migrate.differences(fresh_url) == ["check constraint ck_areas_level_known on areas differs"]


def test_two_processes_that_upgrade_at_once_do_it_one_after_the_other(new_url: str) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    environment = {**os.environ, "PANDUS_DATABASE_URL": new_url}
    both = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert migrate.differences(new_url) == []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_batch_change_keeps_the_rows_that_point_at_the_changed_table(folder: Path, new_url: str) -> None:
    versions = folder / "versions"
    (versions / "0001_parents.py").write_text(
        """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0001", None
def upgrade():
    op.create_table("parents", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(5)))
    op.create_table("children", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent", sa.Integer, sa.ForeignKey("parents.id", ondelete="CASCADE")))
    op.execute("INSERT INTO parents VALUES (1, 'a')")
    op.execute("INSERT INTO children VALUES (1, 1)")
"""
    )
    (versions / "0002_longer_names.py").write_text(
        """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0002", "0001"
def upgrade():
    with op.batch_alter_table("parents") as batch:
        batch.alter_column("name", type_=sa.String(50))
"""
    )
    migrate.upgrade(new_url)
    with sqlite3.connect(make_url(new_url).database or "") as connection:
        assert connection.execute("SELECT count(*) FROM children").fetchone() == (1,)
    connection.close()
    (versions / "0003_orphans.py").write_text(
        """
from alembic import op
revision, down_revision = "0003", "0002"
def upgrade():
    op.execute("DELETE FROM parents")
"""
    )
    with pytest.raises(RuntimeError, match="children pointing at nothing in parents"):
        migrate.upgrade(new_url)
    with sqlite3.connect(make_url(new_url).database or "") as connection:
        assert connection.execute("SELECT count(*) FROM parents").fetchone() == (1,)  # rolled back
    connection.close()


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_migration_that_cannot_get_its_lock_fails_and_makes_nobody_wait(folder: Path, fresh_url: str) -> None:
    (folder / "versions" / "0001_lock.py").write_text(
        """
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    assert op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar() == "5s"
"""
    )
    migrate.upgrade(fresh_url)


def test_the_commands_speak(app: Flask) -> None:
    runner = app.test_cli_runner()
    checked = runner.invoke(args=["db", "check"])
    assert (checked.exit_code, checked.output) == (0, "The migrations make the tables.\n")


def test_check_fails_where_tables_have_no_migration(app: Flask, folder: Path) -> None:
    checked = app.test_cli_runner().invoke(args=["db", "check"])
    assert checked.exit_code == 1
    assert "areas" in checked.output


def test_every_table_is_compared(fresh_database: Engine) -> None:
    assert set(inspect(fresh_database).get_table_names()) == set(Base.metadata.tables)


def test_people_on_a_register_that_were_taken_for_visits_become_clients(new_url: str) -> None:
    migrate.upgrade(new_url, "0013")
    for n, source, attested in ((1, "register", "false"), (2, "statement", "true"), (3, "counted", "false")):
        run(new_url, _an_old_use_record(n, source, attested))
    migrate.upgrade(new_url)
    assert _use_records(new_url) == [
        ("counted", 0, None, None),
        ("register", None, 0, None),
        ("statement", 0, None, "2026-03-16"),
    ]


def _an_old_use_record(number: int, source: str, attested: str) -> str:
    columns = "home_region, id, rev, country, region_code, facility_id, source, visits, period_from, period_to"
    made = f"'00000000-0000-4000-8000-00000000000{number}'"
    said = f"'750000000', {made}, 1, 'KZ', '750000000', {made}, '{source}', 0, '2026-01-01', '2026-12-31'"
    then = "completeness, attested_zero, author_id, recorded_at, demo"
    return (
        f"INSERT INTO use_records ({columns}, {then}) "
        f"VALUES ({said}, 1.0, {attested}, {made}, '2026-03-16 10:00:00+00:00', false)"
    )


def _use_records(url: str) -> list[tuple[object, ...]]:
    engine = connect(url)
    sql = "SELECT source, visits, clients, CAST(signed_on AS TEXT) FROM use_records ORDER BY source"
    found = Units(engine).read(lambda work: [tuple(row) for row in work.session.execute(text(sql))])
    engine.dispose()
    return found
