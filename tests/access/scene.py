"""One object of every kind, all of them about one facility in one district, for everybody to try to reach."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from inspection import fines, offices, use_records, violation_acts
from inspection.access import token_hash
from inspection.countries import local_date
from inspection.history import DecisionKind
from inspection.notices import editions
from inspection.notices.editing import Wanted
from inspection.notices.editions import Wish
from inspection.notices.stages import Recipient
from inspection.signing.limits import LASTS
from inspection.tables.answers import OperatorReply, ReplyFile
from inspection.tables.audits import Audit
from inspection.tables.digests import Digest
from inspection.tables.duplicates import DuplicatePair
from inspection.tables.followups import FollowUp
from inspection.tables.geocoding import Geocode
from inspection.tables.notices import Letter
from inspection.tables.operators import Operator
from inspection.tables.people import Grant, Person, Role
from inspection.tables.positions import PositionQuestion
from inspection.tables.prescriptions import Prescription, PrescriptionItem
from inspection.tables.regions import Home
from inspection.tables.settlements import Settlement
from inspection.tables.signing import ExternalIdentity, SignIn
from inspection.tables.telling import ReviewCase
from inspection.tables.use_records import UseSource
from inspection.tables.violation_acts import ActKind
from inspection.use_claims import Claim
from tests.api.people import token
from tests.api.tablet import Tablet
from tests.inspection.maps import IN_DISTRICT, draw
from tests.inspection.photos import photo_of, push_photos
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, PASSES, REGION, STEP, World

SPOT: dict[str, Any] = {
    "lat": IN_DISTRICT.lat,
    "lon": IN_DISTRICT.lon,
    "accuracy_m": 10.0,
    "location_method": "person",
    "area_certainty": "inside",
    "address_ru": "ул. Абая, 12",
}

TAKEN = "Первое"  # the name that a tablet gave the facility before another could


@dataclass
class Scene:
    """The objects of the small world by what they are; ids unless a name says otherwise."""

    world: World
    region: str
    district: str
    facility: UUID
    facility_name: str
    operator: UUID
    audit: UUID
    checklist: UUID
    photo: UUID
    violation: UUID
    decision: UUID
    act: UUID
    office: UUID
    edition: UUID
    fine: UUID
    prescription: UUID
    acknowledgement: UUID
    link: UUID
    reply: UUID
    reply_file: UUID
    followup: UUID
    letter: UUID
    digest: UUID
    review: UUID
    pair: UUID
    question: UUID
    record: UUID
    tour: UUID
    empty: UUID
    unvisited: UUID
    person: UUID
    grant: UUID
    tablet: UUID
    sign_in: UUID
    identity: UUID
    village: str
    sha256: str
    new_id: Callable[[], str]

    def document(self) -> Any:
        """A signed audit of the facility that nobody has sent before."""
        answers = {STEP: PASSES[STEP], DOOR: FAILS[DOOR]}
        return self.world.document(self.facility, answers, at=self.world.clock() - timedelta(minutes=30))


def set_scene(app: Flask, world: World) -> Scene:
    """Make one of everything, by the same ways as people do."""
    draw(world)
    operator = world.add(_operator(world)).id
    facility = _at_home(world, operator_id=operator, name_ru="Поликлиника «Шапағат»", **SPOT)
    twin = _at_home(world, name_ru="Шапағат", **SPOT)
    world.audited(twin, {STEP: PASSES[STEP]})
    fix: dict[str, Any] = {"lat": IN_DISTRICT.lat, "lon": IN_DISTRICT.lon + 0.01, "accuracy_m": 6}
    audit = world.audited(facility, {STEP: FAILS[STEP], DOOR: FAILS[DOOR]}, fixes=[fix])
    world.prescribe(audit)
    photo = photo_of(world, audit)
    push_photos(world, photo)
    decision = world.decide(facility, DOOR, DecisionKind.DECLARE).id
    _turns_out_untrue(world, facility)
    office = _office(world)
    act = _assigned(world, facility, office)
    record, empty = _count(world, facility), _empty(world)
    run(app, "positions", "weigh")
    run(app, "facilities", "duplicates", "--area", REGION)
    unvisited = _at_home(world)
    _doubted(world, facility)
    run(app, "ranks", "update")
    run(app, "notices", "send")
    person = world.person(Role.INSPECTOR, DISTRICT)
    return Scene(
        world=world,
        region=REGION,
        district=DISTRICT,
        facility=facility,
        facility_name=TAKEN,
        operator=operator,
        audit=audit,
        checklist=world.checklist,
        photo=UUID(photo["id"]),
        violation=world.violation(facility, DOOR).id,
        decision=decision,
        act=act,
        office=office,
        edition=_stages(world),
        fine=_fined(world, facility, operator),
        prescription=_the(world, Prescription),
        acknowledgement=_received(app, world, _the(world, Prescription)),
        **_answered(app, world, _the(world, Prescription)),
        followup=_the(world, FollowUp),
        letter=_the(world, Letter),
        digest=_told_weekly(app, world),
        review=_the(world, ReviewCase),
        pair=_the(world, DuplicatePair),
        question=_the(world, PositionQuestion),
        record=record,
        tour=_tour(app, world, facility),
        empty=empty,
        unvisited=unvisited,
        person=person,
        grant=_the(world, Grant, Grant.person_id == person),
        tablet=world.device(person),
        sign_in=signed_in(world, person, "pds_of-the-person"),
        identity=world.add(_identity(world, person)).id,
        village=_village(world),
        sha256=_conflict(app, world, facility),
        new_id=lambda: str(world.new_id()),
    )


def signed_in(world: World, person: UUID, secret: str, **about: Any) -> UUID:
    """A session of somebody's browser, by the secret in its cookie."""
    now = world.clock()
    plain = {"method": "password", "agent": "?", "begun_at": now, "seen_at": now, "ends_at": now + LASTS}
    row = SignIn(id=world.new_id(), person_id=person, secret_hash=token_hash(secret), **(plain | about))
    return world.add(row).id


