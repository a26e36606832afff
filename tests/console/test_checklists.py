"""Checklists on pages: a draft is checked line by line, published once, and compared with the version before."""

import html
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from inspection.catalogue_file import as_document, from_document, read_checklist
from inspection.checklist_differences import Became, differences
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.people import Role
from tests.api.people import token
from tests.console.conftest import Console
from tests.house import ROOT
from tests.inspection.world import COUNTRY

OURS = ROOT / "inspect" / "inspection" / "data" / "checklist.yaml"


def draft(console: Console, **form: Any) -> Any:
    admin = console.world.person(Role.ADMIN, COUNTRY)
    given = {
        "country": COUNTRY,
        "text": Path(OURS).read_text("utf-8").replace('"1.0.0"', '"1.1.0"', 1),
        "do": "check",
    } | form
    return console.post("/checklists", admin, **given)


def test_a_draft_that_is_checked_is_not_published(console: Console) -> None:
    before = len(console.world.rows(PublishedChecklist))
    page = draft(console)
    assert page.status_code == 200
    assert "Fit to be published" in page.text
    assert len(console.world.rows(PublishedChecklist)) == before


def test_a_draft_begins_with_a_published_version_and_says_what_it_changes(console: Console) -> None:
    admin = console.world.person(Role.ADMIN, COUNTRY)
    console.world.clock.advance(days=1)
    assert draft(console, do="publish").status_code == 303
    (first,) = [row for row in console.world.rows(PublishedChecklist) if row.version == "1.1.0"]
    assert f"/console/checklists?start={first.id}" in console.get(f"/checklists/{first.id}", admin).text
    begun = html.unescape(console.get("/checklists", admin, start=str(first.id)).text)
    text = begun[begun.index("<textarea") :].partition(">")[2].partition("</textarea>")[0]
    assert as_document(read_checklist(text)) == as_document(from_document(first.content))
    same = draft(console, text=text)
    assert "Nothing." in same.text
    wider = text.replace("rule: {op: min, value: 0.9}", "rule: {op: min, value: 0.95}", 1)
    assert wider != text
    page = draft(console, text=wider.replace(f"version: {first.version}", "version: 9.9.9", 1))
    assert f"Other than in {first.version}" in page.text
    assert "0.95" in page.text


@pytest.mark.parametrize("start", ["none", str(UUID(int=7))])
def test_a_version_that_is_not_there_begins_no_draft(console: Console, start: str) -> None:
    assert console.get("/checklists", start=start).status_code == 404


def test_who_may_not_publish_is_offered_no_draft(console: Console) -> None:
    (first,) = [row for row in console.world.rows(PublishedChecklist) if row.home_region == COUNTRY]
    assert "start=" not in console.get(f"/checklists/{first.id}").text


def test_a_draft_is_published_and_shown(console: Console) -> None:
    answer = draft(console, do="publish")
    assert answer.status_code == 303
    shown = console.get(answer.headers["Location"].partition("?")[0].removeprefix("/console"), done="published")
    assert "It was published" in shown.text


def test_what_is_wrong_is_named_with_its_line_and_what_was_typed_is_kept(console: Console) -> None:
    page = draft(console, text="schema: none\nkind: <b>\n", do="publish")
    assert page.status_code == 422
    assert "line 1" in page.text
    assert "kind: &lt;b&gt;" in page.text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("kk", "&#39;none&#39; мұнда тұра алмайды; жарамдысы: pandus-checklist/1"),
        ("ru", "&#39;none&#39; здесь стоять не может; допустимо: pandus-checklist/1"),
    ],
)
def test_what_is_wrong_with_a_draft_is_said_in_the_readers_language(
    lang: str, said: str, console: Console
) -> None:
    draft = "schema: none\nkey: my list\ncolour: red\n"
    told, english = told_in(lang, console, draft), told_in("en", console, draft)
    assert len(told) == len(english) > 8  # with every section that is missing
    assert told[0].endswith(f"<code>/schema</code>: {said}")
    words = re.compile(r"cannot|missing|unknown|at most|words|line|accepted")
    assert all(words.search(each) for each in english)
    assert not [each for each in told if words.search(each)]


def told_in(lang: str, console: Console, text: str) -> list[str]:
    """What a page lists as wrong with a draft."""
    page = console.app.test_client().post(
        f"/console/checklists?lang={lang}",
        data={"country": COUNTRY, "text": text, "do": "check"},
        headers=token(console.world.person(Role.ADMIN, COUNTRY)),
    )
    assert page.status_code == 422
    return re.findall("<li>(.*?)</li>", page.text.partition('id="summary"')[2].partition("</ul>")[0])


def test_only_an_administrator_of_the_country_publishes(console: Console) -> None:
    page = console.post("/checklists", country=COUNTRY, text="schema: none", do="publish")
    assert page.status_code == 403
    assert "this needs an administrator of the whole country" in page.text


def test_two_versions_are_compared_by_requirement() -> None:
    step, door = {"id": "step", "title": {"en": "Step"}}, {"id": "door", "title": {"en": "Door"}}
    wide = {**door, "rule": {"op": "min", "value": 0.9}}
    found = differences({"criteria": [step, door]}, {"criteria": [wide, {"id": "desk", "title": {"en": "Desk"}}]})
    told = [(each.criterion, each.became, each.fields) for each in found]
    assert told == [
        ("door", Became.CHANGED, ("rule",)),
        ("desk", Became.ADDED, ()),
        ("step", Became.REMOVED, ()),
    ]


def test_a_comparison_says_what_was_asked_and_what_is_asked_now(console: Console) -> None:
    draft(console, do="publish")
    text = Path(OURS).read_text("utf-8").replace('"1.0.0"', '"1.2.0"', 1)
    stricter = text.replace("{op: min, value: 1.5}", "{op: min, value: 1.75}", 1)
    assert stricter != text
    answer = draft(console, text=stricter.replace("severity: significant", "severity: gross", 1), do="publish")
    shown = answer.headers["Location"].partition("?")[0].removeprefix("/console")
    (old,) = console.world.rows(PublishedChecklist, PublishedChecklist.version == "1.1.0")
    page = console.get(shown, other=str(old.id), lang="ru").text
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page.partition("<tbody>")[2].partition("</tbody>")[0])
    told = [cells[at : at + 4][1:] for at in range(0, len(cells), 4)]
    assert [said for said in told if said[0] == "Предел"] == [
        ["Предел", "≥ 1,5\N{NO-BREAK SPACE}м", "≥ 1,75\N{NO-BREAK SPACE}м"]
    ]
    assert ["Тяжесть", "значительное", "грубое"] in told
