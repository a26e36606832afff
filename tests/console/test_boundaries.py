"""A file of boundaries is looked at before anything changes, refused by feature, and imported as a task."""

import json
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from api import photo_store
from api.photo_store import PhotoStore, open_store
from api.settings import Settings
from api.tasks import boundaries as importing
from api.tasks.running import run_due
from inspection.tables.areas import Area, AreaBoundary, AreaEdition
from inspection.tables.facilities import Facility
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.tasks import Task, TaskState
from inspection.task_rules import LEASE
from tests.console.conftest import Console
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, REGION

WEST, MIDDLE, EAST = 76.0, 76.5, 77.0


@pytest.fixture(autouse=True)
def store(console: Console, tmp_path: Path) -> Any:
    made = open_store(Settings(photos=str(tmp_path / "photos")))
    console.app.extensions[photo_store.KEY] = made
    return made


@pytest.fixture
def admin(console: Console) -> UUID:
    return console.world.person(Role.ADMIN, COUNTRY)


def district(code: str, west: float, east: float, **about: Any) -> dict[str, Any]:
    ring = [[west, 43.0], [east, 43.0], [east, 43.5], [west, 43.5], [west, 43.0]]
    names = {"name_kk": f"Аудан {code}", "name_ru": f"Район {code}", "name_en": f"District {code}"}
    properties = {"code": code, "country": "KZ", "level": 2, "parent": REGION, **names, **about}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def halves(border: float = MIDDLE) -> bytes:
    """Two districts beside each other."""
    return collection(district(DISTRICT, WEST, border), district(NEIGHBOUR, border, EAST))


def upload(console: Console, who: UUID, file: bytes, **form: str) -> TestResponse:
    given = {"edition": "kz-test", "attribution": "Выдуманный институт", "valid_from": "2025-01-01"}
    return console.app.test_client().post(
        "/console/boundaries?lang=en",
        data={"id": str(uuid4()), "file": (BytesIO(file), "districts.geojson"), **given, **form},
        headers={"Authorization": f"Bearer {who}"},
    )


def looked_at(console: Console, who: UUID, file: bytes, **form: str) -> UUID:
    answer = upload(console, who, file, **form)
    assert answer.status_code == 303, answer.text
    return UUID(answer.headers["Location"].rpartition("/")[2])


def run(console: Console) -> int:
    with console.app.app_context():
        return run_due(console.app.extensions["pandus"])


def import_it(console: Console, who: UUID, file: bytes, **form: str) -> Task:
    made = looked_at(console, who, file, **form)
    assert console.post(f"/boundaries/{made}", who, do="import").status_code == 303
    assert run(console) == 1
    (task,) = console.world.rows(Task, Task.id == made)
    return task


def count(console: Console, model: Any) -> int:
    with console.world.open_session() as session:
        return session.execute(select(func.count()).select_from(model)).scalar_one()


def test_looking_changes_nothing_and_shows_areas_surfaces_and_places(console: Console, admin: UUID) -> None:
    console.world.facility(lat=43.2, lon=76.6, district_code=DISTRICT, area_certainty="inside")
    entries = count(console, JournalEntry)
    made = looked_at(console, admin, halves())
    assert (count(console, AreaEdition), count(console, AreaBoundary)) == (0, 0)
    assert count(console, JournalEntry) == entries
    page = console.get(f"/boundaries/{made}", admin).text
    assert "is drawn for the first time" in page
    assert f"District {DISTRICT}" not in page, "names in the reader's language; for English the Russian ones"
    assert f"Район {DISTRICT}" in page
    assert "km²" in page
    assert page.count('class="changed"') == 2
    assert f'<span class="code">{NEIGHBOUR}</span></td>' in page


