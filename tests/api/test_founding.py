"""The commands that make the first people, publish a checklist and verify the journal."""

import re
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from inspection.tables.journal import JournalEntry
from inspection.tables.people import Person
from tests.inspection.world import DOOR, OTHER_REGION, REGION, STEP, World

OURS = Path("inspect/inspection/data/checklist.yaml")


def run(app: Flask, *arguments: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])


def test_a_person_made_on_the_command_line_signs_in_with_the_printed_token(
    app: Flask, world: World, client: FlaskClient
) -> None:
    made = run(app, "people", "add", "Выдуманный Начальник", "--role", "head_of_department", "--area", REGION)
    assert made.exit_code == 0, made.output
    token = made.output.strip()
    reply = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert reply.json is not None
    assert (reply.json["name"], reply.json["roles"]) == ("Выдуманный Начальник", ["head_of_department"])
    assert token.encode() not in b"".join(person.token_hash or b"" for person in world.rows(Person))


def test_a_person_for_an_area_that_is_not_known_is_refused_in_a_sentence(app: Flask, world: World) -> None:
    made = run(app, "people", "add", "Никто", "--role", "admin", "--area", "000000000")
    assert made.exit_code == 1
    assert "there is no area with this code" in made.output
    assert "Traceback" not in made.output


@pytest.mark.parametrize(("area", "fault"), [(REGION, "has its department"), ("KZ", "answers for a region")])
def test_a_department_stands_once_and_for_a_region(app: Flask, world: World, area: str, fault: str) -> None:
    made = run(app, "people", "department", area, "ХХ", "--name-kk", "бөлім", "--name-ru", "отдел")
    assert made.exit_code == 1
    assert fault in made.output


def test_a_department_is_made_for_a_region_without_one(app: Flask, world: World) -> None:
    made = run(app, "people", "department", OTHER_REGION, "АС", "--name-kk", "бөлім", "--name-ru", "отдел")
    assert (made.exit_code, made.output) == (0, f"АС answers for {OTHER_REGION}.\n")


def test_our_own_checklist_is_published_once_and_its_version_never_changes(
    app: Flask, world: World, tmp_path: Path
) -> None:
    first, again = (run(app, "checklists", "publish", OURS, "--country", "KG") for _ in range(2))
    assert first.output.startswith("pandus-criteria 1.0.0: 90 criteria; published for KG")
    assert "was published before" in again.output
    changed = tmp_path / "changed.yaml"
    changed.write_text(OURS.read_text("utf-8").replace("remediation_days: 180", "remediation_days: 170"), "utf-8")
    refused = run(app, "checklists", "publish", changed, "--country", "KG")
    assert refused.exit_code == 1
    assert "give the file a new version" in refused.output


