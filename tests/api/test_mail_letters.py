"""What letters say, in full."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
import yaml

from api.mail.composing import compose
from api.mail.messages import BadAddress, TooLarge
from api.mail.texts import SAID, BadTexts, read_texts, texts
from inspection.notices.content import Content, Item, Section
from inspection.rules import limit_text
from tests.house import ROOT
from tests.inspection.world import DOOR, small_checklist

NOW = datetime(2026, 4, 7, 4, 0, tzinfo=UTC)
RAMP = Item(
    title={"kk": "Пандус еңісі", "ru": "Уклон пандуса", "en": "Slope of the ramp"},
    criterion="entrance-ramp-slope",
    place="main",
    value=9.5,
    unit="percent",
    limit="<= 5",
    due_on=date(2026, 4, 6),
    days_left=-1,
    prescription="АЛ-2026-000017",
)
SIGN = replace(
    RAMP, title={}, criterion="service-desk", place="second-floor", value=False, unit=None, limit=None, days_left=0
)

OVERDUE = """\
Үлгі департаменті

Нысан: №1 үлгі емханасы
Мекенжайы: Мысал көшесі, 1
Бақылау субъектісі: «Үлгі» ЖШС

Нұсқаманың мерзімі өтті: № АЛ-2026-000017, 1 күн өтіп кетті

Төмендегі бұзушылықтарды жою мерзімі өтті, ал олардың жойылғаны әлі өлшенген жоқ.

1. Пандус еңісі
   Өлшенгені: 9,5 %. Шегі: ≤ 5 %.
   Мерзімі: 06.04.2026 (1 күн өтіп кетті).
   Нұсқама: № АЛ-2026-000017

Бұл хат автоматты түрде жіберілді.

----------------------------------------

Департамент-пример

Объект: Поликлиника-пример № 1
Адрес: ул. Примерная, 1
Субъект контроля: ТОО «Пример»

Срок предписания истёк: № АЛ-2026-000017, просрочено дней: 1

Срок устранения нарушений, перечисленных ниже, истёк, а устранение ещё не подтверждено измерением.

1. Уклон пандуса
   Измерено: 9,5 %. Норма: ≤ 5 %.
   Срок: 06.04.2026 (просрочено дней: 1).
   Предписание: № АЛ-2026-000017

