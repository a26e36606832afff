"""What the service does by itself: failures in words, and a chore that is wanted now."""

from datetime import timedelta

from api.chores import CHORES
from api.console.job_words import COUNTED
from api.console.pages.jobs import CALLED
from inspection.answers import old_files
from inspection.chores import LEASE
from inspection.retention import RULES
from inspection.tables.chores import ChoreTurn
from inspection.tables.geocoding import GeocodeState
from inspection.tables.intake import IntakeState
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from tests.console.conftest import Console
from tests.inspection.world import COUNTRY, REGION


def turn(console: Console, name: str, *, failures: int = 0, said: str = "nothing", hours: float = 5.0) -> None:
    now = console.world.clock()
    console.world.add(
        ChoreTurn(name=name, next_at=now + timedelta(hours=hours), done_at=now, failures=failures, said=said)
    )


def test_every_job_has_a_name_for_people() -> None:
    assert CALLED.keys() == CHORES.keys()


def test_what_came_of_a_job_is_said_in_the_language_of_the_page(console: Console) -> None:
    admin = console.world.person(Role.ADMIN, REGION)
    turn(console, "night", said="3 settled, 0 re-checks returned, 12 numbers changed, 0 notices")
    turn(console, "bounces", said="no mailbox")
    turn(console, "digests", said="0 queued")
    page = console.get("/jobs", admin, lang="ru").text
    assert "объекты, оценённые заново: 3, изменившиеся числа: 12<" in page
    assert "почтовый ящик не задан" in page
    assert "делать было нечего" in page
    assert "settled" not in page


def test_whatever_a_job_counts_has_words() -> None:
    states = [state.value for kind in (IntakeState, GeocodeState) for state in kind]
    assert {*states, *(rule.name for rule in RULES), old_files.NAME} <= COUNTED.keys()


def test_a_failure_is_said_in_words(console: Console) -> None:
    admin = console.world.person(Role.ADMIN, REGION)
    turn(console, "letters", failures=2, said="StoreAway")
    turn(console, "ranks", failures=1, said="ZeroDivisionError")
    page = console.get("/jobs", admin).text
    assert "failed 2 times in a row" in page
    assert "the storage of photos could not be reached, or is full" in page
    assert "something unexpected (ZeroDivisionError)" in page


def test_who_administers_the_country_has_a_job_of_the_night_done_now(console: Console) -> None:
    admin = console.world.person(Role.ADMIN, COUNTRY)
    turn(console, "night")
    assert "Do it now" in console.get("/jobs", admin).text
    assert console.post("/jobs", admin, job="night").status_code == 303
    (row,) = console.world.rows(ChoreTurn)
    assert row.next_at == console.world.clock()
    (entry,) = console.world.rows(JournalEntry, JournalEntry.action == "chore.hastened")
    assert (entry.object_id, entry.actor_id) == ("night", admin)
    assert "Do it now" not in console.get("/jobs", admin).text, "it is due anyway"
    assert console.post("/jobs", admin, job="night").status_code == 409


def test_a_job_that_somebody_may_be_at_is_left_alone_and_one_that_failed_is_not(console: Console) -> None:
    admin = console.world.person(Role.ADMIN, COUNTRY)
    turn(console, "night", hours=LEASE / timedelta(hours=1))
    turn(console, "letters", failures=1, hours=0.1)
    assert console.post("/jobs", admin, job="night").status_code == 409
    assert console.post("/jobs", admin, job="letters").status_code == 303


def test_who_administers_a_region_only_looks(console: Console) -> None:
    admin = console.world.person(Role.ADMIN, REGION)
    turn(console, "night")
    assert "Do it now" not in console.get("/jobs", admin).text
    assert console.post("/jobs", admin, job="night").status_code == 403
    assert console.post("/jobs", console.world.head, job="night").status_code == 403
