"""Pages of the console: what they show to whom, in which language, and that they leave nothing behind."""

import re
from uuid import uuid4

import pytest

from inspection.tables.facilities import Facility
from inspection.tables.people import Role
from tests.console.conftest import HOSTILE, Console
from tests.inspection.world import DOOR, OTHER_DISTRICT, OTHER_REGION, REGION, STEP

LANGUAGES = {"kk": "Бұзушылықтар", "ru": "Нарушения", "en": "Violations"}


@pytest.mark.parametrize(("language", "word"), LANGUAGES.items())
def test_a_page_speaks_the_language_that_is_asked_for_and_the_next_one_too(
    console: Console, language: str, word: str
) -> None:
    page = console.get("/violations", lang=language)
    assert page.status_code == 200
    assert f"<h1>{word}</h1>" in page.text
    assert page.headers["Content-Language"] == language
    assert f"pandus_language={language}" in page.headers["Set-Cookie"]


def test_a_page_is_kept_nowhere_and_runs_no_foreign_script(console: Console) -> None:
    page = console.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", page.text)


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(console: Console) -> None:
    page = console.app.test_client().get("/console/violations?overdue=true")
    assert page.status_code == 303
    assert page.headers["Location"] == "/console/sign-in?next=/console/violations?overdue%3Dtrue"


def test_the_overview_counts_what_is_open_and_leads_to_it(console: Console) -> None:
    page = console.get("/")
    assert re.search(r'<span class="figure later">2</span> open violations', page.text)
    assert f'href="/console/violations?area={REGION}&amp;sort=obstructed"' in page.text


def test_an_area_that_is_not_the_callers_is_like_one_that_does_not_exist(console: Console) -> None:
    foreign, unknown = console.get("/", area=OTHER_REGION), console.get("/", area="nowhere")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text.replace(OTHER_REGION, "nowhere") == unknown.text


def test_whoever_has_no_area_is_told_so(console: Console) -> None:
    nobody = console.world.person(None)
    assert "No area yet" in console.get("/", nobody).text


def test_the_list_shows_both_violations_with_their_place_and_a_chip_for_each_filter(console: Console) -> None:
    page = console.get("/violations", severity="gross", area=REGION)
    assert page.text.count('name="violation"') == 2
    assert f'href="/console/facilities/{console.facility}"' in page.text
    assert 'href="/console/violations?area=750000000"' in page.text  # takes the severity off


def test_what_is_not_understood_in_an_address_is_said_and_passed_over(console: Console) -> None:
    page = console.get("/violations", severity="terrible", limit="a lot", cursor="stale")
    assert page.status_code == 200
    assert "passed over: " in page.text


def test_somebody_elsewhere_sees_neither_list_nor_violation_nor_facility(console: Console) -> None:
    stranger = console.world.person(Role.AKIMAT, OTHER_DISTRICT)
    assert 'name="violation"' not in console.get("/violations", stranger).text
    for path in (f"/violations/{console.violation()}", f"/facilities/{console.facility}"):
        hidden, unknown = (
            console.get(path, stranger),
            console.get(f"{path.rpartition('/')[0]}/{uuid4()}", stranger),
        )
        assert hidden.status_code == unknown.status_code == 404
        assert _bare(hidden.text) == _bare(unknown.text)


def test_a_violation_shows_what_was_measured_and_what_happened(console: Console) -> None:
    page = console.get(f"/violations/{console.violation()}")
    assert "Prescribed to the operator" in page.text
    assert "0,75" in page.text
    assert "Extend the date" in page.text


def test_who_may_not_decide_is_offered_nothing(console: Console) -> None:
    page = console.get(f"/violations/{console.violation()}", console.world.inspector)
    assert page.status_code == 200
    assert "What can be done" not in page.text


def test_a_facility_shows_its_passport_and_its_open_violations(console: Console) -> None:
    page = console.get(f"/facilities/{console.facility}")
    assert "not accessible" in page.text
    for criterion in (DOOR, STEP):
        assert str(console.violation(criterion)) in page.text


def test_the_worst_places_are_listed_once_they_are_ranked(console: Console) -> None:
    ran = console.app.test_cli_runner().invoke(args=["ranks", "update"])
    assert ran.exit_code == 0
    assert str(console.facility) in console.get("/ranks").text
    assert console.get("/ranks", list="unvisited").status_code == 200


