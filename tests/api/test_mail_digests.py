"""What a digest says, in full."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from api.mail.digest_lists import LISTS
from api.mail.digests import compose_digest
from api.mail.messages import BadAddress
from inspection.digests.figures import NAMES, AreaFigures, Part, Worst
from inspection.digests.readers import ReadArea
from inspection.digests.taking import DigestContent
from inspection.digests.weeks import last_week
from inspection.journal_proof import Noted
from inspection.tables.areas import Level
from tests.house import ROOT

NOW = datetime(2026, 3, 16, 3, 2, tzinfo=UTC)
WEEK = date(2026, 3, 16)
REGION = ReadArea(Level.REGION, "750000000", "KZ", "750000000", None)
NUMBERS = dict(zip(NAMES, (128, 31, 12, 9, 4, 2, 3, 1, 7, 5), strict=True))
NOTHING = dict.fromkeys(NAMES, 0)
ALMATY = AreaFigures(
    area=REGION,
    name={"kk": "Алматы қаласы", "ru": "город Алматы"},
    at=NOW,
    today=WEEK,
    week=last_week(WEEK),
    numbers=NUMBERS,
    parts=[
        Part("751110000", {"kk": "Алмалы ауданы", "ru": "Алмалинский район"}, {**NUMBERS, "open": 100}),
        Part(None, {}, {**NOTHING, "open": 28}),
    ],
    worst=[
        Worst(
            UUID(int=7),
            {"kk": "№1 үлгі емханасы", "ru": "Поликлиника-пример № 1"},
            "entrance-ramp-slope",
            {"kk": "Пандус еңісі", "ru": "Уклон пандуса", "en": "Slope of the ramp"},
            40,
            230.44,
        ),
        Worst(UUID(int=8), {"kk": "Үлгі дәріхана", "ru": "Аптека-пример"}, "service-desk", {}, 3, None),
    ],
)
HEAD = Noted("750000000", 4821, bytes(range(32)))

BODY = (ROOT / "tests/api/weekly_digest.txt").read_text("utf-8").rstrip("\n")


def a_content(*areas: AreaFigures, **about: Any) -> DigestContent:
    plain = DigestContent(
        id=UUID(int=1),
        at=NOW,
        address="akimat@example.test",
        week=WEEK,
        countries=("KZ",),
        areas=areas or (ALMATY,),
        heads=(HEAD,),
    )
    return replace(plain, **about)


def composed(content: DigestContent, base: str | None = None) -> EmailMessage:
    made = compose_digest(content, sender="pandus@example.test", base=base)
    received = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert isinstance(received, EmailMessage)
    return received


def bodies(message: EmailMessage) -> Sequence[str]:
    found = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [str(body.get_content()).replace("\r\n", "\n") for body in found if body is not None]


def test_a_digest_in_full() -> None:
    message = composed(a_content())
    assert message["Subject"] == (
        "Апталық шолу 16.03.2026: Алматы қаласы, мерзімі өткені: 31"
        " / Еженедельная сводка от 16.03.2026: город Алматы, срок истёк: 31"
    )
    assert (message["To"], message["From"]) == ("akimat@example.test", "pandus@example.test")
    assert message["Message-ID"] == "<00000000-0000-0000-0000-000000000001@example.test>"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "kk, ru")
    plain, _ = bodies(message)
    assert plain.rstrip("\n") == BODY


def test_the_html_says_the_same_in_both_languages_with_heads_for_its_tables() -> None:
    _, html = bodies(composed(a_content()))
    words = unescape(re.sub(r"<[^>]+>", " ", html.partition("<body")[2])).replace("\N{SOFT HYPHEN}", "")
    said = " ".join(words.split()).lower()
    for line in BODY.splitlines():
        for word in re.split(r"[\s:;,]+", line.lower().lstrip("-123456789. ")):
            assert word in said, line
    assert '<html lang="kk">' in html
    assert '<div lang="ru"' in html
    assert html.count('scope="col"') == 10
    assert html.count('scope="row"') == 2 * (len(NAMES) + 2)
    assert "<img" not in html
    assert "http" not in html


def test_with_an_address_every_number_but_none_leads_to_its_list() -> None:
    quiet = replace(ALMATY, numbers={**NUMBERS, "reviews": 0})
    plain, html = bodies(composed(a_content(quiet), "https://pandus.example.test"))
    figures = plain.partition("Мерзімі өткен бұзушылықтардың")[0]
    assert figures.count("https://pandus.example.test/api/v1/") == len(NAMES) - 1
    assert "/api/v1/reviews" not in plain
    assert (
        "   https://pandus.example.test/api/v1/violations"
        "?area=750000000&due_after=2026-03-15&due_before=2026-03-23&total=true\n" in plain
    )
    assert "/api/v1/violations?area=751110000&amp;overdue=true&amp;total=true" in html
    assert "/api/v1/violations/00000000-0000-0000-0000-000000000007" in html
    assert {*NAMES, "worst"} == LISTS.keys()


def test_a_week_of_which_there_is_nothing_to_say_is_said_shortly() -> None:
    nothing = replace(ALMATY, numbers=NOTHING, parts=[], worst=[])
    plain, html = bodies(composed(a_content(nothing)))
    assert "На этой территории нет неустранённых нарушений" in plain
    assert "Неустранённые нарушения" not in plain + html
    assert "<table" not in html
    assert str(HEAD) in plain


def test_several_areas_follow_each_other_and_are_counted_in_the_subject() -> None:
    district = ReadArea(Level.DISTRICT, "711110000", "KZ", "710000000", "711110000")
    astana = replace(ALMATY, area=district, name={"kk": "Есіл ауданы", "ru": "район Есиль"}, parts=[])
    message = composed(a_content(ALMATY, astana))
    assert message["Subject"] == (
        "Апталық шолу 16.03.2026: 2 аумақ, мерзімі өткені: 62"
        " / Еженедельная сводка от 16.03.2026: территорий: 2, срок истёк: 62"
    )
    plain, _ = bodies(message)
    assert plain.index("город Алматы\n") < plain.index("район Есиль\n")
    assert plain.count("Журнал изменений") == 1


def test_a_country_is_told_by_regions() -> None:
    country = ReadArea(Level.COUNTRY, "KZ", "KZ", None, None)
    plain, _ = bodies(composed(a_content(replace(ALMATY, area=country))))
    assert "По регионам:" in plain


def test_digests_of_kyrgyzstan_are_in_russian_by_the_clock_of_bishkek() -> None:
    area = ReadArea(Level.REGION, "41711000000000", "KG", "41711000000000", None)
    bishkek = replace(ALMATY, area=area, name={"kk": "Бишкек", "ru": "Бишкек"})
    message = composed(a_content(bishkek, countries=("KG",)))
    assert message["Content-Language"] == "ru"
    plain, _ = bodies(message)
    assert "На 16.03.2026, 09:02 по местному времени" in plain
    assert "Апталық" not in plain
    assert composed(a_content(bishkek, ALMATY, countries=("KG", "KZ")))["Content-Language"] == "kk, ru"


def test_a_name_cannot_write_html_and_a_long_one_does_not_tear_the_subject() -> None:
    name = {"kk": "<b>Аудан</b> " + "ә" * 300, "ru": "<script>alert(1)</script>"}
    worst = [replace(ALMATY.worst[0], facility=name)]
    message = composed(a_content(replace(ALMATY, name=name, worst=worst)))
    _, html = bodies(message)
    assert "<script>" not in html
    assert "&lt;b&gt;Аудан" in html
    assert len(message["Subject"]) <= 200


def test_the_same_content_gives_the_same_bytes() -> None:
    assert composed(a_content()).as_bytes() == composed(a_content()).as_bytes()


@pytest.mark.parametrize("address", ["", "akimat", "a@b\r\nBcc: all@example.test", "a@b\nX: y", "a@x,b@y"])
def test_an_address_that_is_none_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(BadAddress):
        composed(a_content(address=address))
