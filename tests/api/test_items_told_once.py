"""In one letter an item stands once, under its most urgent stage; what else is told of it is said there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from flask import Flask

from api.mail.texts import BadTexts, read_texts, texts
from api.wiring import wire
from inspection.history import DecisionKind
from inspection.notices.content import Content, Section, content
from inspection.notices.letters import gather, judged
from inspection.notices.news import tell_news
from inspection.notices.stages import ACTS
from inspection.tables.notices import Letter, Notice, NoticeState
from inspection.tables.operators import Operator
from tests.api.test_mail_letters import RAMP, bodies, composed, torn
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, REGION, STEP, World
from tests.servers.smtp import MailServer, mail_server

OWNER = "owner@example.test"


@pytest.fixture
def server(app: Flask) -> Iterator[MailServer]:
    with mail_server() as running:
        parts = app.extensions["pandus"]
        about = {"mail": f"smtp://127.0.0.1:{running.port}", "mail_from": "pandus@example.test"}
        wire(app, replace(parts, settings=replace(parts.settings, **about)))
        yield running


@pytest.fixture
def facility(world: World) -> UUID:
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    names = {"name_kk": "«Үлгі» ЖШС", "name_ru": "ТОО «Пример»", "notice_email": OWNER}
    times = {"created_at": world.clock(), "updated_at": world.clock()}
    return world.facility(operator_id=world.add(Operator(id=world.new_id(), **place, **names, **times)).id)


def to_days_after(world: World, due: date, days: int) -> None:
    world.clock.now += timedelta(days=(due - world.clock.now.date()).days + days)


def last_due(world: World, facility: UUID) -> date:
    return max(held.due_on for held in world.violations(facility).values() if held.due_on)


def to_owner(server: MailServer) -> EmailMessage:
    (mail,) = (mail for mail in server.taken if mail["To"] == OWNER)
    return mail


def written(world: World) -> Content:
    """What the one letter says."""
    with world.unit() as unit:
        gather(unit, REGION)
    (letter,) = world.rows(Letter)
    with world.unit() as unit:
        return content(unit, letter, world.rows(Notice, Notice.state == NoticeState.IN_LETTER))


def tell_also(world: World, facility: UUID, criterion: str, stage: str) -> None:
    """Another notice of one item to its operator."""
    with world.unit() as unit:
        held = unit.session.query(Notice).filter_by(violation_id=world.violation(facility, criterion).id).first()
        assert held is not None
        copied = {c.name: getattr(held, c.name) for c in Notice.__table__.columns}
        unit.session.add(Notice(**copied | {"id": uuid4(), "stage": stage, "document_id": uuid4()}))


def test_the_first_night_over_an_old_prescription_lists_each_item_once_as_overdue(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]}))
    to_days_after(world, last_due(world, facility), 2)
    assert app.test_cli_runner().invoke(args=["notices", "run"]).exit_code == 0
    mail = to_owner(server)
    assert mail["Subject"] == (
        "Нұсқаманың мерзімі өтті: № АЛ-2026-000001, 2 күн өтіп кетті"
        " / Срок предписания истёк: № АЛ-2026-000001, просрочено дней: 2"
    )
    plain, html = bodies(mail)
    for said in (plain, html):
        assert said.count("№ АЛ-2026-000001") >= 4
        assert said.count("истёк, а устранение ещё не подтверждено измерением. Предписание выдано.") == 1
        assert said.count("әлі өлшенген жоқ. Нұсқама берілді.") == 1
        assert "При проверке обнаружены" not in said
        assert said.count("просрочено дней") - said.count("АЛ-2026-000001, просрочено дней") == 2
    assert [part.get_filename() for part in mail.iter_attachments()] == ["АЛ-2026-000001.pdf"]
    assert "Само предписание приложено к этому письму в виде PDF." in plain


def test_what_else_is_told_of_one_item_alone_is_said_at_that_item(world: World, facility: UUID) -> None:
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]}))
    tell_also(world, facility, DOOR, "answered")
    said = written(world)
    ((section),) = said.sections
    assert (section.says, section.also) == ("prescribed", ())
    assert {item.criterion: list(item.also) for item in section.items} == {
        DOOR: ["answered"],
        STEP: [],
    }
    assert len(said.papers) == 1


def test_two_notices_of_one_date_are_one_line(world: World, facility: UUID) -> None:
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    for stage in ("ten_days_before", "five_days_before"):
        tell_also(world, facility, DOOR, stage)
    ((section),) = written(world).sections
    assert (section.says, list(section.also)) == ("before", ["prescribed"])


def test_two_answers_to_one_item_are_one_line(world: World, facility: UUID) -> None:
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    for _ in range(2):
        tell_also(world, facility, DOOR, "answered")
    ((section),) = written(world).sections
    assert (len(section.items), list(section.also)) == (1, ["answered"])


def test_what_a_date_says_keeps_a_section_of_its_own(world: World, facility: UUID) -> None:
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]}))
    tell_also(world, facility, STEP, "overdue")
    to_days_after(world, last_due(world, facility), 1)
    sections = written(world).sections
    assert [(s.says, [i.criterion for i in s.items]) for s in sections] == [
        ("overdue", [STEP]),
        ("prescribed", [DOOR]),
    ]


def test_beside_an_act_stands_the_date_that_holds_now_and_not_the_one_of_before(
    world: World, facility: UUID
) -> None:
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    with world.unit() as unit:
        gather(unit, REGION)
    due = last_due(world, facility)
    to_days_after(world, due, 1)
    world.audited(facility, {DOOR: FAILS[DOOR]}, at=world.clock.now - timedelta(hours=1))
    longer = due + timedelta(days=40)
    world.decide(facility, DOOR, DecisionKind.EXTEND, until=longer)
    with world.unit() as unit:
        gather(unit, REGION)
    (late,) = world.rows(Notice, Notice.stage == "found_late", Notice.recipient.like("operator:%"))
    (letter,) = world.rows(Letter, Letter.id == late.letter_id)
    with world.unit() as unit:
        ((section),) = content(unit, letter, [late]).sections
    assert [(item.due_on, item.days_left) for item in section.items] == [(longer, 39)]


def test_an_extension_in_the_letter_that_tells_of_a_failed_recheck_names_its_date(
    world: World, facility: UUID
) -> None:
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    due = last_due(world, facility)
    to_days_after(world, due, 1)
    world.audited(facility, {DOOR: FAILS[DOOR]}, at=world.clock.now - timedelta(hours=1))
    world.decide(facility, DOOR, DecisionKind.EXTEND, until=due + timedelta(days=40))
    with world.unit() as unit:
        tell_news(unit, REGION)
    with world.unit() as unit:
        gather(unit, REGION)
    (told,) = world.rows(Notice, Notice.stage == "extended")
    (letter,) = world.rows(Letter, Letter.id == told.letter_id)
    with world.unit() as unit:
        true, _ = judged(unit, letter)
        ((section),) = content(unit, letter, true).sections
    assert (section.says, list(section.also)) == ("found_late", ["extended"])
    assert [item.due_on for item in section.items] == [told.due_on]
    with world.unit() as unit:
        unit.session.get_one(Letter, (REGION, letter.id)).state = "sent"
    world.decide(facility, DOOR, DecisionKind.EXTEND, until=due + timedelta(days=90))
    (letter,) = world.rows(Letter, Letter.id == letter.id)
    with world.unit() as unit:
        ((section),) = content(unit, letter, true).sections
    assert [item.due_on for item in section.items] == [told.due_on]


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_has_words_beside_an_item_and_of_all_items(act: str) -> None:
    beside = composed(Section("overdue", (RAMP, replace(RAMP, also=(act,)))))
    of_all = composed(Section("overdue", (RAMP, RAMP), (act,)))
    for language in ("kk", "ru"):
        words = texts().also(act, language)
        assert words != texts().say("say", act, language)  # which speaks of what is listed below it
        for said in bodies(beside):
            assert said.count(words) == 1
            assert f"{texts().say('say', 'overdue', language)} {words}" not in said
        for said in bodies(of_all):
            assert said.count(f"{texts().say('say', 'overdue', language)} {words}") == 1


def test_words_beside_an_item_that_nothing_says_are_found_when_they_are_read() -> None:
    with pytest.raises(BadTexts, match="also/shouted: nothing says this"):
        read_texts(torn(lambda held: held["also"].update(shouted={"kk": "а", "ru": "б"})))
