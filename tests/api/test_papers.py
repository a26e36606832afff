"""The prescription as PDF: what a screen reader finds in it, what it looks like, and that it never changes."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

from api.papers.pictures import SIDE, illustrate, small
from api.papers.printing import edition, print_prescription
from api.papers.signs import SOFT_HYPHEN, breakable, printable
from api.papers.words import BadWords, read_words
from inspection.prescription_papers import Paper
from tests.api.paper_samples import LONG, NASTY, a_paper, an_item, pictures, sha256
from tests.house import ROOT
from tests.inspection.pictures import a_jpeg


def opened(paper: Paper, shown: Mapping[str, bytes] | None = None) -> Pdf:
    return pikepdf.open(BytesIO(print_prescription(paper, shown or {})))


def elements(node: Any) -> Iterator[Dictionary]:
    """The structure elements of a document in reading order."""
    if isinstance(node, Array):
        for each in node:
            yield from elements(each)
    elif isinstance(node, Dictionary):
        if Name.S in node:
            yield node
        if Name.K in node:
            yield from elements(node.K)


def kinds(pdf: Pdf) -> list[str]:
    return [str(element.S) for element in elements(pdf.Root.StructTreeRoot)]


def text_of(paper: Paper, shown: Mapping[str, bytes] | None = None) -> str:
    pdf = print_prescription(paper, shown or {})
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def on_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace(f"{SOFT_HYPHEN}\n", ""))


def test_a_paper_is_tagged_titled_and_in_kazakh_with_a_russian_part() -> None:
    pdf = opened(a_paper(2))
    assert bool(pdf.Root.MarkInfo.Marked)
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    assert str(pdf.Root.Lang) == "kk"
    assert pdf.docinfo["/Title"] == "Нұсқама / Предписание № АЛ-2026-000017"
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    languages = [str(e.Lang) for e in elements(pdf.Root.StructTreeRoot) if Name.Lang in e]
    assert "ru" in languages


def test_each_language_has_a_heading_and_a_table_with_heads() -> None:
    found = kinds(opened(a_paper(12)))
    assert found.count("/H1") == 2
    assert found.count("/Table") == 2
    assert found.count("/THead") == 2
    assert found.count("/TH") == 18
    assert found.count("/TD") == 2 * 12 * 9
    levels = [int(kind[2:]) for kind in found if re.fullmatch(r"/H\d", kind)]
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_every_picture_has_words_in_both_languages_in_its_place() -> None:
    pdf = opened(a_paper(3, 2), pictures(2))
    figures = [element for element in elements(pdf.Root.StructTreeRoot) if Name.Figure == element.S]
    assert [str(figure.Alt).partition(":")[0] for figure in figures] == [
        "1-тармаққа фотосурет",
        "2-тармаққа фотосурет",
    ]
    assert all("/ Фотография к пункту" in str(figure.Alt) for figure in figures)


def test_items_are_read_in_their_order_kazakh_before_russian() -> None:
    text = text_of(a_paper(60))
    kazakh = [int(n) for n in re.findall(r"(\d+)-талап:", text)]
    russian = [int(n) for n in re.findall(r"Требование (\d+):", text)]
    assert kazakh == russian == list(range(1, 61))
    assert text.rindex("60-талап") < text.index("Предписание об устранении")


def test_sixty_items_repeat_the_head_of_the_table_on_every_page_and_number_the_pages() -> None:
    paper = a_paper(60)
    pages = text_of(paper).split("\f")[:-1]
    assert len(pages) > 6
    for number, page in enumerate(pages, start=1):
        assert f"{number}-бет, барлығы {len(pages)} / страница {number} из {len(pages)}" in page
        if re.search(r"\d+-талап:", page):
            assert "Талап" in page


def test_no_item_is_torn_by_the_end_of_a_page() -> None:
    paper = a_paper(40)
    for item in paper.content["items"]:
        item["title"] = {"kk": f"басы{item['position']} " + "сөз " * 30 + f"соңы{item['position']}", "ru": "—"}
    for page in text_of(paper).split("\f"):
        assert re.findall(r"басы(\d+)", page) == re.findall(r"соңы(\d+)", page)


def test_the_fields_of_a_prescription_are_printed_and_a_clause_only_where_there_is_one() -> None:
    text = on_one_line(text_of(a_paper(2)))
    for said in (
        "Выдуманный территориальный департамент",
        "Дата: 16.03.2026",
        "Акт о назначении: № 17-үлгі, 10.03.2026",
        "Период контроля: 15.03.2026",
        "Наименование: ТОО «Пример»",
        "БИН: 991140000012",
        "КАТО: 751110000",
        "Категория субъекта: малый",
        "Измерено: 0,75 м Норма: ≥ 0,9 м",
        "Привести к норме: ≥ 0,9 м",
        "15.04.2026",
        "Вы вправе обжаловать",
        "Выдуманный Инспектор",
        "Предписание получил:",
    ):
        assert said in text.replace("\N{NO-BREAK SPACE}", " "), said
    assert text.count("4.3.2.20") == 2  # of two items one has it, in two languages


def test_nothing_is_said_of_fines() -> None:
    text = text_of(a_paper(1)).lower()
    assert not re.search(r"штраф|айыппұл|стать|-бап|мрп|аек", text)


def test_a_name_writes_no_markup_and_a_long_word_breaks() -> None:
    nasty = {"kk": NASTY, "ru": NASTY}
    items = [an_item(1, title=nasty, place=NASTY), an_item(2, title={"kk": LONG * 5, "ru": LONG})]
    paper = a_paper(items=0)
    paper.content.update(items=items, department=nasty, subject=None)
    paper.content["object"] |= {"name": nasty, "address": nasty}
    text = on_one_line(text_of(paper))
    assert "#set text(red) $x$ @ref \\ *bold* _it_ <label> `raw` // evil □ □ [x] #{panic()}" in text
    assert LONG * 5 in text.replace("\N{HYPHEN}", "").replace(SOFT_HYPHEN, "").replace("- ", "")


@pytest.mark.parametrize("value", [None, True, False, 3, 0.05, 100 / 9, "low"])
def test_every_kind_of_value_is_printed(value: Any) -> None:
    item = an_item(1, value=value, unit=None, limit=None, groups=[], severity={}, norm=None, clause=None)
    paper = a_paper(0)
    paper.content["items"] = [item]
    measured = {None: "—", True: "да", False: "нет", 3: "3", 0.05: "0,05", 100 / 9: "11,111"}
    said = "Не соответствует требованию" if value == "low" else f"Измерено: {measured[value]}"
    assert said in on_one_line(text_of(paper))
    assert "low" not in text_of(paper)


def test_a_share_is_printed_as_the_number_it_comes_to() -> None:
    paper = a_paper(0)
    paper.content["items"] = [an_item(1, value=0, unit="spaces", limit="≥ 1 / 25 (60: ≥ 3)")]
    assert "Норма: ≥ 3 мест" in on_one_line(text_of(paper)).replace("\N{NO-BREAK SPACE}", " ")


def test_the_same_paper_is_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from tests.api.paper_samples import a_paper, pictures;"
        "from api.papers.printing import print_prescription;"
        "print(hashlib.sha256(print_prescription(a_paper(5, 2), pictures(2))).hexdigest())"
    )
    done = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True) for _ in range(2)
    ]
    assert done[0].stdout == done[1].stdout != b""
    one, other = (print_prescription(a_paper(n), {}) for n in (5, 6))
    assert one != other


def test_photos_that_are_not_shown_are_named_with_the_reason() -> None:
    paper = a_paper(3, 3)
    unseen = Paper(paper.content, paper.content_hash, frozenset({sha256(1), sha256(2)}))
    text = text_of(unseen, pictures(1))
    assert "не были готовы к показу, когда печатался документ: 3." in on_one_line(text)
    assert "не вошли в документ из-за его объёма: 2." in on_one_line(text)
    assert "Фото 1, пункт 1" in text


def test_the_edition_tells_papers_apart_by_what_is_printed() -> None:
    paper = a_paper(1, 1)
    assert edition(paper) == edition(a_paper(1, 1))
    assert edition(paper) != edition(Paper(paper.content, paper.content_hash, frozenset()))
    assert edition(paper) != edition(Paper(paper.content, b"\1" * 32, paper.seen))


def test_kyrgyzstan_has_a_paper_in_russian_alone() -> None:
    pdf = opened(a_paper(1, country="KG"))
    assert str(pdf.Root.Lang) == "ru"
    assert kinds(pdf).count("/H1") == 1


def test_a_printed_photo_is_small_and_says_nothing_of_its_camera() -> None:
    jpeg = small(a_jpeg(3000, 2000))
    with as_image(jpeg) as image:
        assert max(image.size) == SIDE
        assert image.getexif() == {}
    assert small(a_jpeg(3000, 2000)) == jpeg


def as_image(jpeg: bytes) -> Any:
    return Image.open(BytesIO(jpeg))


def test_photos_stop_where_a_mail_would_be_refused() -> None:
    photos = [{"sha256": sha256(n)} for n in (1, 2, 2, 3)]
    size = len(small(a_jpeg(100, 100)))
    made = illustrate(photos, lambda _: a_jpeg(100, 100), most=2 * size + 1)
    assert list(made) == [sha256(1), sha256(2)]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a\u202eb", "ab"),
        ("a\x07b\nc", "a b c"),
        ("ә\U0001f600", "ә□"),
        ("е\u0308", "ё"),
        ("№ ₸ ≥ «Ң»", "№ ₸ ≥ «Ң»"),
    ],
)
def test_signs_that_cannot_be_printed_are_replaced(text: str, printed: str) -> None:
    assert printable(text) == printed


def test_only_words_that_do_not_fit_get_soft_hyphens() -> None:
    assert breakable("қолжетімділік", 20) == "қолжетімділік"
    assert SOFT_HYPHEN in breakable("қолжетімділік", 10)
    assert breakable("қолжетімділік", 10).replace(SOFT_HYPHEN, "") == "қолжетімділік"
    assert SOFT_HYPHEN in breakable("ш" * 40, 20)


def test_words_that_are_missing_in_a_language_are_found_at_once() -> None:
    with pytest.raises(BadWords, match="due, limit"):
        read_words('due: {kk: "а"}\nlimit: {kk: "{value}", ru: "нет"}\nok: {kk: "а", ru: "б"}')
