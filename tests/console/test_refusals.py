"""What goes wrong with a page is said by a page, whatever it was."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from api.console.pages import acting
from tests.console.conftest import Console


def is_page(answer: TestResponse) -> bool:
    return answer.mimetype == "text/html" and "<h1>" in answer.text and "Pandus" in answer.text


def test_a_crash_is_told_by_a_page_with_a_number_that_the_log_has(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: Any) -> None:
        raise RuntimeError("an invented fault")

    monkeypatch.setattr(acting, "_form", fail)
    answer = console.post("/violations/act", act="extend", words="typed")
    assert answer.status_code == 500
    assert is_page(answer)
    assert answer.headers["X-Request-ID"] in answer.text
    assert "an invented fault" not in answer.text


def test_an_address_that_takes_no_such_request_is_told_by_a_page(console: Console) -> None:
    answer = console.post("/violations", text="x")
    assert answer.status_code == 405
    assert is_page(answer)
    assert "GET" in answer.headers["Allow"]


def test_more_than_the_service_takes_is_told_by_a_page(console: Console) -> None:
    answer = console.post("/violations/act", act="extend", words="x" * 3_000_000)
    assert answer.status_code == 413
    assert is_page(answer)