def _bare(page: str) -> str:
    return re.sub(r"[0-9a-f-]{36}", "", page)


def test_what_people_typed_is_never_markup(console: Console) -> None:
    with console.world.unit() as unit:
        place = unit.session.get_one(Facility, (REGION, console.facility))
        place.name_ru = place.name_kk = place.address_ru = place.address_kk = HOSTILE
    page = console.get(f"/facilities/{console.facility}")
    assert page.status_code == 200
    assert HOSTILE not in page.text
    assert page.text.count("&lt;script&gt;alert(1)") >= 3


@pytest.mark.parametrize(
    "name", ["text", "area", "kind", "zone", "criterion", "state", "cursor", "next", "back", "lang"]
)
def test_what_an_address_says_is_never_markup(console: Console, name: str) -> None:
    for path in ("/", "/violations", "/ranks"):
        assert "<script>alert" not in console.get(path, None, **{name: HOSTILE}).text


def test_nothing_that_is_read_stands_in_the_head_of_a_page(console: Console) -> None:
    # A browser would show it above the bar: a template that fills a block of another one by accident does that.
    for rule in console.app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and "GET" in (rule.methods or ()) and not rule.arguments:
            page = console.get(rule.rule.removeprefix("/console"))
            if page.mimetype == "text/html":
                head = page.text.partition("<head>")[2].partition("</head>")[0]
                assert set(re.findall(r"<(\w+)", head)) <= {"meta", "title", "link", "script"}, rule.rule


def test_what_is_refused_is_said_in_the_language_of_the_page(console: Console) -> None:
    page = console.get("/reports.csv", area="nowhere", lang="ru")
    assert page.status_code == 422
    assert "some values" not in page.text
    assert re.search("[а-я]{4}", page.text.partition("</h1>")[2])


@pytest.mark.parametrize("asked", [{"cursor": "none of ours"}, {"area": "ZZ"}, {"text": "% _"}])
def test_what_the_rules_make_nothing_of_is_said_and_passed_over(console: Console, asked: dict[str, str]) -> None:
    page = console.get("/violations", **asked)
    assert page.status_code == 200
    assert f"passed over: {next(iter(asked))}" in page.text
    assert page.text.count('name="violation"') == 2


def test_a_view_of_an_address_that_is_not_understood_any_more_can_be_removed(console: Console) -> None:
    made = {"id": str(uuid4()), "name": "An area that is gone", "query": "area=ZZ"}
    assert console.post("/views", None, **made).status_code == 303
    assert 'name="remove"' in console.get("/violations", area="ZZ").text


def test_a_filter_by_a_thing_is_called_by_its_name(console: Console) -> None:
    page = console.get("/violations", facility=str(console.facility), overdue="false").text
    title = re.search("<title>(.*?)</title>", page)
    assert title is not None
    assert str(console.facility) not in title[1]
    assert "not overdue" in title[1]
    unknown = console.get("/violations", office=str(uuid4()), operator_id=str(uuid4()), facility=str(uuid4())).text
    assert unknown.count("</span> not known <span") == 3


def test_who_may_not_decide_chooses_nothing_in_the_list(console: Console) -> None:
    viewer = console.world.person(Role.MINISTRY, REGION)
    page = console.get("/violations", viewer).text
    assert 'name="violation"' not in page
    assert 'name="act"' not in page
    assert page.count("<tr>") == 3


def test_a_printed_list_says_of_when_and_of_what_it_is(console: Console) -> None:
    page = console.get("/violations", overdue="false", sort="due").text
    said = re.search('<p class="printed">(.*?)</p>', page)
    assert said is not None
    assert re.search(r"As of \d\d\.\d\d\.\d{4}; Due: not overdue; earliest date first", said[1])


def test_violations_of_one_requirement_at_two_places_have_titles_of_their_own(console: Console) -> None:
    page = console.get(f"/violations/{console.violation()}").text
    title, heading = (re.search(f"<{tag}>(.*?)</{tag}>", page) for tag in ("title", "h1"))
    assert title is not None
    assert heading is not None
    assert title[1].startswith(f"{heading[1]}: ")