def test_another_file_never_takes_the_place_of_one_that_was_looked_at(
    console: Console, admin: UUID, store: PhotoStore
) -> None:
    made = looked_at(console, admin, halves())
    assert looked_at(console, admin, halves(), id=str(made)) == made, "sent twice"
    (held,) = console.world.rows(Task)
    kept = {name: b"".join(store.waiting_pieces(name)) for name in (held.given or "", held.file or "")}
    other = console.world.person(Role.ADMIN, COUNTRY)
    for who, file in ((admin, halves(76.6)), (other, halves()), (other, halves(76.6))):
        answer = upload(console, who, file, id=str(made))
        assert answer.status_code == 422
        assert "another task has this id" in answer.text
    assert {name: b"".join(store.waiting_pieces(name)) for name in kept} == kept


def test_in_another_language_nothing_of_a_file_is_kept(console: Console, admin: UUID, store: PhotoStore) -> None:
    answer = upload(console, admin, halves(), language_only="1")
    assert answer.status_code == 422
    assert "nothing was done yet" in answer.text
    assert list(store.waiting()) == []
    assert console.world.rows(Task) == []


def test_a_yes_imports_and_gives_places_their_districts(console: Console, admin: UUID) -> None:
    moves = console.world.facility(lat=43.2, lon=76.6, district_code=DISTRICT, area_certainty="inside")
    stays = console.world.facility(lat=43.2, lon=76.4, district_code=DISTRICT, area_certainty="inside")
    task = import_it(console, admin, halves())
    assert task.state == TaskState.DONE, task.said
    assert task.said == [{"drawn": 2, "moved": 1, "asked": 0, "outside": 0}]
    found = {row.id: row.district_code for row in console.world.rows(Facility)}
    assert (found[moves], found[stays]) == (NEIGHBOUR, DISTRICT)
    page = console.get(f"/tasks/{task.id}", admin).text
    assert "2 outlines drawn." in page
    assert "1 place moved." in page
    (entry,) = console.world.rows(JournalEntry, JournalEntry.action == "areas.imported")
    assert entry.actor_id == admin
    assert "kz-test" in console.get("/boundaries", admin).text


def test_a_file_that_moves_a_border_says_how_large_both_are_then(console: Console, admin: UUID) -> None:
    import_it(console, admin, halves())
    made = looked_at(console, admin, halves(76.6), edition="")
    page = console.get(f"/boundaries/{made}", admin).text
    assert "is drawn or called otherwise" in page
    surfaces = {"2,256", "2,707", "1,804"}  # km²: of a half, of what grew, of what shrank
    assert all(f"{each} km²" in page for each in surfaces), page


def test_the_same_file_changes_nothing_and_one_without_an_area_says_that_it_goes(
    console: Console, admin: UUID
) -> None:
    import_it(console, admin, halves())
    same = looked_at(console, admin, halves(), edition="")
    assert "This file changes nothing." in console.get(f"/boundaries/{same}", admin).text
    fewer = looked_at(
        console, admin, collection(district(DISTRICT, WEST, MIDDLE)), edition="kz-next", valid_from=""
    )
    assert "is not drawn any more" in console.get(f"/boundaries/{fewer}", admin).text


def test_what_is_wrong_with_a_file_is_said_feature_by_feature_with_its_name(console: Console, admin: UUID) -> None:
    open_ring = district(DISTRICT, WEST, MIDDLE)
    open_ring["geometry"]["coordinates"][0].pop()
    answer = upload(console, admin, collection(open_ring, district("7512", MIDDLE, EAST)))
    assert answer.status_code == 422
    assert f"District {DISTRICT}" in answer.text
    assert "the ring is not closed" in answer.text
    assert "geometry/coordinates/0" in answer.text
    assert "District 7512" in answer.text
    assert 'value="kz-test"' in answer.text, "what was typed is kept"
    assert count(console, Task) == 0


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "broken JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b'{"type": "Feature"}', "a GeoJSON FeatureCollection"),
        (b"[" * 100_000, "the JSON cannot be read"),
    ],
)
def test_what_is_no_file_of_boundaries_is_refused_at_the_field(
    console: Console, admin: UUID, file: bytes, said: str
) -> None:
    answer = upload(console, admin, file)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert count(console, Task) == 0
    assert said  # the words of each are those of the reader of files, and tried there


