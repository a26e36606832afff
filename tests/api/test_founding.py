"""The commands that make the first people, publish a checklist and verify the journal."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

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
    assert "broken.yaml:" in refused.output
    assert "ell" in refused.output


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


def test_a_command_on_a_database_without_tables_says_what_makes_them(bare_app: Flask, tmp_path: Path) -> None:
    (tmp_path / "nowhere").mkdir()
    result = run(bare_app, "journal", "verify")
    assert result.exit_code == 1
    assert "flask --app wsgi db upgrade" in result.output
