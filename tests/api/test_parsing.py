"""Requests are read strictly: every fault is found at once and says field, reason and what would be accepted."""

from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from api.parsing import Parser, _plainly_read, pointer_to
from api.views.violations import ViolationQuery
from tests.api import trial
from tests.api.conftest import SignIn

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


class Caller:
    """Somebody signed in who reads English."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = {**headers, "Accept-Language": "en"}

    def post(self, body: Any) -> Any:
        return self._client.post("/api/v1/stairs", json=body, headers=self._headers)

    def post_text(self, body: str) -> Any:
        return self._client.post(
            "/api/v1/stairs", data=body, content_type="application/json", headers=self._headers
        )

    def get(self, query: str, address: str = "/api/v1/stairs") -> Any:
        return self._client.get(f"{address}?{query}", headers=self._headers)


@pytest.fixture
def caller(app: Flask, sign_in: SignIn) -> Caller:
    return Caller(trial.with_trials(app).test_client(), sign_in())


def faults(reply: Any) -> dict[str, tuple[str, str]]:
    assert reply.status_code == 422, reply.text
    return {e["pointer"]: (e["reason"], e["accepted"]) for e in reply.json["errors"]}


def test_every_fault_is_found_at_once_wherever_it_lies(caller: Caller) -> None:
    found = faults(
        caller.post(
            {
                "id": "7",
                "name": "",
                "steps": [{"height": 1}, {"height": "1"}, {}],
                "landing": {"height": 1.5, "a/b~c": 0},
                "slope": "0.05",
                "handrail": "yes",
                "measured_at": "2026-03-01T09:30:00",
                "due": "2026-02-30",
                "kind": "between",
                "notes": {"x": 1},
                "nmae": "x",
            }
        )
    )
    integer = "a whole number from 1 to 400"
    assert found["/id"] == ("Not a valid UUID.", "a UUID, for example 01890a5d-ac96-774b-bcce-b302099a8057")
    assert found["/name"] == ("Length must be between 1 and 20.", "text of 1 to 20 characters")
    assert found["/steps/1/height"] == ("Not a valid integer.", integer)
    assert found["/steps/2/height"] == ("Missing data for required field.", integer)
    assert found["/landing/height"] == ("Not a valid integer.", integer)
    assert found["/landing/a~1b~0c"] == ("Unknown field.", "only these names: height")
    assert found["/slope"] == ("Not a valid number.", "a number")
    assert found["/handrail"] == ("Not a valid boolean.", "true or false")
    assert found["/measured_at"][1].startswith("a moment with its offset from UTC")
    assert found["/due"] == ("Not a valid date.", "a date from 1900-01-01 to 2199-12-31, for example 2026-03-01")
    assert found["/kind"] == ("Must be one of: indoor, outdoor.", "one of: indoor, outdoor")
    assert found["/notes/x"] == ("Not a valid string.", "text")
    assert found["/nmae"][0] == "Unknown field."
    assert found["/nmae"][1].startswith("only these names: id, name, steps")
    assert len(found) == 13


@pytest.mark.parametrize("body", ["null", "[]", "[1]", '"text"', "7", "true"])
def test_a_body_that_is_no_object_is_refused_as_a_whole(caller: Caller, body: str) -> None:
    ((pointer, (_, accepted)),) = faults(caller.post_text(body)).items()
    assert pointer == ""
    assert accepted.startswith("an object with these names: id, name")


def test_a_list_that_is_too_long_says_how_long_it_may_be(caller: Caller) -> None:
    found = faults(caller.post({"steps": [{"height": 1}] * 4}))
    assert found == {
        "/steps": (
            "Longer than maximum length 3.",
            "a list of 0 to 3, each being an object with these names: height",
        )
    }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "a\0b"}, "/name"),
        ({"notes": {"deep": "\0"}}, "/notes/deep"),
        ({"notes": {"na\0me": "x"}}, "/notes/na\0me"),
        ({"unknown": ["\0"]}, "/unknown/0"),
    ],
)
def test_u0000_is_refused_with_the_fields_name(caller: Caller, body: Any, pointer: str) -> None:
    assert faults(caller.post(body)) == {
        pointer: ("The character U+0000 is not permitted.", "text without the character U+0000")
    }


def test_u0000_in_a_query_is_refused_with_the_parameters_name(caller: Caller) -> None:
    assert "/text" in faults(caller.get("text=a%00b"))


def test_an_unknown_parameter_is_refused_by_name(caller: Caller) -> None:
    found = faults(caller.get("limt=5"))
    assert found == {"/limt": ("Unknown field.", "only these names: limit, steep, slope, kind, id, text")}


def test_a_view_without_parameters_refuses_all_of_them(caller: Caller) -> None:
    assert faults(caller.get("limit=5", "/api/v1/me")) == {"/limit": ("Unknown field.", "no parameters")}


def test_a_parameter_given_twice_is_refused_unless_it_is_a_list(caller: Caller) -> None:
    one = "01890a5d-ac96-774b-bcce-b302099a8057"
    assert faults(caller.get("limit=1&limit=2")) == {
        "/limit": ("The parameter was given more than once.", "the parameter once")
    }
    assert caller.get(f"id={one}&id={one}").json == {"understood": {"id": [one, one]}}


def test_parameters_are_text_that_is_read_strictly(caller: Caller) -> None:
    reply = caller.get("limit=5&steep=true&slope=0.5&kind=indoor,outdoor&text=5")
    assert reply.json == {
        "understood": {"limit": 5, "steep": True, "slope": 0.5, "kind": ["indoor", "outdoor"], "text": "5"}
    }
    refused = faults(caller.get("limit=5.0&steep=1&slope=nan&kind=indoor,sideways"))
    assert set(refused) == {"/limit", "/steep", "/slope", "/kind/1"}
    assert refused["/kind/1"][1] == "one of: indoor, outdoor"


@pytest.mark.parametrize("number", ["99999999999999999999999999", "٣", "1_0", " 5", "1e2", ""])
def test_what_only_looks_like_a_whole_number_is_refused(caller: Caller, number: str) -> None:
    assert "/limit" in faults(caller.get(f"limit={number}"))


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-01-01T00:00:00Z", "2026-03-01", 5, "x"],
)
def test_a_moment_that_no_clock_can_move_to_utc_is_refused(caller: Caller, moment: Any) -> None:
    assert "/measured_at" in faults(caller.post({"measured_at": moment}))


@pytest.mark.parametrize("name", ["due", "measured_at"])
def test_a_time_beyond_the_bounds_is_told_them(caller: Caller, name: str) -> None:
    given = "0001-01-01" if name == "due" else "0001-01-01T00:00:00Z"
    reason, accepted = faults(caller.post({name: given}))[f"/{name}"]
    assert reason == "Must be greater than or equal to 1900-01-01 and less than or equal to 2199-12-31."
    assert "1900-01-01 to 2199-12-31" in accepted


def test_what_fits_is_understood(caller: Caller) -> None:
    reply = caller.post({"steps": [{"height": 5.0}], "landing": None, "measured_at": "2026-03-01T09:30:00+05:00"})
    assert reply.status_code == 201
    understood = reply.json["understood"]
    assert understood == {
        "steps": [{"height": 5}],
        "landing": None,
        "measured_at": "2026-03-01T04:30:00+00:00",
    }


def test_a_pointer_escapes_what_it_must(dialect: str) -> None:
    assert pointer_to(["a/b", 0, "c~d", ""]) == "/a~1b/0/c~0d/"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "sort=due",
        "state=open,declared&severity=gross&limit=7&total=true",
        "overdue=false&due_before=2026-03-01&facility=01890a5d-ac96-774b-bcce-b302099a8057&text=%D0%B0+b",
    ],
)
def test_a_query_without_fault_is_read_as_marshmallow_reads_it(app: Flask, query: str) -> None:
    schema = ViolationQuery()
    with app.test_request_context(f"/api/v1/violations?{query}"):
        assert _plainly_read(schema, request.args) == schema.load(request.args.to_dict())
        assert Parser().parse(schema, location="query") == schema.load(request.args.to_dict())


@pytest.mark.parametrize("query", ["sort=name", "limit=1&limit=1", "stat=open", "text=%00", "limit=x&total=true"])
def test_a_query_with_a_fault_is_left_to_marshmallow(app: Flask, query: str) -> None:
    with app.test_request_context(f"/api/v1/violations?{query}"):
        assert _plainly_read(ViolationQuery(), request.args) is None
