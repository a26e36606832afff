"""People and what they may do where: for administrators, and for heads as far as tablets go."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from flask_babel import lazy_gettext as _

from api.console.blueprint import page
from api.console.page import Page, draw, form_id, go, id_in, write, wrong_fields
from api.console.violation_rows import without
from api.disclosing import discloses
from api.pairing_codes import new_code
from api.settings import LANGUAGES
from api.signing.enrolling import link, new_secret
from api.signing.provider import shown_name
from api.tasks.running import ring
from api.wiring import wiring
from api.work import Work
from inspection import granting, read_areas, tablet_lists
from inspection.access import Act, token_hash
from inspection.countries import COUNTRIES
from inspection.errors import Fault, InspectionError, InvalidInput
from inspection.granting import NewGrant
from inspection.people import NewPerson
from inspection.signing import invitations, renaming, sessions
from inspection.signing.invitations import NewInvitation
from inspection.signing.renaming import NewAddress
from inspection.tables.areas import Level
from inspection.tables.disclosures import Kind
from inspection.tables.people import Role

DONE: Mapping[str, Any] = {
    "added": _("The person was added."),
    "given": _("The grant was given."),
    "ended": _("The grant was ended; a tablet learns of it by its next sync, and what it has not sent is kept."),
    "corrected": _("The address was corrected. Both addresses are told; how that went stands among your tasks."),
    "out": _("They are signed out everywhere."),
    "stopped": _("The tablet is stopped. What it still sends is put aside for a person."),
}


@page("/people", "people")
class People(Page):
    """The list, and a form for somebody new."""

    @discloses(Kind.PEOPLE)
    def get(self) -> Response:
        """A page of people with a grant where the caller administers or enrols tablets."""
        return _people({}, {})

    @discloses(Kind.PEOPLE)
    def post(self) -> Response:
        """Add somebody with a first grant."""
        given, made = request.form, form_id()
        person = NewPerson(
            given.get("name", ""),
            None,
            given.get("language", "kk"),
            given.get("email", "").strip() or None,
            id=made,
        )
        try:
            grant = _grant(made)
            write(lambda work: granting.add(work, g.caller, person, grant))
        except InspectionError as error:
            return _people(given, _renamed(error), 422)
        return go("person", person_id=made, done="added")


@page("/people/<uuid:person_id>", "person")
class OnePerson(Page):
    """Somebody: their grants, tablets and where they are signed in; each with what can be done."""

    @discloses(Kind.PEOPLE)
    def get(self, person_id: UUID) -> Response:
        """Everything an administrator needs."""
        return _person(person_id, done=request.args.get("done", ""))

    @discloses(Kind.PEOPLE)
    def post(self, person_id: UUID) -> Response:
        """Do one of the things of the page."""
        doing = DOINGS.get(request.form.get("do", ""))
        if doing is None:
            return _person(person_id)
        try:
            return doing(person_id)
        except InspectionError as error:
            return _person(person_id, wrong=_at_its_form(_renamed(error)), status=422)


def _give(person_id: UUID) -> Response:
    grant = _grant(form_id())
    write(lambda work: granting.give(work, g.caller, person_id, grant))
    return go("person", person_id=person_id, done="given")


def _correct(person_id: UUID) -> Response:
    email, reason, told = request.form.get("email", "").strip(), request.form.get("reason", "").strip(), form_id()

    def unit(work: Work) -> bool:
        if changed := renaming.correct_address(work, g.caller, person_id, NewAddress(email, reason, told)):
            work.after_commit(lambda: ring(told))
        return changed

    return go("person", person_id=person_id, **({"done": "corrected"} if write(unit) else {}))


def _end(person_id: UUID) -> Response:
    grant, reason = id_in("grant"), _reason()
    write(lambda work: granting.end(work, g.caller, grant, reason))
    return go("person", person_id=person_id, done="ended")


def _invite(person_id: UUID) -> Response:
    secret = new_secret()
    wish = NewInvitation(form_id(), person_id, token_hash(secret), shown_name(wiring().settings) is None)
    made = write(lambda work: invitations.make(work, g.caller, wish))
    address = link(secret) or url_for("console.invitation", _anchor=secret)
    return _person(person_id, invitation={"address": address, "until": made.expires_at})


def _sign_out(person_id: UUID) -> Response:
    write(lambda work: sessions.end_all_of(work, g.caller, person_id))
    return go("person", person_id=person_id, done="out")


def _pair(person_id: UUID) -> Response:
    region = request.form.get("region", "")
    code = write(lambda work: new_code(work, g.caller, form_id(), person_id, region))
    return _person(person_id, code=code)


def _stop(person_id: UUID) -> Response:
    tablet, reason = id_in("tablet"), _reason()
    write(lambda work: tablet_lists.stop(work, g.caller, tablet, reason))
    return go("person", person_id=person_id, done="stopped")


DOINGS: Mapping[str, Callable[[UUID], Response]] = {
    "give": _give,
    "end": _end,
    "correct": _correct,
    "invite": _invite,
    "sign_out": _sign_out,
    "pair": _pair,
    "stop": _stop,
}


def _people(given: Mapping[str, str], wrong: Mapping[str, str], status: int = 200) -> Response:
    asked = {name: said for name in ("area", "cursor") if (said := request.args.get(name, "").strip())}
    found = granting.page(g.work.session, g.caller, **asked)  # type: ignore[arg-type]
    following = None
    if found.next_cursor:
        following = url_for("console.people", **without(request.args, "cursor"), cursor=found.next_cursor)
    return draw(
        "people",
        status,
        rows=found.rows,
        following=following,
        form=given,
        form_id=form_id(),
        wrong=wrong,
        areas=read_areas.areas_of(g.work.session, g.caller),
        names=_names(g.work, found.rows),
        tongues=LANGUAGES,
        may_add=_administers(),
        now=g.work.now,
    )


def _person(
    person_id: UUID, *, wrong: Mapping[str, str] | None = None, done: str = "", status: int = 200, **once: Any
) -> Response:
    def look(work: Work) -> Response:  # anew: what was just done has to show
        person = granting.one(work.session, g.caller, person_id)
        governed = granting.governs(work, g.caller, Act.ADMINISTER, person_id)
        areas = read_areas.areas_of(work.session, g.caller)
        return draw(
            "person",
            status,
            person=person,
            governed=governed,
            names=_names(work, [person]),
            sign_ins=sessions.live_of(work, g.caller, person_id) if governed else (),
            tablets=tablet_lists.page(work.session, g.caller, person_id=person_id).rows,
            areas=areas,
            regions=[each for each in areas if each.area.level == Level.REGION],
            wrong=wrong or {},
            done=DONE.get(done, ""),
            form=request.form,
            form_id=form_id() if wrong else work.new_id(),
            now=work.now,
            invitation=once.get("invitation"),
            code=once.get("code"),
            may_add=_administers(),
            enrols=any(g.caller.reach(Act.ENROL, level) for level in Level),
        )

    return wiring().units.look(look)


def _administers() -> bool:
    return any(g.caller.reach(Act.ADMINISTER, level) for level in Level)


def _names(work: Work, people: Any) -> Mapping[str, Mapping[str, str]]:
    return read_areas.names_of(work.session, {grant["area_code"] for each in people for grant in each["grants"]})


def _grant(made: UUID) -> NewGrant:
    """The grant of a form. Raises InvalidInput for what is no role or no day."""
    given = request.form
    if given.get("role") not in list(Role):
        raise InvalidInput([Fault("/role", "choose a role", "one of the roles")])
    return NewGrant(made, Role(given["role"]), given.get("area", ""), _midnight("since"), _midnight("until"))


def _midnight(name: str) -> datetime | None:
    """The beginning of a day, by the clock of Almaty."""
    said = request.form.get(name, "").strip()
    if not said:
        return None
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise InvalidInput([Fault(f"/{name}", "this is no date", "a day such as 2026-12-31")]) from None
    return datetime.combine(day, time(), COUNTRIES["KZ"].time_zone).astimezone(UTC)


def _reason() -> str:
    said = request.form.get("reason", "").strip()
    if not said:
        raise InvalidInput([Fault("/reason", "say why", "words")])
    return said


def _at_its_form(wrong: dict[str, str]) -> dict[str, str]:
    """A reason that is missing, at the form of the grant or tablet that was to be ended."""
    about = request.form.get("grant") or request.form.get("tablet")
    return {f"reason-{about}" if name == "reason" and about else name: said for name, said in wrong.items()}


def _renamed(error: InspectionError) -> dict[str, str]:
    return {name.removeprefix("grant/"): said for name, said in wrong_fields(error).items()}
