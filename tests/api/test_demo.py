"""The demo region in a database: loaded once on each kind of server, then looked at."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from api.commands import demo
from api.settings import Settings
from api.work import Units, Work
from inspection.access import Caller, sign_in
from inspection.database import connect
from inspection.demo import founding
from inspection.demo.counting import Counts, count_region
from inspection.demo.events import Fined, Issued, Ruled, Sent
from inspection.demo.people import REGION
from inspection.demo.story import tell_story
from inspection.journal_proof import Flaw, verify
from inspection.tables.answers import OperatorReply, ReplyFile
from inspection.tables.areas import Area
from inspection.tables.audits import Audit
from inspection.tables.duplicates import DuplicatePair
from inspection.tables.facilities import Facility, Standing
from inspection.tables.followups import FollowUp
from inspection.tables.geocoding import Geocode
from inspection.tables.intake import IntakeRow
from inspection.tables.notices import Letter
from inspection.tables.operators import Operator
from inspection.tables.people import Person, Role
from inspection.tables.photos import Blob, Photo
from inspection.tables.positions import PositionQuestion
from inspection.tables.prescriptions import Prescription
from inspection.tables.regions import RegionHead
from inspection.tables.tasks import Task
from inspection.tables.telling import ReviewCase
from inspection.tables.tours import Tour
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import Violation
from tests.api.conftest import SignIn
from tests.clock import NOW
from tests.servers.databases import Databases

SEED, FACILITIES, END = 1, 40, NOW.date()
CORRECTED, DECLARED = 1, 2  # on the last evening


class Loaded(NamedTuple):
    """A database with a demo region in it."""

    units: Units
    counts: Counts


@pytest.fixture(scope="module")
def loaded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """Read it, and leave it as it is: all tests of this module look at the same region."""
    settings = Settings(photos=str(tmp_path_factory.mktemp("photos")))
    url = databases.make()
    engine = connect(url)
    units = Units(engine, clock=lambda: NOW)
    assert demo.load(units, seed=SEED, facilities=FACILITIES, settings=settings)
    yield Loaded(units, units.read(count_region))
    engine.dispose()
    databases.give_back(url)


def rows(loaded: Loaded, column: Any, *where: Any) -> list[Any]:
    """The values of a column."""
    return loaded.units.read(lambda work: list(work.session.scalars(select(column).where(*where))))


def flaws(region: str, work: Work) -> list[Flaw]:
    """What is wrong with the journal of a region."""
    return list(verify(work.session, region))


def signed_in(token: str, work: Work) -> Caller:
    """Who signs in with a token."""
    return sign_in(work.session, token, now=work.now)


def heads(work: Work) -> dict[str, int]:
    """How long the journal of each region is."""
    return {head.region: head.journal_number for head in work.session.scalars(select(RegionHead))}


def test_everything_told_came_in_and_nothing_of_it_was_refused(loaded: Loaded) -> None:
    told = tell_story(SEED, FACILITIES, END, founding.own_checklist())
    of_kind = {kind: [e for e in told.events if isinstance(e, kind)] for kind in (Sent, Issued, Ruled, Fined)}
    assert loaded.counts.intake["taken"] >= len(of_kind[Sent]) == 60
    assert sum(loaded.counts.audits.values()) == len(of_kind[Sent]) + CORRECTED
    assert loaded.counts.prescriptions == len(of_kind[Issued]) > 10
    ruled = Counter(event.kind.value for event in told.events if isinstance(event, Ruled))
    assert Counter(loaded.counts.decisions) - ruled == Counter(declare=DECLARED, confirm=CORRECTED)
    assert sum(ruled.values()) > 5
    assert loaded.counts.fines == len(of_kind[Fined]) > 2
    assert loaded.counts.acts.keys() == {"assign", "plan_works", "ask"}
    assert loaded.counts.facilities == FACILITIES
    assert loaded.counts.operators == len(told.registers.operators)


def test_about_four_violations_per_audit_come_out(loaded: Loaded) -> None:
    assert 2.5 < loaded.counts.found_per_audit < 6  # few facilities: chance has its say


def test_some_violations_are_overdue_and_some_released_and_visits_are_queued(loaded: Loaded) -> None:
    assert loaded.counts.overdue > 0
    assert {"open", "released"} <= set(loaded.counts.violations)
    assert {"queued", "done"} <= set(loaded.counts.followups)


def test_the_journal_is_what_was_written(loaded: Loaded) -> None:
    for region in ("KZ", REGION):
        assert loaded.units.read(partial(flaws, region)) == []
    assert loaded.units.read(heads)[REGION] > 500


def test_everything_that_can_be_marked_is_marked_as_demo(loaded: Loaded) -> None:
    for model in (Person, Area, Operator, Facility, Audit, UseRecord):
        assert set(rows(loaded, model.demo)) == {True}, model


def test_every_facility_lies_for_sure_in_the_district_it_was_drawn_in(loaded: Loaded) -> None:
    told = tell_story(SEED, FACILITIES, END, founding.own_checklist())
    held = {f.id: (f.district_code, f.area_certainty) for f in rows(loaded, Facility)}
    assert held == {f.id: (f.district, "inside") for f in told.registers.facilities}


def test_every_facility_has_its_standing_also_where_nobody_ever_came(loaded: Loaded) -> None:
    standings = {s.id: s for s in rows(loaded, Standing)}
    assert set(standings) == set(rows(loaded, Facility.id))
    unvisited = [s for s in standings.values() if s.audited_at is None]
    assert unvisited
    assert all(set(s.passport["site"].values()) == {"unknown"} for s in unvisited)


def test_observations_stand_at_their_corrected_time_within_the_two_years(loaded: Loaded) -> None:
    audits = rows(loaded, Audit)
    assert {a.time_source for a in audits} == {"anchor", "skew"}
    for audit in audits:
        assert audit.finished_at != audit.observed_at  # the tablets' clocks are wrong
        assert NOW - timedelta(days=740) < audit.observed_at <= audit.received_at < NOW


def test_prescriptions_are_numbered_without_gaps_and_dated_in_the_past(loaded: Loaded) -> None:
    issued = rows(loaded, Prescription)
    by_year: dict[int, list[int]] = {}
    for prescription in sorted(issued, key=lambda p: p.issued_at):
        by_year.setdefault(prescription.year, []).append(prescription.number)
        assert prescription.issued_on == prescription.issued_at.date() < END
    assert len(by_year) > 1
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_year.values())


def test_what_was_told_has_a_date_and_what_is_overdue_awaits_a_visit_or_had_one(loaded: Loaded) -> None:
    seen_to = ("queued", "assigned", "cancelled")
    queued = {item["violation"] for f in rows(loaded, FollowUp, FollowUp.state.in_(seen_to)) for item in f.items}
    assert queued
    overdue = rows(loaded, Violation, Violation.state == "open", Violation.due_on < END)
    looked_at: dict[UUID, date] = {}
    for audit in rows(loaded, Audit):
        looked_at[audit.facility_id] = max(audit.observed_on, looked_at.get(audit.facility_id, date.min))
    for violation in overdue:
        assert violation.prescription_id
        assert str(violation.id) in queued or looked_at[violation.facility_id] > violation.due_on


def test_the_documents_kept_are_the_same_on_every_load(loaded: Loaded) -> None:
    told = tell_story(SEED, FACILITIES, END, founding.own_checklist())
    sent = {e.audit: e.body for e in told.events if isinstance(e, Sent)}
    held = {row.document_id: bytes(row.body) for row in rows(loaded, IntakeRow, IntakeRow.state == "taken")}
    assert sent.items() <= held.items()


def test_something_waits_in_every_queue_of_officials(loaded: Loaded) -> None:
    replies = {(reply.kind, reply.state) for reply in rows(loaded, OperatorReply)}
    waiting = {(kind, "waiting") for kind in ("extension", "contest", "message")}
    assert replies == waiting | {("remedied", "noted"), ("extension", "refused")}
    assert {file.media_type for file in rows(loaded, ReplyFile)} == {"image/jpeg"}
    assert {(row.collection, row.state) for row in rows(loaded, IntakeRow)} >= {
        *{("audits", state) for state in ("conflict", "quarantined", "waiting")},
        *{("facilities", state) for state in ("conflict", "quarantined")},
        ("followups", "conflict"),
        ("photos", "waiting"),
    }
    assert "vanished" in rows(loaded, ReviewCase.why, ReviewCase.closed_at.is_(None))
    assert rows(loaded, DuplicatePair.state)
    assert rows(loaded, PositionQuestion.state) == ["open"] * len(rows(loaded, PositionQuestion.id)) != []
    assert "doubtful" in rows(loaded, Geocode.state)
    unsigned = (UseRecord.attested_zero, UseRecord.audit_id.is_(None), UseRecord.countersigned_by.is_(None))
    assert rows(loaded, UseRecord, *unsigned)


def test_rounds_letters_and_files_are_on_their_way(loaded: Loaded) -> None:
    rounds = rows(loaded, FollowUp)
    assert {"queued", "assigned", "cancelled", "done"} == {each.state for each in rounds}
    assert any(each.planned_on and each.planned_on < END for each in rounds)
    assert any(each.postponed_until for each in rounds)
    assert {"by_hand", "failed", "queued"} == set(rows(loaded, Letter.state))
    assert sorted(rows(loaded, Task.state)) == ["asked", "cancelled"]
    (tour,) = rows(loaded, Tour)
    assert (tour.state, tour.day > END, bool(tour.stops)) == ("planned", True, True)
    assert set(rows(loaded, Blob.state)) == {"examined"}
    assert rows(loaded, Photo)


def test_a_second_load_says_so_and_changes_nothing(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    before = loaded.units.read(heads)
    assert not demo.load(loaded.units, seed=SEED + 1, facilities=5)
    assert "nothing was changed" in capsys.readouterr().out
    assert (loaded.units.read(heads), loaded.units.read(count_region)) == (before, loaded.counts)


def test_the_printed_tokens_sign_in_their_people_and_reach_no_further_than_the_region(loaded: Loaded) -> None:
    lines = demo.sign_ins(loaded.units)
    tokens = [found[0] for line in lines if (found := re.findall(r"demo-[a-z0-9-]+-[0-9a-f]{8}", line))]
    assert len(tokens) == 6
    roles: list[Role] = []
    for token in tokens:
        caller = loaded.units.read(partial(signed_in, token))
        roles += [grant.role for grant in caller.grants]
        assert {grant.area_code[:2] for grant in caller.grants} == {"99"}
    assert sorted(roles) == sorted([*Role, Role.INSPECTOR])


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["demo", *arguments])


def test_the_command_loads_and_prints_figures_and_sign_ins(app: Flask, client: FlaskClient) -> None:
    done = run(app, "load", "--seed", "3", "--facilities", "2", "--end", "2025-01-15")
    assert done.exit_code == 0, done.output
    assert "2 facilities" in done.output
    assert "3 audits" in done.output
    said = run(app, "sign-ins").output
    token, name, *_ = re.findall(r"demo-head-[0-9a-f]{8}(?:@people.example)?", said)
    assert token in done.output
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    (code,) = re.findall(rf"([0-9]{{6}})  {name}", run(app, "codes").output)
    by_browser = {"email": name, "password": "demo ramp to every door", "code": code}
    assert client.post("/api/v1/sign-in", json=by_browser).status_code == 200
    assert run(app, "sign-ins").output == said


def test_demo_data_never_stand_among_real_ones(app: Flask, sign_in: SignIn, units: Units) -> None:
    sign_in()
    done = run(app, "load", "--facilities", "2")
    assert done.exit_code == 1
    assert "people that are not of a demo" in done.output
    assert units.read(lambda work: work.session.scalar(select(func.count()).select_from(Person))) == 1


def test_a_region_that_was_not_loaded_to_its_end_is_said_to_be_so(
    app: Flask, units: Units, new_id: Callable[[], UUID]
) -> None:
    units.write(lambda work: founding.found_region(work, 1, founding.own_checklist()[1]))
    done = run(app, "load", "--facilities", "2")
    assert (done.exit_code, "not loaded to its end" in done.output) == (1, True)
    assert demo.UNFINISHED in demo.sign_ins(units)


def test_the_two_years_do_not_end_in_the_future(app: Flask, units: Units) -> None:
    done = run(app, "load", "--facilities", "2", "--end", date.max.replace(year=2999).isoformat())
    assert done.exit_code == 2
    assert "after today" in done.output
    assert demo.sign_ins(units) == ()
