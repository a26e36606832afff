"""Letters to bring by hand: printed as they are meant to look, and written down once they were handed over."""

import re
from uuid import UUID

import pytest

from inspection.tables.journal import JournalEntry
from inspection.tables.notices import Letter, LetterState
from inspection.tables.people import Role
from tests.api.people import token
from tests.console.conftest import Console
from tests.inspection.world import OTHER_DISTRICT, REGION

HOW = "Выдуманная почта, заказное."


@pytest.fixture
def letter(console: Console) -> UUID:
    """A letter about the prescription of the small world; nobody has an address for it."""
    assert console.app.test_cli_runner().invoke(args=["notices", "send"]).exit_code == 0
    (row,) = console.world.rows(Letter)
    assert row.state == LetterState.BY_HAND
    return row.id


def test_letters_are_offered_as_paper_one_by_one_and_all_at_once(console: Console, letter: UUID) -> None:
    page = console.get("/letters", area=REGION).text
    assert f'href="/api/v1/letters/{letter}.pdf"' in page
    found = re.search(r'href="(/api/v1/letters\.pdf\?[^"]+)"', page)
    assert found is not None
    paper = console.app.test_client().get(found[1].replace("&amp;", "&"), headers=token(console.world.head))
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf")


def test_that_a_letter_was_handed_over_is_written_down_and_it_waits_no_longer(
    console: Console, letter: UUID
) -> None:
    day = console.world.clock().date().isoformat()
    link = f"/letters/{letter}/delivered"
    assert link in console.get("/letters").text
    missing = console.post(link, delivered_on=day, how=" ")
    assert (missing.status_code, 'id="how-error"' in missing.text) == (422, True)
    wrong = console.post(link, delivered_on="2020-01-01", how=HOW)
    assert (wrong.status_code, 'id="delivered_on-error"' in wrong.text, HOW in wrong.text) == (422, True, True)
    answers = [console.post(link, delivered_on=day, how=HOW) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == ["/console/letters?done=delivered"] * 2
    assert len(console.world.rows(JournalEntry, JournalEntry.action == "letter.delivered")) == 1
    assert "was handed over" in console.get("/letters", done="delivered").text
    assert str(letter) not in console.get("/letters").text
    assert HOW in console.get(link).text


def test_who_may_not_prescribe_hands_nothing_over(console: Console, letter: UUID) -> None:
    link, viewer = f"/letters/{letter}/delivered", console.world.person(Role.MINISTRY, REGION)
    assert link not in console.get("/letters", viewer).text
    assert "<form" not in console.get(link, viewer).text.partition("<main")[2]
    day = console.world.clock().date().isoformat()
    assert console.post(link, viewer, delivered_on=day, how=HOW).status_code == 403
    assert console.get(link, console.world.person(Role.HEAD, OTHER_DISTRICT)).status_code == 404


def test_a_letter_on_the_screen_may_look_as_it_does_in_a_mail(console: Console, letter: UUID) -> None:
    client = console.app.test_client()
    page = client.get(f"/api/v1/letters/{letter}/paper", headers=token(console.world.head))
    assert 'style="' in page.text
    said = page.headers["Content-Security-Policy"]
    assert "style-src-attr 'unsafe-inline'" in said
    assert "default-src 'none'" in said