def _identity(world: World, person: UUID) -> ExternalIdentity:
    known = {"issuer": "https://id.example", "subject": "1"}
    return ExternalIdentity(id=world.new_id(), person_id=person, linked_at=world.clock(), **known)


def run(app: Flask, *args: str) -> None:
    """Run a command of the application."""
    ran = app.test_cli_runner().invoke(args=args)
    assert ran.exit_code == 0, ran.output


def _at_home(world: World, **about: Any) -> UUID:
    made = world.facility(**about)
    world.add(Home(id=made, region=REGION, kind="facility"))
    return made


def _operator(world: World) -> Operator:
    named = {"name_kk": "Ойдан шығарылған мекеме", "name_ru": "Выдуманное учреждение"}
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION}
    made = world.new_id()
    world.add(Home(id=made, region=REGION, kind="operator"))
    return Operator(id=made, **named, **place, created_at=world.clock(), updated_at=world.clock())


def _office(world: World) -> UUID:
    made = world.new_id()
    with world.unit(world.head) as unit:
        named: Any = {"name_kk": "Ойдан шығарылған басқарма", "name_ru": "Выдуманное управление"}
        offices.create(unit, world.caller(world.head), made, REGION, named)
    return made


def _stages(world: World) -> UUID:
    """An edition of the stages of notices that was taken back: so another can be planned."""
    admin = world.person(Role.ADMIN, COUNTRY)
    wanted = [Wanted("ten_days_before", -14, (Recipient.OPERATOR,)), Wanted("overdue", 1, (Recipient.OPERATOR,))]
    day = local_date(world.clock(), COUNTRY) + timedelta(days=30)
    made = world.new_id()
    caller = world.caller(admin)
    with world.unit(admin) as unit:
        editions.add(unit, caller, Wish(made, COUNTRY, 0, day, wanted, {}))
        editions.take_back(unit, caller, made)
    return made


def _assigned(world: World, facility: UUID, office: UUID) -> UUID:
    """That the office is to see to the door."""
    made, about = world.new_id(), world.violation(facility, DOOR).id
    with world.unit(world.head) as unit:
        intent = violation_acts.Intent(made, ActKind.ASSIGN, "Их объект.", office)
        violation_acts.act(unit, world.caller(world.head), about, intent)
    return made


def _fined(world: World, facility: UUID, operator: UUID) -> UUID:
    made = world.new_id()
    with world.unit(world.head) as unit:
        claim = fines.Claim("Ш-1", world.clock().date(), 100, operator)
        fines.enter(unit, world.caller(world.head), facility, made, claim)
    return made


def _turns_out_untrue(world: World, facility: UUID) -> None:
    """What was told about the step is corrected by a colleague, so somebody has to look at it."""
    audits = [row for row in world.rows(Audit) if row.facility_id == facility]
    document = world.document(facility, {STEP: PASSES[STEP], DOOR: FAILS[DOOR]}, corrects=str(audits[0].id))
    world.push(document, by=world.colleague)
    world.confirm(UUID(document["id"]))


def _doubted(world: World, facility: UUID) -> None:
    """A geocoder has put the address of the facility elsewhere."""
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    now = {"next_try_at": world.clock(), "changed_at": world.clock()}
    world.add(Geocode(id=facility, state="doubtful", question="ул. Абая, 12", lat=43.2, lon=76.7, **place, **now))


