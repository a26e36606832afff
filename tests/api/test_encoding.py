"""JSON as we write and read it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask

from inspection.tables.people import Role


def test_values_of_the_domain_have_one_json_form(bare_app: Flask) -> None:
    document = {
        Role.HEAD: UUID(int=7),
        "at": datetime(2026, 3, 16, 9, 0, tzinfo=UTC),
        "sum": Decimal("12345678901234567890.10"),
        "name": "Ұлытау",
    }
    written = bare_app.json.dumps(document)
    assert json.loads(written) == {
        "head_of_department": "00000000-0000-0000-0000-000000000007",
        "at": "2026-03-16T09:00:00+00:00",
        "sum": "12345678901234567890.10",
        "name": "Ұлытау",
    }
    assert bare_app.json.loads(written) == json.loads(written)


def test_what_has_no_json_form_is_refused(bare_app: Flask) -> None:
    with pytest.raises(TypeError, match="set"):
        bare_app.json.dumps({"of": {1}})


@pytest.mark.parametrize("text", ["NaN", "{", "'a'", '"\\ud800"', ""])
def test_what_is_not_json_is_refused(bare_app: Flask, text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        bare_app.json.loads(text)
