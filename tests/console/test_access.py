"""Every page of the console, by everybody: who is led to the sign-in, and that nothing is done for who may not.

What each act needs is the business of the one table (`tests/access`); here it is tried whether pages ask it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from werkzeug.test import TestResponse

from api.disclosing import disclosed
from inspection.tables.disclosures import Disclosure, Kind
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from tests.access.scene import signed_in
from tests.api.people import token
from tests.console.conftest import Console
from tests.inspection.world import COUNTRY, DISTRICT, OTHER_DISTRICT


class Shows(StrEnum):
    """What a page needs to be seen."""

    NOTHING = "nothing"
    SIGN_IN = "a sign-in"
    HERE = "that its object lies where one reads"
    PERSON = "that one keeps the grants or tablets of a person"
    ADMINISTRATOR = "that one administers something"
    OF_A_COUNTRY = "that one administers a whole country"
    QUEUE = "that something of the kind can wait for one"
    INSPECTS = "that one may send audits somewhere"
    NEVER = "no page lies there"


@dataclass(frozen=True, slots=True)
class Row:
    """One page. fills: values of its address."""

    shows: Shows = Shows.SIGN_IN
    fills: Callable[[Console], Mapping[str, Any]] = lambda _: {}
    query: Callable[[Console], Mapping[str, str]] = lambda _: {}


PERIOD = {"from": "2026-01-01", "to": "2026-06-30"}
QUEUES = ("addresses", "cases", "declarations", "duplicates", "intake", "positions", "replies", "zeros")


def any_id(name: str) -> Callable[[Console], Mapping[str, Any]]:
    """An address with an id that nothing has."""
    return lambda _: {name: uuid4()}


UNKNOWN: Mapping[str, Callable[[Console], Mapping[str, Any]]] = {
    "review_address": any_id("facility_id"),
    "review_case": any_id("case_id"),
    "review_duplicate": any_id("pair_id"),
    "review_position": any_id("question_id"),
    "review_received": lambda _: {"collection": "audits", "document_id": uuid4(), "sha256": "0" * 64},
    "review_reply": any_id("reply_id"),
    "review_zero": any_id("record_id"),
    "letter_delivered": any_id("letter_id"),
    "violation_take_back": lambda of: {"violation_id": of.violation(), "made": uuid4()},
    "violation_photo": lambda of: {"violation_id": of.violation(), "photo_id": uuid4()},
    "boundary": any_id("task_id"),
    "task": any_id("task_id"),
    "task_file": any_id("task_id"),
    "tour_gpx": any_id("tour_id"),
    "tour_ics": any_id("tour_id"),
}
PAGES: Mapping[str, Row] = {
    "sign_in": Row(Shows.NOTHING),
    "invitation": Row(Shows.NOTHING),
    "overview": Row(),
    "obstructed": Row(),
    "obstructed_half_year": Row(),
    "letters": Row(),
    "violations": Row(),
    "ranks": Row(),
    "people": Row(),
    "mine": Row(),
    "checklists": Row(),
    "checklist": Row(fills=lambda of: {"checklist_id": of.world.checklist}),
    "jobs": Row(Shows.ADMINISTRATOR),
    "tasks": Row(),
    "settings": Row(),
    "stages": Row(),
    "stages_edit": Row(Shows.OF_A_COUNTRY, lambda _: {"country": COUNTRY}),
    "mail_test": Row(Shows.ADMINISTRATOR),
    "task_new": Row(query=lambda _: {"make": "violations_csv"}),
    "boundaries": Row(Shows.OF_A_COUNTRY),
    "components": Row(Shows.ADMINISTRATOR),
    "several": Row(query=lambda of: {"act": "extend", "violation": str(of.violation())}),
    "violation": Row(Shows.HERE, lambda of: {"violation_id": of.violation()}),
    "facility": Row(Shows.HERE, lambda of: {"facility_id": of.facility}),
    "facility_visits": Row(Shows.HERE, lambda of: {"facility_id": of.facility}),
    "person": Row(Shows.PERSON, lambda of: {"person_id": of.world.inspector}),
    "map": Row(),
    "followups": Row(),
    "followup_several": Row(query=lambda _: {"act": "assign"}),
    "tours": Row(Shows.INSPECTS),
    "tour_new": Row(Shows.INSPECTS),
    "reports": Row(),
    "report_rows": Row(query=lambda _: {**PERIOD, "figure": "violations_found.total"}),
    **{f"reports_{kind}": Row(query=lambda _: PERIOD) for kind in ("csv", "pdf", "xlsx")},
    "reports_geojson": Row(query=lambda _: {"area": DISTRICT}),
    **{f"violations_{kind}": Row() for kind in ("csv", "xlsx")},
    "review": Row(Shows.QUEUE),
    **{f"review_{queue}": Row(Shows.QUEUE) for queue in QUEUES},
    # What lies elsewhere, and what is there for whom: the test of each.
    "map_place": Row(Shows.HERE, lambda of: {"facility_id": of.facility}),
    **{name: Row(Shows.NEVER, fills) for name, fills in UNKNOWN.items()},
    "unknown": Row(Shows.NEVER, lambda _: {"rest": "nowhere"}),
}
# What forms are sent to: all of them change something, so all of them need a page of the session that sends them.
FORMS: Mapping[str, Mapping[str, str]] = {
    "sign_out": {},
    "several": {"act": "accept", "sent": "1", "words": "Выдуманная причина."},
    "views": {"name": "Выдуманный вид", "query": "severity=gross"},
    "people": {"name": "Выдуманный Человек", "role": "inspector", "area": DISTRICT, "language": "kk"},
    "person": {"do": "give", "role": "inspector", "area": DISTRICT},
    "mine_end": {},
    "jobs": {"job": "night"},
    "mail_test": {},
    "task_new": {},
    "task": {},
    "boundaries": {},
    "boundary": {"do": "import"},
    "stages_edit": {"do": "back", "edition": str(UUID(int=1))},
    "followup_several": {"do": "assign"},
    "tour_new": {},
    "tour_accept": {},
    "tour_cancel": {},
    "letter_delivered": {"delivered_on": "2026-03-02", "how": "Выдуманная почта."},
    "violation_take_back": {"reason": "Выдуманная причина."},
    **{name: {"reason": "Проверено."} for name in UNKNOWN if name.startswith("review_")},
    "checklists": {"country": "KZ", "text": "schema: none", "do": "publish"},
    "mine_password": {"password": "x", "new_password": "y"},
    "mine_codes": {"password": "x"},
    "mine_app": {"password": "x"},
    "mine_app_proof": {"code": "000000"},
    "mine_identities": {"password": "x"},
    "mine_identity_end": {},
}
WITHOUT_A_SESSION = {"sign_in_now", "invitation_now"}  # tests/console/test_sign_in.py
KEEPS_PEOPLE = {Role.HEAD, Role.ADMIN}


def rules(console: Console, method: str) -> Iterator[tuple[str, Any]]:
    """The pages, or what forms are sent to."""
    for rule in console.app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and method in (rule.methods or ()):
            yield rule.endpoint.removeprefix("console."), rule


def address(console: Console, name: str) -> str:
    row = PAGES.get(name, Row(fills=any_id("tour_id") if name.startswith("tour_") else lambda _: {}))
    with console.app.test_request_context():
        adapter = console.app.create_url_adapter(None) or console.app.url_map.bind("localhost")
        return adapter.build(f"console.{name}", dict(row.fills(console)))


def look(console: Console, name: str, **how: Any) -> TestResponse:
    row = PAGES[name]
    return console.app.test_client().get(
        address(console, name),
        query_string=dict(row.query(console)),
        headers=how.get("headers", {}),
        buffered=True,
    )


def test_every_page_and_every_form_has_a_row(console: Console) -> None:
    assert {name for name, _ in rules(console, "GET")} == PAGES.keys()
    assert {name for name, _ in rules(console, "POST")} == FORMS.keys() | WITHOUT_A_SESSION


def test_every_page_is_shown_to_whom_it_is_for(console: Console) -> None:
    wrong = []
    for name, row in PAGES.items():
        for called, headers, right in _tries(console, row):
            got = look(console, name, headers=headers)
            led = got.status_code == 303 and got.headers["Location"].startswith("/console/sign-in")
            if not (led if right == 303 else got.status_code == right):
                wrong.append(f"{name}: {called} got {got.status_code}, not {right}")
    assert not wrong, "\n".join(wrong)


def _tries(console: Console, row: Row) -> Iterator[tuple[str, dict[str, str], int]]:
    open_to_all = row.shows is Shows.NOTHING
    yield "nobody", {}, 200 if open_to_all else 303
    yield "who shows a token of nobody", {"Authorization": "Bearer unknown"}, 200 if open_to_all else 303
    yield "who has no grant", token(console.world.person()), _status(row, here=False, role=None)
    for role in Role:
        for area in (DISTRICT, OTHER_DISTRICT):
            person = console.world.person(role, area)
            yield f"{role} of {area}", token(person), _status(row, here=area == DISTRICT, role=role)


NOT_TO_THEM = {Shows.NEVER: 404, Shows.OF_A_COUNTRY: 403, Shows.PERSON: 404}


def _status(row: Row, *, here: bool, role: Role | None) -> int:
    match row.shows:
        case Shows.NEVER | Shows.OF_A_COUNTRY | Shows.PERSON as shows:
            # The inspector's grant is in the region: nobody of a district keeps it.
            return NOT_TO_THEM[shows]
        case Shows.HERE:
            return 200 if here else 404
        case Shows.INSPECTS:
            return 200 if role in (Role.INSPECTOR, Role.HEAD) else 403
        case Shows.ADMINISTRATOR:
            return 200 if role is Role.ADMIN else 403
    return 200


# Pages about people are written down as the answers of the API are.
DISCLOSED = {
    **dict.fromkeys(("people", "person"), Kind.PEOPLE),
    **dict.fromkeys((f"reports_{kind}" for kind in ("csv", "geojson", "pdf", "xlsx")), Kind.REPORT),
    "report_rows": Kind.REPORT_ROWS,
    **dict.fromkeys(("letters", "letter_delivered"), Kind.LETTERS),
    **dict.fromkeys(("violations_csv", "violations_xlsx", "task_file"), Kind.TABLE),
    **dict.fromkeys(("review_replies", "review_declarations", "review_reply"), Kind.REPLIES),
    **dict.fromkeys(("review_intake", "review_received"), Kind.INTAKE),
}


def test_what_pages_show_of_people_is_written_down(console: Console) -> None:
    said = {}
    for name, rule in rules(console, "GET"):
        view = getattr(console.app.view_functions[rule.endpoint], "view_class", None)
        if view is not None and (kind := disclosed(view, "GET")) is not None:
            said[name] = kind
    assert said == DISCLOSED
    assert look(console, "people", headers=token(console.world.head)).status_code == 200
    assert [row.kind for row in console.world.rows(Disclosure)] == [Kind.PEOPLE]


def test_a_head_and_an_administrator_of_the_region_keep_its_people(console: Console) -> None:
    for role in Role:
        person = console.world.person(role)
        got = look(console, "person", headers=token(person))
        assert got.status_code == (200 if role in KEEPS_PEOPLE else 404), role


def sent(console: Console, name: str, person: UUID, *, with_token: bool, secret: str) -> TestResponse:
    """A form of FORMS, sent by a browser that is signed in; without the token of its session it is forged."""
    browser = console.app.test_client()
    signed_in(console.world, person, secret)
    browser.set_cookie("pandus", secret)
    form = {"id": str(uuid4()), "violation": str(console.violation()), **FORMS[name]}
    if with_token:
        page = browser.get("/console/me").text
        form["csrf_token"] = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    return browser.post(address(console, name), data=form)


def test_nobody_sends_a_form_without_being_signed_in(console: Console) -> None:
    before = len(console.world.rows(JournalEntry))
    for name in FORMS:
        assert console.app.test_client().post(address(console, name), data=FORMS[name]).status_code == 401, name
    assert len(console.world.rows(JournalEntry)) == before


def test_no_form_does_anything_that_another_site_has_sent(console: Console) -> None:
    before = len(console.world.rows(JournalEntry))
    for number, name in enumerate(FORMS):
        got = sent(console, name, console.world.head, with_token=False, secret=f"pds_forged{number}")
        assert got.status_code == 403, name
    assert len(console.world.rows(JournalEntry)) == before


def test_who_may_not_do_what_a_form_does_is_refused(console: Console) -> None:
    before = len(console.world.rows(JournalEntry))
    for number, name in enumerate(("several", "people", "person", "checklists")):
        for role in (Role.MINISTRY, Role.INSPECTOR):
            for area in (DISTRICT, OTHER_DISTRICT):
                person = console.world.person(role, area)
                secret = f"pds_{number}{role}{area}"
                got = sent(console, name, person, with_token=True, secret=secret)
                assert got.status_code in (403, 404, 409, 422), (name, role, area, got.status_code)
    assert len(console.world.rows(JournalEntry)) == before