def _count(world: World, facility: UUID) -> UUID:
    made, today = world.new_id(), world.clock().date()
    with world.unit(world.inspector) as unit:
        claim = Claim(UseSource.COUNTED, today - timedelta(days=30), today, visits=40)
        use_records.enter(unit, world.caller(world.inspector), facility, made, claim)
    return made


def _empty(world: World) -> UUID:
    """A facility of which it is attested that nobody comes."""
    facility, made, today = _at_home(world), world.new_id(), world.clock().date()
    world.audited(facility, PASSES)
    with world.unit(world.inspector) as unit:
        claim = Claim(UseSource.STATEMENT, today, today + timedelta(days=300))
        use_records.enter(unit, world.caller(world.inspector), facility, made, claim)
    with world.unit(world.head) as unit:
        use_records.countersign(unit, world.caller(world.head), made)
    return facility


def _village(world: World) -> str:
    """The id of a settlement in the district."""
    place = {"country": COUNTRY, "region_code": REGION, "district_code": DISTRICT, "area_certainty": "inside"}
    named = {"kind": "village", "name_kk": "Ойдан шығарылған ауыл", "imported_at": world.clock()}
    spot = {"lat": SPOT["lat"], "lon": SPOT["lon"]}
    return world.add(Settlement(source="gazetteer", id="a-village", **place, **named, **spot)).id


def _told_weekly(app: Flask, world: World) -> UUID:
    """The digest of somebody who answers for the district, and for nothing else."""
    official = world.person(Role.AKIMAT, DISTRICT)
    with world.unit() as unit:
        unit.session.get_one(Person, official).email = "akimat@example.test"
    run(app, "notices", "run")
    return _the(world, Digest)


def _received(app: Flask, world: World, prescription: UUID) -> UUID:
    """That somebody received the prescription."""
    made = world.new_id()
    said = {"id": str(made), "channel": "paper", "received_by": "Үлгі Алушы", "received_on": "2026-03-16"}
    path = f"/api/v1/prescriptions/{prescription}/acknowledgements"
    reply = app.test_client().post(path, json=said, headers=token(world.head))
    assert reply.status_code == 201, reply.text
    return made


def _answered(app: Flask, world: World, prescription: UUID) -> dict[str, UUID]:
    """What the operator said by a link: the link, the reply and the file that came along."""
    client, made = app.test_client(), str(world.new_id())
    path = f"/api/v1/prescriptions/{prescription}/links"
    link = client.post(path, json={"id": made}, headers=token(world.head)).json
    assert link is not None
    item = world.rows(PrescriptionItem)[0].violation_id
    said = {"submission": str(world.new_id()), "kind": "message", "items": [str(item)], "said": "Сәлем."}
    sent = {**said, "said_by": "Үлгі Алушы", "files": (BytesIO(b"%PDF-1.7\n"), "a.pdf")}
    address = "/answer/" + link["address"].rpartition("/")[2]
    reply = client.post(address, data=sent, content_type="multipart/form-data")
    assert reply.status_code == 303, reply.text
    return {"link": UUID(made), "reply": _the(world, OperatorReply), "reply_file": _the(world, ReplyFile)}


def _tour(app: Flask, world: World, facility: UUID) -> UUID:
    made = world.new_id()
    asked: dict[str, Any] = {
        "id": str(made),
        "day": "2026-03-18",
        "start": {"lat": SPOT["lat"], "lon": SPOT["lon"]},
    }
    asked["facilities"] = [{"facility_id": str(facility), "prize": 1}]
    reply = app.test_client().post("/api/v1/tours", json=asked, headers=token(world.inspector))
    assert reply.status_code == 201, reply.text
    return made


def _conflict(app: Flask, world: World, facility: UUID) -> str:
    """A conflict about the facility that waits for a person: the hash of what lost."""
    tablet = Tablet(app.test_client(), world.inspector, world.device(world.inspector))
    (held,) = [each for each in tablet.pull("facilities") if each["id"] == str(facility)]
    for name in (TAKEN, "Второе"):
        row = {"assumedMasterState": held, "newDocumentState": {**held, "name_ru": name}}
        tablet.push("facilities", row)
    waiting = app.test_client().get("/api/v1/intake", headers=token(world.head)).json
    assert waiting is not None
    (found,) = [row for row in waiting["items"] if row["document"] == str(facility)]
    return str(found["sha256"])


def _the(world: World, model: Any, *where: Any) -> UUID:
    """The first row of a table."""
    with world.open_session() as session:
        found = session.scalars(select(model.id).where(*where).order_by(model.id)).first()
    assert found is not None, model.__tablename__
    made: UUID = found
    return made
