"""Letters to be handed over, as PDF: what they say, what a screen reader finds in them, and who may print what."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pikepdf import Name, Pdf

from api.papers.letters import print_letters
from api.papers.signs import SOFT_HYPHEN
from inspection.history import DecisionKind
from inspection.notices.content import Question, Section
from inspection.notices.printing import Addressee, ToPrint
from inspection.notices.stages import Recipient
from inspection.tables.answers import AnswerLink
from inspection.tables.notices import Letter
from inspection.tables.people import Person, Role
from tests.api.paper_samples import LONG, NASTY
from tests.api.people import token
from tests.api.test_mail_letters import RAMP, SIGN, a_content, bodies, composed
from tests.api.test_papers import elements, kinds
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, NEIGHBOUR, PASSES, REGION, STEP, World

LIST = "/api/v1/letters"
NUMBER, ADDRESS = "АЛ-2026-000017", f"https://pandus.example.test/answer/{'Az0_-' * 8}abc"
OPERATOR = Addressee(Recipient.OPERATOR, {"kk": "«Үлгі» ЖШС", "ru": "ТОО «Пример»"}, {})
OVERDUE = "overdue"


def a_letter(*sections: Section, to: Addressee = OPERATOR, enclosed: Sequence[str] = (), **about: Any) -> ToPrint:
    return ToPrint(a_content(*sections, **about), to, date(2026, 4, 7), enclosed, linked=True)


def many(count: int) -> Section:
    items = [
        replace(RAMP, title={"kk": f"{n}-талап: еңіс", "ru": f"Требование {n}: уклон"})
        for n in range(1, count + 1)
    ]
    return Section(OVERDUE, tuple(items))


def printed(*letters: ToPrint, links: Mapping[str, str] | None = None) -> bytes:
    return print_letters([(letter, links or {}) for letter in letters], date(2026, 4, 7))


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode().replace(f"{SOFT_HYPHEN}\n", "")


def on_one_line(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(rf"[{SOFT_HYPHEN}‐-]\n", "", text_of(pdf)))


def opened(pdf: bytes) -> Pdf:
    return pikepdf.open(BytesIO(pdf))


class TestOnPaper:
    def test_it_is_tagged_titled_and_in_kazakh_with_a_russian_part(self) -> None:
        pdf = opened(printed(a_letter()))
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert str(pdf.Root.Lang) == "kk"
        assert pdf.docinfo["/Title"] == str(composed()["Subject"])
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        assert "ru" in [str(e.Lang) for e in elements(pdf.Root.StructTreeRoot) if Name.Lang in e]

    def test_each_language_has_its_subject_as_heading_and_tables_with_heads(self) -> None:
        sections = (Section(OVERDUE, (RAMP,)), Section("before", (SIGN,)))
        found = kinds(opened(printed(a_letter(*sections))))
        assert [kind for kind in found if re.fullmatch(r"/H\d", kind)] == ["/H1", "/H2"] * 2
        assert (found.count("/Table"), found.count("/THead"), found.count("/TH")) == (4, 4, 20)

    @pytest.mark.parametrize("links", [{}, {NUMBER: ADDRESS}])
    def test_it_says_what_the_mail_says_but_how_that_was_sent(self, links: Mapping[str, str]) -> None:
        sections = (
            Section(OVERDUE, (RAMP, replace(SIGN, also=("answered",)))),
            Section("before", (SIGN,), ("prescribed",)),
        )
        mail, _ = bodies(composed(*sections))
        paper = on_one_line(printed(a_letter(*sections), links=links)).replace("\N{NO-BREAK SPACE}", " ")
        labels = r"^(\d+\.|[\w ]+:) "
        for line in mail.replace("\N{NO-BREAK SPACE}", " ").splitlines():
            if "автомат" in line or not line.strip() or "---" in line:
                continue
            for said in re.split(r"\. (?=Шегі|Норма)| \(|\)\.$", line.strip()):
                assert re.sub(labels, "", said).rstrip(".") in paper, said
        assert "автоматически" not in paper

    def test_a_question_as_long_as_it_may_be_is_whole_and_leaves_the_foot_alone(self) -> None:
        asked = Question("ұзақ сұрақ " * 181 + "соңы.", date(2026, 5, 1))  # 2,000 signs
        pdf = printed(a_letter(Section(OVERDUE, (replace(RAMP, questions=(asked, asked)),))))
        assert on_one_line(pdf).count("соңы.") == 4
        boxes = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout
        words = re.findall(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]*)<', boxes.decode())
        foot = min(float(top) for top, _, word in words if word == str(UUID(int=1)))
        assert all(float(end) < foot for top, end, _ in words if float(top) < foot)

    def test_it_is_answered_by_an_address_and_a_code_with_words(self) -> None:
        pdf = printed(a_letter(enclosed=(NUMBER,)), links={NUMBER: ADDRESS})
        document, text = opened(pdf), text_of(pdf)
        figures = [e for e in elements(document.Root.StructTreeRoot) if Name.Figure == e.S]
        assert [str(figure.Alt) for figure in figures] == [
            f"№ {NUMBER} нұсқамаға жауап беретін беттің QR-коды",
            f"QR-код страницы, на которой отвечают на предписание № {NUMBER}",
        ]
        assert text.replace("\n", "").count(ADDRESS) == 2
        targets = [str(a.A.URI) for page in document.pages for a in page.get("/Annots", []) if "/A" in a]
        assert set(targets) == {ADDRESS}
        assert f"вручается вместе с этим письмом отдельным документом: № {NUMBER}." in on_one_line(pdf)

    def test_there_is_one_place_to_sign(self) -> None:
        text = text_of(printed(a_letter()))
        for said in ("Хатты алдым", "Письмо получено", "күні / дата", "аты-жөні / ФИО", "қолы / подпись"):
            assert text.count(said) == 1

    @pytest.mark.parametrize(
        ("to", "said"),
        [
            (OPERATOR, ("Кімге: «Үлгі» ЖШС", "Кому: ТОО «Пример»")),
            (Addressee(Recipient.OPERATOR, {}, {}), ("Нысанға жауапты", "Организации, которая отвечает")),
            (Addressee(Recipient.DEPARTMENT, {}, {}), ("Үлгі департаменті", "Кому: Департамент-пример")),
            (
                Addressee(
                    Recipient.AKIMAT, {"kk": "А. Үлгі", "ru": "А. Үлгі"}, {"kk": "Алмалы", "ru": "Алмалы р."}
                ),
                ("Алмалы: әкімдік", "Кому: Акимат: Алмалы р. А. Үлгі"),
            ),
            (Addressee(None, {"kk": "А. Үлгі", "ru": "А. Үлгі"}, {}), ("Кімге: А. Үлгі", "Кому: А. Үлгі")),
        ],
    )
    def test_it_names_whom_it_is_for(self, to: Addressee, said: Sequence[str]) -> None:
        text = on_one_line(printed(a_letter(to=to)))
        assert all(each in text for each in said)

    def test_sixty_items_repeat_the_head_of_the_table_and_are_read_in_order_kazakh_first(self) -> None:
        pages = text_of(printed(a_letter(many(60)))).split("\f")[:-1]
        text = "".join(pages)
        assert [int(n) for n in re.findall(r"(\d+)-талап:", text)] == list(range(1, 61))
        assert [int(n) for n in re.findall(r"Требование (\d+):", text)] == list(range(1, 61))
        assert text.rindex("60-талап") < text.index("Требование 1:")
        for number, page in enumerate(pages, start=1):
            assert f"{number}-бет, барлығы {len(pages)} / страница {number} из {len(pages)}" in page
            assert not re.search(r"-талап:|Требование \d", page) or re.search("Өлшенгені|Измерено", page)

    def test_a_name_writes_no_markup_and_a_long_word_breaks(self) -> None:
        facility = {"kk": LONG, "ru": NASTY}
        pdf = printed(a_letter(Section(OVERDUE, (replace(RAMP, title=facility),)), facility=facility))
        assert "#set text(red) $x$ @ref" in text_of(pdf)
        assert LONG in text_of(pdf).replace(SOFT_HYPHEN, "").replace("\n", "")

    def test_letters_begin_on_pages_of_their_own_and_count_them(self) -> None:
        first, second = a_letter(many(30)), a_letter(id=UUID(int=2))
        pages = text_of(printed(first, second, first)).split("\f")[:-1]
        found = [re.findall(r"(\d{12}) .*страница (\d+) из (\d+)", page)[-1] for page in pages]
        long = int(found[0][2])
        assert [(int(letter), int(page), int(of)) for letter, page, of in found] == [
            *((1, n, long) for n in range(1, long + 1)),
            (2, 1, 1),
            *((1, n, long) for n in range(1, long + 1)),
        ]
        levels = [int(k[2:]) for k in kinds(opened(printed(first, second))) if re.fullmatch(r"/H\d", k)]
        assert all(below - above <= 1 for above, below in pairwise(levels))

    def test_the_same_letter_is_the_same_bytes(self) -> None:
        links = {NUMBER: ADDRESS}
        assert printed(a_letter(many(3)), links=links) == printed(a_letter(many(3)), links=links)

    def test_kyrgyzstan_has_letters_in_russian_alone(self) -> None:
        pdf = printed(a_letter(country="KG"))
        assert str(opened(pdf).Root.Lang) == "ru"
        assert "Мерзімі" not in text_of(pdf)
        assert kinds(opened(pdf)).count("/H1") == 1


@pytest.fixture
def letter(app: Flask, world: World) -> UUID:
    """A letter about a door and a step that nobody has an address for."""
    return by_hand(app, world)


def by_hand(app: Flask, world: World, **about: Any) -> UUID:
    known = {row.id for row in world.rows(Letter)}
    world.prescribe(world.audited(world.facility(**about), {DOOR: FAILS[DOOR], STEP: FAILS[STEP]}))
    assert app.test_cli_runner().invoke(args=["notices", "send"]).exit_code == 0
    (made,) = {row.id for row in world.rows(Letter)} - known
    return made


def get(client: FlaskClient, person: UUID, path: str, **query: Any) -> Any:
    return client.get(f"{LIST}{path}", headers=token(person), query_string=query)


class TestOverHttp:
    def test_a_letter_is_printed_with_a_link_that_opens(
        self, client: FlaskClient, world: World, letter: UUID
    ) -> None:
        reply = get(client, world.head, f"/{letter}.pdf")
        assert (reply.status_code, reply.mimetype) == (200, "application/pdf")
        assert reply.headers["Cache-Control"] == "private, no-cache"
        assert reply.data == get(client, world.head, f"/{letter}.pdf").data
        text = on_one_line(reply.data)
        for said in ("Кому: Организации, которая отвечает за объект", "Дата: 16.03.2026", str(letter)):
            assert said in text
        assert "отдельным документом: № АЛ-2026-000001." in text
        (path,) = set(re.findall(r"/answer/[\w-]{43}", text_of(reply.data).replace("\n", "")))
        assert client.get(path).status_code == 200
        assert len(world.rows(AnswerLink)) == 1

    def test_who_only_reads_sees_the_letter_without_the_link(
        self, client: FlaskClient, world: World, letter: UUID
    ) -> None:
        reply = get(client, world.person(Role.MINISTRY, COUNTRY), f"/{letter}.pdf")
        assert reply.status_code == 200
        assert "/answer/" not in text_of(reply.data)
        assert world.rows(AnswerLink) == []
        assert "/answer/" in text_of(get(client, world.person(Role.INSPECTOR, DISTRICT), f"/{letter}.pdf").data)

    def test_what_was_released_since_is_not_printed(self, client: FlaskClient, world: World, letter: UUID) -> None:
        facility = world.rows(Letter)[0].facility_id
        before = text_of(get(client, world.head, f"/{letter}.pdf").data)
        world.clock.advance(hours=3)
        world.audited(facility, {DOOR: PASSES[DOOR]}, at=world.clock() - timedelta(minutes=30))
        after = text_of(get(client, world.head, f"/{letter}.pdf").data)
        assert before.count("Предписание: №") == 2
        assert after.count("Предписание: №") == 1

    def test_a_letter_of_which_nothing_is_true_any_more_is_refused(
        self, client: FlaskClient, world: World, letter: UUID
    ) -> None:
        facility = world.rows(Letter)[0].facility_id
        for criterion in (DOOR, STEP):
            world.decide(facility, criterion, DecisionKind.WAIVE)
        for path in (f"/{letter}.pdf", f"/{letter}/paper"):
            refused = get(client, world.head, path)
            assert (refused.status_code, refused.json["detail"]) == (
                409,
                "Nothing in this letter is true any more.",
            )
            assert refused.json["state"] == "by_hand"
        page = get(client, world.head, ".pdf")
        assert page.status_code == 200
        assert "Писем для печати нет." in text_of(page.data)

    def test_another_area_and_no_letter_at_all_look_alike(
        self, client: FlaskClient, world: World, letter: UUID
    ) -> None:
        stranger = world.person(Role.HEAD, NEIGHBOUR)
        answers = [get(client, stranger, f"/{made}.pdf").json | {"request_id": None} for made in (letter, uuid4())]
        assert answers[0] == answers[1]
        assert "Писем для печати нет." in text_of(get(client, stranger, ".pdf").data)

    def test_the_letters_of_a_morning_are_one_file_page_by_page(
        self, app: Flask, client: FlaskClient, world: World, letter: UUID
    ) -> None:
        world.clock.advance(minutes=5)
        second = by_hand(app, world)
        everything = get(client, world.head, ".pdf", area=REGION)
        assert "Link" not in everything.headers
        assert footers(everything.data) == [second, letter]
        first_page = get(client, world.head, ".pdf", area=REGION, limit=1, state="by_hand,failed")
        assert footers(first_page.data) == [second]
        following = re.fullmatch(r'<(/api/v1/letters\.pdf\?.*)>; rel="next"', first_page.headers["Link"])
        assert following
        last_page = client.get(following[1], headers=token(world.head))
        assert footers(last_page.data) == [letter]
        assert "Link" not in last_page.headers
        assert footers(get(client, world.head, ".pdf", state="sent").data) == []

    def test_no_more_than_a_hundred_are_printed_at_once(self, client: FlaskClient, world: World) -> None:
        assert get(client, world.head, ".pdf", limit=101).status_code == 422

    def test_an_official_is_named_by_office_and_name(self, app: Flask, client: FlaskClient, world: World) -> None:
        facility = world.facility()
        world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
        akimat = world.person(Role.AKIMAT, DISTRICT)
        with world.unit() as unit:
            unit.session.get_one(Person, akimat).email = "a@example.test\nBcc: all@example.test"
        world.clock.advance(days=200)
        assert app.test_cli_runner().invoke(args=["notices", "run"]).exit_code == 0
        (made,) = (row.id for row in world.rows(Letter) if row.recipient == f"person:{akimat}")
        reply = get(client, world.head, f"/{made}.pdf")
        named = world.rows(Person, Person.id == akimat)[0].name
        assert f"Кому: Акимат: {DISTRICT} {named}" in on_one_line(reply.data)
        assert "/answer/" not in text_of(reply.data)
        (nobody,) = (row.id for row in world.rows(Letter) if row.recipient == "nobody:department")
        assert get(client, world.head, f"/{nobody}.pdf").status_code == 200


def footers(pdf: bytes) -> list[UUID]:
    """The letters that begin in a file, in order."""
    return [UUID(found) for found in re.findall(r"([0-9a-f-]{36}) 1-бет", text_of(pdf))]