def test_a_broken_checklist_is_refused_line_by_line(app: Flask, world: World, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(OURS.read_text("utf-8").replace("unit: m\n", "unit: ell\n", 1), "utf-8")
    refused = run(app, "checklists", "publish", broken, "--dry-run")
    assert refused.exit_code == 1
    assert re.search(
        r"broken\.yaml:\d+: /criteria/\d+/unit: ell is no unit of a number; m, cm, mm", refused.output
    )


def test_a_checklist_in_another_encoding_is_refused_in_a_sentence(
    app: Flask, world: World, tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    other.write_bytes('version: "Қ"'.encode("utf-16"))
    refused = run(app, "checklists", "publish", other)
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert "other.yaml is not UTF-8" in refused.output


def test_an_older_checklist_is_refused_in_a_sentence(app: Flask, world: World, tmp_path: Path) -> None:
    older = tmp_path / "older.yaml"
    older.write_text(OURS.read_text("utf-8").replace('version: "1.0.0"', 'version: "0.9.0"'), "utf-8")
    refused = run(app, "checklists", "publish", older)
    assert (refused.exit_code, "accepted: a version after 1.0.0" in refused.output) == (1, True)


def test_the_first_administrator_of_a_new_database_is_made_before_any_boundaries(app: Flask) -> None:
    made = run(app, "people", "add", "Выдуманный Первый", "--role", "admin", "--area", "KZ")
    assert made.exit_code == 0, made.output
    listed = run(app, "people", "list").output
    assert "Выдуманный Первый" in listed
    assert "admin in KZ" in listed


def test_a_person_is_told_by_the_list_how_to_be_left_without_a_token_and_a_grant(
    app: Flask, world: World, client: FlaskClient
) -> None:
    def status(token: str) -> int:
        return client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code

    first = run(app, "people", "add", "Выдуманный Начальник", "--role", "admin", "--area", REGION).output.strip()
    lines = run(app, "people", "list").output.splitlines()
    (at,) = [n for n, line in enumerate(lines) if "Выдуманный Начальник" in line]
    person, grant = lines[at].split()[0], lines[at + 1].split()[1].rstrip(":")
    second = run(app, "people", "token", person).output.strip()
    assert (status(first), status(second)) == (401, 200)
    assert run(app, "people", "end-grant", grant).output == "The grant has ended.\n"
    assert "has ended already" in run(app, "people", "end-grant", grant).output
    assert "cannot sign in" in run(app, "people", "token", person, "--revoke").output
    assert status(second) == 401
    listed = run(app, "people", "list").output
    assert "Выдуманный Начальник, without a token" in listed
    assert f"admin in {REGION} until 2026-" in listed


@pytest.mark.parametrize("command", ["token", "end-grant"])
def test_a_command_about_nobody_is_refused_in_a_sentence(app: Flask, world: World, command: str) -> None:
    refused = run(app, "people", command, str(world.new_id()))
    assert (refused.exit_code, "there is no such" in refused.output) == (1, True)


def test_the_journal_verifies_until_somebody_tampers_with_it(app: Flask, world: World) -> None:
    world.audited(world.facility(), {STEP: 0.05, DOOR: 0.95})
    whole = run(app, "journal", "verify")
    assert (whole.exit_code, whole.output.endswith("0 flaws.\n")) == (0, True)
    with world.unit() as unit:
        unit.session.execute(text("UPDATE journal SET action = 'audit.forged' WHERE action = 'audit.taken'"))
    tampered = run(app, "journal", "verify")
    assert tampered.exit_code == 1
    assert f"{REGION} entry" in tampered.output
    assert "tampered" in tampered.output


def test_an_end_that_was_cut_off_without_a_trace_is_betrayed_by_what_was_printed_before(
    app: Flask, world: World, tmp_path: Path
) -> None:
    world.audited(world.facility(), {STEP: 0.05, DOOR: 0.95})
    printed = run(app, "journal", "verify").output
    heads = tmp_path / "heads.txt"
    heads.write_text(printed, "utf-8")
    (line,) = [line for line in printed.splitlines() if line.startswith(f"{REGION}=")]
    for told in (("--heads", heads), ("--expect", line)):
        assert run(app, "journal", "verify", *told).exit_code == 0
    with world.unit() as unit:
        unit.session.execute(text(f"DELETE FROM journal WHERE home_region = '{REGION}'"))
        unit.session.execute(text(f"DELETE FROM region_heads WHERE region = '{REGION}'"))
    assert run(app, "journal", "verify").exit_code == 0
    number = line.removeprefix(f"{REGION}=").partition(":")[0]
    for told in (("--heads", heads), ("--expect", line)):
        cut = run(app, "journal", "verify", *told)
        assert cut.exit_code == 1
        assert f"{REGION} entry {number}: was noted and is gone" in cut.output


@pytest.mark.parametrize("told", ["", "KZ=1", "KZ=1:abc", "KZ=x:" + "0" * 64, "KZ=1:" + "Z" * 64])
def test_a_note_that_is_none_is_refused_before_anything_is_walked(
    app: Flask, world: World, told: str, tmp_path: Path
) -> None:
    heads = tmp_path / "heads.txt"
    heads.write_text(f"{told}\n5 entries of 1 chains walked, 0 flaws.\n", "utf-8")
    for option in (("--expect", told), ("--heads", heads)):
        refused = run(app, "journal", "verify", *option)
        assert refused.exit_code == 2
        assert "REGION=NUMBER:HASH" in refused.output
        assert "walked" not in refused.output


def test_entries_of_no_region_are_counted_too(app: Flask, world: World) -> None:
    with world.unit() as unit:
        if unit.session.get_bind().dialect.name != "sqlite":
            pytest.skip("PostgreSQL keeps only what its types can hold")
        unit.session.execute(text("UPDATE journal SET home_region = x'ff' WHERE number = 1"))
    tampered = run(app, "journal", "verify")
    assert (tampered.exit_code, "1 entries belong to no region" in tampered.output) == (1, True)


def test_the_journal_names_the_command_that_changed_something(app: Flask, world: World) -> None:
    run(app, "people", "add", "Выдуманный Начальник", "--role", "head_of_department", "--area", REGION)
    run(app, "people", "department", OTHER_REGION, "АС", "--name-kk", "бөлім", "--name-ru", "отдел")
    by_command = {
        (entry.action, entry.request_id) for entry in world.rows(JournalEntry) if entry.request_id is not None
    }
    assert by_command == {
        ("person.added", "command:people add"),
        ("grant.given", "command:people add"),
        ("department.added", "command:people department"),
    }


def test_a_command_on_a_database_without_tables_says_what_makes_them(bare_app: Flask, tmp_path: Path) -> None:
    (tmp_path / "nowhere").mkdir()
    result = run(bare_app, "journal", "verify")
    assert result.exit_code == 1
    assert "flask --app wsgi db upgrade" in result.output
