"""Operators of concern over HTTP, and the letter about one of them as it is printed."""

import re
import subprocess
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from flask.testing import FlaskClient

from api.papers.excluding import print_exclusion_letter
from api.views.operators_of_concern import EXAMPLE, ConcerningPage
from inspection.exclusion_letters import ExclusionLetter, Site, Told
from inspection.tables.people import Role
from tests.api.conftest import SignIn
from tests.api.paper_samples import LONG, NASTY
from tests.api.test_papers import kinds, on_one_line
from tests.inspection.test_concerning import an_audited_operator
from tests.inspection.world import NEIGHBOUR, REGION, World

LIST = "/api/v1/operators/concerning"
TOLD = Told(
    title={"kk": "Есік ені", "ru": "Ширина двери"},
    place="main",
    opened_on=date(2025, 11, 3),
    due_on=date(2025, 12, 1),
    overdue=True,
    declared=False,
    prescription="АЛ-2025-000017",
)
LETTER = ExclusionLetter(
    country="KZ",
    made_on=date(2026, 3, 16),
    department={"kk": "Ойдан шығарылған департамент", "ru": "Выдуманный департамент"},
    area={"kk": "Алматы қаласы", "ru": "город Алматы"},
    operator={"kk": "«Мысал» ЖШС", "ru": "ТОО «Пример»"},
    number="490140000012",
    gross=3,
    overdue=1,
    oldest_due_on=date(2025, 12, 1),
    others=4,
    complaints=2,
    unscheduled=1,
    sites=[
        Site(
            {"kk": "Емхана", "ru": "Поликлиника"},
            {"kk": "Абай к-сі, 1", "ru": "ул. Абая, 1"},
            [TOLD, replace(TOLD, place="second", overdue=False, due_on=None, prescription=None)],
        ),
        Site({"kk": "Дәріхана", "ru": "Аптека"}, {}, [replace(TOLD, declared=True)]),
    ],
)


@pytest.fixture
def operator(world: World) -> UUID:
    return an_audited_operator(world)


def path_of(operator: UUID) -> str:
    return f"/api/v1/operators/{operator}/exclusion-letter.pdf"


def text_of(letter: ExclusionLetter) -> str:
    made = print_exclusion_letter(letter)
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=made, capture_output=True, check=True)
    return on_one_line(done.stdout.decode())


def test_operators_of_concern_are_exactly_what_the_document_says(
    client: FlaskClient, operator: UUID, sign_in: SignIn
) -> None:
    akimat = sign_in(Role.AKIMAT, REGION)
    answer = client.get(LIST, headers=akimat, query_string={"least": 2})
    assert ConcerningPage().validate(answer.json or {}) == {}
    (row,) = answer.json["items"]
    assert (row["id"], row["gross"], row["facilities"], row["oldest_overdue_on"]) == (str(operator), 2, 1, None)
    assert client.get(LIST, headers=akimat).json["items"] == []  # three at least
    assert ConcerningPage().validate({"items": [EXAMPLE], "next_cursor": None}) == {}


def test_a_letter_is_a_pdf_that_is_the_same_each_time(
    client: FlaskClient, operator: UUID, sign_in: SignIn
) -> None:
    head = sign_in(Role.HEAD, REGION)
    answers = [client.get(path_of(operator), headers=head) for _ in range(2)]
    assert answers[0].data.startswith(b"%PDF-")
    assert answers[0].data == answers[1].data


def test_whoever_reads_only_elsewhere_in_the_region_has_nothing_to_write(
    client: FlaskClient, operator: UUID, sign_in: SignIn
) -> None:
    answer = client.get(path_of(operator), headers=sign_in(Role.AKIMAT, NEIGHBOUR))
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/does-not-apply")


def test_a_letter_recommends_to_consider_and_lists_what_stands() -> None:
    text = text_of(LETTER)
    for said in (
        "Алматы қаласы әкімдігіне",
        "В акимат: город Алматы",
        "Рекомендуем рассмотреть вопрос об исключении этого поставщика из портала социальных услуг",
        "Решение принимает акимат",
        "әлеуметтік қызметтер порталынан шығару мәселесін қарауды ұсынамыз",
        "Грубых нарушений, не снятых с контроля: 3",
        "Жалоб на недоступность за последние 365 дней: 2",
        "ул. Абая, 1",
        "АЛ-2025-000017",
        "Место: second",
        "не установлен",
    ):
        assert said in text, said


def test_a_letter_cites_no_law_no_fine_and_no_article() -> None:
    law = r"штраф|айыппұл|статья|статьи|статье|-бап|мрп|аек|кодекс|закон|пункт\w* \d"
    assert not re.search(law, text_of(LETTER).lower())


def test_a_letter_is_tagged_and_its_tables_have_heads() -> None:
    pdf = pikepdf.open(BytesIO(print_exclusion_letter(LETTER)))
    assert str(pdf.Root.Lang) == "kk"
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    found = kinds(pdf)
    assert (found.count("/H1"), found.count("/H3"), found.count("/THead")) == (2, 4, 4)
    assert found.count("/TD") == 2 * 3 * 6


def test_the_same_letter_gives_the_same_bytes_and_another_day_others() -> None:
    assert print_exclusion_letter(LETTER) == print_exclusion_letter(LETTER)
    assert print_exclusion_letter(LETTER) != print_exclusion_letter(replace(LETTER, made_on=date(2026, 3, 17)))


@pytest.mark.parametrize("name", [NASTY, LONG * 4])
def test_a_name_writes_no_markup_and_breaks(name: str) -> None:
    said: dict[str, Any] = {"kk": name, "ru": name}
    site = Site(said, said, [replace(TOLD, title=said, place=name[:60])])
    assert print_exclusion_letter(replace(LETTER, operator=said, area=said, department=said, sites=[site]))


def test_what_is_not_known_is_left_to_the_pen() -> None:
    text = text_of(replace(LETTER, department=None, number=None, oldest_due_on=None, gross=0, sites=[]))
    assert "490140000012" not in text
    assert "Объекты и грубые нарушения" not in text
