"""One violation: what was measured and by what norm, its photos, and everything that happened, in order."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from inspection.criteria import Source
from inspection.history import DecisionKind
from inspection.tables.audits import Audit
from inspection.tables.people import Role
from inspection.tables.photos import Blob, BlobState
from inspection.tables.violation_acts import ActKind
from inspection.violation_acts import Intent, act
from tests.clock import NOW
from tests.console.conftest import HOSTILE, Console
from tests.inspection.photos import photo_of, push_photos
from tests.inspection.world import DOOR, FAILS, OTHER_DISTRICT, PASSES, REGION, STEP, small_checklist


def taken(console: Console, criterion: str = STEP, *, examined: bool = True, **about: str) -> UUID:
    """A photo of the audit of the facility."""
    world = console.world
    (audit,) = world.rows(Audit, Audit.facility_id == console.facility)
    world.clock.advance(minutes=1)  # each a minute after the other
    document = photo_of(world, audit.id, criterion=criterion, content=about.get("note", "").encode(), **about)
    push_photos(world, document)
    if examined:
        with world.unit() as unit:
            sha256 = bytes.fromhex(document["sha256"])
            seen = {"state": BlobState.EXAMINED.value, "thumbnail": b"small"}
            unit.session.execute(update(Blob).where(Blob.sha256 == sha256).values(**seen))
    return UUID(document["id"])


def happened(page: str) -> list[str]:
    """The titles of what happened, the newest first."""
    return re.findall(r"<strong>(.*?)</strong>", page.partition('id="history"')[2])


def test_everything_that_happened_stands_in_one_order(console: Console) -> None:
    world, made = console.world, console.violation(DOOR)
    intent = Intent(world.new_id(), ActKind.ASK, "Почему дверь узкая?", answer_by=(NOW + timedelta(days=9)).date())
    with world.unit(world.head) as unit:
        act(unit, world.caller(world.head), made, intent)
    world.clock.advance(hours=1)
    until = (NOW + timedelta(days=200)).date()
    extended = world.decide(console.facility, DOOR, DecisionKind.EXTEND, until=until, reason="Ждут подрядчика.")
    world.clock.advance(hours=1)
    world.revoke(extended.id)
    world.clock.advance(hours=1)
    world.decide(console.facility, DOOR, DecisionKind.DECLARE)
    visited = world.clock.advance(hours=1)
    world.clock.advance(hours=1)
    world.audited(console.facility, {DOOR: PASSES[DOOR]}, at=visited, ground="follow_up")
    text = console.get(f"/violations/{made}").text
    found = happened(text)
    assert found[-1] == "A visit found it"
    order = [
        "Ask for an explanation",
        "Extend the date",
        "A decision was taken back",
        "The operator says it is remedied",
    ]
    assert [title for title in reversed(found) if title in order] == order
    for title in (
        "A re-check was queued",
        "Prescribed to the operator",
        "Letter",
        "A visit measured it as remedied",
    ):
        assert title in found
    for said in ("Ждут подрядчика.", "Почему дверь узкая?", "taken back later", "measured 0,95", "prescription"):
        assert said in text


def test_a_letter_says_what_became_of_it(console: Console) -> None:
    text = console.get(f"/violations/{console.violation()}").text
    assert re.search(r"<strong>Letter</strong>: prescription, to (nobody yet|the operator), \w+", text)


def test_what_was_typed_in_the_history_is_never_markup(console: Console) -> None:
    console.world.decide(console.facility, DOOR, DecisionKind.RECHECK, reason=HOSTILE)
    taken(console, DOOR, note=HOSTILE)
    text = console.get(f"/violations/{console.violation()}").text
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;alert(1)") >= 2


def test_a_photo_is_shown_on_a_page_of_its_own_with_what_it_shows(console: Console) -> None:
    made = console.violation(STEP)
    first, second = taken(console, note="Порог у входа"), taken(console, note="Порог сбоку")
    page = console.get(f"/violations/{made}")
    assert page.text.count("data-photo=") == 2
    for photo in (first, second):
        alone = console.get(f"/violations/{made}/photos/{photo}")
        assert alone.status_code == 200
        assert f'src="/api/v1/photos/{photo}/image"' in alone.text
        assert "0,05" in alone.text
        assert "Выдуманный" in alone.text  # by whom
    assert 'rel="next"' in console.get(f"/violations/{made}/photos/{first}").text


def test_a_photo_of_something_else_or_not_examined_yet_is_not_shown(console: Console) -> None:
    made, door = console.violation(STEP), taken(console, DOOR, note="дверь")
    unseen = taken(console, STEP, examined=False, note="порог")
    text = console.get(f"/violations/{made}").text
    for photo in (door, unseen, uuid4()):
        assert str(photo) not in text
        assert console.get(f"/violations/{made}/photos/{photo}").status_code == 404


def test_nobody_elsewhere_sees_a_photo(console: Console) -> None:
    stranger, photo = console.world.person(Role.AKIMAT, OTHER_DISTRICT), taken(console, note="порог")
    address = f"/violations/{console.violation(STEP)}/photos/{photo}"
    assert console.get(address, stranger).status_code == 404
    assert console.get(address).status_code == 200


def test_a_clause_that_nobody_verified_is_not_shown(console: Console) -> None:
    criterion = small_checklist().criteria[DOOR]
    with console.app.test_request_context("/console/?lang=en"):
        template = console.app.jinja_env.get_template("console/norm.html.j2")
        where = vars(template.make_module({"_": lambda text: text}))["where_from"]
        unverified, verified = (
            str(where(replace(criterion, source=Source("Выдуманная норма", "4.2.3", verified=known))))
            for known in (False, True)
        )
    assert "4.2.3" not in unverified
    assert "not to be cited as law" in unverified
    assert "Выдуманная норма, 4.2.3" in verified
    assert "not verified" not in verified


def test_what_a_visit_could_not_measure_is_told(console: Console) -> None:
    skipped = {"state": "not_checked"}
    console.world.audited(console.facility, {DOOR: FAILS[DOOR], STEP: skipped}, at=NOW - timedelta(hours=2))
    assert "A visit did not look at it" in console.get(f"/violations/{console.violation(STEP)}").text


def test_the_script_of_photos_is_loaded_only_where_there_are_any(console: Console) -> None:
    address = f"/violations/{console.violation(STEP)}"
    assert "photos.js" not in console.get(address).text
    taken(console, note="порог")
    assert "photos.js" in console.get(address).text


def links_back(page: str) -> list[str]:
    return re.findall(r'href="/console(/violations/[^"]+/take-back/[^"]+)"', page)


def test_a_waiver_is_taken_back_with_a_reason_and_the_violation_stands_again(console: Console) -> None:
    world, made = console.world, console.violation(DOOR)
    waived = world.decide(console.facility, DOOR, DecisionKind.WAIVE)
    world.clock.advance(hours=1)
    (link,) = links_back(console.get(f"/violations/{made}").text)
    assert link.endswith(str(waived.id))
    assert "Take back: Release without a measurement" in console.get(link).text
    nothing = console.post(link, reason=" ", id=str(uuid4()))
    assert (nothing.status_code, 'id="reason-error"' in nothing.text) == (422, True)
    form = {"reason": "Выдуманная причина: решение по ошибке.", "id": str(uuid4())}
    assert [console.post(link, None, **form).status_code for _ in range(2)] == [303, 303]
    page = console.get(f"/violations/{made}", done="take_back").text
    assert "It was taken back." in page
    assert form["reason"] in page
    assert "taken back later" in page
    assert console.violation(DOOR) == made
    assert not links_back(page)
    assert "<form" not in console.get(link).text.partition("<main")[2]


def test_what_an_office_was_to_do_is_taken_back(console: Console) -> None:
    world, made = console.world, console.violation(DOOR)
    with world.unit(world.head) as unit:
        act(unit, world.caller(world.head), made, Intent(world.new_id(), ActKind.PLAN_WORKS, "План.", year=2027))
    (link,) = links_back(console.get(f"/violations/{made}").text)
    assert console.post(link, reason="Плана нет.", id=str(uuid4())).status_code == 303
    assert happened(console.get(f"/violations/{made}").text)[0] == "Something was taken back"


def test_who_may_not_decide_takes_nothing_back(console: Console) -> None:
    world, made = console.world, console.violation(DOOR)
    waived = world.decide(console.facility, DOOR, DecisionKind.WAIVE)
    viewer = world.person(Role.MINISTRY, REGION)
    link = f"/violations/{made}/take-back/{waived.id}"
    assert not links_back(console.get(f"/violations/{made}", viewer).text)
    assert "<form" not in console.get(link, viewer).text.partition("<main")[2]
    assert console.post(link, viewer, reason="x", id=str(uuid4())).status_code == 403
    assert console.get(link, world.person(Role.HEAD, OTHER_DISTRICT)).status_code == 404
    assert console.get(f"/violations/{made}/take-back/{uuid4()}").status_code == 404