Это письмо отправлено автоматически."""


def a_content(*sections: Section, **about: Any) -> Content:
    plain = Content(
        id=UUID(int=1),
        address="owner@example.test",
        recipient="operator",
        country="KZ",
        facility={"kk": "№1 үлгі емханасы", "ru": "Поликлиника-пример № 1"},
        facility_address={"kk": "Мысал көшесі, 1", "ru": "ул. Примерная, 1"},
        operator={"kk": "«Үлгі» ЖШС", "ru": "ТОО «Пример»"},
        department={"kk": "Үлгі департаменті", "ru": "Департамент-пример"},
        sections=sections or (Section("overdue", (RAMP,)),),
    )
    return replace(plain, **about)


def composed(*sections: Section, **about: Any) -> EmailMessage:
    made = compose(a_content(*sections, **about), sender="pandus@example.test", now=NOW)
    received = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert isinstance(received, EmailMessage)
    return received


def bodies(message: EmailMessage) -> Sequence[str]:
    found = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [str(body.get_content()).replace("\r\n", "\n") for body in found if body is not None]


def test_an_overdue_letter_in_full() -> None:
    message = composed()
    assert message["Subject"] == (
        "Нұсқаманың мерзімі өтті: № АЛ-2026-000017, 1 күн өтіп кетті"
        " / Срок предписания истёк: № АЛ-2026-000017, просрочено дней: 1"
    )
    assert (message["To"], message["From"]) == ("owner@example.test", "pandus@example.test")
    assert message["Message-ID"] == "<00000000-0000-0000-0000-000000000001@example.test>"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "kk, ru")
    plain, _ = bodies(message)
    assert plain.rstrip("\n") == OVERDUE


def test_the_html_says_the_same_in_both_languages_with_heads_for_its_tables() -> None:
    plain, html = bodies(composed())
    words = {line.partition(": ")[2] or line for line in plain.splitlines() if line.strip() and "---" not in line}
    for said in ("Пандус еңісі", "Уклон пандуса", "9,5 %", "≤ 5 %", "06.04.2026", "«Үлгі» ЖШС"):
        assert said in html
        assert any(said in word for word in words)
    assert '<html lang="kk">' in html
    assert '<div lang="ru"' in html
    assert html.count('scope="col"') == 8
    assert html.count('scope="row"') == 2
    assert "<img" not in html
    assert "http" not in html


def test_what_is_not_known_is_a_dash_and_never_an_empty_promise() -> None:
    section = Section("prescribed", (replace(SIGN, due_on=None, days_left=None, value=None),))
    plain, _ = bodies(composed(section, operator={}, department={}, facility_address={}))
    assert "1. service-desk\n   Место: second-floor\n   Измерено: —. Норма: —.\n   Срок: срока нет.\n" in plain
    assert plain.startswith("Pandus\n")
    assert "Субъект контроля" not in plain


def test_a_limit_that_came_with_its_unit_does_not_say_it_twice() -> None:
    criterion = small_checklist().criteria[DOOR]
    door = replace(RAMP, value=0.75, unit=criterion.unit, limit=limit_text(criterion))
    plain, _ = bodies(composed(Section("overdue", (door,))))
    assert "Измерено: 0,75 м. Норма: ≥ 0,9 м." in plain.replace("\N{NO-BREAK SPACE}", " ")


def test_items_of_several_prescriptions_are_counted_in_the_subject() -> None:
    ramp = replace(RAMP, days_left=5)
    other = replace(ramp, prescription="АЛ-2026-000018")
    message = composed(Section("before", (ramp, other)))
    assert message["Subject"] == (
        "Нұсқама мерзімі жақындады: 2 бұзушылық, №1 үлгі емханасы, 5 күн қалды"
        " / Приближается срок предписания: нарушений: 2, Поликлиника-пример № 1, осталось дней: 5"
    )


def test_a_heading_says_days_only_if_they_are_those_of_every_item() -> None:
    today, soon = (replace(RAMP, days_left=days) for days in (0, 4))
    assert composed(Section("before", (today,)))["Subject"].endswith("№ АЛ-2026-000017, сегодня последний день")
    assert composed(Section("before", (today, soon)))["Subject"].endswith("срок предписания: № АЛ-2026-000017")
    dateless = replace(RAMP, days_left=None)
    assert composed(Section("before", (dateless,)))["Subject"].endswith("срок предписания: № АЛ-2026-000017")


def test_a_name_cannot_write_html_and_a_long_one_does_not_tear_the_subject() -> None:
    facility = {"kk": "<b>Емхана</b> & " + "ә" * 300, "ru": "<script>alert(1)</script>"}
    other = replace(RAMP, prescription=None)
    message = composed(Section("overdue", (RAMP, other)), facility=facility)
    _, html = bodies(message)
    assert "<script>" not in html
    assert "&lt;b&gt;Емхана" in html
    assert len(message["Subject"]) <= 200


@pytest.mark.parametrize("says", sorted(SAID))
def test_everything_that_a_letter_tells_can_be_said(says: str) -> None:
    plain, html = bodies(composed(Section(says, (RAMP, SIGN))))
    assert "{" not in plain + html.partition("<body")[2]
    assert "жоқ" in plain
    assert "Измерено: нет" in plain


def test_the_same_content_gives_the_same_bytes() -> None:
    assert composed().as_bytes() == composed().as_bytes()


def test_letters_of_kyrgyzstan_are_in_russian_until_somebody_has_the_kyrgyz_words() -> None:
    message = composed(country="KG")
    assert message["Content-Language"] == "ru"
    assert "Мерзімі" not in bodies(message)[0]


@pytest.mark.parametrize(
    "address", ["", "owner", "a@b\r\nBcc: all@example.test", "a b@example.test", "a@x,b@y", "<a@b>", "@b", "a@"]
)
def test_an_address_that_is_none_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(BadAddress):
        composed(address=address)


def test_papers_that_no_mail_server_takes_are_refused_by_name_and_nothing_is_sent() -> None:
    papers = {"АЛ-2026-000017.pdf": b"%PDF", "АЛ-2026-000018.pdf": bytes(30 * 1024 * 1024)}
    with pytest.raises(TooLarge, match=r"АЛ-2026-000018\.pdf"):
        compose(a_content(), sender="pandus@example.test", now=NOW, papers=papers)


def torn(change: Any) -> str:
    held = yaml.safe_load((ROOT / "api/mail/texts.yaml").read_text("utf-8"))
    change(held)
    return yaml.safe_dump(held, allow_unicode=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t["say"].pop("overdue"), "say/overdue: no words for this"),
        (lambda t: t["subject"]["overdue"].pop("kk"), "subject/overdue: wanted in kk and ru"),
        (lambda t: t["word"]["left"].update(kk="күн қалды"), "word/left: the languages say different values"),
        (lambda t: t["say"].update(shouted={"kk": "а", "ru": "б"}), "say/shouted: nothing says this"),
        (lambda t: t["word"].update(due="Срок"), "word/due: a text in each language is wanted"),
        (lambda t: t.pop("unit"), "there are not just the groups"),
    ],
)
def test_a_missing_or_torn_text_is_found_when_it_is_read(change: Any, said: str) -> None:
    with pytest.raises(BadTexts) as refused:
        read_texts(torn(change))
    assert said in str(refused.value)


def test_every_unit_of_the_checklist_has_a_word() -> None:
    checklist = (ROOT / "inspect/inspection/data/checklist.yaml").read_text("utf-8")
    used = {c["unit"] for c in yaml.safe_load(checklist)["criteria"] if c.get("unit")}
    unspoken = {unit for unit in used if texts().unit(unit, "kk") == unit}
    assert used
    assert not unspoken
