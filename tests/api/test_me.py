"""The first resource: who am I."""

from flask.testing import FlaskClient

from inspection.tables.people import Role
from tests.api.conftest import SignIn


def test_the_caller_is_told_who_they_are_and_what_they_may_do_where(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in(Role.HEAD, "KZ", name="Мысал Басшы")
    reply = client.get("/api/v1/me", headers=headers)
    assert reply.status_code == 200
    me = reply.json
    assert me is not None
    assert me.pop("id")
    assert me == {
        "name": "Мысал Басшы",
        "language": "kk",
        "digest": "weekly",
        "roles": ["head_of_department"],
        "areas": [{"code": "KZ", "level": 0, "role": "head_of_department"}],
    }


def test_each_token_is_its_own_person(client: FlaskClient, sign_in: SignIn) -> None:
    one, other = sign_in(name="Үлгі Бірінші"), sign_in(name="Үлгі Екінші", token="another-token")
    names = [client.get("/api/v1/me", headers=headers).json for headers in (one, other)]
    assert [me["name"] for me in names if me] == ["Үлгі Бірінші", "Үлгі Екінші"]


def test_head_answers_as_get_does_without_a_body(client: FlaskClient, sign_in: SignIn) -> None:
    reply = client.head("/api/v1/me", headers=sign_in())
    assert (reply.status_code, reply.data) == (200, b"")
