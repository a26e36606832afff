"""Weekly digests from decision to mail, over HTTP and by command."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from api.chores import postman
from api.mail.sending import Smtp
from api.settings import Settings
from api.views.digests import EXAMPLE, DigestPage
from api.wiring import wire
from inspection.bulk import table_of
from inspection.digests.figures import AreaFigures, area_figures
from inspection.digests.readers import ReadArea
from inspection.outbox import Outbox
from inspection.sync.touched import noticing
from inspection.tables.areas import Level
from inspection.tables.digests import Digest
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.people import Grant, Person, Role
from inspection.tables.regions import RegionHead
from inspection.tables.violations import Violation
from inspection.unit import Unit
from tests.api.people import token
from tests.inspection.digest_scene import MONDAY, set_scene
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, NEIGHBOUR, OTHER_REGION, REGION, World
from tests.servers.smtp import HANG_UP, MailServer, mail_server

BASE = "https://pandus.example.test"
ADDRESS = "head@example.test"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def official(world: World) -> UUID:
    """Who has a digest due: the head of the region."""
    return with_address(world, world.head)


def with_address(world: World, person: UUID, address: str = ADDRESS) -> UUID:
    with world.unit() as unit:
        unit.session.get_one(Person, person).email = address
    return person


def mailing(app: Flask, mail: str) -> None:
    parts = app.extensions["pandus"]
    settings: Settings = replace(parts.settings, mail=mail, mail_from="pandus@example.test", public_url=BASE)
    wire(app, replace(parts, settings=settings))


def run(app: Flask, *args: str) -> str:
    result = app.test_cli_runner().invoke(args=args)
    assert result.exit_code == 0, result.output
    return result.output


def test_it_goes_out_once(app: Flask, world: World, official: UUID, server: MailServer) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    said = "0 notices fell due, 0 went into letters, 1 digests were queued; 1 letters sent.\n"
    assert run(app, "notices", "run") == said
    world.clock.advance(hours=1)
    assert run(app, "notices", "run") == "0 notices fell due, 0 went into letters; no letter was due.\n"
    (mail,) = server.taken
    (digest,) = world.rows(Digest)
    assert (mail["To"], mail["Message-ID"]) == (ADDRESS, f"<{digest.id}@example.test>")
    assert (digest.state, digest.attempts) == ("sent", 1)
    actions = [row.action for row in world.rows(JournalEntry, JournalEntry.object_kind == "digest")]
    assert sorted(actions) == ["digest.queued", "digest.sent"]


LINK = re.compile(rf'<a href="{re.escape(BASE)}(/api/v1/[^"]*)"[^>]*>(\d+)</a>')


def delivered(app: Flask, world: World, folder: Path) -> Mapping[str, EmailMessage]:
    """The digests that lie in the folder once they have gone out, by address."""
    mailing(app, str(folder))
    carrier = postman(app.extensions["pandus"])
    carrier.queue_digests()
    carrier.deliver()
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.glob("*.eml")]
    return {str(mail["To"]): mail for mail in mails if isinstance(mail, EmailMessage)}


def html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def listed(client: FlaskClient, person: UUID, address: str) -> int:
    """How many rows a list has, over all its pages."""
    parts, count, cursor = urlsplit(unescape(address)), 0, None
    while True:
        query = dict(parse_qsl(parts.query)) | {"limit": "200"} | ({"cursor": cursor} if cursor else {})
        page = client.get(parts.path, query_string=query, headers=token(person))
        assert page.status_code == 200, page.text
        shown: Any = page.json
        count, cursor = count + len(shown["items"]), shown["next_cursor"]
        assert shown.get("total", count) >= count
        if cursor is None:
            return count


def test_every_number_is_that_of_the_list_behind_it(
    app: Flask, client: FlaskClient, world: World, tmp_path: Path
) -> None:
    set_scene(world)
    people = {
        "region@example.test": (Role.HEAD, REGION),
        "district@example.test": (Role.AKIMAT, DISTRICT),
        "country@example.test": (Role.MINISTRY, COUNTRY),
        "several@example.test": (Role.AKIMAT, OTHER_REGION),
    }
    readers = {address: with_address(world, world.person(*grant), address) for address, grant in people.items()}
    world.grant(readers["several@example.test"], Role.AKIMAT, NEIGHBOUR)
    mails = delivered(app, world, tmp_path / "mail")
    assert mails.keys() == readers.keys()
    seen: Counter[str] = Counter()
    for address, mail in mails.items():
        for path, number in LINK.findall(html(mail)):
            assert listed(client, readers[address], path) == int(number), path
            seen[re.sub(r"area=\w+|\d{4}-\d\d-\d\d", "", unescape(path))] += int(number)
    assert len(seen) == 10
    assert min(seen.values()) > 0


def test_the_worst_are_the_first_of_the_list_and_what_nobody_knows_is_called_unknown(
    app: Flask, client: FlaskClient, world: World, official: UUID, tmp_path: Path
) -> None:
    set_scene(world)
    (mail,) = delivered(app, world, tmp_path / "mail").values()
    query = {"area": REGION, "overdue": "true", "sort": "obstructed", "limit": "5"}
    shown: Any = client.get("/api/v1/violations", query_string=query, headers=token(official)).json
    links = re.findall(rf'<a href="{re.escape(BASE)}/api/v1/violations/([0-9a-f-]+)"', html(mail))
    ids = [row["id"] for row in shown["items"]]
    assert links == ids * 2  # in each language
    with world.unit() as unit, noticing():
        unit.session.execute(update(table_of(Violation)).values(obstructed=None))
    with world.unit() as unit:
        area = ReadArea(Level.REGION, REGION, COUNTRY, REGION, None)
        unknown = area_figures(unit, area, MONDAY.date()).worst
    assert [each.visits for each in unknown] == [None] * 5


def test_an_area_is_counted_once_for_all_who_share_it(
    app: Flask, world: World, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    for n in range(4):
        with_address(world, world.person(Role.AKIMAT, DISTRICT), f"akimat-{n}@example.test")
    counted = list[str]()

    def count(unit: Unit, area: ReadArea, week: date) -> AreaFigures:
        counted.append(area.code)
        return area_figures(unit, area, week)

    monkeypatch.setattr("api.mail.digest_post.area_figures", count)
    run(app, "notices", "run")
    assert len(server.taken) == 4
    assert counted == [DISTRICT]


def test_an_address_with_a_line_break_is_refused_and_stops_nobody(
    app: Flask, client: FlaskClient, world: World, official: UUID, server: MailServer
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    with_address(world, official, "a@example.test\r\nBcc: all@example.test")
    with_address(world, world.person(Role.AKIMAT, DISTRICT), "akimat@example.test")
    assert "1 letters sent, 1 letters left to people" in run(app, "notices", "run")
    assert [mail["To"] for mail in server.seen] == ["akimat@example.test"]
    (failed,) = digests(client, official, state="failed")
    assert failed["answer"] == "the address holds signs that no address of mail has"


def test_one_that_was_refused_for_now_goes_out_later_with_the_same_id(
    app: Flask, world: World, official: UUID, server: MailServer
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    server.says = HANG_UP
    assert "1 letters put off" in run(app, "notices", "run")
    server.says = "250 taken"
    world.clock.advance(minutes=4)
    assert "no letter was due" in run(app, "notices", "send")
    world.clock.advance(minutes=1)
    assert "1 letters sent" in run(app, "notices", "send")
    assert len({mail["Message-ID"] for mail in server.seen}) == 1


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize("died_in", ["send", "record"])
def test_who_dies_on_the_way_loses_nothing(
    app: Flask, world: World, server: MailServer, monkeypatch: pytest.MonkeyPatch, died_in: str
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")

    def died(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    carrier = postman(app.extensions["pandus"])
    carrier.queue_digests()
    with monkeypatch.context() as patched:
        patched.setattr(*{"send": (Smtp, "send", died), "record": (Outbox, "record", died)}[died_in])
        with pytest.raises(KeyboardInterrupt):
            carrier.deliver()
    assert carrier.deliver() == {}, "it is taken"
    world.clock.advance(minutes=11)
    assert carrier.deliver() == {"send": {"sent": 1}, "record": {"sent": 1}}[died_in]
    (digest,) = world.rows(Digest)
    assert (digest.state, digest.attempts, len(server.taken)) == ("sent", 2, 1)


def test_a_grant_that_ends_while_its_area_is_counted_lets_nothing_out(
    app: Flask, world: World, official: UUID, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")

    def count(unit: Unit, area: ReadArea, week: date) -> AreaFigures:
        found = area_figures(unit, area, week)
        with world.unit() as later:
            later.session.query(Grant).filter_by(person_id=official).one().valid_to = world.clock()
        return found

    monkeypatch.setattr("api.mail.digest_post.area_figures", count)
    assert "1 letters cancelled" in run(app, "notices", "run")
    assert server.seen == []
    assert [(row.state, row.answer) for row in world.rows(Digest)] == [
        ("cancelled", "no grant is left to read by")
    ]


def test_a_dry_run_says_who_would_have_one_and_writes_nothing(app: Flask, world: World, official: UUID) -> None:
    said = run(app, "notices", "run", "--dry-run").splitlines()
    assert said[-1] == f"person:{official}: digest of 2026-W12 about {REGION}"
    assert world.rows(Digest) == []


def test_a_kept_digest_betrays_a_journal_that_was_cut_off(
    app: Flask, world: World, official: UUID, tmp_path: Path
) -> None:
    world.audited(world.facility(), {DOOR: FAILS[DOOR]})
    (mail,) = delivered(app, world, tmp_path / "mail").values()
    (saved,) = (tmp_path / "mail").glob("*.eml")
    text = tmp_path / "digest.txt"
    body = mail.get_body(("plain",))
    assert body is not None
    text.write_text(str(body.get_content()), "utf-8")
    for kept in (saved, text):
        assert "0 flaws" in run(app, "journal", "verify", "--heads", str(kept))
    with world.unit() as unit:
        unit.session.execute(delete(JournalEntry).where(JournalEntry.home_region == REGION))
        unit.session.execute(delete(JournalValue).where(JournalValue.home_region == REGION))
        unit.session.execute(delete(RegionHead).where(RegionHead.region == REGION))
    for kept in (saved, text):
        refused = app.test_cli_runner().invoke(args=["journal", "verify", "--heads", str(kept)])
        assert (refused.exit_code, "was noted and is gone" in refused.output) == (1, True)


def digests(client: FlaskClient, person: UUID, **query: Any) -> list[dict[str, Any]]:
    page = client.get("/api/v1/digests", query_string=query, headers=token(person))
    assert page.status_code == 200, page.text
    assert DigestPage().validate(page.get_json()) == {}
    items: list[dict[str, Any]] = page.get_json()["items"]
    return items


def test_the_example_fits_its_schema() -> None:
    assert DigestPage().validate({"items": [EXAMPLE], "next_cursor": None}) == {}


def test_whose_digest_failed_is_seen_by_who_may_read_the_journal_there_and_by_themselves(
    app: Flask, client: FlaskClient, world: World, server: MailServer
) -> None:
    mailing(app, f"smtp://127.0.0.1:{server.port}")
    akimat = with_address(world, world.person(Role.AKIMAT, DISTRICT), "gone@example.test")
    world.grant(akimat, Role.AKIMAT, OTHER_REGION)
    server.of_recipient = "550 no such user"
    run(app, "notices", "run")
    seen_by = {
        world.head: [[DISTRICT]],
        world.person(Role.ADMIN, COUNTRY): [[OTHER_REGION, DISTRICT]],
        akimat: [[OTHER_REGION, DISTRICT]],
        world.person(Role.HEAD, NEIGHBOUR): [],
        world.person(Role.AKIMAT, REGION): [],
        world.person(Role.MINISTRY, COUNTRY): [],
        world.inspector: [],
    }
    for person, areas in seen_by.items():
        found = digests(client, person, state="failed")
        assert [row["areas"] for row in found] == areas
        assert all(row["answer"] == "550 no such user" for row in found)
        assert "gone@example.test" not in str(found)
    assert digests(client, world.head, state="sent") == []
    assert len(digests(client, world.head, area=DISTRICT)) == 1
    assert digests(client, world.head, area=OTHER_REGION) == []


def test_pages_of_digests_follow_each_other(app: Flask, client: FlaskClient, world: World, tmp_path: Path) -> None:
    for n in range(3):
        with_address(world, world.person(Role.AKIMAT, DISTRICT), f"akimat-{n}@example.test")
    delivered(app, world, tmp_path / "mail")
    seen, cursor = [], None
    while True:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page: Any = client.get("/api/v1/digests", query_string=query, headers=token(world.head)).json
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(str(row.id) for row in world.rows(Digest))
    assert client.get("/api/v1/digests?cursor=x", headers=token(world.head)).status_code == 422


def test_an_official_switches_it_off_and_on_again(
    app: Flask, client: FlaskClient, world: World, official: UUID
) -> None:
    me = "/api/v1/me"
    for wish in ("never", "never", "weekly"):
        said = client.patch(me, json={"digest": wish}, headers=token(official))
        assert (said.status_code, said.get_json()["digest"]) == (200, wish)
        assert client.get(me, headers=token(official)).get_json()["digest"] == wish
        foreseen = "digest of" in run(app, "notices", "run", "--dry-run")
        assert foreseen is (wish == "weekly")
    assert len(world.rows(JournalEntry, JournalEntry.action == "person.digest")) == 2


@pytest.mark.parametrize("said", [{}, {"digest": "daily"}, {"digest": None}, {"digest": "never", "name": "X"}])
def test_a_wish_that_is_none_is_refused(client: FlaskClient, world: World, said: Any) -> None:
    assert client.patch("/api/v1/me", json=said, headers=token(world.head)).status_code == 422
