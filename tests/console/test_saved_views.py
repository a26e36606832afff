"""Saved views: a list that is asked for again and again has a name, for its owner alone."""

from typing import Any
from uuid import uuid4

from inspection.tables.people import Role
from inspection.tables.saved_views import SavedView
from tests.console.conftest import Console
from tests.inspection.world import REGION

QUERY = "severity=gross&overdue=false"


def kept(console: Console, **more: Any) -> Any:
    form = {"id": str(uuid4()), "name": "  Өрескел,   мерзімі бар ", "query": QUERY, **more}
    return console.post("/views", None, **form)


def test_a_view_is_kept_under_its_name_and_leads_to_its_list(console: Console) -> None:
    answer = kept(console)
    assert answer.headers["Location"] == f"/console/violations?{QUERY}"
    (row,) = console.world.rows(SavedView)
    assert (row.name, row.query) == ("Өрескел, мерзімі бар", QUERY)
    assert "severity=gross&amp;overdue=false" in console.get("/violations").text


def test_keeping_the_same_twice_keeps_it_once(console: Console) -> None:
    made = str(uuid4())
    assert [kept(console, id=made).status_code for _ in range(2)] == [303, 303]
    assert len(console.world.rows(SavedView)) == 1


def test_nobody_sees_or_removes_the_view_of_another(console: Console) -> None:
    kept(console)
    (row,) = console.world.rows(SavedView)
    other = console.world.person(Role.HEAD, REGION)
    assert row.name not in console.get("/violations", other).text
    assert console.post("/views", other, remove=row.id).status_code == 404
    assert console.post("/views", remove=row.id).status_code == 303
    assert not console.world.rows(SavedView)


def test_a_view_without_a_name_or_with_too_much_in_it_is_refused(console: Console) -> None:
    for wrong in ({"name": "   "}, {"name": "x" * 81}, {"query": "text=" + "x" * 2000}):
        assert kept(console, **wrong).status_code == 422
    assert not console.world.rows(SavedView)


def test_the_fifty_first_is_refused(console: Console) -> None:
    for number in range(50):
        assert kept(console, name=f"View {number}").status_code == 303
    assert kept(console).status_code == 409


def test_a_view_of_words_that_addresses_are_made_by_leads_to_the_list(console: Console) -> None:
    answer = kept(console, query="endpoint=x&_external=1&_scheme=javascript")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/console/violations?endpoint=x&_external=1&_scheme=javascript"


def test_a_view_that_nobody_can_have_is_not_found(console: Console) -> None:
    assert console.post("/views", remove="no id").status_code == 404


def test_a_view_without_a_name_says_so_at_the_field_and_keeps_what_is_asked(console: Console) -> None:
    refused = kept(console, name=" ")
    assert refused.status_code == 422
    assert 'aria-describedby="name-error" aria-invalid="true"' in refused.text
    assert "severity=gross&amp;overdue=false" in refused.text
    assert not console.world.rows(SavedView)
