"""Years later: what has come of age is erased, and every door opens as before."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from api.chores import CHORES
from api.erasing import terms, what_is_due
from api.photo_store import current_store
from inspection import erasing, tasks, use_records
from inspection.database import Base
from inspection.disclosures import Shown, record_command
from inspection.journal_proof import NOTED
from inspection.retention import ERASED, RULES
from inspection.sync.touched import REPLICATED
from inspection.tables.answers import OperatorReply, ReplyFile
from inspection.tables.disclosures import DisclosureHead, Kind
from inspection.tables.drafts import Draft
from inspection.tables.geocoding import GeocodeAnswer
from inspection.tables.intake import IntakeRow
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.notices import Letter
from inspection.tables.people import Device, Person, Role
from inspection.tables.prescription_papers import Acknowledgement
from inspection.tables.tasks import TaskKind
from inspection.tables.tours import CalendarLink, Tour
from inspection.tables.use_records import UseRecord, UseSource
from inspection.tasks import NewTask
from inspection.use_claims import Claim
from tests.access.doors import DOORS
from tests.access.own_scene import asked, scene
from tests.access.scene import Scene
from tests.access.stage import rules
from tests.access.test_matrix import Somebody
from tests.api.people import token
from tests.api.tablet import Tablet
from tests.inspection.world import COUNTRY, DISTRICT, REGION, World

__all__ = ["scene"]
YEARS = timedelta(days=2200)


def run(app: Flask, *more: str) -> str:
    ran = app.test_cli_runner().invoke(args=["retention", "run", *more])
    assert ran.exit_code == 0, ran.output
    return ran.output


def sizes(world: World) -> dict[str, int]:
    with world.open_session() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


@pytest.fixture
def old(scene: tuple[Flask, Scene]) -> tuple[Flask, Scene]:
    """One of everything, and what else the rules are about, years ago."""
    app, objects = scene
    world, client = objects.world, app.test_client()
    tablet = Tablet(client, world.inspector, world.device(world.inspector))
    tablet.push("drafts", {"newDocumentState": {"id": str(world.new_id()), "words": "Черновик."}})
    gone = world.person()
    drafting = Tablet(client, gone, world.device(gone))
    grant = world.grant(gone, Role.INSPECTOR, DISTRICT)
    drafting.push("drafts", {"newDocumentState": {"id": str(world.new_id()), "words": "Забыт."}})
    for method in (client.post, client.delete):
        assert method("/api/v1/me/calendar", headers=token(world.inspector)).status_code in (200, 201)
    pairing = {"id": str(world.new_id()), "region": REGION}
    path = f"/api/v1/people/{world.inspector}/pairings"
    code = client.post(path, json=pairing, headers=token(world.head)).json["code"]
    said = {"code": code, "device": str(world.new_id())}
    assert client.post("/api/v1/tablet-tokens/pairing", json=said).status_code == 200
    world.add(
        GeocodeAnswer(provider="x", question_hash=b"x" * 32, question="ул.", answers=[], answered_at=world.clock())
    )
    with world.unit(world.head) as unit:
        day = world.clock().date()
        claim = Claim(UseSource.COMPLAINT, day, day, visits=1, source_text="Обращение", reference="Ж-7")
        use_records.enter(unit, world.caller(world.head), objects.facility, world.new_id(), claim)
        record_command(unit, Shown(Kind.BACKUP), REGION)
    head, wish = world.caller(world.head), NewTask(world.new_id(), TaskKind.VIOLATIONS_CSV, {"query": {}}, "kk")
    with world.unit(world.head) as unit:
        tasks.ask(unit, head, wish)
    with world.unit(world.head) as unit:
        tasks.cancel(unit, head, wish.id)
    admin = world.person(Role.ADMIN, COUNTRY)
    client.put(f"/api/v1/grants/{grant}/end", json={"reason": "Ушёл."}, headers=token(admin))
    answer = {"outcome": "noted", "words": "Прочли."}
    client.put(f"/api/v1/replies/{objects.reply}/answer", json=answer, headers=token(world.head))
    with world.unit() as unit:
        letter = unit.session.scalars(select(Letter).where(Letter.id == objects.letter)).one()
        letter.address, letter.state, letter.answer = "somebody@example.test", "sent", "250 somebody"
    idle = {"id": str(world.new_id()), "area_code": REGION, "name_kk": "Ойдан шығарылған", "name_ru": "Выдуманная"}
    idle["notice_email"] = "idle@example.test"
    assert client.post("/api/v1/operators", json=idle, headers=token(world.head)).status_code == 201
    return app, objects


def test_nothing_is_erased_before_its_time(old: tuple[Flask, Scene]) -> None:
    app, objects = old
    before = sizes(objects.world)
    assert "0 rows would be erased." in run(app, "--dry-run")
    assert "0 rows erased." in run(app)
    now = sizes(objects.world)
    changed = {name for name in before if before[name] != now[name]}
    assert changed == {"journal"}  # which notes where the disclosures end


def test_after_years_each_rule_erases_what_it_says_and_a_second_time_nothing(old: tuple[Flask, Scene]) -> None:
    app, objects = old
    objects.world.clock.advance(days=YEARS.days)
    counted = what_is_due(app.extensions["pandus"].units, terms(app.extensions["pandus"].settings))
    assert not [name for name, rows in counted.items() if not rows], "each rule has something to do"
    told = run(app, "--dry-run")
    assert run(app).replace("rows erased", "rows would be erased") == told
    assert run(app) == "0 rows erased.\n"
    with objects.world.open_session() as session:
        assert session.scalar(select(func.count()).select_from(JournalValue)) == 0
        assert set(session.scalars(select(OperatorReply.said_by))) == {ERASED}
        assert set(session.scalars(select(Acknowledgement.received_by))) == {ERASED}
        assert set(session.scalars(select(Letter.address).where(Letter.state != "queued"))) <= {""}
        complained = UseRecord.source == UseSource.COMPLAINT
        assert set(session.execute(select(UseRecord.source_text, UseRecord.reference).where(complained))) == {
            (None, None)
        }
        bodies = select(IntakeRow.body).where(IntakeRow.collection == "audits")
        assert all(session.scalars(bodies)), "signed audits are the evidence"
        for model in (Tour, CalendarLink, ReplyFile, GeocodeAnswer):
            assert session.scalar(select(func.count()).select_from(model)) == 0, model


def test_what_was_erased_is_counted_in_the_journals_and_no_chain_is_broken(old: tuple[Flask, Scene]) -> None:
    app, objects = old
    objects.world.clock.advance(days=YEARS.days)
    rows = int(run(app).splitlines()[-1].partition(" ")[0].replace(",", ""))
    entries = objects.world.rows(JournalEntry, JournalEntry.action == erasing.ACTION)
    assert sum(entry.changes["rows"][1] for entry in entries) == rows
    assert {entry.object_id for entry in entries} <= {rule.name for rule in RULES} | {"files of answers"}
    assert {entry.actor_id for entry in entries} == {None}
    noted = objects.world.rows(JournalEntry, JournalEntry.action == NOTED)
    ends = {head.region: [None, head.number] for head in objects.world.rows(DisclosureHead)}
    assert {entry.home_region: entry.changes["number"] for entry in noted} == ends
    verified = app.test_cli_runner().invoke(args=["journal", "verify"])
    assert verified.exit_code == 0, verified.output
    rebuilt = app.test_cli_runner().invoke(args=["feed", "rebuild"])
    assert rebuilt.exit_code == 0, rebuilt.output


def test_a_chain_of_disclosures_that_was_cut_off_is_found_by_the_journal(old: tuple[Flask, Scene]) -> None:
    app, objects = old
    run(app)
    with objects.world.open_session() as session:
        for table in ("disclosures", "disclosure_heads"):
            session.execute(Base.metadata.tables[table].delete())
        session.commit()
    verified = app.test_cli_runner().invoke(args=["journal", "verify"])
    assert (verified.exit_code, "was noted and is gone" in verified.output) == (1, True)


def test_every_door_opens_after_years_as_before(old: tuple[Flask, Scene]) -> None:
    app, objects = old
    known = rules(app)
    who = Somebody("head of the country", objects.world.person(Role.HEAD, COUNTRY), Role.HEAD, COUNTRY)
    wanted = {at: door for at, door in DOORS.items() if at[0] == "GET" and at[1].startswith("/api/v1")}
    gone = {"/api/v1/reply-files/<uuid:file_id>"}  # the file itself has come of age

    def statuses() -> dict[str, int]:
        answers = {at[1]: asked(app, (at[0], known[at]), door, objects, who) for at, door in wanted.items()}
        return {path: answer.status_code for path, answer in answers.items() if path not in gone}

    objects.world.clock.advance(days=YEARS.days)
    before = statuses()
    run(app)
    assert statuses() == before
    assert not [path for path, status in before.items() if status >= 500]


def test_a_resend_of_what_was_erased_is_known_and_a_forgotten_draft_leaves_its_tablet(
    old: tuple[Flask, Scene],
) -> None:
    app, objects = old
    world = objects.world
    sent = world.rows(IntakeRow, IntakeRow.collection == "facilities", IntakeRow.state == "taken")
    assert sent
    body = {row.document_id: row.body for row in sent}
    world.clock.advance(days=YEARS.days)
    run(app)
    before = sizes(world)
    tablet = Tablet(app.test_client(), world.inspector, world.device(world.inspector))
    for sent_body in body.values():
        reply = app.test_client().post(
            "/sync/facilities/1/push",
            data=b"[" + sent_body + b"]",
            headers=tablet.headers | {"Content-Type": "application/json"},
        )
        assert reply.status_code == 200, reply.text
    now = sizes(world)
    assert {name for name in now if now[name] != before[name]} == {"devices"}
    assert [draft.person_id for draft in world.rows(Draft)] == [world.inspector]


def test_the_bytes_of_an_answer_go_with_it_unless_a_photo_has_the_same(old: tuple[Flask, Scene]) -> None:
    app, objects = old
    (file,) = objects.world.rows(ReplyFile)
    with app.app_context():
        store = current_store()
        assert store.original_bytes(file.sha256).startswith(b"%PDF")
        objects.world.clock.advance(days=YEARS.days)
        run(app)
        with pytest.raises(Exception, match="cannot be reached"):
            store.original_bytes(file.sha256)


def test_a_person_without_a_grant_for_years_is_nobody_any_more(old: tuple[Flask, Scene]) -> None:
    app, objects = old
    world = objects.world
    official = world.person()
    world.grant(official, Role.AKIMAT, DISTRICT, until=world.clock())
    tablet = world.device(official)
    world.clock.advance(days=YEARS.days)
    run(app)
    (row,) = world.rows(Person, Person.id == official)
    assert (row.name, row.email, row.token_hash, row.digest) == (ERASED, None, None, "never")
    (device,) = world.rows(Device, Device.id == tablet)
    assert device.stopped_at is not None
    assert app.test_client().get("/api/v1/me", headers=token(official)).status_code == 401
    assert {row.name for row in world.rows(Person, Person.id.in_([world.head, world.inspector]))} != {ERASED}


def test_it_is_a_chore_of_the_night_in_units_of_a_few_hundred_rows(
    old: tuple[Flask, Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, objects = old
    objects.world.clock.advance(days=YEARS.days)
    monkeypatch.setattr("inspection.erasing.AT_ONCE", 1)
    with app.app_context():
        said = CHORES["retention"].do(app.extensions["pandus"])
    assert "journal values" in said
    entries = objects.world.rows(JournalEntry, JournalEntry.action == erasing.ACTION)
    assert {entry.changes["rows"][1] for entry in entries} == {1}
    assert run(app) == "0 rows erased.\n"


def test_rules_write_to_no_table_that_tablets_hold_but_by_its_own_way() -> None:
    assert {rule.model.__tablename__ for rule in RULES} & REPLICATED.keys() == {"drafts"}
