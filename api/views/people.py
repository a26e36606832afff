"""People and their grants, for administrators."""

import secrets
from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate

from api.disclosing import discloses
from api.fields import Boolean, Moment, Schema, Words
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.resource import Resource
from api.settings import LANGUAGES
from api.tasks.running import ring
from inspection import granting
from inspection.granting import NewGrant
from inspection.held_about import about_person
from inspection.people import LONGEST_NAME, NewPerson
from inspection.signing import renaming
from inspection.signing.renaming import NewAddress
from inspection.tables.disclosures import Kind
from inspection.tables.people import Role

blp = Blueprint("people", __name__, description="People, and what they may do where.")

GRANT = {
    "id": "01990a5d-ac96-774b-bcce-b302099a8081",
    "role": "inspector",
    "area_code": "751110000",
    "valid_from": "2026-03-16T09:00:00Z",
    "valid_to": None,
}
PERSON = {
    "id": "01990a5d-ac96-774b-bcce-b302099a8080",
    "name": "Үлгі Инспектор",
    "email": "inspector@example.kz",
    "language": "kk",
    "created_at": "2026-03-16T09:00:00Z",
    "has_token": False,
    "sign_in": {
        "password": True,
        "provider": False,
        "invited_until": None,
        "seen_at": "2026-03-17T05:12:00Z",
    },
    "grants": [GRANT],
}
ROLES = [role.value for role in Role]


class GrantIn(Schema):
    """A role in an area and everything below it."""

    id = fields.UUID(required=True, metadata={"description": "made by the client"})
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    area = fields.String(required=True, validate=validate.Length(min=1, max=16))
    since = Moment(load_default=None, allow_none=True, metadata={"description": "left out: from now on"})
    until = Moment(load_default=None, allow_none=True, metadata={"description": "left out: until further notice"})


class PersonIn(Schema):
    """A new person with their first grant."""

    id = fields.UUID(required=True, metadata={"description": "made by the client"})
    name = Words(required=True, validate=validate.Length(min=1, max=LONGEST_NAME))
    email = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=254))
    language = fields.String(load_default="kk", validate=validate.OneOf(list(LANGUAGES)))
    grant = fields.Nested(GrantIn, required=True)


class HeldGrantOut(Schema):
    """A grant that somebody holds, held or will hold."""

    id = fields.UUID(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    area_code = fields.String(required=True)
    valid_from = Moment(required=True)
    valid_to = Moment(required=True, allow_none=True)


class SignInStandingOut(Schema):
    """How somebody can sign in, and when they last did."""

    password = Boolean(required=True, metadata={"description": "a password and an app that makes codes"})
    provider = Boolean(required=True, metadata={"description": "an identity of a provider"})
    invited_until = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "when an invitation that was not accepted ends, or ended"},
    )
    seen_at = Moment(
        required=True, allow_none=True, metadata={"description": "last in a browser; kept for half a year"}
    )


class PersonOut(Schema):
    """A person with those of their grants that lie in your areas."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    language = fields.String(required=True)
    created_at = Moment(required=True)
    has_token = Boolean(required=True)
    sign_in = fields.Nested(
        SignInStandingOut,
        required=True,
        allow_none=True,
        metadata={"description": "null where you do not administer them"},
    )
    grants = fields.List(fields.Nested(HeldGrantOut), required=True)


class PeoplePage(PageOut):
    """A page of people, by name."""

    items = fields.List(fields.Nested(PersonOut), required=True)


class GrantEndIn(Schema):
    """Why a grant is ended."""

    reason = Words(required=True, validate=validate.Length(min=1, max=500))


class AddressIn(Schema):
    """Another address of mail."""

    id = fields.UUID(required=True, metadata={"description": "made by the client: of the task that tells both"})
    email = fields.String(required=True, validate=validate.Length(min=3, max=254))
    reason = Words(required=True, validate=validate.Length(min=1, max=renaming.LONGEST_REASON))


class NewTokenOut(Schema):
    """A token, shown once: only its hash is kept."""

    token = fields.String(required=True)


@blp.route("/people")
class People(Resource):
    """People who have, had or will have a grant in your areas."""

    @discloses(Kind.PEOPLE)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, PeoplePage, example={"items": [PERSON], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List people by name; with `area` those with a grant in just that area."""
        asked = {name: query.get(name) for name in ("area", "cursor")}
        return answer_page(granting.page(g.work.session, g.caller, limit=query["limit"], **asked))

    @discloses(Kind.PEOPLE)
    @blp.arguments(PersonIn)
    @blp.response(201, PersonOut, example=PERSON)
    @blp.alt_response(409, description="Another person or grant has this id.")
    def post(self, given: dict[str, Any]) -> Response:
        """Make a person with a first grant, in an area that you administer. Asking twice makes one."""
        new = NewPerson(given["name"], None, given["language"], given["email"], id=given["id"])
        return answer_json(granting.add(g.work, g.caller, new, _grant(given["grant"])), 201)