def test_a_form_without_a_file_a_credit_or_a_day_is_told_at_the_fields(console: Console, admin: UUID) -> None:
    assert 'id="file-error"' in console.post("/boundaries", admin, edition="kz-test").text
    assert 'id="attribution-error"' in upload(console, admin, halves(), attribution="").text
    assert 'id="valid_from-error"' in upload(console, admin, halves(), valid_from="soon").text
    assert 'id="edition-error"' in upload(console, admin, halves(), edition="../..").text
    later = (console.world.clock() + timedelta(days=400)).date().isoformat()
    assert 'id="valid_from-error"' in upload(console, admin, halves(), valid_from=later).text


def test_a_preview_that_others_overtook_imports_nothing(console: Console, admin: UUID) -> None:
    first = looked_at(console, admin, halves())
    console.world.clock.advance(seconds=1)
    second = looked_at(console, admin, halves(76.6))
    for made in (first, second):
        console.post(f"/boundaries/{made}", admin, do="import")
        console.world.clock.advance(seconds=1)
    assert run(console) == 2
    said = {row.id: (row.state, row.said) for row in console.world.rows(Task)}
    assert said[first][0] == TaskState.DONE
    assert said[second] == (TaskState.FAILED, [importing.CHANGED])
    third = looked_at(console, admin, halves(76.7), edition="")
    console.world.clock.advance(seconds=1)
    import_it(console, admin, halves(76.6), edition="")
    assert "changed by somebody else since" in console.get(f"/boundaries/{third}", admin).text


def test_what_is_put_away_changes_nothing(console: Console, admin: UUID) -> None:
    made = looked_at(console, admin, halves())
    assert console.post(f"/boundaries/{made}", admin, do="away").status_code == 303
    assert run(console) == 0
    assert console.post(f"/boundaries/{made}", admin, do="import").status_code == 409 or run(console) == 0
    assert count(console, AreaEdition) == 0


def test_a_runner_that_dies_after_the_import_leaves_the_rest_to_another(
    console: Console, admin: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves = console.world.facility(lat=43.2, lon=76.6, district_code=DISTRICT, area_certainty="inside")
    made = looked_at(console, admin, halves())
    console.post(f"/boundaries/{made}", admin, do="import")

    def dies(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "_reassign", dies)
    with pytest.raises(KeyboardInterrupt):
        run(console)
    monkeypatch.undo()
    (task,) = console.world.rows(Task)
    assert (task.state, task.in_force) == (TaskState.RUNNING, True)
    assert "Cancel it" not in console.get(f"/tasks/{made}", admin).text
    assert console.post(f"/tasks/{made}", admin).status_code == 409
    console.world.clock.advance(seconds=LEASE.total_seconds())
    assert run(console) == 1
    (task,) = console.world.rows(Task)
    assert (task.state, task.said[0]["moved"]) == (TaskState.DONE, 1)
    assert {row.id: row.district_code for row in console.world.rows(Facility)}[moves] == NEIGHBOUR


def test_only_who_administers_the_country_may_and_only_what_they_looked_at(console: Console, admin: UUID) -> None:
    regional, head = console.world.person(Role.ADMIN, REGION), console.world.head
    for who in (regional, head):
        assert console.get("/boundaries", who).status_code == 403
        assert upload(console, who, halves()).status_code == 403
    made = looked_at(console, admin, halves())
    other = console.world.person(Role.ADMIN, COUNTRY)
    assert console.get(f"/boundaries/{made}", other).status_code == 404
    assert console.post(f"/boundaries/{made}", other, do="import").status_code == 404
    assert console.app.test_client().post("/console/boundaries").status_code == 401


def test_names_in_a_file_are_shown_as_text(console: Console, admin: UUID) -> None:
    hostile = '"><script>alert(1)</script>'
    made = looked_at(console, admin, collection(district(DISTRICT, WEST, EAST, name_ru=hostile)))
    assert "<script>alert" not in console.get(f"/boundaries/{made}", admin).text
    broken = district(DISTRICT, WEST, EAST, name_kk=hostile, level=7)
    assert "<script>alert" not in upload(console, admin, collection(broken)).text
    assert console.world.rows(Area, Area.name_ru == hostile) == []
