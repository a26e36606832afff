"""The OpenAPI document is valid, says what a client will meet, and its page needs nothing from elsewhere."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.house import ROOT

OPERATIONS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def document(bare: FlaskClient) -> dict[str, Any]:
    reply = bare.get("/api/v1/openapi.json")
    assert (reply.status_code, reply.mimetype) == (200, "application/json")
    assert reply.json is not None
    return dict(reply.json)


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in OPERATIONS
    ]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_every_operation_documents_problems_as_problems(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    assert operations(document)
    for name, operation in operations(document):
        documented = operation["responses"]
        assert {"401", "403", "404", "422", "503", "default"} <= set(documented), name
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= set(documented), name
        for status in ("401", "422", "default"):
            shared = responses[documented[status]["$ref"].rpartition("/")[2]]
            assert set(shared["content"]) == {"application/problem+json"}, name


def test_every_operation_asks_for_a_bearer_token_or_a_session(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}, {"session": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    unasked = {name for name, operation in operations(document) if "security" in operation}
    assert unasked == {
        "get /api/v1/calendars/{token}.ics",  # whose address is the secret
        "post /api/v1/tablet-tokens",  # whose body is
        "post /api/v1/tablet-tokens/pairing",
        "post /api/v1/sign-in",
        "post /api/v1/invitations/opening",
        "post /api/v1/invitations/acceptance",
        "post /api/v1/invitations/provider",
    }


def test_every_operation_is_summed_up(document: dict[str, Any]) -> None:
    assert not [name for name, operation in operations(document) if not operation.get("summary")]


def test_me_has_an_example(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/v1/me"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["example"]["roles"] == ["inspector"]


def test_the_page_loads_nothing_from_elsewhere_and_runs_no_inline_script(bare: FlaskClient) -> None:
    page = bare.get("/api/v1/docs", buffered=True)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert not re.search(r"<script(?![^>]*\ssrc=)", page.text)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|https?://|//", page.text)
    loaded = re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', page.text)
    assert len(loaded) == 3
    for file in loaded:
        assert bare.get(file.replace("../../", "/"), buffered=True).status_code == 200


def test_the_page_is_served_under_a_policy_that_forbids_everything_foreign(bare: FlaskClient) -> None:
    policy = bare.get("/api/v1/docs", buffered=True).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; style-src 'self'; img-src 'self' data:;")


def test_what_is_not_ours_carries_its_licence() -> None:
    folder = ROOT / "api" / "static" / "swagger-ui"
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "5.35.0" in (folder / "README.md").read_text()