@blp.route("/people/<uuid:person_id>")
class OnePerson(Resource):
    """A person."""

    @discloses(Kind.PEOPLE)
    @blp.response(200, PersonOut, example=PERSON)
    def get(self, person_id: UUID) -> Response:
        """Who they are, and their grants in your areas."""
        return answer_json(granting.one(g.work.session, g.caller, person_id))


class HeldAboutOut(Schema):
    """All that is held about somebody, by table."""

    person = fields.UUID(required=True)
    made_at = Moment(required=True)
    held = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Dict()),
        required=True,
        metadata={"description": "of tables about places only the keys, the times, and as what they stand there"},
    )


@blp.route("/people/<uuid:person_id>/export")
class HeldAbout(Resource):
    """What is held about a person."""

    @discloses(Kind.PERSONAL_DATA)
    @blp.response(200, HeldAboutOut)
    def get(self, person_id: UUID) -> Response:
        """All that is held about them, to be handed to them. For administrators of all areas of their grants."""
        return answer_export(granting.held_about(g.work, g.caller, person_id))


@blp.route("/me/export")
class HeldAboutMe(Resource):
    """What is held about oneself."""

    @discloses(Kind.PERSONAL_DATA)
    @blp.response(200, HeldAboutOut)
    def get(self) -> Response:
        """All that is held about you."""
        g.object_shown = str(g.caller.person_id)
        return answer_export(about_person(g.work.session, g.caller.person_id, now=g.work.now))


@blp.route("/people/<uuid:person_id>/grants")
class Grants(Resource):
    """What a person may do where."""

    @discloses(Kind.PEOPLE)
    @blp.arguments(GrantIn)
    @blp.response(201, PersonOut, example=PERSON)
    @blp.alt_response(409, description="Another grant has this id.")
    def post(self, given: dict[str, Any], person_id: UUID) -> Response:
        """Give a grant in an area that you administer. Asking twice gives one."""
        return answer_json(granting.give(g.work, g.caller, person_id, _grant(given)), 201)


@blp.route("/grants/<uuid:grant_id>/end")
class GrantEnd(Resource):
    """The end of a grant."""

    @discloses(Kind.PEOPLE)
    @blp.arguments(GrantEndIn)
    @blp.response(200, PersonOut, example={**PERSON, "grants": [{**GRANT, "valid_to": "2026-04-01T09:00:00Z"}]})
    def put(self, given: dict[str, Any], grant_id: UUID) -> Response:
        """End a grant now. A tablet learns of it by its next sync, and keeps what it has not sent."""
        return answer_json(granting.end(g.work, g.caller, grant_id, given["reason"]))


@blp.route("/people/<uuid:person_id>/email")
class Address(Resource):
    """Where letters to a person go, and what they sign in by."""

    of_tablets = False

    @discloses(Kind.PEOPLE)
    @blp.arguments(AddressIn)
    @blp.response(200, PersonOut, example=PERSON)
    @blp.alt_response(409, description="It is your own, or another person signs in by it.")
    def put(self, given: dict[str, Any], person_id: UUID) -> Response:
        """Correct the address of somebody all of whose areas you administer. Both addresses are told of it."""
        new = NewAddress(given["email"].strip(), given["reason"], given["id"])
        if renaming.correct_address(g.work, g.caller, person_id, new):
            g.work.after_commit(lambda: ring(new.task_id))
        return answer_json(granting.one(g.work.session, g.caller, person_id))


@blp.route("/people/<uuid:person_id>/token")
class Token(Resource):
    """The token by which a person without a tablet asks."""

    @blp.response(201, NewTokenOut)
    def post(self, person_id: UUID) -> Response:
        """Make a new token; the one before is good no longer. Only for people all of whose grants are yours."""
        token = secrets.token_urlsafe(32)
        granting.renew(g.work, g.caller, person_id, token)
        response = answer_json({"token": token}, 201)
        response.headers["Cache-Control"] = "no-store"
        return response

    @blp.response(204)
    def delete(self, person_id: UUID) -> Response:
        """End their token."""
        granting.renew(g.work, g.caller, person_id, None)
        return Response(status=204)


def answer_export(document: dict[str, Any]) -> Response:
    """A document to be saved, and kept by nobody on the way."""
    response = answer_json(document)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    return response


def _grant(given: dict[str, Any]) -> NewGrant:
    return NewGrant(given["id"], Role(given["role"]), given["area"], given["since"], given["until"])
