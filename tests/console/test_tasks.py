"""Long work: asked for once, run beside the pages, told how far it is, handed over to whom it is for."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import orjson
import pytest
from werkzeug.test import TestResponse

from api import photo_store
from api.console import violation_table
from api.console.pages import violation_files
from api.photo_store import open_store
from api.settings import Settings
from api.tasks import making, running
from api.tasks.run import Run, stored_name
from api.tasks.running import drop_files, run_due
from inspection.tables.disclosures import Disclosure, Kind
from inspection.tables.people import Grant, Role
from inspection.tables.tasks import Task, TaskKind, TaskState
from inspection.task_rules import KEPT, LEASE
from tests.console.conftest import Console
from tests.inspection.world import DISTRICT, REGION


@pytest.fixture(autouse=True)
def store(console: Console, tmp_path: Path) -> Any:
    made = open_store(Settings(photos=str(tmp_path / "photos")))
    console.app.extensions[photo_store.KEY] = made
    return made


def ask(console: Console, make: str, who: UUID | None = None, /, **about: str) -> UUID:
    """Ask for a task as its page does; its id."""
    made = uuid4()
    query = "&".join(f"{name}={value}" for name, value in about.items())
    answer = post(console, f"/tasks/new?make={make}&{query}", who, id=made)
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].endswith(f"/console/tasks/{made}")
    return made


def post(console: Console, path: str, who: UUID | None = None, /, **form: object) -> TestResponse:
    headers = {"Authorization": f"Bearer {who or console.world.head}"}
    joined = "&" if "?" in path else "?"
    return console.app.test_client().post(f"/console{path}{joined}lang=en", data=form, headers=headers)


def run(console: Console) -> int:
    with console.app.app_context():
        return run_due(console.app.extensions["pandus"])


def task(console: Console, made: UUID) -> Task:
    (row,) = console.world.rows(Task, Task.id == made)
    return row


def file(console: Console, made: UUID, who: UUID | None = None, /) -> TestResponse:
    return console.get(f"/tasks/{made}/file", who)


def test_the_list_is_made_beside_the_pages_and_is_the_same_as_at_once(console: Console) -> None:
    made = ask(console, "violations_csv", severity="gross")
    page = console.get(f"/tasks/{made}").text
    assert "waiting its turn" in page
    assert 'hx-trigger="every 2s"' in page
    assert run(console) == 1
    held = task(console, made)
    assert (held.state, held.done, held.total, held.attempts) == (TaskState.DONE, 2, 2, 1)
    assert "Save the file" in console.get(f"/tasks/{made}").text
    at_once = console.get("/violations.csv", severity="gross").data
    assert file(console, made).data == at_once
    assert len(list(csv.reader(StringIO(at_once.decode("utf-8-sig"), newline=""), delimiter=";"))) == 3


def test_the_workbook_and_the_report_are_what_they_are_at_once(console: Console) -> None:
    period = {"from": "2026-01-01", "to": "2026-06-30"}
    made = {
        kind: ask(console, kind, **(period if kind.startswith("report") else {}))
        for kind in ("violations_xlsx", "report_xlsx", "report_pdf", "places_geojson")
    }
    assert run(console) == 4
    sheets = {
        kind: openpyxl.load_workbook(BytesIO(file(console, made[kind]).data))
        for kind in ("violations_xlsx", "report_xlsx")
    }
    assert sheets["violations_xlsx"].worksheets[0].max_row == 3
    assert file(console, made["report_xlsx"]).data == console.get("/reports.xlsx", **period).data
    assert file(console, made["report_pdf"]).data.startswith(b"%PDF")
    places = orjson.loads(file(console, made["places_geojson"]).data)
    assert [each["id"] for each in places["features"]] == [str(console.facility)]


def test_a_long_list_is_asked_for_and_a_short_one_comes_at_once(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(violation_files, "AT_ONCE", 1)
    monkeypatch.setattr(violation_table, "A_UNIT", 1)
    answer = console.get("/violations.xlsx", severity="gross", kind="polyclinic")
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert address.startswith("/console/tasks/new?")
    assert "make=violations_xlsx" in address
    assert "kind=polyclinic" in address
    page = console.get(
        address.removeprefix("/console").partition("?")[0], make="violations_xlsx", severity="gross"
    )
    assert "These are 2 rows." in page.text
    assert console.world.rows(Disclosure) == [], "nothing has left yet"


def test_asking_twice_makes_one(console: Console) -> None:
    made = uuid4()
    for _ in range(2):
        assert post(console, "/tasks/new?make=violations_csv", id=made).status_code == 303
    assert len(console.world.rows(Task)) == 1


def test_what_is_not_understood_is_not_asked_for(console: Console) -> None:
    for path in ("?make=violations_csv&severity=terrible", "?make=report_xlsx&from=never"):
        assert post(console, f"/tasks/new{path}").status_code == 422
    assert post(console, "/tasks/new?make=boundaries").status_code == 404
    assert console.get("/tasks/new").status_code == 404
    assert console.world.rows(Task) == []


def test_whoever_takes_the_file_is_written_down_then_with_what_it_was_asked_by(console: Console) -> None:
    made = ask(console, "violations_csv", area=DISTRICT, text="поликлиника")
    run(console)
    assert console.world.rows(Disclosure) == []
    assert file(console, made).status_code == 200
    (row,) = console.world.rows(Disclosure)
    assert (row.kind, row.object_id, row.shown) == (Kind.TABLE, str(made), task(console, made).total)
    assert row.asked == {"area": DISTRICT, "text": None}


def test_a_file_is_for_who_asked_alone_and_only_while_they_may_see_what_is_in_it(console: Console) -> None:
    person = console.world.person(Role.AKIMAT, REGION)
    made = ask(console, "violations_csv", person)
    run(console)
    assert file(console, made, person).status_code == 200
    for path in (f"/tasks/{made}", f"/tasks/{made}/file"):
        assert console.get(path, console.world.head).status_code == 404
    with console.world.unit() as unit:
        (grant,) = unit.session.query(Grant).where(Grant.person_id == person)
        grant.valid_to = unit.now - timedelta(seconds=1)
    console.world.grant(person, Role.AKIMAT, DISTRICT)
    refused = file(console, made, person)
    assert refused.status_code == 409
    assert "does not all lie in your areas any more" in refused.text


def test_whose_grant_ends_while_it_is_made_gets_no_further_rows(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(violation_table, "A_LARGE_UNIT", 1)
    person = console.world.person(Role.AKIMAT)
    made = ask(console, "violations_csv", person)
    tell = Run.tell

    def ends(self: Run, done: int, total: int | None = None) -> None:
        tell(self, done, total)
        if done == 1:
            with console.world.unit() as unit:
                unit.session.query(Grant).where(Grant.person_id == person).update({"valid_to": unit.now})

    monkeypatch.setattr(Run, "tell", ends)
    run(console)
    assert task(console, made).state == TaskState.DONE
    monkeypatch.undo()
    assert file(console, made, person).status_code in (404, 409)


def test_a_task_that_is_cancelled_while_it_runs_leaves_no_file(
    console: Console, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(violation_table, "A_LARGE_UNIT", 1)
    monkeypatch.setattr("api.tasks.run.WORD_EVERY", 0.0)
    made = ask(console, "violations_csv")
    seen: list[str] = []
    tell = Run.tell

    def cancels(self: Run, done: int, total: int | None = None) -> None:
        if done == 1:
            assert post(console, f"/tasks/{made}").status_code == 303
            seen.append(console.get(f"/tasks/{made}", part="1").text)
        tell(self, done, total)

    monkeypatch.setattr(Run, "tell", cancels)
    assert run(console) == 1
    assert task(console, made).state == TaskState.CANCELLED
    assert "is being cancelled" in seen[0]
    assert list(store.waiting()) == []
    again = console.get(f"/tasks/{made}").text
    assert "Cancel it" not in again
    assert "hx-trigger" not in again
    assert post(console, f"/tasks/{made}").status_code == 303, "cancelling twice is once"


def test_how_far_it_is_is_said_in_numbers_and_aloud_by_quarters(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ask(console, "violations_csv")
    with console.world.unit() as unit:
        row = unit.session.get_one(Task, made)
        row.state, row.done, row.total = TaskState.RUNNING, 1200, 2000
    page = console.get(f"/tasks/{made}").text
    assert "1,200 of 2,000" in page
    assert '<progress class="far" aria-label="Progress" max="2000" value="1200">' in page
    part = console.app.test_client().get(
        f"/console/tasks/{made}?part=1&lang=en&heard=25%25+done",
        headers={"Authorization": f"Bearer {console.world.head}", "HX-Request": "true"},
    )
    assert '<div id="aloud" hx-swap-oob="innerHTML">50% done</div>' in part.text
    same = console.app.test_client().get(
        f"/console/tasks/{made}?part=1&lang=en&heard=50%25+done",
        headers={"Authorization": f"Bearer {console.world.head}", "HX-Request": "true"},
    )
    assert "hx-swap-oob" not in same.text
    monkeypatch.undo()


def test_what_goes_wrong_is_told_and_stops_nothing_else(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: Run) -> Any:
        raise ZeroDivisionError

    wrong = ask(console, "violations_csv")
    right = ask(console, "violations_xlsx")
    monkeypatch.setitem(making.MAKERS, TaskKind.VIOLATIONS_CSV, breaks)
    assert run(console) == 2
    assert (task(console, wrong).state, task(console, right).state) == (TaskState.FAILED, TaskState.DONE)
    assert running.UNEXPECTED[1:] in console.get(f"/tasks/{wrong}").text
    assert file(console, wrong).status_code == 404


def test_whoever_is_told_to_stop_gives_it_back_and_another_makes_it(console: Console) -> None:
    made = ask(console, "violations_csv")
    stops: Iterator[bool] = iter([False, True, True])
    with console.app.app_context():
        run_due(console.app.extensions["pandus"], lambda: next(stops))
    assert task(console, made).state == TaskState.ASKED
    assert run(console) == 1
    assert task(console, made).state == TaskState.DONE


def test_one_whose_runner_died_is_made_by_another(console: Console) -> None:
    made = ask(console, "violations_csv")
    with console.world.unit() as unit:
        row = unit.session.get_one(Task, made)
        row.state, row.attempts, row.heard_at = TaskState.RUNNING, 1, unit.now
    assert run(console) == 0
    console.world.clock.advance(seconds=LEASE.total_seconds())
    assert run(console) == 1
    assert (task(console, made).state, task(console, made).attempts) == (TaskState.DONE, 2)


def test_files_go_after_a_week_and_with_them_what_a_dead_runner_left(
    console: Console, store: Any, tmp_path: Path
) -> None:
    made = ask(console, "violations_csv")
    run(console)
    left, units = tmp_path / "left", console.app.extensions["pandus"].units
    left.write_bytes(b"x")
    orphan = stored_name(made, units.now().date() - timedelta(days=3), "made-9")
    store.put_waiting(orphan, left)
    assert drop_files(units, store) == {"task files": 1}
    assert file(console, made).status_code == 200
    console.world.clock.advance(seconds=KEPT.total_seconds() + 86_400)
    assert drop_files(units, store) == {"tasks over": 1, "task files": 1}
    assert store.waiting() == []
    assert file(console, made).status_code == 404
    assert "not kept any more" in console.get(f"/tasks/{made}").text
    assert drop_files(units, store) == {}


def test_a_file_that_the_store_has_lost_is_said_to_be_lost(console: Console, store: Any) -> None:
    made = ask(console, "violations_csv")
    run(console)
    for name in store.waiting():
        store.drop_waiting(name)
    answer = file(console, made)
    assert answer.status_code == 409
    assert "not there any more" in answer.text


def test_the_list_of_tasks_is_ones_own_the_newest_first(console: Console) -> None:
    assert "You have asked for nothing yet." in console.get("/tasks").text
    ask(console, "violations_csv")
    console.world.clock.advance(seconds=5)
    ask(console, "violations_xlsx")
    page = console.get("/tasks").text
    assert page.index("Violations in Excel") < page.index("Violations as CSV")
    assert page.count("<progress") == 0
    run(console)
    assert console.get("/tasks", part="1").text.count("/file") == 2
    assert "You have asked for nothing yet." in console.get("/tasks", console.world.inspector).text
